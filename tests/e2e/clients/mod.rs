//! Common clients against `mini serve`.

mod curl;
mod files;
mod large;
mod links;
mod mirror;
mod python;
mod redbot;
mod resume;
mod uploads;

use crate::harness::{Tree, tree};

/// Size in bytes of the file `f.bin` of [`served`].
const SIZE: usize = 1_000_000;

/// A small tree: `f.bin`, an empty file, a directory, a name with a space.
fn served() -> (Tree, Vec<u8>) {
    let content = tree::pattern(SIZE);
    let tree = Tree::of(&[("empty", ""), ("d/below.txt", "below\n"), ("two words.txt", "words\n")]);
    tree.file("f.bin", &content);
    (tree, content)
}
