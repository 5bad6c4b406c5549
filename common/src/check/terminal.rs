//! The report as text of 80 columns.

use std::fmt::Write as _;

use syntax::rule::Language;

use super::{CheckFailure, CheckReport, Counts, Finding, Level, Verdict, escape};
use crate::escape::printable;

const WIDTH: usize = 80;
/// Columns of the labels before a text.
const INDENT: usize = 14;
/// Lines of bytes that are shown; the others are counted.
const LINES: usize = 12;

struct Words {
    passed: &'static str,
    failed: &'static str,
    not_applicable: &'static str,
    why: &'static str,
    sent: &'static str,
    expected: &'static str,
    received: &'static str,
    nothing: &'static str,
    look_for: &'static str,
    more_bytes: &'static str,
    notes: &'static str,
}

const ENGLISH: Words = Words {
    passed: "passed",
    failed: "failed",
    not_applicable: "not applicable",
    why: "why",
    sent: "sent",
    expected: "expected",
    received: "received",
    nothing: "nothing",
    look_for: "look for",
    more_bytes: "more bytes",
    notes: "Notes",
};

const INDONESIAN: Words = Words {
    passed: "lulus",
    failed: "gagal",
    not_applicable: "tidak berlaku",
    why: "alasan",
    sent: "dikirim",
    expected: "diharapkan",
    received: "diterima",
    nothing: "tidak ada",
    look_for: "periksa",
    more_bytes: "bait lagi",
    notes: "Catatan",
};

/// The report, with a line for each case if it is verbose, with colours or without.
pub(super) fn show(report: &CheckReport, is_verbose: bool, has_colour: bool) -> String {
    let words = match report.language {
        Language::English => &ENGLISH,
        Language::Indonesian => &INDONESIAN,
    };
    let mut page = Page { out: String::new(), words, language: report.language, has_colour };
    let total = page.counted(report.counts());
    page.line("1", &format!("{}: {total}", printable(report.target.as_bytes())));
    page.line("", "");
    for group in report.findings.chunk_by(|one, next| one.group() == next.group()) {
        page.group(group, is_verbose);
    }
    for finding in &report.findings {
        if let Verdict::Failed(failure) = &finding.verdict {
            page.failure(finding, failure);
        }
    }
    if !report.notes.is_empty() {
        page.line("", "");
        page.line("1", words.notes);
        for note in &report.notes {
            page.text(note.id, &note.text);
        }
    }
    page.out
}

struct Page {
    out: String,
    words: &'static Words,
    language: Language,
    has_colour: bool,
}

impl Page {
    fn line(&mut self, colour: &str, text: &str) {
        let text = text.trim_end();
        let _ = match self.has_colour && !colour.is_empty() {
            true => writeln!(self.out, "\x1b[{colour}m{text}\x1b[0m"),
            false => writeln!(self.out, "{text}"),
        };
    }

    fn counted(&self, counts: Counts) -> String {
        let Words { passed, failed, not_applicable, .. } = self.words;
        let mut text = format!("{} {passed}", counts.passed);
        for (count, what) in [(counts.failed, failed), (counts.not_applicable, not_applicable)] {
            if count > 0 {
                let _ = write!(text, ", {count} {what}");
            }
        }
        text
    }

    fn group(&mut self, findings: &[Finding], is_verbose: bool) {
        let Some(first) = findings.first() else { return };
        let counted = self.counted(Counts::of(findings.iter()));
        self.line("", &format!("{:INDENT$}{counted}", first.group()));
        for finding in findings.iter().filter(|_| is_verbose) {
            let (colour, verdict, reason) = match &finding.verdict {
                Verdict::Passed => ("", self.words.passed, ""),
                Verdict::Failed(_) => (colour(finding.level), self.words.failed, ""),
                Verdict::NotApplicable(reason) => ("", self.words.not_applicable, &**reason),
            };
            let section = finding.section;
            self.line(colour, &format!("  {:37} {section:24} {verdict}", finding.id));
            for line in wrapped(reason) {
                self.line("", &format!("  {:37} {line}", ""));
            }
        }
    }

    fn failure(&mut self, finding: &Finding, failure: &CheckFailure) {
        let Words { why, sent, expected, received, nothing, look_for, .. } = self.words;
        self.line("", "");
        let title = format!("{} {} ({})", finding.level.name(), finding.id, finding.section);
        self.line(colour(finding.level), &title);
        self.text(why, finding.why.in_language(self.language));
        self.bytes(sent, &failure.sent);
        self.text(expected, &failure.expected);
        match (failure.received.is_empty(), failure.observed.is_empty()) {
            (true, true) => self.text(received, nothing),
            (true, false) => self.text(received, &failure.observed),
            (false, true) => self.bytes(received, &failure.received),
            (false, false) => {
                self.bytes(received, &failure.received);
                self.text("", &failure.observed);
            }
        }
        self.text(look_for, failure.look_for.in_language(self.language));
    }

    fn text(&mut self, label: &str, text: &str) {
        let text = printable(text.as_bytes());
        for (number, line) in wrapped(&text).iter().enumerate() {
            let label = if number == 0 { label } else { "" };
            self.line("", &format!("  {label:width$}{line}", width = INDENT - 2));
        }
    }

    /// Bytes, a line of the message in each line; long lines are cut, and many are counted.
    fn bytes(&mut self, label: &str, bytes: &[u8]) {
        let mut label = label;
        let mut rest = bytes.len();
        for line in bytes.split_inclusive(|&byte| byte == b'\n').take(LINES) {
            rest -= line.len();
            let (start, end) = (escape(line.get(..WIDTH).unwrap_or(line)), line.len());
            let shown = match end <= WIDTH && start.len() <= WIDTH - INDENT {
                true => start,
                false => {
                    let cut: String = start.chars().take(WIDTH - INDENT - 16).collect();
                    format!("{cut}... ({end})")
                }
            };
            self.line("", &format!("  {label:width$}{shown}", width = INDENT - 2));
            label = "";
        }
        if rest > 0 {
            self.text("", &format!("... ({rest} {})", self.words.more_bytes));
        }
    }
}

fn colour(level: Level) -> &'static str {
    match level {
        Level::Must => "31",
        Level::Should => "33",
        Level::May => "36",
    }
}

/// Lines of words that fit behind a label.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH - INDENT => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
