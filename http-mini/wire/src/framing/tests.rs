use super::*;
use crate::head;
use syntax::splits;

fn framing(version: &str, fields: &str) -> Result<Framing, Rule> {
    framing_with("POST", version, fields)
}

fn framing_with(method: &str, version: &str, fields: &str) -> Result<Framing, Rule> {
    let request = format!("{method} / {version}\r\nHost: a\r\n{fields}\r\n");
    let parse = |input: &[u8]| match head::parse(input)? {
        Some((head, used)) => Ok(Some((of_request(&head)?, used))),
        None => Ok(None),
    };
    let (framing, _) = splits::check(parse, request.as_bytes())
        .map_err(|violation: Violation| violation.rule)?
        .expect("a whole head");
    Ok(framing)
}

#[test]
fn framing_follows_rfc_9112_section_6_3() {
    use Framing::{Chunked, Length};
    for (fields, expected, why) in [
        ("", Ok(Framing::None), "7: neither"),
        ("Content-Length: 5\r\n", Ok(Length(5)), "6"),
        ("content-LENGTH:5\r\n", Ok(Length(5)), "6: names have no case"),
        ("Content-Length:\t5 \t\r\n", Ok(Length(5)), "6: OWS"),
        ("Content-Length: 0\r\n", Ok(Length(0)), "6: zero is a length"),
        ("Content-Length: 0005\r\n", Ok(Length(5)), "6: 1*DIGIT"),
        ("Content-Length: 9223372036854775807\r\n", Ok(Length(LENGTH_LIMIT)), "6: the limit fits"),
        ("Content-Length: 9223372036854775808\r\n", Err(Rule::LengthOverflow), "9110 section 8.6: overflow"),
        ("Content-Length: 18446744073709551616\r\n", Err(Rule::LengthOverflow), "9110 section 8.6: overflow"),
        ("Content-Length: 184467440737095516165\r\n", Err(Rule::LengthOverflow), "would be 5 modulo 2^64"),
        ("Content-Length: 5\r\nContent-Length: 5\r\n", Err(Rule::LengthRepeated), "5: even equal ones"),
        ("Content-Length: 5\r\nContent-Length: 6\r\n", Err(Rule::LengthRepeated), "5"),
        ("Content-Length: 5, 5\r\n", Err(Rule::LengthRepeated), "5: even equal ones"),
        ("Content-Length: 5,6\r\n", Err(Rule::LengthRepeated), "5"),
        ("Content-Length: ,\r\n", Err(Rule::LengthRepeated), "5: a list"),
        ("Content-Length: \r\n", Err(Rule::LengthMalformed), "5: 1*DIGIT"),
        ("Content-Length: +5\r\n", Err(Rule::LengthMalformed), "5: 1*DIGIT"),
        ("Content-Length: -5\r\n", Err(Rule::LengthMalformed), "5: 1*DIGIT"),
        ("Content-Length: 0x5\r\n", Err(Rule::LengthMalformed), "5: 1*DIGIT"),
        ("Content-Length: 5.0\r\n", Err(Rule::LengthMalformed), "5: 1*DIGIT"),
        ("Content-Length: 5 5\r\n", Err(Rule::LengthMalformed), "5: 1*DIGIT"),
        ("Content-Length: \"5\"\r\n", Err(Rule::LengthMalformed), "5: 1*DIGIT"),
        ("Content-Length: five\r\n", Err(Rule::LengthMalformed), "5: 1*DIGIT"),
        ("Content-Length: \u{665}\r\n", Err(Rule::LengthMalformed), "5: ASCII digits only"),
        ("Transfer-Encoding: chunked\r\n", Ok(Chunked), "4"),
        ("transfer-encoding:CHUNKED\r\n", Ok(Chunked), "4: names of codings have no case"),
        ("Transfer-Encoding:\t chunked \r\n", Ok(Chunked), "4: OWS"),
        (
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            Err(Rule::LengthAndCoding),
            "3: two readings, so none",
        ),
        (
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            Err(Rule::LengthAndCoding),
            "3: in either order",
        ),
        ("Content-Length: 0\r\nTransfer-Encoding: identity\r\n", Err(Rule::LengthAndCoding), "3: any coding"),
        ("Content-Length: x\r\nTransfer-Encoding: chunked\r\n", Err(Rule::LengthAndCoding), "3: any value"),
        ("Transfer-Encoding: gzip\r\n", Err(Rule::CodingUnknown), "4: 501"),
        (
            "Transfer-Encoding: gzip, chunked\r\n",
            Err(Rule::CodingUnknown),
            "4: the end is known, the content is not: 501",
        ),
        (
            "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
            Err(Rule::CodingUnknown),
            "4: over two lines",
        ),
        ("Transfer-Encoding: gzip;x=\",\", chunked\r\n", Err(Rule::CodingUnknown), "4: a parameter"),
        ("Transfer-Encoding: identity\r\n", Err(Rule::CodingUnknown), "4: removed in RFC 7230"),
        ("Transfer-Encoding: xchunked\r\n", Err(Rule::CodingUnknown), "4: not a part of a name"),
        ("Transfer-Encoding: chunked, gzip\r\n", Err(Rule::ChunkedNotLast), "4: 400"),
        ("Transfer-Encoding: chunked, identity\r\n", Err(Rule::ChunkedNotLast), "4: 400"),
        ("Transfer-Encoding: chunked, chunked\r\n", Err(Rule::ChunkedRepeated), "6.1: once"),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            Err(Rule::ChunkedRepeated),
            "6.1: once",
        ),
        ("Transfer-Encoding: \r\n", Err(Rule::CodingMalformed), "4: no coding"),
        ("Transfer-Encoding: ,chunked\r\n", Err(Rule::CodingMalformed), "4: others may see two elements"),
        ("Transfer-Encoding: chunked,\r\n", Err(Rule::CodingMalformed), "4: others may see two elements"),
        ("Transfer-Encoding: chunked;x=1\r\n", Err(Rule::CodingMalformed), "7.1: chunked has no parameters"),
        ("Transfer-Encoding: chunked;\r\n", Err(Rule::CodingMalformed), "7.1: chunked has no parameters"),
        ("Transfer-Encoding: \"chunked\"\r\n", Err(Rule::CodingMalformed), "4: not a token"),
        ("Transfer-Encoding: chunked chunked\r\n", Err(Rule::CodingMalformed), "4: not a token"),
        (
            "Transfer-Encoding: chun\u{212A}ed\r\n",
            Err(Rule::CodingMalformed),
            "4: not a token (a Kelvin sign)",
        ),
        ("Transfer-Encoding: chunked\u{0B}\r\n", Err(Rule::Control), "9110 section 5.5"),
    ] {
        assert_eq!(framing("HTTP/1.1", fields), expected, "{fields}: {why}");
    }
}

#[test]
fn the_framing_is_the_same_with_every_method() {
    for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "MKCOL", "MOVE", "BREW"] {
        for (fields, expected, why) in [
            ("", Ok(Framing::None), "9112 section 6.3, step 7"),
            ("Content-Length: 5\r\n", Ok(Framing::Length(5)), "9112 section 6: also where it means nothing"),
            ("Transfer-Encoding: chunked\r\n", Ok(Framing::Chunked), "9112 section 6"),
            ("Transfer-Encoding: gzip\r\n", Err(Rule::CodingUnknown), "9112 section 6.1"),
        ] {
            assert_eq!(framing_with(method, "HTTP/1.1", fields), expected, "{method} {fields}: {why}");
        }
    }
}

#[test]
fn http_1_0_has_no_transfer_codings() {
    for (fields, expected, why) in [
        ("Content-Length: 5\r\n", Ok(Framing::Length(5)), "9112 section 6.3, step 6"),
        ("", Ok(Framing::None), "9112 section 6.3, step 7"),
        ("Transfer-Encoding: chunked\r\n", Err(Rule::CodingInHttp10), "9112 section 6.1: faulty framing"),
        ("Transfer-Encoding: gzip\r\n", Err(Rule::CodingInHttp10), "9112 section 6.1"),
        (
            "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
            Err(Rule::LengthAndCoding),
            "9112 section 6.3, step 3",
        ),
    ] {
        assert_eq!(framing("HTTP/1.0", fields), expected, "{fields}: {why}");
    }
}

fn of_answer(method: &str, head: &str) -> Result<Framing, Rule> {
    let parse = |input: &[u8]| match response::parse(input)? {
        Some((head, used)) => Ok(Some((of_response(&head, Method::named(method.as_bytes()))?, used))),
        None => Ok(None),
    };
    let (framing, _) = splits::check(parse, format!("{head}\r\n").as_bytes())
        .map_err(|violation: Violation| violation.rule)?
        .expect("a whole head");
    Ok(framing)
}

#[test]
fn responses_are_framed_by_rfc_9112_section_6_3() {
    use Framing::{Chunked, Length, None, UntilClose};
    for (method, head, expected, why) in [
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", Ok(None), "1: HEAD"),
        ("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", Ok(None), "1: HEAD"),
        ("HEAD", "HTTP/1.1 200 OK\r\n", Ok(None), "1: HEAD, and 8 does not follow"),
        ("GET", "HTTP/1.1 100 Continue\r\n", Ok(None), "1: 1xx"),
        ("GET", "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n", Ok(None), "1: 1xx"),
        ("PUT", "HTTP/1.1 204 No Content\r\n", Ok(None), "1: 204"),
        ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n", Ok(None), "1: 304"),
        ("CONNECT", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", Ok(None), "2: a tunnel"),
        ("CONNECT", "HTTP/1.1 407 No\r\nContent-Length: 5\r\n", Ok(Length(5)), "2: no tunnel"),
        (
            "GET",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            Err(Rule::LengthAndCoding),
            "3: two readings, so none",
        ),
        ("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", Ok(Chunked), "4"),
        ("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n", Err(Rule::CodingUnknown), "4"),
        (
            "GET",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n",
            Err(Rule::CodingUnknown),
            "4: it was not requested (9110 section 10.1.4)",
        ),
        (
            "GET",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n",
            Err(Rule::ChunkedNotLast),
            "4: no guess",
        ),
        (
            "GET",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n",
            Err(Rule::CodingInHttp10),
            "6.1: faulty framing",
        ),
        (
            "GET",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n",
            Err(Rule::LengthRepeated),
            "5",
        ),
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n", Err(Rule::LengthMalformed), "5"),
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n", Err(Rule::LengthMalformed), "5: 1*DIGIT"),
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", Ok(Length(5)), "6"),
        ("GET", "HTTP/1.1 206 Partial Content\r\nContent-Length: 0\r\n", Ok(Length(0)), "6"),
        ("GET", "HTTP/1.1 200 OK\r\n", Ok(UntilClose), "8"),
        (
            "GET",
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n",
            Ok(UntilClose),
            "8: regardless of other fields",
        ),
        ("POST", "HTTP/1.1 404 Not Found\r\n", Ok(UntilClose), "8"),
    ] {
        assert_eq!(of_answer(method, head), expected, "{method} {head}: {why}");
    }
}
