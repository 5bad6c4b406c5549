//! Passive ports: listening sockets for one client each.
//!
//! Only the kernel tracks which ports are in use, so none can leak: a port is free again when its socket is
//! dropped. One address may hold at most as many ports of a range as are free: a single client gets half of
//! them, and another one always finds one. [RFC 2577](https://www.rfc-editor.org/rfc/rfc2577) section 3 explains
//! the random order and the check of the client's address.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::os::fd::OwnedFd;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use common::net::expecting::Expecting;
use common::net::limits::network;
use common::net::peer::{Peer, TrustedProxy};

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

    /// Each port once, from a random one on.
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

/// The passive ports of a server, shared by all threads.
#[derive(Clone, Debug)]
pub(super) struct Ports {
    range: Option<PortRange>,
    /// Peers whose connections begin with a PROXY header.
    proxies: Arc<[TrustedProxy]>,
    held: Arc<Mutex<Holders>>,
}

/// The number of listeners of each address.
type Holders = HashMap<IpAddr, usize>;

impl Ports {
    /// `None`: any port that the kernel chooses.
    pub(super) fn new(range: Option<PortRange>) -> Self {
        Self { range, proxies: Arc::default(), held: Arc::default() }
    }

    pub(super) fn with_range(self, range: PortRange) -> Self {
        Self { range: Some(range), ..self }
    }

    pub(super) fn behind(self, proxies: Arc<[TrustedProxy]>) -> Self {
        Self { proxies, ..self }
    }

    /// The port numbers; 0 for any that is free.
    pub(super) fn numbers(&self) -> RangeInclusive<u16> {
        self.range.map_or(0..=0, |range| range.first..=range.last)
    }

    /// Listens at the address `at` (its port is ignored) for a client. Fails with `AddrInUse` if no port is free,
    /// or if the client's address has used its share.
    pub(super) fn listen(&self, mut at: SocketAddr, client: IpAddr) -> io::Result<Box<Passive>> {
        let share = self.hold(client)?;
        let mut bind = |port| {
            at.set_port(port);
            Ok(Expecting::bind(at)?.behind(Arc::clone(&self.proxies)))
        };
        let taken = io::ErrorKind::AddrInUse;
        let is_final = |bound: &io::Result<_>| !matches!(bound, Err(error) if error.kind() == taken);
        let expecting = match self.range {
            None => bind(0),
            Some(range) => range.shuffled().map(bind).find(is_final).unwrap_or(Err(taken.into())),
        };
        // Boxed: most idle sessions have none.
        Ok(Box::new(Passive { expecting: expecting?, stranger: None, _share: share }))
    }

    fn hold(&self, client: IpAddr) -> io::Result<Share> {
        let address = network(client);
        let mut held = self.held();
        if self.has_its_share(&held, address) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        *held.entry(address).or_default() += 1;
        Ok(Share { held: Arc::clone(&self.held), address })
    }

    /// Whether the client's address can get no other port, so that unused ones should be released.
    pub(super) fn are_scarce(&self, client: IpAddr) -> bool {
        self.has_its_share(&self.held(), network(client))
    }

    fn has_its_share(&self, held: &Holders, address: IpAddr) -> bool {
        self.range.is_some_and(|range| {
            let free = range.len().saturating_sub(held.values().sum());
            held.get(&address).copied().unwrap_or_default() >= free
        })
    }

    fn held(&self) -> MutexGuard<'_, Holders> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the ports that an address holds.
#[derive(Debug)]
struct Share {
    held: Arc<Mutex<Holders>>,
    address: IpAddr,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.address);
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct Passive {
    expecting: Expecting,
    /// Another address that connected, and was dropped.
    stranger: Option<IpAddr>,
    _share: Share,
}

impl Passive {
    pub(super) fn port(&self) -> u16 {
        self.expecting.port()
    }

    /// The next connection from `client`. Connections of other addresses are dropped: they may be attempts to
    /// steal the transfer (RFC 2577 section 3.3). The caller limits the time.
    pub(super) async fn accept(&mut self, client: IpAddr) -> io::Result<OwnedFd> {
        loop {
            match self.expecting.accept().await {
                Ok((socket, peer)) if peer.ip() == Some(client) => return Ok(socket),
                Err(error) if error.kind() != io::ErrorKind::ConnectionAborted => return Err(error),
                accepted => {
                    self.stranger = accepted.ok().and_then(|(_, peer)| peer.ip()).or(self.stranger);
                    // Neither other addresses nor aborted connections may block the thread.
                    tokio::task::coop::consume_budget().await;
                }
            }
        }
    }

    pub(super) fn stranger(&self) -> Option<IpAddr> {
        self.stranger
    }

    /// Whether the client has another connection open, which would be taken for that of the next transfer. It is
    /// dropped.
    pub(super) fn is_claimed(&self, client: Peer) -> bool {
        client.ip().is_some_and(|client| self.waiting(client).next().is_some())
    }

    /// The pending connections of `client`. Those of others are dropped.
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
    fn of_a_range_an_address_holds_as_many_as_are_free() {
        let first =
            Ports::new(None).listen(([127, 0, 0, 1], 0).into(), [127, 0, 0, 1].into()).unwrap().port();
        let range = format!("{first}-{}", first.saturating_add(7)).parse().unwrap();
        let ports = Ports::new(Some(range));
        let mut held = Vec::new();
        for (client, expected, why) in [
            ("192.0.2.1", 4, "alone, half of the range"),
            ("192.0.2.2", 2, "the second, half of the rest"),
            ("192.0.2.1", 0, "the first has more already"),
            ("2001:db8::1", 1, "a newcomer always gets one"),
            ("2001:db8::2", 0, "which is the same network"),
            ("192.0.2.3", 1, "the last one"),
            ("192.0.2.4", 0, "none is left"),
        ] {
            let client: IpAddr = client.parse().unwrap();
            let count = std::iter::from_fn(|| ports.hold(client).ok()).map(|share| held.push(share)).count();
            assert_eq!(count, expected, "{client}: {why}");
            assert!(ports.are_scarce(client));
        }
        held.clear();
        assert!(ports.held().is_empty() && !ports.are_scarce([192, 0, 2, 1].into()), "all are free again");
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
