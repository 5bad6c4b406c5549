//! select: an echo server with one thread for all clients. The standard library has no select, so the server asks each
//! non-blocking socket in turn, and rests when none of them was ready.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Bytes that may wait for one client.
const LIMIT: usize = 65536;
/// How long the server rests.
const REST: Duration = Duration::from_millis(20);

struct Client {
    socket: TcpStream,
    waiting: Vec<u8>,
    /// It sends nothing more, but still reads.
    has_ended: bool,
}

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(10000);
    let server = TcpListener::bind(("127.0.0.1", port))?;
    server.set_nonblocking(true)?;
    let mut clients: Vec<Client> = Vec::new();
    loop {
        let mut was_ready = false;
        if let Ok((socket, _)) = server.accept() {
            socket.set_nonblocking(true)?;
            clients.push(Client { socket, waiting: Vec::new(), has_ended: false });
            was_ready = true;
        }
        clients.retain_mut(|client| match client.step() {
            Ok(moved) => {
                was_ready |= moved;
                !client.has_ended || !client.waiting.is_empty()
            }
            // A client that is gone; the others remain.
            Err(_) => false,
        });
        if !was_ready {
            thread::sleep(REST);
        }
    }
}

impl Client {
    /// Whether it received or sent something.
    fn step(&mut self) -> io::Result<bool> {
        let mut moved = false;
        let mut buffer = [0; 4096];
        while !self.has_ended && self.waiting.len() < LIMIT {
            let Some(count) = ready(self.socket.read(&mut buffer))? else { break };
            self.waiting.extend(&buffer[..count]);
            self.has_ended = count == 0;
            moved = true;
        }
        if !self.waiting.is_empty() {
            if let Some(count) = ready(self.socket.write(&self.waiting))? {
                self.waiting.drain(..count);
                moved = true;
            }
        }
        Ok(moved)
    }
}

/// What a call did, or nothing if the socket was not ready.
fn ready(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        result => result.map(Some),
    }
}
