//! Commands: parses a line of the control connection into a verb and its argument.
//!
//! Every verb of the protocol and its extensions is known here, whether or not the server supports it. This
//! module knows no sessions and no files. [RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 5.3, and
//! the documents that [`Verb`] names beside each group. `parse` has the grammar, a line for each verb; the
//! modules beside it parse arguments that are more than a number or a pathname. `write` is the inverse, for a
//! client.

mod argument;
mod files;
mod integrity;
mod negotiation;
mod parameter;
mod parse;
mod security;
mod verb;
mod write;

use core::fmt;
use core::net::{SocketAddr, SocketAddrV4};
use core::ops::RangeInclusive;

use syntax::violation::Violation;

use super::address::Family;
use super::ls;
use super::pathname::Pathname;
use super::rule::{self, Rule};
use super::time_val::TimeVal;

pub use files::{FactChanges, SiteCommand};
pub use integrity::{Algorithm, DigestTarget};
pub use negotiation::Opts;
pub use parameter::{Mode, Structure, Type};
pub use parse::parse;
pub(crate) use parse::parse_text;
pub use security::{Mechanism, Protection};
pub use verb::Verb;
pub use write::{Unsendable, write};

/// A valid command. Each variant is named like its [`Verb`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `USER anonymous`: the name, unchanged.
    User(Vec<u8>),
    /// `PASS secret`: everything after the space, possibly empty.
    Pass(Secret),
    /// `ACCT account`
    Acct(Secret),
    /// `REIN`: reset the session.
    Rein,
    /// `QUIT`
    Quit,
    /// `AUTH TLS`
    Auth(Mechanism),
    /// `PBSZ 0`
    Pbsz(u64),
    /// `PROT P`
    Prot(Protection),
    /// `CCC`: end TLS on the control connection.
    Ccc,
    /// `TYPE I`
    Type(Type),
    /// `MODE S`
    Mode(Mode),
    /// `STRU F`
    Stru(Structure),
    /// `CWD pub`
    Cwd(Pathname),
    /// `CDUP`
    Cdup,
    /// `PWD`
    Pwd,
    /// `MKD pub`
    Mkd(Pathname),
    /// `RMD pub`
    Rmd(Pathname),
    /// `PASV`
    Pasv,
    /// `EPSV`, `EPSV 2`, `EPSV ALL`
    Epsv(Epsv),
    /// `PORT 127,0,0,1,195,80`
    Port(SocketAddrV4),
    /// `EPRT |2|::1|50000|`
    Eprt(SocketAddr),
    /// `RETR notes.txt`
    Retr(Pathname),
    /// `STOR notes.txt`
    Stor(Pathname),
    /// `APPE notes.txt`
    Appe(Pathname),
    /// `STOU`; RFC 959 gives it no argument, some clients send a suggestion.
    Stou(Option<Pathname>),
    /// `REST 1024`: the offset of the next transfer, in bytes.
    Rest(u64),
    /// `ABOR`
    Abor,
    /// `ALLO 1024`: the length of the next upload, in bytes.
    Allo(u64),
    /// `LIST -la pub`
    List(ls::LsArgument),
    /// `NLST pub/*.txt`
    Nlst(ls::LsArgument),
    /// `MLSD pub`
    Mlsd(Option<Pathname>),
    /// `MLST notes.txt`
    Mlst(Option<Pathname>),
    /// `STAT` of the session or transfer; `STAT pub`, a listing on the control connection.
    Stat(Option<ls::LsArgument>),
    /// `DELE notes.txt`
    Dele(Pathname),
    /// `RNFR notes.txt`
    Rnfr(Pathname),
    /// `RNTO notes.old`
    Rnto(Pathname),
    /// `SIZE notes.txt`
    Size(Pathname),
    /// `MDTM notes.txt`
    Mdtm {
        /// The argument as RFC 3659 has it.
        path: Pathname,
        /// The meaning of `20261123185100 notes.txt` for old clients, which set times with MDTM: the second
        /// reading of the argument, used if no file has the first one as its name.
        set: Option<(TimeVal, Pathname)>,
    },
    /// `MFMT 20261123185100 notes.txt`
    Mfmt {
        /// The time to set.
        time: TimeVal,
        /// The file.
        path: Pathname,
    },
    /// `MFF modify=20261123185100;UNIX.mode=0644; notes.txt`
    Mff {
        /// The facts to set.
        changes: FactChanges,
        /// The file.
        path: Pathname,
    },
    /// `HASH notes.txt`
    Hash(Pathname),
    /// `RANG 0 1023`; `None`, written `RANG 1 0`, restores the whole file.
    Rang(Option<RangeInclusive<u64>>),
    /// `XCRC`, `XMD5`, `XSHA1`, `XSHA256` and `XSHA512`, as in `XMD5 "my notes" 0 1024`.
    Digest(Algorithm, DigestTarget),
    /// `FEAT`
    Feat,
    /// `OPTS UTF8 ON`
    Opts(Opts),
    /// `CLNT name of the client`
    Clnt(Vec<u8>),
    /// `CSID Name=client;Version=1;`
    Csid(Vec<u8>),
    /// `HOST ftp.example.com`, in lower case.
    Host(String),
    /// `LANG de`; without a tag, the default language.
    Lang(Option<String>),
    /// `AVBL pub`: the free space.
    Avbl(Option<Pathname>),
    /// `HELP`, `HELP RETR`
    Help(Option<Vec<u8>>),
    /// `NOOP`
    Noop,
    /// `SYST`
    Syst,
    /// `SITE CHMOD 644 notes.txt`
    Site(SiteCommand),
}

/// The argument of EPSV (RFC 2428 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Epsv {
    /// None: the family of the control connection.
    Any,
    /// `1` or `2`.
    Family(Family),
    /// `ALL`: the client will use no other command for data connections.
    All,
}

/// A line that is not a valid command. The session replies and continues, except after [`Rule::HttpRequest`].
/// The text is that of the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", rule::reply_text(self.violation()))]
pub struct Invalid {
    /// The verb, if it is known. Before login the reply is 530 for a verb that requires one
    /// ([`Verb::before_login`]), regardless of its argument.
    pub verb: Option<Verb>,
    /// The rule.
    pub rule: Rule,
    /// Offset in the line of the byte that breaks it.
    pub at: usize,
}

impl Invalid {
    /// The code of the reply.
    #[must_use]
    pub fn code(self) -> u16 {
        self.rule.code()
    }

    fn violation(self) -> Violation<Rule> {
        Violation { rule: self.rule, at: self.at }
    }
}

/// Bytes that must not appear in logs or messages.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The bytes, unchanged.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
