//! Failures that select the exit code of a command.

use super::client;
use crate::client::{Fault, FaultKind};

/// A failure that selects the exit code; any other error exits with 1.
#[derive(Debug, thiserror::Error)]
pub enum CommandFailure {
    /// The command line is invalid in a way that clap cannot detect; exit code 2.
    #[error("{0}")]
    Usage(String),
    /// The peer cannot be reached, or has disappeared; exit code 5.
    #[error("{0}")]
    Network(String),
    /// A client's failure; its kind selects the exit code.
    #[error("{}{}", .0, .0.hint.map_or("", client::hint))]
    Fault(Fault),
    /// A failure of this kind was reported when it happened.
    #[error("it was reported")]
    Reported(FaultKind),
}

impl CommandFailure {
    pub(super) fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => FaultKind::Usage.code(),
            Self::Network(_) => FaultKind::Network.code(),
            Self::Fault(fault) => fault.kind.code(),
            Self::Reported(kind) => kind.code(),
        }
    }
}
