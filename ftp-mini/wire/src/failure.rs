//! Errors of the nom parsers of this crate: an error that names a rule and its byte, and the combinators that
//! set it and report parts to a watch.

use core::fmt::Display;

use nom::error::{ErrorKind, ParseError};
use nom::{IResult, Parser};
use syntax::watch::{Part, Watch};

use crate::rule::Rule;

/// A broken rule, and the input from the offending byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ParseFailure<'a> {
    /// [`Rule::ArgumentForm`] until [`breaks`] names the rule.
    pub(crate) rule: Rule,
    pub(crate) rest: &'a [u8],
}

/// The result of a nom parser of this crate.
pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T, ParseFailure<'a>>;

impl<'a> ParseFailure<'a> {
    pub(crate) fn new(rule: Rule, rest: &'a [u8]) -> Self {
        Self { rule, rest }
    }

    /// The failure that is later in the same input.
    pub(crate) fn farthest(self, other: Self) -> Self {
        if other.rest.len() < self.rest.len() { other } else { self }
    }
}

impl<'a> ParseError<&'a [u8]> for ParseFailure<'a> {
    fn from_error_kind(rest: &'a [u8], _: ErrorKind) -> Self {
        Self::new(Rule::ArgumentForm, rest)
    }

    fn append(_: &'a [u8], _: ErrorKind, other: Self) -> Self {
        other
    }

    fn or(self, other: Self) -> Self {
        self.farthest(other)
    }
}

/// A parser whose failures break `rule`, unless an inner parser has named another.
pub(crate) fn breaks<'a, P>(
    rule: Rule,
    mut parser: P,
) -> impl Parser<&'a [u8], Output = P::Output, Error = ParseFailure<'a>>
where
    P: Parser<&'a [u8], Error = ParseFailure<'a>>,
{
    move |input| {
        parser.parse(input).map_err(|error| {
            error.map(|failure| match failure.rule {
                Rule::ArgumentForm => ParseFailure { rule, ..failure },
                _ => failure,
            })
        })
    }
}

/// A parser whose input is reported as a part. It is a closure because nom does not call a `map` whose output is
/// dropped, as by `terminated`.
pub(crate) fn part<'a, P>(
    watch: impl Watch,
    part: &'static Part,
    mut parser: P,
) -> impl Parser<&'a [u8], Output = P::Output, Error = ParseFailure<'a>>
where
    P: Parser<&'a [u8], Error = ParseFailure<'a>>,
{
    move |input| {
        let (rest, value) = parser.parse(input)?;
        watch.part(part, before(rest, input));
        Ok((rest, value))
    }
}

/// The same with the value, if it is not obvious from the bytes.
pub(crate) fn shown<'a, P>(
    watch: impl Watch,
    part: &'static Part,
    mut parser: P,
) -> impl Parser<&'a [u8], Output = P::Output, Error = ParseFailure<'a>>
where
    P: Parser<&'a [u8], Error = ParseFailure<'a>, Output: Display>,
{
    move |input| {
        let (rest, value) = parser.parse(input)?;
        watch.value(part, before(rest, input), format_args!("{value}"));
        Ok((rest, value))
    }
}

/// The bytes of `input` before `rest`.
fn before<'a>(rest: &[u8], input: &'a [u8]) -> &'a [u8] {
    input.get(..input.len() - rest.len()).unwrap_or_default()
}

/// An alternative, or the last attempt of a repetition: if it fails, its parts are retracted.
pub(crate) fn attempt<'a, P>(
    watch: impl Watch,
    mut parser: P,
) -> impl Parser<&'a [u8], Output = P::Output, Error = ParseFailure<'a>>
where
    P: Parser<&'a [u8], Error = ParseFailure<'a>>,
{
    move |input| parser.parse(input).inspect_err(|_| watch.retract(input))
}

/// The result of `parser` for the start of `input`, and the rest. Parsers of whole lines never ask for more
/// input.
pub(crate) fn prefix<'a, P>(mut parser: P, input: &'a [u8]) -> Result<(&'a [u8], P::Output), ParseFailure<'a>>
where
    P: Parser<&'a [u8], Error = ParseFailure<'a>>,
{
    parser.parse(input).map_err(|error| match error {
        nom::Err::Error(failure) | nom::Err::Failure(failure) => failure,
        nom::Err::Incomplete(_) => ParseFailure::new(Rule::ArgumentForm, input),
    })
}

/// The result of `parser` for `input`, if it uses all of it.
pub(crate) fn whole<'a, P>(parser: P, input: &'a [u8]) -> Result<P::Output, ParseFailure<'a>>
where
    P: Parser<&'a [u8], Error = ParseFailure<'a>>,
{
    match prefix(parser, input)? {
        ([], value) => Ok(value),
        (rest, _) => Err(ParseFailure::new(Rule::ArgumentTrailing, rest)),
    }
}

#[cfg(test)]
mod tests {
    use nom::branch::alt;
    use nom::bytes::complete::tag;

    use super::*;

    #[test]
    fn the_farthest_failure_and_the_innermost_rule_count() {
        let comma = || breaks(Rule::PortComma, tag(","));
        let pair = |word| (tag(word), comma());
        for (input, expected, why) in [
            (&b"ab,"[..], Ok(()), "it fits"),
            (b"ab;", Err((Rule::PortComma, 2)), "the rule is the inner parser's"),
            (b"cd;", Err((Rule::PortComma, 2)), "the farthest of two alternatives"),
            (b"x", Err((Rule::HostName, 0)), "a failure without a rule gets the outer one"),
            (b"ab,;", Err((Rule::ArgumentTrailing, 3)), "the whole input is used"),
        ] {
            let parser = breaks(Rule::HostName, alt((pair("ab"), pair("cd"))));
            let outcome = whole(parser, input).map(|_| ());
            let at = |failure: ParseFailure<'_>| (failure.rule, input.len() - failure.rest.len());
            assert_eq!(outcome.map_err(at), expected, "{why}");
        }
    }
}
