//! Lines of HP NonStop (Guardian, Tandem): name, file code, size, time, owner, security.

use nom::bytes::complete::{tag, take_while_m_n};
use nom::character::complete::{char, u16 as number};
use nom::combinator::{opt, recognize};
use nom::sequence::{delimited, preceded, separated_pair, terminated};
use syntax::watch::Watch;

use super::dates::clock;
use super::listed::{Listed, blanks, dashed, is_blank};
use crate::entry::EntryType;
use crate::failure::{ParseFailure, part, whole};
use crate::part;

/// Reads a line. A subvolume has files only.
///
/// ```text
/// line = name 1*SP [ "O" 1*SP ] code [ "L" / "+" ] 1*SP size 1*SP date 1*SP time 1*SP group "," member 1*SP security
///
/// NOTES           101             4096 24-Nov-25 10:15:30 255,  1 "NUNU"
/// ```
pub(super) fn read(line: &[u8], watch: impl Watch) -> Result<Listed<'_>, ParseFailure<'_>> {
    // Eight letters and digits.
    let name = take_while_m_n(1, 8, |byte: u8| byte.is_ascii_alphanumeric());
    let is_open = opt(terminated(tag("O"), blanks));
    let code = recognize((number, opt(nom::bytes::complete::is_a("LPS+"))));
    let moment = part(watch, &part::DATE, separated_pair(dashed, blanks, clock));
    let owner = recognize((number, char(','), opt(blanks), number));
    let letters = take_while_m_n(4, 4, |byte| byte != b'"');
    let columns = (
        terminated(part(watch, &part::NAME, name), blanks),
        terminated(preceded(is_open, code), blanks),
        terminated(part(watch, &part::SIZE, nom::character::complete::u64), blanks),
        terminated(moment, blanks),
        terminated(part(watch, &part::OWNER, owner), blanks),
        terminated(delimited(char('"'), letters, char('"')), nom::bytes::complete::take_while(is_blank)),
    );
    let (name, _, size, ((day, year), time), _, _) = whole(columns, line)?;
    Ok(Listed {
        name: name.into(),
        kind: Some(EntryType::File),
        size: Some(size),
        modified: day.at(year, time),
        target: None,
    })
}
