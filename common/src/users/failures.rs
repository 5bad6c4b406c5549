//! Failed logins of the last ten minutes, counted by address, by name, and by both. It decides no login and
//! waits for nothing; the time is an argument.
//!
//! | counted | limit | then |
//! | --- | --- | --- |
//! | an address at one name | [`PAIR_LIMIT`] | every login of that address by that name is refused |
//! | an address | [`ADDRESS_LIMIT`], or [`NAMES_LIMIT`] names | so is every other, unless it was verified lately |
//! | a name | none | only slowed down: a lock would let anybody keep its owner out |
//!
//! Many people can share an address (NAT, a reverse proxy), so what one of them does wrong must not lock out
//! the others. A peer without an address (a Unix socket) is counted by the name alone, as if each name had an
//! address of its own.
//!
//! A refused login is not counted here, so a refusal ends however often a forgotten client tries again.
//!
//! A right login forgets the failures of its address at its name; those at other names stay, so an account
//! of one's own does not help to guess at those of others.
//!
//! # Full tables
//! Each table has a fixed number of records, and an attacker may have more addresses than that, and any
//! number of names. A key is assigned to a bucket by a hash that nobody outside can compute. In a full bucket
//! a new key displaces the record with the fewest failures **and inherits these**. So no number of other
//! addresses or names erases a record: the failures that were there are held against the next one to fail. In
//! such a flood a stranger's first mistake may count as the last; a right password is never refused for it,
//! since only those who failed are recorded here. Together the tables take at most 10 MB, after 800,000 failures
//! within ten minutes.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::net::limits::network;
use crate::net::peer::Peer;

/// How long a failure counts, in seconds.
const WINDOW: u32 = 600;
/// Failures of one address at one name after which that pair is refused.
pub(super) const PAIR_LIMIT: usize = 20;
/// Failures of one address after which it is refused.
const ADDRESS_LIMIT: usize = 200;
/// Different names at which one address may fail before it is refused.
const NAMES_LIMIT: usize = 20;
/// Failures that delay a login further. A name's record keeps no more.
pub(super) const MAX_DELAYS: u32 = 5;
/// Records of a bucket; a table of 512 buckets has 4,096 records.
const WAYS: usize = 8;

/// Turns addresses and names into keys of the tables, which nobody else can do.
#[derive(Debug, Default)]
pub(super) struct Keys(RandomState);

/// Where a login comes from and what name it gives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    address: u64,
    name: u64,
    pair: u64,
}

/// Why a login is refused unseen, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The address has failed too often at this name.
    Pair(Duration),
    /// The address has failed too often, or at too many names.
    Address(Duration),
}

/// Counts failed logins.
#[derive(Debug)]
pub(super) struct Failures {
    pairs: Table,
    addresses: Table,
    names: Table,
}

#[derive(Debug)]
struct Table {
    buckets: Vec<Vec<Record>>,
    /// Failures that a record keeps: the latest.
    most: usize,
}

#[derive(Debug)]
struct Record {
    key: u64,
    /// The oldest first.
    failures: VecDeque<Failure>,
}

/// Small, since an attacker can fill the tables.
#[derive(Debug)]
struct Failure {
    /// In seconds.
    at: u32,
    /// In the table of addresses a name, and the other way round.
    with: u32,
}

impl Keys {
    pub(super) fn origin(&self, from: Peer, name: &[u8]) -> Origin {
        let network = from.ip().map(network);
        // Without an address each name is one.
        let address = self.0.hash_one((network, network.is_none().then_some(name)));
        Origin { address, name: self.0.hash_one(name), pair: self.0.hash_one((address, name)) }
    }
}

impl Default for Failures {
    fn default() -> Self {
        Self {
            pairs: Table::new(1_024, PAIR_LIMIT),
            // Its records are the largest: 2 KB.
            addresses: Table::new(512, ADDRESS_LIMIT),
            names: Table::new(1_024, MAX_DELAYS as usize),
        }
    }
}

/// `now` is in milliseconds, on a clock that never goes back.
impl Failures {
    /// Whether this login is refused unseen.
    pub(super) fn refused(&mut self, origin: Origin, now: u64) -> Option<Refused> {
        let now = seconds(now);
        let left = |table: &mut Table, key| {
            let most = table.most;
            let until = table.find(key, now)?.refused_until(most)?;
            Some(Duration::from_secs(until.saturating_sub(now).into()))
        };
        let pair = left(&mut self.pairs, origin.pair).map(Refused::Pair);
        pair.or_else(|| left(&mut self.addresses, origin.address).map(Refused::Address))
    }

    /// Counts a failure. Returns how many there are now of this address or at this name, whichever is more.
    /// Of those at the name at most [`MAX_DELAYS`] are known.
    pub(super) fn count(&mut self, origin: Origin, now: u64) -> u32 {
        let now = seconds(now);
        self.pairs.add(origin.pair, 0, now);
        let by_address = self.addresses.add(origin.address, fragment(origin.name), now);
        let by_name = self.names.add(origin.name, fragment(origin.address), now);
        u32::try_from(by_address.max(by_name)).unwrap_or(u32::MAX)
    }

    /// Forgets the failures of this address at this name.
    pub(super) fn forget(&mut self, origin: Origin, now: u64) {
        for (table, key, with) in [
            (&mut self.pairs, origin.pair, 0),
            (&mut self.addresses, origin.address, fragment(origin.name)),
            (&mut self.names, origin.name, fragment(origin.address)),
        ] {
            if let Some(record) = table.find(key, seconds(now)) {
                record.failures.retain(|failure| failure.with != with);
            }
        }
    }
}

/// A coarser time in fewer bytes: the clock's start is at most some years ago.
fn seconds(milliseconds: u64) -> u32 {
    u32::try_from(milliseconds / 1_000).unwrap_or(u32::MAX)
}

/// Half of a key. Two that agree in it by chance are counted as one.
fn fragment(key: u64) -> u32 {
    (key >> 32) as u32
}

impl Table {
    fn new(buckets: usize, most: usize) -> Self {
        Self { buckets: (0..buckets).map(|_| Vec::new()).collect(), most }
    }

    /// Where the record of a key may be.
    fn bucket(&mut self, key: u64) -> Option<&mut Vec<Record>> {
        let index = key as usize % self.buckets.len();
        self.buckets.get_mut(index)
    }

    fn find(&mut self, key: u64, now: u32) -> Option<&mut Record> {
        let record = self.bucket(key)?.iter_mut().find(|record| record.key == key)?;
        record.age(now);
        Some(record)
    }

    /// Adds a failure to a key's record and returns how many it has.
    fn add(&mut self, key: u64, with: u32, now: u32) -> usize {
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
    fn age(&mut self, now: u32) {
        while self.failures.front().is_some_and(|failure| failure.at + WINDOW <= now) {
            self.failures.pop_front();
        }
    }

    /// When it will be below both limits: `most` failures, and [`NAMES_LIMIT`] names. `None`: it is.
    fn refused_until(&self, most: usize) -> Option<u32> {
        if self.failures.len() < most.min(NAMES_LIMIT) {
            return None;
        }
        // The latest failures are the last to age out: what reaches a limit among them ends it.
        let mut names = Vec::with_capacity(NAMES_LIMIT);
        let mut latest = self.failures.iter().rev().zip(1..);
        let (last, _) = latest.find(|(failure, count)| {
            if !names.contains(&failure.with) {
                names.push(failure.with);
            }
            *count == most || names.len() == NAMES_LIMIT
        })?;
        Some(last.at + WINDOW)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In milliseconds.
    const MINUTE: u64 = 60_000;

    fn peer(ip: &str) -> Peer {
        match ip {
            "unix" => Peer::Unix,
            ip => Peer::Inet((ip.parse::<std::net::IpAddr>().unwrap(), 1_024).into()),
        }
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
            ("unix", "ada", 2, "the second at the name"),
            ("unix", "gus", 1, "not of one address with the one before"),
        ] {
            assert_eq!(
                failures.count(keys.origin(peer(ip), name.as_bytes()), 0),
                expected,
                "{ip} {name}: {why}"
            );
        }
    }

    #[test]
    fn pairs_and_addresses_have_limits() {
        // Who failed, at how many names, and how often at each.
        type Failed = &'static [(&'static str, usize, usize)];
        type Case = (Failed, &'static str, &'static str, Option<&'static str>, &'static str);
        let (pair, address) = (Some("pair"), Some("address"));
        let cases: [Case; 17] = [
            (&[("192.0.2.1", 1, 19)], "192.0.2.1", "0", None, "below the limit"),
            (&[("192.0.2.1", 1, 20)], "192.0.2.1", "0", pair, "the pair"),
            (&[("192.0.2.1", 1, 20)], "192.0.2.1", "1", None, "another user behind the same address"),
            (&[("192.0.2.1", 1, 20)], "192.0.2.2", "0", None, "the same user from elsewhere"),
            (&[("192.0.2.1", 19, 1)], "192.0.2.1", "new", None, "below the limit of names"),
            (&[("192.0.2.1", 20, 1)], "192.0.2.1", "new", address, "the limit of names"),
            (&[("192.0.2.1", 20, 1)], "192.0.2.2", "new", None, "another address"),
            (&[("192.0.2.1", 10, 19)], "192.0.2.1", "new", None, "190 failures"),
            (&[("192.0.2.1", 11, 19)], "192.0.2.1", "new", address, "more than 200"),
            (&[("192.0.2.1", 10, 20)], "192.0.2.1", "0", pair, "both: the stricter one"),
            (&[("2001:db8::1", 1, 20)], "2001:db8::2", "0", pair, "the same network"),
            (&[("2001:db8::1", 20, 1)], "2001:db8:0:1::1", "new", None, "another network"),
            (&[("unix", 1, 19)], "unix", "0", None, "below the limit"),
            (&[("unix", 1, 20)], "unix", "0", pair, "without an address the name counts"),
            (&[("unix", 1, 20)], "192.0.2.1", "0", None, "but not where there is one"),
            (&[("unix", 50, 10)], "unix", "new", None, "names are all that counts there"),
            (&[("192.0.2.1", 1, 10), ("192.0.2.2", 1, 10)], "192.0.2.1", "0", None, "a name has no limit"),
        ];
        for (failed, ip, name, expected, why) in cases {
            let (keys, mut failures) = (Keys::default(), Failures::default());
            for (ip, names, each) in failed {
                for name in 0..*names {
                    let origin = keys.origin(peer(ip), name.to_string().as_bytes());
                    for _ in 0..*each {
                        failures.count(origin, 0);
                    }
                }
            }
            let refused = failures.refused(keys.origin(peer(ip), name.as_bytes()), 0).map(|by| match by {
                Refused::Pair(_) => "pair",
                Refused::Address(_) => "address",
            });
            assert_eq!(refused, expected, "{failed:?}, then {ip} {name}: {why}");
        }
    }

    #[test]
    fn a_refusal_ends_when_enough_failures_have_aged_out() {
        let seconds = Duration::from_secs;
        // Names are given in turns, one failure a second.
        for (failed, names, now, expected, why) in [
            (20, 1, MINUTE, Some(Refused::Pair(seconds(540))), "until the first is ten minutes old"),
            (20, 1, 599_999, Some(Refused::Pair(seconds(1))), "the last second"),
            (20, 1, 600_000, None, "one has aged out"),
            (20, 20, MINUTE, Some(Refused::Address(seconds(540))), "until the first name is forgotten"),
            (30, 20, MINUTE, Some(Refused::Address(seconds(550))), "ten of the names came again later"),
            (30, 20, 610_000, None, "the eleventh name is forgotten"),
            (210, 11, 5 * MINUTE, Some(Refused::Address(seconds(310))), "until 199 are left"),
            (210, 11, 610_000, None, "199 are left"),
        ] {
            let (keys, mut failures) = (Keys::default(), Failures::default());
            let origin = |name: usize| keys.origin(peer("192.0.2.1"), name.to_string().as_bytes());
            for failure in 0..failed {
                failures.count(origin(failure % names), failure as u64 * 1_000);
            }
            let asked = if names == 1 { 0 } else { names };
            assert_eq!(failures.refused(origin(asked), now), expected, "{failed} at {names}, {now}: {why}");
        }
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
        let ada = keys.origin(here, b"ada");
        for _ in 0..PAIR_LIMIT {
            failures.count(ada, 0);
        }
        failures.forget(ada, 0);
        assert_eq!(failures.refused(ada, 0), None, "the pair's, too");
    }

    #[test]
    fn a_full_bucket_hands_failures_on() {
        let mut table = Table::new(16, 20);
        let key = |n: usize| (n * 16) as u64;
        for n in 0..WAYS {
            for _ in 0..n + 3 {
                table.add(key(n), 0, 0);
            }
        }
        for (n, expected, why) in [
            (WAYS, 4, "the fewest were 3, and this"),
            (WAYS + 1, 5, "now they are 4: the first two"),
            (0, 5, "a displaced key has gained nothing when it comes back"),
            (WAYS - 1, WAYS + 3, "a record with more is kept"),
        ] {
            assert_eq!(table.add(key(n), 0, 1), expected, "{why}");
            assert_eq!(table.bucket(0).map(|bucket| bucket.len()), Some(WAYS), "{why}");
        }
        assert_eq!(table.add(key(99), 0, WINDOW + 1), 1, "records whose failures have aged out are removed");
        assert_eq!(table.bucket(0).map(|bucket| bucket.len()), Some(1));
    }

    #[test]
    fn a_flood_of_addresses_erases_nothing() {
        for (names, each, why) in [(1, PAIR_LIMIT, "a pair"), (11, 19, "an address"), (40, 1, "names")] {
            let (keys, mut failures) = (Keys::default(), Failures::default());
            let attacker = |name: usize| keys.origin(peer("192.0.2.1"), name.to_string().as_bytes());
            for name in 0..names {
                for _ in 0..each {
                    failures.count(attacker(name), 0);
                }
            }
            for n in 0..40_000_u32 {
                let other = std::net::IpAddr::from(std::net::Ipv4Addr::from(n << 8));
                failures.count(keys.origin(Peer::Inet((other, 1).into()), &n.to_be_bytes()), 1);
            }
            assert!(failures.refused(attacker(0), 1).is_some(), "{why}");
            for table in [&failures.pairs, &failures.addresses, &failures.names] {
                let held = table.buckets.iter().map(Vec::len).max().unwrap();
                assert_eq!(held, WAYS, "the table has not grown");
            }
        }
    }
}
