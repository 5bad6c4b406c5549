//! Patterns for names, as in shells: `*`, `?`, `[a-z]`, `[!a-z]`, and `\` before a literal.
//!
//! A pattern is matched against one name, never against a path. Matching takes at most as many steps as the
//! length of the name times that of the pattern, for any number of stars, and does not recurse.
//! [glob(7)](https://man7.org/linux/man-pages/man7/glob.7.html), on UTF-8 characters; other bytes are
//! characters of their own.

use memchr::memchr3;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Glob {
    tokens: Vec<Token>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// `*`: any characters, or none. Never two in a row.
    Star,
    /// `?`
    Any,
    Literal(u32),
    /// `[a-z]`, or `[!a-z]` when `negated`.
    Class {
        ranges: Vec<(u32, u32)>,
        negated: bool,
    },
}

/// Whether `pattern` contains `*`, `?` or `[`, and so may match several names.
#[must_use]
pub fn is_pattern(pattern: &[u8]) -> bool {
    memchr3(b'*', b'?', b'[', pattern).is_some()
}

impl Glob {
    /// Compiles a pattern. Every byte string is valid: a `[` that is never closed and a `\` at the end are
    /// literal.
    #[must_use]
    pub fn new(pattern: &[u8]) -> Self {
        let mut tokens = Vec::new();
        let mut rest = pattern;
        while let Some((token, tail)) = token(rest) {
            if token != Token::Star || tokens.last() != Some(&Token::Star) {
                tokens.push(token);
            }
            rest = tail;
        }
        Self { tokens }
    }

    /// Whether the whole of `name` matches the pattern.
    #[must_use]
    pub fn matches(&self, name: &[u8]) -> bool {
        self.matches_counting(name, &mut 0)
    }

    /// If a character does not match, only the last star can have matched too little, because everything
    /// before it matches at its earliest position. So one position for backtracking is enough.
    fn matches_counting(&self, name: &[u8], steps: &mut usize) -> bool {
        let mut tokens = self.tokens.as_slice();
        let mut name = name;
        let mut retry: Option<(&[Token], &[u8])> = None;
        loop {
            *steps += 1;
            match (tokens.split_first(), character(name)) {
                (Some((Token::Star, after)), _) => {
                    retry = Some((after, name));
                    tokens = after;
                }
                (Some((token, after)), Some((unit, tail))) if token.fits(unit) => {
                    (tokens, name) = (after, tail);
                }
                (None, None) => return true,
                _ => {
                    let Some((after, from)) = retry else { return false };
                    let Some((_, from)) = character(from) else { return false };
                    retry = Some((after, from));
                    (tokens, name) = (after, from);
                }
            }
        }
    }
}

impl Token {
    fn fits(&self, unit: u32) -> bool {
        match self {
            Self::Star => false,
            Self::Any => true,
            Self::Literal(literal) => *literal == unit,
            Self::Class { ranges, negated } => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&unit)) != *negated
            }
        }
    }
}

/// The first token of a pattern and what follows it.
fn token(pattern: &[u8]) -> Option<(Token, &[u8])> {
    match pattern {
        [b'*', rest @ ..] => Some((Token::Star, rest)),
        [b'?', rest @ ..] => Some((Token::Any, rest)),
        [b'[', rest @ ..] => class(rest).or(Some((Token::Literal(u32::from(b'[')), rest))),
        _ => escaped(pattern).map(|(unit, rest)| (Token::Literal(unit), rest)),
    }
}

/// A class after `[`; none if it is never closed. A `]` that comes first is literal.
///
/// ```text
/// class = "[" ["!" / "^"] 1*( character ["-" character] ) "]"        [a-z0-9_]   []-]   [!.]
/// ```
fn class(pattern: &[u8]) -> Option<(Token, &[u8])> {
    let (negated, mut rest) = match pattern {
        [b'!' | b'^', rest @ ..] => (true, rest),
        _ => (false, pattern),
    };
    let mut ranges = Vec::new();
    loop {
        if let [b']', after @ ..] = rest
            && !ranges.is_empty()
        {
            return Some((Token::Class { ranges, negated }, after));
        }
        let (first, tail) = escaped(rest)?;
        let (last, tail) = match tail {
            [b'-', end @ ..] if !end.starts_with(b"]") => escaped(end)?,
            _ => (first, tail),
        };
        ranges.push((first, last));
        rest = tail;
    }
}

/// A character of a pattern; `\` makes the next one literal.
fn escaped(pattern: &[u8]) -> Option<(u32, &[u8])> {
    match pattern {
        [b'\\', rest @ ..] if !rest.is_empty() => character(rest),
        _ => character(pattern),
    }
}

/// The first character: a Unicode scalar value, or a larger number for a byte that is not UTF-8.
fn character(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first.is_ascii() {
        return Some((u32::from(first), rest));
    }
    let length = match first {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        _ => 4,
    };
    let encoded = bytes.split_at_checked(length);
    let scalar = encoded.and_then(|(encoded, rest)| {
        let scalar = core::str::from_utf8(encoded).ok()?.chars().next()?;
        Some((u32::from(scalar), rest))
    });
    scalar.or(Some((u32::from(char::MAX) + u32::from(first), rest)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_follow_glob_7() {
        for (pattern, name, expected, why) in [
            ("*.txt", "notes.txt", true, "a star"),
            ("*.txt", "notes.txt~", false, "the whole name must fit"),
            ("*", "", true, "a star takes nothing"),
            ("", "", true, "nothing fits nothing"),
            ("", "a", false, "and nothing else"),
            ("a*b*c", "aXbYbZc", true, "the last star gives way"),
            ("a*b*c", "aXcYb", false, "in order"),
            ("**a**", "bab", true, "stars in a row are one"),
            ("?", "é", true, "a character, not a byte"),
            ("??", "é", false, "not two"),
            ("?", "", false, "one at least"),
            ("[a-c]x", "bx", true, "a range"),
            ("[a-c]x", "dx", false, "outside it"),
            ("[!a-c]", "d", true, "negated"),
            ("[^a-c]", "b", false, "negated as in regular expressions"),
            ("[é-ü]", "ö", true, "a range of characters"),
            ("[]]", "]", true, "a ] that comes first is literal"),
            ("[!]]", "]", false, "also after the !"),
            ("[a-]", "-", true, "a - that comes last is literal"),
            ("[a", "[a", true, "a [ never closed is literal"),
            ("[]", "[]", true, "an empty class is none"),
            ("a\\*b", "a*b", true, "an escaped star"),
            ("a\\*b", "aXb", false, "is only a star"),
            ("[\\]]", "]", true, "escaped in a class"),
            ("a\\", "a\\", true, "a \\ at the end is literal"),
            ("NOTES", "notes", false, "case counts"),
        ] {
            assert_eq!(
                Glob::new(pattern.as_bytes()).matches(name.as_bytes()),
                expected,
                "{why}: {pattern} {name}"
            );
        }
        assert!(Glob::new(b"?\xE9*").matches(b"\xC3\xE9\xFF"), "bytes that are not UTF-8 match themselves");
        assert!(is_pattern(b"*.txt") && !is_pattern(b"a.txt"));
    }

    #[test]
    fn many_stars_do_not_explode() {
        let name = b"a".repeat(255);
        for pattern in [b"*a".repeat(100), b"*?".repeat(250), b"*a*a*a*b".repeat(30), b"*[ab]".repeat(255)] {
            let glob = Glob::new(&[&pattern[..], b"c"].concat());
            let mut steps = 0;
            assert!(!glob.matches_counting(&name, &mut steps));
            assert!(steps <= (name.len() + 1) * (glob.tokens.len() + 1), "{steps} steps");
        }
    }

    /// The definition, in exponential time.
    fn naively(tokens: &[Token], name: &[u8]) -> bool {
        match (tokens.split_first(), name.split_first()) {
            (None, _) => name.is_empty(),
            (Some((Token::Star, after)), None) => naively(after, name),
            (Some((Token::Star, after)), Some((_, tail))) => naively(after, name) || naively(tokens, tail),
            (Some((token, after)), Some((&byte, tail))) => {
                token.fits(u32::from(byte)) && naively(after, tail)
            }
            (Some(_), None) => false,
        }
    }

    proptest! {
        #[test]
        fn one_place_to_return_to_is_enough(pattern in r"[ab*?]{0,10}", name in "[ab]{0,12}") {
            let glob = Glob::new(pattern.as_bytes());
            prop_assert_eq!(glob.matches(name.as_bytes()), naively(&glob.tokens, name.as_bytes()));
        }

        #[test]
        fn work_is_bounded_and_nothing_panics(pattern: Vec<u8>, name: Vec<u8>) {
            let glob = Glob::new(&pattern);
            let mut steps = 0;
            glob.matches_counting(&name, &mut steps);
            prop_assert!(steps <= (name.len() + 2) * (glob.tokens.len() + 2));
        }

        #[test]
        fn a_name_without_special_characters_is_its_own_pattern(name in "[^*?\\[\\\\]{0,20}") {
            prop_assert!(Glob::new(name.as_bytes()).matches(name.as_bytes()));
        }
    }
}
