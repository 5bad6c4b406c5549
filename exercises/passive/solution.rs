//! passive: the address in a reply to PASV.

use learn::Answer;

fn parse(data: &[u8]) -> Answer<(String, u16)> {
    let is_digit = |at: usize| data.get(at).is_some_and(u8::is_ascii_digit);
    let starts = (0..data.len()).filter(|&at| is_digit(at) && (at == 0 || !is_digit(at - 1)));
    for at in starts {
        if let Some([a, b, c, d, high, low]) = six_numbers(&data[at..]) {
            let port = u16::from_be_bytes([high, low]);
            return Answer::Done(data.len(), (format!("{a}.{b}.{c}.{d}"), port));
        }
    }
    Answer::Bad(0)
}

/// The six numbers at the start of a text.
fn six_numbers(mut text: &[u8]) -> Option<[u8; 6]> {
    let mut numbers = [0; 6];
    for (at, number) in numbers.iter_mut().enumerate() {
        if at > 0 {
            text = text.strip_prefix(b",")?;
        }
        let end = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        *number = std::str::from_utf8(&text[..end]).ok()?.parse::<u8>().ok()?;
        text = &text[end..];
    }
    Some(numbers)
}

fn main() {
    learn::run(parse);
}
