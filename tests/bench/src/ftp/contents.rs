//! The files of the FTP cases.

use anyhow::Result;

use crate::tree::{Content, Tree};

pub(crate) const SMALL_FILES: usize = 1_000;
pub(crate) const SMALL_LENGTH: u64 = 1024;
pub(crate) const ENTRIES: usize = 20_000;
const LARGE_LENGTH: u64 = 1 << 30;
/// 256 MB of text.
const TEXT_TILES: u64 = 256;

/// What the files hold, as it should arrive.
pub(crate) struct Contents {
    pub(crate) binary: Content,
    /// The text with the line ends of the network.
    text: Content,
}

/// A large file and the commands that retrieve it.
#[derive(Clone, Copy)]
pub(crate) struct Large<'a> {
    pub(crate) representation: &'static str,
    pub(crate) command: &'static str,
    pub(crate) content: &'a Content,
    pub(crate) length: u64,
}

impl Contents {
    pub(crate) fn write(tree: &Tree) -> Result<Self> {
        let stored = Content::text("\n");
        let contents = Self { binary: Content::binary(), text: Content::text("\r\n") };
        tree.folder("small", SMALL_FILES, SMALL_LENGTH, &contents.binary)?;
        tree.folder("many", ENTRIES, 0, &contents.binary)?;
        tree.file("large.bin", LARGE_LENGTH, &contents.binary)?;
        tree.file("large.txt", stored.tile_length() * TEXT_TILES, &stored)?;
        tree.settle();
        Ok(contents)
    }

    pub(crate) fn large_binary(&self) -> Large<'_> {
        let content = &self.binary;
        Large { representation: "TYPE I", command: "RETR large.bin", content, length: LARGE_LENGTH }
    }

    pub(crate) fn large_text(&self) -> Large<'_> {
        let (content, length) = (&self.text, self.text.tile_length() * TEXT_TILES);
        Large { representation: "TYPE A", command: "RETR large.txt", content, length }
    }
}
