//! Who asks, and what they may do ([RFC 9110 section 11](https://www.rfc-editor.org/rfc/rfc9110#section-11)):
//! Basic authentication against the users that all protocols share.

use std::sync::Arc;

use common::files::{Error, LastLink, Meta, Tree, TreePath, Version};
use common::net::clock;
use common::net::peer::Peer;
use common::users::{Action, Denied, Located, User};

use super::HttpWorker;
use super::refusal::Refusal;
use crate::wire::conditional::{self, EntityTag, Precondition, Validators};
use crate::wire::credentials::{self, Credentials};
use crate::wire::forwarded;
use crate::wire::head::Head;

/// A request, and whose it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub(super) head: &'a Head,
    pub(super) user: &'a User,
    pub(super) peer: &'a Peer,
}

impl<'a> Request<'a> {
    /// What the target names, as the user sees it.
    pub(super) fn path(self) -> Result<TreePath, Error> {
        Ok(TreePath::ROOT.join(&self.head.target().decoded_path())?)
    }

    /// Whether the target is written as the name of a directory.
    pub(super) fn names_directory(self) -> bool {
        TreePath::names_directory(&self.head.target().decoded_path())
    }

    /// Finds out where a path leads for the user.
    pub(super) async fn locate(self, tree: &Tree, path: TreePath) -> Result<Located, Error> {
        self.user.locate(tree, path, LastLink::Followed).await
    }

    /// The same for requests that change names: of a link, the link.
    pub(super) async fn locate_name(self, tree: &Tree, path: TreePath) -> Result<Located, Error> {
        self.user.locate(tree, path, LastLink::Kept).await
    }

    pub(super) fn may(self, action: Action, at: &Located) -> bool {
        self.user.may(action, at)
    }

    /// # Errors
    /// [`Refusal::Forbidden`].
    pub(super) fn require(self, action: Action, at: &Located) -> Result<(), Refusal> {
        permit(self.may(action, at))
    }
}

/// # Errors
/// [`Refusal::Forbidden`] unless it is permitted.
pub(super) fn permit(may: bool) -> Result<(), Refusal> {
    may.then_some(()).ok_or(Refusal::Forbidden)
}

impl HttpWorker {
    /// Where a request comes from: the peer, or what a trusted proxy says of its own peer.
    pub(super) fn client(&self, head: &Head, peer: Peer) -> Peer {
        if !self.proxies.iter().any(|proxy| proxy.is(peer)) {
            return peer;
        }
        let is_trusted = |address| self.proxies.iter().any(|proxy| proxy.is(Peer::behind_proxy(address)));
        forwarded::client(head.section(), is_trusted).map_or(peer, Peer::behind_proxy)
    }

    /// Whether the request names a host under which the server answers. Other processes of this machine and
    /// clients without Host are no browsers.
    pub(super) fn accepts_host(&self, head: &Head, peer: Peer) -> bool {
        match (&self.host_check, head.host()) {
            (Some(check), Some(host)) => peer == Peer::Unix || check.accepts(host),
            _ => true,
        }
    }

    /// Whether the request says whose it is. Where nobody has a password that says nothing.
    pub(super) fn has_credentials(&self, head: &Head) -> bool {
        self.users.have_passwords() && head.field("authorization").is_some()
    }

    /// Who the credentials of a request stand for.
    pub(super) async fn login(&self, head: &Head, peer: Peer) -> Result<Arc<User>, Refusal> {
        match credentials::of_request(head)? {
            Some(Credentials::Basic(basic)) => {
                let login = self.users.login(basic.user.as_bytes(), basic.password.as_bytes(), peer);
                login.await.map_err(Refusal::Login)
            }
            _ => Err(Refusal::Login(Denied::Wrong)),
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
