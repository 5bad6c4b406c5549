//! Oracles of the exercises about request heads. Each completes an input to the head that our parser reads; the
//! exercises about framing and preconditions have the answer of a server as their value.

use std::time::UNIX_EPOCH;

use http_wire::conditional::{self, EntityTag, Precondition, Validators};
use http_wire::date;
use http_wire::framing::{self, Framing};
use http_wire::head::{self, RequestHead};
use http_wire::host;
use http_wire::range::{Ranges, Resolved};
use http_wire::rule::{Rule, Violation};
use syntax::{decimal, unix_time};

use super::{Value, Verdict};

/// `b"GET / HTTP/1.1\r\n"`: the three words. Empty lines before it count.
pub(super) fn request_line(input: &[u8]) -> Verdict {
    let empty = input.chunks(2).take_while(|line| line == b"\r\n").count() * 2;
    let end = input.iter().skip(empty).position(|byte| *byte == b'\n').map(|end| empty + end + 1);
    let line = input.get(..end.unwrap_or(input.len())).unwrap_or_default();
    let rest: &[u8] = if end.is_some() { b"Host: a\r\n\r\n" } else { b"" };
    match head::parse(&[line, rest].concat()) {
        Err(violation) => Verdict::bad(violation.at, violation.rule.description()),
        Ok(None) => Verdict::more(),
        Ok(Some((head, _))) => {
            let words = [head.method_span(), head.target_parts().raw, head.version_span()];
            let words = words.map(|word| Value::Bytes(word.of(head.bytes()).to_vec()));
            Verdict::done(line.len(), Value::List(words.into()))
        }
    }
}

/// `b"Range: bytes=0-4\r\n\r\n"`: `range` and `bytes=0-4`.
pub(super) fn fields(input: &[u8]) -> Verdict {
    // No field is required in HTTP/1.0.
    const REQUEST_LINE: &[u8] = b"GET / HTTP/1.0\r\n";
    match head::parse(&[REQUEST_LINE, input].concat()) {
        Err(violation) => {
            Verdict::bad(violation.at.saturating_sub(REQUEST_LINE.len()), violation.rule.description())
        }
        Ok(None) => Verdict::more(),
        Ok(Some((head, used))) => {
            let lines = head.section().field_lines();
            let pair = |(name, value): (&[u8], &[u8])| {
                Value::List(vec![Value::Bytes(name.to_ascii_lowercase()), Value::Bytes(value.to_vec())])
            };
            Verdict::done(used - REQUEST_LINE.len(), Value::List(lines.map(pair).collect()))
        }
    }
}

/// `b"Example.com:8080"`: `example.com` and 8080. A value that is not a host is bad at 0.
pub(super) fn host(input: &[u8]) -> Verdict {
    match head::parse(&[b"GET / HTTP/1.1\r\nHost: ", input, b"\r\n\r\n"].concat()) {
        Err(violation) => Verdict::bad(0, violation.rule.description()),
        Ok(None) => Verdict::more(),
        Ok(Some((head, _))) => {
            let name = host::bare_name(head.host().unwrap_or_default());
            let port = input.get(name.len()..).and_then(|rest| rest.rsplit(|byte| *byte == b':').next());
            let port = port.and_then(decimal::parse).map_or(Value::None, |port| Value::Number(port.into()));
            Verdict::done(input.len(), Value::List(vec![Value::Bytes(name.to_ascii_lowercase()), port]))
        }
    }
}

/// `b"Content-Length: 5\r\n"`: `length` and 5. A message that a server refuses has the status as its number.
pub(super) fn framing(input: &[u8]) -> Verdict {
    let (head, used) = match whole_head(b"POST", input) {
        Ok(Some(found)) => found,
        Ok(None) => return Verdict::more(),
        Err(violation) => return Verdict::bad(0, violation.rule.description()),
    };
    let done = |kind: &str, number: u64| {
        Verdict::done(used, Value::List(vec![Value::Bytes(kind.into()), Value::Number(number.into())]))
    };
    match framing::of_request(&head) {
        Ok(Framing::None | Framing::UntilClose) => done("none", 0),
        Ok(Framing::Length(length)) => done("length", length),
        Ok(Framing::Chunked) => done("chunked", 0),
        Err(Violation { rule, .. }) => {
            Verdict { rule: Some(rule.description()), ..done("refused", rule.status().into()) }
        }
    }
}

/// `b"Sun, 06 Nov 1994 08:49:37 GMT"`: 784111777. A text that is not a date is bad at 0.
pub(super) fn date(input: &[u8]) -> Verdict {
    match date::read(input, UNIX_EPOCH) {
        Some(time) => Verdict::done(input.len(), Value::Number(unix_time::seconds(time).into())),
        None => Verdict::bad(0, Rule::DateMalformed.description()),
    }
}

/// `b"bytes=0-499"`: 206, and 0 and 499.
pub(super) fn range(input: &[u8]) -> Verdict {
    const SIZE: u64 = 1_000;
    let (status, part) = match Ranges::parse(input).map(|ranges| ranges.resolve(SIZE)) {
        None | Some(Resolved::Whole) => (200, None),
        Some(Resolved::Unsatisfiable) => (416, None),
        Some(Resolved::Parts(parts)) => (206, parts.into_iter().next()),
    };
    let part = part.map_or(Value::None, |part| {
        Value::List(vec![Value::Number(part.start.into()), Value::Number(i128::from(part.end) - 1)])
    });
    Verdict::done(input.len(), Value::List(vec![Value::Number(status), part]))
}

/// `b"If-None-Match: \"v2\"\r\n"`: 304.
pub(super) fn conditional(input: &[u8]) -> Verdict {
    let (head, used) = match whole_head(b"GET", input) {
        Ok(Some(found)) => found,
        Ok(None) => return Verdict::more(),
        Err(violation) => return Verdict::bad(0, violation.rule.description()),
    };
    let current = Validators { etag: EntityTag::strong(b"v2"), modified: None };
    let status = match conditional::evaluate(&head, Some(&current), UNIX_EPOCH) {
        Precondition::Proceed => 200,
        Precondition::NotModified => 304,
        Precondition::Failed => 412,
    };
    Verdict::done(used, Value::Number(status))
}

/// `b"GET / HTTP/1.0\r\n\r\n"`: `close`.
pub(super) fn persistence(input: &[u8]) -> Verdict {
    match head::parse(input) {
        Err(violation) => Verdict::bad(violation.at, violation.rule.description()),
        // Empty lines before a head belong to another exercise.
        Ok(Some((head, used))) if used == input.len() && head.method_span().start() == 0 => {
            let value = if head.persists() { "keep" } else { "close" };
            Verdict::done(used, Value::Bytes(value.into()))
        }
        Ok(_) => Verdict::more(),
    }
}

/// The head with these field lines, and their length; `None` if they end early or not at all.
fn whole_head(method: &[u8], lines: &[u8]) -> Result<Option<(RequestHead, usize)>, Violation> {
    let text = [method, b" / HTTP/1.1\r\nHost: a\r\n", lines, b"\r\n"].concat();
    Ok(head::parse(&text)?.filter(|(_, used)| *used == text.len()).map(|(head, _)| (head, lines.len())))
}
