//! Failed logins of the last ten minutes, counted by address and by name. It answers no login and
//! waits for nothing; the time is an argument.
//!
//! An address with [`MOST`] failures is refused until they age out, but for logins that were verified lately:
//! behind a NAT or a reverse proxy many people have one address. So that a refused address cannot go on
//! guessing at those, what it sends counts at the name, and a name with [`MOST`] failures is refused there
//! too. Elsewhere a name is only slowed: a lock would let anybody keep its owner out. The failures of one address at one name are forgotten when
//! that login succeeds there; those at other names stay, so an account of one's own does not help to
//! guess at those of others.
//!
//! # When a table is full
//! Both tables have a fixed number of places, and an attacker may have more addresses than that, and
//! as many names as he likes. A key finds its place by a hash that nobody outside can compute. Where
//! all places of its bucket are taken, it displaces the record with the fewest failures **and takes
//! these over**. So no number of other addresses or names washes a record out: the failures that were
//! there are still held against whoever fails next. In such a flood a stranger's first mistake may
//! count as his last; a right password is never refused for it, since only who has failed is known
//! here.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::limits::network;
use crate::listen::Peer;

/// How long a failure counts, in milliseconds: ten minutes.
pub(super) const WINDOW: u64 = 600_000;
/// Failures of one address after which it is refused; no record holds more.
pub(super) const MOST: usize = 20;
/// Places of a table are `BUCKETS * WAYS`: 8,192 addresses, and as many names.
const BUCKETS: usize = 1_024;
const WAYS: usize = 8;

/// Turns addresses and names into keys of the tables, which nobody else can do.
#[derive(Debug, Default)]
pub(super) struct Keys(RandomState);

/// Where a login comes from and what name it gives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    /// None for a peer without an address, that is, whatever stands before a Unix socket: it would be
    /// refused for all of its clients.
    address: Option<u64>,
    name: u64,
}

/// Counts failed logins.
#[derive(Debug, Default)]
pub(super) struct Failures {
    addresses: Table,
    names: Table,
}

#[derive(Debug)]
struct Table(Vec<Vec<Record>>);

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

impl Failures {
    /// How long this address is still refused, if it is.
    pub(super) fn refused(&mut self, origin: Origin, now: u64) -> Option<Duration> {
        let record = self.addresses.find(origin.address?, now)?;
        let oldest = record.failures.front()?.at;
        (record.failures.len() >= MOST).then(|| Duration::from_millis(oldest + WINDOW - now))
    }

    /// Whether so much has been tried at this name that a refused address may not log in by it either.
    pub(super) fn is_guessed_at(&mut self, origin: Origin, now: u64) -> bool {
        self.names.find(origin.name, now).is_some_and(|record| record.failures.len() >= MOST)
    }

    /// Counts what a refused address has tried: at the name only, so that the refusal comes to its end
    /// however often a forgotten client tries again.
    pub(super) fn count_refused(&mut self, origin: Origin, now: u64) {
        self.names.add(origin.name, origin.address.unwrap_or_default(), now);
    }

    /// Counts a failure. Tells how many there are now, of this address or at this name, whichever is
    /// more.
    pub(super) fn count(&mut self, origin: Origin, now: u64) -> u32 {
        let by_name = self.names.add(origin.name, origin.address.unwrap_or_default(), now);
        let by_address = origin.address.map(|address| self.addresses.add(address, origin.name, now));
        u32::try_from(by_address.unwrap_or_default().max(by_name)).unwrap_or(u32::MAX)
    }

    /// Forgets the failures of this address at this name.
    pub(super) fn forget(&mut self, origin: Origin, now: u64) {
        let address = origin.address.unwrap_or_default();
        for (table, key, with) in
            [(&mut self.addresses, address, origin.name), (&mut self.names, origin.name, address)]
        {
            if let Some(record) = table.find(key, now) {
                record.failures.retain(|failure| failure.with != with);
            }
        }
    }
}

impl Default for Table {
    fn default() -> Self {
        Self((0..BUCKETS).map(|_| Vec::new()).collect())
    }
}

impl Table {
    /// The places that a key may have.
    fn bucket(&mut self, key: u64) -> Option<&mut Vec<Record>> {
        self.0.get_mut(key as usize % BUCKETS)
    }

    fn find(&mut self, key: u64, now: u64) -> Option<&mut Record> {
        let record = self.bucket(key)?.iter_mut().find(|record| record.key == key)?;
        record.age(now);
        Some(record)
    }

    /// Adds a failure to a key's record and tells how many it holds.
    fn add(&mut self, key: u64, with: u64, now: u64) -> usize {
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
        if record.failures.len() == MOST {
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
    fn an_address_is_refused_until_its_failures_age_out() {
        let (keys, mut failures) = (Keys::default(), Failures::default());
        let origin = |name: &str| keys.origin(peer("192.0.2.1"), name.as_bytes());
        for minute in 0..MOST as u64 {
            assert_eq!(failures.refused(origin("ada"), minute), None, "failure {minute}");
            failures.count(origin(&minute.to_string()), minute);
        }
        for (now, expected, why) in [
            (MINUTE, Some(9 * MINUTE), "until the first of them is ten minutes old"),
            (WINDOW - 1, Some(1), "a millisecond before"),
            (WINDOW, None, "one has aged out"),
        ] {
            let refused = failures.refused(origin("ada"), now);
            assert_eq!(refused, expected.map(Duration::from_millis), "{why}");
        }
        assert_eq!(failures.refused(keys.origin(peer("192.0.2.2"), b"ada"), MINUTE), None, "another address");
        failures.count(origin("ada"), WINDOW);
        assert_eq!(failures.refused(origin("ada"), WINDOW), Some(Duration::from_millis(1)), "one more");
    }

    #[test]
    fn what_a_refused_address_tries_counts_at_the_name_only() {
        let (keys, mut failures) = (Keys::default(), Failures::default());
        let origin = |name: &str| keys.origin(peer("192.0.2.1"), name.as_bytes());
        for _ in 0..MOST {
            failures.count(origin("bob"), 0);
        }
        for tried in 0..MOST {
            assert!(!failures.is_guessed_at(origin("ada"), 0), "{tried}");
            failures.count_refused(origin("ada"), MINUTE);
        }
        assert!(failures.is_guessed_at(origin("ada"), MINUTE));
        assert_eq!(failures.refused(origin("ada"), WINDOW), None, "the refusal ends with its failures");
        assert!(!failures.is_guessed_at(origin("ada"), MINUTE + WINDOW), "and so does this");
    }

    #[test]
    fn names_and_unix_sockets_are_never_refused() {
        let (keys, mut failures) = (Keys::default(), Failures::default());
        for n in 0..2 * MOST as u32 {
            let slowed = failures.count(keys.origin(Peer::Unix, b"ada"), 0);
            assert_eq!(slowed, (n + 1).min(MOST as u32), "counted by name");
        }
        assert_eq!(failures.refused(keys.origin(Peer::Unix, b"ada"), 0), None);
        assert_eq!(failures.refused(keys.origin(peer("192.0.2.1"), b"ada"), 0), None);
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
        let mut table = Table::default();
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
        for _ in 0..MOST {
            failures.count(attacker, 0);
        }
        for n in 0..100_000_u32 {
            let other = std::net::IpAddr::from(std::net::Ipv4Addr::from(n << 8));
            failures.count(keys.origin(Peer::Inet((other, 1).into()), &n.to_be_bytes()), 1);
        }
        assert!(failures.refused(attacker, 1).is_some());
        let held: usize = failures.addresses.0.iter().map(Vec::len).max().unwrap();
        assert_eq!(held, WAYS, "the table has not grown");
    }
}
