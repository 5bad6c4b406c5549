//! The work of a mirror: directories are compared, files moved, and what is too much removed, by whichever
//! worker is free.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use futures_util::future::join_all;
use tokio::sync::Notify;

use super::super::fault::{Fault, Kind};
use super::super::folder::{Folder, plain_name};
use super::super::listing::Unread;
use super::super::report::Report;
use super::{Direction, Entry, EntryKind, MAX_DEPTH, Moved, Plan, Remote, Summary};
use crate::escape::printable;
use crate::files::{self, Meta, TreePath};

/// Directories that one mirror goes into.
const MAX_DIRECTORIES: usize = 1_000_000;
/// Connections that fail one after the other, whatever they were for, until nothing more is tried.
const MAX_LOST: u32 = 3;

/// Why an entry of a server is left out.
const NO_FILE_THERE: &str = "it is a link, or not known to be a file";
/// Why an entry of a server whose name is not plain is left out.
const UNSAFE_NAME: &str = "its name cannot be kept safely";
/// Why one of the folder is.
const NO_FILE_HERE: &str = "it is neither a file nor a directory, or a link that leads to none in the folder";

/// Why something is not gone into.
const TOO_DEEP: &str = "it lies too deep";

/// Something to be done.
enum Job {
    Compare(TreePath, Option<Rc<Above>>),
    Fetch(TreePath, Entry, Option<Meta>),
    Store(TreePath, Meta),
}

/// A directory on the way to another one.
struct Above {
    /// Of a local one: a link to one of them would make a tree without end.
    identity: Option<(u64, u64)>,
    /// Whether the listings of it and of all above it were read to the end. Below others nothing is removed.
    is_known: bool,
    above: Option<Rc<Self>>,
}

/// Something in the folder.
#[derive(Clone, Copy)]
struct Own {
    meta: Meta,
    is_link: bool,
}

impl Own {
    /// Whether it is a directory itself. What a link leads to has its place elsewhere: it is not gone into
    /// by way of the link, and stays when the link is removed.
    fn is_directory(&self) -> bool {
        self.meta.is_directory() && !self.is_link
    }
}

/// A directory of the folder.
struct Local {
    meta: Meta,
    entries: HashMap<Vec<u8>, Own>,
    /// What is in it besides files and directories.
    others: Vec<Box<[u8]>>,
}

struct Work<'a> {
    plan: &'a Plan,
    folder: &'a Folder,
    report: &'a Report,
    state: RefCell<State>,
    /// There is something to be done, or nothing any more.
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// Files come first, so that not too many are waiting, and of directories the last one found, so that
    /// no more are waiting than lie beside one path.
    files: Vec<Job>,
    directories: Vec<Job>,
    found: usize,
    busy: usize,
    lost: u32,
    /// Why nothing more is done.
    ended: Option<Fault>,
    summary: Summary,
}

pub(super) async fn run<R: Remote>(
    plan: &Plan,
    folder: &Folder,
    workers: Vec<R>,
    report: &Report,
) -> Result<Summary, Fault> {
    let work = Work { plan, folder, report, state: RefCell::default(), changed: Notify::new() };
    work.state.borrow_mut().directories.push(Job::Compare(TreePath::ROOT, None));
    join_all(workers.into_iter().map(|remote| work.carry(remote))).await;
    let State { summary, ended, .. } = work.state.into_inner();
    ended.map_or(Ok(summary), Err)
}

impl Work<'_> {
    async fn carry<R: Remote>(&self, mut remote: R) {
        while let Some(job) = self.next().await {
            let path = match &job {
                Job::Compare(path, _) | Job::Fetch(path, ..) | Job::Store(path, _) => path.clone(),
            };
            let done = match job {
                Job::Compare(path, above) => self.compare(&mut remote, &path, above).await,
                Job::Fetch(path, entry, have) => {
                    let fetched = remote.fetch(&path, &entry, self.folder, have.as_ref()).await;
                    fetched.map(|moved| self.count(moved))
                }
                Job::Store(path, meta) => {
                    let stored = remote.store(&path, &meta, self.folder).await;
                    stored.map(|moved| self.count(moved))
                }
            };
            self.finish(&path, done);
        }
    }

    /// The next thing to do, as soon as there is one; `None` when everything is done.
    async fn next(&self) -> Option<Job> {
        loop {
            let changed = self.changed.notified();
            {
                let mut state = self.state.borrow_mut();
                if state.ended.is_some() {
                    return None;
                }
                if let Some(job) = state.files.pop().or_else(|| state.directories.pop()) {
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
                    state.summary.failed += 1;
                    drop(state);
                    self.fail(path, &fault);
                }
            }
        }
        self.changed.notify_waiters();
    }

    fn fail(&self, path: &TreePath, fault: &Fault) {
        let name = if path.is_root() { ".".into() } else { printable(path.as_bytes()) };
        self.report.fail(&format!("'{name}'"), &name, fault);
    }

    fn count(&self, moved: Moved) {
        let summary = &mut self.state.borrow_mut().summary;
        match moved {
            Moved::Bytes(bytes) => {
                summary.transferred += 1;
                summary.bytes += bytes;
            }
            Moved::Nothing => summary.unchanged += 1,
        }
    }

    fn skip(&self, directory: &TreePath, name: &[u8], reason: &str) {
        self.state.borrow_mut().summary.skipped += 1;
        self.report.skip(&printable(directory.child(name).as_bytes()), reason);
    }

    /// Tells of something that takes part and cannot be moved.
    fn leave_out(&self, directory: &TreePath, name: &[u8], reason: &str) {
        if self.plan.filter.takes(&directory.child(name), false) {
            self.skip(directory, name, reason);
        }
    }

    async fn compare<R: Remote>(
        &self,
        remote: &mut R,
        path: &TreePath,
        above: Option<Rc<Above>>,
    ) -> Result<(), Fault> {
        match self.plan.direction {
            Direction::Down => self.compare_down(remote, path, above).await,
            Direction::Up => self.compare_up(remote, path, above).await,
        }
    }

    async fn compare_down<R: Remote>(
        &self,
        remote: &mut R,
        path: &TreePath,
        above: Option<Rc<Above>>,
    ) -> Result<(), Fault> {
        let (mut theirs, unread) = remote.list(path).await?.into_parts();
        let mut ours = match self.local(path).await {
            Ok(local) => local.entries,
            Err(files::Error::NotFound) => {
                if !self.plan.dry_run {
                    self.folder.tree.make_dir(path).await.map_err(|error| self.file_fault(path, &error))?;
                }
                HashMap::new()
            }
            Err(error) => return Err(self.file_fault(path, &error)),
        };
        let mut is_known = self.check_listing(path, &unread, above.as_deref());
        for entry in theirs.iter().filter(|entry| plain_name(&entry.name).is_none()) {
            self.skip(path, &entry.name, UNSAFE_NAME);
            is_known = false;
        }
        let here = Rc::new(Above { identity: None, is_known, above });
        theirs.retain(|entry| plain_name(&entry.name).is_some());
        theirs.sort_by(|one, other| one.name.cmp(&other.name));
        theirs.dedup_by(|other, one| {
            let is_again = one.name == other.name;
            if is_again {
                self.skip(path, &one.name, "the server lists it twice");
            }
            is_again
        });
        let deletes = self.plan.delete && is_known;
        let named = theirs.iter().filter(|_| deletes).map(|entry| files::stem(&entry.name).to_vec());
        let stems: HashSet<_> = named.collect();
        for entry in theirs {
            // What we have of this name is not too much, whatever the server has.
            let have = ours.remove(&entry.name);
            let child = path.child(&entry.name);
            match entry.kind {
                EntryKind::Link | EntryKind::Other => self.leave_out(path, &entry.name, NO_FILE_THERE),
                kind if self.plan.filter.takes(&child, kind == EntryKind::Directory) => {
                    self.fetch_entry(path, child, (entry, have), &here).await?;
                }
                _ => {}
            }
        }
        if !deletes {
            return Ok(());
        }
        let is_beginning = |name: &[u8]| files::stem_of_part(name).is_some_and(|stem| stems.contains(stem));
        for (name, own) in ours {
            let child = path.child(&name);
            if self.plan.filter.takes(&child, own.is_directory()) && !is_beginning(&name) {
                self.remove_local(&child, own.is_directory()).await;
            }
        }
        Ok(())
    }

    /// Reports a listing that was not read to the end. Returns whether what it does not have may be removed.
    fn check_listing(&self, path: &TreePath, unread: &Unread, above: Option<&Above>) -> bool {
        if !unread.is_empty() {
            let consequence = if self.plan.delete { "; nothing is removed there" } else { "" };
            self.state.borrow_mut().summary.failed += 1;
            self.fail(path, &Fault::new(Kind::Failed, format!("{unread}{consequence}")));
        }
        unread.is_empty() && above.is_none_or(|above| above.is_known)
    }

    /// An entry that takes part. `have`: what we have of its name.
    async fn fetch_entry(
        &self,
        directory: &TreePath,
        path: TreePath,
        (entry, mut have): (Entry, Option<Own>),
        here: &Rc<Above>,
    ) -> Result<(), Fault> {
        let is_directory = entry.kind == EntryKind::Directory;
        if let Some(own) = have.filter(|own| own.is_directory() != is_directory) {
            match self.plan.delete && here.is_known {
                true if self.remove_local(&path, own.is_directory()).await => {}
                true => {
                    self.skip(directory, &entry.name, "what has this name here stays");
                    return Ok(());
                }
                false => {
                    let what = match (own.is_link, own.is_directory()) {
                        (true, _) => "a link",
                        (false, true) => "a directory",
                        (false, false) => "a file",
                    };
                    self.skip(directory, &entry.name, &format!("{what} of this name is in the way"));
                    return Ok(());
                }
            }
            have = None;
        }
        if is_directory {
            return self.enter(directory, path, Rc::clone(here));
        }
        match have.map(|own| own.meta) {
            Some(have) if is_same(&entry, &have) => self.count(Moved::Nothing),
            _ if self.plan.dry_run => self.would_move(&path, entry.size),
            have => self.state.borrow_mut().files.push(Job::Fetch(path, entry, have)),
        }
        self.changed.notify_waiters();
        Ok(())
    }

    async fn compare_up<R: Remote>(
        &self,
        remote: &mut R,
        path: &TreePath,
        above: Option<Rc<Above>>,
    ) -> Result<(), Fault> {
        let Local { meta, entries: ours, others } =
            self.local(path).await.map_err(|error| self.file_fault(path, &error))?;
        let identity = Some(meta.version.identity());
        if is_above(above.as_ref(), identity) {
            let parent = path.parent().unwrap_or_default();
            self.skip(&parent, path.name().unwrap_or_default(), "it is a link to a directory above it");
            return Ok(());
        }
        let (theirs, unread) = match remote.list(path).await {
            Ok(theirs) => theirs.into_parts(),
            Err(fault) if fault.kind == Kind::NotFound => {
                if !self.plan.dry_run {
                    remote.make_dir(path).await?;
                }
                (Vec::new(), Unread::default())
            }
            Err(fault) => return Err(fault),
        };
        let mut is_known = self.check_listing(path, &unread, above.as_deref());
        let mut theirs: HashMap<_, _> = theirs.into_iter().map(|entry| (entry.name.clone(), entry)).collect();
        for name in theirs.keys().filter(|name| plain_name(name).is_none()) {
            self.skip(path, name, UNSAFE_NAME);
            is_known = false;
        }
        theirs.retain(|name, _| plain_name(name).is_some());
        let (ours, unsendable): (Vec<_>, Vec<_>) =
            ours.into_iter().partition(|(name, _)| !name.iter().any(|byte| matches!(byte, b'\r' | b'\n')));
        for (name, _) in unsendable {
            // The server may list it under another name.
            self.skip(path, &name, "its name has a line end, which cannot be sent");
            is_known = false;
        }
        let here = Rc::new(Above { identity, is_known, above });
        for name in others {
            theirs.remove(&*name);
            self.leave_out(path, &name, NO_FILE_HERE);
        }
        // Links to directories are followed here: what they lead to is wanted there.
        for (name, Own { meta, .. }) in ours {
            let child = path.child(&name);
            let there = theirs.remove(&name);
            if !self.plan.filter.takes(&child, meta.is_directory()) {
                continue;
            }
            let kind = if meta.is_directory() { EntryKind::Directory } else { EntryKind::File };
            if there.as_ref().is_some_and(|there| there.kind != kind) {
                self.skip(path, &name, "something else of this name is in the way");
            } else if meta.is_directory() {
                self.enter(path, child, Rc::clone(&here))?;
            } else if there.is_some_and(|there| is_there(&meta, &there)) {
                self.count(Moved::Nothing);
            } else if self.plan.dry_run {
                self.would_move(&child, Some(meta.size));
            } else {
                self.state.borrow_mut().files.push(Job::Store(child, meta));
            }
        }
        self.changed.notify_waiters();
        if self.plan.delete && is_known {
            for (name, entry) in theirs {
                self.remove_entry(remote, path, &name, entry.kind).await;
            }
        }
        Ok(())
    }

    /// Goes into a directory later.
    fn enter(&self, parent: &TreePath, path: TreePath, above: Rc<Above>) -> Result<(), Fault> {
        if path.segments().count() > MAX_DEPTH {
            self.skip(parent, path.name().unwrap_or_default(), TOO_DEEP);
            return Ok(());
        }
        let mut state = self.state.borrow_mut();
        state.found += 1;
        if state.found > MAX_DIRECTORIES {
            let fault = Fault::new(Kind::Failed, "there are more directories than can be mirrored");
            state.ended.get_or_insert(fault.clone());
            return Err(fault);
        }
        state.directories.push(Job::Compare(path, Some(above)));
        drop(state);
        self.changed.notify_waiters();
        Ok(())
    }

    /// A directory of ours and what is in it.
    async fn local(&self, path: &TreePath) -> Result<Local, files::Error> {
        if self.plan.is_new {
            return Err(files::Error::NotFound);
        }
        let meta = self.folder.tree.metadata(path).await?;
        let files::Batch { entries, left_out } = self.folder.tree.list(path).await?.collect_whole().await?;
        let own = |files::Entry { name, meta, is_link, .. }| (name.into_vec(), Own { meta, is_link });
        Ok(Local { meta, entries: entries.into_iter().map(own).collect(), others: left_out })
    }

    fn would_move(&self, path: &TreePath, size: Option<u64>) {
        self.count(Moved::Bytes(size.unwrap_or_default()));
        self.report.would_transfer(&printable(path.as_bytes()), size);
    }

    fn file_fault(&self, path: &TreePath, error: &files::Error) -> Fault {
        Fault::file(&self.folder.name(path), error)
    }

    /// Removes something of ours, and of a directory what is in it first. `false`: it stays, or would, because
    /// something in it takes no part, or could not be removed.
    async fn remove_local(&self, path: &TreePath, is_directory: bool) -> bool {
        if is_directory {
            let Local { entries, others, .. } = match self.local(path).await {
                Ok(local) => local,
                Err(error) => return self.removed(path, &Err(self.file_fault(path, &error))),
            };
            let mut is_empty = others.is_empty();
            for name in others {
                self.leave_out(path, &name, NO_FILE_HERE);
            }
            for (name, own) in entries {
                let child = path.child(&name);
                is_empty &= self.plan.filter.takes(&child, own.is_directory())
                    && Box::pin(self.remove_local(&child, own.is_directory())).await;
            }
            if !is_empty {
                return false;
            }
        }
        let removed = match (self.plan.dry_run, is_directory) {
            (true, _) => Ok(()),
            (false, true) => self.folder.tree.remove_dir(path, None).await,
            (false, false) => self.folder.tree.remove_file(path, None).await,
        };
        self.removed(path, &removed.map_err(|error| self.file_fault(path, &error)))
    }

    /// The same on the server.
    async fn remove_remote<R: Remote>(&self, remote: &mut R, path: &TreePath, is_directory: bool) -> bool {
        if path.segments().count() > MAX_DEPTH {
            self.skip(&path.parent().unwrap_or_default(), path.name().unwrap_or_default(), TOO_DEEP);
            return false;
        }
        if is_directory {
            // A server may show a link as what it leads to, which has its place elsewhere: it goes as a file.
            if !self.plan.dry_run && remote.remove(path, false).await.is_ok() {
                return self.removed(path, &Ok(()));
            }
            let (entries, unread) = match remote.list(path).await {
                Ok(listing) => listing.into_parts(),
                Err(fault) => return self.removed(path, &Err(fault)),
            };
            if !unread.is_empty() {
                return self.removed(path, &Err(Fault::new(Kind::Failed, format!("{unread}; it stays"))));
            }
            if let Some(entry) = entries.iter().find(|entry| plain_name(&entry.name).is_none()) {
                self.skip(path, &entry.name, UNSAFE_NAME);
                return false;
            }
            let mut is_empty = true;
            for entry in entries {
                is_empty &= Box::pin(self.remove_entry(remote, path, &entry.name, entry.kind)).await;
            }
            if !is_empty {
                return false;
            }
        }
        let removed = match self.plan.dry_run {
            true => Ok(()),
            false => remote.remove(path, is_directory).await,
        };
        self.removed(path, &removed)
    }

    /// Removes something on the server that takes part. Returns whether it is gone.
    async fn remove_entry<R: Remote>(
        &self,
        remote: &mut R,
        directory: &TreePath,
        name: &[u8],
        kind: EntryKind,
    ) -> bool {
        let (child, is_directory) = (directory.child(name), kind == EntryKind::Directory);
        match kind {
            EntryKind::Link | EntryKind::Other => {
                self.leave_out(directory, name, NO_FILE_THERE);
                false
            }
            _ => {
                self.plan.filter.takes(&child, is_directory)
                    && self.remove_remote(remote, &child, is_directory).await
            }
        }
    }

    /// Counts and tells it. Gives whether it is gone.
    fn removed(&self, path: &TreePath, removed: &Result<(), Fault>) -> bool {
        let name = printable(path.as_bytes());
        match removed {
            Ok(()) if self.plan.dry_run => self.report.would_delete(&name),
            Ok(()) => self.report.delete(&name),
            Err(fault) => self.fail(path, fault),
        }
        let summary = &mut self.state.borrow_mut().summary;
        match removed {
            Ok(()) => summary.deleted += 1,
            Err(_) => summary.failed += 1,
        }
        removed.is_ok()
    }
}

/// Whether what we have is what the server has, as far as its listing tells. A listing without times
/// tells nothing.
fn is_same(entry: &Entry, have: &Meta) -> bool {
    entry.size.is_none_or(|size| size == have.size)
        && entry.modified.is_some_and(|modified| modified.is(have.modified))
}

/// Whether the server has what we have. Where it does not take times, what was uploaded is newer.
fn is_there(ours: &Meta, there: &Entry) -> bool {
    let is_newer = |modified: super::Modified| modified.is(ours.modified) || modified.at > ours.modified;
    there.size == Some(ours.size) && there.modified.is_none_or(is_newer)
}

fn is_above(mut above: Option<&Rc<Above>>, identity: Option<(u64, u64)>) -> bool {
    while let Some(directory) = above {
        if directory.identity == identity {
            return true;
        }
        above = directory.above.as_ref();
    }
    false
}
