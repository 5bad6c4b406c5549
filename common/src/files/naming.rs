//! Which names exist for peers, and the names that the server uses for itself.

use std::fmt::Write as _;

use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};
use sha2::{Digest as _, Sha256};

/// Begins every name of the server's own. For peers there is no such name, whatever else they may see.
const OWN: &[u8] = b".mini~";
const UNFINISHED: &str = ".mini~new-";
const PARTIAL: &str = ".mini~part-";

/// Which names exist for peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Visible {
    pub(super) hidden: bool,
}

impl Visible {
    /// Whether a name exists. `.well-known` at the root always does (RFC 8615).
    pub(super) fn shows(self, name: &[u8], at_root: bool) -> bool {
        match name {
            [b'.', ..] if is_own(name) => false,
            [b'.', ..] => self.hidden || (at_root && name == b".well-known"),
            _ => true,
        }
    }
}

/// What the server keeps under a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    /// A file on its way to its real name.
    Unfinished,
    /// The beginning of an upload that was cut off.
    Partial,
}

impl Own {
    pub(super) fn of(name: &[u8]) -> Option<Self> {
        match name {
            _ if name.starts_with(UNFINISHED.as_bytes()) => Some(Self::Unfinished),
            _ if name.starts_with(PARTIAL.as_bytes()) => Some(Self::Partial),
            _ => None,
        }
    }
}

pub(super) fn is_own(name: &[u8]) -> bool {
    name.starts_with(OWN)
}

/// A name for a file on its way to its real one; nobody else has it.
pub(super) fn unfinished() -> Result<Vec<u8>, Errno> {
    let mut random = [0; 16];
    getrandom(&mut random, GetRandomFlags::empty())?;
    Ok(hexadecimal(UNFINISHED, &random))
}

/// The name under which the beginning of `owner`'s upload to `name` is kept in the same directory. The
/// same after a restart, and short enough however long `name` is.
pub(super) fn partial(owner: &[u8], name: &[u8]) -> Vec<u8> {
    let length = (owner.len() as u64).to_be_bytes();
    let hash = Sha256::new().chain_update(length).chain_update(owner).chain_update(name).finalize();
    hexadecimal(PARTIAL, &hash)
}

fn hexadecimal(prefix: &str, bytes: &[u8]) -> Vec<u8> {
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
            (b"...", false, true, false, "three dots are a dot name"),
        ] {
            assert_eq!(Visible { hidden }.shows(name, at_root), expected, "{why}");
        }
    }

    #[test]
    fn own_names_are_known_again() {
        let unfinished = unfinished().unwrap();
        assert_eq!(Own::of(&unfinished), Some(Own::Unfinished));
        let partial = partial(b"ann", &[b'x'; 255]);
        assert_eq!(Own::of(&partial), Some(Own::Partial));
        assert!(is_own(&unfinished) && is_own(&partial) && partial.len() <= 255);
        assert_ne!(
            super::partial(b"ann", b"b"),
            super::partial(b"an", b"nb"),
            "owner and name do not run together"
        );
    }
}
