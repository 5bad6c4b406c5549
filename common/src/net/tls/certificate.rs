//! The certificate of a server, and the check of its files that detects a new one. Certificates are renewed
//! while connections are open; a file that is invalid or half written is ignored.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use aws_lc_rs::digest::{SHA256, digest};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::pem_files::{CertificateError, Files, Stamps};
use super::self_signed::Renewal;
use crate::log;
use crate::net::clock;

/// The least time between two checks of the files, in milliseconds.
const CHECK_EVERY: u64 = 1_000;
/// The same between two checks whether a self-signed certificate expires soon: a day.
const RENEWAL_CHECK_EVERY: u64 = 24 * 60 * 60 * 1_000;

#[derive(Debug)]
pub(super) struct Certificate {
    current: RwLock<Arc<CertifiedKey>>,
    source: Source,
    /// The tick of the next check.
    due: AtomicU64,
    is_checking: AtomicBool,
}

#[derive(Debug)]
enum Source {
    Files {
        files: Files,
        /// Their state when they were last read, successfully or not.
        seen: Mutex<Stamps>,
    },
    SelfSigned(Mutex<Renewal>),
}

impl Source {
    fn check_every(&self) -> u64 {
        match self {
            Self::Files { .. } => CHECK_EVERY,
            Self::SelfSigned(_) => RENEWAL_CHECK_EVERY,
        }
    }
}

impl Certificate {
    pub(super) fn self_signed(made: CertifiedKey, renewal: Renewal) -> Self {
        Self::new(made, Source::SelfSigned(Mutex::new(renewal)))
    }

    pub(super) fn from_files(files: Files) -> Result<Self, CertificateError> {
        let seen = Mutex::new(files.stamps());
        Ok(Self::new(files.load()?, Source::Files { files, seen }))
    }

    fn new(current: CertifiedKey, source: Source) -> Self {
        let due = AtomicU64::new(clock::tick() + source.check_every());
        Self { current: RwLock::new(current.into()), source, due, is_checking: AtomicBool::new(false) }
    }

    pub(super) fn fingerprint(&self) -> Option<String> {
        if matches!(self.source, Source::Files { .. }) {
            return None;
        }
        let current = self.current();
        let mut text = String::new();
        for byte in digest(&SHA256, current.end_entity_cert().ok()?).as_ref() {
            let colon = if text.is_empty() { "" } else { ":" };
            // Writing to memory cannot fail.
            let _ = write!(text, "{colon}{byte:02X}");
        }
        Some(text)
    }

    /// Reads the files, even if they look unchanged. May block.
    pub(super) fn reload(&self) {
        let Source::Files { files, seen } = &self.source else {
            return log::notice(format_args!(
                "SIGHUP: a self-signed certificate is replaced only before it expires"
            ));
        };
        *seen.lock().unwrap_or_else(PoisonError::into_inner) = files.stamps();
        if self.replace(files.load()) {
            log::notice(format_args!("SIGHUP: the certificate was read again"));
        }
    }

    /// Uses a new certificate from now on. Returns whether it is valid.
    fn replace(&self, new: Result<CertifiedKey, CertificateError>) -> bool {
        let is_good = new.is_ok();
        match new {
            Ok(new) => *self.current.write().unwrap_or_else(PoisonError::into_inner) = new.into(),
            Err(error) => log::problem(format_args!("the new certificate is not used: {error}")),
        }
        is_good
    }

    fn renew(&self, renewal: &mut Renewal) {
        let Some(renewed) = renewal.renew_if_due(clock::now()) else { return };
        if self.replace(renewed) {
            let fingerprint = self.fingerprint().unwrap_or_default();
            log::notice(format_args!(
                "the self-signed certificate was renewed before it expires; its SHA-256 fingerprint is {fingerprint}"
            ));
        }
    }

    pub(super) fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

/// A due check of the files, or of the expiry. At most one exists at a time.
#[derive(Debug)]
pub(super) struct CertificateCheck(Arc<Certificate>);

impl CertificateCheck {
    pub(super) fn due(certificate: &Arc<Certificate>) -> Option<Self> {
        let is_due = certificate.due.load(Ordering::Relaxed) <= clock::tick();
        (is_due && !certificate.is_checking.swap(true, Ordering::Acquire))
            .then(|| Self(Arc::clone(certificate)))
    }

    /// Reads the files if they have changed, or renews a self-signed certificate that expires soon. May block.
    pub(super) fn perform(self) {
        match &self.0.source {
            Source::Files { files, seen } => {
                let stamps = files.stamps();
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                if *seen != stamps {
                    *seen = stamps;
                    self.0.replace(files.load());
                }
            }
            Source::SelfSigned(renewal) => {
                self.0.renew(&mut renewal.lock().unwrap_or_else(PoisonError::into_inner));
            }
        }
    }
}

impl Drop for CertificateCheck {
    fn drop(&mut self) {
        self.0.due.store(clock::tick() + self.0.source.check_every(), Ordering::Relaxed);
        self.0.is_checking.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "a test makes the files that it names")]

    use std::fs;
    use std::path::Path;

    use rustls::pki_types::CertificateDer;

    use super::super::self_signed::SelfSigned;
    use super::super::tests::write_certificate;
    use super::*;

    fn write(files: &Files, name: &str) -> CertificateDer<'static> {
        write_certificate(files, &[name])
    }

    fn files(directory: &Path) -> Files {
        Files { certificate: directory.join("cert.pem"), key: directory.join("key.pem") }
    }

    #[test]
    fn a_changed_file_is_read_again() {
        let directory = tempfile::tempdir().unwrap();
        let files = files(directory.path());
        write(&files, "one");
        let certificate = Arc::new(Certificate::from_files(files.clone()).unwrap());
        assert!(CertificateCheck::due(&certificate).is_none(), "it has just been read");
        let shown = || certificate.current().end_entity_cert().unwrap().clone().into_owned();
        let look = || CertificateCheck(Arc::clone(&certificate)).perform();

        let two = write(&files, "two");
        look();
        assert_eq!(shown(), two, "written in place");

        let other = Files { certificate: directory.path().join("new"), key: files.key.clone() };
        let three = write(&other, "three");
        look();
        assert_eq!(shown(), two, "the new key is there, but not yet its certificate");
        fs::rename(&other.certificate, &files.certificate).unwrap();
        look();
        assert_eq!(shown(), three, "renamed over");

        for broken in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "\u{0}"] {
            fs::write(&files.certificate, broken).unwrap();
            look();
            assert_eq!(shown(), three, "broken: {broken:?}");
        }
        fs::remove_file(&files.certificate).unwrap();
        look();
        assert_eq!(shown(), three, "gone");
        let four = write(&files, "four");
        look();
        assert_eq!(shown(), four, "and back");
    }

    #[test]
    fn looks_are_rare_and_one_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let files = files(directory.path());
        write(&files, "one");
        let certificate = Arc::new(Certificate::from_files(files).unwrap());
        certificate.due.store(0, Ordering::Relaxed);
        let check = CertificateCheck::due(&certificate).expect("it is time");
        assert!(CertificateCheck::due(&certificate).is_none(), "another one is under way");
        drop(check);
        assert!(CertificateCheck::due(&certificate).is_none(), "the last one was just now");
        certificate.due.store(0, Ordering::Relaxed);
        assert!(CertificateCheck::due(&certificate).is_some());
    }

    #[test]
    fn errors_in_certificate_files_are_described() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let good = files(directory.path());
        write(&good, "good");
        write(&Files { certificate: at("other.pem"), key: at("other.key") }, "other");
        fs::write(at("empty"), "").unwrap();
        for (certificate, key, expected) in [
            ("none", "key.pem", "cannot read"),
            ("cert.pem", "none", "cannot read"),
            ("empty", "key.pem", "holds no certificate"),
            ("key.pem", "key.pem", "holds no certificate"),
            ("cert.pem", "empty", "holds no private key"),
            ("cert.pem", "cert.pem", "holds no private key"),
            ("cert.pem", "other.key", "do not go together"),
        ] {
            let error = Certificate::from_files(Files { certificate: at(certificate), key: at(key) });
            let error = error.unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains('\n'), "{certificate} {key}: {error}");
        }
    }

    #[test]
    fn a_running_server_renews_its_self_signed_certificate() {
        let directory = tempfile::tempdir().unwrap();
        let names = vec!["localhost".to_owned()];
        let own = SelfSigned::new(names.clone()).unwrap();
        for (days, is_renewed, why) in [(31, false, "enough time is left"), (29, true, "it expires soon")] {
            let renewal = Renewal::new(&own, Some(directory.path().to_owned()), names.clone());
            let renewal = renewal.expiring_in(days);
            let certificate = Arc::new(Certificate::self_signed(own.certified().unwrap(), renewal));
            assert!(CertificateCheck::due(&certificate).is_none(), "once a day");
            let first = certificate.fingerprint();
            CertificateCheck(Arc::clone(&certificate)).perform();
            let second = certificate.fingerprint();
            assert_eq!(second != first, is_renewed, "{why}");
            CertificateCheck(Arc::clone(&certificate)).perform();
            assert_eq!(certificate.fingerprint(), second, "{why}: at most once");
            let (stored, _) = SelfSigned::kept_in(directory.path(), names.clone()).unwrap();
            let is_stored = stored.certified().unwrap().cert == certificate.current().cert;
            assert_eq!(is_stored, is_renewed, "{why}");
            fs::remove_dir_all(directory.path()).unwrap();
        }
    }

    #[test]
    fn only_a_self_signed_certificate_has_a_fingerprint() {
        let directory = tempfile::tempdir().unwrap();
        let files = files(directory.path());
        write(&files, "one");
        assert_eq!(Certificate::from_files(files).unwrap().fingerprint(), None);
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let own = SelfSigned::new(names.clone()).unwrap();
        let own = Certificate::self_signed(own.certified().unwrap(), Renewal::new(&own, None, names));
        let text = own.fingerprint().unwrap();
        assert_eq!(text.len(), 32 * 3 - 1);
        assert!(text.split(':').all(|byte| u8::from_str_radix(byte, 16).is_ok()), "{text}");
    }
}
