//! Servers whose responses a case defines, for replies that no real server sends. They behave correctly
//! except where the case says otherwise, and record what they receive.

mod caller;
pub(crate) mod ftp;
pub(crate) mod http;

use std::io::{self, PipeReader, PipeWriter};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};

pub(crate) use caller::{Connection, Tls};

/// A listener with a thread for each connection, which ends when it is dropped.
pub(crate) struct ScriptedServer {
    at: SocketAddr,
    received: Received,
    _running: PipeWriter,
}

/// Received input: the head of each request, each command line.
#[derive(Clone, Default)]
struct Received(Arc<Mutex<Vec<String>>>);

impl Received {
    fn push(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
}

impl ScriptedServer {
    /// `serve` handles one connection; it returns an error when the client closes it.
    fn start(
        received: Received,
        serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let at = listener.local_addr().unwrap();
        let (stop, running) = io::pipe().unwrap();
        let serve = Arc::new(serve);
        thread::spawn(move || {
            while let Some(stream) = next(&listener, &stop) {
                let serve = Arc::clone(&serve);
                thread::spawn(move || serve(stream));
            }
        });
        Self { at, received, _running: running }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.at
    }

    /// `SCHEME://127.0.0.1:4711/` and this path.
    pub(crate) fn url(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://{}/{path}", self.at)
    }

    /// Everything received so far.
    pub(crate) fn received(&self) -> Vec<String> {
        self.received.0.lock().unwrap().clone()
    }
}

fn next(listener: &TcpListener, stop: &PipeReader) -> Option<TcpStream> {
    let mut fds = [PollFd::new(listener, PollFlags::IN), PollFd::new(stop, PollFlags::IN)];
    poll(&mut fds, None).unwrap();
    fds[1].revents().is_empty().then(|| listener.accept().ok().map(|(stream, _)| stream))?
}
