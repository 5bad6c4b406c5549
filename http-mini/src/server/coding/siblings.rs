//! [`MissingSiblings`]: which precompressed siblings a file does not have.

use std::cell::Cell;

use common::files::FRESH;
use common::net::clock;

/// Remembers for [`FRESH`] milliseconds, and until the tree changes, which of its three siblings a file does not have,
/// since looking for one costs as much as sending a small file.
#[derive(Debug, Default)]
pub(in crate::server) struct MissingSiblings(Cell<Option<(u64, u64, [bool; 3])>>);

impl MissingSiblings {
    /// `None` if it is not known.
    pub(in crate::server) fn get(&self, generation: u64) -> Option<[bool; 3]> {
        let (since, then, missing) = self.0.get()?;
        (then == generation && clock::tick() - since < FRESH).then_some(missing)
    }

    /// Which ones were missing at a tick and in a generation of the tree.
    pub(in crate::server) fn set(&self, missing: [bool; 3], (since, generation): (u64, u64)) {
        self.0.set(Some((since, generation, missing)));
    }
}
