//! Listings: as a page, JSON and plain text; in every order.

use serde_json::json;

use crate::harness::{Response, Server, Tree, for_each_engine};

/// What generated content depends on.
const VARY: Option<&str> = Some("Accept, Accept-Encoding, Accept-Language");

fn served() -> Tree {
    let tree = Tree::of(&[("b10", "1"), ("b9", "333"), ("A", "22"), ("z/inner", "")]);
    for (name, seconds) in [("b10", 3_000), ("b9", 1_000), ("A", 2_000)] {
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        std::fs::File::options().write(true).open(tree.join(name)).unwrap().set_modified(time).unwrap();
    }
    tree
}

/// The names of a JSON listing.
fn names(answer: &Response) -> Vec<String> {
    let entries = answer.json()["entries"].as_array().unwrap().clone();
    entries.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_form_of_a_listing_follows_query_and_accept() {
    let tree = served();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let (html, json, plain) =
            ("text/html; charset=utf-8", "application/json", "text/plain; charset=utf-8");
        for (target, accept, expected, why) in [
            ("/", "", html, "no preference"),
            ("/", "Accept: */*\r\n", html, "curl"),
            ("/", "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n", html, "a browser"),
            ("/", "Accept: application/json\r\n", json, "RFC 9110 section 12.5.1"),
            ("/", "Accept: text/html;q=0.5, application/json\r\n", json, "RFC 9110 section 12.4.2"),
            ("/", "Accept: text/plain\r\n", plain, "RFC 9110 section 12.5.1"),
            ("/?format=json", "", json, "the query"),
            ("/?format=text", "", plain, "the query"),
            ("/?format=html", "Accept: application/json\r\n", html, "the query is stronger"),
        ] {
            let answer = server.get_with(target, accept);
            assert_eq!(answer.field("content-type"), Some(expected), "{target} {accept:?}: {why}");
            assert_eq!(answer.field("vary"), VARY, "{target} {accept:?}: RFC 9110 section 12.5.5");
            assert_eq!(answer.field("x-content-type-options"), Some("nosniff"), "{target}");
        }
    });
}

/// RFC 9110 section 12.5.5.
#[test]
fn error_messages_are_html_if_accept_prefers_it() {
    let tree = served();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let mut wire = server.connect();
        for (method, target, fields, status) in [
            ("GET", "/missing", "", 404),
            ("GET", "/z", "", 301),
            ("PUT", "/new", "", 405),
            ("GET", "/A", "If-Match: \"x\"\r\n", 412),
            ("GET", "/A", "Range: bytes=9-\r\n", 416),
            ("GET", "/", "If-Match: \"x\"\r\n", 412),
            ("BREW", "/", "", 501),
        ] {
            for (accept, form) in [("text/html", "text/html"), ("*/*", "text/plain")] {
                let answer = wire.exchange(method, target, &format!("Accept: {accept}\r\n{fields}"));
                assert_eq!(answer.status, status, "{method} {target}");
                assert_eq!(
                    answer.field("content-type"),
                    Some(&*format!("{form}; charset=utf-8")),
                    "{target}"
                );
                assert_eq!(answer.field("vary"), VARY, "{method} {target} {fields}");
            }
        }
    });
}

/// Programs need the names; browsers show the index file.
#[test]
fn json_is_a_listing_even_if_the_directory_has_an_index_file() {
    let tree = Tree::of(&[("index.html", "<p>hello"), ("a", "1")]);
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        for (target, accept, is_listed, why) in [
            ("/?format=json", "", true, "the query"),
            ("/", "Accept: application/json\r\n", true, "JSON only"),
            ("/", "Accept: application/json, text/html;q=0.9\r\n", true, "rather JSON"),
            ("/", "", false, "no preference"),
            ("/", "Accept: */*\r\n", false, "curl"),
            ("/", "Accept: text/html, application/json;q=0.9\r\n", false, "rather a page"),
            ("/?format=text", "", false, "a page as well"),
            ("/?format=html", "Accept: application/json\r\n", false, "the query is stronger"),
            ("/index.html?format=json", "", false, "the file"),
        ] {
            let answer = server.get_with(target, accept);
            let kind = if is_listed { "application/json" } else { "text/html" };
            assert_eq!(answer.field("content-type"), Some(kind), "{target} {accept:?}: {why}");
            let vary = if is_listed { VARY } else { Some("Accept") };
            assert_eq!(answer.field("vary"), vary, "{target} {accept:?}: RFC 9110 section 12.5.5");
            if is_listed {
                assert_eq!(names(&answer), ["a", "index.html"], "{target} {accept:?}: {why}");
            }
        }
        let etag = server.get("/").field("etag").unwrap().to_owned();
        let again = server.get_with("/", &format!("If-None-Match: {etag}\r\n"));
        assert_eq!((again.status, again.field("vary")), (304, Some("Accept")), "RFC 9110 section 15.4.5");
    });
}

#[test]
fn entries_are_in_the_requested_order() {
    let tree = served();
    let server = Server::http(&tree, &["--quiet"]);
    for (sort, expected, why) in [
        ("", ["z", "A", "b9", "b10"], "directories first, then as people order names"),
        ("&sort=name", ["z", "A", "b9", "b10"], "by name"),
        ("&sort=-name", ["z", "b10", "b9", "A"], "by name, reversed"),
        ("&sort=size", ["z", "b10", "A", "b9"], "by size"),
        ("&sort=-size", ["z", "b9", "A", "b10"], "by size, reversed"),
        ("&sort=time", ["z", "b9", "A", "b10"], "by time"),
        ("&sort=-time", ["z", "b10", "A", "b9"], "by time, reversed"),
        ("&sort=%00", ["z", "A", "b9", "b10"], "not understood: the default"),
    ] {
        assert_eq!(names(&server.get(&format!("/?format=json{sort}"))), expected, "{sort}: {why}");
    }
}

#[test]
fn json_has_type_size_and_time_of_each_entry() {
    let tree = served();
    let server = Server::http(&tree, &["--quiet"]);
    let listing = server.get("/?format=json").json();
    assert_eq!(listing["path"], "/");
    let entries = listing["entries"].as_array().unwrap();
    assert_eq!(
        entries[1],
        json!({"name": "A", "type": "file", "size": 2, "modified": "1970-01-01T00:33:20Z", "href": "./A"})
    );
    assert_eq!((&entries[0]["type"], &entries[0]["href"]), (&json!("dir"), &json!("./z/")));
    assert_eq!(server.get("/z/?format=json").json()["path"], "/z");
}

#[test]
fn plain_text_has_a_line_for_each_entry() {
    let tree = served();
    tree.file(b"\x1b[2J", "");
    let server = Server::http(&tree, &["--quiet"]);
    let text = server.get("/?format=text").text();
    assert_eq!(text.lines().count(), 5, "{text}");
    assert!(
        text.lines().any(|line| line.starts_with("1970-01-01T00:16:40Z") && line.ends_with(" 3 b9")),
        "{text}"
    );
    assert!(!text.contains('\x1b'), "escape sequences do not reach the terminal: {text:?}");
}

/// HTTP/1.0 has no chunks: the end of the connection is the end of the listing.
#[test]
fn an_http_1_0_client_gets_the_whole_listing() {
    let tree = Tree::new();
    (0..3_000).for_each(|number| drop(tree.file(format!("file-{number}"), "")));
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let mut wire = server.connect();
        wire.send(b"GET /?format=json HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        wire.finish();
        let answers = wire.responses();
        assert_eq!(answers[0].field("transfer-encoding"), None, "RFC 9112 section 6.1");
        assert_eq!(answers[0].field("connection"), Some("close"), "RFC 9112 section 9.6");
        assert_eq!(names(&answers[0]).len(), 3_000);
        assert_eq!(names(&server.get("/?format=json")).len(), 3_000, "in chunks");
    });
}

#[test]
fn names_that_begin_with_a_dot_do_not_exist_unless_asked_for() {
    let tree = Tree::of(&[(".secret", "s"), (".d/f", "s"), (".well-known/security.txt", "w"), ("a/.b", "s")]);
    for (options, status, listed) in [
        (&["--quiet"][..], 404, vec![".well-known", "a"]),
        (&["--quiet", "--hidden"], 200, vec![".d", ".well-known", "a", ".secret"]),
    ] {
        let server = Server::http(&tree, options);
        for target in ["/.secret", "/.d/f", "/a/.b", "/%2Esecret", "/a/../.secret"] {
            assert_eq!(server.get(target).status, status, "{target} {options:?}");
        }
        assert_eq!(server.get("/.well-known/security.txt").status, 200, "RFC 8615 {options:?}");
        assert_eq!(names(&server.get("/?format=json")), listed, "{options:?}");
    }
}
