//! The commands as programs: their output and exit codes.

mod documents;
mod failures;
mod logs;
mod options;
mod passwords;
mod stopping;
mod urls;

use std::process::{Command, Stdio};

use crate::harness::binary;
use crate::harness::program::{Outcome, run};

/// Runs a command that ends on its own.
#[track_caller]
fn ends(name: &str, arguments: &[&str]) -> Outcome {
    run(Command::new(binary(name)).args(arguments).stdin(Stdio::null()))
}
