//! Why a request is not carried out, and the answer that says so in a line
//! ([RFC 9110 section 15.5](https://www.rfc-editor.org/rfc/rfc9110#section-15.5)).

use common::escape::Escaped;
use common::files::{Error, PathRule};
use common::log;
use common::net::conn::Broken;
use common::users::{Denied, User};

use super::HttpWorker;
use super::listing::page::POLICY;
use super::listing::{self, Form};
use super::response::{Answer, Body};
use crate::wire::head::Head;
use crate::wire::response::Status;
use crate::wire::rule::{Rule, Violation};
use crate::wire::{accept, credentials};

/// What a browser shows when it asks for a password.
const REALM: &str = "mini";

/// Nothing can be made where no directory is (409: RFC 4918 sections 9.3.1 and 9.7.1).
pub(super) const NO_PARENT: Refusal = Refusal::Because(409, "has no directory to hold it; make that first");

/// A file cannot get a name with a slash at its end.
pub(super) const NAME_OF_DIRECTORY: Refusal =
    Refusal::Because(409, "names a directory; a file's name has no slash at its end");

/// An upload replaces nothing here (`--on-conflict`).
pub(super) const EXISTS: Refusal = Refusal::Because(409, "exists already; choose another name");

/// Why a request is not carried out.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The user may not do this.
    Forbidden,
    /// The request was made under a name that may be another site's.
    Host,
    /// Nobody logs in like that.
    Login(Denied),
    /// The tree could not do it.
    Tree(Error),
    /// What the head or a form says is against a rule; the next request can still be found.
    Rule(Violation),
    /// A status, and what is the matter with the target.
    Because(u16, &'static str),
    /// An upload goes on at this offset and at no other.
    Offset(u64),
    /// The method is known, but not for this.
    Method(&'static str),
    /// The content broke off or cannot be understood. The connection ends.
    Broken(Broken<Violation>),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Tree(error)
    }
}

impl From<PathRule> for Refusal {
    fn from(rule: PathRule) -> Self {
        Self::Tree(Error::Path(rule))
    }
}

impl From<Violation> for Refusal {
    fn from(violation: Violation) -> Self {
        Self::Rule(violation)
    }
}

impl From<Broken<Violation>> for Refusal {
    fn from(broken: Broken<Violation>) -> Self {
        Self::Broken(broken)
    }
}

impl Refusal {
    /// Its status, and what it says of the target.
    pub(super) fn status(&self) -> (u16, String) {
        let (status, what) = match self {
            Self::Forbidden => (403, "is not for this user"),
            Self::Host => {
                (403, "was requested under a host name that is not allowed here; --host NAME allows it")
            }
            Self::Login(Denied::Wrong) => (401, "needs another name or password"),
            Self::Login(denied @ Denied::TooMany { .. }) => {
                return (429, format!("was not looked at: {denied}"));
            }
            Self::Login(denied @ Denied::Busy) => return (503, format!("was not looked at: {denied}")),
            Self::Tree(error) => return of_tree(error),
            Self::Rule(violation) => {
                return (violation.rule.status(), format!("was not looked at: {violation}"));
            }
            Self::Because(status, what) => (*status, *what),
            Self::Offset(_) => (409, "goes on at another offset"),
            Self::Method(what) => (405, *what),
            Self::Broken(_) => (400, "was not looked at: the content broke off"),
        };
        (status, what.into())
    }

    /// Tells the operator what the system failed to do.
    pub(super) fn report(&self, head: &Head) {
        if let Self::Tree(Error::Io(error)) = self {
            let target = Escaped(head.target().raw());
            log::problem(format_args!("cannot do what is asked of '{target}': {error}"));
        }
    }
}

/// What the tree could not do, as a status.
fn of_tree(error: &Error) -> (u16, String) {
    let (status, what) = match error {
        Error::NotFound | Error::NotDirectory | Error::IsDirectory => (404, "was not found"),
        Error::Denied => (403, "is not open to the server itself"),
        Error::ReadOnly => (403, "cannot be changed: its file system is read-only"),
        Error::Path(rule) => return (400, format!("is no path here: {rule}")),
        Error::TooMany => (500, "has too many entries to be listed"),
        Error::Busy(_) => (503, "cannot be looked at now; try again"),
        Error::NoRoot => (503, "cannot be reached: the served directory is missing; try again"),
        Error::Hidden => (403, "has a name that is not served"),
        Error::WellKnown => (403, "is in /.well-known, where clients cannot change anything"),
        Error::SpecialName => {
            (403, "answers for another URL; to create it needs the permission to overwrite")
        }
        Error::Root => (403, "is the top directory, which stays as it is"),
        Error::Exists => (409, "exists already"),
        Error::NotEmpty => (409, "is a directory that is not empty"),
        Error::IntoItself => (409, "is a directory, which cannot move into itself"),
        Error::OtherDevice => (409, "cannot move to another file system"),
        Error::Changed => (412, "has changed"),
        Error::Beyond => (416, "is shorter than the offset"),
        Error::Checksum => (400, "has a content that does not match its digest; nothing of it was stored"),
        Error::InUse => (409, "is in use by another upload or program"),
        Error::Receiving => (409, "is a directory to which an upload is in progress"),
        Error::Time => (400, "cannot have this modification time on this file system"),
        Error::Full => (507, "does not fit on the disk; nothing of it was stored"),
        Error::Quota => (507, "exceeds the server's disk quota; nothing of it was stored"),
        Error::TooLarge => (413, "is larger than the file system or a limit of the server allows"),
        Error::Io(_) => (500, "could not be read or written"),
    };
    (status, what.into())
}

impl HttpWorker {
    /// The answer to a request that is not carried out. `user`: whose it is, if that is known.
    pub(super) fn refused(&self, head: &Head, user: Option<&User>, refusal: &Refusal) -> Answer {
        refusal.report(head);
        let is_nobody = user.is_none_or(User::is_anonymous);
        if matches!(refusal, Refusal::Forbidden) && is_nobody && self.users.have_passwords() {
            return challenge(message(head, 401, "needs a name and a password"));
        }
        let (status, what) = refusal.status();
        let answer = message(head, status, &what);
        match refusal {
            Refusal::Login(Denied::Wrong) => challenge(answer),
            Refusal::Login(Denied::TooMany { retry_after }) => {
                answer.with(|head| head.number("Retry-After", retry_after.as_secs() + 1))
            }
            Refusal::Login(Denied::Busy) | Refusal::Tree(Error::Busy(_) | Error::NoRoot) => {
                answer.with(|head| head.number("Retry-After", 1))
            }
            Refusal::Offset(stands) => answer.with(|head| head.number("Upload-Offset", *stands)),
            Refusal::Method(_) => self.allowed(answer, user),
            // RFC 9110 section 12.5.3: it tells which codings would do.
            Refusal::Rule(Violation { rule: Rule::ContentEncoded, .. }) => {
                answer.with(|head| head.field("Accept-Encoding", "identity"))
            }
            _ => answer,
        }
    }
}

/// Asks for a name and a password (RFC 9110 section 11.6.1).
fn challenge(answer: Answer) -> Answer {
    answer.with(|head| head.field("WWW-Authenticate", credentials::challenge(REALM)))
}

/// Whether the client is a browser, or likes pages as browsers do.
pub(super) fn likes_pages(head: &Head) -> bool {
    accept::media_type(head, &["text/plain", "text/html"]) == Some("text/html")
}

/// An answer that says in a line what happened to the target, as a page for those who ask for one.
pub(super) fn message(head: &Head, status: u16, what: &str) -> Answer {
    let path = head.target().decoded_path();
    let form = if likes_pages(head) { Form::Html } else { Form::Plain };
    let reason = Status(status).reason();
    let body = match form {
        Form::Html => listing::page::message(&format!("{status} {reason}"), what, &path),
        _ => format!("{status} {reason}: {} {what}\n", Escaped(&path)).into_bytes(),
    };
    Answer::made(status, form, POLICY, Body::Bytes(body))
}
