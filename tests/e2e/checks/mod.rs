//! `mini check`: our servers pass every case, and each broken rule of another server is found.

mod http;
#[cfg(feature = "judge")]
mod judge;

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::harness::binary;
use crate::harness::program::{isolate, run_within};

/// A case to which a server does not reply takes the whole timeout, and Pure-FTPd has several.
const TIME: Duration = Duration::from_secs(900);

/// Runs a check; returns its exit code, and its report.
#[track_caller]
fn check(protocol: &str, url: &str, options: &[&str]) -> (Option<i32>, Value) {
    let mut command = Command::new(binary("mini"));
    isolate(&mut command);
    let outcome = run_within(command.args(["check", protocol, url, "--json"]).args(options), TIME);
    let report = serde_json::from_slice(&outcome.out);
    (outcome.code, report.unwrap_or_else(|error| panic!("{error}: {}", outcome.err)))
}

/// The ids of the findings with a verdict.
fn ids<'a>(report: &'a Value, verdict: &str) -> Vec<&'a str> {
    let findings = report["findings"].as_array().unwrap();
    let found = findings.iter().filter(|finding| finding["verdict"] == verdict);
    found.map(|finding| finding["id"].as_str().unwrap()).collect()
}
