//! The client's end of TLS, on a blocking socket: whom a client trusts, and a connection on which one
//! thread can send while another one receives.

mod halves;
mod trust;

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, DEFAULT_VERSIONS, SupportedProtocolVersion};

pub use halves::{Receiver, Sender};
pub use trust::{Trust, TrustError};

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Servers whose sessions are remembered.
const SESSIONS: usize = 32;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody who is trusted vouches for the server's certificate, or not under this name, or not now.
    #[error("its certificate is not trusted: {0}")]
    Untrusted(&'static str),
    /// The connection or the handshake failed.
    #[error("{0}")]
    Failed(io::Error),
}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> Self {
        let tls = error.get_ref().and_then(|error| error.downcast_ref());
        match tls {
            Some(rustls::Error::InvalidCertificate(why)) => Self::Untrusted(trust::in_words(why)),
            _ => Self::Failed(error),
        }
    }
}

/// What all TLS connections of a client have in common, also the sessions that can be resumed.
#[derive(Clone, Debug)]
pub struct TlsClient(pub(crate) Arc<ClientConfig>);

impl TlsClient {
    /// A client that trusts these.
    ///
    /// # Errors
    /// Nobody to trust.
    pub fn new(trust: &Trust) -> Result<Self, TrustError> {
        Self::with_versions(trust, DEFAULT_VERSIONS)
    }

    pub(super) fn with_versions(
        trust: &Trust,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Result<Self, TrustError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = trust.verifier(Arc::clone(&provider))?;
        let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions)?;
        let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
        Ok(Self(builder.with_no_client_auth().into()))
    }

    /// The same for one protocol: its names for ALPN (RFC 7301), and sessions of its own to resume, as
    /// each FTP session needs them.
    pub fn for_protocol(&self, names: &[&str]) -> Self {
        let mut config = ClientConfig::clone(&self.0);
        config.alpn_protocols = names.iter().map(|name| name.as_bytes().to_vec()).collect();
        config.resumption = Resumption::in_memory_sessions(SESSIONS);
        Self(config.into())
    }

    pub(crate) fn name(name: &str) -> io::Result<ServerName<'static>> {
        ServerName::try_from(name.to_owned()).map_err(io::Error::other)
    }

    /// Shakes hands with the server that has this name, or this IP address.
    ///
    /// # Errors
    /// See [`ConnectError`]; a handshake that takes longer than 10 seconds has `TimedOut`.
    pub fn connect(&self, socket: TcpStream, name: &str) -> Result<(Receiver, Sender), ConnectError> {
        let name = Self::name(name)?;
        let mut session = ClientConnection::new(Arc::clone(&self.0), name).map_err(io::Error::other)?;
        shake_hands(&mut session, &socket)?;
        Ok(halves::split(socket, session))
    }
}

fn shake_hands(session: &mut ClientConnection, mut socket: &TcpStream) -> Result<(), ConnectError> {
    let deadline = Instant::now() + HANDSHAKE;
    loop {
        while session.wants_write() {
            session.write_tls(&mut socket)?;
        }
        if !session.is_handshaking() {
            return Ok(socket.set_read_timeout(None)?);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::Error::from(io::ErrorKind::TimedOut).into());
        }
        socket.set_read_timeout(Some(left))?;
        let came = match session.read_tls(&mut socket) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            came => came?,
        };
        match session.process_new_packets() {
            Ok(_) if came == 0 => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(_) => {}
            Err(error) => {
                // The server learns why.
                let _ = session.write_tls(&mut socket);
                return Err(io::Error::other(error).into());
            }
        }
    }
}

#[cfg(test)]
mod tests;
