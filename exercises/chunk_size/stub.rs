//! chunk_size: the number at the start of a chunk. The task is in chunk_size.md.

use learn::Answer;

/// Reads a chunk size at the start of the bytes that have arrived so far.
fn parse(data: &[u8]) -> Answer<u64> {
    todo!("chunk_size: {} bytes arrived", data.len())
}

fn main() {
    learn::run(parse);
}
