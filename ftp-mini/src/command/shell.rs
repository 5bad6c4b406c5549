//! `ftp-mini shell`: a session that a person leads.

mod editor;
mod here;
mod verb;
mod word;

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _, Write as _};
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::Duration;

use clap::{Args, Parser as _};
use common::client::{self, Fault, Folder, Kind as FaultKind, Outlet, Report, Style};
use common::command::{Failure, misuse, outcome};
use common::escape::printable;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

use super::ls::{list, table, warn};
use super::mv::into;
use super::remote::{RemoteOptions, fail, locate, url_beside};
use super::rm::remove;
use crate::client::{
    DownloadOptions, Entry, Error, FileTransfer, Kind, Link, Location, Session, TransferOptions, join,
};
use editor::{Editor, Event};
use here::{carry_out_here, change_local_directory, list_local, local, matching_here, unusable};
use verb::Verb;
use word::{Word, without_passwords, words};

/// `ftp-mini shell`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Shell {
    /// The server, and the directory to begin in: ftp://host/path
    url: String,

    #[command(flatten)]
    remote: RemoteOptions,
}

const EXAMPLES: &str = "\
Examples:
  ftp-mini shell --tls ftp://me@host/     a prompt; help tells the commands
  ftp-mini shell ftp://host/ < commands   commands from a file

Tab completes commands and names, Ctrl-C ends a transfer, Ctrl-D leaves. Where
commands come from a file, Ctrl-C ends all of it (exit code 130). --max-time is
for each command.";

impl Shell {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let there = locate(&self.url)?;
        let report = self.remote.report(Style::Each);
        let mut editor = Editor::start()?;
        let is_person = io::stdin().is_terminal();
        let mut talk = Talk {
            link: Link::new(self.remote.server(&there)?),
            home: there.path.clone(),
            login: Vec::new(),
            here: there.clone(),
            options: self.remote.transfer_options(false),
            most: self.remote.max_time(),
            is_person,
            report: report.clone(),
        };
        let held = client::run(async {
            let held = match is_person {
                true => talk.hold(&mut editor).await,
                // Also between two commands: what stands behind must not be carried out.
                false => client::interruptible(None, talk.hold(&mut editor)).await,
            };
            talk.link.close().await;
            held
        })?;
        if is_person {
            editor.close();
        }
        match held {
            Err(fault) => {
                fail(&report, "cannot lead a session at", &there, &fault);
                Err(Failure::Told(fault.kind).into())
            }
            // A person has seen what failed; whoever wrote a file of commands has not.
            Ok(()) if is_person => Ok(()),
            Ok(()) => outcome(&report),
        }
    }
}

/// What goes on between a person and a server.
struct Talk {
    link: Link,
    /// The current directory, as an absolute path once the session stands.
    here: Location,
    /// Where it was first.
    home: Vec<u8>,
    /// The login directory, in which the paths of URLs begin.
    login: Vec<u8>,
    options: TransferOptions,
    /// How long a command may take.
    most: Option<Duration>,
    /// Somebody sees what happens, and decides what comes next.
    is_person: bool,
    report: Report,
}

impl Talk {
    /// Until the person leaves.
    ///
    /// # Errors
    /// There is no session; what nobody sees was interrupted.
    async fn hold(&mut self, editor: &mut Editor) -> Result<(), Fault> {
        unless_interrupted(self.most, self.change_directory(b"")).await?;
        self.login = self.here.path.clone();
        let home = self.home.clone();
        unless_interrupted(self.most, self.change_directory(&home)).await?;
        self.home = self.here.path.clone();
        editor.prompt(self.prompt());
        while let Some(event) = editor.next().await {
            match event {
                Event::Names(directory, answer) => {
                    // Nobody waits for it who is gone.
                    let _ = answer.send(self.names(&directory).await);
                }
                Event::Line(line) => match self.carry_out(&line).await? {
                    ControlFlow::Continue(()) => editor.prompt(self.prompt()),
                    ControlFlow::Break(()) => break,
                },
            }
        }
        Ok(())
    }

    fn prompt(&self) -> String {
        format!("ftp {}{}> ", printable(self.here.host.as_bytes()), printable(&self.here.path))
    }

    /// Does what a line says, until it is done or interrupted, and tells what failed.
    ///
    /// # Errors
    /// It was interrupted, and nobody decides what comes next.
    async fn carry_out(&mut self, line: &str) -> Result<ControlFlow<()>, Fault> {
        if let Some(command) = line.trim_start().strip_prefix('!') {
            carry_out_here(command);
            return Ok(ControlFlow::Continue(()));
        }
        // `?` is what other clients have.
        let line = if line.trim() == "?" { "help" } else { line.trim() };
        let words = words(line).into_iter().map(|(_, word)| word.into_pattern());
        let done = match Verb::try_parse_from(words) {
            Ok(Verb::Exit) => return Ok(ControlFlow::Break(())),
            Ok(verb) => unless_interrupted(self.most, self.perform(verb)).await,
            Err(error) if error.use_stderr() => {
                let why = format!("{}; help tells the commands", misuse(&error));
                Err(Fault::new(FaultKind::Usage, why))
            }
            Err(help) => {
                // Whoever does not read standard output does not read help.
                let _ = help.print();
                Ok(())
            }
        };
        if let Err(fault) = done {
            // It may have been left in the middle.
            self.link.abort().await;
            if fault.kind == FaultKind::Interrupted && !self.is_person {
                return Err(fault);
            }
            self.fail(line, &fault);
        }
        Ok(ControlFlow::Continue(()))
    }

    fn fail(&self, what: &str, fault: &Fault) {
        self.report.fail(&without_passwords(what), &self.here.to_string(), fault);
    }

    async fn perform(&mut self, verb: Verb) -> Result<(), Fault> {
        match verb {
            Verb::Ls { names, .. } => self.list(&names).await,
            Verb::Cd { directory } => {
                let path =
                    directory.map_or_else(|| Ok(self.home.clone()), |word| self.path(&word.literal()))?;
                self.change_directory(&path).await
            }
            Verb::Pwd => show(&format!("{}\n", printable(&self.here.path))),
            Verb::Lcd { directory } => change_local_directory(directory.as_ref()),
            Verb::Lpwd => {
                let here = std::env::current_dir().map_err(|error| unusable(Path::new("."), &error))?;
                show(&format!("{}\n", here.display()))
            }
            Verb::Lls { directory } => list_local(directory.as_ref()).await,
            Verb::Get { names, resume, force, output } => {
                let keep = DownloadOptions { resume, replace: force };
                let output = output.as_ref().map(local).transpose()?;
                if output.is_some() && (names.len() > 1 || names.iter().any(Word::is_pattern)) {
                    return Err(Fault::new(FaultKind::Usage, "-o goes with one file"));
                }
                self.each(&names, async |talk, there| talk.get(there, output.as_deref(), keep).await).await
            }
            Verb::Put { names, resume } => self.put(&names, resume).await,
            Verb::Cat { names } => self.each(&names, async |talk, there| talk.cat(there).await).await,
            Verb::Rm { names, recursive } => {
                let rm = async |talk: &mut Self, there: &Location| {
                    let path = &there.path;
                    talk.session(async |session| match recursive {
                        true => remove(session, path).await,
                        false => session.remove_file(path).await,
                    })
                    .await
                };
                self.each(&names, rm).await
            }
            Verb::Mkdir { names, parents } => {
                for name in &names {
                    let path = self.path(&name.literal())?;
                    self.session(async |session| match parents {
                        true => session.make_directories(&path).await,
                        false => session.make_directory(&path).await,
                    })
                    .await?;
                }
                Ok(())
            }
            Verb::Mv { from, to } => {
                let from = self.here.at(self.path(&from.literal())?);
                let to = into(&self.path(&to.literal())?, &from);
                self.session(async |session| session.rename(&from.path, &to).await).await
            }
            Verb::Exit => Ok(()),
        }
    }

    /// Asks the server for something, also over a new session if the old one was lost meanwhile.
    async fn session<T>(
        &mut self,
        work: impl AsyncFnMut(&mut Session) -> Result<T, Error>,
    ) -> Result<T, Fault> {
        let url = self.here.to_string();
        let transfer = self.report.transfer(&url, &url);
        self.link.retry(self.options.retries, &transfer, work).await
    }

    /// The path of a name that was typed: a path, or a URL of this server.
    fn path(&self, name: &str) -> Result<Vec<u8>, Fault> {
        let url =
            url_beside(name, &self.here).map_err(|error| Fault::new(FaultKind::Usage, error.to_string()))?;
        let (base, name) = match &url {
            Some(url) => (&self.login, url.path.as_slice()),
            None => (&self.here.path, name.as_bytes()),
        };
        let mut path = if name.starts_with(b"/") { name.to_vec() } else { join(base, name) };
        if url.is_some_and(|url| url.is_directory) && !path.ends_with(b"/") {
            path.push(b'/');
        }
        Ok(path)
    }

    async fn change_directory(&mut self, path: &[u8]) -> Result<(), Fault> {
        let directory = self.session(async |session| {
            if !path.is_empty() {
                session.change_directory(path).await?;
            }
            session.directory().await
        });
        let directory = directory.await?;
        self.here = self.here.at(directory);
        Ok(())
    }

    /// Does something with each file that the words name. One that fails does not keep the others waiting.
    async fn each(
        &mut self,
        names: &[Word],
        mut work: impl AsyncFnMut(&mut Self, &Location) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        for path in self.matching(names).await? {
            let there = self.here.at(path);
            if let Err(fault) = work(self, &there).await {
                let url = there.to_string();
                self.report.fail(&format!("'{url}'"), &url, &fault);
            }
        }
        Ok(())
    }

    /// The paths that the words name; those of a pattern are looked up.
    async fn matching(&mut self, names: &[Word]) -> Result<Vec<Vec<u8>>, Fault> {
        let mut paths = Vec::new();
        for name in names {
            if !name.is_pattern() {
                paths.push(self.path(&name.literal())?);
                continue;
            }
            let (directory, glob) = name.split();
            let directory = self.path(&directory.literal())?;
            let listing = self.session(async |session| session.list(&directory).await).await?;
            let (entries, unread) = listing.into_parts();
            warn(&self.report, &self.here.at(directory.clone()), &unread);
            let before = paths.len();
            // As in other shells, names that begin with a dot are meant only by a pattern that does.
            let is_meant = |entry: &&Entry| {
                glob.matches(&entry.name) && (name.wants_hidden() || !entry.name.starts_with(b"."))
            };
            paths.extend(entries.iter().filter(is_meant).map(|entry| join(&directory, &entry.name)));
            if paths.len() == before {
                return Err(Fault::new(FaultKind::NotFound, "nothing fits the pattern"));
            }
        }
        Ok(paths)
    }

    async fn list(&mut self, names: &[Word]) -> Result<(), Fault> {
        let here = self.here.path.clone();
        let directories = if names.is_empty() { vec![here] } else { self.matching(names).await? };
        let is_one = directories.len() == 1;
        for directory in directories {
            let listing = self.session(async |session| list(session, &directory).await).await?;
            let (mut entries, unread) = listing.into_parts();
            entries.sort_unstable_by(|one, other| one.name.cmp(&other.name));
            if !is_one {
                show(&format!("{}:\n", printable(&directory)))?;
            }
            show(&table(&entries).map(|line| line + "\n").collect::<String>())?;
            warn(&self.report, &self.here.at(directory), &unread);
        }
        Ok(())
    }

    async fn get(
        &mut self,
        there: &Location,
        output: Option<&Path>,
        keep: DownloadOptions,
    ) -> Result<(), Fault> {
        let name = there.name().map(OsStr::from_bytes).map(Path::new);
        let file = output.or(name).ok_or_else(|| Fault::new(FaultKind::Usage, "it names no file"))?;
        let (folder, name) = Folder::of_file(file).map_err(|error| unusable(file, &error))?;
        let transfer = FileTransfer::new(there, &self.options, &self.report, &folder.name(&name));
        transfer.download(&mut self.link, (&folder, &name), keep, None).await.map(drop)
    }

    async fn cat(&mut self, there: &Location) -> Result<(), Fault> {
        let out = Outlet::standard_output()?;
        let transfer = FileTransfer::new(there, &self.options, &Report::new(Style::Quiet), "-");
        transfer.download_stream(&mut self.link, out).await
    }

    async fn put(&mut self, names: &[Word], resume: bool) -> Result<(), Fault> {
        for file in matching_here(names).await? {
            let name = file.file_name().unwrap_or_default();
            let there = self.here.below(name.as_encoded_bytes());
            let transfer = FileTransfer::new(&there, &self.options, &self.report, &file.to_string_lossy());
            let uploaded = match Folder::content(&file).await {
                Ok((content, _)) => transfer.upload(&mut self.link, &content, resume).await,
                Err(fault) => Err(fault),
            };
            if let Err(fault) = uploaded {
                let url = there.to_string();
                self.report.fail(&format!("'{url}'"), &url, &fault);
            }
        }
        Ok(())
    }

    /// The names in a directory of the server, for completion.
    async fn names(&mut self, directory: &str) -> Vec<String> {
        let Ok(path) = self.path(directory) else { return Vec::new() };
        let listing = self.link.with(async |session| session.list(&path).await);
        let listed = unless_interrupted(self.most, async { Ok(listing.await?) }).await;
        let Ok(listing) = listed else {
            self.link.abort().await;
            return Vec::new();
        };
        let name = |entry: Entry| {
            let slash = if entry.kind == Kind::Directory { "/" } else { "" };
            let name = String::from_utf8(entry.name).ok()?;
            // What cannot be shown cannot be typed.
            (printable(name.as_bytes()) == name).then(|| format!("{name}{slash}"))
        };
        // What is typed is not limited to what is proposed.
        let (entries, _) = listing.into_parts();
        entries.into_iter().filter_map(name).collect()
    }
}

/// What `work` gives, unless Ctrl-C comes first or it takes longer than `most`. A Ctrl-C that was meant for an
/// earlier command does not count.
///
/// # Errors
/// That of `work`; [`FaultKind::Interrupted`]; [`FaultKind::Network`] for the time.
async fn unless_interrupted<T>(
    most: Option<Duration>,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let interrupted = async {
        match signal(SignalKind::interrupt()) {
            Ok(mut interrupt) => drop(interrupt.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = interrupted => Err(Fault::new(FaultKind::Interrupted, "interrupted")),
        done = timeout(most.unwrap_or(Duration::MAX), work) => done.unwrap_or_else(|_| {
            Err(Fault::new(FaultKind::Network, "it took longer than --max-time allows"))
        }),
    }
}

fn show(text: &str) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    let shown = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    shown.map_err(|error| Fault::new(FaultKind::Failed, format!("cannot write to standard output: {error}")))
}
