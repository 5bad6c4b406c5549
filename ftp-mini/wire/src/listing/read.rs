//! Parses the lines of LIST of other servers.
//!
//! No document specifies their format. Each family of systems has its module; a directory belongs to the
//! family that parses most of its lines. A line that this family cannot parse may still describe an entry.
//! Names are the server's and not to be trusted.

use syntax::watch::Watch;

use super::dates::{DateOrder, NumericDate};
use super::heading::{is_heading, is_of_directory, is_of_members};
use super::listed::Listed;
use super::{as400, dos, eplf, mvs, netware, nonstop, os2, supertcp, unix, vms, vxworks, zvm};
use crate::failure::ParseFailure;
use crate::part;
use crate::rule::Rule;

/// A parsed line of LIST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListLine<'a> {
    /// It describes an entry.
    Entry(Listed<'a>),
    /// It does not describe an entry: it is blank, or `total 12`.
    Heading,
    /// It has no known format, so it may describe an entry.
    Unreadable,
}

/// Parses a line of LIST, with or without its line end. `now` is in seconds since 1970.
///
/// A missing year is the one that puts the time into the last twelve months, or into the next day, because
/// clocks and zones differ.
#[must_use]
pub fn read(line: &[u8], now: i64) -> ListLine<'_> {
    read_with(line, now, ())
}

/// Like [`read()`], and reports the columns, and the byte at which a line leaves every known format.
pub(crate) fn read_with(line: &[u8], now: i64, watch: impl Watch) -> ListLine<'_> {
    let text = without_end(line);
    let order = DateOrder::of(NumericDate::in_line(text).into_iter());
    let mut listed = Err(ParseFailure::new(Rule::ListForm, text));
    for family in Family::ALL {
        let read = family.read(text, (now, order), watch).inspect_err(|_| watch.retract(text));
        listed = listed.or_else(|broken: ParseFailure<'_>| read.map_err(|other| clearer(broken, other)));
        if listed.is_ok() {
            break;
        }
    }
    match listed {
        Ok(listed) => ListLine::Entry(listed),
        Err(_) if is_heading(text) => {
            watch.part(&part::TOTAL, text);
            ListLine::Heading
        }
        Err(ParseFailure { rule, rest }) => {
            let rule = if rule == Rule::ArgumentForm { Rule::ListForm } else { rule };
            watch.tolerates(rule.description(), rest);
            ListLine::Unreadable
        }
    }
}

/// A failure with a specific rule, such as a negative size, or else the farthest one: some families start
/// with an arbitrary word.
fn clearer<'a>(one: ParseFailure<'a>, other: ParseFailure<'a>) -> ParseFailure<'a> {
    let has_rule = |failure: &ParseFailure<'_>| !matches!(failure.rule, Rule::ArgumentForm | Rule::ListForm);
    match (has_rule(&one), has_rule(&other)) {
        (true, false) => one,
        (false, true) => other,
        _ => one.farthest(other),
    }
}

/// Parses all lines of a listing. A last line without its end is not returned.
///
/// All lines are parsed as those of one system, and their dates in one order, so the parser does not guess a
/// line with only a name, or an ambiguous date.
#[must_use]
pub fn lines(listing: &[u8], now: i64) -> ListLines<'_> {
    let texts = || split(listing).map(without_end).filter(|text| !text.is_empty());
    let family = family_of(texts(), now);
    let order = match family.has_numeric_dates() {
        true => DateOrder::of(texts().filter_map(NumericDate::in_line)),
        false => DateOrder::default(),
    };
    ListLines { rest: listing, family, order, now, above: ListContext::default() }
}

/// The family that parses most of these lines; the first one if several are equal. It stops when no other can
/// reach that number.
fn family_of<'a>(lines: impl Iterator<Item = &'a [u8]> + Clone, now: i64) -> Family {
    let half = lines.clone().count() / 2;
    let mut counts = [0_usize; Family::ALL.len()];
    let mut last = 0;
    for line in lines {
        // Most lines belong to the family of the previous line.
        let candidates = [last].into_iter().chain(0..counts.len());
        let reads = |at: &usize| {
            Family::ALL
                .get(*at)
                .is_some_and(|family| family.read(line, (now, DateOrder::default()), ()).is_ok())
        };
        if let Some(at) = candidates.into_iter().find(reads)
            && let Some(count) = counts.get_mut(at)
        {
            last = at;
            *count += 1;
            if *count > half {
                break;
            }
        }
    }
    let most = counts.iter().copied().max().unwrap_or_default();
    let at = counts.iter().position(|count| *count == most).unwrap_or_default();
    Family::ALL.get(at).copied().unwrap_or(Family::Unix)
}

/// The lines of a listing, as [`lines`] reads them.
#[derive(Clone, Debug)]
pub struct ListLines<'a> {
    rest: &'a [u8],
    family: Family,
    order: DateOrder,
    now: i64,
    above: ListContext<'a>,
}

/// Context from the previous lines.
#[derive(Clone, Debug, Default)]
struct ListContext<'a> {
    /// A VMS entry that continues on the next line.
    begun: Option<&'a [u8]>,
    /// The name and type of the VMS entry above; its older versions follow.
    name: &'a [u8],
    has_entries: bool,
    are_members: bool,
}

impl<'a> Iterator for ListLines<'a> {
    type Item = (&'a [u8], ListLine<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let mut lines = split(self.rest);
        let line = lines.next()?;
        let text = without_end(line);
        let below = lines.next().map(without_end).unwrap_or_default();
        self.rest = self.rest.get(line.len()..).unwrap_or_default();
        let read = self.read(text, below);
        self.above.has_entries |= matches!(read, ListLine::Entry(_));
        Some((text, read))
    }
}

impl<'a> ListLines<'a> {
    fn read(&mut self, text: &'a [u8], below: &'a [u8]) -> ListLine<'a> {
        if let Some(first) = self.above.begun.take() {
            return self.versioned(first, vms::read_two(first, text));
        }
        let read = self.family.read(text, (self.now, self.order), ());
        match read {
            Ok(listed) if self.family == Family::Vms => self.versioned(text, Ok(listed)),
            Ok(listed) => ListLine::Entry(listed),
            Err(_) if self.family == Family::Vms && vms::read_two(text, below).is_ok() => {
                self.above.begun = Some(text);
                ListLine::Heading
            }
            // Entries after the heading of a second directory belong to that directory.
            Err(_) if is_heading(text) && !(is_of_directory(text) && self.above.has_entries) => {
                self.above.are_members |= is_of_members(text);
                ListLine::Heading
            }
            Err(_) if self.above.are_members => {
                mvs::read_bare(text).map_or(ListLine::Unreadable, ListLine::Entry)
            }
            Err(_) => ListLine::Unreadable,
        }
    }

    /// VMS lists the latest version of a file first, which is the one that RETR returns.
    fn versioned(&mut self, text: &'a [u8], read: Result<Listed<'a>, ParseFailure<'a>>) -> ListLine<'a> {
        let Ok(listed) = read else { return ListLine::Unreadable };
        let name = text.split(|byte| *byte == b';').next().unwrap_or_default();
        match std::mem::replace(&mut self.above.name, name) == name {
            true => ListLine::Heading,
            false => ListLine::Entry(listed),
        }
    }
}

/// Systems with the same format of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Unix,
    Dos,
    Eplf,
    NetWare,
    Os2,
    Vms,
    Mvs,
    Zvm,
    As400,
    VxWorks,
    NonStop,
    SuperTcp,
}

impl Family {
    /// In the order of trying: distinctive formats first.
    const ALL: [Self; 12] = [
        Self::Unix,
        Self::Dos,
        Self::Eplf,
        Self::NetWare,
        Self::Vms,
        Self::Mvs,
        Self::Zvm,
        Self::As400,
        Self::Os2,
        Self::VxWorks,
        Self::NonStop,
        Self::SuperTcp,
    ];

    /// Whether the order of its dates is known only from all lines.
    fn has_numeric_dates(self) -> bool {
        matches!(self, Self::Dos | Self::Zvm | Self::As400 | Self::Os2 | Self::SuperTcp)
    }

    fn read<W: Watch>(
        self,
        line: &[u8],
        (now, order): (i64, DateOrder),
        watch: W,
    ) -> Result<Listed<'_>, ParseFailure<'_>> {
        match self {
            Self::Unix => unix::read(line, now, watch),
            Self::Dos => dos::read(line, order, watch),
            Self::Eplf => eplf::read(line, watch),
            Self::NetWare => netware::read(line, now, watch),
            Self::Os2 => os2::read(line, order, watch),
            Self::Vms => vms::read(line, watch),
            Self::Mvs => mvs::read(line, watch),
            Self::Zvm => zvm::read(line, order, watch),
            Self::As400 => as400::read(line, order, watch),
            Self::VxWorks => vxworks::read(line, watch),
            Self::NonStop => nonstop::read(line, watch),
            Self::SuperTcp => supertcp::read(line, order, watch),
        }
    }
}

/// The complete lines of a listing, with their ends.
fn split(listing: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    listing.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"))
}

fn without_end(line: &[u8]) -> &[u8] {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    text.strip_suffix(b"\r").unwrap_or(text)
}

#[cfg(test)]
mod systems;
#[cfg(test)]
mod tests;
