//! Open files that were asked for lately, one cache for each worker thread: no lock, and a steady
//! stream of requests for small files needs no call to the file system.
//!
//! An entry is taken at its word until the server changes something in the tree, and for [`FRESH`]
//! milliseconds at most, then compared with the file system again.

use std::collections::HashMap;
use std::rc::Rc;

use super::content::Content;
use super::path::TreePath;
use crate::clock;

/// How long a change from outside may go unseen, in milliseconds.
pub const FRESH: u64 = 1_000;
/// What is sent from memory, if it is kept there (256 KiB, a file or a part of one): up to here that is
/// cheaper than by the kernel from its cache; at 1 MiB it is the other way round.
pub const PREPARED: u64 = 256 << 10;
/// The largest file that is kept for such parts (1 MiB).
const PREPARED_FOR_PARTS: u64 = 1 << 20;

/// What one worker may keep.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Open files.
    pub files: usize,
    /// Bytes of small files.
    pub bytes: usize,
}

impl Room {
    /// What the whole process keeps: 2,048 open files and 64 MiB.
    pub const PROCESS: Self = Self { files: 2_048, bytes: 64 << 20 };

    /// What a client keeps, which reads a file once: 16 open files and 1 MiB.
    pub(super) const FOLDER: Self = Self { files: 16, bytes: 1 << 20 };

    /// Files that a worker may keep however many workers there are.
    pub const LEAST_FILES: usize = 4;

    /// The share of one of `workers`.
    pub fn shared_by(self, workers: usize) -> Self {
        let workers = workers.max(1);
        Self { files: Self::LEAST_FILES.max(self.files / workers), bytes: self.bytes / workers }
    }
}

/// Two generations: what is used moves to the young one, and when that is full the old one is
/// dropped.
#[derive(Debug)]
pub(super) struct Cache {
    young: Generation,
    old: Generation,
    room: Room,
}

#[derive(Debug, Default)]
struct Generation {
    entries: HashMap<TreePath, Entry>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    content: Rc<Content>,
    /// When it was last known to be what the path names, a tick of the clock.
    checked: u64,
    /// The tree's generation then.
    generation: u64,
}

/// What the cache knows of a path.
pub(super) enum Known {
    /// It names this content.
    Fresh(Rc<Content>),
    /// It named this content a while ago.
    Stale(Rc<Content>),
    Nothing,
}

impl Cache {
    pub(super) fn new(room: Room) -> Self {
        let half = Room { files: room.files / 2, bytes: room.bytes / 2 };
        Self { young: Generation::default(), old: Generation::default(), room: half }
    }

    /// Looks a path up in a tree of this generation.
    pub(super) fn find(&mut self, path: &TreePath, generation: u64) -> Known {
        if let Some(known) = self.young.find(path, generation, self.room.bytes) {
            return known;
        }
        let Some(entry) = self.old.entries.remove(path) else { return Known::Nothing };
        self.insert(path.clone(), entry);
        self.young.find(path, generation, self.room.bytes).unwrap_or(Known::Nothing)
    }

    /// Remembers what a path names since the tree had this generation.
    pub(super) fn keep(&mut self, path: &TreePath, content: Rc<Content>, generation: u64) {
        self.insert(path.clone(), Entry { content, checked: clock::tick(), generation });
    }

    /// The path names nothing any more.
    pub(super) fn forget(&mut self, path: &TreePath) {
        self.old.entries.remove(path);
        self.young.remove(path);
    }

    fn insert(&mut self, path: TreePath, entry: Entry) {
        self.young.remove(&path);
        if self.young.entries.len() >= self.room.files || self.young.bytes >= self.room.bytes {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.bytes += entry.prepared_bytes();
        self.young.entries.insert(path, entry);
    }
}

impl Generation {
    fn find(&mut self, path: &TreePath, generation: u64, most: usize) -> Option<Known> {
        let entry = self.entries.get(path)?;
        let content = Rc::clone(&entry.content);
        if entry.generation != generation || clock::tick().saturating_sub(entry.checked) > FRESH {
            return Some(Known::Stale(content));
        }
        // Asked for a second time: worth its memory.
        let kept = if content.is_asked_for_in_parts() { PREPARED_FOR_PARTS } else { PREPARED };
        if !content.is_prepared() && content.meta().size <= kept.min(most as u64) {
            self.bytes += content.prepare();
        }
        Some(Known::Fresh(content))
    }

    fn remove(&mut self, path: &TreePath) {
        if let Some(entry) = self.entries.remove(path) {
            self.bytes = self.bytes.saturating_sub(entry.prepared_bytes());
        }
    }
}

impl Entry {
    fn prepared_bytes(&self) -> usize {
        match self.content.is_prepared() {
            true => usize::try_from(self.content.meta().size).unwrap_or_default(),
            false => 0,
        }
    }
}
