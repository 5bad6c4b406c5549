//! [`NoSiblings`]: that a file has no precompressed siblings.

use std::cell::Cell;

use common::files::FRESH;
use common::net::clock;

/// Remembers for [`FRESH`] milliseconds, and until the tree changes, that a file has no siblings, since looking for them
/// costs more than sending a small file.
#[derive(Debug, Default)]
pub(in crate::server) struct NoSiblings(Cell<Option<(u64, u64)>>);

impl NoSiblings {
    pub(in crate::server) fn holds(&self, generation: u64) -> bool {
        self.0.get().is_some_and(|(since, then)| then == generation && clock::tick() - since < FRESH)
    }

    /// Whether there were none at a tick and in a generation of the tree.
    pub(in crate::server) fn set(&self, were_none: bool, (since, generation): (u64, u64)) {
        self.0.set(were_none.then_some((since, generation)));
    }
}
