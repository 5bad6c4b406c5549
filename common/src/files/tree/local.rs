//! A directory of this machine. Every access is by openat2, relative to the root's descriptor or a home's
//! and confined to what is beneath it, also while another process swaps symlinks.

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
use super::links::{Base, LastLink, Trace};
use super::meta::{Error, Meta, identity_of};
use super::path::TreePath;
use super::root::{OpenRoot, RootDirectory};
use crate::net::offload;

/// Should something else have taken a file's place, it must not block the open.
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
    pub(in crate::files) changes: Arc<Changes>,
}

/// What all who change the tree share.
#[derive(Debug, Default)]
pub(in crate::files) struct Changes {
    /// Grows with every change, so that caches know that they may be wrong.
    generation: AtomicU64,
    /// Something may stand under a name of the server's own.
    pub(in crate::files) keeps: AtomicBool,
    /// Held while what a name leads to is compared and changed.
    pub(in crate::files) publishing: Mutex<()>,
    /// Uploads in progress in each directory, by device and inode. An unnamed file does not show in its
    /// directory, which could be removed.
    uploads: Mutex<HashMap<(u64, u64), usize>>,
}

impl Changes {
    pub(in crate::files) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// To be called when a change can be seen, before anybody is told of it.
    pub(in crate::files) fn happened(&self) {
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// Notes that an upload to a directory is in progress.
    pub(in crate::files) fn begin_upload(self: &Arc<Self>, directory: &OwnedFd) -> Result<InProgress, Errno> {
        let directory = identity(directory)?;
        *self.uploads().entry(directory).or_default() += 1;
        Ok(InProgress { changes: Arc::clone(self), directory })
    }

    /// Calls `remove`, if no upload to the directory is in progress; none begins meanwhile.
    pub(in crate::files) fn unless_uploading<T>(
        &self,
        directory: &OwnedFd,
        remove: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let uploads = self.uploads();
        if uploads.contains_key(&identity(directory)?) { Err(Error::Receiving) } else { remove() }
    }

    fn uploads(&self) -> MutexGuard<'_, HashMap<(u64, u64), usize>> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An upload to a directory is in progress as long as this lives.
#[derive(Debug)]
pub(in crate::files) struct InProgress {
    changes: Arc<Changes>,
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
    /// `follows_path`: whether another directory that appears at the path takes the place of this one.
    pub(in crate::files) fn new(directory: &Path, is_durable: bool, follows_path: bool) -> io::Result<Self> {
        let root = RootDirectory::open(directory, follows_path)?;
        // Earlier runs may have left something.
        let changes = Changes { keeps: AtomicBool::new(true), ..Changes::default() };
        Ok(Self { root: Arc::new(root), is_durable, changes: Arc::new(changes) })
    }

    /// Opens a file for reading.
    pub(in crate::files) async fn open(&self, path: &TreePath) -> Result<(OwnedFd, Meta), Error> {
        self.at_once(path, |local, path, how| local.file(path, READ, how)).await
    }

    pub(in crate::files) async fn metadata(&self, path: &TreePath) -> Result<Meta, Error> {
        let found = self.at_once(path, |local, path, how| local.beneath(path, LOOK, how)).await?;
        meta(&found)?.ok_or(Error::NotFound)
    }

    /// Whether a path names a symlink.
    pub(in crate::files) async fn is_link(&self, path: &TreePath) -> Result<bool, Error> {
        self.at_once(path, |local, path, how| {
            let (Some(parent), Some(name)) = (path.parent(), path.name()) else { return Ok(false) };
            let parent = local.beneath(&parent, LOOK, how)?;
            Ok(matches!(meta_in(&parent, name), Err(Errno::LOOP)))
        })
        .await
    }

    pub(in crate::files) async fn directory(&self, path: &TreePath) -> Result<OwnedFd, Error> {
        self.at_once(path, |local, path, how| local.beneath(path, DIRECTORY, how)).await
    }

    /// Makes what was written to a file, or the names in a directory, survive a power cut.
    pub(in crate::files) fn sync(&self, what: &OwnedFd) -> Result<(), Errno> {
        if self.is_durable { fsync(what) } else { Ok(()) }
    }

    /// As [`Self::directory`], for callers that may wait.
    pub(in crate::files) fn directory_blocking(&self, path: &TreePath) -> Result<OwnedFd, Errno> {
        self.beneath(path, DIRECTORY, ResolveFlags::empty())
    }

    /// Opens a file by these flags, symlinks followed; for callers that may wait.
    pub(in crate::files) fn file_blocking(
        &self,
        path: &TreePath,
        flags: OFlags,
    ) -> Result<(OwnedFd, Meta), Errno> {
        self.file(path, flags, ResolveFlags::empty())
    }

    /// Opens a file or directory, and nothing else; for callers that may wait.
    pub(in crate::files) fn open_served(&self, path: &TreePath) -> Result<OwnedFd, Errno> {
        match self.file_blocking(path, READ) {
            Err(Errno::ISDIR) => self.directory_blocking(path),
            opened => opened.map(|(file, _)| file),
        }
    }

    /// What the path names, symlinks followed; for callers that may wait.
    pub(in crate::files) fn metadata_blocking(&self, path: &TreePath) -> Result<Option<Meta>, Errno> {
        meta(&self.beneath(path, LOOK, ResolveFlags::empty())?)
    }

    /// Opens at once what the kernel has in memory, else off the event loop.
    async fn at_once<T: Send + 'static>(
        &self,
        path: &TreePath,
        open: fn(&Self, &TreePath, ResolveFlags) -> Result<T, Errno>,
    ) -> Result<T, Error> {
        match open(self, path, ResolveFlags::CACHED) {
            // INVAL: a kernel before 5.12, which does not know the flag.
            Err(Errno::AGAIN | Errno::INVAL) => {}
            opened => return Ok(opened?),
        }
        let (local, path) = (self.clone(), path.clone());
        Ok(offload::run(move || open(&local, &path, ResolveFlags::empty())).await??)
    }

    /// Opens a file, and nothing else. It is looked at first, since to open a FIFO wakes whoever waits at
    /// its other end, and to open a device may do anything; and again when it is open, since somebody may
    /// have swapped it meanwhile.
    fn file(&self, path: &TreePath, flags: OFlags, how: ResolveFlags) -> Result<(OwnedFd, Meta), Errno> {
        let look = |flags| {
            let found = self.beneath(path, flags, how)?;
            let meta = meta(&found)?.ok_or(Errno::NOENT)?;
            if meta.is_directory() { Err(Errno::ISDIR) } else { Ok((found, meta)) }
        };
        look(LOOK)?;
        look(flags)
    }

    /// Opens what the path names by these flags, beneath the root or the home. Links are followed as
    /// [`links`](super::links) says, and none with NOFOLLOW.
    pub(in crate::files) fn beneath(
        &self,
        path: &TreePath,
        flags: OFlags,
        how: ResolveFlags,
    ) -> Result<OwnedFd, Errno> {
        let linkless = path.linkless();
        self.with_base(path, how, |base, path| Ok(base.find(path, linkless, flags, how)?.0))
    }

    /// The directory that holds what a path names and what it names, both without links and from the root
    /// or the home; for callers that may wait.
    pub(in crate::files) fn resolve_blocking(&self, path: &TreePath) -> Result<(PathBuf, PathBuf), Errno> {
        let how = ResolveFlags::empty();
        self.with_base(path, how, |base, path| {
            let parent = path.parent().unwrap_or(Path::new(""));
            Ok((base.resolve(parent, 0, how)?, base.resolve(path, 0, how)?))
        })
    }

    /// As [`Tree::trace`](super::Tree::trace).
    pub(in crate::files) async fn trace(&self, path: &TreePath, last: LastLink) -> Result<Trace, Error> {
        match last {
            LastLink::Followed => {
                self.at_once(path, |local, path, how| local.trace_now(path, true, how)).await
            }
            LastLink::Kept => self.at_once(path, |local, path, how| local.trace_now(path, false, how)).await,
        }
    }

    fn trace_now(&self, path: &TreePath, follows_last: bool, how: ResolveFlags) -> Result<Trace, Errno> {
        self.with_base(path, how, |base, path| {
            let kept = path.file_name().filter(|_| !follows_last);
            let above = if kept.is_some() { path.parent() } else { Some(path) };
            let mut real = base.resolve(above.unwrap_or(path), 0, how)?;
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
            Ok(Trace { path: TreePath::with_links_followed(&real, linkless), through })
        })
    }

    /// Calls `with` with the root, or the home that the path has, and the path from there.
    fn with_base<T>(
        &self,
        path: &TreePath,
        how: ResolveFlags,
        with: impl FnOnce(Base<'_>, &Path) -> Result<T, Errno>,
    ) -> Result<T, Errno> {
        let root = self.root(how)?;
        let base = Base { directory: root.directory.as_fd(), root: &root.paths, home: [Path::new(""); 2] };
        let (Some(home), path) = path.as_paths() else { return with(base, path.as_paths().1) };
        // From its own descriptor a home confines as the root does.
        let (directory, real) = base.find(home, 0, LOOK, how)?;
        let home = [home, real.as_deref().unwrap_or(home)];
        with(Base { directory: directory.as_fd(), home, ..base }, path)
    }

    /// Device and inode of the root, which is looked up now.
    pub(in crate::files) fn root_identity(&self) -> Result<(u64, u64), Errno> {
        self.root.check(|| self.changes.happened());
        Ok(self.root(ResolveFlags::empty())?.identity)
    }

    fn root(&self, how: ResolveFlags) -> Result<Arc<OpenRoot>, Errno> {
        self.root.current(how, || self.changes.happened())
    }
}

/// What is asked of statx: everything in [`Meta`].
pub(in crate::files) const WANTED: StatxFlags = StatxFlags::BASIC_STATS;

/// Device and inode of what is open.
pub(in crate::files) fn identity(file: &OwnedFd) -> Result<(u64, u64), Errno> {
    Ok(identity_of(&statx(file, "", AtFlags::EMPTY_PATH, StatxFlags::INO)?))
}

pub(in crate::files) fn meta(found: &OwnedFd) -> Result<Option<Meta>, Errno> {
    Ok(Meta::of(&statx(found, "", AtFlags::EMPTY_PATH, WANTED)?))
}

/// The metadata of a name in an open directory; of a symlink, the symlink's own type (`Err(LOOP)`).
pub(in crate::files) fn meta_in(directory: &OwnedFd, name: impl Arg + Copy) -> Result<Option<Meta>, Errno> {
    let stat = statx(directory, name, AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT, WANTED)?;
    match rustix::fs::FileType::from_raw_mode(stat.stx_mode.into()) {
        rustix::fs::FileType::Symlink => Err(Errno::LOOP),
        _ => Ok(Meta::of(&stat)),
    }
}
