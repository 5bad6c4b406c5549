//! Oracles of the exercises about request heads. Each completes an input to the head that our parser reads; the
//! exercises about framing and preconditions have the answer of a server as their value.

use http_wire::head;

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
