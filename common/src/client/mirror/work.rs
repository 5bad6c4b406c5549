//! The work of a mirror: directories are compared, files moved, and what is too much removed, by whichever
//! worker is free.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
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

/// Links to directories that are followed on one path.
const MAX_LINKS: usize = 4;
/// Directories above one that may list the same as it does. A server that does not tell links from directories
/// would be copied without end.
const MAX_SAME: usize = 1;

/// Why an entry of a server is left out.
const NO_FILE_THERE: &str = "it is not known to be a file or a directory";
/// Why an entry of a server whose name is not plain is left out.
const UNSAFE_NAME: &str = "its name cannot be kept safely";
/// Why one of the folder is.
const NO_FILE_HERE: &str = "it is neither a file nor a directory";
/// Why a link on either side is.
const IS_LINK: &str = "it is a link";
const LEADS_NOWHERE: &str = "it is a link that leads to no file or directory";

/// Why something is not gone into.
const TOO_DEEP: &str = "it lies too deep";

/// Something to be done.
enum Job {
    Compare(Visit),
    Fetch(TreePath, Entry, Option<Meta>),
    Store(TreePath, Meta),
}

/// A directory to be entered.
#[derive(Default)]
struct Visit {
    path: TreePath,
    above: Option<Rc<Above>>,
    /// What identifies it, where its parent's listing tells it.
    identity: Option<Box<[u8]>>,
    via: Via,
}

/// On which sides the last name of a path is a link.
#[derive(Clone, Copy, Default)]
struct Via {
    source_link: bool,
    target_link: bool,
}

/// A directory on the way to another one.
struct Above {
    /// Of the source: a link to one of them would make a tree without end.
    identity: Option<Box<[u8]>>,
    /// A hash of its listing, if there is a directory in it.
    fingerprint: Option<u64>,
    /// Links on the way, itself included.
    links: usize,
    /// Whether the listings of it and of all above it were read to the end, and no link of the target leads
    /// to it. Below others nothing is removed.
    is_known: bool,
    above: Option<Rc<Self>>,
}

impl Visit {
    /// The directory as one on the way to those in it.
    fn above(&self, identity: Option<Box<[u8]>>, fingerprint: Option<u64>, is_known: bool) -> Rc<Above> {
        let links = self.above.as_ref().map_or(0, |above| above.links) + usize::from(self.via.source_link);
        Rc::new(Above { identity, fingerprint, links, is_known, above: self.above.clone() })
    }
}

/// Something in the folder.
#[derive(Clone, Copy)]
struct Own {
    /// Of a link, what it leads to.
    meta: Meta,
    is_link: bool,
}

impl Own {
    fn is_directory(&self) -> bool {
        self.meta.is_directory()
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
    /// Directories that links lead to come last, when all that can be visited without them was.
    links: Vec<Job>,
    /// The directories that were entered, where they have an identity and links are followed.
    visited: HashSet<Box<[u8]>>,
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
    work.state.borrow_mut().directories.push(Job::Compare(Visit::default()));
    join_all(workers.into_iter().map(|remote| work.carry(remote))).await;
    let State { summary, ended, .. } = work.state.into_inner();
    ended.map_or(Ok(summary), Err)
}

impl Work<'_> {
    async fn carry<R: Remote>(&self, mut remote: R) {
        while let Some(job) = self.next().await {
            let path = match &job {
                Job::Compare(Visit { path, .. }) | Job::Fetch(path, ..) | Job::Store(path, _) => path.clone(),
            };
            let done = match job {
                Job::Compare(visit) => match self.plan.direction {
                    Direction::Down => self.compare_down(&mut remote, visit).await,
                    Direction::Up => self.compare_up(&mut remote, visit).await,
                },
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

    /// Counts a link that is left out, if it takes part.
    fn skip_link(&self, directory: &TreePath, name: &[u8], reason: &str) {
        let child = directory.child(name);
        if self.plan.filter.takes(&child, true) {
            self.state.borrow_mut().summary.links += 1;
            self.report.skip(&printable(child.as_bytes()), reason);
        }
    }

    /// Counts what is in the folder and cannot be opened.
    async fn leave_out_here(&self, directory: &TreePath, name: &[u8]) {
        let is_link = self.folder.tree.is_link(&directory.child(name)).await.unwrap_or(false);
        match is_link {
            true => self.skip_link(directory, name, LEADS_NOWHERE),
            false => self.leave_out(directory, name, NO_FILE_HERE),
        }
    }

    /// What a name of the server leads to, if that is not left out.
    async fn resolve<R: Remote>(&self, remote: &mut R, directory: &TreePath, entry: Entry) -> Option<Entry> {
        let child = directory.child(&entry.name);
        match entry.kind {
            EntryKind::File | EntryKind::Directory => return Some(entry),
            EntryKind::Other => self.leave_out(directory, &entry.name, NO_FILE_THERE),
            EntryKind::Link if !self.plan.follows_links => self.skip_link(directory, &entry.name, IS_LINK),
            EntryKind::Link if !self.plan.filter.takes(&child, true) => {}
            EntryKind::Link => match remote.follow(&child, &entry).await {
                Ok(Some(followed)) => return Some(followed),
                Ok(None) => self.skip_link(directory, &entry.name, LEADS_NOWHERE),
                Err(fault) => {
                    self.state.borrow_mut().summary.failed += 1;
                    self.fail(&child, &fault);
                }
            },
        }
        None
    }

    /// Whether a directory is not entered, because it is one of those above it, or was visited and is a link.
    fn is_repeated(&self, visit: &Visit, identity: Option<&[u8]>, fingerprint: Option<u64>) -> bool {
        let (Some(parent), Some(name)) = (visit.path.parent(), visit.path.name()) else {
            self.state.borrow_mut().visited.extend(identity.map(Box::from));
            return false;
        };
        let above = || std::iter::successors(visit.above.as_deref(), |above| above.above.as_deref());
        if identity.is_some() && above().any(|above| above.identity.as_deref() == identity) {
            self.skip_link(&parent, name, "it is a link to a directory above it");
            return true;
        }
        if let Some(identity) = identity.filter(|_| self.plan.follows_links) {
            let is_new = self.state.borrow_mut().visited.insert(identity.into());
            if !is_new && visit.via.source_link {
                self.skip_link(&parent, name, "it is a link to a directory that was visited");
                return true;
            }
        }
        let is_same = fingerprint.is_some()
            && above().filter(|above| above.fingerprint == fingerprint).count() > MAX_SAME;
        if is_same {
            self.skip(&parent, name, "it lists the same as directories above it, so it may be a link to one");
        }
        is_same
    }

    async fn compare_down<R: Remote>(&self, remote: &mut R, visit: Visit) -> Result<(), Fault> {
        let path = &visit.path;
        let listing = remote.list(path).await?;
        let identity = listing.identity.clone().or_else(|| visit.identity.clone());
        let (mut theirs, unread) = listing.into_parts();
        // A link comes before what else may have its name.
        theirs.sort_unstable_by(|one, other| (&one.name, one.kind).cmp(&(&other.name, other.kind)));
        let fingerprint = fingerprint(&theirs);
        if self.is_repeated(&visit, identity.as_deref(), fingerprint) {
            return Ok(());
        }
        let (mut ours, closed): (_, HashSet<_>) = match self.local(path).await {
            Ok(local) => (local.entries, local.others.into_iter().collect()),
            Err(files::Error::NotFound) => {
                if !self.plan.dry_run {
                    self.folder.tree.make_dir(path).await.map_err(|error| self.file_fault(path, &error))?;
                }
                Default::default()
            }
            Err(error) => return Err(self.file_fault(path, &error)),
        };
        let mut is_known = self.check_listing(&visit, &unread);
        for entry in theirs.iter().filter(|entry| plain_name(&entry.name).is_none()) {
            self.skip(path, &entry.name, UNSAFE_NAME);
            is_known = false;
        }
        theirs.retain(|entry| plain_name(&entry.name).is_some());
        theirs.dedup_by(|other, one| {
            let is_again = one.name == other.name;
            if is_again {
                self.skip(path, &one.name, "the server lists it twice");
            }
            is_again
        });
        let here = visit.above(identity, fingerprint, is_known);
        let deletes = self.plan.delete && is_known;
        let named = theirs.iter().filter(|_| deletes).map(|entry| files::stem(&entry.name).to_vec());
        let stems: HashSet<_> = named.collect();
        for entry in theirs {
            // What we have of this name is not too much, whatever the server has.
            let have = ours.remove(&entry.name);
            let target_link = have.is_some_and(|own| own.is_link);
            let via = Via { source_link: entry.kind == EntryKind::Link, target_link };
            let Some(entry) = self.resolve(remote, path, entry).await else { continue };
            let child = path.child(&entry.name);
            if !self.plan.filter.takes(&child, entry.kind == EntryKind::Directory) {
                continue;
            }
            if closed.contains(entry.name.as_slice()) {
                self.leave_out_here(path, &entry.name).await;
            } else if target_link && !self.plan.follows_links {
                self.skip_link(path, &entry.name, IS_LINK);
            } else {
                self.fetch_entry(child, (entry, have), &here, via).await?;
            }
        }
        if !deletes {
            return Ok(());
        }
        let is_beginning = |name: &[u8]| files::stem_of_part(name).is_some_and(|stem| stems.contains(stem));
        for (name, own) in ours {
            if !is_beginning(&name) {
                self.remove_own(path, &name, own).await;
            }
        }
        Ok(())
    }

    /// Reports a listing that was not read to the end. Returns whether what it does not have may be removed; what
    /// a link of the target leads to may not.
    fn check_listing(&self, visit: &Visit, unread: &Unread) -> bool {
        if !unread.is_empty() {
            let consequence = if self.plan.delete { "; nothing is removed there" } else { "" };
            self.state.borrow_mut().summary.failed += 1;
            self.fail(&visit.path, &Fault::new(Kind::Failed, format!("{unread}{consequence}")));
        }
        let is_known = visit.above.as_ref().is_none_or(|above| above.is_known);
        unread.is_empty() && is_known && !visit.via.target_link
    }

    /// An entry that takes part. `have`: what we have of its name.
    async fn fetch_entry(
        &self,
        path: TreePath,
        (entry, mut have): (Entry, Option<Own>),
        here: &Rc<Above>,
        via: Via,
    ) -> Result<(), Fault> {
        let directory = &path.parent().unwrap_or_default();
        let is_directory = entry.kind == EntryKind::Directory;
        if let Some(own) = have.filter(|own| own.is_directory() != is_directory) {
            match self.plan.delete && here.is_known && !own.is_link {
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
            return self.enter(path, here, entry.identity, via);
        }
        match have.map(|own| own.meta) {
            Some(have) if is_same(&entry, &have) => self.count(Moved::Nothing),
            _ if self.plan.dry_run => self.would_move(&path, entry.size),
            have => self.state.borrow_mut().files.push(Job::Fetch(path, entry, have)),
        }
        self.changed.notify_waiters();
        Ok(())
    }

    async fn compare_up<R: Remote>(&self, remote: &mut R, visit: Visit) -> Result<(), Fault> {
        let path = &visit.path;
        let Local { meta, entries: ours, others } =
            self.local(path).await.map_err(|error| self.file_fault(path, &error))?;
        let (device, inode) = meta.version.identity();
        let identity = Some([device.to_ne_bytes(), inode.to_ne_bytes()].concat().into());
        if self.is_repeated(&visit, identity.as_deref(), None) {
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
        let mut is_known = self.check_listing(&visit, &unread);
        let mut theirs: HashMap<_, _> = theirs.into_iter().map(|entry| (entry.name.clone(), entry)).collect();
        for name in theirs.keys().filter(|name| plain_name(name).is_none()) {
            self.skip(path, name, UNSAFE_NAME);
            is_known = false;
        }
        theirs.retain(|name, _| plain_name(name).is_some());
        let has_line_end = |name: &[u8]| name.iter().any(|byte| matches!(byte, b'\r' | b'\n'));
        for name in ours.keys().map(Vec::as_slice).chain(others.iter().map(|name| &**name)) {
            if has_line_end(name) {
                // The server may list it under another name.
                self.skip(path, name, "its name has a line end, which cannot be sent");
                is_known = false;
            }
        }
        let here = visit.above(identity, None, is_known);
        for name in others.into_iter().filter(|name| !has_line_end(name)) {
            theirs.remove(&*name);
            self.leave_out_here(path, &name).await;
        }
        for (name, Own { meta, is_link }) in ours.into_iter().filter(|(name, _)| !has_line_end(name)) {
            let child = path.child(&name);
            let there = theirs.remove(&name);
            if is_link && !self.plan.follows_links {
                self.skip_link(path, &name, IS_LINK);
                continue;
            }
            if !self.plan.filter.takes(&child, meta.is_directory()) {
                continue;
            }
            let target_link = there.as_ref().is_some_and(|there| there.kind == EntryKind::Link);
            let there = match there {
                Some(there) => match self.resolve(remote, path, there).await {
                    Some(there) => Some(there),
                    None => continue,
                },
                None => None,
            };
            let kind = if meta.is_directory() { EntryKind::Directory } else { EntryKind::File };
            if there.as_ref().is_some_and(|there| there.kind != kind) {
                self.skip(path, &name, "something else of this name is in the way");
            } else if meta.is_directory() {
                self.enter(child, &here, None, Via { source_link: is_link, target_link })?;
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
    fn enter(
        &self,
        path: TreePath,
        above: &Rc<Above>,
        identity: Option<Box<[u8]>>,
        via: Via,
    ) -> Result<(), Fault> {
        let (parent, name) = (path.parent().unwrap_or_default(), path.name().unwrap_or_default());
        if path.segments().count() > MAX_DEPTH {
            self.skip(&parent, name, TOO_DEEP);
            return Ok(());
        }
        if via.source_link && above.links == MAX_LINKS {
            self.skip_link(&parent, name, "it is one link more than is followed");
            return Ok(());
        }
        let mut state = self.state.borrow_mut();
        state.found += 1;
        if state.found > MAX_DIRECTORIES {
            let fault = Fault::new(Kind::Failed, "there are more directories than can be mirrored");
            state.ended.get_or_insert(fault.clone());
            return Err(fault);
        }
        let job = Job::Compare(Visit { path, above: Some(Rc::clone(above)), identity, via });
        let State { links, directories, .. } = &mut *state;
        (if via.source_link { links } else { directories }).push(job);
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
                self.leave_out_here(path, &name).await;
            }
            for (name, own) in entries {
                is_empty &= Box::pin(self.remove_own(path, &name, own)).await;
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

    /// Removes something of ours that takes part. Returns whether it is gone.
    async fn remove_own(&self, directory: &TreePath, name: &[u8], own: Own) -> bool {
        if own.is_link {
            self.skip_link(directory, name, IS_LINK);
            return false;
        }
        let child = directory.child(name);
        self.plan.filter.takes(&child, own.is_directory())
            && self.remove_local(&child, own.is_directory()).await
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
            EntryKind::Link => {
                self.skip_link(directory, name, IS_LINK);
                false
            }
            EntryKind::Other => {
                self.leave_out(directory, name, NO_FILE_THERE);
                false
            }
            EntryKind::File | EntryKind::Directory => {
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

/// A hash of a listing that has a directory in it.
fn fingerprint(entries: &[Entry]) -> Option<u64> {
    entries.iter().find(|entry| entry.kind == EntryKind::Directory)?;
    let mut hasher = DefaultHasher::new();
    for Entry { name, kind, size, modified, .. } in entries {
        (name, *kind == EntryKind::Directory, size, modified.map(|modified| modified.at)).hash(&mut hasher);
    }
    Some(hasher.finish())
}
