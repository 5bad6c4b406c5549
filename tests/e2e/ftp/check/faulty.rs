//! A server with one fault: our own server behind a relay of the control connection, which answers some commands
//! itself. Data connections go past it, because both have the same address.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

pub(super) struct Faulty(SocketAddr);

impl Faulty {
    /// Commands that begin with `command` get `reply`; the others are passed on to `server`.
    pub(super) fn before(server: SocketAddr, command: &'static str, reply: &'static [u8]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        // Ends with the process of the test.
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                thread::spawn(move || relay(client, server, command, reply));
            }
        });
        Self(address)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.0
    }
}

fn relay(client: TcpStream, server: SocketAddr, command: &str, reply: &[u8]) -> io::Result<()> {
    let server = TcpStream::connect(server)?;
    let (mut replies, mut answers) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut replies, &mut answers);
        let _ = answers.shutdown(std::net::Shutdown::Both);
    });
    let (mut input, mut to_server, mut to_client) = (BufReader::new(client.try_clone()?), server, client);
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        match line.starts_with(command.as_bytes()) {
            true => to_client.write_all(reply)?,
            false => to_server.write_all(&line)?,
        }
        line.clear();
    }
    to_server.shutdown(std::net::Shutdown::Write)
}
