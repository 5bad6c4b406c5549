//! Zip archives of stored, not compressed, members
//! ([APPNOTE 6.3.10](https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT)). The CRC of a content follows it, in
//! a data descriptor, so a content is read once; and the length of an archive is known before any content is.
//!
//! ```text
//! archive = *( local-header content [ descriptor ] ) *central-header end
//! ```
//!
//! | record | section | fields |
//! | --- | --- | --- |
//! | local header | 4.3.7 | `PK 3 4`, version, flags, method, time, CRC, sizes, lengths of name and extra, name, extra |
//! | descriptor | 4.3.9 | `PK 7 8`, CRC, sizes; not of a directory |
//! | central header | 4.3.12 | `PK 1 2`, as a local header, with CRC, sizes, attributes and the offset of the local one |
//! | zip64 end | 4.3.14 | `PK 6 6`, number of members, length and offset of the central headers, in 8 bytes each |
//! | zip64 locator | 4.3.15 | `PK 6 7`, the offset of the zip64 end |
//! | end | 4.3.16 | `PK 5 6`, the same numbers in 2 and 4 bytes |
//!
//! A number that does not fit its field is all ones there, and is stored in 8 bytes elsewhere: a size or an offset in
//! the extra field of zip64 (4.5.3), numbers of the end in the zip64 records, which exist only then.

use super::{Member, MemberKind};
use crate::date;

/// A reader for 2.0 knows directories, one for 4.5 zip64 (4.4.3).
const VERSION: u16 = 20;
const VERSION_ZIP64: u16 = 45;
/// Made by version 4.5 on Unix, whose permission bits are in the external attributes (4.4.2).
const MADE_BY: u16 = 3 << 8 | VERSION_ZIP64;

/// Flags (4.4.4): a descriptor follows the content; the name is UTF-8.
const HAS_DESCRIPTOR: u16 = 1 << 3;
const IS_UTF8: u16 = 1 << 11;

/// Extra fields: zip64 (4.5.3), and the modification time in UTC (Info-ZIP's "extended timestamp").
const EXTRA_ZIP64: u16 = 0x0001;
const EXTRA_TIME: u16 = 0x5455;

/// The header before a content. Its CRC and sizes are zero, since they follow the content (4.4.4, bit 3).
pub fn local_header(member: &Member<'_>) -> Vec<u8> {
    let (size, extra) = match is_large(member) {
        true => (u32::MAX, Record::default().u16(EXTRA_ZIP64).u16(16).u64(0).u64(0)),
        false => (0, Record::default()),
    };
    let (name, extra) = (member.name(), extra.time(member.modified));
    let record = Record::of(b"PK\x03\x04").common(member, is_large(member));
    record.u32(0).u32(size).u32(size).lengths(&name, &extra).bytes(&name).bytes(&extra.0).0
}

/// What follows a content with this CRC-32; nothing after a directory.
pub fn descriptor(member: &Member<'_>, crc: u32) -> Vec<u8> {
    let record = Record::of(b"PK\x07\x08").u32(crc);
    match (member.kind, is_large(member)) {
        (MemberKind::Directory, _) => Vec::new(),
        (_, true) => record.u64(member.size).u64(member.size).0,
        (_, false) => record.u32(low(member.size)).u32(low(member.size)).0,
    }
}

/// The central directory: a header for each member, in the order of the archive, and the end of the archive.
///
/// The headers have the same length whatever the CRCs are. So a first pass, without contents, gives the length of the
/// archive.
#[derive(Clone, Debug, Default)]
pub struct CentralDirectory {
    members: u64,
    /// The length of the members: the offset of the next one, and in the end that of the first central header.
    offset: u64,
    /// The length of the central headers.
    length: u64,
}

impl CentralDirectory {
    /// The central header of the next member, whose content has this CRC-32.
    pub fn header(&mut self, member: &Member<'_>, crc: u32) -> Vec<u8> {
        let large = |number: u64| Some(number).filter(|&number| number >= u32::MAX.into());
        let numbers = [large(member.size), large(member.size), large(self.offset)];
        let numbers = numbers.into_iter().flatten().fold(Record::default(), Record::u64);
        let is_zip64 = !numbers.0.is_empty();
        let extra = match is_zip64 {
            true => Record::default().u16(EXTRA_ZIP64).u16(short(numbers.0.len())).bytes(&numbers.0),
            false => Record::default(),
        };
        let (name, extra) = (member.name(), extra.time(member.modified));
        let (size, offset) = (low(member.size), low(self.offset));
        let record = Record::of(b"PK\x01\x02").u16(MADE_BY).common(member, is_zip64);
        let record = record.u32(crc).u32(size).u32(size).lengths(&name, &extra);
        // No comment, on disk 0, no internal attributes.
        let record = record.u16(0).u16(0).u16(0).u32(attributes(member)).u32(offset);
        let header = record.bytes(&name).bytes(&extra.0).0;

        let around = local_header(member).len() + descriptor(member, crc).len();
        self.members += 1;
        self.offset += around as u64 + member.size;
        self.length += header.len() as u64;
        header
    }

    /// The end of the archive, after the central headers.
    pub fn end(&self) -> Vec<u8> {
        let Self { members, offset, length } = *self;
        let is_zip64 = members >= u16::MAX.into() || offset.max(length) >= u32::MAX.into();
        let record = match is_zip64 {
            true => {
                let rest = 44;
                let end = Record::of(b"PK\x06\x06").u64(rest).u16(MADE_BY).u16(VERSION_ZIP64).u32(0).u32(0);
                let end = end.u64(members).u64(members).u64(length).u64(offset);
                end.bytes(b"PK\x06\x07").u32(0).u64(offset + length).u32(1)
            }
            false => Record::default(),
        };
        let members = u16::try_from(members).unwrap_or(u16::MAX);
        let record = record.bytes(b"PK\x05\x06").u16(0).u16(0).u16(members).u16(members);
        record.u32(low(length)).u32(low(offset)).u16(0).0
    }

    /// The length of the whole archive, once it has the headers of all members.
    pub fn archive_length(&self) -> u64 {
        self.offset + self.length + self.end().len() as u64
    }
}

/// Whether the sizes need 8 bytes.
fn is_large(member: &Member<'_>) -> bool {
    member.size >= u32::MAX.into()
}

/// All ones if the number does not fit.
fn low(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn short(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// Unix permission bits and type, and the directory bit of DOS.
fn attributes(member: &Member<'_>) -> u32 {
    let (kind, dos) = if member.is_directory() { (0o040_000, 1 << 4) } else { (0o100_000, 0) };
    (kind | member.mode()) << 16 | dos
}

/// The time and the date of DOS, from 1980 to 2107 in steps of two seconds.
fn dos_time(seconds: i64) -> (u16, u16) {
    const FIRST_AND_LAST: (i64, i64) = (315_532_800, 4_354_819_199);
    let (first, last) = FIRST_AND_LAST;
    let moment = date::calendar(seconds.clamp(first, last));
    let ((year, month, day), (hour, minute, second)) = (moment.to_calendar_date(), moment.to_hms());
    let years = u16::try_from(year - 1980).unwrap_or_default();
    let two_seconds = u16::from(second) / 2;
    let time = u16::from(hour) << 11 | u16::from(minute) << 5 | two_seconds;
    (time, years << 9 | u16::from(u8::from(month)) << 5 | u16::from(day))
}

/// Bytes, with numbers in little-endian order (4.4.1.1).
#[derive(Debug, Default)]
struct Record(Vec<u8>);

impl Record {
    fn of(signature: &[u8; 4]) -> Self {
        Self(signature.to_vec())
    }

    fn u16(self, number: u16) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    fn u32(self, number: u32) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    fn u64(self, number: u64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Version, flags, method (0: stored), time and date.
    fn common(self, member: &Member<'_>, is_zip64: bool) -> Self {
        let version = if is_zip64 { VERSION_ZIP64 } else { VERSION };
        let descriptor = if member.is_directory() { 0 } else { HAS_DESCRIPTOR };
        let utf8 = if std::str::from_utf8(member.path).is_ok() { IS_UTF8 } else { 0 };
        let (time, date) = dos_time(member.modified);
        self.u16(version).u16(descriptor | utf8).u16(0).u16(time).u16(date)
    }

    fn lengths(self, name: &[u8], extra: &Self) -> Self {
        self.u16(short(name.len())).u16(short(extra.0.len()))
    }

    /// The extra field of the modification time; none after 2038, which it cannot express.
    fn time(self, seconds: i64) -> Self {
        match i32::try_from(seconds) {
            Ok(seconds) => self.u16(EXTRA_TIME).u16(5).bytes(&[1]).bytes(&seconds.to_le_bytes()),
            Err(_) => self,
        }
    }
}

#[cfg(test)]
mod tests;
