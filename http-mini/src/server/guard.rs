//! The checks before a method: Host, login, other sites, permissions, preconditions. Only this module creates a
//! [`CheckedRequest`] and a [`Change`], so no method runs without its checks.
//!
//! Logins are those of Basic authentication
//! ([RFC 9110 section 11](https://www.rfc-editor.org/rfc/rfc9110#section-11)), Bearer tokens
//! ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)), and of the page's cookie (`login`).

use std::net::IpAddr;
use std::sync::Arc;

use common::escape::printable;
use common::files::{FileVersion, LastLink, Meta, TreeError, TreePath, Uploader};
use common::net::clock;
use common::net::peer::Peer;
use common::users::{Action, Denied, Located, User};

use super::HttpWorker;
use super::listing::walk::TreeWalk;
use super::page::Account;
use super::refusal::Refusal;
use crate::wire::conditional::{self, EntityTag, Precondition, Validators};
use crate::wire::credentials::{self, Credentials};
use crate::wire::forwarded;
use crate::wire::head::RequestHead;

/// A request whose Host and login are checked.
#[derive(Clone, Copy)]
pub(super) struct CheckedRequest<'a> {
    pub(super) worker: &'a HttpWorker,
    pub(super) head: &'a RequestHead,
    pub(super) user: &'a User,
    pub(super) peer: &'a Peer,
}

/// A request that may change the tree: the server is writable, and no other site caused the request.
#[derive(Clone, Copy)]
pub(super) struct Change<'a>(CheckedRequest<'a>);

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
    /// The peer, or the address that a trusted proxy reports.
    pub(super) fn client(&self, head: &RequestHead, peer: Peer) -> Peer {
        if !self.proxies.iter().any(|proxy| proxy.is(peer)) {
            return peer;
        }
        let is_trusted = |address| self.proxies.iter().any(|proxy| proxy.is(Peer::behind_proxy(address)));
        forwarded::client(head.section(), is_trusted).map_or(peer, Peer::behind_proxy)
    }

    /// Whether the request logs in. If no user has a password, Authorization is ignored.
    pub(super) fn has_credentials(&self, head: &RequestHead) -> bool {
        self.users.have_passwords() && head.field("authorization").is_some()
    }

    /// Checks the credentials of a request.
    pub(super) async fn login(&self, head: &RequestHead, peer: Peer) -> Result<Arc<User>, Refusal> {
        match credentials::of_request(head)? {
            Some(Credentials::Basic(basic)) => {
                let login = self.users.login(basic.user.as_bytes(), basic.password.as_bytes(), peer);
                login.await.map_err(Refusal::Login)
            }
            Some(Credentials::Bearer(token)) => {
                self.users.login_with_token(token, peer).await.map_err(Refusal::Login)
            }
            _ => Err(Refusal::Login(Denied::Wrong)),
        }
    }

    /// Checks the Host of a request. Clients on a Unix socket and those without Host are no browsers. `user` is
    /// `None` if anonymous clients have no access.
    pub(super) fn admit<'a>(
        &'a self,
        head: &'a RequestHead,
        user: Option<&'a User>,
        peer: &'a Peer,
    ) -> Result<CheckedRequest<'a>, Refusal> {
        let user = user.ok_or(Refusal::Forbidden)?;
        match (&self.host_check, head.host()) {
            (Some(check), Some(host)) if *peer != Peer::Unix && !check.accepts(host) => Err(Refusal::HOST),
            _ => Ok(CheckedRequest { worker: self, head, user, peer }),
        }
    }
}

impl<'a> CheckedRequest<'a> {
    /// The path that the request-target names, as the user sees it.
    pub(super) fn path(self) -> Result<TreePath, TreeError> {
        Ok(TreePath::ROOT.join(&self.head.target().decoded_path())?)
    }

    pub(super) fn names_directory(self) -> bool {
        TreePath::names_directory(&self.head.target().decoded_path())
    }

    /// The address that has a share of memory and threads.
    pub(super) fn address(self) -> Option<IpAddr> {
        self.peer.ip()
    }

    /// Whose share of the uploads is used.
    pub(super) fn uploader(self) -> Uploader<'a> {
        self.user.uploader(*self.peer)
    }

    /// Identifies the owner of an upload, who may resume it.
    pub(super) fn upload_owner(self) -> Vec<u8> {
        self.user.holder(*self.peer)
    }

    /// Whether the user is logged in by the cookie of the page.
    pub(super) fn has_session(self) -> bool {
        !self.user.is_anonymous() && self.head.field("authorization").is_none()
    }

    /// The value of Cache-Control. A shared cache must not serve a response for one user to others.
    pub(super) fn cache_control(self) -> &'static str {
        if self.worker.users.have_passwords() { "private, no-cache" } else { "no-cache" }
    }

    /// A walk through directories for the user.
    pub(super) fn walk(self) -> TreeWalk<'a> {
        TreeWalk { tree: &self.worker.tree, user: self.user, address: self.address() }
    }

    /// What a page offers to the user.
    pub(super) fn account(self) -> Account {
        let name = || printable(self.user.name()).into_owned();
        match (self.user.is_anonymous(), self.worker.users.have_passwords()) {
            (true, true) => Account::Anonymous,
            (true, false) => Account::Fixed(None),
            (false, _) if self.has_session() => Account::LoggedIn(name()),
            (false, _) => Account::Fixed(Some(name())),
        }
    }

    /// Locates a path if `may` permits the method there.
    pub(super) async fn locate(
        self,
        path: TreePath,
        last: LastLink,
        may: impl FnOnce(&User, &Located) -> bool,
    ) -> Result<Located, Refusal> {
        let at = self.user.locate(&self.worker.tree, path, last).await?;
        permit(may(self.user, &at)).map(|()| at)
    }

    /// Like [`locate`](Self::locate), if no wait is needed and the action is permitted.
    pub(super) fn locate_now(self, path: TreePath, action: Action) -> Option<Located> {
        self.user.locate_now(path).filter(|at| self.user.may(action, at))
    }

    /// The metadata of a target, if it exists.
    pub(super) async fn current(self, target: &Located) -> Result<Option<Meta>, TreeError> {
        match self.worker.tree.metadata(target.place()).await {
            Ok(meta) => Ok(Some(meta)),
            Err(TreeError::NotFound | TreeError::NotDirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn into_change(self) -> Result<Change<'a>, Refusal> {
        if !self.worker.tree.is_writable() {
            return Err(Refusal::because(
                405,
                "cannot be changed; the server is read-only",
                "tidak dapat diubah; server ini hanya dapat dibaca",
            ));
        }
        if self.worker.site.is_foreign(self.head) {
            return Err(Refusal::because(
                403,
                "may not be changed by pages of another site",
                "tidak boleh diubah oleh halaman situs lain",
            ));
        }
        Ok(Change(self))
    }
}

impl<'a> Change<'a> {
    pub(super) fn request(self) -> CheckedRequest<'a> {
        self.0
    }

    /// Locates the request-target if `may` permits the change. In a drop box no precondition is evaluated: the
    /// result would reveal which names exist.
    pub(super) async fn target(
        self,
        last: LastLink,
        may: impl FnOnce(&User, &Located) -> bool,
    ) -> Result<Located, Refusal> {
        self.locate(self.0.path()?, last, may).await
    }

    /// Locates a path as [`target`](Self::target) the request-target.
    pub(super) async fn locate(
        self,
        path: TreePath,
        last: LastLink,
        may: impl FnOnce(&User, &Located) -> bool,
    ) -> Result<Located, Refusal> {
        let target = self.0.locate(path, last, may).await?;
        match self.0.user.is_in_drop_box(&target) && self.is_conditional() {
            true => Err(TreeError::Changed.into()),
            false => Ok(target),
        }
    }

    /// Locates the request-target or an entry of it, which must exist, if `may` permits the method there. The method
    /// applies to the returned version only, if there is one.
    pub(super) async fn existing(
        self,
        path: TreePath,
        may: impl FnOnce(&User, &Located) -> bool,
    ) -> Result<(Located, Meta, Option<FileVersion>), Refusal> {
        let (is_root, is_target) = (path.is_root(), path == self.0.path()?);
        let target = self.locate(path, LastLink::Kept, may).await?;
        if is_root {
            return Err(TreeError::Root.into());
        }
        let meta = self.0.worker.tree.metadata(target.place()).await?;
        if is_target && self.0.names_directory() && !meta.is_directory() {
            return Err(TreeError::NotDirectory.into());
        }
        self.check_preconditions(Some(&meta))?;
        Ok((target, meta, self.is_conditional().then_some(meta.version)))
    }

    /// Evaluates the preconditions (RFC 9110 section 13.2).
    pub(super) fn check_preconditions(self, current: Option<&Meta>) -> Result<(), Refusal> {
        let etag = current.map(|meta| meta.version.to_string()).unwrap_or_default();
        let current = current.map(|meta| match meta.is_directory() {
            true => Validators { etag: None, modified: None },
            false => Validators { etag: EntityTag::strong(etag.as_bytes()), modified: Some(meta.modified) },
        });
        match conditional::evaluate(self.0.head, current.as_ref(), clock::now()) {
            Precondition::Proceed => Ok(()),
            Precondition::NotModified | Precondition::Failed => Err(TreeError::Changed.into()),
        }
    }

    pub(super) fn is_conditional(self) -> bool {
        let names = ["if-match", "if-none-match", "if-unmodified-since"];
        names.iter().any(|name| self.0.head.field(name).is_some())
    }
}
