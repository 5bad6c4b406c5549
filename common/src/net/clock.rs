//! The clocks: coarse ones, a few nanoseconds a call and accurate to a few milliseconds. The wire crates take
//! the time as an argument instead.

use std::time::{Duration, SystemTime};

use rustix::time::{ClockId, clock_gettime};

/// The time of day.
pub fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + since_zero(ClockId::RealtimeCoarse)
}

/// The time of day to the nanosecond, for traces.
pub(crate) fn exact_now() -> SystemTime {
    SystemTime::UNIX_EPOCH + since_zero(ClockId::Realtime)
}

/// Seconds since 1970, for values that change once a second (the Date field).
pub fn unix_seconds() -> u64 {
    clock_gettime(ClockId::RealtimeCoarse).tv_sec.unsigned_abs()
}

/// Milliseconds on a clock that never goes back. Deadlines are in this unit.
pub fn tick() -> u64 {
    let time = clock_gettime(ClockId::MonotonicCoarse);
    time.tv_sec.unsigned_abs() * 1_000 + time.tv_nsec.unsigned_abs() / 1_000_000
}

/// Measures durations to the microsecond, for log lines.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Duration);

impl Stopwatch {
    /// Starts counting.
    pub fn start() -> Self {
        Self(monotonic())
    }

    /// The time since the start.
    pub fn elapsed(self) -> Duration {
        monotonic().saturating_sub(self.0)
    }
}

fn monotonic() -> Duration {
    since_zero(ClockId::Monotonic)
}

fn since_zero(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}
