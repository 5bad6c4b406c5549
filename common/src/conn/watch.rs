//! Deadlines without timers: each connection has a [`Watch`] with at most one deadline, and one
//! sweep a second looks at all those of the thread. The same sweep tells waiting connections that
//! the server is stopping.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::clock;
use crate::shutdown::Stop;

const SWEEP: Duration = Duration::from_secs(1);

thread_local! {
    static WATCHES: RefCell<Vec<Weak<Watch>>> = const { RefCell::new(Vec::new()) };
    static DRAINING: Cell<bool> = const { Cell::new(false) };
}

/// Why a wait ended without the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    TimedOut,
    Draining,
}

#[derive(Debug)]
pub(super) struct Watch {
    deadline: Cell<u64>,
    /// Nothing has begun, so a stopping server need not wait for this connection.
    idle: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Watch {
    pub(super) fn new() -> Rc<Self> {
        let watch =
            Rc::new(Self { deadline: Cell::new(NEVER), idle: Cell::new(false), waker: RefCell::new(None) });
        WATCHES.with_borrow_mut(|watches| watches.push(Rc::downgrade(&watch)));
        watch
    }

    /// The wait that begins or goes on ends at `deadline`, a [`clock::tick`], and if `idle` also
    /// when the server stops.
    pub(super) fn until(&self, deadline: u64, idle: bool) {
        self.deadline.set(deadline);
        self.idle.set(idle);
    }

    /// The wait is over.
    pub(super) fn rest(&self) {
        self.until(NEVER, false);
    }

    /// Ready when the wait is to end; else the task is woken when it is.
    pub(super) fn poll_ended(&self, cx: &Context<'_>) -> Poll<Ended> {
        if self.idle.get() && is_draining() {
            return Poll::Ready(Ended::Draining);
        }
        if self.deadline.get() <= clock::tick() {
            return Poll::Ready(Ended::TimedOut);
        }
        let mut waker = self.waker.borrow_mut();
        match waker.as_mut() {
            Some(waker) => waker.clone_from(cx.waker()),
            None => *waker = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

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
                each(|watch| if watch.deadline.get() <= now { watch.wake() });
            }
            () = stop.requested(), if !is_draining() => {
                DRAINING.set(true);
                each(|watch| if watch.idle.get() { watch.wake() });
            }
        }
    }
}

/// Looks at every living watch and forgets the others.
fn each(look: impl Fn(&Watch)) {
    WATCHES.with_borrow_mut(|watches| {
        watches.retain(|watch| {
            watch.upgrade().is_some_and(|watch| {
                look(&watch);
                true
            })
        });
    });
}
