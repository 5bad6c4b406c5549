//! The lines of LIST, in the `ls -l` format that clients can parse, and of NLST.
//!
//! RFC 959 does not define the format of LIST; this module writes that of 4.2BSD, in UTC, and [`read()`]
//! parses those of other servers as well. `ls` selects and sorts the entries. Writing 20,000 lines takes
//! about a millisecond, so the file system determines the time of a listing.

mod as400;
mod dates;
mod dos;
mod eplf;
mod heading;
mod listed;
mod ls_time;
mod months;
mod mvs;
mod netware;
mod nonstop;
mod os2;
mod read;
mod supertcp;
mod unix;
mod vms;
mod vxworks;
mod zvm;

use time::Month;

use super::entry::{self, EntryType, ListEntry};
use super::time_val::{civil, two_digits};

pub use listed::{Listed, ListedTime};
pub(crate) use read::read_with;
pub use read::{ListLine, ListLines, lines, read};

/// Half of the mean Gregorian year, in seconds, as in GNU `ls`.
const HALF_A_YEAR: i64 = 31_556_952 / 2;

/// A new file may be newer than a clock that is read once a second.
const CLOCK_LAG: i64 = 2;

/// Appends the line of LIST for one entry. `now` is in seconds since 1970.
///
/// ```text
/// -rw-r--r--   1 owner    group        4096 Nov 23 18:51 notes.txt
/// drwxr-xr-x   2 owner    group        4096 Jan  2  2019 old
/// lrwxrwxrwx   1 owner    group           5 Nov 23 18:51 now -> ../v2
/// ```
///
/// The time of day is shown for the last half year, and the year for older and future files.
pub fn write_line(entry: &ListEntry<'_>, now: i64, out: &mut Vec<u8>) {
    write_mode(entry, out);
    write_right(entry.links, 4, out);
    write_left(entry.owner, out);
    write_left(entry.group, out);
    write_right(entry.size, 9, out);
    write_date(entry.modified, now, out);
    entry::write_name(entry.name, out);
    if entry.kind == EntryType::Link {
        out.extend_from_slice(b" -> ");
        entry::write_name(entry.target, out);
    }
    out.extend_from_slice(b"\r\n");
}

/// Appends the line of NLST for one name in a directory: `pub/notes.txt`, if `directory` is `pub/`.
pub fn write_name_line(directory: &[u8], name: &[u8], out: &mut Vec<u8>) {
    entry::write_name(directory, out);
    entry::write_name(name, out);
    out.extend_from_slice(b"\r\n");
}

/// Appends the line above the entries of a directory if several are listed: `pub/deep:`
pub fn write_heading(directory: &[u8], out: &mut Vec<u8>) {
    entry::write_name(directory, out);
    out.extend_from_slice(b":\r\n");
}

/// `-rwxr-sr-t`, as in POSIX.
fn write_mode(entry: &ListEntry<'_>, out: &mut Vec<u8>) {
    let kind = match entry.kind {
        EntryType::File => b'-',
        EntryType::Dir | EntryType::Current | EntryType::Parent => b'd',
        EntryType::Link => b'l',
    };
    let mode = entry.mode;
    let may = |bit: u32, letter: u8| if mode >> bit & 1 == 1 { letter } else { b'-' };
    // Set-user-id, set-group-id and sticky share a column with the execute bit below them.
    let execute = |bit: u32, special: u32, letter: u8| match (mode >> special & 1, mode >> bit & 1) {
        (0, 0) => b'-',
        (0, _) => b'x',
        (_, 0) => letter.to_ascii_uppercase(),
        (_, _) => letter,
    };
    out.extend_from_slice(&[
        kind,
        may(8, b'r'),
        may(7, b'w'),
        execute(6, 11, b's'),
        may(5, b'r'),
        may(4, b'w'),
        execute(3, 10, b's'),
        may(2, b'r'),
        may(1, b'w'),
        execute(0, 9, b't'),
    ]);
}

/// A right-aligned number, wider if necessary, after at least one space.
fn write_right(number: u64, width: usize, out: &mut Vec<u8>) {
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(number).as_bytes();
    let spaces = width.saturating_sub(digits.len()).max(1);
    out.extend_from_slice(b"         ".get(..spaces).unwrap_or(b" "));
    out.extend_from_slice(digits);
}

/// A left-aligned name in a column of eight, after a space.
fn write_left(name: &str, out: &mut Vec<u8>) {
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"        ".get(name.len()..).unwrap_or_default());
}

/// ` Nov 23 18:51 ` or ` Nov 23  2019 `.
fn write_date(modified: i64, now: i64, out: &mut Vec<u8>) {
    let moment = civil(modified);
    let day = moment.day();
    let [tens, ones] = two_digits(u32::from(day));
    out.push(b' ');
    out.extend_from_slice(abbreviation(moment.month()));
    out.extend_from_slice(&[b' ', if day < 10 { b' ' } else { tens }, ones, b' ']);
    let age = now.saturating_sub(modified);
    if (-CLOCK_LAG..HALF_A_YEAR).contains(&age) {
        out.extend_from_slice(&two_digits(u32::from(moment.hour())));
        out.push(b':');
        out.extend_from_slice(&two_digits(u32::from(moment.minute())));
    } else {
        let year = moment.year().unsigned_abs();
        out.push(b' ');
        out.extend_from_slice(&two_digits(year / 100));
        out.extend_from_slice(&two_digits(year));
    }
    out.push(b' ');
}

fn abbreviation(month: Month) -> &'static [u8; 3] {
    match month {
        Month::January => b"Jan",
        Month::February => b"Feb",
        Month::March => b"Mar",
        Month::April => b"Apr",
        Month::May => b"May",
        Month::June => b"Jun",
        Month::July => b"Jul",
        Month::August => b"Aug",
        Month::September => b"Sep",
        Month::October => b"Oct",
        Month::November => b"Nov",
        Month::December => b"Dec",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(entry: &ListEntry<'_>, now: i64) -> String {
        let mut out = Vec::new();
        write_line(entry, now, &mut out);
        out.escape_ascii().to_string()
    }

    const NOW: i64 = ListEntry::NOTES.modified + 60;
    const DAY: i64 = 86_400;

    #[test]
    fn lines_look_like_ls() {
        let notes = ListEntry::NOTES;
        let dir = ListEntry { name: b"sub dir", kind: EntryType::Dir, mode: 0o40755, links: 12, ..notes };
        let big = ListEntry { size: u64::MAX, owner: "a-long-name", group: "0", links: 123_456, ..notes };
        let forged = ListEntry { name: b"a\r\nb\xFF", ..notes };
        for (entry, expected, why) in [
            (notes, "-rw-r--r--   1 owner    group        4096 Nov 23 18:51 notes.txt\\r\\n", "a file"),
            (dir, "drwxr-xr-x  12 owner    group        4096 Nov 23 18:51 sub dir\\r\\n", "a directory"),
            (
                big,
                "-rw-r--r-- 123456 a-long-name 0        18446744073709551615 Nov 23 18:51 notes.txt\\r\\n",
                "a wide value keeps its space",
            ),
            (
                forged,
                "-rw-r--r--   1 owner    group        4096 Nov 23 18:51 a??b\\xff\\r\\n",
                "a name cannot forge a line, and 0xFF is not doubled on a data connection",
            ),
        ] {
            assert_eq!(line(&entry, NOW), expected, "{why}");
        }
    }

    #[test]
    fn the_year_replaces_the_time_after_half_a_year() {
        for (age, expected, why) in [
            (0, "Nov 23 18:51", "now"),
            (-1, "Nov 23 18:51", "a clock that lags"),
            (-60, "Nov 23  2026", "the future"),
            (182 * DAY, "Nov 23 18:51", "just below"),
            (183 * DAY, "Nov 23  2026", "just above"),
        ] {
            let line = line(&ListEntry::NOTES, ListEntry::NOTES.modified + age);
            assert!(line.contains(expected), "{why}: {line}");
        }
        for (modified, expected) in
            [(0, "Jan  1  1970"), (i64::MIN, "Jan  1  0000"), (i64::MAX, "Dec 31  9999")]
        {
            let line = line(&ListEntry { modified, ..ListEntry::NOTES }, NOW);
            assert!(line.contains(expected), "{line}");
        }
    }

    #[test]
    fn modes_follow_posix_ls() {
        for (mode, expected) in [
            (0o000, "----------"),
            (0o777, "-rwxrwxrwx"),
            (0o7777, "-rwsrwsrwt"),
            (0o7000, "---S--S--T"),
            (0o100_640, "-rw-r-----"),
        ] {
            assert_eq!(&line(&ListEntry { mode, ..ListEntry::NOTES }, NOW)[..10], expected);
        }
    }

    #[test]
    fn nlst_gives_names_only() {
        let mut out = Vec::new();
        write_name_line(b"", b"notes.txt", &mut out);
        write_name_line(b"a\r\nb/", b"a\nb", &mut out);
        assert_eq!(out, b"notes.txt\r\na??b/a?b\r\n");
    }

    #[test]
    fn a_heading_is_one_line() {
        let mut out = Vec::new();
        write_heading(b"pub/a\r\n-rw-r--r--", &mut out);
        assert_eq!(out, b"pub/a??-rw-r--r--:\r\n");
    }
}
