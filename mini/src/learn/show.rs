//! What a check prints: the stars, and the case that failed at its byte.

use serde::Serialize;
use syntax::rule::{Language, Text};

use super::check::{Counterexample, Failure, Report};
use super::child::Crash;
use super::compile::NotRunnable;
use super::exercise::Exercise;
use super::folder::Programming;
use super::frames::Case;
use super::oracle::Answer;
use super::real_use::Trouble;
use super::words::{self, say};

/// Bytes of an input that are shown.
const INPUT_SHOWN: usize = 72;

/// A result for programs (`--json`).
#[derive(Serialize)]
pub(super) struct Json<'a> {
    exercise: &'a str,
    stars: u32,
    cases: usize,
    /// What is wrong, as text; none with three stars.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mutant: Option<&'a str>,
}

/// Shows results in a language.
pub(super) struct Show<'a> {
    pub(super) exercise: &'a Exercise,
    pub(super) language: Language,
    pub(super) programming: Programming,
}

/// `★★☆`
pub(super) fn stars(earned: u32) -> String {
    (0..3).map(|star| if star < earned { '★' } else { '☆' }).collect()
}

impl Show<'_> {
    pub(super) fn text(&self, report: &Report) -> String {
        let id = self.exercise.id;
        let Some(failure) = &report.failure else {
            let cases = self.say(words::CASES, &[("count", &report.cases)]);
            return format!("✓ {id}  {}   {cases}\n", stars(report.stars));
        };
        let (heading, body) = self.failure(failure);
        let indented: String = body.lines().map(|line| format!("  {line}\n")).collect();
        format!("✗ {id}  {}   {heading}\n{indented}", stars(report.stars))
    }

    pub(super) fn json(&self, report: &Report) -> Json<'_> {
        let failure = report.failure.as_ref();
        let (input, mutant) = match failure {
            Some(Failure::Case(case)) => (Some(escaped(&case.case.input)), case.mutant),
            _ => (None, None),
        };
        let message = failure.map(|failure| {
            let (heading, body) = self.failure(failure);
            format!("{heading}\n{body}").trim().to_owned()
        });
        Json { exercise: self.exercise.id, stars: report.stars, cases: report.cases, message, input, mutant }
    }

    fn say(&self, text: Text, values: &[(&str, &dyn std::fmt::Display)]) -> String {
        say(text, self.language, values)
    }

    fn file(&self) -> String {
        self.programming.source_name(self.exercise.id)
    }

    /// One line that says what failed, and the lines below it.
    fn failure(&self, failure: &Failure) -> (String, String) {
        match failure {
            Failure::NotRunnable(NotRunnable::Missing("cargo")) => {
                (self.say(words::NO_CARGO, &[]), String::new())
            }
            Failure::NotRunnable(NotRunnable::Missing(program))
            | Failure::RealUse(Trouble::Missing(program)) => {
                (self.say(words::MISSING, &[("program", program)]), String::new())
            }
            Failure::NotRunnable(NotRunnable::Rejected(message)) => {
                (self.say(words::REJECTED, &[("file", &self.file())]), message.clone())
            }
            Failure::RealUse(Trouble::Failed { command, outcome }) => (
                self.say(words::REAL_USE, &[("command", command)]),
                self.say(words::PRINTED, &[("text", &escaped(outcome.as_bytes()))]),
            ),
            Failure::Case(case) => self.case(case),
        }
    }

    fn case(&self, counterexample: &Counterexample) -> (String, String) {
        let Counterexample { case, actual, .. } = counterexample;
        match actual {
            Err(Crash::NotWritten) => {
                let file = self.file();
                return (
                    self.say(words::NOT_WRITTEN, &[("file", &file), ("id", &self.exercise.id)]),
                    String::new(),
                );
            }
            Err(Crash::Unloadable(text)) => {
                return (self.say(words::UNLOADABLE, &[("file", &self.file())]), text.clone());
            }
            _ => {}
        }
        let mut heading = vec![self.say(words::CASE, &[("number", &counterexample.number)])];
        let (before, after) = (counterexample.length, case.input.len());
        if after < before {
            heading.push(self.say(words::SHRUNK, &[("before", &before), ("after", &after)]));
        }
        heading.push(match case.ends.len() {
            1 => self.say(words::ONE_READ, &[]),
            _ => self.say(words::READS, &[("reads", &reads(case))]),
        });
        (heading.join(", "), self.case_body(counterexample))
    }

    fn case_body(&self, counterexample: &Counterexample) -> String {
        let Counterexample { case, actual, expected, mutant, seed, .. } = counterexample;
        let place = match (&expected.answer, actual) {
            (Answer::Bad(at), _) => Some(*at),
            (_, Ok(reply)) => reply.answer.as_ref().ok().and_then(|answer| match answer {
                Answer::Bad(at) => Some(*at),
                _ => None,
            }),
            _ => None,
        };
        let mut body = self.marked(&case.input, place, expected.rule.map(|rule| rule.id));
        let answer = |answer: &Answer| self.answer(answer);
        let line = match actual {
            Ok(reply) => {
                let mut actual = reply.answer.as_ref().map_or_else(Clone::clone, answer);
                if reply.read + 1 < case.ends.len() {
                    actual =
                        format!("{actual} ({})", self.say(words::AFTER_READ, &[("read", &(reply.read + 1))]));
                }
                self.say(words::YOURS, &[("actual", &actual), ("expected", &answer(&expected.answer))])
            }
            Err(crash) => {
                let expected = self.say(words::EXPECTED, &[("expected", &answer(&expected.answer))]);
                format!("{}\n{expected}", self.crash(crash))
            }
        };
        body.push_str(&line);
        body.push('\n');
        let rule = match expected.rule {
            Some(rule) => format!("{}: {}\n", rule.source, rule.requires.in_language(self.language)),
            None => format!("{}\n", self.exercise.info.rfc),
        };
        body.push_str(&rule);
        let mutant = self.exercise.mutants.iter().find(|known| Some(known.name) == *mutant);
        if let Some(mutant) = mutant {
            let misconception = mutant.misconception.in_language(self.language);
            body.push_str(&self.say(words::LOOKS_LIKE, &[("misconception", &misconception)]));
            body.push('\n');
        }
        if let Some(seed) = seed {
            let seed = format!("{seed:04x}");
            body.push_str(&self.say(words::AGAIN, &[("id", &self.exercise.id), ("seed", &seed)]));
            body.push('\n');
        }
        body
    }

    /// The input, and a mark below a byte of it.
    fn marked(&self, input: &[u8], place: Option<usize>, rule: Option<&str>) -> String {
        let shown = input.get(..INPUT_SHOWN).unwrap_or(input);
        let mut text = format!("  {}", shown.escape_ascii());
        if shown.len() < input.len() {
            let length = self.say(words::LENGTH, &[("count", &input.len())]);
            text.push_str(&format!("... ({length})"));
        }
        text.push('\n');
        if let Some(before) = place.and_then(|at| shown.get(..at)) {
            let column = before.escape_ascii().count();
            let byte = self.say(words::BYTE, &[("at", &before.len())]);
            let rule = rule.map_or_else(String::new, |rule| format!(", {rule}"));
            text.push_str(&format!("  {}^ {byte}{rule}\n", " ".repeat(column)));
        }
        text
    }

    pub(super) fn answer(&self, answer: &Answer) -> String {
        match answer {
            Answer::More => self.say(words::MORE, &[]),
            Answer::Done { used, value } => {
                let value = value.to_string();
                let value = match value.char_indices().nth(INPUT_SHOWN) {
                    Some((end, _)) => format!("{}...", value.get(..end).unwrap_or_default()),
                    None => value,
                };
                self.say(words::DONE, &[("used", used), ("value", &value)])
            }
            Answer::Bad(at) => self.say(words::BAD, &[("at", at)]),
        }
    }

    fn crash(&self, crash: &Crash) -> String {
        match crash {
            Crash::Hang(seconds) => self.say(words::HANG, &[("seconds", seconds)]),
            Crash::Memory(mib) => self.say(words::MEMORY, &[("mib", mib)]),
            Crash::Raised(text) => self.say(words::RAISED, &[("text", &escaped_lines(text))]),
            Crash::Ended(text) => format!("{}\n{}", self.say(words::ENDED, &[]), escaped_lines(text)),
            Crash::NotWritten | Crash::Unloadable(_) => String::new(),
        }
    }
}

/// `"0" | "x0\r\n"`
fn reads(case: &Case) -> String {
    let starts = std::iter::once(0).chain(case.ends.iter().copied());
    let mut reads: Vec<String> = starts
        .zip(&case.ends)
        .map(|(start, &end)| format!("\"{}\"", case.input.get(start..end).unwrap_or_default().escape_ascii()))
        .collect();
    if reads.len() > 6 {
        let last = reads.pop().unwrap_or_default();
        reads.truncate(3);
        reads.extend(["...".to_owned(), last]);
    }
    reads.join(" | ")
}

/// Bytes as text without control characters, at most a line of them.
pub(super) fn escaped(bytes: &[u8]) -> String {
    bytes.get(..4 * INPUT_SHOWN).unwrap_or(bytes).escape_ascii().to_string()
}

/// A text of several lines without other control characters.
fn escaped_lines(text: &str) -> String {
    text.chars().filter(|char| *char == '\n' || !char.is_control()).collect()
}
