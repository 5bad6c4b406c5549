//! The options of every `check`, and its end: printing, the file of results, the exit code.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use syntax::rule::Language;

use super::{CheckReport, group, json, terminal};
use crate::client::FaultKind;
use crate::command::{CommandFailure, Lang, has_colour, language, seconds};

/// Options of every check.
#[derive(Args, Clone, Debug)]
pub struct CheckOptions {
    /// Run only this case, or the cases of this group; can be repeated
    #[arg(long, value_name = "ID|GROUP", help_heading = "Check")]
    only: Vec<String>,

    /// How long each response is awaited, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds, help_heading = "Check")]
    pub timeout: Duration,

    /// Language of the findings: en or id [default: that of LC_ALL or LANG]
    #[arg(long, value_name = "LANG", hide_possible_values = true, help_heading = "Output")]
    lang: Option<Lang>,

    /// Print one JSON object
    #[arg(long, help_heading = "Output")]
    json: bool,

    /// Show every case, not only those that fail
    #[arg(short, long, conflicts_with = "json", help_heading = "Output")]
    verbose: bool,

    /// Also write the results to this file, in the format of Exercism's test runners (version 3)
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    results: Option<PathBuf>,
}

impl CheckOptions {
    /// The language of the report.
    pub fn language(&self) -> Language {
        language(self.lang)
    }

    /// The cases that `--only` selects, or all of them.
    ///
    /// # Errors
    /// A usage error if `--only` names no case and no group.
    pub fn select<'a, C>(
        &self,
        cases: &'a [C],
        id: impl Fn(&C) -> &'static str,
    ) -> anyhow::Result<Vec<&'a C>> {
        let is_named = |id: &'static str, name: &String| name == id || name == group(id);
        for name in &self.only {
            if !cases.iter().any(|case| is_named(id(case), name)) {
                let mut groups: Vec<_> = cases.iter().map(|case| group(id(case))).collect();
                groups.dedup();
                let hint = format!("--only: there is no case '{name}'; the groups are {}", groups.join(", "));
                return Err(CommandFailure::Usage(hint).into());
            }
        }
        let is_selected =
            |case: &&C| self.only.is_empty() || self.only.iter().any(|name| is_named(id(case), name));
        Ok(cases.iter().filter(is_selected).collect())
    }

    /// Prints the report and writes the file of `--results`.
    ///
    /// # Errors
    /// [`CommandFailure::Reported`] (exit code 1) if a rule is broken that the report does not tolerate; a
    /// failure to write.
    pub fn finish(&self, report: &CheckReport) -> anyhow::Result<()> {
        if let Some(file) = &self.results {
            let text = json::results(report)?;
            #[expect(clippy::disallowed_methods, reason = "the file that the user names")]
            let written = std::fs::write(file, text);
            written.with_context(|| format!("cannot write '{}'", file.display()))?;
        }
        let text = match self.json {
            true => json::report(report)?,
            false => terminal::show(report, self.verbose, has_colour()),
        };
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("cannot print")?,
            _ => {}
        }
        match report.has_failed() {
            true => Err(CommandFailure::Reported(FaultKind::Failed).into()),
            false => Ok(()),
        }
    }
}
