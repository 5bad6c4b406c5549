//! The client's end of TLS, on a blocking socket: whom a client trusts, and a connection on which one
//! thread can send while another one receives.

#![expect(clippy::disallowed_methods, reason = "the user's own certificates, not a served file")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DEFAULT_VERSIONS, DigitallySignedStruct, RootCertStore, SignatureScheme,
    SupportedProtocolVersion,
};

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Bytes that one read from the socket brings.
const READ: usize = 16 << 10;

/// Whose certificates a client takes.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Those that the authorities of this system vouch for.
    System,
    /// Those that the certificates of a PEM file vouch for, among them themselves.
    Authorities(PathBuf),
    /// Anybody's: what is sent is encrypted, but not known to reach the right one.
    Anyone,
}

/// Why there is nobody to trust.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file cannot be read.
    #[error("cannot read '{}': {error}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file without certificates.
    #[error("'{}' holds no certificate that can vouch for others; it must be PEM", .0.display())]
    NoAuthority(PathBuf),
    /// The system knows no authorities.
    #[error("this system has no certificate authorities")]
    NoSystemAuthorities,
    /// TLS itself cannot be had.
    #[error("{0}")]
    Tls(#[from] rustls::Error),
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody who is trusted vouches for the server's certificate, or not under this name, or not now.
    #[error("the certificate is not trusted: {0}")]
    Untrusted(rustls::CertificateError),
    /// The connection or the handshake failed.
    #[error("{0}")]
    Failed(#[from] io::Error),
}

/// What all TLS connections of a client have in common, also the sessions that can be resumed.
///
/// # Errors
/// Nobody to trust.
pub fn config(trust: &Trust) -> Result<Arc<ClientConfig>, TrustError> {
    config_for(trust, DEFAULT_VERSIONS)
}

pub(super) fn config_for(
    trust: &Trust,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<Arc<ClientConfig>, TrustError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions)?;
    let builder = match trust {
        Trust::System => builder.with_root_certificates(system()?),
        Trust::Authorities(file) => builder.with_root_certificates(authorities(file)?),
        Trust::Anyone => builder.dangerous().with_custom_certificate_verifier(Arc::new(Anyone(provider))),
    };
    Ok(builder.with_no_client_auth().into())
}

fn system() -> Result<RootCertStore, TrustError> {
    let mut roots = RootCertStore::empty();
    // Among the system's there may be some that cannot be used.
    let (usable, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    match usable {
        0 => Err(TrustError::NoSystemAuthorities),
        _ => Ok(roots),
    }
}

fn authorities(file: &PathBuf) -> Result<RootCertStore, TrustError> {
    let unreadable = |error| TrustError::Unreadable { file: file.clone(), error };
    let none = || TrustError::NoAuthority(file.clone());
    let pem = std::fs::read(file).map_err(unreadable)?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        roots.add(certificate.map_err(|_| none())?).map_err(|_| none())?;
    }
    if roots.is_empty() { Err(none()) } else { Ok(roots) }
}

/// Takes every certificate, but not a handshake that its key has not signed.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _chain: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Shakes hands with the server that is to have the name.
///
/// # Errors
/// See [`ConnectError`]; a handshake that takes longer than 10 seconds has `TimedOut`.
pub fn connect(
    socket: TcpStream,
    name: ServerName<'static>,
    config: Arc<ClientConfig>,
) -> Result<(Receiver, Sender), ConnectError> {
    let mut session = ClientConnection::new(config, name).map_err(io::Error::other)?;
    let deadline = Instant::now() + HANDSHAKE;
    loop {
        while session.wants_write() {
            session.write_tls(&mut &socket)?;
        }
        if !session.is_handshaking() {
            break;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::Error::from(io::ErrorKind::TimedOut).into());
        }
        socket.set_read_timeout(Some(left))?;
        let came = session.read_tls(&mut &socket).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut.into(),
            _ => error,
        })?;
        let processed = session.process_new_packets();
        if processed.is_err() {
            // The server learns why.
            let _ = session.write_tls(&mut &socket);
        }
        match processed {
            Err(rustls::Error::InvalidCertificate(why)) => return Err(ConnectError::Untrusted(why)),
            Err(error) => return Err(io::Error::other(error).into()),
            Ok(_) if came == 0 => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(_) => {}
        }
    }
    socket.set_read_timeout(None)?;
    let shared = Arc::new(Shared { socket, session: Mutex::new(session), sending: Mutex::new(()) });
    let receiver = Receiver { shared: Arc::clone(&shared), buffer: vec![0; READ].into(), unread: 0..0 };
    Ok((receiver, Sender(shared)))
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
