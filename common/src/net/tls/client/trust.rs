//! The certificates that a client trusts: those signed by the system's authorities or by those of a file, the one
//! with a known fingerprint, or any.

#![expect(clippy::disallowed_methods, reason = "the user's own certificates, not a served file")]

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};

/// The trust settings of a client.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Certificates signed by this system's authorities.
    System,
    /// The certificates of a PEM file, and those that they have signed.
    Authorities(PathBuf),
    /// The certificate whose DER form has this SHA-256, whatever its names, its times and its issuer are.
    Pinned([u8; 32]),
    /// Any certificate: the connection is encrypted, but may reach the wrong server.
    Anyone,
}

/// Why the trust settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file cannot be read.
    #[error("cannot read '{}': {error}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// A file without certificates.
    #[error("'{}' holds no certificate of an authority; it must be PEM", .0.display())]
    NoAuthority(PathBuf),
    /// The system has no authorities.
    #[error("this system has no certificate authorities")]
    NoSystemAuthorities,
    /// TLS cannot be set up.
    #[error("{0}")]
    Tls(#[from] rustls::Error),
}

impl Trust {
    pub(super) fn verifier(
        &self,
        provider: Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, TrustError> {
        Ok(match self {
            Self::System => system(provider)?,
            Self::Authorities(file) => {
                let accepted = Accepted::Authorities(Authorities::of_file(file, Arc::clone(&provider))?);
                Arc::new(Verifier { provider, accepted })
            }
            Self::Pinned(fingerprint) => {
                Arc::new(Verifier { provider, accepted: Accepted::Pinned(*fingerprint) })
            }
            Self::Anyone => Arc::new(Verifier { provider, accepted: Accepted::Any }),
        })
    }
}

/// The error of a certificate with another fingerprint than the pinned one.
pub(super) const NOT_PINNED: CertificateError = CertificateError::ApplicationVerificationFailure;

/// Why a certificate is not trusted, without the certificate's own text, which is the server's.
pub(super) fn in_words(why: &CertificateError) -> &'static str {
    match why {
        // A wrong signature means that another issuer uses the name of a trusted one.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "it is not signed by a trusted authority"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is that of another name"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it is not valid yet",
        _ => "it cannot be verified",
    }
}

fn system(provider: Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, TrustError> {
    let mut roots = RootCertStore::empty();
    // Some of the system's certificates may be unusable.
    let (usable, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider).build();
    verifier.ok().filter(|_| usable > 0).ok_or(TrustError::NoSystemAuthorities)
}

#[derive(Debug)]
struct Authorities {
    certificates: Vec<CertificateDer<'static>>,
    verifier: Arc<WebPkiServerVerifier>,
}

impl Authorities {
    fn of_file(file: &Path, provider: Arc<CryptoProvider>) -> Result<Self, TrustError> {
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

/// The certificates that a [`Verifier`] accepts.
#[derive(Debug)]
enum Accepted {
    /// Those that the authorities have signed, and the authorities' own.
    Authorities(Authorities),
    /// The one with this SHA-256.
    Pinned([u8; 32]),
    Any,
}

/// Verifies a server's certificate. The handshake must be signed with the certificate's key in any case.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    accepted: Accepted,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Authorities { certificates, verifier } = match &self.accepted {
            Accepted::Any => return Ok(ServerCertVerified::assertion()),
            Accepted::Pinned(fingerprint) if digest(&SHA256, certificate).as_ref() == fingerprint => {
                return Ok(ServerCertVerified::assertion());
            }
            Accepted::Pinned(_) => return Err(NOT_PINNED.into()),
            Accepted::Authorities(authorities) => authorities,
        };
        match verifier.verify_server_cert(certificate, chain, name, ocsp, now) {
            // Authorities are not servers (RFC 5280 section 4.2.1.9), but `openssl req -x509` creates an
            // authority, many servers use it, and this certificate itself is trusted. The verifier has
            // already checked that it has not expired.
            Err(rustls::Error::InvalidCertificate(CertificateError::Other(_)))
                if certificates.contains(certificate) =>
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
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
