//! [`Conn`], what a session sees of its connection: the next value of its input, a queue for its
//! output, and content to send. It owns buffers, deadlines, minimum rates and the drain signal; a
//! session never races a timer, never touches a socket and holds no buffer while it is idle.

mod buffers;
mod send;
mod watch;

use std::future::poll_fn;
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::task::{Poll, ready};
use std::time::Duration;

use rustix::net::sockopt;

use crate::limits::Permit;
use crate::listen::Peer;
use crate::socket::Socket;

pub use buffers::{HIGH_WATER, INPUT, TRANSFER};
use buffers::{Input, Output};
pub(crate) use watch::sweep;
use watch::{Ended, Watch};

/// How long a connection is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the first byte of the next value (`None`: without end, as during a transfer).
    pub idle: Option<Duration>,
    /// For the rest of a value, from its first byte.
    pub value: Duration,
    /// For a peer that neither sends nor takes bytes in the middle of a transfer. Bytes that move
    /// earn time at [`Patience::rate`], up to this much.
    pub stall: Duration,
    /// The least bytes a second that a peer must take.
    pub rate: u64,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { idle: Some(seconds(60)), value: seconds(10), stall: seconds(30), rate: 512 }
    }
}

/// Discarding what a refused peer still sends ends after this time or this many bytes.
const LINGER: (Duration, usize) = (Duration::from_secs(2), 4 << 20);

/// Why there is no next value.
#[derive(Debug, thiserror::Error)]
pub enum Broken<E> {
    /// What came is no such value; nothing after it can be trusted.
    #[error("{0}")]
    Input(E),
    /// The connection failed, stalled, or ended inside a value.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// One connection.
#[derive(Debug)]
pub struct Conn {
    socket: Socket,
    peer: Peer,
    local: Peer,
    input: Input,
    output: Output,
    watch: Rc<Watch>,
    patience: Patience,
    ended: bool,
    sent: u64,
    _permit: Option<Permit>,
}

impl Conn {
    /// A connection over a connected, non-blocking socket. Made on the thread that carries it.
    pub fn new(socket: OwnedFd, peer: Peer) -> Self {
        // Answers are written whole, so waiting for more to fill a segment only delays them.
        // A Unix socket has no such option.
        let _ = sockopt::set_tcp_nodelay(&socket, true);
        Self {
            peer,
            local: Peer::local(&socket),
            socket: Socket::new(socket),
            input: Input::default(),
            output: Output::default(),
            watch: Watch::new(),
            patience: Patience::default(),
            ended: false,
            sent: 0,
            _permit: None,
        }
    }

    /// Holds a place among the counted connections until this one is dropped.
    pub(crate) fn holding(mut self, permit: Permit) -> Self {
        self._permit = Some(permit);
        self
    }

    /// Who is at the other end.
    pub fn peer(&self) -> Peer {
        self.peer
    }

    /// The address that the peer connected to.
    pub fn local(&self) -> Peer {
        self.local
    }

    /// How long this connection is waited for from now on.
    pub fn set_patience(&mut self, patience: Patience) {
        self.patience = patience;
    }

    /// Whether the server is stopping: a session says goodbye instead of going on.
    pub fn is_draining(&self) -> bool {
        watch::is_draining()
    }

    /// Keeps TCP urgent data in its place in the stream, as Telnet's Synch needs it.
    pub fn keep_urgent_inline(&mut self) {
        // A Unix socket has none.
        let _ = self.socket.keep_urgent_inline();
    }

    /// Lets the kernel notice a peer that is gone without a word.
    pub fn keep_alive(&self) {
        if let Ok(socket) = self.socket.descriptor() {
            let _ = sockopt::set_socket_keepalive(socket, true);
        }
    }

    /// The bytes that the kernel has taken from us so far.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Bytes queued here are written together, at the latest before the next wait for input.
    pub fn out(&mut self) -> &mut Vec<u8> {
        self.output.queue()
    }

    /// The next whole value at the start of the input. `parse` looks at everything unread and gives
    /// the value with the bytes that it took, or `Ok(None)` when it needs more.
    ///
    /// Queued output is flushed before waiting, so plain dialogue code answers a pipeline with one
    /// write. `None`: the peer has ended its side between two values, or the server is stopping.
    ///
    /// # Errors
    /// [`Broken::Input`] is the parser's error; [`Broken::Io`] a failed connection, one that kept
    /// us waiting (`TimedOut`), a value cut off by its end (`UnexpectedEof`) or larger than
    /// [`INPUT`] (`InvalidData`).
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn next<T, E>(
        &mut self,
        mut parse: impl FnMut(&[u8]) -> Result<Option<(T, usize)>, E>,
    ) -> Result<Option<T>, Broken<E>> {
        let mut value_deadline = None;
        loop {
            if !self.input.is_empty() {
                let parsed = parse(self.input.unread()).map_err(Broken::Input)?;
                if let Some((value, used)) = parsed {
                    self.input.consume(used);
                    if self.output.unsent().len() >= HIGH_WATER {
                        self.flush().await?;
                    }
                    return Ok(Some(value));
                }
            }
            self.flush().await?;
            if self.input.is_empty() {
                self.watch.until(self.patience.idle.map_or(watch::NEVER, watch::after), true);
            } else {
                let deadline = *value_deadline.get_or_insert_with(|| watch::after(self.patience.value));
                self.watch.until(deadline, false);
            }
            if !self.fill().await? {
                return match self.input.is_empty() {
                    true => Ok(None),
                    false => Err(Broken::Io(io::ErrorKind::UnexpectedEof.into())),
                };
            }
        }
    }

    /// Input that has come and that nobody has taken yet.
    pub fn has_unread(&self) -> bool {
        !self.input.is_empty()
    }

    /// Writes everything queued.
    ///
    /// # Errors
    /// A failed connection, or `TimedOut` from a peer that takes less than the minimum rate.
    pub async fn flush(&mut self) -> io::Result<()> {
        self.write_through(&[]).await
    }

    /// Writes everything queued and ends our side. For a peer that will send nothing more.
    ///
    /// # Errors
    /// As [`Conn::flush`].
    pub async fn finish(mut self) -> io::Result<()> {
        self.flush().await?;
        self.socket.shutdown_write()
    }

    /// As [`Conn::finish`], then discards what the peer still sends for a bounded time: closing with
    /// unread input would reset the connection, and the reset could eat the answer (RFC 9112
    /// section 9.6).
    pub async fn linger(mut self) {
        if self.flush().await.is_err() || self.socket.shutdown_write().is_err() {
            return;
        }
        let (time, most) = LINGER;
        let deadline = watch::after(time);
        let mut discarded = self.input.unread().len();
        while discarded <= most {
            self.input.consume(usize::MAX);
            self.watch.until(deadline, false);
            if !self.fill().await.unwrap_or(false) {
                return;
            }
            discarded += self.input.unread().len();
        }
    }

    /// Reads once. `false`: there will be no more (the end of the stream, or a stopping server).
    async fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.input.unread().len() >= INPUT {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a value larger than the input buffer"));
        }
        let (socket, input, watch) = (&mut self.socket, &mut self.input, &self.watch);
        let read = poll_fn(|cx| {
            let read = input.fill(|room| match socket.poll_read(cx, room) {
                Poll::Ready(Ok(came)) => (came, Poll::Ready(Ok(came > 0))),
                Poll::Ready(Err(error)) => (0, Poll::Ready(Err(error))),
                Poll::Pending => (0, Poll::Pending),
            });
            if read.is_ready() {
                return read;
            }
            Poll::Ready(match ready!(watch.poll_ended(cx)) {
                Ended::TimedOut => Err(io::ErrorKind::TimedOut.into()),
                Ended::Draining => Ok(false),
            })
        })
        .await;
        self.watch.rest();
        self.ended = matches!(read, Ok(false));
        read
    }
}

#[cfg(test)]
mod tests;
