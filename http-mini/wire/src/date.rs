//! Dates ([RFC 9110 section 5.6.7](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7)): one format is
//! written, three are read.
//!
//! The current time is an argument.

use std::time::SystemTime;

use syntax::unix_time;
use syntax::watch::{Part, Watch};
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

use super::part;
use super::rule::Rule;
use super::text::{ValueFault, ValueText, reported};

/// Bytes of a date as written.
pub const LENGTH: usize = 29;

const DAYS: [&[u8; 3]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
const LONG_DAYS: [&[u8]; 7] =
    [b"Monday", b"Tuesday", b"Wednesday", b"Thursday", b"Friday", b"Saturday", b"Sunday"];
const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// The first and the last second of years with four digits.
const SPAN: (i64, i64) = (-62_167_219_200, 253_402_300_799);

/// A time as an IMF-fixdate: `b"Sun, 06 Nov 1994 08:49:37 GMT"`. Fractions of a second are dropped,
/// and years are kept within four digits.
///
/// ```text
/// IMF-fixdate = day-name "," SP date1 SP time-of-day SP GMT
/// date1       = day SP month SP year
/// time-of-day = hour ":" minute ":" second
/// ```
///
/// ```
/// use http_wire::date;
/// use std::time::{Duration, UNIX_EPOCH};
/// assert_eq!(&date::write(UNIX_EPOCH + Duration::from_secs(784_111_777)), b"Sun, 06 Nov 1994 08:49:37 GMT");
/// ```
pub fn write(time: SystemTime) -> [u8; LENGTH] {
    let date = calendar(unix_time::seconds(time));
    let (year, month, day) = date.to_calendar_date();
    let (hour, minute, second) = date.to_hms();
    let &[w0, w1, w2] =
        DAYS.get(usize::from(date.weekday().number_days_from_monday())).copied().unwrap_or(b"Mon");
    let &[m0, m1, m2] = MONTHS.get(usize::from(u8::from(month)) - 1).copied().unwrap_or(b"Jan");
    let year = u16::try_from(year).unwrap_or_default();
    let [c0, c1] = two(u8::try_from(year / 100).unwrap_or_default());
    let [y0, y1] = two(u8::try_from(year % 100).unwrap_or_default());
    let ([d0, d1], [h0, h1], [n0, n1], [s0, s1]) = (two(day), two(hour), two(minute), two(second));
    #[rustfmt::skip]
    let text = [
        w0, w1, w2, b',', b' ', d0, d1, b' ', m0, m1, m2, b' ', c0, c1, y0, y1, b' ',
        h0, h1, b':', n0, n1, b':', s0, s1, b' ', b'G', b'M', b'T',
    ];
    text
}

fn two(number: u8) -> [u8; 2] {
    [b'0' + number / 10 % 10, b'0' + number % 10]
}

/// Parses a date in any of the three formats; `None` if it has none of them.
///
/// ```text
/// HTTP-date    = IMF-fixdate / obs-date
/// obs-date     = rfc850-date / asctime-date
/// rfc850-date  = day-name-l "," SP date2 SP time-of-day SP GMT
/// date2        = day "-" month "-" 2DIGIT
/// asctime-date = day-name SP date3 SP time-of-day SP year
/// date3        = month SP ( 2DIGIT / ( SP 1DIGIT ) )
/// ```
///
/// Examples: `b"Sun, 06 Nov 1994 08:49:37 GMT"`, `b"Sunday, 06-Nov-94 08:49:37 GMT"`, `b"Sun Nov  6 08:49:37
/// 1994"`. A two-digit year is not more than 50 years after `now`. The day of the week must be valid, but it
/// is not compared with the date.
pub fn read(text: &[u8], now: SystemTime) -> Option<SystemTime> {
    read_with(text, now, ())
}

/// Like [`read`], and reports the parts. Obsolete formats are reported as a note.
pub fn read_with(text: &[u8], now: SystemTime, watch: impl Watch) -> Option<SystemTime> {
    let mut rest = ValueText::new(text, Rule::DateMalformed, watch);
    let (date, is_obsolete) = match memchr::memchr(b',', text) {
        Some(3) => (imf_fixdate(&mut rest), false),
        Some(_) => (rfc850(&mut rest, now), true),
        None => (asctime(&mut rest), true),
    };
    let date = reported(date, watch)?;
    if is_obsolete {
        ValueFault { rule: Rule::DateObsolete, rest: text }.is_tolerated(watch);
    }
    unix_time::time(date, 0)
}

/// A day of the calendar, which may not exist.
#[derive(Clone, Copy, Debug)]
struct Day {
    year: i32,
    month: u8,
    day: u8,
}

#[inline]
fn imf_fixdate<'a>(text: &mut ValueText<'a, impl Watch>) -> Result<i64, ValueFault<'a>> {
    short_name(text, &DAYS, &part::DAY_NAME)?;
    text.literal(b", ")?;
    let start = text.rest();
    let day = day(text)?;
    text.literal(b" ")?;
    let month = month(text)?;
    text.literal(b" ")?;
    let year = year(text)?;
    text.literal(b" ")?;
    let clock = time_of_day(text)?;
    text.literal(b" GMT")?;
    text.end()?;
    Day { year, month, day }.at(clock).ok_or(text.fault_at(start))
}

fn rfc850<'a>(text: &mut ValueText<'a, impl Watch>, now: SystemTime) -> Result<i64, ValueFault<'a>> {
    let name = text.rest();
    let day_name = LONG_DAYS.iter().find(|day| name.starts_with(day)).ok_or(text.fault())?;
    text.take(day_name.len());
    text.part(&part::DAY_NAME, name);
    text.literal(b", ")?;
    let start = text.rest();
    let day = day(text)?;
    text.literal(b"-")?;
    let month = month(text)?;
    text.literal(b"-")?;
    let year_at = text.rest();
    let year = two_digits(text, 99)?;
    let digits = text.since(year_at);
    text.literal(b" ")?;
    let clock = time_of_day(text)?;
    text.literal(b" GMT")?;
    text.end()?;
    let day = Day { year: year.into(), month, day }.within_50_years(clock, now);
    text.watch().value(&part::YEAR, digits, format_args!("{}", day.year));
    day.at(clock).ok_or(text.fault_at(start))
}

fn asctime<'a>(text: &mut ValueText<'a, impl Watch>) -> Result<i64, ValueFault<'a>> {
    short_name(text, &DAYS, &part::DAY_NAME)?;
    text.literal(b" ")?;
    let month = month(text)?;
    text.literal(b" ")?;
    let start = text.rest();
    let day = if text.has(b' ') { digit(text)? } else { two_digits(text, 31)? };
    text.part(&part::DAY, start);
    text.literal(b" ")?;
    let clock = time_of_day(text)?;
    text.literal(b" ")?;
    let year = year(text)?;
    text.end()?;
    Day { year, month, day }.at(clock).ok_or(text.fault_at(start))
}

#[inline]
fn day<'a>(text: &mut ValueText<'a, impl Watch>) -> Result<u8, ValueFault<'a>> {
    let start = text.rest();
    let day = two_digits(text, 31)?;
    text.part(&part::DAY, start);
    Ok(day)
}

#[inline]
fn month<'a>(text: &mut ValueText<'a, impl Watch>) -> Result<u8, ValueFault<'a>> {
    Ok(short_name(text, &MONTHS, &part::MONTH)? + 1)
}

/// The index of a three-letter name.
#[inline]
fn short_name<'a>(
    text: &mut ValueText<'a, impl Watch>,
    names: &[&[u8; 3]],
    part: &'static Part,
) -> Result<u8, ValueFault<'a>> {
    let start = text.rest();
    let found = start.first_chunk().and_then(|next| names.iter().position(|name| **name == *next));
    let found = found.ok_or(text.fault())?;
    text.take(3);
    text.part(part, start);
    Ok(u8::try_from(found).unwrap_or_default())
}

#[inline]
fn digit<'a>(text: &mut ValueText<'a, impl Watch>) -> Result<u8, ValueFault<'a>> {
    match text.rest() {
        [digit @ b'0'..=b'9', ..] => {
            text.take(1);
            Ok(digit - b'0')
        }
        _ => Err(text.fault()),
    }
}

#[inline]
fn two_digits<'a>(text: &mut ValueText<'a, impl Watch>, max: u8) -> Result<u8, ValueFault<'a>> {
    let start = text.rest();
    let number = match start {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', ..] => (tens - b'0') * 10 + (ones - b'0'),
        [b'0'..=b'9', rest @ ..] => return Err(text.fault_at(rest)),
        _ => return Err(text.fault()),
    };
    text.take(2);
    if number <= max { Ok(number) } else { Err(text.fault_at(start)) }
}

/// ```text
/// year = 4DIGIT
/// ```
#[inline]
fn year<'a>(text: &mut ValueText<'a, impl Watch>) -> Result<i32, ValueFault<'a>> {
    let start = text.rest();
    let century = two_digits(text, 99)?;
    let year = i32::from(century) * 100 + i32::from(two_digits(text, 99)?);
    text.part(&part::YEAR, start);
    Ok(year)
}

/// Hours, minutes and seconds.
type Clock = (u8, u8, u8);

/// ```text
/// time-of-day = hour ":" minute ":" second     ; second may be 60
/// ```
#[inline]
fn time_of_day<'a>(text: &mut ValueText<'a, impl Watch>) -> Result<Clock, ValueFault<'a>> {
    let start = text.rest();
    let hour = two_digits(text, 23)?;
    text.literal(b":")?;
    let minute = two_digits(text, 59)?;
    text.literal(b":")?;
    let second = two_digits(text, 60)?;
    text.part(&part::TIME_OF_DAY, start);
    Ok((hour, minute, second))
}

impl Day {
    /// The latest year with these two digits that is not more than 50 years after now.
    fn within_50_years(self, clock: Clock, now: SystemTime) -> Self {
        let now = calendar(unix_time::seconds(now));
        let latest = (now.year() + 50, u8::from(now.month()), now.day(), now.to_hms());
        let century = now.year().div_euclid(100) * 100;
        let mut year = century + 100 + self.year;
        while (year, self.month, self.day, clock) > latest {
            year -= 100;
        }
        Self { year, ..self }
    }

    /// The seconds since 1970; a leap second counts as the first of the next minute. `None` if the month has
    /// no such day.
    fn at(self, (hour, minute, second): Clock) -> Option<i64> {
        let date = Date::from_calendar_date(self.year, Month::try_from(self.month).ok()?, self.day).ok()?;
        let clock = Time::from_hms(hour, minute, 0).ok()?;
        Some(PrimitiveDateTime::new(date, clock).assume_utc().unix_timestamp() + i64::from(second))
    }
}

/// The calendar time this many seconds after 1970, with years limited to four digits.
pub fn calendar(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds.clamp(SPAN.0, SPAN.1)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> SystemTime {
        let distance = Duration::from_secs(seconds.unsigned_abs());
        if seconds < 0 { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance }
    }

    /// 2026-01-01 00:00:00.
    const NOW: i64 = 1_767_225_600;

    #[test]
    fn dates_are_written_as_imf_fixdate() {
        for (time, expected, why) in [
            (at(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT", "5.6.7: its example"),
            (at(0), "Thu, 01 Jan 1970 00:00:00 GMT", "the epoch"),
            (at(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT", "a leap day"),
            (at(4_107_542_399), "Sun, 28 Feb 2100 23:59:59 GMT", "2100 has no leap day"),
            (at(4_107_542_400), "Mon, 01 Mar 2100 00:00:00 GMT", "2100 has no leap day"),
            (at(0) + Duration::from_nanos(999_999_999), "Thu, 01 Jan 1970 00:00:00 GMT", "rounded down"),
            (
                at(0) - Duration::from_nanos(1),
                "Wed, 31 Dec 1969 23:59:59 GMT",
                "rounded down, before the epoch",
            ),
            (at(SPAN.1), "Fri, 31 Dec 9999 23:59:59 GMT", "the last one"),
            (at(SPAN.1 + 1), "Fri, 31 Dec 9999 23:59:59 GMT", "later ones too"),
            (at(SPAN.0 - 1), "Sat, 01 Jan 0000 00:00:00 GMT", "earlier ones too"),
        ] {
            assert_eq!(String::from_utf8_lossy(&write(time)), expected, "{why}");
        }
    }

    #[test]
    fn three_forms_are_read() {
        for (text, expected, why) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777), "IMF-fixdate"),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777), "rfc850-date"),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777), "asctime-date"),
            ("Wed Nov 16 08:49:37 1994", Some(784_975_777), "asctime-date, two digits"),
            ("Mon, 06 Nov 1994 08:49:37 GMT", Some(784_111_777), "another day's name"),
            ("Sat, 31 Dec 2016 23:59:60 GMT", Some(1_483_228_800), "a leap second"),
            ("Wed, 31 Dec 1969 23:59:59 GMT", Some(-1), "before the epoch"),
            ("Tuesday, 29-Feb-00 00:00:00 GMT", Some(951_782_400), "2000 had a leap day"),
            ("", None, "nothing"),
            ("Sun, 06 Nov 1994 08:49:37", None, "no GMT"),
            ("Sun, 06 Nov 1994 08:49:37 UTC", None, "GMT exactly"),
            ("Sun, 06 Nov 1994 08:49:37 gmt", None, "case counts"),
            ("sun, 06 Nov 1994 08:49:37 GMT", None, "case counts"),
            ("Sun, 06 nov 1994 08:49:37 GMT", None, "case counts"),
            ("Sun, 06 Nov 1994 08:49:37 +0000", None, "no offsets"),
            ("Sun, 6 Nov 1994 08:49:37 GMT", None, "two digits"),
            ("Sun,  6 Nov 1994 08:49:37 GMT", None, "two digits"),
            ("Sun,06 Nov 1994 08:49:37 GMT", None, "one SP"),
            ("Sun, 06 Nov 94 08:49:37 GMT", None, "four digits"),
            ("Sun, 06 Nov 1994 8:49:37 GMT", None, "two digits"),
            ("Sun, 06 Nov 1994 08:49 GMT", None, "no seconds"),
            ("Sun, 06 Nov 1994 24:00:00 GMT", None, "no such hour"),
            ("Sun, 06 Nov 1994 08:60:00 GMT", None, "no such minute"),
            ("Sun, 06 Nov 1994 08:49:61 GMT", None, "no such second"),
            ("Thu, 31 Nov 1994 08:49:37 GMT", None, "no such day"),
            ("Wed, 29 Feb 2023 08:49:37 GMT", None, "no such day"),
            ("Sun, 00 Nov 1994 08:49:37 GMT", None, "no such day"),
            ("Sun, 06 Foo 1994 08:49:37 GMT", None, "no such month"),
            ("Foo, 06 Nov 1994 08:49:37 GMT", None, "no such day name"),
            ("Sun, +6 Nov 1994 08:49:37 GMT", None, "a sign"),
            ("Sun, 06 Nov 1994 08:49:37 GMT ", None, "something behind"),
            ("Sun, 06-Nov-94 08:49:37 GMT", None, "a short name in rfc850-date"),
            ("Sunday, 06 Nov 1994 08:49:37 GMT", None, "a long name in IMF-fixdate"),
            ("Sunday, 06-Nov-1994 08:49:37 GMT", None, "two digits"),
            ("Sun Nov 6 08:49:37 1994", None, "a place for two digits"),
            ("Sun Nov  6 08:49:37 1994 GMT", None, "no GMT in asctime-date"),
            ("784111777", None, "a number"),
            ("0", None, "a number"),
        ] {
            assert_eq!(read(text.as_bytes(), at(NOW)), expected.map(at), "{text}: {why}");
        }
    }

    #[test]
    fn a_year_of_two_digits_is_at_most_50_years_ahead() {
        for (text, now, expected, why) in [
            ("Friday, 01-Jan-26 00:00:00 GMT", NOW, "2026", "this year"),
            ("Friday, 01-Jan-75 00:00:00 GMT", NOW, "2075", "49 years ahead"),
            ("Friday, 01-Jan-76 00:00:00 GMT", NOW, "2076", "50 years ahead, to the second"),
            ("Friday, 01-Jan-76 00:00:01 GMT", NOW, "1976", "a second more"),
            ("Friday, 01-Jan-77 00:00:00 GMT", NOW, "1977", "51 years ahead"),
            ("Friday, 01-Jan-99 00:00:00 GMT", NOW, "1999", "the past"),
            ("Friday, 01-Jan-05 00:00:00 GMT", 4_102_444_799, "2105", "seen from 2099, six years ahead"),
            ("Friday, 01-Jan-60 00:00:00 GMT", 4_102_444_799, "2060", "seen from 2099"),
        ] {
            let time = read(text.as_bytes(), at(now)).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(&write(time)[12..16], expected.as_bytes(), "{text}: {why}");
        }
    }

    proptest! {
        #[test]
        fn written_values_are_parsed_back(seconds in SPAN.0..=SPAN.1) {
            prop_assert_eq!(read(&write(at(seconds)), at(NOW)), Some(at(seconds)));
        }
    }
}
