//! The two trees of a mirror: their entries, and the traits of a source and a target.

use std::time::SystemTime;

use syntax::unix_time;

use super::super::fault::Fault;
use super::super::listing::Listing;
use crate::files::TreePath;

/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorEntry {
    /// The name as it is listed.
    pub name: Vec<u8>,
    /// Its type.
    pub kind: EntryKind,
    /// The size in bytes, if the listing has it; for a link in a local folder that of its target. Entries
    /// that cannot be opened have none: broken links, devices and the like.
    pub size: Option<u64>,
    /// The modification time, if the listing has it.
    pub modified: Option<Modified>,
    /// Identifies a directory, or the target of a link, in its tree, if the listing has it.
    pub identity: Option<Box<[u8]>>,
}

/// The type of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A symbolic link. It is never removed. A server may list one as the type of its target.
    Link,
    /// A device or the like, or an entry whose type is not listed. It is neither copied nor removed.
    Other,
    /// A file.
    File,
    /// A directory.
    Directory,
}

/// A time of modification, with the precision of the listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modified {
    /// The start of the period.
    pub at: SystemTime,
    /// The length of the period in seconds: 1, 60 for minutes, 86,400 for days.
    pub within: u64,
}

impl Modified {
    /// Whether `other` is in this period.
    pub fn is(&self, other: SystemTime) -> bool {
        let late = unix_time::seconds(other) - unix_time::seconds(self.at);
        u64::try_from(late).is_ok_and(|late| late < self.within.max(1))
    }
}

/// The result of copying a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// This many bytes were transferred.
    Bytes(u64),
    /// The target has the same content, which only the request for it could show.
    Unchanged,
}

/// A tree that can be listed. Each worker of a mirror has its own, with its own connection. Paths are relative
/// to the directory that is mirrored. Implementations retry by themselves.
pub trait MirrorTree {
    /// Whether it is a folder of this machine: names are trusted; types, times and identities are exact.
    const IS_LOCAL: bool = false;

    /// Lists a directory, at most [`MAX_ENTRIES`](crate::files::MAX_ENTRIES) entries. Names are not trusted
    /// unless the tree [is local](Self::IS_LOCAL).
    ///
    /// # Errors
    /// [`FaultKind::NotFound`](super::super::FaultKind::NotFound) if the directory does not exist; failures
    /// of the server, the connection or the file system.
    fn list(&mut self, directory: &TreePath) -> impl Future<Output = Result<Listing<MirrorEntry>, Fault>>;

    /// Looks up the target of a link and returns it under the link's name; `None` if the link is broken.
    fn follow(
        &mut self,
        path: &TreePath,
        link: &MirrorEntry,
    ) -> impl Future<Output = Result<Option<MirrorEntry>, Fault>>;
}

/// A file to be copied.
#[derive(Clone, Debug)]
pub struct FileCopy {
    /// Its path in both trees.
    pub path: TreePath,
    /// The source's file.
    pub entry: MirrorEntry,
    /// The target's file, if it has another version.
    pub have: Option<MirrorEntry>,
}

/// A tree whose files can be copied to a target of type `T`.
pub trait MirrorSource<T: MirrorTarget>: MirrorTree {
    /// Copies a file, and its time if the target accepts it.
    fn copy(&mut self, file: &FileCopy, target: &mut T) -> impl Future<Output = Result<Moved, Fault>>;
}

/// A tree that a mirror changes.
pub trait MirrorTarget: MirrorTree {
    /// Creates a directory. It is no error if it exists.
    fn make_dir(&mut self, path: &TreePath) -> impl Future<Output = Result<(), Fault>>;

    /// Removes a file or a link, or, with `is_directory`, an empty directory.
    fn remove(&mut self, path: &TreePath, is_directory: bool) -> impl Future<Output = Result<(), Fault>>;
}
