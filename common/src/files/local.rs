//! A directory of this machine. Every access is by openat2, relative to the root's descriptor or a home's
//! and confined to what is beneath it, also while somebody swaps symlinks.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, StatxFlags, fsync, openat, openat2, statx};
use rustix::io::Errno;

use super::meta::{Error, Meta};
use super::path::TreePath;
use crate::offload;

/// A rename beside the walk makes the kernel ask for another try; this many are given.
const TRIES: usize = 16;

/// Regular files and directories are what is served; anything else must not block the open.
const READ: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);
const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
const LOOK: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

#[derive(Clone, Debug)]
pub(super) struct Local {
    root: Arc<OwnedFd>,
    is_durable: bool,
    pub(super) changes: Arc<Changes>,
}

/// What all who change the tree share.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Grows with every change, so that caches know that they may be wrong.
    generation: AtomicU64,
    pub(super) uploads: AtomicUsize,
    /// Held while a version is compared and replaced.
    pub(super) publishing: Mutex<()>,
}

impl Changes {
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// To be called when a change can be seen, before anybody is told of it.
    pub(super) fn happened(&self) {
        self.generation.fetch_add(1, Ordering::Release);
    }
}

impl Local {
    pub(super) fn new(directory: &Path, is_durable: bool) -> io::Result<Self> {
        let root = openat(CWD, directory, DIRECTORY, Mode::empty())?;
        let local = Self { root: Arc::new(root), is_durable, changes: Arc::default() };
        match local.beneath(&TreePath::ROOT, LOOK, ResolveFlags::empty()) {
            Err(Errno::NOSYS) => {
                Err(io::Error::other("this kernel has no openat2; Linux 5.6 or later is needed"))
            }
            _ => Ok(local),
        }
    }

    /// Opens a file. Of anything that is not one, nothing is read.
    pub(super) async fn open(&self, path: &TreePath) -> Result<(OwnedFd, Meta), Error> {
        let file = self.resolve(path, READ).await?;
        let meta = meta(&file)?.ok_or(Error::NotFound)?;
        match meta.is_directory() {
            true => Err(Error::IsDirectory),
            false => Ok((file, meta)),
        }
    }

    pub(super) async fn metadata(&self, path: &TreePath) -> Result<Meta, Error> {
        let found = self.resolve(path, LOOK).await?;
        meta(&found)?.ok_or(Error::NotFound)
    }

    pub(super) async fn directory(&self, path: &TreePath) -> Result<OwnedFd, Error> {
        self.resolve(path, DIRECTORY).await
    }

    /// Makes what was written to a file, or the names in a directory, survive a power cut.
    pub(super) fn sync(&self, what: &OwnedFd) -> Result<(), Errno> {
        if self.is_durable { fsync(what) } else { Ok(()) }
    }

    /// As [`Self::directory`], for callers that may wait.
    pub(super) fn directory_blocking(&self, path: &TreePath) -> Result<OwnedFd, Errno> {
        self.open_blocking(path, DIRECTORY)
    }

    /// Opens what the path names, symlinks followed; for callers that may wait.
    pub(super) fn open_blocking(&self, path: &TreePath, flags: OFlags) -> Result<OwnedFd, Errno> {
        self.beneath(path, flags, ResolveFlags::empty())
    }

    /// Opens a file or directory, and nothing else; for callers that may wait.
    pub(super) fn open_served(&self, path: &TreePath) -> Result<OwnedFd, Error> {
        let found = self.open_blocking(path, READ)?;
        meta(&found)?.ok_or(Error::NotFound)?;
        Ok(found)
    }

    /// What the path names, symlinks followed; for callers that may wait.
    pub(super) fn metadata_blocking(&self, path: &TreePath) -> Result<Option<Meta>, Errno> {
        meta(&self.beneath(path, LOOK, ResolveFlags::empty())?)
    }

    /// Opens at once what the kernel has in memory, else off the event loop.
    async fn resolve(&self, path: &TreePath, flags: OFlags) -> Result<OwnedFd, Error> {
        match self.beneath(path, flags, ResolveFlags::CACHED) {
            // INVAL: a kernel before 5.12, which does not know the flag.
            Err(Errno::AGAIN | Errno::INVAL) => {}
            opened => return Ok(opened?),
        }
        let (local, path) = (self.clone(), path.clone());
        let opened = offload::run(move || local.beneath(&path, flags, ResolveFlags::empty())).await?;
        Ok(opened?)
    }

    fn beneath(&self, path: &TreePath, flags: OFlags, how: ResolveFlags) -> Result<OwnedFd, Errno> {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | how;
        let find = |from: &OwnedFd, path: &Path, flags| openat2(from, path, flags, Mode::empty(), resolve);
        let open = || match path.as_paths() {
            (None, path) => find(&self.root, path, flags),
            // From its own descriptor a home confines as the root does.
            (Some(home), path) => find(&find(&self.root, home, LOOK)?, path, flags),
        };
        if how.contains(ResolveFlags::CACHED) {
            return open();
        }
        let tries = std::iter::repeat_with(open).take(TRIES);
        let is_final = |opened: &Result<OwnedFd, Errno>| !matches!(opened, Err(Errno::AGAIN | Errno::INTR));
        tries.into_iter().find(is_final).unwrap_or(Err(Errno::LOOP))
    }
}

/// What is asked of statx: everything in [`Meta`].
pub(super) const WANTED: StatxFlags = StatxFlags::BASIC_STATS;

pub(super) fn meta(found: &OwnedFd) -> Result<Option<Meta>, Errno> {
    Ok(Meta::of(&statx(found, "", AtFlags::EMPTY_PATH, WANTED)?))
}

/// The metadata of a name in an open directory; of a symlink, the symlink's own type (`Err(LOOP)`).
pub(super) fn meta_in(directory: &OwnedFd, name: &std::ffi::CStr) -> Result<Option<Meta>, Errno> {
    let stat = statx(directory, name, AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT, WANTED)?;
    match rustix::fs::FileType::from_raw_mode(stat.stx_mode.into()) {
        rustix::fs::FileType::Symlink => Err(Errno::LOOP),
        _ => Ok(Meta::of(&stat)),
    }
}
