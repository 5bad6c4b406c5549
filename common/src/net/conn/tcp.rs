//! TCP features beyond a byte stream, for protocols with several connections or urgent data, such as FTP.

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

    /// Keeps TCP urgent data inline in the stream, as Telnet's Synch requires.
    pub fn keep_urgent_inline(&mut self) {
        // A Unix socket has no urgent data.
        let _ = self.0.stream.keep_urgent_inline();
    }

    /// Enables keep-alive probes, which detect a peer that has disappeared.
    pub fn keep_alive(&self) {
        if let Ok(socket) = self.0.stream.descriptor() {
            let _ = sockopt::set_socket_keepalive(socket, true);
        }
    }

    /// Whether dropping the connection resets it, so that the peer notices a truncation, or ends it normally,
    /// which is the default.
    pub fn reset_when_dropped(&self, is_reset: bool) {
        if let Ok(socket) = self.0.stream.descriptor() {
            let _ = sockopt::set_socket_linger(socket, is_reset.then_some(Duration::ZERO));
        }
    }

    /// Whether the peer has ended its side, or the connection failed, and the kernel holds no more of its
    /// bytes. A later read still reports it.
    pub fn has_ended(&self) -> bool {
        self.0.stream.socket().has_ended()
    }

    /// Waits until the peer has sent something or ended its side, without consuming it. This detects a
    /// handshake before its command. There is no timeout.
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
