//! The words of a command line: quotes and backslashes make spaces and pattern characters literal.

use std::convert::Infallible;
use std::str::FromStr;

use common::client::without_password;
use common::escape::printable;

use crate::wire::glob::Glob;

/// A name, or a pattern of names, in which a backslash precedes each special character that is literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word(String);

/// Special characters of a pattern.
const SPECIAL: [char; 4] = ['*', '?', '[', '\\'];
/// Special characters of a line.
const ON_A_LINE: [char; 8] = ['*', '?', '[', '\\', '"', '\'', ' ', '\t'];

impl FromStr for Word {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(Self(word.to_owned()))
    }
}

impl Word {
    /// Whether it can match several names.
    pub(super) fn is_pattern(&self) -> bool {
        let mut letters = self.0.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => drop(letters.next()),
                letter if SPECIAL.contains(&letter) => return true,
                _ => {}
            }
        }
        false
    }

    pub(super) fn into_pattern(self) -> String {
        self.0
    }

    /// Whether it matches names that begin with a dot.
    pub(super) fn wants_hidden(&self) -> bool {
        self.0.rsplit('/').next().is_some_and(|name| name.starts_with('.'))
    }

    /// The name without backslashes.
    pub(super) fn literal(&self) -> String {
        let mut literal = String::new();
        let mut letters = self.0.chars();
        while let Some(letter) = letters.next() {
            literal.push(if letter == '\\' { letters.next().unwrap_or('\\') } else { letter });
        }
        literal
    }

    /// The directory of a pattern, and the pattern of the names in it.
    pub(super) fn split(&self) -> (Self, Glob) {
        let (directory, pattern) = match self.0.rsplit_once('/') {
            Some(("", pattern)) => ("/", pattern),
            Some((directory, pattern)) => (directory, pattern),
            None => ("", self.0.as_str()),
        };
        (Self(directory.to_owned()), Glob::new(pattern.as_bytes()))
    }
}

/// The words of a line, each with its position. After a trailing space there is an empty last word. The end
/// of the line closes a quote.
///
/// ```text
/// get "my notes" *.txt a\ b      get   my notes   *.txt   a b
/// ```
pub(super) fn words(line: &str) -> Vec<(usize, Word)> {
    let mut words = Vec::new();
    let mut word: Option<(usize, Word)> = None;
    let mut quote = None;
    let mut letters = line.char_indices();
    while let Some((at, letter)) = letters.next() {
        if quote.is_none() && matches!(letter, ' ' | '\t') {
            words.extend(word.take());
            continue;
        }
        let (_, Word(text)) = word.get_or_insert_with(|| (at, Word(String::new())));
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            (None | Some('"'), '\\') => {
                push_literal(letters.next().map_or('\\', |(_, next)| next), text);
            }
            (None, letter) => text.push(letter),
            (Some(_), letter) => push_literal(letter, text),
        }
    }
    words.push(word.unwrap_or_else(|| (line.len(), Word(String::new()))));
    words
}

/// Whether the line contains a URL with a password.
pub(super) fn has_password(line: &str) -> bool {
    words(line).iter().map(|(_, word)| word.literal()).any(|literal| without_password(&literal) != literal)
}

/// A line for display: without the passwords in URLs and without control characters.
pub(super) fn without_passwords(line: &str) -> String {
    let (mut shown, mut end) = (line.to_owned(), line.len());
    for (start, word) in words(line).into_iter().rev() {
        let literal = word.literal();
        let harmless = without_password(&literal);
        if harmless != literal {
            shown.replace_range(start..end, &format!("{harmless} "));
        }
        end = start;
    }
    printable(shown.trim_end().as_bytes()).into_owned()
}

fn push_literal(letter: char, word: &mut String) {
    if SPECIAL.contains(&letter) {
        word.push('\\');
    }
    word.push(letter);
}

/// A name with its special characters escaped.
pub(super) fn typed(name: &str) -> String {
    let mut typed = String::with_capacity(name.len());
    for letter in name.chars() {
        if ON_A_LINE.contains(&letter) {
            typed.push('\\');
        }
        typed.push(letter);
    }
    typed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_make_letters_of_blanks_and_stars() {
        for (line, expected, why) in [
            ("get a b", &[("get", false), ("a", false), ("b", false)][..], "blanks"),
            ("get  a", &[("get", false), ("a", false)], "two of them"),
            ("get ", &[("get", false), ("", false)], "a word may begin here"),
            ("get \"my notes\" 'a b'", &[("get", false), ("my notes", false), ("a b", false)], "quotes"),
            ("get my\\ notes", &[("get", false), ("my notes", false)], "a backslash"),
            ("get *.txt", &[("get", false), ("*.txt", true)], "a pattern"),
            ("get \"*.txt\" \\*.txt", &[("get", false), ("*.txt", false), ("*.txt", false)], "that is none"),
            ("get a\"b c\"d", &[("get", false), ("ab cd", false)], "quotes within a word"),
            ("get \"a b", &[("get", false), ("a b", false)], "a quote that is not closed"),
            ("get 'a\\b'", &[("get", false), ("a\\b", false)], "single quotes take it from the backslash"),
            ("mkdir \"\"", &[("mkdir", false), ("", false)], "nothing, quoted"),
            ("", &[("", false)], "nothing"),
        ] {
            let words: Vec<_> =
                words(line).into_iter().map(|(_, word)| (word.literal(), word.is_pattern())).collect();
            let seen: Vec<_> = words.iter().map(|(word, is_pattern)| (word.as_str(), *is_pattern)).collect();
            assert_eq!(seen, expected, "{why}");
        }
    }

    #[test]
    fn a_line_is_printed_without_passwords_and_stored_if_it_has_none() {
        for (line, expected, why) in [
            ("get  'two words' *.txt", "get  'two words' *.txt", "no URL: as it was typed"),
            ("get ftp://ada@a/b", "get ftp://ada@a/b", "a user without a password"),
            ("mv ftp://ada:secret@a/b  c", "mv ftp://ada@a/b c", "a URL"),
            ("rm 'ftp://ada:sec ret@a/b'", "rm ftp://ada@a/b", "in quotes"),
            ("rm 'ftp://ada:sec/r et@a/b'", "rm ***@a/b", "a malformed one"),
            ("get a -oftp://ada:secret@a/b", "get a ***@a/b", "the value of an option"),
            ("ftp://ada:sec\\*ret@a/", "ftp://ada@a/", "a backslash"),
        ] {
            assert_eq!(without_passwords(line), expected, "{why}");
            assert_eq!(has_password(line), line != expected, "{why}");
        }
        assert_eq!(without_passwords("rm a\u{1b}b"), "rm a\u{fffd}b", "a control");
    }

    #[test]
    fn a_typed_name_is_one_word() {
        for name in ["notes.txt", "my notes", "*?[a]", "a\"b'c\\d", "\ttab"] {
            let line = format!("get {}", typed(name));
            let words = words(&line);
            assert_eq!(words.len(), 2, "{name}");
            assert_eq!((words[1].0, words[1].1.literal(), words[1].1.is_pattern()), (4, name.into(), false));
        }
    }

    #[test]
    fn only_the_last_name_is_a_pattern() {
        for (word, directory, name) in
            [("*.txt", "", "a.txt"), ("pub/*.txt", "pub", "a.txt"), ("/*", "/", "a")]
        {
            let (in_directory, glob) = Word(word.into()).split();
            assert_eq!(in_directory.literal(), directory, "{word}");
            assert!(glob.matches(name.as_bytes()), "{word}");
        }
    }
}
