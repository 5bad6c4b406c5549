//! Lines of `dir`, as IIS writes them.

use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_while_m_n};
use nom::character::complete::{i32 as year_number, u8 as small, u64 as decimal};
use nom::combinator::{map_opt, opt, rest, value};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use super::listed::{Day, Listed, TimeOfDay, spaces};
use crate::entry::Kind;

/// Reads a line.
///
/// ```text
/// line = month "-" day "-" year 1*SP hour ":" minute [ "AM" / "PM" ] 1*SP ( size SP / "<DIR>" 10SP ) name
///
/// 11-24-25  10:15AM                 4096 notes.txt
/// 11-24-2025  22:15       <DIR>          sub dir
/// ```
///
/// Years of two digits are those from 1970 to 2069. A junction or link has its target in brackets behind.
pub(super) fn read(line: &[u8]) -> Option<Listed<'_>> {
    let (_, ((month, _, day, _, year), time, (kind, size), name)) =
        (terminated(date, spaces), terminated(time, spaces), kind, rest).parse(line).ok()?;
    let year = match year {
        0..=69 => 2000 + year,
        70..=99 => 1900 + year,
        _ => year,
    };
    let modified = Day::numbered(month, day).and_then(|day| day.at(year, time));
    let (name, target) = match kind {
        Kind::Link => bracket(name).map_or((name, None), |(name, target)| (name, Some(target))),
        _ => (name, None),
    };
    (!name.is_empty()).then_some(Listed { name, kind: Some(kind), size, modified, target })
}

type DateParts<'a> = (u8, &'a [u8], u8, &'a [u8], i32);

fn date(input: &[u8]) -> IResult<&[u8], DateParts<'_>> {
    let dash = || alt((tag("-"), tag("/")));
    (small, dash(), small, dash(), year_number).parse(input)
}

fn time(input: &[u8]) -> IResult<&[u8], TimeOfDay> {
    let half = opt(preceded(opt(tag(" ")), alt((value(0, tag_no_case("AM")), value(12, tag_no_case("PM"))))));
    map_opt((small, tag(":"), small, half), |(hour, _, minute, half)| {
        let hour = match half {
            Some(afternoon) if hour <= 12 => hour % 12 + afternoon,
            Some(_) => return None,
            None => hour,
        };
        TimeOfDay::new(hour, minute, None)
    })
    .parse(input)
}

fn kind(input: &[u8]) -> IResult<&[u8], (Kind, Option<u64>)> {
    // Ten spaces fill the column of sizes; more of them belong to the name.
    let filling = || take_while_m_n(1, 10, |byte| byte == b' ');
    let dir = terminated(tag("<DIR>"), filling()).map(|_| (Kind::Dir, None));
    let links = alt((tag("<SYMLINKD>"), tag("<SYMLINK>"), tag("<JUNCTION>")));
    let link = terminated(links, filling()).map(|_| (Kind::Link, None));
    let file = terminated(decimal, tag(" ")).map(|size| (Kind::File, Some(size)));
    alt((dir, link, file)).parse(input)
}

/// `name [target]`
fn bracket(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memmem::rfind(name, b" [")?;
    Some((name.get(..at)?, name.get(at + 2..)?.strip_suffix(b"]")?))
}
