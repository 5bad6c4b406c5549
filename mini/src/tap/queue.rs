//! The queue from the relay to the explanation: copies of forwarded bytes, with a size limit.
//!
//! The relay never waits for it. While it is full, bytes are counted instead of copied.

use std::cell::Cell;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use common::net::clock;
use syntax::conversation::Sender;

use super::protocol::TapProtocol;

/// Bytes that wait to be explained (32 MiB).
const LIMIT: usize = 32 << 20;
/// The size of an entry of the queue in addition to its bytes.
const OVERHEAD: usize = 256;
/// Pieces below this size are copied: a shared buffer stays in memory as a whole.
const COPIED: usize = 32 << 10;
/// Skipped bytes are reported when there are this many (64 MiB), at the latest.
const REPORTED: u64 = 64 << 20;

/// An event of a connection.
#[derive(Debug)]
pub(super) struct TapEvent {
    pub(super) time: Time,
    /// The number of the connection: `3`, and `3.1` for its first data connection.
    pub(super) connection: Arc<str>,
    pub(super) kind: TapEventKind,
}

#[derive(Debug)]
pub(super) enum TapEventKind {
    Opened(Opening),
    Bytes(Sender, TapPiece),
    /// This many bytes were forwarded and not copied.
    Skipped(Sender, u64),
    /// The line before this was not forwarded; this one was, in its place.
    Rewritten(Sender, Vec<u8>),
    /// The sender ended its side.
    Ended(Sender),
    /// The connection was closed for another reason than the end of both sides.
    Broken(Break),
    Closed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) client: SocketAddr,
    pub(super) server: SocketAddr,
    /// The protocol, if it need not be detected.
    pub(super) protocol: Option<TapProtocol>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Break {
    Reset(Sender),
    /// By `--cut-after`.
    Cut,
    /// The server cannot be reached.
    Unreached(String),
}

/// The end that the sender is connected to.
pub(super) fn other(sender: Sender) -> Sender {
    match sender {
        Sender::Client => Sender::Server,
        Sender::Server => Sender::Client,
    }
}

/// Bytes that may share the buffer that they were read into.
#[derive(Clone, Debug)]
pub(super) struct TapPiece {
    buffer: Arc<Vec<u8>>,
    span: Range<usize>,
}

impl TapPiece {
    pub(super) fn of(buffer: &Arc<Vec<u8>>, span: Range<usize>) -> Self {
        match buffer.get(span.clone()) {
            Some(bytes) if bytes.len() < COPIED => bytes.to_vec().into(),
            _ => Self { buffer: Arc::clone(buffer), span },
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.span.clone()).unwrap_or_default()
    }
}

impl From<Vec<u8>> for TapPiece {
    fn from(bytes: Vec<u8>) -> Self {
        Self { span: 0..bytes.len(), buffer: Arc::new(bytes) }
    }
}

/// Microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time(pub(super) u64);

impl Time {
    pub(super) fn now() -> Self {
        Self::from(clock::now())
    }
}

impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
    }
}

/// The relay's end of the queue.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    events: mpsc::Sender<TapEvent>,
    held: Arc<AtomicUsize>,
    is_complete: bool,
}

/// The explanation's end.
#[derive(Debug)]
pub(super) struct Events {
    events: mpsc::Receiver<TapEvent>,
    held: Arc<AtomicUsize>,
}

/// A queue; if `is_complete`, content is not left out only because it is long.
pub(super) fn queue(is_complete: bool) -> (Queue, Events) {
    let ((sender, events), held) = (mpsc::channel(), Arc::new(AtomicUsize::new(0)));
    (Queue { events: sender, held: Arc::clone(&held), is_complete }, Events { events, held })
}

impl Queue {
    fn push(&self, event: TapEvent) {
        self.held.fetch_add(size(&event), Ordering::Relaxed);
        // It fails only while the command ends.
        let _ = self.events.send(event);
    }

    /// Waits for space, as a recording can and a relay must not.
    pub(super) fn push_when_there_is_space(&self, event: TapEvent) {
        while !self.has_space(size(&event)) {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.push(event);
    }

    fn has_space(&self, bytes: usize) -> bool {
        self.held.load(Ordering::Relaxed) + bytes + OVERHEAD <= LIMIT
    }
}

impl Events {
    /// The next event, as soon as there is one. `None`: no more will come.
    pub(super) fn next(&self) -> Option<TapEvent> {
        let event = self.events.recv().ok()?;
        self.held.fetch_sub(size(&event), Ordering::Relaxed);
        Some(event)
    }
}

fn size(event: &TapEvent) -> usize {
    OVERHEAD
        + match &event.kind {
            TapEventKind::Bytes(_, piece) => piece.bytes().len(),
            TapEventKind::Rewritten(_, line) => line.len(),
            _ => 0,
        }
}

/// Reports the events of one connection.
#[derive(Debug)]
pub(super) struct ConnectionReporter {
    queue: Queue,
    connection: Arc<str>,
    /// Bytes of the client and of the server that were not copied and not yet reported.
    skipped: [Cell<u64>; 2],
    /// Whether every byte is copied if there is space, since a recording has them.
    pub(super) is_complete: bool,
}

impl ConnectionReporter {
    pub(super) fn open(queue: &Queue, connection: &str, opening: Opening) -> Self {
        let reporter = Self {
            queue: queue.clone(),
            connection: connection.into(),
            skipped: Default::default(),
            is_complete: queue.is_complete,
        };
        reporter.push(TapEventKind::Opened(opening));
        reporter
    }

    pub(super) fn bytes(&self, sender: Sender, piece: TapPiece) {
        let length = piece.bytes().len();
        if !self.queue.has_space(length) {
            return self.skip(sender, length as u64);
        }
        self.report_skipped();
        self.push(TapEventKind::Bytes(sender, piece));
    }

    /// Counts bytes that were forwarded and are not copied.
    pub(super) fn skip(&self, sender: Sender, bytes: u64) {
        let skipped = self.skipped(sender);
        skipped.set(skipped.get() + bytes);
        if skipped.get() >= REPORTED {
            self.push(TapEventKind::Skipped(sender, skipped.take()));
        }
    }

    fn skipped(&self, sender: Sender) -> &Cell<u64> {
        let [client, server] = &self.skipped;
        if sender == Sender::Client { client } else { server }
    }

    /// Reports that a sender ended its side.
    pub(super) fn end(&self, sender: Sender) {
        self.report_skipped();
        self.push(TapEventKind::Ended(sender));
    }

    fn report_skipped(&self) {
        for (sender, skipped) in [Sender::Client, Sender::Server].into_iter().zip(&self.skipped) {
            let bytes = skipped.take();
            if bytes > 0 {
                self.push(TapEventKind::Skipped(sender, bytes));
            }
        }
    }

    pub(super) fn push(&self, kind: TapEventKind) {
        self.queue.push(TapEvent { time: Time::now(), connection: Arc::clone(&self.connection), kind });
    }
}

impl Drop for ConnectionReporter {
    fn drop(&mut self) {
        self.report_skipped();
        self.push(TapEventKind::Closed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_find_no_space_are_counted() {
        let (queue, events) = queue(true);
        let opening = Opening {
            client: "127.0.0.1:1".parse().unwrap(),
            server: "127.0.0.1:2".parse().unwrap(),
            protocol: None,
        };
        let reporter = ConnectionReporter::open(&queue, "1", opening);
        let piece = || TapPiece::from(vec![0; LIMIT / 2 - 4 * OVERHEAD]);
        for _ in 0..4 {
            reporter.bytes(Sender::Server, piece());
        }
        assert!(matches!(events.next().unwrap().kind, TapEventKind::Opened(_)));
        for _ in 0..2 {
            assert!(matches!(events.next().unwrap().kind, TapEventKind::Bytes(Sender::Server, _)));
        }
        reporter.bytes(Sender::Client, vec![1].into());
        reporter.bytes(Sender::Server, vec![2].into());
        let skipped = 2 * piece().bytes().len() as u64;
        let next = events.next().unwrap().kind;
        assert!(matches!(next, TapEventKind::Skipped(Sender::Server, count) if count == skipped), "{next:?}");
        assert!(matches!(events.next().unwrap().kind, TapEventKind::Bytes(Sender::Client, _)));
        assert!(matches!(events.next().unwrap().kind, TapEventKind::Bytes(Sender::Server, _)));
    }
}
