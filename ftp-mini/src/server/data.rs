//! Data connections: where the next one comes from, and whether it may.
//!
//! Passive ones are taken from, and active ones made to, the control connection's own peer and no one
//! else ([RFC 2577](https://www.rfc-editor.org/rfc/rfc2577) sections 3 and 4).
//! [RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 3.2,
//! [RFC 2428](https://www.rfc-editor.org/rfc/rfc2428).

use std::mem;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};

use common::conn::Conn;
use common::listen::{Peer, connect};
use tokio::time::timeout;

use super::Ftp;
use super::control::Control;
use super::limits::Limits;
use super::passive::{Passive, Ports};
use super::refusal::Refusal;
use crate::wire::address::{self, Family};
use crate::wire::command::Epsv;
use crate::wire::reply::Reply;

/// Ports below this one belong to services that a client has no business to have connected to.
const FIRST_CLIENT_PORT: u16 = 1024;

/// A session's way to its data connections.
#[derive(Debug)]
pub(super) struct DataPort {
    ports: Ports,
    public_address: Option<Ipv4Addr>,
    limits: Limits,
    local: Peer,
    peer: Peer,
    source: Source,
    /// A listener whose transfer was completed; the next passive one can have it.
    spare: Option<Passive>,
    /// EPSV ALL was sent.
    only_epsv: bool,
}

/// Where the next data connection comes from.
#[derive(Debug, Default)]
enum Source {
    #[default]
    Nowhere,
    Passive(Passive),
    Active(SocketAddr),
}

/// An open data connection.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) conn: Conn,
    listener: Option<Passive>,
}

impl DataPort {
    pub(super) fn new(service: &Ftp, control: &Control) -> Self {
        Self {
            ports: service.ports.clone(),
            public_address: service.public_address,
            limits: service.limits,
            local: control.local(),
            peer: control.peer(),
            source: Source::Nowhere,
            spare: None,
            only_epsv: false,
        }
    }

    /// PASV.
    pub(super) fn pasv(&mut self) -> Result<Reply, Refusal> {
        self.check_epsv_all()?;
        let (local, peer) = self.ends()?;
        let IpAddr::V4(local) = local.ip() else { return Err(Refusal::Family(Family::V6)) };
        let address = announced(self.public_address, local, peer.ip());
        let port = self.listen()?;
        Ok(Reply::new(227, address::passive_text(SocketAddrV4::new(address, port))))
    }

    /// EPSV.
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

    /// PORT and EPRT.
    pub(super) fn port(&mut self, address: SocketAddr) -> Result<Reply, Refusal> {
        self.check_epsv_all()?;
        self.check_family(Family::of(address.ip()))?;
        let (_, mut peer) = self.ends()?;
        // lftp says [::] when it means itself; that is nobody else.
        let is_own = address.ip() == peer.ip() || address.ip().is_unspecified();
        if !is_own || address.port() < FIRST_CLIENT_PORT {
            return Err(Refusal::Bounce);
        }
        // The peer's address has its scope, which EPRT cannot tell (fe80::1%eth0).
        peer.set_port(address.port());
        self.source = Source::Active(peer);
        Ok(Reply::new(200, "Will connect to your port."))
    }

    /// Opens the data connection that was prepared last.
    ///
    /// # Errors
    /// 425 when none was prepared or it does not come about in time.
    pub(super) async fn open(&mut self) -> Result<Data, Refusal> {
        let (local, peer) = self.ends()?;
        match mem::take(&mut self.source) {
            Source::Nowhere => Err(Refusal::NoData("Use EPSV, PASV, EPRT or PORT first.")),
            Source::Passive(mut listener) => {
                let accepted = timeout(self.limits.accept, listener.accept(peer.ip())).await;
                let Ok(Ok(socket)) = accepted else {
                    return Err(Refusal::NoData("You did not connect to the passive port."));
                };
                Ok(Data { conn: Conn::new(socket, self.peer), listener: Some(listener) })
            }
            Source::Active(to) => {
                let connected = timeout(self.limits.connect, connect(to, Some(local))).await;
                let Ok(Ok(socket)) = connected else {
                    return Err(Refusal::NoData("Your port cannot be connected to."));
                };
                Ok(Data { conn: Conn::new(socket, self.peer), listener: None })
            }
        }
    }

    /// Ends a data connection over which everything went; any other is just dropped.
    pub(super) fn complete(&mut self, data: Data) {
        drop(data.conn);
        self.spare = data.listener.filter(|_| !self.ports.are_scarce());
    }

    /// A word for STAT.
    pub(super) fn state(&self) -> &'static str {
        match self.source {
            Source::Nowhere => "no data connection prepared",
            Source::Passive(_) => "passive data connection prepared",
            Source::Active(_) => "active data connection prepared",
        }
    }

    fn listen(&mut self) -> Result<u16, Refusal> {
        let (local, _) = self.ends()?;
        // A port that was not used goes back first: it may be the last one of the range.
        self.source = Source::Nowhere;
        let listener = match self.spare.take() {
            Some(listener) => listener,
            None => self
                .ports
                .listen(local)
                .map_err(|_| Refusal::NoData("No passive port is free; try again."))?,
        };
        let port = listener.port();
        self.source = Source::Passive(listener);
        Ok(port)
    }

    /// Both ends of the control connection.
    fn ends(&self) -> Result<(SocketAddr, SocketAddr), Refusal> {
        match (self.local, self.peer) {
            (Peer::Inet(local), Peer::Inet(peer)) => Ok((local, peer)),
            _ => Err(Refusal::NoData("A Unix socket has no data connections.")),
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
        let ours = Family::of(self.ends()?.0.ip());
        match wanted == ours {
            true => Ok(()),
            false => Err(Refusal::Family(ours)),
        }
    }
}

/// The address of 227. A client on this machine gets the one that it already uses. Others get the public
/// one, also those with a private address: a container's gateway may have given it to them.
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
