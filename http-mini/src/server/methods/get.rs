//! What GET and HEAD ask for becomes an [`Response`]: the target names a file, a directory with an index
//! file, a directory to be listed, or nothing.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hasher, RandomState};
use std::ops::Range;
use std::rc::Rc;
use std::time::SystemTime;

use common::files::{Content, Error, TreePath};
use common::net::clock;
use common::users::{Action, INDEX, Located};

use crate::server::HttpWorker;
use crate::server::guard::Request;
use crate::server::listing::page::{POLICY, UPLOAD_POLICY};
use crate::server::listing::{self, Form, Listing, Order, Takes};
use crate::server::refusal::Refusal;
use crate::server::representation::Representation;
use crate::server::response::{Body, Parts, Response, directory_link};
use crate::wire::conditional::{self, EntityTag, Precondition, Validators};
use crate::wire::head::{Head, Method};
use crate::wire::range::Multipart;
use crate::wire::response::Prepared;
use crate::wire::select::{Selection, select};
use crate::wire::{accept, query};

impl HttpWorker {
    /// As [`get`](Self::get), for most of what is asked for: a file that is at hand. Nothing is awaited, which
    /// was measured to save a twentieth of a pipelined request.
    pub(in crate::server) fn get_at_hand(&self, request: &Request<'_>) -> Option<Response> {
        let at = request.user.locate_now(request.path().ok()?)?;
        let content = self.tree.at_hand(at.place())?;
        let is_plain = request.may(Action::Get, &at) && !request.names_directory();
        is_plain.then(|| self.file(request.head, at.place(), content))
    }

    /// GET and HEAD (RFC 9110 sections 9.3.1 and 9.3.2).
    pub(in crate::server) async fn get(&self, request: &Request<'_>) -> Result<Response, Refusal> {
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

    async fn directory(
        &self,
        request: Request<'_>,
        path: TreePath,
        at: Located,
    ) -> Result<Response, Refusal> {
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
    ) -> Result<Response, Refusal> {
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
    ) -> Response {
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
                Response::empty(304).with(|head| head.prepared(&fields).field("Vary", "Accept"))
            }
            Precondition::Failed => {
                Response::message(head, 412, "has changed").with(|head| head.prepared(&fields))
            }
            Precondition::NotModified | Precondition::Proceed => {
                Response::rendered(200, form, policy, body())
                    .with(|head| head.prepared(&fields).field("Accept-Ranges", "none"))
            }
        }
    }

    /// A file: which of its bytes, if any, is for the preconditions and ranges of the request to say.
    fn file(&self, head: &Head, place: &TreePath, content: Rc<Content>) -> Response {
        let representation = content.note(|| {
            let name = place.name().unwrap_or_default();
            Representation::new(name, &content, self.cache_control(), self.tree.is_writable())
        });
        represent(head, representation, content)
    }

    /// To the same directory with its slash. A browser would keep that for ever, also where the directory
    /// has become a file.
    fn redirect(&self, head: &Head, path: &TreePath) -> Response {
        let mut location = directory_link(path);
        if let Some(query) = head.target().query() {
            location.push(b'?');
            location.extend_from_slice(query);
        }
        Response::message(head, 308, "is a directory; its name ends with a slash")
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
fn represent(head: &Head, representation: Rc<Representation>, content: Rc<Content>) -> Response {
    let size = content.meta().size;
    let response = match select(head, &representation.current(), size, clock::now()) {
        Selection::Full => Response::new(200, Body::File(content, 0..size)),
        Selection::NotModified => Response::empty(304),
        Selection::Failed => Response::message(head, 412, "has changed"),
        Selection::Unsatisfiable => Response::message(head, 416, "is shorter than the range")
            .with(|head| head.unsatisfied_range(size)),
        Selection::Parts(ranges) => match ranges.as_slice() {
            [range] => Response::new(206, Body::File(content, range.clone())),
            _ => return several(&representation, content, ranges),
        },
    };
    response.of_file(representation)
}

/// Several parts: their own Content-Type stands in each of them.
fn several(representation: &Representation, content: Rc<Content>, ranges: Vec<Range<u64>>) -> Response {
    let size = content.meta().size;
    let multipart = Multipart::new(unguessable(), &representation.media_type, size);
    let media_type = multipart.content_type();
    Response::new(206, Body::Parts(Box::new(Parts { content, multipart, ranges }))).with(|head| {
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
