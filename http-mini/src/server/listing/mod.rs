//! Listings as a page, JSON, or plain text. Entries are sorted first and then rendered in pieces, so that the
//! text of a long listing is never in memory as a whole.

mod json;
pub(super) mod order;
pub(super) mod walk;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

use common::escape::Escaped;
use common::files::{Entries, Entry, SortFields, Sorted, TreePath};
use common::net::offload::Busy;

use super::page::list::{ListPage, ListingSummary};
use super::page::rfc3339;
use order::Order;

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

pub(super) struct DirectoryListing {
    path: TreePath,
    entries: Sorted,
    order: Order,
    /// A limit of the search was reached.
    is_truncated: bool,
    summary: ListingSummary,
    /// A hash of the entries.
    hash: u64,
}

impl DirectoryListing {
    /// Sorts the entries, for a client at `address`.
    pub(super) async fn new(
        path: TreePath,
        entries: Arc<Entries>,
        order: Order,
        is_truncated: bool,
        address: Option<IpAddr>,
    ) -> Result<Self, Busy> {
        let sort = move |entries| {
            let compare = |left: &SortFields<'_>, right: &SortFields<'_>| order.compare(left, right);
            let entries = Sorted::new(entries, address, |_| true, compare)?;
            let mut hasher = DefaultHasher::new();
            for Entry { name, meta, target, .. } in entries.iter() {
                (name, meta.is_directory(), target.is_some(), meta.size, meta.modified).hash(&mut hasher);
            }
            let (summary, hash) = (ListingSummary::of(&entries), hasher.finish());
            Ok(Self { path, entries, order, is_truncated, summary, hash })
        };
        entries.compute(address, sort).await?
    }

    pub(super) fn summary(&self) -> &ListingSummary {
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
