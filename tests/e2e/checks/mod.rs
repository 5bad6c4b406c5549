//! `mini check`: our servers pass every case, and each broken rule of another server is found.

mod http;
#[cfg(feature = "judge")]
mod judge;

use std::process::Command;

use serde_json::Value;

use crate::harness::binary;
use crate::harness::program::{isolate, run};

/// Runs a check; returns its exit code, and its report.
#[track_caller]
fn check(protocol: &str, url: &str, options: &[&str]) -> (Option<i32>, Value) {
    let mut command = Command::new(binary("mini"));
    isolate(&mut command);
    let outcome = run(command.args(["check", protocol, url, "--json"]).args(options));
    let report = serde_json::from_slice(&outcome.out);
    (outcome.code, report.unwrap_or_else(|error| panic!("{error}: {}", outcome.err)))
}

/// The ids of the findings with a verdict.
fn ids<'a>(report: &'a Value, verdict: &str) -> Vec<&'a str> {
    let findings = report["findings"].as_array().unwrap();
    let found = findings.iter().filter(|finding| finding["verdict"] == verdict);
    found.map(|finding| finding["id"].as_str().unwrap()).collect()
}
