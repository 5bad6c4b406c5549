//! GET of an archive of a directory or of some of its entries: `?format=zip` and `?format=tar`, with `name=` for each
//! entry.

use common::files::TreePath;
use common::users::Located;

use super::selection;
use crate::server::archive::{Archive, ArchiveFormat, ArchiveSource};
use crate::server::guard::CheckedRequest;
use crate::server::refusal::{Outcome, Refusal};
use crate::server::response::{Body, ServerResponse};
use crate::wire::disposition::Disposition;
use crate::wire::head::Method;

const TOO_MANY: Refusal = Refusal::because(
    413,
    "has more than 1,000,000 entries, too many for a zip archive; use ?format=tar",
    "memiliki lebih dari 1.000.000 entri, terlalu banyak untuk arsip zip; gunakan ?format=tar",
);

/// The archive of a directory that the user may list. HEAD does not walk, so it knows no length.
pub(super) async fn respond(
    request: CheckedRequest<'_>,
    path: TreePath,
    directory: Located,
    format: ArchiveFormat,
) -> Outcome {
    let names = selection::names(request, &path).await?;
    let file = [path.name().unwrap_or(b"files"), format.extension()].concat();
    let source =
        ArchiveSource { user: request.user.clone(), address: request.address(), path, directory, names };
    let archive = match format {
        ArchiveFormat::Zip if request.head.method() == Method::Get => {
            let archive = Archive::zip(source, &request.worker.tree).await?;
            archive.ok_or(TOO_MANY)?
        }
        ArchiveFormat::Zip | ArchiveFormat::Tar => Archive::Tar(source),
    };
    Ok(ServerResponse::new(200, Body::Archive(Box::new(archive))).with(|head| {
        head.field("Content-Type", format.media_type())
            .field("Content-Disposition", Disposition::Attachment.value(&file))
            .field("Accept-Ranges", "none")
            // It has no validator.
            .field("Cache-Control", "no-store")
    }))
}
