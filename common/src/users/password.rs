//! Passwords: stored as Argon2id hashes ([RFC 9106](https://www.rfc-editor.org/rfc/rfc9106)), and cached in
//! this process as keyed hashes (HMAC-SHA-256, [RFC 2104](https://www.rfc-editor.org/rfc/rfc2104)). No
//! account holds the password itself.

use std::fmt;
use std::io;
use std::str::FromStr;

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use hmac::digest::CtOutput;
use hmac::{Hmac, KeyInit, Mac};
use rustix::rand::{GetRandomFlags, getrandom};
use sha2::Sha256;

/// The most memory that verifying a hash may take, in KiB: 1 GiB.
pub const MAX_MEMORY: u32 = 1 << 20;
/// The most passes over that memory.
pub const MAX_PASSES: u32 = 16;

/// An Argon2id hash in the PHC string format: `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`.
#[derive(Clone)]
pub struct Hash {
    phc: Box<PasswordHash>,
    params: Params,
}

/// Why a text is not accepted as a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashRule {
    /// Another function or version, parameters besides m, t and p, or a missing part.
    #[error("this is no Argon2id hash ($argon2id$v=19$m=...)")]
    NotArgon2id,
    /// Over [`MAX_MEMORY`] or [`MAX_PASSES`]: clients could make the server compute that long.
    #[error("the hash takes more than 1 GiB or 16 passes to verify")]
    TooCostly,
}

impl FromStr for Hash {
    type Err = HashRule;

    fn from_str(text: &str) -> Result<Self, HashRule> {
        let phc = PasswordHash::new(text).map_err(|_| HashRule::NotArgon2id)?;
        let params = Params::try_from(&phc).map_err(|_| HashRule::NotArgon2id)?;
        let is_argon2id = phc.algorithm == ARGON2ID_IDENT && phc.version == Some(Version::V0x13.into());
        let is_whole = phc.salt.is_some() && phc.hash.is_some();
        // Both need a secret or data that the server does not have, so no password would match.
        let is_plain = params.keyid().is_empty() && params.data().is_empty();
        if !(is_argon2id && is_whole && is_plain) {
            return Err(HashRule::NotArgon2id);
        }
        if params.m_cost() > MAX_MEMORY || params.t_cost() > MAX_PASSES {
            return Err(HashRule::TooCostly);
        }
        Ok(Self { phc: Box::new(phc), params })
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hash").field("cost", &self.cost()).finish_non_exhaustive()
    }
}

impl Hash {
    /// Hashes a password with a new salt and the parameters that OWASP recommends: 19 MiB, two passes, one
    /// lane.
    pub fn of(password: &[u8]) -> io::Result<Self> {
        let phc = Argon2::default().hash_password_with_salt(password, &random::<16>()?);
        let phc = phc.map_err(io::Error::other)?;
        Ok(Self { phc: Box::new(phc), params: Params::DEFAULT })
    }

    /// The cost of verifying it: memory in KiB, passes, lanes.
    pub(super) fn cost(&self) -> (u32, u32, u32) {
        (self.params.m_cost(), self.params.t_cost(), self.params.p_cost())
    }

    /// The memory that verifying it takes, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.params.block_count() * Block::SIZE
    }

    /// Whether the password is the one that was hashed. Blocks; the comparison takes constant time.
    pub(super) fn verify(&self, password: &[u8], memory: &mut Memory) -> Result<bool, argon2::Error> {
        let (Some(salt), Some(expected)) = (&self.phc.salt, &self.phc.hash) else { return Ok(false) };
        let blocks = memory.blocks(self.params.block_count())?;
        let mut computed = vec![0; expected.len()];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        argon2.hash_password_into_with_memory(password, salt, &mut computed, blocks)?;
        Ok(Output::new(&computed).is_ok_and(|computed| computed == *expected))
    }
}

/// Memory for computing hashes, one after the other. Freed blocks would stay with glibc's allocator, once for
/// every thread that ever computed a hash.
#[derive(Debug, Default)]
pub(super) struct Memory(Vec<Block>);

impl Memory {
    /// The most blocks that are kept for the next hash (32 MiB). A larger allocation is always returned to
    /// the system, not to the allocator.
    const KEPT: usize = (32 << 20) / Block::SIZE;

    fn blocks(&mut self, count: usize) -> Result<&mut [Block], argon2::Error> {
        if self.0.len() < count {
            self.0.clear();
            self.0.try_reserve_exact(count).map_err(|_| argon2::Error::OutOfMemory)?;
            self.0.resize(count, Block::default());
        }
        self.0.get_mut(..count).ok_or(argon2::Error::OutOfMemory)
    }

    /// Frees a large allocation before a long wait.
    pub(super) fn trim(&mut self) {
        if self.0.len() > Self::KEPT {
            self.0 = Vec::new();
        }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.phc.fmt(f)
    }
}

/// A key under which this process recognizes passwords, or its own session tokens. It is random and never leaves the
/// process, so a [`Tag`] is of no use outside.
#[derive(Clone)]
pub(super) struct ProcessKey(Hmac<Sha256>);

/// A name and its password under the [`ProcessKey`]; compared in constant time.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Tag(CtOutput<Hmac<Sha256>>);

impl ProcessKey {
    pub(super) fn new() -> rustix::io::Result<Self> {
        // RFC 2104 section 3: a key as long as a block of the hash is used as it is.
        Ok(Self(Hmac::new(&random::<64>()?.into())))
    }

    pub(super) fn tag(&self, name: &[u8], password: &[u8]) -> Tag {
        // The length separates the two: "ab" and "c" differ from "a" and "bc".
        let length = (name.len() as u64).to_be_bytes();
        let hmac = self.0.clone().chain_update(length).chain_update(name).chain_update(password);
        Tag(hmac.finalize())
    }

    pub(super) fn mac(&self, message: &[u8]) -> Vec<u8> {
        self.0.clone().chain_update(message).finalize().into_bytes().to_vec()
    }

    /// Whether this is the MAC of a message; compared in constant time.
    pub(super) fn is_mac(&self, message: &[u8], mac: &[u8]) -> bool {
        self.0.clone().chain_update(message).verify_slice(mac).is_ok()
    }
}

fn random<const N: usize>() -> rustix::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    // Up to 256 bytes are returned whole (getrandom(2)).
    getrandom(&mut bytes, GetRandomFlags::empty())?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hash of `secret` at the lowest cost.
    const CHEAP: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$+RsCrdHrAKGEJIDLM0Esow";

    #[test]
    fn a_hash_is_argon2id_and_within_the_limits() {
        use HashRule::{NotArgon2id, TooCostly};
        for (text, expected, why) in [
            (CHEAP.to_owned(), Ok(()), "as others print them, too"),
            (CHEAP.replace("argon2id", "argon2i"), Err(NotArgon2id), "another variant"),
            (CHEAP.replace("v=19", "v=16"), Err(NotArgon2id), "the draft of 2015"),
            (CHEAP.replace("$v=19", ""), Err(NotArgon2id), "which means v=16"),
            (CHEAP.replace("p=1", "p=1,data=AAAA"), Err(NotArgon2id), "data that the server does not have"),
            (
                CHEAP.replace("p=1", "p=1,keyid=AAAA"),
                Err(NotArgon2id),
                "a secret that the server does not have",
            ),
            (CHEAP.replace("p=1", "p=0"), Err(NotArgon2id), "nothing to compute with"),
            (CHEAP.replace("m=8", "m=7"), Err(NotArgon2id), "less than 8 KiB a lane"),
            (CHEAP.replace("m=8", "m=1048576"), Ok(()), "1 GiB"),
            (CHEAP.replace("m=8", "m=1048577"), Err(TooCostly), "over 1 GiB"),
            (CHEAP.replace("t=1", "t=16"), Ok(()), "16 passes"),
            (CHEAP.replace("t=1", "t=17"), Err(TooCostly), "over 16 passes"),
            (CHEAP[..CHEAP.len() - 23].to_owned(), Err(NotArgon2id), "no hash behind the salt"),
            (
                "$2b$10$KssILxWNR6k62B7yiX0GAe2Q7wwHlrzhF3LqtVvpyvHZf0MwvNfVu".to_owned(),
                Err(NotArgon2id),
                "bcrypt",
            ),
            ("secret".to_owned(), Err(NotArgon2id), "a password"),
            (String::new(), Err(NotArgon2id), "nothing"),
        ] {
            assert_eq!(text.parse::<Hash>().map(drop), expected, "{text}: {why}");
        }
    }

    #[test]
    fn a_hash_verifies_its_password_only() {
        let hash: Hash = CHEAP.parse().unwrap();
        let mut memory = Memory::default();
        for (password, expected) in [("secret", true), ("Secret", false), ("secret\n", false), ("", false)] {
            assert_eq!(hash.verify(password.as_bytes(), &mut memory), Ok(expected), "{password:?}");
        }
        assert_eq!(hash.to_string(), CHEAP);
        assert!(!format!("{hash:?}").contains("RsCr"), "a log has no use for it");
    }

    #[test]
    fn hashes_of_any_cost_share_their_memory() {
        let costly = CHEAP.replace("m=8,t=1", "m=40000,t=1").parse::<Hash>().unwrap();
        let (cheap, mut memory) = (CHEAP.parse::<Hash>().unwrap(), Memory::default());
        for (hash, expected, kept, why) in [
            (&cheap, true, 8, "the first"),
            (&costly, false, 40_000, "a larger one: another cost is another hash"),
            (&cheap, true, 40_000, "a smaller one, in memory that was used"),
        ] {
            assert_eq!(hash.verify(b"secret", &mut memory), Ok(expected), "{why}");
            assert_eq!(memory.0.len(), kept, "{why}");
        }
        memory.trim();
        assert_eq!(memory.0.capacity(), 0, "over 32 MiB");
    }

    #[test]
    fn a_new_hash_has_its_own_salt_and_the_recommended_cost() {
        let (one, two) = (Hash::of(b"secret").unwrap(), Hash::of(b"secret").unwrap());
        assert_ne!(one.to_string(), two.to_string());
        assert!(one.to_string().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        let read: Hash = one.to_string().parse().unwrap();
        let mut memory = Memory::default();
        assert_eq!((read.cost(), read.verify(b"secret", &mut memory)), (one.cost(), Ok(true)));
    }

    #[test]
    fn a_tag_is_of_one_name_and_password_under_one_key() {
        let key = ProcessKey::new().unwrap();
        let tag = key.tag(b"ada", b"secret");
        assert!(tag == key.tag(b"ada", b"secret"));
        for (name, password) in [("ada", "secrets"), ("adas", "ecret"), ("ad", "asecret"), ("", "adasecret")]
        {
            assert!(tag != key.tag(name.as_bytes(), password.as_bytes()), "{name} {password}");
        }
        assert!(tag != ProcessKey::new().unwrap().tag(b"ada", b"secret"));
    }
}
