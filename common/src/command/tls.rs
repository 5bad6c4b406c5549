//! The TLS options: the certificate of a server, and those that a client trusts.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context as _;
use clap::Args;

use super::announce::reachable;
use super::named::Named;
use super::{CommandFailure, decode_hex, local_path};
use crate::log;
use crate::net::tls::client::{TlsClient, Trust};
use crate::net::tls::{Files, StoredCertificate, Tls};

/// Options of a server that can speak TLS.
#[derive(Args, Clone, Debug)]
pub struct TlsOptions {
    /// Use TLS with a generated certificate, which clients cannot verify: self-signed
    #[arg(long, value_name = "KIND", help_heading = "TLS")]
    #[arg(value_parser = Named(CertificateKind::from_str, &["self-signed"]), hide_possible_values = true)]
    pub tls: Option<CertificateKind>,

    /// Use TLS with the certificate chain in this PEM file; reloaded when it changes
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub tls_cert: Option<PathBuf>,

    /// Private key of the certificate, PEM
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub tls_key: Option<PathBuf>,

    /// Directory that stores the self-signed certificate [default: $STATE_DIRECTORY, else
    /// $XDG_STATE_HOME/mini, else ~/.local/state/mini]
    #[arg(long, value_name = "DIR", help_heading = "TLS")]
    pub state_dir: Option<PathBuf>,
}

/// A certificate that needs no files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateKind {
    /// Made by the server, and signed by itself.
    SelfSigned,
}

impl FromStr for CertificateKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "self-signed" => Ok(Self::SelfSigned),
            _ => {
                Err("the kind is self-signed; a certificate of your own is --tls-cert with --tls-key".into())
            }
        }
    }
}

impl TlsOptions {
    /// Whether TLS is requested.
    pub fn is_on(&self) -> bool {
        self.tls.is_some() || self.tls_cert.is_some() || self.tls_key.is_some()
    }

    /// The directory that is written while the server runs.
    pub(super) fn written_directory(&self) -> Option<PathBuf> {
        self.tls.and_then(|_| self.state_dir.clone().or_else(default_state_dir))
    }

    pub(super) fn open(&self) -> anyhow::Result<Option<Tls>> {
        let usage = |hint: &str| Err(CommandFailure::Usage(hint.into()).into());
        match (self.tls, self.tls_cert.clone(), self.tls_key.clone()) {
            (None, None, None) => Ok(None),
            (Some(CertificateKind::SelfSigned), None, None) => self.self_signed().map(Some),
            (None, Some(certificate), Some(key)) => {
                let tls = Tls::from_files(Files { certificate, key });
                Ok(Some(tls.context("cannot speak TLS")?))
            }
            (Some(_), ..) => usage("--tls makes a certificate; leave it out to use --tls-cert and --tls-key"),
            (None, Some(_), None) => usage("--tls-cert needs --tls-key, the file with its private key"),
            (None, None, Some(_)) => usage("--tls-key needs --tls-cert, the file with its certificate"),
        }
    }

    fn self_signed(&self) -> anyhow::Result<Tls> {
        let Some(directory) = self.state_dir.clone().or_else(default_state_dir) else {
            log::to_stderr(format_args!("warning: {NOT_KEPT}; name a directory with --state-dir"));
            return Ok(Tls::self_signed(names())?);
        };
        let (tls, kept) = Tls::self_signed_in(&directory, names())?;
        match kept {
            StoredCertificate::Unchanged | StoredCertificate::New => {}
            StoredCertificate::Renewed(why) => {
                log::notice(format_args!("the self-signed certificate was made anew: {why}"));
            }
            StoredCertificate::No(error) => log::to_stderr(format_args!(
                "warning: {NOT_KEPT}, because '{}' cannot be written: {error}; name another directory with --state-dir",
                directory.display()
            )),
        }
        Ok(tls)
    }
}

const NOT_KEPT: &str = "the self-signed certificate is made anew at each start";

/// The state directory of the service manager, or else of the desktop.
fn default_state_dir() -> Option<PathBuf> {
    let directory = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    // systemd separates several directories by colons.
    let of_service = directory("STATE_DIRECTORY").and_then(|list| std::env::split_paths(&list).next());
    let home = || Some(PathBuf::from(directory("HOME")?).join(".local/state"));
    let of_user = || directory("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    of_service.or_else(|| Some(of_user().or_else(home)?.join("mini")))
}

/// Options of a client that can speak TLS.
#[derive(Args, Clone, Debug)]
pub struct TrustOptions {
    /// Trust the certificates in this PEM file, and those signed by them, instead of the system's
    #[arg(long, value_name = "FILE", value_parser = local_path(), help_heading = "TLS")]
    pub cacert: Option<PathBuf>,

    /// Trust only the certificate with this SHA-256, the fingerprint that our servers print, with or without colons
    #[arg(long, value_name = "sha256:HEX", conflicts_with = "cacert", help_heading = "TLS")]
    pub pin: Option<Pin>,

    /// Do not verify the server's certificate
    #[arg(long, conflicts_with_all = ["cacert", "pin"], help_heading = "TLS")]
    pub insecure: bool,
}

/// The SHA-256 of a certificate: `sha256:9F:86:...` or `sha256:9f86...`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin([u8; 32]);

impl FromStr for Pin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("sha256:").map(|digits| digits.replace(':', ""));
        let bytes = digits.and_then(|digits| decode_hex(&digits));
        bytes.map(Self).ok_or("write it like sha256:HEX with 64 hexadecimal digits")
    }
}

impl TrustOptions {
    /// Whether any of them is given.
    pub fn are_given(&self) -> bool {
        self.cacert.is_some() || self.pin.is_some() || self.insecure
    }

    /// A client with the trust settings of the options, by default the system's authorities.
    pub fn client(&self) -> anyhow::Result<TlsClient> {
        let trust = match (self.cacert.clone(), self.pin, self.insecure) {
            (Some(file), ..) => Trust::Authorities(file),
            (_, Some(Pin(fingerprint)), _) => Trust::Pinned(fingerprint),
            (.., true) => Trust::Anyone,
            _ => Trust::System,
        };
        TlsClient::new(&trust).context("cannot speak TLS; name trusted certificates with --cacert FILE")
    }
}

fn names() -> Vec<String> {
    let mut names = vec!["localhost".to_owned()];
    let host = rustix::system::uname();
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    match host.nodename().to_str() {
        Ok(host) if !host.is_empty() && host.as_bytes().iter().all(is_letter) => names.push(host.to_owned()),
        // A certificate cannot contain it.
        _ => {}
    }
    let own = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    names.extend(own.into_iter().chain(reachable(false)).map(|ip| ip.to_string()));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_do_not_go_together_are_a_usage_error() {
        for (tls, certificate, key, expected) in [
            (None, None, None, Ok(false)),
            (Some(CertificateKind::SelfSigned), None, None, Ok(true)),
            (Some(CertificateKind::SelfSigned), Some("c"), Some("k"), Err(true)),
            (None, Some("c"), None, Err(true)),
            (None, None, Some("k"), Err(true)),
            (None, Some("/nonexistent/c"), Some("/nonexistent/k"), Err(false)),
        ] {
            let state = tempfile::tempdir().unwrap();
            let options = TlsOptions {
                tls,
                tls_cert: certificate.map(Into::into),
                tls_key: key.map(Into::into),
                state_dir: Some(state.path().into()),
            };
            let opened = options.open().map(|tls| tls.is_some());
            let opened =
                opened.map_err(|error| matches!(error.downcast_ref(), Some(CommandFailure::Usage(_))));
            assert_eq!(opened, expected, "{options:?}");
        }
    }

    #[test]
    fn a_pin_is_a_fingerprint() {
        let (digits, colons) = ("9f".repeat(32), ["9F"; 32].join(":"));
        for (text, expected, why) in [
            (format!("sha256:{digits}"), true, "as openssl prints it without colons"),
            (format!("sha256:{colons}"), true, "as a server prints it"),
            (colons, false, "no algorithm"),
            (format!("sha1:{digits}"), false, "another algorithm"),
            (format!("sha256:{digits}9f"), false, "too long"),
            ("sha256:".to_owned(), false, "too short"),
            (format!("sha256:{}", "g".repeat(64)), false, "no digits"),
        ] {
            let pin = text.parse::<Pin>();
            assert_eq!(pin.ok(), expected.then_some(Pin([0x9f; 32])), "{why}");
        }
    }

    #[test]
    fn the_certificate_names_this_machine() {
        let names = names();
        for name in ["localhost", "127.0.0.1", "::1"] {
            assert!(names.iter().any(|known| known == name), "{name} in {names:?}");
        }
        assert!(Tls::self_signed(names).is_ok());
    }
}
