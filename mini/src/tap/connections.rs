//! Accepts clients, connects to the server for each, and opens ports for data connections.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use common::net::endpoint::HostPort;
use common::net::expecting::Expecting;
use common::net::listen::connect;
use common::net::peer::Peer;
use rustix::net::sockopt;
use syntax::conversation::Sender;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{AbortHandle, spawn_blocking, spawn_local};
use tokio::time::{sleep, timeout};

use crate::remote::THIS_MACHINE;

use super::ftp::{ControlState, DataAddress};
use super::protocol::TapProtocol;
use super::queue::{Break, ConnectionReporter, Opening, Queue, TapEventKind};
use super::relay::{Faults, relay, reset};

/// The most concurrent connections, including data connections.
pub(super) const MAX_CONNECTIONS: usize = 512;
/// The most data connections of one control connection that are awaited at the same time; the oldest is
/// dropped.
const MAX_AWAITED: usize = 4;
/// How long a data connection is awaited.
const DATA_TIMEOUT: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The pause after an accept that failed for want of descriptors or memory.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// State shared by all connections. Everything runs on one thread.
#[derive(Debug)]
pub(super) struct Tap {
    pub(super) to: HostPort,
    pub(super) faults: Faults,
    pub(super) protocol: Option<TapProtocol>,
    pub(super) queue: Queue,
    places: Arc<Semaphore>,
    opened: Cell<u32>,
    /// The connections to `to`, newest last.
    controls: RefCell<Vec<Rc<ControlConnection>>>,
}

/// A connection that may have data connections.
#[derive(Debug)]
struct ControlConnection {
    number: u32,
    client: IpAddr,
    server: IpAddr,
    data: Cell<u32>,
    awaited: RefCell<VecDeque<AbortHandle>>,
}

impl ControlConnection {
    /// The number of its next data connection.
    fn next(&self) -> String {
        self.data.set(self.data.get() + 1);
        format!("{}.{}", self.number, self.data.get())
    }
}

impl Drop for ControlConnection {
    fn drop(&mut self) {
        self.awaited.get_mut().iter().for_each(AbortHandle::abort);
    }
}

impl Tap {
    pub(super) fn new(to: HostPort, faults: Faults, protocol: Option<TapProtocol>, queue: Queue) -> Rc<Self> {
        Rc::new(Self {
            to,
            faults,
            protocol,
            queue,
            places: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
            opened: Cell::new(0),
            controls: RefCell::default(),
        })
    }

    /// Relays the connections to a listener, without end.
    pub(super) async fn accept(self: Rc<Self>, listener: TcpListener) {
        loop {
            let (client, peer, place) = self.next(&listener).await;
            spawn_local(Rc::clone(&self).carry(client, peer, place));
        }
    }

    /// Relays the data connections to a listener of `--relay-ports`, to the same port of the server.
    pub(super) async fn accept_data(self: Rc<Self>, listener: TcpListener, port: u16) {
        loop {
            let (client, peer, place) = self.next(&listener).await;
            let of_peer = |control: &&Rc<ControlConnection>| control.client == peer.ip();
            let control = self.controls.borrow().iter().rev().find(of_peer).cloned();
            let Some(control) = control else { continue };
            let address = DataAddress { from: Sender::Client, to: SocketAddr::new(control.server, port) };
            spawn_local(Rc::clone(&self).carry_data(client, peer, address, control.next(), place));
        }
    }

    /// The next connection, as soon as there is a place for it.
    async fn next(&self, listener: &TcpListener) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
        loop {
            // The semaphore is never closed.
            let place = Arc::clone(&self.places).acquire_owned().await.ok();
            match listener.accept().await {
                Ok((client, peer)) => return (client, canonical(peer), place),
                Err(_) => sleep(EXHAUSTED_PAUSE).await,
            }
        }
    }

    async fn carry(
        self: Rc<Self>,
        client: TcpStream,
        peer: SocketAddr,
        _place: Option<OwnedSemaphorePermit>,
    ) {
        prepare(&client, peer);
        let number = self.opened.get() + 1;
        self.opened.set(number);
        let open = |server| {
            let opening = Opening { client: peer, server, protocol: self.protocol };
            ConnectionReporter::open(&self.queue, &number.to_string(), opening)
        };
        let (server, address) = match self.connect().await {
            Ok(connected) => connected,
            Err((address, error)) => {
                open(address).push(TapEventKind::Broken(Break::Unreached(error.to_string())));
                return reset(&client);
            }
        };
        let reporter = open(address);
        let control = Rc::new(ControlConnection {
            number,
            client: peer.ip(),
            server: address.ip(),
            data: Cell::default(),
            awaited: RefCell::default(),
        });
        self.controls.borrow_mut().push(Rc::clone(&control));
        let filter = RefCell::new(self.filter(&control, &client, &server));
        relay(client, server, self.faults, &reporter, Some(&filter)).await;
        self.controls.borrow_mut().retain(|other| other.number != number);
    }

    /// The filter that rewrites the addresses of data connections. Clients connect to the tap at the
    /// addresses of the control connection.
    fn filter(
        self: &Rc<Self>,
        control: &Rc<ControlConnection>,
        client: &TcpStream,
        server: &TcpStream,
    ) -> ControlState {
        let local = |socket: &TcpStream| socket.local_addr().map(|address| canonical(address).ip());
        let (to_client, to_server) = (local(client), local(server));
        let (tap, of) = (Rc::clone(self), Rc::clone(control));
        let open = move |address: DataAddress| {
            let local = match address.from {
                Sender::Client => &to_client,
                Sender::Server => &to_server,
            };
            tap.await_data(&of, *local.as_ref().ok()?, address)
        };
        ControlState::new(control.client, control.server, self.protocol, Box::new(open))
    }

    /// Opens a port for a data connection.
    fn await_data(
        self: &Rc<Self>,
        control: &Rc<ControlConnection>,
        local: IpAddr,
        to: DataAddress,
    ) -> Option<SocketAddr> {
        let mut listener = Expecting::bind(SocketAddr::new(local, 0)).ok()?;
        let port = listener.port();
        let from = match to.from {
            Sender::Client => control.client,
            Sender::Server => control.server,
        };
        let (tap, number) = (Rc::clone(self), control.next());
        let accept = async move {
            loop {
                // A connection from another address is closed.
                if let (socket, Peer::Inet(peer)) = listener.accept().await?
                    && peer.ip() == from
                {
                    return Ok::<_, io::Error>((socket, peer));
                }
            }
        };
        let awaited = spawn_local(async move {
            let Ok(Ok((socket, peer))) = timeout(DATA_TIMEOUT, accept).await else { return };
            let place = Arc::clone(&tap.places).try_acquire_owned().ok();
            if let (Ok(socket), Some(place)) = (stream(socket), place) {
                // Not in this task, which a later data connection may end.
                spawn_local(tap.carry_data(socket, peer, to, number, Some(place)));
            }
        });
        let mut all = control.awaited.borrow_mut();
        all.retain(|task| !task.is_finished());
        all.push_back(awaited.abort_handle());
        if all.len() > MAX_AWAITED
            && let Some(oldest) = all.pop_front()
        {
            oldest.abort();
        }
        Some(SocketAddr::new(local, port))
    }

    /// Connects the end that awaits a data connection, and forwards.
    async fn carry_data(
        self: Rc<Self>,
        accepted: TcpStream,
        peer: SocketAddr,
        address: DataAddress,
        number: String,
        _place: Option<OwnedSemaphorePermit>,
    ) {
        prepare(&accepted, peer);
        let connected = timeout(CONNECT_TIMEOUT, connect(address.to, None)).await;
        let connected = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).and_then(stream);
        let (client, server) = match address.from {
            Sender::Client => (peer, address.to),
            Sender::Server => (address.to, peer),
        };
        let opening = Opening { client, server, protocol: Some(TapProtocol::Data) };
        let reporter = ConnectionReporter::open(&self.queue, &number, opening);
        match (connected, address.from) {
            (Ok(server), Sender::Client) => relay(accepted, server, self.faults, &reporter, None).await,
            (Ok(client), Sender::Server) => relay(client, accepted, self.faults, &reporter, None).await,
            (Err(error), _) => {
                reporter.push(TapEventKind::Broken(Break::Unreached(error.to_string())));
                reset(&accepted);
            }
        }
    }

    /// Connects to the first address of the server that answers. The error names the last one.
    async fn connect(&self) -> Result<(TcpStream, SocketAddr), (SocketAddr, io::Error)> {
        let nowhere = || SocketAddr::from(([0; 4], 0));
        let mut failed = (nowhere(), io::Error::from(io::ErrorKind::NotFound));
        let attempts = async {
            let to = self.to.clone();
            let resolved = spawn_blocking(move || to.resolve(THIS_MACHINE)).await;
            let addresses =
                resolved.map_err(io::Error::from).flatten().map_err(|error| (nowhere(), error))?;
            for address in addresses {
                match connect(address, None).await.and_then(stream) {
                    Ok(server) => return Ok((server, canonical(address))),
                    Err(error) => failed = (address, error),
                }
            }
            Err(failed)
        };
        let connected = timeout(CONNECT_TIMEOUT, attempts).await;
        connected.unwrap_or_else(|_| Err((nowhere(), io::ErrorKind::TimedOut.into())))
    }
}

fn stream(socket: OwnedFd) -> io::Result<TcpStream> {
    TcpStream::from_std(socket.into())
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Small pieces are forwarded at once. Within the machine, BBR would pace them by timers.
fn prepare(socket: &TcpStream, peer: SocketAddr) {
    // Both options only affect the delay.
    let _ = socket.set_nodelay(true);
    if peer.ip().is_loopback() {
        let _ = sockopt::set_tcp_congestion(socket, "reno");
    }
}
