//! Runs calls that may block (a cold read, a huge directory, a password hash) on one process-wide set of
//! threads that all engines share, so that no event loop waits for a disk.
//!
//! Each [`Share`] has threads of its own, so that slow fsyncs delay no listing and a flood of logins no upload. Calls
//! beyond them wait: addresses take turns, and each waits at most for as many calls as there are other addresses. Their
//! number is limited, in all and for an address; beyond that the caller gets [`Busy`] and answers its peer.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot::{self, Receiver};

use super::limits::network;

/// Calls of a share that may wait for a thread.
pub const QUEUE: usize = 4_096;
/// Calls of a share that may wait for one address.
pub const QUEUE_OF_ADDRESS: usize = 512;

/// How often an ending process checks whether the calls are done.
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// The queue is full, the memory budget is used up, or the call panicked.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the server is busy")]
pub struct Busy;

impl From<Busy> for std::io::Error {
    fn from(busy: Busy) -> Self {
        Self::new(std::io::ErrorKind::ResourceBusy, busy)
    }
}

/// Work that has its own threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// Looking up paths, and reading files.
    Files,
    /// Reading and sorting directories.
    Listings,
    /// Writing files, with fsync.
    Uploads,
    /// Coding files.
    Codings,
    /// Hashing passwords.
    Hashing,
}

impl Share {
    /// All shares.
    pub const ALL: [Self; 5] = [Self::Files, Self::Listings, Self::Uploads, Self::Codings, Self::Hashing];

    /// `files`, as in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Listings => "listings",
            Self::Uploads => "uploads",
            Self::Codings => "codings",
            Self::Hashing => "hashing",
        }
    }

    /// Calls that run at the same time.
    pub const fn threads(self) -> usize {
        match self {
            Self::Files => 12,
            Self::Listings => 4,
            Self::Uploads => 8,
            Self::Codings | Self::Hashing => 2,
        }
    }

    /// The place of a call for a peer at `address`.
    pub fn of(self, address: Option<IpAddr>) -> Turn {
        Turn { share: self, address: address.map(network), is_preferred: false }
    }
}

/// The threads for which a call waits, and its place among those that wait.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    share: Share,
    address: Option<IpAddr>,
    is_preferred: bool,
}

impl Turn {
    /// Before all calls that are not preferred.
    #[must_use]
    pub fn preferred(self) -> Self {
        Self { is_preferred: true, ..self }
    }

    /// Starts `work`. [`Busy`] if too many calls wait, or no thread can be started; the receiver returns an error if
    /// `work` panicked. Dropping it does not cancel the call.
    pub fn start<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Receiver<T>, Busy> {
        let offload = offload().ok_or(Busy)?;
        let (sender, receiver) = oneshot::channel();
        // If no one waits for the result, it is dropped here.
        let call = Box::new(move || drop(sender.send(work())));
        let mut queue = offload.queue(self.share);
        if queue.running == self.share.threads() {
            queue.push(self, call)?;
            return Ok(receiver);
        }
        queue.running += 1;
        drop(queue);
        offload.runtime.spawn_blocking(move || offload.run(self.share, call));
        Ok(receiver)
    }

    /// Runs `work`; [`Busy`] as for [`Self::start`], and if it panicked.
    pub async fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        self.start(work)?.await.map_err(|_panicked| Busy)
    }
}

type Call = Box<dyn FnOnce() + Send>;

struct Offload {
    runtime: Runtime,
    queues: [Mutex<Queue>; Share::ALL.len()],
}

/// The calls of a share.
#[derive(Default)]
struct Queue {
    running: usize,
    waiting: usize,
    preferred: Lines,
    others: Lines,
}

/// The waiting calls of each address; the first address is the next one.
#[derive(Default)]
struct Lines(VecDeque<(Option<IpAddr>, VecDeque<Call>)>);

impl Lines {
    fn push(&mut self, address: Option<IpAddr>, call: Call) -> Result<(), Busy> {
        match self.0.iter_mut().find(|(of, _)| *of == address) {
            Some((_, calls)) if address.is_some() && calls.len() >= QUEUE_OF_ADDRESS => return Err(Busy),
            Some((_, calls)) => calls.push_back(call),
            None => self.0.push_back((address, VecDeque::from([call]))),
        }
        Ok(())
    }

    fn pop(&mut self) -> Option<Call> {
        let (address, mut calls) = self.0.pop_front()?;
        let call = calls.pop_front();
        if !calls.is_empty() {
            self.0.push_back((address, calls));
        }
        call
    }
}

impl Queue {
    fn push(&mut self, turn: Turn, call: Call) -> Result<(), Busy> {
        if self.waiting >= QUEUE {
            return Err(Busy);
        }
        let lines = if turn.is_preferred { &mut self.preferred } else { &mut self.others };
        lines.push(turn.address, call)?;
        self.waiting += 1;
        Ok(())
    }

    fn pop(&mut self) -> Option<Call> {
        let call = self.preferred.pop().or_else(|| self.others.pop())?;
        self.waiting -= 1;
        Some(call)
    }
}

impl Offload {
    fn queue(&self, share: Share) -> MutexGuard<'_, Queue> {
        let [files, listings, uploads, codings, hashing] = &self.queues;
        let queue = match share {
            Share::Files => files,
            Share::Listings => listings,
            Share::Uploads => uploads,
            Share::Codings => codings,
            Share::Hashing => hashing,
        };
        queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a call on this thread, and then those that wait.
    fn run(&self, share: Share, mut call: Call) {
        loop {
            // The hook has reported the panic, and the receiver of the result sees it.
            let _ = catch_unwind(AssertUnwindSafe(call));
            let mut queue = self.queue(share);
            match queue.pop() {
                Some(next) => call = next,
                None => {
                    queue.running -= 1;
                    return;
                }
            }
        }
    }
}

fn offload() -> Option<&'static Offload> {
    static OFFLOAD: OnceLock<Option<Offload>> = OnceLock::new();
    let start = || {
        let threads = Share::ALL.iter().map(|share| share.threads()).sum();
        let runtime = Builder::new_current_thread().max_blocking_threads(threads).build().ok()?;
        Some(Offload { runtime, queues: Default::default() })
    };
    OFFLOAD.get_or_init(start).as_ref()
}

/// Starts `work` that is not done for a peer; [`Busy`] as for [`Turn::start`].
pub fn start<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<Receiver<T>, Busy> {
    Share::Files.of(None).start(work)
}

/// Runs `work` that is short, and whose peer does not matter; [`Busy`] as for [`Turn::run`].
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
    Share::Files.of(None).run(work).await
}

/// Calls of a share that wait for a thread, for metrics.
pub fn waiting(share: Share) -> usize {
    offload().map_or(0, |offload| offload.queue(share).waiting)
}

/// Waits until no call runs or waits, but at most for this time: uploads are cleaned up by calls that no task
/// awaits, and a process that exits at once would interrupt them. To be called when no event loop needs the
/// thread any more.
pub fn settle(most: Duration) {
    let Some(offload) = offload() else { return };
    let deadline = Instant::now() + most;
    let is_running = || Share::ALL.into_iter().any(|share| offload.queue(share).running > 0);
    while is_running() && Instant::now() < deadline {
        std::thread::sleep(POLL_INTERVAL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Option<IpAddr> {
        Some([192, 0, 2, last].into())
    }

    /// The order in which calls that wait are run.
    #[test]
    fn addresses_take_turns() {
        for (calls, expected, why) in [
            (&[(1, false), (1, false), (2, false)][..], "1 2 1", "one each"),
            (&[(1, false), (1, false), (2, false), (2, false), (3, false)], "1 2 3 1 2", "in turn"),
            (&[(1, false), (2, false), (3, true)], "3 1 2", "the preferred one first"),
            (&[(1, true), (1, true), (2, true), (3, false)], "1 2 1 3", "in turn among the preferred"),
        ] {
            let (mut queue, (sender, order)) = (Queue::default(), std::sync::mpsc::channel());
            for &(from, is_preferred) in calls {
                let (turn, sender) = (Share::Hashing.of(address(from)), sender.clone());
                let turn = if is_preferred { turn.preferred() } else { turn };
                queue.push(turn, Box::new(move || sender.send(from).unwrap())).unwrap();
            }
            drop(sender);
            while let Some(call) = queue.pop() {
                call();
            }
            let order: Vec<_> = order.iter().map(|from| from.to_string()).collect();
            assert_eq!((order.join(" ").as_str(), queue.waiting), (expected, 0), "{why}");
        }
    }

    #[test]
    fn calls_that_wait_are_limited_for_an_address_and_in_all() {
        let mut queue = Queue::default();
        let mut push = |from: u8| queue.push(Share::Files.of(address(from)), Box::new(|| ()));
        for (from, expected) in [(1, QUEUE_OF_ADDRESS), (2, QUEUE_OF_ADDRESS), (3, QUEUE_OF_ADDRESS)] {
            let accepted = (0..QUEUE).filter(|_| push(from).is_ok()).count();
            assert_eq!(accepted, expected, "{from}");
        }
        let accepted: usize = (4..40).map(|from| (0..QUEUE).filter(|_| push(from).is_ok()).count()).sum();
        assert_eq!(accepted, QUEUE - 3 * QUEUE_OF_ADDRESS);
    }

    #[test]
    fn a_share_that_is_in_use_delays_no_other_and_a_panic_no_call() {
        crate::net::engine::on_test_runtime(async {
            let (release, held) = std::sync::mpsc::channel::<()>();
            let held = std::sync::Arc::new(Mutex::new(held));
            let hold = || {
                let held = std::sync::Arc::clone(&held);
                move || held.lock().unwrap().recv().is_ok()
            };
            let calls = Share::Uploads.threads() + 3;
            let running: Vec<_> =
                (0..calls).map(|_| Share::Uploads.of(address(1)).start(hold()).unwrap()).collect();
            let panicked = Share::Uploads.of(address(2)).start(|| panic!("expected by the test")).unwrap();
            let next = Share::Uploads.of(address(2)).start(|| 7).unwrap();
            for share in [Share::Files, Share::Listings, Share::Hashing] {
                assert_eq!(share.of(address(1)).run(|| 5).await.unwrap(), 5, "{share:?}");
            }
            drop(release);
            assert!(panicked.await.is_err());
            assert_eq!(next.await.unwrap(), 7);
            for call in running {
                call.await.unwrap();
            }
        });
    }
}
