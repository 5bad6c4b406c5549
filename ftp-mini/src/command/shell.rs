//! `ftp-mini shell`: an interactive session.

mod editor;
mod local;
mod server;
mod verb;
mod word;

use std::io::{self, IsTerminal as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use clap::{Args, Parser as _};
use common::client::{self, Fault, FaultKind};
use common::command::{CommandFailure, Style, interruptible, misuse, outcome};
use common::escape::printable;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

use super::remote::{RemoteOptions, fail, locate};
use crate::client::{DownloadOptions, Link};
use editor::{Editor, EditorEvent};
use local::{show, unusable};
use server::Remote;
use verb::ShellCommand;
use word::{without_passwords, words};

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Shell {
    /// The server and the initial directory: ftp://host/path
    url: String,

    #[command(flatten)]
    remote: RemoteOptions,
}

const EXAMPLES: &str = "\
Examples:
  ftp-mini shell --tls ftp://me@host/     a prompt; help lists the commands
  ftp-mini shell ftp://host/ < commands   commands from a file

Tab completes commands and names, Ctrl-C interrupts a transfer, Ctrl-D exits.
If commands come from a file, Ctrl-C ends the session (exit code 130).
--max-time applies to each command.";

impl Shell {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let there = locate(&self.url)?;
        let report = self.remote.client.report(Style::Each);
        let mut editor = Editor::start()?;
        let is_interactive = io::stdin().is_terminal();
        let link = Link::new(self.remote.server(&there)?);
        let mut dialogue = Dialogue {
            remote: Remote::new(link, &there, self.remote.transfer_options(false), report.clone()),
            most: self.remote.client.max_time,
            is_interactive,
        };
        let ended = client::run(async {
            let ended = match is_interactive {
                true => dialogue.run(&mut editor).await,
                // An interrupt between two commands must prevent the next one, too.
                false => interruptible(None, dialogue.run(&mut editor)).await,
            };
            dialogue.remote.link.close().await;
            ended
        })?;
        if is_interactive {
            editor.close();
        }
        match ended {
            Err(fault) => {
                fail(&report, "cannot open a session with", &there, &fault);
                Err(CommandFailure::Reported(fault.kind).into())
            }
            // An interactive user has seen the failures; the author of a file of commands has not.
            Ok(()) if is_interactive => Ok(()),
            Ok(()) => outcome(&report),
        }
    }
}

struct Dialogue {
    remote: Remote,
    /// The time limit of each command.
    most: Option<Duration>,
    is_interactive: bool,
}

impl Dialogue {
    /// Reads and performs commands until the user exits. Fails if there is no session, or if a file of commands
    /// is interrupted.
    async fn run(&mut self, editor: &mut Editor) -> Result<(), Fault> {
        unless_interrupted(self.most, self.remote.log_in()).await?;
        unless_interrupted(self.most, self.remote.go_home()).await?;
        editor.prompt(self.prompt());
        while let Some(event) = editor.next().await {
            match event {
                EditorEvent::Names(directory, answer) => {
                    let names = unless_interrupted(self.most, self.remote.names(&directory)).await;
                    if names.is_err() {
                        self.remote.link.abort().await;
                    }
                    // The editor may have stopped waiting.
                    let _ = answer.send(names.unwrap_or_default());
                }
                EditorEvent::Line(line) => match self.perform_line(&line).await? {
                    ControlFlow::Continue(()) => editor.prompt(self.prompt()),
                    ControlFlow::Break(()) => break,
                },
            }
        }
        Ok(())
    }

    fn prompt(&self) -> String {
        format!("ftp {}{}> ", printable(self.remote.here.host.as_bytes()), printable(&self.remote.here.path))
    }

    /// Performs the command of a line, and reports its failure. Fails if a file of commands is interrupted.
    async fn perform_line(&mut self, line: &str) -> Result<ControlFlow<()>, Fault> {
        if let Some(command) = line.trim_start().strip_prefix('!') {
            local::run(command);
            return Ok(ControlFlow::Continue(()));
        }
        // Other clients have `?`.
        let line = if line.trim() == "?" { "help" } else { line.trim() };
        let words = words(line).into_iter().map(|(_, word)| word.into_pattern());
        let done = match ShellCommand::try_parse_from(words) {
            Ok(ShellCommand::Exit) => return Ok(ControlFlow::Break(())),
            Ok(verb) => unless_interrupted(self.most, self.perform(verb)).await,
            Err(error) if error.use_stderr() => {
                let why = format!("{}; help lists the commands", misuse(&error));
                Err(Fault::new(FaultKind::Usage, why))
            }
            Err(help) => {
                // If standard output is closed, help is not needed.
                let _ = help.print();
                Ok(())
            }
        };
        if let Err(fault) = done {
            // The command may have been interrupted in a transfer.
            self.remote.link.abort().await;
            if fault.kind == FaultKind::Interrupted && !self.is_interactive {
                return Err(fault);
            }
            self.fail(line, &fault);
        }
        Ok(ControlFlow::Continue(()))
    }

    fn fail(&self, what: &str, fault: &Fault) {
        self.remote.report.fail(&without_passwords(what), &self.remote.here.to_string(), fault);
    }

    async fn perform(&mut self, verb: ShellCommand) -> Result<(), Fault> {
        let remote = &mut self.remote;
        match verb {
            ShellCommand::Ls { names, .. } => remote.list(&names).await,
            ShellCommand::Cd { directory } => remote.change_directory(directory.as_ref()).await,
            ShellCommand::Pwd => show(&format!("{}\n", printable(&remote.here.path))),
            ShellCommand::Lcd { directory } => local::change_directory(directory.as_ref()),
            ShellCommand::Lpwd => {
                let here = std::env::current_dir().map_err(|error| unusable(Path::new("."), &error))?;
                show(&format!("{}\n", here.display()))
            }
            ShellCommand::Lls { directory } => local::list(directory.as_ref()).await,
            ShellCommand::Get { names, resume, force, output } => {
                let options = DownloadOptions { resume, replace: force };
                remote.get(&names, options, output.as_ref()).await
            }
            ShellCommand::Put { names, resume } => remote.put(&names, resume).await,
            ShellCommand::Cat { names } => remote.cat(&names).await,
            ShellCommand::Rm { names, recursive } => remote.remove(&names, recursive).await,
            ShellCommand::Mkdir { names, parents } => remote.make_directories(&names, parents).await,
            ShellCommand::Mv { from, to } => remote.rename(&from, &to).await,
            ShellCommand::Exit => Ok(()),
        }
    }
}

/// Runs `work` unless Ctrl-C interrupts it or it takes longer than `most`. An earlier Ctrl-C does not count.
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
