//! Removes what earlier runs of the server left under names of its own: files that never came to their
//! real name, and the beginnings of uploads that nobody has gone on with for a day.

use std::os::fd::OwnedFd;

use rustix::fs::{
    AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, Stat, flock, fstat, openat, unlinkat,
};
use rustix::io::Errno;

use super::local::Local;
use super::naming::Own;
use super::path::TreePath;
use crate::clock;

/// How long the beginning of an upload is kept, in seconds (a day).
const KEPT: i64 = 24 * 60 * 60;

const LOOK: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Whether what was written last at `modified`, in seconds since 1970, is kept no longer.
pub(super) fn is_old(modified: i64) -> bool {
    let now = i64::try_from(clock::unix_seconds()).unwrap_or(i64::MAX);
    now.saturating_sub(modified) > KEPT
}

pub(super) fn is_stale(stat: &Stat) -> bool {
    is_old(stat.st_mtime)
}

/// Sweeps every directory of the tree. What cannot be read or removed is left where it is: no peer sees
/// it, and there is nobody to tell.
pub(super) fn tree(local: &Local) {
    let mut waiting = vec![TreePath::ROOT];
    while let Some(path) = waiting.pop() {
        let Ok(directory) = local.directory_blocking(&path) else { continue };
        let _ = directory_entries(&directory, |name, is_directory| match Own::of(name) {
            Some(own) => remove_stale(&directory, name, own),
            None if is_directory => waiting.push(path.child(name)),
            None => {}
        });
    }
}

/// Sweeps one directory.
pub(super) fn directory(directory: &OwnedFd) -> Result<(), Errno> {
    directory_entries(directory, |name, _| {
        if let Some(own) = Own::of(name) {
            remove_stale(directory, name, own);
        }
    })
}

/// Empties a directory that holds nothing but names of the server's own, which no peer can remove.
pub(super) fn clear(directory: &OwnedFd) -> Result<(), Errno> {
    let mut own = Vec::new();
    let mut is_clear = true;
    directory_entries(directory, |name, _| match Own::of(name) {
        Some(_) => own.push(name.to_vec()),
        None => is_clear = false,
    })?;
    if is_clear {
        own.iter().for_each(|name| remove_stale(directory, name, Own::Unfinished));
    }
    Ok(())
}

fn directory_entries(directory: &OwnedFd, mut each: impl FnMut(&[u8], bool)) -> Result<(), Errno> {
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if !matches!(name, b"." | b"..") {
            // A file system that does not tell the type lets us find out by opening.
            each(name, matches!(entry.file_type(), FileType::Directory | FileType::Unknown));
        }
    }
    Ok(())
}

fn remove_stale(directory: &OwnedFd, name: &[u8], own: Own) {
    let Ok(file) = openat(directory, name, LOOK, Mode::empty()) else { return };
    let is_wanted = own == Own::Partial && fstat(&file).is_ok_and(|stat| !is_stale(&stat));
    // Whoever writes to it holds the lock.
    if !is_wanted && flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
        let _ = unlinkat(directory, name, AtFlags::empty());
    }
}
