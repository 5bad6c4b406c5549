//! A directory that a mirror enters, and facts about the directories above it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::rc::Rc;

use super::tree::{EntryKind, MirrorEntry};
use crate::files::TreePath;

#[derive(Default)]
pub(super) struct PendingDirectory {
    pub(super) path: TreePath,
    pub(super) above: Option<Rc<Ancestor>>,
    /// Its identity, if its parent's listing has it.
    pub(super) identity: Option<Box<[u8]>>,
    pub(super) link_sides: LinkSides,
}

/// The sides on which the last name of a path is a link.
#[derive(Clone, Copy, Default)]
pub(super) struct LinkSides {
    pub(super) source_link: bool,
    pub(super) target_link: bool,
}

pub(super) struct Ancestor {
    /// Of the source.
    identity: Option<Box<[u8]>>,
    /// A hash of its listing, if that contains a directory.
    fingerprint: Option<u64>,
    /// The links on its path, including itself.
    pub(super) links: usize,
    /// Whether the listings of this directory and of all above it are complete, and none of them is a link of
    /// the target. Nothing is deleted below others.
    pub(super) is_known: bool,
    above: Option<Rc<Self>>,
}

impl PendingDirectory {
    pub(super) fn above(
        &self,
        identity: Option<Box<[u8]>>,
        fingerprint: Option<u64>,
        is_complete: bool,
    ) -> Rc<Ancestor> {
        let (links, is_known) = self.above.as_ref().map_or((0, true), |above| (above.links, above.is_known));
        Rc::new(Ancestor {
            identity,
            fingerprint,
            links: links + usize::from(self.link_sides.source_link),
            is_known: is_known && is_complete && !self.link_sides.target_link,
            above: self.above.clone(),
        })
    }

    pub(super) fn is_above(&self, identity: &[u8]) -> bool {
        self.all_above().any(|above| above.identity.as_deref() == Some(identity))
    }

    pub(super) fn same_above(&self, fingerprint: u64) -> usize {
        self.all_above().filter(|above| above.fingerprint == Some(fingerprint)).count()
    }

    fn all_above(&self) -> impl Iterator<Item = &Ancestor> {
        std::iter::successors(self.above.as_deref(), |above| above.above.as_deref())
    }
}

/// A hash of a listing that contains a directory. A server that does not distinguish links from directories
/// lists the same ones endlessly.
pub(super) fn fingerprint(entries: &[MirrorEntry]) -> Option<u64> {
    entries.iter().find(|entry| entry.kind == EntryKind::Directory)?;
    let mut hasher = DefaultHasher::new();
    for MirrorEntry { name, kind, size, modified, .. } in entries {
        (name, *kind == EntryKind::Directory, size, modified.map(|modified| modified.at)).hash(&mut hasher);
    }
    Some(hasher.finish())
}
