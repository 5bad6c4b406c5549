//! `ftp-mini ls`, `get`, `put`, `mirror` and the others, with servers of other projects, faulty networks and
//! hostile servers.

mod commands;
mod faults;
mod hostile;
mod hostile_listings;
mod mirror;
mod shell;
mod tls;
mod transfers;

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::peers::Peer;
use crate::harness::program::{Outcome, wait};
use crate::harness::{Certificates, Server, TIMEOUT, Tree, WorkDir, at_once, peers};

/// Size in bytes of a file that takes several reads and writes.
const SIZE: usize = 1_000_000;

/// A server to test with, unencrypted or with required TLS.
struct FtpPeer {
    name: String,
    /// With the login and a final slash.
    url: String,
    address: SocketAddr,
    root: PathBuf,
    /// Options that the client needs for this server.
    options: Vec<String>,
    _running: Running,
}

/// The running server, which ends when it is dropped.
#[expect(dead_code, reason = "only kept")]
enum Running {
    Ours(Server, Tree),
    Other(Peer),
}

impl FtpPeer {
    fn other(known: &peers::ftp::FtpServerKind, tls: Option<&Certificates>) -> Self {
        let peer = (known.start)(tls);
        let options = tls.map(|certificates| options(&certificates.path(&known.certificate())));
        Self {
            name: format!("{}, TLS {}", known.name, tls.is_some()),
            url: peer.ftp(),
            address: peer.address(),
            root: peer.root.path().to_owned(),
            options: options.unwrap_or_default(),
            _running: Running::Other(peer),
        }
    }

    fn ours(tls: Option<&Certificates>) -> Self {
        let root = Tree::new();
        let mut served = vec!["--quiet".to_owned(), "--writable".into(), "--hidden".into()];
        if let Some(certificates) = tls {
            served.extend(certificates.options("ours"));
            served.extend(["--require-tls=data".into(), "--data-session=require".into()]);
        }
        let served: Vec<&str> = served.iter().map(String::as_str).collect();
        let server = Server::ftp(&root, &served);
        let options = tls.map(|certificates| options(&certificates.path("ours.pem")));
        Self {
            name: format!("ftp-mini, TLS {}", tls.is_some()),
            url: server.url("ftp").to_owned(),
            address: server.address("ftp"),
            root: root.path().to_owned(),
            options: options.unwrap_or_default(),
            _running: Running::Ours(server, root),
        }
    }

    /// Creates a file that the server's users may change.
    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root.join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        path
    }

    /// Creates a directory that the server's users may change.
    fn directory(&self, name: &str) {
        let path = self.root.join(name);
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
    }

    /// The URL of the same server behind a proxy.
    fn url_at(&self, proxy: SocketAddr) -> String {
        self.url.replace(&self.address.to_string(), &proxy.to_string())
    }

    /// Runs `ftp-mini` with these arguments and the server's options.
    fn client(&self, workdir: &WorkDir, words: &[&str]) -> Outcome {
        let options = self.options.iter().map(String::as_str);
        workdir.ftp(&words.iter().copied().chain(options).collect::<Vec<_>>())
    }
}

fn options(trusted: &Path) -> Vec<String> {
    vec!["--tls".into(), "--cacert".into(), trusted.to_str().unwrap().into()]
}

/// Runs a client with `-v`, sends Ctrl-C once its dialogue contains `at`, and returns the exit code.
fn interrupted(command: &mut Command, at: &str) -> Option<i32> {
    let mut child = command.arg("-v").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains(at)), "{command:?} does not print {at:?}");
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let ended = wait(&mut child, TIMEOUT).unwrap_or_else(|| {
        child.kill().unwrap();
        child.wait().unwrap()
    });
    ended.code()
}

/// Runs a case with every server, unencrypted and with TLS, concurrently.
fn with_every_server(case: impl Fn(&FtpPeer) + Sync) {
    with_parties(&[false, true], case);
}

/// Runs a case with every unencrypted server, whose dialogue a proxy can read.
fn with_every_unencrypted_server(case: impl Fn(&FtpPeer) + Sync) {
    with_parties(&[false], case);
}

fn with_parties(security: &[bool], case: impl Fn(&FtpPeer) + Sync) {
    let certificates = Certificates::new();
    let known = peers::ftp::all();
    let everybody = || std::iter::once(None).chain(known.iter().map(Some));
    let starts: Vec<_> =
        security.iter().flat_map(|is_secure| everybody().map(move |known| (known, is_secure))).collect();
    at_once(&starts, |(known, is_secure)| {
        let tls = is_secure.then_some(&certificates);
        let peer = known.map_or_else(|| FtpPeer::ours(tls), |known| FtpPeer::other(known, tls));
        case(&peer);
    });
}
