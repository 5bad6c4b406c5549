//! Signals and graceful stops: one signal (SIGINT or SIGTERM) requests a stop, a second one ends the process
//! at once.
//!
//! Engines stop accepting, connections are closed when they have been idle for 100 ms, and those in the middle of a
//! response have [`DRAIN`] to finish.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::log;
use crate::net::offload;

/// How long running sessions may continue after a stop was requested.
pub const DRAIN: Duration = Duration::from_secs(10);

/// How long after the first signal the process ends at the latest: a thread may be blocked where no drain
/// reaches it, for instance by a reader of standard output that has stopped.
const LATEST: Duration = Duration::from_secs(12);

/// Exit codes of a process that a second signal ended, as in shells.
const INTERRUPTED: i32 = 128 + libc::SIGINT;
const TERMINATED: i32 = 128 + libc::SIGTERM;

/// Requests a stop.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Waits for a stop; every long-running task has one.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

/// A stop that the program requests itself.
pub fn pair() -> (Stopper, Stop) {
    let (stopper, stop) = watch::channel(false);
    (Stopper(stopper), Stop(stop))
}

impl Stopper {
    /// Requests a stop from every holder of the [`Stop`].
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Returns when a stop has been requested (or can no longer be requested).
    pub async fn requested(&mut self) {
        let _ = self.0.wait_for(|stop| *stop).await;
    }

    /// Whether a stop has been requested.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// A stop that SIGINT or SIGTERM requests. SIGHUP calls `reload`, off the event loops. SIGUSR1 and
    /// SIGUSR2, which other servers use, are logged and do nothing.
    pub fn on_signals(reload: impl Fn() + Clone + Send + Sync + 'static) -> io::Result<Self> {
        let (stopper, stop) = pair();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let catch = |kind| {
            let _entered = runtime.enter();
            signal(kind)
        };
        let (mut interrupt, mut terminate) =
            (catch(SignalKind::interrupt())?, catch(SignalKind::terminate())?);
        let (mut hangup, mut user1, mut user2) = (
            catch(SignalKind::hangup())?,
            catch(SignalKind::user_defined1())?,
            catch(SignalKind::user_defined2())?,
        );
        let wait = async move {
            let mut asked_to_end = async || loop {
                tokio::select! {
                    _ = interrupt.recv() => return INTERRUPTED,
                    _ = terminate.recv() => return TERMINATED,
                    // Not awaited: its files may be on a disk that does not answer.
                    _ = hangup.recv() => if offload::start(reload.clone()).is_err() {
                        log::problem(format_args!("SIGHUP: the server is busy; send it again"));
                    },
                    _ = user1.recv() => ignored("SIGUSR1"),
                    _ = user2.recv() => ignored("SIGUSR2"),
                }
            };
            asked_to_end().await;
            stopper.stop();
            let code = timeout(LATEST, asked_to_end()).await;
            std::process::exit(code.unwrap_or(0));
        };
        std::thread::Builder::new().name("signals".into()).spawn(move || runtime.block_on(wait))?;
        Ok(stop)
    }
}

fn ignored(signal: &str) {
    log::notice(format_args!("{signal} is ignored; SIGHUP reloads, SIGTERM stops"));
}

/// Catches SIGXFSZ, whose default action ends the process: a write beyond the limit of `ulimit -f` then fails
/// with EFBIG. It is caught, not ignored, since child processes inherit ignored signals. Rust's own start-up
/// code ignores SIGPIPE.
pub fn survive_file_size_limit() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let _entered = runtime.enter();
    // It stays caught when its stream is dropped.
    signal(SignalKind::from_raw(libc::SIGXFSZ)).map(drop)
}
