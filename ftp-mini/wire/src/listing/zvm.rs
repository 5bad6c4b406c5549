//! Lines of z/VM (CMS): name and type, record format and length, records, blocks, time, disk.

use std::borrow::Cow;

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::{one_of, u64 as decimal};
use nom::combinator::{opt, recognize, verify};
use nom::multi::count;
use nom::sequence::{preceded, separated_pair, terminated};
use syntax::watch::Watch;

use super::dates::{DateOrder, clock, numeric};
use super::listed::{Listed, blanks, word};
use crate::entry::EntryType;
use crate::failure::{ParseFailure, attempt, part, prefix};
use crate::part;

/// The longest name or type.
const LONGEST: usize = 8;

/// The records of a line: their format and length, and their number.
enum Records {
    /// Of fixed length, which determines the size.
    Fixed(u64),
    Variable,
    /// Of a directory.
    None,
}

/// Parses a line. Only fixed-length records determine the size in bytes. A file is retrieved as `NAME.TYPE`.
///
/// ```text
/// line = name 1*SP type 1*SP ( "F" / "V" / "-" ) 1*SP length 1*SP records 1*SP blocks 1*SP date 1*SP time [ 1*SP disk ]
///
/// NOTES    TXT      F         64        64         1 2025-11-24 10:15:30 DISK01
/// SUB      DIR      -          -         -         - 2025-11-24 10:15:30 -
/// ```
pub(super) fn read(line: &[u8], order: DateOrder, watch: impl Watch) -> Result<Listed<'_>, ParseFailure<'_>> {
    let short = || verify(word, |word: &[u8]| word.len() <= LONGEST);
    let name = part(watch, &part::NAME, (short(), blanks, short()).map(|(name, _, kind)| (name, kind)));
    let columns = (terminated(name, blanks), terminated(attempt(watch, records(watch)), blanks));
    let moment = part(watch, &part::DATE, separated_pair(numeric, blanks, clock));
    let (_, (((name, kind), records), (date, time), _)) =
        prefix((columns, moment, opt(preceded(blanks, word))), line)?;
    let modified = date.day(order).and_then(|(day, year)| day.at(year, time));
    let (is, size) = match records {
        Records::Fixed(size) => (EntryType::File, Some(size)),
        Records::Variable => (EntryType::File, None),
        Records::None => (EntryType::Dir, None),
    };
    let name: Cow<'_, [u8]> = match is {
        EntryType::Dir => name.into(),
        _ => [name, kind].join(&b'.').into(),
    };
    Ok(Listed { name, kind: Some(is), size, modified, target: None })
}

fn records<'a>(watch: impl Watch) -> impl Parser<&'a [u8], Output = Records, Error = ParseFailure<'a>> {
    let numbers = || separated_pair(decimal, blanks, decimal);
    let fixed = (one_of("Ff"), blanks, part(watch, &part::SIZE, numbers()), blanks, decimal);
    let fixed = fixed.map(|(_, _, (length, records), _, _)| Records::Fixed(length.saturating_mul(records)));
    let variable = (one_of("Vv"), blanks, part(watch, &part::SIZE, numbers()), blanks, decimal);
    let none = recognize((tag("-"), count(preceded(blanks, tag("-")), 3)));
    alt((
        attempt(watch, fixed),
        attempt(watch, variable).map(|_| Records::Variable),
        none.map(|_| Records::None),
    ))
}
