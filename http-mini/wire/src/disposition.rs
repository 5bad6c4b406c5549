//! Content-Disposition: the file name of a response's content ([RFC
//! 6266](https://www.rfc-editor.org/rfc/rfc6266)) and of a part of a form ([RFC 7578 section
//! 4.2](https://www.rfc-editor.org/rfc/rfc7578#section-4.2)).
//!
//! A received name is never used as a path directly: [`names`] splits and checks it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use syntax::watch::Watch;

use super::list;
use super::part;
use super::rule::Rule;
use super::text::{ValueFault, ValueText, reported};

/// What a browser does with the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// It is shown, if the browser can.
    Inline,
    /// It is saved.
    Attachment,
}

/// Characters that need no encoding in an extended value.
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
    /// Example: `attachment; filename="na_ve.txt"; filename*=UTF-8''na%C3%AFve.txt`. The second parameter is
    /// added only if the first cannot express the name. Bytes that are not UTF-8 become U+FFFD, because no
    /// charset fits them.
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

/// Characters that all recipients read alike between quotes (RFC 6266 appendix D): no escapes, percent signs
/// or path separators.
fn is_plain(letter: char) -> bool {
    letter == ' ' || (letter.is_ascii_graphic() && !matches!(letter, '"' | '\\' | '/' | '%'))
}

/// The file name suggested by a Content-Disposition, reduced to a plain name; `None` if it suggests no usable
/// name.
///
/// ```text
/// content-disposition = disposition-type *( ";" disposition-parm )
/// filename-parm       = "filename" "=" value / "filename*" "=" ext-value
/// ext-value           = charset "'" [ language ] "'" value-chars     (RFC 8187 section 3.2)
/// ```
///
/// `filename*` takes precedence over `filename` (RFC 6266 section 4.3). Only the last name of a path is used.
/// Control characters become `_`, and so does a leading dot, so that a server cannot suggest `.profile`. A
/// name is at most 255 bytes long.
///
/// ```
/// use http_wire::disposition::suggested_name;
/// let value = b"attachment; filename=\"EURO rates\"; filename*=utf-8''%e2%82%ac%20rates";
/// assert_eq!(suggested_name(value).as_deref(), Some("\u{20AC} rates"));
/// ```
pub fn suggested_name(value: &[u8]) -> Option<String> {
    suggested_name_with(value, ())
}

/// Like [`suggested_name`], and reports the parts.
pub fn suggested_name_with<W: Watch>(value: &[u8], watch: W) -> Option<String> {
    let (mut plain, mut extended) = (None, None);
    let mut parameters = list::split(value, b';');
    let kind = parameters.next().unwrap_or_default();
    if W::IS_WATCHING {
        list::watch_token(kind, &part::DISPOSITION_TYPE, Rule::DispositionIgnored, watch);
    }
    // Many servers end the field with a semicolon.
    for parameter in parameters.filter(|parameter| !parameter.is_empty()) {
        if W::IS_WATCHING {
            list::watch_pair(parameter, &part::PARAMETER, Rule::DispositionIgnored, watch);
        }
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

/// The text of an extended value in UTF-8, the charset that every recipient must support.
fn ext_value(value: &[u8]) -> Option<String> {
    let mut parts = value.splitn(3, |&byte| byte == b'\'');
    parts.next().filter(|charset| charset.eq_ignore_ascii_case(b"utf-8"))?;
    let encoded = parts.nth(1)?;
    percent_encoding::percent_decode(encoded).decode_utf8().ok().map(Into::into)
}

/// A token, or the text of a quoted-string (RFC 9110 section 5.6.4).
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

/// The longest name that every file system accepts, in bytes.
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

/// The Content-Disposition of a part of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormData {
    /// The name of the field.
    pub name: Vec<u8>,
    /// The name of the file; empty if the form has a field for a file and the user chose none.
    pub filename: Option<Vec<u8>>,
}

impl FormData {
    /// Parses the value of Content-Disposition as browsers write it, which differs from RFC 9110's
    /// quoted-string: a backslash is literal, and `%22`, `%0D` and `%0A` encode the bytes that a value cannot
    /// contain ([HTML, multipart/form-data
    /// encoding](https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data)).
    ///
    /// ```text
    /// disposition = "form-data" *( OWS ";" OWS parameter )
    /// parameter   = token "=" ( token / DQUOTE *( HTAB / SP / %x21 / %x23-7E / obs-text ) DQUOTE )
    /// ```
    ///
    /// Example: `b"form-data; name=\"files\"; filename=\"dir/a.txt\""`. `filename*` is not used in forms and
    /// is ignored, like unknown parameters. `None` if the value is malformed, has no name, or repeats a
    /// parameter.
    pub fn parse(value: &[u8]) -> Option<Self> {
        Self::parse_with(value, ())
    }

    /// Like [`parse`](Self::parse), and reports the parts.
    pub fn parse_with(value: &[u8], watch: impl Watch) -> Option<Self> {
        reported(Self::read(value, watch), watch)
    }

    fn read(value: &[u8], watch: impl Watch) -> Result<Self, ValueFault<'_>> {
        let mut text = ValueText::new(value, Rule::DispositionMalformed, watch);
        if !text.take(b"form-data".len()).eq_ignore_ascii_case(b"form-data") {
            return Err(text.fault_at(value));
        }
        text.part(&part::DISPOSITION_TYPE, value);
        let (mut name, mut filename) = (None, None);
        while !text.rest().is_empty() {
            let (key, value) = parameter(&mut text)?;
            let slot = match key {
                key if key.eq_ignore_ascii_case(b"name") => Some(&mut name),
                key if key.eq_ignore_ascii_case(b"filename") => Some(&mut filename),
                _ => None,
            };
            if slot.is_some_and(|slot| slot.replace(unescaped(value)).is_some()) {
                return Err(text.fault_at(key));
            }
        }
        Ok(Self { name: name.ok_or(text.fault())?, filename })
    }
}

/// The name and unquoted value of the next parameter.
fn parameter<'a>(text: &mut ValueText<'a, impl Watch>) -> Result<(&'a [u8], &'a [u8]), ValueFault<'a>> {
    let [pair, name_part, value_part] = part::PARAMETER;
    text.run(|byte| byte.is_ascii_whitespace());
    text.literal(b";")?;
    text.run(|byte| byte.is_ascii_whitespace());
    let start = text.rest();
    let name = text.token(name_part)?;
    text.literal(b"=")?;
    let written = text.rest();
    let value = if text.has(b'"') {
        let inside = text.rest();
        let value = text.take(memchr::memchr(b'"', inside).unwrap_or(inside.len()));
        text.literal(b"\"")?;
        text.part(value_part, written);
        value
    } else {
        text.token(value_part)?
    };
    text.part(pair, start);
    Ok((name, value))
}

/// Decodes the three escapes of the HTML standard. No other sequence is an escape, not even an encoded
/// percent sign.
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

/// The names in a suggested filename, from the first directory to the file: `dir`, `sub` and `a.txt` of
/// `b"dir/sub/a.txt"`, which browsers send for the files of a folder (`webkitRelativePath`).
///
/// Of a full Windows path, `b"C:\\dir\\a.txt"`, only the last name is used: old browsers sent those (RFC 7578
/// section 4.2). Any other backslash is literal. `None` if a name is empty, `.` or `..`, or contains NUL: the
/// name is not repaired, because the result would be a name that the user did not choose.
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
mod tests;
