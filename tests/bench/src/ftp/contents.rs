//! The files of the FTP cases.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::tree::{Content, Tree};

pub(crate) const SMALL_FILES: usize = 1_000;
pub(crate) const SMALL_LENGTH: u64 = 1024;
pub(crate) const ENTRIES: usize = 20_000;
pub(crate) const LARGE_LENGTH: u64 = 1 << 30;
/// A directory that anonymous users may write to.
const INCOMING: &str = "incoming";
/// 256 MB of text.
const TEXT_TILES: u64 = 256;

/// The expected content of the files.
pub(crate) struct Contents {
    pub(crate) binary: Content,
    /// The text with network line ends.
    text: Content,
    incoming: PathBuf,
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
        let incoming = tree.root.join(INCOMING);
        fs::create_dir(&incoming)?;
        fs::set_permissions(&incoming, Permissions::from_mode(0o777))?;
        let contents = Self { binary: Content::binary(), text: Content::text("\r\n"), incoming };
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

    /// The large binary file in pieces.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.binary.parts(0, LARGE_LENGTH)
    }

    /// Whether the large binary file has arrived under this name.
    pub(crate) fn check_incoming(&self, name: &str) -> Result<()> {
        let mut file = BufReader::with_capacity(1 << 20, File::open(self.incoming.join(name))?);
        let mut offset = 0;
        loop {
            let bytes = file.fill_buf()?;
            if bytes.is_empty() {
                ensure!(offset == LARGE_LENGTH, "{offset} bytes are stored, expected {LARGE_LENGTH}");
                return Ok(());
            }
            self.binary.check(offset, bytes)?;
            let length = bytes.len();
            offset += length as u64;
            file.consume(length);
        }
    }

    /// Removes all uploads.
    pub(crate) fn clear_incoming(&self) -> Result<()> {
        for entry in fs::read_dir(&self.incoming)? {
            fs::remove_file(entry?.path())?;
        }
        Ok(())
    }

    pub(crate) fn large_text(&self) -> Large<'_> {
        let (content, length) = (&self.text, self.text.tile_length() * TEXT_TILES);
        Large { representation: "TYPE A", command: "RETR large.txt", content, length }
    }
}
