//! The client's side of TLS: its trust settings, and state shared by its connections.

mod trust;

use std::io;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, DEFAULT_VERSIONS, SupportedProtocolVersion};

pub use trust::{Trust, TrustError};

/// Servers whose sessions are cached.
const SESSIONS: usize = 32;

/// Why a connection with TLS failed.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The server's certificate is not signed by a trusted authority, or not valid for this name, or not now.
    #[error("its certificate is not trusted: {0}")]
    Untrusted(&'static str),
    /// The server's certificate has another fingerprint than the pinned one.
    #[error("its certificate is not the pinned one; compare the fingerprint that the server prints")]
    NotPinned,
    /// The connection or the handshake failed.
    #[error("{0}")]
    Failed(io::Error),
}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> Self {
        let tls = error.get_ref().and_then(|error| error.downcast_ref());
        match tls {
            Some(rustls::Error::InvalidCertificate(why)) if *why == trust::NOT_PINNED => Self::NotPinned,
            Some(rustls::Error::InvalidCertificate(why)) => Self::Untrusted(trust::in_words(why)),
            _ => Self::Failed(error),
        }
    }
}

/// Shared by all TLS connections of a client, including the sessions that can be resumed.
#[derive(Clone, Debug)]
pub struct TlsClient(pub(crate) Arc<ClientConfig>);

impl TlsClient {
    /// A client that trusts these certificates.
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

    /// The same for one protocol: its names for ALPN (RFC 7301), and a session cache of its own, which each
    /// FTP session needs.
    pub fn for_protocol(&self, names: &[&str]) -> Self {
        let mut config = ClientConfig::clone(&self.0);
        config.alpn_protocols = names.iter().map(|name| name.as_bytes().to_vec()).collect();
        config.resumption = Resumption::in_memory_sessions(SESSIONS);
        Self(config.into())
    }

    pub(crate) fn name(name: &str) -> io::Result<ServerName<'static>> {
        ServerName::try_from(name.to_owned()).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests;
