//! Traces: the bytes read from and written to connections, with times, without passwords and tokens.
//!
//! A [`Tracer`] is the output that all traced connections share. A traced connection has another kind of
//! stream (`stream`), so that an untraced one has no extra cost. The bytes are those inside TLS. This module
//! knows no protocol: a [`Mask`] finds the secrets.

mod flow;
mod line;
mod mask;
mod output;
mod packets;
mod pcapng;
mod stream;

use std::io;
use std::ops::Range;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use rustix::net::getpeername;

use crate::net::clock;
use crate::net::peer::Peer;

pub use flow::shown;
use flow::{Flow, TracePiece};
pub use mask::{Mask, Masked};
use output::TraceOutput;
pub use output::Warn;
use packets::Packets;
pub(crate) use stream::Traced;
pub use syntax::conversation::Sender;

/// The format of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Jsonl,
    /// A pcapng file, for Wireshark.
    Pcap,
}

/// Traces connections to one output. Clones share it.
#[derive(Clone, Debug)]
pub struct Tracer {
    shared: Arc<Shared>,
    /// The connection to which the traced ones belong.
    related: Option<u64>,
}

#[derive(Debug)]
struct Shared {
    format: TraceFormat,
    output: TraceOutput,
    connections: AtomicU64,
}

impl Tracer {
    /// A trace on standard error, or in a file, which is created or truncated. `warn` is called once if it ends because
    /// it cannot be written.
    ///
    /// # Errors
    /// The file cannot be created, belongs to another user, or is named by a symlink.
    pub fn new(format: TraceFormat, file: Option<&Path>, warn: Warn) -> io::Result<Self> {
        let output = match file {
            Some(path) => TraceOutput::create(path, warn)?,
            None => TraceOutput::standard_error(warn),
        };
        if format == TraceFormat::Pcap {
            output.write(&pcapng::header());
        }
        let shared = Shared { format, output, connections: AtomicU64::new(0) };
        Ok(Self { shared: Arc::new(shared), related: None })
    }
}

/// Whether bytes were received or sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Read,
    Written,
}

impl Direction {
    const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Written => "written",
        }
    }
}

/// A traced event.
#[derive(Debug)]
enum TraceEvent<'a> {
    Open { related: Option<u64> },
    Tls,
    Data { direction: Direction, offset: u64, bytes: &'a [u8], masked: &'a [Range<usize>] },
    End { direction: Direction },
    Error { what: &'a str },
    Close,
}

impl TraceEvent<'_> {
    fn name(&self) -> &'static str {
        match self {
            TraceEvent::Open { .. } => "open",
            TraceEvent::Tls => "tls",
            TraceEvent::Data { .. } => "data",
            TraceEvent::End { .. } => "end",
            TraceEvent::Error { .. } => "error",
            TraceEvent::Close => "close",
        }
    }

    fn direction(&self) -> Option<Direction> {
        match self {
            TraceEvent::Data { direction, .. } | TraceEvent::End { direction } => Some(*direction),
            _ => None,
        }
    }
}

/// An event with its time and connection.
struct Moment<'a> {
    time: SystemTime,
    connection: u64,
    local: &'a str,
    peer: &'a str,
    is_secure: bool,
    event: TraceEvent<'a>,
}

/// The trace of one connection. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct ConnTrace {
    tracer: Tracer,
    connection: u64,
    local: String,
    peer: String,
    /// Our end.
    end: Sender,
    is_secure: bool,
    mask: Option<Box<dyn Mask>>,
    read: Flow,
    written: Flow,
    /// The peer has ended its side.
    has_ended: bool,
    packets: Option<Packets>,
}

impl ConnTrace {
    /// Starts the trace of a connected socket. `end` is our end of it.
    pub(crate) fn new(
        tracer: &Tracer,
        socket: Option<BorrowedFd<'_>>,
        end: Sender,
        mask: Option<Box<dyn Mask>>,
    ) -> Self {
        let connection = tracer.shared.connections.fetch_add(1, Ordering::Relaxed) + 1;
        let local = socket.map_or(Peer::Unix, Peer::local);
        let peer = Peer::of(socket.and_then(|socket| getpeername(socket).ok().flatten()));
        let packets = (tracer.shared.format == TraceFormat::Pcap)
            .then(|| Packets::new(local, peer, connection, end, mask.as_deref()));
        let name = |peer| match peer {
            Peer::Inet(address) => address.to_string(),
            Peer::Unix => "unix".to_owned(),
        };
        let mut trace = Self {
            tracer: tracer.clone(),
            connection,
            local: name(local),
            peer: name(peer),
            end,
            is_secure: false,
            mask,
            read: Flow::default(),
            written: Flow::default(),
            has_ended: false,
            packets,
        };
        trace.show(clock::exact_now(), TraceEvent::Open { related: trace.tracer.related });
        trace
    }

    /// Traces connections that belong to this one.
    pub(crate) fn tracer(&self) -> Tracer {
        Tracer { shared: Arc::clone(&self.tracer.shared), related: Some(self.connection) }
    }

    /// TLS is active from here on, and the bytes are those inside it.
    pub(crate) fn secured(&mut self) {
        self.release(Direction::Read, true);
        self.release(Direction::Written, true);
        self.read.restart();
        self.written.restart();
        if let Some(mask) = &mut self.mask {
            mask.restart();
        }
        self.is_secure = true;
        self.show(clock::exact_now(), TraceEvent::Tls);
    }

    fn moved(&mut self, direction: Direction, bytes: &[u8]) {
        let now = clock::exact_now();
        for piece in bytes.chunks(pcapng::PAYLOAD) {
            match direction {
                Direction::Read => self.read.push(now, piece),
                Direction::Written => self.written.push(now, piece),
            }
            self.release(direction, false);
        }
    }

    /// A direction ended. A peer's end may be read repeatedly.
    fn ended(&mut self, direction: Direction) {
        if direction == Direction::Read && std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        self.release(direction, true);
        self.show(clock::exact_now(), TraceEvent::End { direction });
    }

    fn failed(&mut self, error: &io::Error) {
        self.show(clock::exact_now(), TraceEvent::Error { what: &error.to_string() });
    }

    /// Shows the bytes of complete units; at the end all of them.
    fn release(&mut self, direction: Direction, is_end: bool) {
        let (flow, sender) = match (direction, self.end) {
            (Direction::Written, end) => (&mut self.written, end),
            (Direction::Read, Sender::Client) => (&mut self.read, Sender::Server),
            (Direction::Read, Sender::Server) => (&mut self.read, Sender::Client),
        };
        let mask = self.mask.as_mut().map(|mask| &mut **mask as &mut dyn Mask);
        for TracePiece { time, offset, bytes, masked } in flow.take(mask, sender, is_end) {
            self.show(time, TraceEvent::Data { direction, offset, bytes: &bytes, masked: &masked });
        }
    }

    fn show(&mut self, time: SystemTime, event: TraceEvent<'_>) {
        let record = match &mut self.packets {
            Some(packets) => packets.record(time, &event),
            None => {
                let Self { connection, local, peer, is_secure, .. } = &*self;
                let (connection, is_secure) = (*connection, *is_secure);
                let moment = Moment { time, connection, local, peer, is_secure, event };
                match self.tracer.shared.format {
                    TraceFormat::Jsonl => line::json(&moment),
                    TraceFormat::Text | TraceFormat::Pcap => line::text(&moment),
                }
            }
        };
        if !record.is_empty() {
            self.tracer.shared.output.write(&record);
        }
    }
}

impl Drop for ConnTrace {
    fn drop(&mut self) {
        self.release(Direction::Read, true);
        self.release(Direction::Written, true);
        self.show(clock::exact_now(), TraceEvent::Close);
    }
}

#[cfg(test)]
mod tests;
