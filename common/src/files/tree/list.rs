//! Listings: the entries of a directory with their metadata, in batches, read off the event loop. A complete listing is
//! shared by all who ask for it while it is not older than [`FRESH`].

use std::collections::HashMap;
use std::ffi::{CStr, OsStr};
use std::mem::MaybeUninit;
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use rustix::fs::RawDir;
use rustix::io::Errno;

use super::entries::{Entries, Entry};
use super::local::{Local, meta_in};
use super::meta::{Meta, TreeError};
use super::path::TreePath;
use super::root::FRESH;
use super::{Tree, Visible};
use crate::net::budget::{self, MemoryUse};
use crate::net::clock;
use crate::net::offload::Share;

/// Bytes of directory entries per call to the kernel: about eight hundred names.
const READ: usize = 32 << 10;
/// Bytes of names at which a batch is full (256 KiB), four times which a thread holds beside the entries. A batch of
/// 32 KiB was measured to take 5 % longer, one of 1 MiB no less.
const BATCH: usize = 256 << 10;
/// The most entries that [`List::collect`] returns.
pub const MAX_ENTRIES: usize = 200_000;

/// Entries of a directory, for clients.
#[derive(Debug)]
pub struct Batch {
    /// What can be opened.
    pub entries: Entries,
    /// The names of what cannot: FIFOs and devices, symlinks that are broken or lead out of the tree, and
    /// what the server may not inspect.
    pub left_out: Vec<Box<[u8]>>,
}

/// A directory being read, in no particular order.
#[derive(Debug)]
pub struct List {
    reader: Option<Reader>,
    /// The last entries, whose memory is used again for the next ones.
    batch: Option<Entries>,
    /// The memory that was needed so far.
    needed: usize,
    address: Option<IpAddr>,
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
    /// Reads for a peer at `address`.
    pub(in crate::files) fn new(
        directory: OwnedFd,
        path: TreePath,
        local: Local,
        visible: Visible,
        address: Option<IpAddr>,
    ) -> Self {
        let buffer = vec![MaybeUninit::uninit(); READ];
        Self {
            reader: Some(Reader { directory, path, local, visible, buffer, is_at_end: false }),
            batch: None,
            needed: 0,
            address,
        }
    }

    /// The next entries; `None` at the end. What a peer could not open is left out: hidden names, FIFOs and
    /// devices, symlinks that are broken or lead out of the tree.
    pub async fn next(&mut self) -> Result<Option<&Entries>, TreeError> {
        let mut entries = match self.batch.take() {
            Some(entries) => entries,
            None => Entries::new(self.address)?,
        };
        entries.clear();
        let (batch, is_read) = self.read(Batch { entries, left_out: Vec::new() }).await?;
        self.batch = Some(batch.entries);
        Ok(self.batch.as_ref().filter(|_| is_read))
    }

    /// Adds the next entries; `false` at the end.
    async fn read(&mut self, mut to: Batch) -> Result<(Batch, bool), TreeError> {
        let Some(mut reader) = self.reader.take() else { return Ok((to, false)) };
        let read = move || {
            let read = reader.batch(&mut to);
            (reader, to, read)
        };
        let (reader, batch, read) = Share::Listings.of(self.address).run(read).await?;
        self.needed = batch.entries.needed();
        read?;
        if !reader.is_at_end {
            self.reader = Some(reader);
        }
        Ok((batch, true))
    }

    /// All entries; [`TreeError::TooMany`] beyond [`MAX_ENTRIES`], [`TreeError::Busy`] beyond the memory
    /// budget.
    pub async fn collect(mut self) -> Result<Entries, TreeError> {
        Ok(self.collect_whole().await?.entries)
    }

    /// As [`List::collect`], with the names that were left out.
    pub async fn collect_whole(&mut self) -> Result<Batch, TreeError> {
        let mut whole = Batch { entries: Entries::new(self.address)?, left_out: Vec::new() };
        loop {
            let (batch, is_read) = self.read(whole).await?;
            whole = batch;
            if whole.entries.len() + whole.left_out.len() > MAX_ENTRIES {
                return Err(TreeError::TooMany);
            }
            if !is_read {
                return Ok(whole);
            }
        }
    }
}

/// The complete listings of the last second, each shared while one request uses it.
#[derive(Debug, Default)]
pub(in crate::files) struct Listings(Mutex<HashMap<TreePath, Recent>>);

#[derive(Debug)]
struct Recent {
    generation: u64,
    /// The tick at which it was first asked for, before it was read.
    since: u64,
    /// Locked while it is read.
    slot: Arc<tokio::sync::Mutex<CachedEntries>>,
}

#[derive(Debug, Default)]
struct CachedEntries {
    entries: Weak<Entries>,
    /// The memory that reading them needs at least.
    least: usize,
}

impl<N: 'static> Tree<N> {
    /// Starts to list a directory for a peer at `address`.
    pub async fn list(&self, path: &TreePath, address: Option<IpAddr>) -> Result<List, TreeError> {
        self.root.check_visible(path)?;
        let directory = self.root.local.directory(path).await?;
        Ok(List::new(directory, path.clone(), self.root.local.clone(), self.root.visible.clone(), address))
    }

    /// All entries of a directory for a peer at `address`, at most a second old. Errors are those of
    /// [`List::collect`].
    pub async fn entries(&self, path: &TreePath, address: Option<IpAddr>) -> Result<Arc<Entries>, TreeError> {
        let slot = self.root.listings.recent(path, self.generation());
        let mut slot = slot.lock().await;
        if let Some(entries) = slot.entries.upgrade() {
            return Ok(entries);
        }
        // Without this, each of many requests would read as far as the first one before it is refused.
        drop(budget::reserve(MemoryUse::Listings, slot.least, address)?);
        let mut list = self.list(path, address).await?;
        let entries = list.collect_whole().await;
        slot.least = list.needed;
        let entries = Arc::new(entries?.entries);
        slot.entries = Arc::downgrade(&entries);
        Ok(entries)
    }
}

impl Listings {
    fn recent(&self, path: &TreePath, generation: u64) -> Arc<tokio::sync::Mutex<CachedEntries>> {
        let now = clock::tick();
        let mut listings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |recent: &Recent| recent.generation == generation && now - recent.since < FRESH;
        if let Some(recent) = listings.get(path).filter(|recent| is_recent(recent)) {
            return Arc::clone(&recent.slot);
        }
        if listings.len() >= listings.capacity() {
            listings.retain(|_, recent| is_recent(recent));
        }
        let slot = Arc::default();
        listings.insert(path.clone(), Recent { generation, since: now, slot: Arc::clone(&slot) });
        slot
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
    fn batch(&mut self, to: &mut Batch) -> Result<(), TreeError> {
        let mut found = Names::default();
        while !self.is_at_end && found.text.len() < BATCH {
            self.read(&mut found)?;
        }
        to.entries.reserve(found.places.len(), found.text.len())?;
        for name in found.by_inode() {
            let meta = meta_in(&self.directory, name);
            let name = name.to_bytes();
            match meta {
                Ok(Some(meta)) => to.entries.push(&Entry::new(name, meta))?,
                Err(Errno::LOOP) => match self.follow(name) {
                    Ok((meta, target)) => {
                        let target = target.as_deref();
                        to.entries.push(&Entry { is_link: true, target, ..Entry::new(name, meta) })?;
                    }
                    Err(_) => to.left_out.push(name.into()),
                },
                // It was removed meanwhile.
                Err(Errno::NOENT) => {}
                Ok(None) | Err(_) => to.left_out.push(name.into()),
            }
        }
        // The targets of links were added.
        Ok(to.entries.reserve(0, 0)?)
    }

    /// The target of a link, and for a directory the path to it.
    fn follow(&self, name: &[u8]) -> Result<(Meta, Option<Vec<u8>>), Errno> {
        let link = self.path.child(name);
        let meta = self.local.metadata_blocking(&link)?.ok_or(Errno::NODEV)?;
        if !meta.is_directory() {
            return Ok((meta, None));
        }
        let (parent, target) = self.local.resolve_blocking(&link)?;
        let shows = |(depth, name): (usize, &OsStr)| self.visible.shows(name.as_bytes(), depth == 0);
        // The path to a hidden directory is not shown.
        let is_shown = target.iter().enumerate().all(shows);
        let target = if is_shown { relative(&parent, &target) } else { name.to_vec() };
        Ok((meta, Some(target)))
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
