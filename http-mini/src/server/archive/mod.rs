//! Archives of a directory or of some of its entries: `?format=zip` and `?format=tar`, with `name=` for each entry.
//!
//! An archive contains what the user can list and get. Links to directories, and directories that the server cannot
//! read, are left out. A zip archive has a length, which a first walk finds out; a tar archive is sent while the tree
//! is walked, in chunks.

mod members;
mod send;

use common::files::{LastLink, TreePath};
use common::users::Located;

use super::guard::Request;
use super::methods::page_action;
use super::refusal::{Outcome, Refusal};
use super::response::{Body, Response};
use crate::wire::disposition::Disposition;
use crate::wire::head::Method;
use crate::wire::query;
use members::Source;
pub(super) use send::Archive;

/// The format of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArchiveFormat {
    Zip,
    Tar,
}

impl ArchiveFormat {
    /// The format that a query asks for.
    pub(super) fn of(query: &[u8]) -> Option<Self> {
        match &*query::get(query, "format")? {
            b"zip" => Some(Self::Zip),
            b"tar" => Some(Self::Tar),
            _ => None,
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Zip => "application/zip",
            Self::Tar => "application/x-tar",
        }
    }

    fn extension(self) -> &'static [u8] {
        match self {
            Self::Zip => b".zip",
            Self::Tar => b".tar",
        }
    }
}

/// The archive of a directory that the user may list. HEAD does not walk, so it knows no length.
pub(super) async fn respond(
    request: Request<'_>,
    path: TreePath,
    directory: Located,
    format: ArchiveFormat,
) -> Outcome {
    let names = names(request, &path).await?;
    let file = [path.name().unwrap_or(b"files"), format.extension()].concat();
    let source = Source::new(request, path, directory, names);
    let archive = match format {
        ArchiveFormat::Zip if request.head.method() == Method::Get => {
            let what = "has more than 1,000,000 entries, too many for a zip archive; use ?format=tar";
            let archive = Archive::zip(source, &request.worker.tree).await?;
            archive.ok_or(Refusal::Because(413, what))?
        }
        ArchiveFormat::Zip | ArchiveFormat::Tar => Archive::Tar(source),
    };
    Ok(Response::new(200, Body::Archive(Box::new(archive))).with(|head| {
        head.field("Content-Type", format.media_type())
            .field("Content-Disposition", Disposition::Attachment.value(&file))
            .field("Accept-Ranges", "none")
            .field("Cache-Control", request.cache_control())
    }))
}

/// The selected entries, all of which exist; none of them selects the whole directory.
async fn names(request: Request<'_>, path: &TreePath) -> Result<Vec<Vec<u8>>, Refusal> {
    let query = request.head.target().query().unwrap_or_default();
    let mut names = Vec::new();
    for (_, value) in query::pairs(query).filter(|(name, _)| &**name == b"name") {
        let name = page_action::entry(&value)?;
        let at = request.locate(path.child(&name), LastLink::Followed, |_, _| true).await?;
        request.worker.tree.metadata(at.place()).await?;
        names.push(name);
    }
    Ok(names)
}
