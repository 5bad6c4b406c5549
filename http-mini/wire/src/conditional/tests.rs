//! Tables of preconditions.

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

fn request(method: &str, fields: &str) -> RequestHead {
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
        ("PUT", "If-Unmodified-Since: yesterday\r\n".into(), Proceed, "13.1.4: an invalid date is ignored"),
        ("MOVE", format!("If-Unmodified-Since: {BEFORE}\r\n"), Failed, "13.1.4: what is moved"),
        (
            "PUT",
            format!("If-Match: \"now\"\r\nIf-Unmodified-Since: {BEFORE}\r\n"),
            Proceed,
            "13.1.4: ignored beside If-Match",
        ),
        ("GET", "If-Unmodified-Since: yesterday\r\n".into(), Proceed, "13.1.4: an invalid date is ignored"),
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
        ("PUT", "If-Match: \"now\"\r\nIf-None-Match: *\r\n".into(), Failed, "13.2.2: step 3 after step 1"),
        ("GET", "If-None-Match: now\r\n".into(), Proceed, "malformed: ignored"),
        ("GET", "If-None-Match: \"now\", now\r\n".into(), Proceed, "malformed: ignored"),
        ("GET", format!("If-Modified-Since: {BEFORE}\r\n"), Proceed, "13.1.3: modified since"),
        ("GET", format!("If-Modified-Since: {SAME}\r\n"), NotModified, "13.1.3: the second that was sent"),
        ("HEAD", format!("If-Modified-Since: {AFTER}\r\n"), NotModified, "13.1.3"),
        (
            "GET",
            "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT\r\n".into(),
            NotModified,
            "5.6.7: rfc850-date",
        ),
        ("GET", "If-Modified-Since: Sun Nov  6 08:49:37 1994\r\n".into(), NotModified, "5.6.7: asctime-date"),
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
        assert_eq!(evaluate(&request("GET", &fields), Some(&unknown), now()), expected, "{fields:?}: {why}");
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
        assert_eq!(if_range_holds(&request("GET", &fields), &current, now), expected, "{fields:?}: {why}");
    }
}
