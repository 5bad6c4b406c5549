//! Lines of `ls -l`, in the forms that its descendants and imitators have.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while_m_n, take_while1};
use nom::character::complete::{i32 as number, u8 as small, u64 as decimal};
use nom::combinator::{map_opt, opt, rest, verify};
use nom::sequence::{preceded, separated_pair, terminated};
use nom::{IResult, Parser};
use time::Month;

use super::listed::{Day, Listed, Modified, TimeOfDay, spaces};
use crate::entry::Kind;

/// Reads a line.
///
/// ```text
/// line = mode 1*SP [links] [owner] [group] size 1*SP date SP name
/// mode = type 9( letter ) [ "+" / "." / "@" ]
///
/// -rw-r--r--   1 owner    group        4096 Nov 24 10:15 notes.txt
/// drwxr-xr-x   2 owner                 4096 Nov 24  2025 old
/// lrwxrwxrwx   1 1000     1000            5 2025-11-24 10:15 link -> notes.txt
/// ```
///
/// Owner and group may be missing, and may have spaces in them: the date is what is looked for, and the number
/// before it is the size. One space ends the date, so a name keeps those in front of it.
pub(super) fn read(line: &[u8], now: i64) -> Option<Listed<'_>> {
    let (columns, kind) = mode(line).ok()?;
    let (size, modified, name) = words(columns).find_map(|at| size_date_name(at, now))?;
    let (name, target) = match kind {
        Some(Kind::Link) => arrow(name).map_or((name, None), |(name, target)| (name, Some(target))),
        _ => (name, None),
    };
    let size = (kind == Some(Kind::File)).then_some(size);
    (!name.is_empty()).then_some(Listed { name, kind, size, modified, target })
}

fn mode(input: &[u8]) -> IResult<&[u8], Option<Kind>> {
    let kind = map_opt(nom::number::complete::u8, |letter| match letter {
        b'-' => Some(Some(Kind::File)),
        b'd' => Some(Some(Kind::Dir)),
        b'l' => Some(Some(Kind::Link)),
        // Block and character devices, pipes, sockets, doors.
        b'b' | b'c' | b'p' | b's' | b'D' => Some(None),
        _ => None,
    });
    let letters = take_while_m_n(9, 9, |letter: u8| b"rwxsStTlL-".contains(&letter));
    let mark = opt(alt((tag("+"), tag("."), tag("@"))));
    terminated(kind, (letters, mark, spaces)).parse(input)
}

/// What begins at each word.
fn words(columns: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts = columns.iter().enumerate().filter(move |(at, byte)| {
        let before = at.checked_sub(1).and_then(|before| columns.get(before));
        **byte != b' ' && before.is_none_or(|before| *before == b' ')
    });
    starts.filter_map(move |(at, _)| columns.get(at..))
}

/// Size, time and name.
type Found<'a> = (u64, Option<Modified>, &'a [u8]);

fn size_date_name(input: &[u8], now: i64) -> Option<Found<'_>> {
    let date = alt((iso, |input| of_ls(input, now)));
    let found: IResult<_, _> = (terminated(decimal, spaces), terminated(date, tag(" ")), rest).parse(input);
    found.ok().map(|(_, found)| found)
}

/// ```text
/// date = month 1*SP day 1*SP ( year / hour ":" minute )         Nov 24  2025     Nov 24 10:15
///      / day 1*SP month 1*SP ( year / hour ":" minute )         24 Nov 10:15
/// ```
///
/// A day that no month has (Feb 30) is a date all the same, of no time.
fn of_ls(input: &[u8], now: i64) -> IResult<&[u8], Option<Modified>> {
    let month_first = separated_pair(month, spaces, small);
    let day_first = separated_pair(small, spaces, month).map(|(day, month)| (month, day));
    let (input, (month, day)) = terminated(alt((month_first, day_first)), spaces).parse(input)?;
    let day = Day { month, day };
    let time = time_of_day.map(|time| day.at_last(time, now));
    alt((time, year.map(|year| day.of(year)))).parse(input)
}

/// Of four digits.
fn year(input: &[u8]) -> IResult<&[u8], i32> {
    verify(number, |year| (1_000..10_000).contains(year)).parse(input)
}

/// `--time-style=long-iso` and `full-iso`, whose zone is the only one that is ever told.
///
/// ```text
/// date = year "-" month "-" day SP hour ":" minute [ ":" second [ "." digits ] ] [ SP ( "+" / "-" ) 4DIGIT ]
///
/// 2025-11-24 10:15     2025-11-24 10:15:30.000000000 +0100
/// ```
fn iso(input: &[u8]) -> IResult<&[u8], Option<Modified>> {
    let (input, (year, _, month, _, day)) = (year, tag("-"), small, tag("-"), small).parse(input)?;
    let (input, time) = preceded(tag(" "), time_of_day).parse(input)?;
    let (input, zone) = opt(preceded(tag(" "), zone)).parse(input)?;
    let modified = Day::numbered(month, day).and_then(|day| day.at(year, time));
    let east = zone.unwrap_or(0);
    Ok((input, modified.map(|told| Modified { seconds: told.seconds - east, ..told })))
}

/// `10:15`, `10:15:30`, `10:15:30.000000000`
fn time_of_day(input: &[u8]) -> IResult<&[u8], TimeOfDay> {
    let fraction = opt(preceded(tag("."), take_while1(|byte: u8| byte.is_ascii_digit())));
    let second = opt(terminated(preceded(tag(":"), small), fraction));
    let time = (separated_pair(small, tag(":"), small), second);
    map_opt(time, |((hour, minute), second)| TimeOfDay::new(hour, minute, second)).parse(input)
}

/// `+0100`, in seconds.
fn zone(input: &[u8]) -> IResult<&[u8], i64> {
    let digits = take_while_m_n(4, 4, |byte: u8| byte.is_ascii_digit());
    let hours_minutes =
        map_opt(digits, |digits: &[u8]| core::str::from_utf8(digits).ok()?.parse::<i64>().ok());
    let (input, (sign, number)) = (alt((tag("+"), tag("-"))), hours_minutes).parse(input)?;
    let seconds = (number / 100 * 60 + number % 100) * 60;
    Ok((input, if sign == b"-" { -seconds } else { seconds }))
}

fn month(input: &[u8]) -> IResult<&[u8], Month> {
    map_opt(take_while_m_n(3, 3, |byte: u8| byte.is_ascii_alphabetic()), super::month_named).parse(input)
}

/// A link's name and where it leads, at the first arrow.
fn arrow(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memmem::find(name, b" -> ")?;
    Some((name.get(..at)?, name.get(at + 4..)?))
}
