//! Parts of a representation
//! ([RFC 9110 section 14](https://www.rfc-editor.org/rfc/rfc9110#section-14)): the Range field,
//! Content-Range, and `multipart/byteranges`.
//!
//! A Range field that is malformed, in another unit, or has too many ranges is ignored and the whole
//! representation is sent, as section 14.2 allows; only ranges after the end are answered with 416.

use std::ops::Range;

use syntax::watch::{Part, Watch};

use super::length::LENGTH_LIMIT;
use super::list;
use super::part;
use super::rule::Rule;
use super::scan;
use super::text::{ValueFault, ValueText, end, reported};

/// The most ranges in one field. A field with more is ignored (RFC 9110 section 17.15).
pub const SPECS_LIMIT: usize = 64;

/// The most parts in one response, after merging overlapping ones. With more, the whole is sent.
pub const PARTS_LIMIT: usize = 16;

/// One requested range, before the size of the representation is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spec {
    /// `first-last`; `first-` has no end.
    Between(u64, u64),
    /// `-count`: the last bytes.
    Last(u64),
}

/// The byte ranges of a valid Range field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranges(Vec<Spec>);

/// Ranges applied to a representation of known size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// The field is ignored: 200 with everything.
    Whole,
    /// 206: one or more parts in the requested order, not empty, not overlapping.
    Parts(Vec<Range<u64>>),
    /// 416: all ranges are after the end.
    Unsatisfiable,
}

impl Ranges {
    /// The ranges of a Range field; `None` if the field is to be ignored.
    ///
    /// ```text
    /// Range            = ranges-specifier
    /// ranges-specifier = range-unit "=" range-set
    /// range-set        = 1#range-spec
    /// range-spec       = int-range / suffix-range / other-range
    /// int-range        = first-pos "-" [ last-pos ]
    /// suffix-range     = "-" suffix-length
    /// ```
    ///
    /// Example: `b"bytes=0-499,-500"`.
    pub fn parse(value: &[u8]) -> Option<Self> {
        Self::parse_with(value, ())
    }

    /// Like [`parse`](Self::parse), and reports the parts and the reason for ignoring the field.
    pub fn parse_with(value: &[u8], watch: impl Watch) -> Option<Self> {
        let set = reported(range_set(value, watch), watch)?;
        let (mut specs, mut is_valid) = (Vec::new(), true);
        for element in list::elements(set) {
            if specs.len() == SPECS_LIMIT {
                return reported(Err(ValueFault { rule: Rule::RangeTooMany, rest: element }), watch);
            }
            match spec(element, watch) {
                Ok(spec) => specs.push(spec),
                Err(fault) if fault.is_tolerated(watch) => is_valid = false,
                Err(_) => return None,
            }
        }
        if specs.is_empty() && is_valid {
            return reported(Err(ValueFault { rule: Rule::RangeMalformed, rest: end(set) }), watch);
        }
        is_valid.then_some(Self(specs))
    }

    /// Applies the ranges to a representation of `size` bytes (RFC 9110 sections 14.1.2 and 15.3.7).
    ///
    /// Parts that overlap or touch are merged at the position of the first of them.
    ///
    /// ```
    /// use http_wire::range::{Ranges, Resolved};
    /// let ranges = Ranges::parse(b"bytes=-3,0-4,3-6").unwrap();
    /// assert_eq!(ranges.resolve(100), Resolved::Parts(vec![97..100, 0..7]));
    /// ```
    pub fn resolve(&self, size: u64) -> Resolved {
        let mut parts: Vec<(usize, Range<u64>)> = Vec::with_capacity(self.0.len());
        for (place, spec) in self.0.iter().enumerate() {
            match *spec {
                // Satisfiable, but Content-Range cannot express "the last bytes of nothing".
                Spec::Last(count) if count > 0 && size == 0 => return Resolved::Whole,
                // Download tools always request the first bytes, and treat 416 as a failure.
                Spec::Between(0, _) if size == 0 => return Resolved::Whole,
                Spec::Last(count) if count > 0 => parts.push((place, size.saturating_sub(count)..size)),
                Spec::Between(first, last) if first < size => {
                    parts.push((place, first..last.saturating_add(1).min(size)));
                }
                _ => {}
            }
        }
        parts.sort_unstable_by_key(|(_, range)| range.start);
        parts.dedup_by(|(later_place, later), (place, range)| {
            let together = later.start <= range.end;
            if together {
                range.end = range.end.max(later.end);
                *place = (*place).min(*later_place);
            }
            together
        });
        parts.sort_unstable_by_key(|(place, _)| *place);
        match parts.len() {
            0 => Resolved::Unsatisfiable,
            1..=PARTS_LIMIT => Resolved::Parts(parts.into_iter().map(|(_, range)| range).collect()),
            _ => Resolved::Whole,
        }
    }
}

/// The text after the unit, which must be bytes.
fn range_set(value: &[u8], watch: impl Watch) -> Result<&[u8], ValueFault<'_>> {
    let mut text = ValueText::new(value, Rule::RangeMalformed, watch);
    let unit = text.token(&part::RANGE_UNIT)?;
    text.literal(b"=")?;
    if !unit.eq_ignore_ascii_case(b"bytes") {
        return Err(ValueFault { rule: Rule::RangeUnitUnknown, rest: value });
    }
    match text.rest() {
        [b' ' | b'\t', ..] => Err(text.fault()),
        set => Ok(set),
    }
}

fn spec(element: &[u8], watch: impl Watch) -> Result<Spec, ValueFault<'_>> {
    let mut text = ValueText::new(element, Rule::RangeMalformed, watch);
    if text.has(b'-') {
        let count = text.number(&part::SUFFIX_LENGTH)?;
        text.end()?;
        watch.part(&part::SUFFIX_RANGE, element);
        return Ok(Spec::Last(count));
    }
    let first = text.number(&part::FIRST_POS)?;
    text.literal(b"-")?;
    let last = match text.rest() {
        [] => u64::MAX,
        rest => match text.number(&part::LAST_POS)? {
            last if last < first && text.rest().is_empty() => {
                return Err(ValueFault { rule: Rule::RangeReversed, rest });
            }
            last => last,
        },
    };
    text.end()?;
    watch.part(&part::INT_RANGE, element);
    Ok(Spec::Between(first, last))
}

/// The value of Content-Range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentRange {
    /// The byte range of the content, and the complete length if it is known.
    Part(Range<u64>, Option<u64>),
    /// No range could be sent; the representation has this many bytes.
    Unsatisfied(u64),
}

impl ContentRange {
    /// Parses the value of Content-Range; `None` if it is malformed or in another unit.
    ///
    /// ```text
    /// Content-Range     = range-unit SP ( range-resp / unsatisfied-range )
    /// range-resp        = incl-range "/" ( complete-length / "*" )
    /// incl-range        = first-pos "-" last-pos
    /// unsatisfied-range = "*/" complete-length
    /// ```
    ///
    /// Examples: `b"bytes 0-499/1234"`, `b"bytes */1234"`.
    pub fn parse(value: &[u8]) -> Option<Self> {
        Self::parse_with(value, ())
    }

    /// Like [`parse`](Self::parse), and reports the parts.
    pub fn parse_with(value: &[u8], watch: impl Watch) -> Option<Self> {
        reported(Self::read(value, watch), watch)
    }

    fn read(value: &[u8], watch: impl Watch) -> Result<Self, ValueFault<'_>> {
        let mut text = ValueText::new(value, Rule::ContentRangeMalformed, watch);
        if !text.token(&part::RANGE_UNIT)?.eq_ignore_ascii_case(b"bytes") {
            return Err(ValueFault { rule: Rule::RangeUnitUnknown, rest: value });
        }
        text.literal(b" ")?;
        if text.has(b'*') {
            text.literal(b"/")?;
            let size = countable(&mut text, &part::COMPLETE_LENGTH)?;
            text.end()?;
            return Ok(Self::Unsatisfied(size));
        }
        let range = text.rest();
        let first = countable(&mut text, &part::FIRST_POS)?;
        text.literal(b"-")?;
        let last = text.rest();
        let part = first..countable(&mut text, &part::LAST_POS)? + 1;
        text.part(&part::INCL_RANGE, range);
        text.literal(b"/")?;
        let complete = text.rest();
        let size = if text.has(b'*') { None } else { Some(countable(&mut text, &part::COMPLETE_LENGTH)?) };
        text.end()?;
        match size {
            _ if part.is_empty() => Err(text.fault_at(last)),
            Some(size) if size < part.end => Err(text.fault_at(complete)),
            size => Ok(Self::Part(part, size)),
        }
    }
}

/// A position or a length that a file can have.
fn countable<'a>(text: &mut ValueText<'a, impl Watch>, part: &'static Part) -> Result<u64, ValueFault<'a>> {
    let start = text.rest();
    match text.number(part)? {
        number @ ..LENGTH_LIMIT => Ok(number),
        _ => Err(text.fault_at(start)),
    }
}

/// Writes the value of Content-Range for a part (RFC 9110 section 14.4): `b"bytes 0-499/1234"`.
pub fn write_content_range(out: &mut Vec<u8>, part: &Range<u64>, size: u64) {
    let mut digits = itoa::Buffer::new();
    out.extend_from_slice(b"bytes ");
    out.extend_from_slice(digits.format(part.start).as_bytes());
    out.push(b'-');
    out.extend_from_slice(digits.format(part.end.saturating_sub(1)).as_bytes());
    out.push(b'/');
    out.extend_from_slice(digits.format(size).as_bytes());
}

/// Writes the value of Content-Range for a 416 response: `b"bytes */1234"`.
pub fn write_unsatisfied(out: &mut Vec<u8>, size: u64) {
    out.extend_from_slice(b"bytes */");
    out.extend_from_slice(itoa::Buffer::new().format(size).as_bytes());
}

/// Writes several parts as one content (RFC 9110 section 14.6, RFC 2046 section 5.1).
///
/// For each part write [`part_head`](Self::part_head) and its bytes, and at the end [`end`](Self::end);
/// [`length`](Self::length) is the Content-Length.
#[derive(Clone, Debug)]
pub struct Multipart {
    boundary: String,
    content_type: Vec<u8>,
    size: u64,
}

impl Multipart {
    /// A writer for parts of a representation of this type and size.
    ///
    /// `token` determines the boundary. A client that can choose the sent bytes must not be able to guess it.
    pub fn new(token: u128, content_type: &str, size: u64) -> Self {
        let clean = scan::text_length(content_type.as_bytes());
        let content_type = content_type.as_bytes().get(..clean).unwrap_or_default().to_vec();
        Self { boundary: format!("part-{token:032x}"), content_type, size }
    }

    /// The Content-Type of the whole: `multipart/byteranges; boundary=part-...`.
    pub fn content_type(&self) -> String {
        format!("multipart/byteranges; boundary={}", self.boundary)
    }

    /// The head of a part: `b"\r
    /// --part-...\r
    /// Content-Type: text/plain\r
    /// Content-Range: bytes 0-4/10\r
    /// \r
    /// "`.
    pub fn part_head(&self, part: &Range<u64>) -> Vec<u8> {
        let mut out = Vec::with_capacity(160);
        out.extend_from_slice(b"\r\n--");
        out.extend_from_slice(self.boundary.as_bytes());
        out.extend_from_slice(b"\r\nContent-Type: ");
        out.extend_from_slice(&self.content_type);
        out.extend_from_slice(b"\r\nContent-Range: ");
        write_content_range(&mut out, part, self.size);
        out.extend_from_slice(b"\r\n\r\n");
        out
    }

    /// The bytes after the last part: `b"\r
    /// --part-...--\r
    /// "`.
    pub fn end(&self) -> Vec<u8> {
        format!("\r\n--{}--\r\n", self.boundary).into_bytes()
    }

    /// The length of the whole content with these parts, in bytes.
    pub fn length(&self, parts: &[Range<u64>]) -> u64 {
        let one = |part: &Range<u64>| self.part_head(part).len() as u64 + (part.end - part.start);
        parts.iter().map(one).sum::<u64>() + self.end().len() as u64
    }
}

#[cfg(test)]
mod tests;
