//! Whole listings of many systems, parsed line by line, with all lines of a directory in one format.

mod rows;

use rows::{OTHERS, UNIX, WINDOWS};

use super::tests::NOW;
use super::*;
use crate::entry::EntryType;

/// `name|kind|size|time`: `f`, `d`, `l` or `o` (other); missing values are empty. A link is followed by ` ->
/// target`.
fn shown(line: &ListLine<'_>) -> String {
    let listed = match line {
        ListLine::Entry(listed) => listed,
        ListLine::Heading => return "heading".into(),
        ListLine::Unreadable => return "unreadable".into(),
    };
    let kind = match listed.kind {
        Some(EntryType::File) => 'f',
        Some(EntryType::Dir | EntryType::Current | EntryType::Parent) => 'd',
        Some(EntryType::Link) => 'l',
        None => 'o',
    };
    let size = listed.size.map(|size| size.to_string()).unwrap_or_default();
    let time = listed.modified.map(|modified| {
        let time = crate::time_val::TimeVal { seconds: modified.seconds, nanos: 0 }.to_string();
        let length = match modified.precision {
            1 => "2025-11-24 10:15:30".len(),
            60 => "2025-11-24 10:15".len(),
            _ => "2025-11-24".len(),
        };
        time[..length].to_string()
    });
    let target = listed.target.map(|target| format!(" -> {}", target.escape_ascii())).unwrap_or_default();
    format!("{}|{kind}|{size}|{}{target}", String::from_utf8_lossy(&listed.name), time.unwrap_or_default())
}

#[test]
fn listings_of_many_systems_are_read() {
    let mut count = 0;
    for (system, rows) in UNIX.iter().chain(WINDOWS).chain(OTHERS) {
        let listing: String = rows.iter().map(|(line, _)| format!("{line}\r\n")).collect();
        let read: Vec<_> = lines(listing.as_bytes(), NOW).collect();
        assert_eq!(read.len(), rows.len(), "{system}");
        for ((line, expected), (text, read)) in rows.iter().zip(&read) {
            assert_eq!(
                (text.escape_ascii().to_string(), shown(read)),
                (line.as_bytes().escape_ascii().to_string(), (*expected).into()),
                "{system}: {line}"
            );
            count += 1;
        }
    }
    assert!(count >= 120, "{count} lines");
}

#[test]
fn a_directory_belongs_to_one_system() {
    for (listing, expected, why) in [
        (
            "01-02-25  10:15AM    9 a\r\n24-11-25  10:15AM    9 b\r\n",
            &["a|f|9|2025-02-01 10:15", "b|f|9|2025-11-24 10:15"][..],
            "the second line shows the order of the first",
        ),
        (
            "-rw-r--r-- 1 a g 9 Nov 24 10:15 a\n-rw-r--r-- 1 a g 9 Nov 24 10:15 b\nNOTES.TXT 9 11-24-25 10:15\n",
            &["a|f|9|2026-11-24 10:15", "b|f|9|2026-11-24 10:15", "unreadable"],
            "a line of another system",
        ),
        ("BARE\r\n", &["unreadable"], "a name alone"),
        ("what\r\nis this\r\n", &["unreadable", "unreadable"], "no known system"),
        (
            "-rw-r--r-- 1 a g 9 Nov 24 10:15 a\r\n-rw-r--r-- 1 a",
            &["a|f|9|2026-11-24 10:15"],
            "a last line without its end",
        ),
        ("LONG.TXT;1\r\n", &["unreadable"], "a first line of VMS without a second"),
        ("", &[], "an empty directory"),
    ] {
        let read: Vec<_> = lines(listing.as_bytes(), NOW).map(|(_, line)| shown(&line)).collect();
        assert_eq!(read, expected, "{why}");
    }
}
