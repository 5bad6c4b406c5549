//! PUT: the content becomes the file, whole or not at all
//! ([RFC 9110 section 9.3.4](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.4)).
//!
//! Everything that can be refused is refused before the content is asked for.

use common::clock;
use common::conn::Conn;
use common::files::{Checksum, Create, Error, Meta, Stored};
use common::users::Action;

use super::HttpWorker;
use super::access::Request;
use super::answer::{Answer, Body};
use super::change::{NAME_OF_DIRECTORY, NO_PARENT, etag, is_conditional, meant, preconditions};
use super::content::Incoming;
use super::refusal::Refusal;
use crate::wire::conditional::EntityTag;
use crate::wire::digest::{self, Digest};
use crate::wire::enclosed;

impl HttpWorker {
    pub(super) async fn put(
        &self,
        request: Request<'_>,
        content: &mut Incoming,
        conn: &mut Conn,
    ) -> Result<Answer, Refusal> {
        let (head, path) = (request.head, request.path()?);
        enclosed::check(head)?;
        let digests =
            [digest::of_content(head.section())?, digest::of_representation(head.section())?].concat();
        if request.names_directory() {
            return Err(NAME_OF_DIRECTORY);
        }
        let at = request.locate(&self.tree, path).await?;
        let current = self.current(at.place()).await?;
        request.require(if current.is_some() { Action::Overwrite } else { Action::Upload }, &at)?;
        if current.is_some_and(|meta| meta.is_directory()) {
            return Err(Refusal::Because(409, "is a directory"));
        }
        if !content.is_framed() {
            return Err(Refusal::Because(411, "needs Content-Length or chunks"));
        }
        preconditions(head, current.as_ref())?;
        let how = manner(request, current.as_ref(), request.may(Action::Overwrite, &at));
        let mut upload = match self.tree.create(at.place(), how, None, request.peer.ip()).await {
            Err(Error::NotFound | Error::NotDirectory) => return Err(NO_PARENT),
            upload => upload?,
        };
        digests.iter().for_each(|digest| upload.expect(checksum(digest)));
        while content.next(conn, upload.room()).await? {
            upload.advance().await?;
        }
        match upload.commit().await {
            // Somebody else was faster.
            Err(Error::Exists) if is_conditional(head) => Err(Error::Changed.into()),
            Err(Error::Exists) => Err(Refusal::Forbidden),
            stored => Ok(stored_as(&stored?)),
        }
    }
}

/// What the upload may do to what is there when its content has come, which can be something else than
/// is there now.
fn manner(request: Request<'_>, current: Option<&Meta>, may_overwrite: bool) -> Create {
    match current.map(|meta| meant(request.head, meta)) {
        Some(Some(version)) => Create::Over(version),
        None if is_conditional(request.head) || !may_overwrite => Create::New,
        _ => Create::Replace,
    }
}

pub(super) fn checksum(digest: &Digest) -> Checksum {
    match digest {
        Digest::Sha256(bytes) => Checksum::Sha256(*bytes),
        Digest::Sha512(bytes) => Checksum::Sha512(*bytes),
    }
}

/// 201 or 204, with the validators of what is there now: it is what was sent, byte by byte, so the
/// client may go on from them (RFC 9110 section 9.3.4).
pub(super) fn stored_as(stored: &Stored) -> Answer {
    let answer = match stored.is_new {
        true => Answer::new(201, Body::Bytes(Vec::new())),
        false => Answer::new(204, Body::None),
    };
    let tag = etag(&stored.meta);
    answer.with(|head| {
        head.last_modified(stored.meta.modified, clock::now()).etag(EntityTag::strong(tag.as_bytes()))
    })
}
