//! Settings of a server beside its command line: the variables `MINI_<OPTION>`, and the TOML file of `--config FILE`,
//! whose keys are the long options without their dashes.
//!
//! Both become arguments before those of the command line, first those of the file, so that the same definitions parse
//! all of them. The command line takes precedence, and then the environment.
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
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use toml::{Table, Value};

use super::CommandFailure;
use super::misuse::{chosen, read};

/// The options that a source sets, each with its arguments.
type Settings<'a> = Vec<(&'a Arg, Vec<OsString>)>;

/// Names the file when the command line does not.
const VARIABLE: &str = "MINI_CONFIG";

/// The file of this process, if `given` is that of its command line.
pub(super) fn file(given: Option<PathBuf>) -> Option<PathBuf> {
    given.or_else(|| std::env::var_os(VARIABLE).map(PathBuf::from))
}

/// The arguments, with the settings of the file and of the environment behind the subcommand's name. `None` if there are
/// none, as for every command without `--config`.
pub(super) fn expand(
    command: &Command,
    mut given: &ArgMatches,
    arguments: &[OsString],
    variable: impl Fn(&str) -> Option<OsString>,
) -> anyhow::Result<Option<Vec<OsString>>> {
    while let Some((_, inner)) = given.subcommand() {
        given = inner;
    }
    let (leaf, own) = chosen(command, arguments);
    // Only a debug build of clap reports an option that is not defined.
    if !leaf.get_arguments().any(|option| option.get_id() == "config") {
        return Ok(None);
    }
    let file = given.get_one::<PathBuf>("config");
    let (names, own) = arguments.split_at(own);
    let check = |settings: &Settings<'_>| {
        let settings = settings.iter().flat_map(|(_, arguments)| arguments);
        read(command, &names.iter().chain(settings).cloned().collect::<Vec<_>>()).map(drop)
    };
    let of_environment = in_environment(leaf, &variable).context("in the environment")?;
    check(&of_environment).context("in the environment")?;
    let file = file.cloned().or_else(|| variable(VARIABLE).map(PathBuf::from));
    let of_file = match &file {
        None => Settings::new(),
        Some(file) => {
            let at = || format!("cannot read the configuration '{}'", file.display());
            let settings = in_file(leaf, file).with_context(at)?;
            check(&settings).with_context(at)?;
            settings
        }
    };
    if of_environment.is_empty() && of_file.is_empty() {
        return Ok(None);
    }
    let is_given =
        |option: &&Arg| given.value_source(option.get_id().as_str()) == Some(ValueSource::CommandLine);
    let given: Vec<&Arg> = leaf.get_arguments().filter(is_given).collect();
    let before_file: Vec<&Arg> =
        given.iter().copied().chain(of_environment.iter().map(|(option, _)| *option)).collect();
    // What takes precedence also excludes: `ftp` in a file does not contradict --no-ftp.
    let of_file = of_file.iter().filter(|(option, _)| !exclude(leaf, &before_file, option));
    let of_environment = of_environment.iter().filter(|(option, _)| !exclude(leaf, &given, option));
    let settings = of_file.chain(of_environment).flat_map(|(_, arguments)| arguments);
    Ok(Some(names.iter().chain(settings).chain(own).cloned().collect()))
}

/// Whether one of the options `given` cannot be used with `option`.
fn exclude(leaf: &Command, given: &[&Arg], option: &Arg) -> bool {
    let conflict = |one, other: &Arg| leaf.get_arg_conflicts_with(one).contains(&other);
    given.iter().any(|other| conflict(option, other) || conflict(other, option))
}

fn in_file<'a>(leaf: &'a Command, file: &Path) -> anyhow::Result<Settings<'a>> {
    let text = std::fs::read_to_string(file)?;
    let table: Table = text.parse().map_err(|error| one_line(&text, &error))?;
    let setting = |(key, value): (&String, &Value)| {
        let is_alias = |known: &Arg| known.get_all_aliases().is_some_and(|names| names.contains(&&**key));
        let is_named = |known: &&Arg| known.get_long() == Some(key) || is_alias(known);
        let known = leaf.get_arguments().find(is_named).filter(|_| key != "config");
        let option =
            known.ok_or_else(|| CommandFailure::Usage(format!("there is no setting '{key}'; see --help")))?;
        Ok((option, options(option, key, value)?))
    };
    table.iter().map(setting).collect()
}

/// The variables of a command's options. Others are ignored, also those with the name of an alias: for a service `mini`,
/// Kubernetes sets `MINI_PORT`.
fn in_environment<'a>(
    leaf: &'a Command,
    variable: &impl Fn(&str) -> Option<OsString>,
) -> Result<Settings<'a>, CommandFailure> {
    let setting = |option: &'a Arg| {
        let key = option.get_long().filter(|key| !matches!(*key, "config" | "help" | "version"))?;
        let name = format!("MINI_{}", key.to_uppercase().replace('-', "_"));
        let value = variable(&name)?;
        let value = value.to_str().map(|text| match (option.get_action(), text.parse()) {
            (ArgAction::SetTrue, Ok(is_set)) => Value::Boolean(is_set),
            (ArgAction::Append, _) => text.lines().map(Value::from).collect::<Vec<_>>().into(),
            _ => Value::from(text),
        });
        let arguments = match value {
            Some(value) => options(option, key, &value),
            None => Err(CommandFailure::Usage("the value is not UTF-8".into())),
        };
        let named = |failure| CommandFailure::Usage(format!("{name}: {failure}"));
        Some(arguments.map(|arguments| (option, arguments)).map_err(named))
    };
    leaf.get_arguments().filter_map(setting).collect()
}

/// The error in one line; toml's own text takes several.
pub(super) fn one_line(text: &str, error: &toml::de::Error) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    anyhow!("line {}: {}", before.matches('\n').count() + 1, error.message().replace('\n', ", "))
}

fn options(option: &Arg, key: &str, value: &Value) -> Result<Vec<OsString>, CommandFailure> {
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
    arguments.ok_or_else(|| CommandFailure::Usage(format!("'{key}' takes {takes}")))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use clap::value_parser;

    use super::*;

    /// The arguments of a command, some of it two levels down, with a file of settings.
    fn expanded(toml: &str, arguments: &str) -> anyhow::Result<String> {
        expanded_in("", toml, arguments)
    }

    /// The same with variables, separated by spaces.
    fn expanded_in(environment: &str, toml: &str, arguments: &str) -> anyhow::Result<String> {
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
        let variable = |wanted: &str| {
            let mut variables = environment.split(' ').filter_map(|variable| variable.split_once('='));
            variables.find(|(name, _)| *name == wanted).map(|(_, value)| value.into())
        };
        let all = expand(&command, &read(&command, &arguments)?, &arguments, variable)?;
        let all = all.unwrap_or(arguments);
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
    fn variables_precede_the_command_line_and_follow_the_file() {
        for (environment, toml, arguments, expected) in [
            ("MINI_ENGINE=a", "", "x serve", "x serve --engine=a"),
            ("MINI_ENGINE=a", "engine = 'b'", "x serve", "x serve --engine=b --engine=a"),
            ("MINI_ENGINE=a", "", "x serve --engine b", "x serve --engine=a --engine b"),
            ("MINI_QUIET=true", "", "x serve", "x serve --quiet"),
            ("MINI_QUIET=false", "", "x serve", "x serve"),
            ("MINI_QUIET=true", "workers = 9", "x serve", "x serve --quiet"),
            ("MINI_QUIET=true", "", "x serve --workers 9", "x serve --workers 9"),
            ("MINI_LISTEN=a\n[::1]:8", "", "x serve", "x serve --listen=a --listen=[::1]:8"),
            ("MINI_HELP=true MINI_COLOUR=red", "", "x serve", "x serve"),
        ] {
            assert_eq!(expanded_in(environment, toml, arguments).unwrap(), expected, "{environment}");
        }
        for (environment, says) in [
            ("MINI_ENGINE=c", "invalid value 'c' for '--engine <engine>'"),
            ("MINI_QUIET=yes", "MINI_QUIET: 'quiet' takes true or false"),
            ("MINI_QUIET=true MINI_WORKERS=9", "'--workers <workers>' cannot be used with '--quiet'"),
        ] {
            let shown = format!("{:#}", expanded_in(environment, "", "x serve").unwrap_err());
            assert!(
                shown.contains(says) && shown.starts_with("in the environment: "),
                "{environment}: {shown}"
            );
        }
    }

    #[test]
    fn errors_in_the_config_file_name_the_file() {
        for (toml, says, why) in [
            ("colour = 'red'", "there is no setting 'colour'", "no such option"),
            ("config = 'other'", "there is no setting 'config'", "a file that names a file"),
            ("help = true", "there is no setting 'help'", "no setting"),
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
