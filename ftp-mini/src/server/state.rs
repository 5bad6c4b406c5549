//! The state of a session between two commands, and what a pathname means in it.

use std::rc::Rc;
use std::sync::Arc;

use common::files::{Error, LastLink, Tree, TreePath};
use common::users::{Action, User, Users};

use super::FtpWorker;
use super::control::Control;
use super::data::DataPort;
use super::refusal::Refusal;
use super::target::Target;
use crate::wire::command::Type;
use crate::wire::facts::FactSet;
use crate::wire::pathname::Pathname;

/// The state of a session.
pub(super) struct State {
    pub(super) worker: Rc<FtpWorker>,
    pub(super) login: Login,
    pub(super) failed_logins: u32,
    pub(super) unknown_commands: u32,
    /// The current directory, as the user sees it.
    pub(super) directory: TreePath,
    pub(super) kind: Type,
    pub(super) restart: u64,
    /// The size of the next upload, from ALLO.
    pub(super) announced: Option<u64>,
    /// The partial upload that SIZE reported last: its path, as the user sees it, and the size reported.
    /// Boxed like the next: few idle sessions have one.
    pub(super) size_reported: Option<Box<(TreePath, u64)>>,
    /// The source of a rename, from RNFR; for the next command only.
    pub(super) rename_from: Option<Box<Target>>,
    pub(super) facts: FactSet,
    pub(super) data: DataPort,
    /// Bytes of content that the current command has moved over its data connection.
    pub(super) transferred: u64,
    /// Where the current STOU stores.
    pub(super) unique: Option<Box<Target>>,
}

/// How far a client has come with its login.
#[derive(Debug, Default)]
pub(super) enum Login {
    #[default]
    Nobody,
    /// USER was sent; PASS is to follow.
    Named(Vec<u8>),
    User(Arc<User>),
}

impl Login {
    pub(super) fn user(&self) -> Option<&Arc<User>> {
        match self {
            Self::User(user) => Some(user),
            Self::Nobody | Self::Named(_) => None,
        }
    }

    /// The name that was given last, whether or not it may log in.
    pub(super) fn name(&self) -> Option<&[u8]> {
        match self {
            Self::Nobody => None,
            Self::Named(name) => Some(name),
            Self::User(user) => Some(user.name()),
        }
    }
}

impl State {
    pub(super) fn new(worker: Rc<FtpWorker>, control: &Control) -> Self {
        Self {
            login: Login::default(),
            failed_logins: 0,
            unknown_commands: 0,
            directory: TreePath::ROOT,
            kind: Type::default(),
            restart: 0,
            announced: None,
            size_reported: None,
            rename_from: None,
            facts: FactSet::default(),
            data: DataPort::new(&worker.service, control),
            transferred: 0,
            unique: None,
            worker,
        }
    }

    /// Resets the session to its beginning (REIN, AUTH). Its failures still count.
    pub(super) fn reset(&mut self, control: &Control) {
        let (failed_logins, unknown_commands) = (self.failed_logins, self.unknown_commands);
        *self = Self { failed_logins, unknown_commands, ..Self::new(Rc::clone(&self.worker), control) };
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.worker.tree
    }

    pub(super) fn users(&self) -> &Users {
        &self.worker.service.users
    }

    /// The user who is logged in.
    pub(super) fn user(&self) -> Result<&Arc<User>, Refusal> {
        self.login.user().ok_or(Refusal::NotLoggedIn)
    }

    /// A path as the user sees it; of a link, its target.
    pub(super) async fn target(&self, path: TreePath) -> Result<Target, Refusal> {
        Ok(Target::find(Arc::clone(self.user()?), path, self.tree(), LastLink::Followed).await?)
    }

    /// What a pathname leads to; of a link, its target.
    pub(super) async fn path(&self, pathname: &Pathname) -> Result<Target, Refusal> {
        self.find(pathname, LastLink::Followed).await
    }

    /// What has a pathname as its name, for commands that change names; of a link, the link.
    pub(super) async fn name(&self, pathname: &Pathname) -> Result<Target, Refusal> {
        self.find(pathname, LastLink::Kept).await
    }

    /// # Errors
    /// 550 for a file whose pathname can only name a directory. A user who may only upload is not told.
    async fn find(&self, pathname: &Pathname, last: LastLink) -> Result<Target, Refusal> {
        let target = Target::find(Arc::clone(self.user()?), self.join(pathname)?, self.tree(), last).await?;
        let may_know = target.may_know() || target.may_remove() || target.may(Action::Overwrite);
        if !names_directory(pathname) || !may_know {
            return Ok(target);
        }
        match self.tree().metadata(target.place()).await {
            Ok(meta) if !meta.is_directory() => Err(target.withhold(Error::NotDirectory)),
            _ => Ok(target),
        }
    }

    /// The path of a file that is to be stored.
    pub(super) async fn new_file(&self, pathname: &Pathname) -> Result<Target, Refusal> {
        match names_directory(pathname) {
            true => Err(Refusal::NameOfDirectory),
            false => self.path(pathname).await,
        }
    }

    /// As [`Self::path`], for a command that means the current directory when it names nothing.
    pub(super) async fn path_or_directory(&self, pathname: Option<&Pathname>) -> Result<Target, Refusal> {
        match pathname {
            Some(pathname) => self.path(pathname).await,
            None => self.target(self.directory.clone()).await,
        }
    }

    pub(super) fn join(&self, pathname: &Pathname) -> Result<TreePath, Error> {
        Ok(self.directory.join(pathname.as_bytes())?)
    }
}

/// Whether a pathname can only name a directory: `pub/`.
pub(super) fn names_directory(pathname: &Pathname) -> bool {
    TreePath::names_directory(pathname.as_bytes())
}
