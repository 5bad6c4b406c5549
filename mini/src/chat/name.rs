//! Names of people and rooms: short, printable, one word, and distinguishable by eye.

use std::fmt;

use common::escape::printable;
use syntax::rule::Text;
use unicode_security::confusable_detection::skeleton;

/// The longest name, in letters.
pub(super) const LONGEST: usize = 24;

const EMPTY: Text =
    Text { en: "a name has at least one letter", id: "nama terdiri dari sedikitnya satu huruf" };
const SEVERAL_WORDS: Text = Text { en: "a name is one word", id: "nama terdiri dari satu kata" };
const UNPRINTABLE: Text = Text {
    en: "a name has only printable letters",
    id: "nama hanya boleh berisi huruf yang dapat ditampilkan",
};
const MARKED: Text = Text { en: "a name begins with a letter", id: "nama diawali dengan huruf" };
const INVISIBLE: Text = Text { en: "a name has a visible letter", id: "nama berisi huruf yang terlihat" };
const TOO_LONG: Text =
    Text { en: "a name has at most 24 letters", id: "nama terdiri dari paling banyak 24 huruf" };

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    text: String,
    skeleton: Skeleton,
}

/// What a name looks like: names that differ only in case, or in letters that are drawn alike (a Latin and a
/// Cyrillic `a`), look the same (Unicode Technical Standard 39).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Skeleton(String);

impl Name {
    pub(super) fn parse(text: &[u8]) -> Result<Self, Text> {
        let text = printable(text.trim_ascii());
        let looks: String = skeleton(&text.to_lowercase()).collect::<String>().to_lowercase();
        match text.chars().count() {
            0 => Err(EMPTY),
            1..=LONGEST if text.contains(char::is_whitespace) => Err(SEVERAL_WORDS),
            1..=LONGEST if text.contains('\u{fffd}') => Err(UNPRINTABLE),
            1..=LONGEST if text.starts_with(['/', '*']) => Err(MARKED),
            1..=LONGEST if looks.trim().is_empty() => Err(INVISIBLE),
            1..=LONGEST => Ok(Self { text: text.into(), skeleton: Skeleton(looks) }),
            _ => Err(TOO_LONG),
        }
    }

    pub(super) fn skeleton(&self) -> &Skeleton {
        &self.skeleton
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_printable_and_one_word() {
        for (text, is_name, why) in [
            ("ada", true, "a name"),
            ("  ada\r", true, "white space around it is not part of it"),
            ("Зоя", true, "any script"),
            ("", false, "empty"),
            (" ", false, "nothing to see"),
            ("ada lovelace", false, "two words"),
            ("\u{1b}[31mada", false, "an escape"),
            ("a\u{202e}b", false, "text turned around"),
            ("/nick", false, "a command"),
            ("*", false, "the mark of notices"),
            ("x23456789012345678901234", true, "24 letters"),
            ("x234567890123456789012345", false, "25 letters"),
        ] {
            assert_eq!(Name::parse(text.as_bytes()).is_ok(), is_name, "{text:?}: {why}");
        }
        assert!(Name::parse(b"\xff").is_err(), "not UTF-8");
    }

    #[test]
    fn look_alikes_look_alike() {
        for (left, right, alike) in [
            ("ada", "Ada", true),
            ("ada", "\u{430}d\u{430}", true),
            ("ada", "ida", false),
            ("paypal", "paypa1", true),
        ] {
            let looks = |text: &str| Name::parse(text.as_bytes()).unwrap().skeleton().clone();
            assert_eq!(looks(left) == looks(right), alike, "{left} {right}");
        }
    }
}
