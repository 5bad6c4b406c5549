//! PUT: the content becomes the file, whole or not at all
//! ([RFC 9110 section 9.3.4](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.4)).
//!
//! Everything that can be refused is refused before the content is read. `X-OC-Mtime`, a field of ownCloud's clients and
//! of the page, is the file's modification time in seconds since 1970.

use common::files::{Create, LastLink, TreeError, Upload};
use common::net::conn::Conn;
use common::users::{Action, Located};

use super::upload::{announce, begin, stored_at};
use super::{patch, require_length};
use crate::content::read::Incoming;
use crate::server::guard::{Change, CheckedRequest, any, permit};
use crate::server::refusal::{Outcome, Refusal};
use crate::server::response::ServerResponse;
use crate::wire::digest;
use crate::wire::enclosed;

pub(super) async fn put(change: Change<'_>, content: &mut Incoming, conn: &mut Conn) -> Outcome {
    let request = change.request();
    let (path, fields) = (request.path()?, request.head.section());
    enclosed::check(request.head)?;
    let digests = [digest::of_content(fields)?, digest::of_representation(fields)?].concat();
    if request.names_directory() {
        return Err(Refusal::NAME_OF_DIRECTORY);
    }
    let (target, how, is_free) = target(change).await?;
    require_length(content)?;
    if let Some(piece) = patch::creation(request, &target, is_free)? {
        let created = patch::create(request, &target, piece, content, conn).await;
        return created.map_err(|refusal| refusal.of_upload(false));
    }
    let place = request.user.place_in(&request.worker.tree, &target).await?;
    let mut upload = begin(request, &place, how, None, &digests).await?;
    if let Err(refusal) = receive(&mut upload, content, conn).await {
        // Until the upload has ended, its directory cannot be removed. The client may do so after the response.
        let _ = upload.discard().await;
        return Err(refusal);
    }
    match upload.commit().await {
        // Another upload was committed first.
        Err(TreeError::Exists) if change.is_conditional() => Err(TreeError::Changed.into()),
        Err(TreeError::Exists) => Err(Refusal::EXISTS),
        Ok(_) if request.user.is_in_drop_box(&target) => Ok(ServerResponse::empty(201)),
        stored => Ok(stored_at(request, &path, &stored?)),
    }
}

async fn receive(upload: &mut Upload, content: &mut Incoming, conn: &mut Conn) -> Result<(), Refusal> {
    announce(upload, content).await?;
    while content.next(conn, upload.room(), usize::MAX).await? {
        upload.advance().await?;
    }
    Ok(())
}

/// The path of the file, whether it may be replaced when the upload is committed (another client can change the file in
/// the meantime), and whether the name is free.
async fn target(change: Change<'_>) -> Result<(Located, Create, bool), Refusal> {
    let CheckedRequest { worker, user, .. } = change.request();
    let target = change.target(LastLink::Followed, any(&[Action::Upload, Action::Overwrite])).await?;
    let current = match user.is_in_drop_box(&target) {
        true => None,
        false => change.request().current(&target).await?,
    };
    let how = match current {
        Some(meta) if change.is_conditional() => Create::Over(meta.version),
        None if change.is_conditional() => Create::New,
        _ => user.create(&target, worker.users.on_conflict()),
    };
    let replaces = matches!(how, Create::Over(_) | Create::Replace) && current.is_some();
    let action = if replaces { Action::Overwrite } else { Action::Upload };
    permit(user.may(action, &target))?;
    user.check_name(&worker.tree, &target).await?;
    match current {
        Some(_) if how == Create::Numbered => {}
        Some(meta) if meta.is_directory() => {
            return Err(Refusal::because(409, "is a directory", "adalah direktori"));
        }
        Some(_) if how == Create::New => return Err(Refusal::EXISTS),
        _ => change.check_preconditions(current.as_ref())?,
    }
    Ok((target, how, current.is_none()))
}
