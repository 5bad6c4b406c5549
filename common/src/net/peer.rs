//! The peer of a connection: its address, the networks of addresses, and the proxies that may name another
//! address.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;
use std::str::FromStr;

use rustix::net::{SocketAddrAny, getsockname};

/// A network of addresses, `10.0.0.0/8`, or a single one
/// ([RFC 4632](https://www.rfc-editor.org/rfc/rfc4632) section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    /// This many low bits differ between its addresses.
    open: u32,
}

impl Network {
    /// Whether the network contains an address.
    pub fn contains(self, address: IpAddr) -> bool {
        let differs = |bits: u128| bits.checked_shr(self.open).is_some_and(|bits| bits != 0);
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(other)) => !differs((first.to_bits() ^ other.to_bits()).into()),
            (IpAddr::V6(first), IpAddr::V6(other)) => !differs(first.to_bits() ^ other.to_bits()),
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (first, bits) = text.split_once('/').map_or((text, None), |(first, bits)| (first, Some(bits)));
        let network = || {
            let first: IpAddr = first.parse().ok()?;
            let size = if first.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Ok(size), str::parse::<u32>).ok()?;
            Some(Self { first, open: size.checked_sub(bits)? })
        };
        network().ok_or_else(|| "a network is written like 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7".into())
    }
}

/// A reverse proxy that is trusted to name the client's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustedProxy {
    /// One that connects from this network.
    Network(Network),
    /// One that connects to a Unix socket.
    Unix,
}

impl TrustedProxy {
    /// Whether a peer is such a proxy.
    pub fn is(self, peer: Peer) -> bool {
        match (self, peer.ip()) {
            (Self::Network(network), Some(address)) => network.contains(address),
            (Self::Unix, None) => true,
            _ => false,
        }
    }
}

impl FromStr for TrustedProxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "unix" => Ok(Self::Unix),
            text => text.parse().map(Self::Network),
        }
    }
}

/// The address of one end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// An IP address (IPv4 also where the socket is an IPv6 one) and port.
    Inet(SocketAddr),
    /// Another process of this machine, through a Unix socket.
    Unix,
}

impl Peer {
    pub(crate) fn of(address: Option<SocketAddrAny>) -> Self {
        match address.map(SocketAddr::try_from) {
            Some(Ok(at)) => at.into(),
            Some(Err(_)) | None => Self::Unix,
        }
    }

    /// This end of a connected or listening socket.
    pub(crate) fn local(socket: impl AsFd) -> Self {
        Self::of(getsockname(socket).ok())
    }

    /// A client behind a proxy, whose port is not known.
    pub fn behind_proxy(address: IpAddr) -> Self {
        Self::Inet(SocketAddr::new(address, 0))
    }

    /// The IP address, if there is one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Inet(address) => Some(address.ip()),
            Self::Unix => None,
        }
    }
}

impl From<SocketAddr> for Peer {
    fn from(at: SocketAddr) -> Self {
        match at.ip().to_canonical() {
            ip @ IpAddr::V4(_) => Self::Inet(SocketAddr::new(ip, at.port())),
            // Unchanged: a link-local address means nothing without its scope.
            IpAddr::V6(_) => Self::Inet(at),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => address.ip().fmt(f),
            Self::Unix => f.write_str("unix"),
        }
    }
}
