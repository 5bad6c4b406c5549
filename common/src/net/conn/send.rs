//! Sends output: the queue, bytes in memory, and spans of files.

use std::future::poll_fn;
use std::io;
use std::ops::Range;
use std::os::fd::BorrowedFd;
use std::task::Context;

use rustix::net::{Shutdown, shutdown};

use super::pace::Pace;
use super::{Conn, HIGH_WATER, State, count};
use crate::metrics::shared::ByteDirection;
use crate::net::budget::MemoryUse;
use crate::net::buffers::reserve;
use crate::net::open_file::OpenFile;
use crate::net::socket::{Done, Socket};
use crate::net::transport::{FollowedBy, Transport};

/// Content up to this size (4 KiB) is queued after its head, so that the responses to a pipeline are sent in
/// one write.
const COPIED: usize = 4 << 10;

impl Conn {
    /// Sends a span of a file in the cheapest way: from a copy in memory, else from the file to the socket
    /// inside the kernel; over TLS through the queue. Queued output is sent first. Returns when the rest is
    /// queued or written.
    ///
    /// # Errors
    ///
    /// A failed connection, a peer below the minimum rate (`TimedOut`), or a file that has become shorter
    /// (`UnexpectedEof`). The connection cannot be used again.
    pub async fn send(&mut self, file: &OpenFile, span: Range<u64>) -> io::Result<()> {
        if file.is_wanted() {
            Box::pin(file.read_wanted()).await;
        }
        if let Some(bytes) = file.kept_bytes(&span) {
            return self.write(bytes).await;
        }
        if span.end - span.start <= COPIED as u64 && self.queue_small(file, &span).await? {
            return Ok(());
        }
        // Boxed: a waiting session is as large as its largest state.
        match self.0.stream {
            Transport::Plain(_) => Box::pin(self.send_file(file, span)).await,
            Transport::Tls(_) | Transport::Traced(_) => Box::pin(self.send_in_pieces(file, span)).await,
        }
    }

    /// Queues a small span of a file, so that one write carries it with its head. `false` if the file has become
    /// shorter.
    async fn queue_small(&mut self, file: &OpenFile, span: &Range<u64>) -> io::Result<bool> {
        if self.queue_now(file, span)? {
            return Ok(true);
        }
        let bytes = Box::pin(file.read_cold(span.clone())).await?;
        let is_whole = bytes.len() as u64 == span.end - span.start;
        if is_whole {
            self.out().extend_from_slice(&bytes);
        }
        Ok(is_whole)
    }

    /// Queues a small span of a file, if no read may block.
    fn queue_now(&mut self, file: &OpenFile, span: &Range<u64>) -> io::Result<bool> {
        let length = span.end - span.start;
        let out = self.out();
        let start = out.len();
        out.resize(start + usize::try_from(length).unwrap_or_default(), 0);
        let room = out.get_mut(start..).unwrap_or_default();
        let is_whole = file.read_now(room, span.start)?.is_some_and(|read| read as u64 == length);
        if !is_whole {
            out.truncate(start);
        }
        Ok(is_whole)
    }

    /// Sends pieces through the queue, where they can be encrypted or traced.
    async fn send_in_pieces(&mut self, file: &OpenFile, span: Range<u64>) -> io::Result<()> {
        let mut at = span.start;
        while at < span.end {
            self.flush().await?;
            // A peer as fast as the disk must not monopolise the thread.
            tokio::task::coop::consume_budget().await;
            let piece = at..span.end.min(at + HIGH_WATER as u64);
            at = match self.queue_now(file, &piece)? {
                true => piece.end,
                false => {
                    let bytes = file.read_cold(at..span.end).await?;
                    if bytes.is_empty() {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    self.write(&bytes).await?;
                    at + bytes.len() as u64
                }
            };
        }
        Ok(())
    }

    /// What is queued is sent with the first bytes of the file, unless reading them may block.
    pub(super) async fn send_file(&mut self, file: &OpenFile, span: Range<u64>) -> io::Result<()> {
        let followed_by = if file.may_block(&span)? { FollowedBy::Wait } else { FollowedBy::Content };
        self.write_all(&[], followed_by).await?;
        let mut pace = Pace::default();
        let mut at = span.start;
        while at < span.end {
            // A peer as fast as the disk must not monopolise the thread.
            tokio::task::coop::consume_budget().await;
            at += match self.send_now(file, at..span.end, &mut pace).await? {
                Some(sent) => sent,
                None => self.send_cold(file, at..span.end, &mut pace).await?,
            };
        }
        Ok(())
    }

    /// Queues a few bytes; more than 4 KiB are written directly, after the queued output.
    ///
    /// # Errors
    ///
    /// See [`Conn::flush`].
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() <= COPIED {
            self.out().extend_from_slice(bytes);
            return Ok(());
        }
        self.write_all(bytes, FollowedBy::Wait).await
    }

    /// Writes all queued output and then `bytes`.
    pub(super) async fn write_all(&mut self, mut bytes: &[u8], followed_by: FollowedBy) -> io::Result<()> {
        let mut pace = Pace::default();
        // One reference: a session that waits is as large as the largest of its states.
        let state = &mut *self.0;
        while !(bytes.is_empty() && state.output.unsent().is_empty() && state.stream.is_flushed(followed_by))
        {
            let write = |cx: &mut Context<'_>| {
                let State { stream, peer, input, output, watch, timeouts, queued, .. } = &mut *state;
                let step = stream.poll_write(cx, output.unsent(), bytes, followed_by);
                // A short response, such as a refusal, is always sent.
                if step.is_pending() && output.unsent().len() + bytes.len() > COPIED {
                    let held = output.held() + bytes.len() + input.pause();
                    reserve(queued, MemoryUse::Queues, held, peer.ip())?;
                }
                pace.bound(step, timeouts, watch, cx)
            };
            let written = poll_fn(write).await?;
            pace.earn(written.moved as u64, &state.timeouts);
            state.sent += written.taken as u64;
            count(state.counted, ByteDirection::Sent, written.taken as u64);
            bytes = bytes.get(state.output.sent(written.taken)..).unwrap_or_default();
        }
        state.queued = None;
        state.watch.rest();
        Ok(())
    }

    /// Sends as much of the span as one call takes, inside the kernel. `None` if the call may block.
    async fn send_now(
        &mut self,
        file: &OpenFile,
        span: Range<u64>,
        pace: &mut Pace,
    ) -> io::Result<Option<u64>> {
        let sent = self.with_socket(pace, |socket| {
            let sent = if file.may_block(&span)? { None } else { Some(file.send_now(socket, &span)?) };
            Ok(Done { result: sent, exhausted: false })
        });
        let sent = sent.await?;
        if let Some(sent) = sent {
            self.count_sent(sent, pace);
        }
        Ok(sent)
    }

    /// The same on the offload threads, where the call may block. They never wait for the peer.
    async fn send_cold(&mut self, file: &OpenFile, span: Range<u64>, pace: &mut Pace) -> io::Result<u64> {
        loop {
            let socket = self.with_socket(pace, |socket| {
                Socket::check_writable(socket)?;
                Ok(Done { result: socket.try_clone_to_owned()?, exhausted: false })
            });
            let socket = socket.await?;
            let abandoned = EndsWhenDropped(self.0.stream.descriptor()?);
            let sent = file.send_cold(socket, span.clone()).await;
            std::mem::forget(abandoned);
            match sent {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                sent => {
                    let sent = sent?;
                    self.count_sent(sent, pace);
                    return Ok(sent);
                }
            }
        }
    }

    /// Calls `call` when the plain socket takes bytes, and again when it did not.
    async fn with_socket<T>(
        &mut self,
        pace: &mut Pace,
        mut call: impl FnMut(BorrowedFd<'_>) -> io::Result<Done<T>>,
    ) -> io::Result<T> {
        let State { stream, watch, timeouts, .. } = &mut *self.0;
        let Transport::Plain(socket) = stream else { return Err(io::ErrorKind::Unsupported.into()) };
        let step = poll_fn(|cx: &mut Context<'_>| {
            let step = socket.poll_write_with(cx, &mut call);
            pace.bound(step, timeouts, watch, cx)
        });
        let step = step.await;
        watch.rest();
        step
    }

    fn count_sent(&mut self, sent: u64, pace: &mut Pace) {
        pace.earn(sent, &self.0.timeouts);
        self.0.sent += sent;
        count(self.0.counted, ByteDirection::Sent, sent);
    }
}

/// Ends the connection of a session that was ended while an offload thread sends: the thread holds a duplicate of
/// the socket, and the peer must not wait until a slow read is over.
struct EndsWhenDropped<'a>(BorrowedFd<'a>);

impl Drop for EndsWhenDropped<'_> {
    fn drop(&mut self) {
        // It may have failed already.
        let _ = shutdown(self.0, Shutdown::Both);
    }
}
