//! Deadlines without timers: each connection has a [`DeadlineWatch`] with at most one deadline, and one sweep
//! a second checks all watches of the thread. The same sweep notifies waiting connections that the server is
//! stopping; from then on it runs more often.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::net::clock;
use crate::net::heartbeat::Heartbeat;
use crate::net::limits::Gate;
use crate::net::shutdown::Stop;

/// The time between two sweeps.
const SWEEP: Duration = Duration::from_secs(1);
/// The same while the server stops: it waits until a sweep has ended the last idle or lingering connection.
const SWEEP_AT_STOP: Duration = Duration::from_millis(50);
/// How long a connection stays idle while the server stops: a client may just have sent a request, whose response then is
/// the last one.
const LAST_REQUESTS: Duration = Duration::from_millis(100);
/// The stall, in milliseconds, after which a transfer may be ended to make room.
const STALLED: u64 = 30_000;

/// The reports of all threads in this second and in the last one.
struct Round {
    second: u64,
    earliest: u64,
    last: u64,
}

static ROUND: Mutex<Round> = Mutex::new(Round { second: 0, earliest: NEVER, last: NEVER });

thread_local! {
    static GATE: RefCell<Option<Gate>> = const { RefCell::new(None) };
    static WAITS: RefCell<Vec<Rc<Wait>>> = const { RefCell::new(Vec::new()) };
    static DRAINING: Cell<bool> = const { Cell::new(false) };
}

/// Why a wait ended without input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    TimedOut,
    Draining,
}

/// The waits of one connection; the sweep checks them while this value exists.
#[derive(Debug)]
pub(super) struct DeadlineWatch(Rc<Wait>);

#[derive(Debug)]
struct Wait {
    /// Its index in [`WAITS`].
    place: Cell<usize>,
    deadline: Cell<u64>,
    /// No value has started, so a stopping server need not wait for this connection.
    idle: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    /// The tick at which the peer of a transfer last made progress; [`NEVER`] outside transfers.
    stalled_since: Cell<u64>,
    /// The transfer is to end, to make room for others.
    is_ended: Cell<bool>,
}

impl DeadlineWatch {
    pub(super) fn new() -> Self {
        WAITS.with_borrow_mut(|waits| {
            let wait = Rc::new(Wait {
                place: Cell::new(waits.len()),
                deadline: Cell::new(NEVER),
                idle: Cell::new(false),
                waker: RefCell::new(None),
                stalled_since: Cell::new(NEVER),
                is_ended: Cell::new(false),
            });
            waits.push(Rc::clone(&wait));
            Self(wait)
        })
    }

    /// The current or next wait ends at `deadline`, a [`clock::tick`], and if `idle` also [`LAST_REQUESTS`] after the
    /// server began to stop.
    pub(super) fn until(&self, deadline: u64, idle: bool) {
        self.0.deadline.set(deadline);
        self.0.idle.set(idle);
        if is_draining() {
            self.0.end_if_idle();
        }
    }

    /// The wait is over.
    pub(super) fn rest(&self) {
        self.until(NEVER, false);
        self.stalls_since(NEVER);
    }

    /// The wait in the middle of a transfer started at this tick ([`NEVER`]: it is over).
    pub(super) fn stalls_since(&self, tick: u64) {
        if self.0.stalled_since.replace(tick) != tick {
            self.0.is_ended.set(false);
        }
    }

    /// Ready when the wait must end; otherwise the task is woken then.
    pub(super) fn poll_ended(&self, cx: &Context<'_>) -> Poll<Ended> {
        if self.0.is_ended.take() || self.0.deadline.get() <= clock::tick() {
            let is_drained = self.0.idle.get() && is_draining();
            return Poll::Ready(if is_drained { Ended::Draining } else { Ended::TimedOut });
        }
        let mut waker = self.0.waker.borrow_mut();
        match waker.as_mut() {
            Some(waker) => waker.clone_from(cx.waker()),
            None => *waker = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

impl Drop for DeadlineWatch {
    fn drop(&mut self) {
        // An ending thread may have dropped its list.
        let _ = WAITS.try_with(|waits| {
            let (mut waits, place) = (waits.borrow_mut(), self.0.place.get());
            waits.swap_remove(place);
            if let Some(moved) = waits.get(place) {
                moved.place.set(place);
            }
        });
    }
}

impl Wait {
    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// The server stops.
    fn end_if_idle(&self) {
        if self.idle.get() {
            self.deadline.set(self.deadline.get().min(after(LAST_REQUESTS)));
        }
    }
}

/// The deadline of a wait without limit.
pub(super) const NEVER: u64 = u64::MAX;

/// The tick at which `limit` expires.
pub(super) fn after(limit: Duration) -> u64 {
    clock::tick().saturating_add(u64::try_from(limit.as_millis()).unwrap_or(NEVER))
}

/// Whether the sessions of this thread must end.
pub(crate) fn is_draining() -> bool {
    DRAINING.get()
}

/// Checks all deadlines of this thread every [`SWEEP`], and ends idle waits after `stop` is requested. Every
/// runtime runs one.
pub(crate) async fn sweep(mut stop: Stop, heartbeat: Heartbeat) {
    let mut every = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            _ = every.tick() => {
                heartbeat.beat();
                let now = clock::tick();
                each(|wait| if wait.deadline.get() <= now { wait.wake() });
                if GATE.with_borrow(|gate| gate.as_ref().is_some_and(Gate::is_crowded)) {
                    end_longest_stalled(now);
                }
            }
            () = stop.requested(), if !is_draining() => {
                DRAINING.set(true);
                each(Wait::end_if_idle);
                every = tokio::time::interval(SWEEP_AT_STOP);
            }
        }
    }
}

/// Ends the longest-stalled transfer of this thread while the gate is crowded, if it is also that of the process.
pub(crate) fn make_room_for(gate: Gate) {
    GATE.set(Some(gate));
}

/// Ends the transfer that has stalled for longest, over [`STALLED`], of all threads.
fn end_longest_stalled(now: u64) {
    let longest =
        WAITS.with_borrow(|waits| waits.iter().min_by_key(|wait| wait.stalled_since.get()).cloned());
    let Some(longest) = longest else { return };
    let since = longest.stalled_since.get();
    if now.saturating_sub(since) > STALLED && is_longest(now, since) {
        longest.is_ended.set(true);
        longest.wake();
    }
}

/// Whether `since` is the earliest tick that the threads reported a second ago; reports it for the next second.
fn is_longest(now: u64, since: u64) -> bool {
    let mut round = ROUND.lock().unwrap_or_else(PoisonError::into_inner);
    let second = now / 1_000;
    if second != round.second {
        let last = if second == round.second + 1 { round.earliest } else { NEVER };
        *round = Round { second, earliest: NEVER, last };
    }
    round.earliest = round.earliest.min(since);
    since == round.last
}

fn each(look: impl Fn(&Wait)) {
    WAITS.with_borrow(|waits| waits.iter().for_each(|wait| look(wait)));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row is a second: the waiting transfers, and the one that ends.
    #[test]
    fn the_longest_stalled_transfer_ends_first() {
        let second = |count: u64| count * 1_000;
        let watches = [second(100), second(90), NEVER, second(110)].map(|since| {
            let watch = DeadlineWatch::new();
            watch.stalls_since(since);
            watch
        });
        let ended = |watches: &[DeadlineWatch; 4]| {
            watches.iter().map(|watch| watch.0.is_ended.get()).collect::<Vec<_>>()
        };
        for (now, expected, why) in [
            (second(119), [false; 4], "none for more than 30 s"),
            (second(121), [false; 4], "reported by each thread"),
            (second(122), [false, true, false, false], "the longest of all"),
        ] {
            end_longest_stalled(now);
            assert_eq!(ended(&watches), expected, "{why}");
        }
        assert!(!is_longest(second(123), second(91)), "another thread has one that stalled for longer");
        watches[1].rest();
        end_longest_stalled(second(131));
        end_longest_stalled(second(132));
        assert!(ended(&watches)[0], "the next one");
    }

    #[test]
    fn the_sweep_visits_live_connections() {
        for (first, second) in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)] {
            let mut watches = Vec::from([1, 2, 3].map(|deadline| (deadline, DeadlineWatch::new())));
            watches.iter().for_each(|(deadline, watch)| watch.until(*deadline, false));
            for gone in [first, second] {
                watches.remove(gone);
                let (mut seen, left) = (Vec::new(), watches.iter().map(|(deadline, _)| *deadline));
                WAITS.with_borrow(|waits| waits.iter().for_each(|wait| seen.push(wait.deadline.get())));
                seen.sort_unstable();
                assert_eq!(seen, left.collect::<Vec<_>>(), "without {gone}, of {first} and {second}");
            }
        }
    }
}
