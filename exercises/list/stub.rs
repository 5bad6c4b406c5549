//! list: a line of LIST. The task is in list.md.

use learn::Answer;

/// Name, size of a file, and type: `file`, `dir` or `link`.
type Entry = (Vec<u8>, Option<u64>, String);

/// Reads a line that `ls -l` made.
fn parse(data: &[u8]) -> Answer<Entry> {
    todo!("list: {} bytes arrived", data.len())
}

fn main() {
    learn::run(parse);
}
