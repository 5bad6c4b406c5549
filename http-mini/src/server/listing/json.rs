//! `{"path": ..., "entries": [{"name", "type", "size", "modified", "href", "link"}]}`. Clients should use
//! `href`: in a `name` that is not UTF-8 there are replacement characters. `link` is `true` for a symlink to a
//! directory, and absent otherwise. The names that a search finds are paths below the directory; `"truncated": true`
//! follows the entries if a limit of the search was reached.

use common::files::{Entry, TreePath};
use serde::Serialize;

use crate::server::page::{href, rfc3339};

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

pub(super) fn bottom(is_truncated: bool) -> Vec<u8> {
    match is_truncated {
        true => b"\n],\"truncated\":true}\n".to_vec(),
        false => b"\n]}\n".to_vec(),
    }
}

pub(super) fn rows(to: &mut Vec<u8>, entries: &[Entry<'_>], mut is_first: bool) {
    for entry in entries {
        to.extend_from_slice(if is_first { b"\n" } else { b",\n" });
        is_first = false;
        let row = Row {
            name: &String::from_utf8_lossy(entry.name),
            r#type: if entry.meta.is_directory() { "dir" } else { "file" },
            size: entry.meta.size,
            modified: rfc3339(entry.meta.modified_unix()),
            href: href(entry.name, entry.meta.is_directory()),
            link: entry.target.is_some(),
        };
        // A row is always valid JSON, and writing to memory cannot fail.
        let written = serde_json::to_writer(&mut *to, &row);
        debug_assert!(written.is_ok());
    }
}
