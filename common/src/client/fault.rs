//! [`Fault`], why something that a client was asked for was not done.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::files;
use crate::net::tls::client::ConnectError;

/// The kinds of failure that scripts can tell apart by the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything else.
    Failed,
    /// What was asked for makes no sense.
    Usage,
    /// The server has nothing of that name.
    NotFound,
    /// The server does not let this user do it.
    Refused,
    /// No connection, or it was lost.
    Network,
    /// What came is not what was promised.
    Integrity,
    /// The user has ended it.
    Interrupted,
}

impl Kind {
    /// The exit code.
    pub fn code(self) -> u8 {
        self.code_and_name().0
    }

    /// The name in events.
    pub fn name(self) -> &'static str {
        self.code_and_name().1
    }

    fn code_and_name(self) -> (u8, &'static str) {
        match self {
            Self::Failed => (1, "failed"),
            Self::Usage => (2, "usage"),
            Self::NotFound => (3, "not-found"),
            Self::Refused => (4, "refused"),
            Self::Network => (5, "network"),
            Self::Integrity => (6, "integrity"),
            // 128 and the number of SIGINT, as shells have it.
            Self::Interrupted => (130, "interrupted"),
        }
    }
}

/// Whether, and when, the same may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    Never,
    Soon,
    /// As soon, but only where something has come through before.
    SoonOnceReached,
    /// The server has named a time.
    After(Duration),
}

/// What an option of a command could do about a failure. The command names the option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Log in, or check name and password.
    LogIn,
    /// Log in, or encrypt the session.
    LogInOrEncrypt,
    /// Name another file, or replace the one that exists.
    Replace,
    /// Resume a transfer of which a part is kept.
    Resume,
    /// Do not compare a digest that the server computes.
    SkipDigest,
    /// Trust the server's certificate, or do not verify it.
    Trust,
    /// Do without encryption.
    Unencrypted,
}

/// A failure. Its text is one line for the user, in which nothing of the peer's stands unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of failure it is.
    pub kind: Kind,
    /// What could be done about it, if the text does not say so.
    pub hint: Option<Hint>,
    why: String,
    pub(super) again: Again,
}

impl Fault {
    /// A failure that trying again would not mend. `why` is what failed and, behind a semicolon, what can
    /// be done.
    pub fn new(kind: Kind, why: impl Into<String>) -> Self {
        Self { kind, hint: None, why: why.into(), again: Again::Never }
    }

    /// A failure that may be gone when it is tried again.
    pub fn passing(kind: Kind, why: impl Into<String>) -> Self {
        Self { again: Again::Soon, ..Self::new(kind, why) }
    }

    /// A failure that may be gone when it is tried again, unless nothing has come through yet.
    pub(super) fn passing_once_reached(kind: Kind, why: impl Into<String>) -> Self {
        Self { again: Again::SoonOnceReached, ..Self::new(kind, why) }
    }

    /// The same, with the time after which the server wants to be asked again.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        Self { again: Again::After(wait), ..self }
    }

    /// The same, with what could be done about it.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<Option<Hint>>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// Whether it may be gone when it is tried again.
    pub fn is_passing(&self) -> bool {
        self.again != Again::Never
    }

    /// A connection that failed while `what` was going on, as in `the connection was lost`.
    pub fn io(what: &str, error: &io::Error) -> Self {
        let why = match error.kind() {
            io::ErrorKind::TimedOut => format!("{what}: the server was silent for too long"),
            io::ErrorKind::UnexpectedEof => format!("{what}: the server closed the connection early"),
            _ => format!("{what}: {error}"),
        };
        Self::passing(Kind::Network, why)
    }

    /// What is sent cannot be read, or ([`Kind::Integrity`]) has become shorter meanwhile.
    pub fn unreadable(name: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                Self::new(Kind::Integrity, format!("'{name}' became shorter while it was sent"))
            }
            _ => Self::new(Kind::Failed, format!("cannot read '{name}': {error}")),
        }
    }

    /// A file of the user's that cannot be read or written.
    pub fn file(name: &dyn fmt::Display, error: &files::Error) -> Self {
        match error {
            files::Error::Exists => {
                Self::new(Kind::Failed, format!("'{name}' exists")).with_hint(Hint::Replace)
            }
            files::Error::InUse => {
                Self::new(Kind::Failed, format!("'{name}' is being written by another process; wait for it"))
            }
            files::Error::Busy(_) => Self::new(
                Kind::Failed,
                format!("'{name}': too many files are open, or memory is short; raise 'ulimit -n'"),
            ),
            files::Error::Checksum => {
                Self::new(Kind::Integrity, "the content does not have the digest that it should have")
            }
            error => Self::new(Kind::Failed, format!("'{name}': {error}")),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Fault {}

impl From<ConnectError> for Fault {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Untrusted(_) => Self::new(Kind::Network, error.to_string()).with_hint(Hint::Trust),
            // What is said in the handshake will be said again.
            ConnectError::Failed(error) => match error.get_ref().and_then(|error| error.downcast_ref()) {
                Some(rustls::Error::InvalidMessage(_)) => Self::new(
                    Kind::Network,
                    "the server does not speak TLS there; check the scheme and the port",
                ),
                Some(error) => Self::new(Kind::Network, format!("TLS failed: {error}")),
                None => Self::io("TLS failed", &error),
            },
        }
    }
}
