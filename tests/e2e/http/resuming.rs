//! Uploads that are resumed after an interruption.

use std::time::{Duration, Instant};

use super::writing::{ask, on_disk};
use crate::harness::{Server, TIMEOUT, Tree, Wire, for_each_engine};

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
