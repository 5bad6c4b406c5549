//! What a check prints: the stars, and the case that failed at its byte.

use common::check::{CheckFailure, Verdict};
use serde::Serialize;
use syntax::rule::{Language, Text};

use super::child::Crash;
use super::clients::Trouble;
use super::compile::NotRunnable;
use super::exercise::Exercise;
use super::frames::SplitInput;
use super::oracle::Answer;
use super::outcome::{Counterexample, Failure, ProgramFailure, Report};
use super::programming::Programming;
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
        let mutant = failure.and_then(Failure::mutant);
        let input = match failure {
            Some(Failure::Case(case)) => Some(escaped(&case.case.input)),
            _ => None,
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
            Failure::Program(failure) => self.program(failure),
        }
    }

    fn case(&self, counterexample: &Counterexample) -> (String, String) {
        let Counterexample { case, actual, .. } = counterexample;
        match actual {
            Err(Crash::NotWritten) => return (self.not_written(), String::new()),
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
        body.push_str(&self.looks_like(*mutant));
        if let Some(seed) = seed {
            let seed = format!("{seed:04x}");
            body.push_str(&self.say(words::AGAIN, &[("id", &self.exercise.id), ("seed", &seed)]));
            body.push('\n');
        }
        body
    }

    fn program(&self, failure: &ProgramFailure) -> (String, String) {
        match failure {
            ProgramFailure::NotWritten => (self.not_written(), String::new()),
            ProgramFailure::NotListening { port, seconds, printed } => {
                (self.say(words::NO_PORT, &[("port", port), ("seconds", seconds)]), escaped_lines(printed))
            }
            ProgramFailure::Case { finding, mutant, printed } => {
                let heading = format!("{} ({})", finding.id, finding.section);
                let mut body = finding.why.in_language(self.language).to_owned() + "\n";
                if let Verdict::Failed(failure) = &finding.verdict {
                    body.push_str(&self.evidence(failure));
                }
                body.push_str(&self.looks_like(*mutant));
                if !printed.is_empty() {
                    body.push_str(&self.say(words::PRINTED, &[("text", &escaped_lines(printed))]));
                }
                (heading, body)
            }
        }
    }

    fn evidence(&self, failure: &CheckFailure) -> String {
        let (sent, received) = (shortened(&failure.sent), shortened(&failure.received));
        let lines = [
            self.say(words::SENT, &[("bytes", &sent)]),
            self.say(words::EXPECTED, &[("expected", &failure.expected)]),
            self.say(words::RECEIVED, &[("bytes", &received), ("observed", &failure.observed)]),
            failure.look_for.in_language(self.language).to_owned(),
        ];
        lines.map(|line| line.trim_end().to_owned() + "\n").concat()
    }

    fn not_written(&self) -> String {
        self.say(words::NOT_WRITTEN, &[("file", &self.file()), ("id", &self.exercise.id)])
    }

    /// The misconception of a mutant.
    fn looks_like(&self, mutant: Option<&str>) -> String {
        let mutant = self.exercise.mutants.iter().find(|known| Some(known.name) == mutant);
        mutant.map_or_else(String::new, |mutant| {
            let misconception = mutant.misconception.in_language(self.language);
            self.say(words::LOOKS_LIKE, &[("misconception", &misconception)]) + "\n"
        })
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
fn reads(case: &SplitInput) -> String {
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

/// Bytes in quotation marks; of many, the first ones.
fn shortened(bytes: &[u8]) -> String {
    match bytes.get(..INPUT_SHOWN) {
        Some(first) if first.len() < bytes.len() => format!("\"{}\"...", first.escape_ascii()),
        _ => format!("\"{}\"", bytes.escape_ascii()),
    }
}

/// A text of several lines without other control characters.
fn escaped_lines(text: &str) -> String {
    text.chars().filter(|char| *char == '\n' || !char.is_control()).collect()
}
