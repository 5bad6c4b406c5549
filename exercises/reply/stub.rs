//! reply: a reply of an FTP server. The task is in reply.md.

use learn::Answer;

/// A code, and the text of each line.
type Reply = (u16, Vec<Vec<u8>>);

/// Takes the first reply of the bytes that have arrived so far.
fn parse(data: &[u8]) -> Answer<Reply> {
    todo!("reply: {} bytes arrived", data.len())
}

fn main() {
    learn::run(parse);
}
