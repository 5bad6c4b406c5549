//! Uploads that are resumed after an interruption.

use std::time::{Duration, Instant};

use super::writing::{ask, on_disk};
use crate::harness::{Response, Server, TIMEOUT, Tree, Wire, for_each_engine};

const TYPE: &str = "Content-Type: application/partial-upload\r\n";
const LAST: &str = "Upload-Complete: ?1\r\n";

fn patch(wire: &mut Wire, offset: usize, fields: &str, content: &str) -> (u16, Option<String>) {
    let fields = format!("{TYPE}Upload-Offset: {offset}\r\n{fields}");
    let answer = ask(wire, "PATCH", "/f", &fields, content);
    (answer.status, answer.field("upload-offset").map(str::to_owned))
}

fn at(offset: usize) -> Option<String> {
    Some(offset.to_string())
}

#[test]
fn an_upload_resumes_at_its_offset() {
    for_each_engine(|engine| {
        let tree = Tree::new();
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
        let mut wire = server.connect();
        assert_eq!(wire.exchange("HEAD", "/f", "").status, 404, "nothing has started");
        assert_eq!(patch(&mut wire, 3, "", "x"), (409, at(0)), "it begins at 0");
        assert_eq!(patch(&mut wire, 0, "", "another"), (204, at(7)));
        assert_eq!(patch(&mut wire, 0, "", ""), (204, at(0)), "it may begin anew without content");
        assert_eq!(wire.exchange("HEAD", "/f", "").field("upload-offset"), Some("0"));
        assert_eq!(patch(&mut wire, 0, "", "one "), (204, at(4)), "it may begin anew");
        assert_eq!(wire.exchange("GET", "/f", "").status, 404, "it is no file yet");
        let listing = wire.exchange("GET", "/?format=json", "").json();
        assert_eq!(listing["entries"], serde_json::json!([]), "nor listed");
        let head = wire.exchange("HEAD", "/f", "");
        assert_eq!((head.status, head.field("upload-offset")), (204, Some("4")));
        assert_eq!(wire.exchange("HEAD", "/f/", "").status, 404, "the name of a directory");
        for wrong in [1, 3, 5] {
            assert_eq!(patch(&mut wire, wrong, "", "x"), (409, at(4)), "offset {wrong}");
        }
        assert_eq!(patch(&mut wire, 4, "Upload-Complete: ?0\r\n", "two "), (204, at(8)));
        assert_eq!(patch(&mut wire, 8, LAST, "three"), (201, None));
        assert_eq!(on_disk(&tree), "f=one two three", "nothing else is left");
        assert_eq!(wire.exchange("HEAD", "/f", "").field("content-length"), Some("13"));
        assert_eq!(patch(&mut wire, 13, LAST, "x"), (409, None), "a file is not patched");
    });
}

#[test]
fn content_received_before_an_interruption_is_kept() {
    for_each_engine(|engine| {
        let tree = Tree::new();
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
        let mut cut = server.connect();
        cut.send(format!(
            "PATCH /f HTTP/1.1\r\nHost: a\r\n{TYPE}{LAST}Upload-Offset: 0\r\nContent-Length: 10\r\n\r\nhello"
        ));
        cut.finish();
        assert!(cut.rest().is_empty());
        let (mut wire, deadline) = (server.connect(), Instant::now() + TIMEOUT);
        while wire.exchange("HEAD", "/f", "").field("upload-offset") != Some("5") {
            assert!(Instant::now() < deadline, "it is not kept");
            std::thread::sleep(Duration::from_millis(10));
        }
        let length = wire.exchange("HEAD", "/f", "");
        assert_eq!(length.field("upload-length"), Some("10"), "4.1.3: that of the content");
        assert_eq!(patch(&mut wire, 5, LAST, "world"), (201, None));
        assert_eq!(on_disk(&tree), "f=helloworld");
    });
}

/// RFC 9530 section 3.1: with PATCH the digest is that of the whole file.
#[test]
fn the_digest_of_the_whole_is_checked() {
    const ALL: &str = "Repr-Digest: sha-256=:k2oYXKqiZrucvpgengXLeM1zKwsygOuURBK7b4+PB68=:\r\n";
    let tree = Tree::new();
    let server = Server::http(&tree, &["--quiet", "--writable"]);
    let mut wire = server.connect();
    assert_eq!(patch(&mut wire, 0, "", "hello"), (204, at(5)));
    let head = wire.exchange("HEAD", "/f", "");
    assert_eq!(head.field("want-repr-digest"), Some("sha-256=10"), "RFC 9530 section 4");
    assert_eq!(patch(&mut wire, 5, ALL, "world"), (400, None), "of a piece that is not the last");
    assert_eq!(patch(&mut wire, 5, &format!("{LAST}{ALL}"), "there"), (400, None), "another content");
    assert_eq!(wire.exchange("GET", "/f", "").status, 404, "nothing is stored");
    assert_eq!(patch(&mut wire, 0, "", "hello"), (204, at(5)), "it may begin anew");
    assert_eq!(patch(&mut wire, 5, &format!("{LAST}{ALL}"), "world"), (201, None));
    assert_eq!(on_disk(&tree), "f=helloworld");
}

/// The version of the protocol: 104 is only for clients that name it.
const INTEROP: &str = "Upload-Draft-Interop-Version: 8";

/// The examples of draft-ietf-httpbis-resumable-upload-12, with smaller numbers. PUT is used where the draft has POST,
/// and the upload resource has the URL of the file.
#[test]
fn the_examples_of_the_draft() {
    const COMPLETE: &str = "Upload-Complete: ?1";
    const PARTIAL: &str = "Upload-Complete: ?0";
    const WRONG: &str = "Repr-Digest: sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:";
    let content = |from: usize, to: usize| &"0123456789abcdef"[from..to];
    for_each_engine(|engine| {
        let tree = Tree::new();
        let server =
            Server::http(&tree, &["--engine", engine, "--quiet", "--writable", "--max-upload", "1000"]);
        let mut wire = server.connect();
        for (section, method, target, fields, content, expected) in [
            (
                "4.2.3 A: the entire content",
                "PUT",
                "/a",
                &[COMPLETE, "Upload-Length: 16"][..],
                content(0, 16),
                &[(104, "Location: /a"), (201, COMPLETE)][..],
            ),
            (
                "4.2.3 B: the first bytes",
                "PUT",
                "/b",
                &[PARTIAL, "Upload-Length: 16"],
                content(0, 6),
                &[(104, "Location: /b"), (201, "Location: /b")],
            ),
            ("4.3.3 A: the offset", "HEAD", "/b", &[], "", &[(204, "Upload-Offset: 6")]),
            ("4.3.3 A: the length", "HEAD", "/b", &[], "", &[(204, "Upload-Length: 16")]),
            ("4.3.3 A: the state", "HEAD", "/b", &[], "", &[(204, PARTIAL)]),
            ("4.3.3 A: no caching", "HEAD", "/b", &[], "", &[(204, "Cache-Control: no-store")]),
            ("4.3.3 A: the limits", "HEAD", "/b", &[], "", &[(204, "Upload-Limit: max-size=1000")]),
            ("4.1.4: the limits", "OPTIONS", "/x", &[], "", &[(204, "Upload-Limit: max-size=1000")]),
            (
                "4.4.3 A: the next bytes",
                "PATCH",
                "/b",
                &[PARTIAL, "Upload-Offset: 6"],
                content(6, 9),
                &[(204, PARTIAL)],
            ),
            (
                "4.4.2: another offset",
                "PATCH",
                "/b",
                &[PARTIAL, "Upload-Offset: 12"],
                content(6, 9),
                &[(409, "Upload-Offset: 9")],
            ),
            (
                "4.4.2: another offset",
                "PATCH",
                "/b",
                &[PARTIAL, "Upload-Offset: 3"],
                content(6, 9),
                &[(409, PARTIAL)],
            ),
            (
                "4.4.3 B: the rest",
                "PATCH",
                "/b",
                &[COMPLETE, "Upload-Offset: 9"],
                content(9, 16),
                &[(201, COMPLETE)],
            ),
            (
                "4.2.1: the URL alone",
                "PUT",
                "/c",
                &[PARTIAL],
                "x",
                &[(104, "Location: /c"), (201, "Upload-Offset: 1")],
            ),
            (
                "4.4.1: complete without more content",
                "PATCH",
                "/c",
                &[COMPLETE, "Upload-Offset: 1"],
                "",
                &[(201, COMPLETE)],
            ),
            (
                "4.5.3: to be cancelled",
                "PUT",
                "/d",
                &[PARTIAL],
                "x",
                &[(104, "Location: /d"), (201, PARTIAL)],
            ),
            ("4.5.3: cancelled", "DELETE", "/d", &[], "", &[(204, "")]),
            ("4.5.3: it is gone", "HEAD", "/d", &[], "", &[(404, "")]),
            (
                "4.1.3: two lengths",
                "PUT",
                "/e",
                &[COMPLETE, "Upload-Length: 5"],
                content(0, 6),
                &[(400, PARTIAL)],
            ),
            ("4.1.3: nothing is stored", "HEAD", "/e", &[], "", &[(404, "")]),
            (
                "11.2: no content yet",
                "PUT",
                "/g",
                &[PARTIAL, "Upload-Length: 16"],
                "",
                &[(104, "Location: /g"), (201, "Upload-Offset: 0")],
            ),
            ("11.2: the offset", "HEAD", "/g", &[], "", &[(204, "Upload-Offset: 0")]),
            ("11.2: the length", "HEAD", "/g", &[], "", &[(204, "Upload-Length: 16")]),
            (
                "4.1.3: another length",
                "PATCH",
                "/g",
                &[COMPLETE, "Upload-Offset: 0"],
                content(0, 15),
                &[(400, PARTIAL)],
            ),
            (
                "11.2: the content",
                "PATCH",
                "/g",
                &[PARTIAL, "Upload-Offset: 0"],
                content(0, 9),
                &[(204, "Upload-Offset: 9")],
            ),
            ("11.2: the length is still known", "HEAD", "/g", &[], "", &[(204, "Upload-Length: 16")]),
            (
                "11.2: the rest",
                "PATCH",
                "/g",
                &[COMPLETE, "Upload-Offset: 9"],
                content(9, 16),
                &[(201, COMPLETE)],
            ),
            (
                "4.5.2: empty, to be cancelled",
                "PUT",
                "/h",
                &[PARTIAL],
                "",
                &[(104, "Location: /h"), (201, PARTIAL)],
            ),
            ("4.5.2: cancelled", "DELETE", "/h", &[], "", &[(204, "")]),
            ("4.5.2: it is gone", "HEAD", "/h", &[], "", &[(404, "")]),
            (
                "4.1.4: the limit, before any content is sent",
                "PUT",
                "/i",
                &[PARTIAL, "Upload-Length: 1001"],
                "",
                &[(413, "Upload-Limit: max-size=1000")],
            ),
            ("4.1.4: nothing is kept", "HEAD", "/i", &[], "", &[(404, "")]),
            (
                "4.1.2: the complete content is refused",
                "PUT",
                "/j",
                &[COMPLETE, WRONG],
                "x",
                &[(104, "Location: /j"), (400, COMPLETE)],
            ),
            ("4.1.2: nothing is kept", "HEAD", "/j", &[], "", &[(404, "")]),
            (
                "4.4.2: a complete upload",
                "PATCH",
                "/a",
                &[PARTIAL, "Upload-Offset: 16"],
                "x",
                &[(409, PARTIAL)],
            ),
        ] {
            let kind = if method == "PATCH" { TYPE } else { "" };
            let length = match method {
                "PUT" | "PATCH" => format!("Content-Length: {}\r\n", content.len()),
                _ => String::new(),
            };
            let fields: String =
                fields.iter().chain(&[INTEROP]).map(|field| format!("{field}\r\n")).collect();
            wire.send(format!(
                "{method} {target} HTTP/1.1\r\nHost: a\r\n{length}{kind}{fields}\r\n{content}"
            ));
            for (status, field) in expected {
                let answer = wire.response(method);
                assert_eq!(answer.status, *status, "{section}: {}", answer.text());
                let has_field = answer.head.lines().any(|line| line == *field);
                assert!(has_field || field.is_empty(), "{section}: {}", answer.head);
            }
        }
        assert_eq!(on_disk(&tree), "a=0123456789abcdef b=0123456789abcdef c=x g=0123456789abcdef");
    });
}

/// 4.1.3: Upload-Length, or the content of a request with `Upload-Complete: ?1`, states the length of the file. Later
/// requests must not state another one, also after a restart of the server.
#[test]
fn the_length_of_an_upload_is_known_once_it_is_stated() {
    const STATED: &str = "Upload-Length: 10\r\n";
    let length = |answer: &Response| answer.field("upload-length").map(str::to_owned);
    for_each_engine(|engine| {
        let tree = Tree::new();
        let serve = || Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
        let server = serve();
        let mut wire = server.connect();
        assert_eq!(patch(&mut wire, 0, "", "hell"), (204, at(4)));
        assert_eq!(length(&wire.exchange("HEAD", "/f", "")), None, "nothing states it");
        assert_eq!(patch(&mut wire, 4, STATED, "o"), (204, at(5)), "a later request may state it");
        drop((wire, server));
        let server = serve();
        let mut wire = server.connect();
        for (fields, content, why) in [
            ("Upload-Length: 11\r\n", "w", "another length"),
            ("", "worlds", "content behind the length"),
            (LAST, "worl", "less content than the length requires"),
            (LAST, "worlds", "more content than the length requires"),
        ] {
            assert_eq!(patch(&mut wire, 5, fields, content), (400, None), "{why}");
            let head = wire.exchange("HEAD", "/f", "");
            let state = (length(&head), head.field("upload-offset"));
            assert_eq!(state, (at(10), Some("5")), "{why}: the state is unchanged");
        }
        assert_eq!(patch(&mut wire, 5, "", "w"), (204, at(6)));
        let head = wire.exchange("HEAD", "/f", "");
        assert_eq!(length(&head), at(10), "a piece without it keeps it");
        assert_eq!(head.field("upload-limit"), Some("min-size=0"), "4.1.4: there is no limit");
        assert_eq!(patch(&mut wire, 0, "", "hello"), (204, at(5)), "it may begin anew");
        assert_eq!(length(&wire.exchange("HEAD", "/f", "")), None, "a new upload");
        assert_eq!(patch(&mut wire, 5, STATED, "w"), (204, at(6)));
        assert_eq!(patch(&mut wire, 6, LAST, "orld"), (201, None));
        assert_eq!(on_disk(&tree), "f=helloworld");
        let mut attributes = [0; 256];
        let listed = rustix::fs::listxattr(tree.path().join("f"), &mut attributes).unwrap();
        assert!(!attributes[..listed].windows(4).any(|name| name == b"mini"), "the file keeps no length");
    });
}

/// 4.4.2: the request is refused once its content exceeds the length, which makes the upload invalid. Less content than
/// the length is kept.
#[test]
fn chunks_do_not_exceed_the_length() {
    const CHUNKED: &str = "Upload-Length: 8\r\nTransfer-Encoding: chunked\r\n";
    const HELLO: &str = "5\r\nhello\r\n";
    for_each_engine(|engine| {
        let tree = Tree::new();
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
        let mut wire = server.connect();
        let send = |wire: &mut Wire, target: &str, fields: &str| {
            wire.send(format!("PATCH {target} HTTP/1.1\r\nHost: a\r\n{TYPE}{CHUNKED}{fields}\r\n{HELLO}"));
        };
        let refusal = |wire: &mut Wire| {
            wire.send("0\r\n\r\n");
            let refused = wire.response("PATCH");
            (refused.status, refused.field("upload-complete").map(str::to_owned))
        };
        let expected = (400, Some("?0".to_owned()));
        for (target, earlier, why) in [("/a", "", "a new upload"), ("/b", "x", "with an earlier byte")] {
            ask(&mut wire, "PUT", target, "Upload-Complete: ?0\r\n", earlier);
            let (mut more, deadline) = (server.connect(), Instant::now() + TIMEOUT);
            send(&mut more, target, &format!("Upload-Offset: {}\r\n", earlier.len()));
            more.send(HELLO);
            while wire.exchange("HEAD", target, "").status != 404 {
                assert!(Instant::now() < deadline, "{why}: it is valid until the content ends");
                std::thread::sleep(Duration::from_millis(10));
            }
            assert_eq!(refusal(&mut more), expected, "{why}");
        }
        send(&mut wire, "/c", &format!("{LAST}Upload-Offset: 0\r\n"));
        assert_eq!(refusal(&mut wire), expected, "less than the length");
        assert_eq!(wire.exchange("HEAD", "/c", "").field("upload-offset"), Some("5"));
    });
}

/// 4.5.2: an upload that is cancelled during a request is not completed by it.
#[test]
fn a_request_that_is_in_progress_is_cancelled() {
    /// More than the server holds before it writes.
    const SENT: usize = 300_000;
    for_each_engine(|engine| {
        let tree = Tree::new();
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
        let (mut slow, mut wire, deadline) = (server.connect(), server.connect(), Instant::now() + TIMEOUT);
        assert_eq!(patch(&mut wire, 0, "", "one "), (204, at(4)));
        slow.send(format!(
            "PATCH /f HTTP/1.1\r\nHost: a\r\n{TYPE}{LAST}Upload-Offset: 4\r\nContent-Length: {}\r\n\r\n",
            SENT + 1
        ));
        slow.send(vec![b'x'; SENT]);
        while wire.exchange("HEAD", "/f", "").field("upload-offset") == Some("4") {
            assert!(Instant::now() < deadline, "nothing is written");
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(wire.exchange("DELETE", "/f", "").status, 204);
        assert_eq!(patch(&mut wire, 0, "", "next"), (204, at(4)));
        slow.send("x");
        assert_eq!(slow.response("PATCH").status, 404);
        assert_eq!(wire.exchange("HEAD", "/f", "").field("upload-offset"), Some("4"), "the next upload");
        assert_eq!(wire.exchange("GET", "/f", "").status, 404);
    });
}

/// 4.2.2: an interrupted PUT is resumed. 4.2.3 D: one that is refused gets no 104. Appendix B: nor does one of a client
/// that does not name the version.
#[test]
fn an_interrupted_put_is_kept_if_it_asks_for_it() {
    let tree = Tree::of(&[("taken", "x")]);
    let server = Server::http(&tree, &["--quiet", "--writable"]);
    let versioned = format!("Upload-Complete: ?1\r\n{INTEROP}\r\n");
    for (name, fields, content, is_announced) in [
        ("one", &*versioned, "hello", true),
        ("none", &*versioned, "", true),
        ("unversioned", "Upload-Complete: ?1\r\n", "hello", false),
        ("old", "Upload-Complete: ?1\r\nUpload-Draft-Interop-Version: 7\r\n", "hello", false),
        ("plain", "", "hello", false),
    ] {
        let mut cut = server.connect();
        cut.send(format!("PUT /{name} HTTP/1.1\r\nHost: a\r\n{fields}Content-Length: 10\r\n\r\n{content}"));
        cut.finish();
        let announced = cut.rest();
        let is_104 = announced.starts_with(b"HTTP/1.1 104 Upload Resumption Supported\r\n");
        assert_eq!(is_104, is_announced, "{name}");
        assert!(!is_104 || String::from_utf8(announced).unwrap().contains(INTEROP), "{name}");
    }
    let (mut wire, deadline) = (server.connect(), Instant::now() + TIMEOUT);
    for (name, offset) in [("/one", "5"), ("/none", "0"), ("/unversioned", "5"), ("/old", "5")] {
        while wire.exchange("HEAD", name, "").field("upload-offset") != Some(offset) {
            assert!(Instant::now() < deadline, "{name} is not kept");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    assert_eq!(wire.exchange("HEAD", "/plain", "").status, 404);
    for (target, fields, status, why) in [
        ("/taken", "Upload-Complete: ?1\r\n", 204, "an upload that replaces a file cannot be resumed"),
        ("/taken", "Upload-Complete: ?0\r\n", 409, "nor be sent in parts"),
        ("/none/f", "Upload-Complete: ?1\r\n", 409, "no directory for it"),
    ] {
        let answer = ask(&mut wire, "PUT", target, fields, "y");
        assert_eq!(answer.status, status, "{target}: {why}");
    }
    let server = Server::http(&tree, &["--quiet"]);
    let answer = ask(&mut server.connect(), "PUT", "/f", "Upload-Complete: ?1\r\n", "x");
    assert_eq!(answer.status, 405, "4.2.3 D");
}

#[test]
fn other_patch_requests_are_refused() {
    let tree = Tree::of(&[("a", "hello"), ("d/b", "below")]);
    let server = Server::http(&tree, &["--quiet", "--writable"]);
    let begin = format!("{TYPE}Upload-Offset: 0\r\n");
    for (target, fields, status, why) in [
        ("/f", "Upload-Offset: 0\r\n", 415, "no type"),
        ("/f", "Content-Type: text/plain\r\nUpload-Offset: 0\r\n", 415, "another type"),
        ("/f", TYPE, 400, "no offset"),
        ("/f", &format!("{TYPE}Upload-Offset: -1\r\n"), 400, "no number"),
        ("/f", &format!("{TYPE}Upload-Offset: +1\r\n"), 400, "no number"),
        ("/f", &format!("{TYPE}Upload-Offset: 99999999999999999999\r\n"), 400, "too large"),
        ("/f", &format!("{begin}Upload-Complete: true\r\n"), 400, "no boolean"),
        ("/f", &format!("{begin}Content-Range: bytes 0-0/1\r\n"), 400, "an unsupported form"),
        ("/a", &begin, 409, "a file"),
        ("/d", &begin, 409, "a directory"),
        ("/f/", &begin, 409, "a directory's name"),
        ("/", &begin, 409, "the root"),
        ("/none/f", &begin, 409, "no directory for it"),
        ("/.f", &begin, 403, "hidden"),
    ] {
        let answer = ask(&mut server.connect(), "PATCH", target, fields, "x");
        assert_eq!(answer.status, status, "{target} {fields:?}: {why}: {}", answer.text());
    }
    assert_eq!(on_disk(&tree), "a=hello d/ d/b=below");
    let server = Server::http(&tree, &["--quiet", "--writable", "--anonymous", "drop"]);
    let answer = ask(&mut server.connect(), "PATCH", "/f", &begin, "x");
    assert_eq!(answer.status, 403, "who may only upload would learn which names are taken");
}
