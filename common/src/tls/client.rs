//! The client's end of TLS, on a blocking socket: whom a client trusts, and a connection on which one
//! thread can send while another one receives.

#![expect(clippy::disallowed_methods, reason = "the user's own certificates, not a served file")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DEFAULT_VERSIONS, DigitallySignedStruct, RootCertStore,
    SignatureScheme, SupportedProtocolVersion,
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
    #[error("its certificate is not trusted: {0}")]
    Untrusted(&'static str),
    /// The connection or the handshake failed.
    #[error("{0}")]
    Failed(#[from] io::Error),
}

/// What all TLS connections of a client have in common, also the sessions that can be resumed.
#[derive(Clone, Debug)]
pub struct TlsClient(pub(super) Arc<ClientConfig>);

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
        let builder =
            ClientConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions)?;
        let builder = match trust {
            Trust::System => builder.with_root_certificates(system()?),
            Trust::Authorities(file) => {
                let verifier = Arc::new(Named::new(file, provider)?);
                builder.dangerous().with_custom_certificate_verifier(verifier)
            }
            Trust::Anyone => builder.dangerous().with_custom_certificate_verifier(Arc::new(Anyone(provider))),
        };
        Ok(Self(builder.with_no_client_auth().into()))
    }

    /// Shakes hands with the server that has this name, or this IP address.
    ///
    /// # Errors
    /// See [`ConnectError`]; a handshake that takes longer than 10 seconds has `TimedOut`.
    pub fn connect(&self, socket: TcpStream, name: &str) -> Result<(Receiver, Sender), ConnectError> {
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let mut session = ClientConnection::new(Arc::clone(&self.0), name).map_err(io::Error::other)?;
        shake_hands(&mut session, &socket)?;
        let shared = Arc::new(Shared { socket, session: Mutex::new(session), sending: Mutex::new(()) });
        let receiver = Receiver { shared: Arc::clone(&shared), buffer: vec![0; READ].into(), unread: 0..0 };
        Ok((receiver, Sender(shared)))
    }
}

/// Without what the certificate itself says: a stranger wrote that.
fn in_words(why: &CertificateError) -> &'static str {
    match why {
        // A signature is wrong when somebody else goes by the name of who is trusted.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "nobody who is trusted vouches for it"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is that of another name"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it is not valid yet",
        _ => "it cannot be verified",
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
                return Err(match error {
                    rustls::Error::InvalidCertificate(why) => ConnectError::Untrusted(in_words(&why)),
                    error => io::Error::other(error).into(),
                });
            }
        }
    }
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

/// Takes what the certificates of a file vouch for, among them themselves.
#[derive(Debug)]
struct Named {
    certificates: Vec<CertificateDer<'static>>,
    verifier: Arc<WebPkiServerVerifier>,
}

impl Named {
    fn new(file: &Path, provider: Arc<CryptoProvider>) -> Result<Self, TrustError> {
        let unreadable = |error| TrustError::Unreadable { file: file.to_owned(), error };
        let none = || TrustError::NoAuthority(file.to_owned());
        let pem = std::fs::read(file).map_err(unreadable)?;
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        let certificates = certificates.map_err(|_| none())?;
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots.add(certificate.clone()).map_err(|_| none())?;
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider).build();
        Ok(Self { certificates, verifier: verifier.map_err(|_| none())? })
    }
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.verifier.verify_server_cert(certificate, chain, name, ocsp, now) {
            // Authorities are not servers (RFC 5280 section 4.2.1.9), but what `openssl req -x509`
            // makes is an authority, many servers use it, and this very one is trusted. That it has
            // not expired was looked at before.
            Err(rustls::Error::InvalidCertificate(CertificateError::Other(_)))
                if self.certificates.contains(certificate) =>
            {
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
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

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use rustls::{ServerConnection, StreamOwned};

    use super::super::tests::write_certificate;
    use super::super::{Files, Tls};
    use super::*;

    /// A server that sends back what comes until its client has finished.
    fn echo(tls: Tls) -> (TcpStream, thread::JoinHandle<io::Result<u64>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let server = thread::spawn(move || {
            let session = ServerConnection::new(tls.for_connection(None).0).unwrap();
            let mut stream = StreamOwned::new(session, listener.accept()?.0);
            let (mut echoed, mut piece) = (0, vec![0; 64 << 10]);
            loop {
                let came = stream.read(&mut piece)?;
                stream.write_all(&piece[..came])?;
                if came == 0 {
                    stream.conn.send_close_notify();
                    stream.flush()?;
                    return Ok(echoed);
                }
                echoed += came as u64;
            }
        });
        (socket, server)
    }

    #[test]
    fn sending_and_receiving_do_not_wait_for_each_other() {
        let (socket, server) = echo(Tls::self_signed(vec!["localhost".into()]).unwrap());
        let client = TlsClient::new(&Trust::Anyone).unwrap();
        let (mut receiver, mut sender) = client.connect(socket, "localhost").unwrap();
        // More than any buffer on the way holds.
        let sent: Vec<u8> = (0..5_000_000_u32).flat_map(u32::to_le_bytes).collect();
        let mut back = Vec::new();
        thread::scope(|scope| {
            scope.spawn(|| {
                sender.write_all(&sent).unwrap();
                sender.finish().unwrap();
            });
            receiver.read_to_end(&mut back).unwrap();
        });
        assert!(back == sent, "{} bytes came back", back.len());
        assert_eq!(server.join().unwrap().unwrap(), sent.len() as u64);
    }

    #[test]
    fn a_certificate_is_taken_only_from_who_is_trusted() {
        let directory = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let at = |ending| directory.path().join(name).with_extension(ending);
            let files = Files { certificate: at("pem"), key: at("key") };
            write_certificate(&files, &["localhost", "127.0.0.1"]);
            (Trust::Authorities(files.certificate.clone()), Tls::from_files(files).unwrap())
        };
        let ((own, tls), (other, _)) = (make("own"), make("other"));
        for (trust, name, expected) in [
            (&own, "localhost", Ok(())),
            (&own, "127.0.0.1", Ok(())),
            (&own, "example.org", Err("its certificate is not trusted: it is that of another name")),
            (
                &other,
                "localhost",
                Err("its certificate is not trusted: nobody who is trusted vouches for it"),
            ),
            (&Trust::Anyone, "example.org", Ok(())),
        ] {
            let (socket, _server) = echo(tls.clone());
            let connected = TlsClient::new(trust).unwrap().connect(socket, name).map(drop);
            let connected = connected.map_err(|error| error.to_string());
            assert_eq!(connected, expected.map_err(str::to_owned), "{trust:?} {name}");
        }
    }

    #[test]
    fn a_connection_that_is_cut_off_is_no_end() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let tls = Tls::self_signed(vec!["localhost".into()]).unwrap();
        let server = thread::spawn(move || {
            let session = ServerConnection::new(tls.for_connection(None).0).unwrap();
            let mut stream = StreamOwned::new(session, listener.accept().unwrap().0);
            stream.write_all(b"half of").unwrap();
        });
        let (mut receiver, _sender) =
            TlsClient::new(&Trust::Anyone).unwrap().connect(socket, "localhost").unwrap();
        server.join().unwrap();
        let mut came = Vec::new();
        let ended = receiver.read_to_end(&mut came).unwrap_err();
        assert_eq!((ended.kind(), &came[..]), (io::ErrorKind::UnexpectedEof, &b"half of"[..]));
    }

    #[test]
    fn what_is_wrong_with_the_authorities_is_said() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("empty"), "").unwrap();
        std::fs::write(at("broken"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
            .unwrap();
        for (file, expected) in
            [("none", "cannot read"), ("empty", "holds no certificate"), ("broken", "holds no certificate")]
        {
            let error = TlsClient::new(&Trust::Authorities(at(file))).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains(file), "{error}");
        }
    }
}
