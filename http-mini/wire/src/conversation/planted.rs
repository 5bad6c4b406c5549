//! Violations of the classes in published corpora of request smuggling and of parser bugs: each is reported at its byte,
//! and where real parsers differ, both readings are shown.

use syntax::conversation::{Conversation, Sender};
use syntax::record::Recorder;
use syntax::watch::Reading;

use super::HttpConversation;
use crate::chunked::{self, ChunkedStep};
use crate::framing::{self, Framing};
use crate::head;
use crate::rule::Violation;

/// Bytes, the broken rule, the offset of the offending byte, and a description.
type Planted = (&'static str, &'static str, usize, &'static str);

/// Before `Host: h`.
const REQUEST_LINES: &[Planted] = &[
    ("GET  / HTTP/1.1\r\n", "request-line-space", 4, "two spaces before the target"),
    ("GET /  HTTP/1.1\r\n", "request-line-space", 6, "two spaces after the target"),
    ("GET\t/ HTTP/1.1\r\n", "request-line-space", 3, "a tab instead of a space"),
    ("GET /\tHTTP/1.1\r\n", "request-line-space", 5, "a tab before the version"),
    (" GET / HTTP/1.1\r\n", "method-malformed", 0, "a space before the method"),
    ("\tGET / HTTP/1.1\r\n", "method-malformed", 0, "a tab before the method"),
    ("GET / HTTP/1.1 \r\n", "request-line-space", 14, "a space after the version"),
    ("GET / HTTP/1.1\t\r\n", "request-line-space", 14, "a tab after the version"),
    ("GET / HTTP/1.1\n", "bare-lf", 14, "LF alone after the request line"),
    ("GET / HTTP/1.1\r", "bare-cr", 14, "CR alone after the request line"),
    ("GET / HTTP/1.1\r\r\n", "bare-cr", 14, "a doubled CR"),
    ("GET /\r\n", "version-malformed", 5, "HTTP/0.9: no version"),
    ("GET / \r\n", "version-malformed", 6, "a space and no version"),
    ("GET\r\n", "request-line-space", 3, "only a method"),
    ("GET HTTP/1.1\r\n", "version-malformed", 12, "no target"),
    ("/ HTTP/1.1\r\n", "method-malformed", 0, "no method"),
    ("G<T / HTTP/1.1\r\n", "method-malformed", 1, "a delimiter in the method"),
    ("G\0T / HTTP/1.1\r\n", "control-byte", 1, "NUL in the method"),
    ("\"GET\" / HTTP/1.1\r\n", "method-malformed", 0, "a quoted method"),
    ("GET,POST / HTTP/1.1\r\n", "method-malformed", 3, "two methods"),
    ("G\u{e9}T / HTTP/1.1\r\n", "method-malformed", 1, "a method outside ASCII"),
    (
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1\r\n",
        "method-too-long",
        32,
        "a method of 40 bytes",
    ),
    ("GET / http/1.1\r\n", "version-malformed", 6, "lower case in the version"),
    ("GET / HTTP/1\r\n", "version-malformed", 12, "a version without a minor number"),
    ("GET / HTTP/1.\r\n", "version-malformed", 13, "a version that ends with the dot"),
    ("GET / HTTP/1.10\r\n", "version-malformed", 14, "two digits in the minor version"),
    ("GET / HTTP/01.1\r\n", "version-malformed", 12, "a leading zero in the version"),
    ("GET / HTTP/11.1\r\n", "version-malformed", 12, "two digits in the major version"),
    ("GET / HTTP/1,1\r\n", "version-malformed", 12, "a comma in the version"),
    ("GET / HTTP /1.1\r\n", "request-line-space", 10, "a space inside the version"),
    ("GET / HTP/1.1\r\n", "version-malformed", 8, "a misspelt protocol"),
    ("GET / XTTP/1.1\r\n", "version-malformed", 6, "another protocol"),
    ("GET / HTTP/2.0\r\n", "version-unsupported", 11, "HTTP/2 in the form of HTTP/1"),
    ("GET / HTTP/0.9\r\n", "version-unsupported", 11, "a version that had no version"),
    ("GET / HTTP/9.9\r\n", "version-unsupported", 11, "a future version"),
    ("GET / HTTP/1.x\r\n", "version-malformed", 13, "a letter in the version"),
    ("GET / HTTP/1.1 HTTP/1.0\r\n", "request-line-space", 14, "two versions"),
    ("GET /a b HTTP/1.1\r\n", "version-malformed", 7, "a space in the target"),
    ("GET /a#b HTTP/1.1\r\n", "target-fragment", 6, "a fragment"),
    ("GET /a\"b HTTP/1.1\r\n", "target-byte", 6, "a quote in the target"),
    ("GET /<a> HTTP/1.1\r\n", "target-byte", 5, "angle brackets in the target"),
    ("GET /a` HTTP/1.1\r\n", "target-byte", 6, "a backtick in the path"),
    ("GET /a\\b HTTP/1.1\r\n", "target-byte", 6, "a backslash in the path"),
    ("GET /a\0b HTTP/1.1\r\n", "control-byte", 6, "NUL in the target"),
    ("GET /a\x7fb HTTP/1.1\r\n", "control-byte", 6, "DEL in the target"),
    ("GET /a\rb HTTP/1.1\r\n", "bare-cr", 6, "CR in the target"),
    ("GET /% HTTP/1.1\r\n", "escape-malformed", 5, "a lone percent sign"),
    ("GET /%4 HTTP/1.1\r\n", "escape-malformed", 5, "an escape of one digit"),
    ("GET /%zz HTTP/1.1\r\n", "escape-malformed", 5, "an escape without digits"),
    ("GET /a%u0041 HTTP/1.1\r\n", "escape-malformed", 6, "an escape of JavaScript"),
    ("GET /a?b#c HTTP/1.1\r\n", "target-fragment", 8, "a fragment after a query"),
    ("GET a HTTP/1.1\r\n", "target-form", 4, "a path without its slash"),
    ("GET h:80 HTTP/1.1\r\n", "target-form", 4, "authority-form with GET"),
    ("GET ftp://h/ HTTP/1.1\r\n", "target-form", 4, "another scheme"),
    ("GET http:/h HTTP/1.1\r\n", "target-form", 4, "a scheme with one slash"),
    ("GET http:// HTTP/1.1\r\n", "authority-malformed", 11, "an empty authority"),
    ("GET http://:80/ HTTP/1.1\r\n", "authority-malformed", 11, "an empty host in the authority"),
    ("GET http://u:p@h/ HTTP/1.1\r\n", "authority-malformed", 13, "a user in the authority"),
    ("GET http://h:x/ HTTP/1.1\r\n", "authority-malformed", 13, "a port that is no number"),
    ("GET http://[::1/ HTTP/1.1\r\n", "authority-malformed", 11, "an unclosed bracket"),
    ("GET * HTTP/1.1\r\n", "asterisk-outside-options", 4, "asterisk-form with GET"),
    ("CONNECT h:443 HTTP/1.1\r\n", "connect-refused", 8, "CONNECT"),
    ("\r\n\r\n\r\nGET / HTTP/1.1\r\n", "empty-lines", 4, "three empty lines before the request"),
    ("\nGET / HTTP/1.1\r\n", "bare-lf", 0, "an empty line that is LF alone"),
];

/// After `GET / HTTP/1.1`.
const HOSTS: &[Planted] = &[
    ("", "host-missing", 2, "no Host"),
    ("Host: a\r\nHost: b\r\n", "host-repeated", 9, "two different hosts"),
    ("Host: a\r\nHost: a\r\n", "host-repeated", 9, "the same host twice"),
    ("Host: a\r\nhost: b\r\n", "host-repeated", 9, "two hosts in different letter case"),
    ("Host: a, b\r\n", "host-malformed", 8, "a list of hosts"),
    ("Host: a b\r\n", "host-malformed", 7, "a space in the host"),
    ("Host: a/b\r\n", "host-malformed", 7, "a path in the host"),
    ("Host: u@a\r\n", "host-malformed", 7, "a user in the host"),
    ("Host: a:b\r\n", "host-malformed", 8, "a port that is no number"),
    ("Host: a:99999\r\n", "host-malformed", 8, "a port above 65535"),
    ("Host: a:80:80\r\n", "host-malformed", 10, "two ports"),
    ("Host: [::1\r\n", "host-malformed", 6, "an unclosed bracket"),
    ("Host: ::1\r\n", "host-malformed", 6, "IPv6 without brackets"),
    ("Host: a\u{e9}\r\n", "host-malformed", 7, "a host outside ASCII"),
    ("Host: a?b\r\n", "host-malformed", 7, "a query in the host"),
    ("Host: http://a\r\n", "host-malformed", 11, "a URI as host"),
    ("Host : a\r\n", "space-before-colon", 4, "a space before the colon of Host"),
    ("Host: a#b\r\n", "host-malformed", 7, "a fragment in the host"),
];

/// After `Host: h`.
const FIELDS: &[Planted] = &[
    ("A : b\r\n", "space-before-colon", 1, "a space before the colon"),
    ("A\t: b\r\n", "space-before-colon", 1, "a tab before the colon"),
    (" A: b\r\n", "folded-line", 0, "a line that begins with a space"),
    ("\tA: b\r\n", "folded-line", 0, "a line that begins with a tab"),
    ("A: b\r\n c\r\n", "folded-line", 6, "a folded line"),
    ("A: b\r\n\tc\r\n", "folded-line", 6, "a line folded with a tab"),
    ("A: b\r\n \r\n", "folded-line", 6, "a folded line of white space"),
    (": b\r\n", "name-missing", 0, "no name"),
    ("A\r\n", "colon-missing", 1, "no colon"),
    ("A@: b\r\n", "name-malformed", 1, "@ in a name"),
    ("A(c): b\r\n", "name-malformed", 1, "a comment in a name"),
    ("A\0: b\r\n", "control-byte", 1, "NUL in a name"),
    ("A\u{e9}: b\r\n", "name-malformed", 1, "a name outside ASCII"),
    ("A[]: b\r\n", "name-malformed", 1, "brackets in a name"),
    ("\"A\": b\r\n", "name-malformed", 0, "a quoted name"),
    ("A B: b\r\n", "space-before-colon", 1, "a space in a name"),
    ("A: b\0c\r\n", "control-byte", 4, "NUL in a value"),
    ("A: b\x0bc\r\n", "control-byte", 4, "a vertical tab in a value"),
    ("A: b\x1b[2J\r\n", "control-byte", 4, "a terminal sequence in a value"),
    ("A: b\x7f\r\n", "control-byte", 4, "DEL in a value"),
    ("A: b\rC: d\r\n", "bare-cr", 4, "CR alone between two fields"),
    ("A: b\nC: d\r\n", "bare-lf", 4, "LF alone between two fields"),
    ("A: b\n\rC: d\r\n", "bare-lf", 4, "LF CR"),
    ("A: b\r\r\n", "bare-cr", 4, "a doubled CR"),
    ("A: b\n", "bare-lf", 4, "LF alone at the end of a line"),
    ("Expect: 200-ok\r\n", "expectation-unknown", 8, "an unknown expectation"),
    ("Expect: 100-continue, x\r\n", "expectation-unknown", 22, "a second expectation"),
];

/// After `Host: h` of a POST with the content `5 hello 0`.
const FRAMING: &[Planted] = &[
    ("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "length-and-coding", 38, "CL.TE"),
    ("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "length-and-coding", 44, "TE.CL"),
    (
        "Transfer-Encoding: chunked\r\nContent-Length: 15\r\n",
        "length-and-coding",
        44,
        "both, even if they agree",
    ),
    ("Content-Length: 5\r\nContent-Length: 6\r\n", "length-repeated", 19, "two lengths"),
    ("Content-Length: 5\r\nContent-Length: 5\r\n", "length-repeated", 19, "the same length twice"),
    ("Content-Length: 5, 5\r\n", "length-repeated", 17, "a list of equal lengths"),
    ("Content-Length: 5,6\r\n", "length-repeated", 17, "a list of lengths"),
    ("Content-Length: +5\r\n", "length-malformed", 16, "a sign"),
    ("Content-Length: -5\r\n", "length-malformed", 16, "a negative length"),
    ("Content-Length: 0x5\r\n", "length-malformed", 17, "a hexadecimal length"),
    ("Content-Length: 5 5\r\n", "length-malformed", 17, "a space in the length"),
    ("Content-Length: 5.0\r\n", "length-malformed", 17, "a fraction"),
    ("Content-Length: 5e0\r\n", "length-malformed", 17, "an exponent"),
    ("Content-Length: 5;\r\n", "length-malformed", 17, "a parameter"),
    ("Content-Length: \"5\"\r\n", "length-malformed", 16, "a quoted length"),
    ("Content-Length: 5_0\r\n", "length-malformed", 17, "an underscore, which Python's int accepts"),
    ("Content-Length: \u{ff15}\r\n", "length-malformed", 16, "a digit of another script"),
    ("Content-Length:\r\n", "length-malformed", 15, "an empty length"),
    ("Content-Length: five\r\n", "length-malformed", 16, "a word"),
    ("Content-Length: 99999999999999999999\r\n", "length-overflow", 16, "a length above 64 bits"),
    ("Content-Length: 18446744073709551621\r\n", "length-overflow", 16, "a length that wraps to 5"),
    ("Content-Length: 9223372036854775808\r\n", "length-overflow", 16, "a length above 63 bits"),
    ("Content-Length : 5\r\n", "space-before-colon", 14, "a space before the colon of Content-Length"),
    ("Content-Length\0: 5\r\n", "control-byte", 14, "NUL after the name Content-Length"),
    ("Content-Length: 5\0\r\n", "control-byte", 17, "NUL after the length"),
    ("Content-Length: 5\x0b\r\n", "control-byte", 17, "a vertical tab after the length"),
    ("Transfer-Encoding: xchunked\r\n", "coding-unknown", 19, "a coding that contains chunked"),
    ("Transfer-Encoding: chunked-x\r\n", "coding-unknown", 19, "a coding that begins with chunked"),
    ("Transfer-Encoding: chunk\r\n", "coding-unknown", 19, "a coding that is a prefix of chunked"),
    (
        "Transfer-Encoding : chunked\r\n",
        "space-before-colon",
        17,
        "a space before the colon of Transfer-Encoding",
    ),
    (
        "Transfer-Encoding\t: chunked\r\n",
        "space-before-colon",
        17,
        "a tab before the colon of Transfer-Encoding",
    ),
    (" Transfer-Encoding: chunked\r\n", "folded-line", 0, "a space before Transfer-Encoding"),
    ("X: x\r\n Transfer-Encoding: chunked\r\n", "folded-line", 6, "Transfer-Encoding in a folded line"),
    ("X: x\nTransfer-Encoding: chunked\r\n", "bare-lf", 4, "Transfer-Encoding after LF alone"),
    ("X: x\rTransfer-Encoding: chunked\r\n", "bare-cr", 4, "Transfer-Encoding after CR alone"),
    ("Transfer-Encoding:\r\n chunked\r\n", "folded-line", 20, "chunked in a folded line"),
    ("Transfer-Encoding: \x0bchunked\r\n", "control-byte", 19, "a vertical tab before chunked"),
    ("Transfer-Encoding: \0chunked\r\n", "control-byte", 19, "NUL before chunked"),
    ("Transfer-Encoding: chunked\0\r\n", "control-byte", 26, "NUL after chunked"),
    ("Transfer-Encoding: \"chunked\"\r\n", "coding-malformed", 19, "chunked in quotes"),
    ("Transfer-Encoding: 'chunked'\r\n", "coding-unknown", 19, "chunked in apostrophes"),
    ("Transfer-Encoding: chunked;q=1\r\n", "coding-malformed", 26, "a parameter of chunked"),
    ("Transfer-Encoding: chunked, chunked\r\n", "chunked-repeated", 28, "chunked twice in a list"),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "chunked-repeated", 47, "chunked twice"),
    ("Transfer-Encoding: chunked, identity\r\n", "chunked-not-last", 28, "a coding after chunked"),
    (
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
        "chunked-not-last",
        47,
        "a coding after chunked, in another line",
    ),
    ("Transfer-Encoding: identity\r\n", "coding-unknown", 19, "identity, which RFC 9112 removed"),
    ("Transfer-Encoding: gzip\r\n", "coding-unknown", 19, "a coding without chunked"),
    ("Transfer-Encoding: gzip, chunked\r\n", "coding-unknown", 19, "a coding before chunked"),
    ("Transfer-Encoding: ,chunked\r\n", "coding-malformed", 19, "an empty element"),
    ("Transfer-Encoding: chunked,\r\n", "coding-malformed", 27, "an empty element at the end"),
    ("Transfer-Encoding:\r\n", "coding-malformed", 18, "an empty Transfer-Encoding"),
    ("Transfer-Encoding: chun ked\r\n", "coding-malformed", 23, "a space in chunked"),
    (
        "Transfer-Encoding: chun\u{212a}ed\r\n",
        "coding-malformed",
        23,
        "a Kelvin sign, which lower-cases to k",
    ),
];

/// The content of a request with `Transfer-Encoding: chunked`.
const CHUNKS: &[Planted] = &[
    (" 5\r\nhello\r\n0\r\n\r\n", "chunk-size-malformed", 0, "a space before the size"),
    ("+5\r\nhello\r\n0\r\n\r\n", "chunk-size-malformed", 0, "a sign before the size"),
    ("-5\r\nhello\r\n0\r\n\r\n", "chunk-size-malformed", 0, "a negative size"),
    ("0x5\r\nhello\r\n0\r\n\r\n", "chunk-size-malformed", 1, "0x before the size"),
    ("5 5\r\nhello\r\n0\r\n\r\n", "chunk-size-malformed", 2, "two sizes"),
    ("5 \r\nhello\r\n0\r\n\r\n", "chunk-size-space", 1, "a space after the size"),
    ("5\t\r\nhello\r\n0\r\n\r\n", "chunk-size-space", 1, "a tab after the size"),
    ("5_0\r\nhello\r\n0\r\n\r\n", "chunk-size-malformed", 1, "an underscore in the size"),
    ("5g\r\nhello\r\n0\r\n\r\n", "chunk-size-malformed", 1, "a letter after the size"),
    ("g\r\nhello\r\n0\r\n\r\n", "chunk-size-malformed", 0, "a letter that is no digit"),
    ("\r\nhello\r\n0\r\n\r\n", "chunk-size-malformed", 0, "no size"),
    ("5\nhello\r\n0\r\n\r\n", "bare-lf", 1, "LF alone after the size"),
    ("5\rhello\r\n0\r\n\r\n", "bare-cr", 1, "CR alone after the size"),
    ("5\r\r\nhello\r\n0\r\n\r\n", "bare-cr", 1, "a doubled CR after the size"),
    ("5;\r\nhello\r\n0\r\n\r\n", "extension-malformed", 2, "an extension without a name"),
    ("5;;a\r\nhello\r\n0\r\n\r\n", "extension-malformed", 2, "an empty extension"),
    ("5;=x\r\nhello\r\n0\r\n\r\n", "extension-malformed", 2, "an extension that is only a value"),
    ("5;a=\"x\r\nhello\r\n0\r\n\r\n", "extension-malformed", 2, "a quote that does not end"),
    ("5;a\nhello\r\n0\r\n\r\n", "bare-lf", 3, "LF alone after an extension"),
    ("5;a\0b\r\nhello\r\n0\r\n\r\n", "control-byte", 3, "NUL in an extension"),
    ("5;a\rb\r\nhello\r\n0\r\n\r\n", "bare-cr", 3, "CR in an extension"),
    ("5\0\r\nhello\r\n0\r\n\r\n", "control-byte", 1, "NUL after the size"),
    ("5,5\r\nhello\r\n0\r\n\r\n", "chunk-size-malformed", 1, "a comma after the size"),
    ("5.0\r\nhello\r\n0\r\n\r\n", "chunk-size-malformed", 1, "a fraction"),
    ("10000000000000005\r\nhello\r\n0\r\n\r\n", "chunk-size-overflow", 16, "a size that wraps to 5"),
    ("ffffffffffffffff\r\nhello\r\n0\r\n\r\n", "chunk-size-overflow", 0, "the largest 64-bit size"),
    ("fffffffffffffffff\r\nhello\r\n0\r\n\r\n", "chunk-size-overflow", 16, "17 digits"),
    ("8000000000000000\r\nhello\r\n0\r\n\r\n", "chunk-size-overflow", 0, "a size above 63 bits"),
    ("5\r\nhello!\r\n0\r\n\r\n", "chunk-end", 8, "a chunk that is longer than its size"),
    ("5\r\nhello0\r\n\r\n", "chunk-end", 8, "no CRLF after the data"),
    ("5\r\nhello\n0\r\n\r\n", "chunk-end", 8, "LF alone after the data"),
    ("5\r\nhello\r0\r\n\r\n", "chunk-end", 9, "CR alone after the data"),
    (
        "5\r\nhello\r\n0\r\nX : y\r\n\r\n",
        "space-before-colon",
        14,
        "a space before the colon of a trailer field",
    ),
    ("5\r\nhello\r\n0\r\nX: y\n\r\n", "bare-lf", 17, "LF alone after a trailer field"),
    ("5\r\nhello\r\n0\r\n X: y\r\n\r\n", "folded-line", 13, "a folded trailer field"),
    ("5\r\nhello\r\n0\r\nX\r\n\r\n", "colon-missing", 14, "a trailer field without a colon"),
    ("5\r\nhello\r\n0\r\nX: y\0\r\n\r\n", "control-byte", 17, "NUL in a trailer field"),
    ("5\r\nhello\r\n0\r\n\n", "bare-lf", 13, "the content ends with LF alone"),
];

/// A message, and the parts that the first and the second reading find after its head.
const TWO_READINGS: &[(&str, &str, &str, &str)] = &[
    ("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "chunks", "content, request", "CL.TE"),
    ("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "chunks", "content, request", "TE.CL"),
    ("Content-Length: 15\r\nContent-Length: 5\r\n", "content", "content, request", "two lengths"),
    ("Content-Length: 15, 5\r\n", "content", "content, request", "a list of lengths"),
    ("Content-Length : 15\r\n", "content", "request", "a space before the colon"),
    ("Transfer-Encoding : chunked\r\n", "chunks", "request", "a space before the colon"),
    ("X: x\r\n Transfer-Encoding: chunked\r\n", "request", "chunks", "a folded line"),
    ("X: x\nTransfer-Encoding: chunked\r\n", "chunks", "request", "LF alone"),
    ("X: x\rTransfer-Encoding: chunked\r\n", "request", "chunks", "CR alone"),
    ("Transfer-Encoding:\r\n chunked\r\n", "chunks", "request", "chunked in a folded line"),
];

/// The parts after the head of a request with these fields and the content [`CONTENT`].
fn after_head(fields: &str, reading: Reading) -> String {
    let text = format!("POST / HTTP/1.1\r\nHost: h\r\n{fields}\r\n{CONTENT}");
    let (names, _) = read(&text, reading);
    let names = names.iter().skip(1).map(|name| match *name {
        "chunk line" | "chunk-data" | "end of the chunk" | "last-chunk" | "end of the content" => "chunks",
        "request head" => "request",
        name => name,
    });
    let mut names: Vec<_> = names.collect();
    names.dedup();
    names.join(", ")
}

const CONTENT: &str = "5\r\nhello\r\n0\r\n\r\n";

/// The outer parts of a client's bytes, and the violations.
fn read(text: &str, reading: Reading) -> (Vec<&'static str>, Vec<(&'static str, usize)>) {
    let recorder = Recorder::new(text.as_bytes()).with_reading(reading);
    let (mut http, mut at) = (HttpConversation::new(), 0);
    while let Some(used) = http.read(Sender::Client, &text.as_bytes()[at..], true, &recorder) {
        at += used;
    }
    let (nodes, faults) = recorder.finish();
    let names = nodes.iter().map(|node| node.part.name).collect();
    (names, faults.iter().map(|fault| (fault.rule.id, fault.at)).collect())
}

/// The violation for which production refuses a client's bytes.
fn refused(text: &str) -> Option<(&'static str, usize)> {
    let named =
        |violation: Violation, start: usize| Some((violation.rule.description().id, start + violation.at));
    let (head, used) = match head::parse(text.as_bytes()) {
        Ok(parsed) => parsed?,
        Err(violation) => return named(violation, 0),
    };
    match framing::of_request(&head) {
        Ok(Framing::Chunked) => {}
        Ok(_) => return None,
        Err(violation) => return named(violation, 0),
    }
    let (mut decoder, mut at) = (chunked::ChunkedDecoder::new(), used);
    loop {
        match decoder.decode(&text.as_bytes()[at..]) {
            Ok(ChunkedStep::Content(range)) => at += range.end,
            Ok(ChunkedStep::More(_) | ChunkedStep::Done(_)) => return None,
            Err(violation) => return named(violation, used),
        }
    }
}

#[test]
fn planted_violations_are_reported_at_their_byte() {
    let groups: [(&str, &[Planted], &str); 5] = [
        ("", REQUEST_LINES, "Host: h\r\n\r\n"),
        ("GET / HTTP/1.1\r\n", HOSTS, "\r\n"),
        ("GET / HTTP/1.1\r\nHost: h\r\n", FIELDS, "\r\n"),
        ("POST / HTTP/1.1\r\nHost: h\r\n", FRAMING, "\r\n5\r\nhello\r\n0\r\n\r\n"),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", CHUNKS, ""),
    ];
    for (before, planted, after) in groups {
        for (bytes, rule, at, why) in planted {
            let text = format!("{before}{bytes}{after}");
            let expected = (*rule, before.len() + at);
            assert_eq!(refused(&text), Some(expected), "production, {why}: {text:?}");
            for reading in [Reading::First, Reading::Second] {
                let (_, faults) = read(&text, reading);
                assert!(faults.contains(&expected), "{reading:?}, {why}: {text:?}: {faults:?}");
            }
        }
    }
}

#[test]
fn both_readings_are_shown_where_real_parsers_differ() {
    for (fields, first, second, why) in TWO_READINGS {
        assert_eq!(after_head(fields, Reading::First), *first, "{why}: {fields:?}");
        assert_eq!(after_head(fields, Reading::Second), *second, "{why}: {fields:?}");
    }
}
