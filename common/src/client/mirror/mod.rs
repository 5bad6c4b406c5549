//! Makes one tree like another: compares them directory by directory, copies what differs, and removes what is
//! only at the target. Several workers do this at once, each with its own connection. An entry that fails or
//! cannot be kept safely is reported, and the mirror continues.

mod compare;
mod filter;
mod local;
mod summary;
mod tree;
mod visit;
mod walk;

use super::fault::Fault;
use super::report::Report;

pub use filter::Filter;
pub use local::LocalTree;
pub use summary::Summary;
pub use tree::{Entry, EntryKind, FileCopy, MirrorTree, Modified, Moved, Source, Target};

/// How deep directories are entered below each other. A server can list a tree without end.
pub const MAX_DEPTH: usize = 100;

/// What a mirror does.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which entries take part.
    pub filter: Filter,
    /// Whether links are followed, except to a directory above themselves or to one that was visited.
    /// Otherwise they are left out.
    pub follows_links: bool,
    /// Whether what is only at the target is removed, except links.
    pub delete: bool,
    /// Whether to report only what would be done.
    pub dry_run: bool,
}

/// Makes the target like the source. The workers, each a source and a target, run at the same time. Actions and
/// failures are reported as they happen; the caller reports the summary.
///
/// # Errors
/// The root of the source cannot be listed, or the network has failed several times in a row.
pub async fn mirror<S: Source<T>, T: Target>(
    options: &Options,
    workers: Vec<(S, T)>,
    report: &Report,
) -> Result<Summary, Fault> {
    walk::run(options, workers, report).await
}

#[cfg(test)]
mod tests;
