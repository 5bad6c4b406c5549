//! GET and HEAD ([RFC 9110 sections 9.3.1 and 9.3.2](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.1)): of a
//! file, of a directory with an index file, or of a directory that is listed.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hasher, RandomState};
use std::ops::Range;
use std::rc::Rc;
use std::time::SystemTime;

use common::files::{Content, Error, LastLink, TreePath};
use common::net::clock;
use common::users::{Action, INDEX, Located};

use super::patch;
use crate::server::guard::{Request, all, any, permit};
use crate::server::listing::page::{POLICY, UPLOAD_POLICY};
use crate::server::listing::{self, Listing, ListingForm, Order, Uploads};
use crate::server::refusal::{Outcome, Refusal};
use crate::server::representation::Representation;
use crate::server::response::{Body, Parts, Response};
use crate::wire::conditional::{self, EntityTag, Precondition, Validators};
use crate::wire::head::{Head, Method};
use crate::wire::range::Multipart;
use crate::wire::select::{Selection, select};
use crate::wire::{accept, query};

/// [`get`] of a cached file, the most frequent request. It awaits nothing, which saves 5 % of the time of a
/// pipelined request. `None` for anything else.
pub(in crate::server) fn get_cached(request: Request<'_>) -> Option<Response> {
    if !matches!(request.head.method(), Method::Get | Method::Head) {
        return None;
    }
    let target = request.locate_now(request.path().ok()?, Action::Get)?;
    let content = request.worker.tree.cached(target.place())?;
    (!request.names_directory()).then(|| file(request, &target, content))
}

/// GET and HEAD.
pub(super) async fn get(request: Request<'_>) -> Outcome {
    let path = request.path()?;
    let actions = [Action::Get, Action::List, Action::Upload];
    let target = request.locate(path.clone(), LastLink::Followed, any(&actions)).await?;
    let [get, list, upload] = actions.map(|action| request.user.may(action, &target));
    let as_directory = request.names_directory();
    if request.user.is_in_drop_box(&target) {
        return match as_directory {
            true => Box::pin(directory(request, path, target)).await,
            false => Err(Refusal::Forbidden),
        };
    }
    match request.worker.tree.open(target.place()).await {
        // The links of a page for `/a/..` would be relative to `/a/`.
        Err(Error::IsDirectory) if request.head.target().decoded_path().ends_with(b"/") => {
            Box::pin(directory(request, path, target)).await
        }
        Err(Error::IsDirectory) => Ok(redirect(request, &path)),
        // A user who may only upload must not learn what exists.
        _ if !(get || list) => Err(Refusal::Forbidden),
        Ok(_) if as_directory => Err(Error::NotDirectory.into()),
        Ok(_) if !get => Err(Refusal::Forbidden),
        Ok(content) => Ok(file(request, &target, content)),
        Err(Error::NotFound) if upload && !as_directory && request.head.method() == Method::Head => {
            Box::pin(patch::offset(request, &target)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The index file of a directory, its listing, or the form of a drop box.
async fn directory(request: Request<'_>, path: TreePath, target: Located) -> Outcome {
    let (form, may_list) = (asked(request.head), request.user.may(Action::List, &target));
    let index = request.locate(path.child(INDEX.as_bytes()), LastLink::Followed, all(&[Action::Get])).await;
    match index {
        // A client that asks for JSON wants the names, not the index file.
        Ok(_) if form == ListingForm::Json && may_list => {}
        Ok(index) => match request.worker.tree.open(index.place()).await {
            Ok(content) => return Ok(file(request, &index, content)),
            Err(Error::NotFound | Error::IsDirectory) => {}
            Err(error) => return Err(error.into()),
        },
        Err(Refusal::Forbidden) => {}
        Err(refusal) => return Err(refusal),
    }
    if may_list {
        return list(request, path, &target, form).await;
    }
    permit(request.user.may(Action::Upload, &target))?;
    let form = listing::page::drop_box(&path);
    let tag = BuildHasherDefault::<DefaultHasher>::default().hash_one(&form);
    // Without a time, which would reveal when something was uploaded.
    Ok(page(request, (tag, None), ListingForm::Html, &UPLOAD_POLICY, || Body::Bytes(form)))
}

async fn list(request: Request<'_>, path: TreePath, target: &Located, form: ListingForm) -> Outcome {
    let (tree, place) = (&request.worker.tree, target.place());
    let query = request.head.target().query().unwrap_or_default();
    let order = query::get(query, "sort").map(|name| Order::named(&name)).unwrap_or_default();
    let directory = tree.metadata(place).await?;
    let entries = tree.list(place).await?.collect().await?;
    let modified = entries.iter().map(|entry| entry.meta.modified).fold(directory.modified, SystemTime::max);
    let may = |action| tree.is_changeable(place) && request.user.may(action, target);
    let uploads = match (may(Action::Upload), may(Action::Overwrite)) {
        (false, _) => Uploads::None,
        (true, false) => Uploads::New,
        (true, true) => Uploads::All,
    };
    let policy = if uploads == Uploads::None { POLICY } else { &UPLOAD_POLICY };
    let listing = Listing::new(path, entries, order, uploads);
    let version = (listing.tag(form), Some(modified));
    Ok(page(request, version, form, policy, || Body::Pieces(listing.render(form))))
}

/// A page about a directory, unless the client has cached it. The version is a tag that changes with the page,
/// and the modification time.
fn page(
    request: Request<'_>,
    (tag, modified): (u64, Option<SystemTime>),
    form: ListingForm,
    policy: &str,
    body: impl FnOnce() -> Body,
) -> Response {
    let (head, tag, now) = (request.head, format!("{tag:x}"), clock::now());
    // Weak: equal listings need not be equal bytes (RFC 9110 section 8.8.3).
    let etag = EntityTag::strong(tag.as_bytes()).map(EntityTag::weakened);
    let response = match conditional::evaluate(head, Some(&Validators { etag, modified }), now) {
        // The time is not sufficient: replacing a file with an older one does not advance it.
        Precondition::NotModified if head.field("if-none-match").is_some() => {
            Response::empty(304).with(|head| head.field("Vary", "Accept"))
        }
        Precondition::Failed => Response::message(head, 412, "has changed"),
        Precondition::NotModified | Precondition::Proceed => {
            Response::rendered(200, form, policy, body()).with(|head| head.field("Accept-Ranges", "none"))
        }
    };
    response.with(|head| {
        let head = head.field("Cache-Control", cache_control(request)).etag(etag);
        match modified {
            Some(modified) => head.last_modified(modified, now),
            None => head,
        }
    })
}

/// A file, or the parts of it that preconditions and ranges select.
fn file(request: Request<'_>, target: &Located, content: Rc<Content<Representation>>) -> Response {
    let representation = content.note(|| {
        let name = target.place().name().unwrap_or_default();
        Representation::new(name, &content, cache_control(request), request.worker.tree.is_writable())
    });
    let (head, size) = (request.head, content.meta().size);
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

/// Redirects to the directory's name with its slash, by a status that every client follows: Python's urllib before
/// 3.11 and Java's HttpURLConnection do not know 308. Not cached: a file may replace the directory.
fn redirect(request: Request<'_>, path: &TreePath) -> Response {
    let mut location = request.location_of_directory(path);
    if let Some(query) = request.head.target().query() {
        location.push(b'?');
        location.extend_from_slice(query);
    }
    Response::message(request.head, 301, "is a directory; its name ends with a slash")
        .with(|head| head.field("Location", location).field("Cache-Control", cache_control(request)))
}

/// A shared cache must not serve a response for one user to others.
fn cache_control(request: Request<'_>) -> &'static str {
    if request.worker.users.have_passwords() { "private, no-cache" } else { "no-cache" }
}

/// The form of a listing: from the query, else from Accept, else a page.
fn asked(head: &Head) -> ListingForm {
    let query = head.target().query().unwrap_or_default();
    if let Some(form) = query::get(query, "format").and_then(|name| ListingForm::named(&name)) {
        return form;
    }
    match accept::media_type(head, &["text/html", "application/json", "text/plain"]) {
        Some("application/json") => ListingForm::Json,
        Some("text/plain") => ListingForm::Plain,
        _ => ListingForm::Html,
    }
}

/// Several parts, each of which contains the file's Content-Type.
fn several(
    representation: &Representation,
    content: Rc<Content<Representation>>,
    ranges: Vec<Range<u64>>,
) -> Response {
    let size = content.meta().size;
    let multipart = Multipart::new(unguessable(), &representation.media_type, size);
    let media_type = multipart.content_type();
    Response::new(206, Body::Parts(Box::new(Parts { content, multipart, ranges }))).with(|head| {
        head.field("Content-Type", media_type)
            .field("Accept-Ranges", "bytes")
            .prepared(&representation.validators)
    })
}

/// A boundary that the author of a file cannot guess.
fn unguessable() -> u128 {
    // Each RandomState has its own random keys.
    let half = || u128::from(RandomState::new().build_hasher().finish());
    half() << 64 | half()
}
