//! What [`watch`] reports of values: the tree in a compact form, and each rule with its byte.

use core::cell::RefCell;

use proptest::prelude::*;
use syntax::record::{Node, Recorder};
use syntax::rule::Description;
use syntax::watch::offsets;

use super::*;
use crate::query::PAIRS_LIMIT;

/// `name:text`, `name:text=meaning`, `name(parts)`; secrets as `***`.
fn shown(value: &[u8], nodes: &[Node]) -> String {
    let one = |node: &Node| match (&*node.children, node.part.is_secret) {
        (_, true) => format!("{}:***", node.part.name),
        ([], _) => {
            let meaning = node.value.as_ref().map_or(String::new(), |value| format!("={value}"));
            format!("{}:{}{meaning}", node.part.name, value[node.span.clone()].escape_ascii())
        }
        (children, _) => format!("{}({})", node.part.name, shown(value, children)),
    };
    nodes.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// The tree, and the rules with their bytes.
fn read(name: &str, value: &[u8]) -> (String, String) {
    let recorder = Recorder::new(value);
    watch(name.as_bytes(), value, &recorder);
    // What contains the value, so that its parts are not at the top.
    (&recorder).part(&part::FIELD_VALUE, value);
    let (nodes, faults) = recorder.finish();
    let parts = nodes.first().map_or(&[][..], |whole| &whole.children);
    let rules = faults.iter().map(|fault| format!("{}@{}", fault.rule.id, fault.at));
    (shown(value, parts), rules.collect::<Vec<_>>().join(" "))
}

/// A case of `cases.txt`.
struct Case<'a> {
    name: &'a str,
    value: &'a str,
    why: &'a str,
    parts: &'a str,
    rules: &'a str,
}

fn cases() -> impl Iterator<Item = Case<'static>> {
    let blocks = include_str!("cases.txt").split("\n\n").filter(|block| !block.starts_with('#'));
    blocks.map(|block| {
        let mut lines = block.trim_end().split('\n');
        let field = lines.next().unwrap_or_default();
        let ((name, value), why) = field
            .split_once("  -- ")
            .and_then(|(field, why)| Some((field.split_once(": ")?, why)))
            .unwrap_or_else(|| panic!("{field:?} is no case"));
        let parts = lines.next().unwrap_or_default().trim_start().trim_start_matches('-');
        let rules = lines.next().unwrap_or_default().trim_start();
        assert_eq!(lines.next(), None, "{field}: a case has three lines");
        Case { name, value, why, parts, rules }
    })
}

#[test]
fn values_have_these_parts_and_break_these_rules() {
    for Case { name, value, why, parts, rules } in cases() {
        let (found, broken) = read(name, value.as_bytes());
        assert_eq!((&*found, &*broken), (parts, rules), "{name}: {value}: {why}");
    }
}

#[test]
fn every_field_of_the_table_has_a_case() {
    let cases: Vec<_> = cases().collect();
    assert!(cases.len() >= 100, "{}", cases.len());
    for (name, _) in FIELDS {
        assert!(cases.iter().any(|case| case.name.eq_ignore_ascii_case(name)), "{name}");
        assert_eq!(*name, name.to_ascii_lowercase(), "a name of the table is in lower case");
    }
}

#[test]
fn exceeding_a_limit_is_reported_once() {
    let ranges = format!("bytes={}", "0-0,".repeat(70));
    let (_, rules) = read("Range", ranges.as_bytes());
    assert_eq!(rules, format!("range-too-many@{}", 6 + 64 * 4), "RFC 9110 section 17.15");
    let query = "a=b&".repeat(PAIRS_LIMIT + 6);
    let recorder = Recorder::new(query.as_bytes());
    crate::query::watch(query.as_bytes(), &recorder);
    let (_, faults) = recorder.finish();
    let found: Vec<_> = faults.iter().map(|fault| (fault.rule.id, fault.at)).collect();
    assert_eq!(found, [("query-too-long", PAIRS_LIMIT * 4)], "pairs beyond the limit are ignored");
}

#[test]
fn pairs_of_a_query_have_their_meaning() {
    let query = b"q=two+words&dir&%C3%A9=a%26b";
    let recorder = Recorder::new(query);
    crate::query::watch(query, &recorder);
    (&recorder).part(&part::QUERY, query);
    let (nodes, faults) = recorder.finish();
    assert_eq!(
        shown(query, &nodes),
        "query(pair(name:q value:two+words=two words) pair(name:dir) pair(name:%C3%A9=\\xc3\\xa9 value:a%26b=a&b))"
    );
    assert_eq!(faults, []);
}

#[test]
fn a_violation_of_a_value_names_its_byte_in_the_message() {
    for (fields, expected, why) in [
        ("Content-Digest: sha-256=AAAA\r\n", 33 + 24, "the colon before the base64 is missing"),
        ("A: b\r\nRepr-Digest: sha-256=:AAAA:\r\n", 33 + 28, "the base64 is too short"),
    ] {
        let text = format!("PUT /a HTTP/1.1\r\nHost: aaaaaaaa\r\n{fields}\r\n");
        assert_eq!(text.find(fields), Some(33));
        let (head, _) = crate::head::parse(text.as_bytes()).unwrap().unwrap();
        let digests = digest::of_content(head.section()).and(digest::of_representation(head.section()));
        assert_eq!(digests, Err(Rule::DigestMalformed.at(expected)), "{fields}: {why}");
    }
}

/// Collects the spans of parts and the rules, and tolerates everything or nothing.
struct Spans<'a> {
    value: &'a [u8],
    tolerates: bool,
    spans: RefCell<Vec<core::ops::Range<usize>>>,
    rules: RefCell<Vec<(&'static str, usize)>>,
}

impl Watch for &Spans<'_> {
    fn part(self, part: &'static Part, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let span =
            offsets(self.value, bytes).unwrap_or_else(|| panic!("{} is outside of the value", part.name));
        self.spans.borrow_mut().push(span);
    }

    fn tolerates(self, rule: &'static Description, rest: &[u8]) -> bool {
        let at = offsets(self.value, rest).unwrap_or_else(|| panic!("{} is outside of the value", rule.id));
        self.rules.borrow_mut().push((rule.id, at.start));
        self.tolerates
    }
}

fn spans(name: &str, value: &[u8], tolerates: bool) -> Vec<(&'static str, usize)> {
    let spans = Spans { value, tolerates, spans: RefCell::default(), rules: RefCell::default() };
    watch(name.as_bytes(), value, &spans);
    let found = spans.spans.into_inner();
    for one in &found {
        for other in &found {
            let is_apart = one.end <= other.start || other.end <= one.start;
            let nests = (one.start <= other.start && other.end <= one.end)
                || (other.start <= one.start && one.end <= other.end);
            assert!(is_apart || nests, "{name}: {}: {one:?} and {other:?} overlap", value.escape_ascii());
        }
    }
    spans.rules.into_inner()
}

/// A value as peers could send it: bytes that grammars use, and any others.
fn any_value() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            "bytes",
            "=",
            "-",
            "0",
            "5",
            ",",
            ";",
            " ",
            "\"",
            "\\",
            "W/",
            "/",
            "*",
            ":",
            "q",
            "1.0",
            "text",
            "Sun",
            "Sunday",
            ", ",
            "06",
            "Nov",
            "1994",
            "08:49:37",
            "GMT",
            "form-data",
            "name",
            "for",
            "[::1]",
            "sha-256",
            "Basic",
            "QTpi",
            "http://",
            "@",
            "?",
            "&",
            "%20",
            "+",
            "#",
            "boundary=",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        any::<u8>().prop_map(|byte| vec![byte]),
    ];
    proptest::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn parts_of_any_value_are_inside_it_and_nest(value in any_value()) {
        for (name, _) in FIELDS {
            let tolerant = spans(name, &value, true);
            let strict = spans(name, &value, false);
            prop_assert_eq!(tolerant.first(), strict.first(), "{}", name);
            for (_, at) in tolerant {
                prop_assert!(at <= value.len());
            }
        }
        let spans = Spans { value: &value, tolerates: true, spans: RefCell::default(), rules: RefCell::default() };
        crate::query::watch(&value, &spans);
    }

    #[test]
    fn a_watch_changes_no_result(value in any_value()) {
        let recorder = Recorder::new(&value);
        let watch = &recorder;
        let at = now();
        prop_assert_eq!(Ranges::parse_with(&value, watch), Ranges::parse(&value));
        prop_assert_eq!(ContentRange::parse_with(&value, watch), ContentRange::parse(&value));
        prop_assert_eq!(date::read_with(&value, at, watch), date::read(&value, at));
        prop_assert_eq!(EntityTag::parse_with(&value, watch), EntityTag::parse(&value));
        prop_assert!(tags_with(&value, watch).eq(tags_with(&value, ())));
        prop_assert_eq!(weighted_with(&value, &part::CODING, watch), list::weighted(&value));
        prop_assert_eq!(suggested_name_with(&value, watch), crate::disposition::suggested_name(&value));
        prop_assert_eq!(FormData::parse_with(&value, watch), FormData::parse(&value));
        prop_assert_eq!(credentials::parse_with(&value, watch), credentials::parse_with(&value, ()));
        prop_assert_eq!(digest::read_with(&value, watch), digest::read_with(&value, ()));
        prop_assert_eq!(depth::parse_with(&value, watch), depth::parse_with(&value, ()));
        prop_assert_eq!(destination::parse_with(&value, watch), destination::parse_with(&value, ()));
        prop_assert_eq!(forwarded::element_with(&value, watch), forwarded::element_with(&value, ()));
        prop_assert_eq!(resumable::offset_with(&value, watch), resumable::offset_with(&value, ()));
    }
}
