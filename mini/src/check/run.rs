//! Runs the cases of a check one after the other, and reports them.

use std::io::{self, IsTerminal as _};

use anyhow::Context as _;
use common::check::{CheckFailure, CheckOptions, CheckReport, Finding, Level, Verdict};
use common::log;
use syntax::rule::Language;

use super::case::{Case, Deviation, Evidence, Outcome, choose};

/// Every finding fails the check: the cases are those of a course, not of a standard with levels.
pub(super) fn run<T>(
    cases: &'static [Case<T>],
    program: &T,
    target: String,
    options: &CheckOptions,
) -> anyhow::Result<()> {
    let language = options.language();
    let mut findings: Vec<Finding> = Vec::new();
    for case in options.select(cases, |case| case.id)? {
        if io::stderr().is_terminal() {
            log::to_stderr(format_args!("{} ...", case.id));
        }
        let is_failed = |finding: &&Finding| matches!(finding.verdict, Verdict::Failed(_));
        let mut failed = findings.iter().filter(is_failed).map(|finding| finding.id);
        let explained = failed.clone().find(|id| case.unless.contains(id));
        let verdict = match explained {
            Some(id) => {
                Verdict::NotApplicable(choose(language, format!("{id} failed"), format!("{id} gagal")))
            }
            None => match ((case.run)(program), failed.next_back()) {
                (Err(Deviation::Unreachable(error)), Some(id)) => Verdict::NotApplicable(choose(
                    language,
                    format!("{error}, after {id} failed"),
                    format!("{error}, setelah {id} gagal"),
                )),
                (outcome, _) => case.verdict(outcome, language)?,
            },
        };
        findings.push(case.finding(verdict, language));
    }
    options.finish(&CheckReport { target, findings, notes: Vec::new(), language, fails_at: Level::May })
}

impl<T> Case<T> {
    /// Runs this case alone.
    pub(super) fn examine(&self, program: &T, language: Language) -> anyhow::Result<Finding> {
        Ok(self.finding(self.verdict((self.run)(program), language)?, language))
    }

    fn finding(&self, verdict: Verdict, language: Language) -> Finding {
        let section = self.chapter.in_language(language);
        Finding { id: self.id, section, level: Level::Must, why: self.why, verdict }
    }

    fn verdict(&self, outcome: Outcome, language: Language) -> anyhow::Result<Verdict> {
        Ok(match outcome {
            Ok(()) => Verdict::Passed,
            Err(Deviation::NotApplicable(why)) => Verdict::NotApplicable(why),
            Err(Deviation::Failed(evidence)) => self.failure(evidence),
            Err(Deviation::NotStarted(error)) => return Err(error).context("cannot start the program"),
            Err(Deviation::Unreachable(error)) => self.failure(Evidence {
                expected: choose(language, "a connection".into(), "koneksi".into()),
                observed: error.to_string(),
                ..Evidence::default()
            }),
        })
    }

    fn failure(&self, evidence: Evidence) -> Verdict {
        let Evidence { sent, expected, received, observed } = evidence;
        Verdict::Failed(Box::new(CheckFailure {
            sent,
            expected,
            received,
            observed,
            look_for: self.look_for,
        }))
    }
}
