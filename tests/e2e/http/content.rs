//! The end of a request's content (RFC 9112 sections 6 and 7): the decision on which request smuggling
//! depends.

use super::After::{Closed, Open};
use super::{CANARY, Row, check, tree};
use crate::harness::{Server, for_each_engine, shown};

/// A request with these field lines and this content.
fn post(fields: &str, content: &str) -> Vec<u8> {
    format!("GET /a HTTP/1.1\r\nHost: a\r\n{fields}\r\n{content}").into_bytes()
}

fn check_posts(rows: &[(&str, &str, u16, super::After, &str)]) {
    let inputs: Vec<_> = rows.iter().map(|(fields, content, ..)| post(fields, content)).collect();
    let rows: Vec<Row<'_>> = inputs
        .iter()
        .zip(rows)
        .map(|(input, &(.., status, after, why))| (&input[..], status, after, why))
        .collect();
    check(&rows);
}

#[test]
fn a_content_length_is_one_number() {
    check_posts(&[
        ("Content-Length: 5\r\n", "hello", 200, Open, "6.3, step 6: content on GET is read and dropped"),
        ("Content-Length: 0\r\n", "", 200, Open, "6.3, step 6"),
        ("Content-Length:\t5 \r\n", "hello", 200, Open, "5: OWS"),
        ("Content-Length: 5\r\nContent-Length: 6\r\n", "hello", 400, Closed, "6.3, step 5"),
        ("Content-Length: 5\r\nContent-Length: 5\r\n", "hello", 400, Closed, "6.3, step 5: even equal ones"),
        ("Content-Length: 5, 5\r\n", "hello", 400, Closed, "6.3, step 5: even equal ones"),
        ("Content-Length: 5, 6\r\n", "hello", 400, Closed, "6.3, step 5"),
        ("Content-Length: +5\r\n", "hello", 400, Closed, "9110 section 8.6: digits"),
        ("Content-Length: -1\r\n", "", 400, Closed, "9110 section 8.6: digits"),
        ("Content-Length: 0x5\r\n", "hello", 400, Closed, "9110 section 8.6: digits"),
        ("Content-Length: 5 5\r\n", "hello", 400, Closed, "9110 section 8.6: digits"),
        ("Content-Length:\r\n", "", 400, Closed, "9110 section 8.6: digits"),
        ("Content-Length: 18446744073709551616\r\n", "", 400, Closed, "9110 section 8.6: overflow"),
        ("Content-Length: 184467440737095516165\r\n", "hello", 400, Closed, "5 modulo 2^64"),
        ("Content-Length : 5\r\n", "hello", 400, Closed, "5.1"),
    ]);
}

#[test]
fn a_transfer_coding_is_chunked_and_alone() {
    let chunked = "5\r\nhello\r\n0\r\n\r\n";
    check_posts(&[
        ("Transfer-Encoding: chunked\r\n", chunked, 200, Open, "6.1"),
        ("transfer-encoding:\tCHUNKED \r\n", chunked, 200, Open, "7: names have no case"),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunked, 400, Closed, "6.3, step 3"),
        ("Content-Length: 15\r\nTransfer-Encoding: chunked\r\n", chunked, 400, Closed, "6.3, step 3"),
        ("Transfer-Encoding: chunked, identity\r\n", chunked, 400, Closed, "6.3, step 4: not the last"),
        ("Transfer-Encoding: chunked, chunked\r\n", chunked, 400, Closed, "6.1: once"),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunked, 400, Closed, "6.1: once"),
        ("Transfer-Encoding: gzip\r\n", chunked, 501, Closed, "6.1: unknown"),
        ("Transfer-Encoding: gzip, chunked\r\n", chunked, 501, Closed, "6.1: unknown"),
        ("Transfer-Encoding: identity\r\n", "", 501, Closed, "removed in RFC 7230"),
        ("Transfer-Encoding: xchunked\r\n", chunked, 501, Closed, "not a part of a name"),
        ("Transfer-Encoding: \"chunked\"\r\n", chunked, 400, Closed, "7: not a token"),
        ("Transfer-Encoding: ,chunked\r\n", chunked, 400, Closed, "others may see two elements"),
        ("Transfer-Encoding:\r\n", "", 400, Closed, "no coding"),
        ("Transfer-Encoding: chunked\x0b\r\n", chunked, 400, Closed, "9110 section 5.5"),
        ("Transfer-Encoding : chunked\r\n", chunked, 400, Closed, "5.1"),
    ]);
    check(&[(
        b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
        Closed,
        "6.1: HTTP/1.0 has no transfer codings",
    )]);
}

#[test]
fn chunks_are_parsed_strictly() {
    let coding = "Transfer-Encoding: chunked\r\n";
    let long_extension = format!("5;{}\r\nhello\r\n0\r\n\r\n", "x".repeat(2_000));
    let long_trailers = format!("0\r\n{}\r\n", "A: b\r\n".repeat(1_000));
    check_posts(&[
        (coding, "0\r\n\r\n", 200, Open, "no content"),
        (coding, "5;a=b\r\nhello\r\n0;c\r\n\r\n", 200, Open, "7.1.1: extensions are skipped"),
        (coding, "5 ;a = b\r\nhello\r\n0\r\n\r\n", 200, Open, "7.1.1: white space around the semicolon"),
        (coding, "A\r\n0123456789\r\n0\r\n\r\n", 200, Open, "hexadecimal"),
        (coding, "0000000000000005\r\nhello\r\n0\r\n\r\n", 200, Open, "sixteen digits"),
        (coding, "0\r\nA: b\r\n\r\n", 200, Open, "7.1.2: trailer fields"),
        (coding, "0\r\nContent-Length: 9\r\nHost: x\r\n\r\n", 200, Open, "7.1.2: they mean nothing"),
        (coding, "00000000000000005\r\nhello\r\n0\r\n\r\n", 400, Closed, "seventeen digits"),
        (coding, "FFFFFFFFFFFFFFFF\r\n", 400, Closed, "overflow"),
        (coding, "\r\nhello\r\n", 400, Closed, "no size"),
        (coding, "0x5\r\nhello\r\n0\r\n\r\n", 400, Closed, "no prefix"),
        (coding, "-5\r\nhello\r\n0\r\n\r\n", 400, Closed, "no sign"),
        (coding, " 5\r\nhello\r\n0\r\n\r\n", 400, Closed, "no white space before"),
        (coding, "5 \r\nhello\r\n0\r\n\r\n", 400, Closed, "white space without an extension"),
        (coding, "5\nhello\r\n0\r\n\r\n", 400, Closed, "a bare LF"),
        (coding, "5\r\nhello\n0\r\n\r\n", 400, Closed, "a bare LF"),
        (coding, "5;a\nb\r\nhello\r\n0\r\n\r\n", 400, Closed, "7.1.1: a bare LF in an extension"),
        (coding, "5;\0\r\nhello\r\n0\r\n\r\n", 400, Closed, "7.1.1: a control in an extension"),
        (coding, "5\r\nhello!\r\n0\r\n\r\n", 400, Closed, "longer than its size"),
        (coding, "5\r\nhel\r\n0\r\n\r\n", 400, Closed, "shorter than its size"),
        (coding, &long_extension, 400, Closed, "7.1.1: bounded"),
        (coding, &long_trailers, 400, Closed, "7.1.2: bounded"),
        (coding, "0\r\nA : b\r\n\r\n", 400, Closed, "5.1, in trailers too"),
    ]);
}

/// More content than this is not discarded; the connection closes instead.
const LIMIT: usize = 64 << 10;

/// RFC 9112 section 9.3.
#[test]
fn content_of_a_refused_put_is_drained_up_to_64_kib() {
    let put = |size: usize| {
        let head = format!("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n");
        (head + &"x".repeat(size)).into_bytes()
    };
    check(&[
        (&put(LIMIT), 405, Open, "as much as the limit"),
        (&put(LIMIT + 1), 405, Closed, "more of it is not waited for"),
        (&put(1 << 20), 405, Closed, "much more: the answer is not lost"),
    ]);
}

#[test]
fn content_on_get_is_drained_up_to_64_kib() {
    let chunks = |size: usize| format!("{size:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(size));
    let length = |size: usize| format!("Content-Length: {size}\r\n");
    let bytes = |size: usize| "x".repeat(size);
    let coding = "Transfer-Encoding: chunked\r\n";
    check_posts(&[
        (&length(LIMIT), &bytes(LIMIT), 200, Open, "as much as the limit"),
        (&length(LIMIT + 1), &bytes(LIMIT + 1), 200, Closed, "9.3: more of it is not waited for"),
        (coding, &chunks(LIMIT), 200, Open, "as much as the limit, in a chunk"),
        (coding, &chunks(2 * LIMIT), 200, Closed, "more, in a chunk"),
        (&length(1 << 20), &bytes(1 << 20), 200, Closed, "much more: the answer is not lost"),
    ]);
}

/// RFC 9110 section 10.1.1.
#[test]
fn continue_is_sent_before_the_content() {
    let tree = tree();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        for (input, status, why) in [
            (
                &b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"[..],
                405,
                "refused",
            ),
            (
                b"GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n",
                200,
                "no case",
            ),
            (b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: tea\r\n\r\n", 417, "cannot be met"),
        ] {
            let mut wire = server.connect();
            wire.send(input);
            let answer = wire.response("GET");
            let answer = if answer.status == 100 { wire.response("GET") } else { answer };
            assert_eq!(answer.status, status, "{}: {why}", shown(input));
            assert_eq!(
                answer.field("connection"),
                Some("close"),
                "whether content follows is unknown: {why}"
            );
            wire.finish();
            assert!(wire.responses().is_empty(), "{}: {why}", shown(input));
        }
        // In one segment: a client that does not wait for 100.
        for (method, fields, content, status) in [
            ("GET", "Content-Length: 5\r\n", "hello", 200),
            ("GET", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n", 200),
            ("PUT", "Content-Length: 5\r\n", "hello", 405),
        ] {
            let mut wire = server.connect();
            let head = format!("{method} /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n{fields}\r\n");
            wire.send([head.as_bytes(), content.as_bytes(), CANARY].concat());
            let statuses: Vec<u16> = wire.responses().iter().map(|response| response.status).collect();
            assert_eq!(statuses, [status, 200], "{method} {fields}: the content is there, and is discarded");
        }
        let mut wire = server.connect();
        wire.send(b"GET /a HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello");
        let statuses: Vec<u16> = wire.responses().iter().map(|response| response.status).collect();
        assert_eq!(statuses, [200], "no 1xx to a 1.0 client");
    });
}

/// Missing content is never taken from the following bytes.
#[test]
fn truncated_content_is_not_a_request() {
    let tree = tree();
    let server = Server::http(&tree, &["--quiet"]);
    for (fields, content) in
        [("Content-Length: 5\r\n", "hel"), ("Transfer-Encoding: chunked\r\n", "5\r\nhel")]
    {
        let mut wire = server.connect();
        wire.send(post(fields, content));
        wire.finish();
        assert!(wire.rest().is_empty(), "{fields}");
    }
}
