//! A non-blocking socket. Each call tries the kernel first and registers with the thread's poller only if it
//! would have to wait: a connection that never waits (such as the data connection of a small file) is never
//! registered.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::task::{Context, Poll, ready};

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::ioctl_fionread;
use rustix::net::{
    RecvFlags, SendAncillaryBuffer, SendFlags, Shutdown, SocketFlags, acceptfrom_with, recv, send, sendmsg,
    shutdown, sockopt,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::net::buffers::INPUT;
use crate::net::peer::Peer;
use crate::net::proxy_protocol::{self, Header};
use crate::net::system;

#[derive(Debug)]
pub(crate) struct Socket {
    state: State,
    /// Urgent data stays in the stream, and a read ends before it even if more is available (tcp(7)).
    reads_stop_early: bool,
}

#[derive(Debug)]
enum State {
    Fresh(OwnedFd),
    Registered(AsyncFd<OwnedFd>),
    /// During a conversion between the two, after a failed one, or after the socket was moved out.
    Gone,
}

#[derive(Clone, Copy)]
enum Side {
    Read,
    Write,
}

pub(crate) struct Done<T> {
    pub(crate) result: T,
    /// Fewer bytes were moved than requested, so the kernel's buffer is exhausted and another call would have
    /// to wait.
    pub(crate) exhausted: bool,
}

impl Socket {
    /// Wraps a non-blocking socket.
    pub(crate) fn new(socket: OwnedFd) -> Self {
        Self { state: State::Fresh(socket), reads_stop_early: false }
    }

    /// No socket: every call fails.
    pub(crate) fn gone() -> Self {
        Self { state: State::Gone, reads_stop_early: false }
    }

    pub(crate) fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(OwnedFd, Peer)>> {
        self.poll_io(cx, Side::Read, |socket| Ok(Done { result: accept(socket)?, exhausted: false }))
    }

    /// Ready if a connection waits to be accepted.
    pub(crate) fn poll_acceptable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_io(cx, Side::Read, |socket| {
            let mut asked = [PollFd::from_borrowed_fd(socket, PollFlags::IN)];
            match poll(&mut asked, Some(&Timespec::default()))? {
                0 => Err(io::ErrorKind::WouldBlock.into()),
                _ => Ok(Done { result: (), exhausted: false }),
            }
        })
    }

    /// Accepts a waiting connection. This asks the kernel, because the poller may not have reported it yet.
    pub(crate) fn accept_now(&self) -> io::Result<Option<(OwnedFd, Peer)>> {
        match accept(self.descriptor()?) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            accepted => accepted.map(Some),
        }
    }

    /// Keeps TCP urgent data inline in the stream.
    pub(crate) fn keep_urgent_inline(&mut self) -> io::Result<()> {
        sockopt::set_socket_oobinline(self.descriptor()?, true)?;
        self.reads_stop_early = true;
        Ok(())
    }

    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        let may_be_exhausted = !self.reads_stop_early;
        self.poll_io(cx, Side::Read, |socket| {
            let (read, _) = recv(socket, &mut *into, RecvFlags::empty())?;
            // The end of the stream is not exhaustion: it can be read again.
            Ok(Done { result: read, exhausted: may_be_exhausted && read > 0 && read < into.len() })
        })
    }

    /// The next byte, or `None` at the end; nothing is consumed.
    pub(crate) fn poll_peek(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<u8>>> {
        self.poll_io(cx, Side::Read, |socket| {
            let mut byte = [0];
            let (read, _) = recv(socket, &mut byte, RecvFlags::PEEK)?;
            Ok(Done { result: byte.first().copied().filter(|_| read > 0), exhausted: false })
        })
    }

    /// Takes a PROXY header from the start of the input, and nothing behind it.
    pub(crate) fn poll_proxy_header(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Header>> {
        self.poll_io(cx, Side::Read, |socket| {
            let mut start = [0; proxy_protocol::MAX_LENGTH];
            let (seen, _) = recv(socket, &mut start, RecvFlags::PEEK)?;
            if seen == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let parsed = proxy_protocol::parse(start.get(..seen).unwrap_or_default());
            let parsed = parsed.map_err(|malformed| io::Error::new(io::ErrorKind::InvalidData, malformed))?;
            // Until more arrives, which the poller reports.
            let (header, length) = parsed.ok_or(io::ErrorKind::WouldBlock)?;
            recv(socket, start.get_mut(..length).unwrap_or_default(), RecvFlags::empty())?;
            Ok(Done { result: header, exhausted: false })
        })
    }

    /// The socket itself.
    pub(crate) fn into_descriptor(self) -> io::Result<OwnedFd> {
        match self.state {
            State::Fresh(socket) => Ok(socket),
            State::Registered(socket) => Ok(socket.into_inner()),
            State::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Whether there is nothing to read and never will be: the peer has ended its side, or the connection
    /// failed. An error is not consumed, so the next read reports it.
    pub(crate) fn has_ended(&self) -> bool {
        let Ok(socket) = self.descriptor() else { return true };
        // Failures are reported in any case.
        let mut asked = [PollFd::from_borrowed_fd(socket, PollFlags::RDHUP)];
        let is_over = poll(&mut asked, Some(&Timespec::default())).is_ok_and(|ready| ready > 0);
        is_over && ioctl_fionread(socket).is_ok_and(|unread| unread == 0)
    }

    /// Reads into the spare capacity of the vector, at most `most` bytes.
    pub(crate) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut Vec<u8>,
        most: usize,
    ) -> Poll<io::Result<usize>> {
        let may_be_exhausted = !self.reads_stop_early;
        self.poll_io(cx, Side::Read, |socket| {
            let room = into.capacity() - into.len();
            let asked = if room <= most { room } else { most.min(INPUT) };
            let read = match asked == room {
                true => recv(socket, spare_capacity(into), RecvFlags::empty())?.1,
                false => receive_part(socket, into, asked)?,
            };
            Ok(Done { result: read, exhausted: may_be_exhausted && read > 0 && read < asked })
        })
    }

    /// Sends `first` and then `second` in one call, as much as the socket accepts. `more`: further bytes
    /// follow at once.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        first: &[u8],
        second: &[u8],
        more: bool,
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(cx, |socket| write(socket, first, second, more))
    }

    pub(crate) fn poll_write_with<T>(
        &mut self,
        cx: &mut Context<'_>,
        write: impl FnMut(BorrowedFd<'_>) -> io::Result<Done<T>>,
    ) -> Poll<io::Result<T>> {
        self.poll_io(cx, Side::Write, write)
    }

    /// `WouldBlock` while the socket takes no bytes.
    pub(crate) fn check_writable(socket: BorrowedFd<'_>) -> io::Result<()> {
        let mut asked = [PollFd::from_borrowed_fd(socket, PollFlags::OUT)];
        match poll(&mut asked, Some(&Timespec::default()))? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            _ => Ok(()),
        }
    }

    /// Ends our side: the peer reads the end of the stream after what was sent.
    pub(crate) fn shutdown_write(&self) -> io::Result<()> {
        Ok(shutdown(self.descriptor()?, Shutdown::Write)?)
    }

    pub(crate) fn descriptor(&self) -> io::Result<BorrowedFd<'_>> {
        match &self.state {
            State::Fresh(socket) => Ok(socket.as_fd()),
            State::Registered(socket) => Ok(socket.get_ref().as_fd()),
            State::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn poll_io<T>(
        &mut self,
        cx: &mut Context<'_>,
        side: Side,
        mut call: impl FnMut(BorrowedFd<'_>) -> io::Result<Done<T>>,
    ) -> Poll<io::Result<T>> {
        if let State::Fresh(socket) = &self.state {
            match call(socket.as_fd()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.register()?,
                done => return Poll::Ready(done.map(|done| done.result)),
            }
        }
        let State::Registered(socket) = &self.state else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        loop {
            let mut guard = match side {
                Side::Read => ready!(socket.poll_read_ready(cx))?,
                Side::Write => ready!(socket.poll_write_ready(cx))?,
            };
            let Ok(done) = guard.try_io(|socket| call(socket.get_ref().as_fd())) else { continue };
            if matches!(done, Ok(Done { exhausted: true, .. })) {
                guard.clear_ready();
            }
            return Poll::Ready(done.map(|done| done.result));
        }
    }

    fn register(&mut self) -> io::Result<()> {
        if let State::Fresh(socket) = std::mem::replace(&mut self.state, State::Gone) {
            self.state =
                State::Registered(system::register(socket, Interest::READABLE | Interest::WRITABLE)?);
        }
        Ok(())
    }
}

fn accept(socket: BorrowedFd<'_>) -> io::Result<(OwnedFd, Peer)> {
    let (socket, peer) = acceptfrom_with(socket, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC)?;
    Ok((socket, Peer::of(peer)))
}

/// Only the whole of a vector's spare capacity can be read into directly; a part of it is zeroed first, so it
/// should be small.
fn receive_part(socket: BorrowedFd<'_>, into: &mut Vec<u8>, asked: usize) -> io::Result<usize> {
    let held = into.len();
    into.resize(held + asked, 0);
    let received = recv(socket, into.get_mut(held..).unwrap_or_default(), RecvFlags::empty());
    let received = received.map(|(read, _)| read);
    into.truncate(held + received.unwrap_or_default());
    Ok(received?)
}

/// One send of two spans; a closed peer is an error, never a signal.
fn write(socket: BorrowedFd<'_>, first: &[u8], second: &[u8], more: bool) -> io::Result<Done<usize>> {
    let flags = if more { SendFlags::NOSIGNAL | SendFlags::MORE } else { SendFlags::NOSIGNAL };
    let sent = match (first, second) {
        (only, []) | ([], only) => send(socket, only, flags)?,
        (first, second) => {
            let spans = [IoSlice::new(first), IoSlice::new(second)];
            sendmsg(socket, &spans, &mut SendAncillaryBuffer::default(), flags)?
        }
    };
    Ok(Done { result: sent, exhausted: sent < first.len() + second.len() })
}
