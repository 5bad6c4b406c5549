//! Retry-After: when to retry ([RFC 9110 section
//! 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)).

use std::time::{Duration, SystemTime};

use syntax::decimal;
use syntax::watch::Watch;

use super::date;
use super::fields::Fields;
use super::part;

/// The time to wait from `now`; `None` if the field is missing or malformed. A date in the past means no
/// wait. The caller decides whether to wait that long.
///
/// ```text
/// Retry-After   = HTTP-date / delay-seconds
/// delay-seconds = 1*DIGIT
/// ```
///
/// Examples: `b"Retry-After: 120\r\n"`, `b"Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n"`.
pub fn of_response(fields: &Fields, now: SystemTime) -> Option<Duration> {
    parse_with(fields.only_field("retry-after")?, now, ())
}

/// Parses the value of Retry-After and reports its parts.
pub fn parse_with(value: &[u8], now: SystemTime, watch: impl Watch) -> Option<Duration> {
    if let Some(seconds) = decimal::parse_saturating(value) {
        watch.part(&part::DELAY_SECONDS, value);
        return Some(Duration::from_secs(seconds));
    }
    Some(date::read_with(value, now, watch)?.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::response;

    #[test]
    fn the_wait_is_said_in_seconds_or_as_a_date() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (fields, expected, why) in [
            ("Retry-After: 120\r\n", Some(120), "10.2.3: delay-seconds"),
            ("Retry-After: 0\r\n", Some(0), "at once"),
            ("Retry-After: 99999999999999999999\r\n", Some(u64::MAX), "no overflow"),
            ("Retry-After: Sun, 06 Nov 1994 08:49:47 GMT\r\n", Some(10), "10.2.3: HTTP-date"),
            ("Retry-After: Sun, 06 Nov 1994 08:49:27 GMT\r\n", Some(0), "it has passed"),
            ("", None, "nothing"),
            ("Retry-After:\r\n", None, "no number"),
            ("Retry-After: -1\r\n", None, "no number"),
            ("Retry-After: 1.5\r\n", None, "no number"),
            ("Retry-After: soon\r\n", None, "no date"),
            ("Retry-After: 1\r\nRetry-After: 2\r\n", None, "two readings"),
        ] {
            let text = format!("HTTP/1.1 503 Service Unavailable\r\n{fields}\r\n");
            let (head, _) = response::parse(text.as_bytes()).unwrap().unwrap();
            let found = of_response(head.fields(), now);
            assert_eq!(found, expected.map(Duration::from_secs), "{fields:?}: {why}");
        }
    }
}
