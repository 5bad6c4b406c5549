//! The only module with `unsafe`: system interfaces that no crate offers safely.

#![expect(unsafe_code, reason = "each block says what upholds it")]

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Registers a descriptor with the poller of this thread's runtime.
pub(crate) fn register(descriptor: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an OwnedFd names the same open descriptor from here until the AsyncFd, which now owns
    // it, is dropped or gives it back; both end the registration first.
    let registered = unsafe { AsyncFd::register_with_interest(descriptor, interest) };
    Ok(registered?)
}
