use std::io::{Cursor, Read, Result, Seek, SeekFrom};

use proptest::prelude::*;

use super::*;

fn member(path: &str, kind: MemberKind, size: u64) -> Member<'_> {
    Member { path: path.as_bytes(), kind, size, modified: 1_700_000_000 }
}

/// Parts of an archive at their offsets; what is between them is zero.
#[derive(Default)]
struct Sparse {
    parts: Vec<(u64, Vec<u8>)>,
    length: u64,
    at: u64,
}

impl Sparse {
    fn push(&mut self, bytes: Vec<u8>) {
        self.length += bytes.len() as u64;
        self.parts.push((self.length - bytes.len() as u64, bytes));
    }
}

impl Read for Sparse {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let length = into.len().min(usize::try_from(self.length - self.at).unwrap_or(usize::MAX));
        for (at, byte) in (self.at..).zip(&mut into[..length]) {
            let part = self.parts.iter().rfind(|(start, _)| *start <= at).unwrap();
            *byte = part.1.get(usize::try_from(at - part.0).unwrap()).copied().unwrap_or(0);
        }
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Sparse {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) => self.at.checked_add_signed(by).unwrap(),
            SeekFrom::End(by) => self.length.checked_add_signed(by).unwrap(),
        };
        Ok(self.at)
    }
}

/// The archive of these members. `None`: the content consists of zeros, and its CRC is not computed.
fn archive(members: &[(Member<'_>, Option<&[u8]>)]) -> Sparse {
    let (mut archive, mut first, mut central) = (Sparse::default(), CentralDirectory::default(), Vec::new());
    let mut directory = CentralDirectory::default();
    for (member, content) in members {
        first.header(member, 0);
        let mut crc = flate2::Crc::new();
        crc.update(content.unwrap_or_default());
        archive.push(local_header(member));
        match content {
            Some(content) => archive.push(content.to_vec()),
            None => archive.length += member.size,
        }
        archive.push(descriptor(member, crc.sum()));
        central.extend(directory.header(member, crc.sum()));
    }
    archive.push(central);
    archive.push(directory.end());
    assert_eq!(first.archive_length(), archive.length, "the length of the first pass");
    archive
}

#[test]
fn zip64_begins_where_fields_are_too_small() {
    use MemberKind::{Directory, File};
    const LIMIT: u64 = u32::MAX as u64;
    for (size, version, descriptor_length, why) in [
        (LIMIT - 1, VERSION, 16, "the largest size of 4 bytes"),
        (LIMIT, VERSION_ZIP64, 24, "all ones mean zip64"),
        (LIMIT + 1, VERSION_ZIP64, 24, "larger"),
    ] {
        let member = member("a", File, size);
        let header = local_header(&member);
        assert_eq!(header[4..6], version.to_le_bytes(), "{why}");
        assert_eq!(descriptor(&member, 1).len(), descriptor_length, "{why}");
    }
    assert_eq!(descriptor(&member("d", Directory, 0), 0), b"", "a directory has no content");
    for (members, offset, expected, why) in [
        (0xFFFE, 0, 22, "the most members of 2 bytes"),
        (0xFFFF, 0, 98, "all ones mean zip64"),
        (1, LIMIT - 1, 22, "the largest offset of 4 bytes"),
        (1, LIMIT, 98, "all ones mean zip64"),
    ] {
        let directory = CentralDirectory { members, offset, length: 100 };
        assert_eq!(directory.end().len(), expected, "{why}");
    }
}

#[test]
fn an_independent_reader_finds_members_beyond_4_gib() {
    let large = member("large", MemberKind::File, 5 << 30);
    let members = [
        (large, None),
        (member("after/é", MemberKind::Executable, 5), Some(&b"after"[..])),
        (member("empty", MemberKind::Directory, 0), Some(b"")),
    ];
    let mut reader = zip::ZipArchive::new(archive(&members)).unwrap();
    assert_eq!(reader.by_index(0).unwrap().size(), 5 << 30);
    let mut after = reader.by_name("after/é").unwrap();
    let mut content = Vec::new();
    after.read_to_end(&mut content).unwrap();
    assert_eq!((&*content, after.unix_mode()), (&b"after"[..], Some(0o100_755)));
    drop(after);
    let empty = reader.by_name("empty/").unwrap();
    assert!(empty.is_dir() && empty.unix_mode() == Some(0o040_755));
}

#[test]
fn times_are_those_of_dos() {
    for (seconds, expected, why) in [
        (784_111_777, (8 << 11 | 49 << 5 | 18, 14 << 9 | 11 << 5 | 6), "1994-11-06T08:49:37Z"),
        (0, (0, 1 << 5 | 1), "before 1980: its first second"),
        (i64::MAX, (23 << 11 | 59 << 5 | 29, 127 << 9 | 12 << 5 | 31), "after 2107: its last seconds"),
    ] {
        assert_eq!(dos_time(seconds), expected, "{why}");
    }
}

#[test]
fn names_that_are_not_utf8_are_not_marked_as_such() {
    let named = |path| Member { path, kind: MemberKind::File, size: 0, modified: 0 };
    assert_eq!(local_header(&named("é".as_bytes()))[6..8], (HAS_DESCRIPTOR | IS_UTF8).to_le_bytes());
    assert_eq!(local_header(&named(b"\xE9"))[6..8], HAS_DESCRIPTOR.to_le_bytes());
}

proptest! {
    #[test]
    fn an_independent_reader_finds_every_member(
        files in proptest::collection::btree_map("[a-zé]{1,160}", proptest::collection::vec(any::<u8>(), 0..2_000), 0..8),
        modified in any::<i64>(),
    ) {
        let members: Vec<_> = files.iter().map(|(path, content)| {
            let member = member(path, MemberKind::File, content.len() as u64);
            (Member { modified, ..member }, Some(&**content))
        }).collect();
        let mut bytes = Vec::new();
        archive(&members).read_to_end(&mut bytes).unwrap();
        let mut reader = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        prop_assert_eq!(reader.len(), files.len());
        for (path, content) in &files {
            let mut read = Vec::new();
            // Compares the CRC, too.
            reader.by_name(path).unwrap().read_to_end(&mut read).unwrap();
            prop_assert_eq!(&read, content);
        }
    }
}
