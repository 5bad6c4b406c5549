//! Forwards content inside the kernel, by splice(2): pages move from one socket to the other through a pipe,
//! without a copy. A large transfer keeps its rate; these bytes are counted, not explained.

use std::io;
use std::os::fd::OwnedFd;

use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};
use syntax::conversation::Sender;
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::queue::{Break, other};

/// After this many bytes from one end without a byte of the other, content is forwarded by splice (4 MiB). It
/// must be content, because no head, line or record is as long.
pub(super) const THRESHOLD: u64 = 4 << 20;
/// The capacity of a pipe (1 MiB, the default limit of an unprivileged process).
const CAPACITY: usize = 1 << 20;

/// A pipe between two sockets.
pub(super) struct Bulk {
    out: OwnedFd,
    into: OwnedFd,
}

impl Bulk {
    pub(super) fn new() -> io::Result<Self> {
        let (out, into) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        // A smaller pipe only needs more calls.
        let _ = fcntl_setpipe_size(&into, CAPACITY);
        Ok(Self { out, into })
    }

    /// Moves the bytes that have arrived and returns their number, 0 at the end of the stream. `None`: none
    /// have arrived.
    pub(super) async fn forward(
        &self,
        sender: Sender,
        from: &TcpStream,
        to: &TcpStream,
    ) -> Result<Option<u64>, Break> {
        let flags = SpliceFlags::NONBLOCK | SpliceFlags::MOVE;
        let fill = || Ok(splice(from, None, &self.into, None, CAPACITY, flags)?);
        let length = match from.try_io(Interest::READABLE, fill) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            filled => filled.map_err(|_| Break::Reset(sender))?,
        };
        let mut left = length;
        while left > 0 {
            let drain = || Ok(splice(&self.out, None, to, None, left, flags)?);
            let drained = when_ready(to, Interest::WRITABLE, || to.try_io(Interest::WRITABLE, drain)).await;
            left -= drained.map_err(|_| Break::Reset(other(sender)))?;
        }
        Ok(Some(length as u64))
    }
}

/// Repeats a call that would block when the socket is ready.
pub(super) async fn when_ready(
    socket: &TcpStream,
    interest: Interest,
    mut call: impl FnMut() -> io::Result<usize>,
) -> io::Result<usize> {
    loop {
        socket.ready(interest).await?;
        match call() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            done => return done,
        }
    }
}
