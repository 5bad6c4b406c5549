//! [`Fault`], a failure of a client.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::files;
use crate::net::tls::client::ConnectError;

/// The kinds of failure that scripts can distinguish by the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Anything else.
    Failed = 1,
    /// The arguments are invalid.
    Usage = 2,
    /// The server has no file or directory of that name.
    NotFound = 3,
    /// The server does not permit this user to do it.
    Refused = 4,
    /// There is no connection, or it was lost.
    Network = 5,
    /// The content differs from the announced one.
    Integrity = 6,
    /// The user interrupted it. The code is 128 and the number of SIGINT, as in shells.
    Interrupted = 130,
}

impl FaultKind {
    /// The exit code.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The name in events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::NotFound => "not-found",
            Self::Refused => "refused",
            Self::Network => "network",
            Self::Integrity => "integrity",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Whether and when to retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RetryAdvice {
    Never,
    Soon,
    /// Soon, but only if something was transferred before.
    SoonOnceReached,
    /// After the time that the server has named.
    After(Duration),
}

/// A remedy that an option of a command offers. The command names the option.
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
    /// Use no encryption.
    Unencrypted,
}

/// Why an entry is skipped whose failure [is of a dot name](Fault::is_of_dot_name).
pub const DOT_NAME: &str = "the server refuses names that begin with a dot";

/// A failure. Its text is one line for the user, in which a peer's bytes are escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The kind of failure.
    pub kind: FaultKind,
    /// A remedy, if the text does not name one.
    pub hint: Option<Hint>,
    why: String,
    pub(super) retry: RetryAdvice,
}

impl Fault {
    /// A permanent failure. `why` is the failure and, after a semicolon, a remedy.
    pub fn new(kind: FaultKind, why: impl Into<String>) -> Self {
        Self { kind, hint: None, why: why.into(), retry: RetryAdvice::Never }
    }

    /// Whether a server has refused an entry because its name begins with a dot, as far as a client can see.
    pub fn is_of_dot_name(&self, name: &[u8]) -> bool {
        self.kind == FaultKind::Refused && self.hint != Some(Hint::LogIn) && name.starts_with(b".")
    }

    /// A failure that a retry may resolve.
    pub fn passing(kind: FaultKind, why: impl Into<String>) -> Self {
        Self { retry: RetryAdvice::Soon, ..Self::new(kind, why) }
    }

    /// A failure that a retry may resolve, unless nothing was transferred before.
    pub(super) fn passing_once_reached(kind: FaultKind, why: impl Into<String>) -> Self {
        Self { retry: RetryAdvice::SoonOnceReached, ..Self::new(kind, why) }
    }

    /// Sets the time after which the server wants a retry.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        Self { retry: RetryAdvice::After(wait), ..self }
    }

    /// Sets a hint.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<Option<Hint>>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// Whether a retry may resolve it.
    pub fn is_passing(&self) -> bool {
        self.retry != RetryAdvice::Never
    }

    /// A connection that failed during `what`, as in `the connection was lost`.
    pub fn io(what: &str, error: &io::Error) -> Self {
        let why = match error.kind() {
            io::ErrorKind::TimedOut => format!("{what}: the server was silent for too long"),
            io::ErrorKind::UnexpectedEof => format!("{what}: the server closed the connection early"),
            _ => format!("{what}: {error}"),
        };
        Self::passing(FaultKind::Network, why)
    }

    /// Content to be sent that cannot be read, or ([`FaultKind::Integrity`]) has become shorter.
    pub fn unreadable(name: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                Self::new(FaultKind::Integrity, format!("'{name}' became shorter while it was sent"))
            }
            _ => Self::new(FaultKind::Failed, format!("cannot read '{name}': {error}")),
        }
    }

    /// A local file that cannot be read or written.
    pub fn file(name: &dyn fmt::Display, error: &files::TreeError) -> Self {
        match error {
            files::TreeError::Exists => {
                Self::new(FaultKind::Failed, format!("'{name}' exists")).with_hint(Hint::Replace)
            }
            files::TreeError::InUse => Self::new(
                FaultKind::Failed,
                format!("'{name}' is being written by another process; wait for it"),
            ),
            files::TreeError::Busy(_) => Self::new(
                FaultKind::Failed,
                format!("'{name}': too many files are open, or memory is short; raise 'ulimit -n'"),
            ),
            files::TreeError::Checksum => {
                Self::new(FaultKind::Integrity, "the content does not have the digest that it should have")
            }
            error => Self::new(FaultKind::Failed, format!("'{name}': {error}")),
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
            ConnectError::Untrusted(_) => {
                Self::new(FaultKind::Network, error.to_string()).with_hint(Hint::Trust)
            }
            ConnectError::NotPinned => Self::new(FaultKind::Network, error.to_string()),
            // A retry would fail in the same way.
            ConnectError::Failed(error) => match error.get_ref().and_then(|error| error.downcast_ref()) {
                Some(rustls::Error::InvalidMessage(_)) => Self::new(
                    FaultKind::Network,
                    "the server does not speak TLS there; check the scheme and the port",
                ),
                Some(error) => Self::new(FaultKind::Network, format!("TLS failed: {error}")),
                None => Self::io("TLS failed", &error),
            },
        }
    }
}
