//! Why a request is refused, and the response that reports it
//! ([RFC 9110 section 15.5](https://www.rfc-editor.org/rfc/rfc9110#section-15.5)).

use std::borrow::Cow;

use common::escape::Escaped;
use common::files::{PathRule, TreeError, TreePath};
use common::log;
use common::net::conn::Broken;
use common::users::{Action, Denied, User};

use super::page::forms::LoginProblem;
use super::response::{ServerResponse, prefers_pages};
use super::{COOKIE, HttpWorker};
use crate::wire::head::{Method, RequestHead};
use crate::wire::resumable::{self, PARTIAL_UPLOAD};
use crate::wire::rule::{self, Rule, Violation};
use crate::wire::{cookie, credentials};

/// The realm, which browsers show when they ask for a password.
const REALM: &str = "mini";

/// The challenge of the login page
/// ([draft-broyer-http-cookie-auth](https://datatracker.ietf.org/doc/html/draft-broyer-http-cookie-auth)).
const FORM_CHALLENGE: &str = "Cookie realm=\"mini\", form-action=\"?login\", cookie-name=\"mini\"";

pub(super) type Outcome = Result<ServerResponse, Refusal>;

#[derive(Debug)]
pub(super) enum Refusal {
    Forbidden,
    Login(Denied),
    Tree(TreeError),
    /// The head or a form violates a rule; the connection can still be used.
    Rule(Violation),
    /// A status, and a reason whose subject is the target.
    Because(u16, &'static str),
    /// The upload can be resumed at this offset and at no other.
    Offset(u64),
    /// A directory was removed or copied up to `path`.
    Partly {
        verb: &'static str,
        done: usize,
        path: TreePath,
        cause: Box<Refusal>,
    },
    /// The content is cut off or malformed. The connection ends.
    Broken(Broken<Violation>),
}

impl From<TreeError> for Refusal {
    fn from(error: TreeError) -> Self {
        Self::Tree(error)
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
    /// The host name may belong to another site.
    pub(super) const HOST: Self =
        Self::Because(403, "was requested under a host name that is not allowed here; --host NAME allows it");
    /// The directory of a new file does not exist (409: RFC 4918 sections 9.3.1 and 9.7.1).
    pub(super) const NO_PARENT: Self = Self::Because(409, "has no directory to hold it; make that first");
    pub(super) const NAME_OF_DIRECTORY: Self =
        Self::Because(409, "names a directory; a file's name has no slash at its end");
    /// `Overwrite: F` (RFC 4918 section 10.6).
    pub(super) const REPLACES: Self = Self::Because(412, "would replace another file");
    /// Uploads do not replace files (`--on-conflict`).
    pub(super) const EXISTS: Self = Self::Because(409, "exists already; choose another name");

    /// The status, and the reason, whose subject is the target.
    pub(super) fn status(&self) -> (u16, Cow<'static, str>) {
        let ignored =
            |status, why: &dyn std::fmt::Display| (status, format!("was not looked at: {why}").into());
        let (status, what) = match self {
            Self::Forbidden => (403, "is not for this user"),
            Self::Login(Denied::Wrong) => (401, "needs another name or password"),
            Self::Login(denied @ Denied::TooMany { .. }) => return ignored(429, denied),
            Self::Login(denied @ Denied::Busy) => return ignored(503, denied),
            Self::Rule(violation) => return ignored(violation.rule.status(), &rule::report(violation)),
            Self::Because(status, what) => (*status, *what),
            Self::Offset(_) => (409, "can be resumed at another offset"),
            Self::Broken(_) => (400, "was not looked at: the content broke off"),
            Self::Partly { verb, done, path, cause } => {
                let ((status, why), path) = (cause.status(), Escaped(path.as_bytes()));
                let what = match done {
                    0 => format!("was not {verb}: '/{path}' {why}"),
                    done => format!("was {verb} only in part ({done} entries): '/{path}' {why}"),
                };
                return (status, what.into());
            }
            Self::Tree(error) => return of_tree(error),
        };
        (status, what.into())
    }

    /// Logs an error of the system.
    pub(super) fn report(&self, head: &RequestHead) {
        match self {
            Self::Tree(TreeError::Io(error)) => {
                let target = Escaped(head.target().raw());
                log::problem(format_args!("cannot serve '{target}': {error}"));
            }
            Self::Partly { cause, .. } => cause.report(head),
            _ => {}
        }
    }
}

fn of_tree(error: &TreeError) -> (u16, Cow<'static, str>) {
    let (status, what) = match error {
        TreeError::NotFound | TreeError::NotDirectory | TreeError::IsDirectory => (404, "was not found"),
        TreeError::Denied => (403, "is not open to the server itself"),
        TreeError::ReadOnly => (403, "cannot be changed: its file system is read-only"),
        TreeError::Path(PathRule::TooLong) => (404, "is longer than a name or path can be here"),
        TreeError::Path(rule) => return (400, format!("is no path here: {rule}").into()),
        TreeError::TooMany => (500, "has too many entries to be listed"),
        TreeError::Busy(_) => (503, "cannot be looked at now; try again"),
        TreeError::NoRoot => (503, "cannot be reached: the served directory is missing; try again"),
        TreeError::Hidden => (403, "has a name that is not served"),
        TreeError::WellKnown => (403, "is in /.well-known, where clients cannot change anything"),
        TreeError::SpecialName => {
            (403, "answers for another URL; to create it needs the permission to overwrite")
        }
        TreeError::Root => (403, "is the top directory, which stays as it is"),
        TreeError::Exists => (409, "exists already"),
        TreeError::NotEmpty => (409, "is a directory that is not empty"),
        TreeError::IntoItself => (409, "is a directory, which cannot be put into itself"),
        TreeError::OtherDevice => (409, "cannot move to another file system"),
        TreeError::Changed => (412, "has changed"),
        TreeError::Beyond => (416, "is shorter than the offset"),
        TreeError::Checksum => {
            (400, "has a content that does not match its digest; nothing of it was stored")
        }
        TreeError::InUse => (409, "is in use by another upload or program"),
        TreeError::Receiving => (409, "is a directory to which an upload is in progress"),
        TreeError::Time => (400, "cannot have this modification time on this file system"),
        TreeError::Full => (507, "does not fit on the disk; nothing of it was stored"),
        TreeError::Quota => (507, "exceeds the server's disk quota; nothing of it was stored"),
        TreeError::TooLarge => (413, "is larger than the file system or a limit of the server allows"),
        TreeError::Io(_) => (500, "could not be read or written"),
    };
    (status, what.into())
}

impl LoginProblem {
    fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Login(Denied::Wrong) => Self::Wrong,
            Refusal::Login(_) => Self::TooMany,
            _ => Self::Required,
        }
    }
}

/// The media types of content that a method accepts (RFC 9110 section 15.5.16); MKCOL accepts none.
fn accepted(method: Method) -> &'static str {
    match method {
        Method::Put => "*/*",
        Method::Post => "multipart/form-data",
        Method::Patch => PARTIAL_UPLOAD,
        _ => "",
    }
}

impl HttpWorker {
    /// The response to a refused request. `user` is `None` before the login.
    pub(super) fn refused(
        &self,
        head: &RequestHead,
        user: Option<&User>,
        refusal: &Refusal,
    ) -> ServerResponse {
        refusal.report(head);
        let is_anonymous = user.is_none_or(User::is_anonymous);
        let (status, what) = match refusal {
            Refusal::Forbidden if is_anonymous && self.users.have_passwords() => {
                (401, "needs a name and a password".into())
            }
            refusal => refusal.status(),
        };
        let is_login = matches!(status, 401 | 429) && self.users.have_passwords() && prefers_pages(head);
        let response = match is_login {
            true => ServerResponse::login(head, status, LoginProblem::of(refusal), &what),
            false => ServerResponse::message(head, status, &what),
        };
        let response = match self.users.have_passwords() {
            true => response.with(|head| head.field("Vary", "Cookie")),
            false => response,
        };
        match (status, refusal) {
            // RFC 9110 section 11.6.1. A browser shows its own dialog for Basic, and the page for any other scheme.
            (401, _) if is_login || cookie::get(head, COOKIE).is_some() => {
                response.with(|head| head.field("WWW-Authenticate", FORM_CHALLENGE))
            }
            (401, _) => response.with(|head| head.field("WWW-Authenticate", credentials::challenge(REALM))),
            (405, _) => self.with_allowed(response, user),
            (429, Refusal::Login(Denied::TooMany { retry_after })) => {
                response.with(|head| head.number("Retry-After", retry_after.as_secs() + 1))
            }
            (503, _) => response.with(|head| head.number("Retry-After", 1)),
            (_, Refusal::Offset(offset)) => {
                response.with(|head| head.number("Upload-Offset", *offset).field("Upload-Complete", "?0"))
            }
            (415, refusal) => response.with(|response| {
                let response = response.field("Accept", accepted(head.method()));
                match refusal {
                    // RFC 9110 section 12.5.3: the codings that are accepted.
                    Refusal::Rule(Violation { rule: Rule::ContentEncoded, .. }) => {
                        response.field("Accept-Encoding", "identity")
                    }
                    _ => response,
                }
            }),
            _ => response,
        }
    }

    /// Adds the methods that this user may use (RFC 9110 section 10.2.1) and the type for PATCH (RFC 5789 section
    /// 3.1).
    pub(super) fn with_allowed(&self, response: ServerResponse, user: Option<&User>) -> ServerResponse {
        let may = |action| self.tree.is_writable() && user.is_some_and(|user| user.may_somewhere(action));
        let uploads = if may(Action::Upload) { ", PUT, PATCH, POST, MKCOL, COPY" } else { "" };
        let deletes = if may(Action::Delete) { ", DELETE, MOVE" } else { "" };
        response.with(|head| {
            let head = head.field("Allow", format!("GET, HEAD, OPTIONS{uploads}{deletes}"));
            match uploads {
                "" => head,
                _ => head.field("Accept-Patch", PARTIAL_UPLOAD).field("Upload-Limit", self.upload_limit()),
            }
        })
    }

    /// The value of Upload-Limit.
    pub(super) fn upload_limit(&self) -> String {
        resumable::limit(self.tree.upload_limits().max_size)
    }
}
