//! Violations that clients accept from real servers: those with only one reading.
//!
//! A server is never as tolerant, because a proxy in front may read the request differently (RFC 9112 section
//! 11.2).

use syntax::rule::Description;
use syntax::watch::Watch;

use crate::rule::Rule;

/// Tolerates violations with only one reading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UserAgent;

const TOLERATED: [Rule; 4] = [Rule::BareLf, Rule::Folded, Rule::SpaceBeforeColon, Rule::ChunkSizeSpace];

impl Watch for UserAgent {
    const IS_WATCHING: bool = false;

    fn tolerates(self, rule: &'static Description, _: &[u8]) -> bool {
        TOLERATED.iter().any(|tolerated| tolerated.description().id == rule.id)
    }
}
