//! line: one line of a stream.

use learn::Answer;

const LIMIT: usize = 512;

fn parse(data: &[u8]) -> Answer<Vec<u8>> {
    let window = &data[..data.len().min(LIMIT)];
    let Some(end) = window.iter().position(|byte| *byte == b'\n') else {
        return if window.len() == LIMIT { Answer::Bad(LIMIT) } else { Answer::More };
    };
    let line = &data[..end];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match line.iter().position(|byte| byte.is_ascii_control() && *byte != b'\t') {
        Some(at) => Answer::Bad(at),
        None => Answer::Done(end + 1, line.to_vec()),
    }
}

fn main() {
    learn::run(parse);
}
