//! Decimal numbers as both protocols write them: digits only, without a sign.
//!
//! `str::parse` accepts `+5`, which no grammar of HTTP or FTP does.

/// Reads a number.
///
/// ```text
/// number = 1*DIGIT        b"3495"
/// ```
///
/// `None` for anything else, and for a number above `u64::MAX`.
#[must_use]
pub fn parse(digits: &[u8]) -> Option<u64> {
    fold(digits, |number, digit| number.checked_mul(10)?.checked_add(digit))
}

/// Reads a number; one above `u64::MAX` counts as `u64::MAX`.
#[must_use]
pub fn parse_saturating(digits: &[u8]) -> Option<u64> {
    fold(digits, |number, digit| Some(number.saturating_mul(10).saturating_add(digit)))
}

fn fold(digits: &[u8], add: impl Fn(u64, u64) -> Option<u64>) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0, |number, byte| match byte {
        b'0'..=b'9' => add(number, u64::from(byte - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_digits() {
        for (text, expected, saturating, why) in [
            ("0", Some(0), Some(0), "one digit"),
            ("0042", Some(42), Some(42), "leading zeros"),
            ("18446744073709551615", Some(u64::MAX), Some(u64::MAX), "the largest"),
            ("18446744073709551616", None, Some(u64::MAX), "one more"),
            ("99999999999999999999999", None, Some(u64::MAX), "far more"),
            ("", None, None, "no digit"),
            ("+5", None, None, "a sign"),
            ("-5", None, None, "a sign"),
            (" 5", None, None, "a space"),
            ("5 ", None, None, "a space"),
            ("0x5", None, None, "another base"),
            ("5.0", None, None, "a fraction"),
            ("\u{0665}", None, None, "a digit of another script"),
        ] {
            assert_eq!(parse(text.as_bytes()), expected, "{text}: {why}");
            assert_eq!(parse_saturating(text.as_bytes()), saturating, "{text}: {why}");
        }
    }
}
