//! Patterns of paths, as options take them: `*.txt`, `docs/**`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Patterns of paths. One with a slash is matched with the whole path, such as `docs/**`; one without is matched with
/// the last name, such as `*.txt`. `*` and `?` do not match a slash.
#[derive(Clone, Debug, Default)]
pub struct Patterns(GlobSet);

impl Patterns {
    /// The error describes a malformed pattern.
    pub fn new(patterns: &[String]) -> Result<Self, String> {
        Self::with_case(patterns, false)
    }

    /// The same without letter case, for names on file systems that ignore it.
    pub fn without_case(patterns: &[String]) -> Result<Self, String> {
        Self::with_case(patterns, true)
    }

    fn with_case(patterns: &[String], ignores_case: bool) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let whole = match pattern.trim_start_matches('/') {
                below if pattern.contains('/') => below.to_owned(),
                name => format!("**/{name}"),
            };
            let mut glob = GlobBuilder::new(&whole);
            glob.literal_separator(true).backslash_escape(true).case_insensitive(ignores_case);
            set.add(glob.build().map_err(|error| format!("'{pattern}' is no pattern: {}", error.kind()))?);
        }
        set.build().map(Self).map_err(|error| error.to_string())
    }

    /// Whether one of the patterns matches a path without a slash at its start.
    pub fn match_path(&self, path: &[u8]) -> bool {
        self.0.is_match(OsStr::from_bytes(path))
    }

    /// Whether there are none, so that nothing matches.
    pub fn are_none(&self) -> bool {
        self.0.is_empty()
    }
}
