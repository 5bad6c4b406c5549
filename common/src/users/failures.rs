//! Failed logins of the last ten minutes, counted by address and by name. It answers no login and
//! waits for nothing; the time is an argument.
//!
//! An address that has failed [`OF_PAIR`] times at one name is refused for that name until its failures age
//! out. An address with [`OF_ADDRESS`] failures, or at [`NAMES`] different names, is refused for all, except for
//! logins that were verified within the last minutes: behind a NAT or a reverse proxy many people have one
//! address. A name that others fail at is only slowed, else anybody could keep its owner out. The failures of
//! an address at a name are forgotten when that login succeeds there; those at other names stay, so an account
//! of one's own does not help to guess at those of others. For a peer without an address, behind a Unix socket,
//! the name counts.
//!
//! # When a table is full
//! Both tables have a fixed number of places, and an attacker may have more addresses than that, and
//! as many names as he likes. A key finds its place by a hash that nobody outside can compute. Where
//! all places of its bucket are taken, it displaces the record with the fewest failures **and takes
//! these over**. So no number of other addresses or names washes a record out: the failures that were
//! there are still held against whoever fails next. In such a flood a stranger's first mistake may
//! count as his last; a right password is never refused for it, since only who has failed is known
//! here.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::limits::network;
use crate::listen::Peer;

/// How long a failure counts, in milliseconds: ten minutes.
pub(super) const WINDOW: u64 = 600_000;
/// Failures of one address at one name after which it is refused there.
pub(super) const OF_PAIR: usize = 20;
/// Failures of one address after which it is refused for all names.
pub(super) const OF_ADDRESS: usize = 200;
/// Different names at which one address may fail before it is refused for all.
pub(super) const NAMES: usize = 20;
/// Places of a table are `BUCKETS * WAYS`: 8,192 addresses, and as many names.
const BUCKETS: usize = 1_024;
const WAYS: usize = 8;

/// Turns addresses and names into keys of the tables, which nobody else can do.
#[derive(Debug, Default)]
pub(super) struct Keys(RandomState);

/// Where a login comes from and what name it gives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    /// `None` for a peer without an address.
    address: Option<u64>,
    name: u64,
}

/// That a login is refused without being judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// Until the first of the failures no longer counts.
    pub(super) retry_after: Duration,
    /// Whether a login that was verified within the last minutes passes all the same.
    pub(super) passes_verified: bool,
}

/// Counts failed logins.
#[derive(Debug)]
pub(super) struct Failures {
    addresses: Table,
    names: Table,
}

#[derive(Debug)]
struct Table {
    buckets: Vec<Vec<Record>>,
    /// Failures of one record; the oldest gives way to one more.
    most: usize,
}

#[derive(Debug)]
struct Record {
    key: u64,
    /// The oldest first.
    failures: VecDeque<Failure>,
}

#[derive(Debug)]
struct Failure {
    at: u64,
    /// In the table of addresses a name, and the other way round.
    with: u64,
}

impl Keys {
    pub(super) fn origin(&self, from: Peer, name: &[u8]) -> Origin {
        let address = from.ip().map(|ip| self.0.hash_one(network(ip)));
        Origin { address, name: self.0.hash_one(name) }
    }
}

impl Default for Failures {
    fn default() -> Self {
        Self { addresses: Table::new(OF_ADDRESS), names: Table::new(OF_PAIR) }
    }
}

impl Failures {
    /// Whether a login is refused, and for how long.
    pub(super) fn refused(&mut self, origin: Origin, now: u64) -> Option<Refused> {
        let left = |failure: &Failure| Duration::from_millis(failure.at + WINDOW - now);
        let Origin { address, name } = origin;
        let (record, with) = match address {
            Some(address) => (self.addresses.find(address, now)?, name),
            None => (self.names.find(name, now)?, NO_ADDRESS),
        };
        let mut of_pair = record.failures.iter().filter(|failure| failure.with == with);
        let oldest = of_pair.next();
        if let Some(oldest) = oldest.filter(|_| of_pair.count() + 1 >= OF_PAIR) {
            return Some(Refused { retry_after: left(oldest), passes_verified: false });
        }
        let names = || record.failures.iter().map(|failure| failure.with).collect::<HashSet<_>>().len();
        let is_refused =
            record.failures.len() >= OF_ADDRESS || record.failures.len() >= NAMES && names() >= NAMES;
        let oldest = record.failures.front().filter(|_| address.is_some() && is_refused)?;
        Some(Refused { retry_after: left(oldest), passes_verified: true })
    }

    /// Counts a failure. Returns how many there are now, of this address or at this name, whichever is more.
    pub(super) fn count(&mut self, origin: Origin, now: u64) -> u32 {
        let by_name = self.names.add(origin.name, origin.address.unwrap_or(NO_ADDRESS), now);
        let by_address = origin.address.map(|address| self.addresses.add(address, origin.name, now));
        u32::try_from(by_address.unwrap_or_default().max(by_name)).unwrap_or(u32::MAX)
    }

    /// Forgets the failures of this address at this name.
    pub(super) fn forget(&mut self, origin: Origin, now: u64) {
        let address = origin.address.unwrap_or(NO_ADDRESS);
        for (table, key, with) in
            [(&mut self.addresses, address, origin.name), (&mut self.names, origin.name, address)]
        {
            if let Some(record) = table.find(key, now) {
                record.failures.retain(|failure| failure.with != with);
            }
        }
    }
}

/// In the place of an address's key, for peers without one.
const NO_ADDRESS: u64 = 0;

impl Table {
    fn new(most: usize) -> Self {
        Self { buckets: (0..BUCKETS).map(|_| Vec::new()).collect(), most }
    }

    /// The places that a key may have.
    fn bucket(&mut self, key: u64) -> Option<&mut Vec<Record>> {
        self.buckets.get_mut(key as usize % BUCKETS)
    }

    fn find(&mut self, key: u64, now: u64) -> Option<&mut Record> {
        let record = self.bucket(key)?.iter_mut().find(|record| record.key == key)?;
        record.age(now);
        Some(record)
    }

    /// Adds a failure to a key's record and tells how many it holds.
    fn add(&mut self, key: u64, with: u64, now: u64) -> usize {
        let most = self.most;
        let Some(bucket) = self.bucket(key) else { return 0 };
        bucket.iter_mut().for_each(|record| record.age(now));
        bucket.retain(|record| !record.failures.is_empty());
        if !bucket.iter().any(|record| record.key == key) {
            match bucket.len() {
                0..WAYS => bucket.push(Record { key, failures: VecDeque::new() }),
                _ => {
                    let fewest = bucket.iter_mut().min_by_key(|record| record.failures.len());
                    fewest.into_iter().for_each(|record| record.key = key);
                }
            }
        }
        let Some(record) = bucket.iter_mut().find(|record| record.key == key) else { return 0 };
        if record.failures.len() == most {
            record.failures.pop_front();
        }
        record.failures.push_back(Failure { at: now, with });
        record.failures.len()
    }
}

impl Record {
    /// Drops what no longer counts.
    fn age(&mut self, now: u64) {
        while self.failures.front().is_some_and(|failure| failure.at + WINDOW <= now) {
            self.failures.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000;

    fn peer(ip: &str) -> Peer {
        Peer::Inet((ip.parse::<std::net::IpAddr>().unwrap(), 1_024).into())
    }

    #[test]
    fn failures_are_counted_by_address_and_by_name() {
        let (keys, mut failures) = (Keys::default(), Failures::default());
        for (ip, name, expected, why) in [
            ("192.0.2.1", "ada", 1, "the first"),
            ("192.0.2.1", "bob", 2, "the second of the address"),
            ("192.0.2.2", "bob", 2, "the second at the name"),
            ("192.0.2.2", "bob", 3, "the third at the name, the second of the address"),
            ("::ffff:192.0.2.1", "cleo", 3, "the same address, mapped"),
            ("2001:db8::1", "dora", 1, "a new address and name"),
            ("2001:db8::ffff:2", "emil", 2, "the same /64 network"),
            ("2001:db8:0:1::1", "fred", 1, "another one"),
        ] {
            assert_eq!(
                failures.count(keys.origin(peer(ip), name.as_bytes()), 0),
                expected,
                "{ip} {name}: {why}"
            );
        }
    }

    #[test]
    fn logins_are_refused_by_pair_and_by_address() {
        let at = |ip: &str| peer(ip);
        let names = |count: usize| (0..count).map(|n| format!("name{n}")).collect::<Vec<_>>();
        let ada = |count: usize| vec!["ada".to_owned(); count];
        let refused = |passes_verified| {
            Some(Refused { retry_after: Duration::from_millis(WINDOW - MINUTE), passes_verified })
        };
        for (from, failed, ip, name, expected, why) in [
            ("192.0.2.1", ada(19), "192.0.2.1", "ada", None, "one less"),
            ("192.0.2.1", ada(20), "192.0.2.1", "ada", refused(false), "20 of an address at a name"),
            ("192.0.2.1", ada(20), "192.0.2.1", "bob", None, "another name behind the same NAT"),
            ("192.0.2.1", ada(20), "192.0.2.2", "ada", None, "its owner elsewhere"),
            ("192.0.2.1", ada(500), "192.0.2.2", "ada", None, "a name is never refused"),
            ("192.0.2.1", ada(200), "192.0.2.1", "bob", refused(true), "200 of an address"),
            ("192.0.2.1", names(19), "192.0.2.1", "ada", None, "19 names"),
            ("192.0.2.1", names(20), "192.0.2.1", "ada", refused(true), "20 names"),
            ("2001:db8::1", ada(20), "2001:db8::2", "ada", refused(false), "the same /64 network"),
        ] {
            let (keys, mut failures) = (Keys::default(), Failures::default());
            for name in failed {
                failures.count(keys.origin(at(from), name.as_bytes()), 0);
            }
            let origin = keys.origin(at(ip), name.as_bytes());
            assert_eq!(failures.refused(origin, MINUTE), expected, "{why}");
            assert_eq!(failures.refused(origin, WINDOW), None, "{why}: aged out");
        }
    }

    #[test]
    fn without_an_address_the_name_counts() {
        let (keys, mut failures) = (Keys::default(), Failures::default());
        for n in 1..=OF_PAIR {
            assert_eq!(failures.refused(keys.origin(Peer::Unix, b"ada"), 0), None);
            let slowed = failures.count(keys.origin(Peer::Unix, b"ada"), 0);
            assert_eq!(slowed as usize, n);
        }
        let refused = failures.refused(keys.origin(Peer::Unix, b"ada"), 0);
        assert!(refused.is_some_and(|refused| !refused.passes_verified));
        assert_eq!(failures.refused(keys.origin(Peer::Unix, b"bob"), 0), None, "another name");
        assert_eq!(failures.refused(keys.origin(peer("192.0.2.1"), b"ada"), 0), None, "one with an address");
    }

    #[test]
    fn a_success_forgets_its_own_failures_only() {
        let (keys, mut failures) = (Keys::default(), Failures::default());
        let (here, there) = (peer("192.0.2.1"), peer("192.0.2.2"));
        for (from, name) in [(here, "ada"), (here, "ada"), (here, "bob"), (there, "ada")] {
            failures.count(keys.origin(from, name.as_bytes()), 0);
        }
        failures.forget(keys.origin(here, b"ada"), 0);
        for (from, name, expected, why) in [
            (here, "cleo", 2, "the one at bob is left, and this"),
            (there, "ada", 2, "the one from there is left, and this"),
        ] {
            assert_eq!(failures.count(keys.origin(from, name.as_bytes()), 0), expected, "{why}");
        }
    }

    #[test]
    fn a_full_bucket_hands_failures_on() {
        let mut table = Table::new(OF_PAIR);
        let key = |n: usize| (n * BUCKETS) as u64;
        for n in 0..WAYS {
            for _ in 0..n + 3 {
                table.add(key(n), 0, 0);
            }
        }
        for (n, expected, why) in [
            (WAYS, 4, "the fewest were 3, and this"),
            (WAYS + 1, 5, "now they are 4: the first two"),
            (0, 5, "who was displaced comes back no better"),
            (WAYS - 1, WAYS + 3, "who has more is kept"),
        ] {
            assert_eq!(table.add(key(n), 0, 1), expected, "{why}");
            assert_eq!(table.bucket(0).map(|bucket| bucket.len()), Some(WAYS), "{why}");
        }
        assert_eq!(table.add(key(99), 0, WINDOW + 1), 1, "places whose failures have aged out are free");
        assert_eq!(table.bucket(0).map(|bucket| bucket.len()), Some(1));
    }

    #[test]
    fn a_flood_of_addresses_washes_nothing_out() {
        let (keys, mut failures) = (Keys::default(), Failures::default());
        let attacker = keys.origin(peer("192.0.2.1"), b"ada");
        for _ in 0..OF_PAIR {
            failures.count(attacker, 0);
        }
        for n in 0..100_000_u32 {
            let other = std::net::IpAddr::from(std::net::Ipv4Addr::from(n << 8));
            failures.count(keys.origin(Peer::Inet((other, 1).into()), &n.to_be_bytes()), 1);
        }
        assert!(failures.refused(attacker, 1).is_some());
        let held: usize = failures.addresses.buckets.iter().map(Vec::len).max().unwrap();
        assert_eq!(held, WAYS, "the table has not grown");
    }
}
