//! MOVE: renames a file or a directory. Replaces a file, never a directory
//! ([RFC 4918 section 9.9](https://www.rfc-editor.org/rfc/rfc4918#section-9.9)).

use common::files::{LastLink, TreeError, TreePath};
use common::users::{Action, User};

use crate::server::guard::{Change, any, permit};
use crate::server::refusal::{Outcome, Refusal};
use crate::server::response::ServerResponse;
use crate::wire::destination;

pub(super) async fn move_to(change: Change<'_>) -> Outcome {
    let request = change.request();
    let destination = destination::of_request(request.head)?;
    let to = TreePath::ROOT.join(&destination).map_err(TreeError::from)?;
    let may_overwrite = destination::may_overwrite(request.head)?;
    if TreePath::names_directory(&destination) && !to.is_root() {
        let (_, meta, _) = change.existing(request.path()?, User::may_remove).await?;
        if !meta.is_directory() {
            return Err(Refusal::NAME_OF_DIRECTORY);
        }
    }
    rename(change, request.path()?, to, may_overwrite).await
}

/// MOVE of one path to another.
pub(super) async fn rename(change: Change<'_>, from: TreePath, to: TreePath, may_overwrite: bool) -> Outcome {
    let request = change.request();
    let (tree, user) = (&request.worker.tree, request.user);
    if to.is_root() {
        return Err(TreeError::Root.into());
    }
    if from == to {
        return Err(Refusal::because(
            403,
            "is where it is to be moved to",
            "sudah berada di tujuan pemindahan",
        ));
    }
    let (from, _, version) = change.existing(from, User::may_remove).await?;
    let to = request.locate(to, LastLink::Kept, any(&[Action::Upload, Action::Overwrite])).await?;
    let is_dropped = user.is_in_drop_box(&to);
    let replaces = !is_dropped && request.current(&to).await?.is_some();
    let action = if replaces { Action::Overwrite } else { Action::Upload };
    permit(user.may_move(&from, action, &to))?;
    user.check_name(tree, &to).await?;
    if replaces && !may_overwrite {
        return Err(Refusal::REPLACES);
    }
    let renamed = match is_dropped {
        true => {
            let to = user.place_in(tree, &to).await?;
            tree.rename_numbered(from.place(), &to, version).await
        }
        false => tree.rename(from.place(), to.place(), replaces, version).await,
    };
    match renamed {
        Ok(()) => Ok(ServerResponse::empty(if replaces { 204 } else { 201 })),
        Err(TreeError::Exists | TreeError::IsDirectory) => Err(Refusal::because(
            409,
            "cannot be moved over a directory or by one; remove the existing one",
            "tidak dapat dipindahkan menimpa direktori atau sebaliknya; hapus dahulu yang sudah ada",
        )),
        Err(TreeError::NotFound | TreeError::NotDirectory) => Err(Refusal::because(
            409,
            "cannot be moved to where no directory is",
            "tidak dapat dipindahkan ke direktori yang tidak ada",
        )),
        Err(error) => Err(error.into()),
    }
}
