//! The hashes that the content of an upload must have ([RFC 9530](https://www.rfc-editor.org/rfc/rfc9530)).

use sha2::{Digest as _, Sha256, Sha512};

/// A hash that the content of an upload must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-256.
    Sha256([u8; 32]),
    /// SHA-512.
    Sha512([u8; 64]),
}

#[derive(Debug, Default)]
pub(crate) struct Checks(Vec<Check>);

#[derive(Debug)]
enum Check {
    Sha256(Box<Sha256>, [u8; 32]),
    Sha512(Box<Sha512>, [u8; 64]),
}

impl Checks {
    pub(crate) fn expect(&mut self, checksum: Checksum) {
        self.0.push(match checksum {
            Checksum::Sha256(expected) => Check::Sha256(Box::default(), expected),
            Checksum::Sha512(expected) => Check::Sha512(Box::default(), expected),
        });
    }

    pub(in crate::files) fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        for check in &mut self.0 {
            match check {
                Check::Sha256(hash, _) => hash.update(bytes),
                Check::Sha512(hash, _) => hash.update(bytes),
            }
        }
    }

    pub(crate) fn hold(&mut self) -> bool {
        self.0.iter_mut().all(|check| match check {
            Check::Sha256(hash, expected) => *hash.finalize_reset() == *expected,
            Check::Sha512(hash, expected) => *hash.finalize_reset() == *expected,
        })
    }
}
