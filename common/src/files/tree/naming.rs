//! Which names exist for peers, and the names that the server uses for itself.

use std::fmt::Write as _;

use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};
use sha2::{Digest as _, Sha256};

/// Begins every name of the server's own. For peers there is no such name, whatever else they may see, nor one
/// in other letter case: some file systems take both for the same.
const OWN: &[u8] = b".mini~";
const UNFINISHED: &str = ".mini~new-";
const PARTIAL: &str = ".mini~part-";

/// Its content at the root speaks for the host, for instance to get certificates (RFC 8615).
const WELL_KNOWN: &[u8] = b".well-known";

/// Whether a name at the root is that of `/.well-known`, also on a file system without letter case.
pub(in crate::files) fn is_well_known(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(WELL_KNOWN)
}

/// Which names exist for peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Visible {
    pub(in crate::files) hidden: bool,
}

impl Visible {
    /// Whether a name exists. `.well-known` at the root always does (RFC 8615).
    pub(in crate::files) fn shows(self, name: &[u8], at_root: bool) -> bool {
        match name {
            [b'.', ..] if is_own(name) => false,
            [b'.', ..] => self.hidden || (at_root && name == WELL_KNOWN),
            _ => true,
        }
    }
}

/// What the server keeps under a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::files) enum Own {
    /// A file on its way to its real name.
    Unfinished,
    /// The beginning of an upload that was cut off.
    Partial,
}

impl Own {
    pub(in crate::files) fn of(name: &[u8]) -> Option<Self> {
        match name {
            _ if name.starts_with(UNFINISHED.as_bytes()) => Some(Self::Unfinished),
            _ if name.starts_with(PARTIAL.as_bytes()) => Some(Self::Partial),
            _ => None,
        }
    }
}

pub(in crate::files) fn is_own(name: &[u8]) -> bool {
    name.get(..OWN.len()).is_some_and(|start| start.eq_ignore_ascii_case(OWN))
}

/// A name for a file on its way to its real one; nobody else has it.
pub(in crate::files) fn unfinished() -> Result<Vec<u8>, Errno> {
    let mut random = [0; 16];
    getrandom(&mut random, GetRandomFlags::empty())?;
    Ok(hexadecimal(UNFINISHED, &random))
}

/// Bytes of the hashes of an owner and of a name in the name of a beginning.
const HASHED: usize = 16;

/// The name under which the beginning of `owner`'s upload to `name` is kept in the same directory:
/// `.mini~part-OWNER-NAME`, of their hashes. The same after a restart, and short enough however long they are.
pub(in crate::files) fn partial(owner: &[u8], name: &[u8]) -> Vec<u8> {
    let [owner, name] = [owner, name].map(Sha256::digest);
    let owner = hexadecimal(PARTIAL, owner.get(..HASHED).unwrap_or_default());
    [owner, hexadecimal("-", name.get(..HASHED).unwrap_or_default())].concat()
}

/// Whether the beginnings under two names are of one owner.
pub(in crate::files) fn is_of_same_owner(one: &[u8], other: &[u8]) -> bool {
    let owner = PARTIAL.len() + 2 * HASHED;
    one.get(..owner) == other.get(..owner)
}

/// What a client is bringing here under the name of, and the source that it comes from.
const PART: &[u8] = b".part";
/// The same, when several pieces of it are written at once.
const PIECES: &[u8] = b".pieces";
/// Bytes of the hash of a source that stand in a name.
const KEY: usize = 4;
/// What is left for the name itself of the longest on Linux (NAME_MAX, 255 bytes).
const ROOM: usize = 255 - 1 - 2 * KEY - PIECES.len();

/// The name of the beginning of a file that comes from `source`: `NAME.xxxxxxxx.part`, beside it. Another
/// source, or another version of it, has another name, so the two are never mixed.
pub(in crate::files) fn part(source: &[u8], name: &[u8]) -> Vec<u8> {
    let hash = Sha256::digest(source);
    let key = hexadecimal(".", hash.get(..KEY).unwrap_or_default());
    [stem(name), &key, PART].concat()
}

/// The name instead of that of a beginning while the pieces of the file come in any order.
pub(in crate::files) fn pieces_of(part: &[u8]) -> Vec<u8> {
    [part.strip_suffix(PART).unwrap_or(part), PIECES].concat()
}

/// What stands of a file's name in those of its beginnings.
pub(crate) fn stem(name: &[u8]) -> &[u8] {
    name.get(..ROOM).unwrap_or(name)
}

/// The [`stem`] of the file of which something is, or was, the beginning by its name, from whatever source.
pub(crate) fn stem_of_part(part: &[u8]) -> Option<&[u8]> {
    let keyed = [PART, PIECES].into_iter().find_map(|ending| part.strip_suffix(ending))?;
    let (stem, key) = keyed.split_at_checked(keyed.len().checked_sub(2 * KEY)?)?;
    stem.strip_suffix(b".").filter(|_| key.iter().all(u8::is_ascii_hexdigit))
}

/// Whether `other` is, or was, the beginning of a file of this name.
pub(in crate::files) fn is_part_of(name: &[u8], other: &[u8]) -> bool {
    stem_of_part(other) == Some(stem(name))
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
            (b".MINI~new-0", true, true, false, "the same on a file system that ignores letter case"),
            (b"...", false, true, false, "three dots are a dot name"),
        ] {
            assert_eq!(Visible { hidden }.shows(name, at_root), expected, "{why}");
        }
    }

    #[test]
    fn parts_are_known_by_name_and_source() {
        let long = [b'x'; 255];
        for (source, name, other, expected, why) in [
            (&b"s"[..], &b"a.iso"[..], &b"a.iso"[..], true, "its own"),
            (b"s", b"a.iso", b"a", false, "another name's"),
            (b"s", &long, &long, true, "a name that is cut to have room"),
        ] {
            let part = part(source, name);
            for part in [pieces_of(&part), part] {
                assert!(part.len() <= 255);
                assert_eq!(is_part_of(other, &part), expected, "{why}");
            }
        }
        assert_eq!(part(b"s", b"a"), b"a.043a7187.part");
        assert_ne!(part(b"s", b"a"), part(b"t", b"a"), "another source");
        for (name, why) in [
            (&b"a.part"[..], "no key"),
            (b"a.043a718.part", "a short one"),
            (b"a.043a718x.part", "no digits"),
            (b"a.043a7187.parts", "another ending"),
        ] {
            assert!(!is_part_of(b"a", name), "{why}");
        }
    }

    #[test]
    fn own_names_are_known_again() {
        let unfinished = unfinished().unwrap();
        assert_eq!(Own::of(&unfinished), Some(Own::Unfinished));
        let partial = partial(b"ann", &[b'x'; 255]);
        assert_eq!(Own::of(&partial), Some(Own::Partial));
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
