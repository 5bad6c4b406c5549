//! [`Conn`], a session's view of its connection: the next value of its input, a queue for its output, and
//! content to send. It owns buffers, deadlines, minimum rates and the drain signal; a session never races a
//! timer, never touches a socket and holds no buffer while it is idle.

mod pace;
mod proxied;
mod receive;
mod secure;
mod send;
mod tcp;
mod watch;

use std::future::poll_fn;
use std::io;
use std::mem;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::task::{Poll, ready};
use std::time::Duration;

use tokio::sync::mpsc::Sender;

use crate::metrics::shared::{ByteDirection, Protocol, transferred};
use crate::net::budget::Reservation;
use crate::net::buffers::{InputBuffer, OutputBuffer};
use crate::net::limits::Permit;
use crate::net::peer::Peer;
use crate::net::socket::Socket;
use crate::net::trace::{self, ConnTrace, Mask, Tracer};
use crate::net::transport::{FollowedBy, Transport};

pub use crate::net::buffers::{HIGH_WATER, INPUT};
use pace::Pace;
use watch::{DeadlineWatch, Ended};
pub(crate) use watch::{is_draining, make_room_for, sweep};

/// The timeouts of a connection.
#[derive(Clone, Copy, Debug)]
pub struct ConnTimeouts {
    /// For the first byte of the next value. `None`: no limit, even while the server stops, as during a
    /// transfer.
    pub idle: Option<Duration>,
    /// For the rest of a value, from its first byte.
    pub value: Duration,
    /// For a peer that neither sends nor reads bytes in the middle of a transfer. Waiting uses up this time;
    /// transferred bytes earn it back, at [`ConnTimeouts::rate`].
    pub stall: Duration,
    /// The least bytes a second that a peer must send or read. 0: any byte earns back all of the time.
    pub rate: u64,
}

impl Default for ConnTimeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { idle: Some(seconds(60)), value: seconds(10), stall: seconds(30), rate: 512 }
    }
}

/// Discarding the input of a refused peer ends after this time or this many bytes.
const LINGER: (Duration, usize) = (Duration::from_secs(2), 4 << 20);
/// The time while the server stops: enough for a round trip, after which input that was on its way has arrived. A peer
/// that does not close must not delay the stop.
const LINGER_AT_STOP: Duration = Duration::from_millis(500);

/// Why there is no next value.
#[derive(Debug, thiserror::Error)]
pub enum Broken<E> {
    /// The input is not a valid value; nothing after it can be trusted.
    #[error("{0}")]
    Input(E),
    /// The connection failed, stalled, or ended inside a value.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// One connection. It is one pointer wide: sessions are state machines that hold it in many places,
/// and ten thousand of them wait at a time.
#[derive(Debug)]
pub struct Conn(Box<State>);

#[derive(Debug)]
struct State {
    stream: Transport,
    peer: Peer,
    /// The address of the proxy to which the client connected. Boxed: most connections have none.
    reached: Option<Box<SocketAddr>>,
    input: InputBuffer,
    output: OutputBuffer,
    watch: DeadlineWatch,
    timeouts: ConnTimeouts,
    /// The pace of the peer's content.
    receiving: Pace,
    ended: bool,
    sent: u64,
    /// The protocol for which the bytes are counted in metrics.
    counted: Option<Protocol>,
    /// Memory that is held while the peer does not receive. Boxed: most connections have none.
    queued: Option<Box<Reservation>>,
    held: Option<(Permit, Option<Sender<()>>)>,
}

impl Conn {
    /// Wraps a connected, non-blocking socket. To be called on the thread that serves it.
    pub fn new(socket: OwnedFd, peer: Peer) -> Self {
        Self(Box::new(State {
            peer,
            reached: None,
            stream: Transport::Plain(Socket::new(socket)),
            input: InputBuffer::default(),
            output: OutputBuffer::default(),
            watch: DeadlineWatch::new(),
            timeouts: ConnTimeouts::default(),
            receiving: Pace::default(),
            ended: false,
            sent: 0,
            counted: None,
            queued: None,
            held: None,
        }))
    }

    /// Holds a permit and a sender, which are dropped with the connection.
    pub(crate) fn holding(mut self, permit: Permit, alive: Option<Sender<()>>) -> Self {
        self.0.held = Some((permit, alive));
        self
    }

    /// Traces the connection if there is a tracer. `end` is our end of it; `mask` finds secrets.
    #[must_use]
    pub fn traced(
        mut self,
        tracer: Option<&Tracer>,
        end: trace::Sender,
        mask: impl FnOnce() -> Option<Box<dyn Mask>>,
    ) -> Self {
        if let Some(tracer) = tracer {
            let stream = mem::replace(&mut self.0.stream, Transport::Plain(Socket::gone()));
            self.0.stream =
                stream.traced(|socket| ConnTrace::new(tracer, socket.descriptor().ok(), end, mask()));
        }
        self
    }

    /// Traces connections that belong to this one, if this one is traced.
    pub fn tracer(&self) -> Option<Tracer> {
        Some(self.0.stream.trace()?.tracer())
    }

    /// The peer.
    pub fn peer(&self) -> Peer {
        self.0.peer
    }

    /// Sets the timeouts from now on.
    pub fn set_timeouts(&mut self, timeouts: ConnTimeouts) {
        self.0.timeouts = timeouts;
    }

    /// Whether the server is stopping: a session then ends instead of continuing.
    pub fn is_draining(&self) -> bool {
        is_draining()
    }

    /// Counts the bytes of this connection in the metrics of a protocol.
    pub fn count_bytes(&mut self, protocol: Protocol) {
        self.0.counted = Some(protocol);
    }

    /// Bytes handed off so far: accepted by the kernel, or buffered in TLS (at most 64 KiB).
    pub fn sent(&self) -> u64 {
        self.0.sent
    }

    /// Bytes queued here are written together, at the latest before the next wait for input.
    pub fn out(&mut self) -> &mut Vec<u8> {
        self.0.output.queue()
    }

    /// The next complete value of the input. `parse` gets all unread bytes and returns the value with its
    /// length in bytes, or `Ok(None)` if it needs more.
    ///
    /// Queued output is flushed before waiting, so plain dialogue code answers a pipeline with one write.
    /// `None`: the peer has ended its side between two values, or the server is stopping.
    ///
    /// # Errors
    ///
    /// [`Broken::Input`] is the parser's error; [`Broken::Io`] is a failed connection, a peer that exceeded a
    /// timeout (`TimedOut`), a value cut off by the end (`UnexpectedEof`), larger than [`INPUT`]
    /// (`InvalidData`), or incomplete while the [`budget`](crate::net::budget) has no room for it
    /// (`ResourceBusy`).
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn next<T, E>(
        &mut self,
        mut parse: impl FnMut(&[u8]) -> Result<Option<(T, usize)>, E>,
    ) -> Result<Option<T>, Broken<E>> {
        if self.0.output.unsent().len() >= HIGH_WATER {
            self.flush().await?;
        }
        let mut value_deadline = None;
        loop {
            if !self.0.input.is_empty() {
                let parsed = parse(self.0.input.unread()).map_err(Broken::Input)?;
                if let Some((value, used)) = parsed {
                    self.0.input.consume(used);
                    return Ok(Some(value));
                }
            }
            self.flush().await?;
            if self.0.input.is_empty() {
                let idle = self.0.timeouts.idle;
                self.0.watch.until(idle.map_or(watch::NEVER, watch::after), idle.is_some());
            } else {
                let deadline = *value_deadline.get_or_insert_with(|| watch::after(self.0.timeouts.value));
                self.0.watch.until(deadline, false);
            }
            if !self.fill().await? {
                return match self.0.input.is_empty() {
                    true => Ok(None),
                    false => Err(Broken::Io(io::ErrorKind::UnexpectedEof.into())),
                };
            }
        }
    }

    /// Received input that was not consumed yet.
    pub fn unread(&self) -> &[u8] {
        self.0.input.unread()
    }

    /// Whether there is such input.
    pub fn has_unread(&self) -> bool {
        !self.0.input.is_empty()
    }

    /// Writes all queued output.
    ///
    /// # Errors
    ///
    /// A failed connection, `TimedOut` from a peer that reads less than the minimum rate, or `ResourceBusy` if the
    /// peer does not receive and the [`budget`](crate::net::budget) has no room for the output.
    pub async fn flush(&mut self) -> io::Result<()> {
        self.write_all(&[], FollowedBy::Wait).await
    }

    /// Writes all queued output for the last time, over TLS with a close_notify after it; dropping the
    /// connection then closes it. For a peer that will send nothing more. The kernel may hold back the last
    /// segment until then, so that it is sent together with the end.
    ///
    /// # Errors
    ///
    /// See [`Conn::flush`].
    pub async fn finish(&mut self) -> io::Result<()> {
        self.write_all(&[], FollowedBy::End).await
    }

    /// Finishes, and ends our side: the peer reads the end of the stream, and its further bytes can be
    /// received.
    ///
    /// # Errors
    ///
    /// See [`Conn::flush`].
    pub async fn end(&mut self) -> io::Result<()> {
        self.finish().await?;
        self.0.stream.shutdown_write()
    }

    /// Finishes, ends our side, and discards the peer's further bytes for a limited time: closing with unread
    /// input would reset the connection, which could discard the response (RFC 9112 section 9.6).
    pub async fn linger(mut self) {
        // Not by calling `end`: each nested call makes a waiting session larger.
        if self.finish().await.is_err() || self.0.stream.shutdown_write().is_err() {
            return;
        }
        let (time, most) = LINGER;
        let deadline = watch::after(if is_draining() { LINGER_AT_STOP } else { time });
        let mut discarded = self.0.input.unread().len();
        while discarded <= most {
            self.0.input.consume(usize::MAX);
            self.0.watch.until(deadline, false);
            if !self.fill().await.unwrap_or(false) {
                return;
            }
            discarded += self.0.input.unread().len();
        }
    }

    /// Reads once. `false`: no more input will come (the end of the stream, or a stopping server).
    async fn fill(&mut self) -> io::Result<bool> {
        if self.0.ended {
            return Ok(false);
        }
        if self.0.input.unread().len() >= INPUT {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a value larger than the input buffer"));
        }
        // One reference: a session that waits is as large as the largest of its states.
        let state = &mut *self.0;
        let read = poll_fn(|cx| {
            let State { stream, peer, input, watch, counted, ended, .. } = &mut *state;
            let read = input.fill(|room| match stream.poll_read(cx, room) {
                Poll::Ready(Ok(came)) => {
                    *ended = came == 0;
                    count(*counted, ByteDirection::Received, came as u64);
                    (came, Poll::Ready(Ok(came > 0)))
                }
                Poll::Ready(Err(error)) => (0, Poll::Ready(Err(error))),
                Poll::Pending => (0, Poll::Pending),
            });
            if read.is_ready() {
                return read;
            }
            input.reserve(peer.ip())?;
            Poll::Ready(match ready!(watch.poll_ended(cx)) {
                Ended::TimedOut => Err(io::ErrorKind::TimedOut.into()),
                Ended::Draining => Ok(false),
            })
        })
        .await;
        self.0.watch.rest();
        match read {
            // TLS without a close_notify. A value has an end of its own, so a truncation would be noticed.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            read => read,
        }
    }
}

fn count(counted: Option<Protocol>, direction: ByteDirection, bytes: u64) {
    if let Some(protocol) = counted {
        transferred(protocol, direction, bytes);
    }
}

#[cfg(test)]
pub(crate) mod tests;
