//! Preconditions
//! ([RFC 9110 section 13](https://www.rfc-editor.org/rfc/rfc9110#section-13)) and the validators
//! that they compare (section 8.8).
//!
//! Pure decisions: a head and what is known of the representation go in, and what becomes of the
//! request comes out.

use std::time::SystemTime;

use syntax::unix_time;

use super::date;
use super::head::{Head, Method};

/// An entity tag (RFC 9110 section 8.8.3): `"xyzzy"`, or `W/"xyzzy"` where it is weak.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EntityTag<'a> {
    weak: bool,
    opaque: &'a [u8],
}

impl<'a> EntityTag<'a> {
    /// A strong tag of these bytes; `None` where one of them cannot stand between quotes.
    pub fn strong(opaque: &'a [u8]) -> Option<Self> {
        are_etagc(opaque).then_some(Self { weak: false, opaque })
    }

    /// The same tag, weak.
    pub fn weakened(self) -> Self {
        Self { weak: true, ..self }
    }

    /// Reads one entity tag and nothing else.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        Self::take(value).filter(|(_, rest)| rest.is_empty()).map(|(tag, _)| tag)
    }

    /// Reads the entity tag at the start, and gives what is behind it.
    ///
    /// ```text
    /// entity-tag = [ weak ] opaque-tag
    /// weak       = %s"W/"
    /// opaque-tag = DQUOTE *etagc DQUOTE
    /// ```
    ///
    /// Example: `b"W/\"0815\""`. Nothing is escaped inside: a backslash is a backslash.
    fn take(value: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (weak, quoted) = match value.strip_prefix(b"W/") {
            Some(rest) => (true, rest),
            None => (false, value),
        };
        let text = quoted.strip_prefix(b"\"")?;
        let (opaque, rest) = text.split_at(memchr::memchr(b'"', text)?);
        are_etagc(opaque).then_some((Self { weak, opaque }, rest.strip_prefix(b"\"")?))
    }

    /// Whether both are the same and neither is weak (RFC 9110 section 8.8.3.2).
    pub fn matches_strongly(self, other: EntityTag<'_>) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }

    /// Whether both are the same, weak or not.
    pub fn matches_weakly(self, other: EntityTag<'_>) -> bool {
        self.opaque == other.opaque
    }

    /// Writes it as it stands in ETag: `b"\"xyzzy\""`.
    pub fn write(self, out: &mut Vec<u8>) {
        if self.weak {
            out.extend_from_slice(b"W/");
        }
        out.push(b'"');
        out.extend_from_slice(self.opaque);
        out.push(b'"');
    }
}

impl std::fmt::Debug for EntityTag<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\"{}\"", if self.weak { "W/" } else { "" }, self.opaque.escape_ascii())
    }
}

/// ```text
/// etagc = %x21 / %x23-7E / obs-text
/// ```
fn are_etagc(bytes: &[u8]) -> bool {
    // Without a branch for each: what compilers turn into vector instructions.
    bytes.iter().fold(true, |good, &byte| good & matches!(byte, 0x21 | 0x23..=0x7E | 0x80..))
}

/// What tells one state of a representation from another (RFC 9110 section 8.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validators<'a> {
    /// Its entity tag.
    pub etag: Option<EntityTag<'a>>,
    /// When it was last modified.
    pub modified: Option<SystemTime>,
}

/// What the preconditions of a request make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// It is answered as if there were none.
    Proceed,
    /// 304: the client has it already.
    NotModified,
    /// 412: the state is another than the client thinks; nothing is done.
    Failed,
}

/// The preconditions of a request, in the order of RFC 9110 section 13.2.2.
///
/// `current` is the representation as it is, or `None` where there is none (yet). With MOVE it is
/// what is moved. `now` is used for years of two digits only.
///
/// A list of tags that is malformed never speaks for a change: If-Match fails, and so does
/// If-None-Match, which GET and HEAD ignore then. Dates that are malformed are ignored, as sections
/// 13.1.3 and 13.1.4 ask for. Step 5, If-Range, is [`if_range_holds`].
pub fn evaluate(head: &Head, current: Option<&Validators<'_>>, now: SystemTime) -> Precondition {
    let reads = matches!(head.method(), Method::Get | Method::Head);
    let modified = || current?.modified.map(unix_time::seconds);
    let stamp = |name: &str| Some(unix_time::seconds(date::read(head.only_field(name)?, now)?));
    // 1 and 2.
    if head.field("if-match").is_some() {
        if any_tag(head, "if-match", current, true) != Some(true) {
            return Precondition::Failed;
        }
    } else if let (Some(stamp), Some(modified)) = (stamp("if-unmodified-since"), modified())
        && modified > stamp
    {
        return Precondition::Failed;
    }
    // 3 and 4.
    if head.field("if-none-match").is_some() {
        match (any_tag(head, "if-none-match", current, false), reads) {
            (Some(true), true) => return Precondition::NotModified,
            (Some(true) | None, false) => return Precondition::Failed,
            (Some(false), _) | (None, true) => {}
        }
    } else if reads
        && let (Some(stamp), Some(modified)) = (stamp("if-modified-since"), modified())
        && modified <= stamp
    {
        return Precondition::NotModified;
    }
    // 6.
    Precondition::Proceed
}

/// Whether one of the tags in a field is that of the current representation; `None` where the
/// field is malformed, and something is there that it may have been about.
///
/// ```text
/// If-Match      = "*" / #entity-tag     (RFC 9110 section 13.1.1)
/// If-None-Match = "*" / #entity-tag     (RFC 9110 section 13.1.2)
/// ```
///
/// Examples: `b"*"`, which any representation matches, and `b"\"xyzzy\", W/\"r2d2\""`.
fn any_tag(head: &Head, name: &str, current: Option<&Validators<'_>>, strongly: bool) -> Option<bool> {
    let Some(current) = current else { return Some(false) };
    if head.only_field(name) == Some(b"*") {
        return Some(true);
    }
    let matches = |tag: EntityTag<'_>, etag| {
        if strongly { tag.matches_strongly(etag) } else { tag.matches_weakly(etag) }
    };
    let mut found = false;
    for tag in head.section().fields(name).flat_map(tags) {
        let tag = tag?;
        found |= current.etag.is_some_and(|etag| matches(tag, etag));
    }
    Some(found)
}

/// The tags of a list; at last `None`, where something else stands in it.
fn tags(value: &[u8]) -> impl Iterator<Item = Option<EntityTag<'_>>> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let mut text = rest?;
        while let [b',' | b' ' | b'\t', after @ ..] = text {
            text = after;
        }
        let taken = EntityTag::take(text).map(|(tag, after)| (tag, after.trim_ascii_start()));
        // Two tags without a comma between them are not a list.
        let taken = taken.filter(|(_, after)| after.is_empty() || after.starts_with(b","));
        rest = taken.map(|(_, after)| after);
        (!text.is_empty()).then_some(taken.map(|(tag, _)| tag))
    })
}

/// Whether a Range may be used, as far as If-Range is concerned (RFC 9110 section 13.1.5).
///
/// True without the field. An entity tag must match strongly. A date must be exactly the time of
/// the last modification, and that second must be over: within it, another change would go
/// unnoticed (section 8.8.2.2).
pub fn if_range_holds(head: &Head, current: &Validators<'_>, now: SystemTime) -> bool {
    if head.field("if-range").is_none() {
        return true;
    }
    let Some(value) = head.only_field("if-range") else { return false };
    if let Some(tag) = EntityTag::parse(value) {
        return current.etag.is_some_and(|etag| tag.matches_strongly(etag));
    }
    match (date::read(value, now), current.modified.map(unix_time::seconds)) {
        (Some(stamp), Some(modified)) => {
            unix_time::seconds(stamp) == modified && modified < unix_time::seconds(now)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
