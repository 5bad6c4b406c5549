//! Why something was not done, and what kind of failure that is.

use std::io;
use std::time::Duration;

use common::conn::Broken;
use common::escape::Escaped;
use common::files;
use common::tls::client::ConnectError;

use crate::wire::command::{Unsendable, Verb};
use crate::wire::reply::{self, Class, Reply};

/// Why a client did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no control connection, or no TLS on it.
    #[error("{0}")]
    Connect(#[from] ConnectError),
    /// The control connection failed, or ended in the middle.
    #[error("the connection was lost: {0}")]
    Lost(io::Error),
    /// The server ended the session: 421, or the end of the connection.
    #[error("the server ended the session{0}")]
    Ended(Said),
    /// What came is no reply.
    #[error("the server does not speak FTP: {0}")]
    NoReply(#[from] reply::Rule),
    /// The server said no.
    #[error("the server refused {verb}{said}")]
    Refused {
        /// What was asked for.
        verb: &'static str,
        /// The code of the reply.
        code: u16,
        /// Its text.
        said: Said,
    },
    /// A reply that its command does not have.
    #[error("the server answered {verb} in a way that it does not have{said}")]
    Unexpected {
        /// What was asked for.
        verb: &'static str,
        /// The text of the reply.
        said: Said,
    },
    /// More preliminary replies than a command can have.
    #[error("the server does not come to an end of its reply")]
    Endless,
    /// The login needs an account (332), which nobody has any more.
    #[error("the server asks for an account, which this client does not have")]
    Account,
    /// TLS was asked for and the server has none.
    #[error("the server has no TLS{0}")]
    NoTls(Said),
    /// The server names a data port that belongs to a service.
    #[error("the server names port {0} for a data connection, which belongs to a service")]
    DataPort(u16),
    /// The data connection does not come about, or failed.
    #[error("the data connection failed: {0}")]
    Data(io::Error),
    /// TLS on the data connection failed.
    #[error("the data connection failed: {0}")]
    DataTls(ConnectError),
    /// Content ended before its end.
    #[error("the content ended after {came} bytes, before its end")]
    Cut {
        /// How many bytes came, with those before this transfer.
        came: u64,
    },
    /// More content came than the file has.
    #[error("more came than the {size} bytes that the server announced")]
    TooMuch {
        /// The size that was announced.
        size: u64,
    },
    /// What is at the other end is not what was there before.
    #[error("{0}")]
    Changed(&'static str),
    /// A listing longer than is taken.
    #[error("the listing has {0}")]
    TooLong(&'static str),
    /// A name or password that FTP cannot carry.
    #[error("{0}")]
    Unsendable(#[from] Unsendable),
    /// Nothing came for so long.
    #[error("the server did not answer within {} s", .0.as_secs())]
    Silent(Duration),
    /// The file at our end.
    #[error("{0}")]
    Local(#[from] files::Error),
    /// What content is read from, or written to, at our end.
    #[error("{0}")]
    Io(io::Error),
}

/// What the server said, to be shown behind what failed: `: 550 No such file.`
#[derive(Clone, Debug, Default)]
pub struct Said(String);

impl From<&Reply> for Said {
    fn from(reply: &Reply) -> Self {
        Self(format!(": {} {}", reply.code(), Escaped(reply.text())))
    }
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error {
    /// The reply to `verb` was not the one that was hoped for.
    pub(super) fn refused(verb: Verb, reply: &Reply) -> Self {
        let (verb, said) = (verb.name(), Said::from(reply));
        match reply.class() {
            Class::Transient | Class::Permanent => Self::Refused { verb, code: reply.code(), said },
            _ => Self::Unexpected { verb, said },
        }
    }

    /// Whether the same may succeed on a new connection.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Connect(ConnectError::Failed(_))
            | Self::Lost(_)
            | Self::Ended(_)
            | Self::Data(_)
            | Self::DataTls(ConnectError::Failed(_))
            | Self::Cut { .. }
            | Self::Silent(_) => true,
            Self::Refused { code, .. } => matches!(code, 420..=429 | 450 | 451),
            _ => false,
        }
    }
}

impl From<Broken<reply::Rule>> for Error {
    fn from(broken: Broken<reply::Rule>) -> Self {
        match broken {
            Broken::Input(rule) => Self::NoReply(rule),
            Broken::Io(error) => Self::Lost(error),
        }
    }
}
