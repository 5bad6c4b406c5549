//! Single lines of ls, dir and EPLF.

use proptest::prelude::*;
use time::{Date, Month, Time, UtcDateTime};

use super::*;
use crate::entry::{EntryType, ListEntry, Perm};
use crate::listing::{ListedTime, write_line};

/// Tuesday, 24 November 2026, 12:00 UTC.
pub(super) const NOW: i64 = 1_795_521_600;
const DAY: i64 = 86_400;

/// 24 November of a year, at 10:15:30 to the second, minute or day.
fn at(year: i32, precision: u32) -> Option<ListedTime> {
    let date = Date::from_calendar_date(year, Month::November, 24).unwrap();
    let second = match precision {
        1 => 36_930,
        60 => 36_900,
        _ => 0,
    };
    let midnight = UtcDateTime::new(date, Time::MIDNIGHT).unix_timestamp();
    Some(ListedTime { seconds: midnight + second, precision })
}

fn file(name: &[u8], modified: Option<ListedTime>) -> ListLine<'_> {
    ListLine::Entry(Listed {
        name: name.into(),
        kind: Some(EntryType::File),
        size: Some(4096),
        modified,
        target: None,
    })
}

fn dir(name: &[u8], modified: Option<ListedTime>) -> ListLine<'_> {
    ListLine::Entry(Listed {
        name: name.into(),
        kind: Some(EntryType::Dir),
        size: None,
        modified,
        target: None,
    })
}

fn link<'a>(name: &'a [u8], target: Option<&'a [u8]>, modified: Option<ListedTime>) -> ListLine<'a> {
    ListLine::Entry(Listed { name: name.into(), kind: Some(EntryType::Link), size: None, modified, target })
}

fn other(name: &[u8], modified: Option<ListedTime>) -> ListLine<'_> {
    ListLine::Entry(Listed { name: name.into(), kind: None, size: None, modified, target: None })
}

#[test]
fn lines_of_unix_are_read() {
    let (today, minute, day) = (at(2026, 60), at(2025, 60), at(2025, 86_400));
    for (line, expected, why) in [
        ("-rw-r--r--   1 owner    group        4096 Nov 24 10:15 notes.txt", file(b"notes.txt", today), "ls"),
        ("drwxr-xr-x   2 owner    group        4096 Nov 24  2025 old\r\n", dir(b"old", day), "a year"),
        ("-rw-r--r-- 1 0 0 4096 Nov 24 2025 a", file(b"a", day), "numbers, and columns of one space"),
        ("-rw-r--r--   1 owner        4096 Nov 24 10:15 a", file(b"a", today), "no group"),
        ("-rw-r--r--   owner group    4096 Nov 24 10:15 a", file(b"a", today), "no links"),
        ("-rw-r--r--   1 a b  Domain Users 4096 Nov 24 10:15 a", file(b"a", today), "spaces in a group"),
        ("-rwsr-Sr-t+  1 o g  4096 Nov 24 10:15 a", file(b"a", today), "special bits, an access list"),
        ("-rw-r--r--.  1 o g  4096 Nov 24 10:15 a", file(b"a", today), "SELinux"),
        ("-rw-r--r--   1 o g  4096 Nov 24 10:15 a b", file(b"a b", today), "a space in a name"),
        ("-rw-r--r--   1 o g  4096 Nov 24 10:15   a ", file(b"  a ", today), "around it"),
        ("-rw-r--r--   1 o g  4096 Nov 24 10:15 a -> b", file(b"a -> b", today), "only links have arrows"),
        ("-rw-r--r--   1 o g  4096 Nov 24 10:15 5 Nov 24 10:15 b", file(b"5 Nov 24 10:15 b", today), "first"),
        ("lrwxrwxrwx   1 o g     1 Nov 24 10:15 a -> b", link(b"a", Some(b"b"), today), "a link"),
        ("lrwxrwxrwx   1 o g     1 Nov 24 10:15 a", link(b"a", None, today), "that hides its target"),
        ("-rw-r--r--   1 o g  4096 24 Nov 10:15 a", file(b"a", today), "the day first"),
        ("-rw-r--r--   1 o g  4096 2025-11-24 10:15 a", file(b"a", minute), "long-iso"),
        (
            "-rw-r--r--   1 o g  4096 2025-11-24 10:15:30.123456789 +0000  a",
            file(b" a", at(2025, 1)),
            "full-iso",
        ),
        ("-rw-r--r--   1 o g  4096 2025-11-24 11:15:30 +0100 a", file(b"a", at(2025, 1)), "a zone east"),
        ("-rw-r--r--   1 o g  4096 2025-11-24 06:45:30 -0330 a", file(b"a", at(2025, 1)), "a zone west"),
        ("-rw-r--r--   1 o g  4096 Feb 30 2025 a", file(b"a", None), "a day that is none"),
        ("-rw-r--r--   1 o g  4096 2025-02-30 10:15 a", file(b"a", None), "the same in ISO"),
        ("total 12", ListLine::Heading, "a sum"),
        ("Total 1.5K\r\n", ListLine::Heading, "a sum with a unit"),
        ("total", ListLine::Unreadable, "it may be a name"),
        ("total eclipse", ListLine::Unreadable, "so may this"),
        ("report 2025", ListLine::Unreadable, "and this"),
        ("/home/me:", ListLine::Unreadable, "the heading of another directory, whose entries follow"),
        ("brw-r--r--   1 o g  8, 0 Nov 24 10:15 a", other(b"a", today), "a device"),
        ("prw-r--r--   1 o g     0 Nov 24 10:15 a", other(b"a", today), "a pipe"),
        ("srw-r--r--   1 o g     0 Nov 24 10:15 a", other(b"a", today), "a socket"),
        ("-rw-r--r--   1 o g  4096 Nov 24 10:15 ", ListLine::Unreadable, "no name"),
        ("-rw-r--r--   1 o g  4096 Nov 24 10:15", ListLine::Unreadable, "the same without the space"),
        ("-rw-r--r--   1 o g  Nov 24 10:15 a", ListLine::Unreadable, "no size"),
        ("-rw-r--r--   1 o g  -4096 Nov 24 10:15 a", ListLine::Unreadable, "a negative size"),
        ("-rw-r--r--   1 o g  4096 Nov 24 25:15 a", ListLine::Unreadable, "no time"),
        ("-rw-r--r--   1 o g  4096 Neu 24 10:15 a", ListLine::Unreadable, "a month in another language"),
        ("ls: cannot open directory '.': Permission denied", ListLine::Unreadable, "a program that failed"),
        ("<html><body>Please log in</body></html>", ListLine::Unreadable, "a page"),
        ("NOTES.TXT;1  4  40-NOV-2025 10:75:30 [A] (RWED,RWED,RE,)", ListLine::Unreadable, "VMS, no time"),
        ("", ListLine::Heading, "nothing"),
        ("  \r\n", ListLine::Heading, "a blank line"),
    ] {
        assert_eq!(read(line.as_bytes(), NOW), expected, "{why}: {line}");
    }
}

#[test]
fn the_year_left_out_is_that_of_the_last_twelve_months() {
    for (date, now, expected, why) in [
        ("Nov 24 11:59", NOW, NOW - 60, "a minute ago"),
        ("Nov 25 11:59", NOW, NOW + DAY - 60, "a zone or a clock ahead"),
        ("Nov 25 12:01", NOW, NOW - 364 * DAY + 60, "more than a day ahead is last year"),
        ("Dec 31 23:00", NOW, 1_767_222_000, "last year"),
        ("Jan  1 01:00", 1_798_754_400, 1_798_765_200, "next year, seen on 31 December"),
        ("Feb 29 00:00", NOW, 1_709_164_800, "the last leap day"),
    ] {
        let line = format!("-rw-r--r-- 1 o g 1 {date} a");
        let ListLine::Entry(listed) = read(line.as_bytes(), now) else { panic!("{why}: {line}") };
        let modified = listed.modified.unwrap();
        assert_eq!(modified, ListedTime { seconds: expected, precision: 60 }, "{why}");
    }
}

#[test]
fn lines_of_dos_and_eplf_are_read() {
    let minute = at(2025, 60);
    let evening = minute.map(|shown| ListedTime { seconds: shown.seconds + 43_200, ..shown });
    let midnight = minute.map(|shown| ListedTime { seconds: shown.seconds - 36_000, ..shown });
    for (line, expected, why) in [
        ("11-24-25  10:15AM                 4096 notes.txt", file(b"notes.txt", minute), "IIS"),
        ("11-24-2025  22:15                 4096 a", file(b"a", evening), "four digits, 24 hours"),
        ("11-24-25  10:15PM       <DIR>          sub dir", dir(b"sub dir", evening), "a directory"),
        ("11-24-25  12:15AM       <DIR>           a", dir(b" a", midnight), "a space in front of a name"),
        ("11/24/2025  10:15 AM           4096  a", file(b" a", minute), "slashes"),
        ("11-24-25  10:15AM  <JUNCTION>     a [C:\\b]", link(b"a", Some(b"C:\\b"), minute), "a junction"),
        ("11-24-25  10:15AM  <SYMLINKD>     a", link(b"a", None, minute), "a link"),
        ("13-24-25  10:15AM          4096 a", file(b"a", None), "a month that is none"),
        ("11-24-25  13:15AM          4096 a", ListLine::Unreadable, "an hour that is none"),
        ("11-24-25  10:15AM          4096 ", ListLine::Unreadable, "no name"),
        ("11-24-25  10:15AM               a", ListLine::Unreadable, "no size"),
        ("11-24-25  10:15AM         -4096 a", ListLine::Unreadable, "a negative size"),
        (
            "+i8388621.48594,m1763979330,r,s4096,\tnotes .txt",
            file(b"notes .txt", at(2025, 1)),
            "EPLF: a file",
        ),
        ("+m1763979330,/,\tsub", dir(b"sub", at(2025, 1)), "EPLF: a directory"),
        ("+r,s4096,m-1,\ta", file(b"a", None), "EPLF: a time that is none"),
        ("+up644,\ta", other(b"a", None), "EPLF: neither a file nor a directory"),
        ("+r,s-1,\ta", ListLine::Unreadable, "EPLF: a negative size"),
        ("+r,s4096,a", ListLine::Unreadable, "EPLF: no tab"),
        ("+r,s4096,\t", ListLine::Unreadable, "EPLF: no name"),
    ] {
        assert_eq!(read(line.as_bytes(), NOW), expected, "{why}: {line}");
    }
}

proptest! {
    #[test]
    fn lines_are_read_as_they_were_written(
        size: u64, ago in 0i64..100_000_000, name in "[^\r\n\0]{1,20}", links: u64,
    ) {
        let entry = ListEntry { name: name.as_bytes(), size, links, modified: NOW - ago, perm: Perm::NONE, ..ListEntry::NOTES };
        let mut line = Vec::new();
        write_line(&entry, NOW, &mut line);
        let ListLine::Entry(listed) = read(&line, NOW) else { panic!("unreadable") };
        let modified = listed.modified.unwrap();
        prop_assert_eq!((listed.name.as_ref(), listed.kind, listed.size), (name.as_bytes(), Some(EntryType::File), Some(size)));
        let within = modified.seconds..modified.seconds + i64::from(modified.precision);
        prop_assert!(within.contains(&entry.modified), "{:?}", modified);
    }

    #[test]
    fn no_line_panics(line: Vec<u8>, now: i64) {
        let _ = read(&line, now);
    }

    #[test]
    fn no_line_that_begins_well_panics(rest: Vec<u8>) {
        for start in [&b"-rw-r--r-- 1 o g "[..], b"11-24-25  ", b"+m"] {
            let _ = read(&[start, &rest].concat(), NOW);
        }
    }
}
