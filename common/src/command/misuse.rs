//! Errors of the command line in one line: the wrong argument and the reason, similar or possible values if
//! clap knows them, and where to look.

use std::error::Error as _;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::error::{ContextKind, ErrorKind};
use clap::{ArgMatches, Command};

use super::CommandFailure;
use crate::client::{NOT_LOCAL, is_url, without_password};

/// The subcommand that the arguments select, and the index of its own arguments.
pub(super) fn chosen<'a>(mut command: &'a Command, arguments: &[OsString]) -> (&'a Command, usize) {
    let mut at = 1;
    while let Some(inner) = arguments.get(at).and_then(|name| command.find_subcommand(name)) {
        command = inner;
        at += 1;
    }
    (command, at)
}

/// Parses the arguments of a command. Help and the version are printed, and end the process.
pub(super) fn read(command: &Command, arguments: &[OsString]) -> Result<ArgMatches, CommandFailure> {
    command.clone().try_get_matches_from(arguments).map_err(|error| {
        if !error.use_stderr() {
            error.exit();
        }
        let (_, own) = chosen(command, arguments);
        let names = arguments.iter().take(own).skip(1).map(|name| name.to_string_lossy());
        let path = names.fold(command.get_name().to_owned(), |path, name| format!("{path} {name}"));
        CommandFailure::Usage(format!("{}; see '{path} --help'", misuse(&error)))
    })
}

/// The value parser of a local path. A URL is an error; its password would become part of a file's name.
pub fn local_path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| if is_url(&path) { Err(NOT_LOCAL) } else { Ok(path) })
}

/// The wrong argument and the reason, without the passwords of URLs.
pub fn misuse(error: &clap::Error) -> String {
    let context = |kind| {
        let context = error.get(kind).map(ToString::to_string).filter(|context| !context.is_empty())?;
        Some(without_password(&context).into_owned())
    };
    let argument = context(ContextKind::InvalidArg).unwrap_or_default();
    let name = context(ContextKind::InvalidSubcommand).unwrap_or_default();
    let mut line = match (error.kind(), context(ContextKind::InvalidValue)) {
        (ErrorKind::MissingSubcommand, _) => format!("'{name}' needs a command"),
        (ErrorKind::InvalidSubcommand, _) => format!("there is no command '{name}'"),
        (ErrorKind::UnknownArgument, _) => format!("no argument '{argument}' is expected"),
        (ErrorKind::MissingRequiredArgument, _) => format!("missing: {argument}"),
        (ErrorKind::ArgumentConflict, _) => {
            let other = context(ContextKind::PriorArg).unwrap_or_default();
            format!("'{argument}' cannot be used with '{other}'")
        }
        (ErrorKind::TooManyValues, _) => format!("'{argument}' takes no value"),
        (ErrorKind::InvalidValue, None) => format!("'{argument}' needs a value"),
        (_, Some(value)) => format!("invalid value '{value}' for '{argument}'"),
        (kind, None) => kind.to_string(),
    };
    if let Some(why) = error.source() {
        line = format!("{line}: {}", without_password(&why.to_string()));
    }
    for (kind, introduction) in [
        (ContextKind::SuggestedSubcommand, "similar: "),
        (ContextKind::SuggestedArg, "similar: "),
        (ContextKind::ValidSubcommand, "possible: "),
        (ContextKind::ValidValue, "possible: "),
        (ContextKind::Suggested, ""),
    ] {
        if let Some(hint) = context(kind) {
            line = format!("{line} ({introduction}{hint})");
        }
    }
    line
}
