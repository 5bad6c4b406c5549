//! Times as seconds and nanoseconds since 1970-01-01T00:00:00Z, negative before it.

use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time that is `seconds` and `nanos` (below 1,000,000,000) after 1970. `None` if the system cannot
/// represent it.
#[must_use]
pub fn time(seconds: i64, nanos: u32) -> Option<SystemTime> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let second =
        if seconds < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    second?.checked_add(Duration::from_nanos(nanos.into()))
}

/// The whole seconds since 1970, rounded down, and the nanoseconds after them.
#[must_use]
pub fn parts(time: SystemTime) -> (i64, u32) {
    let whole = |distance: Duration| i64::try_from(distance.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => (whole(after), after.subsec_nanos()),
        Err(before) => match (whole(before.duration()), before.duration().subsec_nanos()) {
            (seconds, 0) => (-seconds, 0),
            (seconds, nanos) => (-seconds - 1, 1_000_000_000 - nanos),
        },
    }
}

/// The whole seconds since 1970, rounded down.
#[must_use]
pub fn seconds(time: SystemTime) -> i64 {
    parts(time).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_1970_are_rounded_down_too() {
        let nanos = Duration::from_nanos;
        for (moment, expected, why) in [
            (UNIX_EPOCH, (0, 0), "1970"),
            (UNIX_EPOCH + nanos(1_500_000_000), (1, 500_000_000), "a fraction"),
            (UNIX_EPOCH - nanos(1), (-1, 999_999_999), "just before"),
            (UNIX_EPOCH - nanos(1_000_000_000), (-1, 0), "a whole second before"),
            (UNIX_EPOCH - nanos(1_000_000_001), (-2, 999_999_999), "more than a second before"),
        ] {
            assert_eq!(parts(moment), expected, "{why}");
            assert_eq!(time(expected.0, expected.1), Some(moment), "{why}");
        }
        assert_eq!(
            time(i64::MAX, 999_999_999),
            UNIX_EPOCH.checked_add(Duration::new(i64::MAX.unsigned_abs(), 999_999_999))
        );
    }
}
