//! range: a part of a file. The task is in range.md.

use learn::Answer;

const SIZE: u64 = 1000;

/// The status, and the first and last byte of the part.
type Selected = (u16, Option<(u64, u64)>);

/// Applies a whole Range value to a file of `SIZE` bytes.
fn parse(data: &[u8]) -> Answer<Selected> {
    todo!("range: {} bytes arrived, for a file of {SIZE}", data.len())
}

fn main() {
    learn::run(parse);
}
