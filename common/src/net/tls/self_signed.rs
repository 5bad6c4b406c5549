//! A self-signed certificate and its file, so that clients see the same one after a restart. It is renewed
//! at a start, and while the server runs.

#![expect(clippy::disallowed_methods, reason = "the server's own certificate, not a served file")]

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use syntax::unix_time;
use time::OffsetDateTime;

use super::pem_files::CertificateError;
use crate::net::clock;

const DAY: Duration = Duration::from_secs(24 * 3_600);
/// The validity of the certificate in days: Apple's systems refuse more than 398. It starts a day ago, for
/// clients whose clock is behind.
const VALID: u32 = 397;
/// It is renewed this many days before it expires.
const RENEWED: u32 = 30;

const FILE: &str = "self-signed.pem";
/// The lines before the certificate in its file: its names, and its expiry in seconds since 1970.
const NAMES: &str = "names: ";
const EXPIRES: &str = "expires: ";

/// The result of looking up the stored certificate.
#[derive(Debug)]
pub enum StoredCertificate {
    /// It is used.
    Unchanged,
    /// There was none; the new one is stored.
    New,
    /// It is replaced, for this reason.
    Renewed(&'static str),
    /// The new one cannot be stored.
    No(io::Error),
}

/// A certificate and its key as PEM, behind the lines of its file.
#[derive(Debug)]
pub(super) struct SelfSigned(String);

/// What a running server needs to renew its certificate.
#[derive(Debug)]
pub(super) struct Renewal {
    /// `None`: it is not stored.
    directory: Option<PathBuf>,
    names: Vec<String>,
    /// In seconds since 1970.
    expires: i64,
}

impl Renewal {
    pub(super) fn new(own: &SelfSigned, directory: Option<PathBuf>, names: Vec<String>) -> Self {
        Self { directory, names, expires: own.expires().unwrap_or_default() }
    }

    /// A new certificate if the present one expires soon, stored if that is possible. Another server may have
    /// renewed the stored one already.
    pub(super) fn renew_if_due(&mut self, now: SystemTime) -> Option<Result<CertifiedKey, CertificateError>> {
        if self.expires >= least_expiry(now) {
            return None;
        }
        let made = match &self.directory {
            Some(directory) => SelfSigned::kept_in(directory, self.names.clone()).map(|(made, _)| made),
            None => SelfSigned::new(self.names.clone()),
        };
        Some(made.and_then(|made| {
            self.expires = made.expires().unwrap_or_default();
            made.certified()
        }))
    }

    #[cfg(test)]
    pub(super) fn expiring_in(self, days: u32) -> Self {
        Self { expires: unix_time::seconds(clock::now() + days * DAY), ..self }
    }
}

/// The earliest expiry of a certificate that need not be renewed, in seconds since 1970.
fn least_expiry(now: SystemTime) -> i64 {
    unix_time::seconds(now + RENEWED * DAY)
}

impl SelfSigned {
    pub(super) fn new(names: Vec<String>) -> Result<Self, CertificateError> {
        let (start, key) = (clock::now() - DAY, KeyPair::generate()?);
        let expires = start + VALID * DAY;
        let text = format!("{}{EXPIRES}{}\n", header(&names), unix_time::seconds(expires));
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "self-signed");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.not_before = OffsetDateTime::from(start);
        params.not_after = OffsetDateTime::from(expires);
        let certificate = params.self_signed(&key)?.pem();
        Ok(Self(format!("{text}{certificate}{}", key.serialize_pem())))
    }

    /// The stored certificate of a directory, or a new one.
    pub(super) fn kept_in(
        directory: &Path,
        names: Vec<String>,
    ) -> Result<(Self, StoredCertificate), CertificateError> {
        let why = match Self::read(&directory.join(FILE), &names, clock::now()) {
            Ok(kept) => return Ok((kept, StoredCertificate::Unchanged)),
            Err(why) => why,
        };
        let made = Self::new(names)?;
        let kept = match made.store(directory) {
            Ok(()) => why.map_or(StoredCertificate::New, StoredCertificate::Renewed),
            Err(error) => StoredCertificate::No(error),
        };
        Ok((made, kept))
    }

    /// The certificate of a file, or why it is not used; `None` if there is none.
    fn read(file: &Path, names: &[String], now: SystemTime) -> Result<Self, Option<&'static str>> {
        let text = fs::read_to_string(file).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => None,
            _ => Some("its file cannot be read"),
        })?;
        if !text.starts_with(&header(names)) {
            return Err(Some("the names or addresses have changed"));
        }
        let kept = Self(text);
        if kept.expires().is_none_or(|expires| expires < least_expiry(now)) {
            return Err(Some("it expires soon"));
        }
        kept.certified().map(|_| ()).map_err(|_| Some("its file is damaged"))?;
        Ok(kept)
    }

    fn expires(&self) -> Option<i64> {
        self.0.lines().nth(1)?.strip_prefix(EXPIRES)?.parse().ok()
    }

    /// Replaces the file in one step: another server may be reading it.
    fn store(&self, directory: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let new = directory.join(format!("{FILE}.{}", std::process::id()));
        let _ = fs::remove_file(&new);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        let stored = file.write_all(self.0.as_bytes()).and_then(|()| fs::rename(&new, directory.join(FILE)));
        if stored.is_err() {
            let _ = fs::remove_file(&new);
        }
        stored
    }

    pub(super) fn certified(&self) -> Result<CertifiedKey, CertificateError> {
        let pem =
            |error| CertificateError::Tls(rustls::Error::General(format!("its PEM is damaged: {error}")));
        let certificate = CertificateDer::from_pem_slice(self.0.as_bytes()).map_err(pem)?;
        let key = PrivateKeyDer::from_pem_slice(self.0.as_bytes()).map_err(pem)?;
        Ok(CertifiedKey::from_der(vec![certificate], key, &default_provider())?)
    }
}

/// The first line. The names are sorted, because a machine's addresses have no order.
fn header(names: &[String]) -> String {
    let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    sorted.dedup();
    format!("{NAMES}{}\n", sorted.join(" "))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn the_certificate_is_kept_until_its_names_change_or_it_expires() {
        let outer = tempfile::tempdir().unwrap();
        let directory = outer.path().join("below/mini");
        let file = directory.join(FILE);
        let kept_in = |list: &[&str]| {
            let (made, kept) = SelfSigned::kept_in(&directory, names(list)).unwrap();
            (made.0, format!("{kept:?}"))
        };
        let (first, kept) = kept_in(&["localhost", "127.0.0.1"]);
        assert_eq!(kept, "New");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "it holds the key");
        assert_eq!(directory.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(kept_in(&["127.0.0.1", "localhost"]), (first.clone(), "Unchanged".into()), "in any order");
        let (second, kept) = kept_in(&["localhost", "127.0.0.1", "192.0.2.7"]);
        assert!(second != first && kept.contains("the names or addresses have changed"), "{kept}");
        assert_eq!(fs::read_to_string(&file).unwrap(), second);
        fs::write(&file, second.replace("BEGIN CERT", "BEGIN TREE")).unwrap();
        assert!(kept_in(&["localhost", "127.0.0.1", "192.0.2.7"]).1.contains("damaged"));
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "no other file stays");
        let read = |days| {
            SelfSigned::read(
                &file,
                &names(&["192.0.2.7", "127.0.0.1", "localhost"]),
                clock::now() + days * DAY,
            )
        };
        assert!(read(365).is_ok(), "more than 30 days remain");
        assert_eq!(read(367).unwrap_err(), Some("it expires soon"));
        let nowhere = SelfSigned::kept_in(Path::new("/proc/nowhere"), names(&["localhost"])).unwrap();
        assert!(matches!(nowhere.1, StoredCertificate::No(_)), "{:?}", nowhere.1);
    }
}
