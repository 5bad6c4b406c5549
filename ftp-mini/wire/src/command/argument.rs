//! Parsers for the parts of arguments.

use nom::bytes::complete::{tag, take_till};
use nom::combinator::{opt, rest};
use nom::sequence::preceded;
use syntax::decimal;
use syntax::watch::{Part, Watch};

use super::Command;
use crate::failure::{ParseFailure, prefix};
use crate::part;
use crate::pathname::Pathname;
use crate::rule::Rule;

/// The text after a verb and one space.
#[derive(Clone, Copy)]
pub(super) struct Argument<'a, W> {
    /// `None` if there was no space.
    pub(super) bytes: Option<&'a [u8]>,
    /// The whole line. A missing argument is reported at its end.
    pub(super) line: &'a [u8],
    pub(super) watch: W,
}

impl<'a, W: Watch> Argument<'a, W> {
    /// The command, if the argument is empty. Spaces are accepted, because some clients always send one.
    pub(super) fn nothing(self, command: Command) -> Result<Command, ParseFailure<'a>> {
        match self.word() {
            Some(word) => Err(ParseFailure::new(Rule::ArgumentUnexpected, word)),
            None => Ok(command),
        }
    }

    /// The argument without trailing spaces, unless it is blank.
    pub(super) fn word(self) -> Option<&'a [u8]> {
        let bytes = self.bytes?.trim_ascii_end();
        (!bytes.is_empty()).then_some(bytes)
    }

    /// Parses the argument without trailing spaces.
    pub(super) fn parse<T>(
        self,
        parse: impl Fn(&'a [u8], W) -> Result<T, ParseFailure<'a>>,
    ) -> Result<T, ParseFailure<'a>> {
        let word = self.word().ok_or(ParseFailure::new(Rule::ArgumentMissing, end(self.line)))?;
        parse(word, self.watch)
    }

    /// The same for an optional argument.
    pub(super) fn parse_if_any<T>(
        self,
        parse: impl Fn(&'a [u8], W) -> Result<T, ParseFailure<'a>>,
    ) -> Result<Option<T>, ParseFailure<'a>> {
        self.word().map(|word| parse(word, self.watch)).transpose()
    }

    /// A pathname, including all spaces.
    pub(super) fn path(self) -> Result<Pathname, ParseFailure<'a>> {
        pathname(self.bytes(), self.watch)
    }

    /// An optional pathname.
    pub(super) fn path_if_any(self) -> Option<Pathname> {
        pathname(self.bytes(), self.watch).ok()
    }

    /// All bytes.
    pub(super) fn bytes(self) -> &'a [u8] {
        self.bytes.unwrap_or(end(self.line))
    }
}

/// Splits at the first space.
///
/// ```text
/// word [SP rest]                RETR my notes.txt
/// ```
pub(super) fn word(input: &[u8]) -> (&[u8], Option<&[u8]>) {
    let word = take_till::<_, _, ParseFailure<'_>>(|byte| byte == b' ');
    prefix((word, opt(preceded(tag(" "), rest))), input).map_or((input, None), |(_, words)| words)
}

/// The end of an argument, for reporting that something is missing.
pub(super) fn end(argument: &[u8]) -> &[u8] {
    argument.get(argument.len()..).unwrap_or(argument)
}

/// Parses all of `word` as a number.
pub(super) fn number<'a>(
    rule: Rule,
    part: &'static Part,
    word: &'a [u8],
    watch: impl Watch,
) -> Result<u64, ParseFailure<'a>> {
    let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
    // A number that is too large breaks the rule at its first digit.
    let at = if digits < word.len() { digits } else { 0 };
    let number = decimal::parse(word).ok_or(ParseFailure::new(rule, word.get(at..).unwrap_or(word)))?;
    watch.part(part, word);
    Ok(number)
}

pub(super) fn pathname(bytes: &[u8], watch: impl Watch) -> Result<Pathname, ParseFailure<'_>> {
    let Some(pathname) = Pathname::new(bytes) else {
        let at = memchr::memchr(0, bytes);
        let rule = if at.is_some() { Rule::LineNul } else { Rule::PathnameMissing };
        return Err(ParseFailure::new(rule, bytes.get(at.unwrap_or(0)..).unwrap_or(bytes)));
    };
    watch.part(&part::PATHNAME, bytes);
    Ok(pathname)
}

/// All of `bytes` as one part, if it equals one of `values`, ignoring case.
pub(super) fn one_of<'a, T: Copy>(
    values: &[(&str, Result<T, Rule>)],
    otherwise: Rule,
    part: &'static Part,
    bytes: &'a [u8],
    watch: impl Watch,
) -> Result<T, ParseFailure<'a>> {
    let named = values.iter().find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(bytes));
    let value = named.map_or(Err(otherwise), |(_, value)| *value);
    if named.is_some() {
        watch.part(part, bytes);
    }
    value.map_err(|rule| ParseFailure::new(rule, bytes))
}
