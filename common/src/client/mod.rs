//! Shared by the clients: connecting, reporting, retrying, logging in, and mirroring. This module knows no
//! protocol.
//!
//! A client is plain `async` code on one thread, over the same [`Conn`](crate::net::conn::Conn) as a server's
//! sessions; [`run`] provides that thread. Downloads go through [`Tree::fetch`](crate::files::Tree::fetch),
//! so a name that a server chose cannot leave the folder.

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

use crate::net::engine::on_this_thread;
use crate::net::{offload, shutdown};

pub use argument::{NOT_LOCAL, is_url, printable_path, without_password};
pub use dial::Dialer;
pub use fault::{DOT_NAME, Fault, FaultKind, Hint};
pub use folder::{LocalFolder, OutputTarget, plain_name};
pub use listing::{Listing, Unread};
pub use login::{Netrc, UserCredentials};
pub use pace::{ContentSink, PacedTransfer, Throttle, Unsent};
pub use report::{ClientEvent, MirrorSummary, Reporter, TransferProgress};
pub use retry::Retries;
pub use stream::{Inlet, Outlet};
pub use trace::DialogueTrace;

/// How long the process waits for pending disk writes before it ends.
const SETTLE: Duration = Duration::from_secs(2);

/// Runs a client on this thread, and then waits for the disk to finish its downloads.
pub fn run<F: Future>(main: F) -> io::Result<F::Output> {
    // Only servers are stopped; the stop is valid as long as its other half lives.
    let (_stopper, stop) = shutdown::pair();
    let output = on_this_thread(stop, main);
    offload::settle(SETTLE);
    output
}
