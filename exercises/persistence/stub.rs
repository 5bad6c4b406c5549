//! persistence: whether the connection stays open. The task is in persistence.md.

use learn::Answer;

/// Decides from a whole request head whether the client expects a further response: `keep` or `close`.
fn parse(data: &[u8]) -> Answer<String> {
    todo!("persistence: {} bytes arrived", data.len())
}

fn main() {
    learn::run(parse);
}
