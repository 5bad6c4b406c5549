//! Keeps two trees alike, one of them remote. What differs is found directory by directory and moved by
//! several workers at once, each with a connection of its own; an entry that fails or cannot be kept
//! safely is told of, and the rest goes on.

mod filter;
mod work;

use std::time::SystemTime;

use super::fault::Fault;
use super::folder::Folder;
use super::listing::Listing;
use super::report::Report;
use crate::files::{Meta, TreePath};

pub use filter::Filter;

/// Directories below each other that are gone into. A server can make a tree without end.
pub const MAX_DEPTH: usize = 100;

/// Something in a remote directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name as the server gave it.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// The size in bytes, where the listing tells it.
    pub size: Option<u64>,
    /// When the content was changed last, where the listing tells it.
    pub modified: Option<Modified>,
    /// What identifies a directory on its server, or what a link leads to, where the listing tells it.
    pub identity: Option<Box<[u8]>>,
}

/// What a remote name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A symbolic link. Nothing of its name is removed. A server may list one as what it leads to.
    Link,
    /// A device or the like, or something of which the listing states no type. Nothing of its name is moved
    /// or removed.
    Other,
    /// A file.
    File,
    /// A directory.
    Directory,
}

/// When content was changed last, as exactly as a listing tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modified {
    /// The beginning of the time that is meant.
    pub at: SystemTime,
    /// How long that time is, in seconds: 1, 60 for minutes, 86,400 for days.
    pub within: u64,
}

impl Modified {
    /// Whether `other` is the same time as far as can be told.
    pub fn is(&self, other: SystemTime) -> bool {
        let seconds = |time: SystemTime| match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i128::from(since.as_secs()),
            Err(before) => -i128::from(before.duration().as_secs()) - 1,
        };
        let late = seconds(other) - seconds(self.at);
        (0..i128::from(self.within.max(1))).contains(&late)
    }
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// So many bytes were moved.
    Bytes(u64),
    /// Both sides have the same, as only asking for it could tell.
    Nothing,
}

/// The remote side, as a worker sees it through a connection of its own. Paths are relative to the
/// directory that is mirrored. An implementation tries again by itself.
pub trait Remote {
    /// What is in a directory, at most [`MAX_ENTRIES`](crate::files::MAX_ENTRIES). Names are not trusted.
    ///
    /// # Errors
    /// Those of the server and the connection; [`Kind::NotFound`](super::Kind::NotFound) without such a
    /// directory.
    fn list(&mut self, directory: &TreePath) -> impl Future<Output = Result<Listing<Entry>, Fault>>;

    /// What a link leads to, under the link's name; `None` where it leads nowhere.
    ///
    /// # Errors
    /// Those of the server and the connection.
    fn follow(&mut self, path: &TreePath, link: &Entry)
    -> impl Future<Output = Result<Option<Entry>, Fault>>;

    /// Brings a file here. `have`: the file that is there already.
    ///
    /// # Errors
    /// Those of the server, the connection and the folder.
    fn fetch(
        &mut self,
        path: &TreePath,
        entry: &Entry,
        to: &Folder,
        have: Option<&Meta>,
    ) -> impl Future<Output = Result<Moved, Fault>>;

    /// Takes a file there, and its time with it if the server lets us.
    ///
    /// # Errors
    /// Those of the server, the connection and the folder.
    fn store(
        &mut self,
        path: &TreePath,
        meta: &Meta,
        from: &Folder,
    ) -> impl Future<Output = Result<Moved, Fault>>;

    /// Makes a directory; one that is there already will do.
    ///
    /// # Errors
    /// Those of the server and the connection.
    fn make_dir(&mut self, path: &TreePath) -> impl Future<Output = Result<(), Fault>>;

    /// Removes a file or a link, or a directory that is empty.
    ///
    /// # Errors
    /// Those of the server and the connection.
    fn remove(&mut self, path: &TreePath, is_directory: bool) -> impl Future<Output = Result<(), Fault>>;
}

/// Which way files go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the server to the folder.
    Down,
    /// From the folder to the server.
    Up,
}

/// What a mirror does.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which way.
    pub direction: Direction,
    /// What takes part.
    pub filter: Filter,
    /// Whether links are followed, but for those that lead to a directory above themselves or to one that was
    /// visited. Otherwise they are left out.
    pub follows_links: bool,
    /// Whether what is only at the target is removed, but for links.
    pub delete: bool,
    /// Only say what would be done.
    pub dry_run: bool,
    /// The folder is yet to be made, which only a dry run leaves at that. Nothing is looked for in it.
    pub is_new: bool,
}

/// What a mirror has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files that were moved, or would be.
    pub transferred: u64,
    /// Bytes that were moved.
    pub bytes: u64,
    /// Files that were the same already.
    pub unchanged: u64,
    /// Files and directories that were removed, or would be.
    pub deleted: u64,
    /// Links that were left out.
    pub links: u64,
    /// Entries that cannot be kept, or not safely.
    pub skipped: u64,
    /// Files and directories that could not be moved, read or removed.
    pub failed: u64,
}

/// Makes the target like the source. `workers` do the work at the same time. What was done is told as it
/// happens, and so are failures; the sum is the caller's to tell.
///
/// # Errors
/// Only when the root of the source cannot be listed, or nothing more can be done.
pub async fn mirror<R: Remote>(
    plan: &Plan,
    folder: &Folder,
    workers: Vec<R>,
    report: &Report,
) -> Result<Summary, Fault> {
    work::run(plan, folder, workers, report).await
}

#[cfg(test)]
mod tests;
