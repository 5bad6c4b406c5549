//! framing: where the content of a request ends.

use learn::Answer;

const LENGTH_LIMIT: u64 = i64::MAX as u64;

/// The kind, and its number.
type Framing = (String, u64);

fn parse(data: &[u8]) -> Answer<Framing> {
    let (mut lengths, mut codings) = (Vec::new(), Vec::new());
    for line in data.split(|byte| *byte == b'\n') {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let value = parts.next().unwrap_or_default().trim_ascii();
        match name.as_slice() {
            b"content-length" => lengths.push(value),
            b"transfer-encoding" => {
                let elements = value.split(|byte| *byte == b',');
                codings.extend(elements.map(|coding| coding.trim_ascii().to_ascii_lowercase()));
            }
            _ => {}
        }
    }
    let (kind, number) = match (lengths.as_slice(), codings.as_slice()) {
        ([], []) => ("none", 0),
        ([], codings) => of_codings(codings),
        ([length], []) => of_length(length),
        _ => ("refused", 400),
    };
    Answer::Done(data.len(), (kind.to_string(), number))
}

fn of_codings(codings: &[Vec<u8>]) -> (&'static str, u64) {
    let are_tokens = codings.iter().all(|coding| !coding.is_empty() && coding.iter().all(is_tchar));
    let before_last = &codings[..codings.len() - 1];
    if !are_tokens || before_last.iter().any(|coding| coding == b"chunked") {
        return ("refused", 400);
    }
    if codings == [b"chunked"] { ("chunked", 0) } else { ("refused", 501) }
}

fn is_tchar(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte)
}

fn of_length(digits: &[u8]) -> (&'static str, u64) {
    if !digits.iter().all(u8::is_ascii_digit) {
        return ("refused", 400);
    }
    let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
    match number {
        Some(length) if length <= LENGTH_LIMIT => ("length", length),
        _ => ("refused", 400),
    }
}

fn main() {
    learn::run(parse);
}
