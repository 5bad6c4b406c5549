//! path: the file that a request-target names. The task is in path.md.

use learn::Answer;

/// Converts a whole request-target to a path below the root, without a slash at its start.
fn parse(data: &[u8]) -> Answer<Vec<u8>> {
    todo!("path: {} bytes arrived", data.len())
}

fn main() {
    learn::run(parse);
}
