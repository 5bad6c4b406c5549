//! send_all: a client that receives as much as it sent.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Without a byte.
const TIMEOUT: Duration = Duration::from_secs(1);

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(10000);
    let mut message = Vec::new();
    io::stdin().read_to_end(&mut message)?;
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    server.set_read_timeout(Some(TIMEOUT))?;
    server.write_all(&message)?;
    let answer = receive(&mut server, message.len())?;
    io::stdout().write_all(&answer)
}

fn receive(server: &mut TcpStream, length: usize) -> io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while answer.len() < length {
        let count = server.read(&mut piece)?;
        if count == 0 {
            let text = format!("the server closed after {} of {length} bytes", answer.len());
            return Err(io::Error::other(text));
        }
        answer.extend(&piece[..count]);
    }
    answer.truncate(length);
    Ok(answer)
}
