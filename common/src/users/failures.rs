//! Failed logins of the last ten minutes, counted by address, by name, and by both. This module neither
//! decides logins nor waits; the time is an argument.
//!
//! | counted | limit | then |
//! | --- | --- | --- |
//! | an address at one name | [`PAIR_LIMIT`] | every login of that address by that name is refused |
//! | an address | [`ADDRESS_LIMIT`], or [`NAMES_LIMIT`] names | its other logins too, unless verified recently |
//! | a name | none | logins are only delayed: a lock would let anyone lock the owner out |
//!
//! Many users can share an address (NAT, a reverse proxy), so the failures of one must not lock out the
//! others. A peer without an address (a Unix socket) is counted by name, as if each name had its own address.
//!
//! A refused login is not counted, so a refusal expires even if a forgotten client keeps retrying.
//!
//! A correct login clears the failures of its address at its name only, so logging in to one account does not
//! help to guess the passwords of others.
//!
//! # Full tables
//! Each table has a fixed number of records; an attacker may have more addresses than that, and any number of
//! names. A keyed hash assigns each key to a bucket. In a full bucket, a new key displaces the record with
//! the fewest failures **and inherits these**, so no flood of other addresses or names erases failures.
//! During such a flood, a user's first mistake may count as the last one allowed; a correct password is never
//! refused for it, since only failed logins are recorded. Together the tables take at most 10 MB, after
//! 800,000 failures within ten minutes.

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

/// Hashes addresses and names, under a random key, to keys of the tables.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys(RandomState);

/// The hashed address and name of a login.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoginOrigin {
    address: u64,
    name: u64,
    pair: u64,
}

/// Why a login is refused without checking its password, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The address has failed too often at this name.
    Pair(Duration),
    /// The address has failed too often, or at too many names.
    Address(Duration),
}

#[derive(Debug)]
pub(super) struct Failures {
    pairs: Table,
    addresses: Table,
    names: Table,
}

#[derive(Debug)]
struct Table {
    buckets: Vec<Vec<Record>>,
    /// The most failures that a record stores: the latest ones.
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
    /// A fragment of the name's key in the table of addresses, of the address's key in the table of names.
    with: u32,
}

impl LoginOrigin {
    /// The key of the address.
    pub(super) fn address(self) -> u64 {
        self.address
    }
}

impl Keys {
    pub(super) fn origin(&self, from: Peer, name: &[u8]) -> LoginOrigin {
        let network = from.ip().map(network);
        // A peer without an address is counted by name.
        let address = self.0.hash_one((network, network.is_none().then_some(name)));
        LoginOrigin { address, name: self.0.hash_one(name), pair: self.0.hash_one((address, name)) }
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
    pub(super) fn refused(&mut self, origin: LoginOrigin, now: u64) -> Option<Refused> {
        let now = seconds(now);
        let left = |table: &mut Table, key| {
            let most = table.most;
            let until = table.find(key, now)?.refused_until(most)?;
            Some(Duration::from_secs(until.saturating_sub(now).into()))
        };
        let pair = left(&mut self.pairs, origin.pair).map(Refused::Pair);
        pair.or_else(|| left(&mut self.addresses, origin.address).map(Refused::Address))
    }

    /// Counts a failure. Returns the larger of the failures of this address and at this name; of the latter
    /// at most [`MAX_DELAYS`] are stored.
    pub(super) fn count(&mut self, origin: LoginOrigin, now: u64) -> u32 {
        let now = seconds(now);
        self.pairs.add(origin.pair, 0, now);
        let by_address = self.addresses.add(origin.address, fragment(origin.name), now);
        let by_name = self.names.add(origin.name, fragment(origin.address), now);
        u32::try_from(by_address.max(by_name)).unwrap_or(u32::MAX)
    }

    pub(super) fn forget(&mut self, origin: LoginOrigin, now: u64) {
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

/// Seconds fit in 32 bits: the clock started at most some years ago.
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

    fn bucket(&mut self, key: u64) -> Option<&mut Vec<Record>> {
        let index = key as usize % self.buckets.len();
        self.buckets.get_mut(index)
    }

    fn find(&mut self, key: u64, now: u32) -> Option<&mut Record> {
        let record = self.bucket(key)?.iter_mut().find(|record| record.key == key)?;
        record.age(now);
        Some(record)
    }

    /// Adds a failure to a key's record and returns their number.
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
    /// Drops expired failures.
    fn age(&mut self, now: u32) {
        while self.failures.front().is_some_and(|failure| failure.at + WINDOW <= now) {
            self.failures.pop_front();
        }
    }

    /// The time at which the record falls below both limits: `most` failures, and [`NAMES_LIMIT`] names.
    /// `None`: it is below.
    fn refused_until(&self, most: usize) -> Option<u32> {
        if self.failures.len() < most.min(NAMES_LIMIT) {
            return None;
        }
        // The latest failures expire last, so the one among them that reaches a limit decides.
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
mod tests;
