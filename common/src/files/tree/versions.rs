//! Which version of each file a worker has seen last. A worker serves a cached file only as long as no other worker
//! has seen another version of it, so that no client gets old content after new.

use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::fast::RandomState;

use super::meta::Meta;
use super::path::TreePath;

/// Paths share a slot if their hashes do: then each of them is looked up more often than needed.
const SLOTS: usize = 4_096;

/// A slot holds a counter of changes (the upper half) and a tag of the last version (0: no file).
#[derive(Debug)]
pub(in crate::files) struct Versions {
    slots: Box<[AtomicU64]>,
    hasher: RandomState,
}

/// The content of a path's slot at one moment.
#[derive(Clone, Copy, Debug)]
pub(in crate::files) struct Stamp {
    slot: usize,
    value: u64,
}

impl Default for Versions {
    fn default() -> Self {
        Self { slots: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(), hasher: RandomState::default() }
    }
}

impl Versions {
    /// To be called before the file system is asked for the version.
    pub(in crate::files) fn stamp(&self, path: &TreePath) -> Stamp {
        let slot = self.hasher.hash_one(path.as_bytes()) as usize % SLOTS;
        Stamp { slot, value: self.load(slot) }
    }

    /// Records what the file system has returned since `before`. The stamp that is returned is current until another
    /// version is recorded; it is not current if that has happened since `before`.
    pub(in crate::files) fn record(&self, before: Stamp, found: Option<&Meta>) -> Stamp {
        let tag = found.map_or(0, |meta| self.tag(meta));
        if before.value & u64::from(u32::MAX) == tag {
            return before;
        }
        let value = ((before.value >> 32) + 1) << 32 | tag;
        let slot = self.slots.get(before.slot);
        let swapped = slot.is_some_and(|slot| {
            slot.compare_exchange(before.value, value, Ordering::AcqRel, Ordering::Acquire).is_ok()
        });
        if swapped { Stamp { value, ..before } } else { before }
    }

    pub(in crate::files) fn is_current(&self, stamp: Stamp) -> bool {
        self.load(stamp.slot) == stamp.value
    }

    fn load(&self, slot: usize) -> u64 {
        self.slots.get(slot).map_or(0, |slot| slot.load(Ordering::Acquire))
    }

    /// 32 bits, never 0.
    fn tag(&self, meta: &Meta) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        meta.identify(&mut hasher);
        hasher.finish() >> 32 | 1
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rustix::fs::{AtFlags, CWD, StatxFlags};

    use super::*;

    #[test]
    fn a_stamp_is_current_until_another_version_is_seen() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a");
        let meta = |content: &str| {
            fs::write(&file, content).unwrap();
            Meta::of(&rustix::fs::statx(CWD, &file, AtFlags::empty(), StatxFlags::BASIC_STATS).unwrap())
        };
        let (versions, path) = (Versions::default(), TreePath::ROOT.child(b"a"));
        let look = |found: Option<&Meta>| versions.record(versions.stamp(&path), found);
        let (old, new) = (meta("old"), meta("newer"));
        let first = look(old.as_ref());
        assert!(versions.is_current(first) && versions.is_current(look(old.as_ref())), "the same version");
        let late = versions.stamp(&path);
        let second = look(new.as_ref());
        assert!(versions.is_current(second) && !versions.is_current(first), "another version");
        assert!(!versions.is_current(versions.record(late, old.as_ref())), "seen before the other one");
        assert!(versions.is_current(second), "a late worker changes nothing");
        let third = look(None);
        assert!(versions.is_current(third) && !versions.is_current(second), "removed");
        assert!(!versions.is_current(first) && versions.is_current(look(old.as_ref())), "back again");
        assert!(!versions.is_current(first), "seen once more, in another round");
    }
}
