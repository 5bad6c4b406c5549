//! The names of part files, which contain the received part of a download.

use sha2::{Digest as _, Sha256};

use crate::files::tree::naming::hexadecimal;

/// The suffix of a part file.
const PART: &[u8] = b".part";
/// The suffix while several pieces are written concurrently.
const PIECES: &[u8] = b".pieces";
/// Bytes of the hash of a source in a name.
const KEY: usize = 4;
/// The room for the file's own name in the longest name on Linux (NAME_MAX, 255 bytes).
const ROOM: usize = 255 - 1 - 2 * KEY - PIECES.len();

/// The name of the part file of a download from `source`: `NAME.xxxxxxxx.part`. Another source, or another
/// version of it, has another name, so the two are never mixed.
pub(in crate::files) fn part(source: &[u8], name: &[u8]) -> Vec<u8> {
    let hash = Sha256::digest(source);
    let key = hexadecimal(".", hash.get(..KEY).unwrap_or_default());
    [stem(name), &key, PART].concat()
}

/// The name of a part file while the pieces of the file arrive in any order.
pub(in crate::files) fn pieces_of(part: &[u8]) -> Vec<u8> {
    [part.strip_suffix(PART).unwrap_or(part), PIECES].concat()
}

/// The part of a file's name that the names of its part files contain.
pub(crate) fn stem(name: &[u8]) -> &[u8] {
    name.get(..ROOM).unwrap_or(name)
}

/// The [`stem`] in the name of a part file, from any source.
pub(crate) fn stem_of_part(part: &[u8]) -> Option<&[u8]> {
    let keyed = [PART, PIECES].into_iter().find_map(|ending| part.strip_suffix(ending))?;
    let (stem, key) = keyed.split_at_checked(keyed.len().checked_sub(2 * KEY)?)?;
    stem.strip_suffix(b".").filter(|_| key.iter().all(u8::is_ascii_hexdigit))
}

/// Whether `other` is the name of a part file of this file.
pub(in crate::files) fn is_part_of(name: &[u8], other: &[u8]) -> bool {
    stem_of_part(other) == Some(stem(name))
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
