//! The listed properties of one entry: the input of the writers in `listing` and `facts`.

use core::ops::BitOr;

use memchr::memchr2;

/// One directory entry, with all properties that LIST and MLSx can show.
#[derive(Clone, Copy, Debug)]
pub struct ListEntry<'a> {
    /// Its last component, or a whole pathname (NLST, MLST).
    pub name: &'a [u8],
    /// The kind of entry.
    pub kind: EntryType,
    /// Size in bytes.
    pub size: u64,
    /// Last modification, in seconds since 1970.
    pub modified: i64,
    /// Permission bits, of which the lowest twelve are shown.
    pub mode: u32,
    /// Number of hard links.
    pub links: u64,
    /// Name or number of its owner, without spaces.
    pub owner: &'a str,
    /// Name or number of its group, without spaces.
    pub group: &'a str,
    /// Device and inode: equal for two names of one file, and for no others.
    pub unique: (u64, u64),
    /// The user's permissions for it.
    pub perm: Perm,
    /// The target of a link; otherwise empty.
    pub target: &'a [u8],
}

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryType {
    /// A file.
    File,
    /// A directory.
    Dir,
    /// The listed directory itself (`.`).
    Current,
    /// The parent of the listed directory (`..`).
    Parent,
    /// A symbolic link that was not followed.
    Link,
}

/// The `perm` fact: the user's permissions (RFC 3659 section 7.5.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Perm(u16);

impl Perm {
    /// The letters in the order of writing.
    const LETTERS: &'static [u8] = b"acdeflmprw";

    /// No permission.
    pub const NONE: Self = Self(0);
    /// `a`: APPE to the file.
    pub const APPEND: Self = Self(1);
    /// `c`: files may be created in the directory.
    pub const CREATE: Self = Self(1 << 1);
    /// `d`: DELE or RMD.
    pub const DELETE: Self = Self(1 << 2);
    /// `e`: CWD into the directory.
    pub const ENTER: Self = Self(1 << 3);
    /// `f`: RNFR.
    pub const RENAME: Self = Self(1 << 4);
    /// `l`: LIST, NLST and MLSD of the directory.
    pub const LIST: Self = Self(1 << 5);
    /// `m`: MKD in the directory.
    pub const MAKE: Self = Self(1 << 6);
    /// `p`: the entries of the directory may be deleted.
    pub const PURGE: Self = Self(1 << 7);
    /// `r`: RETR of the file.
    pub const READ: Self = Self(1 << 8);
    /// `w`: STOR to the file.
    pub const WRITE: Self = Self(1 << 9);

    /// Whether it includes all of `other`.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Appends the letters: `adfrw`.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        out.extend(
            Self::LETTERS
                .iter()
                .enumerate()
                .filter(|(bit, _)| self.0 >> bit & 1 == 1)
                .map(|(_, letter)| letter),
        );
    }

    /// Reads letters of either case; letters of later extensions are ignored.
    pub(super) fn read(letters: &[u8]) -> Self {
        let bit = |letter: &u8| Self::LETTERS.iter().position(|known| known.eq_ignore_ascii_case(letter));
        Self(letters.iter().filter_map(bit).fold(0, |bits, bit| bits | 1 << bit))
    }
}

impl BitOr for Perm {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Appends a name to a listing. CR and LF in names become `?`: they would forge an entry, and no listing can
/// express them (RFC 3659 section 2.2). All other bytes are unchanged; data connections are not Telnet, so
/// 0xFF is not doubled.
pub(super) fn write_name(name: &[u8], out: &mut Vec<u8>) {
    if memchr2(b'\r', b'\n', name).is_none() {
        return out.extend_from_slice(name);
    }
    out.extend(name.iter().map(|&byte| if matches!(byte, b'\r' | b'\n') { b'?' } else { byte }));
}

#[cfg(test)]
impl ListEntry<'static> {
    /// An entry for tests: `notes.txt` of Monday, 23 November 2026, 18:51 UTC.
    pub(super) const NOTES: Self = Self {
        name: b"notes.txt",
        kind: EntryType::File,
        size: 4096,
        modified: 1_795_459_860,
        mode: 0o644,
        links: 1,
        owner: "owner",
        group: "group",
        unique: (0x801, 0x2F4),
        perm: Perm::READ,
        target: b"",
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perm_follows_rfc_3659_section_7_5_5() {
        for (perm, letters) in [
            (Perm::NONE, &b""[..]),
            (Perm::READ, b"r"),
            (Perm::APPEND | Perm::DELETE | Perm::RENAME | Perm::READ | Perm::WRITE, b"adfrw"),
            (Perm::CREATE | Perm::DELETE | Perm::ENTER | Perm::LIST | Perm::MAKE | Perm::PURGE, b"cdelmp"),
        ] {
            let mut out = Vec::new();
            perm.write(&mut out);
            assert_eq!(out, letters);
            assert_eq!(Perm::read(&letters.to_ascii_uppercase()), perm);
            assert!(perm.contains(Perm::NONE) && !Perm::NONE.contains(Perm::READ));
        }
    }

    #[test]
    fn a_name_stays_on_its_line() {
        for (name, expected) in
            [(&b"a b\xFF"[..], &b"a b\xFF"[..]), (b"a\r\n-rw-r--r-- 1 x", b"a??-rw-r--r-- 1 x")]
        {
            let mut out = Vec::new();
            write_name(name, &mut out);
            assert_eq!(out, expected);
        }
    }
}
