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
    for tag in head.fields(name).flat_map(tags) {
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
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::head;

    /// Sun, 06 Nov 1994 08:49:37 GMT and a bit.
    fn modified() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_500)
    }

    fn now() -> SystemTime {
        modified() + Duration::from_secs(1_000)
    }

    fn request(method: &str, fields: &str) -> Head {
        let text = format!("{method} / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        head::parse(text.as_bytes()).unwrap().unwrap().0
    }

    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    #[test]
    fn entity_tags_are_those_of_rfc_9110_section_8_8_3() {
        for (text, expected, why) in [
            ("\"xyzzy\"", Some((false, "xyzzy")), "strong"),
            ("W/\"xyzzy\"", Some((true, "xyzzy")), "weak"),
            ("\"\"", Some((false, "")), "empty"),
            ("\"a,b\\\"", Some((false, "a,b\\")), "a backslash escapes nothing"),
            ("xyzzy", None, "no quotes"),
            ("w/\"xyzzy\"", None, "W has case"),
            ("W/ \"xyzzy\"", None, "no white space"),
            ("\"xyzzy", None, "no end"),
            ("\"a b\"", None, "no space inside"),
            ("\"a\" ", None, "something behind"),
            ("\"a\"b\"", None, "something behind"),
        ] {
            let expected = expected.map(|(weak, opaque)| EntityTag { weak, opaque: opaque.as_bytes() });
            assert_eq!(EntityTag::parse(text.as_bytes()), expected, "{text}: {why}");
            if let Some(tag) = expected {
                let mut out = Vec::new();
                tag.write(&mut out);
                assert_eq!(out, text.as_bytes(), "written again");
            }
        }
        assert_eq!(EntityTag::strong(b"a\"b"), None, "a quote cannot be inside");
    }

    #[test]
    fn tags_are_compared_as_in_the_table_of_rfc_9110_section_8_8_3_2() {
        let tag = |text: &'static str| EntityTag::parse(text.as_bytes()).unwrap();
        for (one, other, strongly, weakly) in [
            ("W/\"1\"", "W/\"1\"", false, true),
            ("W/\"1\"", "W/\"2\"", false, false),
            ("W/\"1\"", "\"1\"", false, true),
            ("\"1\"", "\"1\"", true, true),
        ] {
            assert_eq!(tag(one).matches_strongly(tag(other)), strongly, "{one} {other}");
            assert_eq!(tag(one).matches_weakly(tag(other)), weakly, "{one} {other}");
        }
    }

    #[test]
    fn preconditions_are_evaluated_in_the_order_of_rfc_9110_section_13_2_2() {
        use Precondition::{Failed, NotModified, Proceed};
        let current = Validators { etag: EntityTag::strong(b"now"), modified: Some(modified()) };
        for (method, fields, expected, why) in [
            ("GET", "".to_owned(), Proceed, "none"),
            ("GET", "If-Match: \"now\"\r\n".into(), Proceed, "13.1.1: the same"),
            ("GET", "If-Match: \"old\"\r\n".into(), Failed, "13.1.1: another"),
            ("PUT", "If-Match: \"now\"\r\n".into(), Proceed, "13.1.1"),
            ("PUT", "If-Match: \"old\"\r\n".into(), Failed, "13.1.1"),
            ("PUT", "If-Match: W/\"now\"\r\n".into(), Failed, "13.1.1: compared strongly"),
            ("PUT", "If-Match: \"old\", \"now\"\r\n".into(), Proceed, "13.1.1: one of the list"),
            ("PUT", "If-Match: \"old\"\r\nIf-Match: \"now\"\r\n".into(), Proceed, "13.1.1: one of the lines"),
            (
                "PUT",
                "If-Match: \"a,b\" ,,\t\"now\"\r\n".into(),
                Proceed,
                "5.6.1.2: commas in tags, empty elements",
            ),
            ("PUT", "If-Match: *\r\n".into(), Proceed, "13.1.1: any representation"),
            ("PUT", "If-Match: \"*\"\r\n".into(), Failed, "13.1.1: a tag like another"),
            ("PUT", "If-Match: now\r\n".into(), Failed, "malformed: nothing is changed"),
            ("PUT", "If-Match: \"old\"\"now\"\r\n".into(), Failed, "malformed: nothing is changed"),
            ("PUT", "If-Match:\r\n".into(), Failed, "none of no tags"),
            ("PUT", "If-Match: \"now\", old\r\n".into(), Failed, "malformed: nothing is changed"),
            ("PUT", "If-Match: *, \"now\"\r\n".into(), Failed, "malformed: nothing is changed"),
            ("PUT", "If-Match: *\r\nIf-Match: *\r\n".into(), Failed, "malformed: nothing is changed"),
            ("DELETE", "If-Match: \"now\"\r\n".into(), Proceed, "13.1.1"),
            ("DELETE", "If-Match: *\r\n".into(), Proceed, "13.1.1: any representation"),
            ("DELETE", "If-Match: \"old\"\r\n".into(), Failed, "13.1.1"),
            ("MOVE", "If-Match: \"now\"\r\n".into(), Proceed, "13.1.1: what is moved"),
            ("MOVE", "If-Match: \"old\"\r\n".into(), Failed, "13.1.1: what is moved"),
            ("PATCH", "If-Match: \"old\"\r\n".into(), Failed, "13.1.1"),
            ("GET", format!("If-Unmodified-Since: {BEFORE}\r\n"), Failed, "13.1.4: modified since"),
            ("GET", format!("If-Unmodified-Since: {SAME}\r\n"), Proceed, "13.1.4: the second that was sent"),
            ("GET", format!("If-Unmodified-Since: {AFTER}\r\n"), Proceed, "13.1.4"),
            ("DELETE", format!("If-Unmodified-Since: {BEFORE}\r\n"), Failed, "13.1.4"),
            ("PUT", format!("If-Unmodified-Since: {BEFORE}\r\n"), Failed, "13.1.4"),
            ("PUT", format!("If-Unmodified-Since: {SAME}\r\n"), Proceed, "13.1.4"),
            (
                "PUT",
                "If-Unmodified-Since: yesterday\r\n".into(),
                Proceed,
                "13.1.4: an invalid date is ignored",
            ),
            ("MOVE", format!("If-Unmodified-Since: {BEFORE}\r\n"), Failed, "13.1.4: what is moved"),
            (
                "PUT",
                format!("If-Match: \"now\"\r\nIf-Unmodified-Since: {BEFORE}\r\n"),
                Proceed,
                "13.1.4: ignored beside If-Match",
            ),
            (
                "GET",
                "If-Unmodified-Since: yesterday\r\n".into(),
                Proceed,
                "13.1.4: an invalid date is ignored",
            ),
            (
                "GET",
                format!("If-Match: \"now\"\r\nIf-Unmodified-Since: {BEFORE}\r\n"),
                Proceed,
                "13.1.4: ignored beside If-Match",
            ),
            ("GET", "If-None-Match: \"now\"\r\n".into(), NotModified, "13.1.2"),
            ("HEAD", "If-None-Match: \"now\"\r\n".into(), NotModified, "13.1.2"),
            ("PUT", "If-None-Match: \"now\"\r\n".into(), Failed, "13.1.2: 412 for other methods"),
            ("GET", "If-None-Match: W/\"now\"\r\n".into(), NotModified, "13.1.2: compared weakly"),
            ("GET", "If-None-Match: \"old\"\r\n".into(), Proceed, "13.1.2"),
            ("GET", "If-None-Match: \"old\", W/\"now\"\r\n".into(), NotModified, "13.1.2: one of the list"),
            ("GET", "If-None-Match: *\r\n".into(), NotModified, "13.1.2: any representation"),
            ("PUT", "If-None-Match: *\r\n".into(), Failed, "13.1.2: it exists"),
            ("DELETE", "If-None-Match: *\r\n".into(), Failed, "13.1.2: it exists"),
            ("MOVE", "If-None-Match: \"now\"\r\n".into(), Failed, "13.1.2: what is moved"),
            ("PUT", "If-None-Match: W/\"now\"\r\n".into(), Failed, "13.1.2: compared weakly"),
            ("PUT", "If-None-Match: \"old\"\r\n".into(), Proceed, "13.1.2"),
            ("PUT", "If-None-Match: \"*\"\r\n".into(), Proceed, "13.1.2: a tag like another"),
            ("PUT", "If-None-Match:\r\n".into(), Proceed, "none of no tags"),
            ("PUT", "If-None-Match: now\r\n".into(), Failed, "malformed: nothing is changed"),
            ("PUT", "If-None-Match: \"old\", *\r\n".into(), Failed, "malformed: nothing is changed"),
            (
                "DELETE",
                "If-None-Match: *\r\nIf-None-Match: *\r\n".into(),
                Failed,
                "malformed: nothing is changed",
            ),
            (
                "PUT",
                "If-Match: \"now\"\r\nIf-None-Match: *\r\n".into(),
                Failed,
                "13.2.2: step 3 after step 1",
            ),
            ("GET", "If-None-Match: now\r\n".into(), Proceed, "malformed: ignored"),
            ("GET", "If-None-Match: \"now\", now\r\n".into(), Proceed, "malformed: ignored"),
            ("GET", format!("If-Modified-Since: {BEFORE}\r\n"), Proceed, "13.1.3: modified since"),
            (
                "GET",
                format!("If-Modified-Since: {SAME}\r\n"),
                NotModified,
                "13.1.3: the second that was sent",
            ),
            ("HEAD", format!("If-Modified-Since: {AFTER}\r\n"), NotModified, "13.1.3"),
            (
                "GET",
                "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT\r\n".into(),
                NotModified,
                "5.6.7: rfc850-date",
            ),
            (
                "GET",
                "If-Modified-Since: Sun Nov  6 08:49:37 1994\r\n".into(),
                NotModified,
                "5.6.7: asctime-date",
            ),
            ("PUT", format!("If-Modified-Since: {SAME}\r\n"), Proceed, "13.1.3: GET and HEAD only"),
            (
                "GET",
                "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 CET\r\n".into(),
                Proceed,
                "13.1.3: an invalid date is ignored",
            ),
            (
                "GET",
                format!("If-Modified-Since: {SAME}\r\nIf-Modified-Since: {SAME}\r\n"),
                Proceed,
                "13.1.3: ignored with more than one member",
            ),
            (
                "GET",
                format!("If-None-Match: \"old\"\r\nIf-Modified-Since: {AFTER}\r\n"),
                Proceed,
                "13.1.3: ignored beside If-None-Match",
            ),
            (
                "GET",
                format!("If-None-Match: \"now\"\r\nIf-Modified-Since: {BEFORE}\r\n"),
                NotModified,
                "13.1.3: ignored beside If-None-Match",
            ),
            (
                "GET",
                "If-Match: \"old\"\r\nIf-None-Match: \"now\"\r\n".into(),
                Failed,
                "13.2.2: step 1 before step 3",
            ),
            (
                "GET",
                "If-Match: \"now\"\r\nIf-None-Match: \"now\"\r\n".into(),
                NotModified,
                "13.2.2: step 3 after step 1",
            ),
            (
                "GET",
                format!("If-Unmodified-Since: {BEFORE}\r\nIf-None-Match: \"now\"\r\n"),
                Failed,
                "13.2.2: step 2 before step 3",
            ),
            (
                "GET",
                format!("If-Unmodified-Since: {SAME}\r\nIf-Modified-Since: {SAME}\r\n"),
                NotModified,
                "13.2.2: step 4 after step 2",
            ),
        ] {
            assert_eq!(
                evaluate(&request(method, &fields), Some(&current), now()),
                expected,
                "{method} {fields:?}: {why}"
            );
        }
    }

    #[test]
    fn where_nothing_is_only_if_match_fails() {
        use Precondition::{Failed, Proceed};
        for (method, fields, expected, why) in [
            ("PUT", "".to_owned(), Proceed, "none"),
            ("PUT", "If-Match: *\r\n".into(), Failed, "13.1.1: there is no representation"),
            ("PUT", "If-Match: \"now\"\r\n".into(), Failed, "13.1.1"),
            ("PUT", "If-Match: now\r\n".into(), Failed, "malformed: nothing is changed"),
            ("DELETE", "If-Match: *\r\n".into(), Failed, "13.1.1: 412 rather than 404"),
            ("MOVE", "If-Match: \"now\"\r\n".into(), Failed, "13.1.1: nothing to move"),
            ("PUT", "If-None-Match: *\r\n".into(), Proceed, "13.1.2: create, but do not replace"),
            ("PUT", "If-None-Match: \"now\"\r\n".into(), Proceed, "13.1.2"),
            ("PUT", "If-None-Match: now\r\n".into(), Proceed, "malformed, but nothing is there to replace"),
            ("DELETE", "If-None-Match: *\r\n".into(), Proceed, "13.1.2: 404 follows"),
            ("PUT", format!("If-Unmodified-Since: {BEFORE}\r\n"), Proceed, "13.1.4: no modification date"),
            ("PUT", format!("If-Modified-Since: {AFTER}\r\n"), Proceed, "13.1.3: no modification date"),
        ] {
            let request = request(method, &fields);
            assert_eq!(evaluate(&request, None, now()), expected, "{method} {fields:?}: {why}");
        }
    }

    #[test]
    fn validators_that_are_unknown_match_nothing_but_the_asterisk() {
        let unknown = Validators { etag: None, modified: None };
        for (fields, expected, why) in [
            ("If-Match: \"now\"\r\n".to_owned(), Precondition::Failed, "13.1.1"),
            ("If-Match: *\r\n".into(), Precondition::Proceed, "13.1.1"),
            ("If-None-Match: \"now\"\r\n".into(), Precondition::Proceed, "13.1.2"),
            (format!("If-Modified-Since: {AFTER}\r\n"), Precondition::Proceed, "13.1.3"),
        ] {
            assert_eq!(
                evaluate(&request("GET", &fields), Some(&unknown), now()),
                expected,
                "{fields:?}: {why}"
            );
        }
    }

    #[test]
    fn if_range_needs_a_strong_validator() {
        let current = Validators { etag: EntityTag::strong(b"now"), modified: Some(modified()) };
        let at_once = modified() + Duration::from_millis(100);
        for (fields, now, expected, why) in [
            ("".to_owned(), now(), true, "13.1.5: without the field"),
            ("If-Range: \"now\"\r\n".into(), now(), true, "13.1.5: the same"),
            ("If-Range: \"old\"\r\n".into(), now(), false, "13.1.5: another"),
            ("If-Range: W/\"now\"\r\n".into(), now(), false, "13.1.5: compared strongly"),
            ("If-Range: \"now\", \"old\"\r\n".into(), now(), false, "13.1.5: not a list"),
            ("If-Range: *\r\n".into(), now(), false, "13.1.5: no asterisk"),
            ("If-Range: \"now\"\r\nIf-Range: \"now\"\r\n".into(), now(), false, "13.1.5: one only"),
            (format!("If-Range: {SAME}\r\n"), now(), true, "13.1.5: the exact date"),
            (format!("If-Range: {AFTER}\r\n"), now(), false, "13.1.5: a later date is not exact"),
            (format!("If-Range: {BEFORE}\r\n"), now(), false, "13.1.5"),
            (format!("If-Range: {SAME}\r\n"), at_once, false, "8.8.2.2: it may change again in this second"),
            ("If-Range: yesterday\r\n".into(), now(), false, "13.1.5: neither tag nor date"),
        ] {
            assert_eq!(
                if_range_holds(&request("GET", &fields), &current, now),
                expected,
                "{fields:?}: {why}"
            );
        }
    }
}
