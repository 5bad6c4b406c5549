//! [`Refusal`]: why a command or a transfer failed, and its reply. Only this module maps errors to reply codes
//! ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.2).

use std::fmt;
use std::io;

use common::{files, users};

use crate::wire::address::Family;
use crate::wire::command::Invalid;
use crate::wire::reply::Reply;
use crate::wire::rule::Rule;

pub(super) type Outcome = Result<Reply, Refusal>;

/// The text is that of the reply, the code is [`Refusal::code`].
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// A command that the parser refuses.
    #[error("{0}")]
    Invalid(#[from] Invalid),
    /// A command that the parser accepts and this server does not implement.
    #[error("{}", .0.reply_text())]
    Rule(#[from] Rule),
    #[error("{0}")]
    Sequence(&'static str),

    #[error("Log in with USER and PASS first.")]
    NotLoggedIn,
    #[error("AUTH TLS first; unencrypted names and passwords are refused.")]
    LoginUnencrypted,
    #[error("Login incorrect.")]
    Login,
    /// The password was not checked.
    #[error("{}", sentence(.0))]
    Barred(users::Denied),
    #[error("Too many failed logins.")]
    TooManyLogins,
    #[error("Too many unknown commands.")]
    TooManyUnknown,

    /// CCC without TLS.
    #[error("The control connection is already unencrypted.")]
    Unprotected,
    /// A command that would weaken TLS.
    #[error("{0}")]
    Policy(&'static str),

    #[error("{}", sentence(.0))]
    Tree(#[from] files::TreeError),
    #[error("The name exists already; choose another one.")]
    Taken,
    /// The user may not do this, whether or not the path exists.
    #[error("Permission denied.")]
    Permission,
    /// A file instead of a directory, or one that is too large to convert.
    #[error("{0}")]
    Unsuitable(&'static str),
    #[error("A name that ends with a slash is a directory's.")]
    NameOfDirectory,
    #[error("Not a directory; use MLST for a file.")]
    NoDirectory,
    #[error("The file has no byte {0}.")]
    RestartBeyond(u64),
    #[error("Too long for a reply; use LIST.")]
    TooLong,

    #[error("{0}")]
    NoData(&'static str),
    #[error("Data connections need PROT P.")]
    DataUnencrypted,
    #[error("TLS failed on the data connection: {0}.")]
    DataHandshake(io::Error),
    #[error("The data connection must resume the TLS session of the control connection.")]
    DataSession,
    /// The address family of the control connection, which the command does not use.
    #[error("Network protocol not supported, use ({}).", match .0 { Family::V4 => 1, Family::V6 => 2 })]
    Family(Family),
    #[error("Only a port of your own address, from 1024 on.")]
    Bounce,

    /// By ABOR, which gets its own reply after this one.
    #[error("Transfer aborted.")]
    Aborted,
    #[error("Data connection lost: {0}.")]
    DataLost(io::Error),
    #[error("Transfer cut short: {0}.")]
    CutShort(String),
    /// The content ended before the size that ALLO announced.
    #[error("Data connection closed early: {length} bytes of at least {missing} were received.")]
    Short { length: u64, missing: u64 },
    /// The content is empty, and the client has opened another connection.
    #[error("The data connection was empty, and you have opened another one.")]
    Contested,
    #[error("Not stored: {0}.")]
    Store(files::TreeError),
    /// The memory budget has no room for what the client sends.
    #[error("The server has no memory for further commands; try again later.")]
    NoMemory,
    /// The control connection ended during a transfer; no client receives the reply.
    #[error("Control connection lost.")]
    ControlLost,
}

impl Refusal {
    pub(super) fn reply(&self) -> Reply {
        Reply::new(self.code(), self.to_string())
    }

    /// The reply code: RFC 959 section 4.2, RFC 2228 section 5 (53z), RFC 2428 section 2 (522), RFC 3659 section
    /// 5.3 (554), RFC 4217 section 10 (521, 522).
    pub(super) fn code(&self) -> u16 {
        match self {
            Self::Invalid(invalid) => invalid.code(),
            Self::Rule(rule) => rule.code(),
            Self::Sequence(_) => 503,
            Self::NotLoggedIn | Self::LoginUnencrypted | Self::Login => 530,
            Self::TooManyLogins | Self::TooManyUnknown | Self::Barred(_) | Self::NoMemory => 421,
            Self::Unprotected => 533,
            Self::Policy(_) => 534,
            Self::Taken | Self::Store(files::TreeError::Exists) => 553,
            Self::Tree(error) | Self::Store(error) => code_of(error),
            Self::Permission | Self::Unsuitable(_) => 550,
            Self::NoDirectory | Self::Bounce => 501,
            Self::NameOfDirectory => 553,
            Self::RestartBeyond(_) => 554,
            Self::TooLong => 450,
            Self::NoData(_) => 425,
            Self::DataUnencrypted => 521,
            Self::DataHandshake(_) | Self::DataSession | Self::Family(_) => 522,
            Self::Aborted | Self::DataLost(_) | Self::Short { .. } | Self::Contested | Self::ControlLost => {
                426
            }
            Self::CutShort(_) => 451,
        }
    }

    pub(super) fn breaks(&self, rule: Rule) -> bool {
        matches!(self, Self::Invalid(invalid) if invalid.rule == rule)
    }

    pub(super) fn ends_session(&self) -> bool {
        self.code() == 421 || matches!(self, Self::ControlLost) || self.breaks(Rule::HttpRequest)
    }

    /// Whether it interrupted a transfer.
    pub(super) fn is_of_transfer(&self) -> bool {
        self.code() == 426 || matches!(self, Self::CutShort(_) | Self::Store(_) | Self::NoMemory)
    }

    /// An error of the tree after the 150, when 550 is no longer possible.
    pub(super) fn cut_short(error: &files::TreeError) -> Self {
        Self::CutShort(error.to_string())
    }

    /// An error during a transfer, of the file or of the connection.
    pub(super) fn of_transfer(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::CutShort("the file has become shorter".into()),
            io::ErrorKind::ResourceBusy | io::ErrorKind::StaleNetworkFileHandle => {
                Self::CutShort(error.to_string())
            }
            _ if error.raw_os_error() == Some(EIO) => Self::CutShort(error.to_string()),
            _ => Self::DataLost(error),
        }
    }
}

/// A read error of the disk; sockets do not have it.
const EIO: i32 = 5;

fn code_of(error: &files::TreeError) -> u16 {
    use files::TreeError;
    match error {
        TreeError::NotFound
        | TreeError::IsDirectory
        | TreeError::NotDirectory
        | TreeError::Denied
        | TreeError::ReadOnly
        | TreeError::Path(_)
        | TreeError::TooMany
        | TreeError::Root
        | TreeError::Exists
        | TreeError::NotEmpty
        | TreeError::IntoItself
        | TreeError::OtherDevice
        | TreeError::Changed
        | TreeError::Receiving
        | TreeError::Checksum => 550,
        // A time that is valid, but not on this file system: a client may try another.
        TreeError::Time => 504,
        TreeError::Hidden | TreeError::WellKnown | TreeError::SpecialName => 553,
        TreeError::Beyond => 554,
        TreeError::Full => 452,
        TreeError::Quota | TreeError::TooLarge => 552,
        TreeError::Busy(_) | TreeError::InUse | TreeError::NoRoot => 450,
        TreeError::Io(_) => 451,
    }
}

/// `No such file or directory.`
fn sentence(error: &impl fmt::Display) -> String {
    let mut text = error.to_string();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text.push('.');
    text
}
