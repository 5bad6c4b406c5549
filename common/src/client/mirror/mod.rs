//! Makes one tree like another: compares them directory by directory, copies what differs, and removes what is
//! only at the target. Several workers do this at once, each with its own connection. An entry that fails or
//! cannot be kept safely is reported, and the mirror continues.

mod compare;
mod filter;
mod local;
mod tree;
mod visit;
mod walk;

use futures_util::future::join_all;
use indicatif::HumanBytes;
use serde_json::json;

use super::fault::Fault;
use super::report::Report;
use walk::{Job, Walk};

pub use filter::Filter;
pub use local::LocalTree;
pub use tree::{Entry, EntryKind, FileCopy, MirrorTree, Modified, Moved, Source, Target};

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

/// What a mirror has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files that were transferred, or would be.
    pub transferred: u64,
    /// Bytes that were transferred.
    pub bytes: u64,
    /// Files that were the same already.
    pub unchanged: u64,
    /// Files and directories that were removed, or would be.
    pub deleted: u64,
    /// Links that were left out.
    pub links: u64,
    /// Entries that cannot be kept, or not safely.
    pub skipped: u64,
    /// Files and directories that could not be copied, read or removed.
    pub failed: u64,
}

impl Summary {
    /// Reports the counts of a mirror, or of what a dry run would do.
    pub fn report(&self, report: &Report, dry_run: bool) {
        let Self { transferred, bytes, unchanged, deleted, links, skipped, failed } = *self;
        report.event(
            "summary",
            &json!({
                "transferred": transferred, "bytes": bytes, "unchanged": unchanged,
                "deleted": deleted, "links": links, "skipped": skipped, "failed": failed, "dry_run": dry_run,
            }),
        );
        let moved = HumanBytes(bytes);
        let would_be = if dry_run { "would be: " } else { "" };
        let mut line = format!("{would_be}{transferred} transferred ({moved}), {unchanged} unchanged");
        let counts =
            [(deleted, "removed"), (links, "links left out"), (skipped, "left out"), (failed, "failed")];
        for (count, what) in counts {
            if count > 0 {
                line.push_str(&format!(", {count} {what}"));
            }
        }
        report.line(&line);
    }
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
    let walk = Walk::new(options, report);
    let work = async |(mut source, mut target): (S, T)| {
        while let Some(job) = walk.next().await {
            let (path, done) = match job {
                Job::Compare(visit) => {
                    (visit.path.clone(), walk.compare(&mut source, &mut target, visit).await)
                }
                Job::Copy(file) => {
                    let copied = source.copy(&file, &mut target).await;
                    (file.path, copied.map(|moved| walk.count(moved)))
                }
            };
            walk.finish(&path, done);
        }
    };
    join_all(workers.into_iter().map(&work)).await;
    walk.into_result()
}

#[cfg(test)]
mod tests;
