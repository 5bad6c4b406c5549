//! Content-Disposition: under which name content is saved
//! ([RFC 6266](https://www.rfc-editor.org/rfc/rfc6266)).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

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
}
