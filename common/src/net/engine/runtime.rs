//! Shared by all engines: a single-threaded runtime with its sweep, accepting, and waiting for sessions to
//! end.

use std::future::{Future, poll_fn};
use std::io;
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::mpsc::{self, Sender};
use tokio::task::{JoinHandle, spawn_local};

use super::{Service, Worker};
use crate::log;
use crate::net::conn::{self, Conn};
use crate::net::heartbeat::Heartbeat;
use crate::net::limits::{Admission, Full, Gate, Permit};
use crate::net::listen::Listener;
use crate::net::peer::Peer;
use crate::net::shutdown::{DRAIN, Stop};
use crate::net::socket::Socket;
use crate::net::tls::Tls;
use crate::net::trace::{self, Mask, Tracer};

/// A pause after an accept that failed for lack of descriptors or memory: retrying at once would be a busy
/// loop.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// Runs `main` on a runtime of this thread, with the sweep beside it.
pub(crate) fn on_this_thread<F: Future>(stop: Stop, main: F) -> io::Result<F::Output> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        // Log lines of a turn are handed over together when the turn is done.
        .on_thread_park(log::hand_over)
        .build_local(LocalOptions::default())?;
    let heartbeat = Heartbeat::start();
    let result = runtime.block_on(async {
        spawn_local(conn::sweep(stop, heartbeat));
        main.await
    });
    log::hand_over();
    // Does not wait for a running name lookup.
    runtime.shutdown_background();
    Ok(result)
}

/// Starts a thread that runs `main`; its name shows in `top -H` and in a panic's message.
pub(super) fn spawn_thread<T: Send + 'static>(
    name: String,
    main: impl FnOnce() -> T + Send + 'static,
) -> io::Result<thread::JoinHandle<T>> {
    thread::Builder::new().name(name).spawn(main)
}

enum ThreadEvent {
    Ready,
    Ended(io::Result<()>),
}

/// A worker's readiness signal, sent once it can accept connections.
pub(super) struct Readiness(std::sync::mpsc::Sender<ThreadEvent>);

impl Readiness {
    pub(super) fn signal(self) -> io::Result<()> {
        self.0.send(ThreadEvent::Ready).map_err(io::Error::other)
    }
}

/// Starts a thread for each share of the listeners, runs `carry` on them, and waits for all. Calls `ready` once all of
/// them can accept.
pub(super) fn on_threads<S: Service>(
    name: &str,
    shares: Vec<Vec<(Listener, S)>>,
    carry: impl Fn(Vec<(Listener, S)>, Readiness) -> io::Result<()> + Clone + Send + 'static,
    ready: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    let threads = shares.len();
    let (sender, events) = std::sync::mpsc::channel();
    for (number, share) in shares.into_iter().enumerate() {
        let (carry, sender) = (carry.clone(), sender.clone());
        spawn_thread(format!("{name}-{number}"), move || {
            let readiness = Readiness(sender.clone());
            let ended = catch_unwind(AssertUnwindSafe(|| carry(share, readiness)));
            let unexpected = || io::Error::other("a server thread ended unexpectedly");
            let ended = ended.unwrap_or_else(|_panic| Err(unexpected()));
            // The receiver is gone if another thread has failed.
            let _ = sender.send(ThreadEvent::Ended(ended));
        })?;
    }
    drop(sender);
    let (mut ready, mut ready_threads) = (Some(ready), 0);
    for event in events {
        match event {
            ThreadEvent::Ready => ready_threads += 1,
            ThreadEvent::Ended(result) => result?,
        }
        if ready_threads == threads
            && let Some(ready) = ready.take()
        {
            ready()?;
        }
    }
    Ok(())
}

/// The listening sockets of this thread, each with its service.
pub(super) struct Acceptors<S: Service> {
    acceptors: Vec<Acceptor<S>>,
    /// The index of the socket to poll first: they take turns, so that none starves another.
    turn: usize,
}

/// A listening socket and the server of its connections: the worker of this thread, or the service if they
/// are passed to another thread.
pub(super) struct Acceptor<S: Service> {
    socket: Socket,
    listener: Listener,
    pub(super) service: S,
    pub(super) worker: Rc<S::Worker>,
}

/// An accepted connection that is not yet on a thread.
pub(super) struct AcceptedConnection {
    socket: OwnedFd,
    peer: Peer,
    /// It begins with a PROXY header.
    is_proxied: bool,
    tls: Option<Tls>,
    trace: Option<(Tracer, Option<Box<dyn Mask>>)>,
    pub(super) refused: Option<Full>,
    permit: Permit,
}

impl AcceptedConnection {
    /// Starts the session, or the refusal, as a task of this thread: a panic ends that task alone. A PROXY header and the
    /// TLS handshake come first. `alive` is dropped with the connection.
    pub(super) fn spawn<W: Worker>(self, worker: Rc<W>, alive: Option<Sender<()>>) -> JoinHandle<()> {
        let mut conn = Conn::new(self.socket, self.peer).holding(self.permit, alive);
        if let Some((tracer, mask)) = self.trace {
            conn = conn.traced(Some(&tracer), trace::Sender::Server, || mask);
        }
        match (self.tls, self.refused, self.is_proxied) {
            (None, None, false) => spawn_local(worker.serve(conn)),
            (None, Some(why), false) => spawn_local(worker.refuse(conn, why)),
            (tls, refused, is_proxied) => spawn_local(async move {
                let refused = match is_proxied {
                    true => match Box::pin(take_proxy_header(&mut conn)).await {
                        Some(full) => refused.or(full),
                        None => return,
                    },
                    false => refused,
                };
                if let Some(tls) = tls {
                    match conn.starts_with_letter().await {
                        Ok(true) => return worker.refuse_unencrypted(conn).await,
                        Ok(false) if conn.accept_tls(&tls, None).await.is_ok() => {}
                        // Closed silently, since many are port scans.
                        _ => return,
                    }
                }
                match refused {
                    None => worker.serve(conn).await,
                    Some(why) => worker.refuse(conn, why).await,
                }
            }),
        }
    }
}

/// Whether the client has too many connections; `None` if there is no valid header, which is logged.
async fn take_proxy_header(conn: &mut Conn) -> Option<Option<Full>> {
    let proxy = conn.peer();
    match conn.take_proxy_header().await {
        Ok(full) => Some(full),
        Err(error) => {
            if error.kind() == io::ErrorKind::InvalidData {
                log::problem(format_args!("a connection of the proxy {proxy} was closed: {error}"));
            }
            None
        }
    }
}

impl<S: Service> Acceptors<S> {
    pub(super) fn open(listeners: Vec<(Listener, S)>) -> io::Result<Self> {
        let acceptor = |(listener, service): (Listener, S)| {
            let worker = Rc::new(service.worker());
            if listener.tls().is_some() || service.client_speaks_first() {
                listener.await_first_bytes();
            }
            Ok(Acceptor { socket: listener.socket()?, listener, service, worker })
        };
        Ok(Self { acceptors: listeners.into_iter().map(acceptor).collect::<io::Result<_>>()?, turn: 0 })
    }

    /// The next connection, and the socket that accepted it; `None` when a stop is requested.
    pub(super) async fn accept(
        &mut self,
        gate: &Gate,
        stop: &mut Stop,
    ) -> Option<(AcceptedConnection, &Acceptor<S>)> {
        let mut is_reported = false;
        // If connections arrive continuously, the select below does not reach the stop.
        while !conn::is_draining() {
            let (at, accepted) = tokio::select! {
                biased;
                accepted = poll_fn(|cx| self.poll_accept(cx)) => accepted,
                () = stop.requested() => return None,
            };
            match accepted {
                Ok((socket, peer)) => {
                    let is_proxied = self.acceptors.get(at)?.listener.is_proxy(peer);
                    // A proxy's connection counts for its client, which is not known yet.
                    let (refused, permit) =
                        match gate.admit(peer.ip().filter(|_| !is_proxied).map(Into::into)) {
                            Admission::Carry(permit) => (None, permit),
                            Admission::Refuse(why, permit) => (Some(why), permit),
                            Admission::Drop => continue,
                        };
                    let acceptor = self.acceptors.get(at)?;
                    let tls = acceptor.listener.tls().cloned();
                    let tracer = acceptor.listener.tracer().cloned();
                    let trace = tracer.map(|tracer| (tracer, acceptor.service.mask()));
                    return Some((
                        AcceptedConnection { socket, peer, is_proxied, tls, trace, refused, permit },
                        acceptor,
                    ));
                }
                Err(error) if is_of_the_connection(&error) => {}
                Err(error) => {
                    if !std::mem::replace(&mut is_reported, true) {
                        log::problem(format_args!("cannot accept a connection: {error}; trying again"));
                    }
                    tokio::time::sleep(EXHAUSTED_PAUSE).await;
                }
            }
        }
        None
    }

    /// Calls [`Service::connection_waits`] when a connection could be accepted. Never returns.
    pub(super) async fn report_waiting(&mut self) {
        let waiting = |cx: &mut Context<'_>| {
            let is_waiting = |acceptor: &mut Acceptor<S>| acceptor.socket.poll_acceptable(cx).is_ready();
            let at = self.acceptors.iter_mut().position(is_waiting);
            at.map_or(Poll::Pending, Poll::Ready)
        };
        let at = poll_fn(waiting).await;
        if let Some(acceptor) = self.acceptors.get(at) {
            acceptor.service.connection_waits();
        }
        std::future::pending::<()>().await;
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<(usize, io::Result<(OwnedFd, Peer)>)> {
        let count = self.acceptors.len();
        self.turn += 1;
        for at in (self.turn..self.turn + count).map(|turn| turn % count) {
            let Some(acceptor) = self.acceptors.get_mut(at) else { continue };
            if let Poll::Ready(accepted) = acceptor.socket.poll_accept(cx) {
                return Poll::Ready((at, accepted));
            }
        }
        Poll::Pending
    }
}

/// Whether accept failed only for the connection that it would have returned (accept(2), "Error handling").
fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionReset, HostUnreachable, Interrupted, NetworkUnreachable, TimedOut,
    };
    let kinds =
        [ConnectionAborted, ConnectionReset, HostUnreachable, Interrupted, NetworkUnreachable, TimedOut];
    kinds.contains(&error.kind())
}

/// Accepts connections on this thread and passes each to `start`, with a sender that it drops when the
/// connection has ended. Returns when a stop was requested and all have ended or the time for it is over.
pub(super) fn serve_concurrently<S: Service>(
    listeners: Vec<(Listener, S)>,
    gate: &Gate,
    stop: &Stop,
    ready: impl FnOnce() -> io::Result<()>,
    start: impl Fn(AcceptedConnection, &Acceptor<S>, Sender<()>),
) -> io::Result<()> {
    on_this_thread(stop.clone(), async {
        conn::make_room_for(gate.clone());
        let (mut acceptors, mut stop) = (Acceptors::open(listeners)?, stop.clone());
        ready()?;
        let (alive, mut all_ended) = mpsc::channel::<()>(1);
        while let Some((session, acceptor)) = acceptors.accept(gate, &mut stop).await {
            start(session, acceptor, alive.clone());
        }
        drop((acceptors, alive));
        let _ = tokio::time::timeout(DRAIN, all_ended.recv()).await;
        Ok(())
    })?
}
