//! What clients have in common, whatever they speak: reaching a server, saying what is going on, trying
//! again, logging in, and keeping two trees alike. It knows no protocol.
//!
//! A client is plain `async` code on one thread, over the same [`Conn`](crate::net::conn::Conn) as a server's
//! sessions; [`run`] gives it that thread. What is brought here goes through
//! [`Tree::fetch`](crate::files::Tree::fetch), so a name that a server chose cannot leave the folder.

mod argument;
mod dial;
mod fault;
mod folder;
mod listing;
mod login;
pub mod mirror;
mod pace;
mod report;
mod retry;
mod stream;
mod trace;

use std::io;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::net::engine::on_this_thread;
use crate::net::{offload, shutdown};

pub use argument::{NOT_LOCAL, is_url, printable_path, without_password};
pub use dial::Dialer;
pub use fault::{Fault, Kind};
pub use folder::{Folder, Target, plain_name};
pub use listing::{Listing, Unread};
pub use login::{Credentials, Netrc};
pub use pace::{Pump, Sink, Throttle, Unsent};
pub use report::{Report, Style, Transfer};
pub use retry::Retries;
pub use stream::{Inlet, Outlet};
pub use trace::Trace;

/// How long the process waits for the disk when everything else is done.
const SETTLE: Duration = Duration::from_secs(2);

/// Runs a client on this thread, and waits until what it brought is on its way to the disk.
///
/// # Errors
/// No runtime can be had.
pub fn run<F: Future>(main: F) -> io::Result<F::Output> {
    // The stop is for servers; it lives as long as nobody asks for it.
    let (_stopper, stop) = shutdown::pair();
    let output = on_this_thread(stop, main);
    offload::settle(SETTLE);
    output
}

/// What `main` gives, unless the user interrupts it (SIGINT, SIGTERM) or it takes longer than `most`.
///
/// # Errors
/// That of `main`; [`Kind::Interrupted`]; [`Kind::Network`] for the time.
pub async fn interruptible<T>(
    most: Option<Duration>,
    main: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let caught = |kind| signal(kind).map_err(|error| Fault::new(Kind::Failed, error.to_string()));
    let (mut interrupt, mut terminate) = (caught(SignalKind::interrupt())?, caught(SignalKind::terminate())?);
    let over = async {
        match most {
            Some(most) => tokio::time::sleep(most).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        done = main => done,
        _ = interrupt.recv() => Err(Fault::new(Kind::Interrupted, "interrupted")),
        _ = terminate.recv() => Err(Fault::new(Kind::Interrupted, "interrupted")),
        () = over => Err(Fault::new(Kind::Network, "it took longer than --max-time allows")),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Instant;

    use super::*;

    /// Looking for a name has no end of its own, and nor has reading from a pipe.
    #[test]
    fn the_end_waits_for_no_call_that_was_given_up() {
        let (pipe, _writer) = io::pipe().unwrap();
        let mut idle = Inlet::new(File::from(std::os::fd::OwnedFd::from(pipe)));
        let read = async { idle.next(1).await.map(drop) };
        let lookup = || std::thread::sleep(Duration::from_secs(10));
        let look_up = async { tokio::task::spawn_blocking(lookup).await.map_err(io::Error::other) };
        let begun = Instant::now();
        let both = async { tokio::try_join!(read, look_up).map(drop).map_err(|error| Fault::io("", &error)) };
        let ended = run(interruptible(Some(Duration::from_millis(10)), both)).unwrap();
        assert_eq!(ended.map_err(|fault| fault.kind), Err(Kind::Network));
        assert!(begun.elapsed() < SETTLE, "{:?}", begun.elapsed());
    }
}
