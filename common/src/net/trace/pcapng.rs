//! Traces for Wireshark: a pcapng file
//! ([draft-ietf-opsawg-pcapng](https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/)) of raw IP packets.
//!
//! The kernel does not expose the packets that carried the bytes, so packets are synthesised: IP ([RFC
//! 791](https://www.rfc-editor.org/rfc/rfc791), [RFC 8200](https://www.rfc-editor.org/rfc/rfc8200)) and TCP
//! ([RFC 9293](https://www.rfc-editor.org/rfc/rfc9293)) around each read and write. Loss, acknowledgements
//! and windows are not those of the real connection.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime};

/// LINKTYPE_RAW: packets begin with their IP header.
const RAW_IP: u16 = 101;
/// Options of blocks (section 3.5): a comment, and the unit of the timestamps as a negative power of ten.
const COMMENT: u16 = 1;
const RESOLUTION: u16 = 9;
const NANOSECONDS: u8 = 9;
/// Bytes in one packet, which has at most 65,535 with its headers.
pub(super) const PAYLOAD: usize = 60_000;
/// The window of both ends. More bytes than this are never sent without an acknowledgement.
const WINDOW: u16 = u16::MAX;

/// Flags of TCP.
const FIN: u8 = 1;
const SYN: u8 = 2;
const PSH: u8 = 8;
const ACK: u8 = 16;

/// The start of a file: a section header and one interface.
pub(super) fn header() -> Vec<u8> {
    let mut out = Vec::new();
    // Byte-order magic, version 1.0, and a section of unknown length.
    let section = [&0x1a2b_3c4d_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat();
    block(&mut out, 0x0a0d_0d0a, &section, &[]);
    // Link type, two reserved bytes, and no limit of packet lengths.
    let interface = [&RAW_IP.to_le_bytes()[..], &[0; 6]].concat();
    block(&mut out, 1, &interface, &[(RESOLUTION, &[NANOSECONDS])]);
    out
}

/// Writes a block (section 3.1): type, length, body, options, length.
fn block(out: &mut Vec<u8>, kind: u32, body: &[u8], options: &[(u16, &[u8])]) {
    let mut inner = padded(body);
    for (code, value) in options {
        inner.extend_from_slice(&code.to_le_bytes());
        inner.extend_from_slice(&u16::try_from(value.len()).unwrap_or_default().to_le_bytes());
        inner.extend_from_slice(&padded(value));
    }
    if !options.is_empty() {
        inner.extend_from_slice(&[0; 4]);
    }
    let length = u32::try_from(inner.len() + 12).unwrap_or_default().to_le_bytes();
    for part in [&kind.to_le_bytes()[..], &length, &inner, &length] {
        out.extend_from_slice(part);
    }
}

/// Blocks and options are padded to 32 bits.
fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut padded = bytes.to_vec();
    padded.resize(bytes.len().next_multiple_of(4), 0);
    padded
}

/// One of the two ends of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamEnd {
    /// The end that sends the SYN.
    Opener,
    Acceptor,
}

impl StreamEnd {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Opener => Self::Acceptor,
            Self::Acceptor => Self::Opener,
        }
    }
}

/// A synthetic TCP stream.
#[derive(Debug)]
pub(super) struct PcapStream {
    opener: Side,
    acceptor: Side,
    has_carried: bool,
    /// Comments for the next packet.
    comments: Vec<String>,
}

#[derive(Debug)]
struct Side {
    address: SocketAddr,
    /// Its next sequence number.
    next: u32,
    /// The last acknowledged number.
    acknowledged: u32,
    has_ended: bool,
}

impl PcapStream {
    pub(super) fn new(opener: SocketAddr, acceptor: SocketAddr) -> Self {
        let side = |address| Side { address, next: 0, acknowledged: 0, has_ended: false };
        Self { opener: side(opener), acceptor: side(acceptor), has_carried: false, comments: Vec::new() }
    }

    /// Another stream between the same ends, after this one.
    pub(super) fn another(&self) -> Self {
        let mut another = Self::new(self.opener.address, self.acceptor.address);
        // Beyond the window of this one, so that nothing is mistaken for a retransmission.
        another.opener.next = self.opener.next.wrapping_add(2 * u32::from(WINDOW));
        another.acceptor.next = self.acceptor.next.wrapping_add(2 * u32::from(WINDOW));
        another
    }

    /// The three packets of a handshake.
    pub(super) fn open(&mut self, out: &mut Vec<u8>, time: SystemTime) {
        self.acceptor.acknowledged = self.opener.next;
        self.packet(out, time, StreamEnd::Opener, SYN, &[]);
        self.opener.acknowledged = self.acceptor.next;
        self.packet(out, time, StreamEnd::Acceptor, SYN | ACK, &[]);
        self.packet(out, time, StreamEnd::Opener, ACK, &[]);
    }

    /// Sends at most [`PAYLOAD`] bytes.
    pub(super) fn data(&mut self, out: &mut Vec<u8>, time: SystemTime, from: StreamEnd, bytes: &[u8]) {
        self.has_carried = true;
        self.packet(out, time, from, PSH | ACK, bytes);
    }

    /// Adds a comment to the next packet.
    pub(super) fn comment(&mut self, comment: String) {
        self.comments.push(comment);
    }

    /// Whether any byte was sent.
    pub(super) fn has_carried(&self) -> bool {
        self.has_carried
    }

    /// Sends the FIN of a side, once.
    pub(super) fn end(&mut self, out: &mut Vec<u8>, time: SystemTime, from: StreamEnd) {
        if !self.sides(from).0.has_ended {
            self.packet(out, time, from, FIN | ACK, &[]);
            self.sides(from).0.has_ended = true;
        }
    }

    /// The sending side and the other one.
    fn sides(&mut self, from: StreamEnd) -> (&mut Side, &mut Side) {
        match from {
            StreamEnd::Opener => (&mut self.opener, &mut self.acceptor),
            StreamEnd::Acceptor => (&mut self.acceptor, &mut self.opener),
        }
    }

    fn packet(&mut self, out: &mut Vec<u8>, time: SystemTime, from: StreamEnd, flags: u8, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap_or_default();
        let (sender, receiver) = self.sides(from);
        if sender.next.wrapping_sub(receiver.acknowledged) + length > WINDOW.into() {
            self.packet(out, time, from.other(), ACK, &[]);
        }
        let (sender, receiver) = self.sides(from);
        if flags & ACK != 0 {
            sender.acknowledged = receiver.next;
        }
        let packet = packet(sender, receiver.address, flags, payload);
        let counted = length + u32::from(flags & (SYN | FIN) != 0);
        sender.next = sender.next.wrapping_add(counted);
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_nanos();
        let since = u64::try_from(since).unwrap_or_default();
        let size = u32::try_from(packet.len()).unwrap_or_default().to_le_bytes();
        let (high, low) = ((since >> 32).to_le_bytes(), since.to_le_bytes());
        // An enhanced packet block (section 4.3): the first interface, time, captured and original length.
        let body = [&[0; 4][..], &high[..4], &low[..4], &size, &size, &packet].concat();
        let comments = std::mem::take(&mut self.comments);
        let options: Vec<_> = comments.iter().map(|comment| (COMMENT, comment.as_bytes())).collect();
        block(out, 6, &body, &options);
    }
}

/// A packet with its IP and TCP headers.
fn packet(sender: &Side, to: SocketAddr, flags: u8, payload: &[u8]) -> Vec<u8> {
    let (from, size) =
        (sender.address, |bytes: usize| u16::try_from(bytes).unwrap_or_default().to_be_bytes());
    let mut tcp = [
        &from.port().to_be_bytes()[..],
        &to.port().to_be_bytes(),
        &sender.next.to_be_bytes(),
        &sender.acknowledged.to_be_bytes(),
        // Five words of header; checksum and urgent pointer follow the window.
        &[5 << 4, flags],
        &WINDOW.to_be_bytes(),
        &[0; 4],
        payload,
    ]
    .concat();
    let length = size(tcp.len());
    let (ip, addresses) = match (from.ip(), to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let addresses = [from.octets(), to.octets()].concat();
            // Version 4, five words; do not fragment; 64 hops; TCP; no checksum yet.
            let total = size(20 + tcp.len());
            let mut ip = [&[0x45, 0][..], &total, &[0, 0, 0x40, 0, 64, 6, 0, 0], &addresses].concat();
            set_checksum(&mut ip, 10, &[]);
            (ip, addresses)
        }
        (from, to) => {
            let octets = |ip| match ip {
                IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
                IpAddr::V6(ip) => ip.octets(),
            };
            let addresses = [octets(from), octets(to)].concat();
            // Version 6; TCP; 64 hops.
            ([&[0x60, 0, 0, 0][..], &length, &[6, 64], &addresses].concat(), addresses)
        }
    };
    // The pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1): both versions have the same sum.
    set_checksum(&mut tcp, 16, &[&*addresses, &[0, 6], &length].concat());
    [ip, tcp].concat()
}

/// Writes the Internet checksum (RFC 1071) of a header and the bytes after it.
fn set_checksum(bytes: &mut [u8], at: usize, pseudo_header: &[u8]) {
    let words = |bytes: &[u8]| -> u32 {
        let word = |pair: &[u8]| match *pair {
            [high, low] => u32::from(u16::from_be_bytes([high, low])),
            [high] => u32::from(high) << 8,
            _ => 0,
        };
        bytes.chunks(2).map(word).sum()
    };
    let mut sum = words(pseudo_header) + words(bytes);
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    let checksum = !u16::try_from(sum).unwrap_or_default();
    if let Some(place) = bytes.get_mut(at..at + 2) {
        place.copy_from_slice(&checksum.to_be_bytes());
    }
}
