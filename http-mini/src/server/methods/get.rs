//! What GET and HEAD ask for becomes an [`Answer`]: the target names a file, a directory with an index
//! file, a directory to be listed, or nothing.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hasher, RandomState};
use std::ops::Range;
use std::rc::Rc;
use std::time::SystemTime;

use common::files::{Content, Error, TreePath};
use common::net::clock;
use common::users::{Action, INDEX, Located};

use crate::server::guard::Request;
use crate::server::listing::page::{POLICY, UPLOAD_POLICY};
use crate::server::listing::{self, Form, Listing, Order, Takes};
use crate::server::refusal::{Refusal, message};
use crate::server::response::{Answer, Body, Parts};
use crate::server::{HttpWorker, media_type};
use crate::wire::conditional::{self, EntityTag, Precondition, Validators};
use crate::wire::head::{Head, Method};
use crate::wire::range::Multipart;
use crate::wire::response::{Prepared, ResponseHead, Status};
use crate::wire::select::{Selection, select};
use crate::wire::{accept, query, target};

/// What is sent with a file: kept with its [`Content`].
#[derive(Debug)]
pub(in crate::server) struct Representation {
    media_type: String,
    etag: String,
    modified: SystemTime,
    /// With its content (200, 206).
    whole: Prepared,
    /// Without it (304, 412, 416).
    validators: Prepared,
}

impl Representation {
    /// `is_from_anybody`: peers may have put the file there. If it can run script, that must not run as if
    /// the page were the server's own.
    fn new(name: &[u8], content: &Content, cache_control: &str, is_from_anybody: bool) -> Self {
        let (media_type, meta) = (media_type::of(name).into_owned(), content.meta());
        let (etag, modified) = (meta.version.to_string(), meta.modified);
        // A time in the future would make the next change look older than this content.
        let now = clock::now();
        let validators = Prepared::new(|head| {
            let head = head.field("Cache-Control", cache_control);
            // Where it stands for its directory, Accept chooses between it and the listing.
            let head = if name == INDEX.as_bytes() { head.field("Vary", "Accept") } else { head };
            head.last_modified(modified, now).etag(EntityTag::strong(etag.as_bytes()))
        });
        let whole = Prepared::new(|head| {
            let head = head
                .field("Content-Type", &media_type)
                .field("X-Content-Type-Options", "nosniff")
                .field("Accept-Ranges", "bytes")
                .prepared(&validators);
            match is_from_anybody && media_type::is_active(&media_type) {
                true => head.field("Content-Security-Policy", "sandbox"),
                false => head,
            }
        });
        Self { media_type, etag, modified, whole, validators }
    }

    /// The fields that go with a status.
    pub(in crate::server) fn fields(&self, status: Status) -> &Prepared {
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
    /// As [`get`](Self::get), for most of what is asked for: a file that is at hand. Nothing is awaited, which
    /// was measured to save a twentieth of a pipelined request.
    pub(in crate::server) fn get_at_hand(&self, request: &Request<'_>) -> Option<Answer> {
        let at = request.user.locate_now(request.path().ok()?)?;
        let content = self.tree.at_hand(at.place())?;
        let is_plain = request.may(Action::Get, &at) && !request.names_directory();
        is_plain.then(|| self.file(request.head, at.place(), content))
    }

    /// GET and HEAD (RFC 9110 sections 9.3.1 and 9.3.2).
    pub(in crate::server) async fn get(&self, request: &Request<'_>) -> Result<Answer, Refusal> {
        let path = request.path()?;
        let at = request.locate(&self.tree, path.clone()).await?;
        let [get, list, upload] =
            [Action::Get, Action::List, Action::Upload].map(|action| request.may(action, &at));
        if !(get || list || upload) {
            return Err(Refusal::Forbidden);
        }
        let as_directory = request.names_directory();
        if request.user.is_in_drop_box(&at) {
            return match as_directory {
                true => Box::pin(self.directory(*request, path, at)).await,
                false => Err(Refusal::Forbidden),
            };
        }
        match self.tree.open(at.place()).await {
            // Of `/a/..` the links of the page would be relative to `/a/`.
            Err(Error::IsDirectory) if request.head.target().decoded_path().ends_with(b"/") => {
                Box::pin(self.directory(*request, path, at)).await
            }
            Err(Error::IsDirectory) => Ok(self.redirect(request.head, &path)),
            // A drop box does not tell what is in it.
            _ if !(get || list) => Err(Refusal::Forbidden),
            Ok(_) if as_directory => Err(Error::NotDirectory.into()),
            Ok(_) if !get => Err(Refusal::Forbidden),
            Ok(content) => Ok(self.file(request.head, at.place(), content)),
            Err(Error::NotFound) if upload && !as_directory && request.head.method() == Method::Head => {
                Box::pin(self.kept(*request, &at)).await
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn directory(&self, request: Request<'_>, path: TreePath, at: Located) -> Result<Answer, Refusal> {
        let (form, may_list) = (asked(request.head), request.may(Action::List, &at));
        let index = request.locate(&self.tree, path.child(INDEX.as_bytes())).await?;
        // Who asks for JSON wants the names, not the page that somebody wrote for people.
        if !(form == Form::Json && may_list) && request.may(Action::Get, &index) {
            match self.tree.open(index.place()).await {
                Ok(content) => return Ok(self.file(request.head, index.place(), content)),
                Err(Error::NotFound | Error::IsDirectory) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if may_list {
            return self.list(request, path, at, form).await;
        }
        request.require(Action::Upload, &at)?;
        let page = listing::page::drop_box(&path);
        let tag = BuildHasherDefault::<DefaultHasher>::default().hash_one(&page);
        // When something was left here is not told.
        let version = (tag, None);
        Ok(self.view(request.head, version, Form::Html, &UPLOAD_POLICY, || Body::Bytes(page)))
    }

    async fn list(
        &self,
        request: Request<'_>,
        path: TreePath,
        at: Located,
        form: Form,
    ) -> Result<Answer, Refusal> {
        let head = request.head;
        let query = head.target().query().unwrap_or_default();
        let order = query::get(query, "sort").map(|name| Order::named(&name)).unwrap_or_default();
        let directory = self.tree.metadata(at.place()).await?;
        let entries = self.tree.list(at.place()).await?.collect().await?;
        let times = entries.iter().map(|entry| entry.meta.modified);
        let modified = times.fold(directory.modified, SystemTime::max);
        let may = |action| self.tree.is_changeable(at.place()) && request.may(action, &at);
        let takes = match (may(Action::Upload), may(Action::Overwrite)) {
            (false, _) => Takes::Nothing,
            (true, false) => Takes::New,
            (true, true) => Takes::Any,
        };
        let policy = if takes == Takes::Nothing { POLICY } else { &UPLOAD_POLICY };
        let listing = Listing::new(path, entries, order, takes);

        let version = (listing.tag(form), Some(modified));
        Ok(self.view(head, version, form, policy, || Body::Pieces(listing.render(form))))
    }

    /// What the server makes of a directory, unless the client has it already. `version`: what stands for
    /// it, and when it was changed last.
    fn view(
        &self,
        head: &Head,
        (tag, modified): (u64, Option<SystemTime>),
        form: Form,
        policy: &str,
        body: impl FnOnce() -> Body,
    ) -> Answer {
        let (tag, now) = (format!("{tag:x}"), clock::now());
        // Weak: what is the same listing need not be the same bytes (RFC 9110 section 8.8.3).
        let etag = EntityTag::strong(tag.as_bytes()).map(EntityTag::weakened);
        let fields = Prepared::new(|head| {
            let head = head.field("Cache-Control", self.cache_control()).etag(etag);
            match modified {
                Some(modified) => head.last_modified(modified, now),
                None => head,
            }
        });
        match conditional::evaluate(head, Some(&Validators { etag, modified }), now) {
            // Not by its time alone: a file that is overwritten by an older one makes no time newer.
            Precondition::NotModified if head.field("if-none-match").is_some() => {
                Answer::new(304, Body::None).with(|head| head.prepared(&fields).field("Vary", "Accept"))
            }
            Precondition::Failed => message(head, 412, "has changed").with(|head| head.prepared(&fields)),
            Precondition::NotModified | Precondition::Proceed => Answer::made(200, form, policy, body())
                .with(|head| head.prepared(&fields).field("Accept-Ranges", "none")),
        }
    }

    /// A file: which of its bytes, if any, is for the preconditions and ranges of the request to say.
    fn file(&self, head: &Head, place: &TreePath, content: Rc<Content>) -> Answer {
        let representation = content.note(|| {
            let name = place.name().unwrap_or_default();
            Representation::new(name, &content, self.cache_control(), self.tree.is_writable())
        });
        represent(head, representation, content)
    }

    /// To the same directory with its slash. A browser would keep that for ever, also where the directory
    /// has become a file.
    fn redirect(&self, head: &Head, path: &TreePath) -> Answer {
        let mut location = directory_link(path);
        if let Some(query) = head.target().query() {
            location.push(b'?');
            location.extend_from_slice(query);
        }
        message(head, 308, "is a directory; its name ends with a slash")
            .with(|head| head.field("Location", location).field("Cache-Control", self.cache_control()))
    }

    /// What may be shown to one user need not be for all that share a cache.
    fn cache_control(&self) -> &'static str {
        if self.users.have_passwords() { "private, no-cache" } else { "no-cache" }
    }
}

/// The form of a listing that the query asks for, else Accept; a page where neither says.
fn asked(head: &Head) -> Form {
    let query = head.target().query().unwrap_or_default();
    if let Some(form) = query::get(query, "format").and_then(|name| Form::named(&name)) {
        return form;
    }
    match accept::media_type(head, &["text/html", "application/json", "text/plain"]) {
        Some("application/json") => Form::Json,
        Some("text/plain") => Form::Plain,
        _ => Form::Html,
    }
}

/// The answer that [`select`] decides for.
fn represent(head: &Head, representation: Rc<Representation>, content: Rc<Content>) -> Answer {
    let size = content.meta().size;
    let mut answer = match select(head, &representation.current(), size, clock::now()) {
        Selection::Full => Answer::new(200, Body::File(content, 0..size)),
        Selection::NotModified => Answer::new(304, Body::None),
        Selection::Failed => message(head, 412, "has changed"),
        Selection::Unsatisfiable => {
            message(head, 416, "is shorter than the range").with(|head| head.unsatisfied_range(size))
        }
        Selection::Parts(ranges) => match ranges.as_slice() {
            [range] => Answer::new(206, Body::File(content, range.clone())),
            _ => return several(&representation, content, ranges),
        },
    };
    answer.representation = Some(representation);
    answer
}

/// Several parts: their own Content-Type stands in each of them.
fn several(representation: &Representation, content: Rc<Content>, ranges: Vec<Range<u64>>) -> Answer {
    let size = content.meta().size;
    let multipart = Multipart::new(unguessable(), &representation.media_type, size);
    let media_type = multipart.content_type();
    Answer::new(206, Body::Parts(Box::new(Parts { content, multipart, ranges }))).with(|head| {
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

/// The path of a directory, encoded. It begins with exactly one slash, so it can never name another
/// host.
pub(in crate::server) fn directory_link(path: &TreePath) -> Vec<u8> {
    match path.is_root() {
        true => b"/".into(),
        false => format!("/{}/", target::encode_path(path.as_bytes())).into_bytes(),
    }
}

/// The path of a file, encoded.
pub(in crate::server) fn file_link(path: &TreePath) -> Vec<u8> {
    format!("/{}", target::encode_path(path.as_bytes())).into_bytes()
}

impl Answer {
    pub(in crate::server) fn new(status: u16, body: Body) -> Self {
        Self { status: Status(status), representation: None, fields: Prepared::default(), body }
    }

    /// With a content that the server makes itself, in the form that Accept asks for.
    pub(in crate::server) fn made(status: u16, form: Form, policy: &str, body: Body) -> Self {
        Self::new(status, body).with(|head| {
            head.field("Content-Type", form.media_type())
                .field("Vary", "Accept")
                .field("X-Content-Type-Options", "nosniff")
                .field("Content-Security-Policy", policy)
        })
    }

    /// Adds fields.
    pub(in crate::server) fn with(
        mut self,
        write: impl FnOnce(ResponseHead<'_>) -> ResponseHead<'_>,
    ) -> Self {
        let before = std::mem::take(&mut self.fields);
        self.fields = Prepared::new(|head| write(head.prepared(&before)));
        self
    }
}
