//! The directories that a mirror enters, and the checks that end trees without end: links to directories above
//! themselves, and servers that do not distinguish links from directories.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::rc::Rc;

use super::super::fault::{Fault, Kind};
use super::walk::{Job, Walk};
use super::{Entry, EntryKind, MAX_DEPTH};
use crate::files::TreePath;

/// Directories that one mirror enters.
const MAX_DIRECTORIES: usize = 1_000_000;
/// Links to directories that are followed on one path.
const MAX_LINKS: usize = 4;
/// Directories above one that may have the same listing.
const MAX_SAME: usize = 1;

pub(super) const TOO_DEEP: &str = "it lies too deep";

/// A directory to be entered.
#[derive(Default)]
pub(super) struct Visit {
    pub(super) path: TreePath,
    pub(super) above: Option<Rc<Above>>,
    /// Identifies it, if its parent's listing says so.
    pub(super) identity: Option<Box<[u8]>>,
    pub(super) via: Via,
}

/// On which sides the last name of a path is a link.
#[derive(Clone, Copy, Default)]
pub(super) struct Via {
    pub(super) source_link: bool,
    pub(super) target_link: bool,
}

/// A directory on the way to another one.
pub(super) struct Above {
    /// Of the source.
    identity: Option<Box<[u8]>>,
    /// A hash of its listing, if there is a directory in it.
    fingerprint: Option<u64>,
    /// Links on the way, itself included.
    links: usize,
    /// Whether the listings of this directory and of all above it are complete, and none of them is a link of
    /// the target. Nothing is removed below others.
    pub(super) is_known: bool,
    above: Option<Rc<Self>>,
}

impl Visit {
    /// The directory as the parent of its entries.
    pub(super) fn above(
        &self,
        identity: Option<Box<[u8]>>,
        fingerprint: Option<u64>,
        is_complete: bool,
    ) -> Rc<Above> {
        let (links, is_known) = self.above.as_ref().map_or((0, true), |above| (above.links, above.is_known));
        Rc::new(Above {
            identity,
            fingerprint,
            links: links + usize::from(self.via.source_link),
            is_known: is_known && is_complete && !self.via.target_link,
            above: self.above.clone(),
        })
    }
}

impl Walk<'_> {
    /// Whether a directory is left out because it is one of those above it, or a link to one that was visited.
    pub(super) fn is_repeated(
        &self,
        visit: &Visit,
        identity: Option<&[u8]>,
        fingerprint: Option<u64>,
    ) -> bool {
        let path = &visit.path;
        if path.is_root() {
            self.state.borrow_mut().visited.extend(identity.map(Box::from));
            return false;
        }
        let above = || std::iter::successors(visit.above.as_deref(), |above| above.above.as_deref());
        if identity.is_some() && above().any(|above| above.identity.as_deref() == identity) {
            self.skip_link(path, "it is a link to a directory above it");
            return true;
        }
        if let Some(identity) = identity.filter(|_| self.options.follows_links) {
            let is_new = self.state.borrow_mut().visited.insert(identity.into());
            if !is_new && visit.via.source_link {
                self.skip_link(path, "it is a link to a directory that was visited");
                return true;
            }
        }
        let is_same = fingerprint.is_some()
            && above().filter(|above| above.fingerprint == fingerprint).count() > MAX_SAME;
        if is_same {
            self.skip(path, "it lists the same as directories above it, so it may be a link to one");
        }
        is_same
    }

    /// Schedules a visit to a directory.
    pub(super) fn enter(
        &self,
        path: TreePath,
        above: &Rc<Above>,
        identity: Option<Box<[u8]>>,
        via: Via,
    ) -> Result<(), Fault> {
        if path.segments().count() > MAX_DEPTH {
            self.skip(&path, TOO_DEEP);
            return Ok(());
        }
        if via.source_link && above.links == MAX_LINKS {
            self.skip_link(&path, "it is one link more than is followed");
            return Ok(());
        }
        let mut state = self.state.borrow_mut();
        state.found += 1;
        if state.found > MAX_DIRECTORIES {
            let fault = Fault::new(Kind::Failed, "there are more directories than can be mirrored");
            state.ended.get_or_insert(fault.clone());
            return Err(fault);
        }
        drop(state);
        self.push(Job::Compare(Visit { path, above: Some(Rc::clone(above)), identity, via }));
        Ok(())
    }
}

/// A hash of a listing that has a directory in it.
pub(super) fn fingerprint(entries: &[Entry]) -> Option<u64> {
    entries.iter().find(|entry| entry.kind == EntryKind::Directory)?;
    let mut hasher = DefaultHasher::new();
    for Entry { name, kind, size, modified, .. } in entries {
        (name, *kind == EntryKind::Directory, size, modified.map(|modified| modified.at)).hash(&mut hasher);
    }
    Some(hasher.finish())
}
