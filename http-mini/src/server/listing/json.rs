//! `{"path": ..., "entries": [{"name", "type", "size", "modified", "href", "link"}]}`. Clients should use
//! `href`: in a `name` that is not UTF-8 there are replacement characters. `link` is `true` for a symlink to a
//! directory, and absent otherwise.

use common::files::{Entry, TreePath};
use serde::Serialize;

use crate::wire::date;

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    r#type: &'static str,
    size: u64,
    modified: String,
    href: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    link: bool,
}

pub(super) fn top(path: &TreePath) -> Vec<u8> {
    let path = format!("/{}", String::from_utf8_lossy(path.as_bytes()));
    format!("{{\"path\":{},\"entries\":[", serde_json::Value::from(path)).into_bytes()
}

pub(super) const BOTTOM: &str = "\n]}\n";

pub(super) fn rows(to: &mut Vec<u8>, entries: &[Entry], mut is_first: bool) {
    for entry in entries {
        to.extend_from_slice(if is_first { b"\n" } else { b",\n" });
        is_first = false;
        let row = Row {
            name: &String::from_utf8_lossy(&entry.name),
            r#type: if entry.meta.is_directory() { "dir" } else { "file" },
            size: entry.meta.size,
            modified: rfc3339(entry.meta.modified_unix()),
            href: super::link(entry),
            link: entry.target.is_some(),
        };
        // A row is always valid JSON, and writing to memory cannot fail.
        let written = serde_json::to_writer(&mut *to, &row);
        debug_assert!(written.is_ok());
    }
}

/// `2026-11-23T18:51:00Z` (RFC 3339); a time beyond the calendar becomes its last.
pub(super) fn rfc3339(unix: i64) -> String {
    let at = date::calendar(unix);
    let (year, month, day) = at.to_calendar_date();
    let (hour, minute, second) = at.to_hms();
    format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", u8::from(month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_rfc_3339() {
        for (unix, expected, why) in [
            (1_795_459_860, "2026-11-23T18:51:00Z", "5.6"),
            (0, "1970-01-01T00:00:00Z", "5.6"),
            (-1, "1969-12-31T23:59:59Z", "before 1970"),
            (253_402_300_799, "9999-12-31T23:59:59Z", "1: the last one"),
            (253_402_300_800, "9999-12-31T23:59:59Z", "1: a year has four digits"),
            (i64::MAX, "9999-12-31T23:59:59Z", "1: a year has four digits"),
            (i64::MIN, "0000-01-01T00:00:00Z", "1: a year has four digits"),
        ] {
            assert_eq!(rfc3339(unix), expected, "{unix}: {why}");
        }
    }
}
