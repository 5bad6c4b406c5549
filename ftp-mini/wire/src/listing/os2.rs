//! Lines of the FTP server of OS/2: size, attributes, date, time, name.

use nom::bytes::complete::take_while1;
use nom::combinator::{opt, rest, verify};
use nom::sequence::{preceded, separated_pair};
use syntax::watch::Watch;

use super::dates::{DateOrder, clock, numeric};
use super::listed::{Listed, blanks, is_blank, named, words};
use crate::entry::EntryType;
use crate::failure::{ParseFailure, part, prefix};
use crate::part;

/// Reads a line.
///
/// ```text
/// line = *SP size 1*SP [ attributes 1*SP ] date 1*SP time 1*SP name
///
///        4096      A        11-24-25   10:15  notes.txt
///           0     DIR       11-24-25   10:15  sub dir
/// ```
pub(super) fn read(line: &[u8], order: DateOrder, watch: impl Watch) -> Result<Listed<'_>, ParseFailure<'_>> {
    let size = part(watch, &part::SIZE, nom::character::complete::u64);
    let letters = take_while1(|byte: u8| byte.is_ascii_uppercase() || is_blank(byte));
    let letters = verify(letters, |letters: &[u8]| letters.last().is_some_and(|last| is_blank(*last)));
    let moment = part(watch, &part::DATE, separated_pair(numeric, blanks, clock));
    let columns = (preceded(opt(blanks), size), blanks, opt(letters), moment, blanks);
    let (_, ((size, _, letters, (date, time), _), name)) =
        prefix((columns, part(watch, &part::NAME, rest)), line)?;
    let mut attributes = words(letters.unwrap_or_default()).inspect(|word| watch.part(&part::KIND, word));
    let is_dir = attributes.any(|word| word == b"DIR");
    let (kind, size) = if is_dir { (EntryType::Dir, None) } else { (EntryType::File, Some(size)) };
    let modified = date.day(order).and_then(|(day, year)| day.at(year, time));
    named(name).map(|name| Listed { name: name.into(), kind: Some(kind), size, modified, target: None })
}
