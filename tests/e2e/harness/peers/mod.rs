//! Servers of other projects, to test the clients with: started over a tree of their own on a loopback port,
//! and stopped when dropped. `tests/peers` downloads them.

#[cfg(feature = "judge")]
pub(crate) mod built;
pub(crate) mod ftp;
pub(crate) mod http;

use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::ports::free_address;
use super::program::wait;
use super::{TIMEOUT, Tree};

pub(crate) struct Peer {
    child: Child,
    /// The served tree. Any user may write to it, because some peers change their user.
    pub(crate) root: Tree,
    place: SettingsDir,
    at: SocketAddr,
}

/// The directory of a peer's settings and log.
struct SettingsDir(Tree);

impl SettingsDir {
    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a settings file that only this user may change.
    fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.0.file(name, text);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        file
    }

    fn log(&self) -> String {
        fs::read_to_string(self.join("log")).unwrap_or_default()
    }
}

impl Peer {
    /// Starts a peer. `command` gets the settings directory, the served tree and the port.
    fn start(command: impl Fn(&SettingsDir, &Tree, u16) -> Command) -> Self {
        let (place, root) = (SettingsDir(Tree::new()), Tree::new());
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o777)).unwrap();
        // Another process may take a free port before the peer does.
        for _ in 0..3 {
            let at = free_address();
            let mut command = command(&place, &root, at.port());
            let log = File::create(place.join("log")).unwrap();
            command.env("HOME", place.0.path()).env("TMPDIR", place.0.path()).current_dir(place.0.path());
            command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
            let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
            if answers(&mut child, at) {
                return Self { child, root, place, at };
            }
            let _ = child.kill();
            let _ = child.wait();
            eprintln!("{command:?} is not ready: {}", place.log());
        }
        panic!("a peer does not start");
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.at
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // A peer that is terminated ends its other processes as well.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        if wait(&mut self.child, Duration::from_secs(5)).is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if std::thread::panicking() {
            let log = self.place.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("the peer's log ended with {:#?}", &lines[lines.len().saturating_sub(20)..]);
        }
    }
}

/// Whether the port accepts connections before the process ends. There is no event to wait for.
fn answers(child: &mut Child, at: SocketAddr) -> bool {
    let deadline = Instant::now() + TIMEOUT;
    while Instant::now() < deadline {
        let is_answered = TcpStream::connect(at).is_ok();
        if wait(child, Duration::from_millis(10)).is_some() {
            return false;
        }
        if is_answered {
            return true;
        }
    }
    false
}

/// A file that `tests/peers` downloaded.
pub(crate) fn fetched(name: &str) -> PathBuf {
    let file = folder().join(name);
    assert!(file.exists(), "{} is missing; run tests/peers", file.display());
    file
}

/// A program that `tests/peers` downloaded.
pub(super) fn program(name: &str) -> Command {
    let folder = folder();
    let file = ["usr/sbin", "usr/bin"].map(|below| folder.join(below).join(name));
    let file = file.iter().find(|file| file.is_file());
    let file = file.unwrap_or_else(|| panic!("{name} is missing in {}; run tests/peers", folder.display()));
    let mut command = Command::new(file);
    let below = format!("lib/{}-linux-gnu", std::env::consts::ARCH);
    let libraries = [folder.join("usr").join(&below), folder.join(&below)];
    command.env("LD_LIBRARY_PATH", std::env::join_paths(libraries).unwrap());
    command
}

/// Beside the builds: this test is `target/release/deps/e2e-...`.
fn folder() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(3).unwrap().join("peers")
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
