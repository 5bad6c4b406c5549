//! A faulty network: a proxy between a client and a server that cuts, stalls, delays or throttles the
//! connections that a case selects. For FTP it also relays data connections.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::sockopt::set_socket_linger;

use super::TIMEOUT;

/// The fault of one connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    None,
    /// The connection ends on both sides after this many bytes in this direction.
    Cut(Way, u64, End),
    /// After this many bytes in this direction no more are forwarded, and the connection stays open.
    Stall(Way, u64),
    /// Each piece is delayed by this time.
    Delay(Duration),
    /// At most this many bytes a second in either direction.
    Rate(u64),
}

/// The direction of bytes, from the client's view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Down,
    Up,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Fin,
    Reset,
}

/// The fault of each connection, by its number from 0.
type Plan = Arc<dyn Fn(usize) -> Fault + Send + Sync>;

pub(crate) struct Proxy {
    at: SocketAddr,
    network: Network,
    /// Its end stops all threads.
    running: Option<PipeWriter>,
    listening: Vec<JoinHandle<()>>,
}

/// State that the threads of a proxy share.
#[derive(Clone)]
struct Network {
    stop: Arc<PipeReader>,
    connections: Arc<AtomicUsize>,
    data_connections: Arc<AtomicUsize>,
    /// Bytes sent to clients, except replies.
    sent_to_clients: Arc<AtomicUsize>,
    /// Bytes received from clients.
    received_from_clients: Arc<AtomicUsize>,
    /// The faults of data connections, which replies direct to the proxy.
    data: Option<Plan>,
}

/// The first `count` connections have this fault, the others none.
pub(crate) fn first(count: usize, fault: Fault) -> impl Fn(usize) -> Fault + Send + Sync + 'static {
    move |number| if number < count { fault } else { Fault::None }
}

/// All connections have this fault.
pub(crate) fn always(fault: Fault) -> impl Fn(usize) -> Fault + Send + Sync + 'static {
    move |_| fault
}

impl Proxy {
    /// A proxy for a server with one kind of connection.
    pub(crate) fn tcp(to: SocketAddr, plan: impl Fn(usize) -> Fault + Send + Sync + 'static) -> Self {
        Self::start(Ipv4Addr::LOCALHOST, to, Arc::new(plan), None)
    }

    /// A proxy for an FTP server without TLS: its 227 and 229 replies name ports of the proxy.
    pub(crate) fn ftp(
        to: SocketAddr,
        control: impl Fn(usize) -> Fault + Send + Sync + 'static,
        data: impl Fn(usize) -> Fault + Send + Sync + 'static,
    ) -> Self {
        Self::start(Ipv4Addr::LOCALHOST, to, Arc::new(control), Some(Arc::new(data)))
    }

    /// A proxy for an FTP server with TLS, whose replies cannot be read: the proxy uses another address with
    /// the same port numbers as the server's passive ports.
    pub(crate) fn ftps(
        to: SocketAddr,
        passive: impl IntoIterator<Item = u16>,
        data: impl Fn(usize) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let elsewhere = Ipv4Addr::new(127, 0, 0, 2);
        let data: Plan = Arc::new(data);
        let mut proxy = Self::start(elsewhere, to, Arc::new(always(Fault::None)), None);
        for port in passive {
            let listener = TcpListener::bind((elsewhere, port)).unwrap();
            let (network, data, to) =
                (proxy.network.clone(), Arc::clone(&data), SocketAddr::new(to.ip(), port));
            let listening = thread::spawn(move || while network.carry_data(&listener, to, &data) {});
            proxy.listening.push(listening);
        }
        proxy
    }

    fn start(at: Ipv4Addr, to: SocketAddr, plan: Plan, data: Option<Plan>) -> Self {
        let listener = TcpListener::bind((at, 0)).unwrap();
        let at = listener.local_addr().unwrap();
        let (stop, running) = io::pipe().unwrap();
        let (connections, data_connections, sent_to_clients, received_from_clients) = Default::default();
        let network = Network {
            stop: Arc::new(stop),
            connections,
            data_connections,
            sent_to_clients,
            received_from_clients,
            data,
        };
        let shared = network.clone();
        let listening = thread::spawn(move || {
            while let Some(client) = shared.accept(&listener) {
                let fault = plan(shared.connections.fetch_add(1, Ordering::Relaxed));
                let network = shared.clone();
                thread::spawn(move || network.carry(client, to, fault, network.data.as_ref()));
            }
        });
        Self { at, network, running: Some(running), listening: vec![listening] }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.at
    }

    /// The number of connections so far, for FTP of control connections.
    pub(crate) fn connections(&self) -> usize {
        self.network.connections.load(Ordering::Relaxed)
    }

    /// Bytes sent to clients so far, except unencrypted replies.
    pub(crate) fn sent_to_clients(&self) -> usize {
        self.network.sent_to_clients.load(Ordering::Relaxed)
    }

    /// Bytes received from clients so far.
    pub(crate) fn received_from_clients(&self) -> usize {
        self.network.received_from_clients.load(Ordering::Relaxed)
    }

    pub(crate) fn data_connections(&self) -> usize {
        self.network.data_connections.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    /// Its ports are free when this returns.
    fn drop(&mut self) {
        self.running = None;
        for thread in self.listening.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Network {
    /// Waits until one of these is readable; `false` if the proxy ends.
    fn wait(&self, of: &[&TcpStream], time: Option<Duration>) -> bool {
        let mut fds: Vec<_> = of.iter().map(|socket| PollFd::new(*socket, PollFlags::IN)).collect();
        fds.push(PollFd::new(&*self.stop, PollFlags::IN));
        let time = time.map(|time| Timespec::try_from(time).unwrap());
        poll(&mut fds, time.as_ref()).unwrap();
        fds.last().is_some_and(|stop| stop.revents().is_empty())
    }

    fn accept(&self, listener: &TcpListener) -> Option<TcpStream> {
        let mut fds = [PollFd::new(listener, PollFlags::IN), PollFd::new(&*self.stop, PollFlags::IN)];
        poll(&mut fds, None).unwrap();
        fds[1].revents().is_empty().then(|| listener.accept().ok().map(|(client, _)| client))?
    }

    /// Relays the next data connection in a thread of its own; `false` if the proxy ends.
    fn carry_data(&self, listener: &TcpListener, to: SocketAddr, plan: &Plan) -> bool {
        let Some(client) = self.accept(listener) else { return false };
        let fault = plan(self.data_connections.fetch_add(1, Ordering::Relaxed));
        let network = self.clone();
        thread::spawn(move || network.carry(client, to, fault, None));
        true
    }

    /// `data`: the faults of data connections, if this is a control connection.
    fn carry(&self, client: TcpStream, to: SocketAddr, fault: Fault, data: Option<&Plan>) {
        let Ok(server) = TcpStream::connect_timeout(&to, TIMEOUT) else { return };
        for socket in [&client, &server] {
            socket.set_nodelay(true).unwrap();
            socket.set_write_timeout(Some(TIMEOUT)).unwrap();
        }
        let mut relay = Relay { network: self, client, server, fault, down: 0, up: 0, line: Vec::new() };
        // A reset by one peer is forwarded as a reset to the other.
        match relay.run(data) {
            Ok(()) => {}
            Err(_) => relay.reset(),
        }
    }

    /// A port of the proxy that relays one data connection to this address.
    fn port_for(&self, to: SocketAddr, plan: &Plan) -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (network, plan) = (self.clone(), Arc::clone(plan));
        thread::spawn(move || network.carry_data(&listener, to, &plan));
        port
    }

    /// A reply line that names a port (RFC 959 section 4.1.2, RFC 2428 section 3), with the proxy's port
    /// instead.
    fn redirected(&self, line: &str, server: SocketAddr, plan: &Plan) -> Option<String> {
        if line.starts_with("229 ") {
            let port = line.split('|').nth(3)?;
            let ours = self.port_for(SocketAddr::new(server.ip(), port.parse().ok()?), plan);
            return Some(line.replace(port, &ours.to_string()));
        }
        let numbers = line.starts_with("227 ").then(|| line.split(['(', ')']).nth(1))??;
        let parts: Vec<u16> = numbers.split(',').map_while(|part| part.parse().ok()).collect();
        let &[a, b, c, d, high, low] = &parts[..] else { return None };
        let host = Ipv4Addr::from([a, b, c, d].map(|part| part.to_le_bytes()[0]));
        let ours = self.port_for(SocketAddr::new(host.into(), high << 8 | low), plan);
        Some(line.replace(numbers, &format!("127,0,0,1,{},{}", ours >> 8, ours & 255)))
    }
}

/// One connection through the proxy.
struct Relay<'a> {
    network: &'a Network,
    client: TcpStream,
    server: TcpStream,
    fault: Fault,
    down: u64,
    up: u64,
    /// The incomplete reply line of a control connection.
    line: Vec<u8>,
}

impl Relay<'_> {
    fn run(&mut self, data: Option<&Plan>) -> io::Result<()> {
        let mut buffer = vec![0; 64 << 10];
        let mut open = vec![Way::Down, Way::Up];
        while !open.is_empty() {
            match self.fault {
                Fault::Cut(way, after, end) if self.passed(way) >= after => return self.end(end),
                // Only the end of the proxy ends it.
                Fault::Stall(way, after) if self.passed(way) >= after => {
                    self.network.wait(&[], None);
                    return Ok(());
                }
                _ => {}
            }
            let sources: Vec<_> = open.iter().map(|&way| self.sides(way).0).collect();
            if !self.network.wait(&sources, None) {
                return Ok(());
            }
            for way in open.clone() {
                if !is_ready(self.sides(way).0) {
                    continue;
                }
                let most = self.most(way, buffer.len());
                let read = self.sides(way).0.read(&mut buffer[..most])?;
                if read == 0 {
                    // The other peer may have closed the connection.
                    let _ = self.sides(way).1.shutdown(Shutdown::Write);
                    open.retain(|&other| other != way);
                } else if !self.pass(way, &buffer[..read], data)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The source and the destination of a direction.
    fn sides(&self, way: Way) -> (&TcpStream, &TcpStream) {
        match way {
            Way::Down => (&self.server, &self.client),
            Way::Up => (&self.client, &self.server),
        }
    }

    fn passed(&self, way: Way) -> u64 {
        match way {
            Way::Down => self.down,
            Way::Up => self.up,
        }
    }

    /// How many of the waiting bytes may be forwarded now.
    fn most(&self, way: Way, all: usize) -> usize {
        let most = match self.fault {
            Fault::Cut(faulty, after, _) | Fault::Stall(faulty, after) if faulty == way => {
                after - self.passed(way)
            }
            Fault::Rate(rate) => (rate / 20).max(1),
            _ => u64::MAX,
        };
        usize::try_from(most).unwrap_or(all).min(all)
    }

    /// Forwards bytes; `false` if the proxy ends.
    fn pass(&mut self, way: Way, bytes: &[u8], data: Option<&Plan>) -> io::Result<bool> {
        let pause = match self.fault {
            Fault::Delay(time) => time,
            Fault::Rate(rate) => Duration::from_secs_f64(bytes.len() as f64 / rate as f64),
            _ => Duration::ZERO,
        };
        if !pause.is_zero() && !self.network.wait(&[], Some(pause)) {
            return Ok(false);
        }
        match (way, data) {
            (Way::Down, Some(plan)) => self.pass_replies(bytes, plan)?,
            _ => self.sides(way).1.write_all(bytes)?,
        }
        match way {
            Way::Down => {
                self.down += bytes.len() as u64;
                if data.is_none() {
                    self.network.sent_to_clients.fetch_add(bytes.len(), Ordering::Relaxed);
                }
            }
            Way::Up => {
                self.up += bytes.len() as u64;
                self.network.received_from_clients.fetch_add(bytes.len(), Ordering::Relaxed);
            }
        }
        Ok(true)
    }

    fn pass_replies(&mut self, bytes: &[u8], plan: &Plan) -> io::Result<()> {
        self.line.extend_from_slice(bytes);
        while let Some(end) = self.line.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = self.line.drain(..=end).collect();
            let server = self.server.peer_addr()?;
            let changed = str::from_utf8(&line).ok();
            let changed = changed.and_then(|line| self.network.redirected(line, server, plan));
            self.client.write_all(changed.as_ref().map_or(&line[..], String::as_bytes))?;
        }
        Ok(())
    }

    fn end(&self, how: End) -> io::Result<()> {
        match how {
            End::Reset => self.reset(),
            End::Fin => {
                self.server.shutdown(Shutdown::Write)?;
                self.client.shutdown(Shutdown::Write)?;
                // A close with unread input would reset the connection.
                let mut unread = [0; 4 << 10];
                while self.network.wait(&[&self.client], None) && (&self.client).read(&mut unread)? > 0 {}
            }
        }
        Ok(())
    }

    /// Makes the following close send a reset.
    fn reset(&self) {
        for socket in [&self.client, &self.server] {
            let _ = set_socket_linger(socket, Some(Duration::ZERO));
        }
    }
}

fn is_ready(socket: &TcpStream) -> bool {
    let mut fds = [PollFd::new(socket, PollFlags::IN)];
    poll(&mut fds, Some(&Timespec::default())).unwrap() > 0
}
