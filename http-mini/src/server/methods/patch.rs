//! PATCH: resumes an upload.
//!
//! - `HEAD` of a free name returns 204 and `Upload-Offset: 1000` while the first 1,000 bytes of an upload of
//!   this user are kept: for a day.
//! - `PATCH` with `Content-Type: application/partial-upload` and `Upload-Offset: 1000` resumes it; offset 0
//!   starts it, also again. With `Upload-Complete: ?1` the file is complete at the end of the content
//!   and is committed (201); otherwise the received bytes are kept (204), as when the connection breaks.
//! - `Repr-Digest` with `Upload-Complete: ?1` is the digest of the complete file. HEAD asks for it
//!   (`Want-Repr-Digest`), so that a client can resume even if the kept bytes may be of another file: if
//!   the digest differs, nothing is stored (400).
//! - At any other offset: 409, with the right one in Upload-Offset.
//!
//! The fields are those of
//! [draft-ietf-httpbis-resumable-upload](https://datatracker.ietf.org/doc/draft-ietf-httpbis-resumable-upload/).
//! Nothing else of it is implemented: uploads have no resource of their own, and there are no 104 responses.

use common::files::{Create, Error, LastLink};
use common::net::conn::Conn;
use common::users::{Action, Located};

use super::put::{begin, stored_at};
use super::require_length;
use crate::content::read::Incoming;
use crate::server::guard::{Change, Request, all};
use crate::server::refusal::{Outcome, Refusal};
use crate::server::response::Response;
use crate::wire::digest::{self, Digest};
use crate::wire::enclosed;
use crate::wire::head::Head;
use crate::wire::resumable::{PARTIAL_UPLOAD, Piece, Progress};

/// Resuming needs permission to overwrite as well: the response shows whether the name is free.
const RESUME: [Action; 2] = [Action::Upload, Action::Overwrite];

pub(super) async fn patch(change: Change<'_>, content: &mut Incoming, conn: &mut Conn) -> Outcome {
    let request = change.request();
    let (tree, path, owner) = (&request.worker.tree, request.path()?, request.upload_owner());
    enclosed::check(request.head)?;
    let (Piece { offset, is_last }, digests) = announced(request.head)?;
    let target = change.target(LastLink::Followed, all(&RESUME)).await?;
    require_length(content)?;
    if request.names_directory() {
        return Err(Refusal::NAME_OF_DIRECTORY);
    }
    if path.is_root() || request.current(&target).await?.is_some() {
        return Err(Refusal::Because(409, "exists already; PUT would replace it"));
    }
    change.check_preconditions(None)?;
    let kept = match tree.partial(target.place(), &owner).await {
        // The attempt to create the upload reports this error.
        Err(Error::NotFound | Error::NotDirectory) => 0,
        kept => kept?.map_or(0, |partial| partial.size),
    };
    if offset != 0 && offset != kept {
        return Err(Refusal::Offset(kept));
    }
    let mut upload = begin(request, target.place(), Create::Resume(offset), Some(&owner), &digests).await?;
    loop {
        match content.next(conn, upload.room(), usize::MAX).await {
            Ok(true) => upload.advance().await?,
            Ok(false) => break,
            Err(broken) => {
                // The received bytes are kept if the disk allows it.
                let _ = upload.keep().await;
                return Err(broken.into());
            }
        }
    }
    if is_last {
        return Ok(stored_at(request, &path, &upload.commit().await?));
    }
    let size = offset + upload.received();
    upload.keep().await?;
    Ok(progress(size))
}

/// HEAD of a free name: the offset at which an upload to it can be resumed.
pub(super) async fn offset(request: Request<'_>, target: &Located) -> Outcome {
    if !all(&RESUME)(request.user, target) {
        return Err(Error::NotFound.into());
    }
    let partial = request.worker.tree.partial(target.place(), &request.upload_owner()).await?;
    Ok(progress(partial.ok_or(Error::NotFound)?.size))
}

/// The piece that a request sends, and the digests of the complete file.
fn announced(head: &Head) -> Result<(Piece, Vec<Digest>), Refusal> {
    if head.only_field("content-type") != Some(PARTIAL_UPLOAD.as_bytes()) {
        return Err(Refusal::Because(415, "is patched by application/partial-upload only"));
    }
    let malformed = Refusal::Because(400, "needs Upload-Offset, a number, and Upload-Complete, ?0 or ?1");
    let piece = Piece::read(head.section()).ok_or(malformed)?;
    let digests = digest::of_representation(head.section())?;
    if !digest::of_content(head.section())?.is_empty() || !(piece.is_last || digests.is_empty()) {
        return Err(Refusal::Because(400, "takes the digest of the whole file, with its last piece"));
    }
    Ok((piece, digests))
}

fn progress(offset: u64) -> Response {
    let fields = Progress { offset, wants_digest: true }.fields();
    Response::empty(204).with(|head| {
        let head = head.field("Cache-Control", "no-store");
        fields.fold(head, |head, (name, value)| head.field(name, value))
    })
}
