//! What a directory holds, as servers show it: the links of an index page, or a listing in JSON.
//!
//! Only names directly below the directory are believed. A link that leads anywhere else (up, into
//! another directory, to another server, to a query that sorts the page) is passed over, so a page
//! cannot make a client fetch or write what is not below it. So is one that is longer than a target may be.

mod json;

use std::collections::BTreeMap;
use std::io::Read;
use std::time::SystemTime;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{IoReader, Span, Tokenizer};
use url::Url;

use super::head::TARGET_LIMIT;

pub use json::json;

/// Entries of a directory.
pub const ENTRIES_LIMIT: usize = 200_000;

/// References that may lead to them: pages show a name and an icon, and links that sort them.
const REFERENCES_LIMIT: usize = 4 * ENTRIES_LIMIT;

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, decoded: never empty, `.` or `..`, and without `/` and NUL.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Its size in bytes, where that is told.
    pub size: Option<u64>,
    /// When it was modified, where that is told.
    pub modified: Option<SystemTime>,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file, or a link to one.
    File,
    /// A directory.
    Directory,
    /// A symbolic link to a directory.
    Link,
    /// A device or the like.
    Other,
}

/// What a page of links or a listing in JSON shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// The entries, by name, each once.
    pub entries: Vec<Entry>,
    /// References that cannot be read, or have a name that no file can have.
    pub unread: usize,
    /// Whether it says that entries are missing.
    pub is_truncated: bool,
    /// Whether it is JSON, or its title is that of a listing. Otherwise it may be any page with links: one that
    /// somebody wrote for the directory (`index.html`), or one that says that the server is being repaired.
    pub is_listing: bool,
    /// Whether it ends as its format does; pages by `</html>`.
    pub has_end: bool,
}

/// How the titles of listings begin, in any case: nginx, Apache, lighttpd; Python, Tomcat, rclone.
const TITLES: [&[u8]; 2] = [b"index of", b"directory listing"];

/// Why there are no entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoIndex {
    /// The text is no listing in one of the known forms, or cannot be read to its end.
    #[error("the listing has none of the known forms")]
    Malformed,
    /// More than [`ENTRIES_LIMIT`] entries, or four times as many references to fewer.
    #[error("the directory has more entries than the limit of {ENTRIES_LIMIT}")]
    TooMany,
}

/// The entries that the links of a page lead to. `base` is where the page came from, whose last segment is
/// empty.
///
/// This reads the pages of nginx, Apache, lighttpd, Caddy and Python: `<a href="a%20b/">`. What they
/// say of sizes and dates is for people and not used.
///
/// # Errors
///
/// See [`NoIndex`].
pub fn links(page: impl Read, base: &Url) -> Result<Index, NoIndex> {
    let mut tag = Vec::new();
    let mut is_href = false;
    let callback = move |event: CallbackEvent<'_>, _: Span<()>| -> Option<Found> {
        match event {
            CallbackEvent::OpenStartTag { name } => tag = name.to_vec(),
            CallbackEvent::EndTag { name } => {
                tag.clear();
                return (name == b"html").then_some(Found::End);
            }
            CallbackEvent::AttributeName { name } => is_href = tag == b"a" && name == b"href",
            CallbackEvent::AttributeValue { value } if is_href => {
                // A longer one is counted as unreadable, as one that is not UTF-8.
                let value = if value.len() <= TARGET_LIMIT { value } else { b"\xff" };
                return Some(Found::Link(value.to_vec()));
            }
            CallbackEvent::String { value } if tag == b"title" => return Some(Found::Title(value.to_vec())),
            _ => {}
        }
        None
    };
    let (mut entries, mut is_listing, mut has_end) = (Entries::default(), false, false);
    let mut emitter = CallbackEmitter::new(callback);
    // What stands in a script or a title is text.
    emitter.naively_switch_states(true);
    for found in Tokenizer::new_with_emitter(IoReader::new(page), emitter) {
        match found.map_err(|_| NoIndex::Malformed)? {
            Found::Title(text) => is_listing |= TITLES.iter().any(|title| begins_with(&text, title)),
            Found::Link(href) => match str::from_utf8(&href) {
                Ok(href) => match below(base, href) {
                    Reference::Below(name, kind) => entries.add(name, kind, None, None)?,
                    Reference::Unsafe => entries.skip()?,
                    Reference::Elsewhere => entries.count()?,
                },
                Err(_) => entries.skip()?,
            },
            Found::End => has_end = true,
        }
    }
    Ok(Index { is_listing, has_end, ..entries.index() })
}

/// What counts on a page.
enum Found {
    Title(Vec<u8>),
    Link(Vec<u8>),
    End,
}

/// Whether a text begins with words, in any case.
fn begins_with(text: &[u8], words: &[u8]) -> bool {
    text.trim_ascii_start().get(..words.len()).is_some_and(|start| start.eq_ignore_ascii_case(words))
}

/// The entries of one directory, as they are found.
#[derive(Default)]
struct Entries {
    /// By name.
    found: BTreeMap<Vec<u8>, (Kind, Option<u64>, Option<SystemTime>)>,
    references: usize,
    unread: usize,
}

impl Entries {
    /// Adds an entry. The first of a name counts.
    fn add(
        &mut self,
        name: Vec<u8>,
        kind: Kind,
        size: Option<u64>,
        modified: Option<SystemTime>,
    ) -> Result<(), NoIndex> {
        self.count()?;
        if self.found.len() >= ENTRIES_LIMIT && !self.found.contains_key(&name) {
            return Err(NoIndex::TooMany);
        }
        self.found.entry(name).or_insert((kind, size, modified));
        Ok(())
    }

    /// Counts a reference that cannot be read.
    fn skip(&mut self) -> Result<(), NoIndex> {
        self.unread += 1;
        self.count()
    }

    /// Counts a reference.
    fn count(&mut self) -> Result<(), NoIndex> {
        self.references += 1;
        if self.references > REFERENCES_LIMIT { Err(NoIndex::TooMany) } else { Ok(()) }
    }

    fn index(self) -> Index {
        let entry = |(name, (kind, size, modified))| Entry { name, kind, size, modified };
        let entries = self.found.into_iter().map(entry).collect();
        Index { entries, unread: self.unread, ..Index::default() }
    }
}

/// Where a reference leads.
enum Reference {
    /// To a name directly below; to a directory if a slash follows.
    Below(Vec<u8>, Kind),
    /// Directly below, to a name that no file can have.
    Unsafe,
    /// Anywhere else.
    Elsewhere,
}

fn below(base: &Url, href: &str) -> Reference {
    let Ok(url) = base.join(href) else { return Reference::Unsafe };
    let directory = base.path().rsplit_once('/').map_or("", |(directory, _)| directory);
    let below = url.path().strip_prefix(directory).and_then(|path| path.strip_prefix('/'));
    let Some(segment) = below.filter(|_| url.origin() == base.origin() && url.query().is_none()) else {
        return Reference::Elsewhere;
    };
    let (segment, kind) = match segment.strip_suffix('/') {
        Some(segment) => (segment, Kind::Directory),
        None => (segment, Kind::File),
    };
    if segment.is_empty() || segment.contains('/') {
        return Reference::Elsewhere;
    }
    let name: Vec<u8> = percent_encoding::percent_decode_str(segment).collect();
    let is_safe =
        !matches!(name.as_slice(), b"." | b"..") && !name.iter().any(|byte| matches!(byte, b'/' | 0));
    if is_safe { Reference::Below(name, kind) } else { Reference::Unsafe }
}

#[cfg(test)]
mod tests;
