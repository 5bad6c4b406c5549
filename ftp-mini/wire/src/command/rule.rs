//! What is wrong with a line, and the reply that says so.

use super::Verb;

/// Why a line is not a command that can be carried out. The session answers and goes on, except after
/// [`Rule::Http`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// Nothing on the line: 500.
    #[error("Empty command.")]
    Empty,
    /// More than `line::MAX_LINE` bytes: 500.
    #[error("Line too long.")]
    TooLong,
    /// A NUL on the line: 500.
    #[error("NUL in a command.")]
    Nul,
    /// No verb of the protocol: 500.
    #[error("Unknown command.")]
    Unknown,
    /// A request of HTTP, sent here by a browser that was tricked into it: 500, and the session ends before
    /// it reads the rest.
    #[error("This is an FTP server.")]
    Http,
    /// A verb of the protocol with an argument that does not do.
    #[error("{fault}")]
    Argument {
        /// The verb.
        verb: Verb,
        /// Why.
        fault: Fault,
    },
}

/// What is wrong with an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is missing, or not of the form that the verb has: 501.
    #[error("Syntax error in parameters or arguments.")]
    Syntax,
    /// The protocol knows the verb, this server does not: 502.
    #[error("Command not implemented.")]
    NotImplemented,
    /// The protocol knows the value, this server does not: 504.
    #[error("Command not implemented for that parameter.")]
    Parameter,
    /// No network protocol of FTP: 522, with those that the connection can use (RFC 2428 section 2).
    #[error("Network protocol not supported.")]
    Family,
    /// No protection that TLS could give: 536.
    #[error("Requested PROT level not supported by mechanism.")]
    Protection,
}

impl Rule {
    /// The verb, where the line had one that is known. Before login its refusal is 530, if [`Verb::before_login`]
    /// says so, whatever its argument.
    #[must_use]
    pub fn verb(self) -> Option<Verb> {
        match self {
            Self::Argument { verb, .. } => Some(verb),
            _ => None,
        }
    }

    /// The code of the reply to give; its text is the rule's.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::Empty | Self::TooLong | Self::Nul | Self::Unknown | Self::Http => 500,
            Self::Argument { fault, .. } => fault.code(),
        }
    }
}

impl Fault {
    /// The code of the reply that names it.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::Syntax => 501,
            Self::NotImplemented => 502,
            Self::Parameter => 504,
            Self::Family => 522,
            Self::Protection => 536,
        }
    }
}
