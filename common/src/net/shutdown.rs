//! Signals, and stopping gracefully: one signal (SIGINT or SIGTERM) asks, a second one ends the process at once.
//!
//! Engines stop accepting, connections that wait for their next request are closed, and those in
//! the middle of an answer get [`DRAIN`] to finish.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::log;
use crate::net::offload;

/// How long running sessions may go on after a stop was asked for.
pub const DRAIN: Duration = Duration::from_secs(10);

/// How long after the first signal the process ends at the latest: a thread may be blocked where no drain
/// reaches it, by a reader of standard output that has stopped, say.
const LATEST: Duration = Duration::from_secs(12);

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

    /// A stop that SIGINT or SIGTERM asks for. SIGHUP calls `reload`, off the event loops. SIGUSR1 and SIGUSR2,
    /// which other servers know, are logged and do nothing.
    ///
    /// # Errors
    /// When the signals cannot be caught, or no thread can be started to wait for them.
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
                    // Nobody waits for it: its files may be on a disk that does not answer.
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
/// by EFBIG. It is caught, not ignored, since programs that are started inherit what is ignored. SIGPIPE is
/// ignored by Rust's own start-up code.
///
/// # Errors
/// When the signal cannot be caught.
pub fn survive_file_size_limit() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let _entered = runtime.enter();
    // Once caught, it stays so when nobody receives it any more.
    signal(SignalKind::from_raw(libc::SIGXFSZ)).map(drop)
}
