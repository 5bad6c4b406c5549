//! What a request asks for becomes an [`Answer`]: the target names a file, a directory with an index
//! file, a directory to be listed, or nothing.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::rc::Rc;
use std::time::SystemTime;

use common::files::{Content, Error, TreePath};
use common::{clock, log};

use super::answer::{Answer, Body};
use super::listing::{self, Form, Listing, Order};
use super::{HttpWorker, media_type};
use crate::wire::conditional::{self, EntityTag, Precondition, Validators};
use crate::wire::head::{Head, Method};
use crate::wire::range::Multipart;
use crate::wire::response::{Prepared, ResponseHead, Status};
use crate::wire::select::{Selection, select};
use crate::wire::{accept, query, target};

/// The file that stands for its directory.
const INDEX: &[u8] = b"index.html";
/// Methods that are carried out.
const ALLOWED: &str = "GET, HEAD, OPTIONS";
/// A listing needs its style, its own links and its form; nothing else runs or loads.
const LISTING_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

/// What is sent with a file: kept with its [`Content`].
#[derive(Debug)]
pub(super) struct Representation {
    media_type: String,
    etag: String,
    modified: SystemTime,
    /// With its content (200, 206).
    whole: Prepared,
    /// Without it (304, 412, 416).
    validators: Prepared,
}

impl Representation {
    fn new(name: &[u8], content: &Content) -> Self {
        let (media_type, meta) = (media_type::of(name).into_owned(), content.meta());
        let (etag, modified) = (meta.version.to_string(), meta.modified);
        // A time in the future would make the next change look older than this content.
        let now = clock::now();
        let validators = Prepared::new(|head| {
            head.field("Cache-Control", "no-cache")
                .last_modified(modified, now)
                .etag(EntityTag::strong(etag.as_bytes()))
        });
        let whole = Prepared::new(|head| {
            head.field("Content-Type", &media_type)
                .field("X-Content-Type-Options", "nosniff")
                .field("Accept-Ranges", "bytes")
                .prepared(&validators)
        });
        Self { media_type, etag, modified, whole, validators }
    }

    /// The fields that go with a status.
    pub(super) fn fields(&self, status: Status) -> &Prepared {
        match status.0 {
            200 | 206 => &self.whole,
            _ => &self.validators,
        }
    }

    fn current(&self) -> Validators<'_> {
        Validators { etag: EntityTag::strong(self.etag.as_bytes()), modified: Some(self.modified) }
    }
}

impl HttpWorker {
    /// The answer to a request.
    pub(super) async fn answer(&self, head: &Head) -> Answer {
        match head.method() {
            Method::Get | Method::Head => self.get(head).await.unwrap_or_else(|error| failure(head, &error)),
            Method::Options => allowed(Answer::new(204, Body::None)),
            Method::Other => message(head, 501, "this method is not known here"),
            _ => allowed(message(head, 405, "this method is not allowed here; the server is read-only")),
        }
    }

    /// GET and HEAD (RFC 9110 sections 9.3.1 and 9.3.2).
    async fn get(&self, head: &Head) -> Result<Answer, Error> {
        let asked = head.target().decoded_path();
        let path = TreePath::ROOT.join(&asked)?;
        let as_directory = asked.ends_with(b"/");
        match self.tree.open(&path).await {
            Ok(_) if as_directory => Err(Error::NotDirectory),
            Ok(content) => Ok(file(head, &path, content)),
            Err(Error::IsDirectory) if as_directory => Box::pin(self.directory(head, path)).await,
            Err(Error::IsDirectory) => Ok(redirect(head, &path)),
            Err(error) => Err(error),
        }
    }

    async fn directory(&self, head: &Head, path: TreePath) -> Result<Answer, Error> {
        let index = path.child(INDEX);
        match self.tree.open(&index).await {
            Ok(content) => Ok(file(head, &index, content)),
            Err(Error::NotFound | Error::IsDirectory) => self.list(head, path).await,
            Err(error) => Err(error),
        }
    }

    async fn list(&self, head: &Head, path: TreePath) -> Result<Answer, Error> {
        let query = head.target().query().unwrap_or_default();
        let form = query::get(query, "format").and_then(|name| Form::named(&name));
        let form = form.unwrap_or_else(|| preferred(head));
        let order = query::get(query, "sort").map(|name| Order::named(&name)).unwrap_or_default();
        let entries = self.tree.list(&path).await?.collect().await?;
        let listing = Listing::new(path, entries, order);

        let tag = format!("{:x}", listing.tag(form));
        // Weak: what is the same listing need not be the same bytes (RFC 9110 section 8.8.3).
        let etag = EntityTag::strong(tag.as_bytes()).map(EntityTag::weakened);
        let fields =
            Prepared::new(|head| head.field("Cache-Control", "no-cache").field("Vary", "Accept").etag(etag));
        let current = Validators { etag, modified: None };
        match conditional::evaluate(head, Some(&current), clock::now()) {
            Precondition::NotModified => Ok(Answer::new(304, Body::None).with(|head| head.prepared(&fields))),
            Precondition::Failed => Ok(message(head, 412, "has changed").with(|head| head.prepared(&fields))),
            Precondition::Proceed => Ok(Answer::new(200, Body::Pieces(listing.render(form))).with(|head| {
                head.prepared(&fields)
                    .field("Content-Type", form.media_type())
                    .field("X-Content-Type-Options", "nosniff")
                    .field("Content-Security-Policy", LISTING_POLICY)
            })),
        }
    }
}

/// The form of a listing that Accept asks for; a page where it does not say.
fn preferred(head: &Head) -> Form {
    match accept::media_type(head, &["text/html", "application/json", "text/plain"]) {
        Some("application/json") => Form::Json,
        Some("text/plain") => Form::Plain,
        _ => Form::Html,
    }
}

/// A file: which of its bytes, if any, is for the preconditions and ranges of the request to say.
fn file(head: &Head, path: &TreePath, content: Rc<Content>) -> Answer {
    let representation = content.note(|| Representation::new(path.name().unwrap_or_default(), &content));
    let size = content.meta().size;
    let mut answer = match select(head, &representation.current(), size, clock::now()) {
        Selection::Full => Answer::new(200, Body::File(content, 0..size)),
        Selection::NotModified => Answer::new(304, Body::None),
        Selection::Failed => message(head, 412, "has changed"),
        Selection::Unsatisfiable => {
            message(head, 416, "is shorter than the range").with(|head| head.unsatisfied_range(size))
        }
        Selection::Parts(parts) => match parts.as_slice() {
            [part] => {
                let body = Body::File(content, part.clone());
                Answer::new(206, body).with(|head| head.content_range(part, size))
            }
            _ => return several(&representation, content, parts),
        },
    };
    answer.representation = Some(representation);
    answer
}

/// Several parts: their own Content-Type stands in each of them.
fn several(
    representation: &Representation,
    content: Rc<Content>,
    parts: Vec<std::ops::Range<u64>>,
) -> Answer {
    let size = content.meta().size;
    let multipart = Multipart::new(unguessable(), &representation.media_type, size);
    let media_type = multipart.content_type();
    Answer::new(206, Body::Parts(content, multipart, parts)).with(|head| {
        head.field("Content-Type", media_type)
            .field("X-Content-Type-Options", "nosniff")
            .field("Accept-Ranges", "bytes")
            .prepared(&representation.validators)
    })
}

/// A boundary that the writer of a file cannot have put into it.
fn unguessable() -> u128 {
    // Each RandomState hashes with keys of its own, which come from the system's randomness.
    let half = || u128::from(RandomState::new().build_hasher().finish());
    half() << 64 | half()
}

/// To the same directory with its slash. The path begins with exactly one slash, so it can never
/// name another host.
fn redirect(head: &Head, path: &TreePath) -> Answer {
    let mut location = format!("/{}/", target::encode_path(path.as_bytes())).into_bytes();
    if path.is_root() {
        location.truncate(1);
    }
    if let Some(query) = head.target().query() {
        location.push(b'?');
        location.extend_from_slice(query);
    }
    message(head, 308, "is a directory; its name ends with a slash")
        .with(|head| head.field("Location", location))
}

/// What the tree could not do, as a status (RFC 9110 section 15.5).
fn failure(head: &Head, error: &Error) -> Answer {
    match error {
        Error::NotFound | Error::NotDirectory | Error::IsDirectory => message(head, 404, "was not found"),
        Error::Denied => message(head, 403, "may not be read by the server"),
        Error::Path(rule) => message(head, 400, &format!("is no path here: {rule}")),
        Error::TooMany => message(head, 500, "has too many entries to be listed"),
        Error::Busy(_) => {
            message(head, 503, "cannot be read now; try again").with(|head| head.number("Retry-After", 1))
        }
        Error::Hidden => message(head, 403, "has a name that is not served"),
        Error::Root | Error::Exists | Error::NotEmpty | Error::IntoItself | Error::OtherDevice => {
            message(head, 409, &error.to_string())
        }
        Error::Changed => message(head, 412, "has changed"),
        Error::Beyond => message(head, 416, "is shorter than the range"),
        Error::Checksum => message(head, 400, "has a content that does not match its digest"),
        Error::InUse => message(head, 409, "is being written by another upload"),
        Error::Full | Error::Quota => message(head, 507, "does not fit on the disk"),
        Error::TooLarge => message(head, 413, "is larger than the file system can hold"),
        Error::Io(error) => {
            log::problem(format_args!("cannot read what {} names: {error}", Shown(head)));
            message(head, 500, "could not be read")
        }
    }
}

/// A request's target in a line for the operator.
struct Shown<'a>(&'a Head);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "'{}'", common::escape::Escaped(self.0.target().raw()))
    }
}

fn allowed(answer: Answer) -> Answer {
    answer.with(|head| head.field("Allow", ALLOWED))
}

/// An answer that says in a line what happened to the target, as a page for those who ask for one.
fn message(head: &Head, status: u16, what: &str) -> Answer {
    let path = head.target().decoded_path();
    let is_page = accept::media_type(head, &["text/plain", "text/html"]) == Some("text/html");
    let form = if is_page { Form::Html } else { Form::Plain };
    let reason = Status(status).reason();
    let body = match form {
        Form::Html => listing::page::message(&format!("{status} {reason}"), what, &path),
        _ => format!("{status} {reason}: {} {what}\n", common::escape::Escaped(&path)).into_bytes(),
    };
    Answer::new(status, Body::Bytes(body)).with(|head| {
        head.field("Content-Type", form.media_type())
            .field("X-Content-Type-Options", "nosniff")
            .field("Content-Security-Policy", LISTING_POLICY)
    })
}

impl Answer {
    pub(super) fn new(status: u16, body: Body) -> Self {
        Self { status: Status(status), representation: None, fields: Prepared::default(), body }
    }

    /// Adds fields.
    pub(super) fn with(mut self, write: impl FnOnce(ResponseHead<'_>) -> ResponseHead<'_>) -> Self {
        let before = std::mem::take(&mut self.fields);
        self.fields = Prepared::new(|head| write(head.prepared(&before)));
        self
    }
}
