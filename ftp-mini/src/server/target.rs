//! [`CommandTarget`] of a client's pathname: its place in the tree, and the user's permissions there.
//! Commands access the tree only through it, so that homes and rules always apply.

use std::borrow::Cow;
use std::sync::Arc;

use common::files::{Create, Entry, LastLink, Meta, Tree, TreeError, TreePath};
use common::net::peer::Peer;
use common::users::{Action, Located, OnConflict, User};

use super::refusal::Refusal;
use crate::wire::entry::Perm;

/// `path` is relative to the user's home.
#[derive(Clone, Debug)]
pub(super) struct CommandTarget {
    user: Arc<User>,
    path: TreePath,
    located: Located,
    /// The place of a temporary file. The session that stored it has every permission for it.
    temporary: Option<TreePath>,
}

impl CommandTarget {
    pub(super) async fn find(
        user: Arc<User>,
        path: TreePath,
        tree: &Tree,
        last: LastLink,
    ) -> Result<Self, TreeError> {
        let located = user.locate(tree, path.clone(), last).await?;
        Ok(Self { user, path, located, temporary: None })
    }

    /// The same file under the server's own name for it, if its name is a temporary one and the user may upload it.
    /// Nothing can be renamed in a drop box, so it has no temporary names.
    pub(super) fn into_temporary(mut self, tree: &Tree, peer: Peer) -> Self {
        if self.may(Action::Upload) && !self.is_in_drop_box() {
            self.temporary = tree.temporary(self.located.place(), &self.user.holder(peer));
        }
        self
    }

    pub(super) fn is_temporary(&self) -> bool {
        self.temporary.is_some()
    }

    /// The path in the tree.
    pub(super) fn place(&self) -> &TreePath {
        self.temporary.as_ref().unwrap_or_else(|| self.located.place())
    }

    pub(super) fn into_path(self) -> TreePath {
        self.path
    }

    pub(super) fn path(&self) -> &TreePath {
        &self.path
    }

    pub(super) fn absolute(&self) -> Vec<u8> {
        absolute(&self.path)
    }

    pub(super) fn child(&self, entry: &Entry<'_>) -> Self {
        let located = self.user.locate_entry(&self.located, entry);
        Self { user: Arc::clone(&self.user), path: self.path.child(entry.name), located, temporary: None }
    }

    /// The parent directory; that of the user's root is the root.
    pub(super) async fn parent(&self, tree: &Tree) -> Result<Self, TreeError> {
        let path = self.path.parent().unwrap_or(TreePath::ROOT);
        Self::find(Arc::clone(&self.user), path, tree, LastLink::Followed).await
    }

    pub(super) fn may(&self, action: Action) -> bool {
        self.is_temporary() || self.user.may(action, &self.located)
    }

    /// Whether the user may remove or rename the target.
    pub(super) fn may_remove(&self) -> bool {
        self.is_temporary() || self.user.may_remove(&self.located)
    }

    /// Whether the user may rename the target to `to`, with this action there.
    pub(super) fn may_move(&self, action: Action, to: &Self) -> bool {
        match self.is_temporary() {
            true => to.user.may(action, &to.located),
            false => self.user.may_move(&self.located, action, &to.located),
        }
    }

    /// Whether no reply may reveal what exists there.
    pub(super) fn is_in_drop_box(&self) -> bool {
        self.user.is_in_drop_box(&self.located)
    }

    /// Fails with 550 unless the user may create files there, with 553 unless the name is allowed.
    pub(super) async fn check_new(&self, tree: &Tree) -> Result<(), Refusal> {
        self.check(Action::Upload)?;
        Ok(self.user.check_name(tree, &self.located).await?)
    }

    /// How an upload without an offset is stored.
    pub(super) fn create(&self, on_conflict: Option<OnConflict>) -> Create {
        match self.is_temporary() {
            true => Create::Replace,
            false => self.user.create(&self.located, on_conflict),
        }
    }

    /// The path of a new file in the tree. In a drop box the missing directories are created.
    pub(super) async fn place_in(&self, tree: &Tree) -> Result<Cow<'_, TreePath>, TreeError> {
        match &self.temporary {
            Some(place) => Ok(Cow::Borrowed(place)),
            None => self.user.place_in(tree, &self.located).await,
        }
    }

    /// The same for an upload to be resumed, without creating directories.
    pub(super) async fn find_in(&self, tree: &Tree) -> Result<Cow<'_, TreePath>, TreeError> {
        match &self.temporary {
            Some(place) => Ok(Cow::Borrowed(place)),
            None => self.user.find_in(tree, &self.located).await,
        }
    }

    /// Creates a directory in a drop box, unless it exists.
    pub(super) async fn make_dropped_directory(&self, tree: &Tree) -> Result<(), TreeError> {
        self.user.make_dropped_directory(tree, &self.located).await
    }

    /// Whether the user may learn that the target exists, and its metadata.
    pub(super) fn may_know(&self) -> bool {
        self.may(Action::List) || self.may(Action::Get)
    }

    /// Whether the user may make it the current directory; permission to upload is sufficient.
    pub(super) fn may_enter(&self) -> bool {
        let any = [Action::List, Action::Get].into_iter().chain(Action::CHANGES);
        self.path.is_root() || any.into_iter().any(|action| self.may(action))
    }

    /// Fails with 550 unless the user may do this.
    pub(super) fn check(&self, action: Action) -> Result<(), Refusal> {
        permit(self.may(action))
    }

    /// The refusal for an error, which does not reveal what the user may not learn.
    pub(super) fn withhold(&self, error: TreeError) -> Refusal {
        match error {
            error if self.may_know() => error.into(),
            TreeError::Exists | TreeError::IsDirectory | TreeError::NotEmpty => Refusal::Permission,
            TreeError::NotDirectory => TreeError::NotFound.into(),
            error => error.into(),
        }
    }

    /// The `perm` fact (RFC 3659 section 7.5.5). The file's permission bits are ignored: the server can read what
    /// it serves.
    pub(super) fn perm(&self, tree: &Tree, meta: &Meta) -> Perm {
        let is_changeable = tree.is_changeable(self.place());
        let changes = |action| is_changeable && self.may(action);
        let is_directory = meta.is_directory();
        let is_removable = is_changeable && self.may_remove() && !self.path.is_root();
        let perms = [
            (Perm::READ, !is_directory && self.may(Action::Get)),
            (Perm::APPEND | Perm::WRITE, !is_directory && changes(Action::Overwrite)),
            (Perm::ENTER, is_directory && self.may_enter()),
            (Perm::LIST, is_directory && self.may(Action::List)),
            (Perm::CREATE | Perm::MAKE, is_directory && changes(Action::Upload)),
            (Perm::PURGE, is_directory && changes(Action::Delete)),
            (Perm::DELETE | Perm::RENAME, is_removable),
        ];
        perms.iter().filter(|(_, may)| *may).fold(Perm::NONE, |all, (perm, _)| all | *perm)
    }
}

/// `/pub/notes.txt`
pub(super) fn absolute(path: &TreePath) -> Vec<u8> {
    [b"/", path.as_bytes()].concat()
}

/// Fails with 550 unless permitted.
pub(super) fn permit(may: bool) -> Result<(), Refusal> {
    if may { Ok(()) } else { Err(Refusal::Permission) }
}

/// A user may not change the own root, even if it is a home below the tree's root.
pub(super) fn check_below_root(target: &CommandTarget) -> Result<(), Refusal> {
    if target.path().is_root() { Err(TreeError::Root.into()) } else { Ok(()) }
}
