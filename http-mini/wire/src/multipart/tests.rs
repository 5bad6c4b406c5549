//! Each rule of a form as a row: bytes, the parts in them, why.

use proptest::prelude::*;
use syntax::splits::{self, FOLLOWING};

use super::*;
use crate::head;

/// Head and content of each part.
type Parts = Vec<(FormPart, Vec<u8>)>;

fn boundary(value: &str) -> Result<Boundary, Rule> {
    let text = format!("POST /a HTTP/1.1\r\nHost: a\r\n{value}\r\n");
    let (head, _) = head::parse(text.as_bytes()).unwrap().unwrap();
    Boundary::of_request(&head).map_err(|violation| violation.rule)
}

fn decoder() -> FormDecoder {
    FormDecoder::new(&boundary("Content-Type: multipart/form-data; boundary=b-b\r\n").unwrap())
}

/// The parts of a form with the boundary `b-b`, from reads that end at the given places.
fn decode(input: &[u8], reads: &[usize]) -> Result<Parts, Violation> {
    let (mut decoder, mut parts, mut used) = (decoder(), Parts::new(), 0);
    let mut is_open = false;
    for &end in reads {
        loop {
            let unread = &input[used..end];
            match decoder.decode(unread)? {
                FormStep::Part(part, dealt) => {
                    assert!(!std::mem::replace(&mut is_open, true), "the part before it has no end");
                    parts.push((part, Vec::new()));
                    used += dealt;
                }
                FormStep::Content(range) => {
                    assert!(is_open && !range.is_empty());
                    parts.last_mut().unwrap().1.extend_from_slice(&unread[range.clone()]);
                    used += range.end;
                }
                FormStep::End(dealt) => {
                    assert!(std::mem::replace(&mut is_open, false), "no part has begun");
                    used += dealt;
                }
                FormStep::More(dealt) => {
                    assert!(unread.len() - dealt <= KEPT_LIMIT);
                    used += dealt;
                    break;
                }
            }
        }
    }
    decoder.finish().map(|()| parts)
}

/// Split in every way, and followed by other bytes.
fn check(input: &[u8]) -> Result<Parts, Violation> {
    let whole = splits::check_reads(|reads| decode(input, reads), input.len());
    if !matches!(whole, Err(Violation { rule: Rule::FormCut, .. })) {
        let followed = [input, FOLLOWING[0]].concat();
        let shown = input[..input.len().min(200)].escape_ascii();
        assert_eq!(decode(&followed, &[followed.len()]), whole, "before other bytes: {shown}");
    }
    whole
}

#[test]
fn a_boundary_is_that_of_rfc_2046_section_5_1_1() {
    let longest = "x".repeat(BOUNDARY_LIMIT);
    for (value, expected, why) in [
        ("multipart/form-data; boundary=b", Ok("b"), "9110 section 8.3.1: a token"),
        ("multipart/form-data; boundary=\"b\"", Ok("b"), "9110 section 5.6.6: a quoted string"),
        (
            "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
            Ok("----WebKitFormBoundary7MA4YWxkTrZu0gW"),
            "a browser",
        ),
        ("Multipart/Form-Data;BOUNDARY=B", Ok("B"), "9110 section 8.3.1: only the boundary has case"),
        ("multipart/form-data ;\tcharset=utf-8 ; boundary=b;", Ok("b"), "9110 section 5.6.6: OWS, others"),
        ("multipart/form-data; x=\";boundary=c\"; boundary=b", Ok("b"), "9110 section 5.6.6: inside quotes"),
        ("multipart/form-data; boundary=\"a '()+_,-./:=?z\"", Ok("a '()+_,-./:=?z"), "bchars"),
        (&format!("multipart/form-data; boundary={longest}"), Ok(&*longest), "70 of them"),
        (&format!("multipart/form-data; boundary={longest}x"), Err(Rule::BoundaryMalformed), "71 of them"),
        ("multipart/form-data", Err(Rule::BoundaryMalformed), "none"),
        ("multipart/form-data; boundary", Err(Rule::BoundaryMalformed), "9110 section 5.6.6: no value"),
        ("multipart/form-data; boundary=", Err(Rule::BoundaryMalformed), "none"),
        ("multipart/form-data; boundary=\"\"", Err(Rule::BoundaryMalformed), "none"),
        ("multipart/form-data; boundary=\"b \"", Err(Rule::BoundaryMalformed), "a space at the end"),
        ("multipart/form-data; boundary=b; boundary=b", Err(Rule::BoundaryMalformed), "two readings"),
        ("multipart/form-data; boundary=b; BOUNDARY=c", Err(Rule::BoundaryMalformed), "two readings"),
        ("multipart/form-data; boundary=b/c", Err(Rule::BoundaryMalformed), "9110 section 5.6.6: no token"),
        ("multipart/form-data; boundary=b c", Err(Rule::BoundaryMalformed), "9110 section 5.6.6: no token"),
        ("multipart/form-data; boundary = b", Err(Rule::BoundaryMalformed), "9110 section 5.6.6: no space"),
        ("multipart/form-data; boundary=\"b", Err(Rule::BoundaryMalformed), "no end"),
        ("multipart/form-data; boundary=\"b\\c\"", Err(Rule::BoundaryMalformed), "no escapes are needed"),
        ("multipart/form-data; boundary=b*c", Err(Rule::BoundaryMalformed), "a token, but not bchars"),
        ("multipart/form-data; boundary=\"caf\u{E9}\"", Err(Rule::BoundaryMalformed), "not bchars"),
        ("multipart/form-data, boundary=b", Err(Rule::NotFormData), "9110 section 8.3.1: not a list"),
        ("multipart/mixed; boundary=b", Err(Rule::NotFormData), "15.5.16: 415"),
        ("application/x-www-form-urlencoded", Err(Rule::NotFormData), "15.5.16: 415"),
        ("", Err(Rule::NotFormData), "15.5.16: 415"),
    ] {
        let expected = expected.map(|text| Boundary(text.into()));
        assert_eq!(boundary(&format!("Content-Type: {value}\r\n")), expected, "{value}: {why}");
    }
    let line = "Content-Type: multipart/form-data; boundary=b\r\n";
    assert_eq!(boundary(""), Err(Rule::NotFormData), "RFC 9110 section 15.5.16: 415");
    assert_eq!(boundary(&line.repeat(2)), Err(Rule::NotFormData), "RFC 9110 section 5.3: not a list");
}

/// A part of this name, with this filename and Content-Type.
fn part(name: &str, filename: Option<&str>, content_type: Option<&str>) -> FormPart {
    let bytes = |text: &str| text.as_bytes().to_vec();
    let disposition = FormData { name: bytes(name), filename: filename.map(bytes) };
    FormPart { disposition, content_type: content_type.map(bytes) }
}

#[test]
fn forms_are_those_of_rfc_7578() {
    const A: &str = "Content-Disposition: form-data; name=\"a\"\r\n\r\n";
    const F: &str = "Content-Disposition: form-data; name=\"f\"; filename=\"d/f.txt\"\r\nContent-Type: text/plain\r\n\r\n";
    let (a, f) = (part("a", None, None), part("f", Some("d/f.txt"), Some("text/plain")));
    let odd = "\r\n--b-\r\n--b-a\r\n-b-b--b-b\n--b-b\r--b-b\r\r\n\n--b-\r\n\r\n-";
    let many = format!("--b-b\r\n{A}\r\n").repeat(3);
    let preamble = "x".repeat(AROUND_LIMIT);
    let fields = format!("X: y\r\n{}", "X-Y: z\r\n".repeat(PART_FIELDS_LIMIT - 2));
    let padding = " ".repeat(PADDING_LIMIT);
    let name = "n".repeat(PART_HEAD_LIMIT - "Content-Disposition: form-data; name=\r\n".len());
    for (input, expected, why) in [
        (format!("--b-b\r\n{A}hello\r\n--b-b--\r\n"), vec![(&a, "hello")], "7578 section 4: a field"),
        (format!("--b-b\r\n{F}hello\r\n--b-b--\r\n"), vec![(&f, "hello")], "7578 section 4.2: a file"),
        (
            format!("--b-b\r\n{A}1\r\n--b-b\r\n{F}2\r\n--b-b--\r\n"),
            vec![(&a, "1"), (&f, "2")],
            "7578 section 4.3: several",
        ),
        (format!("{many}--b-b--\r\n"), vec![(&a, ""); 3], "7578 section 4.3: several of one name"),
        (format!("--b-b\r\n{A}\r\n--b-b--\r\n"), vec![(&a, "")], "an empty part"),
        (format!("--b-b\r\n{A}--b-b--\r\n"), vec![(&a, "")], "body-part without a body"),
        (format!("--b-b\r\n{A}--b-\r\n--b-b--"), vec![(&a, "--b-")], "almost without a body"),
        (format!("--b-b\r\n{A}\r\n\r\n--b-b--"), vec![(&a, "\r\n")], "only the last CRLF is a delimiter's"),
        (format!("--b-b\r\n{A}{odd}\r\n--b-b--"), vec![(&a, odd)], "what is almost a delimiter"),
        (format!("--b-b\r\n{A}\0\u{FF}\r\n--b-b--"), vec![(&a, "\0\u{FF}")], "any byte"),
        ("--b-b--\r\n".into(), vec![], "no part: a browser"),
        ("\r\n--b-b--".into(), vec![], "no part, and a line end before"),
        (format!("\r\n--b-b\r\n{A}1\r\n--b-b--"), vec![(&a, "1")], "a line end before"),
        (format!("{preamble}\r\n--b-b\r\n{A}1\r\n--b-b--"), vec![(&a, "1")], "a preamble as long as the limit"),
        (format!("--b-\r\n--b-b\r\n{A}1\r\n--b-b--"), vec![(&a, "1")], "a preamble like a boundary"),
        (format!("--b-b\r\n{A}1\r\n--b-b--\r\nand\r\n--b-b\r\nso on"), vec![(&a, "1")], "an epilogue"),
        (format!("--b-b{padding}\r\n{A}1\r\n--b-b-- \t\r\n"), vec![(&a, "1")], "transport-padding"),
        (
            format!("--b-b\r\n{fields}{A}1\r\n--b-b--"),
            vec![(&a, "1")],
            "7578 section 4.8: other fields, as many as the limit",
        ),
        (
            format!("--b-b\r\nContent-Disposition: form-data; name={name}\r\n\r\n1\r\n--b-b--"),
            vec![(&part(&name, None, None), "1")],
            "7578 section 4.8: a head as long as the limit",
        ),
        (
            "--b-b\r\ncontent-disposition:form-data;name=a \r\n\r\n1\r\n--b-b--".into(),
            vec![(&a, "1")],
            "9110 section 5.1: names have no case",
        ),
        (
            format!("--b-b\r\nContent-Transfer-Encoding: 8BIT\r\n{A}1\r\n--b-b--"),
            vec![(&a, "1")],
            "7578 section 4.7: as it is",
        ),
        (
            "--b-b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\nContent-Type:\r\n\r\n\r\n--b-b--".into(),
            vec![(&part("f", Some(""), Some("")), "")],
            "HTML: no file was chosen",
        ),
    ] {
        let expected: Parts =
            expected.into_iter().map(|(part, content)| (part.clone(), content.into())).collect();
        assert_eq!(check(input.as_bytes()), Ok(expected), "{input:?}: {why}");
    }
}

#[test]
fn everything_else_is_refused() {
    const A: &str = "--b-b\r\nContent-Disposition: form-data; name=a\r\n";
    let behind_a = A.len();
    let preamble = format!("{}\r\n--b-b--", "x".repeat(AROUND_LIMIT + 1));
    let epilogue = format!("--b-b--{}", "x".repeat(AROUND_LIMIT + 1));
    let padding = format!("--b-b{}\r\n", " ".repeat(PADDING_LIMIT + 1));
    let fields = format!("{A}{}\r\n", "X: y\r\n".repeat(PART_FIELDS_LIMIT));
    let field = format!("--b-b\r\nA: {}\r\n", "b".repeat(PART_HEAD_LIMIT));
    let endless = format!("--b-b\r\n{}", "A".repeat(PART_HEAD_LIMIT + 1));
    let long_fields = format!("{A}{}\r\n", format!("X: {}\r\n", "y".repeat(PART_HEAD_LIMIT / 2)).repeat(2));
    for (input, expected, at, why) in [
        ("", Rule::FormCut, 0, "2046 section 5.1.1: nothing"),
        ("--b-", Rule::FormCut, 0, "2046 section 5.1.1: a piece of a boundary"),
        ("--b-b", Rule::FormCut, 5, "2046 section 5.1.1: a boundary"),
        ("--b-b-", Rule::FormCut, 5, "2046 section 5.1.1: half an end"),
        ("--b-b\r\n", Rule::FormCut, 7, "2046 section 5.1.1: no part"),
        (A, Rule::FormCut, 7, "2046 section 5.1.1: a piece of a head"),
        (&format!("{A}\r\nhello"), Rule::FormCut, behind_a + 7, "2046 section 5.1.1: no delimiter"),
        (&format!("{A}\r\nhello\r\n--b-"), Rule::FormCut, behind_a + 7, "2046 section 5.1.1: a piece of one"),
        (&format!("{A}\r\nhello\r\n--b-b"), Rule::FormCut, behind_a + 14, "2046 section 5.1.1: no end"),
        (
            &format!("{A}\r\nhello\n--b-b--\n"),
            Rule::FormCut,
            behind_a + 16,
            "2046 section 5.1.1: CRLF exactly",
        ),
        ("--b-c--\r\n", Rule::FormCut, 7, "2046 section 5.1.1: another boundary"),
        ("--B-B--\r\n", Rule::FormCut, 7, "2046 section 5.1.1: boundaries have case"),
        ("b-b--\r\n", Rule::FormCut, 5, "2046 section 5.1.1: no hyphens"),
        ("--b-bx\r\n", Rule::DelimiterMalformed, 5, "2046 section 5.1.1: a longer boundary"),
        ("--b-b-x", Rule::DelimiterMalformed, 6, "2046 section 5.1.1: one hyphen"),
        ("--b-b x\r\n", Rule::DelimiterMalformed, 6, "2046 section 5.1.1: padding is white space"),
        ("--b-b\n", Rule::BareLf, 5, "2046 section 5.1.1: CRLF exactly"),
        ("--b-b\rx", Rule::BareCr, 5, "2046 section 5.1.1: CRLF exactly"),
        (&format!("{A}\r\nhello\r\n--b-bx"), Rule::DelimiterMalformed, behind_a + 14, "no part may hold it"),
        (&padding, Rule::DelimiterMalformed, 5 + PADDING_LIMIT, "bounded"),
        (&preamble, Rule::AroundPartsTooLong, AROUND_LIMIT, "bounded"),
        (&epilogue, Rule::AroundPartsTooLong, 7 + AROUND_LIMIT, "bounded"),
        ("--b-b\r\n\r\n", Rule::DispositionMalformed, 9, "7578 section 4.2: it must be there"),
        (
            "--b-b\r\nContent-Type: text/plain\r\n\r\n",
            Rule::DispositionMalformed,
            35,
            "7578 section 4.2: it must be there",
        ),
        (
            "--b-b\r\nContent-Disposition: attachment\r\n\r\n",
            Rule::DispositionMalformed,
            27,
            "7578 section 4.2: form-data",
        ),
        (&format!("{A}{}", &A[7..]), Rule::PartFieldRepeated, behind_a, "2045 section 5.1: once"),
        (
            &format!("{A}Content-Type: a\r\ncontent-type: b\r\n"),
            Rule::PartFieldRepeated,
            behind_a + 17,
            "2045 section 5.1: once",
        ),
        (
            &format!("{A}Content-Transfer-Encoding: base64\r\n\r\n"),
            Rule::PartEncoded,
            behind_a + 26,
            "7578 section 4.7: 415",
        ),
        (
            &format!("{A}Content-Transfer-Encoding:\r\n\r\n"),
            Rule::PartEncoded,
            behind_a + 26,
            "7578 section 4.7: 415",
        ),
        (&fields, Rule::PartHeadTooLarge, behind_a + 6 * (PART_FIELDS_LIMIT - 1), "bounded in number"),
        (&field, Rule::PartHeadTooLarge, 8 + PART_HEAD_LIMIT, "bounded in bytes"),
        (&endless, Rule::PartHeadTooLarge, 7 + PART_HEAD_LIMIT, "bounded, without a colon"),
        (&long_fields, Rule::PartHeadTooLarge, 8 + PART_HEAD_LIMIT, "bounded in bytes, over all lines"),
        (&format!("{A}X : y\r\n"), Rule::SpaceBeforeColon, behind_a + 1, "9112 section 5.1"),
        (&format!("{A} y\r\n"), Rule::Folded, behind_a, "9112 section 5.2"),
        (&format!("{A}: y\r\n"), Rule::NameMissing, behind_a, "9112 section 5"),
        (&format!("{A}X\r\n"), Rule::ColonMissing, behind_a + 1, "9112 section 5"),
        (&format!("{A}X: \0\r\n"), Rule::Control, behind_a + 3, "9110 section 5.5"),
        (&format!("{A}X: y\n"), Rule::BareLf, behind_a + 4, "2046 section 5.1: CRLF exactly"),
        (&format!("{A}\n"), Rule::BareLf, behind_a, "2046 section 5.1: CRLF exactly"),
        (&format!("{A}\rhello"), Rule::BareCr, behind_a, "2046 section 5.1: CRLF exactly"),
    ] {
        let shown = &input[..input.len().min(100)];
        assert_eq!(check(input.as_bytes()), Err(expected.at(at)), "{shown:?}: {why}");
    }
}

#[test]
fn parts_are_bounded() {
    let one = "--b-b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n";
    let most = format!("{}--b-b--\r\n", one.repeat(PARTS_LIMIT));
    assert_eq!(decode(most.as_bytes(), &[most.len()]).unwrap().len(), PARTS_LIMIT);
    let more = one.repeat(PARTS_LIMIT + 1);
    assert_eq!(
        decode(more.as_bytes(), &[more.len()]),
        Err(Rule::TooManyParts.at(one.len() * PARTS_LIMIT + 7))
    );
}

#[test]
fn of_content_less_than_a_delimiter_is_kept() {
    let mut decoder = decoder();
    let head = b"--b-b\r\nContent-Disposition: form-data; name=a\r\n\r\n";
    assert!(matches!(decoder.decode(head), Ok(FormStep::Part(_, used)) if used == head.len()));
    for (input, expected, why) in [
        (&b"content"[..], FormStep::Content(0..7), "all of it"),
        (b"a\r\n--b-", FormStep::Content(0..1), "a piece of a delimiter is not content yet"),
        (b"\r\n--b-", FormStep::More(0), "and is kept"),
        (b"\r\n--b-\r", FormStep::Content(0..6), "until another byte decides"),
        (b"\r\r", FormStep::Content(0..1), "at any CR"),
        (b"\r\n--b-b", FormStep::End(7), "a delimiter is no content"),
    ] {
        assert_eq!(decoder.decode(input), Ok(expected), "{}: {why}", input.escape_ascii());
    }
}

proptest! {
    #[test]
    fn written_bytes_are_parsed_back_at_any_cut(
        contents in proptest::collection::vec("(\r\n|\r|\n|--|-|b-b|b|x|\0){0,20}", 0..6),
        mut cuts in proptest::collection::vec(0_usize..400, 0..8),
    ) {
        let (mut text, mut expected) = (String::new(), Parts::new());
        let contents = contents.iter().filter(|content| !format!("\r\n{content}").contains("\r\n--b-b"));
        for (number, content) in contents.enumerate() {
            text += &format!("--b-b\r\nContent-Disposition: form-data; name=\"{number}\"\r\n\r\n{content}\r\n");
            expected.push((part(&number.to_string(), None, None), content.clone().into()));
        }
        text += "--b-b--\r\n";
        cuts.retain(|&cut| cut <= text.len());
        cuts.push(text.len());
        cuts.sort_unstable();
        prop_assert_eq!(decode(text.as_bytes(), &cuts), Ok(expected));
    }

    #[test]
    fn any_bytes_are_read_alike_at_any_cut(
        start in "(--b-b\r\n(Content-Disposition: form-data; name=a\r\n)?)?",
        input in "(\r\n|\r|\n|--b-b|--|b|[ x:\0]){0,16}",
    ) {
        let _same_at_every_cut = check(format!("{start}{input}").as_bytes());
    }
}
