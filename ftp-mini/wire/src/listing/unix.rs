//! Lines of `ls -l` and its variants.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while_m_n};
use nom::character::complete::{char, digit1, one_of, u64 as decimal};
use nom::combinator::{consumed, map_opt, opt, rest};
use nom::sequence::{preceded, terminated};
use syntax::watch::Watch;

use super::listed::{Listed, ListedTime, blanks, is_blank, kind_name, named, words};
use super::ls_time;
use crate::entry::EntryType;
use crate::failure::{ParseFailure, attempt, part, prefix};
use crate::part;
use crate::rule::Rule;

/// Reads a line.
///
/// ```text
/// line = [inode] [blocks] mode *SP [links] [owner] [group] size 1*SP date SP name
/// mode = type 9( letter ) [ "+" / "." / "@" ]
///
/// -rw-r--r--   1 owner    group        4096 Nov 24 10:15 notes.txt
/// drwxr-xr-x   2 owner                 4096 Nov 24  2025 old
/// lrwxrwxrwx   1 1000     1000            5 2025-11-24 10:15 link -> notes.txt
///  90210    8 -rw-r--r--   1 owner group 4096 24. Nov 10:15 notes.txt
/// ```
///
/// Owner and group may be missing and may contain spaces: the parser looks for the date, and the number
/// before it is the size. One space ends the date, so a name keeps leading spaces. Columns are separated by
/// spaces or tabs. NetPresenz has columns with other meanings.
pub(super) fn read<W: Watch>(line: &[u8], now: i64, watch: W) -> Result<Listed<'_>, ParseFailure<'_>> {
    let number = || terminated(digit1, blanks);
    let before = (opt(blanks), opt(number()), opt(number()));
    let (columns, kind) = prefix(preceded(before, mode(watch)), line)?;
    read_columns(columns, kind, now, watch)
}

/// Parses the text after the mode.
pub(super) fn read_columns<W: Watch>(
    columns: &[u8],
    kind: Option<EntryType>,
    now: i64,
    watch: W,
) -> Result<Listed<'_>, ParseFailure<'_>> {
    // Of the numbers that might be the size, the one after which the most text was parsed.
    let (mut broken, mut most) = (ParseFailure::new(Rule::ListForm, columns), 0);
    for from_size in numbers(columns) {
        match prefix(attempt(watch, size_date_name(now, watch)), from_size) {
            Ok((_, (size, modified, name))) => {
                if W::IS_WATCHING {
                    let before = columns.get(..columns.len() - from_size.len()).unwrap_or_default();
                    report_owner(before, watch);
                }
                let (name, target) = target_of(kind, name, watch);
                let size = (kind == Some(EntryType::File)).then_some(size);
                return named(name).map(|name| Listed { name: name.into(), kind, size, modified, target });
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

/// Reports the columns between mode and size, which only readers need.
fn report_owner(columns: &[u8], watch: impl Watch) {
    let mut words = words(columns).peekable();
    if let Some(links) = words.next_if(|word| word.iter().all(u8::is_ascii_digit)) {
        watch.part(&part::LINKS, links);
    }
    for (column, word) in [&part::OWNER, &part::GROUP].into_iter().zip(words) {
        watch.part(column, word);
    }
}

/// The name and the target of a link, split at the first arrow.
fn target_of(kind: Option<EntryType>, name: &[u8], watch: impl Watch) -> (&[u8], Option<&[u8]>) {
    const ARROW: &[u8] = b" -> ";
    let is_link = kind == Some(EntryType::Link);
    let arrow = is_link.then(|| memchr::memmem::find(name, ARROW)).flatten();
    let (name, rest) = name.split_at(arrow.unwrap_or(name.len()));
    // `ls -F` marks directories by a slash, which no name contains.
    let name = if kind == Some(EntryType::Dir) { name.strip_suffix(b"/").unwrap_or(name) } else { name };
    watch.part(&part::NAME, name);
    let Some((arrow, target)) = rest.split_at_checked(ARROW.len()) else { return (name, None) };
    watch.part(&part::ARROW, arrow);
    watch.part(&part::TARGET, target);
    (name, Some(target))
}

fn mode<'a>(
    watch: impl Watch,
) -> impl Parser<&'a [u8], Output = Option<EntryType>, Error = ParseFailure<'a>> {
    let kind = map_opt(nom::number::complete::u8, |letter| match letter {
        b'-' => Some(Some(EntryType::File)),
        b'd' => Some(Some(EntryType::Dir)),
        b'l' => Some(Some(EntryType::Link)),
        // Block and character devices, pipes, sockets, doors, event ports, whiteouts, network and shared
        // files.
        b'b' | b'c' | b'p' | b's' | b'D' | b'P' | b'w' | b'n' | b'm' => Some(None),
        _ => None,
    });
    let letters = take_while_m_n(9, 9, |letter: u8| b"rwxsStTlL-".contains(&letter));
    let mark = opt(alt((tag("+"), tag("."), tag("@"))));
    let mode = consumed((kind, letters, mark)).map(move |(bytes, (kind, _, _))| {
        watch.value(&part::LIST_MODE, bytes, format_args!("{}", kind_name(kind)));
        kind
    });
    // More than 999 links leave no space after the mode.
    terminated(mode, opt(blanks))
}

/// The text from each word that starts with a digit, and so may be the size.
fn numbers(columns: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts = columns.iter().enumerate().filter(move |(at, byte)| {
        let before = at.checked_sub(1).and_then(|before| columns.get(before));
        byte.is_ascii_digit() && before.is_none_or(|before| is_blank(*before))
    });
    starts.filter_map(move |(at, _)| columns.get(at..))
}

/// Size, time and name.
type SizeTimeName<'a> = (u64, Option<ListedTime>, &'a [u8]);

fn size_date_name<'a>(
    now: i64,
    watch: impl Watch,
) -> impl Parser<&'a [u8], Output = SizeTimeName<'a>, Error = ParseFailure<'a>> {
    let date = part(watch, &part::DATE, move |input| ls_time::read(input, now));
    // Devices have two numbers instead: `8, 0`.
    let device = (decimal, char(','), opt(blanks), decimal).map(|(_, _, _, minor)| minor);
    let size = part(watch, &part::SIZE, alt((device, decimal)));
    (terminated(size, blanks), terminated(date, one_of(" \t")), rest)
}
