//! A connection as the packets of a capture: addresses, and which event is which packet.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::time::SystemTime;

use syntax::conversation::Sender;

use super::mask::Mask;
use super::pcapng::{PcapStream, StreamEnd};
use super::{Direction, TraceEvent};
use crate::net::peer::Peer;

/// The port of a Unix socket without a mask, which no protocol uses.
const NO_PORT: u16 = 7;
/// The ports of the client ends of Unix sockets, in turn.
const CLIENT_PORTS: Range<u16> = 49_152..65_535;

/// The synthetic packets of one connection.
#[derive(Debug)]
pub(super) struct Packets {
    connection: u64,
    /// Our end of it.
    end: StreamEnd,
    stream: PcapStream,
}

impl Packets {
    /// Packets between these addresses. Unix sockets get synthetic addresses.
    pub(super) fn new(
        local: Peer,
        peer: Peer,
        connection: u64,
        end: Sender,
        mask: Option<&dyn Mask>,
    ) -> Self {
        let (opener, acceptor) = match (local, peer) {
            (Peer::Inet(local), Peer::Inet(peer)) if end == Sender::Client => (local, peer),
            (Peer::Inet(local), Peer::Inet(peer)) => (peer, local),
            _ => {
                let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                let number = connection % CLIENT_PORTS.len() as u64;
                let client = CLIENT_PORTS.start + u16::try_from(number).unwrap_or_default();
                (at(client), at(mask.map_or(NO_PORT, Mask::port)))
            }
        };
        let end = if end == Sender::Client { StreamEnd::Opener } else { StreamEnd::Acceptor };
        Self { connection, end, stream: PcapStream::new(opener, acceptor) }
    }

    /// The packets of an event.
    pub(super) fn record(&mut self, time: SystemTime, event: &TraceEvent<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        let (number, stream) = (self.connection, &mut self.stream);
        let from = |direction| if direction == Direction::Written { self.end } else { self.end.other() };
        match event {
            TraceEvent::Open { related } => {
                let related = related.map(|control| format!(", belongs to connection {control}"));
                stream.comment(format!("connection {number}{}", related.unwrap_or_default()));
                stream.open(&mut out, time);
            }
            TraceEvent::Tls => {
                // Wireshark expects TLS records after AUTH TLS and CONNECT, so the following bytes are
                // another stream.
                let is_another = stream.has_carried();
                if is_another {
                    stream.end(&mut out, time, self.end);
                    stream.end(&mut out, time, self.end.other());
                    *stream = stream.another();
                }
                stream.comment(format!("connection {number}: from here on the bytes inside TLS"));
                if is_another {
                    stream.open(&mut out, time);
                }
            }
            TraceEvent::Data { direction, bytes, masked, .. } => {
                let spans = masked.iter().map(|span| format!("{} to {}", span.start, span.end - 1));
                if !masked.is_empty() {
                    stream.comment(format!("masked: bytes {}", spans.collect::<Vec<_>>().join(", ")));
                }
                stream.data(&mut out, time, from(*direction), bytes);
            }
            TraceEvent::End { direction } => stream.end(&mut out, time, from(*direction)),
            TraceEvent::Error { what } => stream.comment(format!("error: {what}")),
            TraceEvent::Close => stream.end(&mut out, time, self.end),
        }
        out
    }
}
