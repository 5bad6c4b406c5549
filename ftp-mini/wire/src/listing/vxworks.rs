//! Lines of the FTP server of VxWorks: size, date, time, name, and `<DIR>` after the name of a directory.

use nom::combinator::{opt, rest};
use nom::sequence::{preceded, separated_pair};
use syntax::watch::Watch;

use super::dates::clock;
use super::listed::{Listed, blanks, dashed, named};
use crate::entry::EntryType;
use crate::failure::{ParseFailure, part, prefix};
use crate::part;

/// Reads a line.
///
/// ```text
/// line = *SP size 1*SP month "-" day "-" year 1*SP time 1*SP name [ 1*SP "<DIR>" ] *SP
///
///     4096    Nov-24-2025  10:15:30   notes.txt
///      512    Nov-24-2025  10:15:30   sub               <DIR>
/// ```
pub(super) fn read(line: &[u8], watch: impl Watch) -> Result<Listed<'_>, ParseFailure<'_>> {
    let size = part(watch, &part::SIZE, nom::character::complete::u64);
    let moment = part(watch, &part::DATE, separated_pair(dashed, blanks, clock));
    let columns = (preceded(opt(blanks), size), blanks, moment, blanks);
    let (_, ((size, _, ((day, year), time), _), name)) = prefix((columns, rest), line)?;
    let text = name.trim_ascii_end();
    let (name, kind, size) = match text.strip_suffix(b"<DIR>") {
        Some(name) => {
            watch.part(&part::KIND, text.get(name.len()..).unwrap_or_default());
            (name.trim_ascii_end(), EntryType::Dir, None)
        }
        None => (text, EntryType::File, Some(size)),
    };
    watch.part(&part::NAME, name);
    let modified = day.at(year, time);
    named(name).map(|name| Listed { name: name.into(), kind: Some(kind), size, modified, target: None })
}
