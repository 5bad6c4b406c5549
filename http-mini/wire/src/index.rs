//! The entries of a directory as servers list them: the links of an index page, or a JSON listing.
//!
//! Only names directly below the directory are used. A link that leads anywhere else (up, into another
//! directory, to another server, to a query that sorts the page) is skipped, so a page cannot make a client
//! fetch or write anything outside the directory. A link longer than the target limit is skipped too.

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

/// References in a page: several may lead to one entry, as a name, an icon, and links that sort the page.
const REFERENCES_LIMIT: usize = 4 * ENTRIES_LIMIT;

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// Its name, decoded: never empty, `.` or `..`, and without `/` and NUL.
    pub name: Vec<u8>,
    /// The kind of entry.
    pub kind: IndexKind,
    /// The size in bytes, if the listing has it.
    pub size: Option<u64>,
    /// The modification time, if the listing has it.
    pub modified: Option<SystemTime>,
}

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexKind {
    /// A file, or a link to one.
    File,
    /// A directory.
    Directory,
    /// A symbolic link to a directory.
    Link,
    /// A device or another special file.
    Other,
}

/// A parsed index page or JSON listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// The entries, sorted by name, without duplicates.
    pub entries: Vec<IndexEntry>,
    /// References that cannot be parsed, or contain a name that no file can have.
    pub unread: usize,
    /// Whether the listing states that entries are missing.
    pub is_truncated: bool,
    /// Whether it is JSON, or its title is that of a listing. Otherwise it may be any page with links, such
    /// as an `index.html` or an error page.
    pub is_listing: bool,
    /// Whether it is complete for its format; pages end with `</html>`.
    pub has_end: bool,
}

/// Prefixes of the titles of listings, case-insensitive: nginx, Apache, lighttpd; Python, Tomcat, rclone.
const TITLES: [&[u8]; 2] = [b"index of", b"directory listing"];

/// Why a text has no usable entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoIndex {
    /// The text is not a listing in a known format, or cannot be parsed to its end.
    #[error("the listing has none of the known forms")]
    Malformed,
    /// It has more than [`ENTRIES_LIMIT`] entries, or four times as many references.
    #[error("the directory has more entries than the limit of {ENTRIES_LIMIT}")]
    TooMany,
}

/// The entries that the links of a page lead to. `base` is the URL of the page; its last segment is empty.
///
/// This reads the pages of nginx, Apache, lighttpd, Caddy and Python: `<a href="a%20b/">`. Their sizes and
/// dates are formatted for people and not used.
///
/// # Errors
///
/// See [`NoIndex`].
pub fn links(page: impl Read, base: &Url) -> Result<Index, NoIndex> {
    let mut tag = Vec::new();
    let mut is_href = false;
    let callback = move |event: CallbackEvent<'_>, _: Span<()>| -> Option<PageItem> {
        match event {
            CallbackEvent::OpenStartTag { name } => tag = name.to_vec(),
            CallbackEvent::EndTag { name } => {
                tag.clear();
                return (name == b"html").then_some(PageItem::End);
            }
            CallbackEvent::AttributeName { name } => is_href = tag == b"a" && name == b"href",
            CallbackEvent::AttributeValue { value } if is_href => {
                // A longer one counts as unreadable, like one that is not UTF-8.
                let value = if value.len() <= TARGET_LIMIT { value } else { b"\xff" };
                return Some(PageItem::Link(value.to_vec()));
            }
            CallbackEvent::String { value } if tag == b"title" => {
                return Some(PageItem::Title(value.to_vec()));
            }
            _ => {}
        }
        None
    };
    let (mut entries, mut is_listing, mut has_end) = (Entries::default(), false, false);
    let mut emitter = CallbackEmitter::new(callback);
    // The content of a script or a title is text.
    emitter.naively_switch_states(true);
    for found in Tokenizer::new_with_emitter(IoReader::new(page), emitter) {
        match found.map_err(|_| NoIndex::Malformed)? {
            PageItem::Title(text) => is_listing |= TITLES.iter().any(|title| begins_with(&text, title)),
            PageItem::Link(href) => match str::from_utf8(&href) {
                Ok(href) => match below(base, href) {
                    Reference::Below(name, kind) => entries.add(name, kind, None, None)?,
                    Reference::Unsafe => entries.skip()?,
                    Reference::Elsewhere => entries.count()?,
                },
                Err(_) => entries.skip()?,
            },
            PageItem::End => has_end = true,
        }
    }
    Ok(Index { is_listing, has_end, ..entries.index() })
}

/// The relevant items on a page.
enum PageItem {
    Title(Vec<u8>),
    Link(Vec<u8>),
    End,
}

/// Whether a text starts with these words, ignoring case.
fn begins_with(text: &[u8], words: &[u8]) -> bool {
    text.trim_ascii_start().get(..words.len()).is_some_and(|start| start.eq_ignore_ascii_case(words))
}

/// The entries of one directory, as they are found.
#[derive(Default)]
struct Entries {
    /// Keyed by name.
    found: BTreeMap<Vec<u8>, (IndexKind, Option<u64>, Option<SystemTime>)>,
    references: usize,
    unread: usize,
}

impl Entries {
    /// Adds an entry unless its name exists.
    fn add(
        &mut self,
        name: Vec<u8>,
        kind: IndexKind,
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

    /// Counts a reference that cannot be parsed.
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
        let entry = |(name, (kind, size, modified))| IndexEntry { name, kind, size, modified };
        let entries = self.found.into_iter().map(entry).collect();
        Index { entries, unread: self.unread, ..Index::default() }
    }
}

/// The target of a reference.
enum Reference {
    /// A name directly below; a directory if a slash follows.
    Below(Vec<u8>, IndexKind),
    /// Directly below, with a name that no file can have.
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
        Some(segment) => (segment, IndexKind::Directory),
        None => (segment, IndexKind::File),
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
