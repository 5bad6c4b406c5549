//! Deadlines without timers: each connection has a [`Watch`] with at most one deadline, and one
//! sweep a second looks at all those of the thread. The same sweep tells waiting connections that
//! the server is stopping.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::net::clock;
use crate::net::shutdown::Stop;

const SWEEP: Duration = Duration::from_secs(1);

thread_local! {
    static WAITS: RefCell<Vec<Rc<Wait>>> = const { RefCell::new(Vec::new()) };
    static DRAINING: Cell<bool> = const { Cell::new(false) };
}

/// Why a wait ended without the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    TimedOut,
    Draining,
}

/// The waits of one connection, which the sweep looks at for as long as this lives.
#[derive(Debug)]
pub(super) struct Watch(Rc<Wait>);

#[derive(Debug)]
struct Wait {
    /// Where it stands in [`WAITS`].
    place: Cell<usize>,
    deadline: Cell<u64>,
    /// Nothing has begun, so a stopping server need not wait for this connection.
    idle: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Watch {
    pub(super) fn new() -> Self {
        WAITS.with_borrow_mut(|waits| {
            let wait = Rc::new(Wait {
                place: Cell::new(waits.len()),
                deadline: Cell::new(NEVER),
                idle: Cell::new(false),
                waker: RefCell::new(None),
            });
            waits.push(Rc::clone(&wait));
            Self(wait)
        })
    }

    /// The wait that begins or goes on ends at `deadline`, a [`clock::tick`], and if `idle` also
    /// when the server stops.
    pub(super) fn until(&self, deadline: u64, idle: bool) {
        self.0.deadline.set(deadline);
        self.0.idle.set(idle);
    }

    /// The wait is over.
    pub(super) fn rest(&self) {
        self.until(NEVER, false);
    }

    /// Ready when the wait is to end; else the task is woken when it is.
    pub(super) fn poll_ended(&self, cx: &Context<'_>) -> Poll<Ended> {
        if self.0.idle.get() && is_draining() {
            return Poll::Ready(Ended::Draining);
        }
        if self.0.deadline.get() <= clock::tick() {
            return Poll::Ready(Ended::TimedOut);
        }
        let mut waker = self.0.waker.borrow_mut();
        match waker.as_mut() {
            Some(waker) => waker.clone_from(cx.waker()),
            None => *waker = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // A thread that is ending has no list any more.
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
}

/// The tick at which a wait without limit ends.
pub(super) const NEVER: u64 = u64::MAX;

/// The tick at which `limit` from now is over.
pub(super) fn after(limit: Duration) -> u64 {
    clock::tick().saturating_add(u64::try_from(limit.as_millis()).unwrap_or(NEVER))
}

/// Whether this thread's sessions have been asked to end.
pub(crate) fn is_draining() -> bool {
    DRAINING.get()
}

/// Looks at all deadlines of this thread once a second, and ends idle waits when `stop` is
/// requested. Every runtime runs one.
pub(crate) async fn sweep(mut stop: Stop) {
    let mut every = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            _ = every.tick() => {
                let now = clock::tick();
                each(|wait| if wait.deadline.get() <= now { wait.wake() });
            }
            () = stop.requested(), if !is_draining() => {
                DRAINING.set(true);
                each(|wait| if wait.idle.get() { wait.wake() });
            }
        }
    }
}

fn each(look: impl Fn(&Wait)) {
    WAITS.with_borrow(|waits| waits.iter().for_each(|wait| look(wait)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sweep_looks_at_those_that_live() {
        for (first, second) in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)] {
            let mut watches = Vec::from([1, 2, 3].map(|deadline| (deadline, Watch::new())));
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
