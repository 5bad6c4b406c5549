//! Changes of names, times and permission bits in the tree.

use std::os::fd::OwnedFd;
use std::time::SystemTime;

use rustix::fs::{Mode, Timespec, Timestamps, UTIME_OMIT};
use rustix::io::Errno;

use super::Tree;
use super::calls::{fchmod, futimens};
use super::local::{Local, meta};
use super::meta::{FileVersion, Meta, TreeError, timespec};
use super::naming::{self, is_own};
use super::numbered;
use super::path::TreePath;
use super::place::Place;
use crate::net::offload::{self, Share};

/// The result of [`Tree::remove_files`].
#[derive(Debug)]
pub struct Removed {
    /// The number of files that were removed.
    pub count: usize,
    /// The name that could not be removed, and why.
    pub failed: Option<(Vec<u8>, TreeError)>,
}

impl<N: 'static> Tree<N> {
    /// Whether peers may change anything at all.
    pub fn is_writable(&self) -> bool {
        self.root.is_writable
    }

    /// Whether peers may change what a path names, judged by the name alone.
    pub fn is_changeable(&self, path: &TreePath) -> bool {
        self.check_changeable(path).is_ok()
    }

    /// Removes a file, or a symlink itself. With `meant`, another version of it is a [`TreeError::Changed`].
    pub async fn remove_file(&self, path: &TreePath, meant: Option<FileVersion>) -> Result<(), TreeError> {
        self.change_name(path, meant, Place::remove_file).await
    }

    /// Removes files, or symlinks themselves, from a directory, up to the first that cannot be removed. Names that do
    /// not exist are skipped. The removals are made durable together.
    pub async fn remove_files(
        &self,
        directory: &TreePath,
        names: Vec<Box<[u8]>>,
    ) -> Result<Removed, TreeError> {
        self.change(directory, move |local, directory| {
            let mut removed = Removed { count: 0, failed: None };
            let Some(first) = names.first() else { return Ok(removed) };
            let mut place = Place::find(local, &directory.child(first))?;
            for name in names {
                place.name = name.into();
                match place.change(local, None, Place::remove_file) {
                    Ok(()) => removed.count += 1,
                    Err(TreeError::NotFound) => {}
                    Err(error) => {
                        removed.failed = Some((place.name.clone(), error));
                        break;
                    }
                }
            }
            local.sync(&place.directory)?;
            Ok(removed)
        })
        .await
    }

    /// Removes an empty directory. With `meant`, another version of it is a [`TreeError::Changed`].
    ///
    /// # Errors
    /// [`TreeError::NotEmpty`], also if all entries are hidden; [`TreeError::Receiving`] while an upload to
    /// it is in progress.
    pub async fn remove_dir(&self, path: &TreePath, meant: Option<FileVersion>) -> Result<(), TreeError> {
        let changes = self.root.local.changes.clone();
        self.change_name(path, meant, move |place| place.remove_dir(&changes)).await
    }

    /// Creates a directory.
    pub async fn make_dir(&self, path: &TreePath) -> Result<(), TreeError> {
        self.change_name(path, None, Place::make_dir).await
    }

    /// Creates the last `depth` directories of a path if they are missing, and returns the path. If a name is
    /// taken by anything but a directory, the directory is called `NAME (2)`, so the caller does not learn
    /// what exists.
    pub(crate) async fn make_directories(
        &self,
        path: &TreePath,
        depth: usize,
    ) -> Result<TreePath, TreeError> {
        self.change(path, move |local, path| numbered::directories(local, path, depth, true)).await
    }

    /// The path that [`Tree::make_directories`] would return. [`TreeError::NotFound`] if a directory is
    /// missing.
    pub(crate) async fn find_directories(
        &self,
        path: &TreePath,
        depth: usize,
    ) -> Result<TreePath, TreeError> {
        self.check_changeable(path)?;
        let (local, path) = (self.root.local.clone(), path.clone());
        offload::run(move || numbered::directories(&local, &path, depth, false)).await?
    }

    /// Renames a file, directory or symlink, to `NAME (2).ext` if the name is taken. With `meant`, another
    /// version of it is a [`TreeError::Changed`].
    pub async fn rename_numbered(
        &self,
        from: &TreePath,
        to: &TreePath,
        meant: Option<FileVersion>,
    ) -> Result<(), TreeError> {
        self.rename_to_first(from, to, usize::MAX, false, meant).await
    }

    /// Renames a file, directory or symlink. With `replace`, it may replace a file; a directory neither
    /// replaces anything nor is it replaced. With `meant`, another version of it is a [`TreeError::Changed`].
    pub async fn rename(
        &self,
        from: &TreePath,
        to: &TreePath,
        replace: bool,
        meant: Option<FileVersion>,
    ) -> Result<(), TreeError> {
        self.rename_to_first(from, to, 1, replace, meant).await
    }

    /// Renames to the first free one of `most` names: `to` itself, and then with numbers.
    async fn rename_to_first(
        &self,
        from: &TreePath,
        to: &TreePath,
        most: usize,
        replace: bool,
        meant: Option<FileVersion>,
    ) -> Result<(), TreeError> {
        self.check_changeable(to)?;
        let to = to.clone();
        self.change(from, move |local, from| {
            let (from, mut to) = (Place::find(local, from)?, Place::find(local, &to)?);
            for name in numbered::free_names(&to.name.clone()).take(most) {
                to.name = name;
                match from.change(local, meant, |from| from.rename(local, &to, replace)) {
                    Err(TreeError::Exists) => {}
                    renamed => {
                        renamed?;
                        local.sync(&to.directory)?;
                        return Ok(local.sync(&from.directory)?);
                    }
                }
            }
            Err(TreeError::Exists)
        })
        .await
    }

    /// Sets the modification time. Returns what is stored, which may be less precise. A time that the file
    /// system cannot store is a [`TreeError::Time`] and changes nothing.
    pub async fn set_modified(&self, path: &TreePath, modified: SystemTime) -> Result<Meta, TreeError> {
        self.change(path, move |local, path| change_modified(&local.open_served(path)?, modified)).await
    }

    /// Sets the permission bits of a file or directory, of which the lower nine count.
    pub async fn set_mode(&self, path: &TreePath, mode: u32) -> Result<(), TreeError> {
        self.change(path, move |local, path| {
            Ok(fchmod(&local.open_served(path)?, Mode::from_raw_mode(mode & 0o777))?)
        })
        .await
    }

    /// Changes a name, durably.
    async fn change_name(
        &self,
        path: &TreePath,
        meant: Option<FileVersion>,
        how: impl FnOnce(&Place) -> Result<(), TreeError> + Send + 'static,
    ) -> Result<(), TreeError> {
        self.change(path, move |local, path| {
            let place = Place::find(local, path)?;
            place.change(local, meant, how)?;
            Ok(local.sync(&place.directory)?)
        })
        .await
    }

    async fn change<T: Send + 'static>(
        &self,
        path: &TreePath,
        how: impl FnOnce(&Local, &TreePath) -> Result<T, TreeError> + Send + 'static,
    ) -> Result<T, TreeError> {
        self.check_changeable(path)?;
        let (local, path) = (self.root.local.clone(), path.clone());
        let change = move || {
            let changed = how(&local, &path);
            local.changes.happened();
            changed
        };
        Share::Uploads.of(None).run(change).await?
    }

    pub(in crate::files) fn check_changeable(&self, path: &TreePath) -> Result<(), TreeError> {
        if !self.root.is_writable {
            return Err(TreeError::Denied);
        }
        if path.visible_segments().any(is_own) {
            return Err(TreeError::Hidden);
        }
        if self.root.protects_well_known && path.segments().next().is_some_and(naming::is_well_known) {
            return Err(TreeError::WellKnown);
        }
        self.root.check_visible(path).map_err(|_| TreeError::Hidden)
    }
}

fn set_modified(file: &OwnedFd, modified: SystemTime) -> Result<(), Errno> {
    let unchanged = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
    futimens(file, &Timestamps { last_access: unchanged, last_modification: timespec(modified) })
}

/// Sets the modification time, and compares what was stored: some file systems clamp what they cannot store
/// (ext4, to the year 2446). After a [`TreeError::Time`], the time is what it was before.
pub(in crate::files) fn change_modified(file: &OwnedFd, modified: SystemTime) -> Result<Meta, TreeError> {
    let now = || meta(file)?.ok_or(TreeError::NotFound);
    let before = now()?;
    set_modified(file, modified)?;
    let after = now()?;
    // FAT stores times in steps of two seconds.
    if after.modified_unix().abs_diff(timespec(modified).tv_sec) < 2 {
        return Ok(after);
    }
    set_modified(file, before.modified)?;
    Err(TreeError::Time)
}
