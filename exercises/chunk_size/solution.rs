//! chunk_size: the number at the start of a chunk.

use learn::Answer;

const DIGITS_LIMIT: usize = 16;
const SIZE_LIMIT: u64 = i64::MAX as u64;

fn parse(data: &[u8]) -> Answer<u64> {
    let mut size = 0_u64;
    let mut end = 0;
    while let Some(digit) = data.get(end).and_then(|byte| char::from(*byte).to_digit(16)) {
        if end == DIGITS_LIMIT {
            return Answer::Bad(DIGITS_LIMIT);
        }
        size = size << 4 | u64::from(digit);
        end += 1;
    }
    if end == data.len() {
        return Answer::More;
    }
    if end == 0 {
        return line_fault(data, 0);
    }
    if size > SIZE_LIMIT {
        return Answer::Bad(0);
    }
    line_end(data, end, size)
}

fn line_end(data: &[u8], digits: usize, size: u64) -> Answer<u64> {
    let blank = data[digits..].iter().take_while(|byte| b" \t".contains(byte)).count();
    let mut at = digits + blank;
    match data.get(at) {
        None => return Answer::More,
        Some(b';') => at += data[at..].iter().take_while(|byte| is_text(**byte)).count(),
        Some(b'\r' | b'\n') if blank > 0 => return Answer::Bad(digits),
        Some(_) if blank > 0 => return Answer::Bad(at),
        Some(_) => {}
    }
    if data[at..].starts_with(b"\r\n") {
        return Answer::Done(at + 2, size);
    }
    line_fault(data, at)
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7F)
}

/// A byte that fits nowhere, or the first half of a line end.
fn line_fault(data: &[u8], at: usize) -> Answer<u64> {
    match &data[at..] {
        [] | [b'\r'] => Answer::More,
        _ => Answer::Bad(at),
    }
}

fn main() {
    learn::run(parse);
}
