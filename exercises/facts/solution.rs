//! facts: a line of MLSD.

use learn::Answer;

const TYPES: [&str; 4] = ["file", "dir", "cdir", "pdir"];

/// Name, type and size.
type Entry = (Vec<u8>, Option<String>, Option<u64>);

fn parse(data: &[u8]) -> Answer<Entry> {
    entry(data).map_or(Answer::Bad(0), |entry| Answer::Done(data.len(), entry))
}

fn entry(line: &[u8]) -> Option<Entry> {
    let mut kind = None;
    let mut size = None;
    let mut rest = line;
    while !rest.starts_with(b" ") {
        let end = rest.iter().position(|byte| *byte == b';')?;
        let fact = &rest[..end];
        let (name, value) = fact.split_at(fact.iter().position(|byte| *byte == b'=')?);
        let value = &value[1..];
        if name.is_empty() || name.contains(&b' ') {
            return None;
        }
        if name.eq_ignore_ascii_case(b"type") {
            kind = TYPES.into_iter().find(|kind| value.eq_ignore_ascii_case(kind.as_bytes()));
        }
        if name.eq_ignore_ascii_case(b"size") {
            if value.starts_with(b"-") {
                return None;
            }
            size = number(value);
        }
        rest = &rest[end + 1..];
    }
    let pathname = &rest[1..];
    (!pathname.is_empty()).then(|| (pathname.to_vec(), kind.map(String::from), size))
}

fn number(digits: &[u8]) -> Option<u64> {
    let is_number = digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| is_number)?.parse().ok()
}

fn main() {
    learn::run(parse);
}
