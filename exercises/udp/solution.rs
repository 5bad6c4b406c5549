//! udp: an echo server for datagrams.

use std::io;
use std::net::UdpSocket;

/// Bytes; no datagram is larger.
const SIZE: usize = 65_535;

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(10000);
    let server = UdpSocket::bind(("0.0.0.0", port))?;
    let mut buffer = [0; SIZE];
    loop {
        let (count, address) = server.recv_from(&mut buffer)?;
        server.send_to(&buffer[..count], address)?;
    }
}
