//! The only module with `unsafe`: system interfaces that no crate offers safely.

#![expect(unsafe_code, reason = "each block says what upholds it")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};

use libc::{IPPROTO_TCP, TCP_DEFER_ACCEPT, c_int, setsockopt, socklen_t};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Registers a descriptor with the poller of this thread's runtime.
pub(crate) fn register(descriptor: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an OwnedFd names the same open descriptor from here until the AsyncFd, which now owns it, is
    // dropped or returns it; both end the registration first.
    let registered = unsafe { AsyncFd::register_with_interest(descriptor, interest) };
    Ok(registered?)
}

/// Makes the allocator return freed blocks of at least `bytes` to the system (`M_MMAP_THRESHOLD`, mallopt(3)), and now
/// what was freed before, such as the memory for parsing the command line. Other C libraries than glibc do so without
/// being asked.
pub(crate) fn return_freed_blocks(bytes: usize) {
    #[cfg(target_env = "gnu")]
    // SAFETY: both functions take integers by value, and lock the allocator's state while they change it.
    unsafe {
        // It fails only for sizes over 32 MiB.
        libc::mallopt(libc::M_MMAP_THRESHOLD, c_int::try_from(bytes).unwrap_or(c_int::MAX));
        libc::malloc_trim(0);
    }
    #[cfg(not(target_env = "gnu"))]
    let _ = bytes;
}

/// Duplicates a descriptor that the process inherited, such as a socket of the service manager. The inherited one stays
/// open. A number that names no open descriptor is an error.
pub(crate) fn inherited(descriptor: RawFd) -> io::Result<OwnedFd> {
    if descriptor < 0 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: the number is not -1, and is used only for fcntl(F_DUPFD_CLOEXEC), which fails unless it names an open
    // descriptor, and touches no memory.
    unsafe { BorrowedFd::borrow_raw(descriptor) }.try_clone_to_owned()
}

/// Delays accepting connections until their first bytes have arrived, or for about this many seconds
/// (`TCP_DEFER_ACCEPT`, tcp(7)).
pub(crate) fn defer_accept(listening: BorrowedFd<'_>, seconds: c_int) -> io::Result<()> {
    let length = size_of_val(&seconds) as socklen_t;
    // SAFETY: the kernel reads `length` bytes from the pointer, which points to a living integer of that
    // size, and does not keep it.
    let failed = unsafe {
        setsockopt(listening.as_raw_fd(), IPPROTO_TCP, TCP_DEFER_ACCEPT, (&raw const seconds).cast(), length)
    };
    if failed == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
