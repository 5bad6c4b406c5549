//! Each rule of a head as a row: bytes, what becomes of them, why.

use proptest::prelude::*;
use syntax::splits;

use super::*;

fn head(text: impl AsRef<[u8]>) -> Result<RequestHead, Violation> {
    let text = text.as_ref();
    let (head, used) =
        splits::check(parse, text)?.unwrap_or_else(|| panic!("incomplete: {}", text.escape_ascii()));
    assert_eq!(used, text.len(), "{}", text.escape_ascii());
    Ok(head)
}

/// A request with these field lines.
fn with(version: &str, fields: &str) -> Result<RequestHead, Violation> {
    head(format!("GET / {version}\r\n{fields}\r\n"))
}

fn rule<T: fmt::Debug>(result: Result<T, Violation>) -> Rule {
    result.expect_err("a violation").rule
}

#[test]
fn request_lines_are_those_of_rfc_9112_section_3() {
    use Version::{Http10, Http11};
    let long_target = format!("GET /{} HTTP/1.1\r\n", "a".repeat(TARGET_LIMIT - 1));
    for (line, method, name, version, why) in [
        ("GET / HTTP/1.1\r\n", Method::Get, "GET", Http11, "3"),
        ("HEAD /a HTTP/1.0\r\n", Method::Head, "HEAD", Http10, "3"),
        ("OPTIONS * HTTP/1.1\r\n", Method::Options, "OPTIONS", Http11, "3.2.4"),
        ("PUT /a HTTP/1.1\r\n", Method::Put, "PUT", Http11, "9110 section 9.3.4"),
        ("POST /a HTTP/1.1\r\n", Method::Post, "POST", Http11, "9110 section 9.3.3"),
        ("DELETE /a HTTP/1.1\r\n", Method::Delete, "DELETE", Http11, "9110 section 9.3.5"),
        ("PATCH /a HTTP/1.1\r\n", Method::Patch, "PATCH", Http11, "RFC 5789 section 2"),
        ("MKCOL /a HTTP/1.1\r\n", Method::Mkcol, "MKCOL", Http11, "RFC 4918 section 9.3"),
        ("COPY /a HTTP/1.1\r\n", Method::Copy, "COPY", Http11, "RFC 4918 section 9.8"),
        ("MOVE /a HTTP/1.1\r\n", Method::Move, "MOVE", Http11, "RFC 4918 section 9.9"),
        ("get / HTTP/1.1\r\n", Method::Other, "get", Http11, "9110 section 9.1: methods have case"),
        ("BREW /pot HTTP/1.1\r\n", Method::Other, "BREW", Http11, "any token is a method"),
        (
            "!#$%&'*+-.^_`|~09 / HTTP/1.1\r\n",
            Method::Other,
            "!#$%&'*+-.^_`|~09",
            Http11,
            "any token is a method",
        ),
        ("GET / HTTP/1.2\r\n", Method::Get, "GET", Http11, "9110 section 2.5: a later minor version"),
        ("GET / HTTP/1.9\r\n", Method::Get, "GET", Http11, "9110 section 2.5"),
        ("\r\nGET / HTTP/1.1\r\n", Method::Get, "GET", Http11, "2.2: an empty line before"),
        ("\r\n\r\nGET / HTTP/1.1\r\n", Method::Get, "GET", Http11, "2.2: two of them"),
        (&long_target, Method::Get, "GET", Http11, "3: as long as the limit"),
    ] {
        let head = head(format!("{line}Host: a\r\n\r\n"))
            .unwrap_or_else(|violation| panic!("{line:?}: {violation}"));
        assert_eq!((head.method(), head.version()), (method, version), "{line:?}: {why}");
        assert_eq!(head.method_span().of(head.bytes()), name.as_bytes(), "{line:?}: {why}");
    }
}

#[test]
fn other_request_lines_are_refused_where_they_go_wrong() {
    let long_method = format!("{} / HTTP/1.1\r\n", "A".repeat(METHOD_LIMIT + 1));
    let long_target = format!("GET /{} HTTP/1.1\r\n", "a".repeat(TARGET_LIMIT));
    let endless_target = format!("GET /{}", "a".repeat(TARGET_LIMIT));
    for (line, expected, at, why) in [
        (" GET / HTTP/1.1\r\n", Rule::MethodMalformed, 0, "2.2: white space before"),
        ("\tGET / HTTP/1.1\r\n", Rule::MethodMalformed, 0, "2.2: white space before"),
        ("\r\n GET / HTTP/1.1\r\n", Rule::MethodMalformed, 2, "2.2: white space before"),
        ("\r\n\r\n\r\nGET / HTTP/1.1\r\n", Rule::EmptyLines, 4, "2.2: a third empty line"),
        ("\nGET / HTTP/1.1\r\n", Rule::BareLf, 0, "2.2"),
        ("\rGET / HTTP/1.1\r\n", Rule::BareCr, 0, "2.2"),
        ("\r\r\nGET / HTTP/1.1\r\n", Rule::BareCr, 0, "2.2"),
        ("GET / HTTP/1.1\n", Rule::BareLf, 14, "2.2"),
        ("GET / HTTP/1.1\rX", Rule::BareCr, 14, "2.2"),
        ("GET / HTTP/1.1\r\r\n", Rule::BareCr, 14, "2.2"),
        ("GET\n", Rule::BareLf, 3, "2.2"),
        ("GET /\n", Rule::BareLf, 5, "2.2"),
        ("GET /\rX HTTP/1.1\r\n", Rule::BareCr, 5, "2.2"),
        ("\x16\x03\x01", Rule::Control, 0, "a TLS client"),
        ("\0GET / HTTP/1.1\r\n", Rule::Control, 0, "9110 section 5.5"),
        ("GET /\0 HTTP/1.1\r\n", Rule::Control, 5, "3.2"),
        ("GET /\x7F HTTP/1.1\r\n", Rule::Control, 5, "3.2"),
        ("GET / HTTP/1.1\0\r\n", Rule::Control, 14, "2.3"),
        ("G(T / HTTP/1.1\r\n", Rule::MethodMalformed, 1, "9110 section 9.1"),
        ("G\u{C4}T / HTTP/1.1\r\n", Rule::MethodMalformed, 1, "9110 section 9.1"),
        (&long_method, Rule::MethodTooLong, METHOD_LIMIT, "3: 501"),
        ("GET\r\n", Rule::RequestLineSpace, 3, "3: no target"),
        ("GET\t/ HTTP/1.1\r\n", Rule::RequestLineSpace, 3, "3: SP"),
        ("GET  / HTTP/1.1\r\n", Rule::RequestLineSpace, 4, "3: one SP"),
        ("GET /  HTTP/1.1\r\n", Rule::RequestLineSpace, 6, "3: one SP"),
        ("GET / \tHTTP/1.1\r\n", Rule::RequestLineSpace, 6, "3: one SP"),
        ("GET /\tHTTP/1.1\r\n", Rule::RequestLineSpace, 5, "3: SP"),
        ("GET / HTTP/1.1 \r\n", Rule::RequestLineSpace, 14, "3: nothing behind the version"),
        ("GET / HTTP/ 1.1\r\n", Rule::RequestLineSpace, 11, "2.3"),
        ("GET /a b HTTP/1.1\r\n", Rule::VersionMalformed, 7, "3.2: a space in the target"),
        ("GET /#a HTTP/1.1\r\n", Rule::TargetFragment, 5, "3.2"),
        ("GET /\" HTTP/1.1\r\n", Rule::TargetByte, 5, "3.2: RFC 3986"),
        ("GET /< HTTP/1.1\r\n", Rule::TargetByte, 5, "3.2: RFC 3986"),
        ("GET /> HTTP/1.1\r\n", Rule::TargetByte, 5, "3.2: RFC 3986"),
        ("GET /\\ HTTP/1.1\r\n", Rule::TargetByte, 5, "3.2: RFC 3986"),
        ("GET /` HTTP/1.1\r\n", Rule::TargetByte, 5, "3.2: RFC 3986"),
        ("GET /%4 HTTP/1.1\r\n", Rule::EscapeMalformed, 5, "3.2: RFC 3986 section 2.1"),
        ("GET ! HTTP/1.1\r\n", Rule::TargetForm, 4, "3.2"),
        ("GET * HTTP/1.1\r\n", Rule::AsteriskOutsideOptions, 4, "3.2.4"),
        ("GET http://u@h/ HTTP/1.1\r\n", Rule::AuthorityMalformed, 12, "9110 section 4.2.4"),
        ("CONNECT a:443 HTTP/1.1\r\n", Rule::ConnectRefused, 8, "3.2.3"),
        (&long_target, Rule::TargetTooLong, 4 + TARGET_LIMIT, "3: 414"),
        (&endless_target, Rule::TargetTooLong, 4 + TARGET_LIMIT, "3: 414, without an end"),
        ("GET /\r\n", Rule::VersionMalformed, 5, "HTTP/0.9"),
        ("GET / \r\n", Rule::VersionMalformed, 6, "2.3"),
        ("GET / http/1.1\r\n", Rule::VersionMalformed, 6, "2.3: versions have case"),
        ("GET / HTTPS/1.1\r\n", Rule::VersionMalformed, 10, "2.3"),
        ("GET / HTTP/1\r\n", Rule::VersionMalformed, 12, "2.3"),
        ("GET / HTTP/1.\r\n", Rule::VersionMalformed, 13, "2.3"),
        ("GET / HTTP/1.10\r\n", Rule::VersionMalformed, 14, "2.3: one digit"),
        ("GET / HTTP/11.1\r\n", Rule::VersionMalformed, 12, "2.3: one digit"),
        ("GET / HTTP/1,1\r\n", Rule::VersionMalformed, 12, "2.3"),
        ("GET / HTTP/+1.1\r\n", Rule::VersionMalformed, 11, "2.3"),
        ("GET / RTSP/1.0\r\n", Rule::VersionMalformed, 6, "2.3"),
        ("GET / HTTP/2.0\r\n", Rule::VersionUnsupported, 11, "9110 section 15.6.6"),
        ("GET / HTTP/0.9\r\n", Rule::VersionUnsupported, 11, "9110 section 15.6.6"),
        ("PRI * HTTP/2.0\r\n", Rule::VersionUnsupported, 11, "RFC 9113 section 3.4"),
    ] {
        assert_eq!(head(format!("{line}Host: a\r\n\r\n")), Err(expected.at(at)), "{line:?}: {why}");
    }
}

#[test]
fn field_lines_are_those_of_rfc_9112_section_5() {
    for (line, name, value, why) in [
        (&b"A: b"[..], "a", &b"b"[..], "one SP, as usual"),
        (b"A:b", "a", b"b", "OWS may be nothing"),
        (b"A:\t b \t", "A", b"b", "OWS is SP and HTAB, on both sides"),
        (b"A:", "A", b"", "an empty value"),
        (b"A: \t ", "A", b"", "a value of white space"),
        (b"A: b  c\td", "A", b"b  c\td", "white space inside is kept"),
        (b"A: b:c", "A", b"b:c", "the first colon divides"),
        (b"A::b", "A", b":b", "the first colon divides"),
        (b"A: caf\xE9", "A", b"caf\xE9", "9110 section 5.5: obs-text"),
        (b"A: \xC3\xA9", "A", b"\xC3\xA9", "9110 section 5.5: obs-text"),
        (b"A: !\"#$%&'()*+,-./;<=>?@[\\]^_`{|}~", "A", b"!\"#$%&'()*+,-./;<=>?@[\\]^_`{|}~", "VCHAR"),
        (b"!#$%&'*+-.^_`|~09: b", "!#$%&'*+-.^_`|~09", b"b", "9110 section 5.6.2: tchar"),
    ] {
        let head = head([b"GET / HTTP/1.1\r\nHost: a\r\n", line, b"\r\nB: c\r\n\r\n"].concat()).unwrap();
        assert_eq!(head.field(name), Some(value), "{}: {why}", line.escape_ascii());
        assert_eq!(head.field("b"), Some(&b"c"[..]), "{}: the next line", line.escape_ascii());
    }
}

#[test]
fn other_field_lines_are_refused_where_they_go_wrong() {
    // All of them begin at byte 16.
    for (line, expected, at, why) in [
        ("A : b\r\n", Rule::SpaceBeforeColon, 17, "5.1"),
        ("A\t: b\r\n", Rule::SpaceBeforeColon, 17, "5.1"),
        ("A b: c\r\n", Rule::SpaceBeforeColon, 17, "5.1"),
        (": b\r\n", Rule::NameMissing, 16, "5"),
        ("A\r\n", Rule::ColonMissing, 17, "5"),
        (" A: b\r\n", Rule::Folded, 16, "2.2: white space before the first field"),
        ("A: b\r\n c\r\n", Rule::Folded, 22, "5.2"),
        ("A: b\r\n\tc\r\n", Rule::Folded, 22, "5.2"),
        ("A: b\r\n \r\n", Rule::Folded, 22, "5.2"),
        ("A: b\n", Rule::BareLf, 20, "2.2"),
        ("A: b\n\n", Rule::BareLf, 20, "2.2: not an end either"),
        ("\n", Rule::BareLf, 16, "2.2"),
        ("A\n: b\r\n", Rule::BareLf, 17, "2.2"),
        ("A: b\rC: d\r\n", Rule::BareCr, 20, "2.2"),
        ("A: b\r\r\n", Rule::BareCr, 20, "2.2"),
        ("\rA: b\r\n", Rule::BareCr, 16, "2.2"),
        ("A: b\0\r\n", Rule::Control, 20, "9110 section 5.5"),
        ("A: \x01b\r\n", Rule::Control, 19, "9110 section 5.5"),
        ("A: b\x7F\r\n", Rule::Control, 20, "9110 section 5.5"),
        ("A: b\x0B\r\n", Rule::Control, 20, "9110 section 5.5: not white space"),
        ("A: b\x0C\r\n", Rule::Control, 20, "9110 section 5.5: not white space"),
        ("A\0: b\r\n", Rule::Control, 17, "9110 section 5.1"),
        ("A(: b\r\n", Rule::NameMalformed, 17, "9110 section 5.1"),
        ("A\u{E9}: b\r\n", Rule::NameMalformed, 17, "9110 section 5.1"),
        ("\"A\": b\r\n", Rule::NameMalformed, 16, "9110 section 5.1"),
    ] {
        assert_eq!(with("HTTP/1.1", line), Err(expected.at(at)), "{line:?}: {why}");
    }
}

#[test]
fn heads_are_bounded() {
    let fields = |count: usize| format!("Host: a\r\n{}", "A: b\r\n".repeat(count - 1));
    let bytes = |count: usize| {
        format!("Host: a\r\nA: {}\r\n", "b".repeat(count - "GET / HTTP/1.1\r\nHost: a\r\nA: \r\n\r\n".len()))
    };
    assert_eq!(
        with("HTTP/1.1", &fields(FIELDS_LIMIT)).unwrap().section().field_lines().count(),
        FIELDS_LIMIT
    );
    assert_eq!(with("HTTP/1.1", &bytes(HEAD_LIMIT)).unwrap().bytes().len(), HEAD_LIMIT);
    assert_eq!(rule(with("HTTP/1.1", &fields(FIELDS_LIMIT + 1))), Rule::TooManyFields, "RFC 6585 section 5");
    assert_eq!(
        with("HTTP/1.1", &bytes(HEAD_LIMIT + 1)),
        Err(Rule::HeadTooLarge.at(HEAD_LIMIT)),
        "RFC 6585 section 5"
    );
    let endless = format!("GET / HTTP/1.1\r\nA{}", "a".repeat(HEAD_LIMIT));
    assert_eq!(parse(endless.as_bytes()), Err(Rule::HeadTooLarge.at(HEAD_LIMIT)), "a name without end");
    assert_eq!(parse(&[b'\r'; 2]), Err(Rule::BareCr.at(0)), "an error comes before the limit");
}

#[test]
fn host_is_single_and_valid() {
    for (version, fields, expected, why) in [
        ("HTTP/1.1", "Host: a.example:80\r\n", Ok(Some("a.example:80")), "9112 section 3.2"),
        ("HTTP/1.1", "hOST:\t[::1]:80 \r\n", Ok(Some("[::1]:80")), "9112 section 3.2"),
        ("HTTP/1.1", "Host:\r\n", Ok(Some("")), "9112 section 3.2: empty where the target has no authority"),
        ("HTTP/1.0", "Host: a\r\n", Ok(Some("a")), "9112 section 3.2"),
        ("HTTP/1.0", "", Ok(None), "9112 section 3.2: not in HTTP/1.0"),
        ("HTTP/1.1", "", Err(Rule::HostMissing), "9112 section 3.2"),
        ("HTTP/1.2", "", Err(Rule::HostMissing), "9110 section 2.5: any later minor version"),
        ("HTTP/1.1", "Xhost: a\r\n", Err(Rule::HostMissing), "another name"),
        ("HTTP/1.1", "Host: a\r\nHost: a\r\n", Err(Rule::HostRepeated), "9112 section 3.2: even equal ones"),
        ("HTTP/1.1", "Host: a\r\nB: c\r\nhost: d\r\n", Err(Rule::HostRepeated), "9112 section 3.2"),
        ("HTTP/1.0", "Host: a\r\nHost: a\r\n", Err(Rule::HostRepeated), "9112 section 3.2: in HTTP/1.0 too"),
        ("HTTP/1.1", "Host: a, b\r\n", Err(Rule::HostMalformed), "9112 section 3.2"),
        ("HTTP/1.1", "Host: a b\r\n", Err(Rule::HostMalformed), "9112 section 3.2"),
        ("HTTP/1.1", "Host: a:b\r\n", Err(Rule::HostMalformed), "9112 section 3.2"),
        ("HTTP/1.1", "Host: http://a\r\n", Err(Rule::HostMalformed), "9112 section 3.2"),
        ("HTTP/1.1", "Host: u@a\r\n", Err(Rule::HostMalformed), "9110 section 7.2"),
        ("HTTP/1.0", "Host: a/b\r\n", Err(Rule::HostMalformed), "9112 section 3.2: in HTTP/1.0 too"),
    ] {
        let host = with(version, fields)
            .map(|head| head.host().map(|host| String::from_utf8(host.to_vec()).unwrap()));
        assert_eq!(
            host.map_err(|violation| violation.rule),
            expected.map(|host| host.map(str::to_owned)),
            "{version} {fields:?}: {why}"
        );
    }
}

#[test]
fn an_absolute_target_replaces_a_host_that_must_be_there() {
    let request = |fields: &str| head(format!("GET http://target:81/a HTTP/1.1\r\n{fields}\r\n"));
    assert_eq!(request("Host: field\r\n").unwrap().host(), Some(&b"target:81"[..]), "RFC 9112 section 3.2.2");
    assert_eq!(request("Host:\r\n").unwrap().host(), Some(&b"target:81"[..]), "RFC 9112 section 3.2.2");
    assert_eq!(rule(request("")), Rule::HostMissing, "RFC 9112 section 3.2");
    assert_eq!(rule(request("Host: a\r\nHost: a\r\n")), Rule::HostRepeated, "RFC 9112 section 3.2");
    assert_eq!(rule(request("Host: a/b\r\n")), Rule::HostMalformed, "RFC 9112 section 3.2");
}

#[test]
fn connections_persist_as_rfc_9112_section_9_3_says() {
    for (version, connection, expected, why) in [
        ("HTTP/1.1", "", true, "by default"),
        ("HTTP/1.1", "Connection: close\r\n", false, "close"),
        ("HTTP/1.1", "Connection: CLOSE\r\n", false, "options have no case"),
        ("HTTP/1.1", "connection: keep-alive, close\r\n", false, "anywhere in the list"),
        ("HTTP/1.1", "Connection: close, keep-alive\r\n", false, "close wins"),
        ("HTTP/1.1", "Connection: , ,close\t,\r\n", false, "empty elements"),
        ("HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n", false, "anywhere in the lines"),
        ("HTTP/1.1", "Connection: closed\r\n", true, "another option"),
        ("HTTP/1.1", "Connection: upgrade\r\n", true, "another option"),
        ("HTTP/1.0", "", false, "HTTP/1.0 on request only"),
        ("HTTP/1.0", "Connection: Keep-Alive\r\n", true, "on request"),
        ("HTTP/1.0", "Connection: x, keep-alive\r\n", true, "on request"),
        ("HTTP/1.0", "Connection: keep-alive, close\r\n", false, "close wins"),
        ("HTTP/1.0", "Keep-Alive: timeout=5\r\n", false, "another field"),
    ] {
        let head = with(version, &format!("Host: a\r\n{connection}")).unwrap();
        assert_eq!(head.persists(), expected, "{version} {connection:?}: {why}");
    }
}

#[test]
fn one_expectation_is_known() {
    for (version, fields, expected, why) in [
        ("HTTP/1.1", "", Ok(false), "none"),
        ("HTTP/1.1", "Expect: 100-continue\r\n", Ok(true), "9110 section 10.1.1"),
        ("HTTP/1.1", "expect:100-Continue\r\n", Ok(true), "9110 section 10.1.1: no case"),
        ("HTTP/1.1", "Expect: 100-continue, 100-continue\r\n", Ok(true), "9110 section 10.1.1: a list"),
        ("HTTP/1.1", "Expect:\r\n", Ok(false), "an empty list"),
        ("HTTP/1.0", "Expect: 100-continue\r\n", Ok(false), "9110 section 10.1.1: ignored in HTTP/1.0"),
        ("HTTP/1.1", "Expect: 200-ok\r\n", Err(Rule::ExpectationUnknown), "9110 section 10.1.1: 417"),
        (
            "HTTP/1.1",
            "Expect: 100-continue, x\r\n",
            Err(Rule::ExpectationUnknown),
            "9110 section 10.1.1: 417",
        ),
        ("HTTP/1.1", "Expect: 100-continue;x\r\n", Err(Rule::ExpectationUnknown), "9110 section 10.1.1: 417"),
        (
            "HTTP/1.1",
            "Expect: 100-continue\r\nExpect: x\r\n",
            Err(Rule::ExpectationUnknown),
            "9110 section 10.1.1: 417",
        ),
    ] {
        let head = with(version, &format!("Host: a\r\n{fields}"));
        assert_eq!(
            head.map(|head| head.expects_continue()).map_err(|violation| violation.rule),
            expected,
            "{version} {fields:?}: {why}"
        );
    }
}

#[test]
fn the_first_broken_rule_in_the_order_of_the_bytes_is_reported() {
    for (text, expected, why) in [
        ("GET /\0 HTTP/2.0\r\nA : b\r\n\r\n", Rule::Control, "the target comes before the version"),
        ("GET / HTTP/2.0\r\nA : b\r\n\r\n", Rule::VersionUnsupported, "the version comes before the fields"),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nA : b\r\n\r\n",
            Rule::SpaceBeforeColon,
            "what fields mean comes last",
        ),
    ] {
        assert_eq!(rule(head(text)), expected, "{why}");
    }
}

#[test]
fn the_first_line_is_for_logs_whatever_it_is() {
    let long = "a".repeat(TARGET_LIMIT);
    for (input, expected, why) in [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1", "a request line"),
        ("\r\n\r\nGET / HTTP/1.1\r\n", "GET / HTTP/1.1", "2.2: behind empty lines"),
        ("GET /", "GET /", "as far as it has come"),
        ("HEAD  /\nHost: a", "HEAD  /", "with another line end"),
        ("\r\n", "", "none"),
        ("", "", "nothing"),
        (&format!("{long}b\r\n"), &long, "bounded"),
        ("GET http://ada:secret@h/a@b HTTP/1.1\r\n", "GET http://***@h/a@b HTTP/1.1", "9110 section 4.2.4"),
        ("GET http://h/a@b HTTP/1.1\r\n", "GET http://h/a@b HTTP/1.1", "no user"),
        ("GET /?u=http://a:b", "GET /?u=http://a:b", "a URL in a query"),
    ] {
        assert_eq!(first_line(input.as_bytes()), expected.as_bytes(), "{input:?}: {why}");
    }
    let head = head("\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert_eq!(head.request_line(), b"GET /a HTTP/1.1");
}

#[test]
fn the_spans_are_the_places_of_the_parts() {
    let text = b"\r\nGET http://h:1/a?b HTTP/1.1\r\nHost: a\r\nEmpty:\r\n\r\n";
    let head = head(text).unwrap();
    let target = head.target_parts();
    assert_eq!(head.bytes(), text);
    assert_eq!(head.method_span().range(), 2..5);
    assert_eq!(target.raw.range(), 6..20);
    assert_eq!(target.authority.map(Span::range), Some(13..16));
    assert_eq!(target.path.range(), 16..18);
    assert_eq!(target.query.map(Span::range), Some(19..20));
    assert_eq!(head.version_span().of(text), b"HTTP/1.1");
    let spans: Vec<_> =
        head.section().field_spans().map(|(name, value)| (name.of(text), value.range())).collect();
    assert_eq!(spans, [(&b"Host"[..], 37..38), (b"Empty", 46..46)]);
}

#[test]
fn fields_are_found_by_name_without_case_and_in_order() {
    let head = with("HTTP/1.1", "Host: a\r\nAccept: x, y\r\nB: c\r\naccept: z\r\n").unwrap();
    assert_eq!(head.field("ACCEPT"), Some(&b"x, y"[..]), "RFC 9110 section 5.1");
    assert_eq!(
        head.section().fields("accept").collect::<Vec<_>>(),
        [&b"x, y"[..], b"z"],
        "RFC 9110 section 5.3"
    );
    assert_eq!(
        head.section().list("accept").collect::<Vec<_>>(),
        [b"x", b"y", b"z"],
        "RFC 9110 section 5.6.1"
    );
    assert_eq!(head.only_field("accept"), None);
    assert_eq!(head.only_field("b"), Some(&b"c"[..]));
    assert_eq!(head.field("accep"), None);
}

/// Whether `httparse` alone reads these bytes as a whole request, and how many of them.
fn httparse_alone(input: &[u8]) -> Option<usize> {
    let mut table = [httparse::EMPTY_HEADER; FIELDS_LIMIT];
    match httparse::Request::new(&mut table).parse(input) {
        Ok(httparse::Status::Complete(used)) => Some(used),
        _ => None,
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_alike_at_any_cut(
        start in "(\r\n)?(GET|HEAD|X Y) (/|/a%20|\\*|http://h) HTTP/1\\.[01]",
        rest in "[\r\n :,\tAHost\0\u{e9}]{0,30}(\r\n\r\n)?",
    ) {
        let _same_at_every_cut = splits::check(parse, format!("{start}{rest}").as_bytes());
    }

    #[test]
    fn accepted_heads_are_accepted_by_httparse_too(
        line in "[A-Z ]{1,6} [/a-z%*?#\"|]{1,8} HTTP/1\\.[01](\r\n|\n|\r| )",
        fields in "((Host|A|B-c|D ):[ \t]?[a-z:,\u{e9}\t]{0,8}(\r\n|\r\n|\r\n|\n)){0,4}",
    ) {
        let text = format!("{line}Host: a\r\n{fields}\r\nGET");
        if let Ok(Some((_, used))) = parse(text.as_bytes()) {
            prop_assert_eq!(httparse_alone(text.as_bytes()), Some(used), "{:?}", text);
        }
    }

    #[test]
    fn fields_come_back_as_they_were_written(fields in proptest::collection::vec(("[A-Za-z-]{1,12}", "([!-~]([ -~\t]{0,30}[!-~])?)?"), 0..40)) {
        let mut text = String::from("GET / HTTP/1.0\r\n");
        fields.iter().for_each(|(name, value)| text.push_str(&format!("X{name}:  {value}\t\r\n")));
        text.push_str("\r\n");
        let (head, used) = parse(text.as_bytes()).unwrap().unwrap();
        prop_assert_eq!(used, text.len());
        let found: Vec<_> = head.section().field_lines().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
        let written: Vec<_> = fields.iter().map(|(name, value)| (format!("X{name}").into_bytes(), value.clone().into_bytes())).collect();
        prop_assert_eq!(found, written);
    }
}
