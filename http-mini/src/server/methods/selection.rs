//! Several entries of a directory at once, which the page calls a selection: the page of its actions, and its Move and
//! Delete. Each entry is changed by the rules of MOVE and DELETE; the first failure ends the work. Its archive is in
//! `archive`.

use common::files::{LastLink, TreePath};
use common::users::{Action, Located};

use super::folder::FolderProgress;
use super::{delete, move_to, page_action};
use crate::server::guard::{Change, CheckedRequest};
use crate::server::listing::order::natural;
use crate::server::listing::walk::count;
use crate::server::page::Context;
use crate::server::page::selection::SelectedEntries;
use crate::server::refusal::Refusal;
use crate::wire::query;

/// Directories that Move offers.
const DESTINATIONS: usize = 1_000;

/// The selected entries (`name=`, percent-encoded and repeated), all of which exist.
pub(super) async fn names(request: CheckedRequest<'_>, path: &TreePath) -> Result<Vec<Vec<u8>>, Refusal> {
    let query = request.head.target().query().unwrap_or_default();
    let mut names = Vec::new();
    for (_, value) in query::pairs(query).filter(|(name, _)| &**name == b"name") {
        let name = page_action::entry(&value)?;
        let at = request.locate(path.child(&name), LastLink::Followed, |_, _| true).await?;
        request.worker.tree.metadata(at.place()).await?;
        names.push(name);
    }
    Ok(names)
}

/// The page of the actions on these entries.
pub(super) async fn page(
    request: CheckedRequest<'_>,
    context: &Context,
    directory: &Located,
    names: &[Vec<u8>],
) -> Result<Vec<u8>, Refusal> {
    let (tree, user, path) = (&request.worker.tree, request.user, request.path()?);
    let (mut files, mut may_delete) = (0, true);
    for name in names {
        let at = request.locate(path.child(name), LastLink::Kept, |_, _| true).await?;
        may_delete &= tree.is_changeable(at.place()) && user.may_remove(&at);
        let is_directory =
            tree.metadata(at.place()).await?.is_directory() && !tree.is_link(at.place()).await?;
        files += match is_directory && user.may(Action::List, &at) {
            true => count(request.walk(), &at).await?.0,
            false => usize::from(!is_directory),
        };
    }
    let entries = tree.entries(directory.place(), request.address()).await?;
    let directories = entries.iter().filter(|entry| entry.meta.is_directory());
    let directories =
        directories.filter(|entry| user.may(Action::Upload, &user.locate_entry(directory, entry)));
    let mut destinations: Vec<Vec<u8>> = directories.map(|entry| entry.name.to_vec()).collect();
    destinations.retain(|name| !names.contains(name));
    destinations.sort_unstable_by(|one, other| natural(one, other));
    destinations.truncate(DESTINATIONS);
    let has_parent = !path.is_root();
    Ok(context.selection_page(&SelectedEntries { names, files, may_delete, destinations, has_parent }))
}

/// Deletes the entries, directories with everything in them if `is_recursive`.
pub(super) async fn delete(
    change: Change<'_>,
    directory: &TreePath,
    names: &[Vec<u8>],
    is_recursive: bool,
) -> Result<(), Refusal> {
    let mut progress = FolderProgress::new("changed", "diubah");
    for name in names {
        let path = directory.child(name);
        let deleted = delete::delete_at(change, path.clone(), is_recursive).await;
        progress.check(&path, deleted)?;
        progress.done += 1;
    }
    Ok(())
}

/// Moves the entries to a directory of this one, or to the one above it (`..`). Nothing is replaced.
pub(super) async fn move_to(
    change: Change<'_>,
    directory: &TreePath,
    names: &[Vec<u8>],
    to: &[u8],
) -> Result<(), Refusal> {
    let to = match to {
        b".." => directory.parent(),
        name => Some(directory.child(&page_action::entry(name)?)),
    };
    let to = to.ok_or(Refusal::because(
        403,
        "is the top directory, which is in no other",
        "adalah direktori teratas, yang tidak berada di dalam direktori lain",
    ))?;
    let mut progress = FolderProgress::new("changed", "diubah");
    for name in names {
        let path = directory.child(name);
        let moved = move_to::rename(change, path.clone(), to.child(name), false).await;
        // A form has no preconditions.
        let moved = moved.map_err(|refusal| match refusal {
            Refusal::Because(412, why) => Refusal::Because(409, why),
            other => other,
        });
        progress.check(&path, moved)?;
        progress.done += 1;
    }
    Ok(())
}
