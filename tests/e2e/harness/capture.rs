//! A relay in front of a server that records both directions and writes them as a packet capture.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The relayed connections, in the order in which they were accepted.
pub(crate) struct Capture {
    at: SocketAddr,
    connections: Arc<Mutex<Vec<Vec<Piece>>>>,
}

/// The bytes of one read; `true` if they are the client's.
type Piece = (bool, Vec<u8>);

impl Capture {
    /// Starts a relay to a server. Its threads end with the test.
    pub(crate) fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (at, connections) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<Vec<Piece>>>>::default());
        let kept = Arc::clone(&connections);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(server)) else { return };
                let index = kept.lock().unwrap().len();
                kept.lock().unwrap().push(Vec::new());
                for (is_client, from, to) in [(true, &client, &server), (false, &server, &client)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let kept = Arc::clone(&kept);
                    thread::spawn(move || {
                        relay(&from, &to, |bytes| {
                            kept.lock().unwrap()[index].push((is_client, bytes.to_vec()));
                        });
                    });
                }
            }
        });
        Self { at, connections }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.at
    }

    /// The number of bytes in both directions of each connection.
    pub(crate) fn lengths(&self) -> Vec<[usize; 2]> {
        let length = |pieces: &Vec<Piece>, is_client| {
            pieces.iter().filter(|piece| piece.0 == is_client).map(|piece| piece.1.len()).sum()
        };
        let connections = self.connections.lock().unwrap();
        connections.iter().map(|pieces| [length(pieces, true), length(pieces, false)]).collect()
    }

    /// The capture as a pcap file of IP packets, with the server on `port`.
    pub(crate) fn pcap(&self, port: u16) -> Vec<u8> {
        let mut out = Vec::new();
        for field in [0xA1B2_C3D4, 2 | 4 << 16, 0, 0, 0xFFFF, 101] {
            out.extend_from_slice(&u32::to_le_bytes(field));
        }
        for (index, pieces) in self.connections.lock().unwrap().iter().enumerate() {
            let client = (Ipv4Addr::new(192, 0, 2, 1), 10_000 + u16::try_from(index).unwrap());
            let server = (Ipv4Addr::new(192, 0, 2, 2), port);
            let mut next = [1_u32, 1];
            packet(&mut out, [client, server], [0, 0], 0x02, b"");
            packet(&mut out, [server, client], [0, 1], 0x12, b"");
            for (is_client, bytes) in pieces {
                let (ends, this) = if *is_client { ([client, server], 0) } else { ([server, client], 1) };
                for part in bytes.chunks(1_400) {
                    packet(&mut out, ends, [next[this], next[1 - this]], 0x18, part);
                    next[this] += u32::try_from(part.len()).unwrap();
                }
            }
            packet(&mut out, [client, server], next, 0x11, b"");
            packet(&mut out, [server, client], [next[1], next[0] + 1], 0x11, b"");
        }
        out
    }
}

/// Forwards until the end or a failure, and forwards the end too.
fn relay(mut from: &TcpStream, mut to: &TcpStream, keep: impl Fn(&[u8])) {
    let mut piece = [0; 16 << 10];
    while let Ok(received @ 1..) = from.read(&mut piece) {
        keep(&piece[..received]);
        if to.write_all(&piece[..received]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// Appends a record with an IPv4 packet that contains a TCP segment. Checksums are zero, as with a network
/// card that computes them.
fn packet(out: &mut Vec<u8>, ends: [(Ipv4Addr, u16); 2], numbers: [u32; 2], flags: u8, content: &[u8]) {
    let length = u32::try_from(40 + content.len()).unwrap();
    for field in [1, 0, length, length] {
        out.extend_from_slice(&u32::to_le_bytes(field));
    }
    let [high, low] = u16::try_from(length).unwrap().to_be_bytes();
    out.extend_from_slice(&[0x45, 0, high, low, 0, 0, 0, 0, 64, 6, 0, 0]);
    ends.iter().for_each(|(ip, _)| out.extend_from_slice(&ip.octets()));
    ends.iter().for_each(|(_, port)| out.extend_from_slice(&port.to_be_bytes()));
    numbers.iter().for_each(|number| out.extend_from_slice(&number.to_be_bytes()));
    out.extend_from_slice(&[0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0]);
    out.extend_from_slice(content);
}
