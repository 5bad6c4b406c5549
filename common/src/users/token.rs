//! Bearer tokens: what a program sends instead of a name and a password. The users file has only their hashes.
//!
//! A token has 32 random bytes, so it cannot be guessed, and SHA-256 is sufficient: a slow hash protects only secrets
//! that people choose.

use std::fmt;
use std::io;
use std::str::FromStr;

use rustix::rand::{GetRandomFlags, getrandom};
use sha2::{Digest as _, Sha256};

use super::hexadecimal;

/// The text before the hash in the users file.
const PREFIX: &str = "sha256:";

/// The hash of a token. Its text is `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

/// The text is not the hash of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token is written as 'sha256:' and 64 hexadecimal digits")]
pub struct TokenRule;

impl TokenHash {
    /// The hash of a token.
    pub fn of(token: &[u8]) -> Self {
        Self(Sha256::digest(token).into())
    }
}

impl FromStr for TokenHash {
    type Err = TokenRule;

    fn from_str(text: &str) -> Result<Self, TokenRule> {
        let bytes = text.strip_prefix(PREFIX).and_then(hexadecimal::decode);
        bytes.and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or(TokenRule)
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", hexadecimal::encode(&self.0))
    }
}

/// A new token: 64 hexadecimal digits.
///
/// # Errors
/// The system has no random bytes.
pub fn new_token() -> io::Result<String> {
    let mut bytes = [0; 32];
    getrandom(&mut bytes, GetRandomFlags::empty())?;
    Ok(hexadecimal::encode(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_written_as_sha256() {
        let hash = TokenHash::of(b"");
        let text = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!((hash.to_string(), text.parse()), (text.to_owned(), Ok(hash)));
        for (other, why) in [
            (&text[1..], "another prefix"),
            (&text[..text.len() - 1], "an odd number of digits"),
            (&text[..text.len() - 2], "too short"),
            ("sha256:", "nothing"),
            (&text.replace('e', "g"), "not hexadecimal"),
        ] {
            assert_eq!(other.parse::<TokenHash>(), Err(TokenRule), "{other}: {why}");
        }
        assert_eq!(text.to_uppercase().replace("SHA", "sha").parse(), Ok(hash), "digits have no case");
    }

    #[test]
    fn tokens_differ() {
        let [one, other] = [new_token().unwrap(), new_token().unwrap()];
        assert!(one != other && one.len() == 64, "{one} {other}");
    }
}
