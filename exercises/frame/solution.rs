//! frame: messages with their length in front.

use learn::Answer;

const HEADER: usize = 4;
const LIMIT: usize = 1024 * 1024;

fn parse(data: &[u8]) -> Answer<Vec<u8>> {
    let Some((header, rest)) = data.split_first_chunk::<HEADER>() else {
        return Answer::More;
    };
    let length = u32::from_be_bytes(*header) as usize;
    if length > LIMIT {
        return Answer::Bad(0);
    }
    if rest.len() < length {
        return Answer::More;
    }
    Answer::Done(HEADER + length, rest[..length].to_vec())
}

fn main() {
    learn::run(parse);
}
