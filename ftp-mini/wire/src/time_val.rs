//! Times in MDTM, MFMT and the `modify` fact: `YYYYMMDDHHMMSS[.sss]`, in UTC.
//!
//! [RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) section 2.3. No clock and no time zones.

use core::fmt;
use std::time::{Duration, SystemTime};

use nom::Parser;
use nom::bytes::complete::{tag, take_while_m_n, take_while1};
use nom::combinator::{map_opt, opt};
use nom::sequence::preceded;
use syntax::watch::Watch;
use time::{Date, Month, Time, UtcDateTime};

use super::failure::{ParseFailure, Parsed, breaks, shown, whole};
use super::part;
use super::rule::Rule;

/// A moment in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeVal {
    /// Whole seconds since 1970.
    pub seconds: i64,
    /// Nanoseconds after them, below 1,000,000,000.
    pub nanos: u32,
}

impl From<TimeVal> for SystemTime {
    /// A time that the system cannot represent becomes 1970.
    fn from(time: TimeVal) -> Self {
        let whole = Duration::from_secs(time.seconds.unsigned_abs());
        let whole = match time.seconds {
            0.. => Self::UNIX_EPOCH.checked_add(whole),
            _ => Self::UNIX_EPOCH.checked_sub(whole),
        };
        whole.unwrap_or(Self::UNIX_EPOCH) + Duration::from_nanos(time.nanos.into())
    }
}

impl fmt::Display for TimeVal {
    /// `2026-11-23 18:51:00 UTC`, without a fraction.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = civil(self.seconds);
        let (hour, minute, second) = moment.time().as_hms();
        write!(f, "{} {hour:02}:{minute:02}:{second:02} UTC", moment.date())
    }
}

/// Parses a time.
///
/// ```text
/// time-val = 14DIGIT [ "." 1*DIGIT ]        20261123185100    19980615100045.014
/// ```
///
/// A leap second counts as the first second after it. Digits beyond nanoseconds are dropped.
#[must_use]
pub fn parse(input: &[u8]) -> Option<TimeVal> {
    parse_with(input, ()).ok()
}

/// Like [`parse`], and reports the time with its meaning.
pub(crate) fn parse_with(input: &[u8], watch: impl Watch) -> Result<TimeVal, ParseFailure<'_>> {
    whole(time_val(watch), input)
}

pub(super) fn time_val<'a>(
    watch: impl Watch,
) -> impl Parser<&'a [u8], Output = TimeVal, Error = ParseFailure<'a>> {
    let date = map_opt((number(4), number(2), number(2)), |(year, month, day)| {
        let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
        Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()
    });
    let time = map_opt((number(2), number(2), number(2)), |(hour, minute, second)| {
        let minute_of_day = (hour < 24 && minute < 60).then_some(i64::from(hour) * 60 + i64::from(minute))?;
        (second <= 60).then_some(minute_of_day * 60 + i64::from(second))
    });
    let moment = (
        breaks(Rule::TimeRange, date),
        breaks(Rule::TimeRange, time),
        opt(preceded(tag("."), breaks(Rule::TimeDigits, fraction))),
    );
    let time = moment.map(|(date, second_of_day, nanos)| {
        let midnight = UtcDateTime::new(date, Time::MIDNIGHT).unix_timestamp();
        TimeVal { seconds: midnight + second_of_day, nanos: nanos.unwrap_or(0) }
    });
    shown(watch, &part::TIME_VAL, time)
}

/// Exactly this many digits, at most four.
fn number<'a>(digits: usize) -> impl Parser<&'a [u8], Output = u16, Error = ParseFailure<'a>> {
    let digits = take_while_m_n(digits, digits, |byte: u8| byte.is_ascii_digit());
    breaks(Rule::TimeDigits, map_opt(digits, |digits| core::str::from_utf8(digits).ok()?.parse().ok()))
}

/// Digits after the point, in nanoseconds.
fn fraction(input: &[u8]) -> Parsed<'_, u32> {
    let (rest, digits) = take_while1(|byte: u8| byte.is_ascii_digit()).parse(input)?;
    let nanos = digits.iter().chain(core::iter::repeat(&b'0')).take(9);
    Ok((rest, nanos.fold(0, |value, digit| value * 10 + u32::from(digit - b'0'))))
}

/// Appends a time, with milliseconds if it has any.
pub fn write(time: TimeVal, out: &mut Vec<u8>) {
    let moment = civil(time.seconds);
    let year = moment.year().unsigned_abs();
    out.extend_from_slice(&two_digits(year / 100));
    out.extend_from_slice(&two_digits(year));
    for part in [u8::from(moment.month()), moment.day(), moment.hour(), moment.minute(), moment.second()] {
        out.extend_from_slice(&two_digits(u32::from(part)));
    }
    let millis = time.nanos / 1_000_000;
    if millis > 0 {
        out.push(b'.');
        out.push(two_digits(millis / 100)[1]);
        out.extend_from_slice(&two_digits(millis));
    }
}

/// The calendar date of a Unix time, limited to years with four digits.
pub(super) fn civil(seconds: i64) -> UtcDateTime {
    /// 0000-01-01 00:00:00 and 9999-12-31 23:59:59.
    const FIRST: i64 = -62_167_219_200;
    const LAST: i64 = 253_402_300_799;
    UtcDateTime::from_unix_timestamp(seconds.clamp(FIRST, LAST)).unwrap_or(UtcDateTime::UNIX_EPOCH)
}

/// The last two digits of a number.
pub(super) fn two_digits(number: u32) -> [u8; 2] {
    let digit = |place: u32| b'0' + (number / place % 10).to_le_bytes()[0];
    [digit(10), digit(1)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_follow_rfc_3659_section_2_3() {
        let whole = |seconds| Some(TimeVal { seconds, nanos: 0 });
        for (input, expected, why) in [
            (&b"19700101000000"[..], whole(0), "the epoch"),
            (b"20261123185100", whole(1_795_459_860), "a time of ours"),
            (b"20240229000000", whole(1_709_164_800), "a leap day"),
            (b"19691231235959", whole(-1), "before the epoch"),
            (
                b"19980615100045.014",
                Some(TimeVal { seconds: 897_904_845, nanos: 14_000_000 }),
                "milliseconds",
            ),
            (b"19700101000000.1234567899", Some(TimeVal { seconds: 0, nanos: 123_456_789 }), "ten digits"),
            (b"19981231235960", whole(915_148_800), "a leap second"),
            (b"20230229000000", None, "no leap year"),
            (b"20261323185100", None, "month 13"),
            (b"20261123245100", None, "hour 24"),
            (b"20261123186000", None, "minute 60"),
            (b"20261123185161", None, "second 61"),
            (b"2026112318510", None, "13 digits"),
            (b"202611231851000", None, "15 digits"),
            (b"20261123185100.", None, "a point and nothing"),
            (b"2026-11-23", None, "another form"),
            (b"", None, "nothing"),
        ] {
            assert_eq!(parse(input), expected, "{why}");
        }
    }

    #[test]
    fn years_stay_within_four_digits() {
        for (seconds, expected) in [(i64::MIN, &b"00000101000000"[..]), (i64::MAX, b"99991231235959")] {
            let mut out = Vec::new();
            write(TimeVal { seconds, nanos: 0 }, &mut out);
            assert_eq!(out, expected);
        }
    }

    proptest! {
        #[test]
        fn times_are_read_as_they_were_written(seconds in -62_167_219_200i64..=253_402_300_799, millis in 0u32..1000) {
            let time = TimeVal { seconds, nanos: millis * 1_000_000 };
            let mut out = Vec::new();
            write(time, &mut out);
            prop_assert_eq!(parse(&out), Some(time));
        }
    }
}
