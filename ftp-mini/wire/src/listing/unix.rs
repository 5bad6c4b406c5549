//! Lines of `ls -l`, in the forms that its descendants and imitators have.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while_m_n, take_while1};
use nom::character::complete::{i32 as number, u8 as small, u64 as decimal};
use nom::combinator::{consumed, map_opt, opt, rest, verify};
use nom::sequence::{preceded, separated_pair, terminated};
use syntax::watch::Watch;
use time::Month;

use super::listed::{Day, Listed, Modified, TimeOfDay, kind_name, named, spaces};
use crate::entry::Kind;
use crate::failure::{Failure, Parsed, attempt, part, prefix};
use crate::part;
use crate::rule::Rule;

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
pub(super) fn read<W: Watch>(line: &[u8], now: i64, watch: W) -> Result<Listed<'_>, Failure<'_>> {
    let (columns, kind) = prefix(mode(watch), line)?;
    // Of the numbers that might be the size, the one after which most was read.
    let (mut broken, mut most) = (Failure::new(Rule::ListForm, columns), 0);
    for from_size in numbers(columns) {
        match prefix(attempt(watch, size_date_name(now, watch)), from_size) {
            Ok((_, (size, modified, name))) => {
                if W::IS_WATCHING {
                    let before = columns.get(..columns.len() - from_size.len()).unwrap_or_default();
                    report_owner(before, watch);
                }
                let (name, target) = target_of(kind, name, watch);
                let size = (kind == Some(Kind::File)).then_some(size);
                return named(name).map(|name| Listed { name, kind, size, modified, target });
            }
            Err(failure) => {
                let read = from_size.len() - failure.rest.len();
                if read >= most {
                    (broken, most) = (failure, read);
                }
            }
        }
    }
    Err(broken)
}

/// The columns between mode and size mean something only to a reader.
fn report_owner(columns: &[u8], watch: impl Watch) {
    let mut words = columns.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).peekable();
    if let Some(links) = words.next_if(|word| word.iter().all(u8::is_ascii_digit)) {
        watch.part(&part::LINKS, links);
    }
    for (column, word) in [&part::OWNER, &part::GROUP].into_iter().zip(words) {
        watch.part(column, word);
    }
}

/// A link's name and where it leads, at the first arrow.
fn target_of(kind: Option<Kind>, name: &[u8], watch: impl Watch) -> (&[u8], Option<&[u8]>) {
    const ARROW: &[u8] = b" -> ";
    let is_link = kind == Some(Kind::Link);
    let arrow = is_link.then(|| memchr::memmem::find(name, ARROW)).flatten();
    let (name, rest) = name.split_at(arrow.unwrap_or(name.len()));
    watch.part(&part::NAME, name);
    let Some((arrow, target)) = rest.split_at_checked(ARROW.len()) else { return (name, None) };
    watch.part(&part::ARROW, arrow);
    watch.part(&part::TARGET, target);
    (name, Some(target))
}

fn mode<'a>(watch: impl Watch) -> impl Parser<&'a [u8], Output = Option<Kind>, Error = Failure<'a>> {
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
    let mode = consumed((kind, letters, mark)).map(move |(bytes, (kind, _, _))| {
        watch.value(&part::LIST_MODE, bytes, format_args!("{}", kind_name(kind)));
        kind
    });
    terminated(mode, spaces)
}

/// What begins at each word that begins with a digit, and so may be the size.
fn numbers(columns: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts = columns.iter().enumerate().filter(move |(at, byte)| {
        let before = at.checked_sub(1).and_then(|before| columns.get(before));
        byte.is_ascii_digit() && before.is_none_or(|before| *before == b' ')
    });
    starts.filter_map(move |(at, _)| columns.get(at..))
}

/// Size, time and name.
type Found<'a> = (u64, Option<Modified>, &'a [u8]);

fn size_date_name<'a>(
    now: i64,
    watch: impl Watch,
) -> impl Parser<&'a [u8], Output = Found<'a>, Error = Failure<'a>> {
    let date = part(watch, &part::DATE, alt((iso, move |input| of_ls(input, now))));
    let size = part(watch, &part::SIZE, decimal);
    (terminated(size, spaces), terminated(date, tag(" ")), rest)
}

/// ```text
/// date = month 1*SP day 1*SP ( year / hour ":" minute )         Nov 24  2025     Nov 24 10:15
///      / day 1*SP month 1*SP ( year / hour ":" minute )         24 Nov 10:15
/// ```
///
/// A day that no month has (Feb 30) is a date all the same, of no time.
fn of_ls(input: &[u8], now: i64) -> Parsed<'_, Option<Modified>> {
    let month_first = separated_pair(month, spaces, small);
    let day_first = separated_pair(small, spaces, month).map(|(day, month)| (month, day));
    let (input, (month, day)) = terminated(alt((month_first, day_first)), spaces).parse(input)?;
    let day = Day { month, day };
    let time = time_of_day.map(|time| day.at_last(time, now));
    alt((time, year.map(|year| day.of(year)))).parse(input)
}

/// Of four digits.
fn year(input: &[u8]) -> Parsed<'_, i32> {
    verify(number, |year| (1_000..10_000).contains(year)).parse(input)
}

/// `--time-style=long-iso` and `full-iso`, whose zone is the only one that is ever told.
///
/// ```text
/// date = year "-" month "-" day SP hour ":" minute [ ":" second [ "." digits ] ] [ SP ( "+" / "-" ) 4DIGIT ]
///
/// 2025-11-24 10:15     2025-11-24 10:15:30.000000000 +0100
/// ```
fn iso(input: &[u8]) -> Parsed<'_, Option<Modified>> {
    let (input, (year, _, month, _, day)) = (year, tag("-"), small, tag("-"), small).parse(input)?;
    let (input, time) = preceded(tag(" "), time_of_day).parse(input)?;
    let (input, zone) = opt(preceded(tag(" "), zone)).parse(input)?;
    let modified = Day::numbered(month, day).and_then(|day| day.at(year, time));
    let east = zone.unwrap_or(0);
    Ok((input, modified.map(|told| Modified { seconds: told.seconds - east, ..told })))
}

/// `10:15`, `10:15:30`, `10:15:30.000000000`
fn time_of_day(input: &[u8]) -> Parsed<'_, TimeOfDay> {
    let fraction = opt(preceded(tag("."), take_while1(|byte: u8| byte.is_ascii_digit())));
    let second = opt(terminated(preceded(tag(":"), small), fraction));
    let time = (separated_pair(small, tag(":"), small), second);
    map_opt(time, |((hour, minute), second)| TimeOfDay::new(hour, minute, second)).parse(input)
}

/// `+0100`, in seconds.
fn zone(input: &[u8]) -> Parsed<'_, i64> {
    let digits = take_while_m_n(4, 4, |byte: u8| byte.is_ascii_digit());
    let hours_minutes =
        map_opt(digits, |digits: &[u8]| core::str::from_utf8(digits).ok()?.parse::<i64>().ok());
    let (input, (sign, number)) = (alt((tag("+"), tag("-"))), hours_minutes).parse(input)?;
    let seconds = (number / 100 * 60 + number % 100) * 60;
    Ok((input, if sign == b"-" { -seconds } else { seconds }))
}

fn month(input: &[u8]) -> Parsed<'_, Month> {
    map_opt(take_while_m_n(3, 3, |byte: u8| byte.is_ascii_alphabetic()), super::month_named).parse(input)
}
