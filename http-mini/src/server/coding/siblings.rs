//! Precompressed siblings: `NAME.br`, `NAME.zst` and `NAME.gz` hold NAME in a coding. One counts if it is not older than
//! NAME and has the same owner, and if the user may get it.

use std::cell::Cell;
use std::rc::Rc;

use common::files::{Content, FRESH, LastLink, TreePath};
use common::net::clock;
use common::users::Action;

use crate::server::guard::{Request, all};
use crate::server::representation::Representation;
use crate::wire::coding::Name;

/// The codings in the server's order of preference, and the suffixes of siblings.
const SUFFIXES: [(Name, &[u8]); 3] = [(Name::Brotli, b".br"), (Name::Zstd, b".zst"), (Name::Gzip, b".gz")];

/// Remembers for [`FRESH`] milliseconds, and until the tree changes, that a file has no siblings, since looking for them
/// costs more than sending a small file.
#[derive(Debug, Default)]
pub(in crate::server) struct NoSiblings(Cell<Option<(u64, u64)>>);

impl NoSiblings {
    fn holds(&self, generation: u64) -> bool {
        self.0.get().is_some_and(|(since, then)| then == generation && clock::tick() - since < FRESH)
    }
}

/// The siblings of a file at a path of the user.
pub(super) async fn find(
    request: Request<'_>,
    path: &TreePath,
    content: &Content<Representation>,
    known: &NoSiblings,
) -> Vec<(Name, Rc<Content<Representation>>)> {
    let (tree, mut found) = (&request.worker.tree, Vec::new());
    let (since, generation) = (clock::tick(), tree.generation());
    if known.holds(generation) {
        return found;
    }
    let (Some(directory), Some(name)) = (path.parent(), path.name()) else { return found };
    for (coding, suffix) in SUFFIXES {
        let path = directory.child(&[name, suffix].concat());
        let Ok(at) = request.locate(path, LastLink::Followed, all(&[Action::Get])).await else { continue };
        let Ok(sibling) = tree.open(at.place()).await else { continue };
        let (meta, original) = (sibling.meta(), content.meta());
        if meta.modified >= original.modified && meta.has_owner_of(original) {
            found.push((coding, sibling));
        }
    }
    known.0.set(found.is_empty().then_some((since, generation)));
    found
}
