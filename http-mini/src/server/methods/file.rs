//! The response with a file: in a coding, whole, or the parts that preconditions and ranges select.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Range;
use std::rc::Rc;

use common::files::{FileContent, TreePath};
use common::net::clock;
use common::users::Located;
use syntax::rule::Text;

use super::coded;
use crate::server::guard::CheckedRequest;
use crate::server::reason::CHANGED;
use crate::server::representation::Representation;
use crate::server::response::{Body, ByteRanges, ServerResponse};
use crate::wire::range::Multipart;
use crate::wire::select::{Selection, select};

const SHORTER: Text =
    Text { en: "is shorter than the range", id: "lebih pendek daripada rentang yang diminta" };

/// The fields that are sent with a file.
pub(super) fn note(
    request: CheckedRequest<'_>,
    target: &Located,
    content: &FileContent<Representation>,
) -> Rc<Representation> {
    let (tree, site) = (&request.worker.tree, &request.worker.site);
    content.note(|| {
        let name = target.place().name().unwrap_or_default();
        let is_index = tree.special_names().index().any(|index| index.as_bytes() == name);
        let is_untrusted = tree.is_writable() && !site.trust_content;
        Representation::new(name, content, request.cache_control(), is_index, is_untrusted)
    })
}

/// The file at a path of the user, in the coding that the request prefers.
pub(super) async fn file(
    request: CheckedRequest<'_>,
    path: &TreePath,
    target: &Located,
    content: Rc<FileContent<Representation>>,
) -> ServerResponse {
    let representation = note(request, target, &content);
    if representation.has_codings && coded::may_be_coded(request.head) {
        let coded = Box::pin(coded::of_file(request, path, &content, &representation));
        if let Some(response) = coded.await {
            return response;
        }
    }
    plain_file(request, representation, content)
}

/// A file without a coding, or the parts of it that preconditions and ranges select.
pub(super) fn plain_file(
    request: CheckedRequest<'_>,
    representation: Rc<Representation>,
    content: Rc<FileContent<Representation>>,
) -> ServerResponse {
    let (head, size) = (request.head, content.meta().size);
    let response = match select(head, &representation.current(), size, clock::now()) {
        Selection::Full => ServerResponse::new(200, Body::File(content, 0..size)),
        Selection::NotModified => ServerResponse::empty(304),
        Selection::Failed => ServerResponse::notice(head, 412, CHANGED),
        Selection::Unsatisfiable => {
            ServerResponse::notice(head, 416, SHORTER).with(|head| head.unsatisfied_range(size))
        }
        Selection::Parts(ranges) => match ranges.as_slice() {
            [range] => ServerResponse::new(206, Body::File(content, range.clone())),
            _ => return several(&representation, content, ranges),
        },
    };
    response.of_file(representation)
}

/// Several parts, each of which contains the file's Content-Type.
fn several(
    representation: &Representation,
    content: Rc<FileContent<Representation>>,
    ranges: Vec<Range<u64>>,
) -> ServerResponse {
    let size = content.meta().size;
    let multipart = Multipart::new(unguessable(), &representation.media_type, size);
    let media_type = multipart.content_type();
    ServerResponse::new(206, Body::Parts(Box::new(ByteRanges { content, multipart, ranges }))).with(|head| {
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
