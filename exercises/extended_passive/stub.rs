//! extended_passive: the port in a reply to EPSV. The task is in extended_passive.md.

use learn::Answer;

/// Finds the port of a data connection in the text of a 229 reply.
fn parse(data: &[u8]) -> Answer<u16> {
    todo!("extended_passive: {} bytes arrived", data.len())
}

fn main() {
    learn::run(parse);
}
