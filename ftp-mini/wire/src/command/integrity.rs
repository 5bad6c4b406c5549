//! Digests and ranges: HASH and OPTS HASH, XCRC and its siblings, RANG.
//! [draft-bryan-ftpext-hash](https://datatracker.ietf.org/doc/html/draft-bryan-ftpext-hash),
//! [draft-bryan-ftp-range](https://datatracker.ietf.org/doc/html/draft-bryan-ftp-range).

use core::ops::RangeInclusive;

use nom::Parser;
use nom::bytes::complete::tag;
use nom::character::complete::u64 as decimal;
use nom::combinator::opt;
use nom::sequence::{preceded, separated_pair};
use syntax::watch::Watch;

use super::argument::pathname;
use crate::failure::{ParseFailure, breaks, part, whole};
use crate::part::{END_POINT, QUOTED_PATHNAME, START_POINT};
use crate::pathname::{Pathname, quotation};
use crate::rule::Rule;

/// A digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `CRC32`
    Crc32,
    /// `MD5`
    Md5,
    /// `SHA-1`
    Sha1,
    /// `SHA-256`
    Sha256,
    /// `SHA-512`
    Sha512,
}

impl Algorithm {
    const ALL: [Self; 5] = [Self::Crc32, Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// Its name in FEAT and in replies to HASH.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
        }
    }

    /// The bytes of a digest.
    pub(crate) fn length(self) -> usize {
        match self {
            Self::Crc32 => 4,
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// The algorithm of this name, ignoring case.
    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        let named = |algorithm: &Self| algorithm.name().as_bytes().eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(named)
    }
}

/// A file, or a part of it, whose digest an X-command requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestTarget {
    /// The file.
    pub path: Pathname,
    /// Its first byte, from 0.
    pub start: u64,
    /// The byte after the last; the end of the file by default.
    pub end: Option<u64>,
}

/// Numbers after a name select a part of the file, so a name that ends in ` 1` must be quoted.
///
/// ```text
/// part = ( quoted / pathname ) [SP start [SP end]]      notes.txt   "my notes" 0 1024
/// ```
pub(super) fn file_part(argument: &[u8], watch: impl Watch) -> Result<DigestTarget, ParseFailure<'_>> {
    let (path, numbers) = match quotation(argument) {
        Ok((rest, name)) => {
            let quoted = argument.get(..argument.len() - rest.len()).unwrap_or(argument);
            watch.part(&QUOTED_PATHNAME, quoted);
            (pathname(&name, ()).map_err(|failure| ParseFailure::new(failure.rule, quoted))?, rest)
        }
        Err(_) => {
            let (name, numbers) = argument.split_at(end_of_name(argument));
            (pathname(name, watch)?, numbers)
        }
    };
    let (start, end) = whole(span(watch), numbers)
        .map_err(|failure| ParseFailure::new(Rule::RangeNumber, failure.rest))?
        .unwrap_or((0, None));
    if end.is_some_and(|end| end < start) {
        return Err(ParseFailure::new(Rule::RangeOrder, numbers));
    }
    Ok(DigestTarget { path, start, end })
}

type Span = (u64, Option<u64>);

/// `[SP start [SP end]]`
fn span<'a>(watch: impl Watch) -> impl Parser<&'a [u8], Output = Option<Span>, Error = ParseFailure<'a>> {
    let start = preceded(tag(" "), part(watch, &START_POINT, decimal));
    let end = opt(preceded(tag(" "), part(watch, &END_POINT, decimal)));
    opt((start, end))
}

/// The name is the text before the last two numbers, or the last one, or everything.
fn end_of_name(argument: &[u8]) -> usize {
    let spaces = memchr::memchr_iter(b' ', argument).rev().take(2);
    let is_span = |at: &usize| argument.get(*at..).is_some_and(|numbers| whole(span(()), numbers).is_ok());
    spaces.filter(is_span).last().unwrap_or(argument.len())
}

/// The byte range of the next transfer; `None` restores the whole file.
///
/// ```text
/// rang = "RANG" SP first-byte SP last-byte             0 1023    1 0 is the reset
/// ```
pub(super) fn range(
    argument: &[u8],
    watch: impl Watch,
) -> Result<Option<RangeInclusive<u64>>, ParseFailure<'_>> {
    let first = part(watch, &START_POINT, decimal);
    let last = part(watch, &END_POINT, decimal);
    let bytes = breaks(Rule::RangeNumber, separated_pair(first, tag(" "), last));
    match whole(bytes, argument)? {
        (1, 0) => Ok(None),
        (first, last) if first <= last => Ok(Some(first..=last)),
        _ => Err(ParseFailure::new(Rule::RangeOrder, argument)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_commands_take_a_file_or_a_part_of_it() {
        let part_of =
            |name: &[u8], start, end| Ok(DigestTarget { path: Pathname::new(name).unwrap(), start, end });
        for (argument, expected, why) in [
            (&b"notes.txt"[..], part_of(b"notes.txt", 0, None), "the whole file"),
            (b"my notes", part_of(b"my notes", 0, None), "a name with a space"),
            (b"notes.txt 10", part_of(b"notes.txt", 10, None), "from"),
            (b"notes.txt 10 20", part_of(b"notes.txt", 10, Some(20)), "from and to"),
            (b"my notes 10 20", part_of(b"my notes", 10, Some(20)), "the same after a space"),
            (b"\"my notes\" 10 20", part_of(b"my notes", 10, Some(20)), "in quotes"),
            (b"\"notes 10\"", part_of(b"notes 10", 0, None), "a name that ends in a number"),
            (b"\"a\"\"b\" 1", part_of(b"a\"b", 1, None), "quotes are doubled"),
            (b"\"notes", part_of(b"\"notes", 0, None), "a quote never closed is literal"),
            (b"1 2 3", part_of(b"1", 2, Some(3)), "two numbers at most"),
            (b"notes.txt 20 10", Err(Rule::RangeOrder), "backwards"),
            (b"\"notes\" ten", Err(Rule::RangeNumber), "no number"),
            (b"\"\" 1", Err(Rule::PathnameMissing), "no name"),
        ] {
            assert_eq!(file_part(argument, ()).map_err(|failure| failure.rule), expected, "{why}");
        }
    }

    #[test]
    fn ranges_are_inclusive_and_1_0_resets() {
        for (argument, expected, why) in [
            (&b"0 0"[..], Ok(Some(0..=0)), "one byte"),
            (b"0 1023", Ok(Some(0..=1023)), "a kilobyte"),
            (b"1 0", Ok(None), "reset"),
            (b"2 0", Err(Rule::RangeOrder), "backwards"),
            (b"1", Err(Rule::RangeNumber), "one number"),
            (b"0 -1", Err(Rule::RangeNumber), "a sign"),
            (b"0 18446744073709551616", Err(Rule::RangeNumber), "more than 64 bits"),
        ] {
            assert_eq!(range(argument, ()).map_err(|failure| failure.rule), expected, "{why}");
        }
    }
}
