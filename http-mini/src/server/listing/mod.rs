//! Listings as a page, JSON, or plain text. Entries are sorted first and then rendered in pieces, so that the
//! text of a long listing is never in memory as a whole.

mod json;
pub(super) mod walk;

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use common::escape::Escaped;
use common::files::{Entries, Entry, Sorted, TreePath};
use common::net::offload::Busy;

use super::page::list::{ListPage, is_image};
use super::page::rfc3339;
use super::page::viewer::readme_rank;

/// Entries rendered into one piece: the server holds one piece for each slow reader, and other connections have their
/// turn between two.
const PIECE: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ListingForm {
    Html,
    Json,
    Plain,
}

impl ListingForm {
    /// The value of `?format=`.
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"html" => Some(Self::Html),
            b"json" => Some(Self::Json),
            b"text" => Some(Self::Plain),
            _ => None,
        }
    }

    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Json => "application/json",
            Self::Plain => "text/plain; charset=utf-8",
        }
    }
}

/// The sort key of a listing; directories always come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Key {
    #[default]
    Name,
    Size,
    Time,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Order {
    pub(super) key: Key,
    pub(super) descending: bool,
}

impl Order {
    /// The value of `?sort=`: `name`, `size` or `time`, reversed by a leading hyphen. Other values mean the
    /// default.
    pub(super) fn named(name: &[u8]) -> Self {
        let (descending, key) = match name.strip_prefix(b"-") {
            Some(key) => (true, key),
            None => (false, name),
        };
        match key {
            b"name" => Self { key: Key::Name, descending },
            b"size" => Self { key: Key::Size, descending },
            b"time" => Self { key: Key::Time, descending },
            _ => Self::default(),
        }
    }

    /// The value of `?sort=` for this order, empty for the default.
    pub(super) fn value(self) -> &'static str {
        if self == Self::default() { "" } else { self.value_or_name() }
    }

    /// The same, `name` for the default.
    pub(super) fn value_or_name(self) -> &'static str {
        match (self.key, self.descending) {
            (Key::Name, false) => "name",
            (Key::Name, true) => "-name",
            (Key::Size, false) => "size",
            (Key::Size, true) => "-size",
            (Key::Time, false) => "time",
            (Key::Time, true) => "-time",
        }
    }

    fn compare(self, left: &Entry<'_>, right: &Entry<'_>) -> Ordering {
        let (l, r) = (&left.meta, &right.meta);
        let by_name = natural(left.name, right.name);
        let ordered = match self.key {
            Key::Name => by_name,
            // The size of a directory has no meaning.
            Key::Size if l.is_directory() => Ordering::Equal,
            Key::Size => l.size.cmp(&r.size),
            Key::Time => l.modified.cmp(&r.modified),
        };
        let ordered = if self.descending { ordered.reverse() } else { ordered };
        r.is_directory().cmp(&l.is_directory()).then(ordered).then(by_name)
    }
}

/// Natural order: `a2` before `A10`; names that differ in case or leading zeros only, by bytes.
fn natural(left: &[u8], right: &[u8]) -> Ordering {
    let (mut l, mut r) = (left, right);
    loop {
        let (Some((&a, l_rest)), Some((&b, r_rest))) = (l.split_first(), r.split_first()) else {
            return l.len().cmp(&r.len()).then_with(|| left.cmp(right));
        };
        if a.is_ascii_digit() && b.is_ascii_digit() {
            let ((x, l_after), (y, r_after)) = (number(l), number(r));
            match x.len().cmp(&y.len()).then_with(|| x.cmp(y)) {
                Ordering::Equal => (l, r) = (l_after, r_after),
                unequal => return unequal,
            }
        } else {
            match a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase()) {
                Ordering::Equal => (l, r) = (l_rest, r_rest),
                unequal => return unequal,
            }
        }
    }
}

/// The leading digits without zeros at their start, and the rest.
fn number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, after) = text.split_at(end);
    let zeros = digits.iter().take_while(|&&byte| byte == b'0').count();
    (digits.get(zeros..).unwrap_or_default(), after)
}

/// How a listing is rendered.
pub(super) enum View {
    Html(Box<ListPage>),
    Json,
    Plain,
}

impl View {
    pub(super) fn form(&self) -> ListingForm {
        match self {
            Self::Html(_) => ListingForm::Html,
            Self::Json => ListingForm::Json,
            Self::Plain => ListingForm::Plain,
        }
    }
}

pub(super) struct Listing {
    path: TreePath,
    entries: Sorted,
    order: Order,
    /// A limit of the search was reached.
    is_truncated: bool,
    summary: Summary,
    /// A hash of the entries.
    hash: u64,
}

/// What a page shows of all entries together.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) directories: usize,
    pub(super) files: usize,
    /// The bytes of the files.
    pub(super) bytes: u64,
    pub(super) has_images: bool,
    /// The name of the README with the highest rank.
    pub(super) readme: Option<Box<[u8]>>,
    /// When an entry was last modified.
    pub(super) modified: Option<SystemTime>,
}

impl Summary {
    pub(super) fn entries(&self) -> usize {
        self.directories + self.files
    }

    fn of(entries: &Sorted) -> Self {
        let mut summary = Self::default();
        for entry in entries.iter() {
            summary.modified = summary.modified.max(Some(entry.meta.modified));
            if entry.meta.is_directory() {
                summary.directories += 1;
                continue;
            }
            summary.files += 1;
            summary.bytes += entry.meta.size;
            summary.has_images |= is_image(&entry);
        }
        let files = entries.iter().filter(|entry| !entry.meta.is_directory());
        let ranked = files.filter_map(|entry| Some((readme_rank(entry.name)?, entry.name)));
        summary.readme = ranked.min_by_key(|(rank, _)| *rank).map(|(_, name)| name.into());
        summary
    }
}

impl Listing {
    /// Sorts the entries, for a client at `address`.
    pub(super) async fn new(
        path: TreePath,
        entries: Arc<Entries>,
        order: Order,
        is_truncated: bool,
        address: Option<IpAddr>,
    ) -> Result<Self, Busy> {
        let sort = move |entries| {
            let compare = |left: &Entry<'_>, right: &Entry<'_>| order.compare(left, right);
            let entries = Sorted::new(entries, address, |_| true, compare)?;
            let mut hasher = DefaultHasher::new();
            for Entry { name, meta, target, .. } in entries.iter() {
                (name, meta.is_directory(), target.is_some(), meta.size, meta.modified).hash(&mut hasher);
            }
            let (summary, hash) = (Summary::of(&entries), hasher.finish());
            Ok(Self { path, entries, order, is_truncated, summary, hash })
        };
        entries.compute(address, sort).await?
    }

    pub(super) fn summary(&self) -> &Summary {
        &self.summary
    }

    /// A hash of everything that is shown.
    pub(super) fn tag(&self, view: &View) -> u64 {
        let mut hasher = DefaultHasher::new();
        (view.form(), self.order, self.is_truncated, self.path.as_bytes(), self.hash).hash(&mut hasher);
        if let View::Html(page) = view {
            page.hash(&mut hasher);
        }
        hasher.finish()
    }

    pub(super) fn render(mut self, view: View) -> Box<dyn Iterator<Item = Vec<u8>>> {
        let (top, bottom) = match &view {
            View::Html(page) => (page.top(&self.summary, self.is_truncated), page.bottom()),
            View::Json => (json::top(&self.path), json::bottom(self.is_truncated)),
            View::Plain => (Vec::new(), Vec::new()),
        };
        let mut is_first = true;
        let middle = std::iter::from_fn(move || {
            let piece = self.entries.take(PIECE);
            if piece.is_empty() {
                return None;
            }
            let mut text = Vec::with_capacity(piece.len() * 300);
            match &view {
                View::Html(page) => page.rows(&mut text, &piece),
                View::Json => json::rows(&mut text, &piece, is_first),
                View::Plain => plain_rows(&mut text, &piece),
            }
            is_first = false;
            Some(text)
        });
        let pieces = std::iter::once(top).chain(middle).chain(std::iter::once(bottom));
        Box::new(pieces.filter(|piece| !piece.is_empty()))
    }
}

fn plain_rows(to: &mut Vec<u8>, entries: &[Entry<'_>]) {
    for entry in entries {
        let time = rfc3339(entry.meta.modified_unix());
        let slash = if entry.meta.is_directory() { "/" } else { "" };
        to.extend(format!("{time} {:>14} {}{slash}\n", entry.meta.size, Escaped(entry.name)).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ordered_as_people_do() {
        for (left, right, expected) in [
            ("a2", "a10", Ordering::Less),
            ("B", "a", Ordering::Greater),
            ("a", "A", Ordering::Greater),
            ("a", "a", Ordering::Equal),
            ("a", "ab", Ordering::Less),
            ("a01", "a1", Ordering::Less),
            ("a1b", "a01c", Ordering::Less),
            ("10", "9", Ordering::Greater),
        ] {
            assert_eq!(natural(left.as_bytes(), right.as_bytes()), expected, "{left} {right}");
        }
    }
}
