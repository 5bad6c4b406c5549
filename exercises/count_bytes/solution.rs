//! count_bytes: bytes and characters.

use learn::Answer;

fn parse(data: &[u8]) -> Answer<u64> {
    match std::str::from_utf8(data) {
        Ok(text) => Answer::Done(data.len(), text.chars().count() as u64),
        Err(error) if error.error_len().is_none() => Answer::More,
        Err(error) => Answer::Bad(error.valid_up_to()),
    }
}

fn main() {
    learn::run(parse);
}
