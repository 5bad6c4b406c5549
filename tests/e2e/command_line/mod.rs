//! The commands as programs: what they say, how they end.

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

/// Runs a command that ends by itself.
#[track_caller]
fn ends(name: &str, arguments: &[&str]) -> Outcome {
    run(Command::new(binary(name)).args(arguments).stdin(Stdio::null()))
}
