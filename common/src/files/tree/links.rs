//! Symbolic links inside the served tree. A path is opened without following any; only if the kernel reports
//! one, the path is resolved here, component by component, to a path without links.
//!
//! - A relative target, and an absolute one that begins with the root's path, is resolved inside the tree.
//!   Any other does not exist.
//! - A link to a directory above itself does not exist, so that a recursive client terminates.
//! - A path crosses at most [`MOST_DIRECTORIES`] links to directories.

use std::ffi::OsString;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags, StatxFlags, readlinkat};
use rustix::io::Errno;

use super::calls::{openat2, statx};
use super::meta::identity_of;
use super::path::TreePath;

/// Links to directories in one path.
const MOST_DIRECTORIES: usize = 4;
/// Links in one path, as in Linux.
const MOST: usize = 40;

const LOOK: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// How a link in the last name of a path is treated; links before it are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastLink {
    /// The path is that of its target.
    Followed,
    /// The path is that of the link.
    Kept,
}

/// Where a path leads.
#[derive(Clone, Debug)]
pub struct ResolvedPath {
    /// The path without links, from the root, or the home if the path has one. Names that do not exist are
    /// kept.
    pub path: TreePath,
    /// For each beginning of the path that exists, the longest first: its length in bytes, and device and
    /// inode of what it names.
    pub through: Vec<(usize, (u64, u64))>,
}

/// The directory that paths and links cannot leave: the root, or a home.
#[derive(Clone, Copy, Debug)]
pub(in crate::files) struct Base<'a> {
    pub(in crate::files) directory: BorrowedFd<'a>,
    /// Absolute paths of the root.
    pub(in crate::files) root: &'a [PathBuf],
    /// Paths from the root to this directory.
    pub(in crate::files) home: [&'a Path; 2],
}

impl Base<'_> {
    /// Opens what a path names. Unless the flags contain NOFOLLOW, its links are followed; if there are any,
    /// the path without links is returned as well. `linkless` as in [`Self::resolve`].
    pub(in crate::files) fn find(
        &self,
        path: &Path,
        linkless: usize,
        flags: OFlags,
        how: ResolveFlags,
    ) -> Result<(OwnedFd, Option<PathBuf>), Errno> {
        match self.open(path, flags, how) {
            Err(Errno::LOOP) if !flags.contains(OFlags::NOFOLLOW) => {
                let real = self.resolve(path, linkless, how)?;
                Ok((self.open(&real, flags, how)?, Some(real)))
            }
            opened => Ok((opened?, None)),
        }
    }

    /// The path without links; the empty one is this directory. Names that do not exist are kept. The first
    /// `linkless` names must not be links.
    ///
    /// # Errors
    /// XDEV for a link that leads outside; LOOP for one that leads above itself, exceeds a limit, or must not
    /// be one.
    pub(in crate::files) fn resolve(
        &self,
        path: &Path,
        linkless: usize,
        how: ResolveFlags,
    ) -> Result<PathBuf, Errno> {
        let mut walk = Walk { base: *self, how, links: 0, directories: 0 };
        let mut resolved: PathBuf = path.iter().take(linkless).collect();
        if linkless > 0 && matches!(walk.look(&resolved)?, PathComponent::Link(_)) {
            return Err(Errno::LOOP);
        }
        walk.descend(&mut resolved, &path.iter().skip(linkless).collect::<PathBuf>())?;
        Ok(resolved)
    }

    pub(in crate::files) fn identity(&self, path: &Path, how: ResolveFlags) -> Result<(u64, u64), Errno> {
        Ok(identity_of(&statx(&self.open(path, LOOK, how)?, "", AtFlags::EMPTY_PATH, StatxFlags::INO)?))
    }

    fn open(&self, path: &Path, flags: OFlags, how: ResolveFlags) -> Result<OwnedFd, Errno> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_SYMLINKS | how;
        openat2(&self.directory, path, flags, Mode::empty(), resolve)
    }

    /// An absolute path, relative to this directory.
    fn inside<'p>(&self, absolute: &'p Path) -> Option<&'p Path> {
        let path = self.root.iter().find_map(|root| absolute.strip_prefix(root).ok())?;
        self.home.iter().find_map(|home| path.strip_prefix(home).ok())
    }
}

struct Walk<'a> {
    base: Base<'a>,
    how: ResolveFlags,
    links: usize,
    directories: usize,
}

enum PathComponent {
    Link(PathBuf),
    Directory,
    Other,
}

impl Walk<'_> {
    /// Continues from `at`, a path without links, by the names of `path`.
    fn descend(&mut self, at: &mut PathBuf, path: &Path) -> Result<(), Errno> {
        for component in path.components() {
            match component {
                Component::Normal(name) => {
                    at.push(name);
                    if let PathComponent::Link(target) = self.look(at)? {
                        self.follow(at, &target)?;
                    }
                }
                // The base itself has no parent.
                Component::ParentDir if !at.pop() => return Err(Errno::XDEV),
                _ => {}
            }
        }
        Ok(())
    }

    fn follow(&mut self, at: &mut PathBuf, target: &Path) -> Result<(), Errno> {
        self.links += 1;
        at.pop();
        let parent = at.clone();
        let inside = match target.is_absolute() {
            false => target,
            true => {
                at.clear();
                self.base.inside(target).ok_or(Errno::XDEV)?
            }
        };
        if self.links > MOST {
            return Err(Errno::LOOP);
        }
        self.descend(at, inside)?;
        if let PathComponent::Directory = self.look(at)? {
            self.directories += 1;
            if self.directories > MOST_DIRECTORIES || parent.starts_with(&*at) {
                return Err(Errno::LOOP);
            }
        }
        Ok(())
    }

    fn look(&self, at: &Path) -> Result<PathComponent, Errno> {
        let found = match self.base.open(at, LOOK, self.how) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG) => return Ok(PathComponent::Other),
            found => found?,
        };
        let stat = statx(&found, "", AtFlags::EMPTY_PATH, StatxFlags::TYPE)?;
        match FileType::from_raw_mode(stat.stx_mode.into()) {
            FileType::Symlink => {
                let target = readlinkat(&found, "", Vec::new())?.into_bytes();
                Ok(PathComponent::Link(PathBuf::from(OsString::from_vec(target))))
            }
            FileType::Directory => Ok(PathComponent::Directory),
            _ => Ok(PathComponent::Other),
        }
    }
}
