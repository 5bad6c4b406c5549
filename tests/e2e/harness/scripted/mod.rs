//! Servers that say what a case tells them to: for what no server in its right mind says. They are
//! honest but for the case's lie, and remember what they were told.

mod caller;
pub(crate) mod ftp;
pub(crate) mod http;

use std::io::{self, PipeReader, PipeWriter};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};

pub(crate) use caller::{Caller, Tls};

/// A listener with a thread for each connection, which ends with the case.
pub(crate) struct Scripted {
    at: SocketAddr,
    heard: Heard,
    _running: PipeWriter,
}

/// What a server was told: the head of each request, each command line.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn push(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
}

impl Scripted {
    /// `serve` carries one connection; it ends with an error when its caller goes away.
    fn start(heard: Heard, serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> Self {
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
        Self { at, heard, _running: running }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.at
    }

    /// `SCHEME://127.0.0.1:4711/` and what comes behind it.
    pub(crate) fn url(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://{}/{path}", self.at)
    }

    /// All that it was told so far.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.0.lock().unwrap().clone()
    }
}

fn next(listener: &TcpListener, stop: &PipeReader) -> Option<TcpStream> {
    let mut fds = [PollFd::new(listener, PollFlags::IN), PollFd::new(stop, PollFlags::IN)];
    poll(&mut fds, None).unwrap();
    fds[1].revents().is_empty().then(|| listener.accept().ok().map(|(stream, _)| stream))?
}
