//! Lines of `dir`, as IIS writes them.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_while_m_n};
use nom::character::complete::{i32 as year_number, u8 as small, u64 as decimal};
use nom::combinator::{map_opt, opt, value};
use nom::sequence::{preceded, separated_pair, terminated};
use syntax::watch::Watch;

use super::listed::{Day, Listed, TimeOfDay, named, spaces};
use crate::entry::Kind;
use crate::failure::{Failure, Parsed, part, prefix};
use crate::part;

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
pub(super) fn read(line: &[u8], watch: impl Watch) -> Result<Listed<'_>, Failure<'_>> {
    let moment = part(watch, &part::DATE, separated_pair(date, spaces, time));
    let (name, (((month, _, day, _, year), time), (kind, size))) =
        prefix((terminated(moment, spaces), kind(watch)), line)?;
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
    watch.part(&part::NAME, name);
    if let Some(target) = target {
        watch.part(&part::TARGET, target);
    }
    named(name).map(|name| Listed { name, kind: Some(kind), size, modified, target })
}

type DateParts<'a> = (u8, &'a [u8], u8, &'a [u8], i32);

fn date(input: &[u8]) -> Parsed<'_, DateParts<'_>> {
    let dash = || alt((tag("-"), tag("/")));
    (small, dash(), small, dash(), year_number).parse(input)
}

fn time(input: &[u8]) -> Parsed<'_, TimeOfDay> {
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

fn kind<'a>(watch: impl Watch) -> impl Parser<&'a [u8], Output = (Kind, Option<u64>), Error = Failure<'a>> {
    // Ten spaces fill the column of sizes; more of them belong to the name.
    let filling = || take_while_m_n(1, 10, |byte| byte == b' ');
    let dir = part(watch, &part::KIND, tag("<DIR>"));
    let dir = terminated(dir, filling()).map(|_| (Kind::Dir, None));
    let links = part(watch, &part::KIND, alt((tag("<SYMLINKD>"), tag("<SYMLINK>"), tag("<JUNCTION>"))));
    let link = terminated(links, filling()).map(|_| (Kind::Link, None));
    let size = part(watch, &part::SIZE, decimal);
    let file = terminated(size, tag(" ")).map(|size| (Kind::File, Some(size)));
    alt((dir, link, file))
}

/// `name [target]`
fn bracket(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memmem::rfind(name, b" [")?;
    Some((name.get(..at)?, name.get(at + 2..)?.strip_suffix(b"]")?))
}
