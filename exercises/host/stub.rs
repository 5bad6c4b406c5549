//! host: the host and the port that a client requests. The task is in host.md.

use learn::Answer;

/// A host in lower case, and its port.
type Host = (Vec<u8>, Option<u16>);

/// Parses a whole Host value.
fn parse(data: &[u8]) -> Answer<Host> {
    todo!("host: {} bytes arrived", data.len())
}

fn main() {
    learn::run(parse);
}
