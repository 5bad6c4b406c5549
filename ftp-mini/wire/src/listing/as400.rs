//! Lines of OS/400 (IBM i): owner, size, date, time, object type, name.

use nom::bytes::complete::{tag, take_while1};
use nom::combinator::{opt, recognize, rest};
use nom::sequence::{preceded, separated_pair, terminated};
use syntax::watch::Watch;

use super::dates::{DateOrder, clock, numeric};
use super::listed::{Listed, blanks, named, word};
use crate::entry::EntryType;
use crate::failure::{ParseFailure, attempt, part, prefix};
use crate::part;

/// Reads a line. Members of a file have neither size nor time.
///
/// ```text
/// line = owner 1*SP [ size 1*SP ] [ date 1*SP time 1*SP ] "*" type 1*SP name [ "/" ]
///
/// QSYS            4096 11/24/25 10:15:30 *STMF      notes.txt
/// QSYS           77824 11/24/25 10:15:30 *DIR       sub/
/// QPGMR                                  *MEM       SRC.NOTES
/// ```
pub(super) fn read(line: &[u8], order: DateOrder, watch: impl Watch) -> Result<Listed<'_>, ParseFailure<'_>> {
    let size = part(watch, &part::SIZE, nom::character::complete::u64);
    let moment = part(watch, &part::DATE, separated_pair(numeric, blanks, clock));
    let object = recognize((tag("*"), take_while1(|byte: u8| byte.is_ascii_uppercase())));
    let columns = (
        terminated(part(watch, &part::OWNER, word), blanks),
        opt(attempt(watch, terminated(size, blanks))),
        opt(attempt(watch, terminated(moment, blanks))),
        terminated(part(watch, &part::KIND, object), blanks),
    );
    let (_, ((_, size, moment, object), name)) = prefix((preceded(opt(blanks), columns), rest), line)?;
    let (name, has_slash) = match name.strip_suffix(b"/") {
        Some(name) => (name, true),
        None => (name, false),
    };
    let kind = match object {
        b"*DIR" | b"*DDIR" | b"*FLR" | b"*LIB" => Some(EntryType::Dir),
        _ if has_slash => Some(EntryType::Dir),
        b"*STMF" | b"*DSTMF" | b"*DOC" | b"*MEM" => Some(EntryType::File),
        // Save files are retrieved; other files have members.
        b"*FILE" if name.to_ascii_uppercase().ends_with(b".SAVF") => Some(EntryType::File),
        b"*FILE" => Some(EntryType::Dir),
        _ => None,
    };
    watch.part(&part::NAME, name);
    let size = size.filter(|_| kind == Some(EntryType::File));
    let modified = moment.and_then(|(date, time)| date.day(order).and_then(|(day, year)| day.at(year, time)));
    named(name).map(|name| Listed { name: name.into(), kind, size, modified, target: None })
}
