//! Compares a directory of the source with that of the target: schedules copies of entries that differ, and
//! deletes entries that are only at the target.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::super::fault::{Fault, FaultKind};
use super::super::folder::plain_name;
use super::super::listing::{Listing, Unread};
use super::super::report::ClientEvent;
use super::tree::{EntryKind, FileCopy, MirrorEntry, MirrorSource, MirrorTarget, MirrorTree, Moved};
use super::visit::{Ancestor, LinkSides, PendingDirectory, fingerprint};
use super::walk::{MAX_DEPTH, MirrorTask, MirrorWalk, TOO_DEEP};
use crate::files::{self, TreePath};
use crate::net::clock;

type Reason = &'static str;

impl MirrorWalk<'_> {
    pub(super) async fn compare<S: MirrorSource<T>, T: MirrorTarget>(
        &self,
        source: &mut S,
        target: &mut T,
        visit: PendingDirectory,
    ) -> Result<(), Fault> {
        let path = &visit.path;
        let listing = source.list(path).await?;
        let identity = listing.identity.clone().or_else(|| visit.identity.clone());
        let (mut entries, unread) = listing.into_parts();
        // A link precedes other entries of its name.
        entries.sort_unstable_by(|one, other| (&one.name, one.kind).cmp(&(&other.name, other.kind)));
        let fingerprint = if S::IS_LOCAL { None } else { fingerprint(&entries) };
        if self.is_repeated(&visit, identity.as_deref(), fingerprint) {
            return Ok(());
        }
        let (mut existing, target_unread) = self.list_target(target, path).await?.into_parts();
        let is_complete = self.check_listing(path, &unread) & self.check_listing(path, &target_unread);
        let is_safe = self.check_names(path, &mut existing, name_in_target::<T>)
            & self.check_names(path, &mut entries, name_in_source::<S>);
        entries.dedup_by(|other, one| {
            let is_again = one.name == other.name;
            if is_again {
                self.skip(&path.child(&one.name), "the server lists it twice");
            }
            is_again
        });
        let here = visit.above(identity, fingerprint, is_complete && is_safe);
        let deletes = self.options.delete && here.is_known;
        let mut existing: HashMap<_, _> =
            existing.into_iter().map(|entry| (entry.name.clone(), entry)).collect();
        let named = entries.iter().filter(|_| deletes && T::IS_LOCAL);
        let stems: HashSet<_> = named.map(|entry| files::stem(&entry.name).to_vec()).collect();
        for entry in entries {
            // An entry of this name is not deleted, whatever the outcome.
            let have = existing.remove(&entry.name);
            self.compare_entry(source, target, path.child(&entry.name), (entry, have), &here).await?;
        }
        if deletes {
            for (name, entry) in existing {
                // In a local folder, entries that cannot be opened are ignored, and so are part files of the
                // source's files.
                let is_part = || files::stem_of_part(&name).is_some_and(|stem| stems.contains(stem));
                if !(T::IS_LOCAL && (entry.size.is_none() || is_part())) {
                    self.remove_entry(target, &path.child(&name), &entry).await;
                }
            }
        }
        Ok(())
    }

    /// Lists a directory of the target, after creating it if necessary.
    async fn list_target<T: MirrorTarget>(
        &self,
        target: &mut T,
        path: &TreePath,
    ) -> Result<Listing<MirrorEntry>, Fault> {
        match target.list(path).await {
            Err(fault) if fault.kind == FaultKind::NotFound => {
                if !self.options.dry_run {
                    target.make_dir(path).await?;
                }
                Ok(Listing::new(Vec::new(), Unread::default()))
            }
            listed => listed,
        }
    }

    /// Reports an incomplete listing. Returns whether the listing is complete.
    fn check_listing(&self, path: &TreePath, unread: &Unread) -> bool {
        if !unread.is_empty() {
            let consequence = if self.options.delete { "; nothing is removed there" } else { "" };
            self.fail(path, &Fault::new(FaultKind::Failed, format!("{unread}{consequence}")));
        }
        unread.is_empty()
    }

    /// Removes the entries whose names cannot be used. Returns whether there were none.
    fn check_names(
        &self,
        directory: &TreePath,
        entries: &mut Vec<MirrorEntry>,
        check: impl Fn(&[u8]) -> Result<(), Reason>,
    ) -> bool {
        let all = entries.len();
        entries.retain(|entry| match check(&entry.name) {
            Ok(()) => true,
            Err(reason) => {
                self.skip(&directory.child(&entry.name), reason);
                false
            }
        });
        entries.len() == all
    }

    async fn compare_entry<S: MirrorSource<T>, T: MirrorTarget>(
        &self,
        source: &mut S,
        target: &mut T,
        path: TreePath,
        (entry, have): (MirrorEntry, Option<MirrorEntry>),
        here: &Rc<Ancestor>,
    ) -> Result<(), Fault> {
        let is_link = |entry: &MirrorEntry| entry.kind == EntryKind::Link;
        let link_sides =
            LinkSides { source_link: is_link(&entry), target_link: have.as_ref().is_some_and(is_link) };
        let Some(entry) = self.resolve(source, &path, entry).await else { return Ok(()) };
        let is_directory = entry.kind == EntryKind::Directory;
        if !self.options.filter.takes(&path, is_directory) {
            return Ok(());
        }
        let mut have = match have {
            Some(have) => match self.resolve(target, &path, have).await {
                Some(have) => Some(have),
                None => return Ok(()),
            },
            None => None,
        };
        if let Some(other) = have.as_ref().filter(|have| have.kind != entry.kind) {
            let is_directory = other.kind == EntryKind::Directory;
            if !(T::IS_LOCAL && self.options.delete && here.is_known) || link_sides.target_link {
                let what = match is_directory {
                    _ if !T::IS_LOCAL => "something else",
                    _ if link_sides.target_link => "a link",
                    true => "a directory",
                    false => "a file",
                };
                self.skip(&path, &format!("{what} of this name is in the way"));
                return Ok(());
            }
            if !self.remove(target, &path, is_directory).await {
                self.skip(&path, "the local entry of this name is kept");
                return Ok(());
            }
            have = None;
        }
        if is_directory {
            return self.enter(path, here, entry.identity, link_sides);
        }
        if have.as_ref().is_some_and(|have| is_same::<T>(&entry, have)) {
            self.count(Moved::Unchanged);
        } else if self.options.dry_run {
            self.would_copy(&path, entry.size);
        } else {
            self.report.event(&ClientEvent::Queue(entry.size));
            self.push(MirrorTask::Copy(FileCopy { path, entry, have }));
        }
        Ok(())
    }

    /// The file or directory of an entry, after following a link, unless it is left out.
    async fn resolve<M: MirrorTree>(
        &self,
        tree: &mut M,
        path: &TreePath,
        entry: MirrorEntry,
    ) -> Option<MirrorEntry> {
        if self.leaves_out::<M>(path, &entry, self.options.follows_links) {
            return None;
        }
        if entry.kind != EntryKind::Link {
            return Some(entry);
        }
        if !self.options.filter.takes(path, true) {
            return None;
        }
        match tree.follow(path, &entry).await {
            Ok(Some(followed)) => return Some(followed),
            Ok(None) => self.skip_link(path, LEADS_NOWHERE),
            Err(fault) => self.fail(path, &fault),
        }
        None
    }

    /// Reports an entry that is neither copied nor deleted. Returns whether it is one.
    fn leaves_out<M: MirrorTree>(&self, path: &TreePath, entry: &MirrorEntry, follows_links: bool) -> bool {
        match entry.kind {
            EntryKind::File | EntryKind::Directory => return false,
            EntryKind::Link if M::IS_LOCAL && entry.size.is_none() => self.skip_link(path, LEADS_NOWHERE),
            EntryKind::Link if follows_links => return false,
            EntryKind::Link => self.skip_link(path, "it is a link"),
            EntryKind::Other if !self.options.filter.takes(path, false) => {}
            EntryKind::Other if M::IS_LOCAL => self.skip(path, "it is neither a file nor a directory"),
            EntryKind::Other => self.skip(path, "it is not known to be a file or a directory"),
        }
        true
    }

    /// Deletes an entry of the target that matches the filter. Returns whether it was deleted.
    async fn remove_entry<T: MirrorTarget>(
        &self,
        target: &mut T,
        path: &TreePath,
        entry: &MirrorEntry,
    ) -> bool {
        let is_directory = entry.kind == EntryKind::Directory;
        !self.leaves_out::<T>(path, entry, false)
            && self.options.filter.takes(path, is_directory)
            && self.remove(target, path, is_directory).await
    }

    /// Deletes a file, or a directory after its entries. Returns whether it was deleted: a directory is kept
    /// if an entry in it does not match the filter or cannot be deleted.
    async fn remove<T: MirrorTarget>(&self, target: &mut T, path: &TreePath, is_directory: bool) -> bool {
        if !T::IS_LOCAL && path.segments().count() > MAX_DEPTH {
            self.skip(path, TOO_DEEP);
            return false;
        }
        if is_directory {
            // A server may list a link as a directory. Deleting it as a file keeps that directory.
            if !T::IS_LOCAL && !self.options.dry_run && target.remove(path, false).await.is_ok() {
                return self.removed(path, Ok(()));
            }
            let (entries, unread) = match target.list(path).await {
                Ok(listing) => listing.into_parts(),
                Err(fault) => return self.removed(path, Err(fault)),
            };
            if !unread.is_empty() {
                return self.removed(path, Err(Fault::new(FaultKind::Failed, format!("{unread}; it stays"))));
            }
            if let Some(entry) = entries.iter().find(|entry| name_in_target::<T>(&entry.name).is_err()) {
                self.skip(&path.child(&entry.name), UNSAFE_NAME);
                return false;
            }
            let mut is_empty = true;
            for entry in entries {
                let child = path.child(&entry.name);
                is_empty &= Box::pin(self.remove_entry(target, &child, &entry)).await;
            }
            if !is_empty {
                return false;
            }
        }
        let removed = match self.options.dry_run {
            true => Ok(()),
            false => target.remove(path, is_directory).await,
        };
        self.removed(path, removed)
    }
}

const LEADS_NOWHERE: Reason = "it is a link that leads to no file or directory";
const UNSAFE_NAME: Reason = "its name cannot be kept safely";

/// Checks a name that the target lists: one of a server is not trusted.
fn name_in_target<T: MirrorTarget>(name: &[u8]) -> Result<(), Reason> {
    match T::IS_LOCAL || plain_name(name).is_some() {
        true => Ok(()),
        false => Err(UNSAFE_NAME),
    }
}

/// Checks a name that the source lists. A server may list one with a line end under another name.
fn name_in_source<S: MirrorTree>(name: &[u8]) -> Result<(), Reason> {
    let has_line_end = || name.iter().any(|byte| matches!(byte, b'\r' | b'\n'));
    match S::IS_LOCAL {
        true if has_line_end() => Err("its name has a line end, which cannot be sent"),
        false if plain_name(name).is_none() => Err(UNSAFE_NAME),
        _ => Ok(()),
    }
}

/// Whether the target has the same file, according to the listings. Without a time in the source's listing
/// they show nothing.
fn is_same<T: MirrorTarget>(entry: &MirrorEntry, have: &MirrorEntry) -> bool {
    let has_same_time = entry.modified.is_some_and(|modified| match have.modified {
        Some(have) if T::IS_LOCAL => modified.is(have.at),
        // On a server that does not accept times, an upload is newer than its source. One that accepts times may
        // limit those in the future to the present.
        Some(have) => have.is(modified.at) || have.at > modified.at || modified.at > clock::now(),
        None => true,
    });
    has_same_time && entry.size.is_none_or(|size| have.size == Some(size))
}
