//! MKCOL: makes a directory ([RFC 4918 section 9.3](https://www.rfc-editor.org/rfc/rfc4918#section-9.3)).

use common::files::{LastLink, TreeError, TreePath};
use common::users::Action;

use crate::server::guard::{Change, all};
use crate::server::refusal::{Outcome, Refusal};
use crate::server::response::ServerResponse;

pub(super) async fn make_directory(change: Change<'_>) -> Outcome {
    make_at(change, change.request().path()?).await
}

/// MKCOL of a path.
pub(super) async fn make_at(change: Change<'_>, path: TreePath) -> Outcome {
    let request = change.request();
    let (tree, user) = (&request.worker.tree, request.user);
    let target = change.locate(path, LastLink::Kept, all(&[Action::Upload])).await?;
    user.check_name(tree, &target).await?;
    if user.is_in_drop_box(&target) {
        user.make_dropped_directory(tree, &target).await?;
        return Ok(ServerResponse::empty(201));
    }
    change.check_preconditions(request.current(&target).await?.as_ref())?;
    match tree.make_dir(target.place()).await {
        Ok(()) => Ok(ServerResponse::empty(201)),
        // RFC 4918 section 9.3.1.
        Err(TreeError::Exists | TreeError::Root) => Err(Refusal::because(405, "exists already", "sudah ada")),
        Err(TreeError::NotFound | TreeError::NotDirectory) => Err(Refusal::NO_PARENT),
        Err(error) => Err(error.into()),
    }
}
