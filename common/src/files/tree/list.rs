//! Listings: the entries of a directory with their metadata, in batches, read off the event loop.

use std::ffi::{CStr, OsStr};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::RawDir;
use rustix::io::Errno;

use super::Visible;
use super::local::{Local, meta_in};
use super::meta::{Error, Meta};
use super::path::TreePath;
use crate::net::offload;

/// Bytes of directory entries per call to the kernel: about eight hundred names.
const READ: usize = 32 << 10;
/// Bytes of names at which a batch is full: each batch of a long listing goes through all of the kernel's
/// memory again.
const BATCH: usize = 1 << 20;
/// The most entries that [`List::collect`] returns.
pub const MAX_ENTRIES: usize = 200_000;

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name's bytes; not necessarily UTF-8.
    pub name: Box<[u8]>,
    /// The metadata; for a symlink that stays inside the tree, its target's.
    pub meta: Meta,
    /// Whether it is a symlink.
    pub is_link: bool,
    /// Of a link to a directory, the relative path from the directory that holds the link: `b"../v2/docs"`.
    pub target: Option<Box<[u8]>>,
}

impl Entry {
    /// An entry that is no link.
    pub fn new(name: &[u8], meta: Meta) -> Self {
        Self { name: name.into(), meta, is_link: false, target: None }
    }

    /// Whether it is a directory itself, and no link to one.
    pub fn is_own_directory(&self) -> bool {
        self.meta.is_directory() && !self.is_link
    }
}

/// Entries of a directory.
#[derive(Debug, Default)]
pub struct Batch {
    /// What can be opened.
    pub entries: Vec<Entry>,
    /// The names of what cannot: FIFOs and devices, symlinks that are broken or lead out of the tree, and
    /// what the server may not inspect.
    pub left_out: Vec<Box<[u8]>>,
}

/// A directory being read, in no particular order.
#[derive(Debug)]
pub struct List {
    reader: Option<Reader>,
}

#[derive(Debug)]
struct Reader {
    directory: OwnedFd,
    path: TreePath,
    local: Local,
    visible: Visible,
    buffer: Vec<MaybeUninit<u8>>,
    is_at_end: bool,
}

impl List {
    pub(in crate::files) fn new(directory: OwnedFd, path: TreePath, local: Local, visible: Visible) -> Self {
        let buffer = vec![MaybeUninit::uninit(); READ];
        Self { reader: Some(Reader { directory, path, local, visible, buffer, is_at_end: false }) }
    }

    /// The next entries; `None` at the end. What a peer could not open is left out: hidden names, FIFOs and
    /// devices, symlinks that are broken or lead out of the tree.
    pub async fn next(&mut self) -> Result<Option<Vec<Entry>>, Error> {
        Ok(self.batch().await?.map(|batch| batch.entries))
    }

    async fn batch(&mut self) -> Result<Option<Batch>, Error> {
        let Some(mut reader) = self.reader.take() else { return Ok(None) };
        let (reader, batch) = offload::run(move || {
            let batch = reader.batch();
            (reader, batch)
        })
        .await?;
        let batch = batch?;
        if !reader.is_at_end {
            self.reader = Some(reader);
        }
        Ok(Some(batch))
    }

    /// All entries; [`Error::TooMany`] beyond [`MAX_ENTRIES`].
    pub async fn collect(self) -> Result<Vec<Entry>, Error> {
        Ok(self.collect_whole().await?.entries)
    }

    /// As [`List::collect`], with the names that were left out.
    pub async fn collect_whole(mut self) -> Result<Batch, Error> {
        let mut whole = Batch::default();
        while let Some(mut batch) = self.batch().await? {
            if whole.entries.is_empty() {
                // Most directories fit into one batch.
                std::mem::swap(&mut whole.entries, &mut batch.entries);
            }
            whole.entries.append(&mut batch.entries);
            whole.left_out.append(&mut batch.left_out);
            if whole.entries.len() + whole.left_out.len() > MAX_ENTRIES {
                return Err(Error::TooMany);
            }
        }
        Ok(whole)
    }
}

/// Names with their inodes, in one allocation.
#[derive(Default)]
struct Names {
    text: Vec<u8>,
    /// Each inode, and where its name begins.
    places: Vec<(u64, usize)>,
}

impl Names {
    fn push(&mut self, inode: u64, name: &CStr) {
        self.places.push((inode, self.text.len()));
        self.text.extend_from_slice(name.to_bytes_with_nul());
    }

    fn by_inode(&mut self) -> impl Iterator<Item = &CStr> {
        self.places.sort_unstable();
        let text = &self.text;
        self.places.iter().filter_map(|&(_, at)| CStr::from_bytes_until_nul(text.get(at..)?).ok())
    }
}

/// The path from one directory to another, `../v2/docs`; both are relative to the same one.
fn relative(from: &Path, to: &Path) -> Vec<u8> {
    let shared = from.iter().zip(to).take_while(|(from, to)| from == to).count();
    let up = from.iter().skip(shared).map(|_| OsStr::new(".."));
    up.chain(to.iter().skip(shared)).collect::<PathBuf>().into_os_string().into_encoded_bytes()
}

impl Reader {
    /// The next entries, inspected in the order of their inodes: neighbours on the disk are neighbours in the
    /// kernel's memory, which was measured to save an eighth of a long listing's time, and most of the
    /// sorting if files were created in the order of their names.
    fn batch(&mut self) -> Result<Batch, Errno> {
        let mut found = Names::default();
        while !self.is_at_end && found.text.len() < BATCH {
            self.read(&mut found)?;
        }
        let mut batch = Batch { entries: Vec::with_capacity(found.places.len()), left_out: Vec::new() };
        for name in found.by_inode() {
            let meta = meta_in(&self.directory, name);
            let is_link = matches!(meta, Err(Errno::LOOP));
            let name = name.to_bytes();
            let found = match is_link {
                true => self.follow(name),
                false => meta.map(|meta| meta.map(|meta| Entry::new(name, meta))),
            };
            match found {
                Ok(Some(entry)) => batch.entries.push(entry),
                // It was removed meanwhile.
                Err(Errno::NOENT) if !is_link => {}
                Ok(None) | Err(_) => batch.left_out.push(name.into()),
            }
        }
        Ok(batch)
    }

    /// The target of a link, and for a directory the path to it.
    fn follow(&self, name: &[u8]) -> Result<Option<Entry>, Errno> {
        let link = self.path.child(name);
        let Some(meta) = self.local.metadata_blocking(&link)? else { return Ok(None) };
        let entry = Entry { is_link: true, ..Entry::new(name, meta) };
        if !meta.is_directory() {
            return Ok(Some(entry));
        }
        let (parent, target) = self.local.resolve_blocking(&link)?;
        let shows = |(depth, name): (usize, &OsStr)| self.visible.shows(name.as_bytes(), depth == 0);
        // The path to a hidden directory is not shown.
        let is_shown = target.iter().enumerate().all(shows);
        let target = if is_shown { relative(&parent, &target) } else { name.to_vec() };
        Ok(Some(Entry { target: Some(target.into()), ..entry }))
    }

    fn read(&mut self, found: &mut Names) -> Result<(), Errno> {
        let mut names = RawDir::new(&self.directory, &mut self.buffer);
        while let Some(entry) = names.next() {
            let entry = entry?;
            let name = entry.file_name();
            let is_itself = matches!(name.to_bytes(), b"." | b"..");
            if !is_itself && self.visible.shows(name.to_bytes(), self.path.is_root()) {
                found.push(entry.ino(), name);
            }
            if names.is_buffer_empty() {
                return Ok(());
            }
        }
        self.is_at_end = true;
        Ok(())
    }
}
