//! conditional: whether a client has the file already. The task is in conditional.md.

use learn::Answer;

const ETAG: &[u8] = b"v2";

/// Evaluates the preconditions of a GET from whole field lines, each with its CR LF.
fn parse(data: &[u8]) -> Answer<u16> {
    todo!("conditional: {} bytes arrived, for {ETAG:?}", data.len())
}

fn main() {
    learn::run(parse);
}
