//! A directory: its index file, and the redirect to its slash.

use super::writing::ask;
use crate::harness::{Server, Tree, for_each_engine};

#[test]
fn an_index_file_is_served_for_its_directory() {
    let tree = Tree::of(&[("index.html", "<p>root"), ("d/index.html", "<p>below"), ("e/index.html/x", "")]);
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let answer = server.get("/");
        assert_eq!(answer.body, b"<p>root");
        assert_eq!(answer.field("content-type"), Some("text/html"));
        assert!(answer.field("etag").is_some() && answer.field("last-modified").is_some());
        assert_eq!(server.get("/d/").body, b"<p>below");
        assert_eq!(server.get("/d/index.html").body, b"<p>below");
        let listing = server.get("/e/");
        assert_eq!(listing.status, 200, "a directory of that name is listed: {}", listing.text());
    });
}

/// The Location is a path with exactly one slash at its start, so it never names another host (RFC 3986
/// section 4.2), and it contains no line ends.
#[test]
fn a_directory_without_its_slash_is_redirected_and_stays_on_this_host() {
    let tree =
        Tree::of(&[("d/e/f", ""), ("two words/f", ""), ("evil.com/f", ""), ("é/f", ""), ("a?b#c/f", "")]);
    tree.file(b"line\r\nend/f", "");
    tree.file(b"\\evil.com/f", "");
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--host", "evil.com"]);
        for (target, location, why) in [
            ("/d", "/d/", "the slash"),
            ("/d/e", "/d/e/", "the slash"),
            ("/d?sort=size&x=%2F", "/d/?sort=size&x=%2F", "the query is kept"),
            ("/d?", "/d/?", "also an empty one"),
            ("//d", "/d/", "not //d/, where d is a host"),
            ("//evil.com", "/evil.com/", "not another host"),
            ("///evil.com", "/evil.com/", "not another host"),
            ("/%2Fevil.com", "/evil.com/", "not another host"),
            ("//evil.com/..", "/", "not another host: the text leads to the root"),
            ("/./evil.com", "/evil.com/", "dot segments are removed"),
            ("/%5Cevil.com", "/%5Cevil.com/", "browsers take \\ for /"),
            ("/two%20words", "/two%20words/", "encoded again"),
            ("/%C3%A9", "/%C3%A9/", "encoded again"),
            ("/a%3Fb%23c", "/a%3Fb%23c/", "encoded again"),
            ("/line%0D%0Aend", "/line%0D%0Aend/", "no line end in a field"),
            ("http://evil.com/d", "/d/", "whatever host was named"),
        ] {
            let answer = server.get(target);
            assert_eq!((answer.status, answer.field("location")), (301, Some(location)), "{target}: {why}");
            assert_eq!(answer.field("cache-control"), Some("no-cache"), "a browser would keep it for ever");
        }
        let followed = server.get("/two%20words/");
        assert_eq!(followed.status, 200);
    });
}

/// A proxy may have removed a prefix of the path. A client resolves the reference against its own request
/// URL.
#[test]
fn behind_a_proxy_the_location_is_relative() {
    let tree = Tree::of(&[("d/e/f", ""), ("two words/f", ""), ("evil.com/f", "")]);
    let server = Server::http(&tree, &["--quiet"]);
    for (target, field, expected, why) in [
        ("/d", "Via: 1.1 proxy", "./d/", "Via"),
        ("/d", "Forwarded: for=192.0.2.7", "./d/", "Forwarded"),
        ("/d", "X-Forwarded-Prefix: /files", "./d/", "X-Forwarded-*"),
        ("/d", "X-Real-IP: 192.0.2.7", "/d/", "no field that is known to be a proxy's"),
        ("/d/e?sort=size", "Via: 1.1 a", "./e/?sort=size", "the last segment, and the query"),
        ("/two%20words", "Via: 1.1 a", "./two%20words/", "encoded again"),
        ("/d%2Fe", "Via: 1.1 a", "./d/e/", "for the client one segment"),
        ("/d/e/..", "Via: 1.1 a", "./../", "for the client above the last segment"),
        ("//evil.com", "Via: 1.1 a", "./evil.com/", "not another host"),
        ("/%2Fevil.com", "Via: 1.1 a", ".//evil.com/", "a path, not another host"),
    ] {
        let answer = server.get_with(target, &format!("{field}\r\n"));
        assert_eq!(
            (answer.status, answer.field("location")),
            (301, Some(expected)),
            "{target} {field}: {why}"
        );
    }
}

#[test]
fn the_base_path_is_the_start_of_each_location() {
    let tree = Tree::of(&[("d/f", "")]);
    let options = [
        "--quiet",
        "--base-path",
        "/files/",
        "--writable",
        "--on-conflict",
        "rename",
        "--user",
        "ada:secret",
    ];
    let server = Server::http(&tree, &options);
    // ada:secret
    let login = "Authorization: Basic YWRhOnNlY3JldA==\r\n";
    for field in ["", "Via: 1.1 a\r\n"] {
        let answer = server.get_with("/d", &format!("{login}{field}"));
        assert_eq!(answer.field("location"), Some("/files/d/"), "{field}");
        let put = ask(&mut server.connect(), "PUT", "/d/f", &format!("{login}{field}"), "new");
        assert!(put.field("location").unwrap().starts_with("/files/d/f%20("), "{field}: {}", put.head);
    }
}

#[test]
fn a_file_with_a_trailing_slash_does_not_exist() {
    let tree = Tree::of(&[("a", "hello\n")]);
    let server = Server::http(&tree, &["--quiet"]);
    for target in ["/a/", "/a/b", "/a/../a/"] {
        assert_eq!(server.get(target).status, 404, "{target}");
    }
}
