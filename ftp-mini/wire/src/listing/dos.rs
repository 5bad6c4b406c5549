//! Lines of `dir`, as IIS and other servers for Windows write them.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while_m_n};
use nom::sequence::{separated_pair, terminated};
use syntax::watch::Watch;

use super::dates::{DateOrder, clock, numeric};
use super::listed::{Listed, blanks, grouped, named};
use crate::entry::EntryType;
use crate::failure::{ParseFailure, part, prefix};
use crate::part;

/// Reads a line.
///
/// ```text
/// line = date 1*SP time 1*SP ( size SP / "<DIR>" 10SP ) name
///
/// 11-24-25  10:15AM                 4096 notes.txt
/// 11-24-2025  22:15       <DIR>          sub dir
/// 24.11.2025  22:15               4.096 notes.txt
/// ```
///
/// The target of a junction or link follows in brackets.
pub(super) fn read(line: &[u8], order: DateOrder, watch: impl Watch) -> Result<Listed<'_>, ParseFailure<'_>> {
    let moment = part(watch, &part::DATE, separated_pair(numeric, blanks, clock));
    let (name, ((date, time), (kind, size))) = prefix((terminated(moment, blanks), kind(watch)), line)?;
    let modified = date.day(order).and_then(|(day, year)| day.at(year, time));
    let (name, target) = match kind {
        EntryType::Link => bracket(name).map_or((name, None), |(name, target)| (name, Some(target))),
        _ => (name, None),
    };
    watch.part(&part::NAME, name);
    if let Some(target) = target {
        watch.part(&part::TARGET, target);
    }
    named(name).map(|name| Listed { name: name.into(), kind: Some(kind), size, modified, target })
}

fn kind<'a>(
    watch: impl Watch,
) -> impl Parser<&'a [u8], Output = (EntryType, Option<u64>), Error = ParseFailure<'a>> {
    // Ten spaces fill the column of sizes; further spaces belong to the name.
    let filling = || take_while_m_n(1, 10, |byte| byte == b' ');
    let dir = part(watch, &part::KIND, tag("<DIR>"));
    let dir = terminated(dir, filling()).map(|_| (EntryType::Dir, None));
    let links = part(watch, &part::KIND, alt((tag("<SYMLINKD>"), tag("<SYMLINK>"), tag("<JUNCTION>"))));
    let link = terminated(links, filling()).map(|_| (EntryType::Link, None));
    let size = part(watch, &part::SIZE, grouped);
    let file = terminated(size, tag(" ")).map(|size| (EntryType::File, Some(size)));
    alt((dir, link, file))
}

/// `name [target]`
fn bracket(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memmem::rfind(name, b" [")?;
    Some((name.get(..at)?, name.get(at + 2..)?.strip_suffix(b"]")?))
}
