//! Uploads that can be resumed
//! ([draft-ietf-httpbis-resumable-upload-12](https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-resumable-upload-12)).
//! The upload resource of a file has the URL of the file, and belongs to the user.
//!
//! - PUT of a free name with `Upload-Complete: ?1` gets 104 with Location, if it has `Upload-Draft-Interop-Version: 8`.
//!   If the connection breaks, the received bytes are kept for a day, even if there are none. With `Upload-Complete: ?0`
//!   they are kept in any case (201).
//! - HEAD returns 204 and `Upload-Offset: 1000` while the first 1,000 bytes of an upload of this user are kept, and
//!   `Upload-Length: 5000` if the length is known: from Upload-Length of an earlier request, or from the content of one with
//!   `Upload-Complete: ?1`. A request that states another length gets 400.
//! - PATCH with `Content-Type: application/partial-upload` and `Upload-Offset: 1000` resumes the upload. With
//!   `Upload-Complete: ?1` the file is complete at the end of the content and is stored (201); otherwise the received
//!   bytes are kept (204), as when the connection breaks. At any other offset: 409, with the right one in Upload-Offset.
//! - DELETE cancels the upload. So does content beyond the known length, which gets 400 as soon as it arrives.
//! - Upload-Limit is in the responses to OPTIONS and HEAD, in 104, 201 and 413.
//! - Upload-Complete is `?1` if the complete content was stored or refused, and `?0` in any other response to a PATCH, or
//!   to a PUT that starts an upload.
//!
//! Beyond the draft: PATCH at offset 0 starts an upload, also again. If it is interrupted before its first byte, nothing
//! is kept, unless a PUT has started the upload without content. `Repr-Digest` with the last piece is the digest of the
//! complete file. HEAD asks for it (`Want-Repr-Digest`), so that a client can resume even if the kept bytes may be of
//! another file: if the digest differs, nothing is stored or kept (400).
//!
//! Not implemented: an upload that replaces a file, 104 with the progress, problem types (the draft allows to omit these
//! two), the state by GET, which gets 404 until the file is complete, and the state of a complete upload: HEAD then
//! returns the file.

use common::files::{Create, LastLink, PartialUpload, TreeError, TreePath, Upload};
use common::net::conn::Conn;
use common::users::{Action, Located};

use super::require_length;
use super::upload::{announce, begin, stored_at};
use crate::content::read::Incoming;
use crate::server::guard::{Change, CheckedRequest, all};
use crate::server::refusal::{Outcome, Refusal};
use crate::server::response::ServerResponse;
use crate::wire::digest::{self, Digest};
use crate::wire::enclosed;
use crate::wire::head::{Method, RequestHead, Version};
use crate::wire::response::{ResponseHeadWriter, Status};
use crate::wire::resumable::{
    self, INTEROP_FIELD, INTEROP_VERSION, PARTIAL_UPLOAD, PatchPiece, UploadProgress,
};

/// Resuming needs permission to overwrite as well: the response shows whether the name is free.
const RESUME: [Action; 2] = [Action::Upload, Action::Overwrite];

const INCONSISTENT_LENGTH: Refusal = Refusal::because(
    400,
    "has another length than the request or an earlier one states",
    "panjangnya berbeda dari yang dinyatakan permintaan ini atau sebelumnya",
);

/// Whether a PUT starts an upload that can be resumed, and if so whether its content is the whole file. `is_free`: no
/// file has the name.
pub(super) fn creation(
    request: CheckedRequest<'_>,
    target: &Located,
    is_free: bool,
) -> Result<Option<PatchPiece>, Refusal> {
    let Some(is_last) = resumable::completeness(request.head.section()) else { return Ok(None) };
    match (is_free && all(&RESUME)(request.user, target), is_last) {
        (true, _) => {
            Ok(Some(PatchPiece { offset: 0, is_last, length: resumable::length(request.head.section()) }))
        }
        // The whole file is stored as by any PUT.
        (false, true) => Ok(None),
        (false, false) => Err(Refusal::because(
            409,
            "cannot be uploaded in parts: it exists, or may not be overwritten",
            "tidak dapat diunggah sebagian demi sebagian: sudah ada, atau tidak boleh ditimpa",
        )),
    }
}

/// PUT that starts an upload.
pub(super) async fn create(
    request: CheckedRequest<'_>,
    target: &Located,
    piece: PatchPiece,
    content: &mut Incoming,
    conn: &mut Conn,
) -> Outcome {
    let (path, digests) = (request.path()?, digests(request.head, piece)?);
    let piece = with_known_length(piece, content.left(), None)?;
    let mut upload = begin_piece(request, target, piece, &digests, content).await?;
    // It can be resumed from now on.
    upload.keep_empty();
    let (location, limit) = (request.location_of_sibling(&path), request.worker.upload_limit());
    if request.head.version() >= Version::Http11 && resumable::is_announced(request.head.section()) {
        ResponseHeadWriter::new(conn.out(), Status(104))
            .field("Location", &location)
            .field("Upload-Limit", &limit)
            .field(INTEROP_FIELD, INTEROP_VERSION)
            .finish();
    }
    let mut response = append(request, &path, upload, piece, content, conn).await?;
    if !piece.is_last {
        response.status = Status(201);
        response = response.with(|head| head.field("Location", location).field("Upload-Limit", limit));
    }
    Ok(response)
}

pub(super) async fn patch(change: Change<'_>, content: &mut Incoming, conn: &mut Conn) -> Outcome {
    let request = change.request();
    let (tree, path, owner) = (&request.worker.tree, request.path()?, request.upload_owner());
    enclosed::check(request.head)?;
    let (piece, digests) = announced(request.head)?;
    let target = change.target(LastLink::Followed, all(&RESUME)).await?;
    require_length(content)?;
    if request.names_directory() {
        return Err(Refusal::NAME_OF_DIRECTORY);
    }
    if path.is_root() || request.current(&target).await?.is_some() {
        return Err(Refusal::because(
            409,
            "exists already; PUT would replace it",
            "sudah ada; PUT akan menggantikannya",
        ));
    }
    change.check_preconditions(None)?;
    let kept = match tree.partial(target.place(), &owner).await {
        // The attempt to create the upload reports this error.
        Err(TreeError::NotFound | TreeError::NotDirectory) => None,
        kept => kept?,
    };
    let size = kept.map_or(0, |kept| kept.meta.size);
    if piece.offset != 0 && piece.offset != size {
        return Err(Refusal::Offset(size));
    }
    // At offset 0, an upload of more bytes starts anew.
    let kept_length = kept.filter(|kept| kept.meta.size == piece.offset).and_then(|kept| kept.length);
    let piece = with_known_length(piece, content.left(), kept_length)?;
    let upload = begin_piece(request, &target, piece, &digests, content).await?;
    append(request, &path, upload, piece, content, conn).await
}

/// Creates or resumes an upload, which fails if the rest of the file, or else the piece, exceeds a limit.
async fn begin_piece(
    request: CheckedRequest<'_>,
    target: &Located,
    piece: PatchPiece,
    digests: &[Digest],
    content: &Incoming,
) -> Result<Upload, Refusal> {
    let (how, owner) = (Create::Resume(piece.offset), request.upload_owner());
    let mut upload = begin(request, target.place(), how, Some(&owner), digests).await?;
    if let Some(length) = piece.length {
        upload.announce(length.saturating_sub(piece.offset)).await?;
        upload.keep_length(length);
    } else {
        announce(&mut upload, content).await?;
    }
    Ok(upload)
}

/// Receives a piece. The last one completes the file; the others are kept. More content than the known length makes the
/// upload invalid (section 4.4.2).
async fn append(
    request: CheckedRequest<'_>,
    path: &TreePath,
    mut upload: Upload,
    piece: PatchPiece,
    content: &mut Incoming,
    conn: &mut Conn,
) -> Outcome {
    loop {
        match content.next(conn, upload.room(), usize::MAX).await {
            Ok(true) => {}
            Ok(false) => break,
            Err(broken) => {
                // The received bytes are kept if the disk allows it.
                let _ = upload.keep().await;
                return Err(broken.into());
            }
        }
        if piece.length.is_some_and(|length| piece.offset + upload.received() > length) {
            upload.discard().await?;
            return Err(INCONSISTENT_LENGTH);
        }
        upload.advance().await?;
    }
    let size = piece.offset + upload.received();
    if !piece.is_last {
        upload.keep_empty();
        upload.keep().await?;
        return Ok(progress(size, None));
    }
    if piece.length.is_some_and(|length| size < length) {
        upload.keep().await?;
        return Err(INCONSISTENT_LENGTH);
    }
    let stored = upload.commit().await.map_err(uncommitted)?;
    Ok(stored_at(request, path, &stored).with(|head| head.field("Upload-Complete", "?1")))
}

/// The refusal of a complete upload that is not stored. Upload-Complete is `?1` if the cause is the content or the name:
/// resuming cannot help then.
fn uncommitted(error: TreeError) -> Refusal {
    let is_complete = matches!(error, TreeError::Exists | TreeError::Changed | TreeError::Checksum);
    Refusal::from(error).of_upload(is_complete)
}

/// The piece with the length of the complete file, if this request or an earlier one states it (section 4.1.3). Fails if
/// two lengths differ, or if the `left` bytes of its content exceed the length.
fn with_known_length(
    piece: PatchPiece,
    left: Option<u64>,
    earlier: Option<u64>,
) -> Result<PatchPiece, Refusal> {
    let end = left.map(|left| piece.offset.saturating_add(left));
    let mut stated = [earlier, piece.length, end.filter(|_| piece.is_last)].into_iter().flatten();
    let Some(length) = stated.next() else { return Ok(piece) };
    match stated.any(|other| other != length) || end.is_some_and(|end| end > length) {
        true => Err(INCONSISTENT_LENGTH),
        false => Ok(PatchPiece { length: Some(length), ..piece }),
    }
}

/// HEAD of a free name: the offset at which an upload to it can be resumed.
pub(super) async fn offset(request: CheckedRequest<'_>, target: &Located) -> Outcome {
    let PartialUpload { meta, length } = kept(request, target).await?;
    let response = progress(meta.size, length);
    Ok(response.with(|head| head.field("Upload-Limit", request.worker.upload_limit())))
}

/// DELETE of a free name: cancels an upload to it.
pub(super) async fn cancel(change: Change<'_>) -> Outcome {
    let request = change.request();
    let target = change.target(LastLink::Followed, |_, _| true).await?;
    if request.current(&target).await?.is_some() {
        return Err(TreeError::NotFound.into());
    }
    kept(request, &target).await?;
    request.worker.tree.remove_partial(target.place(), &request.upload_owner()).await?;
    Ok(ServerResponse::empty(204))
}

/// The user's partial upload to a path.
async fn kept(request: CheckedRequest<'_>, target: &Located) -> Result<PartialUpload, TreeError> {
    if !all(&RESUME)(request.user, target) {
        return Err(TreeError::NotFound);
    }
    let partial = request.worker.tree.partial(target.place(), &request.upload_owner()).await?;
    partial.ok_or(TreeError::NotFound)
}

/// The piece that a PATCH sends, and the digests of the complete file.
fn announced(head: &RequestHead) -> Result<(PatchPiece, Vec<Digest>), Refusal> {
    if head.only_field("content-type") != Some(PARTIAL_UPLOAD.as_bytes()) {
        return Err(Refusal::because(
            415,
            "is patched by application/partial-upload only",
            "hanya menerima PATCH dengan application/partial-upload",
        ));
    }
    let malformed = Refusal::because(
        400,
        "needs Upload-Offset, a number, and Upload-Complete, ?0 or ?1",
        "memerlukan Upload-Offset, sebuah bilangan, dan Upload-Complete, ?0 atau ?1",
    );
    let piece = PatchPiece::read(head.section()).ok_or(malformed)?;
    Ok((piece, digests(head, piece)?))
}

/// The digests of the complete file. That of a piece is not checked, except of the only one.
fn digests(head: &RequestHead, piece: PatchPiece) -> Result<Vec<Digest>, Refusal> {
    let [of_file, of_piece] =
        [digest::of_representation(head.section())?, digest::of_content(head.section())?];
    let is_only = piece.is_last && head.method() == Method::Put;
    if (!of_piece.is_empty() && !is_only) || !(piece.is_last || of_file.is_empty()) {
        return Err(Refusal::because(
            400,
            "takes the digest of the whole file, with its last piece",
            "menerima digest seluruh berkas, bersama potongan terakhirnya",
        ));
    }
    Ok([of_file, of_piece].concat())
}

/// 204 with the state of an upload. `length`: that of the complete file, in a response to HEAD.
fn progress(offset: u64, length: Option<u64>) -> ServerResponse {
    let fields = UploadProgress { offset, length, wants_digest: true }.fields();
    ServerResponse::empty(204).with(|head| {
        let head = head.field("Cache-Control", "no-store");
        fields.fold(head, |head, (name, value)| head.field(name, value))
    })
}
