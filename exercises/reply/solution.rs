//! reply: a reply of an FTP server.

use learn::Answer;

const LIMIT: usize = 64 * 1024;

/// A code, and the text of each line.
type Reply = (u16, Vec<Vec<u8>>);

fn parse(data: &[u8]) -> Answer<Reply> {
    let window = &data[..data.len().min(LIMIT)];
    let mut first = None;
    let mut lines = Vec::new();
    let mut used = 0;
    for line in window.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")) {
        used += line.len();
        let line = without_end(line);
        let is_marked = matches!(line.get(3), None | Some(b' ' | b'-'));
        let code = match (first, code_of(line)) {
            (Some(code), _) => code,
            (None, None) => return Answer::Bad(0),
            (None, Some(_)) if !is_marked => return Answer::Bad(3),
            (None, Some(code)) => *first.insert(code),
        };
        if code_of(line) != Some(code) || !is_marked {
            lines.push(line.to_vec());
            continue;
        }
        lines.push(line.get(4..).unwrap_or_default().to_vec());
        if line.get(3) != Some(&b'-') {
            return Answer::Done(used, (code, lines));
        }
    }
    if window.len() == LIMIT { Answer::Bad(LIMIT) } else { Answer::More }
}

/// The code at the start of a line.
fn code_of(line: &[u8]) -> Option<u16> {
    let digits = line.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    (100..700).contains(&code).then_some(code)
}

fn without_end(mut line: &[u8]) -> &[u8] {
    while let Some((b'\r' | b'\n', rest)) = line.split_last() {
        line = rest;
    }
    line
}

fn main() {
    learn::run(parse);
}
