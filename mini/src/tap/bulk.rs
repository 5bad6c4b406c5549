//! Forwards content inside the kernel, by splice(2): pages move from one socket to the other through a pipe, and no byte
//! is copied. So a large transfer keeps its rate; what is moved so is counted, not explained.

use std::io;
use std::os::fd::OwnedFd;

use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};
use syntax::conversation::Sender;
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::queue::{Break, other};

/// Bytes that one end sends without a byte of the other before its content is forwarded so (4 MiB). It is content
/// for certain, since no head, line or record is as long.
pub(super) const THRESHOLD: u64 = 4 << 20;
/// Bytes that a pipe holds (1 MiB, what an unprivileged process may ask for by default).
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

    /// Moves what has arrived: how many bytes, 0 at the end of the stream. `None`: nothing has.
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

/// Calls what would block until the socket is ready for it.
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
