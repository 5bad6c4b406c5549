//! The members of an archive: found by a walk, opened one after the other.

use std::net::IpAddr;
use std::rc::Rc;

use common::files::{Entry, FileContent, LastLink, Tree, TreeError, TreePath};
use common::users::{Action, Located, User};

use crate::server::listing::walk::{TreeWalk, Visited, WalkStep};
use crate::server::representation::Representation;
use crate::wire::archive::{Member, MemberKind};

/// The user's permission to execute a file.
const EXECUTABLE: u32 = 0o100;

/// A directory, or some of its entries, as a user sees them. The response outlives the request, so it owns them.
#[derive(Debug)]
pub(in crate::server) struct ArchiveSource {
    pub(in crate::server) user: User,
    pub(in crate::server) address: Option<IpAddr>,
    /// The directory, as the user sees it.
    pub(in crate::server) path: TreePath,
    pub(in crate::server) directory: Located,
    /// The selected entries; all if there are none.
    pub(in crate::server) names: Vec<Vec<u8>>,
}

impl ArchiveSource {
    /// Visits the members, at most `most`, with their paths as names. Returns whether these are all.
    pub(super) async fn walk(
        &self,
        tree: &Tree<Representation>,
        most: usize,
        mut visit: impl AsyncFnMut(&Entry<'_>) -> Result<(), TreeError>,
    ) -> Result<bool, TreeError> {
        let walk = TreeWalk { tree, user: &self.user, address: self.address };
        let visit = async |found: &Visited<'_>| {
            if !(self.is_selected(&found.path) && self.is_readable(tree, found).await) {
                return Ok(WalkStep::Beside);
            }
            visit(&found.named_by_path()).await?;
            Ok(WalkStep::Below)
        };
        walk.run(&self.directory, most, visit).await
    }

    /// Whether an entry of the directory is selected. What is below it is not visited otherwise.
    fn is_selected(&self, path: &[u8]) -> bool {
        self.names.is_empty() || path.contains(&b'/') || self.names.iter().any(|name| name == path)
    }

    async fn is_readable(&self, tree: &Tree<Representation>, found: &Visited<'_>) -> bool {
        let may = |action| self.user.may(action, &found.located(&self.user));
        match (found.entry.meta.is_directory(), found.entry.is_link) {
            (true, is_link) => !is_link && may(Action::List),
            (false, false) => may(Action::Get),
            (false, true) => self.locate(tree, &found.path).await.is_ok(),
        }
    }

    /// Opens a file by its path below the directory.
    pub(super) async fn open(
        &self,
        tree: &Tree<Representation>,
        path: &[u8],
    ) -> Result<Rc<FileContent<Representation>>, TreeError> {
        tree.open(self.locate(tree, path).await?.place()).await
    }

    /// The target of a path below the directory, which the user may get.
    async fn locate(&self, tree: &Tree<Representation>, path: &[u8]) -> Result<Located, TreeError> {
        let at = self.user.locate(tree, self.path.join(path)?, LastLink::Followed).await?;
        if self.user.may(Action::Get, &at) { Ok(at) } else { Err(TreeError::Denied) }
    }
}

/// How an entry is stored.
pub(super) fn member<'a>(entry: &Entry<'a>) -> Member<'a> {
    let meta = &entry.meta;
    let kind = match meta.is_directory() {
        true => MemberKind::Directory,
        false if meta.mode & EXECUTABLE != 0 => MemberKind::Executable,
        false => MemberKind::File,
    };
    let size = if meta.is_directory() { 0 } else { meta.size };
    Member { path: entry.name, kind, size, modified: meta.modified_unix() }
}
