//! Files that were opened recently, one cache for each worker thread: it takes no lock, and a steady stream
//! of requests for small files needs no call to the file system.
//!
//! An entry is valid until the server changes something in the tree, until another worker sees another version of the
//! file, and for at most [`FRESH`] milliseconds; then it is compared with the file system. An open file keeps its disk space after it was removed, and its
//! file system mounted, so unused files are closed within seconds, and large ones are not cached at all.

use std::collections::HashMap;
use std::rc::Rc;

use foldhash::fast::RandomState;

use super::content::FileContent;
use super::local::TreeChanges;
use super::path::TreePath;
use super::root::FRESH;
use super::versions::Stamp;
use crate::net::clock;

/// The largest file that is cached (1 MiB). Opening a larger one takes little of the time that it takes to
/// send it, and when it is removed, its space must be free for the next upload.
const KEPT: u64 = 1 << 20;
/// A file that was not used within this time, in milliseconds, is closed by the next [`Cache::release`].
const UNUSED: u64 = 2_000;

/// How many open files may be cached. The bytes of small ones are kept as well, within a limit of the process
/// ([`OpenFile`](crate::net::open_file::OpenFile)).
#[derive(Clone, Copy, Debug)]
pub struct CacheLimits(pub usize);

impl CacheLimits {
    /// The default of a whole process.
    pub const PROCESS: Self = Self(2_048);

    /// For a client, which reads a file once.
    pub(in crate::files) const FOLDER: Self = Self(16);

    /// Files that a worker may cache however many workers there are.
    pub const LEAST_FILES: usize = 4;

    /// The share of one of `workers`.
    pub fn shared_by(self, workers: usize) -> Self {
        Self(Self::LEAST_FILES.max(self.0 / workers.max(1)))
    }
}

/// Two generations: an entry that is used moves to the young one; when that is full, the old one is dropped.
#[derive(Debug)]
pub(in crate::files) struct Cache<N> {
    young: Generation<N>,
    old: Generation<N>,
    /// The capacity of a generation, in files.
    most: usize,
    /// Whether a task calls [`Cache::release`].
    pub(in crate::files) is_releasing: bool,
}

type Generation<N> = HashMap<TreePath, CacheEntry<N>, RandomState>;

#[derive(Debug)]
struct CacheEntry<N> {
    content: Rc<FileContent<N>>,
    /// The tick of the clock at which it was last known to be what the path names.
    checked: u64,
    /// The tick of the clock at which it was last used.
    used: u64,
    /// The tree's generation when it was checked.
    generation: u64,
    /// What the workers had seen of the path when it was checked.
    seen: Stamp,
}

pub(in crate::files) enum Known<N> {
    /// The path names this content.
    Fresh(Rc<FileContent<N>>),
    /// The path named this content a while ago.
    Stale(Rc<FileContent<N>>),
    None,
}

impl<N> Cache<N> {
    pub(in crate::files) fn new(CacheLimits(files): CacheLimits) -> Self {
        let (young, old) = Default::default();
        Self { young, old, most: files / 2, is_releasing: false }
    }

    pub(in crate::files) fn find(&mut self, path: &TreePath, changes: &TreeChanges) -> Known<N> {
        if let Some(entry) = self.young.get_mut(path) {
            return entry.known(changes);
        }
        let Some(mut entry) = self.old.remove(path) else { return Known::None };
        let known = entry.known(changes);
        self.insert(path.clone(), entry);
        known
    }

    /// Caches what a path has named since the tree had this generation, and the path this stamp.
    pub(in crate::files) fn keep(
        &mut self,
        path: &TreePath,
        content: Rc<FileContent<N>>,
        (generation, seen): (u64, Stamp),
    ) {
        if content.meta().size <= KEPT {
            let now = clock::tick();
            self.insert(path.clone(), CacheEntry { content, checked: now, used: now, generation, seen });
        }
    }

    /// Closes the files that are not in use, and those that were last checked in another generation of the
    /// tree, since they may be removed.
    pub(in crate::files) fn release(&mut self, generation: u64) {
        let oldest = clock::tick().saturating_sub(UNUSED);
        for files in [&mut self.young, &mut self.old] {
            files.retain(|_, entry| entry.used >= oldest && entry.generation == generation);
        }
    }

    pub(in crate::files) fn is_empty(&self) -> bool {
        self.young.is_empty() && self.old.is_empty()
    }

    pub(in crate::files) fn forget(&mut self, path: &TreePath) {
        self.old.remove(path);
        self.young.remove(path);
    }

    fn insert(&mut self, path: TreePath, entry: CacheEntry<N>) {
        self.young.remove(&path);
        if self.young.len() >= self.most {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(path, entry);
    }
}

impl<N> CacheEntry<N> {
    fn known(&mut self, changes: &TreeChanges) -> Known<N> {
        let content = Rc::clone(&self.content);
        self.used = clock::tick();
        let is_recent = self.used.saturating_sub(self.checked) <= FRESH;
        if !is_recent || self.generation != changes.generation() || !changes.versions.is_current(self.seen) {
            return Known::Stale(content);
        }
        // Used for a second time: worth its memory.
        content.prepare();
        Known::Fresh(content)
    }
}
