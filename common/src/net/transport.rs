//! The stream of a connection: a socket, or TLS above it.

use std::io;
use std::mem;
use std::os::fd::BorrowedFd;
use std::task::{Context, Poll};

use crate::net::proxy_protocol::Header;
use crate::net::socket::Socket;
use crate::net::tls::{TlsRole, TlsStream};
use crate::net::trace::{ConnTrace, Traced};

#[derive(Debug)]
pub(crate) enum Transport {
    Plain(Socket),
    // Boxed: most connections are unencrypted, and it is many times as large.
    Tls(Box<TlsStream>),
    /// Either of them, with a trace.
    Traced(Box<Traced>),
}

/// What the caller will write after these bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FollowedBy {
    /// Nothing for now: the peer may answer first.
    Wait,
    /// More, at once: the kernel need not send a partial segment.
    Content,
    /// The end of the stream, at once; in TLS a close_notify.
    End,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    /// This many of the bytes must not be passed again.
    pub(crate) taken: usize,
    /// This many bytes were accepted by the kernel; over TLS those of records, which may be from earlier
    /// writes.
    pub(crate) moved: usize,
}

impl Transport {
    /// Adds TLS above the socket; the handshake follows.
    pub(crate) fn start_tls(&mut self, end: TlsRole<'_>) -> io::Result<()> {
        if let Self::Traced(traced) = self {
            return traced.inner.start_tls(end);
        }
        let Self::Plain(socket) = self else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the connection speaks TLS already"));
        };
        let socket = mem::replace(socket, Socket::gone());
        *self = Self::Tls(TlsStream::new(socket, end)?.into());
        Ok(())
    }

    pub(crate) fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(_) => Poll::Ready(Ok(())),
            Self::Tls(tls) => tls.poll_handshake(cx),
            Self::Traced(traced) => traced.poll_handshake(cx),
        }
    }

    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(socket) => socket.poll_read(cx, into),
            Self::Tls(tls) => tls.poll_read(cx, into),
            Self::Traced(traced) => traced.poll_read(cx, into),
        }
    }

    /// The next byte of the socket, or `None` at its end; nothing is consumed.
    pub(crate) fn poll_peek(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<u8>>> {
        self.socket_mut().poll_peek(cx)
    }

    pub(crate) fn poll_proxy_header(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Header>> {
        self.socket_mut().poll_proxy_header(cx)
    }

    pub(crate) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut Vec<u8>,
        most: usize,
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(socket) => socket.poll_receive(cx, into, most),
            Self::Tls(tls) => tls.poll_receive(cx, into, most),
            Self::Traced(traced) => traced.poll_receive(cx, into, most),
        }
    }

    /// Writes `first` and then `second`, as much as one call takes.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        first: &[u8],
        second: &[u8],
        followed_by: FollowedBy,
    ) -> Poll<io::Result<Written>> {
        match self {
            Self::Plain(socket) => {
                let written = socket.poll_write(cx, first, second, followed_by != FollowedBy::Wait);
                written.map_ok(|sent| Written { taken: sent, moved: sent })
            }
            Self::Tls(tls) => tls.poll_write(cx, first, second, followed_by),
            Self::Traced(traced) => traced.poll_write(cx, first, second, followed_by),
        }
    }

    /// Whether all accepted bytes are written, and the end too if it follows.
    pub(crate) fn is_flushed(&self, followed_by: FollowedBy) -> bool {
        match self {
            Self::Plain(_) => true,
            Self::Tls(tls) => tls.is_flushed(followed_by),
            Self::Traced(traced) => traced.inner.is_flushed(followed_by),
        }
    }

    pub(crate) fn tls(&self) -> Option<&TlsStream> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(tls) => Some(tls),
            Self::Traced(traced) => traced.inner.tls(),
        }
    }

    pub(crate) fn shutdown_write(&mut self) -> io::Result<()> {
        match self {
            Self::Traced(traced) => traced.shutdown_write(),
            Self::Plain(_) | Self::Tls(_) => self.socket().shutdown_write(),
        }
    }

    /// The same stream with a trace; a traced stream is unchanged.
    pub(crate) fn traced(self, trace: impl FnOnce(&Socket) -> ConnTrace) -> Self {
        match self {
            Self::Traced(_) => self,
            inner => {
                let trace = trace(inner.socket());
                Self::Traced(Box::new(Traced { inner, trace }))
            }
        }
    }

    pub(crate) fn trace(&self) -> Option<&ConnTrace> {
        match self {
            Self::Traced(traced) => Some(&traced.trace),
            Self::Plain(_) | Self::Tls(_) => None,
        }
    }

    pub(crate) fn descriptor(&self) -> io::Result<BorrowedFd<'_>> {
        self.socket().descriptor()
    }

    pub(crate) fn keep_urgent_inline(&mut self) -> io::Result<()> {
        self.socket_mut().keep_urgent_inline()
    }

    pub(crate) fn socket(&self) -> &Socket {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(tls) => &tls.socket,
            Self::Traced(traced) => traced.inner.socket(),
        }
    }

    fn socket_mut(&mut self) -> &mut Socket {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(tls) => &mut tls.socket,
            Self::Traced(traced) => traced.inner.socket_mut(),
        }
    }
}
