//! deadline: an echo server that closes slow connections.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// For a line, and for its answer.
const TIME: Duration = Duration::from_millis(500);

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(10000);
    let server = TcpListener::bind(("127.0.0.1", port))?;
    for client in server.incoming() {
        let client = client?;
        thread::spawn(move || serve(client));
    }
    Ok(())
}

fn serve(mut client: TcpStream) -> io::Result<()> {
    let mut waiting = Vec::new();
    let mut buffer = [0; 4096];
    let mut deadline = Instant::now() + TIME;
    loop {
        client.set_read_timeout(Some(left(deadline)?))?;
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        waiting.extend(&buffer[..count]);
        if let Some(end) = waiting.iter().rposition(|byte| *byte == b'\n') {
            let lines: Vec<u8> = waiting.drain(..=end).collect();
            send(&mut client, &lines)?;
            deadline = Instant::now() + TIME;
        }
    }
}

fn send(client: &mut TcpStream, mut lines: &[u8]) -> io::Result<()> {
    let deadline = Instant::now() + TIME;
    while !lines.is_empty() {
        client.set_write_timeout(Some(left(deadline)?))?;
        let count = client.write(lines)?;
        lines = &lines[count..];
    }
    Ok(())
}

/// The time that is left until the deadline.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}
