//! Dates of three numbers, in an order that varies: `11-24-25`, `24.11.2025`, `2025/11/24`.
//!
//! One line may be ambiguous; all lines of a directory usually determine the order.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{is_a, tag, tag_no_case, take_while1};
use nom::character::complete::{alphanumeric1, u8 as small};
use nom::combinator::{map_opt, not, opt, value, verify};
use nom::sequence::{preceded, terminated};

use super::listed::{Day, TimeOfDay, full_year};
use crate::failure::Parsed;

/// The order of the numbers of a date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum DateOrder {
    /// `11-24-25`, as in the United States.
    #[default]
    MonthDayYear,
    /// `24.11.2025`
    DayMonthYear,
    /// `2025-11-24`
    YearMonthDay,
}

/// A date with numbers whose order is unknown.
#[derive(Clone, Copy)]
pub(super) struct NumericDate {
    numbers: [u16; 3],
    has_dots: bool,
}

impl DateOrder {
    /// The order that makes all dates of a listing valid.
    pub(super) fn of(dates: impl Iterator<Item = NumericDate>) -> Self {
        let (mut most, mut has_dots) = ([0; 3], false);
        for date in dates {
            has_dots |= date.has_dots;
            for (most, number) in most.iter_mut().zip(date.numbers) {
                *most = number.max(*most);
            }
        }
        match most {
            [first, _, _] if first > 31 => Self::YearMonthDay,
            [first, second, _] if first > 12 && second <= 12 => Self::DayMonthYear,
            [_, second, _] if has_dots && second <= 12 => Self::DayMonthYear,
            _ => Self::MonthDayYear,
        }
    }
}

impl NumericDate {
    /// The first date in a line.
    pub(super) fn in_line(line: &[u8]) -> Option<Self> {
        let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let mut dates =
            words.take(8).filter_map(|word| numeric(word).ok().filter(|(rest, _)| rest.is_empty()));
        dates.next().map(|(_, date)| date)
    }

    /// Day and year. Years of two digits are those from 1970 to 2069; some programs count from 1900 (`125`).
    pub(super) fn day(self, order: DateOrder) -> Option<(Day, i32)> {
        let [first, second, third] = self.numbers;
        let (year, month, day) = match order {
            DateOrder::MonthDayYear => (third, first, second),
            DateOrder::DayMonthYear => (third, second, first),
            DateOrder::YearMonthDay => (first, second, third),
        };
        let day = Day::numbered(u8::try_from(month).ok()?, u8::try_from(day).ok()?)?;
        Some((day, full_year(year)))
    }
}

/// ```text
/// date = 1*4DIGIT sep 1*4DIGIT sep 1*4DIGIT        sep = "-" / "/" / "."
/// ```
pub(super) fn numeric(input: &[u8]) -> Parsed<'_, NumericDate> {
    let (rest, first) = number(input)?;
    let (rest, separator) = verify(is_a("-/."), |run: &[u8]| run.len() == 1).parse(rest)?;
    let (rest, (second, _, third)) = (number, tag(separator), number).parse(rest)?;
    Ok((rest, NumericDate { numbers: [first, second, third], has_dots: separator == b"." }))
}

fn number(input: &[u8]) -> Parsed<'_, u16> {
    let digits = verify(take_while1(|byte: u8| byte.is_ascii_digit()), |digits: &[u8]| digits.len() <= 4);
    map_opt(digits, |digits: &[u8]| core::str::from_utf8(digits).ok()?.parse().ok()).parse(input)
}

/// `10:15`, `10:15:30`, `10:15AM`, `10:15 PM`, `10:15p`. A name that follows after a space (`10:15 p`) is none
/// of these.
pub(super) fn clock(input: &[u8]) -> Parsed<'_, TimeOfDay> {
    let full = || alt((value(0, tag_no_case("AM")), value(12, tag_no_case("PM"))));
    let letter = alt((value(0, tag_no_case("a")), value(12, tag_no_case("p"))));
    let after_space = preceded(tag(" "), terminated(full(), tag(" ")));
    let half = opt(alt((terminated(alt((full(), letter)), not(alphanumeric1)), after_space)));
    let second = opt(preceded(tag(":"), small));
    map_opt((small, tag(":"), small, second, half), |(hour, _, minute, second, half)| {
        let hour = match half {
            Some(afternoon) if hour <= 12 => hour % 12 + afternoon,
            Some(_) => return None,
            None => hour,
        };
        TimeOfDay::new(hour, minute, second)
    })
    .parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_in_which_all_dates_are_possible() {
        use DateOrder::{DayMonthYear, MonthDayYear, YearMonthDay};
        for (lines, expected, why) in [
            (&["11-24-25 a", "01-02-25 b"][..], MonthDayYear, "no month has the number 24"),
            (&["01-02-25 b", "24-11-25 a"], DayMonthYear, "a later line shows it"),
            (&["01-02-25 b"], MonthDayYear, "nothing shows it: the order of IIS"),
            (&["01.02.2025 b"], DayMonthYear, "dots"),
            (&["11.24.2025 b", "01.02.2025 b"], MonthDayYear, "dots, but no month 24"),
            (&["2025-01-02 b"], YearMonthDay, "four digits"),
            (&["2025/01/02 b", "2025/11/24 c"], YearMonthDay, "slashes"),
            (&["31-24-25 b"], MonthDayYear, "impossible in any order"),
            (&["no date"], MonthDayYear, "none"),
        ] {
            let dates = lines.iter().filter_map(|line| NumericDate::in_line(line.as_bytes()));
            assert_eq!(DateOrder::of(dates), expected, "{why}");
        }
    }
}
