//! The `http-mini` command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    common::command::main(http_mini::command::run)
}
