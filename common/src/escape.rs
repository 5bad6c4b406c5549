//! Escapes a peer's bytes before they reach a terminal or a log.

use std::borrow::Cow;
use std::fmt;

/// A peer's bytes as one line of harmless text that can be quoted and decoded: printable UTF-8 is unchanged,
/// a quote or backslash gets a backslash, and all else becomes `\xNN`.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for letter in chunk.valid().chars() {
                match letter {
                    '"' | '\\' => write!(f, "\\{letter}")?,
                    letter if is_plain(letter) => fmt::Write::write_char(f, letter)?,
                    letter => hex(f, letter.encode_utf8(&mut [0; 4]).as_bytes())?,
                }
            }
            hex(f, chunk.invalid())?;
        }
        Ok(())
    }
}

/// A peer's bytes as text for display: unprintable bytes become U+FFFD. Unlike [`Escaped`], the text cannot
/// be decoded.
pub fn printable(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    let is_shown = |letter| is_plain(letter) || is_joiner(letter);
    match text.chars().all(is_shown) {
        true => text,
        false => Cow::Owned(text.replace(|letter| !is_shown(letter), "\u{fffd}")),
    }
}

/// Joins or separates letters in Persian and Indic scripts, and the parts of emoji (Unicode section 23.2).
fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}')
}

/// Printable, and not a direction mark, which can make a line misleading.
fn is_plain(letter: char) -> bool {
    !letter.is_control()
        && !matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "\\x{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_printable_text_passes() {
        for (bytes, expected, why) in [
            (&b"GET /a b"[..], "GET /a b", "text"),
            (b"caf\xc3\xa9", "caf\u{e9}", "UTF-8"),
            (b"\x1b[2J", "\\x1b[2J", "a terminal's escape"),
            (b"a\r\nb\0", "a\\x0d\\x0ab\\x00", "line ends and NUL"),
            (b"\xff\xfe", "\\xff\\xfe", "not UTF-8"),
            (b"\"\\", "\\\"\\\\", "characters that would end the quotes"),
            (b"\xc2\x9b", "\\xc2\\x9b", "a C1 control"),
            ("a\u{202e}b".as_bytes(), "a\\xe2\\x80\\xaeb", "right-to-left override"),
        ] {
            assert_eq!(Escaped(bytes).to_string(), expected, "{why}");
        }
    }

    #[test]
    fn text_to_be_shown_has_no_controls() {
        for (bytes, expected, why) in [
            (&b"a \"b\" \\"[..], "a \"b\" \\", "quotes are text"),
            (b"\x1b[31mred\x07", "\u{fffd}[31mred\u{fffd}", "escape and bell"),
            (b"\xffx", "\u{fffd}x", "not UTF-8"),
            ("a\u{202e}b".as_bytes(), "a\u{fffd}b", "right-to-left override"),
            ("\u{1f469}\u{200d}\u{1f467}".as_bytes(), "\u{1f469}\u{200d}\u{1f467}", "an emoji of two parts"),
        ] {
            assert_eq!(printable(bytes), expected, "{why}");
        }
    }
}
