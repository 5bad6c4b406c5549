//! Stopping gracefully: one signal (SIGINT or SIGTERM) asks, a second one ends the process at once.
//!
//! Engines stop accepting, connections that wait for their next request are closed, and those in
//! the middle of an answer get [`DRAIN`] to finish.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How long running sessions may go on after a stop was asked for.
pub const DRAIN: Duration = Duration::from_secs(10);

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

    /// A stop that SIGINT or SIGTERM asks for.
    ///
    /// # Errors
    /// When the signals cannot be caught, or no thread can be started to wait for them.
    pub fn on_signals() -> io::Result<Self> {
        let (stopper, stop) = pair();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (mut interrupt, mut terminate) = {
            let _entered = runtime.enter();
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
        };
        let wait = async move {
            let mut next = async || tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} };
            next().await;
            stopper.stop();
            next().await;
            std::process::exit(1);
        };
        std::thread::Builder::new().name("signals".into()).spawn(move || runtime.block_on(wait))?;
        Ok(stop)
    }
}
