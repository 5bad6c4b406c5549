//! A server in this process, over a temporary tree that is new for each script, and a client's view of it. What lies
//! beside the tree never changes, and never reaches a client.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use common::files::{CacheLimits, Root, ServeOptions};
use common::net::engine::{self, Engine, Service};
use common::net::limits::Gate;
use common::net::listen::{Address, Listener};
use common::net::shutdown;
use common::users::{Actions, Users};
use tempfile::TempDir;

/// Longer than any wait of a server that works.
const HANG: Duration = Duration::from_secs(10);

const SECRET: &str = "the secret beside the tree";

pub struct Served {
    directory: TempDir,
    pub at: SocketAddr,
}

impl Served {
    /// Starts a server, which runs until the process ends.
    pub fn start<S: Service>(service: impl FnOnce(Root, Users) -> S) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("root")).unwrap();
        fs::write(directory.path().join("secret"), SECRET).unwrap();
        let options = ServeOptions { hidden: false, writable: true, durable: false };
        let root = Root::open(&directory.path().join("root"), options, CacheLimits::PROCESS).unwrap();
        let users = Users::new(Vec::new(), Some(Actions::ALL)).unwrap().with_delay(Duration::ZERO);
        let listener = Listener::bind(&Address::Inet("127.0.0.1:0".parse().unwrap())).unwrap();
        let &Address::Inet(at) = listener.address() else { unreachable!() };
        let (stopper, stop) = shutdown::pair();
        let listeners = vec![(listener, service(root, users))];
        thread::spawn(move || {
            engine::run(Engine::EventLoop, listeners, Gate::new(100, 100), stop, || Ok(())).unwrap();
            drop(stopper);
        });
        Self { directory, at }
    }

    /// Makes the tree anew.
    pub fn reset(&self) {
        let root = self.root();
        for entry in fs::read_dir(&root).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
        }
        fs::create_dir(root.join("d")).unwrap();
        fs::write(root.join("a"), "content of a\r\n").unwrap();
        fs::write(root.join("d/b"), "content of b").unwrap();
        fs::write(root.join("page.md"), "# Page").unwrap();
        std::os::unix::fs::symlink("../secret", root.join("link")).unwrap();
    }

    /// Nothing outside the tree has changed, or was `received`.
    pub fn check(&self, received: &[u8]) {
        let mut names: Vec<_> =
            fs::read_dir(self.directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["root", "secret"]);
        assert_eq!(fs::read_to_string(self.directory.path().join("secret")).unwrap(), SECRET);
        assert!(!received.windows(SECRET.len()).any(|bytes| bytes == SECRET.as_bytes()));
    }

    fn root(&self) -> PathBuf {
        self.directory.path().join("root")
    }
}

/// A connection whose every wait has an end: a server that hangs is a finding.
pub fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(HANG)).unwrap();
    stream.set_write_timeout(Some(HANG)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Sends bytes; `false` if the server has closed the connection.
pub fn send(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    stream.write_all(bytes).inspect_err(check_hang).is_ok()
}

/// Reads once; `false` at the end of the stream.
pub fn receive(stream: &mut TcpStream, into: &mut Vec<u8>) -> bool {
    let mut buffer = [0; 16 << 10];
    let count = stream.read(&mut buffer).inspect_err(check_hang).unwrap_or(0);
    into.extend_from_slice(&buffer[..count]);
    count > 0
}

fn check_hang(error: &std::io::Error) {
    assert!(
        !matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut),
        "the server hangs"
    );
}
