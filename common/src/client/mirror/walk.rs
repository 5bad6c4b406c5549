//! The queue of a mirror's jobs, the workers that take them, and the report of what they do.

use std::cell::RefCell;
use std::collections::HashSet;

use futures_util::future::join_all;
use serde_json::json;
use tokio::sync::Notify;

use super::super::fault::{Fault, Kind};
use super::super::report::Report;
use super::visit::Visit;
use super::{FileCopy, Moved, Options, Source, Summary, Target};
use crate::escape::printable;
use crate::files::TreePath;

/// Jobs that fail one after the other because of the network, until the mirror ends.
const MAX_LOST: u32 = 3;

pub(super) enum Job {
    /// Compares a directory.
    Compare(Visit),
    Copy(FileCopy),
}

/// One mirror: what all its workers share.
pub(super) struct Walk<'a> {
    pub(super) options: &'a Options,
    report: &'a Report,
    pub(super) state: RefCell<State>,
    /// Wakes workers when there is a job, or no job any more.
    changed: Notify,
}

#[derive(Default)]
pub(super) struct State {
    /// Files come first and of directories the last one found, which keeps both queues short.
    files: Vec<Job>,
    directories: Vec<Job>,
    /// Directories that links lead to come after all that can be visited without them.
    links: Vec<Job>,
    /// The directories that were entered, if links are followed and the source identifies directories.
    pub(super) visited: HashSet<Box<[u8]>>,
    /// Directories that were found.
    pub(super) found: usize,
    busy: usize,
    lost: u32,
    /// The failure that ends the mirror.
    pub(super) ended: Option<Fault>,
    summary: Summary,
}

pub(super) async fn run<S: Source<T>, T: Target>(
    options: &Options,
    workers: Vec<(S, T)>,
    report: &Report,
) -> Result<Summary, Fault> {
    let walk = Walk { options, report, state: RefCell::default(), changed: Notify::new() };
    walk.push(Job::Compare(Visit::default()));
    join_all(workers.into_iter().map(|(source, target)| walk.work(source, target))).await;
    let State { summary, ended, .. } = walk.state.into_inner();
    ended.map_or(Ok(summary), Err)
}

impl Walk<'_> {
    async fn work<S: Source<T>, T: Target>(&self, mut source: S, mut target: T) {
        while let Some(job) = self.next().await {
            let (path, done) = match job {
                Job::Compare(visit) => {
                    (visit.path.clone(), self.compare(&mut source, &mut target, visit).await)
                }
                Job::Copy(file) => {
                    let copied = source.copy(&file, &mut target).await;
                    (file.path, copied.map(|moved| self.count(moved)))
                }
            };
            self.finish(&path, done);
        }
    }

    pub(super) fn push(&self, job: Job) {
        let state = &mut *self.state.borrow_mut();
        match &job {
            Job::Copy(_) => &mut state.files,
            Job::Compare(visit) if visit.via.source_link => &mut state.links,
            Job::Compare(_) => &mut state.directories,
        }
        .push(job);
        self.changed.notify_waiters();
    }

    /// Waits for a job; `None` when all is done.
    async fn next(&self) -> Option<Job> {
        loop {
            let changed = self.changed.notified();
            {
                let mut state = self.state.borrow_mut();
                if state.ended.is_some() {
                    return None;
                }
                let mut job = state.files.pop().or_else(|| state.directories.pop());
                if job.is_none() && state.busy == 0 {
                    job = state.links.pop();
                }
                if let Some(job) = job {
                    state.busy += 1;
                    return Some(job);
                }
                if state.busy == 0 {
                    return None;
                }
            }
            changed.await;
        }
    }

    fn finish(&self, path: &TreePath, done: Result<(), Fault>) {
        let mut state = self.state.borrow_mut();
        state.busy -= 1;
        match done {
            Ok(()) => state.lost = 0,
            Err(fault) => {
                state.lost = if fault.kind == Kind::Network { state.lost + 1 } else { 0 };
                if path.is_root() || state.lost == MAX_LOST {
                    state.ended.get_or_insert(fault);
                } else {
                    drop(state);
                    self.fail(path, &fault);
                }
            }
        }
        self.changed.notify_waiters();
    }

    pub(super) fn fail(&self, path: &TreePath, fault: &Fault) {
        self.state.borrow_mut().summary.failed += 1;
        let name = if path.is_root() { ".".into() } else { printable(path.as_bytes()) };
        self.report.fail(&format!("'{name}'"), &name, fault);
    }

    pub(super) fn count(&self, moved: Moved) {
        let summary = &mut self.state.borrow_mut().summary;
        match moved {
            Moved::Bytes(bytes) => {
                summary.transferred += 1;
                summary.bytes += bytes;
            }
            Moved::Unchanged => summary.unchanged += 1,
        }
    }

    /// Reports an entry that cannot be kept, or not safely.
    pub(super) fn skip(&self, path: &TreePath, reason: &str) {
        self.state.borrow_mut().summary.skipped += 1;
        self.report_skipped(path, reason);
    }

    /// Reports a link that is left out, if it takes part.
    pub(super) fn skip_link(&self, path: &TreePath, reason: &str) {
        if self.options.filter.takes(path, true) {
            self.state.borrow_mut().summary.links += 1;
            self.report_skipped(path, reason);
        }
    }

    fn report_skipped(&self, path: &TreePath, reason: &str) {
        let name = printable(path.as_bytes());
        self.report.event("skip", &json!({ "name": name, "reason": reason }));
        self.report.line(&format!("'{name}' is left out: {reason}"));
    }

    /// Reports a file that a dry run would copy.
    pub(super) fn would_copy(&self, path: &TreePath, size: Option<u64>) {
        self.count(Moved::Bytes(size.unwrap_or_default()));
        let name = printable(path.as_bytes());
        self.report.event("transfer", &json!({ "name": name, "size": size, "dry_run": true }));
        self.report.line(&format!("'{name}' would be transferred"));
    }

    /// Reports that something was removed, or in a dry run would be, or could not be. Returns whether it is gone.
    pub(super) fn removed(&self, path: &TreePath, removed: Result<(), Fault>) -> bool {
        if let Err(fault) = removed {
            self.fail(path, &fault);
            return false;
        }
        self.state.borrow_mut().summary.deleted += 1;
        let name = printable(path.as_bytes());
        if self.options.dry_run {
            self.report.event("delete", &json!({ "name": name, "dry_run": true }));
            self.report.line(&format!("'{name}' would be removed"));
        } else {
            self.report.event("delete", &json!({ "name": name }));
            self.report.detail(&format!("'{name}' is removed"));
        }
        true
    }
}
