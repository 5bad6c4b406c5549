//! Engines run sessions. A session is written once, as plain async code over a [`Conn`]; an engine only
//! decides how many single-threaded runtimes there are and how many connections each carries.
//!
//! | engine | runtimes | connections on each |
//! | --- | --- | --- |
//! | [`Engine::PerCore`] | one a core, each with its own listening socket | many |
//! | [`Engine::EventLoop`] | one | many |
//! | [`Engine::Pool`] | one a thread of the pool | one at a time; the others wait in the kernel's backlog |
//! | [`Engine::Threads`] | one a connection | one |
//!
//! Because a runtime stays on its thread, sessions need no `Send`, take no locks while they serve a request,
//! and keep their own caches.

mod event_loop;
mod per_core;
mod pool;
mod runtime;
mod threads;

use std::future::Future;
use std::io;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::str::FromStr;

use crate::net::conn::Conn;
use crate::net::limits::{Full, Gate};
use crate::net::listen::Listener;
use crate::net::shutdown::Stop;
use crate::net::trace::Mask;
pub(crate) use runtime::on_this_thread;

/// A protocol that an engine can run; shared by all threads.
pub trait Service: Clone + Send + 'static {
    /// The protocol on one thread.
    type Worker: Worker;

    /// Called on the runtime's own thread: caches and the like stay there.
    fn worker(&self) -> Self::Worker;

    /// Whether the client speaks first. Its connections are then accepted when their first bytes have
    /// arrived.
    fn client_speaks_first(&self) -> bool {
        false
    }

    /// Called by [`Engine::Pool`] when all of its threads serve a connection and another one waits; perhaps several
    /// times for the same one. The connection is not accepted yet.
    fn connection_waits(&self) {}

    /// Finds the secrets of one connection, so that a trace does not show them; `None`: there are none.
    fn mask(&self) -> Option<Box<dyn Mask>> {
        None
    }
}

/// A protocol on one thread.
pub trait Worker: 'static {
    /// Serves one connection from accept to close.
    fn serve(self: Rc<Self>, conn: Conn) -> impl Future<Output = ()> + 'static;

    /// Reports to a peer beyond a limit why it is refused, and when to retry.
    fn refuse(self: Rc<Self>, conn: Conn, why: Full) -> impl Future<Output = ()> + 'static;

    /// Answers a client that does not speak TLS on a TLS port. By default the connection is closed.
    fn refuse_unencrypted(self: Rc<Self>, conn: Conn) -> impl Future<Output = ()> + 'static {
        conn.linger()
    }
}

/// How sessions are spread over threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// One runtime on each of this many threads, each with its own listening socket.
    PerCore(NonZeroUsize),
    /// One runtime carries every connection.
    EventLoop,
    /// This many threads; each serves one connection at a time.
    Pool(NonZeroUsize),
    /// A thread for each connection.
    Threads,
}

impl Engine {
    /// One runtime for each core that this process may use.
    pub fn per_core() -> Self {
        Self::PerCore(std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
    }

    /// The most workers for this many connections.
    pub fn workers(self, connections: usize) -> usize {
        match self {
            Self::PerCore(threads) | Self::Pool(threads) => threads.get(),
            Self::EventLoop => 1,
            Self::Threads => connections,
        }
    }

    /// Descriptors per connection: its socket and, if it has a thread of its own, those of the runtime and
    /// the `files` that a worker caches.
    pub fn descriptors_each(self, files: usize) -> usize {
        match self {
            Self::Threads => 1 + 4 + files,
            Self::PerCore(_) | Self::EventLoop | Self::Pool(_) => 1,
        }
    }

    /// Memory per connection without pending bytes, with that of the kernel: at most 16 KiB, most of it for TLS; with a
    /// thread of its own 128 KiB, for two stacks, a runtime, and the buffers of the thread.
    pub fn memory_each(self) -> usize {
        match self {
            Self::Threads => 128 << 10,
            Self::PerCore(_) | Self::EventLoop | Self::Pool(_) => 16 << 10,
        }
    }
}

impl FromStr for Engine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "per-core" => Ok(Self::per_core()),
            None if text == "event-loop" => Ok(Self::EventLoop),
            None if text == "threads" => Ok(Self::Threads),
            Some(("pool", threads)) => match threads.parse() {
                Ok(threads) => Ok(Self::Pool(threads)),
                Err(_) => Err("pool needs a number of threads, as in pool:8".into()),
            },
            _ => Err("engines are per-core, event-loop, pool:N and threads".into()),
        }
    }
}

/// The sockets of each thread that accepts connections. They are opened before the threads are started: then the process
/// can give up the right to open others.
#[derive(Debug)]
pub struct Shares<S> {
    engine: Engine,
    of_threads: Vec<Vec<(Listener, S)>>,
}

impl Engine {
    /// Opens the sockets of all threads.
    pub fn share<S: Service>(self, listeners: Vec<(Listener, S)>) -> io::Result<Shares<S>> {
        let (threads, share): (_, fn(&Listener) -> io::Result<Listener>) = match self {
            Self::PerCore(threads) => (threads.get(), Listener::sibling),
            Self::Pool(threads) => (threads.get(), Listener::duplicate),
            Self::EventLoop | Self::Threads => (1, Listener::duplicate),
        };
        let mut of_threads = Vec::new();
        for _ in 1..threads {
            let one = |(listener, service): &(Listener, S)| Ok((share(listener)?, service.clone()));
            of_threads.push(listeners.iter().map(one).collect::<io::Result<Vec<_>>>()?);
        }
        of_threads.push(listeners);
        Ok(Shares { engine: self, of_threads })
    }
}

impl<S: Service> Shares<S> {
    /// Accepts from every listener and runs the service on each connection, until `stop` is requested and the
    /// sessions have ended (at the latest after [`crate::net::shutdown::DRAIN`]). `ready` is called when every
    /// thread that accepts has the descriptors that it needs, which connections could take from it. After an
    /// error, sessions that are running end with the process.
    pub fn run(mut self, gate: Gate, stop: Stop, ready: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        match self.engine {
            Engine::PerCore(_) => per_core::run(self.of_threads, gate, stop, ready),
            Engine::Pool(_) => pool::run(self.of_threads, gate, stop, ready),
            Engine::EventLoop => {
                event_loop::run(self.of_threads.pop().unwrap_or_default(), &gate, &stop, ready)
            }
            Engine::Threads => threads::run(self.of_threads.pop().unwrap_or_default(), &gate, &stop, ready),
        }
    }
}

/// [`Engine::share`], then [`Shares::run`].
pub fn run<S: Service>(
    engine: Engine,
    listeners: Vec<(Listener, S)>,
    gate: Gate,
    stop: Stop,
    ready: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    engine.share(listeners)?.run(gate, stop, ready)
}

/// Runs `main` on a runtime like those of the engines.
#[cfg(test)]
pub(crate) fn on_test_runtime<F: Future>(main: F) -> F::Output {
    let (_stopper, stop) = crate::net::shutdown::pair();
    on_this_thread(stop, main).unwrap()
}

#[cfg(test)]
mod tests;
