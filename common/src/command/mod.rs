//! Shared by all commands: options, the lines on standard output, exit codes, and starting the engines. This file has a
//! command's main function.

mod access;
mod announce;
mod ask;
mod batch;
mod client;
mod config;
mod confine;
mod display;
mod documents;
mod failure;
mod hex;
mod list;
mod mirror;
mod misuse;
mod named;
mod options;
mod progress;
mod reload;
mod server;
mod systemd;
mod templates;
mod tls;
mod trace;
mod tree;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::anyhow;
use clap::{ArgMatches, Command, FromArgMatches, Parser};

use crate::escape::printable;
use crate::log;
use crate::net::shutdown;

pub use access::{AccessOptions, Anonymous, UserOption};
pub use announce::announce;
pub use ask::ask_password;
pub use batch::ParallelOptions;
pub(crate) use client::seconds;
pub use client::{Bytes, ClientOptions, interruptible, outcome};
pub use display::{Lang, has_colour, language};
pub use documents::Documents;
pub use failure::CommandFailure;
pub use hex::decode_hex;
pub use list::{ListOptions, ListedEntry, listing_table};
pub use mirror::MirrorOptions;
pub use misuse::{local_path, misuse};
pub use options::{LogOptions, TimeoutOptions};
pub use progress::Style;
pub use server::{Port, Running, Server, ServerOptions};
pub use tls::{Pin, TlsOptions, TrustOptions};
pub use trace::TraceOptions;
pub use tree::{Switch, TreeOptions};

/// The widest help, in columns; a narrower terminal is respected.
const HELP_WIDTH: usize = 100;

/// A command's main function: parses the arguments (and the file that `--config` names), runs, and turns a
/// failure into one line on standard error and an exit code.
pub fn main<C: Parser>(run: impl FnOnce(C) -> anyhow::Result<()>) -> ExitCode {
    let name = C::command().get_name().to_owned();
    // Also if a panic ends the process.
    let _finish = FinishLog;
    let outcome = shutdown::survive_file_size_limit()
        .map_err(|error| anyhow!("cannot catch signals: {error}"))
        .and_then(|()| parse::<C>(&std::env::args_os().collect::<Vec<_>>()))
        .and_then(run);
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    log::finish();
    let failure = error.downcast_ref::<CommandFailure>();
    if !matches!(failure, Some(CommandFailure::Reported(_))) {
        log::to_stderr(format_args!("{name}: {}", printable(format!("{error:#}").as_bytes())));
    }
    failure.map_or(ExitCode::FAILURE, |failure| ExitCode::from(failure.code()))
}

struct FinishLog;

impl Drop for FinishLog {
    fn drop(&mut self) {
        log::finish();
    }
}

fn parse<C: Parser>(arguments: &[OsString]) -> anyhow::Result<C> {
    Ok(C::from_arg_matches(&matches::<C>(arguments)?)?)
}

/// The options `O` of this process's command `C`, from the arguments, the environment and the configuration file as they
/// are now.
fn options_again<C: Parser, O: FromArgMatches>() -> anyhow::Result<O> {
    let mut matches = matches::<C>(&std::env::args_os().collect::<Vec<_>>())?;
    while let Some((_, inner)) = matches.remove_subcommand() {
        matches = inner;
    }
    Ok(O::from_arg_matches(&matches)?)
}

fn matches<C: Parser>(arguments: &[OsString]) -> anyhow::Result<ArgMatches> {
    // A missing subcommand is also reported in one line, not by the help.
    let terse = |command: Command| command.arg_required_else_help(false);
    let command = terse(C::command()).mut_subcommands(terse).max_term_width(HELP_WIDTH);
    let mut matches = misuse::read(&command, arguments)?;
    if let Some(all) = config::expand(&command, &matches, arguments, |name| std::env::var_os(name))? {
        matches = misuse::read(&command, &all)?;
    }
    Ok(matches)
}
