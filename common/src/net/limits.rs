//! The limits of connections and uploads, in total and of each address or user, and those that the machine's
//! descriptors set. They are checked at the beginning of each and updated at its end.

use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Default limit of connections from one address: half of all, but at least what a browser and a download tool open,
/// and at most what an office behind one address needs.
const PER_ADDRESS: RangeInclusive<usize> = 16..=1_000;
/// Default limit of connections in total, if the descriptors and the memory suffice.
pub const MAX_CONNECTIONS: usize = 100_000;
/// The part of the system's memory for connections without pending bytes.
const CONNECTIONS_SHARE: usize = 8;
/// Limit of simultaneous uploads in total, if the descriptors suffice.
pub const MAX_UPLOADS: usize = 256;
/// A user, or an anonymous user's address, may have a quarter of them.
const UPLOADS_SHARE: usize = 4;
/// Simultaneous refusals; a connection beyond them is closed without a reply.
const MAX_REFUSALS: usize = 256;
/// Descriptors that are reserved for open files, uploads, data connections and listeners.
const RESERVED_DESCRIPTORS: usize = 4_096;
/// Descriptors of a thread that serves one connection: the runtime's, and the connection's.
const THREAD_DESCRIPTORS: usize = 4 + 1;
/// Descriptors of a thread for each address: its share of the listening socket, and the one that accepts.
const LISTENER_DESCRIPTORS: usize = 2;

/// Timeouts that an operator sets; without one, each protocol has its default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timeouts {
    /// Between two requests or commands.
    pub idle: Option<Duration>,
    /// For the next byte of a transfer.
    pub stall: Option<Duration>,
}

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The server has as many connections as it may.
    Server,
    /// This address has as many connections as it may.
    Address,
}

/// Counts connections, or uploads; shared by all threads.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    max: usize,
    max_per_holder: usize,
    count: Mutex<Count>,
}

#[derive(Debug, Default)]
struct Count {
    all: usize,
    refusals: usize,
    by_holder: HashMap<Holder, usize>,
}

/// Who has a share of the places.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    /// An address, or a network that counts as one.
    Address(IpAddr),
    /// A named user, from any address.
    User(Box<[u8]>),
}

impl From<IpAddr> for Holder {
    fn from(address: IpAddr) -> Self {
        Self::Address(network(address))
    }
}

/// A place for one connection or upload, released when dropped.
#[derive(Debug)]
pub struct Permit {
    gate: Gate,
    holder: Option<Holder>,
    is_refusal: bool,
}

#[derive(Debug)]
pub(crate) enum Admission {
    Carry(Permit),
    /// The peer gets a reply with the reason; the permit counts it as a refusal.
    Refuse(Full, Permit),
    /// There are too many refusals as well.
    Drop,
}

impl Gate {
    /// A gate for `max` connections in all and `max_per_address` from each address.
    pub fn new(max: usize, max_per_address: usize) -> Self {
        Self(Arc::new(Shared { max, max_per_holder: max_per_address, count: Mutex::default() }))
    }

    /// A gate for `max` uploads in all and a quarter of them for each user.
    pub fn of_uploads(max: usize) -> Self {
        Self::new(max, max.div_ceil(UPLOADS_SHARE))
    }

    /// Places that are taken.
    pub(crate) fn in_use(&self) -> usize {
        self.count().all
    }

    /// Whether more than 90 % of the places are taken.
    pub(crate) fn is_crowded(&self) -> bool {
        self.count().all.saturating_mul(10) > self.0.max.saturating_mul(9)
    }

    pub(crate) fn enter(&self, holder: Option<Holder>) -> Option<Permit> {
        match self.admit(holder) {
            Admission::Carry(permit) => Some(permit),
            Admission::Refuse(..) | Admission::Drop => None,
        }
    }

    /// Admits a connection or upload of `holder` (`None`: of a local socket, counted only in total).
    pub(crate) fn admit(&self, holder: Option<Holder>) -> Admission {
        let mut count = self.count();
        let here =
            holder.as_ref().and_then(|holder| count.by_holder.get(holder)).copied().unwrap_or_default();
        let full = match count.all {
            all if all >= self.0.max => Some(Full::Server),
            _ if here >= self.0.max_per_holder => Some(Full::Address),
            _ => None,
        };
        if full.is_some() && count.refusals >= MAX_REFUSALS {
            return Admission::Drop;
        }
        match full {
            Some(_) => count.refusals += 1,
            None => {
                count.all += 1;
                holder.iter().for_each(|holder| *count.by_holder.entry(holder.clone()).or_default() += 1);
            }
        }
        drop(count);
        let permit = Permit { gate: self.clone(), holder, is_refusal: full.is_some() };
        match full {
            None => Admission::Carry(permit),
            Some(full) => Admission::Refuse(full, permit),
        }
    }

    fn count(&self) -> MutexGuard<'_, Count> {
        self.0.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Counts the place of a proxy's connection for the client's address, which was not known before.
    pub(crate) fn identify(&mut self, address: IpAddr) -> Result<(), Full> {
        let holder = Holder::from(address);
        let mut count = self.gate.count();
        let here = count.by_holder.get(&holder).copied().unwrap_or_default();
        if self.is_refusal || here >= self.gate.0.max_per_holder {
            return Err(Full::Address);
        }
        count.by_holder.insert(holder.clone(), here + 1);
        drop(count);
        self.holder = Some(holder);
        Ok(())
    }

    pub(crate) fn another(&self) -> Option<Self> {
        self.gate.enter(self.holder.clone())
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut count = self.gate.count();
        if self.is_refusal {
            count.refusals -= 1;
            return;
        }
        count.all -= 1;
        let Some(holder) = &self.holder else { return };
        if let Some(here) = count.by_holder.get_mut(holder) {
            *here -= 1;
            if *here == 0 {
                count.by_holder.remove(holder);
            }
        }
    }
}

/// What is counted as one address: an IPv4 address, or an IPv6 network of 64 bits, since a single host can
/// use all of its addresses.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

/// Raises the soft limit of open descriptors to the hard one, and returns the result.
pub fn raise_descriptors() -> usize {
    let limit = getrlimit(Resource::Nofile);
    // If it fails, the old limit remains in force.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    let now = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(now).unwrap_or(usize::MAX)
}

/// The connections that `descriptors` allow when each needs `each` of them.
pub fn connections_for(descriptors: usize, each: usize) -> usize {
    (spare(descriptors) / each).clamp(1, MAX_CONNECTIONS)
}

/// The connections that a system with so much memory allows when each needs `each` bytes.
pub fn connections_in(memory: usize, each: usize) -> usize {
    memory / CONNECTIONS_SHARE / each
}

/// The default limit of connections from one address, of this many in all.
pub fn connections_per_address(connections: usize) -> usize {
    (connections / 2).clamp(*PER_ADDRESS.start(), *PER_ADDRESS.end())
}

/// The threads that `descriptors` allow if each accepts from this many `listeners`.
pub fn threads_for(descriptors: usize, listeners: usize) -> usize {
    spare(descriptors) / (THREAD_DESCRIPTORS + LISTENER_DESCRIPTORS * listeners)
}

/// The files that may be kept open between requests: half of the descriptors that connections leave.
pub fn files_for(descriptors: usize) -> usize {
    reserved(descriptors) / 2
}

fn spare(descriptors: usize) -> usize {
    descriptors.saturating_sub(reserved(descriptors))
}

/// The uploads that may be in progress: two descriptors each, a quarter of what connections leave.
pub fn uploads_for(descriptors: usize) -> usize {
    (reserved(descriptors) / 8).clamp(1, MAX_UPLOADS)
}

fn reserved(descriptors: usize) -> usize {
    RESERVED_DESCRIPTORS.min(descriptors / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_by_address_and_given_back() {
        let gate = Gate::new(3, 2);
        assert!(!gate.is_crowded());
        let admit = |text: &str| gate.admit(Some(text.parse::<IpAddr>().unwrap().into()));
        let first = admit("192.0.2.1");
        let _second = admit("::ffff:192.0.2.1");
        let refused = admit("192.0.2.1");
        assert!(matches!(refused, Admission::Refuse(Full::Address, _)), "a mapped address is the same host");
        let _third = gate.admit(None);
        assert!(matches!(admit("192.0.2.2"), Admission::Refuse(Full::Server, _)));
        drop((first, refused));
        assert!(matches!(admit("192.0.2.1"), Admission::Carry(_)), "a dropped place is free again");
        assert_eq!(gate.count().refusals, 0, "and so is a refusal's");
    }

    #[test]
    fn a_connection_of_a_proxy_counts_for_its_client() {
        let gate = Gate::new(3, 1);
        let client = "192.0.2.1".parse().unwrap();
        let carried = || match gate.admit(None) {
            Admission::Carry(permit) => permit,
            other => panic!("{other:?}"),
        };
        let (mut first, mut second) = (carried(), carried());
        assert_eq!(first.identify(client), Ok(()));
        assert_eq!(second.identify(client), Err(Full::Address));
        drop((first, second));
        assert_eq!(carried().identify(client), Ok(()), "its place is free again");
        let count = gate.count();
        assert_eq!((count.all, count.by_holder.len()), (0, 0));
    }

    #[test]
    fn refusals_have_a_limit_too() {
        let gate = Gate::new(0, 0);
        let refusals: Vec<_> = (0..MAX_REFUSALS).map(|_| gate.admit(None)).collect();
        assert!(matches!(refusals.last(), Some(Admission::Refuse(Full::Server, _))));
        assert!(matches!(gate.admit(None), Admission::Drop));
    }

    #[test]
    fn ipv6_is_counted_by_its_network() {
        for (left, right, same) in [
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("192.0.2.1", "192.0.2.2", false),
        ] {
            let (left, right): (IpAddr, IpAddr) = (left.parse().unwrap(), right.parse().unwrap());
            assert_eq!(network(left) == network(right), same, "{left} {right}");
        }
    }

    #[test]
    fn connections_follow_the_memory() {
        const MIB: usize = 1 << 20;
        for (memory, each, connections, per_address) in [
            (64 * MIB, 16 << 10, 512, 256),
            (64 * MIB, 128 << 10, 64, 32),
            (16 * MIB, 128 << 10, 16, 16),
            (1_024 * MIB, 16 << 10, 8_192, 1_000),
        ] {
            assert_eq!(connections_in(memory, each), connections, "{memory} / {each}");
            assert_eq!(connections_per_address(connections), per_address, "{connections}");
        }
    }

    #[test]
    fn connections_threads_open_files_and_uploads_follow_the_descriptors() {
        for (descriptors, each, connections, threads, files, uploads) in [
            (20_000, 2, 7_952, 2_272, 2_048, MAX_UPLOADS),
            (1_024, 1, 768, 109, 128, 32),
            (64, 1, 48, 6, 8, 2),
            (4, 5, 1, 0, 0, 1),
            (usize::MAX, 1, MAX_CONNECTIONS, (usize::MAX - 4_096) / 7, 2_048, MAX_UPLOADS),
        ] {
            assert_eq!(connections_for(descriptors, each), connections, "{descriptors} / {each}");
            assert_eq!(threads_for(descriptors, 1), threads, "{descriptors}");
            assert_eq!(files_for(descriptors), files, "{descriptors}");
            assert_eq!(uploads_for(descriptors), uploads, "{descriptors}");
        }
    }
}
