//! Certificates for this machine, created by openssl.

use std::path::PathBuf;

use super::Tree;
use super::program::{run, tool};

/// A directory of certificates, each with its key.
#[derive(Debug)]
pub(crate) struct Certificates(Tree);

impl Certificates {
    pub(crate) fn new() -> Self {
        Self(Tree::new())
    }

    /// Creates a certificate in `NAME.pem` and its key in `NAME.key`.
    pub(crate) fn make(&self, name: &str) -> (PathBuf, PathBuf) {
        let (certificate, key) = (self.0.join(format!("{name}.pem")), self.0.join(format!("{name}.key")));
        let subject = format!("/CN={name}");
        let mut openssl = tool("openssl");
        openssl.args(["req", "-x509", "-nodes", "-days", "2", "-newkey", "ec", "-subj", &subject]);
        openssl.args(["-pkeyopt", "ec_paramgen_curve:prime256v1"]);
        openssl.args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:127.0.0.2"]);
        run(openssl.arg("-keyout").arg(&key).arg("-out").arg(&certificate)).success();
        (certificate, key)
    }

    /// Creates a certificate; returns the options that serve it.
    pub(crate) fn options(&self, name: &str) -> [String; 2] {
        let (certificate, key) = self.make(name);
        [format!("--tls-cert={}", certificate.display()), format!("--tls-key={}", key.display())]
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }
}
