//! `ftp-mini shell`: a session that a person leads.

mod editor;
mod here;
mod verb;
mod word;

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use clap::{Args, Parser as _};
use common::client::{self, Fault, Folder, Kind as FaultKind, Outlet, Report, Style};
use common::command::{misuse, outcome};
use common::escape::printable;
use common::files::TreePath;
use tokio::signal::unix::{SignalKind, signal};

use super::ls::{list, table};
use super::put::put_file;
use super::remote::{RemoteOptions, fail, locate};
use super::rm::remove;
use crate::client::{Entry, Errand, Error, Keep, Kind, Link, Location, Manner, Session, join};
use editor::{Editor, Event};
use here::{carry_out_here, change_local_directory, list_local, matching_here, unusable};
use verb::Verb;
use word::{Word, words};

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

Tab completes commands and names, Ctrl-C ends a transfer, Ctrl-D leaves.";

impl Shell {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let there = locate(&self.url)?;
        let report = self.remote.report(Style::Each);
        let editor = Editor::start()?;
        let talk = Talk {
            link: Link::new(self.remote.server(&there)?),
            home: there.path.clone(),
            here: there,
            how: self.remote.manner(false),
            report: report.clone(),
        };
        let stood = client::run(talk.hold(editor))?;
        // A person has seen what failed; whoever wrote a file of commands has not.
        match stood && io::stdin().is_terminal() {
            true => Ok(()),
            false => outcome(&report, Ok(())),
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
    how: Manner,
    report: Report,
}

impl Talk {
    /// Until the person leaves. `false`: there was no session.
    async fn hold(mut self, mut editor: Editor) -> bool {
        let home = self.home.clone();
        let begun = match unless_interrupted(self.change_directory(&home)).await {
            Some(begun) => begun,
            None => Err(Fault::new(FaultKind::Interrupted, "interrupted")),
        };
        if let Err(fault) = &begun {
            fail(&self.report, "cannot open", &self.here, fault);
        } else {
            self.home = self.here.path.clone();
            editor.prompt(self.prompt());
            while let Some(event) = editor.next().await {
                match event {
                    Event::Names(directory, answer) => {
                        // Nobody waits for it who is gone.
                        let _ = answer.send(self.names(&directory).await);
                    }
                    Event::Line(line) => {
                        if !self.carry_out(&line).await {
                            break;
                        }
                        editor.prompt(self.prompt());
                    }
                }
            }
        }
        self.link.close().await;
        editor.close();
        begun.is_ok()
    }

    fn prompt(&self) -> String {
        format!("ftp {}{}> ", printable(self.here.host.as_bytes()), printable(&self.here.path))
    }

    /// Does what a line says, until it is done or interrupted. `false`: the person leaves.
    async fn carry_out(&mut self, line: &str) -> bool {
        if let Some(command) = line.trim_start().strip_prefix('!') {
            carry_out_here(command);
            return true;
        }
        // `?` is what other clients have.
        let line = if line.trim() == "?" { "help" } else { line.trim() };
        let words = words(line).into_iter().map(|(_, word)| word.into_pattern());
        let verb = match Verb::try_parse_from(words) {
            Ok(Verb::Exit) => return false,
            Ok(verb) => verb,
            Err(error) if error.use_stderr() => {
                let why = format!("{}; help tells the commands", misuse(&error));
                self.fail(line, &Fault::new(FaultKind::Usage, why));
                return true;
            }
            Err(help) => {
                // Whoever does not read standard output does not read help.
                let _ = help.print();
                return true;
            }
        };
        let done = unless_interrupted(self.perform(verb)).await;
        match done {
            None => {
                eprintln!("interrupted");
                self.link.abort().await;
            }
            Some(Err(fault)) => self.fail(line, &fault),
            Some(Ok(())) => {}
        }
        true
    }

    fn fail(&self, what: &str, fault: &Fault) {
        self.report.fail(&printable(what.as_bytes()), &self.here.to_string(), fault);
    }

    async fn perform(&mut self, verb: Verb) -> Result<(), Fault> {
        match verb {
            Verb::Ls { names } => self.list(&names).await,
            Verb::Cd { directory } => {
                let path = directory.map_or_else(|| self.home.clone(), |word| self.path(&word.literal()));
                self.change_directory(&path).await
            }
            Verb::Pwd => show(&format!("{}\n", printable(&self.here.path))),
            Verb::Lcd { directory } => change_local_directory(directory.as_ref()),
            Verb::Lpwd => {
                let here = std::env::current_dir().map_err(|error| unusable(Path::new("."), &error))?;
                show(&format!("{}\n", here.display()))
            }
            Verb::Lls { directory } => list_local(directory.as_ref()).await,
            Verb::Get { names, resume, force } => {
                let keep = Keep { resume, replace: force };
                self.each(&names, async |talk, there| talk.get(there, keep).await).await
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
                    let path = self.path(&name.literal());
                    self.session(async |session| match parents {
                        true => session.make_directories(&path).await,
                        false => session.make_directory(&path).await,
                    })
                    .await?;
                }
                Ok(())
            }
            Verb::Mv { from, to } => {
                let (from, to) = (self.path(&from.literal()), self.path(&to.literal()));
                self.session(async |session| session.rename(&from, &to).await).await
            }
            Verb::Exit => Ok(()),
        }
    }

    /// Asks the server for something, also over a new session if the old one was lost meanwhile.
    async fn session<T>(
        &mut self,
        mut work: impl AsyncFnMut(&mut Session) -> Result<T, Error>,
    ) -> Result<T, Fault> {
        let url = self.here.to_string();
        let transfer = self.report.transfer(&url, &url);
        let link = &mut self.link;
        let attempt = async || Ok(link.with(async |session| work(session).await).await?);
        self.how.retries.persist(&transfer, attempt).await
    }

    /// The path of a name that was typed.
    fn path(&self, name: &str) -> Vec<u8> {
        match name.starts_with('/') {
            true => name.as_bytes().to_vec(),
            false => join(&self.here.path, name.as_bytes()),
        }
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
                paths.push(self.path(&name.literal()));
                continue;
            }
            let (directory, glob) = name.split();
            let directory = self.path(&directory.literal());
            let entries = self.session(async |session| session.list(&directory).await).await?.entries;
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
            let mut listing = self.session(async |session| list(session, &directory).await).await?;
            listing.entries.sort_unstable_by(|one, other| one.name.cmp(&other.name));
            if !is_one {
                show(&format!("{}:\n", printable(&directory)))?;
            }
            show(&table(&listing.entries))?;
        }
        Ok(())
    }

    async fn get(&mut self, there: &Location, keep: Keep) -> Result<(), Fault> {
        let name = there.name().ok_or_else(|| Fault::new(FaultKind::Usage, "it names no file"))?;
        let folder = Folder::open(Path::new(".")).map_err(|error| unusable(Path::new("."), &error))?;
        let name = TreePath::ROOT.child(name);
        let transfer = self.report.transfer(&there.to_string(), &folder.name(&name));
        let errand = Errand { there, how: &self.how, transfer: &transfer };
        errand.bring(&mut self.link, (&folder, &name), keep, None).await?;
        transfer.done();
        Ok(())
    }

    async fn cat(&mut self, there: &Location) -> Result<(), Fault> {
        let out = Outlet::standard_output()?;
        let transfer = Report::new(Style::Quiet).transfer(&there.to_string(), "-");
        Errand { there, how: &self.how, transfer: &transfer }.pour(&mut self.link, out).await
    }

    async fn put(&mut self, names: &[Word], resume: bool) -> Result<(), Fault> {
        for file in matching_here(names).await? {
            let name = file.file_name().unwrap_or_default();
            let there = self.here.below(name.as_encoded_bytes());
            let url = there.to_string();
            let transfer = self.report.transfer(&url, &file.to_string_lossy());
            let errand = Errand { there: &there, how: &self.how, transfer: &transfer };
            match put_file(&mut self.link, &file, errand, resume).await {
                Ok(()) => transfer.done(),
                Err(fault) => self.report.fail(&format!("'{url}'"), &url, &fault),
            }
        }
        Ok(())
    }

    /// The names in a directory of the server, for completion.
    async fn names(&mut self, directory: &str) -> Vec<String> {
        let path = self.path(directory);
        let listing = self.link.with(async |session| session.list(&path).await);
        let listed = unless_interrupted(listing).await.and_then(Result::ok);
        let Some(listing) = listed else {
            self.link.abort().await;
            return Vec::new();
        };
        let name = |entry: Entry| {
            let slash = if entry.kind == Kind::Directory { "/" } else { "" };
            let name = String::from_utf8(entry.name).ok()?;
            // What cannot be shown cannot be typed.
            (printable(name.as_bytes()) == name).then(|| format!("{name}{slash}"))
        };
        listing.entries.into_iter().filter_map(name).collect()
    }
}

/// What `work` gives; `None` when Ctrl-C comes first. One that was meant for an earlier command does not count.
async fn unless_interrupted<T>(work: impl Future<Output = T>) -> Option<T> {
    let interrupted = async {
        match signal(SignalKind::interrupt()) {
            Ok(mut interrupt) => drop(interrupt.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = interrupted => None,
        done = work => Some(done),
    }
}

fn show(text: &str) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    let shown = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    shown.map_err(|error| Fault::new(FaultKind::Failed, format!("cannot write to standard output: {error}")))
}
