//! Lines of z/OS (MVS): data sets, members of partitioned data sets, jobs.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while_m_n, take_while1};
use nom::character::complete::{char, digit1};
use nom::combinator::{map_opt, opt, recognize, rest, value, verify};
use nom::sequence::{delimited, preceded, separated_pair, terminated};
use syntax::watch::Watch;

use super::dates::{DateOrder, clock, numeric};
use super::listed::{Listed, blanks, is_blank, word};
use crate::entry::EntryType;
use crate::failure::{ParseFailure, Parsed, attempt, part, whole};
use crate::part;

/// Parses a line. Tracks and records do not determine a size in bytes, and the date of a data set is that of
/// its last use, so neither is returned. A partitioned data set is a directory.
///
/// ```text
/// Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname
/// VOL001 3390   2025/11/24  1   15  FB      80  6160  PS  NOTES.TXT
/// VOL001 3390   **NONE**    1   15  U        0  6144  PO  LOADLIB
/// Migrated                                                OLD.NOTES
///
///  Name     VV.MM   Created       Changed      Size  Init   Mod   Id
/// NOTES     01.05 2025/11/01 2025/11/24 10:15   120   100     0 ADA
///
/// ADA1      JOB01234  OUTPUT    3 Spool Files
/// ```
pub(super) fn read(line: &[u8], watch: impl Watch) -> Result<Listed<'_>, ParseFailure<'_>> {
    let forms = alt((
        attempt(watch, data_set(watch)),
        attempt(watch, offline(watch)),
        attempt(watch, member(watch)),
        attempt(watch, module(watch)),
        job(watch),
    ));
    whole(preceded(opt(blanks), forms), line)
}

/// A member without statistics, which consists of its name and is recognised by the heading above.
pub(super) fn read_bare(line: &[u8]) -> Option<Listed<'_>> {
    let name = delimited(opt(blanks), member_name, take_while(is_blank));
    let name = whole(name, line).ok()?;
    Some(unsized_file(name))
}

/// The result of the parsers of one line.
trait Lines<'a>: Parser<&'a [u8], Output = Listed<'a>, Error = ParseFailure<'a>> {}
impl<'a, P: Parser<&'a [u8], Output = Listed<'a>, Error = ParseFailure<'a>>> Lines<'a> for P {}

fn data_set<'a>(watch: impl Watch) -> impl Lines<'a> {
    let referred = part(watch, &part::DATE, alt((tag("**NONE**"), recognize(numeric))));
    let extents = opt((terminated(digit1, blanks), terminated(digit1, blanks)));
    let records =
        opt((terminated(record_format, blanks), terminated(digit1, blanks), terminated(digit1, blanks)));
    let organization = map_opt(word, |organization| match organization {
        b"PO" | b"PO-E" | b"POU" => Some(Some(EntryType::Dir)),
        b"PS" | b"PS-E" | b"PS-L" | b"PSU" | b"DA" | b"DAU" => Some(Some(EntryType::File)),
        b"VSAM" | b"VS" | b"GDG" | b"PATH" | b"IS" => Some(None),
        _ => None,
    });
    let columns = (
        terminated(volume, blanks),
        terminated(unit, blanks),
        terminated(referred, blanks),
        extents,
        records,
        terminated(part(watch, &part::KIND, organization), blanks),
    );
    (columns, part(watch, &part::NAME, data_set_name))
        .map(|((.., kind), name)| Listed { kind, ..unsized_file(name) })
}

/// A data set that is not on disk: it is retrieved from its archive.
fn offline<'a>(watch: impl Watch) -> impl Lines<'a> {
    let kind = alt((
        value(Some(EntryType::File), tag("Migrated")),
        value(Some(EntryType::Dir), tag("Pseudo Directory")),
        value(Some(EntryType::File), recognize((volume, blanks, tag("Not Direct Access Device")))),
        value(Some(EntryType::File), recognize((volume, blanks, tag("Tape")))),
        value(None, recognize((volume, blanks, tag("Error determining attributes")))),
    ));
    (terminated(part(watch, &part::KIND, kind), blanks), part(watch, &part::NAME, data_set_name))
        .map(|(kind, name)| Listed { kind, ..unsized_file(name) })
}

fn member<'a>(watch: impl Watch) -> impl Lines<'a> {
    let changed = part(watch, &part::DATE, separated_pair(numeric, blanks, clock));
    let columns = (
        terminated(part(watch, &part::NAME, member_name), blanks),
        terminated((digit1, char('.'), digit1), blanks),
        terminated(numeric, blanks),
        terminated(changed, blanks),
        terminated((digit1, blanks, digit1, blanks, digit1), take_while(is_blank)),
        part(watch, &part::OWNER, take_while(|_| true)),
    );
    columns.map(|(name, _, _, (date, time), _, _)| {
        let modified = date.day(DateOrder::YearMonthDay).and_then(|(day, year)| day.at(year, time));
        Listed { modified, ..unsized_file(name) }
    })
}

/// A load module: its size in hexadecimal digits, and its address in the data set.
fn module<'a>(watch: impl Watch) -> impl Lines<'a> {
    let hexadecimal = || take_while_m_n(6, 8, |byte: u8| byte.is_ascii_hexdigit());
    let columns =
        (terminated(part(watch, &part::NAME, member_name), blanks), hexadecimal(), blanks, hexadecimal());
    (columns, preceded(blanks, rest)).map(|((name, ..), _)| unsized_file(name))
}

/// A job is retrieved by its number.
fn job<'a>(watch: impl Watch) -> impl Lines<'a> {
    let number = recognize((alt((tag("JOB"), tag("STC"), tag("TSU"), tag("J"))), digit1));
    let status = || alt((tag("INPUT"), tag("ACTIVE"), tag("OUTPUT"), tag("HELD")));
    let owner = recognize((member_name, blanks, status()));
    let columns = (
        member_name,
        blanks,
        part(watch, &part::NAME, number),
        blanks,
        alt((recognize(status()), owner)),
        rest,
    );
    columns.map(|(_, _, name, ..)| unsized_file(name))
}

/// `VOL001`
fn volume(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while_m_n(1, 6, is_name_byte).parse(input)
}

/// `3390`
fn unit(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while_m_n(4, 4, |byte: u8| byte.is_ascii_hexdigit()).parse(input)
}

/// `FB`, `VBA`, `U`
fn record_format(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while_m_n(1, 5, |byte: u8| b"FVUDBASMT".contains(&byte)).parse(input)
}

/// One to eight letters, digits and national characters, of which the first is no digit.
fn member_name(input: &[u8]) -> Parsed<'_, &[u8]> {
    let name = take_while_m_n(1, 8, is_name_byte);
    verify(name, |name: &[u8]| name.first().is_some_and(|first| !first.is_ascii_digit())).parse(input)
}

/// Such names separated by dots, in quotes if the name is fully qualified.
fn data_set_name(input: &[u8]) -> Parsed<'_, &[u8]> {
    let name = || take_while1(|byte: u8| is_name_byte(byte) || matches!(byte, b'.' | b'-'));
    terminated(alt((delimited(char('\''), name(), char('\'')), name())), take_while(is_blank)).parse(input)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"$#@".contains(&byte)
}

fn unsized_file(name: &[u8]) -> Listed<'_> {
    Listed { name: name.into(), kind: Some(EntryType::File), size: None, modified: None, target: None }
}
