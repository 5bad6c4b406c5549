//! Reports for programs: one JSON object, and the `results.json` of Exercism's test runners
//! ([version 3](https://exercism.org/docs/building/tooling/test-runners/interface)).

use serde::Serialize;

use super::{CheckFailure, CheckReport, Finding, Verdict, escape};
use syntax::rule::Language;

#[derive(Serialize)]
struct Object<'a> {
    target: &'a str,
    passed: usize,
    failed: usize,
    not_applicable: usize,
    findings: Vec<Row<'a>>,
    notes: Vec<Observation<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    section: &'a str,
    level: &'a str,
    why: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", flatten)]
    failure: Option<Evidence<'a>>,
}

#[derive(Serialize)]
struct Evidence<'a> {
    sent: String,
    expected: &'a str,
    received: String,
    observed: &'a str,
    look_for: &'a str,
}

#[derive(Serialize)]
struct Observation<'a> {
    id: &'a str,
    text: &'a str,
}

/// The whole report. Bytes are text in which all but printable ASCII is escaped, at most 4 KiB of them.
pub(super) fn report(report: &CheckReport) -> serde_json::Result<String> {
    let counts = report.counts();
    let object = Object {
        target: &report.target,
        passed: counts.passed,
        failed: counts.failed,
        not_applicable: counts.not_applicable,
        findings: report.findings.iter().map(|finding| row(finding, report.language)).collect(),
        notes: report.notes.iter().map(|note| Observation { id: note.id, text: &note.text }).collect(),
    };
    Ok(serde_json::to_string_pretty(&object)? + "\n")
}

fn row(finding: &Finding, language: Language) -> Row<'_> {
    let (verdict, reason, failure) = match &finding.verdict {
        Verdict::Passed => ("passed", None, None),
        Verdict::NotApplicable(reason) => ("not applicable", Some(&**reason), None),
        Verdict::Failed(failure) => ("failed", None, Some(evidence(failure, language))),
    };
    Row {
        id: finding.id,
        section: finding.section,
        level: finding.level.name(),
        why: finding.why.in_language(language),
        verdict,
        reason,
        failure,
    }
}

fn evidence(failure: &CheckFailure, language: Language) -> Evidence<'_> {
    Evidence {
        sent: shown(&failure.sent),
        expected: &failure.expected,
        received: shown(&failure.received),
        observed: &failure.observed,
        look_for: failure.look_for.in_language(language),
    }
}

#[derive(Serialize)]
struct Results<'a> {
    version: u8,
    status: &'static str,
    tests: Vec<Test<'a>>,
}

#[derive(Serialize)]
struct Test<'a> {
    name: &'a str,
    status: &'static str,
    message: Option<String>,
    test_code: &'a str,
}

/// The results for a teacher's tools. Cases that do not apply are left out: the format has no such status.
pub(super) fn results(report: &CheckReport) -> serde_json::Result<String> {
    let tests: Vec<_> = report.findings.iter().filter_map(|finding| test(finding, report.language)).collect();
    let status = match tests.iter().any(|test| test.status == "fail") {
        true => "fail",
        false => "pass",
    };
    Ok(serde_json::to_string_pretty(&Results { version: 3, status, tests })? + "\n")
}

fn test(finding: &Finding, language: Language) -> Option<Test<'_>> {
    let (status, message) = match &finding.verdict {
        Verdict::NotApplicable(_) => return None,
        Verdict::Passed => ("pass", None),
        Verdict::Failed(failure) => {
            let Evidence { sent, expected, received, observed, look_for } = evidence(failure, language);
            let message = format!(
                "{} ({}): {}\nsent: {sent}\nexpected: {expected}\nreceived: {received} {observed}\n{look_for}",
                finding.level.name(),
                finding.section,
                finding.why.in_language(language)
            );
            ("fail", Some(message))
        }
    };
    Some(Test { name: finding.id, status, message, test_code: finding.section })
}

/// Bytes as text: the first 4 KiB, and how many there are if there are more.
pub(super) fn shown(bytes: &[u8]) -> String {
    const MOST: usize = 4 << 10;
    match bytes.get(..MOST) {
        Some(start) if bytes.len() > MOST => format!("{}... ({} bytes)", escape(start), bytes.len()),
        _ => escape(bytes),
    }
}
