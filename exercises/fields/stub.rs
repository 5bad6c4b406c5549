//! fields: the fields of a head. The task is in fields.md.

use learn::Answer;

/// Names in lower case, and values.
type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// Parses the fields at the start of the bytes that have arrived so far.
fn parse(data: &[u8]) -> Answer<Fields> {
    todo!("fields: {} bytes arrived", data.len())
}

fn main() {
    learn::run(parse);
}
