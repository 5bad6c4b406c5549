//! DELETE of a file or of an empty directory
//! ([RFC 9110 section 9.3.5](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.5)).

use common::files::{Error, TreePath};

use crate::server::guard::Change;
use crate::server::refusal::Outcome;
use crate::server::response::Response;

pub(super) async fn delete(change: Change<'_>) -> Outcome {
    delete_at(change, change.request().path()?).await
}

/// DELETE of a path.
pub(super) async fn delete_at(change: Change<'_>, path: TreePath) -> Outcome {
    let tree = &change.request().worker.tree;
    let (target, meta, version) = change.existing(path).await?;
    let place = target.place();
    match meta.is_directory() {
        false => tree.remove_file(place, version).await?,
        true => match tree.remove_dir(place, version).await {
            // A symlink to a directory: the link is removed.
            Err(Error::NotDirectory) => tree.remove_file(place, version).await?,
            removed => removed?,
        },
    }
    Ok(Response::empty(204))
}
