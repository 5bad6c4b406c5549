//! Passive ports: listening sockets that expect one client each.
//!
//! Which ports are taken is known by the kernel alone, so none can leak: a port is free again when its
//! socket is dropped. [RFC 2577](https://www.rfc-editor.org/rfc/rfc2577) section 3 says why they are
//! chosen at random and why the client's address counts.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::str::FromStr;
use std::sync::Arc;

use common::listen::{Expecting, Peer};

/// The ports from `A` to `B`, written `A-B`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    first: u16,
    last: u16,
}

impl PortRange {
    fn len(self) -> usize {
        usize::from(self.last - self.first) + 1
    }

    /// Each port once, beginning at random.
    fn shuffled(self) -> impl Iterator<Item = u16> {
        let start = usize::try_from(RandomState::new().build_hasher().finish() >> 32).unwrap_or_default();
        let ports = (self.first..=self.last).cycle();
        ports.skip(start % self.len()).take(self.len())
    }
}

impl FromStr for PortRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ports =
            text.split_once('-').and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
        match ports {
            Some((first, last)) if 0 < first && first <= last => Ok(Self { first, last }),
            _ => Err("ports are written like 50000-50100".into()),
        }
    }
}

/// Where passive ports come from; shared by all threads.
#[derive(Clone, Debug)]
pub(super) struct Ports {
    range: Option<PortRange>,
    /// Cloned for each listener, so its count tells how many there are.
    listeners: Arc<()>,
}

impl Ports {
    /// Ports of the range, or any that the kernel has.
    pub(super) fn new(range: Option<PortRange>) -> Self {
        Self { range, listeners: Arc::default() }
    }

    /// Listens at the address `at` (its port is not used).
    ///
    /// # Errors
    /// `AddrInUse` when every port is taken.
    pub(super) fn listen(&self, mut at: SocketAddr) -> io::Result<Passive> {
        let mut bind = |port| {
            at.set_port(port);
            Expecting::bind(at)
        };
        let is_final = |bound: &io::Result<_>| !is_taken(bound);
        let expecting = match self.range {
            None => bind(0),
            Some(range) => {
                range.shuffled().map(bind).find(is_final).unwrap_or(Err(io::ErrorKind::AddrInUse.into()))
            }
        };
        Ok(Passive { expecting: expecting?, _listener: Arc::clone(&self.listeners) })
    }

    /// Whether a session should give its port back instead of keeping it for its next transfer: over
    /// half of the range is in use.
    pub(super) fn are_scarce(&self) -> bool {
        self.range.is_some_and(|range| 2 * self.listeners() > range.len())
    }

    fn listeners(&self) -> usize {
        Arc::strong_count(&self.listeners).saturating_sub(1)
    }
}

fn is_taken(bound: &io::Result<Expecting>) -> bool {
    matches!(bound, Err(error) if error.kind() == io::ErrorKind::AddrInUse)
}

/// A listening socket of one session.
#[derive(Debug)]
pub(super) struct Passive {
    expecting: Expecting,
    _listener: Arc<()>,
}

impl Passive {
    /// Its port.
    pub(super) fn port(&self) -> u16 {
        self.expecting.port()
    }

    /// The next connection from `client`. All others are dropped: they could only be thieves
    /// (RFC 2577 section 3.3).
    ///
    /// # Errors
    /// Those of accept; the caller bounds the time.
    pub(super) async fn accept(&mut self, client: IpAddr) -> io::Result<OwnedFd> {
        loop {
            match self.expecting.accept().await {
                Ok((socket, peer)) if peer.ip() == Some(client) => return Ok(socket),
                Err(error) if error.kind() != io::ErrorKind::ConnectionAborted => return Err(error),
                // Neither a stranger nor one who is gone already may keep the thread for itself.
                Ok(_) | Err(_) => tokio::task::coop::consume_budget().await,
            }
        }
    }

    /// Those of `client` who wait already. Others are dropped.
    pub(super) fn waiting(&self, client: IpAddr) -> impl Iterator<Item = io::Result<OwnedFd>> {
        let of_client = move |(socket, peer): (_, Peer)| (peer.ip() == Some(client)).then_some(socket);
        self.expecting.waiting().filter_map(move |accepted| accepted.map(of_client).transpose())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_two_ports() {
        for (text, is_range) in [
            ("50000-50100", true),
            ("50000-50000", true),
            ("50100-50000", false),
            ("0-10", false),
            ("50000", false),
            ("50000-65536", false),
            ("a-b", false),
        ] {
            assert_eq!(text.parse::<PortRange>().is_ok(), is_range, "{text}");
        }
    }

    #[test]
    fn every_port_is_tried_once_and_not_always_in_the_same_order() {
        let range: PortRange = "50000-50099".parse().unwrap();
        let orders: Vec<Vec<u16>> = (0..20).map(|_| range.shuffled().collect()).collect();
        for order in &orders {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(50_000..=50_099));
        }
        assert!(orders.iter().any(|order| order.first() != orders[0].first()), "twenty times the same start");
    }
}
