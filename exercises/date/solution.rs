//! date: a time in a field.

use learn::Answer;

const FORM: &[u8; 29] = b"___, 00 ___ 0000 00:00:00 GMT";
const DAY_NAMES: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
const LENGTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAYS_BEFORE_1970: i64 = 719_528;

fn parse(data: &[u8]) -> Answer<i64> {
    match seconds(data) {
        Some(seconds) => Answer::Done(data.len(), seconds),
        None => Answer::Bad(0),
    }
}

fn seconds(data: &[u8]) -> Option<i64> {
    let fits = |(byte, form): (&u8, &u8)| match form {
        b'_' => true,
        b'0' => byte.is_ascii_digit(),
        _ => byte == form,
    };
    if data.len() != FORM.len() || !data.iter().zip(FORM).all(fits) {
        return None;
    }
    if !DAY_NAMES.contains(&&data[..3]) {
        return None;
    }
    let month = MONTHS.iter().position(|name| *name == &data[8..11])?;
    let (day, year) = (number(&data[5..7]), number(&data[12..16]));
    let (hour, minute, second) = (number(&data[17..19]), number(&data[20..22]), number(&data[23..25]));
    let mut lengths = LENGTHS;
    if is_leap(year) {
        lengths[1] += 1;
    }
    if day < 1 || day > lengths[month] || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days_before(year) + lengths[..month].iter().sum::<i64>() + day - 1 - DAYS_BEFORE_1970;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

fn number(digits: &[u8]) -> i64 {
    digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The days from the start of the year 0, which is a leap year, to the start of a year.
fn days_before(year: i64) -> i64 {
    year * 365 + (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400
}

fn main() {
    learn::run(parse);
}
