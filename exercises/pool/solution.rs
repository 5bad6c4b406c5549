//! pool: an echo server with ten threads.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;

const THREADS: usize = 10;

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(10000);
    let server = TcpListener::bind(("127.0.0.1", port))?;
    let (queue, clients) = mpsc::channel();
    let clients = Arc::new(Mutex::new(clients));
    for _ in 0..THREADS {
        let clients = Arc::clone(&clients);
        thread::spawn(move || work(&clients));
    }
    for client in server.incoming() {
        queue.send(client?).map_err(io::Error::other)?;
    }
    Ok(())
}

fn work(clients: &Mutex<Receiver<TcpStream>>) {
    loop {
        // The lock is held while this thread waits for a client, not while it serves it.
        let next = clients.lock().map(|clients| clients.recv());
        let Ok(Ok(client)) = next else { return };
        // A client that is gone is no error of the thread.
        let _ = serve(client);
    }
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
