//! A pathname in a command, and quoted in a reply.
//!
//! Raw bytes: usually UTF-8, but a name that is not UTF-8 can be fetched too. The tree resolves the path;
//! `..`, `//` and `~` are kept unchanged. RFC 959 section 5.3.2 and appendix II, [RFC
//! 2640](https://www.rfc-editor.org/rfc/rfc2640).

use std::fmt;

use memchr::memchr2;
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{is_not, tag};
use nom::combinator::value;
use nom::multi::fold_many0;
use nom::sequence::delimited;

use super::failure::Parsed;

/// A pathname: not empty, and free of NUL and LF.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Pathname(Vec<u8>);

impl Pathname {
    /// `bytes` as a pathname; `None` if they are empty or contain NUL or LF. Spaces are part of the name.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let sound = !bytes.is_empty() && memchr2(0, b'\n', bytes).is_none();
        sound.then(|| Self(bytes.to_vec()))
    }

    /// The bytes, unchanged.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Pathname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pathname({})", self.0.escape_ascii())
    }
}

/// A pathname for a 257 reply, in quotes and with its own quotes doubled (RFC 959 appendix II):
/// `"say ""hi"""`.
#[must_use]
pub fn quoted(pathname: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(pathname.len() + 2);
    text.push(b'"');
    for &byte in pathname {
        text.push(byte);
        if byte == b'"' {
            text.push(b'"');
        }
    }
    text.push(b'"');
    text
}

/// The pathname at the start of the text of a 257 reply, the inverse of [`quoted`].
#[must_use]
pub fn unquoted(text: &[u8]) -> Option<Vec<u8>> {
    quotation(text).ok().map(|(_, pathname)| pathname)
}

/// ```text
/// quotation = DQUOTE *(2DQUOTE / byte) DQUOTE           "say ""hi"""
/// ```
pub(super) fn quotation(input: &[u8]) -> Parsed<'_, Vec<u8>> {
    let part = alt((value(&b"\""[..], tag("\"\"")), is_not("\"")));
    let parts = fold_many0(part, Vec::new, |mut bytes: Vec<u8>, part| {
        bytes.extend_from_slice(part);
        bytes
    });
    delimited(tag("\""), parts, tag("\"")).parse(input)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pathname_is_any_bytes_but_nul_and_lf() {
        for (bytes, expected, why) in [
            (&b"notes.txt"[..], true, "plain"),
            (b" leading and trailing ", true, "spaces are part of a name"),
            (b"caf\xE9", true, "Latin-1"),
            (b"~", true, "some clients send CWD ~"),
            (b"", false, "RFC 959 section 5.3.2: a pathname is a string of one character or more"),
            (b"a\0b", false, "NUL"),
            (b"a\nb", false, "LF"),
        ] {
            assert_eq!(Pathname::new(bytes).is_some(), expected, "{why}");
        }
    }

    #[test]
    fn a_257_quotes_its_pathname() {
        for (text, expected, why) in [
            (&b"\"/a\" is current"[..], Some(&b"/a"[..]), "RFC 959 section 4.1.1"),
            (b"\"say \"\"hi\"\"\" created", Some(b"say \"hi\""), "RFC 959 appendix II: doubled"),
            (b"\"\"", Some(b""), "empty"),
            (b"/a is current", None, "no quotes"),
            (b"\"/a", None, "no end"),
        ] {
            assert_eq!(unquoted(text).as_deref(), expected, "{why}");
        }
    }

    proptest! {
        #[test]
        fn a_quoted_pathname_is_found_again(pathname: Vec<u8>) {
            let text = [&quoted(&pathname)[..], b" is the current directory"].concat();
            prop_assert_eq!(unquoted(&text), Some(pathname));
        }
    }
}
