//! Files that GET serves for the URL of something else: an index file for its directory, `about.html` for `/about`
//! (clean URLs), the index file of the root for pages that a script shows (`--spa`), and `404.html`.

use std::rc::Rc;

use common::files::{FileContent, LastLink, MISSING_PAGE, TreeError, TreePath};
use common::users::{Action, Located};

use super::file::{file, note};
use crate::server::guard::{CheckedRequest, all};
use crate::server::refusal::{Outcome, Refusal};
use crate::server::representation::Representation;
use crate::server::response::{Body, ServerResponse, prefers_pages};

/// An open file, and where it is.
pub(super) struct SiteFile {
    /// As the user sees it.
    path: TreePath,
    target: Located,
    content: Rc<FileContent<Representation>>,
}

impl SiteFile {
    pub(super) async fn respond(self, request: CheckedRequest<'_>) -> ServerResponse {
        file(request, &self.path, &self.target, self.content).await
    }
}

/// The index file of a directory, if the user may read one.
pub(super) async fn index(
    request: CheckedRequest<'_>,
    directory: &TreePath,
) -> Result<Option<SiteFile>, Refusal> {
    for name in request.worker.tree.special_names().index() {
        if let Some(found) = open(request, directory.child(name.as_bytes())).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The response if nothing exists at the path: another file, or `refusal`.
pub(super) async fn instead(request: CheckedRequest<'_>, refusal: Refusal) -> Outcome {
    let path = request.path()?;
    let name = path.name().unwrap_or_default();
    let page = request.worker.tree.special_names().page_of(name).filter(|_| !request.names_directory());
    if let (Some(page), Some(directory)) = (page, path.parent())
        && let Some(found) = open(request, directory.child(&page)).await?
    {
        return Ok(found.respond(request).await);
    }
    if !prefers_pages(request.head) {
        return Err(refusal);
    }
    // A missing file, such as a script, is not a page.
    if request.worker.site.spa
        && !name.contains(&b'.')
        && let Some(found) = index(request, &TreePath::ROOT).await?
    {
        return Ok(found.respond(request).await);
    }
    match open(request, TreePath::ROOT.child(MISSING_PAGE.as_bytes())).await? {
        Some(SiteFile { target, content, .. }) => {
            let (representation, size) = (note(request, &target, &content), content.meta().size);
            let response = ServerResponse::new(404, Body::File(content, 0..size));
            Ok(response.with(|head| representation.without_validators(head)))
        }
        None => Err(refusal),
    }
}

/// A file, if it exists and the user may read it.
async fn open(request: CheckedRequest<'_>, path: TreePath) -> Result<Option<SiteFile>, Refusal> {
    let target = match request.locate(path.clone(), LastLink::Followed, all(&[Action::Get])).await {
        Err(Refusal::Forbidden) => return Ok(None),
        target => target?,
    };
    match request.worker.tree.open(target.place()).await {
        Ok(content) => Ok(Some(SiteFile { path, target, content })),
        Err(TreeError::NotFound | TreeError::NotDirectory | TreeError::IsDirectory) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
