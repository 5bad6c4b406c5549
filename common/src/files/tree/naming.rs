//! Which names exist for peers, and the names that the server uses for itself.

use std::fmt::Write as _;

use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};
use sha2::{Digest as _, Sha256};

use crate::patterns::Patterns;

/// Begins every name of the server's own. For peers no such name exists, in any letter case, since some file
/// systems ignore it.
const OWN: &[u8] = b".mini~";
const UNFINISHED: &str = ".mini~new-";
const PARTIAL: &str = ".mini~part-";
const TEMPORARY: &str = ".mini~temp-";

/// How the names begin under which clients store a file before they rename it: lftp (`xfer:use-temp-file`), ncftp, and
/// clients that were written for Pure-FTPd.
const TEMPORARY_OF_CLIENTS: [&[u8]; 3] = [b".in.", b".tmp", b".pureftpd-upload."];

/// Its content at the root speaks for the host, for instance to get certificates (RFC 8615).
const WELL_KNOWN: &[u8] = b".well-known";

/// Whether a name at the root is `.well-known`, also on a file system that ignores letter case.
pub(in crate::files) fn is_well_known(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(WELL_KNOWN)
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Visible {
    /// Whether names that begin with a dot exist.
    pub(in crate::files) hidden: bool,
    /// Patterns of names that do not exist.
    pub(in crate::files) hide: Patterns,
    /// If only one file is served, its name at the root.
    pub(in crate::files) only: Option<Box<[u8]>>,
}

impl Visible {
    /// Whether a name exists. `.well-known` at the root always does (RFC 8615).
    pub(in crate::files) fn shows(&self, name: &[u8], at_root: bool) -> bool {
        if let Some(only) = self.only.as_deref().filter(|_| at_root) {
            return name == only;
        }
        if !self.hide.are_none() && self.hide.match_path(name) {
            return false;
        }
        match name {
            [b'.', ..] if is_own(name) => false,
            [b'.', ..] => self.hidden || (at_root && name == WELL_KNOWN),
            _ => true,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::files) enum OwnName {
    /// A file that does not have its final name yet.
    Unfinished,
    /// A partial upload.
    Partial,
    /// A complete file under a client's temporary name.
    Temporary,
}

impl OwnName {
    pub(in crate::files) fn of(name: &[u8]) -> Option<Self> {
        match name {
            _ if name.starts_with(UNFINISHED.as_bytes()) => Some(Self::Unfinished),
            _ if name.starts_with(PARTIAL.as_bytes()) => Some(Self::Partial),
            _ if name.starts_with(TEMPORARY.as_bytes()) => Some(Self::Temporary),
            _ => None,
        }
    }
}

pub(in crate::files) fn is_own(name: &[u8]) -> bool {
    name.get(..OWN.len()).is_some_and(|start| start.eq_ignore_ascii_case(OWN))
}

/// A unique name for a file that does not have its final name yet.
pub(in crate::files) fn unfinished() -> Result<Vec<u8>, Errno> {
    let mut random = [0; 16];
    getrandom(&mut random, GetRandomFlags::empty())?;
    Ok(hexadecimal(UNFINISHED, &random))
}

/// Bytes of the hash of an owner, and of that of a name, in the name of a partial upload.
const HASHED: usize = 16;

/// The name of `owner`'s partial upload to `name`, in the same directory: `.mini~part-OWNER-NAME`, of their
/// hashes. It is the same after a restart, and its length is fixed.
pub(in crate::files) fn partial(owner: &[u8], name: &[u8]) -> Vec<u8> {
    owned(PARTIAL, owner, name)
}

fn owned(prefix: &str, owner: &[u8], name: &[u8]) -> Vec<u8> {
    let [owner, name] = [owner, name].map(Sha256::digest);
    let owner = hexadecimal(prefix, owner.get(..HASHED).unwrap_or_default());
    [owner, hexadecimal("-", name.get(..HASHED).unwrap_or_default())].concat()
}

/// The name on disk, of the same kind, of a client's temporary file; `None` if the name is not a temporary one.
pub(in crate::files) fn temporary(owner: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let is_temporary = TEMPORARY_OF_CLIENTS.iter().any(|start| name.starts_with(start));
    is_temporary.then(|| owned(TEMPORARY, owner, name))
}

pub(in crate::files) fn is_of_same_owner(one: &[u8], other: &[u8]) -> bool {
    let owner = PARTIAL.len() + 2 * HASHED;
    one.get(..owner) == other.get(..owner)
}

pub(in crate::files) fn hexadecimal(prefix: &str, bytes: &[u8]) -> Vec<u8> {
    let mut name = prefix.to_owned();
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_exist() {
        for (name, hidden, at_root, expected, why) in [
            (&b"a"[..], false, true, true, "an ordinary name"),
            (b".a", false, true, false, "a dot name"),
            (b".a", true, false, true, "a dot name where they are served"),
            (b".well-known", false, true, true, "RFC 8615"),
            (b".well-known", false, false, false, "only at the root"),
            (b".mini~new-0", true, true, false, "the server's own"),
            (b".mini~", true, true, false, "also those that it does not use yet"),
            (b".MINI~new-0", true, true, false, "the same on a file system that ignores letter case"),
            (b"...", false, true, false, "three dots are a dot name"),
        ] {
            let visible = Visible { hidden, ..Visible::default() };
            assert_eq!(visible.shows(name, at_root), expected, "{why}");
        }
    }

    #[test]
    fn names_are_hidden_by_patterns() {
        let hide = Patterns::without_case(&["*.bak".into(), "private".into()]).unwrap();
        let visible = Visible { hide, ..Visible::default() };
        for (name, expected, why) in [
            (&b"a.bak"[..], false, "a pattern"),
            (b"A.BAK", false, "the same on a file system that ignores letter case"),
            (b"private", false, "a name"),
            (b"privates", true, "another name"),
            (b"\xFF.bak", false, "any byte"),
        ] {
            assert_eq!(visible.shows(name, false), expected, "{}: {why}", name.escape_ascii());
        }
    }

    #[test]
    fn temporary_names_of_clients_are_kept_under_own_names() {
        for (name, expected, why) in [
            (&b".in.a.txt."[..], true, "lftp"),
            (b".tmp.a.txt", true, "ncftp"),
            (b".pureftpd-upload.5b1f", true, "Pure-FTPd"),
            (b"a.in.b", false, "an ordinary name"),
            (b".in", false, "not quite"),
            (b".htaccess", false, "a rule of a web server"),
            (b".well-known", false, "RFC 8615"),
            (b".mini~part-0", false, "the server's own"),
        ] {
            let on_disk = temporary(b"ann", name);
            assert_eq!(on_disk.is_some(), expected, "{why}");
            let is_temporary =
                |name: Vec<u8>| OwnName::of(&name) == Some(OwnName::Temporary) && is_own(&name);
            assert!(on_disk.is_none_or(is_temporary), "{why}");
        }
    }

    #[test]
    fn own_names_are_known_again() {
        let unfinished = unfinished().unwrap();
        assert_eq!(OwnName::of(&unfinished), Some(OwnName::Unfinished));
        let partial = partial(b"ann", &[b'x'; 255]);
        assert_eq!(OwnName::of(&partial), Some(OwnName::Partial));
        assert!(is_own(&unfinished) && is_own(&partial) && partial.len() <= 255);
        for (owner, name, is_same, is_of_same, why) in [
            (&b"ann"[..], &[b'x'; 255][..], true, true, "a restart changes nothing"),
            (b"ann", b"x", false, true, "another name"),
            (b"ben", &[b'x'; 255], false, false, "another owner"),
            (b"annx", &[b'x'; 254], false, false, "owner and name do not run together"),
        ] {
            let other = super::partial(owner, name);
            assert_eq!(
                (other == partial, is_of_same_owner(&other, &partial)),
                (is_same, is_of_same),
                "{why}"
            );
        }
    }
}
