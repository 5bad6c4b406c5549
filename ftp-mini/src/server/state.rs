//! The state of a session between two commands, and what a pathname means in it.

use std::mem;
use std::rc::Rc;
use std::sync::Arc;

use common::files::{Error, LastLink, Tree, TreePath};
use common::users::{Action, User, Users};

use super::FtpWorker;
use super::control::{Control, Request};
use super::data::DataPort;
use super::refusal::Refusal;
use super::target::Target;
use crate::wire::command::{Type, Verb};
use crate::wire::facts::FactSet;
use crate::wire::pathname::Pathname;

/// The state of a session.
pub(super) struct State {
    pub(super) worker: Rc<FtpWorker>,
    pub(super) login: Login,
    pub(super) failed_logins: u8,
    pub(super) unknown_commands: u8,
    /// The current directory, as the user sees it.
    pub(super) directory: TreePath,
    pub(super) kind: Type,
    pub(super) facts: FactSet,
    pub(super) data: DataPort,
    pub(super) pending: Pending,
    pub(super) transferred: Transferred,
}

/// What commands have said about a later one, which takes it with [`State::take_pending`].
#[derive(Default)]
pub(super) struct Pending {
    /// REST: where the next transfer starts, in bytes.
    pub(super) restart: u64,
    /// ALLO: the size of the next upload.
    pub(super) announced: Option<u64>,
    /// RNFR: the source of a rename. Boxed like the next: few idle sessions have one.
    pub(super) rename_from: Option<Box<Target>>,
    /// SIZE: the path of a partial upload, as the user sees it, and the size reported.
    pub(super) size_reported: Option<Box<(TreePath, u64)>>,
}

/// What the transfer of one command has moved, for the log, which takes it.
#[derive(Default)]
pub(super) struct Transferred {
    /// Bytes of content.
    pub(super) bytes: u64,
    /// Where STOU stores. Boxed as in [`Pending`].
    pub(super) unique: Option<Box<TreePath>>,
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
            facts: FactSet::default(),
            data: DataPort::new(&worker.service, control),
            pending: Pending::default(),
            transferred: Transferred::default(),
            worker,
        }
    }

    /// Resets the session to its beginning (REIN, AUTH). Its failures still count.
    pub(super) fn reset(&mut self, control: &Control) {
        let (failed_logins, unknown_commands) = (self.failed_logins, self.unknown_commands);
        *self = Self { failed_logins, unknown_commands, ..Self::new(Rc::clone(&self.worker), control) };
    }

    /// Takes out what is pending for a command, so that it is reset whether or not the command uses it or
    /// fails. Any command takes the source of a rename (RFC 959 section 4.1.3). Between REST or ALLO and the
    /// transfer clients send PASV, TYPE, SIZE and others.
    pub(super) fn take_pending(&mut self, request: &Request) -> Pending {
        let is_one_of = |verbs: &[Verb]| {
            request.command.is_ok() && request.verb.is_some_and(|verb| verbs.contains(&verb))
        };
        let mut taken = mem::take(&mut self.pending);
        if !is_one_of(&[Verb::Retr, Verb::List, Verb::Nlst, Verb::Mlsd, Verb::Stor, Verb::Appe, Verb::Stou]) {
            self.pending.restart = mem::take(&mut taken.restart);
            self.pending.announced = taken.announced.take();
        }
        if !is_one_of(&[Verb::Size, Verb::Stor, Verb::Appe]) {
            self.pending.size_reported = taken.size_reported.take();
        }
        taken
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
