//! [`SessionState`] of a session between two commands, which also resolves pathnames.

use std::mem;
use std::rc::Rc;
use std::sync::Arc;

use common::files::{LastLink, PathRule, Tree, TreeError, TreePath};
use common::users::{Action, User, Users};

use super::FtpWorker;
use super::control::{ReceivedCommand, ServerControl};
use super::data::DataPort;
use super::limits::TEMPORARY_NAMES;
use super::refusal::Refusal;
use super::target::CommandTarget;
use crate::wire::command::{Type, Verb};
use crate::wire::facts::FactSet;
use crate::wire::pathname::Pathname;

pub(super) struct SessionState {
    pub(super) worker: Rc<FtpWorker>,
    pub(super) login: LoginState,
    pub(super) failed_logins: u8,
    pub(super) unknown_commands: u8,
    /// The current directory, relative to the user's home.
    pub(super) directory: TreePath,
    pub(super) kind: Type,
    pub(super) facts: FactSet,
    pub(super) data: DataPort,
    pub(super) pending: Pending,
    pub(super) transferred: Transferred,
    /// The paths of temporary files that this session has stored, and not renamed or removed.
    temporaries: Vec<TreePath>,
}

/// Parameters for a later command, which takes them by [`SessionState::take_pending`].
#[derive(Default)]
pub(super) struct Pending {
    /// REST: the offset of the next transfer.
    pub(super) restart: u64,
    /// ALLO: the size of the next upload.
    pub(super) announced: Option<u64>,
    /// RNFR: the source of a rename. Boxed like the next field: few idle sessions have one.
    pub(super) rename_from: Option<Box<CommandTarget>>,
    /// SIZE: the path of a partial upload, relative to the user's home, and the reported size.
    pub(super) size_reported: Option<Box<(TreePath, u64)>>,
}

/// The result of one command's transfer, for the log.
#[derive(Default)]
pub(super) struct Transferred {
    /// Bytes of content.
    pub(super) bytes: u64,
    /// The path chosen by STOU. Boxed as in [`Pending`].
    pub(super) unique: Option<Box<TreePath>>,
}

#[derive(Debug, Default)]
pub(super) enum LoginState {
    #[default]
    None,
    /// USER was sent, and PASS was not.
    Named(Vec<u8>),
    User(Arc<User>),
}

impl LoginState {
    pub(super) fn user(&self) -> Option<&Arc<User>> {
        match self {
            Self::User(user) => Some(user),
            Self::None | Self::Named(_) => None,
        }
    }

    /// The last name sent, even if it may not log in.
    pub(super) fn name(&self) -> Option<&[u8]> {
        match self {
            Self::None => None,
            Self::Named(name) => Some(name),
            Self::User(user) => Some(user.name()),
        }
    }
}

impl SessionState {
    pub(super) fn new(worker: Rc<FtpWorker>, control: &ServerControl) -> Self {
        Self {
            login: LoginState::default(),
            failed_logins: 0,
            unknown_commands: 0,
            directory: TreePath::ROOT,
            kind: Type::default(),
            facts: FactSet::default(),
            data: DataPort::new(Rc::clone(&worker), control),
            pending: Pending::default(),
            transferred: Transferred::default(),
            temporaries: Vec::new(),
            worker,
        }
    }

    /// Resets the session (REIN, AUTH), except the counts of failures.
    pub(super) fn reset(&mut self, control: &ServerControl) {
        let (failed_logins, unknown_commands) = (self.failed_logins, self.unknown_commands);
        *self = Self { failed_logins, unknown_commands, ..Self::new(Rc::clone(&self.worker), control) };
    }

    /// Takes what is pending for a command, so that it is reset even if the command fails. Any command takes the
    /// source of a rename (RFC 959 section 4.1.3). REST and ALLO are kept until a transfer, because clients send
    /// PASV, TYPE, SIZE and others before it.
    pub(super) fn take_pending(&mut self, request: &ReceivedCommand) -> Pending {
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

    pub(super) fn user(&self) -> Result<&Arc<User>, Refusal> {
        self.login.user().ok_or(Refusal::NotLoggedIn)
    }

    /// Follows links.
    pub(super) async fn target(&self, path: TreePath) -> Result<CommandTarget, Refusal> {
        Ok(CommandTarget::find(Arc::clone(self.user()?), path, self.tree(), LastLink::Followed).await?)
    }

    /// Follows links.
    pub(super) async fn path(&self, pathname: &Pathname) -> Result<CommandTarget, Refusal> {
        self.find(pathname, LastLink::Followed).await
    }

    /// Does not follow a link in the last name, for commands that change names.
    pub(super) async fn name(&self, pathname: &Pathname) -> Result<CommandTarget, Refusal> {
        self.find(pathname, LastLink::Kept).await
    }

    /// Fails with 550 for a file whose pathname ends in a slash, unless the user may not learn that it exists.
    async fn find(&self, pathname: &Pathname, last: LastLink) -> Result<CommandTarget, Refusal> {
        let mut target =
            CommandTarget::find(Arc::clone(self.user()?), self.join(pathname)?, self.tree(), last).await?;
        if self.temporaries.contains(target.path()) {
            target = target.into_temporary(self.tree(), self.data.peer());
        }
        let may_know = target.may_know() || target.may_remove() || target.may(Action::Overwrite);
        if !names_directory(pathname) || !may_know {
            return Ok(target);
        }
        match self.tree().metadata(target.place()).await {
            Ok(meta) if !meta.is_directory() => Err(target.withhold(TreeError::NotDirectory)),
            _ => Ok(target),
        }
    }

    /// The target of an upload, which may have a temporary name.
    pub(super) async fn new_file(&mut self, pathname: &Pathname) -> Result<CommandTarget, Refusal> {
        if names_directory(pathname) {
            return Err(Refusal::NameOfDirectory);
        }
        let target = self.path(pathname).await?;
        if target.is_temporary() || self.temporaries.len() >= TEMPORARY_NAMES {
            return Ok(target);
        }
        let target = target.into_temporary(self.tree(), self.data.peer());
        if target.is_temporary() {
            self.temporaries.push(target.path().clone());
        }
        Ok(target)
    }

    /// The user's partial upload, which another session may have begun under a temporary name.
    pub(super) fn partial(&self, target: CommandTarget) -> CommandTarget {
        target.into_temporary(self.tree(), self.data.peer())
    }

    /// The temporary file has another name now, or none.
    pub(super) fn forget_temporary(&mut self, target: &CommandTarget) {
        if target.is_temporary() {
            self.temporaries.retain(|path| path != target.path());
        }
    }

    /// As [`Self::path`]; the current directory if there is no pathname.
    pub(super) async fn path_or_directory(
        &self,
        pathname: Option<&Pathname>,
    ) -> Result<CommandTarget, Refusal> {
        match pathname {
            Some(pathname) => self.path(pathname).await,
            None => self.target(self.directory.clone()).await,
        }
    }

    pub(super) fn join(&self, pathname: &Pathname) -> Result<TreePath, TreeError> {
        Self::resolve(&self.directory, pathname.as_bytes())
    }

    /// The parent of the root is the root, as on Unix. A path that leads above it and names something is refused.
    pub(super) fn resolve(from: &TreePath, pathname: &[u8]) -> Result<TreePath, TreeError> {
        match from.join(pathname) {
            Err(PathRule::Outside) if pathname.split(|byte| *byte == b'/').all(is_dots) => Ok(TreePath::ROOT),
            resolved => Ok(resolved?),
        }
    }
}

fn is_dots(segment: &[u8]) -> bool {
    matches!(segment, b"" | b"." | b"..")
}

/// Whether a pathname ends like that of a directory: `pub/`.
pub(super) fn names_directory(pathname: &Pathname) -> bool {
    TreePath::names_directory(pathname.as_bytes())
}
