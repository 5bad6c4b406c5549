//! Field lines and Host (RFC 9112 sections 3.2 and 5).

use super::After::{Closed, Open};
use super::{check, tree};
use crate::harness::Server;

#[test]
fn a_field_line_is_a_name_a_colon_and_a_value() {
    check(&[
        (b"GET /a HTTP/1.1\r\nHost:a\r\n\r\n", 200, Open, "5: white space is optional"),
        (b"GET /a HTTP/1.1\r\nHost:\t a \t\r\n\r\n", 200, Open, "5: OWS, also tabs"),
        (b"GET /a HTTP/1.1\r\nhOsT: a\r\n\r\n", 200, Open, "5: names have no case"),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n", 200, Open, "5.5: an empty value"),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nX: \xe9\r\n\r\n", 200, Open, "9110 section 5.5: obs-text"),
        (b"GET /a HTTP/1.1\r\nHost : a\r\n\r\n", 400, Closed, "5.1: a space before the colon"),
        (b"GET /a HTTP/1.1\r\nHost\t: a\r\n\r\n", 400, Closed, "5.1: a tab before the colon"),
        (b"GET /a HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400, Closed, "5: no name"),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400, Closed, "5: no colon"),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400, Closed, "5.2: obs-fold"),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb\r\n\r\n", 400, Closed, "5.2: obs-fold"),
        (b"GET /a HTTP/1.1\r\n Host: a\r\n\r\n", 400, Closed, "2.2: white space before the first field"),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nX y: a\r\n\r\n", 400, Closed, "5.1: not a token"),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nX\xe9: a\r\n\r\n", 400, Closed, "5.1: not a token"),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 400, Closed, "9110 section 5.5: NUL"),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400, Closed, "9110 section 5.5: CR"),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nX: \x1b[2J\r\n\r\n", 400, Closed, "9110 section 5.5: a control"),
    ]);
}

#[test]
fn exactly_one_valid_host_is_required() {
    check(&[
        (b"GET /a HTTP/1.1\r\n\r\n", 400, Closed, "3.2: missing"),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, Closed, "3.2: twice"),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", 400, Closed, "3.2: twice"),
        (b"GET /a HTTP/1.1\r\nHost:\r\n\r\n", 200, Open, "3.2: it may be empty"),
        (b"GET /a HTTP/1.1\r\nHost: a:8080\r\n\r\n", 200, Open, "3.2: a port"),
        (b"GET /a HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200, Open, "3.2: IPv6"),
        (b"GET /a HTTP/1.1\r\nHost: a:x\r\n\r\n", 400, Closed, "3.2: no port"),
        (b"GET /a HTTP/1.1\r\nHost: a:99999\r\n\r\n", 400, Closed, "3.2: no port"),
        (b"GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, Closed, "3.2: a path"),
        (b"GET /a HTTP/1.1\r\nHost: a b\r\n\r\n", 400, Closed, "3.2: white space"),
        (b"GET /a HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, Closed, "3.2: a list"),
        (b"GET /a HTTP/1.1\r\nHost: u@a\r\n\r\n", 400, Closed, "9110 section 4.2.4"),
        (b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, Open, "3.2: HTTP/1.0 had none"),
        (b"GET /a HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400, Closed, "3.2: at most one"),
        (b"GET /a HTTP/1.0\r\nHost: a b\r\n\r\n", 400, Closed, "3.2: valid where it is"),
    ]);
}

/// The answer to malformed input contains no bytes of it that a terminal or a page would interpret.
#[test]
fn bad_input_is_answered_in_plain_text() {
    let tree = tree();
    let server = Server::http(&tree, &["--quiet"]);
    let mut wire = server.connect();
    wire.send(b"GET /<script>alert(1)</script>\x1b[2J HTTP/1.1\r\nHost: a\r\n\r\n");
    let answer = wire.response("GET");
    assert_eq!(answer.status, 400);
    assert_eq!(answer.field("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.field("connection"), Some("close"), "RFC 9112 section 9.6");
    assert!(answer.field("date").is_some(), "RFC 9110 section 6.6.1");
    assert!(!answer.body.contains(&b'<') && !answer.body.contains(&0x1b), "{}", answer.text());
}
