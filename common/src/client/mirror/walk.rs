//! Shared by the workers of a mirror: the queue of jobs, the visited directories, and the report.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use tokio::sync::Notify;

use super::super::fault::{DOT_NAME, Fault, FaultKind};
use super::super::report::{ClientEvent, MirrorSummary, Reporter};
use super::MirrorSettings;
use super::tree::{FileCopy, Moved};
use super::visit::{Ancestor, LinkSides, PendingDirectory};
use crate::escape::printable;
use crate::files::TreePath;

/// The most consecutive jobs that may fail because of the network; then the mirror ends.
const MAX_LOST: u32 = 3;
/// The depth limit of directories. A server can list an endless tree.
pub(super) const MAX_DEPTH: usize = 100;
/// The most directories that one mirror enters.
const MAX_DIRECTORIES: usize = 1_000_000;
/// The most links to directories that are followed on one path.
const MAX_LINKS: usize = 4;
/// The most directories above one that may have the same listing.
const MAX_SAME: usize = 1;

pub(super) const TOO_DEEP: &str = "it lies too deep";

pub(super) enum MirrorTask {
    Compare(PendingDirectory),
    Copy(FileCopy),
}

pub(super) struct MirrorWalk<'a> {
    pub(super) options: &'a MirrorSettings,
    pub(super) report: &'a Reporter,
    state: RefCell<State>,
    /// Wakes workers when there is a job, or no job any more.
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// Files come first, then the directory that was found last, which keeps both queues short.
    files: Vec<MirrorTask>,
    directories: Vec<MirrorTask>,
    /// Targets of links come after all directories that can be visited without them.
    links: Vec<MirrorTask>,
    /// The directories that were entered, if links are followed and the source identifies directories.
    visited: HashSet<Box<[u8]>>,
    found: usize,
    busy: usize,
    lost: u32,
    /// The failure that ends the mirror.
    ended: Option<Fault>,
    summary: MirrorSummary,
}

impl<'a> MirrorWalk<'a> {
    pub(super) fn new(options: &'a MirrorSettings, report: &'a Reporter) -> Self {
        let walk = Self { options, report, state: RefCell::default(), changed: Notify::new() };
        walk.push(MirrorTask::Compare(PendingDirectory::default()));
        walk
    }

    pub(super) fn into_result(self) -> Result<MirrorSummary, Fault> {
        let State { summary, ended, .. } = self.state.into_inner();
        ended.map_or(Ok(summary), Err)
    }

    pub(super) fn push(&self, job: MirrorTask) {
        let state = &mut *self.state.borrow_mut();
        match &job {
            MirrorTask::Copy(_) => &mut state.files,
            MirrorTask::Compare(visit) if visit.link_sides.source_link => &mut state.links,
            MirrorTask::Compare(_) => &mut state.directories,
        }
        .push(job);
        self.changed.notify_waiters();
    }

    /// Waits for a job; `None` when all is done.
    pub(super) async fn next(&self) -> Option<MirrorTask> {
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

    pub(super) fn finish(&self, path: &TreePath, done: Result<(), Fault>) {
        let mut state = self.state.borrow_mut();
        state.busy -= 1;
        match done {
            Ok(()) => state.lost = 0,
            Err(fault) => {
                state.lost = if fault.kind == FaultKind::Network { state.lost + 1 } else { 0 };
                if path.is_root() || state.lost == MAX_LOST {
                    state.ended.get_or_insert(fault);
                } else {
                    drop(state);
                    match fault.is_of_dot_name(path.name().unwrap_or_default()) {
                        true => self.skip(path, DOT_NAME),
                        false => self.fail(path, &fault),
                    }
                }
            }
        }
        self.changed.notify_waiters();
    }

    /// Whether a directory is skipped because it is one of those above it, or a link to one that was visited.
    pub(super) fn is_repeated(
        &self,
        visit: &PendingDirectory,
        identity: Option<&[u8]>,
        fingerprint: Option<u64>,
    ) -> bool {
        let path = &visit.path;
        if identity.is_some_and(|identity| visit.is_above(identity)) {
            self.skip_link(path, "it is a link to a directory above it");
            return true;
        }
        if let Some(identity) = identity.filter(|_| self.options.follows_links) {
            let is_new = self.state.borrow_mut().visited.insert(identity.into());
            if !is_new && visit.link_sides.source_link {
                self.skip_link(path, "it is a link to a directory that was visited");
                return true;
            }
        }
        let is_same = fingerprint.is_some_and(|fingerprint| visit.same_above(fingerprint) > MAX_SAME);
        if is_same {
            self.skip(path, "it lists the same as directories above it, so it may be a link to one");
        }
        is_same
    }

    pub(super) fn enter(
        &self,
        path: TreePath,
        above: &Rc<Ancestor>,
        identity: Option<Box<[u8]>>,
        link_sides: LinkSides,
    ) -> Result<(), Fault> {
        if path.segments().count() > MAX_DEPTH {
            self.skip(&path, TOO_DEEP);
            return Ok(());
        }
        if link_sides.source_link && above.links == MAX_LINKS {
            self.skip_link(&path, "it is one link more than is followed");
            return Ok(());
        }
        let mut state = self.state.borrow_mut();
        state.found += 1;
        if state.found > MAX_DIRECTORIES {
            let fault = Fault::new(FaultKind::Failed, "there are more directories than can be mirrored");
            state.ended.get_or_insert(fault.clone());
            return Err(fault);
        }
        drop(state);
        self.push(MirrorTask::Compare(PendingDirectory {
            path,
            above: Some(Rc::clone(above)),
            identity,
            link_sides,
        }));
        Ok(())
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

    /// Reports an entry that cannot be stored safely.
    pub(super) fn skip(&self, path: &TreePath, reason: &str) {
        self.state.borrow_mut().summary.skipped += 1;
        self.report_skipped(path, reason);
    }

    /// Reports a skipped link, if it matches the filter.
    pub(super) fn skip_link(&self, path: &TreePath, reason: &str) {
        if self.options.filter.takes(path, true) {
            self.state.borrow_mut().summary.links += 1;
            self.report_skipped(path, reason);
        }
    }

    fn report_skipped(&self, path: &TreePath, reason: &str) {
        let name = printable(path.as_bytes());
        self.report.event(&ClientEvent::Skip { name: &name, reason });
    }

    pub(super) fn would_copy(&self, path: &TreePath, size: Option<u64>) {
        self.count(Moved::Bytes(size.unwrap_or_default()));
        let name = printable(path.as_bytes());
        self.report.event(&ClientEvent::WouldCopy { name: &name, size });
    }

    /// Reports a deletion, in a dry run a possible one, or its failure. Returns whether the entry was
    /// deleted.
    pub(super) fn removed(&self, path: &TreePath, removed: Result<(), Fault>) -> bool {
        if let Err(fault) = removed {
            self.fail(path, &fault);
            return false;
        }
        self.state.borrow_mut().summary.deleted += 1;
        let name = printable(path.as_bytes());
        self.report.event(&ClientEvent::Remove { name: &name, dry_run: self.options.dry_run });
        true
    }
}
