//! Request lines and targets (RFC 9112 sections 2.2 to 3.2).

use super::After::{Closed, Open};
use super::check;

#[test]
fn a_request_line_has_three_parts_with_one_space_between() {
    check(&[
        (b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n", 200, Open, "3"),
        (b"\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n", 200, Open, "2.2: an empty line before"),
        (b"\r\n\r\n\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "2.2: bounded"),
        (b" GET /a HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "2.2: a space before"),
        (b"\tGET /a HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "2.2: a tab before"),
        (b"GET  /a HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3: two spaces"),
        (b"GET /a  HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3: two spaces"),
        (b"GET /a HTTP/1.1 \r\nHost: a\r\n\r\n", 400, Closed, "3: a space behind"),
        (b"GET\t/a HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3: a tab is no space"),
        (b"GET /a\tHTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3: a tab is no space"),
        (b"GET /a\r\nHost: a\r\n\r\n", 400, Closed, "3: HTTP/0.9"),
        (b"GET\r\n\r\n", 400, Closed, "3: no target"),
        (b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3: a raw space in the target"),
        (b"G(T /a HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "9110 section 9.1: a method is a token"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, Closed, "a TLS client"),
    ]);
}

#[test]
fn lines_end_with_crlf_and_hold_no_controls() {
    check(&[
        (b"GET /a HTTP/1.1\nHost: a\r\n\r\n", 400, Closed, "2.2: a bare LF"),
        (b"GET /a HTTP/1.1\r\nHost: a\n\r\n", 400, Closed, "2.2: a bare LF"),
        (b"GET /a HTTP/1.1\r\nHost: a\r\n\n", 400, Closed, "2.2: a bare LF"),
        (b"GET /a HTTP/1.1\rHost: a\r\n\r\n", 400, Closed, "2.2: a bare CR"),
        (b"GET /a HTTP/1.1\r\r\nHost: a\r\n\r\n", 400, Closed, "2.2: a bare CR"),
        (b"\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "2.2: a bare LF before"),
        (b"GET /a\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3.2: NUL"),
        (b"GET /a\x7f HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3.2: DEL"),
        (b"GET /a\x0b HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3.2: VT"),
    ]);
}

#[test]
fn the_version_is_http_1() {
    check(&[
        (b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, Open, "2.3"),
        (b"GET /a HTTP/1.2\r\nHost: a\r\n\r\n", 200, Open, "9110 section 2.5: a later minor version"),
        (b"GET /a HTTP/2.0\r\nHost: a\r\n\r\n", 505, Closed, "9110 section 15.6.6"),
        (b"GET /a HTTP/0.9\r\nHost: a\r\n\r\n", 505, Closed, "9110 section 15.6.6"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, Closed, "9113 section 3.4: prior knowledge of HTTP/2"),
        (b"GET /a http/1.1\r\nHost: a\r\n\r\n", 400, Closed, "2.3: it has case"),
        (b"GET /a HTTP/1\r\nHost: a\r\n\r\n", 400, Closed, "2.3"),
        (b"GET /a HTTP/1.10\r\nHost: a\r\n\r\n", 400, Closed, "2.3: one digit"),
        (b"GET /a HTTP/11.1\r\nHost: a\r\n\r\n", 400, Closed, "2.3: one digit"),
        (b"GET /a HTTPS/1.1\r\nHost: a\r\n\r\n", 400, Closed, "2.3"),
    ]);
}

#[test]
fn a_target_is_in_origin_form_or_absolute_form() {
    check(&[
        (b"GET /a?b=c HTTP/1.1\r\nHost: a\r\n\r\n", 200, Open, "3.2.1: a query"),
        (b"GET /%61 HTTP/1.1\r\nHost: a\r\n\r\n", 200, Open, "3986 section 2.1: an escape"),
        (b"GET /a?|^[]{} HTTP/1.1\r\nHost: a\r\n\r\n", 200, Open, "browsers do not encode these"),
        (b"GET http://a/a HTTP/1.1\r\nHost: a\r\n\r\n", 200, Open, "3.2.2"),
        (b"GET http://other:80/a HTTP/1.1\r\nHost: a\r\n\r\n", 200, Open, "3.2.2: it replaces Host"),
        (b"GET HTTP://A/a HTTP/1.1\r\nHost: a\r\n\r\n", 200, Open, "3986 section 3.1: a scheme has no case"),
        (b"GET http://a/a HTTP/1.1\r\n\r\n", 400, Closed, "3.2.2: Host must be there all the same"),
        (b"GET http://a/a HTTP/1.1\r\nHost: b c\r\n\r\n", 400, Closed, "3.2.2: and must be valid"),
        (b"GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "9110 section 4.2.1: an empty host"),
        (b"GET http://u:p@a/a HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "9110 section 4.2.4"),
        (b"GET ftp://a/a HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "another scheme"),
        (b"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3.2.1: no slash"),
        (b"GET ! HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3.2"),
        (b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3.2.4: OPTIONS only"),
        (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204, Open, "3.2.4"),
        (b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501, Closed, "9110 section 9.3.6: no tunnels"),
        (b"CONNECT /a HTTP/1.1\r\nHost: a\r\n\r\n", 501, Closed, "9110 section 9.3.6"),
        (b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3.2: a fragment"),
        (b"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 404, Open, "raw UTF-8: a name that does not exist"),
        (b"GET /<a> HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3986 section 2"),
        (b"GET /\"a\" HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3986 section 2"),
        (b"GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3986 section 2"),
        (b"GET /% HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3986 section 2.1"),
        (b"GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3986 section 2.1"),
        (b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed, "3986 section 2.1"),
        (b"GET /a?%zz HTTP/1.1\r\nHost: a\r\n\r\n", 200, Open, "a lone percent sign in the query"),
        (b"GET /a?`\\<> HTTP/1.1\r\nHost: a\r\n\r\n", 200, Open, "printable bytes in the query"),
        (b"GET /a?\xC3\xA9 HTTP/1.1\r\nHost: a\r\n\r\n", 200, Open, "raw UTF-8 in the query"),
    ]);
}
