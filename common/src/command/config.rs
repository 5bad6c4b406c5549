//! `--config FILE`: a TOML file whose keys are the long options without their dashes.
//!
//! The file becomes arguments that stand before those of the command line, so both are read by the
//! same definitions and the command line wins.
//!
//! ```toml
//! engine = "event-loop"
//! quiet = true
//! listen = ["[::]:80", "unix:/run/mini.sock"]
//! ```

#![expect(clippy::disallowed_methods, reason = "the operator's file, not a served one")]

use std::ffi::OsString;
use std::path::Path;

use anyhow::Context as _;
use clap::{ArgMatches, Command};
use toml::{Table, Value};

use super::Usage;

/// The file that a parsed subcommand was told to read.
pub(super) fn of(matches: &ArgMatches) -> Option<&Path> {
    let (_, options) = matches.subcommand()?;
    let file = options.try_get_one::<std::path::PathBuf>("config").ok()??;
    Some(file.as_path())
}

/// The arguments with those of the file behind the subcommand's name.
pub(super) fn expand(
    command: &Command,
    arguments: Vec<OsString>,
    file: &Path,
) -> anyhow::Result<Vec<OsString>> {
    let at = || format!("cannot read the configuration '{}'", file.display());
    let table: Table = std::fs::read_to_string(file).with_context(at)?.parse().with_context(at)?;
    let is_subcommand =
        |argument: &OsString| argument.to_str().and_then(|name| command.find_subcommand(name));
    let mut arguments = arguments.into_iter();
    let mut expanded = Vec::new();
    for argument in arguments.by_ref() {
        let subcommand = is_subcommand(&argument);
        expanded.push(argument);
        if let Some(subcommand) = subcommand {
            for (key, value) in &table {
                let known = subcommand.get_arguments().any(|known| known.get_long() == Some(key));
                if !known || key == "config" {
                    let hint = format!("'{}' has no setting '{key}'; see 'serve --help'", file.display());
                    return Err(Usage(hint).into());
                }
                expanded.extend(options(key, value).with_context(at)?);
            }
            break;
        }
    }
    expanded.extend(arguments);
    Ok(expanded)
}

/// The arguments that one setting stands for.
fn options(key: &str, value: &Value) -> anyhow::Result<Vec<OsString>> {
    let option = |value: &dyn std::fmt::Display| OsString::from(format!("--{key}={value}"));
    Ok(match value {
        Value::Boolean(true) => vec![format!("--{key}").into()],
        Value::Boolean(false) => vec![],
        Value::String(text) => vec![option(text)],
        Value::Integer(number) => vec![option(number)],
        Value::Array(values) => {
            let each: anyhow::Result<Vec<_>> = values.iter().map(|value| options(key, value)).collect();
            each?.concat()
        }
        _ => {
            return Err(
                Usage(format!("'{key}' takes text, a number, true or false, or a list of them")).into()
            );
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_the_option_of_its_name() {
        for (toml, expected) in [
            ("engine = 'pool:4'", Ok("--engine=pool:4")),
            ("max-connections = 9", Ok("--max-connections=9")),
            ("quiet = true", Ok("--quiet")),
            ("quiet = false", Ok("")),
            ("listen = ['a', 'b']", Ok("--listen=a --listen=b")),
            ("listen = 1.5", Err(())),
        ] {
            let table: Table = toml.parse().unwrap();
            let (key, value) = table.iter().next().unwrap();
            let seen = options(key, value).map_err(drop);
            let joined = seen.map(|options| options.join(std::ffi::OsStr::new(" ")).into_string().unwrap());
            assert_eq!(joined.as_deref(), expected.as_ref().copied(), "{toml}");
        }
    }
}
