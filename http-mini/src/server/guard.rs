//! The checks before a method: Host, login, other sites, permissions, preconditions. A method gets a [`Request`], a
//! [`Change`] and a [`Target`] from here only, so none can be carried out without its checks.
//!
//! Logins are those of Basic authentication
//! ([RFC 9110 section 11](https://www.rfc-editor.org/rfc/rfc9110#section-11)).

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use common::files::{Error, LastLink, Meta, TreePath, Version};
use common::net::clock;
use common::net::peer::Peer;
use common::users::{Action, Denied, Located, User};

use super::HttpWorker;
use super::refusal::Refusal;
use crate::wire::conditional::{self, EntityTag, Precondition, Validators};
use crate::wire::credentials::{self, Credentials};
use crate::wire::head::Head;
use crate::wire::{forwarded, origin};

/// A request whose Host and login are checked.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) worker: &'a HttpWorker,
    pub(super) head: &'a Head,
    pub(super) user: &'a User,
    peer: &'a Peer,
}

/// A request that may change the tree: the server is writable, and no other site caused the request.
#[derive(Clone, Copy)]
pub(super) struct Change<'a>(Request<'a>);

/// Where a path leads, once the user may do there what the method does.
pub(super) struct Target(Located);

impl Deref for Target {
    type Target = Located;

    fn deref(&self) -> &Located {
        &self.0
    }
}

impl<'a> Deref for Change<'a> {
    type Target = Request<'a>;

    fn deref(&self) -> &Request<'a> {
        &self.0
    }
}

/// # Errors
/// [`Refusal::Forbidden`] unless it is permitted.
pub(super) fn permit(may: bool) -> Result<(), Refusal> {
    may.then_some(()).ok_or(Refusal::Forbidden)
}

/// All of these actions are permitted.
pub(super) fn all(actions: &[Action]) -> impl FnOnce(&User, &Located) -> bool {
    |user, at| actions.iter().all(|&action| user.may(action, at))
}

/// One of these actions is permitted.
pub(super) fn any(actions: &[Action]) -> impl FnOnce(&User, &Located) -> bool {
    |user, at| actions.iter().any(|&action| user.may(action, at))
}

impl HttpWorker {
    /// The client of a request: the peer, or the address that a trusted proxy names.
    pub(super) fn client(&self, head: &Head, peer: Peer) -> Peer {
        if !self.proxies.iter().any(|proxy| proxy.is(peer)) {
            return peer;
        }
        let is_trusted = |address| self.proxies.iter().any(|proxy| proxy.is(Peer::behind_proxy(address)));
        forwarded::client(head.section(), is_trusted).map_or(peer, Peer::behind_proxy)
    }

    /// Whether the request logs in. Without passwords there is nothing to log in to.
    pub(super) fn has_credentials(&self, head: &Head) -> bool {
        self.users.have_passwords() && head.field("authorization").is_some()
    }

    /// The user whose credentials the request has.
    pub(super) async fn login(&self, head: &Head, peer: Peer) -> Result<Arc<User>, Refusal> {
        match credentials::of_request(head)? {
            Some(Credentials::Basic(basic)) => {
                let login = self.users.login(basic.user.as_bytes(), basic.password.as_bytes(), peer);
                login.await.map_err(Refusal::Login)
            }
            _ => Err(Refusal::Login(Denied::Wrong)),
        }
    }

    /// Admits a request of this user (`None`: nobody, and anonymous clients have no access) if it names a host
    /// under which the server answers. Other processes of this machine and clients without Host are no browsers.
    pub(super) fn admit<'a>(
        &'a self,
        head: &'a Head,
        user: Option<&'a User>,
        peer: &'a Peer,
    ) -> Result<Request<'a>, Refusal> {
        let user = user.ok_or(Refusal::Forbidden)?;
        match (&self.host_check, head.host()) {
            (Some(check), Some(host)) if *peer != Peer::Unix && !check.accepts(host) => Err(Refusal::HOST),
            _ => Ok(Request { worker: self, head, user, peer }),
        }
    }
}

impl<'a> Request<'a> {
    /// The path that the request-target names, as the user sees it.
    pub(super) fn path(self) -> Result<TreePath, Error> {
        Ok(TreePath::ROOT.join(&self.head.target().decoded_path())?)
    }

    /// Whether the request-target ends like the name of a directory.
    pub(super) fn names_directory(self) -> bool {
        TreePath::names_directory(&self.head.target().decoded_path())
    }

    /// The address by which uploads are counted.
    pub(super) fn address(self) -> Option<IpAddr> {
        self.peer.ip()
    }

    /// Who may resume an upload of this request.
    pub(super) fn upload_owner(self) -> Vec<u8> {
        self.user.holder(*self.peer)
    }

    /// Locates a path where `may` permits what the method does.
    pub(super) async fn locate(
        self,
        path: TreePath,
        last: LastLink,
        may: impl FnOnce(&User, &Located) -> bool,
    ) -> Result<Target, Refusal> {
        let at = self.user.locate(&self.worker.tree, path, last).await?;
        permit(may(self.user, &at)).map(|()| Target(at))
    }

    /// As [`locate`](Self::locate), without waiting, where that is possible and permitted.
    pub(super) fn locate_now(self, path: TreePath, action: Action) -> Option<Target> {
        self.user.locate_now(path).filter(|at| self.user.may(action, at)).map(Target)
    }

    /// What a target names at present, if anything.
    pub(super) async fn current(self, target: &Target) -> Result<Option<Meta>, Error> {
        match self.worker.tree.metadata(target.place()).await {
            Ok(meta) => Ok(Some(meta)),
            Err(Error::NotFound | Error::NotDirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Checks whether this request may change the tree.
    pub(super) fn into_change(self) -> Result<Change<'a>, Refusal> {
        if !self.worker.tree.is_writable() {
            return Err(Refusal::Because(405, "cannot be changed; the server is read-only"));
        }
        if origin::is_foreign(self.head) {
            return Err(Refusal::Because(403, "may not be changed by pages of another site"));
        }
        Ok(Change(self))
    }
}

impl Change<'_> {
    /// Locates the request-target where `may` permits the change. In a drop box no precondition is evaluated:
    /// the result would tell what exists.
    pub(super) async fn target(
        self,
        last: LastLink,
        may: impl FnOnce(&User, &Located) -> bool,
    ) -> Result<Target, Refusal> {
        let target = self.locate(self.path()?, last, may).await?;
        match self.user.is_in_drop_box(&target) && self.is_conditional() {
            true => Err(Error::Changed.into()),
            false => Ok(target),
        }
    }

    /// Locates what the request-target names where the user may remove or rename it. The change is for this
    /// version only if there is one.
    pub(super) async fn existing(self) -> Result<(Target, Meta, Option<Version>), Refusal> {
        let target = self.target(LastLink::Kept, User::may_remove).await?;
        if self.path()?.is_root() {
            return Err(Error::Root.into());
        }
        let meta = self.worker.tree.metadata(target.place()).await?;
        if self.names_directory() && !meta.is_directory() {
            return Err(Error::NotDirectory.into());
        }
        self.check_preconditions(Some(&meta))?;
        Ok((target, meta, self.is_conditional().then_some(meta.version)))
    }

    /// Whether the preconditions hold (RFC 9110 section 13.2).
    pub(super) fn check_preconditions(self, current: Option<&Meta>) -> Result<(), Refusal> {
        let etag = current.map(|meta| meta.version.to_string()).unwrap_or_default();
        let current = current.map(|meta| match meta.is_directory() {
            true => Validators { etag: None, modified: None },
            false => Validators { etag: EntityTag::strong(etag.as_bytes()), modified: Some(meta.modified) },
        });
        match conditional::evaluate(self.head, current.as_ref(), clock::now()) {
            Precondition::Proceed => Ok(()),
            Precondition::NotModified | Precondition::Failed => Err(Error::Changed.into()),
        }
    }

    /// Whether the request has preconditions, so that it is about one version.
    pub(super) fn is_conditional(self) -> bool {
        let names = ["if-match", "if-none-match", "if-unmodified-since"];
        names.iter().any(|name| self.head.field(name).is_some())
    }
}
