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
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::{ArgMatches, Command};
use toml::{Table, Value};

use super::Failure;

/// The subcommand that was given, `["echo", "server"]`, and the file that it was told to read.
pub(super) fn of(mut matches: &ArgMatches) -> Option<(Vec<String>, PathBuf)> {
    let mut names = Vec::new();
    while let Some((name, inner)) = matches.subcommand() {
        names.push(name.to_owned());
        matches = inner;
    }
    let file: &PathBuf = matches.try_get_one("config").ok()??;
    Some((names, file.clone()))
}

/// The arguments with those of the file behind the subcommand's name.
pub(super) fn expand(
    command: &Command,
    names: &[String],
    mut arguments: Vec<OsString>,
    file: &Path,
) -> anyhow::Result<Vec<OsString>> {
    let at = || format!("cannot read the configuration '{}'", file.display());
    let text = std::fs::read_to_string(file).with_context(at)?;
    let table: Table = text.parse().map_err(|error| one_line(&text, &error)).with_context(at)?;
    let leaf =
        names.iter().try_fold(command, |command, name| command.find_subcommand(name)).unwrap_or(command);
    let mut settings = Vec::new();
    for (key, value) in &table {
        let is_known = leaf.get_arguments().any(|known| known.get_long() == Some(key));
        if !is_known || key == "config" {
            let hint = format!("'{}' has no setting '{key}'; see --help", file.display());
            return Err(Failure::Usage(hint).into());
        }
        settings.extend(options(key, value).with_context(at)?);
    }
    // Behind the program's name and those of the subcommands.
    let mut at = 1;
    for name in names {
        let place = arguments.iter().skip(at).position(|argument| argument == name.as_str());
        at += place.map_or(0, |place| place + 1);
    }
    arguments.splice(at..at, settings);
    Ok(arguments)
}

/// What is wrong with the file: its error shows the line over several lines of its own.
pub(super) fn one_line(text: &str, error: &toml::de::Error) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    anyhow!("line {}: {}", before.matches('\n').count() + 1, error.message().replace('\n', ", "))
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
            let hint = format!("'{key}' takes text, a number, true or false, or a list of them");
            return Err(Failure::Usage(hint).into());
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_stand_before_the_options_of_their_subcommand() {
        use clap::{Arg, ArgAction};
        let serve = Command::new("serve")
            .arg(Arg::new("engine").long("engine"))
            .arg(Arg::new("quiet").long("quiet").action(ArgAction::SetTrue));
        let command =
            Command::new("x").subcommand(Command::new("echo").subcommand(serve.clone())).subcommand(serve);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "engine = 'a'\nquiet = true").unwrap();
        for (names, arguments, expected) in [
            (vec!["serve"], "x serve --engine b", "x serve --engine=a --quiet --engine b"),
            (vec!["echo", "serve"], "x echo serve", "x echo serve --engine=a --quiet"),
        ] {
            let names: Vec<String> = names.into_iter().map(Into::into).collect();
            let arguments = arguments.split(' ').map(OsString::from).collect();
            let expanded = expand(&command, &names, arguments, file.path()).unwrap();
            assert_eq!(expanded.join(std::ffi::OsStr::new(" ")), *expected);
        }
        std::fs::write(file.path(), "listen = 'a'").unwrap();
        let unknown = expand(&command, &["serve".into()], vec!["x".into(), "serve".into()], file.path());
        assert!(unknown.unwrap_err().to_string().contains("no setting 'listen'"));
    }

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
