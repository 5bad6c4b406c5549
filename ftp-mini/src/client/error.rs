//! The errors of the FTP client, and their kinds.

use std::io;
use std::time::Duration;

use common::client::{Fault, FaultKind, Hint};
use common::escape::printable;
use common::net::conn::Broken;
use common::net::tls::client::ConnectError;

use crate::wire::command::{Unsendable, Verb};
use crate::wire::reply::{Reply, ReplyClass};
use crate::wire::rule::{Rule, Violation};

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages describe the variants")]
pub enum SessionError {
    #[error("{0}")]
    Connect(#[from] ConnectError),
    /// Also if the connection ends within a reply.
    #[error("the connection was lost: {0}")]
    Lost(io::Error),
    /// 421, or the end of the connection.
    #[error("the server ended the session{0}")]
    Ended(ServerReason),
    #[error("the server does not speak FTP: {0}")]
    NoReply(#[from] Violation<Rule>),
    #[error("the server refused {verb}{reason}")]
    Refused { verb: &'static str, code: u16, reason: ServerReason },
    #[error("there is no such file or directory{0}")]
    NotThere(ServerReason),
    /// A reply that RFC 959 section 5.4 does not allow for the command.
    #[error("the server sent an invalid reply to {verb}{reason}")]
    Unexpected { verb: &'static str, reason: ServerReason },
    #[error("the server's replies do not end")]
    Endless,
    /// Reply 332.
    #[error("the server requires an account (ACCT), which this client does not support")]
    Account,
    #[error("the server has no TLS{0}")]
    NoTls(ServerReason),
    /// The bytes may have been injected by a third party.
    #[error("unencrypted bytes were received where TLS starts; the connection may have been manipulated")]
    Injected,
    /// The server requires data connections to resume the TLS session (522), and sends no more tickets. A new
    /// session has new tickets.
    #[error("the server gives no more tickets to resume its TLS session with")]
    NoTickets,
    #[error("the server names port {0} for a data connection, which belongs to a service")]
    DataPort(u16),
    #[error("the data connection failed: {0}")]
    Data(io::Error),
    #[error("the data connection failed: {0}")]
    DataTls(ConnectError),
    #[error("the content ended after {received} bytes, before its end")]
    Cut { received: u64 },
    #[error("more was received than the {size} bytes of the file")]
    TooMuch { size: u64 },
    /// The stored end differs from the same part of the file.
    #[error("the partial file is not the start of this file")]
    AnotherFile,
    #[error("the server has {there} bytes of it after {sent} were sent")]
    WrongSize { there: u64, sent: u64 },
    #[error("the listing has {0}")]
    TooLong(&'static str),
    #[error("{0}")]
    Unsendable(#[from] Unsendable),
    #[error("the server did not answer within {} s", .0.as_secs())]
    Silent(Duration),
    /// A server of another protocol waits for the client to speak first.
    #[error("the server sends no greeting for {} s; is it an FTP server? A port of FTPS needs ftps://", .0.as_secs())]
    NoGreeting(Duration),
    /// Local failures, or failures of the connection.
    #[error("{0}")]
    Ours(#[from] Fault),
}

/// The server's reason, to be shown after a failure: `: 550 No such file`
#[derive(Clone, Debug, Default)]
pub struct ServerReason(String);

impl From<&Reply> for ServerReason {
    fn from(reply: &Reply) -> Self {
        // The first of several lines has the reason.
        let text = reply.lines().next().unwrap_or_default().trim_ascii_end();
        let text = text.strip_suffix(b".").unwrap_or(text);
        Self(format!(": {} {}", reply.code(), printable(text)))
    }
}

impl std::fmt::Display for ServerReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl SessionError {
    /// The reply to `verb` was not the expected one.
    pub(super) fn refused(verb: Verb, reply: &Reply) -> Self {
        let (verb, reason) = (verb.name(), ServerReason::from(reply));
        match reply.class() {
            ReplyClass::Transient | ReplyClass::Permanent => {
                Self::Refused { verb, code: reply.code(), reason }
            }
            _ => Self::Unexpected { verb, reason },
        }
    }

    pub(super) fn is_of_data(&self) -> bool {
        match self {
            Self::Data(_) | Self::DataTls(ConnectError::Failed(_)) | Self::Cut { .. } => true,
            Self::Ours(fault) => fault.kind == FaultKind::Network,
            _ => false,
        }
    }

    pub(super) fn kind(&self) -> FaultKind {
        match self {
            Self::NotThere(_) => FaultKind::NotFound,
            Self::Lost(_) | Self::Ended(_) | Self::Data(_) | Self::Silent(_) | Self::NoGreeting(_) => {
                FaultKind::Network
            }
            // The connection was cut, and the server took this for the end.
            Self::WrongSize { there, sent } if there < sent => FaultKind::Network,
            Self::Refused { verb, code, reason } => kind_of_refusal(verb, *code, reason),
            Self::Account | Self::NoTls(_) | Self::NoTickets => FaultKind::Refused,
            Self::Cut { .. } | Self::TooMuch { .. } | Self::AnotherFile | Self::WrongSize { .. } => {
                FaultKind::Integrity
            }
            Self::Unsendable(_) => FaultKind::Usage,
            _ => FaultKind::Failed,
        }
    }

    /// Whether a retry may succeed.
    fn is_passing(&self) -> bool {
        match self {
            Self::Refused { code, .. } => matches!(code, 425 | 426 | 450 | 451),
            // The port is wrong.
            Self::NoGreeting(_) => false,
            error => {
                matches!(error, Self::Cut { .. } | Self::NoTickets) || error.kind() == FaultKind::Network
            }
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Refused { code: 530, .. } => Some(Hint::LogInOrEncrypt),
            Self::NoTls(_) => Some(Hint::Unencrypted),
            _ => None,
        }
    }
}

/// 550 has several meanings, which only the text distinguishes.
fn kind_of_refusal(verb: &str, code: u16, ServerReason(reason): &ServerReason) -> FaultKind {
    const DENIED: [&str; 5] = ["permission", "denied", "not allowed", "forbidden", "not permitted"];
    const MISSING: [&str; 6] =
        ["no such", "not found", "not exist", "cannot find", "can't find", "couldn't find"];
    // The file exists, but is of another kind.
    const OTHER: [&str; 4] = ["is a directory", "not a regular", "not a plain", "not a file"];
    const CUT: [&str; 2] = ["aborted", "connection"];
    const READING: [&str; 8] = ["RETR", "SIZE", "MDTM", "MLST", "MLSD", "LIST", "CWD", "RNFR"];
    let reason = reason.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    match code {
        430 | 530..=536 | 521 | 522 => FaultKind::Refused,
        450 | 501 | 550 | 553 if says(&MISSING) => FaultKind::NotFound,
        450 | 550 | 553 if says(&DENIED) => FaultKind::Refused,
        550 if READING.contains(&verb) && !says(&OTHER) => FaultKind::NotFound,
        553 => FaultKind::Refused,
        425 | 426 => FaultKind::Network,
        451 if says(&CUT) => FaultKind::Network,
        _ => FaultKind::Failed,
    }
}

impl From<SessionError> for Fault {
    fn from(error: SessionError) -> Self {
        let (kind, hint) = (error.kind(), error.hint());
        match error {
            SessionError::Ours(fault) => fault,
            SessionError::Connect(error) | SessionError::DataTls(error) => error.into(),
            SessionError::Lost(error) => Self::io("the connection was lost", &error),
            SessionError::Data(error) => Self::io("the data connection failed", &error),
            error if error.is_passing() => Self::passing(kind, error.to_string()),
            error => Self::new(kind, error.to_string()).with_hint(hint),
        }
    }
}

impl From<Broken<Violation<Rule>>> for SessionError {
    fn from(broken: Broken<Violation<Rule>>) -> Self {
        match broken {
            Broken::Input(violation) => Self::NoReply(violation),
            Broken::Io(error) => Self::Lost(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_classified_by_code_text_and_command() {
        for (verb, code, text, expected, passing, why) in [
            (
                Verb::Retr,
                550,
                "Failed to open file.",
                FaultKind::NotFound,
                false,
                "vsftpd, of a missing file",
            ),
            (
                Verb::Retr,
                550,
                "a: Permission denied",
                FaultKind::Refused,
                false,
                "RFC 959 has one code for both",
            ),
            (Verb::Stor, 550, "Permission denied.", FaultKind::Refused, false, "read-only"),
            (
                Verb::Stor,
                553,
                "Could not create file.",
                FaultKind::Refused,
                false,
                "a name that is not allowed",
            ),
            (Verb::Stor, 553, "a/b: No such file or directory", FaultKind::NotFound, false, "no directory"),
            (Verb::Stor, 550, "Something else", FaultKind::Failed, false, "nothing is known of it"),
            (Verb::Mkd, 550, "File exists", FaultKind::Failed, false, "it is there"),
            (Verb::Dele, 550, "Is a directory", FaultKind::Failed, false, "it is there"),
            (Verb::Dele, 550, "Delete operation failed.", FaultKind::Failed, false, "vsftpd, of anything"),
            (Verb::Retr, 550, "a: Not a regular file", FaultKind::Failed, false, "ProFTPD, of a directory"),
            (Verb::Mlsd, 501, "No such directory.", FaultKind::NotFound, false, "pyftpdlib"),
            (Verb::List, 450, "No such file or directory", FaultKind::NotFound, true, "proftpd"),
            (Verb::Pass, 530, "Login incorrect.", FaultKind::Refused, false, "the login"),
            (Verb::Stor, 452, "Disk full", FaultKind::Failed, false, "no space"),
            (Verb::Retr, 425, "No data connection", FaultKind::Network, true, "the network"),
            (Verb::Retr, 451, "Local error", FaultKind::Failed, true, "it may pass"),
            (Verb::Stor, 451, "Transfer aborted", FaultKind::Network, true, "proftpd, when it was cut"),
            (Verb::Prot, 534, "Denied for policy reasons", FaultKind::Refused, false, "RFC 2228"),
        ] {
            let fault = Fault::from(SessionError::refused(verb, &Reply::new(code, text)));
            assert_eq!((fault.kind, fault.is_passing()), (expected, passing), "{why}");
        }
    }

    #[test]
    fn what_the_server_says_is_harmless() {
        let refused = SessionError::refused(Verb::Retr, &Reply::new(550, b"\x1b[2Jno.".to_vec()));
        assert_eq!(refused.to_string(), "the server refused RETR: 550 \u{fffd}[2Jno");
        let unexpected = SessionError::refused(Verb::Retr, &Reply::new(350, "What?"));
        assert!(matches!(unexpected, SessionError::Unexpected { verb: "RETR", .. }));
    }
}
