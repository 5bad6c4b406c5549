//! `ftp-mini ls`, `get`, `put`, `mirror` and the others, held against servers that others wrote, networks
//! that fail, and servers that lie.

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
use crate::harness::{Certificates, Desk, PATIENCE, Server, Tree, at_once, peers};

/// Bytes of a file that takes several reads and writes.
const SIZE: usize = 1_000_000;

/// A server to get on with, in clear or with TLS that it insists on.
struct FtpPeer {
    name: String,
    /// With the login, and a slash at its end.
    url: String,
    address: SocketAddr,
    root: PathBuf,
    /// What the client has to be told.
    options: Vec<String>,
    _running: Running,
}

/// What ends with the party.
#[expect(dead_code, reason = "only kept")]
enum Running {
    Ours(Server, Tree),
    Other(Peer),
}

impl FtpPeer {
    fn other(known: &peers::ftp::Known, tls: Option<&Certificates>) -> Self {
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

    /// A file that its users may change.
    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root.join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        path
    }

    /// A directory that its users may change.
    fn directory(&self, name: &str) {
        let path = self.root.join(name);
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
    }

    /// The same server behind a proxy.
    fn url_at(&self, proxy: SocketAddr) -> String {
        self.url.replace(&self.address.to_string(), &proxy.to_string())
    }

    /// `ftp-mini` with these words and the party's options.
    fn client(&self, desk: &Desk, words: &[&str]) -> Outcome {
        let options = self.options.iter().map(String::as_str);
        desk.ftp(&words.iter().copied().chain(options).collect::<Vec<_>>())
    }
}

fn options(trusted: &Path) -> Vec<String> {
    vec!["--tls".into(), "--cacert".into(), trusted.to_str().unwrap().into()]
}

/// Runs a client that shows its dialogue (`-v`), ends it by Ctrl-C once the dialogue has come so far, and gives
/// the exit code.
fn interrupted(command: &mut Command, at: &str) -> Option<i32> {
    let mut child = command.arg("-v").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains(at)), "{command:?} does not come to {at:?}");
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let ended = wait(&mut child, PATIENCE).unwrap_or_else(|| {
        child.kill().unwrap();
        child.wait().unwrap()
    });
    ended.code()
}

/// A case with every server, in clear and with TLS, all at once.
fn with_every_server(case: impl Fn(&FtpPeer) + Sync) {
    with_parties(&[false, true], case);
}

/// The same where a proxy has to read the dialogue.
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
        let party = known.map_or_else(|| FtpPeer::ours(tls), |known| FtpPeer::other(known, tls));
        case(&party);
    });
}
