//! What the commands `check` share: findings about a peer's program, how they are shown, and their options. It knows
//! no protocol and no connection; the crates of the protocols run the cases.
//!
//! A case is a row of data with an id like `framing/two-lengths`: the group and the name. Running it gives a
//! [`Finding`], which names the rule and, if the program breaks it, the bytes that show it
//! ([`CheckFailure`]).

pub mod cases;
mod json;
mod options;
mod terminal;

use syntax::rule::{Language, Text};

pub use options::CheckOptions;

/// How strictly the source requires what a case checks ([RFC 2119](https://www.rfc-editor.org/rfc/rfc2119)); the
/// strictest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the RFC defines the words")]
pub enum Level {
    Must,
    Should,
    May,
}

impl Level {
    /// `MUST`, `SHOULD` or `MAY`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::May => "MAY",
        }
    }
}

/// The result of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The program does what the rule requires.
    Passed,
    /// It does something else.
    Failed(Box<CheckFailure>),
    /// The case needs something that is missing here; the reason, without a full stop, in the language of the report.
    NotApplicable(String),
}

/// What shows that a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckFailure {
    /// The bytes that were sent to the program.
    pub sent: Vec<u8>,
    /// What the rule allows it to do then, in the language of the report.
    pub expected: String,
    /// The bytes that it sent.
    pub received: Vec<u8>,
    /// What happened besides those bytes, in the language of the report: `the connection stays open`. May be empty.
    pub observed: String,
    /// Where in the program's source the cause usually is.
    pub look_for: Text,
}

/// A case, and its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Group and name: `framing/two-lengths`.
    pub id: &'static str,
    /// The document that contains the rule: `RFC 9112 section 6.3`, or the chapter of a course.
    pub section: &'static str,
    /// How strict the rule is.
    pub level: Level,
    /// What the rule requires, and why.
    pub why: Text,
    /// The result.
    pub verdict: Verdict,
}

impl Finding {
    /// The part of the id before the slash.
    #[must_use]
    pub fn group(&self) -> &'static str {
        group(self.id)
    }
}

fn group(id: &'static str) -> &'static str {
    id.split_once('/').map_or(id, |(group, _)| group)
}

/// An observation that is no rule: the clock's difference, the codings that are offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckNote {
    /// Its name in JSON: `clock`.
    pub id: &'static str,
    /// The observation, in the language of the report.
    pub text: String,
}

/// The findings about one program.
#[derive(Clone, Debug)]
pub struct CheckReport {
    /// What was checked: a URL without a password, or an address.
    pub target: String,
    /// The findings, in the order of the cases.
    pub findings: Vec<Finding>,
    /// Observations beside them.
    pub notes: Vec<CheckNote>,
    /// The language of the texts.
    pub language: Language,
    /// The check fails if a rule of this level or a stricter one is broken.
    pub fails_at: Level,
}

impl CheckReport {
    /// Whether a rule is broken that the check does not tolerate.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        let is_failed = |finding: &Finding| matches!(finding.verdict, Verdict::Failed(_));
        self.findings.iter().any(|finding| finding.level <= self.fails_at && is_failed(finding))
    }

    fn counts(&self) -> Counts {
        Counts::of(self.findings.iter())
    }
}

/// How many cases have each result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: usize,
    failed: usize,
    not_applicable: usize,
}

impl Counts {
    fn of<'a>(findings: impl Iterator<Item = &'a Finding>) -> Self {
        findings.fold(Self::default(), |mut counts, finding| {
            match finding.verdict {
                Verdict::Passed => counts.passed += 1,
                Verdict::Failed(_) => counts.failed += 1,
                Verdict::NotApplicable(_) => counts.not_applicable += 1,
            }
            counts
        })
    }
}

/// Bytes as text: printable ASCII as it is, line ends as `\r\n`, other bytes as `\xNN`.
fn escape(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        match byte {
            b' '..=b'~' if byte != b'\\' => text.push(char::from(byte)),
            byte => text.extend(std::ascii::escape_default(byte).map(char::from)),
        }
    }
    text
}

#[cfg(test)]
mod tests;
