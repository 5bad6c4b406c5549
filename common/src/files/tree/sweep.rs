//! Removes files under the server's own names that are not needed: files that never got their final name, partial
//! uploads that were not resumed and temporary files that were not renamed for a day, and the oldest of too many partial
//! uploads.

use std::os::fd::OwnedFd;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use rustix::fs::{AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, ResolveFlags, Stat, fstat};
use rustix::io::Errno;

use super::calls::{flock, openat, unlinkat};
use super::local::{INSIDE, Local};
use super::naming::{OwnName, is_of_same_owner};
use super::path::TreePath;
use crate::net::clock;

/// How long a partial upload or a client's temporary file is kept, in seconds (a day).
const KEPT: i64 = 24 * 60 * 60;
/// Partial uploads that are kept of one owner in a directory. The oldest of more is removed.
pub(in crate::files) const KEPT_OF_ONE: usize = 64;
/// Partial uploads that are kept in a directory. The oldest of more is removed.
const KEPT_OF_ALL: usize = 1_024;

/// How often a tree that contains such files is swept: an hour.
pub(in crate::files) const EVERY: Duration = Duration::from_secs(60 * 60);

const LOOK: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Whether what was last written at `modified`, in seconds since 1970, has expired.
pub(in crate::files) fn is_old(modified: i64) -> bool {
    let now = i64::try_from(clock::unix_seconds()).unwrap_or(i64::MAX);
    now.saturating_sub(modified) > KEPT
}

pub(in crate::files) fn is_stale(stat: &Stat) -> bool {
    is_old(stat.st_mtime)
}

impl OwnName {
    /// Whether its client may still need it. The client may have set the modification time of a temporary file, so
    /// that the last change of its metadata counts.
    fn is_kept(self, stat: &Stat) -> bool {
        match self {
            Self::Unfinished => false,
            Self::Partial => !is_stale(stat),
            Self::Temporary => !is_old(stat.st_ctime),
        }
    }
}

/// Sweeps a tree periodically until it is dropped.
#[derive(Debug)]
pub struct Sweeper {
    _stop: Sender<()>,
}

impl Sweeper {
    /// Sweeps at once, and periodically while the tree contains anything that may expire. `None` if no thread
    /// can be started, which is no reason not to serve: peers do not see these files.
    pub(in crate::files) fn start(local: Local, every: Duration) -> Option<Self> {
        let (sender, stop) = mpsc::channel::<()>();
        let sweep = move || {
            loop {
                if local.changes.may_have_own_files.swap(false, Ordering::Relaxed) && tree(&local) {
                    local.changes.may_have_own_files.store(true, Ordering::Relaxed);
                }
                if stop.recv_timeout(every) == Err(RecvTimeoutError::Disconnected) {
                    return;
                }
            }
        };
        thread::Builder::new().name("sweep".into()).spawn(sweep).ok()?;
        Some(Self { _stop: sender })
    }
}

/// Sweeps every directory of the tree, and returns whether anything is left for later. What cannot be read or
/// removed stays: peers do not see it.
pub(in crate::files) fn tree(local: &Local) -> bool {
    let (mut waiting, mut is_left) = (vec![TreePath::ROOT], false);
    while let Some(path) = waiting.pop() {
        let Ok(directory) = local.beneath(&path, INSIDE, ResolveFlags::empty()) else { continue };
        let _ = directory_entries(&directory, |name, is_directory| match OwnName::of(name) {
            Some(own) => is_left |= remove_stale(&directory, name, own).is_some(),
            None if is_directory => waiting.push(path.child(name)),
            None => {}
        });
    }
    is_left
}

/// Sweeps one directory, in which `newest` was just kept, which may be one too many.
pub(in crate::files) fn directory(directory: &OwnedFd, newest: &[u8]) -> Result<(), Errno> {
    let mut kept = Vec::new();
    directory_entries(directory, |name, _| {
        let Some(own) = OwnName::of(name) else { return };
        if let Some(written) = remove_stale(directory, name, own)
            && own == OwnName::Partial
        {
            kept.push((written, name.to_vec()));
        }
    })?;
    kept.sort_unstable_by(|one, other| other.cmp(one));
    let (mut of_all, mut of_one) = (0, 0);
    for (_, name) in kept {
        let is_of_one = is_of_same_owner(&name, newest);
        (of_all, of_one) = (of_all + 1, of_one + usize::from(is_of_one));
        if of_all > KEPT_OF_ALL || (is_of_one && of_one > KEPT_OF_ONE) {
            remove_stale(directory, &name, OwnName::Unfinished);
        }
    }
    Ok(())
}

/// Empties a directory that contains only the server's own names, which no peer can remove.
pub(in crate::files) fn clear(directory: &OwnedFd) -> Result<(), Errno> {
    let mut own = Vec::new();
    let mut is_clear = true;
    directory_entries(directory, |name, _| match OwnName::of(name) {
        Some(_) => own.push(name.to_vec()),
        None => is_clear = false,
    })?;
    if is_clear {
        for name in own {
            remove_stale(directory, &name, OwnName::Unfinished);
        }
    }
    Ok(())
}

fn directory_entries(directory: &OwnedFd, mut each: impl FnMut(&[u8], bool)) -> Result<(), Errno> {
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if !matches!(name, b"." | b"..") {
            // If the file system does not report the type, opening it does.
            each(name, matches!(entry.file_type(), FileType::Directory | FileType::Unknown));
        }
    }
    Ok(())
}

/// Removes a file that is not needed any more, unless it is being written. If it stays, returns when it was
/// last written, in seconds and nanoseconds since 1970.
fn remove_stale(directory: &OwnedFd, name: &[u8], own: OwnName) -> Option<(i64, u64)> {
    let file = openat(directory, name, LOOK, Mode::empty()).ok()?;
    let stat = fstat(&file).ok()?;
    let is_wanted = own.is_kept(&stat);
    // Its writer holds the lock.
    if !is_wanted && flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
        unlinkat(directory, name, AtFlags::empty()).ok()?;
        return None;
    }
    Some((stat.st_mtime, stat.st_mtime_nsec))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_uploads_are_kept_for_a_day() {
        let mut stat = fstat(tempfile::tempfile().unwrap()).unwrap();
        let now = i64::try_from(clock::unix_seconds()).unwrap();
        for (own, modified, changed, expected, why) in [
            (OwnName::Unfinished, 0, 0, false, "its writer has ended"),
            (OwnName::Partial, 60, 60, true, "written a minute ago"),
            (OwnName::Partial, KEPT + 60, 60, false, "the last write counts"),
            (OwnName::Temporary, KEPT + 60, 60, true, "its client has set an old time"),
            (OwnName::Temporary, 60, KEPT + 60, false, "left behind"),
        ] {
            (stat.st_mtime, stat.st_ctime) = (now - modified, now - changed);
            assert_eq!(own.is_kept(&stat), expected, "{own:?}: {why}");
        }
    }
}
