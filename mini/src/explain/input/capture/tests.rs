use std::net::IpAddr;

use super::super::super::connection::ControlReference;
use super::super::super::kind::ExplainedProtocol;
use super::*;

const SYN: u8 = 2;
const ACK: u8 = 16;
const SYN_ACK: u8 = SYN | ACK;
const FIN: u8 = 1 | ACK;

/// A TCP segment between two ends, with a sequence number and flags.
struct Tcp<'a>(&'a str, &'a str, u32, u8, &'a [u8]);

impl Tcp<'_> {
    /// The segment in an IP packet. Nothing here checks checksums: a capture at the sender has none.
    fn ip(&self) -> Vec<u8> {
        let Self(from, to, sequence, flags, payload) = self;
        let [from, to]: [SocketAddr; 2] = [from.parse().unwrap(), to.parse().unwrap()];
        let mut tcp = [from.port().to_be_bytes(), to.port().to_be_bytes()].concat();
        tcp.extend(sequence.to_be_bytes());
        tcp.extend([0, 0, 0, 0, 5 << 4, *flags, 255, 255, 0, 0, 0, 0]);
        tcp.extend(*payload);
        let length = u16::try_from(tcp.len()).unwrap();
        let header = match (from.ip(), to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                let mut header = vec![0x45, 0];
                header.extend((length + 20).to_be_bytes());
                header.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
                header.extend([from.octets(), to.octets()].concat());
                header
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                let mut header = vec![0x60, 0, 0, 0];
                header.extend(length.to_be_bytes());
                header.extend([6, 64]);
                header.extend([from.octets(), to.octets()].concat());
                header
            }
            _ => panic!("two families"),
        };
        [header, tcp].concat()
    }

    fn ethernet(&self) -> Vec<u8> {
        let ip = self.ip();
        [&[2; 12][..], &ether_type(&ip), &ip].concat()
    }
}

fn ether_type(ip: &[u8]) -> [u8; 2] {
    if ip[0] >> 4 == 4 { [8, 0] } else { [0x86, 0xdd] }
}

/// The byte order of a file.
type Order4 = fn(u32) -> [u8; 4];
type Order2 = fn(u16) -> [u8; 2];

fn pcap(magic: u32, link_type: u32, packets: &[Vec<u8>], order: Order4) -> Vec<u8> {
    let mut file: Vec<u8> =
        [magic, 0x0004_0002, 0, 0, 65_535, link_type].iter().flat_map(|&word| order(word)).collect();
    for packet in packets {
        let length = u32::try_from(packet.len()).unwrap();
        file.extend([1, 2, length, length].iter().flat_map(|&word| order(word)));
        file.extend(packet);
    }
    file
}

fn block(kind: u32, body: &[u8], order: Order4) -> Vec<u8> {
    let padding = vec![0; body.len().next_multiple_of(4) - body.len()];
    let length = order(u32::try_from(12 + body.len() + padding.len()).unwrap());
    [&order(kind), &length, body, &padding, &length].concat()
}

/// A section header, an interface, an unknown block, and a packet in each of the two forms.
fn pcapng(link_type: u16, packets: &[Vec<u8>], order: Order4, half: Order2) -> Vec<u8> {
    let section = [&order(0x1a2b_3c4d)[..], &half(1), &half(0), &[0xff; 8]].concat();
    let interface = [&half(link_type)[..], &half(0), &order(0)].concat();
    let mut file = block(0x0a0d_0d0a, &section, order);
    file.extend(block(1, &interface, order));
    file.extend(block(0x0bad_cafe, b"abc", order));
    for (at, packet) in packets.iter().enumerate() {
        let length = order(u32::try_from(packet.len()).unwrap());
        let numbers = [order(0), order(0), order(0), length, length].concat();
        let simple = at % 2 == 1;
        let body = if simple { [&length, &packet[..]].concat() } else { [&numbers, &packet[..]].concat() };
        file.extend(block(if simple { 3 } else { 6 }, &body, order));
    }
    file
}

const CLIENT: &str = "192.0.2.7:50000";
const SERVER: &str = "192.0.2.1:80";
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

fn exchange<'a>(client: &'a str, server: &'a str) -> Vec<Tcp<'a>> {
    vec![
        Tcp(client, server, 99, SYN, b""),
        Tcp(server, client, 499, SYN_ACK, b""),
        Tcp(client, server, 100, ACK, REQUEST),
        Tcp(server, client, 500, ACK, RESPONSE),
        Tcp(server, client, 500 + 27, FIN, b""),
    ]
}

#[test]
fn every_container_and_link_type_shows_the_connection() {
    let with = |before: fn(&[u8]) -> Vec<u8>, client, server| -> Vec<Vec<u8>> {
        exchange(client, server).iter().map(|tcp| [before(&tcp.ip()), tcp.ip()].concat()).collect()
    };
    let v4 = |before| with(before, CLIENT, SERVER);
    let v6 = |before| with(before, "[2001:db8::7]:50000", "[2001:db8::1]:80");
    let ethernet = |ip: &[u8]| [&[2; 12][..], &ether_type(ip)].concat();
    let vlan = |ip: &[u8]| [&[2; 12][..], &[0x81, 0, 0, 5], &ether_type(ip)].concat();
    let sll = |ip: &[u8]| [&[0; 14][..], &ether_type(ip)].concat();
    let sll2 = |ip: &[u8]| [&ether_type(ip)[..], &[0; 18]].concat();
    let raw = |_: &[u8]| Vec::new();
    let loopback = |_: &[u8]| vec![2, 0, 0, 0];
    let (little, big) = (u32::to_le_bytes as Order4, u32::to_be_bytes as Order4);
    // The version is two numbers of 16 bits.
    let swapped = |mut file: Vec<u8>| {
        file.splice(4..8, [0, 2, 0, 4]);
        file
    };
    for (file, why) in [
        (pcap(0xa1b2_c3d4, 1, &v4(ethernet), little), "little endian, microseconds, Ethernet"),
        (pcap(0xa1b2_3c4d, 1, &v6(ethernet), little), "nanoseconds, IPv6"),
        (swapped(pcap(0xa1b2_c3d4, 1, &v4(vlan), big)), "big endian, VLAN"),
        (swapped(pcap(0xa1b2_3c4d, 113, &v6(sll), big)), "big endian, nanoseconds, Linux SLL"),
        (pcap(0xa1b2_c3d4, 276, &v4(sll2), little), "Linux SLL2"),
        (pcap(0xa1b2_c3d4, 101, &v6(raw), little), "raw IP"),
        (pcap(0xa1b2_c3d4, 228, &v4(raw), little), "raw IPv4"),
        (pcap(0xa1b2_c3d4, 0, &v4(loopback), little), "loopback of BSD"),
        (pcapng(1, &v4(ethernet), little, u16::to_le_bytes), "pcapng, little endian"),
        (pcapng(113, &v6(sll), big, u16::to_be_bytes), "pcapng, big endian"),
    ] {
        let (nodes, connections) = read(&file).unwrap_or_else(|error| panic!("{why}: {error:?}"));
        assert_eq!(connections.len(), 1, "{why}");
        let connection = &connections[0];
        assert_eq!(
            (connection.client.as_slice(), connection.server.as_slice()),
            (REQUEST, RESPONSE),
            "{why}"
        );
        assert_eq!(
            connection.ends.map(|(client, server)| (client.port(), server.port())),
            Some((50_000, 80)),
            "{why}"
        );
        assert_eq!(connection.protocol(), ExplainedProtocol::Http, "{why}");
        assert_eq!(
            nodes.iter().map(|node| node.span.len()).sum::<usize>(),
            file.len(),
            "{why}: the blocks cover it"
        );
        let packet = nodes.iter().filter(|node| node.part == &PACKET).nth(2).unwrap();
        assert!(packet.children.last().unwrap().part == &PAYLOAD, "{why}: {packet:?}");
    }
}

#[test]
fn streams_are_put_in_order() {
    let (client, server) = (CLIENT, SERVER);
    let file = |segments: &[Tcp<'_>]| {
        let packets: Vec<_> = segments.iter().map(Tcp::ethernet).collect();
        pcap(0xa1b2_c3d4, 1, &packets, u32::to_le_bytes)
    };
    for (segments, expected, missing, why) in [
        (
            &[
                Tcp(client, server, 9, SYN, b""),
                Tcp(client, server, 12, ACK, b"cd"),
                Tcp(client, server, 10, ACK, b"ab"),
            ][..],
            "abcd",
            None,
            "swapped",
        ),
        (
            &[
                Tcp(client, server, 10, ACK, b"ab"),
                Tcp(client, server, 10, ACK, b"ab"),
                Tcp(client, server, 11, ACK, b"Xc"),
            ],
            "abc",
            None,
            "sent again, and overlapping, without SYN",
        ),
        (
            &[Tcp(client, server, 10, ACK, b"ab"), Tcp(client, server, 15, ACK, b"fg")],
            "ab",
            Some(2..5),
            "a packet was not captured",
        ),
        (
            &[Tcp(client, server, 9, SYN, b"ab"), Tcp(client, server, 12, ACK, b"c")],
            "abc",
            None,
            "content with SYN",
        ),
    ] {
        let (_, connections) = read(&file(segments)).unwrap();
        assert_eq!(connections.len(), 1, "{why}");
        assert_eq!(connections[0].client.escape_ascii().to_string(), expected, "{why}");
        assert_eq!(connections[0].missing.first().map(|(_, gap)| gap.clone()), missing, "{why}");
    }
    let mut twice = exchange(client, server);
    twice.extend(exchange(client, server));
    assert_eq!(read(&file(&twice)).unwrap().1.len(), 2, "a port is used again after the end");
}

#[test]
fn data_connections_are_related_to_their_control_connection() {
    let (client, server) = ("192.0.2.7:50000", "192.0.2.1:21");
    let control = [
        Tcp(server, client, 100, ACK, b"220 ready\r\n"),
        Tcp(client, server, 200, ACK, b"PASV\r\n"),
        Tcp(server, client, 111, ACK, b"227 Entering (10,0,0,1,200,1)\r\n"),
        Tcp(client, server, 206, ACK, b"MLSD\r\n"),
    ];
    let data = "192.0.2.1:51201";
    let passive = [
        Tcp("192.0.2.7:50001", data, 0, SYN, b""),
        Tcp(data, "192.0.2.7:50001", 1, ACK, b"type=file;size=1; a\r\n"),
    ];
    let active = [
        Tcp(client, server, 212, ACK, b"PORT 192,0,2,7,200,2\r\nLIST -a\r\n"),
        Tcp("192.0.2.1:20", "192.0.2.7:51202", 0, SYN, b""),
        Tcp("192.0.2.1:20", "192.0.2.7:51202", 1, ACK, b"total 0\r\n"),
    ];
    let packets: Vec<_> = control.iter().chain(&passive).chain(&active).map(Tcp::ethernet).collect();
    let (_, connections) = read(&pcap(0xa1b2_c3d4, 1, &packets, u32::to_le_bytes)).unwrap();
    let related: Vec<_> = connections.iter().map(|one| (one.protocol(), one.control.clone())).collect();
    let of = |command: &str| Some(ControlReference { connection: 0, command: command.into() });
    assert_eq!(
        related,
        [
            (ExplainedProtocol::Ftp, None),
            (ExplainedProtocol::Mlsd, of("MLSD")),
            (ExplainedProtocol::List, of("LIST -a"))
        ],
        "the address in 227 is that of another network"
    );
}

#[test]
fn a_damaged_capture_is_refused_and_a_cut_one_is_read() {
    let packets: Vec<_> = exchange(CLIENT, SERVER).iter().map(Tcp::ethernet).collect();
    let file = pcap(0xa1b2_c3d4, 1, &packets, u32::to_le_bytes);
    let (nodes, connections) = read(&file[..file.len() - 70 - 20]).unwrap();
    assert_eq!(connections[0].client, REQUEST, "the last packets are missing");
    assert_eq!(nodes.last().unwrap().part, &syntax::record::UNPARSED);
    for length in 0..file.len() {
        // Only checks that it terminates.
        let _ = read(&file[..length]);
    }
    let ng = pcapng(1, &packets, u32::to_le_bytes, u16::to_le_bytes);
    for at in 0..ng.len() {
        let mut damaged = ng.clone();
        damaged[at] ^= 0xff;
        let _ = read(&damaged);
    }
    let empty = pcap(0xa1b2_c3d4, 1, &[], u32::to_le_bytes);
    assert!(read(&empty).unwrap_err().0.contains("no TCP connection"));
}
