//! command: one line of an FTP control connection. The task is in command.md.

use learn::Answer;

/// A verb in capitals, and its argument.
type Command = (Vec<u8>, Option<Vec<u8>>);

/// Parses the command at the start of the bytes that have arrived so far.
fn parse(data: &[u8]) -> Answer<Command> {
    todo!("command: {} bytes arrived", data.len())
}

fn main() {
    learn::run(parse);
}
