//! Where the lines go: standard error, or a file that can be reopened after a log rotation. An error is never waited for:
//! lines that cannot be written are lost.

#![expect(clippy::disallowed_methods, reason = "the operator's log, not a served file")]

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The output of the log.
#[derive(Debug)]
pub enum LogOutput {
    /// Standard error.
    StandardError,
    /// A file, to which lines are appended.
    File(LogFile),
}

/// An open log file.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: File,
}

impl LogFile {
    /// Opens a file for appending; a missing one is created.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let file = File::options().append(true).create(true).open(&path)?;
        Ok(Self { path, file })
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.file = Self::open(&self.path)?.file;
        Ok(())
    }
}

impl LogOutput {
    /// Writes whole lines. Returns whether they were written.
    pub(super) fn write(&mut self, lines: &[u8]) -> bool {
        match self {
            // Without standard error, the failure cannot be reported.
            Self::StandardError => io::stderr().write_all(lines).is_ok(),
            Self::File(file) => file.file.write_all(lines).is_ok(),
        }
    }

    /// Opens the file again; if it fails, the old one remains. Standard error is unchanged.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        match self {
            Self::StandardError => Ok(()),
            Self::File(file) => file.reopen(),
        }
    }
}
