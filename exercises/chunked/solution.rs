//! chunked: content in chunks.

use learn::Answer;

const DIGITS_LIMIT: usize = 16;
const SIZE_LIMIT: u64 = i64::MAX as u64;

fn parse(data: &[u8]) -> Answer<Vec<u8>> {
    let mut content = Vec::new();
    let mut total = 0;
    let mut at = 0;
    loop {
        let mut size = 0_u64;
        let mut end = at;
        while let Some(digit) = data.get(end).and_then(|byte| char::from(*byte).to_digit(16)) {
            if end - at == DIGITS_LIMIT {
                return Answer::Bad(end);
            }
            size = size << 4 | u64::from(digit);
            end += 1;
        }
        if end == at {
            return fault(data, at);
        }
        if end == data.len() {
            return Answer::More;
        }
        if size > SIZE_LIMIT - total {
            return Answer::Bad(at);
        }
        if !data[end..].starts_with(b"\r\n") {
            return fault(data, end);
        }
        at = end + 2;
        if size == 0 {
            return trailers(data, at, content);
        }
        total += size;
        let rest = &data[at..];
        let length = usize::try_from(size).unwrap_or(usize::MAX);
        if rest.len() < length {
            return Answer::More;
        }
        content.extend_from_slice(&rest[..length]);
        at += length;
        if !data[at..].starts_with(b"\r\n") {
            return chunk_end(data, at);
        }
        at += 2;
    }
}

fn chunk_end(data: &[u8], at: usize) -> Answer<Vec<u8>> {
    let wrong = data[at..].iter().zip(b"\r\n").position(|(byte, expected)| byte != expected);
    wrong.map_or(Answer::More, |offset| Answer::Bad(at + offset))
}

/// Skips the lines up to an empty one.
fn trailers(data: &[u8], mut at: usize, content: Vec<u8>) -> Answer<Vec<u8>> {
    loop {
        let length = data[at..].iter().take_while(|byte| !b"\r\n".contains(byte)).count();
        let end = at + length;
        if !data[end..].starts_with(b"\r\n") {
            return fault(data, end);
        }
        if length == 0 {
            return Answer::Done(at + 2, content);
        }
        at = end + 2;
    }
}

/// A byte that fits nowhere, or the first half of a line end.
fn fault(data: &[u8], at: usize) -> Answer<Vec<u8>> {
    match &data[at..] {
        [] | [b'\r'] => Answer::More,
        _ => Answer::Bad(at),
    }
}

fn main() {
    learn::run(parse);
}
