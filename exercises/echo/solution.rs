//! echo: a server that sends back what it receives, to one client after the other, and each datagram.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::thread;

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(10000);
    let datagrams = UdpSocket::bind(("0.0.0.0", port))?;
    thread::spawn(move || answer(&datagrams));
    let server = TcpListener::bind(("127.0.0.1", port))?;
    for client in server.incoming() {
        // A client that is gone is no error of the server.
        let _ = serve(client?);
    }
    Ok(())
}

fn serve(mut client: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        client.write_all(&buffer[..count])?;
    }
}

fn answer(datagrams: &UdpSocket) -> io::Result<()> {
    let mut buffer = [0; 65_535];
    loop {
        let (count, address) = datagrams.recv_from(&mut buffer)?;
        datagrams.send_to(&buffer[..count], address)?;
    }
}
