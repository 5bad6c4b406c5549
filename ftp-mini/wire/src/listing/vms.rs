//! Lines of OpenVMS: name and version, size in blocks, time, owner, protection.

use nom::Parser;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{digit1, u64 as decimal};
use nom::combinator::{opt, recognize, rest};
use nom::sequence::{preceded, separated_pair, terminated};
use syntax::watch::Watch;

use super::dates::clock;
use super::listed::{Listed, ListedTime, blanks, dashed, is_blank, named};
use crate::entry::EntryType;
use crate::failure::{ParseFailure, attempt, part, prefix};
use crate::part;
use crate::rule::Rule;

/// Parses a line. Blocks of 512 bytes do not determine the size of a file. The version is not part of the
/// name: without it a server uses the latest.
///
/// ```text
/// line    = name ";" version details
/// details = 1*SP blocks [ "/" blocks ] 1*SP day "-" month "-" year 1*SP time [ 1*SP owner protection ]
///
/// NOTES.TXT;1          4/6     24-NOV-2025 10:15:30  [GROUP,OWNER]  (RWED,RWED,RE,)
/// SUB.DIR;1              1     24-NOV-2025 10:15     [OWNER]        (RWE,RWE,RE,RE)
/// ```
pub(super) fn read(line: &[u8], watch: impl Watch) -> Result<Listed<'_>, ParseFailure<'_>> {
    let (rest, name) = prefix(name, line)?;
    let modified = details(rest, watch)?;
    entry(name, modified, watch)
}

/// Parses the two lines of an entry whose name fills the first.
///
/// ```text
/// A_LONG_NAME_OF_A_FILE.TXT;1
///                        4/6     24-NOV-2025 10:15:30  [GROUP,OWNER]  (RWED,RWED,RE,)
/// ```
pub(super) fn read_two<'a>(first: &'a [u8], second: &'a [u8]) -> Result<Listed<'a>, ParseFailure<'a>> {
    let name = name_alone(first).ok_or(ParseFailure::new(Rule::ListForm, first))?;
    entry(name, details(second, ())?, ())
}

/// The name in a line without other columns.
fn name_alone(line: &[u8]) -> Option<&[u8]> {
    let (rest, name) = prefix(name, line).ok()?;
    rest.iter().all(|byte| is_blank(*byte)).then_some(name)
}

/// Names have a type, possibly empty, and a version.
fn name(input: &[u8]) -> nom::IResult<&[u8], &[u8], ParseFailure<'_>> {
    let name = take_while1(|byte: u8| !is_blank(byte) && byte != b';');
    terminated(name, (tag(";"), digit1)).parse(input)
}

fn details<'a>(input: &'a [u8], watch: impl Watch) -> Result<Option<ListedTime>, ParseFailure<'a>> {
    let blocks = recognize((decimal, opt((tag("/"), decimal))));
    let moment = part(watch, &part::DATE, separated_pair(dashed, blanks, clock));
    let owner = preceded(blanks, part(watch, &part::OWNER, (tag("["), rest)));
    let columns = (blanks, part(watch, &part::SIZE, blocks), blanks, moment, opt(attempt(watch, owner)));
    let (_, (_, _, _, ((day, year), time), _)) = prefix(columns, input)?;
    Ok(day.at(year, time))
}

fn entry<'a>(
    name: &'a [u8],
    modified: Option<ListedTime>,
    watch: impl Watch,
) -> Result<Listed<'a>, ParseFailure<'a>> {
    watch.part(&part::NAME, name);
    let (name, kind) = match name.len().checked_sub(4).and_then(|dot| name.split_at_checked(dot)) {
        Some((stem, b".DIR" | b".dir")) => (stem, EntryType::Dir),
        _ => (name, EntryType::File),
    };
    // A file without a type is listed with a dot, and is retrieved with and without it.
    named(name.strip_suffix(b".").unwrap_or(name)).map(|name| Listed {
        name: name.into(),
        kind: Some(kind),
        size: None,
        modified,
        target: None,
    })
}
