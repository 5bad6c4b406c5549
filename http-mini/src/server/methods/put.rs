//! PUT: the content becomes the file, whole or not at all
//! ([RFC 9110 section 9.3.4](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.4)).
//!
//! Everything that can be refused is refused before the content is asked for.

use common::files::{Create, Error, Stored, TreePath};
use common::net::clock;
use common::net::conn::Conn;
use common::users::{Action, Located};

use crate::content::{self, read::Incoming};
use crate::server::HttpWorker;
use crate::server::guard::{Request, check_conditions, etag, is_conditional, meant, preconditions};
use crate::server::refusal::Refusal;
use crate::server::response::{Response, file_link};
use crate::wire::conditional::EntityTag;
use crate::wire::digest;
use crate::wire::enclosed;
use crate::wire::framing::Framing;

impl HttpWorker {
    pub(super) async fn put(
        &self,
        request: Request<'_>,
        content: &mut Incoming,
        conn: &mut Conn,
    ) -> Result<Response, Refusal> {
        let (head, path) = (request.head, request.path()?);
        enclosed::check(head)?;
        let digests =
            [digest::of_content(head.section())?, digest::of_representation(head.section())?].concat();
        if request.names_directory() {
            return Err(Refusal::NAME_OF_DIRECTORY);
        }
        let at = request.locate(&self.tree, path.clone()).await?;
        let how = self.how_to_store(request, &at).await?;
        if content.framing() == Framing::None {
            return Err(Refusal::LENGTH_REQUIRED);
        }
        let place = request.user.place_in(&self.tree, &at).await?;
        let mut upload = match self.tree.create(&place, how, None, request.peer.ip()).await {
            Err(Error::NotFound | Error::NotDirectory) => return Err(Refusal::NO_PARENT),
            upload => upload?,
        };
        content::digest::expect(&mut upload, &digests);
        while content.next(conn, upload.room(), usize::MAX).await? {
            upload.advance().await?;
        }
        match upload.commit().await {
            // Somebody else was faster.
            Err(Error::Exists) if is_conditional(head) => Err(Error::Changed.into()),
            Err(Error::Exists) => Err(Refusal::EXISTS),
            Ok(_) if request.user.is_in_drop_box(&at) => Ok(Response::empty(201)),
            stored => Ok(stored_at(&path, &stored?)),
        }
    }

    /// What the upload may do to what is there when its content has come, which can be something else than
    /// is there now.
    async fn how_to_store(&self, request: Request<'_>, at: &Located) -> Result<Create, Refusal> {
        let (head, user) = (request.head, request.user);
        check_conditions(request, at)?;
        let current = match user.is_in_drop_box(at) {
            true => None,
            false => self.current(at.place()).await?,
        };
        let how = match current.map(|meta| meant(head, &meta)) {
            Some(Some(version)) => Create::Over(version),
            None if is_conditional(head) => Create::New,
            _ => user.create(at, self.users.on_conflict()),
        };
        let replaces = matches!(how, Create::Over(_) | Create::Replace) && current.is_some();
        request.require(if replaces { Action::Overwrite } else { Action::Upload }, at)?;
        user.check_name(at)?;
        match current {
            Some(_) if how == Create::Numbered => {}
            Some(meta) if meta.is_directory() => return Err(Refusal::Because(409, "is a directory")),
            Some(_) if how == Create::New => return Err(Refusal::EXISTS),
            _ => preconditions(head, current.as_ref())?,
        }
        Ok(how)
    }
}

/// 201 or 204, with the validators of what is there now: it is what was sent, byte by byte, so the
/// client may go on from them (RFC 9110 section 9.3.4). Location says where, if it is not `path`.
pub(super) fn stored_at(path: &TreePath, stored: &Stored) -> Response {
    let answer = match stored.is_new {
        true => Response::empty(201),
        false => Response::empty(204),
    };
    let tag = etag(&stored.meta);
    let directory = path.parent().unwrap_or(TreePath::ROOT);
    let location = stored.other_name.as_ref().map(|name| file_link(&directory.child(name)));
    answer.with(|head| {
        let head = match location {
            Some(location) => head.field("Location", location),
            None => head,
        };
        head.last_modified(stored.meta.modified, clock::now()).etag(EntityTag::strong(tag.as_bytes()))
    })
}
