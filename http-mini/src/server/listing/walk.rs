//! Walks through a directory and its subdirectories: searches names (`?q=`), counts files, and lists the members of
//! archives. Links to directories are not followed, and directories that the user may not list are left out.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;

use common::files::{Entries, Entry, Tree, TreeError};
use common::net::budget::{self, MemoryUse};
use common::users::{Action, Located, User};

use crate::server::representation::Representation;

/// Entries that a search or a count visits.
const VISITED: usize = 100_000;
/// Results of a search.
const FOUND: usize = 1_000;
/// Other connections have their turn after so many entries.
const PIECE: usize = 500;

/// Entries below a directory, with their paths as names.
pub(in crate::server) struct SearchResult {
    pub(in crate::server) entries: Arc<Entries>,
    /// There may be more.
    pub(in crate::server) is_truncated: bool,
}

/// Finds the entries whose name contains a text, without letter case.
pub(in crate::server) async fn search(
    walk: TreeWalk<'_>,
    directory: &Located,
    text: &str,
) -> Result<SearchResult, TreeError> {
    let text = text.to_lowercase();
    let mut entries = Entries::new(walk.address)?;
    let visit = async |found: &Visited<'_>| {
        if String::from_utf8_lossy(found.entry.name).to_lowercase().contains(&text) {
            entries.add(&found.named_by_path())?;
        }
        Ok(if entries.len() < FOUND { WalkStep::Below } else { WalkStep::End })
    };
    let is_truncated = !walk.run(directory, VISITED, visit).await?;
    Ok(SearchResult { entries: Arc::new(entries), is_truncated })
}

/// The number of files below a directory, and whether it has any entries.
pub(in crate::server) async fn count(
    walk: TreeWalk<'_>,
    directory: &Located,
) -> Result<(usize, bool), TreeError> {
    let (mut files, mut has_entries) = (0, false);
    let visit = async |found: &Visited<'_>| {
        files += usize::from(!found.entry.is_own_directory());
        has_entries = true;
        Ok(WalkStep::Below)
    };
    walk.run(directory, VISITED, visit).await?;
    Ok((files, has_entries))
}

/// What a walk does after an entry.
pub(in crate::server) enum WalkStep {
    /// The entries below it are visited later.
    Below,
    /// They are not.
    Beside,
    /// The walk ends.
    End,
}

/// An entry that a walk visits.
pub(in crate::server) struct Visited<'a> {
    /// The path below the directory where the walk began.
    pub(in crate::server) path: Vec<u8>,
    pub(in crate::server) entry: Entry<'a>,
    directory: &'a Located,
}

impl Visited<'_> {
    /// The entry's own place, also if it is a link.
    pub(in crate::server) fn located(&self, user: &User) -> Located {
        user.locate_entry(self.directory, &self.entry)
    }

    pub(in crate::server) fn named_by_path(&self) -> Entry<'_> {
        Entry { name: &self.path, ..self.entry }
    }
}

/// A walk for a user at `address`.
pub(in crate::server) struct TreeWalk<'a> {
    pub(in crate::server) tree: &'a Tree<Representation>,
    pub(in crate::server) user: &'a User,
    pub(in crate::server) address: Option<IpAddr>,
}

impl TreeWalk<'_> {
    /// Visits the entries of a directory, and then those of its subdirectories, level by level; at most `most`.
    /// Returns whether it reached the end. Directories that wait for their turn count towards the memory budget.
    pub(in crate::server) async fn run(
        self,
        directory: &Located,
        most: usize,
        mut visit: impl AsyncFnMut(&Visited<'_>) -> Result<WalkStep, TreeError>,
    ) -> Result<bool, TreeError> {
        let mut waiting = VecDeque::from([(Vec::new(), directory.clone())]);
        let mut reserved = budget::reserve(MemoryUse::Listings, 0, self.address)?;
        let mut visited = 0;
        while let Some((path, directory)) = waiting.pop_front() {
            reserved.resize(reserved.bytes().saturating_sub(held(&path)))?;
            let mut list = match self.tree.list(directory.place(), self.address).await {
                Ok(list) => list,
                Err(error) if path.is_empty() => return Err(error),
                // Removed meanwhile, or not open to the server.
                Err(_) => continue,
            };
            while let Some(entries) = list.next().await? {
                for entry in entries.iter() {
                    visited += 1;
                    if visited % PIECE == 0 {
                        tokio::task::yield_now().await;
                    }
                    let found = Visited { path: [&path, entry.name].concat(), entry, directory: &directory };
                    match if visited > most { WalkStep::End } else { visit(&found).await? } {
                        WalkStep::End => return Ok(false),
                        WalkStep::Below if entry.is_own_directory() => {}
                        WalkStep::Below | WalkStep::Beside => continue,
                    }
                    let at = found.located(self.user);
                    if self.user.may(Action::List, &at) {
                        let below = [&*found.path, b"/"].concat();
                        reserved.resize(reserved.bytes() + held(&below))?;
                        waiting.push_back((below, at));
                    }
                }
            }
        }
        Ok(true)
    }
}

/// The memory of a directory that waits: its path, and twice in its [`Located`].
fn held(path: &[u8]) -> usize {
    size_of::<(Vec<u8>, Located)>() + 3 * path.len()
}
