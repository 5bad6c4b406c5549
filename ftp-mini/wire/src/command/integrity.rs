//! Digests and ranges: HASH and OPTS HASH, XCRC and its siblings, RANG.
//! [draft-bryan-ftpext-hash](https://datatracker.ietf.org/doc/html/draft-bryan-ftpext-hash),
//! [draft-bryan-ftp-range](https://datatracker.ietf.org/doc/html/draft-bryan-ftp-range).

use core::ops::RangeInclusive;

use nom::bytes::complete::tag;
use nom::character::complete::u64 as decimal;
use nom::combinator::opt;
use nom::sequence::{preceded, separated_pair};
use nom::{IResult, Parser};

use super::Fault;
use super::argument::pathname;
use crate::pathname::{Pathname, quotation};
use crate::whole;

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

    /// The algorithm of this name, in any case. One that is not known is 504.
    pub(crate) fn named(name: &[u8]) -> Result<Self, Fault> {
        let named = |algorithm: &Self| algorithm.name().as_bytes().eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(named).ok_or(Fault::Parameter)
    }
}

/// A file, or a part of it, of which an X-command wants the digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The file.
    pub path: Pathname,
    /// Its first byte, from 0.
    pub start: u64,
    /// The byte after the last; the end of the file if there is none.
    pub end: Option<u64>,
}

/// Numbers behind a name are a part of the file, so a name that ends in ` 1` must stand in quotes.
///
/// ```text
/// part = ( quoted / pathname ) [SP start [SP end]]      notes.txt   "my notes" 0 1024
/// ```
pub(super) fn part(argument: &[u8]) -> Result<Part, Fault> {
    let (name, span) = match quotation(argument) {
        Ok((rest, name)) => (name, whole(span, rest).ok_or(Fault::Syntax)?),
        Err(_) => unquoted_part(argument),
    };
    let (start, end) = span.unwrap_or((0, None));
    if end.is_some_and(|end| end < start) {
        return Err(Fault::Syntax);
    }
    Ok(Part { path: pathname(&name)?, start, end })
}

type Span = (u64, Option<u64>);

/// `[SP start [SP end]]`
fn span(input: &[u8]) -> IResult<&[u8], Option<Span>> {
    let start = preceded(tag(" "), decimal);
    let end = opt(preceded(tag(" "), decimal));
    opt((start, end)).parse(input)
}

/// The name is what stands before the last two numbers, or the last one, or everything.
fn unquoted_part(argument: &[u8]) -> (Vec<u8>, Option<Span>) {
    let spaces = memchr::memchr_iter(b' ', argument).rev().take(2);
    let readings = spaces.filter_map(|at| {
        let (name, numbers) = argument.split_at_checked(at)?;
        Some((name.to_vec(), whole(span, numbers)?))
    });
    readings.last().unwrap_or((argument.to_vec(), None))
}

/// Which bytes the next transfer is about; `None` is the whole file again.
///
/// ```text
/// rang = "RANG" SP first-byte SP last-byte             0 1023    1 0 is the reset
/// ```
pub(super) fn range(argument: &[u8]) -> Result<Option<RangeInclusive<u64>>, Fault> {
    let bytes = separated_pair(decimal, tag(" "), decimal);
    let (first, last) = whole(bytes, argument).ok_or(Fault::Syntax)?;
    match (first, last) {
        (1, 0) => Ok(None),
        _ if first <= last => Ok(Some(first..=last)),
        _ => Err(Fault::Syntax),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_commands_take_a_file_or_a_part_of_it() {
        let part_of = |name: &[u8], start, end| Ok(Part { path: Pathname::new(name).unwrap(), start, end });
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
            (b"notes.txt 20 10", Err(Fault::Syntax), "backwards"),
            (b"\"notes\" ten", Err(Fault::Syntax), "no number"),
            (b"\"\" 1", Err(Fault::Syntax), "no name"),
        ] {
            assert_eq!(part(argument), expected, "{why}");
        }
    }

    #[test]
    fn ranges_are_inclusive_and_1_0_resets() {
        for (argument, expected, why) in [
            (&b"0 0"[..], Ok(Some(0..=0)), "one byte"),
            (b"0 1023", Ok(Some(0..=1023)), "a kilobyte"),
            (b"1 0", Ok(None), "reset"),
            (b"2 0", Err(Fault::Syntax), "backwards"),
            (b"1", Err(Fault::Syntax), "one number"),
            (b"0 -1", Err(Fault::Syntax), "a sign"),
            (b"0 18446744073709551616", Err(Fault::Syntax), "more than 64 bits"),
        ] {
            assert_eq!(range(argument), expected, "{why}");
        }
    }
}
