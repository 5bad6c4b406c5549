//! Content-Disposition: under which name content is saved, as it is said with an answer
//! ([RFC 6266](https://www.rfc-editor.org/rfc/rfc6266)) and with a part of a form
//! ([RFC 7578 section 4.2](https://www.rfc-editor.org/rfc/rfc7578#section-4.2)).
//!
//! A name that came is never taken for a path by itself: [`names`] says where it may lead.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use super::list;
use super::scan;

/// What a browser does with the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Shows it where it can.
    Inline,
    /// Saves it.
    Attachment,
}

/// What need not be encoded in an extended value.
///
/// ```text
/// attr-char = ALPHA / DIGIT / "!" / "#" / "$" / "&" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~"     (RFC 8187 section 3.2.1)
/// ```
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

impl Disposition {
    /// The value of Content-Disposition for a file of this name.
    ///
    /// ```text
    /// content-disposition = disposition-type *( ";" disposition-parm )
    /// filename-parm       = "filename" "=" value / "filename*" "=" ext-value
    /// ```
    ///
    /// Example: `attachment; filename="na_ve.txt"; filename*=UTF-8''na%C3%AFve.txt`. The second
    /// form is there only where the first one cannot say the name. Bytes that are not UTF-8 become
    /// U+FFFD, as no charset fits them.
    pub fn value(self, name: &[u8]) -> String {
        let kind = match self {
            Self::Inline => "inline",
            Self::Attachment => "attachment",
        };
        let name = String::from_utf8_lossy(name);
        let plain: String = name.chars().map(|letter| if is_plain(letter) { letter } else { '_' }).collect();
        if plain == name {
            return format!("{kind}; filename=\"{plain}\"");
        }
        let extended = percent_encoding::utf8_percent_encode(&name, ENCODED);
        format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{extended}")
    }
}

/// What all recipients read alike between quotes (RFC 6266 appendix D): no escapes, no percent
/// signs, no separators of paths.
fn is_plain(letter: char) -> bool {
    letter == ' ' || (letter.is_ascii_graphic() && !matches!(letter, '"' | '\\' | '/' | '%'))
}

/// The file name that an answer suggests in Content-Disposition, reduced to a plain name; `None`
/// where it suggests none that can be used.
///
/// ```text
/// content-disposition = disposition-type *( ";" disposition-parm )
/// filename-parm       = "filename" "=" value / "filename*" "=" ext-value
/// ext-value           = charset "'" [ language ] "'" value-chars     (RFC 8187 section 3.2)
/// ```
///
/// `filename*` goes before `filename` (RFC 6266 section 4.3). Of a path only the last name counts;
/// control characters become `_`, and so does a dot at the beginning, so that nobody suggests
/// `.profile`. A name is at most 255 bytes long.
///
/// ```
/// use http_wire::disposition::suggested_name;
/// let value = b"attachment; filename=\"EURO rates\"; filename*=utf-8''%e2%82%ac%20rates";
/// assert_eq!(suggested_name(value).as_deref(), Some("\u{20AC} rates"));
/// ```
pub fn suggested_name(value: &[u8]) -> Option<String> {
    let (mut plain, mut extended) = (None, None);
    for parameter in list::split(value, b';').skip(1) {
        let (name, value) = parameter.split_at(memchr::memchr(b'=', parameter)?);
        let value = value.strip_prefix(b"=").unwrap_or_default().trim_ascii_start();
        let name = name.trim_ascii_end();
        if name.eq_ignore_ascii_case(b"filename") {
            plain = plain.or_else(|| Some(String::from_utf8_lossy(&unquoted(value)).into_owned()));
        } else if name.eq_ignore_ascii_case(b"filename*") {
            extended = extended.or_else(|| ext_value(value));
        }
    }
    last_name(&extended.or(plain)?)
}

/// What an extended value in UTF-8 says, the charset that every recipient must know.
fn ext_value(value: &[u8]) -> Option<String> {
    let mut parts = value.splitn(3, |&byte| byte == b'\'');
    parts.next().filter(|charset| charset.eq_ignore_ascii_case(b"utf-8"))?;
    let encoded = parts.nth(1)?;
    percent_encoding::percent_decode(encoded).decode_utf8().ok().map(Into::into)
}

/// A token, or what a quoted-string says (RFC 9110 section 5.6.4).
fn unquoted(value: &[u8]) -> Vec<u8> {
    let inside = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let Some(inside) = inside else { return value.to_vec() };
    let mut escaped = false;
    let letter = |byte: &u8| {
        escaped = *byte == b'\\' && !escaped;
        !escaped
    };
    inside.iter().copied().filter(letter).collect()
}

/// Bytes of a name that every file system takes.
const NAME_LIMIT: usize = 255;

fn last_name(path: &str) -> Option<String> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut name = name.replace(char::is_control, "_");
    if !is_name(name.as_bytes()) {
        return None;
    }
    if name.starts_with('.') {
        name.replace_range(..1, "_");
    }
    name.truncate(name.floor_char_boundary(NAME_LIMIT));
    Some(name)
}

/// What a part of a form says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormData {
    /// The name of the field.
    pub name: Vec<u8>,
    /// The name of the file; empty where a form has a field for a file and none was chosen.
    pub filename: Option<Vec<u8>>,
}

impl FormData {
    /// Reads the value of Content-Disposition as browsers write it, which is not RFC 9110's
    /// quoted-string: a backslash is a backslash, and `%22`, `%0D` and `%0A` stand for the bytes
    /// that a value cannot hold
    /// ([HTML, multipart/form-data encoding](https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data)).
    ///
    /// ```text
    /// disposition = "form-data" *( OWS ";" OWS parameter )
    /// parameter   = token "=" ( token / DQUOTE *( HTAB / SP / %x21 / %x23-7E / obs-text ) DQUOTE )
    /// ```
    ///
    /// Example: `b"form-data; name=\"files\"; filename=\"dir/a.txt\""`. `filename*` is not used
    /// in forms and is passed over, as are others. `None` where it is malformed, has no name, or
    /// says one twice.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let (kind, mut rest) = value.split_at_checked(b"form-data".len())?;
        if !kind.eq_ignore_ascii_case(b"form-data") {
            return None;
        }
        let (mut name, mut filename) = (None, None);
        while !rest.is_empty() {
            let (key, value, behind) = parameter(rest)?;
            let slot = match key {
                key if key.eq_ignore_ascii_case(b"name") => Some(&mut name),
                key if key.eq_ignore_ascii_case(b"filename") => Some(&mut filename),
                _ => None,
            };
            if slot.is_some_and(|slot| slot.replace(unescaped(value)).is_some()) {
                return None;
            }
            rest = behind;
        }
        Some(Self { name: name?, filename })
    }
}

/// Name and value of the parameter that `text` begins with, and what follows it.
fn parameter(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let text = text.trim_ascii_start().strip_prefix(b";")?.trim_ascii_start();
    let (name, value) = text.split_at(memchr::memchr(b'=', text)?);
    let value = value.strip_prefix(b"=").filter(|_| scan::is_token(name))?;
    if let Some(quoted) = value.strip_prefix(b"\"") {
        let (value, rest) = quoted.split_at(memchr::memchr(b'"', quoted)?);
        return Some((name, value, rest.strip_prefix(b"\"")?));
    }
    let end = value.iter().position(|&byte| !scan::is_tchar(byte)).unwrap_or(value.len());
    let (value, rest) = value.split_at_checked(end).filter(|(value, _)| !value.is_empty())?;
    Some((name, value, rest))
}

/// A value with the three escapes of the HTML standard undone. Nothing else is escaped, not even
/// the percent sign.
fn unescaped(value: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(value.len());
    let mut rest = value;
    loop {
        let (byte, behind) = match rest {
            [b'%', b'2', b'2', behind @ ..] => (b'"', behind),
            [b'%', b'0', b'D', behind @ ..] => (b'\r', behind),
            [b'%', b'0', b'A', behind @ ..] => (b'\n', behind),
            [byte, behind @ ..] => (*byte, behind),
            [] => return text,
        };
        text.push(byte);
        rest = behind;
    }
}

/// The names that a suggested filename leads through, from the directory that it is saved in down
/// to the file: `dir`, `sub` and `a.txt` of `b"dir/sub/a.txt"`, as browsers name the files of a
/// whole folder (`webkitRelativePath`).
///
/// Of a full path of Windows, `b"C:\\dir\\a.txt"`, only the last name counts: old browsers sent
/// those (RFC 7578 section 4.2). Any other backslash is a letter. `None` where a name is empty, `.`
/// or `..`, or holds NUL: nothing is mended, as what remained would be a name that nobody chose.
pub fn names(filename: &[u8]) -> Option<Vec<&[u8]>> {
    let is_full = matches!(filename, [b'\\', b'\\', ..])
        || matches!(filename, [drive, b':', b'\\', ..] if drive.is_ascii_alphabetic());
    let path = match memchr::memrchr(b'\\', filename) {
        Some(last) if is_full => filename.get(last + 1..)?,
        _ => filename,
    };
    path.split(|&byte| byte == b'/').map(|name| is_name(name).then_some(name)).collect()
}

fn is_name(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..") && !name.contains(&0)
}

#[cfg(test)]
mod tests {
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
            (
                b"a\"b\\c",
                "attachment; filename=\"a_b_c\"; filename*=UTF-8''a%22b%5Cc",
                "appendix D: no escapes",
            ),
            (
                b"50%41",
                "attachment; filename=\"50_41\"; filename*=UTF-8''50%2541",
                "appendix D: percent signs",
            ),
            (b"a;b=c", "attachment; filename=\"a;b=c\"", "separators inside quotes"),
            (
                b"a\r\nX: y",
                "attachment; filename=\"a__X: y\"; filename*=UTF-8''a%0D%0AX%3A%20y",
                "no new field",
            ),
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
    fn parts_of_forms_say_their_names_as_browsers_do() {
        type Expected<'a> = Option<(&'a str, Option<&'a str>)>;
        let rows: [(&str, Expected<'_>, &str); 36] = [
            ("form-data; name=\"a\"", Some(("a", None)), "RFC 7578 section 4.2: a field"),
            (
                "form-data; name=\"a\"; filename=\"b.txt\"",
                Some(("a", Some("b.txt"))),
                "RFC 7578 section 4.2: a file",
            ),
            ("form-data; filename=\"b\"; name=\"a\"", Some(("a", Some("b"))), "in any order"),
            (
                "Form-Data; NAME=\"a\"; FileName=\"b\"",
                Some(("a", Some("b"))),
                "RFC 6266 section 4.1: no case",
            ),
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
            (
                "form-data; name=\"a\"; filename=\"f\\\"",
                Some(("a", Some("f\\"))),
                "HTML: not even the last one",
            ),
            ("form-data; name=\"a%22b\"", Some(("a\"b", None)), "HTML: %22"),
            ("form-data; name=\"a%0D%0Ab\"", Some(("a\r\nb", None)), "HTML: %0D%0A"),
            (
                "form-data; name=\"%41%2522%0d%\"",
                Some(("%41%2522%0d%", None)),
                "HTML: nothing else is escaped",
            ),
            (
                "form-data; name=\"caf\u{e9}\"",
                Some(("caf\u{e9}", None)),
                "RFC 7578 section 5.1: UTF-8 as it is",
            ),
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
}
