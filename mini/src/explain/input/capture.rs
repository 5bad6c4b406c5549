//! Captures: [pcap](https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html) and
//! [pcapng](https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html), in either byte order, and their TCP
//! connections.

use std::collections::HashMap;
use std::net::SocketAddr;

use pcap_parser::nom;
use pcap_parser::pcap::{parse_pcap_frame, parse_pcap_frame_be, parse_pcap_header};
use pcap_parser::pcapng::{Block, parse_block_be, parse_block_le};
use syntax::conversation::Sender;
use syntax::record::{Node, Recorder};
use syntax::watch::{Part, Watch as _};

use super::super::connection::Connection;
use super::Unreadable;
use super::data;
use super::packet::{Segment, segment};
use super::reassembly::{ReassembledStream, SegmentOrder};

/// TCP connections of a capture; more are left out.
const CONNECTIONS: usize = 1_024;

static FILE_HEADER: Part = Part::new("capture-header", "draft-ietf-opsawg-pcap section 4");
static BLOCK: Part = Part::new("capture-block", "draft-ietf-opsawg-pcapng section 4");
static PACKET: Part = Part::new("packet", "draft-ietf-opsawg-pcap section 5");
static PAYLOAD: Part = Part::new("payload", "RFC 9293 section 3.1");

pub(super) fn is_capture(bytes: &[u8]) -> bool {
    const MAGIC: [[u8; 4]; 5] = [
        [0xa1, 0xb2, 0xc3, 0xd4],
        [0xd4, 0xc3, 0xb2, 0xa1],
        [0xa1, 0xb2, 0x3c, 0x4d],
        [0x4d, 0x3c, 0xb2, 0xa1],
        [0x0a, 0x0d, 0x0d, 0x0a],
    ];
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
}

/// Reads a capture: its blocks and packets with their layers, and its connections. A last block that is cut off
/// is left out.
pub(super) fn read(file: &[u8]) -> Result<(Vec<Node>, Vec<Connection>), Unreadable> {
    let recorder = Recorder::new(file);
    let mut flows = Flows::default();
    let damaged = |_| Unreadable::new("it is a damaged capture; open and save it again with Wireshark");
    match file.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]) {
        true => read_blocks(file, &recorder, &mut flows),
        false => read_frames(file, &recorder, &mut flows),
    }
    .map_err(damaged)?;
    let connections = flows.finish();
    if connections.is_empty() {
        return Err(Unreadable::new("there is no TCP connection with content in the capture"));
    }
    Ok((recorder.finish().0, connections))
}

/// The error of a parser of the capture, except for an incomplete block.
struct Damaged;

/// The rest after a parsed value, and the value; `None` at the end of a truncated file.
fn complete<T, E>(parsed: Result<(&[u8], T), nom::Err<E>>) -> Result<Option<(&[u8], T)>, Damaged> {
    match parsed {
        Ok(parsed) => Ok(Some(parsed)),
        Err(nom::Err::Incomplete(_)) => Ok(None),
        Err(_) => Err(Damaged),
    }
}

fn read_frames(file: &[u8], recorder: &Recorder<'_>, flows: &mut Flows) -> Result<(), Damaged> {
    let Some((mut rest, header)) = complete(parse_pcap_header(file))? else { return Err(Damaged) };
    recorder.part(&FILE_HEADER, before(file, rest));
    // The upper bits of the link type have other meanings.
    let link_type = header.network.0 & 0xffff;
    while !rest.is_empty() {
        let frame = if header.is_bigendian() { parse_pcap_frame_be(rest) } else { parse_pcap_frame(rest) };
        let Some((behind, frame)) = complete(frame)? else { break };
        flows.add(link_type, before(rest, behind), frame.data, recorder);
        rest = behind;
    }
    Ok(())
}

fn read_blocks(file: &[u8], recorder: &Recorder<'_>, flows: &mut Flows) -> Result<(), Damaged> {
    let (mut rest, mut link_types, mut is_big_endian) = (file, Vec::new(), false);
    while !rest.is_empty() {
        let block = if is_big_endian { parse_block_be(rest) } else { parse_block_le(rest) };
        let Some((behind, block)) = complete(block)? else { break };
        let bytes = before(rest, behind);
        rest = behind;
        let packet = match block {
            Block::SectionHeader(section) => {
                is_big_endian = section.big_endian();
                link_types.clear();
                None
            }
            Block::InterfaceDescription(interface) => {
                link_types.push(interface.linktype.0);
                None
            }
            Block::EnhancedPacket(packet) => {
                let link_type = usize::try_from(packet.if_id).ok().and_then(|id| link_types.get(id));
                let length = packet.data.len().min(packet.caplen as usize);
                link_type.zip(packet.data.get(..length))
            }
            Block::SimplePacket(packet) => {
                let length = packet.data.len().min(packet.origlen as usize);
                link_types.first().zip(packet.data.get(..length))
            }
            _ => None,
        };
        match packet {
            Some((link_type, packet)) => flows.add(*link_type, bytes, packet, recorder),
            None => recorder.part(&BLOCK, bytes),
        }
    }
    Ok(())
}

/// The bytes of `all` before `rest`, which ends it.
fn before<'a>(all: &'a [u8], rest: &[u8]) -> &'a [u8] {
    all.get(..all.len() - rest.len()).unwrap_or_default()
}

/// The TCP connections of a capture.
#[derive(Default)]
struct Flows {
    flows: Vec<Flow>,
    /// The last connection between two ends.
    between: HashMap<(SocketAddr, SocketAddr), usize>,
    packets: usize,
}

struct Flow {
    client: SocketAddr,
    server: SocketAddr,
    sent: [ReassembledStream; 2],
    arrivals: Vec<(Sender, usize)>,
    has_ended: bool,
}

impl Flows {
    /// Adds a packet, which its record in the file contains.
    fn add(&mut self, link_type: i32, record: &[u8], packet: &[u8], recorder: &Recorder<'_>) {
        self.packets += 1;
        let number = self.packets;
        let Some(segment) = segment(link_type, packet, recorder) else {
            return recorder.value(&PACKET, record, format_args!("{number}, not TCP"));
        };
        let order = self.flow(&segment).map(|flow| flow.add(&segment));
        let order = match order {
            Some(Some(SegmentOrder::Retransmission)) => ", retransmission",
            Some(Some(SegmentOrder::Overlap)) => ", overlap",
            Some(Some(SegmentOrder::AfterGap)) => ", out of order",
            Some(_) => "",
            None => ", left out",
        };
        recorder.part(&PAYLOAD, segment.payload);
        recorder.value(&PACKET, record, format_args!("{number}, {} > {}{order}", segment.from, segment.to));
    }

    fn flow(&mut self, segment: &Segment<'_>) -> Option<&mut Flow> {
        let (client, server) = ends(segment);
        let known =
            self.between.get(&(client, server)).or_else(|| self.between.get(&(server, client))).copied();
        let is_new = segment.is_syn && !segment.is_ack;
        let known = known.filter(|&at| !(is_new && self.flows.get(at).is_some_and(|flow| flow.has_ended)));
        let at = match known {
            Some(at) => at,
            None if self.flows.len() < CONNECTIONS => {
                let (sent, arrivals) = Default::default();
                self.flows.push(Flow { client, server, sent, arrivals, has_ended: false });
                self.between.insert((client, server), self.flows.len() - 1);
                self.flows.len() - 1
            }
            None => return None,
        };
        self.flows.get_mut(at)
    }

    fn finish(self) -> Vec<Connection> {
        let flows = self.flows.into_iter().filter(|flow| !flow.arrivals.is_empty());
        let mut connections: Vec<_> = flows.map(Flow::finish).collect();
        data::relate(&mut connections);
        connections
    }
}

/// Client and server of the connection of a segment. In the middle of a connection, the lower port is the
/// server's.
fn ends(segment: &Segment<'_>) -> (SocketAddr, SocketAddr) {
    let is_by_client = match (segment.is_syn, segment.is_ack) {
        (true, is_answer) => !is_answer,
        (false, _) => segment.from.port() >= segment.to.port(),
    };
    if is_by_client { (segment.from, segment.to) } else { (segment.to, segment.from) }
}

impl Flow {
    /// Adds a segment. `None`: it has no content.
    fn add(&mut self, segment: &Segment<'_>) -> Option<SegmentOrder> {
        let is_by_client = segment.from == self.client;
        let [client, server] = &mut self.sent;
        let (stream, sender) = if is_by_client { (client, Sender::Client) } else { (server, Sender::Server) };
        self.has_ended |= segment.is_end;
        let mut sequence = segment.sequence;
        if segment.is_syn {
            stream.begin(sequence);
            sequence = sequence.wrapping_add(1);
        }
        if segment.payload.is_empty() {
            return None;
        }
        let order = stream.add(sequence, segment.payload);
        let end = stream.bytes.len();
        if matches!(order, SegmentOrder::InOrder | SegmentOrder::Overlap) {
            self.arrivals.push((sender, end));
        }
        Some(order)
    }

    fn finish(self) -> Connection {
        let [client, server] = self.sent;
        let gap = |sender, stream: &ReassembledStream| {
            stream.gap().map(|gap| (sender, stream.bytes.len()..stream.bytes.len() + gap))
        };
        let missing = [gap(Sender::Client, &client), gap(Sender::Server, &server)];
        Connection {
            ends: Some((self.client, self.server)),
            client: client.bytes,
            server: server.bytes,
            arrivals: self.arrivals,
            missing: missing.into_iter().flatten().collect(),
            ..Connection::default()
        }
    }
}

#[cfg(test)]
mod tests;
