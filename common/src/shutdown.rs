//! Signals, and stopping gracefully: one signal (SIGINT or SIGTERM) asks, a second one ends the process at once.
//!
//! Engines stop accepting, connections that wait for their next request are closed, and those in
//! the middle of an answer get [`DRAIN`] to finish.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::log;

/// How long running sessions may go on after a stop was asked for.
pub const DRAIN: Duration = Duration::from_secs(10);

/// Exit codes of a process that a second signal ended, as shells show those of signals.
const INTERRUPTED: i32 = 128 + libc::SIGINT;
const TERMINATED: i32 = 128 + libc::SIGTERM;

/// The asking side of a stop.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// The side that everything long-running holds.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

/// A stop that a program asks for itself.
pub fn pair() -> (Stopper, Stop) {
    let (stopper, stop) = watch::channel(false);
    (Stopper(stopper), Stop(stop))
}

impl Stopper {
    /// Asks everything that holds the [`Stop`] to end.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Returns when a stop has been asked for (or can no longer be asked for).
    pub async fn requested(&mut self) {
        let _ = self.0.wait_for(|stop| *stop).await;
    }

    /// A stop that SIGINT or SIGTERM asks for. SIGHUP ends the process no more.
    ///
    /// # Errors
    /// When the signals cannot be caught, or no thread can be started to wait for them.
    pub fn on_signals() -> io::Result<Self> {
        let (stopper, stop) = pair();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (mut interrupt, mut terminate, mut hangup) = {
            let _entered = runtime.enter();
            survive_file_size_limit()?;
            (
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
            )
        };
        let wait = async move {
            let mut next = async || loop {
                tokio::select! {
                    _ = interrupt.recv() => return INTERRUPTED,
                    _ = terminate.recv() => return TERMINATED,
                    _ = hangup.recv() => log::problem(format_args!(
                        "SIGHUP: a certificate that has changed is read again; for other changes, restart"
                    )),
                }
            };
            next().await;
            stopper.stop();
            std::process::exit(next().await);
        };
        std::thread::Builder::new().name("signals".into()).spawn(move || runtime.block_on(wait))?;
        Ok(stop)
    }
}

/// Catches SIGXFSZ, whose default action ends the process: a write beyond the limit of `ulimit -f` then fails
/// by EFBIG. To be called inside a runtime. SIGPIPE is ignored by Rust's own start-up code.
///
/// # Errors
/// When the signal cannot be caught.
pub(crate) fn survive_file_size_limit() -> io::Result<()> {
    // Once caught, it stays so when nobody receives it any more.
    signal(SignalKind::from_raw(libc::SIGXFSZ)).map(drop)
}
