//! Tables of Range and Content-Range.

#![expect(clippy::single_range_in_vec_init, reason = "one part is meant")]

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
        ("bytes=5-99999999999999999999999", 10, parts(&[5..10]), "14.1.2: cut at the end, without overflow"),
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
        ("bytes=8-9,0-1,7-8,1-2", 10, parts(&[7..10, 0..3]), "15.3.7.2: in the place of the first of them"),
        ("bytes=0-1,50-60", 10, parts(&[0..2]), "14.2: the satisfiable ones"),
        ("bytes=10-", 10, Unsatisfiable, "15.5.17: behind the end"),
        ("bytes=10-20,30-", 10, Unsatisfiable, "15.5.17: all of them"),
        ("bytes=-0", 10, Unsatisfiable, "14.1.2: no bytes"),
        ("bytes=99999999999999999999999-", 10, Unsatisfiable, "15.5.17: without overflow"),
        ("bytes=0-", 0, Resolved::Whole, "download tools always ask for it"),
        ("bytes=0-99", 0, Resolved::Whole, "the first piece of a download"),
        ("bytes=1-", 0, Unsatisfiable, "15.5.17: behind the end"),
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
