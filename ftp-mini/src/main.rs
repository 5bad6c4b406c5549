//! The `ftp-mini` command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    common::command::main(ftp_mini::command::run)
}
