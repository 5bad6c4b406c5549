//! [`DataPort`] opens the data connections of a session; `handshake` starts TLS on them
//! ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 3.2,
//! [RFC 2428](https://www.rfc-editor.org/rfc/rfc2428)).
//!
//! They are accepted from, and made to, the peer of the control connection only
//! ([RFC 2577](https://www.rfc-editor.org/rfc/rfc2577) sections 3 and 4).

mod handshake;

use std::future::pending;
use std::mem;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;

use common::log;
use common::metrics::shared::Protocol;
use common::net::conn::{Conn, ConnTimeouts};
use common::net::listen::connect;
use common::net::peer::Peer;
use common::net::tls::{SessionId, Tls};
use common::net::trace::{Sender, Tracer};
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{Instant, sleep_until, timeout};

use super::control::ServerControl;
use super::passive::Passive;
use super::refusal::Refusal;
use super::security::{Required, TlsSettings};
use super::{Ftp, FtpWorker};
use crate::wire::address::{self, Family};
use crate::wire::command::{Epsv, Protection};
use crate::wire::reply::Reply;

/// Lower ports belong to services, to which no client may direct a connection.
const FIRST_CLIENT_PORT: u16 = 1024;

#[derive(Debug)]
pub(super) struct DataPort {
    worker: Rc<FtpWorker>,
    /// Our end of the control connection.
    local: Peer,
    /// The address to which the client connected: ours, or that of a proxy.
    reached: Peer,
    peer: Peer,
    source: Source,
    /// A connection to the passive port that was accepted before its command.
    early: Option<Conn>,
    /// Handshakes that failed since the port was opened.
    failed: usize,
    /// When the passive port was announced, or the spare one was kept.
    since: Instant,
    /// The listener of a completed transfer, for reuse by the next passive one.
    spare: Option<Box<Passive>>,
    /// EPSV ALL was sent.
    only_epsv: bool,
    /// Identifies this session in the TLS tickets of its connections.
    id: SessionId,
    /// The argument of PROT; `None` until PBSZ was sent, which must come first.
    pub(super) protection: Option<Protection>,
    /// The last completed connection, if its client may still send something.
    lingering: Option<JoinHandle<()>>,
    // Boxed: few sessions are traced.
    tracer: Option<Box<Tracer>>,
}

/// How the next data connection is opened.
#[derive(Debug, Default)]
enum Source {
    #[default]
    None,
    Passive(Box<Passive>),
    /// A passive port that timed out.
    Expired,
    Active(SocketAddr),
}

/// An open data connection.
#[derive(Debug)]
pub(super) struct DataConnection {
    pub(super) conn: Conn,
    listener: Option<Box<Passive>>,
}

impl DataConnection {
    /// Whether the client has opened another connection to the passive port. Then an empty connection does not
    /// prove that the content is empty: it may be sent over the other one.
    pub(super) fn is_contested(&self) -> bool {
        self.listener.as_ref().is_some_and(|listener| listener.is_claimed(self.conn.peer()))
    }
}

impl DataPort {
    pub(super) fn new(worker: Rc<FtpWorker>, control: &ServerControl) -> Self {
        // Clients of implicit TLS expect protected data connections even without PROT.
        let protection = worker.service.channel.implicit().map(|_| Protection::Private);
        Self {
            worker,
            local: control.local(),
            reached: control.reached(),
            peer: control.peer(),
            source: Source::None,
            early: None,
            failed: 0,
            since: Instant::now(),
            spare: None,
            only_epsv: false,
            id: control.id(),
            protection,
            lingering: None,
            tracer: control.tracer().map(Box::new),
        }
    }

    /// The peer of the control connection.
    pub(super) fn peer(&self) -> Peer {
        self.peer
    }

    fn service(&self) -> &Ftp {
        &self.worker.service
    }

    fn security(&self) -> Option<&Arc<TlsSettings>> {
        self.service().channel.security()
    }

    pub(super) fn pasv(&mut self) -> Result<Reply, Refusal> {
        self.check_epsv_all()?;
        let (reached, peer) = self.ends()?;
        let IpAddr::V4(reached) = reached.ip() else { return Err(Refusal::Family(Family::V6)) };
        let address = announced(self.service().public_address, reached, peer.ip());
        let port = self.listen()?;
        Ok(Reply::new(227, address::passive_text(SocketAddrV4::new(address, port))))
    }

    pub(super) fn epsv(&mut self, argument: Epsv) -> Result<Reply, Refusal> {
        match argument {
            Epsv::Any => {}
            Epsv::Family(family) => self.check_family(family)?,
            Epsv::All => {
                self.only_epsv = true;
                return Ok(Reply::new(200, "Only EPSV from now on."));
            }
        }
        let port = self.listen()?;
        Ok(Reply::new(229, address::extended_passive_text(port)))
    }

    pub(super) fn port(&mut self, address: SocketAddr) -> Result<Reply, Refusal> {
        self.check_epsv_all()?;
        self.check_family(Family::of(address.ip()))?;
        let (_, mut peer) = self.ends()?;
        // lftp sends [::] for its own address.
        let is_own = address.ip() == peer.ip() || address.ip().is_unspecified();
        if !is_own || address.port() < FIRST_CLIENT_PORT {
            return Err(Refusal::Bounce);
        }
        // The peer's address has the scope of a link-local address (fe80::1%eth0), which EPRT lacks.
        peer.set_port(address.port());
        self.source = Source::Active(peer);
        Ok(Reply::new(200, "Will connect to your port."))
    }

    /// For an address family that the control connection does not use: names the one that it uses.
    pub(super) fn other_family(&self) -> Refusal {
        self.ends().map_or_else(|refusal| refusal, |(reached, _)| Refusal::Family(Family::of(reached.ip())))
    }

    /// Opens the data connection that was prepared last. Fails with 425 if none was prepared or it is not
    /// opened in time, and with 521 if it would be unencrypted although TLS is required.
    pub(super) async fn open(&mut self) -> Result<DataConnection, Refusal> {
        if self.required() >= Required::Data && self.protection != Some(Protection::Private) {
            return Err(Refusal::DataUnencrypted);
        }
        let (_, peer) = self.ends()?;
        match mem::take(&mut self.source) {
            Source::None => Err(Refusal::NoData("Use EPSV, PASV, EPRT or PORT first.")),
            Source::Expired => {
                Err(Refusal::NoData("You did not use the passive port in time; ask for another."))
            }
            Source::Passive(mut listener) => {
                let conn = self.accept(&mut listener, peer.ip()).await?;
                Ok(DataConnection { conn, listener: Some(listener) })
            }
            Source::Active(to) => {
                let connected =
                    timeout(self.service().limits.connect, connect(to, Some(self.local()?))).await;
                let Ok(Ok(socket)) = connected else {
                    return Err(Refusal::NoData("Your port cannot be connected to."));
                };
                Ok(DataConnection { conn: self.conn(socket, Sender::Client), listener: None })
            }
        }
    }

    async fn accept(&mut self, listener: &mut Passive, client: IpAddr) -> Result<Conn, Refusal> {
        let mut conn = match self.early.take() {
            Some(conn) => conn,
            None => tokio::select! {
                biased;
                Ok(socket) = listener.accept(client) => self.conn(socket, Sender::Server),
                () = self.expiry(client) => return Err(self.unused(listener)),
            },
        };
        // A client that closed a connection and opened another one uses the latter. After a handshake the
        // connection may have content, so it is kept.
        let mut waiting = listener.waiting(client);
        while !conn.is_secure()
            && conn.has_ended()
            && let Some(Ok(socket)) = waiting.next()
        {
            conn = self.conn(socket, Sender::Server);
        }
        Ok(conn)
    }

    fn conn(&self, socket: OwnedFd, end: Sender) -> Conn {
        let mut conn = Conn::new(socket, self.peer).traced(self.tracer.as_deref(), end, || None);
        conn.count_bytes(Protocol::Ftp);
        conn.set_timeouts(ConnTimeouts {
            stall: self.service().limits.stall,
            rate: 0,
            ..ConnTimeouts::default()
        });
        conn
    }

    fn expiry(&self, client: IpAddr) -> impl Future<Output = ()> + use<> {
        let (worker, since) = (Rc::clone(&self.worker), self.since);
        async move {
            let (ports, limits, mut due) = (&worker.service.ports, worker.service.limits, since);
            loop {
                due += limits.accept_scarce;
                sleep_until(due).await;
                if due >= since + limits.accept || ports.are_scarce(client) {
                    return;
                }
            }
        }
    }

    /// The refusal for a passive port to which the client did not connect.
    fn unused(&self, listener: &Passive) -> Refusal {
        let Some(stranger) = listener.stranger() else {
            return Refusal::NoData("You did not connect to the passive port.");
        };
        let client = self.peer;
        log::problem(format_args!("a data connection from {stranger} was refused: the client is {client}"));
        Refusal::NoData("The passive port received a connection from another address than yours.")
    }

    /// Waits between two commands while a port is open, for a client that starts TLS before its command (`true`:
    /// call [`secure_early`](Self::secure_early)), or for the port to time out. Cancel safe: an accepted
    /// connection is kept for the command.
    pub(super) async fn wait(&mut self) -> bool {
        let Some(client) = self.peer.ip() else { return pending().await };
        let (expiry, is_expectant) = (self.expiry(client), self.is_expectant());
        tokio::select! {
            biased;
            () = self.meet(), if is_expectant => return true,
            () = expiry => {}
        }
        self.spare = None;
        if let Source::Passive(_) = self.source {
            (self.source, self.early) = (Source::Expired, None);
        }
        false
    }

    /// Whether a port is open that no transfer uses.
    pub(super) fn holds_unused(&self) -> bool {
        self.spare.is_some() || matches!(self.source, Source::Passive(_))
    }

    /// The TLS requirement.
    pub(super) fn required(&self) -> Required {
        self.security().map_or(Required::None, |security| security.required)
    }

    pub(super) fn control_tls(&self) -> Option<Tls> {
        self.security().map(|security| security.control.clone())
    }

    /// Ends a data connection after a complete transfer; other connections are dropped.
    pub(super) fn complete(&mut self, data: DataConnection) {
        if data.conn.is_secure() {
            // The client may still send its close_notify. A closed connection would respond with a reset, which
            // makes some clients lose unread data.
            let former = self.lingering.replace(spawn_local(data.conn.linger()));
            former.inspect(JoinHandle::abort);
        }
        let is_scarce = self.peer.ip().is_none_or(|client| self.service().ports.are_scarce(client));
        self.spare = data.listener.filter(|spare| !is_scarce && !spare.is_claimed(self.peer));
        self.since = Instant::now();
    }

    /// For STAT.
    pub(super) fn state(&self) -> &'static str {
        match self.source {
            Source::None | Source::Expired => "no data connection prepared",
            Source::Passive(_) => "passive data connection prepared",
            Source::Active(_) => "active data connection prepared",
        }
    }

    fn listen(&mut self) -> Result<u16, Refusal> {
        let (local, (_, peer)) = (self.local()?, self.ends()?);
        // The unused port is released first: it may be the last one of the range.
        self.source = Source::None;
        (self.early, self.failed) = (None, 0);
        let listener = match self.spare.take().filter(|spare| !spare.is_claimed(self.peer)) {
            Some(listener) => listener,
            None => self
                .service()
                .ports
                .listen(local, peer.ip())
                .map_err(|_| Refusal::NoData("No passive port is free; try again."))?,
        };
        let port = listener.port();
        self.source = Source::Passive(listener);
        self.since = Instant::now();
        Ok(port)
    }

    /// The addresses of the control connection, as the client sees them: the one to which it connected, and its own.
    fn ends(&self) -> Result<(SocketAddr, SocketAddr), Refusal> {
        match (self.reached, self.peer) {
            (Peer::Inet(reached), Peer::Inet(peer)) => Ok((reached, peer)),
            _ => Err(Refusal::NoData("A Unix socket has no data connections.")),
        }
    }

    fn local(&self) -> Result<SocketAddr, Refusal> {
        match self.local {
            Peer::Inet(local) => Ok(local),
            Peer::Unix => Err(Refusal::NoData("A Unix socket has no data connections.")),
        }
    }

    /// RFC 2428 section 4.
    fn check_epsv_all(&self) -> Result<(), Refusal> {
        match self.only_epsv {
            true => Err(Refusal::Sequence("Only EPSV after EPSV ALL.")),
            false => Ok(()),
        }
    }

    fn check_family(&self, wanted: Family) -> Result<(), Refusal> {
        match wanted == Family::of(self.ends()?.0.ip()) {
            true => Ok(()),
            false => Err(self.other_family()),
        }
    }
}

/// The address in reply 227. A client on this machine gets the address that it already uses. Others get the
/// public one, even those with a private address, which may be that of a container's gateway.
fn announced(public: Option<Ipv4Addr>, local: Ipv4Addr, peer: IpAddr) -> Ipv4Addr {
    public.filter(|_| !peer.is_loopback()).unwrap_or(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_address_is_for_other_machines() {
        let (public, local) = (Ipv4Addr::new(192, 0, 2, 7), Ipv4Addr::new(10, 0, 0, 1));
        for (given, peer, expected, why) in [
            (Some(public), "198.51.100.1", public, "from the Internet"),
            (Some(public), "172.17.0.1", public, "through a container's gateway"),
            (Some(public), "127.0.0.1", local, "on this machine"),
            (None, "198.51.100.1", local, "no NAT"),
        ] {
            assert_eq!(announced(given, local, peer.parse().unwrap()), expected, "{why}");
        }
    }
}
