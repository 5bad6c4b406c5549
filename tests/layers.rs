//! What a part of the source must not name, where no border of a crate keeps it: ARCHITECTURE.md,
//! Invariants. Types and functions are clippy.toml's to deny; this is about modules and crates.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test ends with a panic, and reads the sources"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Bytes come in and values go out; no socket, file, thread or clock.
const WIRE: &[&str] = &[
    "crate::client",
    "crate::command",
    "crate::server",
    "common::",
    "rustix::",
    "tokio::",
    "std::env",
    "std::fs",
    "std::net",
    "std::os",
    "std::thread",
];
/// They meet in `wire/`.
const SERVER: &[&str] = &["crate::client", "super::client", "crate::command"];
const CLIENT: &[&str] = &["crate::server", "super::server", "crate::command"];

#[test]
fn no_part_names_what_it_must_not_know() {
    for protocol in ["http-mini", "ftp-mini"] {
        for (part, unknown) in [("wire", WIRE), ("server", SERVER), ("client", CLIENT)] {
            let folder =
                Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(protocol).join("src").join(part);
            let sources = sources(&folder);
            assert!(sources.len() > 5, "{}: {sources:?}", folder.display());
            for source in sources {
                let text = fs::read_to_string(&source).unwrap();
                for (number, line) in text.lines().enumerate().filter(|(_, line)| !is_comment(line)) {
                    // With a brace the names would stand on lines of their own.
                    let named = unknown.iter().chain(&["crate::{"]).find(|name| line.contains(*name));
                    assert_eq!(named, None, "{}:{}: {part}/ must not know it", source.display(), number + 1);
                }
            }
        }
    }
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

/// The files of a folder, and of those below.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}
