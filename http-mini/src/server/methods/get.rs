//! GET and HEAD ([RFC 9110 sections 9.3.1 and 9.3.2](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.1)): of a
//! file, of a directory with an index file, or of a directory that is listed.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::rc::Rc;
use std::time::SystemTime;

use common::files::{FileContent, LastLink, TreeError, TreePath};
use common::net::clock;
use common::users::{Action, Located};
use maud::Markup;
use syntax::rule::Text;

use super::file::{file, note, plain_file};
use super::{archive, coded, page_action, patch, selection, site};
use crate::server::archive::ArchiveFormat;
use crate::server::guard::{CheckedRequest, all, any, permit};
use crate::server::listing::order::Order;
use crate::server::listing::walk::{SearchResult, count, search};
use crate::server::listing::{DirectoryListing, ListingForm, View};
use crate::server::page::Context;
use crate::server::page::forms::Item;
use crate::server::page::list::{Abilities, ListPage, drop_box};
use crate::server::page::viewer::readme;
use crate::server::reason::CHANGED;
use crate::server::refusal::{Outcome, Refusal};
use crate::server::representation::Representation;
use crate::server::response::{Body, ServerResponse, VARY};
use crate::wire::conditional::{self, EntityTag, Precondition, Validators};
use crate::wire::head::{Method, RequestHead};
use crate::wire::{accept, query};

/// [`get`] of a cached file, the most frequent request. It awaits nothing, which saves 5 % of the time of a
/// pipelined request. `None` for anything else.
pub(in crate::server) fn get_cached(request: CheckedRequest<'_>) -> Option<ServerResponse> {
    if !matches!(request.head.method(), Method::Get | Method::Head) {
        return None;
    }
    if request.head.target().query().is_some_and(is_view) {
        return None;
    }
    let target = request.locate_now(request.path().ok()?, Action::Get)?;
    let content = request.worker.tree.cached(target.place())?;
    let representation = note(request, &target, &content);
    let is_plain = !(representation.has_codings && coded::may_be_coded(request.head));
    (is_plain && !request.names_directory()).then(|| plain_file(request, representation, content))
}

/// GET and HEAD.
pub(super) async fn get(request: CheckedRequest<'_>) -> Outcome {
    match at_path(request).await {
        Err(refusal @ Refusal::Tree(TreeError::NotFound | TreeError::NotDirectory)) => {
            Box::pin(site::instead(request, refusal)).await
        }
        outcome => outcome,
    }
}

/// The response from what is at the path itself.
async fn at_path(request: CheckedRequest<'_>) -> Outcome {
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
        Err(TreeError::IsDirectory) if request.head.target().decoded_path().ends_with(b"/") => {
            Box::pin(directory(request, path, target)).await
        }
        Err(TreeError::IsDirectory) => Ok(redirect(request, &path)),
        // A user who may only upload must not learn what exists.
        _ if !(get || list) => Err(Refusal::Forbidden),
        Ok(_) if as_directory => Err(TreeError::NotDirectory.into()),
        Ok(_) if !get => Err(Refusal::Forbidden),
        Ok(content) if request.head.target().query().is_some_and(is_view) => {
            Box::pin(viewer(request, path, &target, content)).await
        }
        Ok(content) => Ok(file(request, &path, &target, content).await),
        Err(TreeError::NotFound) if upload && !as_directory && request.head.method() == Method::Head => {
            Box::pin(patch::offset(request, &target)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether the query asks for the viewer: `?view`.
fn is_view(query: &[u8]) -> bool {
    query::get(query, "view").is_some()
}

/// The page that shows a file in place.
async fn viewer(
    request: CheckedRequest<'_>,
    path: TreePath,
    target: &Located,
    content: Rc<FileContent<Representation>>,
) -> Outcome {
    let representation = note(request, target, &content);
    let context = Context::new(request.head, path, request.account());
    let bytes = context.viewer_page(&content, &representation.media_type).await.map_err(TreeError::Io)?;
    Ok(generated(request, bytes, Some(content.meta().modified)))
}

/// The index file of a directory, its listing, a page of actions, or the form of a drop box.
async fn directory(request: CheckedRequest<'_>, path: TreePath, target: Located) -> Outcome {
    let (form, may_list) = (asked(request.head), request.user.may(Action::List, &target));
    let query = request.head.target().query().unwrap_or_default();
    let context = || Context::new(request.head, path.clone(), request.account());
    if query::get(query, "login").is_some() && request.worker.users.have_passwords() {
        return Ok(generated(request, context().login_page(), None));
    }
    if let Some(format) = ArchiveFormat::of(query) {
        permit(may_list && !request.worker.site.no_listing)?;
        return archive::respond(request, path, target, format).await;
    }
    // A client that asks for JSON wants the names, not the index file.
    let wants_names = form == ListingForm::Json && may_list && !request.worker.site.no_listing;
    if !wants_names && let Some(found) = site::index(request, &path).await? {
        return Ok(found.respond(request).await);
    }
    if request.worker.site.no_listing {
        return Err(TreeError::NotFound.into());
    }
    if !may_list {
        permit(request.user.may(Action::Upload, &target))?;
        // Without a time, which would reveal when something was uploaded.
        return Ok(generated(request, drop_box(&context()), None));
    }
    if query::get(query, "new-folder").is_some() {
        permit(abilities(request, &target).upload)?;
        return Ok(generated(request, context().new_folder_page(), None));
    }
    if query::get(query, "selection").is_some() {
        let names = selection::names(request, &path).await?;
        if !names.is_empty() {
            let page = selection::page(request, &context(), &target, &names).await?;
            return Ok(generated(request, page, None));
        }
    }
    match query::get(query, "item") {
        Some(name) => item(request, context(), &target, &page_action::entry(&name)?).await,
        None => list(request, path, &target, form).await,
    }
}

/// The page of the actions on an entry.
async fn item(request: CheckedRequest<'_>, context: Context, directory: &Located, name: &[u8]) -> Outcome {
    let (tree, user) = (&request.worker.tree, request.user);
    let path = request.path()?.child(name);
    let at = request.locate(path, LastLink::Kept, |_, _| true).await?;
    let meta = tree.metadata(at.place()).await?;
    let is_link = tree.is_link(at.place()).await?;
    let may_delete = tree.is_changeable(at.place()) && user.may_remove(&at);
    let (files, has_entries) = match meta.is_directory() && !is_link && user.may(Action::List, &at) {
        true => count(request.walk(), &at).await?,
        false => (0, false),
    };
    let may_rename = may_delete && user.may(Action::Upload, directory);
    let may_download = user.may(Action::Get, &at);
    let item = Item { name, meta: &meta, may_download, may_rename, may_delete, files, has_entries };
    Ok(generated(request, context.item_page(&item), None))
}

/// What the user may do in a directory.
fn abilities(request: CheckedRequest<'_>, directory: &Located) -> Abilities {
    let (tree, place) = (&request.worker.tree, directory.place());
    let may = |action| tree.is_changeable(place) && request.user.may(action, directory);
    Abilities {
        download: request.user.may(Action::Get, directory),
        upload: may(Action::Upload),
        overwrite: may(Action::Overwrite),
        delete: may(Action::Delete),
        hidden: tree.is_changeable(&place.child(b".a")),
    }
}

async fn list(request: CheckedRequest<'_>, path: TreePath, target: &Located, form: ListingForm) -> Outcome {
    let (tree, place) = (&request.worker.tree, target.place());
    let query = request.head.target().query().unwrap_or_default();
    let order = query::get(query, "sort").map(|name| Order::named(&name)).unwrap_or_default();
    let text = query::get(query, "q").map(|text| String::from_utf8_lossy(&text).trim().to_owned());
    let text = text.filter(|text| !text.is_empty());
    let directory = tree.metadata(place).await?;
    let address = request.peer.ip();
    let SearchResult { entries, is_truncated } = match &text {
        Some(text) => search(request.walk(), target, text).await?,
        None => SearchResult { entries: tree.entries(place, address).await?, is_truncated: false },
    };
    let listing = DirectoryListing::new(path.clone(), entries, order, is_truncated, address);
    let listing = listing.await.map_err(TreeError::from)?;
    let modified = listing.summary().modified.max(Some(directory.modified));
    let view = match form {
        ListingForm::Json => View::Json,
        ListingForm::Plain => View::Plain,
        ListingForm::Html => {
            let readme = match (&text, &listing.summary().readme) {
                (None, Some(name)) => shown_readme(request, &path, name).await,
                _ => None,
            };
            let context = Context::new(request.head, path, request.account());
            let [is_grid, is_selecting] = ["grid", "select"].map(|name| query::get(query, name).is_some());
            let may = abilities(request, target);
            let is_selecting = is_selecting && may.download;
            View::Html(Box::new(ListPage {
                context,
                order,
                may,
                is_grid,
                is_selecting,
                search: text,
                readme,
            }))
        }
    };
    let version = (listing.tag(&view), modified);
    let response = page(request, version, form, || Body::Pieces(listing.render(view)));
    Ok(response.with_pieces(|pieces| coded::of_listing(request, pieces)))
}

/// The README of a directory, if the user may read it.
async fn shown_readme(request: CheckedRequest<'_>, path: &TreePath, name: &[u8]) -> Option<(String, Markup)> {
    let target = request.locate(path.child(name), LastLink::Followed, all(&[Action::Get])).await.ok()?;
    // One that cannot be read is in the list, and opening it reports why.
    let content = request.worker.tree.open(target.place()).await.ok()?;
    readme(name, &content, &note(request, &target, &content).media_type).await.ok()
}

/// A page that is rendered as a whole.
fn generated(request: CheckedRequest<'_>, bytes: Vec<u8>, modified: Option<SystemTime>) -> ServerResponse {
    let tag = BuildHasherDefault::<DefaultHasher>::default().hash_one(&bytes);
    page(request, (tag, modified), ListingForm::Html, || Body::Bytes(bytes))
}

/// A page about a directory, unless the client has cached it. The version is a tag that changes with the page,
/// and the modification time.
fn page(
    request: CheckedRequest<'_>,
    (tag, modified): (u64, Option<SystemTime>),
    form: ListingForm,
    body: impl FnOnce() -> Body,
) -> ServerResponse {
    let (head, tag, now) = (request.head, format!("{tag:x}"), clock::now());
    // Weak: equal listings need not be equal bytes (RFC 9110 section 8.8.3).
    let etag = EntityTag::strong(tag.as_bytes()).map(EntityTag::weakened);
    let response = match conditional::evaluate(head, Some(&Validators { etag, modified }), now) {
        // The time is not sufficient: replacing a file with an older one does not advance it.
        Precondition::NotModified if head.field("if-none-match").is_some() => {
            ServerResponse::empty(304).with(|head| head.field("Vary", VARY))
        }
        Precondition::Failed => ServerResponse::notice(head, 412, CHANGED),
        Precondition::NotModified | Precondition::Proceed => {
            ServerResponse::rendered(200, form, body()).with(|head| head.field("Accept-Ranges", "none"))
        }
    };
    let has_users = request.worker.users.have_passwords();
    // After Log out, the browser must not show what it has cached.
    let cache_control =
        if has_users && form == ListingForm::Html { "no-store" } else { request.cache_control() };
    response.with(|head| {
        let head = if has_users { head.field("Vary", "Cookie") } else { head };
        let head = head.field("Cache-Control", cache_control).etag(etag);
        match modified {
            Some(modified) => head.last_modified(modified, now),
            None => head,
        }
    })
}

/// Redirects to the directory's name with its slash, by a status that every client follows: Python's urllib before
/// 3.11 and Java's HttpURLConnection do not know 308. Not cached: a file may replace the directory.
fn redirect(request: CheckedRequest<'_>, path: &TreePath) -> ServerResponse {
    let mut location = request.location_of_directory(path);
    if let Some(query) = request.head.target().query() {
        location.push(b'?');
        location.extend_from_slice(query);
    }
    let what = Text {
        en: "is a directory; its name ends with a slash",
        id: "adalah direktori; namanya berakhir dengan garis miring",
    };
    ServerResponse::notice(request.head, 301, what)
        .with(|head| head.field("Location", location).field("Cache-Control", request.cache_control()))
}

/// The form of a listing: from the query, else from Accept, else a page.
fn asked(head: &RequestHead) -> ListingForm {
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
