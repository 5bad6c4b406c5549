//! The served tree as one worker sees it: paths, metadata, listings and open files. Changes of names are in
//! `change`.

pub(super) mod cache;
pub(super) mod calls;
mod change;
mod content;
mod entries;
mod links;
mod list;
pub(super) mod local;
pub(super) mod meta;
pub(super) mod naming;
pub(super) mod numbered;
pub(super) mod path;
pub(super) mod place;
mod root;
mod special;
mod start;
pub(super) mod sweep;
mod upload_limits;
pub(super) mod versions;

use std::cell::RefCell;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

pub use cache::CacheLimits;
use cache::{Cache, Known};
pub use change::Removed;
pub(super) use change::change_modified;
pub use content::{FileContent, FilePieces, WholeFile};
pub use entries::{Entries, Entry, SortFields, Sorted};
pub use links::{LastLink, ResolvedPath};
use list::Listings;
pub use list::{Batch, List, MAX_ENTRIES};
use local::Local;
pub use meta::{FileKind, FileVersion, Meta, TreeError};
use naming::Visible;
pub use path::{MAX_PATH, PathRule, TreePath};
pub use root::FRESH;
pub use special::{MISSING_PAGE, SpecialNames};
pub use start::{Encoding, Start};
pub use sweep::Sweeper;
pub use upload_limits::UploadLimits;

use crate::net::limits::{Gate, MAX_UPLOADS};
use crate::patterns::Patterns;

/// How a directory is served. The default is read-only.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServeOptions {
    /// Whether names that begin with a dot exist.
    pub hidden: bool,
    /// Whether peers may change anything, as far as the user may.
    pub writable: bool,
    /// Whether acknowledged uploads survive a power cut. Without it uploads are faster.
    pub durable: bool,
}

/// A served directory; shared by all threads.
#[derive(Clone, Debug)]
pub struct Root {
    pub(in crate::files) local: Local,
    visible: Visible,
    special: SpecialNames,
    is_writable: bool,
    /// Whether `/.well-known` is read-only: its content speaks for the host (RFC 8615).
    protects_well_known: bool,
    cache_limits: CacheLimits,
    pub(super) uploads: Gate,
    listings: Arc<Listings>,
}

impl Root {
    /// Opens a directory to be served. `cache_limits` is what each worker may cache. [`sweep`](Self::sweep) removes
    /// leftovers of earlier runs.
    ///
    /// # Errors
    /// It is no directory, cannot be read, or the kernel has no openat2.
    pub fn open(directory: &Path, options: ServeOptions, cache_limits: CacheLimits) -> io::Result<Self> {
        let root = Self::new(Local::new(directory, options.durable, true)?, options, cache_limits);
        Ok(Self { protects_well_known: true, ..root })
    }

    /// If the directory is writable, starts a thread that removes leftovers of earlier runs, at once and hourly, until
    /// the result is dropped.
    #[must_use]
    pub fn sweep(&self) -> Option<Sweeper> {
        self.is_writable.then(|| Sweeper::start(self.local.clone(), sweep::EVERY)).flatten()
    }

    /// Opens the directory of a file, of which only this file is served. Nothing can be changed.
    ///
    /// # Errors
    /// As [`open`](Self::open); also if the path names no file.
    pub fn open_file(file: &Path, cache_limits: CacheLimits) -> io::Result<Self> {
        let file = file.canonicalize()?;
        let (Some(directory), Some(name)) = (file.parent(), file.file_name()) else {
            return Err(io::ErrorKind::IsADirectory.into());
        };
        let root = Self::open(directory, ServeOptions::default(), cache_limits)?;
        let only = Some(name.as_bytes().into());
        Ok(Self { visible: Visible { only, ..root.visible }, ..root })
    }

    /// Hides names that match one of these patterns, as names that begin with a dot are.
    #[must_use]
    pub fn with_hidden_names(self, hide: Patterns) -> Self {
        Self { visible: Visible { hide, ..self.visible }, ..self }
    }

    /// Sets the names that answer for another URL.
    #[must_use]
    pub fn with_special_names(self, special: SpecialNames) -> Self {
        Self { special, ..self }
    }

    /// Opens a local folder of a client: every name exists except those that a server reserves for itself,
    /// nothing is swept, and nothing waits until it survives a power cut.
    pub fn folder(directory: &Path) -> io::Result<Self> {
        let options = ServeOptions { hidden: true, writable: true, durable: false };
        Ok(Self::new(Local::new(directory, options.durable, false)?, options, CacheLimits::FOLDER))
    }

    fn new(local: Local, options: ServeOptions, cache_limits: CacheLimits) -> Self {
        Self {
            local,
            visible: Visible { hidden: options.hidden, ..Visible::default() },
            special: SpecialNames::default(),
            is_writable: options.writable,
            protects_well_known: false,
            cache_limits,
            uploads: Gate::of_uploads(MAX_UPLOADS),
            listings: Arc::default(),
        }
    }

    /// Sets the number of simultaneous uploads; the default is [`MAX_UPLOADS`].
    #[must_use]
    pub fn with_uploads(self, max: usize) -> Self {
        Self { uploads: Gate::of_uploads(max), ..self }
    }

    /// Limits the disk space that uploads may use.
    #[must_use]
    pub fn with_upload_limits(mut self, limits: UploadLimits) -> Self {
        self.local.limits = limits;
        self
    }

    /// Uploads in progress.
    pub fn uploads_in_progress(&self) -> usize {
        self.uploads.in_use()
    }

    /// Whether a path names a directory that is served; for callers that may block.
    pub fn check_directory(&self, path: &TreePath) -> Result<(), TreeError> {
        self.check_visible(path)?;
        self.local.directory_blocking(path)?;
        Ok(())
    }

    pub(super) fn check_visible(&self, path: &TreePath) -> Result<(), TreeError> {
        let mut names = path.visible_segments().enumerate();
        match names.all(|(depth, name)| self.visible.shows(name, depth == 0)) {
            true => Ok(()),
            false => Err(TreeError::NotFound),
        }
    }

    /// The tree for one worker thread.
    pub fn tree(&self) -> Tree {
        self.tree_with_notes(|_| false)
    }

    /// The tree for one worker thread, with a note for each cached file. The first bytes of files with these names
    /// are inspected when they are opened ([`FileContent::start`]).
    pub fn tree_with_notes<N>(&self, inspects: fn(&[u8]) -> bool) -> Tree<N> {
        Tree { root: self.clone(), inspects, cache: Rc::new(RefCell::new(Cache::new(self.cache_limits))) }
    }
}

/// The served tree of one worker. Its methods finish without waiting if what they need is in memory.
///
/// `N` is what the worker stores with each cached file ([`FileContent::note`]).
#[derive(Debug)]
pub struct Tree<N = ()> {
    pub(in crate::files) root: Root,
    inspects: fn(&[u8]) -> bool,
    cache: Rc<RefCell<Cache<N>>>,
}

impl<N: 'static> Tree<N> {
    /// What uploads may store.
    pub fn upload_limits(&self) -> UploadLimits {
        self.root.local.limits
    }

    /// The metadata of a path. Hidden names, and anything but files and directories, are
    /// [`TreeError::NotFound`].
    pub async fn metadata(&self, path: &TreePath) -> Result<Meta, TreeError> {
        self.root.check_visible(path)?;
        self.root.local.metadata(path).await
    }

    /// Resolves a path to one without links, to match rules with it. In the path that is returned no link is
    /// followed any more, even if another process creates one there. A link that leads outside or above
    /// itself is [`TreeError::NotFound`].
    pub async fn trace(&self, path: &TreePath, last: LastLink) -> Result<ResolvedPath, TreeError> {
        self.root.local.trace(path, last).await
    }

    /// The path under which the temporary file of a client is stored; `None` if the name is not such a name, or dot names
    /// are served. Clients store a file under a dot name and rename it, although dot names are hidden. The file is kept
    /// under a name of the server's own, so no other user sees it, and for a day. `owner` distinguishes users.
    pub fn temporary(&self, path: &TreePath, owner: &[u8]) -> Option<TreePath> {
        if self.root.visible.hidden {
            return None;
        }
        let temporary = path.as_temporary(&naming::temporary(owner, path.name()?)?)?;
        self.root.local.changes.may_have_own_files.store(true, Ordering::Relaxed);
        Some(temporary)
    }

    /// The names that answer for another URL.
    pub fn special_names(&self) -> &SpecialNames {
        &self.root.special
    }

    /// Grows with every change that the server makes in the tree.
    pub fn generation(&self) -> u64 {
        self.root.local.changes.generation()
    }

    /// Whether a path names a symlink.
    pub async fn is_link(&self, path: &TreePath) -> Result<bool, TreeError> {
        self.root.check_visible(path)?;
        self.root.local.is_link(path).await
    }

    /// A cached file that was checked recently.
    pub fn cached(&self, path: &TreePath) -> Option<Rc<FileContent<N>>> {
        match self.cache.borrow_mut().find(path, &self.root.local.changes) {
            Known::Fresh(content) => Some(content),
            Known::Stale(_) | Known::None => None,
        }
    }

    /// Opens a file for reading.
    pub async fn open(&self, path: &TreePath) -> Result<Rc<FileContent<N>>, TreeError> {
        let changes = &self.root.local.changes;
        let (generation, before) = (changes.generation(), changes.versions.stamp(path));
        let known = self.cache.borrow_mut().find(path, changes);
        let earlier = match known {
            Known::Fresh(content) => return Ok(content),
            Known::Stale(content) => Some(content),
            Known::None => None,
        };
        self.root.check_visible(path)?;
        // Boxed: a waiting session is as large as its largest state.
        let opened = Box::pin(self.renew(path, earlier)).await;
        let seen = changes.versions.record(before, opened.as_ref().ok().map(|content| content.meta()));
        let mut cache = self.cache.borrow_mut();
        let content = opened.inspect_err(|_| cache.forget(path))?;
        cache.keep(path, Rc::clone(&content), (generation, seen));
        drop(cache);
        self.release_unused();
        Ok(content)
    }

    /// Starts a task that closes unused files of the cache, and ends when none is left.
    fn release_unused(&self) {
        if std::mem::replace(&mut self.cache.borrow_mut().is_releasing, true) {
            return;
        }
        let (cache, changes) = (Rc::downgrade(&self.cache), self.root.local.changes.clone());
        tokio::task::spawn_local(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(FRESH)).await;
                let Some(cache) = cache.upgrade() else { return };
                let mut cache = cache.borrow_mut();
                cache.release(changes.generation());
                if cache.is_empty() {
                    cache.is_releasing = false;
                    return;
                }
            }
        });
    }

    /// Opens a file, unless the earlier content is still current.
    async fn renew(
        &self,
        path: &TreePath,
        earlier: Option<Rc<FileContent<N>>>,
    ) -> Result<Rc<FileContent<N>>, TreeError> {
        if let Some(content) = earlier
            && self.root.local.metadata(path).await? == *content.meta()
        {
            return Ok(content);
        }
        let inspects = path.name().is_some_and(self.inspects);
        let (file, meta, start) = self.root.local.open(path, inspects).await?;
        Ok(Rc::new(FileContent::new(file, meta, start)))
    }
}
