//! Connections of a trusted proxy, which begin with a header that states the client (`net::proxy_protocol`).

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::{Poll, ready};

use super::{Conn, State, watch};
use crate::net::limits::Full;
use crate::net::peer::Peer;
use crate::net::proxy_protocol::Header;

impl Conn {
    /// Takes the PROXY header, and nothing behind it. From now on the client is the peer, and counts as a connection of
    /// its address; returns [`Full`] if it has too many. A stopping server does not wait for the header.
    ///
    /// # Errors
    ///
    /// `InvalidData` if there is no valid header, `TimedOut` if it is not complete in time, or a failed connection.
    pub(crate) async fn take_proxy_header(&mut self) -> io::Result<Option<Full>> {
        let State { stream, watch, timeouts, .. } = &mut *self.0;
        watch.until(watch::after(timeouts.value), true);
        let header = poll_fn(|cx| {
            let header = stream.poll_proxy_header(cx);
            if header.is_pending() {
                ready!(watch.poll_ended(cx));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            header
        })
        .await;
        watch.rest();
        let Header::Proxied { client, server } = header? else { return Ok(None) };
        let state = &mut *self.0;
        state.peer = client.into();
        state.reached = Some(Box::new(server));
        Ok(state.held.as_mut().and_then(|(permit, _)| permit.identify(client.ip()).err()))
    }

    /// The address to which the client connected: that of a proxy, if it has stated it, or else [`Conn::local`].
    pub fn reached(&self) -> Peer {
        self.0.reached.as_deref().map_or_else(|| self.local(), |at: &SocketAddr| (*at).into())
    }
}
