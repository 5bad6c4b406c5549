//! Moves content between a connection and the disk, with a limited rate.

use std::cell::Cell;
use std::io;
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::fault::Fault;
use super::report::TransferProgress;
use super::stream::{Inlet, Outlet};
use crate::files::{FileContent, Upload};
use crate::net::conn::Conn;

/// A limit of bytes per second that all transfers of a client share.
#[derive(Clone, Debug, Default)]
pub struct Throttle(Option<Rc<Limit>>);

#[derive(Debug)]
struct Limit {
    /// Bytes per second.
    rate: u64,
    /// The time at which the bytes moved so far are due at this rate.
    due: Cell<Instant>,
}

/// How much may be transferred at once after a pause, as time at the limited rate.
const BURST: Duration = Duration::from_millis(100);

impl Throttle {
    /// At most `rate` bytes per second; `None`: no limit.
    pub fn new(rate: Option<u64>) -> Self {
        let limit = |rate: u64| Rc::new(Limit { rate: rate.max(1), due: Cell::new(Instant::now()) });
        Self(rate.map(limit))
    }

    /// The bytes to move in one step, so that the rate is even.
    pub fn step(&self) -> usize {
        let limit = self.0.as_ref().map(|limit| usize::try_from(limit.rate / 10).unwrap_or(usize::MAX));
        limit.unwrap_or(usize::MAX).max(1)
    }

    /// Waits until this many more bytes are due.
    pub async fn moved(&self, bytes: u64) {
        let Some(limit) = &self.0 else { return };
        let now = Instant::now();
        let takes = Duration::from_secs_f64(bytes as f64 / limit.rate as f64);
        let earliest = now.checked_sub(BURST).unwrap_or(now);
        let due = limit.due.get().max(earliest) + takes;
        limit.due.set(due);
        sleep_until(due).await;
    }
}

/// Bytes of a file that are sent at a time (64 KiB). They are read and written instead of being sent by the
/// kernel: a receiver on this machine finds them in the processor's cache, and 1 GiB over loopback was
/// measured to take three quarters of the time.
const PIECE: usize = 64 << 10;

/// Moves content between a connection and the disk, and reports progress.
#[derive(Clone, Copy, Debug)]
pub struct PacedTransfer<'a> {
    /// The limit of the rate.
    pub throttle: &'a Throttle,
    /// Where progress is reported.
    pub transfer: &'a TransferProgress,
}

/// The target of received content.
pub trait ContentSink {
    /// The buffer for the next bytes.
    fn room(&mut self) -> &mut Vec<u8>;

    /// Stores the bytes that were appended to the buffer. To be called after each append.
    fn advance(&mut self, transfer: &TransferProgress) -> impl Future<Output = Result<(), Fault>>;
}

impl ContentSink for Upload {
    fn room(&mut self) -> &mut Vec<u8> {
        self.room()
    }

    async fn advance(&mut self, transfer: &TransferProgress) -> Result<(), Fault> {
        self.advance().await.map_err(|error| Fault::file(&transfer.file(), &error))
    }
}

impl ContentSink for Outlet {
    fn room(&mut self) -> &mut Vec<u8> {
        self.room()
    }

    async fn advance(&mut self, _transfer: &TransferProgress) -> Result<(), Fault> {
        self.advance().await
    }
}

/// Why content was not sent.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    /// The user's content cannot be read ([`Fault::unreadable`]).
    #[error(transparent)]
    Content(#[from] Fault),
    /// The connection failed.
    #[error(transparent)]
    Conn(#[from] io::Error),
}

impl PacedTransfer<'_> {
    /// Receives up to `most` bytes, or up to the end of the stream, and returns their number. After a failure
    /// the sink has all received bytes.
    pub async fn receive(
        &self,
        conn: &mut Conn,
        sink: &mut impl ContentSink,
        most: u64,
    ) -> Result<u64, Fault> {
        let mut left = most;
        while left > 0 {
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(self.throttle.step());
            let came = conn.receive(sink.room(), step).await;
            let came = came.map_err(|error| Fault::io("the connection was lost", &error))? as u64;
            if came == 0 {
                break;
            }
            left -= came;
            self.transfer.advance(came);
            sink.advance(self.transfer).await?;
            self.throttle.moved(came).await;
        }
        Ok(most - left)
    }

    /// Sends a span of a file. Returns when the rest is queued or written.
    pub async fn send(&self, conn: &mut Conn, content: &FileContent, span: Range<u64>) -> Result<(), Unsent> {
        let unreadable = |error| Fault::unreadable(self.transfer.file(), &error);
        let mut pieces = content.pieces(span, PIECE.min(self.throttle.step()));
        while let Some(piece) = pieces.next().await.map_err(unreadable)? {
            conn.write(piece).await?;
            let sent = piece.len() as u64;
            self.transfer.advance(sent);
            self.throttle.moved(sent).await;
        }
        Ok(())
    }

    /// Sends everything from a stream, and returns the number of bytes.
    pub async fn send_stream(&self, conn: &mut Conn, from: &mut Inlet) -> Result<u64, Fault> {
        let mut sent = 0;
        loop {
            let piece = from.next(self.throttle.step()).await;
            let piece = piece.map_err(|error| Fault::unreadable(self.transfer.file(), &error))?;
            if piece.is_empty() {
                return Ok(sent);
            }
            conn.write(piece).await.map_err(|error| Fault::io("the connection was lost", &error))?;
            let came = piece.len() as u64;
            sent += came;
            self.transfer.advance(came);
            self.throttle.moved(came).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::engine::on_test_runtime;

    #[test]
    fn a_rate_is_kept() {
        for (rate, pieces, expected, why) in [
            (None, &[1 << 30][..], 0, "no limit"),
            (Some(10_000), &[1_000; 5], 400, "the burst is a tenth of a second"),
            (Some(10_000), &[5_000], 400, "the size of a piece does not matter"),
            (Some(1), &[1], 900, "the lowest rate"),
        ] {
            let took = on_test_runtime(async {
                tokio::time::pause();
                let (throttle, started) = (Throttle::new(rate), Instant::now());
                tokio::time::advance(Duration::from_secs(60)).await;
                for bytes in pieces {
                    throttle.moved(*bytes).await;
                }
                (started.elapsed() - Duration::from_secs(60)).as_millis()
            });
            // The timer rounds each pause up to a millisecond.
            assert!((expected..=expected + 1).contains(&took), "{rate:?} {pieces:?}: {why}: {took} ms");
        }
    }
}
