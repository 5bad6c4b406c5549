//! The command line of `ftp-mini`, one file for each command.

mod cat;
mod check;
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

pub use check::{Check, examine};
pub use serve::{DataOptions, SecurityOptions, address, ports};

/// The command.
#[derive(Debug, Parser)]
#[command(
    name = "ftp-mini",
    version,
    about = "Serve a directory over FTP, and transfer files as a client",
    after_help = EXIT_CODES
)]
pub enum CliCommand {
    /// Serve a directory over FTP
    Serve(Box<serve::Serve>),
    /// List a directory
    Ls(ls::Ls),
    /// Download files
    Get(get::Get),
    /// Upload a file
    Put(put::Put),
    /// Print a file to standard output
    Cat(cat::Cat),
    /// Delete files or directories
    Rm(rm::Rm),
    /// Create a directory
    Mkdir(mkdir::Mkdir),
    /// Rename a file or a directory
    Mv(mv::Mv),
    /// Copy a tree between a folder and a server
    Mirror(mirror::Mirror),
    /// Check whether a server follows the RFCs
    Check(Box<Check>),
    /// Open an interactive session: ls, cd, get, put and more
    Shell(shell::Shell),
    /// Documents about the command.
    #[command(flatten)]
    Documents(Documents),
}

/// Scripts rely on these codes.
const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 refused (login,
permission), 5 network, 6 integrity (digest, truncated, changed), 130
interrupted.

Environment: NETRC (logins, else ~/.netrc), SSL_CERT_FILE (trusted
authorities), XDG_STATE_HOME (history of the shell).";

/// Runs the command. Errors are texts for the user.
pub fn run(command: CliCommand) -> anyhow::Result<()> {
    match command {
        CliCommand::Serve(serve) => serve.run(),
        CliCommand::Ls(ls) => ls.run(),
        CliCommand::Get(get) => get.run(),
        CliCommand::Put(put) => put.run(),
        CliCommand::Cat(cat) => cat.run(),
        CliCommand::Rm(rm) => rm.run(),
        CliCommand::Mkdir(mkdir) => mkdir.run(),
        CliCommand::Mv(mv) => mv.run(),
        CliCommand::Mirror(mirror) => mirror.run(),
        CliCommand::Check(check) => check.run(),
        CliCommand::Shell(shell) => shell.run(),
        CliCommand::Documents(documents) => documents.print(CliCommand::command()),
    }
}
