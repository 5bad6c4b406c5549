//! Language and colours of what is printed for people.

use std::io::{self, IsTerminal as _};

use clap::ValueEnum;
use syntax::rule::Language;

/// A value of `--lang`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Lang {
    /// English
    En,
    /// Indonesian
    Id,
}

/// The language that is given, or that of the user's locale.
pub fn language(given: Option<Lang>) -> Language {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    match given {
        Some(Lang::Id) => Language::Indonesian,
        None if locale.is_some_and(|locale| locale == "id" || locale.starts_with("id_")) => {
            Language::Indonesian
        }
        _ => Language::English,
    }
}

/// Whether standard output shows colours, and the user wants them (<https://no-color.org>).
pub fn has_colour() -> bool {
    let is_set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    io::stdout().is_terminal()
        && is_set("NO_COLOR").is_none()
        && is_set("TERM").is_none_or(|term| term != "dumb")
}
