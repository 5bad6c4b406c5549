//! A listening socket for expected connections, such as a passive data port. Other sockets are those of `listen`.

use std::future::poll_fn;
use std::io;
use std::iter;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::net::{bind, getsockname, listen, sockopt};

use super::listen::stream_socket;
use super::peer::{Peer, TrustedProxy};
use super::proxy_protocol::Header;
use super::socket::Socket;

/// The backlog of a port that expects one connection: that one and a few foreign ones, which are dropped.
const BACKLOG: u8 = 8;

/// A port on which connections are expected.
#[derive(Debug)]
pub struct Expecting {
    socket: Socket,
    port: u16,
    /// Peers whose connections begin with a PROXY header.
    proxies: Arc<[TrustedProxy]>,
    /// A connection of a proxy whose header has not arrived.
    unidentified: Option<(Socket, Peer)>,
}

impl Expecting {
    /// Listens on `address`, port 0 for any. `AddrInUse` if the port is taken (from listen, if bind let it
    /// pass).
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = stream_socket(address)?;
        sockopt::set_socket_reuseaddr(&socket, true)?;
        bind(&socket, &address)?;
        listen(&socket, BACKLOG.into())?;
        let port = SocketAddr::try_from(getsockname(&socket)?)?.port();
        Ok(Self { socket: Socket::new(socket), port, proxies: Arc::default(), unidentified: None })
    }

    /// The same for connections of these proxies, each of which begins with a PROXY header.
    #[must_use]
    pub fn behind(self, proxies: Arc<[TrustedProxy]>) -> Self {
        Self { proxies, ..self }
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next connection to the port, and its client. `ConnectionAborted` if it ended before, or began with an invalid
    /// PROXY header.
    ///
    /// # Cancel safety
    /// No connection is lost when the future is dropped.
    pub async fn accept(&mut self) -> io::Result<(OwnedFd, Peer)> {
        if self.unidentified.is_none() {
            let (socket, peer) = poll_fn(|cx| self.socket.poll_accept(cx)).await?;
            if !self.proxies.iter().any(|proxy| proxy.is(peer)) {
                return Ok((socket, peer));
            }
            self.unidentified = Some((Socket::new(socket), peer));
        }
        let header = poll_fn(|cx| match &mut self.unidentified {
            Some((socket, _)) => socket.poll_proxy_header(cx),
            None => io::Result::Err(io::ErrorKind::NotConnected.into()).into(),
        });
        let header = header.await;
        let (socket, proxy) = self.unidentified.take().ok_or(io::ErrorKind::NotConnected)?;
        match header {
            Ok(Header::Proxied { client, .. }) => Ok((socket.into_descriptor()?, client.into())),
            Ok(Header::Local) => Ok((socket.into_descriptor()?, proxy)),
            Err(_) => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }

    /// The connections that are waiting already. Connections that arrive meanwhile may be left for later. Those of proxies
    /// are returned as the proxies' own.
    pub fn waiting(&self) -> impl Iterator<Item = io::Result<(OwnedFd, Peer)>> {
        // The kernel lets one more wait than the backlog.
        let most = usize::from(BACKLOG) + 1;
        iter::from_fn(|| self.socket.accept_now().transpose()).take(most)
    }
}
