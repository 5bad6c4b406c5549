//! Requests that change the tree: the response, and the state of the disk afterwards.

use std::fs;

use crate::harness::tree::contents;
use crate::harness::{Response, Server, Tree, Wire, for_each_engine};

/// Method, target, fields, content; the status, the files afterwards (empty: unchanged), and why.
type Row<'a> = (&'a str, &'a str, &'a str, &'a str, u16, &'a str, &'a str);

/// The files before each row.
const BEFORE: &str = "a=hello d/ d/b=below e/";

/// A tree of [`BEFORE`].
fn tree() -> Tree {
    let tree = Tree::new();
    reset(&tree);
    tree
}

fn reset(tree: &Tree) {
    for entry in fs::read_dir(tree).unwrap() {
        let path = entry.unwrap().path();
        let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
    }
    tree.file("a", "hello");
    tree.file("d/b", "below");
    tree.directory("e");
}

/// All entries of a tree in one line, including hidden names.
pub(super) fn on_disk(tree: &Tree) -> String {
    let found = contents(tree.path());
    let entry = |(name, content): (&std::ffi::OsString, &Option<Vec<u8>>)| match content {
        Some(content) => format!("{}={}", name.display(), String::from_utf8_lossy(content)),
        None => format!("{}/", name.display()),
    };
    found.iter().map(entry).collect::<Vec<_>>().join(" ")
}

/// A request with content, and its final answer.
pub(super) fn ask(wire: &mut Wire, method: &str, target: &str, fields: &str, content: &str) -> Response {
    let length = match content {
        "" if !matches!(method, "PUT" | "POST" | "PATCH") => String::new(),
        _ if fields.contains("Transfer-Encoding") || fields.contains("Content-Length") => String::new(),
        content => format!("Content-Length: {}\r\n", content.len()),
    };
    wire.send(format!("{method} {target} HTTP/1.1\r\nHost: a\r\n{length}{fields}\r\n{content}"));
    wire.response(method)
}

fn check(options: &[&str], rows: &[Row<'_>]) {
    let tree = tree();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &[&["--engine", engine, "--quiet"], options].concat());
        for (method, target, fields, content, status, after, why) in rows {
            reset(&tree);
            let mut wire = server.connect();
            let answer = ask(&mut wire, method, target, fields, content);
            let row = format!("{method} {target} {fields:?}: {why}");
            assert_eq!(answer.status, *status, "{row}: {}", answer.text());
            let after = if after.is_empty() { BEFORE } else { after };
            assert_eq!(on_disk(&tree), after, "{row}");
            assert!(wire.is_alive(), "{row}: the next request is answered");
        }
    });
}

const WRITABLE: &[&str] = &["--writable"];

#[test]
fn put_creates_and_replaces_files() {
    check(
        WRITABLE,
        &[
            ("PUT", "/new", "", "x", 201, "a=hello d/ d/b=below e/ new=x", "9.3.4: created"),
            ("PUT", "/new", "", "", 201, "a=hello d/ d/b=below e/ new=", "empty"),
            ("PUT", "/a", "", "x", 204, "a=x d/ d/b=below e/", "9.3.4: replaced"),
            ("PUT", "/d/c", "", "x", 201, "a=hello d/ d/b=below d/c=x e/", "below"),
            ("PUT", "/t%C3%A9%20%25", "", "x", 201, "a=hello d/ d/b=below e/ té %=x", "decoded"),
            ("PUT", "/e/../new", "", "x", 201, "a=hello d/ d/b=below e/ new=x", "dots are resolved"),
            (
                "PUT",
                "/new",
                "Transfer-Encoding: chunked\r\n",
                "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: u\r\n\r\n",
                201,
                "a=hello d/ d/b=below e/ new=abcde",
                "in chunks",
            ),
            ("PUT", "/new/", "", "x", 409, "", "a directory's name"),
            ("PUT", "/a/.", "", "x", 409, "", "the same in other words"),
            ("PUT", "/d", "", "x", 409, "", "a directory"),
            ("PUT", "/", "", "x", 409, "", "the root"),
            ("PUT", "/none/new", "", "x", 409, "", "no directory for it"),
            ("PUT", "/a/new", "", "x", 409, "", "a file is no directory"),
            ("PUT", "/.new", "", "x", 403, "", "hidden"),
            ("PUT", "/.mini~new", "", "x", 403, "", "the server's own names"),
            ("PUT", "/../new", "", "x", 400, "", "outside"),
            ("PUT", "/n%00", "", "x", 400, "", "NUL"),
            ("PUT", &format!("/{}", "n".repeat(256)), "", "x", 404, "", "longer than a name can be"),
            ("PUT", "/a", "Content-Range: bytes 0-0/5\r\n", "x", 400, "", "14.5: a part is not the whole"),
            ("PUT", "/a", "Content-Encoding: gzip\r\n", "x", 415, "", "15.5.16: not decoded"),
        ],
    );
}

#[test]
fn an_unsupported_coding_is_refused_with_the_supported_ones() {
    let tree = tree();
    let server = Server::http(&tree, &["--quiet", "--writable"]);
    let answer = ask(&mut server.connect(), "PUT", "/new", "Content-Encoding: gzip\r\n", "x");
    assert_eq!((answer.status, answer.field("accept-encoding")), (415, Some("identity")), "12.5.3");
}

/// RFC 9110 section 15.5.16.
#[test]
fn an_unsupported_type_is_refused_with_the_supported_ones() {
    let tree = tree();
    let server = Server::http(&tree, &["--quiet", "--writable"]);
    for (method, target, fields, accept) in [
        ("PUT", "/new", "Content-Encoding: gzip\r\n", "*/*"),
        ("POST", "/", "Content-Type: text/plain\r\n", "multipart/form-data"),
        ("PATCH", "/new", "Content-Type: text/plain\r\n", "application/partial-upload"),
        ("MKCOL", "/new", "", ""),
    ] {
        let answer = ask(&mut server.connect(), method, target, fields, "x");
        assert_eq!((answer.status, answer.field("accept")), (415, Some(accept)), "{method}");
    }
}

/// Files that macOS adds to a folder must not make its upload fail. The response names them.
#[test]
fn hidden_names_in_a_form_are_skipped_and_reported() {
    let tree = tree();
    let server = Server::http(&tree, &["--quiet", "--writable"]);
    let folder = form(&[("f", Some("m/.DS_Store"), "x"), ("f", Some("m/n"), "y")]);
    let skipped = "Skipped, because these names are not served:\nm/.DS_Store";
    for (accept, replaced, expected) in [
        ("*/*", "m/n", format!("m/n\n{skipped}\n")),
        ("text/html", "m/o", format!("took these files:\nm/o\n{skipped}")),
    ] {
        let fields = format!("{FORM}Accept: {accept}\r\n");
        let answer = ask(&mut server.connect(), "POST", "/", &fields, &folder.replace("m/n", replaced));
        assert!(answer.status == 201 && answer.text().contains(&expected), "{accept}: {}", answer.text());
    }
    let all = Server::http(&tree, &["--quiet", "--writable", "--hidden"]);
    let answer = ask(&mut all.connect(), "POST", "/", FORM, &folder.replace("m/n", "m/p"));
    assert_eq!((answer.status, answer.text()), (201, "m/.DS_Store\nm/p\n".into()), "--hidden");
}

#[test]
fn put_without_a_length_is_refused() {
    let tree = tree();
    let server = Server::http(&tree, &["--quiet", "--writable"]);
    let mut wire = server.connect();
    assert_eq!(wire.exchange("PUT", "/new", "").status, 411, "15.5.12");
    assert_eq!(on_disk(&tree), BEFORE);
}

#[test]
fn preconditions_protect_existing_files() {
    let past = "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    check(
        WRITABLE,
        &[
            (
                "PUT",
                "/new",
                "If-None-Match: *\r\n",
                "x",
                201,
                "a=hello d/ d/b=below e/ new=x",
                "13.1.2: free",
            ),
            ("PUT", "/a", "If-None-Match: *\r\n", "x", 412, "", "13.1.2: taken"),
            ("PUT", "/a", "If-Match: *\r\n", "x", 204, "a=x d/ d/b=below e/", "13.1.1: any"),
            ("PUT", "/new", "If-Match: *\r\n", "x", 412, "", "13.1.1: there is none"),
            ("PUT", "/a", "If-Match: \"other\"\r\n", "x", 412, "", "13.1.1: another"),
            ("PUT", "/a", past, "x", 412, "", "13.1.4: changed since"),
            ("DELETE", "/a", "If-Match: \"other\"\r\n", "", 412, "", "13.1.1: another"),
            ("DELETE", "/a", past, "", 412, "", "13.1.4: changed since"),
            ("MOVE", "/a", "Destination: /n\r\nIf-Match: \"other\"\r\n", "", 412, "", "the source"),
        ],
    );
}

#[test]
fn a_digest_is_checked() {
    let wrong = format!("Content-Digest: sha-256=:{}=:\r\n", "A".repeat(43));
    // The digest of `hello`.
    let right = "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:";
    let stored = "a=hello d/ d/b=below e/ new=hello";
    let in_trailer = format!("5\r\nhello\r\n0\r\n{wrong}\r\n");
    let chunked = "Transfer-Encoding: chunked\r\nTrailer: Content-Digest\r\n";
    check(
        WRITABLE,
        &[
            ("PUT", "/new", &format!("Content-Digest: {right}\r\n"), "hello", 201, stored, "9530: right"),
            ("PUT", "/new", &format!("Repr-Digest: {right}\r\n"), "hello", 201, stored, "9530: right"),
            ("PUT", "/new", "Content-Digest: md5=:AAAA:\r\n", "hello", 201, stored, "9530: not known"),
            ("PUT", "/new", &wrong, "hello", 400, "", "9530: wrong"),
            ("PUT", "/a", &wrong, "x", 400, "", "the file is unchanged"),
            ("PUT", "/new", "Content-Digest: sha-256=AAAA\r\n", "hello", 400, "", "9530: malformed"),
            ("PUT", "/new", chunked, &in_trailer, 201, stored, "9110 section 6.5.1: trailers are dropped"),
        ],
    );
}

#[test]
fn delete_removes_files_and_empty_directories() {
    check(
        WRITABLE,
        &[
            ("DELETE", "/a", "", "", 204, "d/ d/b=below e/", "9.3.5"),
            ("DELETE", "/e/", "", "", 204, "a=hello d/ d/b=below", "an empty directory"),
            ("DELETE", "/e", "", "", 204, "a=hello d/ d/b=below", "its slash does not matter"),
            ("DELETE", "/a", "", "unasked for", 204, "d/ d/b=below e/", "content means nothing"),
            ("DELETE", "/d/", "", "", 409, "", "not empty"),
            ("DELETE", "/a/", "", "", 404, "", "not a directory"),
            ("DELETE", "/a/.", "", "", 404, "", "the same in other words"),
            ("DELETE", "/none", "", "", 404, "", "nothing of that name"),
            ("DELETE", "/", "", "", 403, "", "the root"),
            ("DELETE", "/.hidden", "", "", 404, "", "hidden names do not exist"),
        ],
    );
}

#[test]
fn mkcol_makes_a_directory() {
    check(
        WRITABLE,
        &[
            ("MKCOL", "/n", "", "", 201, "a=hello d/ d/b=below e/ n/", "4918 section 9.3"),
            ("MKCOL", "/n/", "", "", 201, "a=hello d/ d/b=below e/ n/", "with its slash"),
            ("MKCOL", "/d", "", "", 405, "", "9.3.1: it exists"),
            ("MKCOL", "/a", "", "", 405, "", "9.3.1: a file"),
            ("MKCOL", "/", "", "", 405, "", "9.3.1: the root"),
            ("MKCOL", "/n/n", "", "", 409, "", "9.3.1: no directory for it"),
            ("MKCOL", "/n", "", "x", 415, "", "9.3.1: content"),
            ("MKCOL", "/.n", "", "", 403, "", "hidden"),
        ],
    );
}

#[test]
fn move_renames_within_the_tree() {
    let to = |destination: &str| format!("Destination: {destination}\r\n");
    let keep = |destination: &str| format!("Destination: {destination}\r\nOverwrite: F\r\n");
    check(
        WRITABLE,
        &[
            ("MOVE", "/a", &to("/n"), "", 201, "d/ d/b=below e/ n=hello", "4918 section 9.9"),
            ("MOVE", "/a", &to("http://a/e/n"), "", 201, "d/ d/b=below e/ e/n=hello", "an absolute URI"),
            ("MOVE", "/d/", &to("/e/d"), "", 201, "a=hello e/ e/d/ e/d/b=below", "a directory"),
            ("MOVE", "/a", &to("/d/b"), "", 204, "d/ d/b=hello e/", "9.9.3: replaces"),
            ("MOVE", "/a", &keep("/n"), "", 201, "d/ d/b=below e/ n=hello", "10.6: nothing to replace"),
            ("MOVE", "/a", &keep("/d/b"), "", 412, "", "10.6"),
            ("MOVE", "/a", &to("/e"), "", 409, "", "a directory is never replaced"),
            ("MOVE", "/d", &to("/a"), "", 409, "", "nor a file by one"),
            ("MOVE", "/d", &to("/e"), "", 409, "", "nor an empty one by another"),
            ("MOVE", "/a", &to("/a"), "", 403, "", "9.9.4: the same"),
            ("MOVE", "/d", &to("/d/e"), "", 409, "", "into itself"),
            ("MOVE", "/a/", &to("/n"), "", 404, "", "not a directory"),
            ("MOVE", "/a", &to("/n/"), "", 409, "", "a directory's name"),
            ("MOVE", "/a", &to("/n/."), "", 409, "", "the same in other words"),
            ("MOVE", "/d", &to("/n/"), "", 201, "a=hello e/ n/ n/b=below", "of a directory"),
            ("MOVE", "/a", &to("/none/n"), "", 409, "", "9.9.4: no directory for it"),
            ("MOVE", "/none", &to("/n"), "", 404, "", "nothing of that name"),
            ("MOVE", "/", &to("/n"), "", 403, "", "the root"),
            ("MOVE", "/a", &to("/.n"), "", 403, "", "hidden"),
            ("MOVE", "/a", &to("/../n"), "", 400, "", "outside"),
            ("MOVE", "/a", &to("http://b/n"), "", 502, "", "9.9.4: another server"),
            ("MOVE", "/a", "", "", 400, "", "10.3: where to?"),
        ],
    );
}

#[test]
fn requests_of_another_site_change_nothing() {
    check(
        WRITABLE,
        &[
            ("PUT", "/a", "Origin: http://evil.example\r\n", "x", 403, "", "RFC 6454"),
            ("POST", "/", "Sec-Fetch-Site: cross-site\r\n", "x", 403, "", "Fetch Metadata"),
            ("DELETE", "/a", "Origin: null\r\n", "", 403, "", "RFC 6454"),
            ("MKCOL", "/n", "Origin: http://evil.example\r\n", "", 403, "", "RFC 6454"),
            ("COPY", "/a", "Destination: /n\r\nOrigin: http://evil.example\r\n", "", 403, "", "RFC 6454"),
            ("MOVE", "/a", "Destination: /n\r\nOrigin: http://evil.example\r\n", "", 403, "", "RFC 6454"),
            ("DELETE", "/a", "Origin: http://a\r\n", "", 204, "d/ d/b=below e/", "our own page"),
        ],
    );
}

#[test]
fn without_writable_every_change_is_refused() {
    check(
        &[],
        &[
            ("PUT", "/new", "", "x", 405, "", "15.5.6"),
            ("POST", "/", "", "x", 405, "", "15.5.6"),
            ("DELETE", "/a", "", "", 405, "", "15.5.6"),
            ("MKCOL", "/n", "", "", 405, "", "15.5.6"),
            ("COPY", "/a", "Destination: /n\r\n", "", 405, "", "15.5.6"),
            ("MOVE", "/a", "Destination: /n\r\n", "", 405, "", "15.5.6"),
        ],
    );
}

pub(super) const FORM: &str = "Content-Type: multipart/form-data; boundary=b\r\n";

/// A form of these fields; fields with a second name are files.
pub(super) fn form(parts: &[(&str, Option<&str>, &str)]) -> String {
    let mut text = String::new();
    for (name, file, content) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        text += &format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n");
    }
    text + "--b--\r\n"
}

#[test]
fn a_form_stores_its_files() {
    let file = |name| form(&[("f", Some(name), "x")]);
    let cut = form(&[("f", Some("n"), "x")]).replace("--b--\r\n", "--b\r\nCont");
    check(
        WRITABLE,
        &[
            ("POST", "/", FORM, &file("n"), 201, "a=hello d/ d/b=below e/ n=x", "a file"),
            ("POST", "/e", FORM, &file("n"), 201, "a=hello d/ d/b=below e/ e/n=x", "into a directory"),
            (
                "POST",
                "/e/",
                FORM,
                &form(&[("f", Some("n"), "x"), ("f", Some("m"), ""), ("f", Some(""), "")]),
                201,
                "a=hello d/ d/b=below e/ e/m= e/n=x",
                "several, and one that was not chosen",
            ),
            (
                "POST",
                "/",
                FORM,
                &form(&[("f", Some("n/m/f"), "x"), ("f", Some("n/m/g"), "y")]),
                201,
                "a=hello d/ d/b=below e/ n/ n/m/ n/m/f=x n/m/g=y",
                "a folder",
            ),
            ("POST", "/", FORM, &file("a"), 409, "", "nothing is replaced unasked"),
            (
                "POST",
                "/",
                FORM,
                &form(&[("overwrite", None, "1"), ("f", Some("a"), "x")]),
                201,
                "a=x d/ d/b=below e/",
                "replaced on request",
            ),
            (
                "POST",
                "/",
                FORM,
                &form(&[("f", Some("a"), "x"), ("f", Some("n"), "y")]),
                409,
                "a=hello d/ d/b=below e/ n=y",
                "the others are stored",
            ),
            ("POST", "/", FORM, &file("d"), 409, "", "a directory"),
            ("POST", "/", FORM, &file("a/n"), 409, "", "below a file"),
            ("POST", "/", FORM, &file("../n"), 400, "", "outside"),
            ("POST", "/", FORM, &file("n%0D%0Am"), 400, "", "a line end in a name"),
            ("POST", "/", FORM, &file(".n"), 403, "", "hidden"),
            (
                "POST",
                "/",
                FORM,
                &form(&[("f", Some("m/.DS_Store"), "x"), ("f", Some("m/n"), "y"), ("f", Some(".k/n"), "z")]),
                201,
                "a=hello d/ d/b=below e/ m/ m/n=y",
                "hidden names are skipped",
            ),
            ("POST", "/", FORM, &form(&[("f", Some(""), "")]), 400, "", "no file"),
            ("POST", "/a", FORM, &file("n"), 409, "", "not into a file"),
            ("POST", "/none/", FORM, &file("n"), 404, "", "nothing of that name"),
            ("POST", "/", "Content-Type: text/plain\r\n", "x", 415, "", "no form"),
            ("POST", "/", "", "x", 415, "", "no form"),
            ("POST", "/", "Content-Type: multipart/form-data\r\n", "x", 400, "", "no boundary"),
            ("POST", "/", FORM, &cut, 400, "a=hello d/ d/b=below e/ n=x", "complete files are stored"),
            (
                "POST",
                "/",
                FORM,
                "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n\"\r\n\r\nx",
                400,
                "",
                "half a file",
            ),
        ],
    );
}

/// The response must not report a stored file as failed.
#[test]
fn the_answer_to_a_form_lists_its_files() {
    let two = form(&[("f", Some("n"), "x"), ("f", Some("m"), "y")]);
    let cut = two.replace("--b--\r\n", "--b\r\nCont");
    let taken = form(&[("f", Some("a"), "x"), ("f", Some("n"), "y"), ("f", Some(".m"), "")]);
    for_each_engine(|engine| {
        for (content, status, says, why) in [
            (&*two, 201, &["n\nm\n"][..], "all"),
            (
                &taken,
                409,
                &["took 1 file, but not all", "a: exists already", "Skipped, because these names"],
                "one of three",
            ),
            (&cut, 400, &["took 2 files, but not all", "the rest: was not looked at"], "a cut form"),
            (&cut[..9], 400, &["was not looked at"], "nothing of it"),
        ] {
            let tree = tree();
            let server = Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
            let answer = ask(&mut server.connect(), "POST", "/", FORM, content);
            assert_eq!(answer.status, status, "{why}: {}", answer.text());
            for words in says {
                assert!(answer.text().contains(words), "{why}: {words} in {}", answer.text());
            }
            assert!(status == 201 || !answer.text().contains("\nn"), "{why}: {}", answer.text());
        }
    });
}

#[test]
fn a_form_upload_redirects_to_the_directory() {
    let tree = tree();
    let server = Server::http(&tree, &["--quiet", "--writable"]);
    let mut wire = server.connect();
    let browser = format!("{FORM}Accept: text/html,*/*;q=0.8\r\nOrigin: http://a\r\n");
    let answer = ask(&mut wire, "POST", "/e", &browser, &form(&[("f", Some("n"), "x")]));
    assert_eq!((answer.status, answer.field("location")), (303, Some("/e/")));
    let answer =
        ask(&mut wire, "POST", "/e", &browser, &form(&[("f", Some("<n>"), "x"), ("f", Some("n"), "")]));
    assert_eq!(answer.status, 409);
    assert!(answer.text().contains("n: exists already"), "{}", answer.text());
}

#[test]
fn responses_have_the_validators_of_the_stored_file() {
    let tree = tree();
    for_each_engine(|engine| {
        reset(&tree);
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
        let mut wire = server.connect();
        let mut etag = wire.exchange("GET", "/a", "").field("etag").unwrap().to_owned();
        for content in ["one", "two", "three"] {
            let condition = format!("If-Match: {etag}\r\n");
            let put = ask(&mut wire, "PUT", "/a", &condition, content);
            assert_eq!(put.status, 204, "{content}");
            let stale = ask(&mut wire, "PUT", "/a", &condition, "lost");
            assert_eq!(stale.status, 412, "the tag is of the former content");
            etag = put.field("etag").unwrap().to_owned();
            let get = wire.exchange("GET", "/a", "");
            assert_eq!((get.text().as_str(), get.field("etag")), (content, Some(&*etag)), "seen at once");
            assert_eq!(get.field("last-modified"), put.field("last-modified"));
        }
    });
}

/// Uploaded files must not run script with the origin of the server's own pages.
#[test]
fn active_content_is_sandboxed() {
    let tree = Tree::of(&[("a.html", "<script>"), ("a.svg", "<svg/>"), ("a.txt", "")]);
    for (options, sandboxed) in [(&["--quiet", "--writable"][..], true), (&["--quiet"], false)] {
        let server = Server::http(&tree, options);
        let mut wire = server.connect();
        for (target, is_active) in [("/a.html", true), ("/a.svg", true), ("/a.txt", false)] {
            let policy = (sandboxed && is_active).then_some("sandbox");
            let answer = wire.exchange("GET", target, "");
            assert_eq!(answer.field("content-security-policy"), policy, "{target} {options:?}");
            assert_eq!(answer.field("x-content-type-options"), Some("nosniff"), "{target}");
        }
    }
}
