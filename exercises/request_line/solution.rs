//! request_line: the first line of a request.

use learn::Answer;

const METHOD_LIMIT: usize = 32;
const TARGET_LIMIT: usize = 8000;
const EMPTY_LINES_LIMIT: usize = 2;

/// The method, the request-target and the version.
type RequestLine = (Vec<u8>, Vec<u8>, Vec<u8>);

fn parse(data: &[u8]) -> Answer<RequestLine> {
    let mut at = 0;
    while at < 2 * EMPTY_LINES_LIMIT && data[at..].starts_with(b"\r\n") {
        at += 2;
    }
    let method = run(&data[at..], is_tchar, METHOD_LIMIT);
    at += method.len();
    if method.is_empty() || !data[at..].starts_with(b" ") {
        return fault(data, at);
    }
    at += 1;
    let target = run(&data[at..], is_target, TARGET_LIMIT);
    at += target.len();
    if target.is_empty() || !data[at..].starts_with(b" ") {
        return fault(data, at);
    }
    at += 1;
    let version = at;
    for expected in b"HTTP/1.1" {
        let fits = data.get(at).is_some_and(|byte| match expected {
            b'1' => byte.is_ascii_digit(),
            _ => byte == expected,
        });
        if !fits {
            return fault(data, at);
        }
        at += 1;
    }
    let version = &data[version..at];
    if version[5] != b'1' {
        return Answer::Bad(at - 3);
    }
    if !data[at..].starts_with(b"\r\n") {
        return fault(data, at);
    }
    Answer::Done(at + 2, (method.to_vec(), target.to_vec(), version.to_vec()))
}

fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_target(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'#'
}

/// The bytes of a class at the start, at most `limit` of them.
fn run(data: &[u8], is_allowed: fn(u8) -> bool, limit: usize) -> &[u8] {
    let length = data.iter().take(limit).take_while(|byte| is_allowed(**byte)).count();
    &data[..length]
}

/// A byte that fits nowhere, unless it is missing or the first half of a line end.
fn fault(data: &[u8], at: usize) -> Answer<RequestLine> {
    match &data[at..] {
        [] | [b'\r'] => Answer::More,
        _ => Answer::Bad(at),
    }
}

fn main() {
    learn::run(parse);
}
