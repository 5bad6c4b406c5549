//! fields: the fields of a head.

use learn::Answer;

const FIELDS_LIMIT: usize = 100;
const SECTION_LIMIT: usize = 32752;

/// Names in lower case, and values.
type Fields = Vec<(Vec<u8>, Vec<u8>)>;

fn parse(data: &[u8]) -> Answer<Fields> {
    let data = data.get(..SECTION_LIMIT).unwrap_or(data);
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        if data[at..].starts_with(b"\r\n") {
            return Answer::Done(at + 2, fields);
        }
        if fields.len() == FIELDS_LIMIT && data.get(at).is_some_and(|byte| *byte != b'\r') {
            return Answer::Bad(at);
        }
        let name = run(&data[at..], is_tchar);
        let colon = at + name.len();
        if name.is_empty() || !data[colon..].starts_with(b":") {
            return fault(data, colon);
        }
        let value = run(&data[colon + 1..], is_text);
        let end = colon + 1 + value.len();
        if !data[end..].starts_with(b"\r\n") {
            return fault(data, end);
        }
        fields.push((name.to_ascii_lowercase(), value.trim_ascii().to_vec()));
        at = end + 2;
    }
}

fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || !byte.is_ascii_control()
}

/// The bytes of a class at the start.
fn run(data: &[u8], is_allowed: fn(u8) -> bool) -> &[u8] {
    let length = data.iter().take_while(|byte| is_allowed(**byte)).count();
    &data[..length]
}

/// A byte that fits nowhere, unless it is missing or the first half of a line end.
fn fault(data: &[u8], at: usize) -> Answer<Fields> {
    match &data[at..] {
        [] | [b'\r'] if data.len() == SECTION_LIMIT => Answer::Bad(SECTION_LIMIT),
        [] | [b'\r'] => Answer::More,
        _ => Answer::Bad(at),
    }
}

fn main() {
    learn::run(parse);
}
