//! Shared by all families of LIST lines: the described entry, dates and times.

use std::borrow::Cow;
use std::time::SystemTime;

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while_m_n, take_while1};
use nom::character::complete::{u8 as small, u16 as number};
use nom::combinator::map_opt;
use syntax::decimal;
use time::{Date, Month, Time, UtcDateTime};

use super::months;
use crate::entry::EntryType;
use crate::failure::{ParseFailure, Parsed};
use crate::rule::Rule;
use crate::time_val::{TimeVal, civil};

/// The entry of a LIST line. Missing values are not in the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<'a> {
    /// The name, in the form that RETR expects even if the listing has its parts in columns.
    pub name: Cow<'a, [u8]>,
    /// The kind. `None`: neither a file nor a directory nor a link, for example a device.
    pub kind: Option<EntryType>,
    /// Size in bytes, of files.
    pub size: Option<u64>,
    /// The modification time, as precise as the line shows it.
    pub modified: Option<ListedTime>,
    /// The target of a link.
    pub target: Option<&'a [u8]>,
}

/// A time that may lack its last digits. The line has no zone: UTC is assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedTime {
    /// Seconds since 1970; the first moment of the shown period.
    pub seconds: i64,
    /// The length of the shown period, in seconds: 1, 60, or 86,400.
    pub precision: u32,
}

impl From<ListedTime> for SystemTime {
    fn from(modified: ListedTime) -> Self {
        TimeVal { seconds: modified.seconds, nanos: 0 }.into()
    }
}

/// One day: how far a time without a year may be in the future, and the precision of a date without a time.
const DAY: i64 = 86_400;

/// A calendar day.
#[derive(Clone, Copy)]
pub(super) struct Day {
    pub(super) month: Month,
    pub(super) day: u8,
}

impl Day {
    pub(super) fn numbered(month: u8, day: u8) -> Option<Self> {
        Some(Self { month: Month::try_from(month).ok()?, day })
    }

    /// The whole day.
    pub(super) fn of(self, year: i32) -> Option<ListedTime> {
        let seconds = self.midnight(year)?;
        Some(ListedTime { seconds, precision: 86_400 })
    }

    /// A minute of it.
    pub(super) fn at(self, year: i32, time: TimeOfDay) -> Option<ListedTime> {
        Some(time.after(self.midnight(year)?))
    }

    /// A minute of this day, in the year that `now` implies.
    pub(super) fn at_last(self, time: TimeOfDay, now: i64) -> Option<ListedTime> {
        let latest = now.saturating_add(DAY);
        let year = civil(latest).year();
        // The last leap day is at most eight years ago.
        let mut years = (0..=8).filter_map(|ago| self.at(year - ago, time));
        years.find(|modified| modified.seconds <= latest)
    }

    fn midnight(self, year: i32) -> Option<i64> {
        let date = Date::from_calendar_date(year, self.month, self.day).ok()?;
        Some(UtcDateTime::new(date, Time::MIDNIGHT).unix_timestamp())
    }
}

/// A time of day.
#[derive(Clone, Copy)]
pub(super) struct TimeOfDay {
    seconds: u32,
    precision: u32,
}

impl TimeOfDay {
    pub(super) fn new(hour: u8, minute: u8, second: Option<u8>) -> Option<Self> {
        let sound = hour < 24 && minute < 60 && second.is_none_or(|second| second <= 60);
        let seconds = (u32::from(hour) * 60 + u32::from(minute)) * 60 + u32::from(second.unwrap_or(0));
        sound.then_some(Self { seconds, precision: if second.is_some() { 1 } else { 60 } })
    }

    fn after(self, midnight: i64) -> ListedTime {
        ListedTime { seconds: midnight + i64::from(self.seconds), precision: self.precision }
    }
}

/// One or more spaces or tabs.
pub(super) fn blanks(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while1(is_blank).parse(input)
}

/// The text of a column between two blanks.
pub(super) fn word(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while1(|byte| !is_blank(byte)).parse(input)
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The words of a line.
pub(super) fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| is_blank(*byte)).filter(|word| !word.is_empty())
}

/// Digits, grouped by thousands or not: `4096`, `4,096`, `4.096`.
pub(super) fn grouped(input: &[u8]) -> Parsed<'_, u64> {
    let digits = take_while1(|byte: u8| byte.is_ascii_digit() || matches!(byte, b',' | b'.'));
    map_opt(digits, |text: &[u8]| {
        let mut groups = text.split(|byte| matches!(byte, b',' | b'.'));
        let first = groups.next()?;
        let is_grouped = groups.clone().next().is_some();
        if groups.any(|group| group.len() != 3) || (is_grouped && first.len() > 3) {
            return None;
        }
        let digits: Vec<u8> = text.iter().copied().filter(u8::is_ascii_digit).collect();
        if first.is_empty() { None } else { decimal::parse(&digits) }
    })
    .parse(input)
}

/// `24-NOV-2025`, `6-Apr-07`, `Nov-24-2025`: day and year.
pub(super) fn dashed(input: &[u8]) -> Parsed<'_, (Day, i32)> {
    let month = || map_opt(take_while_m_n(3, 3, |byte: u8| byte.is_ascii_alphabetic()), months::named);
    let day_first = (small, tag("-"), month()).map(|(day, _, month)| Day { month, day });
    let month_first = (month(), tag("-"), small).map(|(month, _, day)| Day { month, day });
    let (rest, (day, _, year)) = (alt((day_first, month_first)), tag("-"), number).parse(input)?;
    Ok((rest, (day, full_year(year))))
}

/// A valid name.
pub(super) fn named(name: &[u8]) -> Result<&[u8], ParseFailure<'_>> {
    if name.is_empty() { Err(ParseFailure::new(Rule::NameMissing, name)) } else { Ok(name) }
}

/// The description of the kind in a mode.
pub(super) fn kind_name(kind: Option<EntryType>) -> &'static str {
    match kind {
        Some(EntryType::File) => "file",
        Some(EntryType::Dir | EntryType::Current | EntryType::Parent) => "directory",
        Some(EntryType::Link) => "link",
        None => "device, pipe or socket",
    }
}

/// A year, possibly with two digits.
pub(super) fn full_year(year: u16) -> i32 {
    match i32::from(year) {
        year @ 0..=69 => 2000 + year,
        year @ 70..=199 => 1900 + year,
        year => year,
    }
}
