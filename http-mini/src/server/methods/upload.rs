//! What the methods that store content share: the start of an upload, and the response to a stored one.

use std::time::{Duration, SystemTime};

use common::files::{Create, Stored, TreeError, TreePath, Upload};
use common::net::clock;

use crate::content::{self, read::Incoming};
use crate::server::guard::CheckedRequest;
use crate::server::refusal::Refusal;
use crate::server::response::ServerResponse;
use crate::wire::conditional::EntityTag;
use crate::wire::digest::Digest;

/// Creates an upload, which fails unless its content has these digests.
pub(super) async fn begin(
    request: CheckedRequest<'_>,
    place: &TreePath,
    how: Create,
    owner: Option<&[u8]>,
    digests: &[Digest],
) -> Result<Upload, Refusal> {
    let mut upload = match request.worker.tree.create(place, how, owner, request.uploader()).await {
        Err(TreeError::NotFound | TreeError::NotDirectory) => return Err(Refusal::NO_PARENT),
        upload => upload?,
    };
    content::digest::expect(&mut upload, digests);
    if let Some(modified) = request.head.only_field("x-oc-mtime").and_then(modification_time) {
        upload.date(modified);
    }
    Ok(upload)
}

/// Fails if the content is longer than a limit of uploads, before it is read.
pub(super) async fn announce(upload: &mut Upload, content: &Incoming) -> Result<(), TreeError> {
    match content.left() {
        Some(length) => upload.announce(length).await,
        None => Ok(()),
    }
}

/// A time in seconds since 1970, perhaps with a fraction. A time in the future becomes now: until then, a change would not
/// be noticed. `None` if it is malformed.
pub(super) fn modification_time(text: &[u8]) -> Option<SystemTime> {
    let whole = text.split(|&byte| byte == b'.').next()?;
    let seconds: u64 = std::str::from_utf8(whole).ok()?.trim().parse().ok()?;
    let now = clock::now();
    Some(SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).map_or(now, |time| time.min(now)))
}

/// 201 or 204, with the validators of the stored file: it equals the sent content, so RFC 9110 section 9.3.4
/// allows them. Location is sent if the file got another name than that of `path`.
pub(super) fn stored_at(request: CheckedRequest<'_>, path: &TreePath, stored: &Stored) -> ServerResponse {
    let response = ServerResponse::empty(if stored.is_new { 201 } else { 204 });
    let etag = stored.meta.version.to_string();
    let directory = path.parent().unwrap_or(TreePath::ROOT);
    let location = |name: &Vec<u8>| request.location_of_sibling(&directory.child(name));
    let location = stored.other_name.as_ref().map(location);
    response.with(|head| {
        let head = match location {
            Some(location) => head.field("Location", location),
            None => head,
        };
        head.last_modified(stored.meta.modified, clock::now()).etag(EntityTag::strong(etag.as_bytes()))
    })
}
