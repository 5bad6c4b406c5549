//! Lines of SuperTCP and of Wftp, servers for Windows 3: name, size, date, time.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::combinator::opt;
use nom::sequence::{preceded, separated_pair, terminated};
use syntax::watch::Watch;

use super::dates::{DateOrder, clock, numeric};
use super::listed::{Listed, blanks, grouped, word};
use crate::entry::EntryType;
use crate::failure::{ParseFailure, part, whole};
use crate::part;

/// Reads a line. The names of DOS have no spaces.
///
/// ```text
/// line = name 1*SP ( size / "<DIR>" ) 1*SP date 1*SP time [ 1*SP attributes ]
///
/// NOTES.TXT            4096      11-24-25        10:15
/// SUB             <DIR>          11-24-25        10:15
/// ```
pub(super) fn read(line: &[u8], order: DateOrder, watch: impl Watch) -> Result<Listed<'_>, ParseFailure<'_>> {
    let dir = part(watch, &part::KIND, tag("<DIR>")).map(|_| (EntryType::Dir, None));
    let file = part(watch, &part::SIZE, grouped).map(|size| (EntryType::File, Some(size)));
    let moment = part(watch, &part::DATE, separated_pair(numeric, blanks, clock));
    let columns = (
        terminated(part(watch, &part::NAME, word), blanks),
        terminated(alt((dir, file)), blanks),
        terminated(moment, opt(preceded(blanks, opt(word)))),
    );
    let (name, (kind, size), (date, time)) = whole(columns, line)?;
    let modified = date.day(order).and_then(|(day, year)| day.at(year, time));
    Ok(Listed { name: name.into(), kind: Some(kind), size, modified, target: None })
}
