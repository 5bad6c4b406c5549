//! path: the file that a request-target names.

use learn::Answer;

const TARGET_LIMIT: usize = 8000;
const PATH_LIMIT: usize = 4095;

fn parse(data: &[u8]) -> Answer<Vec<u8>> {
    if data.len() > TARGET_LIMIT {
        return Answer::Bad(TARGET_LIMIT);
    }
    let encoded = data.split(|byte| *byte == b'?').next().unwrap_or_default();
    let mut decoded = Vec::new();
    let mut at = 0;
    while let Some(byte) = encoded.get(at) {
        if *byte != b'%' {
            decoded.push(*byte);
            at += 1;
            continue;
        }
        match (digit(encoded, at + 1), digit(encoded, at + 2)) {
            (Some(high), Some(low)) => decoded.push(high << 4 | low),
            _ => return Answer::Bad(at),
        }
        at += 3;
    }
    resolve(data, &decoded)
}

fn digit(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = char::from(*bytes.get(at)?).to_digit(16)?;
    u8::try_from(digit).ok()
}

fn resolve(data: &[u8], decoded: &[u8]) -> Answer<Vec<u8>> {
    let mut names = Vec::new();
    if decoded.contains(&0) || !data.starts_with(b"/") {
        return Answer::Bad(0);
    }
    for name in decoded.split(|byte| *byte == b'/') {
        match name {
            b"" | b"." => {}
            b".." if names.is_empty() => return Answer::Bad(0),
            b".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    let path = names.join(&b'/');
    if path.len() > PATH_LIMIT { Answer::Bad(0) } else { Answer::Done(data.len(), path) }
}

fn main() {
    learn::run(parse);
}
