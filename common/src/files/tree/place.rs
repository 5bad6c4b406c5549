//! A name in an open directory, where something is created, replaced or removed. Symlinks on the path to the
//! directory are followed inside the tree, one in the name itself never.

use std::os::fd::OwnedFd;
use std::sync::{MutexGuard, PoisonError};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RenameFlags, StatxFlags};
use rustix::io::Errno;

use super::calls::{linkat, mkdirat, openat, renameat, renameat_with, statx, unlinkat};
use super::local::{INSIDE, InProgress, Local, TreeChanges, WANTED};
use super::meta::{FileVersion, Meta, TreeError};
use super::path::{PathRule, TreePath};
use super::sweep;

#[derive(Debug)]
pub(in crate::files) struct Place {
    pub(in crate::files) directory: OwnedFd,
    pub(in crate::files) name: Vec<u8>,
    /// The path from the root.
    pub(in crate::files) path: TreePath,
    /// Device and inode of that root.
    pub(in crate::files) root: (u64, u64),
    /// Keeps the directory from being removed during an upload.
    pub(in crate::files) _in_progress: Option<InProgress>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::files) enum PlaceEntry {
    None,
    File(Meta),
    Directory(Meta),
    Symlink,
    /// A FIFO, socket or device.
    Other,
}

impl Place {
    pub(in crate::files) fn find(local: &Local, path: &TreePath) -> Result<Self, TreeError> {
        let (Some(parent), Some(name)) = (path.parent(), path.name()) else { return Err(TreeError::Root) };
        let root = local.root_identity()?;
        let directory = local.directory_blocking(&parent)?;
        Ok(Self { directory, name: name.to_vec(), path: path.clone(), root, _in_progress: None })
    }

    /// As [`Self::find`], for an upload: the directory is not removed as long as the place exists.
    pub(in crate::files) fn find_for_upload(local: &Local, path: &TreePath) -> Result<Self, TreeError> {
        let place = Self::find(local, path)?;
        // Before anything is created: in a directory that was just removed, nothing can be.
        let in_progress = Some(local.changes.begin_upload(&place.directory)?);
        Ok(Self { _in_progress: in_progress, ..place })
    }

    pub(in crate::files) fn look(&self) -> Result<PlaceEntry, TreeError> {
        let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
        let stat = match statx(&self.directory, &self.name, flags, WANTED) {
            Err(Errno::NOENT) => return Ok(PlaceEntry::None),
            stat => stat.map_err(of_name)?,
        };
        Ok(match (FileType::from_raw_mode(stat.stx_mode.into()), Meta::of(&stat)) {
            (FileType::RegularFile, Some(meta)) => PlaceEntry::File(meta),
            (FileType::Directory, Some(meta)) => PlaceEntry::Directory(meta),
            (FileType::Symlink, _) => PlaceEntry::Symlink,
            _ => PlaceEntry::Other,
        })
    }

    /// What peers see here: the target of a symlink, if it has one.
    pub(in crate::files) fn seen(&self, local: &Local) -> Result<Option<Meta>, TreeError> {
        Ok(match self.look()? {
            PlaceEntry::File(meta) | PlaceEntry::Directory(meta) => Some(meta),
            PlaceEntry::Symlink => local.metadata_blocking(&self.path).unwrap_or_default(),
            PlaceEntry::None | PlaceEntry::Other => None,
        })
    }

    pub(in crate::files) fn is_directory(&self, local: &Local) -> Result<bool, TreeError> {
        Ok(self.seen(local)?.is_some_and(|meta| meta.is_directory()))
    }

    /// Fails with [`TreeError::Changed`] unless this version is here.
    pub(in crate::files) fn check(&self, local: &Local, version: FileVersion) -> Result<(), TreeError> {
        match self.seen(local)? {
            Some(meta) if meta.version == version => Ok(()),
            _ => Err(TreeError::Changed),
        }
    }

    /// Changes what is here, if it is the version that is meant, while no other thread changes names.
    pub(in crate::files) fn change(
        &self,
        local: &Local,
        meant: Option<FileVersion>,
        how: impl FnOnce(&Self) -> Result<(), TreeError>,
    ) -> Result<(), TreeError> {
        let _alone = local.changes.publishing.lock();
        if let Some(version) = meant {
            self.check(local, version)?;
        }
        how(self)
    }

    /// Waits until no other thread changes names. An upload is published only in the root in which it
    /// started: in a directory that was served before, it would not be found.
    pub(in crate::files) fn lock_to_publish<'a>(
        &self,
        local: &'a Local,
    ) -> Result<MutexGuard<'a, ()>, TreeError> {
        let alone = local.changes.publishing.lock().unwrap_or_else(PoisonError::into_inner);
        if local.root_identity()? == self.root { Ok(alone) } else { Err(TreeError::Changed) }
    }

    pub(in crate::files) fn make_dir(&self) -> Result<(), TreeError> {
        mkdirat(&self.directory, &self.name, Mode::from_raw_mode(0o777)).map_err(of_name)
    }

    pub(in crate::files) fn remove_file(&self) -> Result<(), TreeError> {
        match self.look()? {
            PlaceEntry::Directory(_) => Err(TreeError::IsDirectory),
            PlaceEntry::Other => Err(TreeError::NotFound),
            _ => Ok(unlinkat(&self.directory, &self.name, AtFlags::empty())?),
        }
    }

    /// Removes a directory that is empty except for the server's own names, and to which nothing is uploaded.
    pub(in crate::files) fn remove_dir(&self, changes: &TreeChanges) -> Result<(), TreeError> {
        let inside = |flags| openat(&self.directory, &self.name, INSIDE | flags, Mode::empty());
        // O_PATH: the server may remove a directory that it may not read.
        changes.unless_uploading(&inside(OFlags::PATH)?, || {
            match unlinkat(&self.directory, &self.name, AtFlags::REMOVEDIR) {
                Err(Errno::NOTEMPTY) => {
                    sweep::clear(&inside(OFlags::empty())?)?;
                    Ok(unlinkat(&self.directory, &self.name, AtFlags::REMOVEDIR)?)
                }
                removed => Ok(removed?),
            }
        })
    }

    /// Renames to `to`. With `replace`, it may replace a file; a directory neither replaces anything nor is
    /// it replaced.
    pub(in crate::files) fn rename(&self, local: &Local, to: &Self, replace: bool) -> Result<(), TreeError> {
        if self.look()? == PlaceEntry::None {
            return Err(TreeError::NotFound);
        }
        let renamed = match replace && !self.is_directory(local)? {
            true if to.is_directory(local)? => return Err(TreeError::IsDirectory),
            true => renameat(&self.directory, &self.name, &to.directory, &to.name),
            false => rename_to_new(&self.directory, &self.name, &to.directory, &to.name),
        };
        renamed.map_err(|errno| match errno {
            Errno::XDEV => TreeError::OtherDevice,
            Errno::INVAL => TreeError::IntoItself,
            errno => of_name(errno),
        })
    }
}

/// Renames unless the new name is taken. If the file system cannot do that in one step (EINVAL), a second
/// link decides; what cannot have one (EPERM), as a directory, is renamed after a check.
pub(in crate::files) fn rename_to_new(
    from: &OwnedFd,
    name: &[u8],
    to: &OwnedFd,
    new: &[u8],
) -> Result<(), Errno> {
    match renameat_with(from, name, to, new, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL) => {}
        renamed => return renamed,
    }
    match linkat(from, name, to, new, AtFlags::empty()) {
        Err(Errno::PERM) => {}
        linked => return linked.and_then(|()| unlinkat(from, name, AtFlags::empty())),
    }
    match statx(to, new, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE) {
        Err(Errno::NOENT) => renameat(from, name, to, new),
        taken => taken.and(Err(Errno::EXIST)),
    }
}

/// A name that is too long does not exist when it is read, and cannot be created when it is written.
fn of_name(errno: Errno) -> TreeError {
    match errno {
        Errno::NAMETOOLONG => TreeError::Path(PathRule::TooLong),
        errno => errno.into(),
    }
}
