//! Runs calls that may block (a cold read, a huge directory, a password hash) on one process-wide set of
//! threads that all engines share, so that no event loop waits for a disk.
//!
//! Two limits: at most [`THREADS`] calls run and at most [`QUEUE`] wait. Beyond that the caller gets [`Busy`]
//! and reports it to its peer.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// Blocking calls that run at the same time.
pub const THREADS: usize = 16;
/// Blocking calls that may wait for a thread.
pub const QUEUE: usize = 4_096;

/// How often an ending process checks whether the calls are done.
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// The queue is full, or the call panicked.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the server is busy")]
pub struct Busy;

impl From<Busy> for std::io::Error {
    fn from(busy: Busy) -> Self {
        Self::new(std::io::ErrorKind::ResourceBusy, busy)
    }
}

struct Offload {
    runtime: Runtime,
    places: Semaphore,
}

fn offload() -> Option<&'static Offload> {
    static OFFLOAD: OnceLock<Option<Offload>> = OnceLock::new();
    let start = || {
        let runtime = Builder::new_current_thread().max_blocking_threads(THREADS).build().ok()?;
        Some(Offload { runtime, places: Semaphore::new(THREADS + QUEUE) })
    };
    OFFLOAD.get_or_init(start).as_ref()
}

/// Starts `work` on the shared threads. [`Busy`] if the queue is full or no thread can be started; the handle
/// returns an error if `work` panicked. Dropping it does not cancel the call.
pub fn start<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>, Busy> {
    let offload = offload().ok_or(Busy)?;
    let place = offload.places.try_acquire().map_err(|_| Busy)?;
    let work = move || {
        let _held_until_done = place;
        work()
    };
    Ok(offload.runtime.spawn_blocking(work))
}

/// Waits until no call runs or waits, but at most for this time: uploads are cleaned up by calls that no task
/// awaits, and a process that exits at once would interrupt them. To be called when no event loop needs the
/// thread any more.
pub fn settle(most: Duration) {
    let Some(offload) = offload() else { return };
    let deadline = Instant::now() + most;
    while offload.places.available_permits() < THREADS + QUEUE && Instant::now() < deadline {
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// Runs `work` on the shared threads; [`Busy`] as for [`start`].
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
    start(work)?.await.map_err(|_panicked| Busy)
}
