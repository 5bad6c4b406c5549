//! Requests that change the tree: which method may, and the short ones, DELETE, MKCOL and MOVE
//! ([RFC 9110 section 9.3.5](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.5),
//! [RFC 4918 sections 9.3 and 9.9](https://www.rfc-editor.org/rfc/rfc4918#section-9.3)).
//! They change one name; nothing is removed or replaced with what is below it.

use common::files::{Error, Meta, TreePath, Version};
use common::net::clock;
use common::net::conn::Conn;
use common::users::{Action, Located};

use super::HttpWorker;
use super::access::{Request, permit};
use super::answer::{Answer, Body};
use super::refusal::Refusal;
use crate::content::read::Incoming;
use crate::wire::conditional::{self, EntityTag, Precondition, Validators};
use crate::wire::framing::Framing;
use crate::wire::head::{Head, Method};
use crate::wire::{destination, origin};

/// Nothing can be made where no directory is (409: RFC 4918 sections 9.3.1 and 9.7.1).
pub(super) const NO_PARENT: Refusal = Refusal::Because(409, "has no directory to hold it; make that first");

/// A file cannot get a name with a slash at its end.
pub(super) const NAME_OF_DIRECTORY: Refusal =
    Refusal::Because(409, "names a directory; a file's name has no slash at its end");

impl HttpWorker {
    /// Carries out what is not only looking.
    pub(super) async fn change(
        &self,
        request: Request<'_>,
        content: &mut Incoming,
        conn: &mut Conn,
    ) -> Result<Answer, Refusal> {
        if !self.tree.is_writable() {
            return Err(Refusal::Method("cannot be changed; the server is read-only"));
        }
        if origin::is_foreign(request.head) {
            return Err(Refusal::Because(403, "may not be changed by pages of another site"));
        }
        match request.head.method() {
            Method::Put => self.put(request, content, conn).await,
            Method::Post => self.post(request, content, conn).await,
            Method::Patch => self.patch(request, content, conn).await,
            Method::Delete => self.delete(request).await,
            Method::Mkcol if !matches!(content.framing(), Framing::None | Framing::Length(0)) => {
                Err(Refusal::Because(415, "is to be a directory, which has no content"))
            }
            Method::Mkcol => self.make_directory(request).await,
            Method::Move => self.rename(request).await,
            _ => Err(Refusal::Method("is not changed by this method")),
        }
    }

    /// What a path names at present, if anything.
    pub(super) async fn current(&self, place: &TreePath) -> Result<Option<Meta>, Error> {
        match self.tree.metadata(place).await {
            Ok(meta) => Ok(Some(meta)),
            Err(Error::NotFound | Error::NotDirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// DELETE of a file or of an empty directory.
    async fn delete(&self, request: Request<'_>) -> Result<Answer, Refusal> {
        let path = request.path()?;
        let at = request.locate_name(&self.tree, path.clone()).await?;
        permit(request.user.may_remove(&at))?;
        check_conditions(request, &at)?;
        if path.is_root() {
            return Err(Error::Root.into());
        }
        let place = at.place();
        let meta = self.tree.metadata(place).await?;
        if request.names_directory() && !meta.is_directory() {
            return Err(Error::NotDirectory.into());
        }
        preconditions(request.head, Some(&meta))?;
        let meant = meant(request.head, &meta);
        match meta.is_directory() {
            false => self.tree.remove_file(place, meant).await?,
            true => match self.tree.remove_dir(place, meant).await {
                // A symlink to a directory: what is removed is the link.
                Err(Error::NotDirectory) => self.tree.remove_file(place, meant).await?,
                removed => removed?,
            },
        }
        Ok(Answer::new(204, Body::None))
    }

    /// MKCOL.
    async fn make_directory(&self, request: Request<'_>) -> Result<Answer, Refusal> {
        let at = request.locate_name(&self.tree, request.path()?).await?;
        request.require(Action::Upload, &at)?;
        request.user.check_name(&at)?;
        check_conditions(request, &at)?;
        if request.user.is_in_drop_box(&at) {
            request.user.make_dropped_directory(&self.tree, &at).await?;
            return Ok(Answer::new(201, Body::Bytes(Vec::new())));
        }
        let place = at.place();
        preconditions(request.head, self.current(place).await?.as_ref())?;
        match self.tree.make_dir(place).await {
            Ok(()) => Ok(Answer::new(201, Body::Bytes(Vec::new()))),
            // RFC 4918 section 9.3.1.
            Err(Error::Exists | Error::Root) => Err(Refusal::Method("exists already")),
            Err(Error::NotFound | Error::NotDirectory) => Err(NO_PARENT),
            Err(error) => Err(error.into()),
        }
    }

    /// MOVE: gives a file or directory another name. Replaces a file, never a directory.
    async fn rename(&self, request: Request<'_>) -> Result<Answer, Refusal> {
        let from = request.path()?;
        let destination = destination::of_request(request.head)?;
        let to = TreePath::ROOT.join(&destination)?;
        let may_overwrite = destination::may_overwrite(request.head)?;
        if from.is_root() || to.is_root() {
            return Err(Error::Root.into());
        }
        if from == to {
            return Err(Refusal::Because(403, "is where it is to be moved to"));
        }
        let from = request.locate_name(&self.tree, from).await?;
        permit(request.user.may_remove(&from))?;
        check_conditions(request, &from)?;
        let to = request.locate_name(&self.tree, to).await?;
        let meta = self.tree.metadata(from.place()).await?;
        if request.names_directory() && !meta.is_directory() {
            return Err(Error::NotDirectory.into());
        }
        if TreePath::names_directory(&destination) && !meta.is_directory() {
            return Err(NAME_OF_DIRECTORY);
        }
        let is_dropped = request.user.is_in_drop_box(&to);
        let replaces = !is_dropped && self.current(to.place()).await?.is_some();
        let action = if replaces { Action::Overwrite } else { Action::Upload };
        permit(request.user.may_move(&from, action, &to))?;
        request.user.check_name(&to)?;
        preconditions(request.head, Some(&meta))?;
        if replaces && !may_overwrite {
            return Err(Refusal::Because(412, "would replace another file"));
        }
        let meant = meant(request.head, &meta);
        let renamed = match is_dropped {
            true => {
                let to_place = request.user.place_in(&self.tree, &to).await?;
                self.tree.rename_numbered(from.place(), &to_place, meant).await
            }
            false => self.tree.rename(from.place(), to.place(), replaces, meant).await,
        };
        match renamed {
            Ok(()) if replaces => Ok(Answer::new(204, Body::None)),
            Ok(()) => Ok(Answer::new(201, Body::Bytes(Vec::new()))),
            Err(Error::Exists | Error::IsDirectory) => {
                Err(Refusal::Because(409, "cannot be moved over a directory or by one; remove what is there"))
            }
            Err(Error::NotFound | Error::NotDirectory) => {
                Err(Refusal::Because(409, "cannot be moved to where no directory is"))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// In a drop box no condition is evaluated: whether it holds would tell what exists.
pub(super) fn check_conditions(request: Request<'_>, at: &Located) -> Result<(), Refusal> {
    match request.user.is_in_drop_box(at) && is_conditional(request.head) {
        true => Err(Error::Changed.into()),
        false => Ok(()),
    }
}

/// Whether the preconditions of a change hold (RFC 9110 section 13.2).
pub(super) fn preconditions(head: &Head, current: Option<&Meta>) -> Result<(), Refusal> {
    let etag = current.map(etag).unwrap_or_default();
    let current = current.map(|meta| match meta.is_directory() {
        true => Validators { etag: None, modified: None },
        false => Validators { etag: EntityTag::strong(etag.as_bytes()), modified: Some(meta.modified) },
    });
    match conditional::evaluate(head, current.as_ref(), clock::now()) {
        Precondition::Proceed => Ok(()),
        Precondition::NotModified | Precondition::Failed => Err(Error::Changed.into()),
    }
}

/// The version that a conditional request means: the change is made to it and to no later one.
pub(super) fn meant(head: &Head, current: &Meta) -> Option<Version> {
    is_conditional(head).then_some(current.version)
}

pub(super) fn is_conditional(head: &Head) -> bool {
    ["if-match", "if-none-match", "if-unmodified-since"].iter().any(|name| head.field(name).is_some())
}

/// The text of a file's entity tag: the same that GET sends.
pub(super) fn etag(meta: &Meta) -> String {
    meta.version.to_string()
}
