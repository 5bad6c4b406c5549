//! Methods (RFC 9110 section 9), and fields of every response.

use super::After::{Closed, Open};
use super::{check, tree};
use crate::harness::{Response, Server, for_each_engine};

#[test]
fn unknown_methods_get_501_and_disallowed_methods_405() {
    check(&[
        (b"BREW /a HTTP/1.1\r\nHost: a\r\n\r\n", 501, Open, "9.1: unknown"),
        (b"get /a HTTP/1.1\r\nHost: a\r\n\r\n", 501, Open, "9.1: methods have case"),
        (
            b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
            405,
            Open,
            "15.5.6: known, not allowed",
        ),
        (b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 405, Open, "15.5.6"),
        (b"DELETE /a HTTP/1.1\r\nHost: a\r\n\r\n", 405, Open, "15.5.6"),
        (b"PATCH /a HTTP/1.1\r\nHost: a\r\n\r\n", 405, Open, "15.5.6"),
        (b"MKCOL /new HTTP/1.1\r\nHost: a\r\n\r\n", 405, Open, "15.5.6"),
        (b"COPY /a HTTP/1.1\r\nHost: a\r\n\r\n", 405, Open, "15.5.6"),
        (b"MOVE /a HTTP/1.1\r\nHost: a\r\n\r\n", 405, Open, "15.5.6"),
        (b"TRACE /a HTTP/1.1\r\nHost: a\r\nCookie: c\r\n\r\n", 405, Open, "9.3.8: nothing is sent back"),
        (b"OPTIONS /a HTTP/1.1\r\nHost: a\r\n\r\n", 204, Open, "9.3.7"),
        (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204, Open, "9.3.7"),
        (
            b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA /a HTTP/1.1\r\nHost: a\r\n\r\n",
            501,
            Closed,
            "9112 section 3",
        ),
    ]);
}

#[test]
fn responses_have_date_and_allow() {
    let tree = tree();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let mut wire = server.connect();
        for (method, target, status, allow, why) in [
            ("GET", "/a", 200, None, "6.6.1"),
            ("GET", "/", 200, None, "6.6.1"),
            ("GET", "/d", 301, None, "6.6.1"),
            ("GET", "/missing", 404, None, "6.6.1"),
            ("PUT", "/a", 405, Some("GET, HEAD, OPTIONS"), "10.2.1: 405 must have Allow"),
            ("OPTIONS", "/a", 204, Some("GET, HEAD, OPTIONS"), "10.2.1"),
            ("OPTIONS", "*", 204, Some("GET, HEAD, OPTIONS"), "10.2.1"),
            ("BREW", "/a", 501, None, "6.6.1"),
        ] {
            let answer = wire.exchange(method, target, "");
            assert_eq!((answer.status, answer.field("allow")), (status, allow), "{method} {target}: {why}");
        }
    });
}

/// RFC 9110 section 6.6.1. (Other cases check 408 and 429.)
#[test]
fn every_response_has_a_date() {
    let tree = tree();
    let (long, fields) = ("a".repeat(8_001), "A: b\r\n".repeat(101));
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        for (method, target, fields, status) in [
            ("GET", "/a", "", 200),
            ("HEAD", "/a", "", 200),
            ("OPTIONS", "*", "", 204),
            ("GET", "/a", "Range: bytes=0-1\r\n", 206),
            ("GET", "/a", "Range: bytes=0-0,4-4\r\n", 206),
            ("GET", "/a", "If-None-Match: *\r\n", 304),
            ("GET", "/", "If-None-Match: *\r\n", 304),
            ("GET", "/d", "", 301),
            ("GET", "/a b", "", 400),
            ("GET", "/missing", "", 404),
            ("PUT", "/a", "", 405),
            ("GET", "/a", "If-Match: \"x\"\r\n", 412),
            ("GET", &format!("/{long}"), "", 414),
            ("GET", "/a", "Range: bytes=9-\r\n", 416),
            ("GET", "/a", "Expect: tea\r\n", 417),
            ("GET", "/a", &*fields, 431),
            ("BREW", "/a", "", 501),
        ] {
            let answer = server.connect().exchange(method, target, fields);
            assert_eq!(answer.status, status, "{method} {target} {fields}");
            answer.assert_dated();
        }
    });
}

/// RFC 9110 section 9.3.2: the same fields, no content.
#[test]
fn head_is_get_without_the_content() {
    let tree = tree();
    tree.file("index/index.html", "<p>hello");
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let mut wire = server.connect();
        for target in ["/a", "/", "/?format=json", "/d", "/missing", "/index/", "/%00"] {
            let get = wire.exchange("GET", target, "");
            let head = wire.exchange("HEAD", target, "");
            assert_eq!(lasting(&get), lasting(&head), "{target}");
            assert_eq!(head.body, b"", "{target}");
        }
        assert!(wire.is_alive(), "no content was left behind");
    });
}

/// RFC 9110 section 9.3.2 also applies to a request that is not executed, if its method is known.
#[test]
fn a_refused_head_is_answered_without_content() {
    let tree = tree();
    let (long, fields) = ("a".repeat(8_001), "A: b\r\n".repeat(101));
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        for (behind, status, why) in [
            ("/a HTTP/1.1\r\n\r\n", 400, "no Host"),
            ("/a HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n", 400, "a malformed field"),
            ("/a b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "a malformed request line"),
            ("/a HTTP/3.0\r\nHost: a\r\n\r\n", 505, "another version"),
            (&format!("/{long} HTTP/1.1\r\n"), 414, "a long target"),
            ("/a HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417, "an expectation"),
            (&format!("/a HTTP/1.1\r\n{fields}\r\n"), 431, "many fields"),
            (
                "/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                400,
                "two framings",
            ),
            ("/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "an unknown coding"),
            ("/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "no chunk"),
        ] {
            let mut wire = server.connect();
            // An empty line may precede a request (RFC 9112 section 2.2).
            wire.send(format!("\r\nHEAD {behind}"));
            wire.finish();
            let answer = wire.response("HEAD");
            assert_eq!((answer.status, wire.rest()), (status, b"".into()), "{why}");
            assert_ne!(answer.field("content-length"), Some("0"), "GET has content: {why}");
        }
    });
}

/// The head without its Date, and without the framing that a response to HEAD may omit (RFC 9112 section 6.1).
fn lasting(answer: &Response) -> Vec<&str> {
    let is_passing = |line: &&str| line.starts_with("Date:") || line.starts_with("Transfer-Encoding:");
    answer.head.lines().filter(|line| !is_passing(line)).collect()
}
