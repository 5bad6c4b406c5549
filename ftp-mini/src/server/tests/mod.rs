//! Sessions over real sockets: what is said, and what must be answered.

#![expect(clippy::disallowed_methods, reason = "tests make the files that are served")]

mod control;
mod data;
mod files;
mod listings;
mod login;
mod settings;
mod transfer;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use common::engine;
use common::files::{Room, Rules};
use common::limits::Gate;
use common::listen::{Address, Listener};
use common::shutdown::{self, Stopper};
use common::users::{Actions, Users};
use tempfile::TempDir;

use super::*;
use crate::wire::address::find_extended_port;

/// Nothing here takes as long, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server of its own for each test.
struct Server {
    directory: TempDir,
    at: SocketAddr,
    stopper: Stopper,
    thread: JoinHandle<std::io::Result<()>>,
}

/// How a test's server differs from others.
struct Setup {
    listen: &'static str,
    data: DataOptions,
    limits: Limits,
    gate: Gate,
    hidden: bool,
}

impl Default for Setup {
    fn default() -> Self {
        let limits = Limits { login_delay: Duration::from_millis(1), ..Limits::default() };
        Self {
            listen: "127.0.0.1:0",
            data: DataOptions::default(),
            limits,
            gate: Gate::new(100, 100),
            hidden: false,
        }
    }
}

impl Server {
    fn start() -> Self {
        Self::with(Setup::default())
    }

    fn with(setup: Setup) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let users = Users::new(Vec::new(), Some(Actions::READ)).unwrap();
        let rules = Rules { hidden: setup.hidden, writable: false, durable: true };
        let root = Root::open(directory.path(), rules, Room::PROCESS).unwrap();
        let listener = Listener::bind(&setup.listen.parse().unwrap()).unwrap();
        let Address::Inet(at) = *listener.address() else { panic!("asked for an IP address") };
        let ftp = Ftp { limits: setup.limits, ..Ftp::new(root, users, setup.data) };
        let (stopper, stop) = shutdown::pair();
        let run = move || engine::run("event-loop".parse().unwrap(), vec![(listener, ftp)], setup.gate, stop);
        Self { directory, at, stopper, thread: std::thread::spawn(run) }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// A file of zeros that takes no room on the disk.
    fn write_large(&self, name: &str, size: u64) {
        std::fs::File::create(self.path().join(name)).unwrap().set_len(size).unwrap();
    }

    /// A client that has read the greeting.
    fn connect(&self) -> Client {
        let mut client = Client::of(TcpStream::connect(self.at).unwrap());
        assert!(client.reply().starts_with("220 "));
        client
    }

    /// A client that may do everything, in TYPE I.
    fn log_in(&self) -> Client {
        let mut client = self.connect();
        client.converse(&[
            ("USER anonymous", "331 ", ""),
            ("PASS me@example.com", "230 ", ""),
            ("TYPE I", "200 ", ""),
        ]);
        client
    }

    fn stop(self) {
        self.stopper.stop();
        self.thread.join().unwrap().unwrap();
    }
}

/// The client's end of a control connection.
struct Client(BufReader<TcpStream>);

impl Client {
    fn of(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(BufReader::new(stream))
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).unwrap();
    }

    /// The next reply, whole, without the last line end. Empty: there are no more.
    fn reply(&mut self) -> String {
        let mut reply = Vec::new();
        let mut start = 0;
        while self.0.read_until(b'\n', &mut reply).unwrap() > 0 {
            let line = &reply[start..];
            if line.len() > 4 && line[..3].iter().all(u8::is_ascii_digit) && line[3] == b' ' {
                break;
            }
            start = reply.len();
        }
        String::from_utf8_lossy(&reply).trim_end().to_owned()
    }

    fn say(&mut self, command: impl AsRef<[u8]>) -> String {
        self.send(&[command.as_ref(), b"\r\n"].concat());
        self.reply()
    }

    /// Says each command and checks how its reply begins.
    fn converse(&mut self, dialogue: &[(&str, &str, &str)]) {
        for (command, expected, why) in dialogue {
            let reply = self.say(command);
            let start: String = reply.chars().take(200).collect();
            assert!(reply.starts_with(expected), "{why}: {command:?} gave {start:?}, not {expected:?}");
        }
    }

    /// Checks that no reply follows and the connection is closed.
    fn expect_end(&mut self) {
        let mut rest = String::new();
        // A reset is an end as well.
        let _ = self.0.read_to_string(&mut rest);
        assert_eq!(rest, "");
    }

    /// A passive data connection.
    fn passive(&mut self) -> TcpStream {
        connect_data(self.passive_address())
    }

    fn passive_address(&mut self) -> SocketAddr {
        let reply = self.say("EPSV");
        let port = find_extended_port(reply.as_bytes()).unwrap_or_else(|| panic!("{reply}"));
        SocketAddr::new(self.0.get_ref().peer_addr().unwrap().ip(), port)
    }

    /// What a command sends over a data connection, and the reply that ends it.
    fn transfer(&mut self, command: impl AsRef<[u8]>) -> (Vec<u8>, String) {
        let mut data = self.passive();
        let first = self.say(command);
        if !first.starts_with("150 ") {
            return (Vec::new(), first);
        }
        let mut content = Vec::new();
        data.read_to_end(&mut content).unwrap();
        (content, self.reply())
    }

    /// The same where all must go well.
    fn retrieve(&mut self, command: impl AsRef<[u8]>) -> Vec<u8> {
        let (content, reply) = self.transfer(command);
        assert!(reply.starts_with("226 "), "{reply}");
        content
    }

    /// The lines that a command sends over a data connection.
    fn lines(&mut self, command: &str) -> Vec<String> {
        let text = String::from_utf8(self.retrieve(command)).unwrap();
        assert!(text.is_empty() || text.ends_with("\r\n"), "{command}: {text:?}");
        text.split_terminator("\r\n").map(str::to_owned).collect()
    }
}

fn connect_data(to: SocketAddr) -> TcpStream {
    let data = TcpStream::connect(to).unwrap();
    data.set_read_timeout(Some(PATIENCE)).unwrap();
    data
}

/// A connection from another address of this machine.
fn connect_from(from: &str, to: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let from = SocketAddr::new(from.parse::<IpAddr>().unwrap(), 0);
    let socket = runtime.block_on(common::listen::connect(to, Some(from))).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}
