//! Options that several server commands share.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use crate::log::{Format, LogFile, LogOutput};
use crate::net::limits::Timeouts;

/// Options of the commands whose requests and transfers are logged.
#[derive(Args, Clone, Debug)]
pub struct LogOptions {
    /// Format of the log: text, clf, json, or xferlog (FTP transfers alone)
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Log")]
    #[arg(hide_possible_values = true)]
    pub log: Format,

    /// File for the log instead of standard error; opened again at SIGHUP
    #[arg(long, value_name = "FILE", help_heading = "Log")]
    pub log_file: Option<PathBuf>,

    /// Do not log requests and transfers
    #[arg(long, help_heading = "Log")]
    pub quiet: bool,
}

impl LogOptions {
    /// The format; `None` if requests are not logged.
    pub fn format(&self) -> Option<Format> {
        (!self.quiet).then_some(self.log)
    }

    /// The output, which is opened.
    pub(super) fn output(&self) -> anyhow::Result<LogOutput> {
        let Some(file) = &self.log_file else { return Ok(LogOutput::StandardError) };
        let opened = LogFile::open(file);
        Ok(LogOutput::File(opened.with_context(|| format!("cannot open the log file '{}'", file.display()))?))
    }
}

/// Options of the commands whose peers transfer files.
#[derive(Args, Clone, Copy, Debug)]
pub struct TimeoutOptions {
    /// Close a connection after S seconds without a request or command [default: 60, FTP: 300]
    #[arg(long, value_name = "S", value_parser = positive, help_heading = "Limits")]
    pub idle_timeout: Option<NonZeroUsize>,

    /// End a transfer after S seconds without a byte [default: 300; HTTP requests below 512 bytes a second:
    /// 30]
    #[arg(long, value_name = "S", value_parser = positive, help_heading = "Limits")]
    pub stall_timeout: Option<NonZeroUsize>,
}

impl From<TimeoutOptions> for Timeouts {
    fn from(options: TimeoutOptions) -> Self {
        let seconds = |count: NonZeroUsize| Duration::from_secs(count.get() as u64);
        Self { idle: options.idle_timeout.map(seconds), stall: options.stall_timeout.map(seconds) }
    }
}

pub(super) fn positive(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "a whole number from 1 up is wanted")
}

/// Permissions: at most read, write and execute.
pub(super) fn mode(text: &str) -> Result<u32, &'static str> {
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o777);
    mode.ok_or("write it in octal, as in 660")
}
