//! The ways out of a connection: what is queued, bytes that stand in memory, and spans of files.

use std::future::poll_fn;
use std::io;
use std::ops::Range;
use std::task::{Poll, ready};
use std::time::Duration;

use super::buffers::{TRANSFER, with_transfer};
use super::watch::{self, Ended};
use super::{Conn, Patience};
use crate::files::{Content, ReadNow};
use crate::socket::{Done, write};

/// Bodies up to this size (4 KiB) are queued behind their head, so that a pipeline's answers leave in
/// one write; larger ones are written from where they stand.
const COPIED: usize = 4 << 10;

impl Conn {
    /// Sends a span of a file by the cheapest path: from memory when the content is prepared, else
    /// from the file through the thread's transfer buffer. Queued output goes first, in the same
    /// call. It returns when the rest is queued or written.
    ///
    /// # Errors
    /// A failed connection, a peer below the minimum rate (`TimedOut`), or a file that has become
    /// shorter (`UnexpectedEof`): then the connection cannot go on.
    pub async fn send(&mut self, content: &Content, span: Range<u64>) -> io::Result<()> {
        if let Some(bytes) = content.prepared(&span) {
            if bytes.len() <= COPIED {
                self.out().extend_from_slice(bytes);
                return Ok(());
            }
            return self.write_through(bytes).await;
        }
        let mut at = span.start;
        while at < span.end {
            // A peer as fast as the disk must not keep the thread for itself.
            tokio::task::coop::consume_budget().await;
            at += match self.send_now(content, at..span.end).await? {
                Some(sent) => sent,
                None => {
                    let bytes = content.read_cold(at, span.end).await?;
                    self.write_through(&bytes).await?;
                    bytes.len() as u64
                }
            };
        }
        Ok(())
    }

    /// Writes everything queued and then `bytes`.
    ///
    /// # Errors
    /// As [`Conn::flush`].
    pub async fn write_through(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let mut pace = Pace::new(self.patience);
        while !(bytes.is_empty() && self.output.unsent().is_empty()) {
            let (socket, output, watch) = (&mut self.socket, &self.output, &self.watch);
            let sent = poll_fn(|cx| {
                if let Poll::Ready(sent) = socket.poll_write(cx, output.unsent(), bytes) {
                    return Poll::Ready(sent);
                }
                watch.until(pace.deadline(), false);
                ready!(watch.poll_ended(cx));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            })
            .await?;
            pace.earn(sent);
            self.sent += sent as u64;
            bytes = bytes.get(self.output.sent(sent)..).unwrap_or_default();
        }
        self.watch.rest();
        Ok(())
    }

    /// Sends as much of the span as one call takes. `None`: the file's bytes are not in memory.
    async fn send_now(&mut self, content: &Content, span: Range<u64>) -> io::Result<Option<u64>> {
        let mut pace = Pace::new(self.patience);
        let (socket, output, watch) = (&mut self.socket, &self.output, &self.watch);
        let sent = poll_fn(|cx| {
            // Read and written in one go: no buffer is held while the socket is waited for, and
            // what it did not take is read again.
            let step = socket.poll_write_with(cx, |socket| {
                with_transfer(|buffer| {
                    let room = TRANSFER.min(usize::try_from(span.end - span.start).unwrap_or(TRANSFER));
                    let room = buffer.get_mut(..room).unwrap_or_default();
                    match content.read_now(room, span.start)? {
                        ReadNow::Cold => Ok(Done { result: None, exhausted: false }),
                        ReadNow::Read(0) => Err(io::ErrorKind::UnexpectedEof.into()),
                        ReadNow::Read(read) => {
                            let done = write(socket, output.unsent(), room.get(..read).unwrap_or_default())?;
                            Ok(Done { result: Some(done.result), exhausted: done.exhausted })
                        }
                    }
                })
            });
            if step.is_ready() {
                return step;
            }
            watch.until(pace.deadline(), false);
            let _: Ended = ready!(watch.poll_ended(cx));
            Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
        })
        .await?;
        self.watch.rest();
        let Some(sent) = sent else { return Ok(None) };
        self.sent += sent as u64;
        Ok(Some(self.output.sent(sent) as u64))
    }
}

/// The deadline of one transfer: bytes that move earn time, up to [`Patience::stall`].
struct Pace {
    patience: Patience,
    deadline: Option<u64>,
}

impl Pace {
    fn new(patience: Patience) -> Self {
        Self { patience, deadline: None }
    }

    /// The tick at which the peer has been too slow. It counts from the first wait.
    fn deadline(&mut self) -> u64 {
        *self.deadline.get_or_insert_with(|| watch::after(self.patience.stall))
    }

    fn earn(&mut self, bytes: usize) {
        let Some(deadline) = self.deadline else { return };
        let earned = Duration::from_millis((bytes as u64).saturating_mul(1_000) / self.patience.rate.max(1));
        let most = watch::after(self.patience.stall);
        self.deadline =
            Some(most.min(deadline.saturating_add(u64::try_from(earned.as_millis()).unwrap_or(u64::MAX))));
    }
}
