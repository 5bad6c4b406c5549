//! The dialogue of one control connection: a command, its reply, the next command
//! ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 5.4).

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use common::files::{Error, LastLink, Tree, TreePath};
use common::log::{self, Record};
use common::net::clock::Stopwatch;
use common::net::conn::Conn;
use common::net::engine::Worker;
use common::net::limits::Full;
use common::users::{Action, User, Users};

use super::FtpWorker;
use super::commands::login::Login;
use super::commands::retr::Restart;
use super::commands::{changes, files, list, login, retr, security, settings, stor};
use super::control::{Control, Request};
use super::data::DataPort;
use super::limits::UNKNOWN_COMMANDS;
use super::refusal::Refusal;
use super::target::{Target, absolute};
use crate::wire::command::{Command, Fault, Rule, Type, Verb};
use crate::wire::facts::FactSet;
use crate::wire::line::Line;
use crate::wire::ls::Request as Listing;
use crate::wire::pathname::Pathname;
use crate::wire::reply::Reply;

impl Worker for FtpWorker {
    async fn serve(self: Rc<Self>, conn: Conn) {
        let mut control = Control::new(conn, self.service.limits);
        if let Some(tls) = self.service.channel.implicit()
            && control.start_tls(tls).await.is_err()
        {
            return;
        }
        let mut session = Session::new(self, &control);
        control.say(&Reply::new(220, "ftp-mini ready."));
        while let Some(request) = session.next(&mut control).await {
            let watch = Stopwatch::start();
            // Boxed: a session that waits for a command is as large as the largest of its states.
            let outcome = Box::pin(session.perform(&request, &mut control)).await;
            session.record(&request, &outcome, watch, &control);
            match outcome {
                Ok(reply) => control.say(&reply),
                Err(refusal) => control.refuse(&refusal),
            }
        }
        control.close().await;
    }

    async fn refuse(self: Rc<Self>, mut conn: Conn, why: Full) {
        let what = match why {
            Full::Server => "The server carries as many connections as it may; try again later.",
            Full::Address => {
                "Your address has as many connections as it may; close some, or try again later."
            }
        };
        if let Some(tls) = self.service.channel.implicit()
            && conn.accept_tls(tls, None).await.is_err()
        {
            return;
        }
        Reply::new(421, what).write(conn.out());
        conn.linger().await;
    }
}

/// What a session knows between two commands.
pub(super) struct Session {
    worker: Rc<FtpWorker>,
    pub(super) login: Login,
    pub(super) failed_logins: u32,
    unknown_commands: u32,
    /// The current directory, as the user sees it.
    pub(super) directory: TreePath,
    pub(super) kind: Type,
    pub(super) restart: Restart,
    /// What ALLO said of the next transfer.
    pub(super) announced: Option<u64>,
    /// The beginning of an upload that SIZE told of last: its path, as the user sees it, and its bytes.
    /// Boxed like the next: few sessions that wait have one.
    pub(super) told: Option<Box<(TreePath, u64)>>,
    /// What RNFR named; for the next command only.
    renaming: Option<Box<Target>>,
    pub(super) facts: FactSet,
    pub(super) data: DataPort,
    /// Bytes of content that the command at hand has moved over its data connection.
    pub(super) transferred: u64,
    /// Where the STOU at hand stores.
    pub(super) unique: Option<Box<Target>>,
}

impl Session {
    fn new(worker: Rc<FtpWorker>, control: &Control) -> Self {
        Self {
            login: Login::default(),
            failed_logins: 0,
            unknown_commands: 0,
            directory: TreePath::ROOT,
            kind: Type::default(),
            restart: Restart::default(),
            announced: None,
            told: None,
            renaming: None,
            facts: FactSet::default(),
            data: DataPort::new(&worker.service, control),
            transferred: 0,
            unique: None,
            worker,
        }
    }

    /// The next command. A client that shakes hands on its data connection meanwhile is not kept waiting, and
    /// a passive port that nobody uses is given back.
    async fn next(&mut self, control: &mut Control) -> Option<Request> {
        match self.data.holds_unused() {
            // Boxed: most sessions never wait for this.
            true => Box::pin(self.next_beside_data(control)).await,
            false => control.next().await,
        }
    }

    async fn next_beside_data(&mut self, control: &mut Control) -> Option<Request> {
        while self.data.holds_unused() {
            let is_met = tokio::select! {
                biased;
                request = control.next() => return request,
                is_met = self.data.wait() => is_met,
            };
            if is_met {
                self.data.secure_early().await;
            }
        }
        control.next().await
    }

    /// The same client from the beginning (REIN). What it did wrong is not forgotten.
    pub(super) fn begin_again(&mut self, control: &Control) {
        let (failed_logins, unknown_commands) = (self.failed_logins, self.unknown_commands);
        *self = Self { failed_logins, unknown_commands, ..Self::new(Rc::clone(&self.worker), control) };
    }

    pub(super) fn worker(&self) -> Rc<FtpWorker> {
        Rc::clone(&self.worker)
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.worker.tree
    }

    pub(super) fn users(&self) -> &Users {
        &self.worker.service.users
    }

    /// Who is logged in.
    pub(super) fn user(&self) -> Result<&Arc<User>, Refusal> {
        self.login.user().ok_or(Refusal::NotLoggedIn)
    }

    /// What a path means to the user; of a link, its target.
    pub(super) async fn target(&self, path: TreePath) -> Result<Target, Refusal> {
        Ok(Target::find(Arc::clone(self.user()?), path, self.tree(), LastLink::Followed).await?)
    }

    /// What a client's pathname means here and now; of a link, its target.
    pub(super) async fn path(&self, pathname: &Pathname) -> Result<Target, Refusal> {
        let target = self.target(self.join(pathname)?).await?;
        self.check_kind(pathname, target).await
    }

    /// What has a client's pathname as its name, for commands that change names; of a link, the link.
    pub(super) async fn name(&self, pathname: &Pathname) -> Result<Target, Refusal> {
        let path = self.join(pathname)?;
        let target = Target::find(Arc::clone(self.user()?), path, self.tree(), LastLink::Kept).await?;
        self.check_kind(pathname, target).await
    }

    /// The path of a file that is to be stored.
    pub(super) async fn new_file(&self, pathname: &Pathname) -> Result<Target, Refusal> {
        match names_directory(pathname) {
            true => Err(Refusal::NameOfDirectory),
            false => self.path(pathname).await,
        }
    }

    /// # Errors
    /// 550 for a file whose pathname can only name a directory. A user who may only upload is not told.
    async fn check_kind(&self, pathname: &Pathname, target: Target) -> Result<Target, Refusal> {
        let may_know = target.may_know() || target.may_remove() || target.may(Action::Overwrite);
        if !names_directory(pathname) || !may_know {
            return Ok(target);
        }
        match self.tree().metadata(target.place()).await {
            Ok(meta) if !meta.is_directory() => Err(target.withhold(Error::NotDirectory)),
            _ => Ok(target),
        }
    }

    /// As [`Self::path`], for a command that means the current directory when it names nothing.
    pub(super) async fn path_or_directory(&self, pathname: Option<&Pathname>) -> Result<Target, Refusal> {
        match pathname {
            Some(pathname) => self.path(pathname).await,
            None => self.target(self.directory.clone()).await,
        }
    }

    fn join(&self, pathname: &Pathname) -> Result<TreePath, Error> {
        Ok(self.directory.join(pathname.as_bytes())?)
    }

    /// Carries a command out.
    async fn perform(&mut self, request: &Request, control: &mut Control) -> Result<Reply, Refusal> {
        self.transferred = 0;
        self.unique = None;
        let renaming = self.renaming.take();
        let command = self.admit(request)?;
        security::admit(self, command, control)?;
        match command {
            Command::User(name) => Ok(login::user(self, name)),
            Command::Pass(password) => login::pass(self, password, control).await,
            Command::Acct(_) => Ok(Reply::new(202, "No account is needed.")),
            Command::Rein => Ok(login::rein(self, control)),
            Command::Quit => Ok(login::quit(control)),

            Command::Auth(mechanism) => security::auth(self, *mechanism, control),
            Command::Pbsz(_) => security::pbsz(self, control),
            Command::Prot(protection) => security::prot(self, *protection),
            Command::Ccc => Err(security::ccc(control)),

            Command::Type(kind) => Ok(settings::representation(self, *kind)),
            Command::Mode(mode) => settings::mode(*mode),
            Command::Stru(structure) => Ok(settings::structure(*structure)),
            Command::Feat => Ok(settings::feat(self)),
            Command::Opts(option) => settings::opts(self, *option),
            Command::Host(_) => settings::host(self),
            Command::Lang(tag) => settings::lang(tag.as_deref()),
            Command::Clnt(_) => Ok(Reply::new(200, "Noted.")),
            Command::Syst => Ok(Reply::new(215, "UNIX Type: L8")),
            Command::Noop => Ok(Reply::new(200, "Nothing done.")),
            Command::Help(topic) => settings::help(self, topic.as_deref(), control),
            Command::Site(site) => settings::site(self, site, control).await,
            Command::Stat(None) => Ok(settings::stat(self, control)),

            Command::Pwd => Ok(files::pwd(self)),
            Command::Cwd(path) => files::cwd(self, path).await,
            Command::Cdup => files::cdup(self).await,
            Command::Size(path) => files::size(self, path, control).await,
            Command::Mdtm { path, set } => files::mdtm(self, path, set.as_ref()).await,
            Command::Mlst(path) => files::mlst(self, path.as_ref()).await,

            Command::Pasv => self.data.pasv(),
            Command::Epsv(argument) => self.data.epsv(*argument),
            Command::Port(address) => self.data.port((*address).into()),
            Command::Eprt(address) => self.data.port(*address),

            Command::Rest(offset) => Ok(retr::rest(self, *offset)),
            Command::Retr(path) => retr::retr(self, path, control).await,
            // What it ended was answered before.
            Command::Abor => Ok(Reply::new(226, "No transfer is running.")),
            Command::Allo(size) => Ok(stor::allo(self, *size)),
            Command::Stor(path) => stor::stor(self, path, control).await,
            Command::Appe(path) => stor::appe(self, path, control).await,
            Command::Stou(path) => stor::stou(self, path.as_ref(), control).await,

            Command::List(request) => list::list(self, request, control).await,
            Command::Nlst(request) => list::nlst(self, request, control).await,
            Command::Mlsd(path) => list::mlsd(self, path.as_ref(), control).await,
            Command::Stat(Some(request)) => list::stat(self, request).await,

            Command::Dele(path) => changes::dele(self, path).await,
            Command::Mkd(path) => changes::mkd(self, path).await,
            Command::Rmd(path) => changes::rmd(self, path).await,
            Command::Rnfr(path) => {
                self.renaming = Some(changes::rnfr(self, path).await?.into());
                Ok(Reply::new(350, "Send RNTO with the new name."))
            }
            Command::Rnto(path) => changes::rnto(self, renaming.map(|from| *from), path).await,
            Command::Mfmt { time, path } => changes::mfmt(self, *time, path).await,
            Command::Mff { changes, path } => changes::mff(self, *changes, path).await,

            Command::Hash(_)
            | Command::Rang(_)
            | Command::Digest(..)
            | Command::Csid(_)
            | Command::Avbl(_) => Err(Fault::NotImplemented.into()),
        }
    }

    /// The command, if it may be used now. Before login the answer is 530 whatever the argument, and
    /// nonsense is listened to only for a while.
    fn admit<'a>(&mut self, request: &'a Request) -> Result<&'a Command, Refusal> {
        let command = request.command.as_ref().map_err(|rule| match rule {
            Rule::Argument { fault: Fault::Family, .. } => self.data.other_family(),
            rule => Refusal::Rule(*rule),
        });
        if self.login.user().is_some() {
            return command;
        }
        if request.verb().is_some_and(|verb| !verb.before_login()) {
            return Err(Refusal::NotLoggedIn);
        }
        if matches!(command, Err(Refusal::Rule(Rule::Unknown))) {
            self.unknown_commands += 1;
            if self.unknown_commands >= UNKNOWN_COMMANDS {
                return Err(Refusal::TooManyUnknown);
            }
        }
        command
    }

    /// Logs logins, and what was asked of files.
    fn record(
        &self,
        request: &Request,
        outcome: &Result<Reply, Refusal>,
        watch: Stopwatch,
        control: &Control,
    ) {
        if !log::is_on() {
            return;
        }
        let request = match (request.verb(), &request.line) {
            // Whatever was said as a password stays between the two.
            (Some(Verb::Pass), _) => Cow::Borrowed(&b"PASS"[..]),
            (Some(verb), Line::Text(line)) if is_logged(verb) => {
                self.in_full(request).map_or(Cow::Borrowed(line.as_slice()), Cow::Owned)
            }
            _ => return,
        };
        log::record(&Record {
            peer: control.peer(),
            protocol: "ftp",
            user: self.login.name(),
            request: &request,
            code: outcome.as_ref().map_or_else(Refusal::code, Reply::code),
            bytes: self.transferred,
            duration: watch.elapsed(),
            completed: !matches!(outcome, Err(refusal) if refusal.is_of_transfer()),
        });
    }

    /// What is read or changed, by its whole path in the tree: a name says nothing without the directory
    /// that it is in.
    fn in_full(&self, request: &Request) -> Option<Vec<u8>> {
        let command = request.command.as_ref().ok()?;
        let path = match command {
            Command::Stou(_) => Ok(self.unique.clone()?.into_path()),
            Command::Retr(path)
            | Command::Stor(path)
            | Command::Appe(path)
            | Command::Dele(path)
            | Command::Mkd(path)
            | Command::Rmd(path)
            | Command::Rnfr(path)
            | Command::Rnto(path) => self.join(path),
            Command::List(Listing { path, .. })
            | Command::Nlst(Listing { path, .. })
            | Command::Mlsd(path) => {
                path.as_ref().map_or_else(|| Ok(self.directory.clone()), |path| self.join(path))
            }
            _ => return None,
        };
        Some(
            [command.verb().name().as_bytes(), b" ", &absolute(&self.user().ok()?.place(&path.ok()?))]
                .concat(),
        )
    }
}

/// Whether a pathname can only name a directory: `pub/`.
pub(super) fn names_directory(pathname: &Pathname) -> bool {
    TreePath::names_directory(pathname.as_bytes())
}

fn is_logged(verb: Verb) -> bool {
    matches!(
        verb,
        Verb::Retr
            | Verb::List
            | Verb::Nlst
            | Verb::Mlsd
            | Verb::Stor
            | Verb::Appe
            | Verb::Stou
            | Verb::Dele
            | Verb::Mkd
            | Verb::Rmd
            | Verb::Rnfr
            | Verb::Rnto
            | Verb::Mfmt
            | Verb::Mff
    )
}
