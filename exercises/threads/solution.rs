//! threads: an echo server with a thread for each client.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(10000);
    let server = TcpListener::bind(("127.0.0.1", port))?;
    for client in server.incoming() {
        let client = client?;
        let thread = thread::spawn(move || serve(client));
        // It runs until its client is gone; the others remain.
        drop(thread);
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
