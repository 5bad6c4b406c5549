//! JSON listings. Rows are parsed one by one, so rows that are not entries use no memory.

use std::fmt;
use std::io::{BufReader, Read};
use std::time::SystemTime;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use url::Url;

use super::{Entries, Index, IndexKind, NoIndex, Reference, below};
use crate::date;
use crate::head::TARGET_LIMIT;
use crate::target::encode_name;

/// The entries of a JSON listing of this project, nginx or Caddy, sorted by name, without duplicates.
///
/// ```text
/// {"path":"/","entries":[{"name":"a","type":"file","size":5,"modified":"2026-11-23T18:51:00Z","href":"a"}]}
/// [{"name":"a","type":"file","mtime":"Mon, 23 Nov 2026 18:51:00 GMT","size":5}]
/// [{"name":"a/","url":"./a/","mod_time":"2026-11-23T18:51:00.123Z","is_dir":true}]
/// ```
///
/// Ours has `"link": true` for a symbolic link to a directory (Caddy `"is_symlink": true`), and `"truncated":
/// true` beside `entries` if some are missing. `now` is used for two-digit years only.
///
/// # Errors
///
/// See [`NoIndex`].
pub fn json(listing: impl Read, base: &Url, now: SystemTime) -> Result<Index, NoIndex> {
    let mut entries = Entries::default();
    let mut taken = Ok(());
    let mut take = |row: Row| {
        taken = row.add_to(&mut entries, base, now);
        taken.is_ok()
    };
    let mut text = serde_json::Deserializer::from_reader(BufReader::new(listing));
    let mut is_truncated = false;
    let rows = Rows { take: &mut take, is_truncated: &mut is_truncated };
    let read = rows.deserialize(&mut text).and_then(|()| text.end());
    taken?;
    read.map_err(|_| NoIndex::Malformed)?;
    Ok(Index { is_truncated, is_listing: true, has_end: true, ..entries.index() })
}

#[derive(Deserialize)]
struct Row {
    name: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    is_dir: Option<bool>,
    #[serde(default, alias = "is_symlink")]
    link: bool,
    size: Option<u64>,
    #[serde(alias = "mtime", alias = "mod_time")]
    modified: Option<String>,
    #[serde(alias = "url")]
    href: Option<String>,
}

impl Row {
    fn add_to(self, entries: &mut Entries, base: &Url, now: SystemTime) -> Result<(), NoIndex> {
        if matches!(self.name.trim_end_matches('/'), "." | "..") {
            return entries.count();
        }
        let kind = match (self.is_dir, self.kind.as_deref()) {
            (Some(true), _) | (None, Some("dir" | "directory")) => Some(IndexKind::Directory),
            (Some(false), _) | (None, Some("file")) => Some(IndexKind::File),
            (None, Some(_)) => Some(IndexKind::Other),
            (None, None) => None,
        };
        let time = |text: String| {
            let rfc3339 = || OffsetDateTime::parse(&text, &Rfc3339).ok().map(Into::into);
            date::read(text.as_bytes(), now).or_else(rfc3339)
        };
        let modified = self.modified.and_then(time);
        let href = match self.href {
            Some(href) if href.len() <= TARGET_LIMIT => href,
            None if self.name.len() <= TARGET_LIMIT => reference(&self.name),
            _ => return entries.skip(),
        };
        let Reference::Below(name, by_slash) = below(base, &href) else { return entries.skip() };
        let kind = match kind.unwrap_or(by_slash) {
            IndexKind::Directory if self.link => IndexKind::Link,
            kind => kind,
        };
        entries.add(name, kind, self.size, modified)
    }
}

/// A name as a reference: every byte with another meaning is encoded.
fn reference(name: &str) -> String {
    let (name, slash) = name.strip_suffix('/').map_or((name, ""), |name| (name, "/"));
    let encoded = encode_name(name.as_bytes());
    // A dot segment remains one if its dots are encoded (URL standard), so it cannot lead below.
    format!("./{encoded}{slash}")
}

/// An array of rows, or an object with `entries`; a function gets each row until it stops.
struct Rows<'a> {
    take: &'a mut dyn FnMut(Row) -> bool,
    is_truncated: &'a mut bool,
}

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, listing: D) -> Result<(), D::Error> {
        listing.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an array, or an object with \"entries\"")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(row) = rows.next_element()? {
            if !(self.take)(row) {
                return Err(A::Error::custom("enough"));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut has_rows = false;
        while let Some(name) = members.next_key::<String>()? {
            match &*name {
                "entries" => {
                    let rows = Rows { take: &mut *self.take, is_truncated: &mut *self.is_truncated };
                    members.next_value_seed(rows)?;
                }
                "truncated" => *self.is_truncated = members.next_value()?,
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
            has_rows |= name == "entries";
        }
        has_rows.then_some(()).ok_or_else(|| A::Error::missing_field("entries"))
    }
}
