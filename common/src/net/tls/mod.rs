//! TLS of a connection: the certificate, and state shared by all connections of a server. This module knows
//! no protocol; callers pass the names for ALPN. rustls implements the handshake and the records: TLS 1.3
//! ([RFC 8446](https://www.rfc-editor.org/rfc/rfc8446)) and 1.2 ([RFC
//! 5246](https://www.rfc-editor.org/rfc/rfc5246)), nothing older.

mod certificate;
pub mod client;
mod pem_files;
mod self_signed;
mod stream;
mod tickets;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::version::TLS12;
use tokio::time::timeout;

use crate::net::offload;
use certificate::{Certificate, CertificateCheck};
pub use pem_files::{CertificateError, Files};
pub use self_signed::StoredCertificate;
use self_signed::{Renewal, SelfSigned};
pub(crate) use stream::{TlsRole, TlsStream};
pub use tickets::SessionId;
use tickets::Tickets;

/// How long a handshake waits for a check of the certificate's files, which may be on a slow disk.
const CHECK_WAIT: Duration = Duration::from_secs(1);

/// A server's TLS configuration; shared by all its threads and ports.
///
/// Sessions are resumed by tickets that contain their whole state (RFC 8446 section 4.6.1, RFC 5077), under
/// keys that live as long as the process: a new certificate leaves them valid, and one ticket is valid for
/// several connections, which FTP's data connections require. TLS 1.2 clients without tickets can resume a
/// limited number of sessions that are cached in memory. Early data is never accepted.
#[derive(Clone, Debug)]
pub struct Tls {
    config: Arc<ServerConfig>,
    /// The same without TLS 1.3.
    config_of_12: Arc<ServerConfig>,
    tickets: Arc<Tickets>,
    /// Whether its connections are further connections of a session.
    is_further: bool,
    certificate: Arc<Certificate>,
}

impl Tls {
    /// A self-signed certificate for these names and addresses, created now and kept in memory only. It is renewed
    /// 30 days before it expires.
    pub fn self_signed(names: Vec<String>) -> Result<Self, CertificateError> {
        Self::own(&SelfSigned::new(names.clone())?, None, names)
    }

    /// The self-signed certificate that is stored in a directory. A new one is created and stored if there is
    /// none, if it is for other names, or if it expires within 30 days, at once or later.
    pub fn self_signed_in(
        directory: &Path,
        names: Vec<String>,
    ) -> Result<(Self, StoredCertificate), CertificateError> {
        let (made, kept) = SelfSigned::kept_in(directory, names.clone())?;
        Ok((Self::own(&made, Some(directory.to_owned()), names)?, kept))
    }

    fn own(
        made: &SelfSigned,
        directory: Option<PathBuf>,
        names: Vec<String>,
    ) -> Result<Self, CertificateError> {
        let renewal = Renewal::new(made, directory, names);
        Self::new(Certificate::self_signed(made.certified()?, renewal))
    }

    /// The certificate of files, which are read again when they change.
    pub fn from_files(files: Files) -> Result<Self, CertificateError> {
        Self::new(Certificate::from_files(files)?)
    }

    fn new(certificate: Certificate) -> Result<Self, CertificateError> {
        let certificate = Arc::new(certificate);
        let tickets = Tickets::new(aws_lc_rs::Ticketer::new()?);
        let config = |versions| {
            let mut config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
                .with_protocol_versions(versions)?
                .with_no_client_auth()
                .with_cert_resolver(Arc::<Certificate>::clone(&certificate));
            config.ticketer = Arc::<Tickets>::clone(&tickets);
            config.session_storage = Arc::<Tickets>::clone(&tickets);
            Ok::<_, rustls::Error>(Arc::new(config))
        };
        let (config, config_of_12) = (config(rustls::DEFAULT_VERSIONS)?, config(&[&TLS12])?);
        Ok(Self { config, config_of_12, tickets, is_further: false, certificate })
    }

    /// The same without TLS 1.3, whose tickets follow the handshake and are used only once by many clients: a
    /// client that only sends may end a connection before it has received the ticket for the next one. A TLS
    /// 1.2 session can be resumed any number of times.
    #[must_use]
    pub fn only_tls12(&self) -> Self {
        Self { config: Arc::clone(&self.config_of_12), ..self.clone() }
    }

    /// The same for one protocol: its names for ALPN (RFC 7301), and the number of tickets in each handshake
    /// with a TLS 1.3 client. A client that offers only other names is refused (section 3.2); one that offers
    /// none is served.
    ///
    /// A ticket takes about 5 microseconds, a twentieth of a handshake. Clients that use a ticket only once
    /// need the next one with each connection.
    pub fn for_protocol(&self, names: &[&str], tickets: usize) -> Self {
        let mut config = ServerConfig::clone(&self.config);
        config.alpn_protocols = names.iter().map(|name| name.as_bytes().to_vec()).collect();
        config.send_tls13_tickets = tickets;
        Self { config: config.into(), ..self.clone() }
    }

    /// The same for further connections of a session, which any client can open: their tickets count as the
    /// session's only after [`Conn::resumed_session`](crate::net::conn::Conn::resumed_session) has returned
    /// that session.
    #[must_use]
    pub fn for_further(self) -> Self {
        Self { is_further: true, ..self }
    }

    fn for_connection(&self, id: Option<SessionId>) -> (Arc<ServerConfig>, Arc<Tickets>) {
        let Some(id) = id else { return (Arc::clone(&self.config), Arc::clone(&self.tickets)) };
        let tickets = self.tickets.of(id, self.is_further);
        let mut config = ServerConfig::clone(&self.config);
        config.ticketer = Arc::<Tickets>::clone(&tickets);
        config.session_storage = Arc::<Tickets>::clone(&tickets);
        (config.into(), tickets)
    }

    /// The SHA-256 digest of a self-signed certificate, in the format of browsers: `AA:BB:...`. Nothing else
    /// authenticates it.
    pub fn fingerprint(&self) -> Option<String> {
        self.certificate.fingerprint()
    }

    /// Reads the certificate's files, and logs the result. May block.
    pub fn reload(&self) {
        self.certificate.reload();
    }

    /// Checks whether the certificate's files have changed, if a check is due. The caller waits, so that the
    /// first handshake after a change uses the new certificate.
    pub(crate) async fn refresh(&self) {
        if let Some(check) = CertificateCheck::due(&self.certificate) {
            let _ = timeout(CHECK_WAIT, offload::run(|| check.perform())).await;
        }
    }
}

#[cfg(test)]
mod tests;
