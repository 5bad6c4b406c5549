//! Parts of a representation
//! ([RFC 9110 section 14](https://www.rfc-editor.org/rfc/rfc9110#section-14)): the Range field,
//! Content-Range, and `multipart/byteranges`.
//!
//! A Range field that is malformed, in another unit, or too greedy is ignored and the whole
//! representation is sent, as section 14.2 allows; only ranges that lie behind the end are answered
//! with 416.

use std::ops::Range;

use syntax::decimal;

use super::length::LENGTH_LIMIT;
use super::list;
use super::scan;

/// Ranges in one field. With more of them the field is ignored (RFC 9110 section 17.15).
pub const SPECS_LIMIT: usize = 64;

/// Parts in one response, after overlapping ones are merged. With more, the whole is sent.
pub const PARTS_LIMIT: usize = 16;

/// One range as asked for, before the size of the representation is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spec {
    /// `first-last`; the open `first-` ends nowhere.
    Between(u64, u64),
    /// `-count`: the last bytes.
    Last(u64),
}

/// What a valid Range field in bytes asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranges(Vec<Spec>);

/// What ranges mean for a representation of known size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// The field is ignored: 200 with everything.
    Whole,
    /// One part or more, in the order asked for, none empty, none overlapping: 206.
    Parts(Vec<Range<u64>>),
    /// All of them lie behind the end: 416.
    Unsatisfiable,
}

impl Ranges {
    /// The ranges that a Range field asks for; `None` where the field is to be ignored.
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
        let (unit, set) = value.split_at_checked(b"bytes=".len())?;
        if !unit.eq_ignore_ascii_case(b"bytes=") || set.starts_with(b" ") || set.starts_with(b"\t") {
            return None;
        }
        // One more than fits, to notice it.
        let specs: Vec<_> = list::elements(set).take(SPECS_LIMIT + 1).map(spec).collect::<Option<_>>()?;
        (1..=SPECS_LIMIT).contains(&specs.len()).then_some(Self(specs))
    }

    /// These ranges of a representation of `size` bytes (RFC 9110 sections 14.1.2 and 15.3.7).
    ///
    /// Parts that overlap or touch become one, in the place of the first of them.
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
                // Satisfiable, but Content-Range cannot say "the last bytes of nothing".
                Spec::Last(count) if count > 0 && size == 0 => return Resolved::Whole,
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

fn spec(text: &[u8]) -> Option<Spec> {
    let (first, last) = text.split_at(memchr::memchr(b'-', text)?);
    match (first, last.strip_prefix(b"-")?) {
        ([], count) => Some(Spec::Last(decimal::parse_saturating(count)?)),
        (first, []) => Some(Spec::Between(decimal::parse_saturating(first)?, u64::MAX)),
        (first, last) => {
            let (first, last) = (decimal::parse_saturating(first)?, decimal::parse_saturating(last)?);
            (first <= last).then_some(Spec::Between(first, last))
        }
    }
}

/// What Content-Range says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentRange {
    /// Which bytes the content is, and of how many, where that is known.
    Part(Range<u64>, Option<u64>),
    /// None could be sent; the representation has so many bytes.
    Unsatisfied(u64),
}

impl ContentRange {
    /// Reads the value of Content-Range; `None` where it is malformed or in another unit.
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
        let (unit, rest) = value.split_at_checked(b"bytes ".len())?;
        let rest = Some(rest).filter(|_| unit.eq_ignore_ascii_case(b"bytes "))?;
        let (part, size) = rest.split_at(memchr::memchr(b'/', rest)?);
        let size = match size.strip_prefix(b"/")? {
            b"*" => None,
            digits => Some(countable(digits)?),
        };
        if part == b"*" {
            return size.map(Self::Unsatisfied);
        }
        let (first, last) = part.split_at(memchr::memchr(b'-', part)?);
        let part = countable(first)?..countable(last.strip_prefix(b"-")?)? + 1;
        (part.start < part.end && size.is_none_or(|size| part.end <= size)).then_some(Self::Part(part, size))
    }
}

/// A position or a length that a file can have.
fn countable(digits: &[u8]) -> Option<u64> {
    decimal::parse_saturating(digits).filter(|&number| number < LENGTH_LIMIT)
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

/// Writes the value of Content-Range that goes with 416: `b"bytes */1234"`.
pub fn write_unsatisfied(out: &mut Vec<u8>, size: u64) {
    out.extend_from_slice(b"bytes */");
    out.extend_from_slice(itoa::Buffer::new().format(size).as_bytes());
}

/// Writes several parts as one content (RFC 9110 section 14.6, RFC 2046 section 5.1).
///
/// The content is, for each part, [`part_head`](Self::part_head) and its bytes, and
/// [`end`](Self::end) at last; [`length`](Self::length) is its Content-Length.
#[derive(Clone, Debug)]
pub struct Multipart {
    boundary: String,
    content_type: Vec<u8>,
    size: u64,
}

impl Multipart {
    /// For parts of a representation of this type and size.
    ///
    /// `token` makes the boundary. It must be one that nobody can guess who can choose the bytes
    /// that are sent.
    pub fn new(token: u128, content_type: &str, size: u64) -> Self {
        let clean = scan::text_length(content_type.as_bytes());
        let content_type = content_type.as_bytes().get(..clean).unwrap_or_default().to_vec();
        Self { boundary: format!("part-{token:032x}"), content_type, size }
    }

    /// The value of Content-Type for the whole: `multipart/byteranges; boundary=part-...`.
    pub fn content_type(&self) -> String {
        format!("multipart/byteranges; boundary={}", self.boundary)
    }

    /// What stands before the bytes of a part:
    /// `b"\r\n--part-...\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-4/10\r\n\r\n"`.
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

    /// What stands behind the last part: `b"\r\n--part-...--\r\n"`.
    pub fn end(&self) -> Vec<u8> {
        format!("\r\n--{}--\r\n", self.boundary).into_bytes()
    }

    /// Bytes of the whole content with these parts.
    pub fn length(&self, parts: &[Range<u64>]) -> u64 {
        let one = |part: &Range<u64>| self.part_head(part).len() as u64 + (part.end - part.start);
        parts.iter().map(one).sum::<u64>() + self.end().len() as u64
    }
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "one part is meant")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(ranges: &[Range<u64>]) -> Resolved {
        Resolved::Parts(ranges.to_vec())
    }

    #[test]
    fn ranges_are_those_of_rfc_9110_section_14() {
        use Resolved::Unsatisfiable;
        for (value, size, expected, why) in [
            ("bytes=0-4", 10, parts(&[0..5]), "14.1.2: both ends count"),
            ("bytes=0-0", 10, parts(&[0..1]), "14.1.2: the first byte"),
            ("bytes=9-9", 10, parts(&[9..10]), "14.1.2: the last byte"),
            ("bytes=5-", 10, parts(&[5..10]), "14.1.2: open"),
            ("bytes=0-", 10, parts(&[0..10]), "14.1.2: everything, as a part"),
            ("bytes=-3", 10, parts(&[7..10]), "14.1.2: suffix"),
            ("bytes=-30", 10, parts(&[0..10]), "14.1.2: a suffix longer than all"),
            ("bytes=5-99", 10, parts(&[5..10]), "14.1.2: cut at the end"),
            (
                "bytes=5-99999999999999999999999",
                10,
                parts(&[5..10]),
                "14.1.2: cut at the end, without overflow",
            ),
            ("bytes=0-18446744073709551615", 10, parts(&[0..10]), "14.1.2: without overflow"),
            ("bytes=-99999999999999999999999", 10, parts(&[0..10]), "14.1.2: without overflow"),
            ("BYTES=0-4", 10, parts(&[0..5]), "14.1: units have no case"),
            ("bytes=00-04", 10, parts(&[0..5]), "1*DIGIT"),
            ("bytes=0-1,5-6", 10, parts(&[0..2, 5..7]), "several"),
            ("bytes=0-1 ,\t5-6", 10, parts(&[0..2, 5..7]), "5.6.1: OWS"),
            ("bytes=,0-1,,5-6,", 10, parts(&[0..2, 5..7]), "5.6.1.2: empty elements"),
            ("bytes=5-6,0-1", 10, parts(&[5..7, 0..2]), "15.3.7.2: in the order asked for"),
            ("bytes=0-4,2-6", 10, parts(&[0..7]), "15.3.7.2: overlapping"),
            ("bytes=0-4,5-6", 10, parts(&[0..7]), "15.3.7.2: touching"),
            ("bytes=0-8,2-3", 10, parts(&[0..9]), "15.3.7.2: one inside the other"),
            (
                "bytes=8-9,0-1,7-8,1-2",
                10,
                parts(&[7..10, 0..3]),
                "15.3.7.2: in the place of the first of them",
            ),
            ("bytes=0-1,50-60", 10, parts(&[0..2]), "14.2: the satisfiable ones"),
            ("bytes=10-", 10, Unsatisfiable, "15.5.17: behind the end"),
            ("bytes=10-20,30-", 10, Unsatisfiable, "15.5.17: all of them"),
            ("bytes=-0", 10, Unsatisfiable, "14.1.2: no bytes"),
            ("bytes=99999999999999999999999-", 10, Unsatisfiable, "15.5.17: without overflow"),
            ("bytes=0-", 0, Unsatisfiable, "15.5.17: nothing has no first byte"),
            ("bytes=-0", 0, Unsatisfiable, "14.1.2"),
            ("bytes=-1", 0, Resolved::Whole, "14.1.2: satisfiable, yet not to be said in Content-Range"),
        ] {
            let ranges = Ranges::parse(value.as_bytes()).unwrap_or_else(|| panic!("{value}: {why}"));
            assert_eq!(ranges.resolve(size), expected, "{value} of {size}: {why}");
        }
    }

    #[test]
    fn other_fields_are_ignored() {
        for (value, why) in [
            ("", "nothing"),
            ("bytes", "no range-set"),
            ("bytes=", "1#range-spec"),
            ("bytes= ,", "1#range-spec"),
            ("bytes=-", "no digits"),
            ("bytes=--5", "a sign"),
            ("bytes=5", "no dash"),
            ("bytes=5-4", "14.1.1: last before first"),
            ("bytes=0-1,5-4", "14.1.1: one invalid range makes the set invalid"),
            ("bytes=a-b", "DIGIT"),
            ("bytes=0x0-5", "DIGIT"),
            ("bytes=0 -5", "no white space inside"),
            ("bytes=0- 5", "no white space inside"),
            ("bytes=0-1-2", "two dashes"),
            ("bytes =0-1", "no white space before ="),
            ("bytes= 0-1", "no white space behind ="),
            ("bytes:0-1", "="),
            ("lines=0-1", "14.2: an unknown unit"),
            ("0-1", "no unit"),
            ("bytes=0-1;5-6", "not a list"),
        ] {
            assert_eq!(Ranges::parse(value.as_bytes()), None, "{value}: {why}");
        }
    }

    #[test]
    fn greedy_sets_get_the_whole() {
        let apart = |count: usize| {
            Ranges::parse(
                format!("bytes={}", (0..count).map(|n| format!("{0}-{0},", n * 2)).collect::<String>())
                    .as_bytes(),
            )
        };
        let count = |resolved| match resolved {
            Resolved::Parts(parts) => parts.len(),
            _ => 0,
        };
        assert_eq!(count(apart(PARTS_LIMIT).unwrap().resolve(1000)), PARTS_LIMIT, "RFC 9110 section 17.15");
        assert_eq!(apart(PARTS_LIMIT + 1).unwrap().resolve(1000), Resolved::Whole, "RFC 9110 section 17.15");
        assert!(apart(SPECS_LIMIT).is_some(), "RFC 9110 section 17.15");
        assert_eq!(apart(SPECS_LIMIT + 1), None, "RFC 9110 section 17.15");
        let same = Ranges::parse(format!("bytes={}", "0-,".repeat(SPECS_LIMIT)).as_bytes()).unwrap();
        assert_eq!(same.resolve(1000), parts(&[0..1000]), "merged before they are counted");
    }

    #[test]
    fn content_range_is_that_of_rfc_9110_section_14_4() {
        let text = |write: &dyn Fn(&mut Vec<u8>)| {
            let mut out = Vec::new();
            write(&mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(&|out| write_content_range(out, &(0..500), 1234)), "bytes 0-499/1234");
        assert_eq!(text(&|out| write_content_range(out, &(42..43), 43)), "bytes 42-42/43");
        assert_eq!(text(&|out| write_unsatisfied(out, 1234)), "bytes */1234");
    }

    #[test]
    fn several_parts_are_written_as_rfc_9110_section_14_6_shows() {
        let multipart = Multipart::new(0xABC, "text/plain", 10);
        let boundary = "part-00000000000000000000000000000abc";
        assert_eq!(multipart.content_type(), format!("multipart/byteranges; boundary={boundary}"));
        let parts = [0..2, 5..9];
        let mut content = Vec::new();
        for part in &parts {
            content.extend(multipart.part_head(part));
            content.extend(&b"0123456789"[part.start as usize..part.end as usize]);
        }
        content.extend(multipart.end());
        let expected = format!(
            "\r\n--{boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01\
             \r\n--{boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 5-8/10\r\n\r\n5678\
             \r\n--{boundary}--\r\n"
        );
        assert_eq!(String::from_utf8(content).unwrap(), expected);
        assert_eq!(multipart.length(&parts), expected.len() as u64);
    }

    #[test]
    fn a_type_cannot_add_lines_to_a_part() {
        let head = Multipart::new(0, "text/plain\r\nX: y", 10).part_head(&(0..1));
        assert!(!String::from_utf8(head).unwrap().contains("X: y"));
    }

    #[test]
    fn content_ranges_are_those_of_rfc_9110_section_14_4() {
        use ContentRange::{Part, Unsatisfied};
        for (value, expected, why) in [
            ("bytes 0-499/1234", Some(Part(0..500, Some(1234))), "14.4: its example"),
            ("bytes 42-1233/*", Some(Part(42..1234, None)), "14.4: its example"),
            ("bytes */1234", Some(Unsatisfied(1234)), "14.4: its example"),
            ("Bytes 0-0/1", Some(Part(0..1, Some(1))), "14.1: units have no case"),
            ("bytes */*", None, "complete-length"),
            ("bytes 0-499/499", None, "14.4: invalid, the last byte is not in it"),
            ("bytes 5-4/10", None, "14.4: invalid, turned round"),
            ("bytes 0-/10", None, "no last-pos"),
            ("bytes -5/10", None, "no first-pos"),
            ("bytes 0-4", None, "no length"),
            ("bytes=0-4/10", None, "that is Range"),
            ("bytes  0-4/10", None, "one space"),
            ("bytes 0-4/10 ", None, "something behind"),
            ("lines 0-4/10", None, "another unit"),
            ("bytes 0-18446744073709551615/*", None, "too large to count"),
            ("", None, "nothing"),
        ] {
            assert_eq!(ContentRange::parse(value.as_bytes()), expected, "{value:?}: {why}");
        }
    }

    proptest! {
        #[test]
        fn a_content_range_that_is_written_is_read(start in 0_u64..1 << 40, len in 1_u64..1 << 40, more in 0_u64..9) {
            let (part, mut out) = (start..start + len, Vec::new());
            write_content_range(&mut out, &part, part.end + more);
            prop_assert_eq!(ContentRange::parse(&out), Some(ContentRange::Part(part.clone(), Some(part.end + more))));
        }
    }

    proptest! {
        #[test]
        fn parts_hold_exactly_the_bytes_that_were_asked_for(
            specs in proptest::collection::vec((0_u64..40, 0_u64..12, 0..3), 1..12),
            size in 1_u64..40,
        ) {
            let write = |&(first, more, kind): &(u64, u64, i32)| match kind {
                0 => format!("{first}-{}", first + more),
                1 => format!("{first}-"),
                _ => format!("-{more}"),
            };
            let asked = |byte: u64| specs.iter().any(|&(first, more, kind)| match kind {
                0 => (first..=first + more).contains(&byte),
                1 => first <= byte,
                _ => byte >= size.saturating_sub(more),
            });
            let value = format!("bytes={}", specs.iter().map(write).collect::<Vec<_>>().join(","));
            let found = match Ranges::parse(value.as_bytes()).unwrap().resolve(size) {
                Resolved::Parts(parts) => parts,
                Resolved::Unsatisfiable => vec![],
                Resolved::Whole => panic!("{value}"),
            };
            for byte in 0..size {
                let times = found.iter().filter(|part| part.contains(&byte)).count();
                prop_assert_eq!(times, usize::from(asked(byte)), "{} of {}: byte {}", value, size, byte);
            }
        }
    }
}
