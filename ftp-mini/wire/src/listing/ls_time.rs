//! Dates in lines of `ls`: in the C locale, in others, in the styles of GNU `ls`, and of `ls -T` in BSD.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while_m_n, take_while1};
use nom::character::complete::{char, i32 as number, u8 as small};
use nom::combinator::{map_opt, opt, verify};
use nom::sequence::{preceded, separated_pair, terminated};
use time::Month;

use super::listed::{Day, ListedTime, TimeOfDay, blanks, is_blank};
use super::months;
use crate::failure::Parsed;

/// Parses a date. An impossible day (Feb 30) is parsed as a date without a time.
pub(super) fn read(input: &[u8], now: i64) -> Parsed<'_, Option<ListedTime>> {
    let of_ls = move |input| of_ls(input, now);
    let iso_recent = move |input| iso_recent(input, now);
    alt((iso, iso_recent, iso_old, of_ls, year_first, epoch)).parse(input)
}

/// ```text
/// date = day-of-year 1*SP ( year / time / time-with-seconds SP year )
/// day-of-year = month 1*SP day / day 1*SP month
///
/// Nov 24  2025     Nov 24 10:15     Nov 24 10:15:30 2025     24. Nov 10:15     11月 24 10:15     11月24日 10:15
/// ```
fn of_ls(input: &[u8], now: i64) -> Parsed<'_, Option<ListedTime>> {
    let (input, (month, day)) = terminated(day_of_year, blanks).parse(input)?;
    let day = Day { month, day };
    let of_bsd = separated_pair(exact_time, blanks, year).map(|(time, year)| day.at(year, time));
    let recent = time_of_day.map(|time| day.at_last(time, now));
    alt((of_bsd, recent, year.map(|year| day.of(year)))).parse(input)
}

fn day_of_year(input: &[u8]) -> Parsed<'_, (Month, u8)> {
    let day = || terminated(small, opt(alt((tag("."), tag("日"), tag("일"), tag(",")))));
    let month_first = separated_pair(month, blanks, day());
    let day_first = separated_pair(day(), blanks, month).map(|(day, month)| (month, day));
    let joined = (month_number, opt(blanks), day()).map(|(month, _, day)| (month, day));
    alt((month_first, day_first, joined)).parse(input)
}

/// `2025年11月24日`, `2025년 11월 24일`, with or without a time behind.
fn year_first(input: &[u8]) -> Parsed<'_, Option<ListedTime>> {
    let (input, year) = terminated(number, (alt((tag("年"), tag("년"))), opt(blanks))).parse(input)?;
    let (input, (month, day)) = day_of_year(input)?;
    let day = Day { month, day };
    let (input, time) = opt(preceded(blanks, time_of_day)).parse(input)?;
    Ok((input, time.map_or_else(|| day.of(year), |time| day.at(year, time))))
}

/// Seconds since 1970, as `--time-style=+%s` writes them: nine digits or more.
fn epoch(input: &[u8]) -> Parsed<'_, Option<ListedTime>> {
    let seconds = verify(nom::character::complete::i64, |seconds| *seconds >= 100_000_000);
    seconds.map(|seconds| Some(ListedTime { seconds, precision: 1 })).parse(input)
}

/// A four-digit year, possibly with a suffix.
fn year(input: &[u8]) -> Parsed<'_, i32> {
    let year = verify(number, |year| (1_000..10_000).contains(year));
    terminated(year, opt(alt((tag("年"), tag("년"))))).parse(input)
}

/// `--time-style=long-iso` and `full-iso`, the only style with a zone.
///
/// ```text
/// date = year "-" month "-" day SP hour ":" minute [ ":" second [ "." digits ] ] [ SP ( "+" / "-" ) 4DIGIT ]
///
/// 2025-11-24 10:15     2025-11-24 10:15:30.000000000 +0100
/// ```
fn iso(input: &[u8]) -> Parsed<'_, Option<ListedTime>> {
    let (input, (year, day)) = iso_day(input)?;
    let (input, time) = preceded(alt((tag(" "), tag("T"))), time_of_day).parse(input)?;
    let (input, zone) = opt(preceded(tag(" "), zone)).parse(input)?;
    let modified = day.and_then(|day| day.at(year, time));
    let east = zone.unwrap_or(0);
    Ok((input, modified.map(|shown| ListedTime { seconds: shown.seconds - east, ..shown })))
}

/// `--time-style=iso` of the last half year: `11-24 10:15`
fn iso_recent(input: &[u8], now: i64) -> Parsed<'_, Option<ListedTime>> {
    let (input, (month, _, day)) = (small, tag("-"), small).parse(input)?;
    let (input, time) = preceded(tag(" "), time_of_day).parse(input)?;
    Ok((input, Day::numbered(month, day).and_then(|day| day.at_last(time, now))))
}

/// The style for older files: `2025-11-24 `, padded with a space.
fn iso_old(input: &[u8]) -> Parsed<'_, Option<ListedTime>> {
    let (input, (year, day)) = iso_day(input)?;
    let (input, _) = opt(terminated(tag(" "), nom::combinator::peek(tag(" ")))).parse(input)?;
    Ok((input, day.and_then(|day| day.of(year))))
}

fn iso_day(input: &[u8]) -> Parsed<'_, (i32, Option<Day>)> {
    let (input, (year, _, month, _, day)) = (year, tag("-"), small, tag("-"), small).parse(input)?;
    Ok((input, (year, Day::numbered(month, day))))
}

/// `10:15`, `10:15:30`, `10:15:30.000000000`
fn time_of_day(input: &[u8]) -> Parsed<'_, TimeOfDay> {
    let time = (hour_minute, opt(second));
    map_opt(time, |((hour, minute), second)| TimeOfDay::new(hour, minute, second)).parse(input)
}

/// A time with seconds.
fn exact_time(input: &[u8]) -> Parsed<'_, TimeOfDay> {
    let time = (hour_minute, second);
    map_opt(time, |((hour, minute), second)| TimeOfDay::new(hour, minute, Some(second))).parse(input)
}

fn hour_minute(input: &[u8]) -> Parsed<'_, (u8, u8)> {
    let pair = separated_pair(small, tag(":"), small);
    verify(pair, |(hour, minute)| *hour < 24 && *minute < 60).parse(input)
}

fn second(input: &[u8]) -> Parsed<'_, u8> {
    let fraction = opt(preceded(tag("."), take_while1(|byte: u8| byte.is_ascii_digit())));
    terminated(preceded(char(':'), small), fraction).parse(input)
}

/// `+0100`, in seconds.
fn zone(input: &[u8]) -> Parsed<'_, i64> {
    let digits = take_while_m_n(4, 4, |byte: u8| byte.is_ascii_digit());
    let hours_minutes =
        map_opt(digits, |digits: &[u8]| core::str::from_utf8(digits).ok()?.parse::<i64>().ok());
    let (input, (sign, number)) = (alt((tag("+"), tag("-"))), hours_minutes).parse(input)?;
    let seconds = (number / 100 * 60 + number % 100) * 60;
    Ok((input, if sign == b"-" { -seconds } else { seconds }))
}

fn month(input: &[u8]) -> Parsed<'_, Month> {
    let name = take_while1(|byte: u8| !is_blank(byte) && !byte.is_ascii_digit());
    alt((month_number, map_opt(name, months::named))).parse(input)
}

/// `11月`, `11월`
fn month_number(input: &[u8]) -> Parsed<'_, Month> {
    let number = terminated(small, alt((tag("月"), tag("월"))));
    map_opt(number, |number| Month::try_from(number).ok()).parse(input)
}
