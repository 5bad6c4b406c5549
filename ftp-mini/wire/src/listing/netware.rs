//! Lines of NetWare, and of Hellsoft's server for it: rights in brackets, then the columns of `ls`.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while_m_n};
use nom::combinator::{opt, value};
use nom::sequence::{delimited, preceded, terminated};
use syntax::watch::Watch;

use super::listed::{Listed, blanks};
use super::unix;
use crate::entry::EntryType;
use crate::failure::{ParseFailure, part, prefix};
use crate::part;

/// Reads a line.
///
/// ```text
/// line   = ( "d" / "-" ) *SP "[" 8( right / "-" ) "]" 1*SP owner 1*SP size 1*SP date 1*SP name
///
/// d [RWCEAFMS] admin                512 Nov 24 10:15    sub
/// - [RWCEAFMS] admin               4096 Nov 24  2025    notes.txt
/// ```
pub(super) fn read<W: Watch>(line: &[u8], now: i64, watch: W) -> Result<Listed<'_>, ParseFailure<'_>> {
    let kind =
        part(watch, &part::KIND, alt((value(EntryType::Dir, tag("d")), value(EntryType::File, tag("-")))));
    let right = |byte: u8| byte.is_ascii_uppercase() || byte == b'-';
    let rights = delimited(tag("["), take_while_m_n(8, 8, right), tag("]"));
    let rights = part(watch, &part::LIST_MODE, rights);
    let (columns, kind) = prefix(terminated(kind, (preceded(opt(blanks), rights), blanks)), line)?;
    unix::read_columns(columns, Some(kind), now, watch)
}
