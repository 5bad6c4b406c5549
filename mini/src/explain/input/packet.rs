//! The outer layers of a packet: link, network (IPv4, IPv6) and TCP.

use std::net::{IpAddr, SocketAddr};

use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TransportSlice};
use syntax::watch::{Part, Watch};

static LINK: Part = Part::new("link-header", "IEEE 802.3 section 3");
static LOOPBACK: Part = Part::new("loopback-header", "LINKTYPE_NULL");
static COOKED: Part = Part::new("cooked-header", "LINKTYPE_LINUX_SLL");
static IPV4: Part = Part::new("ipv4-header", "RFC 791 section 3.1");
static IPV6: Part = Part::new("ipv6-header", "RFC 8200 section 3");
static TCP: Part = Part::new("tcp-header", "RFC 9293 section 3.1");

/// A TCP segment.
pub(super) struct Segment<'a> {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) sequence: u32,
    pub(super) is_syn: bool,
    pub(super) is_ack: bool,
    pub(super) is_end: bool,
    pub(super) payload: &'a [u8],
}

/// Takes a packet apart, by its [link type](https://www.tcpdump.org/linktypes.html). `None`: it is not TCP, or a
/// fragment, or its link type is not known.
pub(super) fn segment<'a>(link_type: i32, packet: &'a [u8], watch: impl Watch) -> Option<Segment<'a>> {
    let (header, link, layers) = match link_type {
        1 => (&LINK, None, LaxSlicedPacket::from_ethernet(packet).ok()?),
        // The family before it has the byte order of the machine; the version is in the IP header as well.
        0 | 108 => (&LOOPBACK, Some(4), LaxSlicedPacket::from_ip(packet.get(4..)?).ok()?),
        12 | 14 | 101 | 228 | 229 => (&LINK, Some(0), LaxSlicedPacket::from_ip(packet).ok()?),
        113 => (&COOKED, Some(16), typed(packet.get(14..16)?, packet.get(16..)?)),
        276 => (&COOKED, Some(20), typed(packet.get(..2)?, packet.get(20..)?)),
        _ => return None,
    };
    let (part, ip, from, to) = match layers.net.as_ref()? {
        LaxNetSlice::Ipv4(v4) => {
            let header = v4.header();
            let [from, to] = [header.source_addr(), header.destination_addr()].map(IpAddr::V4);
            (&IPV4, header.slice(), from, to)
        }
        LaxNetSlice::Ipv6(v6) => {
            let header = v6.header();
            let [from, to] = [header.source_addr(), header.destination_addr()].map(IpAddr::V6);
            (&IPV6, header.slice(), from, to)
        }
        LaxNetSlice::Arp(_) => return None,
    };
    let Some(TransportSlice::Tcp(tcp)) = layers.transport else { return None };
    let start = syntax::watch::offsets(packet, ip)?.start;
    watch.part(header, packet.get(..link.unwrap_or(start))?);
    watch.value(part, ip, format_args!("{from} > {to}"));
    let (source, destination) = (tcp.source_port(), tcp.destination_port());
    let flags = [
        (tcp.syn(), " SYN"),
        (tcp.ack(), " ACK"),
        (tcp.psh(), " PSH"),
        (tcp.fin(), " FIN"),
        (tcp.rst(), " RST"),
    ];
    let flags: String = flags.iter().filter(|(is_set, _)| *is_set).map(|(_, name)| *name).collect();
    let sequence = tcp.sequence_number();
    watch.value(
        &TCP,
        tcp.header_slice(),
        format_args!("{source} > {destination}{flags}, sequence {sequence}"),
    );
    Some(Segment {
        from: SocketAddr::new(from, source),
        to: SocketAddr::new(to, destination),
        sequence,
        is_syn: tcp.syn(),
        is_ack: tcp.ack(),
        is_end: tcp.fin() || tcp.rst(),
        payload: tcp.payload(),
    })
}

fn typed<'a>(ether_type: &[u8], payload: &'a [u8]) -> LaxSlicedPacket<'a> {
    let number = ether_type.iter().fold(0, |number, byte| number << 8 | u16::from(*byte));
    LaxSlicedPacket::from_ether_type(EtherType(number), payload)
}
