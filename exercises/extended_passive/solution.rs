//! extended_passive: the port in a reply to EPSV.

use learn::Answer;

fn parse(data: &[u8]) -> Answer<u16> {
    let parentheses = (0..data.len()).filter(|at| data[*at] == b'(');
    for at in parentheses {
        if let Some(port) = port(&data[at + 1..]) {
            return Answer::Done(data.len(), port);
        }
    }
    Answer::Bad(0)
}

/// The port at the start of a text behind a parenthesis: `|||6446|)`.
fn port(text: &[u8]) -> Option<u16> {
    let delimiter = *text.first().filter(|byte| byte.is_ascii_graphic())?;
    let text = text.strip_prefix(&[delimiter; 3])?;
    let end = text.iter().position(|byte| !byte.is_ascii_digit())?;
    let (digits, rest) = text.split_at(end);
    let port = std::str::from_utf8(digits).ok()?.parse().ok()?;
    rest.starts_with(&[delimiter, b')']).then_some(port)
}

fn main() {
    learn::run(parse);
}
