//! What TCP offers beyond a stream of bytes, for protocols that use more than one connection or urgent data, as FTP
//! does.

use std::future::poll_fn;
use std::io;
use std::time::Duration;

use rustix::net::sockopt;

use super::Conn;
use crate::net::peer::Peer;

impl Conn {
    /// The address that the peer connected to.
    pub fn local(&self) -> Peer {
        self.0.stream.descriptor().map_or(Peer::Unix, Peer::local)
    }

    /// Keeps TCP urgent data in its place in the stream, as Telnet's Synch needs it.
    pub fn keep_urgent_inline(&mut self) {
        // A Unix socket has none.
        let _ = self.0.stream.keep_urgent_inline();
    }

    /// Lets the kernel notice a peer that is gone without a word.
    pub fn keep_alive(&self) {
        if let Ok(socket) = self.0.stream.descriptor() {
            let _ = sockopt::set_socket_keepalive(socket, true);
        }
    }

    /// What becomes of the connection where it is dropped: a reset, by which the peer knows that something was
    /// cut off, or, as from the beginning, an end.
    pub fn reset_when_dropped(&self, is_reset: bool) {
        if let Ok(socket) = self.0.stream.descriptor() {
            let _ = sockopt::set_socket_linger(socket, is_reset.then_some(Duration::ZERO));
        }
    }

    /// Whether the peer has ended its side, or the connection failed, and the kernel holds nothing more of
    /// what it sent. Whoever receives is still told.
    pub fn has_ended(&self) -> bool {
        self.0.stream.socket().has_ended()
    }

    /// Waits until the peer has sent something, or ended its side, and takes nothing of it: so one who
    /// shakes hands unasked is noticed. There is no deadline.
    ///
    /// # Errors
    /// A failed connection.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn speaks(&mut self) -> io::Result<()> {
        let stream = &mut self.0.stream;
        poll_fn(|cx| stream.poll_peek(cx)).await.map(drop)
    }
}
