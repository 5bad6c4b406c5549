//! Why a request is refused, and the response that reports it
//! ([RFC 9110 section 15.5](https://www.rfc-editor.org/rfc/rfc9110#section-15.5)).

use std::borrow::Cow;

use common::escape::Escaped;
use common::files::{TreeError, TreePath};
use common::log;
use common::net::conn::Broken;
use common::users::{Action, Denied, User};
use syntax::rule::{Language, Text};

use super::page::forms::LoginProblem;
use super::reason;
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
    Because(u16, Text),
    /// The upload can be resumed at this offset and at no other.
    Offset(u64),
    /// An upload that can be resumed is refused. `is_complete`: its complete content is refused, so resuming
    /// cannot help.
    Upload {
        is_complete: bool,
        cause: Box<Refusal>,
    },
    /// A directory was removed, copied or changed up to `path`.
    Partly {
        verb: Text,
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
    pub(super) const HOST: Self = Self::because(
        403,
        "was requested under a host name that is not allowed here; --host NAME allows it",
        "diminta dengan nama host yang tidak diizinkan di sini; --host NAMA mengizinkannya",
    );
    /// The directory of a new file does not exist (409: RFC 4918 sections 9.3.1 and 9.7.1).
    pub(super) const NO_PARENT: Self = Self::because(
        409,
        "has no directory to hold it; make that first",
        "tidak memiliki direktori induk; buatlah direktori itu dahulu",
    );
    pub(super) const NAME_OF_DIRECTORY: Self = Self::because(
        409,
        "names a directory; a file's name has no slash at its end",
        "adalah nama direktori; nama berkas tidak berakhir dengan garis miring",
    );
    /// `Overwrite: F` (RFC 4918 section 10.6).
    pub(super) const REPLACES: Self =
        Self::because(412, "would replace another file", "akan menggantikan berkas lain");
    /// Uploads do not replace files (`--on-conflict`).
    pub(super) const EXISTS: Self =
        Self::because(409, "exists already; choose another name", "sudah ada; pilih nama lain");

    pub(super) const fn because(status: u16, en: &'static str, id: &'static str) -> Self {
        Self::Because(status, Text { en, id })
    }

    /// As the response to an upload that can be resumed, unless it is one already or the connection ends.
    pub(super) fn of_upload(self, is_complete: bool) -> Self {
        match self {
            Self::Upload { .. } | Self::Broken(_) => self,
            cause => Self::Upload { is_complete, cause: Box::new(cause) },
        }
    }

    /// The status, and the reason, whose subject is the target.
    pub(super) fn describe(&self, language: Language) -> (u16, Cow<'static, str>) {
        let (status, what) = match self {
            Self::Forbidden => (403, text("is not for this user", "tidak tersedia untuk pengguna ini")),
            Self::Login(denied) => return of_login(*denied, language),
            Self::Rule(violation) => return (violation.rule.status(), of_rule(violation, language).into()),
            Self::Because(status, what) => (*status, *what),
            Self::Offset(_) => {
                let what = text("can be resumed at another offset", "dapat dilanjutkan dari posisi lain");
                (409, what)
            }
            Self::Broken(_) => {
                let what = text(
                    "was not looked at: the content broke off",
                    "tidak diproses: isinya terputus sebelum selesai",
                );
                (400, what)
            }
            Self::Upload { cause, .. } => return cause.describe(language),
            Self::Partly { verb, done, path, cause } => {
                let ((status, why), path) = (cause.describe(language), Escaped(path.as_bytes()));
                let (verb, entries) =
                    (verb.in_language(language), if *done == 1 { "entry" } else { "entries" });
                let what = match (done, language) {
                    (0, Language::English) => format!("was not {verb}: '/{path}' {why}"),
                    (_, Language::English) => {
                        format!("was {verb} only in part ({done} {entries}): '/{path}' {why}")
                    }
                    (0, Language::Indonesian) => format!("tidak {verb}: '/{path}' {why}"),
                    (_, Language::Indonesian) => {
                        format!("hanya {verb} sebagian ({done} entri): '/{path}' {why}")
                    }
                };
                return (status, what.into());
            }
            Self::Tree(error) => (reason::status(error), reason::text(error)),
        };
        (status, what.in_language(language).into())
    }

    /// Logs an error of the system.
    pub(super) fn report(&self, head: &RequestHead) {
        match self {
            Self::Tree(TreeError::Io(error)) => {
                let target = Escaped(head.target().raw());
                log::problem(format_args!("cannot serve '{target}': {error}"));
            }
            Self::Upload { cause, .. } | Self::Partly { cause, .. } => cause.report(head),
            _ => {}
        }
    }
}

const fn text(en: &'static str, id: &'static str) -> Text {
    Text { en, id }
}

fn of_login(denied: Denied, language: Language) -> (u16, Cow<'static, str>) {
    let what = match (denied, language) {
        (Denied::Wrong, Language::English) => return (401, "needs another name or password".into()),
        (Denied::Wrong, Language::Indonesian) => return (401, "memerlukan nama atau kata sandi lain".into()),
        (_, Language::English) => format!("was not looked at: {denied}"),
        (Denied::TooMany { retry_after }, Language::Indonesian) => {
            let seconds = retry_after.as_secs() + 1;
            format!(
                "tidak diproses: terlalu banyak percobaan masuk yang gagal; coba lagi dalam {seconds} detik"
            )
        }
        (Denied::Busy, Language::Indonesian) => {
            "tidak diproses: terlalu banyak percobaan masuk saat ini; coba lagi".into()
        }
    };
    (if denied == Denied::Busy { 503 } else { 429 }, what.into())
}

fn of_rule(violation: &Violation, language: Language) -> String {
    let rule = violation.rule.description();
    match language {
        Language::English => format!("was not looked at: {}", rule::report(violation)),
        Language::Indonesian => {
            format!("tidak diproses: {}: {} (pada bait {})", rule.id, rule.fault.id, violation.at)
        }
    }
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
        if let Refusal::Upload { is_complete, cause } = refusal {
            let value = if *is_complete { "?1" } else { "?0" };
            return self.refused(head, user, cause).with(|head| head.field("Upload-Complete", value));
        }
        refusal.report(head);
        let is_anonymous = user.is_none_or(User::is_anonymous);
        let describe = |language| match refusal {
            Refusal::Forbidden if is_anonymous && self.users.have_passwords() => {
                let what = text("needs a name and a password", "memerlukan nama dan kata sandi");
                (401, what.in_language(language).into())
            }
            refusal => refusal.describe(language),
        };
        let (status, logged) = describe(Language::English);
        let is_login = matches!(status, 401 | 429) && self.users.have_passwords() && prefers_pages(head);
        let response = match is_login {
            true => ServerResponse::login(head, status, LoginProblem::of(refusal), &logged),
            false => ServerResponse::message(head, status, |language| describe(language).1),
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
            (_, Refusal::Offset(offset)) => response.with(|head| head.number("Upload-Offset", *offset)),
            (413, Refusal::Tree(_)) => response.with(|head| head.field("Upload-Limit", self.upload_limit())),
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
