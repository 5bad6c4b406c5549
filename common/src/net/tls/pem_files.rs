//! The PEM files of a certificate and its key, and why they cannot be used.

#![expect(clippy::disallowed_methods, reason = "the operator's certificate, not a served file")]

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("cannot read '{}': {error}; name a file that this user may read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// A file without certificates.
    #[error("'{}' holds no certificate; put the chain there as PEM, the server's own first", .0.display())]
    NoCertificate(PathBuf),
    /// A file without a key.
    #[error("'{}' holds no private key; put it there as PEM, not encrypted", .0.display())]
    NoKey(PathBuf),
    /// The key cannot be used, or belongs to another certificate.
    #[error("'{}' and '{}' do not go together: {error}", .files.certificate.display(), .files.key.display())]
    Unfit {
        /// Both files.
        files: Files,
        /// The reason.
        error: rustls::Error,
    },
    /// No certificate can be created.
    #[error("cannot make a certificate: {0}")]
    NotMade(#[from] rcgen::Error),
    /// TLS cannot be set up.
    #[error("{0}")]
    Tls(#[from] rustls::Error),
}

/// The files of a certificate.
#[derive(Clone, Debug)]
pub struct Files {
    /// The chain as PEM, the server's own certificate first.
    pub certificate: PathBuf,
    /// Its private key as PEM.
    pub key: PathBuf,
}

impl Files {
    pub(super) fn load(&self) -> Result<CertifiedKey, CertificateError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(&self.certificate)?).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty());
        let chain = chain.ok_or_else(|| CertificateError::NoCertificate(self.certificate.clone()))?;
        let key = PrivateKeyDer::from_pem_slice(&read(&self.key)?)
            .map_err(|_| CertificateError::NoKey(self.key.clone()))?;
        CertifiedKey::from_der(chain, key, &default_provider())
            .map_err(|error| CertificateError::Unfit { files: self.clone(), error })
    }

    pub(super) fn stamps(&self) -> Stamps {
        [&self.certificate, &self.key].map(|file| {
            let meta = fs::metadata(file).ok()?;
            Some((meta.dev(), meta.ino(), meta.size(), meta.ctime(), meta.ctime_nsec()))
        })
    }
}

fn read(file: &Path) -> Result<Vec<u8>, CertificateError> {
    fs::read(file).map_err(|error| CertificateError::Unreadable { file: file.to_owned(), error })
}

/// Differs after any change of a file: a write in place, a rename over it, or a changed symlink. Device,
/// inode, size, and the time of the last change.
pub(super) type Stamps = [Option<(u64, u64, u64, i64, i64)>; 2];
