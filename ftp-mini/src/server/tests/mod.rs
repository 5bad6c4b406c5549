//! Sessions over real sockets: commands and their replies.

#![expect(clippy::disallowed_methods, reason = "tests make the files that are served")]

mod changes;
mod control;
mod data;
mod files;
mod listings;
mod login;
mod permissions;
mod settings;
mod temporary;
mod transfer;
mod upload;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use common::files::{CacheLimits, ServeOptions};
use common::net::engine;
use common::net::limits::Gate;
use common::net::listen::{Address, Listener};
use common::net::shutdown::{self, Stopper};
use common::users::{Actions, Users};
use tempfile::TempDir;

use super::*;
use crate::wire::address::find_extended_port;

/// Longer than any step of a working test.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server of its own for each test.
struct Server {
    directory: TempDir,
    at: SocketAddr,
    stopper: Stopper,
    thread: JoinHandle<std::io::Result<()>>,
}

/// The settings of a test's server.
struct Setup {
    listen: &'static str,
    ports: Option<PortRange>,
    limits: Limits,
    gate: Gate,
    hidden: bool,
    users: Users,
    writable: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:0",
            ports: None,
            limits: Limits::default(),
            gate: Gate::new(100, 100),
            hidden: false,
            users: Users::new(Vec::new(), Some(Actions::READ)).unwrap(),
            writable: false,
        }
    }
}

impl Setup {
    /// Anonymous users have every permission.
    fn writable() -> Self {
        Self::of(Users::new(Vec::new(), Some(Actions::ALL)).unwrap())
    }

    /// A tree that these users may change.
    fn of(users: Users) -> Self {
        Self { users: users.with_delay(Duration::ZERO), writable: true, ..Self::default() }
    }
}

impl Server {
    fn start() -> Self {
        Self::with(Setup::default())
    }

    fn with(setup: Setup) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = ServeOptions { hidden: setup.hidden, writable: setup.writable, durable: false };
        let root = Root::open(directory.path(), options, CacheLimits::PROCESS).unwrap();
        let listener = Listener::bind(&Address::Inet(setup.listen.parse().unwrap())).unwrap();
        let Address::Inet(at) = *listener.address() else { panic!("requested an IP address") };
        let ftp = Ftp::new(root, setup.users);
        let ftp = Ftp { limits: setup.limits, ports: Ports::new(setup.ports), ..ftp };
        let (stopper, stop) = shutdown::pair();
        let run = move || {
            engine::run("event-loop".parse().unwrap(), vec![(listener, ftp)], setup.gate, stop, || Ok(()))
        };
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

    /// A sparse file of zeros.
    fn write_large(&self, name: &str, size: u64) {
        std::fs::File::create(self.path().join(name)).unwrap().set_len(size).unwrap();
    }

    /// A client that has read the greeting.
    fn connect(&self) -> Client {
        let mut client = Client::of(TcpStream::connect(self.at).unwrap());
        assert!(client.reply().starts_with("220 "));
        client
    }

    /// A client that connects from another address of this machine.
    fn connect_from(&self, address: &str) -> Client {
        let mut client = Client::of(connect_from(address, self.at));
        assert!(client.reply().starts_with("220 "));
        client
    }

    /// An anonymous client, in TYPE I.
    fn log_in(&self) -> Client {
        self.log_in_as("anonymous")
    }

    /// A client of this name, whose password is `secret`, in TYPE I.
    fn log_in_as(&self, name: &str) -> Client {
        let mut client = self.connect();
        let user = format!("USER {name}");
        client.converse(&[(&user, "331 ", ""), ("PASS secret", "230 ", ""), ("TYPE I", "200 ", "")]);
        client
    }

    /// The content of a file; `None` if there is none.
    fn read(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.path().join(name)).ok()
    }

    /// All names at the top, including hidden ones, in order.
    fn names(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// From here on the server only lets running work finish.
    fn begin_to_stop(&self) {
        let mut idle = self.connect();
        self.stopper.stop();
        assert!(idle.reply().starts_with("421 "));
    }

    /// Removes everything in the tree.
    fn clear(&self) {
        for name in self.names() {
            let path = self.path().join(name);
            let _ = std::fs::remove_dir_all(&path).or_else(|_| std::fs::remove_file(&path));
        }
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

    /// The next reply, without the last line end. Empty at the end of the connection.
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

    /// Sends each command and checks the start of its reply.
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

    /// The content that a command sends over a data connection, and its final reply.
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

    /// The same for a transfer that must succeed.
    fn retrieve(&mut self, command: impl AsRef<[u8]>) -> Vec<u8> {
        let (content, reply) = self.transfer(command);
        assert!(reply.starts_with("226 "), "{reply}");
        content
    }

    /// Sends content by a command, and returns its last reply.
    fn store(&mut self, command: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> String {
        let mut data = self.passive();
        let first = self.say(command);
        if !first.starts_with("150 ") {
            return first;
        }
        // A server that aborts does not read everything.
        let _ = data.write_all(content.as_ref());
        drop(data);
        self.reply()
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
    let socket = runtime.block_on(common::net::listen::connect(to, Some(from))).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}
