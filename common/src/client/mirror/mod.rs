//! Makes one tree like another: compares them directory by directory, copies entries that differ, and deletes
//! entries that are only at the target. Several workers run concurrently, each with its own connection. An
//! entry that fails or cannot be stored safely is reported, and the mirror continues.

mod compare;
mod filter;
mod local;
mod tree;
mod visit;
mod walk;

use futures_util::future::join_all;

use super::fault::Fault;
use super::report::{ClientEvent, MirrorSummary, Reporter};
use walk::{MirrorTask, MirrorWalk};

pub use filter::Filter;
pub use local::LocalTree;
pub use tree::{EntryKind, FileCopy, MirrorEntry, MirrorSource, MirrorTarget, MirrorTree, Modified, Moved};

/// The options of a mirror.
#[derive(Clone, Debug)]
pub struct MirrorSettings {
    /// Which entries take part.
    pub filter: Filter,
    /// Whether links are followed, except to a directory above themselves or to one that was visited.
    /// Otherwise they are skipped.
    pub follows_links: bool,
    /// Whether entries that are only at the target are deleted, except links.
    pub delete: bool,
    /// Whether to report the actions without performing them.
    pub dry_run: bool,
}

/// Makes the target like the source. The workers, each a source and a target, run concurrently. Actions and
/// failures are reported as they happen, and at the end the summary.
///
/// # Errors
///
/// The root of the source cannot be listed, or the network has failed several times in a row.
pub async fn mirror<S: MirrorSource<T>, T: MirrorTarget>(
    options: &MirrorSettings,
    workers: Vec<(S, T)>,
    report: &Reporter,
) -> Result<MirrorSummary, Fault> {
    let walk = MirrorWalk::new(options, report);
    let work = async |(mut source, mut target): (S, T)| {
        while let Some(job) = walk.next().await {
            let (path, done) = match job {
                MirrorTask::Compare(visit) => {
                    (visit.path.clone(), walk.compare(&mut source, &mut target, visit).await)
                }
                MirrorTask::Copy(file) => {
                    let copied = source.copy(&file, &mut target).await;
                    (file.path, copied.map(|moved| walk.count(moved)))
                }
            };
            walk.finish(&path, done);
        }
    };
    join_all(workers.into_iter().map(&work)).await;
    let summary = walk.into_result()?;
    report.event(&ClientEvent::Summary { summary: &summary, dry_run: options.dry_run });
    Ok(summary)
}

#[cfg(test)]
mod tests;
