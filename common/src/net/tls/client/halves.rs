//! The two halves of a client's connection. One lock guards the session and is held only to encrypt
//! and decrypt, so neither half waits while the other one waits for the socket.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ClientConnection;

/// Bytes that one read from the socket brings.
const READ: usize = 16 << 10;

/// Both halves of a connection whose handshake is done.
pub(super) fn split(socket: TcpStream, session: ClientConnection) -> (Receiver, Sender) {
    let shared = Arc::new(Shared { socket, session: Mutex::new(session), sending: Mutex::new(()) });
    let receiver = Receiver { shared: Arc::clone(&shared), buffer: vec![0; READ].into(), unread: 0..0 };
    (receiver, Sender(shared))
}

#[derive(Debug)]
struct Shared {
    socket: TcpStream,
    /// Never held while the socket is waited for.
    session: Mutex<ClientConnection>,
    /// Held from encrypting to writing, so that records go out in their order.
    sending: Mutex<()>,
}

impl Shared {
    fn session(&self) -> MutexGuard<'_, ClientConnection> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what the session has to say.
    fn transmit(&self, _sending: &MutexGuard<'_, ()>) -> io::Result<()> {
        let mut records = Vec::new();
        let mut session = self.session();
        while session.wants_write() {
            session.write_tls(&mut records)?;
        }
        drop(session);
        (&self.socket).write_all(&records)
    }
}

/// The receiving half of a connection.
#[derive(Debug)]
pub struct Receiver {
    shared: Arc<Shared>,
    buffer: Box<[u8]>,
    /// Records in the buffer that the session has not taken yet.
    unread: Range<usize>,
}

impl Read for Receiver {
    /// An end without a close_notify is `UnexpectedEof`: anybody on the way can cut a connection off.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.shared.session().reader().read(into) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return done,
            }
            if self.unread.is_empty() {
                self.unread = 0..(&self.shared.socket).read(&mut self.buffer)?;
            }
            let mut records = self.buffer.get(self.unread.clone()).unwrap_or_default();
            let mut session = self.shared.session();
            // Nothing, read once, is the end.
            let taken = session.read_tls(&mut records)?;
            session.process_new_packets().map_err(io::Error::other)?;
            self.unread.start += taken;
        }
    }
}

/// The sending half of a connection. What it is given goes out at once.
#[derive(Debug)]
pub struct Sender(Arc<Shared>);

impl Sender {
    /// Ends our side; the other half can go on receiving.
    ///
    /// # Errors
    /// A failed connection.
    pub fn finish(self) -> io::Result<()> {
        let sending = self.0.sending.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.session().send_close_notify();
        self.0.transmit(&sending)?;
        self.0.socket.shutdown(Shutdown::Write)
    }
}

impl Write for Sender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sending = self.0.sending.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = self.0.session().writer().write(bytes)?;
        self.0.transmit(&sending)?;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
