//! Heartbeats of the threads that run sessions: each stores the time once a second. A thread that is blocked or in an
//! endless loop stops doing so, which the service manager's watchdog and `/livez` report.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::net::clock;

/// The age, in milliseconds, at which the last heartbeat means that its thread is stuck.
const STUCK: u64 = 5_000;

/// The tick of the last heartbeat of each thread.
static BEATS: Mutex<Vec<Arc<AtomicU64>>> = Mutex::new(Vec::new());

/// The heartbeat of one thread, until it is dropped.
#[derive(Debug)]
pub(crate) struct Heartbeat(Arc<AtomicU64>);

impl Heartbeat {
    pub(crate) fn start() -> Self {
        let beat = Arc::new(AtomicU64::new(clock::tick()));
        beats().push(Arc::clone(&beat));
        Self(beat)
    }

    pub(crate) fn beat(&self) {
        self.0.store(clock::tick(), Ordering::Relaxed);
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        let mut beats = beats();
        if let Some(at) = beats.iter().position(|beat| Arc::ptr_eq(beat, &self.0)) {
            beats.swap_remove(at);
        }
    }
}

/// Whether every thread that runs sessions has stored its heartbeat within the last five seconds.
pub fn all_threads_respond() -> bool {
    let now = clock::tick();
    beats().iter().all(|beat| now.saturating_sub(beat.load(Ordering::Relaxed)) < STUCK)
}

fn beats() -> MutexGuard<'static, Vec<Arc<AtomicU64>>> {
    BEATS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_silent_thread_is_noticed() {
        let (one, other) = (Heartbeat::start(), Heartbeat::start());
        assert!(all_threads_respond());
        other.0.store(clock::tick().saturating_sub(STUCK), Ordering::Relaxed);
        assert!(!all_threads_respond(), "the other thread is stuck");
        other.beat();
        assert!(all_threads_respond(), "it responds again");
        other.0.store(0, Ordering::Relaxed);
        drop(other);
        one.beat();
        assert!(all_threads_respond(), "a thread that has ended is not stuck");
    }
}
