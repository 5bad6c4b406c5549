//! Login decisions: cached passwords, hashing, and the delay of wrong logins.
//!
//! # What the response time reveals
//!
//! Neither whether a name exists nor how its password is stored:
//!
//! - A wrong login does the same work for every name: one Argon2id run for each cost among the accounts. For
//!   a name with a hash, one run uses that hash; the other runs, and all of them for an unknown name or one
//!   of `--user`, use another hash of that cost, and their result is discarded. If no account has a hash, no
//!   login runs any.
//! - The answer to a wrong login is due at a time that is counted from the login's arrival and depends on
//!   earlier failures, which are counted for unknown names as well. So even the nanoseconds of a table lookup
//!   are hidden, unless hashing takes longer than the delay.
//! - [`Denied::TooMany`] depends on earlier failures of the address, at the name and at others, whether or
//!   not the name exists; [`Denied::Busy`] depends on the queue.
//! - A correct login is answered sooner, and a cached one even if the address is refused. Only a client that
//!   knows the password can observe this.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::failures::{Failures, Keys, LoginOrigin, MAX_DELAYS, PAIR_LIMIT, Refused};
use super::password::{self, Hash, ProcessKey, Tag};
use super::{Denied, TokenHash, User, UserSecret, UsersFault};
use crate::net::budget::{self, MemoryUse, Reservation};
use crate::net::clock;
use crate::net::offload::{Busy, Share, Turn};
use crate::net::peer::Peer;

/// How long a verified password is cached, in milliseconds: five minutes.
const REMEMBERED: u64 = 300_000;
/// Addresses of correct logins that are remembered; their next logins are hashed first.
const KNOWN: usize = 1_024;
/// Different costs among the hashes; a wrong login pays for each.
pub(super) const COSTS: usize = 4;

pub(super) struct Logins {
    accounts: Vec<Account>,
    /// Indexes of `accounts`.
    names: HashMap<Box<[u8]>, usize>,
    /// Indexes of `accounts`.
    tokens: HashMap<TokenHash, usize>,
    /// One hash of each cost.
    decoys: Vec<Hash>,
    key: ProcessKey,
    /// The key of session tokens.
    token_key: ProcessKey,
    keys: Keys,
    memory: Mutex<Memory>,
    /// Memory for hashing; each hash being computed uses one.
    hash_memory: Vec<Mutex<password::Memory>>,
    _reserved: Option<Reservation>,
}

struct Account {
    user: Arc<User>,
    kept: StoredSecret,
}

enum StoredSecret {
    Tag(Tag),
    Hash(Hash),
}

/// State that each login locks for a moment.
struct Memory {
    /// The last verified login of each account; nothing else is cached, so it cannot grow.
    verified: Vec<Option<Verified>>,
    failures: Failures,
    /// The addresses of the latest correct logins.
    known: VecDeque<u64>,
}

struct Verified {
    user: Arc<User>,
    tag: Tag,
    until: u64,
    /// Wrong passwords that refused addresses sent for this account.
    guesses: usize,
}

impl Memory {
    /// The user, if the same name and password were verified recently.
    fn recall(&self, attempt: &Attempt, now: u64) -> Option<Arc<User>> {
        let verified = self.verified.get(attempt.account?)?.as_ref()?;
        let is_known = verified.until > now && verified.tag == attempt.tag;
        is_known.then(|| Arc::clone(&verified.user))
    }

    /// Like [`Self::recall`], for a refused address. Too many wrong passwords for an account end its cached
    /// login at that address.
    fn recall_at_refused_address(&mut self, attempt: &Attempt, now: u64) -> Option<Arc<User>> {
        let known = self.recall(attempt, now);
        let verified = self.verified.get_mut(attempt.account?)?.as_mut()?;
        if known.is_none() {
            verified.guesses += 1;
        }
        known.filter(|_| verified.guesses < PAIR_LIMIT)
    }
}

struct Attempt {
    origin: LoginOrigin,
    account: Option<usize>,
    tag: Tag,
}

#[derive(Debug)]
enum Outcome {
    Answered(Result<Arc<User>, Denied>),
    /// With the number of failures that determine the delay; [`Denied::Wrong`] follows after the delay.
    Wrong(u32),
}

impl fmt::Debug for Logins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Logins(..)")
    }
}

impl Logins {
    pub(super) fn new(users: Vec<(User, UserSecret)>) -> Result<Self, UsersFault> {
        let key = ProcessKey::new()?;
        let (mut accounts, mut names, mut decoys) = (Vec::new(), HashMap::new(), Vec::<Hash>::new());
        let mut tokens = HashMap::new();
        for (user, secret) in users {
            for token in user.tokens() {
                if tokens.insert(*token, accounts.len()).is_some_and(|other| other != accounts.len()) {
                    return Err(UsersFault::TokenTwice(user.shown_name()));
                }
            }
            if names.insert(user.name().into(), accounts.len()).is_some() {
                return Err(UsersFault::Twice(user.shown_name()));
            }
            let kept = match secret {
                UserSecret::Password(password) if password.is_empty() => {
                    return Err(UsersFault::NoPassword(user.shown_name()));
                }
                UserSecret::Password(password) => {
                    StoredSecret::Tag(key.tag(user.name(), password.as_bytes()))
                }
                UserSecret::Hash(hash) => {
                    if hash.memory() > budget::limits().largest {
                        return Err(UsersFault::Memory { user: user.shown_name(), mib: hash.memory() >> 20 });
                    }
                    if !decoys.iter().any(|decoy| decoy.cost() == hash.cost()) {
                        decoys.push(hash.clone());
                    }
                    StoredSecret::Hash(hash)
                }
            };
            accounts.push(Account { user: Arc::new(user), kept });
        }
        if decoys.len() > COSTS {
            return Err(UsersFault::Costs);
        }
        let largest = decoys.iter().map(Hash::memory).max().unwrap_or_default();
        // As many at the same time as fit into the memory beside the budget.
        let hashes = (budget::limits().largest / largest.max(1)).clamp(1, Share::Hashing.threads());
        let reserved = budget::reserve(MemoryUse::Hashing, hashes * largest, None).ok();
        let verified = accounts.iter().map(|_| None).collect();
        Ok(Self {
            accounts,
            names,
            tokens,
            decoys,
            key,
            token_key: ProcessKey::new()?,
            keys: Keys::default(),
            memory: Mutex::new(Memory { verified, failures: Failures::default(), known: VecDeque::new() }),
            hash_memory: (0..hashes).map(|_| Mutex::default()).collect(),
            _reserved: reserved,
        })
    }

    /// Other accounts, with the failures, addresses and session tokens of these.
    pub(super) fn with_accounts(&self, users: Vec<(User, UserSecret)>) -> Result<Self, UsersFault> {
        let mut logins = Self::new(users)?;
        (logins.token_key, logins.keys) = (self.token_key.clone(), self.keys.clone());
        {
            let (mut new, mut old) = (logins.memory(), self.memory());
            new.failures = std::mem::take(&mut old.failures);
            new.known = std::mem::take(&mut old.known);
        }
        Ok(logins)
    }

    pub(super) fn users(&self) -> Vec<Arc<User>> {
        self.accounts.iter().map(|account| Arc::clone(&account.user)).collect()
    }

    pub(super) fn user(&self, name: &[u8]) -> Option<Arc<User>> {
        let account = self.accounts.get(*self.names.get(name)?)?;
        Some(Arc::clone(&account.user))
    }

    /// The time of the lookup reveals nothing about a token: it depends on its hash.
    pub(super) fn user_of_token(&self, token: TokenHash) -> Option<Arc<User>> {
        let account = self.accounts.get(*self.tokens.get(&token)?)?;
        Some(Arc::clone(&account.user))
    }

    /// The MAC of a session token.
    pub(super) fn mac(&self, message: &[u8]) -> Vec<u8> {
        self.token_key.mac(message)
    }

    /// Whether this is the MAC of a session token; compared in constant time.
    pub(super) fn is_mac(&self, message: &[u8], mac: &[u8]) -> bool {
        self.token_key.is_mac(message, mac)
    }

    pub(super) async fn login(
        self: &Arc<Self>,
        name: &[u8],
        password: &[u8],
        from: Peer,
        delay: Duration,
    ) -> Result<Arc<User>, Denied> {
        let attempt = self.attempt(name, password, from);
        match self.recall(&attempt, clock::tick()) {
            Some(known) => known,
            // Boxed: a waiting session is as large as its largest state.
            None => {
                let turn = Share::Hashing.of(from.ip());
                let turn = if self.memory().known.contains(&attempt.origin.address()) {
                    turn.preferred()
                } else {
                    turn
                };
                Box::pin(self.judge(attempt, password.to_vec(), delay, turn)).await
            }
        }
    }

    fn attempt(&self, name: &[u8], password: &[u8], from: Peer) -> Attempt {
        let origin = self.keys.origin(from, name);
        Attempt { origin, account: self.names.get(name).copied(), tag: self.key.tag(name, password) }
    }

    /// The answer to a login that is cached or refused.
    fn recall(&self, attempt: &Attempt, now: u64) -> Option<Result<Arc<User>, Denied>> {
        let mut memory = self.memory();
        let retry_after = match memory.failures.refused(attempt.origin, now) {
            // Its failures are kept: otherwise a client that shares an address with a busy user could guess
            // that user's password without limit.
            None => return memory.recall(attempt, now).map(Ok),
            // A correct password is refused as well: it could be a guess.
            Some(Refused::Pair(retry_after)) => retry_after,
            // Other users who share the address keep their access.
            Some(Refused::Address(retry_after)) => match memory.recall_at_refused_address(attempt, now) {
                Some(known) => return Some(Ok(known)),
                None => retry_after,
            },
        };
        Some(Err(Denied::TooMany { retry_after }))
    }

    async fn judge(
        self: &Arc<Self>,
        attempt: Attempt,
        password: Vec<u8>,
        delay: Duration,
        turn: Turn,
    ) -> Result<Arc<User>, Denied> {
        let arrived = Instant::now();
        let needs_hashes = !self.decoys.is_empty() && !self.has_tag(&attempt);
        let logins = Arc::clone(self);
        // Once started it completes and counts, even if the session ends meanwhile.
        let work = move || {
            // Other logins were decided while this one waited.
            if let Some(known) = logins.recall(&attempt, clock::tick()) {
                return Ok(Outcome::Answered(known));
            }
            let mut memory = if needs_hashes { logins.hash_memory() } else { None };
            let user = logins.verify(&attempt, |hash| match &mut memory {
                Some(memory) => hash.verify(&password, memory),
                None => Err(argon2::Error::OutOfMemory),
            });
            if let Some(memory) = &mut memory {
                memory.trim();
            }
            let user = user?;
            Ok(logins.settle(&attempt, user, clock::tick()))
        };
        let outcome = match needs_hashes {
            true => turn.run(work).await.map_err(|Busy| Denied::Busy)?,
            false => work(),
        };
        // Argon2 fails only for lack of memory.
        match outcome.map_err(|_: argon2::Error| Denied::Busy)? {
            Outcome::Answered(answer) => answer,
            Outcome::Wrong(failures) => {
                sleep_until(arrived + delay * failures.min(MAX_DELAYS)).await;
                Err(Denied::Wrong)
            }
        }
    }

    fn account(&self, attempt: &Attempt) -> Option<&Account> {
        self.accounts.get(attempt.account?)
    }

    /// Whether the tag is correct, which needs no hashing.
    fn has_tag(&self, attempt: &Attempt) -> bool {
        let kept = self.account(attempt).map(|account| &account.kept);
        matches!(kept, Some(StoredSecret::Tag(tag)) if *tag == attempt.tag)
    }

    /// The user with this password, after the work that the module's documentation describes.
    fn verify<E>(
        &self,
        attempt: &Attempt,
        mut is_of: impl FnMut(&Hash) -> Result<bool, E>,
    ) -> Result<Option<Arc<User>>, E> {
        let account = self.account(attempt);
        let (own, is_right) = match account.map(|account| &account.kept) {
            Some(StoredSecret::Hash(own)) => (Some(own), is_of(own)?),
            Some(StoredSecret::Tag(_)) | None => (None, self.has_tag(attempt)),
        };
        if is_right {
            return Ok(account.map(|account| Arc::clone(&account.user)));
        }
        for decoy in &self.decoys {
            if own.is_none_or(|own| own.cost() != decoy.cost()) {
                is_of(decoy)?;
            }
        }
        Ok(None)
    }

    /// Caches a correct login, or counts a wrong one.
    fn settle(&self, attempt: &Attempt, user: Option<Arc<User>>, now: u64) -> Outcome {
        let mut memory = self.memory();
        let Some(user) = user else {
            return Outcome::Wrong(memory.failures.count(attempt.origin, now));
        };
        memory.failures.forget(attempt.origin, now);
        let address = attempt.origin.address();
        memory.known.retain(|known| *known != address);
        memory.known.truncate(KNOWN - 1);
        memory.known.push_front(address);
        if let Some(verified) = attempt.account.and_then(|account| memory.verified.get_mut(account)) {
            let (user, tag) = (Arc::clone(&user), attempt.tag.clone());
            *verified = Some(Verified { user, tag, until: now + REMEMBERED, guesses: 0 });
        }
        Outcome::Answered(Ok(user))
    }

    /// Memory that is not in use. Waits if there is less of it than there are threads.
    fn hash_memory(&self) -> Option<MutexGuard<'_, password::Memory>> {
        let free = self.hash_memory.iter().find_map(|memory| memory.try_lock().ok());
        let first = || Some(self.hash_memory.first()?.lock().unwrap_or_else(PoisonError::into_inner));
        free.or_else(first)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
