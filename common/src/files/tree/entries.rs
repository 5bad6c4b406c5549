//! [`Entries`], the entries of a directory in compact form: a listing of 200,000 names of 12 bytes takes 10 MB. It is
//! shared by those who list the directory at the same time; each has only an order of its own ([`Sorted`]).

use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;

use super::meta::{ListedMeta, Meta, TreeError};
use crate::net::budget::{self, MemoryUse, Reservation};
use crate::net::offload::{Busy, Share};

/// From this number of entries on, they are sorted off the event loop: 500 take about half a millisecond.
const MANY: usize = 500;
/// Entries that are added one by one have room for so many at a time, or for an eighth of their number.
const GROWTH: usize = 64;

/// One name in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The name's bytes; not necessarily UTF-8.
    pub name: &'a [u8],
    /// The metadata; for a symlink that stays inside the tree, its target's.
    pub meta: Meta,
    /// Whether it is a symlink.
    pub is_link: bool,
    /// Of a link to a directory, the relative path from the directory that holds the link: `b"../v2/docs"`.
    pub target: Option<&'a [u8]>,
}

impl<'a> Entry<'a> {
    /// An entry that is no link.
    pub fn new(name: &'a [u8], meta: Meta) -> Self {
        Self { name, meta, is_link: false, target: None }
    }

    /// Whether it is a directory itself, and no link to one.
    pub fn is_own_directory(&self) -> bool {
        self.meta.is_directory() && !self.is_link
    }
}

/// What entries are ordered by: less than an [`Entry`], which a long sort would create thousands of times.
#[derive(Clone, Copy, Debug)]
pub struct SortFields<'a> {
    /// The name's bytes.
    pub name: &'a [u8],
    /// Bytes.
    pub size: u64,
    /// Seconds and nanoseconds since 1970.
    pub modified: (i64, u32),
    /// Whether it is a directory, or a link to one.
    pub is_directory: bool,
}

/// The entries of a directory, or a part of them.
#[derive(Debug)]
pub struct Entries {
    /// The names. Behind that of a link to a directory are the length of its target (two bytes) and the target.
    text: Vec<u8>,
    rows: Vec<Row>,
    /// The devices of the entries; few directories have more than one.
    devices: Vec<(u32, u32)>,
    /// The bytes that were last asked for.
    needed: usize,
    reserved: Reservation,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    meta: ListedMeta,
    /// Where the name begins.
    start: u32,
    name: u16,
    /// An index of `devices`.
    device: u8,
    link: Link,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    None,
    ToFile,
    ToDirectory,
}

// Two hundred thousand of them must fit into a small budget.
const _: () = assert!(size_of::<Row>() == 40);

impl Entries {
    /// No entries, of a listing for a peer at `address`.
    pub fn new(address: Option<IpAddr>) -> Result<Self, Busy> {
        let reserved = budget::reserve(MemoryUse::Listings, 0, address)?;
        Ok(Self { text: Vec::new(), rows: Vec::new(), devices: Vec::new(), needed: 0, reserved })
    }

    /// Makes room for `count` entries with so many bytes of names.
    pub(super) fn reserve(&mut self, count: usize, text: usize) -> Result<(), Busy> {
        let (rows, text) = (self.rows.len() + count, self.text.len() + text);
        self.needed = self.rows.capacity().max(rows) * size_of::<Row>() + self.text.capacity().max(text);
        self.reserved.resize(self.needed)?;
        self.rows.reserve_exact(count);
        self.text.reserve_exact(text - self.text.len());
        Ok(())
    }

    /// The memory that was last asked for, even if it was refused.
    pub(super) fn needed(&self) -> usize {
        self.needed
    }

    /// Adds an entry. Errors are those of [`List::collect`](super::List::collect).
    pub fn add(&mut self, entry: &Entry<'_>) -> Result<(), TreeError> {
        let text = entry.name.len() + entry.target.map_or(0, |target| target.len() + size_of::<u16>());
        if self.rows.len() == self.rows.capacity() || self.text.capacity() - self.text.len() < text {
            let count = GROWTH.max(self.rows.len() / 8);
            self.reserve(count, text.max(count * 32))?;
        }
        self.push(entry)
    }

    /// Adds an entry for which [`Entries::reserve`] made room.
    pub(super) fn push(&mut self, entry: &Entry<'_>) -> Result<(), TreeError> {
        let start = u32::try_from(self.text.len()).map_err(|_| TreeError::TooMany)?;
        let length = |text: &[u8]| u16::try_from(text.len()).map_err(|_| TreeError::TooMany);
        let (device, meta) = entry.meta.listed();
        let device = self.devices.iter().position(|known| *known == device).unwrap_or_else(|| {
            self.devices.push(device);
            self.devices.len() - 1
        });
        self.rows.push(Row {
            meta,
            start,
            name: length(entry.name)?,
            device: device.try_into().map_err(|_| TreeError::TooMany)?,
            link: match entry {
                Entry { target: Some(_), .. } => Link::ToDirectory,
                Entry { is_link: true, .. } => Link::ToFile,
                _ => Link::None,
            },
        });
        self.text.extend_from_slice(entry.name);
        if let Some(target) = entry.target {
            self.text.extend_from_slice(&length(target)?.to_le_bytes());
            self.text.extend_from_slice(target);
        }
        Ok(())
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.rows.clear();
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The entries in the order of the file system.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.rows.iter().map(|row| self.entry(row))
    }

    fn entry(&self, row: &Row) -> Entry<'_> {
        let (name, behind) = self.name(row);
        let device = self.devices.get(usize::from(row.device)).copied().unwrap_or_default();
        let target = (row.link == Link::ToDirectory).then(|| {
            let (length, behind) = behind.split_first_chunk().unwrap_or((&[0; 2], &[]));
            behind.get(..u16::from_le_bytes(*length).into()).unwrap_or_default()
        });
        Entry { name, meta: row.meta.meta(device), is_link: row.link != Link::None, target }
    }

    /// The name, and the text behind it.
    fn name(&self, row: &Row) -> (&[u8], &[u8]) {
        let text = self.text.get(row.start as usize..).unwrap_or_default();
        text.split_at_checked(row.name.into()).unwrap_or_default()
    }

    fn sort_fields(&self, row: &Row) -> SortFields<'_> {
        let (size, modified) = (row.meta.size(), row.meta.modified());
        SortFields { name: self.name(row).0, size, modified, is_directory: row.meta.is_directory() }
    }

    /// Runs `work` on the entries, off the event loop if there are many of them, for a peer at `address`.
    pub async fn compute<T: Send + 'static>(
        self: Arc<Self>,
        address: Option<IpAddr>,
        work: impl FnOnce(Arc<Self>) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        match self.len() {
            0..MANY => Ok(work(self)),
            _ => Share::Listings.of(address).run(move || work(self)).await,
        }
    }
}

/// Entries in an order of their own, which is released while they are taken.
#[derive(Debug)]
pub struct Sorted {
    entries: Arc<Entries>,
    /// Indexes of the rows, the first one last.
    rest: Vec<u32>,
    reserved: Reservation,
}

impl Sorted {
    /// The entries that `keeps` returns true for, in the order of `compare`, for a peer at `address`.
    pub fn new(
        entries: Arc<Entries>,
        address: Option<IpAddr>,
        keeps: impl Fn(&Entry<'_>) -> bool,
        compare: impl Fn(&SortFields<'_>, &SortFields<'_>) -> Ordering,
    ) -> Result<Self, Busy> {
        let reserved = budget::reserve(MemoryUse::Listings, entries.len() * size_of::<u32>(), address)?;
        let mut rest = Vec::with_capacity(entries.len());
        let kept = (0..).zip(entries.iter()).filter(|(_, entry)| keeps(entry));
        rest.extend(kept.map(|(row, _)| row));
        let row = |row: u32| entries.rows.get(row as usize).map(|row| entries.sort_fields(row));
        // The stable sort profits from the sorted runs in which a tree lists.
        rest.sort_by(|&left, &right| match (row(left), row(right)) {
            (Some(left), Some(right)) => compare(&right, &left),
            _ => Ordering::Equal,
        });
        Ok(Self { entries, rest, reserved })
    }

    fn entry(&self, row: u32) -> Option<Entry<'_>> {
        Some(self.entries.entry(self.entries.rows.get(row as usize)?))
    }

    /// The number of entries that are left.
    pub fn len(&self) -> usize {
        self.rest.len()
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The entries that are left.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Entry<'_>> {
        self.rest.iter().rev().filter_map(|&row| self.entry(row))
    }

    /// Takes the next entries, at most `most`.
    pub fn take(&mut self, most: usize) -> Vec<Entry<'_>> {
        let taken = self.rest.split_off(self.rest.len().saturating_sub(most));
        if self.rest.len() < self.rest.capacity() / 2 {
            self.rest.shrink_to_fit();
            // Less is never refused.
            let _ = self.reserved.resize(self.rest.capacity() * size_of::<u32>());
        }
        taken.into_iter().rev().filter_map(|row| self.entry(row)).collect()
    }
}
