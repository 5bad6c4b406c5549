//! passive: the address in a reply to PASV. The task is in passive.md.

use learn::Answer;

/// Finds the address of a data connection in the text of a 227 reply: host and port.
fn parse(data: &[u8]) -> Answer<(String, u16)> {
    todo!("passive: {} bytes arrived", data.len())
}

fn main() {
    learn::run(parse);
}
