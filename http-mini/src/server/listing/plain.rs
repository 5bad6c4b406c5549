//! Plain text, for a terminal: time, size and name, a line each.

use std::io::Write;

use common::escape::Escaped;
use common::files::Entry;

pub(super) fn rows(to: &mut Vec<u8>, entries: &[Entry]) {
    for entry in entries {
        let time = super::json::rfc3339(entry.meta.modified_unix());
        let slash = if entry.meta.is_directory() { "/" } else { "" };
        let written = writeln!(to, "{time} {:>14} {}{slash}", entry.meta.size, Escaped(&entry.name));
        // Writing to memory cannot fail.
        debug_assert!(written.is_ok());
    }
}
