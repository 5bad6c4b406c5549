//! The command line of `ftp-mini`, one file for each command.

mod cat;
mod get;
mod ls;
mod mirror;
mod mkdir;
mod mv;
mod put;
mod remote;
mod rm;
mod serve;
mod shell;

use clap::{CommandFactory, Parser};
use common::command::Documents;

pub use serve::{DataOptions, SecurityOptions, address, ports};

/// The command.
#[derive(Debug, Parser)]
#[command(
    name = "ftp-mini",
    version,
    about = "FTP by hand: serve a directory to any FTP client, and be one",
    after_help = EXIT_CODES
)]
pub enum Command {
    /// Serve a directory over FTP
    Serve(Box<serve::Serve>),
    /// List a directory of a server
    Ls(ls::Ls),
    /// Get files from a server
    Get(get::Get),
    /// Upload a file to a server
    Put(put::Put),
    /// Write a file of a server to standard output
    Cat(cat::Cat),
    /// Remove a file or a directory from a server
    Rm(rm::Rm),
    /// Make a directory on a server
    Mkdir(mkdir::Mkdir),
    /// Rename a file or directory of a server
    Mv(mv::Mv),
    /// Synchronize a folder and a directory of a server
    Mirror(mirror::Mirror),
    /// Open a session with a prompt: ls, cd, get, put and more
    Shell(shell::Shell),
    /// Documents about the command.
    #[command(flatten)]
    Documents(Documents),
}

/// Scripts rely on these codes.
const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 refused (login, permission), 5 network, 6 wrong content
(digest, short, changed), 130 interrupted.";

/// Runs the command. Errors are texts for the user.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(serve) => serve.run(),
        Command::Ls(ls) => ls.run(),
        Command::Get(get) => get.run(),
        Command::Put(put) => put.run(),
        Command::Cat(cat) => cat.run(),
        Command::Rm(rm) => rm.run(),
        Command::Mkdir(mkdir) => mkdir.run(),
        Command::Mv(mv) => mv.run(),
        Command::Mirror(mirror) => mirror.run(),
        Command::Shell(shell) => shell.run(),
        Command::Documents(documents) => documents.print(Command::command()),
    }
}
