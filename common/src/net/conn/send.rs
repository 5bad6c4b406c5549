//! Sends output: the queue, bytes in memory, and spans of files.

use std::future::poll_fn;
use std::io;
use std::ops::Range;
use std::os::fd::BorrowedFd;
use std::task::Context;

use rustix::fs::sendfile;
use rustix::io::retry_on_intr;

use super::pace::Pace;
use super::{Conn, HIGH_WATER, State};
use crate::net::open_file::{OpenFile, SENT_AT_ONCE};
use crate::net::socket::Done;
use crate::net::transport::{Behind, Stream};

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
        if let Some(bytes) = file.kept_bytes(&span) {
            return self.write(bytes).await;
        }
        if span.end - span.start <= COPIED as u64 && self.queue_now(file, &span)? {
            return Ok(());
        }
        // Boxed: a waiting session is as large as its largest state.
        match self.0.stream {
            Stream::Plain(_) => Box::pin(self.send_file(file, span)).await,
            Stream::Tls(_) | Stream::Traced(_) => Box::pin(self.send_in_pieces(file, span)).await,
        }
    }

    /// Queues a small span of a file if it is in memory, so that one write sends it with its head.
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
                    let bytes = file.read_cold(at, span.end).await?;
                    self.write(&bytes).await?;
                    at + bytes.len() as u64
                }
            };
        }
        Ok(())
    }

    /// Queued output is sent with the first bytes of the file, unless the disk must be awaited.
    async fn send_file(&mut self, file: &OpenFile, span: Range<u64>) -> io::Result<()> {
        let behind = if file.is_warm(&span)? { Behind::Content } else { Behind::Nothing };
        self.write_all(&[], behind).await?;
        let mut pace = Pace::default();
        let mut at = span.start;
        while at < span.end {
            // A peer as fast as the disk must not monopolise the thread.
            tokio::task::coop::consume_budget().await;
            at += match self.send_now(file, at..span.end, &mut pace).await? {
                Some(sent) => sent,
                None => {
                    let bytes = file.read_cold(at, span.end).await?;
                    self.write(&bytes).await?;
                    bytes.len() as u64
                }
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
        self.write_all(bytes, Behind::Nothing).await
    }

    /// Writes all queued output and then `bytes`.
    pub(super) async fn write_all(&mut self, mut bytes: &[u8], behind: Behind) -> io::Result<()> {
        let mut pace = Pace::default();
        let State { stream, output, watch, patience, sent, .. } = &mut *self.0;
        while !(bytes.is_empty() && output.unsent().is_empty() && stream.is_flushed(behind)) {
            let write = |cx: &mut Context<'_>| {
                let step = stream.poll_write(cx, output.unsent(), bytes, behind);
                pace.bound(step, patience, watch, cx)
            };
            let written = poll_fn(write).await?;
            pace.earn(written.moved as u64, patience);
            *sent += written.taken as u64;
            bytes = bytes.get(output.sent(written.taken)..).unwrap_or_default();
        }
        watch.rest();
        Ok(())
    }

    /// Sends as much of the span as one call takes, inside the kernel. `None` if the disk must be waited for.
    async fn send_now(
        &mut self,
        file: &OpenFile,
        span: Range<u64>,
        pace: &mut Pace,
    ) -> io::Result<Option<u64>> {
        let State { stream, watch, patience, .. } = &mut *self.0;
        let Stream::Plain(socket) = stream else { return Err(io::ErrorKind::Unsupported.into()) };
        let send = |cx: &mut Context<'_>| {
            let step = socket.poll_write_with(cx, |socket| {
                let sent = if file.is_warm(&span)? { Some(send_part(file, socket, &span)?) } else { None };
                Ok(Done { result: sent, exhausted: false })
            });
            pace.bound(step, patience, watch, cx)
        };
        let step = poll_fn(send).await?;
        self.0.watch.rest();
        if let Some(sent) = step {
            pace.earn(sent, &self.0.patience);
            self.0.sent += sent;
        }
        Ok(step)
    }
}

fn send_part(file: &OpenFile, socket: BorrowedFd<'_>, span: &Range<u64>) -> io::Result<u64> {
    let length = usize::try_from((span.end - span.start).min(SENT_AT_ONCE)).unwrap_or_default();
    let mut offset = span.start;
    match retry_on_intr(|| sendfile(socket, file, Some(&mut offset), length))? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        sent => Ok(sent as u64),
    }
}
