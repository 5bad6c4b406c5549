//! range: a part of a file.

use learn::Answer;

const SIZE: u64 = 1000;

/// The status, and the first and last byte of the part.
type Selected = (u16, Option<(u64, u64)>);

fn parse(data: &[u8]) -> Answer<Selected> {
    // A malformed value is ignored.
    Answer::Done(data.len(), select(data).unwrap_or((200, None)))
}

/// `None`: the value is malformed.
fn select(data: &[u8]) -> Option<Selected> {
    let (unit, positions) = divide(data, b'=')?;
    let (first, last) = divide(positions, b'-')?;
    if !unit.eq_ignore_ascii_case(b"bytes") {
        return None;
    }
    if first.is_empty() {
        return match number(last)? {
            0 => Some((416, None)),
            count => Some((206, Some((SIZE.saturating_sub(count), SIZE - 1)))),
        };
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    if last < first {
        return None;
    }
    if first >= SIZE {
        return Some((416, None));
    }
    Some((206, Some((first, last.min(SIZE - 1)))))
}

/// The parts before and after the first separator.
fn divide(data: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = data.iter().position(|byte| *byte == separator)?;
    Some((&data[..at], &data[at + 1..]))
}

/// A number; one that is too large for 64 bits is the largest.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(std::str::from_utf8(digits).ok()?.parse().unwrap_or(u64::MAX))
}

fn main() {
    learn::run(parse);
}
