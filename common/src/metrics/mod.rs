//! Counters of the process, and their text for Prometheus
//! ([format](https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format)). Each protocol defines its
//! own; those that both share are in `shared`, those of the process in `process`. This module serves nothing.
//!
//! Labels come from closed sets, never from a peer. Each thread adds to its own part of a counter, so that counting does
//! not move cache lines between cores; without [`turn_on`] nothing is counted.

pub mod process;
pub mod shared;

use std::cell::Cell;
use std::fmt::{Display, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// Parts of each counter. Threads beyond this number share parts.
const PARTS: usize = 16;

static IS_ON: AtomicBool = AtomicBool::new(false);
static NEXT_PART: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static PART: Cell<usize> = Cell::new(NEXT_PART.fetch_add(1, Ordering::Relaxed) % PARTS);
}

/// Counts from now on.
pub fn turn_on() {
    IS_ON.store(true, Ordering::Relaxed);
}

/// Whether events are counted.
pub fn is_on() -> bool {
    IS_ON.load(Ordering::Relaxed)
}

/// `N` counters, one for each combination of labels. They can also be decreased, as gauges are.
#[derive(Debug)]
pub struct Counters<const N: usize>([Part<N>; PARTS]);

/// In cache lines of its own.
#[derive(Debug)]
#[repr(align(64))]
struct Part<const N: usize>([AtomicU64; N]);

impl<const N: usize> Counters<N> {
    /// All at 0.
    #[expect(clippy::new_without_default, reason = "for statics")]
    pub const fn new() -> Self {
        Self([const { Part([const { AtomicU64::new(0) }; N]) }; PARTS])
    }

    /// Increases the counter at `index`, if events are counted.
    pub fn add(&self, index: usize, amount: u64) {
        if let Some(counter) = self.counter(index) {
            counter.fetch_add(amount, Ordering::Relaxed);
        }
    }

    /// Decreases the counter at `index`, if events are counted.
    pub fn subtract(&self, index: usize, amount: u64) {
        if let Some(counter) = self.counter(index) {
            counter.fetch_sub(amount, Ordering::Relaxed);
        }
    }

    fn counter(&self, index: usize) -> Option<&AtomicU64> {
        let part = is_on().then(|| self.0.get(PART.get()))?;
        part?.0.get(index)
    }

    /// The value of the counter at `index`.
    pub fn total(&self, index: usize) -> u64 {
        let values = self.0.iter().filter_map(|part| Some(part.0.get(index)?.load(Ordering::Relaxed)));
        // A part is negative if another thread has increased the gauge.
        values.fold(0, u64::wrapping_add)
    }
}

/// The upper bounds of [`Durations`], in seconds.
const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// A histogram of durations.
#[derive(Debug)]
pub struct Durations {
    /// One for each bound, and one for longer durations.
    buckets: Counters<12>,
    microseconds: Counters<1>,
}

impl Durations {
    /// Without observations.
    #[expect(clippy::new_without_default, reason = "for statics")]
    pub const fn new() -> Self {
        Self { buckets: Counters::new(), microseconds: Counters::new() }
    }

    /// Counts a duration.
    pub fn observe(&self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        self.buckets.add(BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len()), 1);
        self.microseconds.add(0, u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
    }

    /// Writes the family.
    pub fn write(&self, to: &mut Exposition, name: &str, help: &str) {
        to.family(name, "histogram", help);
        let (mut count, bucket) = (0, format!("{name}_bucket"));
        for (index, bound) in BOUNDS.iter().enumerate() {
            count += self.buckets.total(index);
            to.sample(&bucket, &[("le", &bound.to_string())], count);
        }
        count += self.buckets.total(BOUNDS.len());
        to.sample(&bucket, &[("le", "+Inf")], count);
        to.sample(
            &format!("{name}_sum"),
            &[],
            Duration::from_micros(self.microseconds.total(0)).as_secs_f64(),
        );
        to.sample(&format!("{name}_count"), &[], count);
    }
}

/// The text of all metrics.
#[derive(Debug, Default)]
pub struct Exposition(String);

impl Exposition {
    /// Begins a family; its samples follow. `kind` is `counter`, `gauge` or `histogram`.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to memory cannot fail.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    /// A sample. Values of labels contain no quotes, backslashes and line ends: they come from closed sets.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    /// A counter or gauge without labels.
    pub fn single(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    /// The text.
    pub fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_count_together() {
        static COUNTERS: Counters<2> = Counters::new();
        turn_on();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| COUNTERS.add(1, 2));
            }
        });
        std::thread::scope(|scope| drop(scope.spawn(|| COUNTERS.subtract(1, 5))));
        assert_eq!((COUNTERS.total(0), COUNTERS.total(1)), (0, 1));
        COUNTERS.add(2, 1);
        assert_eq!(COUNTERS.total(2), 0, "there is none at this index");
    }

    #[test]
    fn metrics_are_written_like_this() {
        static DURATIONS: Durations = Durations::new();
        turn_on();
        for milliseconds in [1, 5, 6, 20_000] {
            DURATIONS.observe(Duration::from_millis(milliseconds));
        }
        let mut text = Exposition::default();
        text.family("a_total", "counter", "Things.");
        text.sample("a_total", &[("x", "1"), ("y", "_OTHER")], 7);
        text.single("b", "gauge", "A thing.", 0.5);
        DURATIONS.write(&mut text, "c_seconds", "Times.");
        let text = text.into_text();
        assert!(
            text.starts_with(
                "# HELP a_total Things.\n# TYPE a_total counter\na_total{x=\"1\",y=\"_OTHER\"} 7\n\
             # HELP b A thing.\n# TYPE b gauge\nb 0.5\n\
             # HELP c_seconds Times.\n# TYPE c_seconds histogram\n\
             c_seconds_bucket{le=\"0.005\"} 2\nc_seconds_bucket{le=\"0.01\"} 3\n"
            ),
            "{text}"
        );
        assert!(
            text.ends_with(
                "{le=\"10\"} 3\nc_seconds_bucket{le=\"+Inf\"} 4\nc_seconds_sum 20.012\nc_seconds_count 4\n"
            ),
            "{text}"
        );
    }
}
