//! Preconditions
//! ([RFC 9110 section 13](https://www.rfc-editor.org/rfc/rfc9110#section-13)) and the validators
//! that they compare (section 8.8).
//!
//! Pure decisions: a head and the current representation are the input, and the fate of the request is the
//! output.

use std::time::SystemTime;

use syntax::unix_time;
use syntax::watch::Watch;

use super::date;
use super::head::{Method, RequestHead};
use super::part;
use super::rule::Rule;
use super::text::{ValueFault, ValueText, reported};

/// An entity tag (RFC 9110 section 8.8.3): `"xyzzy"`, or `W/"xyzzy"` if it is weak.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EntityTag<'a> {
    weak: bool,
    opaque: &'a [u8],
}

impl<'a> EntityTag<'a> {
    /// A strong tag of these bytes; `None` if one of them is not allowed between quotes.
    pub fn strong(opaque: &'a [u8]) -> Option<Self> {
        are_etagc(opaque).then_some(Self { weak: false, opaque })
    }

    /// The same tag, weak.
    pub fn weakened(self) -> Self {
        Self { weak: true, ..self }
    }

    /// Parses a value that is one entity tag.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        Self::parse_with(value, ())
    }

    /// Like [`parse`](Self::parse), and reports the parts.
    pub fn parse_with(value: &'a [u8], watch: impl Watch) -> Option<Self> {
        let mut text = ValueText::new(value, Rule::EtagMalformed, watch);
        let tag = Self::take(&mut text);
        reported(if text.rest().is_empty() { tag } else { tag.and(Err(text.fault())) }, watch)
    }

    /// Parses the entity tag at the start.
    ///
    /// ```text
    /// entity-tag = [ weak ] opaque-tag
    /// weak       = %s"W/"
    /// opaque-tag = DQUOTE *etagc DQUOTE
    /// ```
    ///
    /// Example: `b"W/\"0815\""`. Nothing is escaped inside: a backslash is a backslash.
    #[inline]
    fn take(text: &mut ValueText<'a, impl Watch>) -> Result<Self, ValueFault<'a>> {
        let start = text.rest();
        let (weak, quoted) = match start.strip_prefix(b"W/") {
            Some(rest) => (true, rest),
            None => (false, start),
        };
        let inside = quoted.strip_prefix(b"\"").ok_or(text.fault_at(quoted))?;
        let end = memchr::memchr(b'"', inside);
        let Some(opaque) = end.and_then(|end| inside.get(..end)).filter(|opaque| are_etagc(opaque)) else {
            let bad = inside.iter().position(|&byte| !is_etagc(byte)).unwrap_or(inside.len());
            return Err(text.fault_at(inside.get(bad..).unwrap_or_default()));
        };
        let unquoted = start.len() - inside.len();
        text.take(unquoted + opaque.len() + 1);
        let length = start.len() - quoted.len();
        text.watch().part(&part::WEAK, start.get(..length).unwrap_or_default());
        text.part(&part::OPAQUE_TAG, quoted);
        text.part(&part::ENTITY_TAG, start);
        Ok(Self { weak, opaque })
    }

    /// Whether both tags are equal and strong (RFC 9110 section 8.8.3.2).
    pub fn matches_strongly(self, other: EntityTag<'_>) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }

    /// Whether both tags are equal, weak or strong.
    pub fn matches_weakly(self, other: EntityTag<'_>) -> bool {
        self.opaque == other.opaque
    }

    /// Writes the value of ETag: `b"\"xyzzy\""`.
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
    // Without branches, so that the compiler emits vector instructions.
    bytes.iter().fold(true, |good, &byte| good & is_etagc(byte))
}

fn is_etagc(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x7E | 0x80..)
}

/// The validators of a representation, which distinguish its states (RFC 9110 section 8.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validators<'a> {
    /// Its entity tag.
    pub etag: Option<EntityTag<'a>>,
    /// When it was last modified.
    pub modified: Option<SystemTime>,
}

/// The result of a request's preconditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// The request is processed as if it had none.
    Proceed,
    /// 304: the client has the representation already.
    NotModified,
    /// 412: the representation has changed; nothing is done.
    Failed,
}

/// The preconditions of a request, in the order of RFC 9110 section 13.2.2.
///
/// `current` has the validators of the representation, or is `None` if it does not exist (yet). With MOVE it
/// is the source. `now` is used for two-digit years only.
///
/// A list of tags that is malformed never speaks for a change: If-Match fails, and so does
/// If-None-Match, which GET and HEAD ignore then. Dates that are malformed are ignored, as sections
/// 13.1.3 and 13.1.4 ask for. Step 5, If-Range, is [`if_range_holds`].
pub fn evaluate(head: &RequestHead, current: Option<&Validators<'_>>, now: SystemTime) -> Precondition {
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

/// Whether one of the tags in a field is that of the current representation; `None` if the field is malformed
/// and a representation exists.
///
/// ```text
/// If-Match      = "*" / #entity-tag     (RFC 9110 section 13.1.1)
/// If-None-Match = "*" / #entity-tag     (RFC 9110 section 13.1.2)
/// ```
///
/// Examples: `b"*"`, which any representation matches, and `b"\"xyzzy\", W/\"r2d2\""`.
fn any_tag(head: &RequestHead, name: &str, current: Option<&Validators<'_>>, strongly: bool) -> Option<bool> {
    let Some(current) = current else { return Some(false) };
    if head.only_field(name) == Some(b"*") {
        return Some(true);
    }
    let matches = |tag: EntityTag<'_>, etag| {
        if strongly { tag.matches_strongly(etag) } else { tag.matches_weakly(etag) }
    };
    let mut found = false;
    for tag in head.section().fields(name).flat_map(|value| tags_with(value, ())) {
        let tag = tag?;
        found |= current.etag.is_some_and(|etag| matches(tag, etag));
    }
    Some(found)
}

/// The tags of a list, followed by `None` if it contains anything else.
pub(crate) fn tags_with<W: Watch>(value: &[u8], watch: W) -> impl Iterator<Item = Option<EntityTag<'_>>> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let mut text = ValueText::new(rest.take()?, Rule::EtagMalformed, watch);
        text.run(|byte| matches!(byte, b',' | b' ' | b'\t'));
        if text.rest().is_empty() {
            return None;
        }
        let tag = EntityTag::take(&mut text).and_then(|tag| {
            text.run(|byte| matches!(byte, b' ' | b'\t'));
            // Two tags without a comma between them are malformed.
            if matches!(text.rest(), [] | [b',', ..]) { Ok(tag) } else { Err(text.fault()) }
        });
        rest = tag.is_ok().then_some(text.rest());
        Some(reported(tag, watch))
    })
}

/// Whether If-Range permits the use of Range (RFC 9110 section 13.1.5).
///
/// True without the field. An entity tag must match strongly. A date must equal the time of the last
/// modification, and that second must be over: within it, another change would not be noticed (section
/// 8.8.2.2).
pub fn if_range_holds(head: &RequestHead, current: &Validators<'_>, now: SystemTime) -> bool {
    if head.field("if-range").is_none() {
        return true;
    }
    let Some(value) = head.only_field("if-range") else { return false };
    match (IfRange::parse_with(value, now, ()), current.modified.map(unix_time::seconds)) {
        (Some(IfRange::Tag(tag)), _) => current.etag.is_some_and(|etag| tag.matches_strongly(etag)),
        (Some(IfRange::Date(stamp)), Some(modified)) => {
            unix_time::seconds(stamp) == modified && modified < unix_time::seconds(now)
        }
        _ => false,
    }
}

/// The value of If-Range.
pub(crate) enum IfRange<'a> {
    Tag(EntityTag<'a>),
    Date(SystemTime),
}

impl<'a> IfRange<'a> {
    /// ```text
    /// If-Range = entity-tag / HTTP-date     (RFC 9110 section 13.1.5)
    /// ```
    pub(crate) fn parse_with(value: &'a [u8], now: SystemTime, watch: impl Watch) -> Option<Self> {
        match value {
            [b'"', ..] | [b'W', b'/', ..] => EntityTag::parse_with(value, watch).map(Self::Tag),
            date => date::read_with(date, now, watch).map(Self::Date),
        }
    }
}

#[cfg(test)]
mod tests;
