//! `--config FILE`: a TOML file whose keys are the long options without their dashes.
//!
//! The file becomes arguments before those of the command line, so the same definitions parse both and the
//! command line takes precedence.
//!
//! ```toml
//! engine = "event-loop"
//! quiet = true
//! listen = ["[::]:80", "unix:/run/mini.sock"]
//! ```

#![expect(clippy::disallowed_methods, reason = "the operator's file, not a served one")]

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use toml::{Table, Value};

use super::Failure;
use super::misuse::{chosen, read};

/// The arguments, with those of the configuration file behind the subcommand's name. `None` without a file.
pub(super) fn expand(
    command: &Command,
    mut given: &ArgMatches,
    arguments: &[OsString],
) -> anyhow::Result<Option<Vec<OsString>>> {
    while let Some((_, inner)) = given.subcommand() {
        given = inner;
    }
    let Ok(Some(file)) = given.try_get_one::<PathBuf>("config") else { return Ok(None) };
    let at = || format!("cannot read the configuration '{}'", file.display());
    let text = std::fs::read_to_string(file).with_context(at)?;
    let table: Table = text.parse().map_err(|error| one_line(&text, &error)).with_context(at)?;
    let (leaf, own) = chosen(command, arguments);
    let (names, own) = arguments.split_at(own);
    let mut of_file = names.to_vec();
    let mut all = names.to_vec();
    for (key, value) in &table {
        let is_alias = |known: &Arg| known.get_all_aliases().is_some_and(|names| names.contains(&&**key));
        let is_named = |known: &&Arg| known.get_long() == Some(key) || is_alias(known);
        let known = leaf.get_arguments().find(is_named).filter(|_| key != "config");
        let hint = || Failure::Usage(format!("'{}' has no setting '{key}'; see --help", file.display()));
        let option = known.ok_or_else(hint)?;
        let setting = options(option, key, value).with_context(at)?;
        of_file.extend_from_slice(&setting);
        // The command line takes precedence: `ftp` in a file does not contradict --no-ftp.
        if !excludes(leaf, given, option) {
            all.extend(setting);
        }
    }
    read(command, &of_file).with_context(at)?;
    all.extend_from_slice(own);
    Ok(Some(all))
}

fn excludes(leaf: &Command, given: &ArgMatches, option: &Arg) -> bool {
    let conflict = |one, other: &Arg| leaf.get_arg_conflicts_with(one).contains(&other);
    let is_given =
        |other: &&Arg| given.value_source(other.get_id().as_str()) == Some(ValueSource::CommandLine);
    leaf.get_arguments().filter(is_given).any(|other| conflict(option, other) || conflict(other, option))
}

/// The error in one line; toml's own text takes several.
pub(super) fn one_line(text: &str, error: &toml::de::Error) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    anyhow!("line {}: {}", before.matches('\n').count() + 1, error.message().replace('\n', ", "))
}

fn options(option: &Arg, key: &str, value: &Value) -> Result<Vec<OsString>, Failure> {
    let flag = |is_set: bool| is_set.then(|| format!("--{key}").into()).into_iter().collect();
    let one = |value: &Value| match value {
        Value::String(text) => Some(format!("--{key}={text}").into()),
        Value::Integer(number) => Some(format!("--{key}={number}").into()),
        _ => None,
    };
    let (arguments, takes) = match (option.get_action(), value) {
        (ArgAction::SetTrue, value) => (value.as_bool().map(flag), "true or false"),
        (ArgAction::Append, Value::Array(values)) => {
            (values.iter().map(one).collect(), "a list of texts or numbers")
        }
        (_, value) => (one(value).map(|argument| vec![argument]), "a text or a number"),
    };
    arguments.ok_or_else(|| Failure::Usage(format!("'{key}' takes {takes}")))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use clap::value_parser;

    use super::*;

    /// The arguments of a command, some of it two levels down, with a file of settings.
    fn expanded(toml: &str, arguments: &str) -> anyhow::Result<String> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), toml)?;
        let serve = Command::new("serve").args_override_self(true).args([
            Arg::new("engine").long("engine").value_parser(["a", "b"]),
            Arg::new("workers").long("workers"),
            Arg::new("quiet").long("quiet").action(ArgAction::SetTrue).conflicts_with("workers"),
            Arg::new("listen").long("listen").action(ArgAction::Append),
            Arg::new("config").long("config").value_parser(value_parser!(PathBuf)),
        ]);
        let echo = Command::new("echo").subcommand(serve.clone());
        let command = Command::new("x").subcommand(echo).subcommand(serve);
        let end = format!(" --config {}", file.path().display());
        let arguments: Vec<_> = format!("{arguments}{end}").split(' ').map(OsString::from).collect();
        let all = expand(&command, &read(&command, &arguments)?, &arguments)?.unwrap();
        Ok(all.join(OsStr::new(" ")).into_string().unwrap().replace(&end, ""))
    }

    #[test]
    fn settings_precede_the_options_of_their_subcommand() {
        for (toml, arguments, expected) in [
            ("", "x serve", "x serve"),
            ("engine = 'a'\nquiet = true", "x serve --engine b", "x serve --engine=a --quiet --engine b"),
            ("engine = 'a'", "x echo serve", "x echo serve --engine=a"),
            ("workers = 9", "x serve", "x serve --workers=9"),
            ("quiet = false", "x serve", "x serve"),
            ("workers = 9", "x serve --quiet", "x serve --quiet"),
            ("quiet = true", "x serve --workers 9", "x serve --workers 9"),
            ("listen = 'a'", "x serve", "x serve --listen=a"),
            ("listen = ['a', 8]", "x serve", "x serve --listen=a --listen=8"),
        ] {
            assert_eq!(expanded(toml, arguments).unwrap(), expected, "{toml}");
        }
    }

    #[test]
    fn errors_in_the_config_file_name_the_file() {
        for (toml, says, why) in [
            ("colour = 'red'", "has no setting 'colour'", "no such option"),
            ("config = 'other'", "has no setting 'config'", "a file that names a file"),
            ("help = true", "has no setting 'help'", "no setting"),
            ("engine = 'c'", "invalid value 'c' for '--engine <engine>' (possible: a, b)", "no such value"),
            ("engine = true", "'engine' takes a text or a number", "no value"),
            ("engine = ['a', 'b']", "'engine' takes a text or a number", "which one?"),
            ("quiet = 'yes'", "'quiet' takes true or false", "not true"),
            ("quiet = true\nworkers = 9", "'--quiet' cannot be used with '--workers", "both in the file"),
            ("listen = [1.5]", "'listen' takes a list of texts or numbers", "neither"),
            ("listen = {a = 1}", "'listen' takes a text or a number", "a table"),
            ("listen: a", "line 1: ", "not TOML"),
        ] {
            let shown = format!("{:#}", expanded(toml, "x serve").unwrap_err());
            assert!(shown.contains(says) && shown.contains("'/"), "{toml}: {why}: {shown}");
            assert!(!shown.contains('\n'), "{toml}: {why}: {shown}");
        }
    }
}
