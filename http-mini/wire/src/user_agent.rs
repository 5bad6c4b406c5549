//! What a client accepts from real servers although it breaks a rule: deviations that have only one reading.
//!
//! A server is never as tolerant, because a proxy before it may read the request in another way (RFC 9112 section
//! 11.2).

use syntax::rule::Description;
use syntax::watch::Watch;

use crate::rule::Rule;

/// Tolerates what has one reading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UserAgent;

const TOLERATED: [Rule; 4] = [Rule::BareLf, Rule::Folded, Rule::SpaceBeforeColon, Rule::ChunkSizeSpace];

impl Watch for UserAgent {
    const IS_WATCHING: bool = false;

    fn tolerates(self, rule: &'static Description, _: &[u8]) -> bool {
        TOLERATED.iter().any(|tolerated| tolerated.description().id == rule.id)
    }
}
