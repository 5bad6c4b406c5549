//! chunked: content in chunks. The task is in chunked.md.

use learn::Answer;

/// Decodes the chunked content at the start of the bytes that have arrived so far.
fn parse(data: &[u8]) -> Answer<Vec<u8>> {
    todo!("chunked: {} bytes arrived", data.len())
}

fn main() {
    learn::run(parse);
}
