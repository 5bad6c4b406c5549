//! FTP over real sockets: what needs the process, the engines, and the kernel's connections. Replies
//! to each command are held to the RFCs by the tests of `ftp-mini` itself.

mod data;
mod session;
mod transfers;

use crate::harness::{Tree, tree};

/// Bytes of [`served`]'s file `f.bin`.
const SIZE: usize = 300_000;

fn served() -> (Tree, Vec<u8>) {
    let tree = Tree::of(&[("a", "hello\n"), ("d/b", "below\n"), ("two words", "x"), ("empty", "")]);
    let content = tree::pattern(SIZE);
    tree.file("f.bin", &content);
    (tree, content)
}
