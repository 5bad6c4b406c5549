//! A directory of this machine. Every access uses openat2, relative to the descriptor of the root or of a
//! home and confined to what is beneath it, even while another process swaps symlinks.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{AtFlags, OFlags, ResolveFlags, StatxFlags};
use rustix::io::Errno;
use rustix::path::Arg;

use super::calls::{fsync, statx};
use super::links::{Base, LastLink, ResolvedPath};
use super::meta::{Meta, TreeError, identity_of};
use super::path::TreePath;
use super::root::{OpenRoot, RootDirectory};
use super::start::Start;
use super::upload_limits::UploadLimits;
use super::versions::Versions;
use crate::net::offload;
use crate::net::open_file::OpenFile;

/// NONBLOCK: if something else has taken the place of a file, it must not block the open.
const READ: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);
const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
const LOOK: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

/// A directory, and no symlink to one.
pub(in crate::files) const INSIDE: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

#[derive(Clone, Debug)]
pub(in crate::files) struct Local {
    root: Arc<RootDirectory>,
    pub(in crate::files) is_durable: bool,
    pub(in crate::files) limits: UploadLimits,
    pub(in crate::files) changes: Arc<TreeChanges>,
}

#[derive(Debug, Default)]
pub(in crate::files) struct TreeChanges {
    /// Grows with every change, which invalidates caches.
    generation: AtomicU64,
    /// What the workers have seen of changes by other processes.
    pub(in crate::files) versions: Versions,
    /// Whether there may be files under names of the server's own.
    pub(in crate::files) may_have_own_files: AtomicBool,
    /// Held while the target of a name is compared and changed.
    pub(in crate::files) publishing: Mutex<()>,
    /// Uploads in progress in each directory, by device and inode. An unnamed file is not an entry of its
    /// directory, which could be removed.
    uploads: Mutex<HashMap<(u64, u64), usize>>,
}

impl TreeChanges {
    pub(in crate::files) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// To be called when a change is visible, before it is acknowledged.
    pub(in crate::files) fn happened(&self) {
        self.generation.fetch_add(1, Ordering::Release);
    }

    pub(in crate::files) fn begin_upload(self: &Arc<Self>, directory: &OwnedFd) -> Result<InProgress, Errno> {
        let directory = identity(directory)?;
        *self.uploads().entry(directory).or_default() += 1;
        Ok(InProgress { changes: Arc::clone(self), directory })
    }

    /// Calls `remove` if no upload to the directory is in progress; none starts meanwhile.
    pub(in crate::files) fn unless_uploading<T>(
        &self,
        directory: &OwnedFd,
        remove: impl FnOnce() -> Result<T, TreeError>,
    ) -> Result<T, TreeError> {
        let uploads = self.uploads();
        if uploads.contains_key(&identity(directory)?) { Err(TreeError::Receiving) } else { remove() }
    }

    fn uploads(&self) -> MutexGuard<'_, HashMap<(u64, u64), usize>> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks an upload to a directory as in progress until it is dropped.
#[derive(Debug)]
pub(in crate::files) struct InProgress {
    changes: Arc<TreeChanges>,
    directory: (u64, u64),
}

impl Drop for InProgress {
    fn drop(&mut self) {
        if let Entry::Occupied(mut uploads) = self.changes.uploads().entry(self.directory) {
            *uploads.get_mut() -= 1;
            if *uploads.get() == 0 {
                uploads.remove();
            }
        }
    }
}

impl Local {
    /// `follows_path`: whether another directory that appears at the path replaces this one.
    pub(in crate::files) fn new(directory: &Path, is_durable: bool, follows_path: bool) -> io::Result<Self> {
        let root = RootDirectory::open(directory, follows_path)?;
        // Earlier runs may have left files.
        let changes = TreeChanges { may_have_own_files: AtomicBool::new(true), ..TreeChanges::default() };
        let limits = UploadLimits::default();
        Ok(Self { root: Arc::new(root), is_durable, limits, changes: Arc::new(changes) })
    }

    /// Opens a file for reading. `inspects`: its first bytes are inspected as well, in the same call.
    pub(in crate::files) async fn open(
        &self,
        path: &TreePath,
        inspects: bool,
    ) -> Result<(OpenFile, Meta, Option<Start>), TreeError> {
        self.at_once(path, move |local, path, how| {
            let (file, meta) = local.file(path, READ, how)?;
            let file = OpenFile::new(file, meta.size);
            let start = if inspects { Start::read(&file, meta.size, how)? } else { None };
            Ok((file, meta, start))
        })
        .await
    }

    pub(in crate::files) async fn metadata(&self, path: &TreePath) -> Result<Meta, TreeError> {
        let found = self.at_once(path, |local, path, how| local.beneath(path, LOOK, how)).await?;
        meta(&found)?.ok_or(TreeError::NotFound)
    }

    pub(in crate::files) async fn is_link(&self, path: &TreePath) -> Result<bool, TreeError> {
        self.at_once(path, |local, path, how| {
            let (Some(parent), Some(name)) = (path.parent(), path.name()) else { return Ok(false) };
            let parent = local.beneath(&parent, LOOK, how)?;
            Ok(matches!(meta_in(&parent, name), Err(Errno::LOOP)))
        })
        .await
    }

    pub(in crate::files) async fn directory(&self, path: &TreePath) -> Result<OwnedFd, TreeError> {
        self.at_once(path, |local, path, how| local.beneath(path, DIRECTORY, how)).await
    }

    /// Makes the content of a file, or the names in a directory, survive a power cut.
    pub(in crate::files) fn sync(&self, what: &OwnedFd) -> Result<(), Errno> {
        if self.is_durable { fsync(what) } else { Ok(()) }
    }

    /// As [`Self::directory`], for callers that may block.
    pub(in crate::files) fn directory_blocking(&self, path: &TreePath) -> Result<OwnedFd, Errno> {
        self.beneath(path, DIRECTORY, ResolveFlags::empty())
    }

    /// Opens a file with these flags, following symlinks; for callers that may block.
    pub(in crate::files) fn file_blocking(
        &self,
        path: &TreePath,
        flags: OFlags,
    ) -> Result<(OwnedFd, Meta), Errno> {
        self.file(path, flags, ResolveFlags::empty())
    }

    /// Opens a file or directory, and nothing else; for callers that may block.
    pub(in crate::files) fn open_served(&self, path: &TreePath) -> Result<OwnedFd, Errno> {
        match self.file_blocking(path, READ) {
            Err(Errno::ISDIR) => self.directory_blocking(path),
            opened => opened.map(|(file, _)| file),
        }
    }

    /// The metadata of a path, following symlinks; for callers that may block.
    pub(in crate::files) fn metadata_blocking(&self, path: &TreePath) -> Result<Option<Meta>, Errno> {
        meta(&self.beneath(path, LOOK, ResolveFlags::empty())?)
    }

    /// Opens at once what the kernel has in memory, else off the event loop.
    async fn at_once<T: Send + 'static>(
        &self,
        path: &TreePath,
        open: impl Fn(&Self, &TreePath, ResolveFlags) -> Result<T, Errno> + Send + 'static,
    ) -> Result<T, TreeError> {
        match open(self, path, ResolveFlags::CACHED) {
            // INVAL: a kernel before 5.12, which does not know the flag.
            Err(Errno::AGAIN | Errno::INVAL) => {}
            opened => return Ok(opened?),
        }
        let (local, path) = (self.clone(), path.clone());
        Ok(offload::run(move || open(&local, &path, ResolveFlags::empty())).await??)
    }

    /// Opens a file, and nothing else. It is inspected before it is opened, since opening a FIFO wakes a
    /// process that waits at its other end, and opening a device may do anything; and again afterwards, since
    /// it may have been swapped meanwhile.
    fn file(&self, path: &TreePath, flags: OFlags, how: ResolveFlags) -> Result<(OwnedFd, Meta), Errno> {
        let look = |flags| {
            let found = self.beneath(path, flags, how)?;
            let meta = meta(&found)?.ok_or(Errno::NOENT)?;
            if meta.is_directory() { Err(Errno::ISDIR) } else { Ok((found, meta)) }
        };
        look(LOOK)?;
        look(flags)
    }

    /// Opens what the path names with these flags, beneath the root or the home. Links are followed as
    /// [`links`](super::links) describes, and none with NOFOLLOW.
    pub(in crate::files) fn beneath(
        &self,
        path: &TreePath,
        flags: OFlags,
        how: ResolveFlags,
    ) -> Result<OwnedFd, Errno> {
        let linkless = path.linkless();
        self.with_base(path, how, |base, path| Ok(base.find(path, linkless, flags, how)?.0))
    }

    /// The directory that holds the target of a path, and the target, both without links and from the root or
    /// the home; for callers that may block.
    pub(in crate::files) fn resolve_blocking(&self, path: &TreePath) -> Result<(PathBuf, PathBuf), Errno> {
        let how = ResolveFlags::empty();
        self.with_base(path, how, |base, path| {
            let parent = path.parent().unwrap_or(Path::new(""));
            Ok((base.resolve(parent, 0, how)?, base.resolve(path, 0, how)?))
        })
    }

    pub(in crate::files) async fn trace(
        &self,
        path: &TreePath,
        last: LastLink,
    ) -> Result<ResolvedPath, TreeError> {
        self.at_once(path, move |local, path, how| local.trace_now(path, last, how)).await
    }

    fn trace_now(&self, path: &TreePath, last: LastLink, how: ResolveFlags) -> Result<ResolvedPath, Errno> {
        let known = path.linkless();
        self.with_base(path, how, |base, path| {
            let kept = path.file_name().filter(|_| last == LastLink::Kept);
            let above = if kept.is_some() { path.parent() } else { Some(path) };
            let mut real = base.resolve(above.unwrap_or(path), known, how)?;
            let linkless = real.iter().count();
            real.extend(kept);
            let mut through = Vec::new();
            for above in real.ancestors() {
                match base.identity(above, how) {
                    Ok(identity) => through.push((above.as_os_str().len(), identity)),
                    Err(Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG) => {}
                    Err(errno) => return Err(errno),
                }
            }
            Ok(ResolvedPath { path: TreePath::with_links_followed(&real, linkless), through })
        })
    }

    /// Calls `with` with the root, or with the path's home, and the path relative to it.
    fn with_base<T>(
        &self,
        path: &TreePath,
        how: ResolveFlags,
        with: impl FnOnce(Base<'_>, &Path) -> Result<T, Errno>,
    ) -> Result<T, Errno> {
        let root = self.root(how)?;
        let base = Base { directory: root.directory.as_fd(), root: &root.paths, home: [Path::new(""); 2] };
        let (Some(home), path) = path.as_paths() else { return with(base, path.as_paths().1) };
        // A home's own descriptor confines as the root's does.
        let (directory, real) = base.find(home, 0, LOOK, how)?;
        let home = [home, real.as_deref().unwrap_or(home)];
        with(Base { directory: directory.as_fd(), home, ..base }, path)
    }

    /// Device and inode of the root, looked up now.
    pub(in crate::files) fn root_identity(&self) -> Result<(u64, u64), Errno> {
        self.root.check(|| self.changes.happened());
        Ok(self.root(ResolveFlags::empty())?.identity)
    }

    fn root(&self, how: ResolveFlags) -> Result<Arc<OpenRoot>, Errno> {
        self.root.current(how, || self.changes.happened())
    }
}

/// The fields that statx fills in: everything in [`Meta`].
pub(in crate::files) const WANTED: StatxFlags = StatxFlags::BASIC_STATS;

pub(in crate::files) fn identity(file: &OwnedFd) -> Result<(u64, u64), Errno> {
    Ok(identity_of(&statx(file, "", AtFlags::EMPTY_PATH, StatxFlags::INO)?))
}

pub(in crate::files) fn meta(found: &OwnedFd) -> Result<Option<Meta>, Errno> {
    Ok(Meta::of(&statx(found, "", AtFlags::EMPTY_PATH, WANTED)?))
}

/// The metadata of a name in an open directory. A symlink is `Err(LOOP)`.
pub(in crate::files) fn meta_in(directory: &OwnedFd, name: impl Arg + Copy) -> Result<Option<Meta>, Errno> {
    let stat = statx(directory, name, AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT, WANTED)?;
    match rustix::fs::FileType::from_raw_mode(stat.stx_mode.into()) {
        rustix::fs::FileType::Symlink => Err(Errno::LOOP),
        _ => Ok(Meta::of(&stat)),
    }
}
