//! Walks through a directory and its subdirectories, within limits: searches names (`?q=`), and counts files. Links are
//! not followed, and directories that the user may not list are left out.

use std::collections::VecDeque;
use std::sync::Arc;

use common::files::{Entries, Entry, Error};
use common::users::{Action, Located};

use crate::server::guard::Request;

/// Entries that a walk visits.
const VISITED: usize = 100_000;
/// Results of a search.
const FOUND: usize = 1_000;
/// Other connections have their turn after so many entries.
const PIECE: usize = 500;

/// Entries below a directory, with their paths as names.
pub(in crate::server) struct Found {
    pub(in crate::server) entries: Arc<Entries>,
    /// There may be more.
    pub(in crate::server) is_truncated: bool,
}

/// Finds the entries whose name contains a text, without letter case.
pub(in crate::server) async fn search(
    request: Request<'_>,
    directory: &Located,
    text: &str,
) -> Result<Found, Error> {
    let text = text.to_lowercase();
    let mut entries = Entries::new(request.peer.ip())?;
    let is_complete = walk(request, directory, |path, entry| {
        if String::from_utf8_lossy(entry.name).to_lowercase().contains(&text) {
            entries.add(&Entry { name: path, ..*entry })?;
        }
        Ok(entries.len() < FOUND)
    });
    let is_truncated = !is_complete.await?;
    Ok(Found { entries: Arc::new(entries), is_truncated })
}

/// The number of files below a directory, and whether it has any entries.
pub(in crate::server) async fn count(
    request: Request<'_>,
    directory: &Located,
) -> Result<(usize, bool), Error> {
    let (mut files, mut has_entries) = (0, false);
    walk(request, directory, |_, entry| {
        files += usize::from(!entry.is_own_directory());
        has_entries = true;
        Ok(true)
    })
    .await?;
    Ok((files, has_entries))
}

/// Calls `visit` with each path below the directory and its entry, level by level, until it returns `false`. Returns
/// whether it reached the end.
async fn walk(
    request: Request<'_>,
    directory: &Located,
    mut visit: impl FnMut(&[u8], &Entry<'_>) -> Result<bool, Error>,
) -> Result<bool, Error> {
    let (tree, user) = (&request.worker.tree, request.user);
    let mut waiting = VecDeque::from([(Vec::new(), directory.clone())]);
    let mut visited = 0;
    while let Some((path, directory)) = waiting.pop_front() {
        let mut list = match tree.list(directory.place(), request.peer.ip()).await {
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
                let path = [&path[..], entry.name].concat();
                if visited > VISITED || !visit(&path, &entry)? {
                    return Ok(false);
                }
                let located = entry.is_own_directory().then(|| user.locate_entry(&directory, &entry));
                if let Some(located) = located.filter(|located| user.may(Action::List, located)) {
                    waiting.push_back(([&path[..], b"/"].concat(), located));
                }
            }
        }
    }
    Ok(true)
}
