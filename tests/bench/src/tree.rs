//! The served files and their expected content.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

/// Length of the repeated tile of a file: a prime near a million, so that no buffer size divides it and a
/// repeated or missing block is detected.
const TILE: usize = 999_983;

/// Modification time of the files, after the epoch: November 2023.
const LAST_CHANGE: Duration = Duration::from_secs(1_700_000_000);

/// What the served files are stored on.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum FileSystem {
    /// The file system of the builds
    Disk,
    /// In memory
    Tmpfs,
    /// A container's: overlayfs, with both layers on the file system of the builds
    Overlayfs,
}

impl FileSystem {
    /// Mounts it for the root of a tree, as root.
    fn mount(self, root: &Path) -> Result<()> {
        let options = match self {
            Self::Disk => return Ok(()),
            Self::Tmpfs => "mode=755".to_owned(),
            Self::Overlayfs => {
                let layer = |name| {
                    let path = root.with_file_name(name);
                    fs::create_dir(&path).map(|()| path.display().to_string())
                };
                format!(
                    "lowerdir={},upperdir={},workdir={}",
                    layer("lower")?,
                    layer("upper")?,
                    layer("work")?
                )
            }
        };
        let kind = if self == Self::Tmpfs { "tmpfs" } else { "overlay" };
        let mut command = Command::new("mount");
        command.args(["-t", kind, "-o", &options, kind]).arg(root);
        ensure!(command.status()?.success(), "cannot mount {kind}; run the benchmark as root");
        Ok(())
    }

    fn unmount(root: &Path) {
        // Fails where nothing is mounted.
        let _ = Command::new("umount").arg("--lazy").arg(root).stderr(Stdio::null()).status();
    }
}

/// A folder that is removed at the end. The tree in it can be read by every user, since FTP servers
/// change theirs, and written by its owner only, since vsftpd insists.
pub(crate) struct Tree {
    folder: PathBuf,
    pub(crate) root: PathBuf,
}

impl Tree {
    /// Makes the folder in `place`, always under the same name: what a killed run left there goes.
    pub(crate) fn new(place: &Path, on: FileSystem) -> Result<Self> {
        let folder = place.join("served");
        let root = folder.join("tree");
        if folder.exists() {
            FileSystem::unmount(&root);
            fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        fs::create_dir_all(&root).with_context(|| format!("cannot make {}", root.display()))?;
        on.mount(&root)?;
        fs::set_permissions(&root, Permissions::from_mode(0o755))?;
        Ok(Self { folder, root })
    }

    /// A path beside the tree for a server's own files.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn file(&self, name: &str, length: u64, content: &Content) -> Result<()> {
        let path = self.root.join(name);
        content.write(&path, length).with_context(|| format!("cannot write {}", path.display()))
    }

    /// A folder of `count` files of `length` bytes each, named by `entry_name`.
    pub(crate) fn folder(&self, name: &str, count: usize, length: u64, content: &Content) -> Result<()> {
        fs::create_dir(self.root.join(name))?;
        (0..count)
            .try_for_each(|number| self.file(&format!("{name}/{}", entry_name(number)), length, content))
    }

    /// Synchronises the disk, so that nothing is written during measurements.
    pub(crate) fn settle(&self) {
        rustix::fs::sync();
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        FileSystem::unmount(&self.root);
        // What stays, the next run removes.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub(crate) fn entry_name(number: usize) -> String {
    format!("entry-{number:05}.bin")
}

/// The content of files: one repeated tile.
pub(crate) struct Content {
    tile: Vec<u8>,
}

impl Content {
    /// Bytes of every value.
    pub(crate) fn binary() -> Self {
        let mut random = xorshift();
        Self { tile: (0..TILE).map(|_| random().to_le_bytes()[0]).collect() }
    }

    /// Lines of 0 to 120 letters, each ended by `line_end`.
    pub(crate) fn text(line_end: &str) -> Self {
        let mut tile = Vec::with_capacity(TILE + TILE / 32);
        for line in 0..TILE / 61 {
            let letter = b'a' + u8::try_from(line % 26).unwrap_or_default();
            tile.extend(std::iter::repeat_n(letter, line * 37 % 121));
            tile.extend(line_end.as_bytes());
        }
        Self { tile }
    }

    /// Words that a compressor reduces to about a third.
    pub(crate) fn words() -> Self {
        let mut random = xorshift();
        let mut below = |limit: u64| random() % limit;
        let letters = |length, below: &mut dyn FnMut(u64) -> u64| {
            (0..length).map(|_| b'a' + u8::try_from(below(26)).unwrap_or_default()).collect()
        };
        let words: Vec<Vec<u8>> = (0..2_000).map(|_| letters(2 + below(9), &mut below)).collect();
        let mut tile = Vec::with_capacity(TILE + 16);
        while tile.len() < TILE {
            // As in a language, some words are more frequent than others.
            let word = usize::try_from(below(2_000).min(below(2_000))).unwrap_or_default();
            tile.extend(words.get(word).into_iter().flatten());
            tile.push(if below(12) == 0 { b'\n' } else { b' ' });
        }
        Self { tile }
    }

    /// These bytes, repeated.
    pub(crate) fn of(tile: Vec<u8>) -> Self {
        Self { tile }
    }

    pub(crate) fn tile(&self) -> &[u8] {
        &self.tile
    }

    pub(crate) fn tile_length(&self) -> u64 {
        self.tile.len() as u64
    }

    fn write(&self, path: &Path, length: u64) -> Result<()> {
        let mut file = File::create(path)?;
        for part in self.parts(0, length) {
            file.write_all(part)?;
        }
        // A server may answer differently while a file is so new that it may still change.
        Ok(file.set_modified(SystemTime::UNIX_EPOCH + LAST_CHANGE)?)
    }

    /// Whether a file with this content has `bytes` at `offset`.
    pub(crate) fn check(&self, offset: u64, mut bytes: &[u8]) -> Result<()> {
        let mut at = offset;
        for part in self.parts(offset, bytes.len() as u64) {
            let (head, rest) = bytes.split_at_checked(part.len()).context("parts exceed the whole")?;
            ensure!(head == part, "wrong content after byte {at}");
            at += part.len() as u64;
            bytes = rest;
        }
        Ok(())
    }

    /// `length` bytes from `offset`, in pieces of the tile.
    pub(crate) fn parts(&self, mut offset: u64, length: u64) -> impl Iterator<Item = &[u8]> {
        let end = offset + length;
        std::iter::from_fn(move || {
            let start = usize::try_from(offset % self.tile_length()).ok()?;
            let left = usize::try_from(end - offset).ok()?;
            let rest = self.tile.get(start..)?;
            let part = rest.get(..left).unwrap_or(rest);
            offset += part.len() as u64;
            (!part.is_empty()).then_some(part)
        })
    }
}

/// A fixed sequence of numbers that look random.
fn xorshift() -> impl FnMut() -> u64 {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_checked_at_every_offset_and_across_tiles() {
        let content = Content { tile: b"abcde".to_vec() };
        for (offset, bytes, right) in [
            (0, "abc", true),
            (3, "deabcdeab", true),
            (7, "cdea", true),
            (0, "", true),
            (1, "abc", false),
            (3, "deabcdeaa", false),
        ] {
            assert_eq!(content.check(offset, bytes.as_bytes()).is_ok(), right, "{bytes} at {offset}");
        }
    }

    #[test]
    fn both_texts_have_the_same_lines() {
        let unix = String::from_utf8(Content::text("\n").tile).expect("letters");
        let network = String::from_utf8(Content::text("\r\n").tile).expect("letters");
        assert_eq!(unix.replace('\n', "\r\n"), network);
    }
}
