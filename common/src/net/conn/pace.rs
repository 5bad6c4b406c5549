//! The minimum rate of a peer in the middle of a transfer: waiting for it uses up time, and transferred bytes
//! earn it back.

use std::io;
use std::task::{Context, Poll, ready};

use super::ConnTimeouts;
use super::watch::{DeadlineWatch, NEVER};
use crate::net::clock;

/// The time spent waiting for a peer in one direction, less the time that its bytes have earned. At
/// [`ConnTimeouts::stall`] the peer is too slow. Our own delays, such as a slow disk, do not count.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// In milliseconds.
    spent: u64,
    /// The tick at which the current wait started.
    waiting_since: Option<u64>,
}

impl Pace {
    /// Polls `step`; its result becomes an error when the peer has been too slow.
    pub(super) fn bound<T>(
        &mut self,
        step: Poll<io::Result<T>>,
        timeouts: &ConnTimeouts,
        watch: &DeadlineWatch,
        cx: &Context<'_>,
    ) -> Poll<io::Result<T>> {
        if step.is_pending() {
            let since = *self.waiting_since.get_or_insert_with(clock::tick);
            let left = milliseconds(timeouts).saturating_sub(self.spent);
            watch.until(since.saturating_add(left), false);
            watch.stalls_since(since);
            ready!(watch.poll_ended(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        watch.stalls_since(NEVER);
        step
    }

    /// Records that this many bytes were transferred, which ends the wait for them.
    pub(super) fn earn(&mut self, bytes: u64, timeouts: &ConnTimeouts) {
        if let Some(since) = self.waiting_since.take() {
            self.spent = self.spent.saturating_add(clock::tick().saturating_sub(since));
        }
        let earned = match bytes {
            0 => 0,
            _ => bytes.saturating_mul(1_000).checked_div(timeouts.rate).unwrap_or(u64::MAX),
        };
        self.spent = self.spent.saturating_sub(earned);
    }
}

fn milliseconds(timeouts: &ConnTimeouts) -> u64 {
    u64::try_from(timeouts.stall.as_millis()).unwrap_or(u64::MAX)
}
