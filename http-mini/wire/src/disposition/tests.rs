//! Tables of file names.

use super::*;

#[test]
fn names_are_said_as_in_rfc_6266() {
    for (name, expected, why) in [
        (&b"a.txt"[..], "attachment; filename=\"a.txt\"", "5: plain"),
        (b"a b (1).txt", "attachment; filename=\"a b (1).txt\"", "5: quoted"),
        (
            b"\xE2\x82\xAC rates",
            "attachment; filename=\"_ rates\"; filename*=UTF-8''%E2%82%AC%20rates",
            "5: its example",
        ),
        (b"a\"b\\c", "attachment; filename=\"a_b_c\"; filename*=UTF-8''a%22b%5Cc", "appendix D: no escapes"),
        (b"50%41", "attachment; filename=\"50_41\"; filename*=UTF-8''50%2541", "appendix D: percent signs"),
        (b"a;b=c", "attachment; filename=\"a;b=c\"", "separators inside quotes"),
        (b"a\r\nX: y", "attachment; filename=\"a__X: y\"; filename*=UTF-8''a%0D%0AX%3A%20y", "no new field"),
        (b"a\xFF", "attachment; filename=\"a_\"; filename*=UTF-8''a%EF%BF%BD", "not UTF-8"),
    ] {
        assert_eq!(Disposition::Attachment.value(name), expected, "{}: {why}", name.escape_ascii());
    }
    assert_eq!(Disposition::Inline.value(b"a"), "inline; filename=\"a\"");
}

#[test]
fn suggested_names_are_reduced_to_a_plain_name() {
    let long = format!("attachment; filename={}", "\u{E9}".repeat(200));
    let kept = "\u{E9}".repeat(127);
    for (value, expected, why) in [
        ("attachment; filename=a.txt", Some("a.txt"), "RFC 6266 section 5: a token"),
        (
            "Attachment; FileName=\"an example.html\"",
            Some("an example.html"),
            "RFC 6266 section 5: its example",
        ),
        ("inline; filename=\"a;b,c.txt\"", Some("a;b,c.txt"), "delimiters between quotes"),
        (
            "attachment; filename=\"a\\\"b\\\\.txt\"",
            Some("_txt"),
            "RFC 9110 section 5.6.4: the last name of a path",
        ),
        ("attachment; filename=\"a\\\"b.txt\"", Some("a\"b.txt"), "RFC 9110 section 5.6.4: quoted-pair"),
        ("attachment; filename = \"a.txt\"", Some("a.txt"), "seen: space around ="),
        ("attachment; filename=\"a.tar.gz\";", Some("a.tar.gz"), "seen: a semicolon at the end"),
        ("attachment;; filename=a.txt; ;", Some("a.txt"), "empty parameters"),
        (";", None, "nothing else"),
        (
            "attachment; filename*= UTF-8''%e2%82%ac%20rates",
            Some("\u{20AC} rates"),
            "RFC 6266 section 5: its example",
        ),
        (
            "attachment; filename=\"b\"; filename*=utf-8'en'a",
            Some("a"),
            "RFC 6266 section 4.3: filename* goes first",
        ),
        ("attachment; filename*=utf-8''a; filename=b", Some("a"), "in any order"),
        ("attachment; filename*=iso-8859-1''%E9; filename=b", Some("b"), "RFC 8187: another charset"),
        ("attachment; filename*=utf-8''%FF; filename=b", Some("b"), "RFC 8187: not UTF-8"),
        ("attachment; filename*=utf-8''..%2F..%2Fetc%2Fpasswd", Some("passwd"), "the last name"),
        ("attachment; filename=\"../../etc/passwd\"", Some("passwd"), "the last name"),
        ("attachment; filename=/etc/passwd", Some("passwd"), "the last name"),
        ("attachment; filename*=utf-8''C%3A%5Cdir%5Ca.txt", Some("a.txt"), "the last name, of Windows"),
        ("attachment; filename=\".bashrc\"", Some("_bashrc"), "nothing hidden"),
        ("attachment; filename*=utf-8''a%00%1Bb%0D%0A", Some("a__b__"), "no controls"),
        (&long, Some(kept.as_str()), "the limit, at a whole letter"),
        ("attachment; filename=\"..\"", None, "no name"),
        ("attachment; filename=\"a/\"", None, "no name"),
        ("attachment; filename=\"\"", None, "no name"),
        ("attachment", None, "nothing suggested"),
        ("filename=a.txt", None, "no disposition-type"),
        ("attachment; filename", None, "no value"),
    ] {
        assert_eq!(suggested_name(value.as_bytes()).as_deref(), expected, "{value}: {why}");
    }
}

#[test]
fn form_parts_encode_names_like_browsers() {
    type Expected<'a> = Option<(&'a str, Option<&'a str>)>;
    let rows: [(&str, Expected<'_>, &str); 36] = [
        ("form-data; name=\"a\"", Some(("a", None)), "RFC 7578 section 4.2: a field"),
        (
            "form-data; name=\"a\"; filename=\"b.txt\"",
            Some(("a", Some("b.txt"))),
            "RFC 7578 section 4.2: a file",
        ),
        ("form-data; filename=\"b\"; name=\"a\"", Some(("a", Some("b"))), "in any order"),
        ("Form-Data; NAME=\"a\"; FileName=\"b\"", Some(("a", Some("b"))), "RFC 6266 section 4.1: no case"),
        ("form-data;name=a;filename=b.txt", Some(("a", Some("b.txt"))), "RFC 6266 section 4.1: tokens"),
        ("form-data ;\tname=\"a\" ; filename=b", Some(("a", Some("b"))), "OWS"),
        ("form-data; name=\"\"; filename=\"\"", Some(("", Some(""))), "HTML: no file was chosen"),
        ("form-data; name=\"a;b=c\"", Some(("a;b=c", None)), "delimiters between quotes"),
        ("form-data; name=\"a\"; filename=\"d/e/f.txt\"", Some(("a", Some("d/e/f.txt"))), "a folder"),
        (
            "form-data; name=\"a\"; filename=\"C:\\d\\f.txt\"",
            Some(("a", Some("C:\\d\\f.txt"))),
            "HTML: a backslash escapes nothing",
        ),
        ("form-data; name=\"a\"; filename=\"f\\\"", Some(("a", Some("f\\"))), "HTML: not even the last one"),
        ("form-data; name=\"a%22b\"", Some(("a\"b", None)), "HTML: %22"),
        ("form-data; name=\"a%0D%0Ab\"", Some(("a\r\nb", None)), "HTML: %0D%0A"),
        ("form-data; name=\"%41%2522%0d%\"", Some(("%41%2522%0d%", None)), "HTML: nothing else is escaped"),
        ("form-data; name=\"caf\u{e9}\"", Some(("caf\u{e9}", None)), "RFC 7578 section 5.1: UTF-8 as it is"),
        (
            "form-data; name=\"a\"; filename*=UTF-8''b",
            Some(("a", None)),
            "RFC 7578 section 4.2: filename* is not used",
        ),
        (
            "form-data; name=\"a\"; filename=\"b\"; filename*=UTF-8''..%2Fc",
            Some(("a", Some("b"))),
            "RFC 7578 section 4.2: nor beside the other",
        ),
        ("form-data; name=\"a\"; size=9", Some(("a", None)), "others are passed over"),
        ("form-data", None, "RFC 7578 section 4.2: a name must be there"),
        ("form-data; filename=\"b\"", None, "RFC 7578 section 4.2: a name must be there"),
        ("attachment; name=\"a\"", None, "RFC 7578 section 4.2: form-data"),
        ("form-datax; name=\"a\"", None, "RFC 7578 section 4.2: form-data"),
        ("form", None, "RFC 7578 section 4.2: form-data"),
        ("", None, "RFC 7578 section 4.2: form-data"),
        ("form-data; name=\"a\"; name=\"b\"", None, "two readings"),
        ("form-data; name=\"a\"; filename=\"b\"; FILENAME=c", None, "two readings"),
        ("form-data; name=\"a", None, "no end"),
        ("form-data; name=\"a\"b\"", None, "a quote inside"),
        ("form-data; name=\"a\\\"b\"", None, "a quote inside, with a backslash before it"),
        ("form-data; name", None, "no value"),
        ("form-data; name=", None, "no value"),
        ("form-data; =a", None, "no name of a parameter"),
        ("form-data; name = \"a\"", None, "no white space around ="),
        ("form-data, name=\"a\"", None, "no semicolon"),
        ("form-data; name=\"a\";", None, "no parameter behind the semicolon"),
        ("form-data; name=a/b", None, "not a token"),
    ];
    for (value, expected, why) in rows {
        let expected = expected.map(|(name, filename)| FormData {
            name: name.into(),
            filename: filename.map(|name| name.as_bytes().to_vec()),
        });
        assert_eq!(FormData::parse(value.as_bytes()), expected, "{value}: {why}");
    }
}

#[test]
fn suggested_names_lead_down_only() {
    for (filename, expected, why) in [
        ("a.txt", Some(vec!["a.txt"]), "a name"),
        ("dir/sub/a.txt", Some(vec!["dir", "sub", "a.txt"]), "a file of a folder"),
        ("...", Some(vec!["..."]), "three dots are a name"),
        (".a/..b", Some(vec![".a", "..b"]), "dots at the start"),
        ("C:\\dir\\a.txt", Some(vec!["a.txt"]), "RFC 7578 section 4.2: a full path"),
        ("\\\\server\\share\\a.txt", Some(vec!["a.txt"]), "a full path on another machine"),
        ("a\\b.txt", Some(vec!["a\\b.txt"]), "a backslash is a letter"),
        ("..\\b.txt", Some(vec!["..\\b.txt"]), "a backslash is a letter"),
        ("C:a.txt", Some(vec!["C:a.txt"]), "no path"),
        ("", None, "no file was chosen"),
        (".", None, "no name"),
        ("..", None, "leads up"),
        ("../a", None, "leads up"),
        ("a/../b", None, "leads up"),
        ("a/..", None, "leads up"),
        ("a/./b", None, "no name"),
        ("/etc/passwd", None, "from the root"),
        ("a//b", None, "an empty name"),
        ("a/", None, "a directory"),
        ("C:\\dir\\..", None, "leads up"),
        ("C:\\", None, "no name"),
        ("C:\\a/../b", None, "leads up"),
        ("a\0b", None, "NUL"),
    ] {
        let found = names(filename.as_bytes());
        let expected = expected.map(|names| names.into_iter().map(str::as_bytes).collect::<Vec<_>>());
        assert_eq!(found, expected, "{filename:?}: {why}");
    }
}
