//! [`RemoteEntry`] of a listing, and the check of a server's names.

pub use common::client::mirror::EntryKind;

use super::limits::NAME;
use crate::wire::entry;
use crate::wire::facts::Facts;
use crate::wire::listing::{Listed, ListedTime};

fn kind_of(kind: entry::EntryType) -> EntryKind {
    match kind {
        entry::EntryType::File => EntryKind::File,
        entry::EntryType::Dir | entry::EntryType::Current | entry::EntryType::Parent => EntryKind::Directory,
        entry::EntryType::Link => EntryKind::Link,
    }
}

/// An entry of a directory on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteEntry {
    /// The name: one component.
    pub name: Vec<u8>,
    /// The kind of the entry.
    pub kind: EntryKind,
    /// In bytes; of files only.
    pub size: Option<u64>,
    /// The modification time.
    pub modified: Option<ListedTime>,
    /// The target of a link.
    pub target: Option<Box<[u8]>>,
    /// The `unique` fact of an entry that is not a file; it is the same for all its names (RFC 3659 section
    /// 7.5.2).
    pub unique: Option<Box<[u8]>>,
}

impl RemoteEntry {
    /// An entry of which only name and kind are known.
    pub(super) fn new(name: Vec<u8>, kind: EntryKind) -> Self {
        Self { name, kind, size: None, modified: None, target: None, unique: None }
    }

    /// An entry of MLSD or MLST.
    pub(super) fn of_facts(facts: Facts, name: Vec<u8>) -> Self {
        let kind = facts.kind.map_or(EntryKind::Other, kind_of);
        let size = facts.size.filter(|_| kind == EntryKind::File);
        let modified = facts.modify.map(|time| ListedTime { seconds: time.seconds, precision: 1 });
        let unique = facts.unique.filter(|_| kind != EntryKind::File);
        Self { name, kind, size, modified, target: None, unique }
    }

    /// An entry of LIST.
    pub(super) fn of_listed(listed: &Listed<'_>) -> Self {
        Self {
            name: listed.name.to_vec(),
            kind: listed.kind.map_or(EntryKind::Other, kind_of),
            size: listed.size,
            modified: listed.modified,
            target: listed.target.map(Box::from),
            unique: None,
        }
    }
}

/// Whether a name from a server is a single component without a line end, and short enough for a file.
pub fn is_sound(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..")
        && name.len() <= NAME
        && !name.iter().any(|byte| matches!(byte, b'/' | 0 | b'\r' | b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_not_sound() {
        for (name, expected, why) in [
            (&b"notes.txt"[..], true, "a name"),
            (b" ", true, "a space is a name"),
            (b"...", true, "so are three dots"),
            (b"a\\..\\b", true, "a backslash is a letter"),
            (b"caf\xE9", true, "not UTF-8"),
            (b"", false, "nothing"),
            (b".", false, "the directory itself"),
            (b"..", false, "the one above"),
            (b"/etc/passwd", false, "an absolute path"),
            (b"a/b", false, "a path"),
            (b"a\0", false, "NUL ends names early"),
            (b"a\rb", false, "CR"),
            (b"a\nb", false, "LF ends a command"),
            (&[b'x'; 255], true, "as long as a name is on Linux"),
            (&[b'x'; 256], false, "longer"),
        ] {
            assert_eq!(is_sound(name), expected, "{why}");
        }
    }
}
