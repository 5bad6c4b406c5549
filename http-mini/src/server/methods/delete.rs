//! DELETE of a file, of an empty directory, or with `Depth: infinity` of a directory and everything in it
//! ([RFC 9110 section 9.3.5](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.5),
//! [RFC 4918 section 9.6.1](https://www.rfc-editor.org/rfc/rfc4918#section-9.6.1)).
//!
//! RFC 4918 removes a directory as if `Depth: infinity` were always sent. Here a client must send it, so that a client
//! that knows nothing of directories does not remove one with its files.

use common::files::{TreeError, TreePath};
use common::users::User;

use super::folder::{DirectoryMember, FolderProgress, FolderStep, FolderWalk, ListedDirectory};
use super::patch;
use crate::server::guard::{Change, CheckedRequest, permit};
use crate::server::refusal::{Outcome, Refusal};
use crate::server::response::ServerResponse;
use crate::wire::depth::{self, Depth};

/// Names that are removed by one call: other uploads have their turn between two.
const PIECE: usize = 1_000;

pub(super) async fn delete(change: Change<'_>) -> Outcome {
    let request = change.request();
    let is_recursive = match depth::of_request(request.head)? {
        None | Some(Depth::Zero) => false,
        Some(Depth::Infinity) => true,
        Some(Depth::One) => {
            return Err(Refusal::because(
                400,
                "is deleted with Depth 0 or infinity",
                "dihapus dengan Depth 0 atau infinity",
            ));
        }
    };
    match delete_at(change, request.path()?, is_recursive).await {
        // Nothing has the name, but an upload to it may have begun, and cancelling that needs no permission to delete.
        Err(refusal @ (Refusal::Tree(TreeError::NotFound) | Refusal::Forbidden))
            if !request.names_directory() =>
        {
            match patch::cancel(change).await {
                Err(Refusal::Tree(TreeError::NotFound)) => Err(refusal),
                outcome => outcome,
            }
        }
        outcome => outcome,
    }
}

/// DELETE of a path.
pub(super) async fn delete_at(change: Change<'_>, path: TreePath, is_recursive: bool) -> Outcome {
    let tree = &change.request().worker.tree;
    let (target, meta, version) = change.existing(path.clone(), User::may_remove).await?;
    let place = target.place();
    match meta.is_directory() && !tree.is_link(place).await? {
        false => tree.remove_file(place, version).await?,
        true if is_recursive => remove_all(change.request(), path).await?,
        true => tree.remove_dir(place, version).await?,
    }
    Ok(ServerResponse::empty(204))
}

/// Removes a directory and everything in it, up to the first entry that cannot be removed.
async fn remove_all(request: CheckedRequest<'_>, path: TreePath) -> Result<(), Refusal> {
    let mut progress = FolderProgress::new("removed", "dihapus");
    let mut walk = FolderWalk::new(request, DirectoryMember::new(request, path).await?);
    while let Some(step) = walk.next(&progress).await? {
        match step {
            FolderStep::Enter(folder) => remove_files(request, &folder, &mut progress).await?,
            FolderStep::Leave(folder) => {
                progress.check(&folder.node.path, remove_empty(request, &folder.node).await)?;
                progress.done += 1;
            }
        }
    }
    Ok(())
}

async fn remove_empty(request: CheckedRequest<'_>, directory: &DirectoryMember) -> Result<(), Refusal> {
    permit(request.user.may_remove(&directory.at))?;
    match request.worker.tree.remove_dir(directory.at.place(), None).await {
        Err(TreeError::NotEmpty) => Err(Refusal::because(
            409,
            "contains names that are not served",
            "berisi nama yang tidak disajikan",
        )),
        removed => Ok(removed?),
    }
}

/// Removes the files and links of a directory.
async fn remove_files(
    request: CheckedRequest<'_>,
    folder: &ListedDirectory,
    progress: &mut FolderProgress,
) -> Result<(), Refusal> {
    let (tree, user, directory) = (&request.worker.tree, request.user, &folder.node);
    let mut names: Vec<Box<[u8]>> = Vec::new();
    for entry in folder.files() {
        let at = user.locate_entry(&directory.at, &entry);
        progress.check(&directory.path.child(entry.name), permit(user.may_remove(&at)))?;
        names.push(entry.name.into());
    }
    for name in folder.left_out() {
        let path = directory.path.child(name);
        let entry = progress.check(&path, directory.entry(request, name).await)?;
        progress.check(&path, permit(user.may_remove(&entry.at)))?;
        names.push(name.into());
    }
    while !names.is_empty() {
        let rest = names.split_off(names.len().min(PIECE));
        let removed = tree.remove_files(directory.at.place(), names).await;
        let removed = progress.check(&directory.path, removed)?;
        progress.done += removed.count;
        if let Some((name, error)) = removed.failed {
            return progress.check(&directory.path.child(&name), Err(error));
        }
        names = rest;
    }
    Ok(())
}
