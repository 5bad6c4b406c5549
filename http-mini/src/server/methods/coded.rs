//! Which form of a file or a listing is sent: a content coding or none
//! ([RFC 9110 section 12.5.3](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3)).
//!
//! | file | form |
//! | --- | --- |
//! | has a sibling in an accepted coding | the sibling |
//! | up to [`AT_ONCE`] | coded before the response |
//! | up to [`LARGEST`] | uncoded; the next request gets the coded form |
//! | larger, or smaller than [`SMALLEST`] | uncoded |
//!
//! A sibling is `NAME.br`, `NAME.zst` or `NAME.gz` beside NAME. It counts if it is not older than NAME and has the same
//! owner, and if the user may get it. A request with Range gets the uncoded form.

use std::rc::Rc;
use std::sync::Arc;

use common::files::{FileContent, LastLink, TreePath};
use common::net::budget::{self, MemoryUse};
use common::net::clock;
use common::users::Action;

use crate::server::coding::{CodedForm, MissingSiblings, PieceEncoder, SMALLEST};
use crate::server::guard::{CheckedRequest, all};
use crate::server::reason::CHANGED;
use crate::server::representation::Representation;
use crate::server::response::{Body, ContentPieces, ServerResponse};
use crate::wire::accept;
use crate::wire::coding::CodingName;
use crate::wire::conditional::{self, Precondition};
use crate::wire::head::{Method, RequestHead};

/// A larger file is sent uncoded while it is coded for the next request (1 MiB).
const AT_ONCE: u64 = 1 << 20;
/// A larger file is never coded (16 MiB).
const LARGEST: u64 = 16 << 20;
/// The memory of an encoder of pieces (512 KiB).
const ENCODER: usize = 512 << 10;

/// What is coded here, in the server's order of preference.
const ENCODED: [CodingName; 2] = [CodingName::Zstd, CodingName::Gzip];

/// The codings in the server's order of preference, and the suffixes of siblings.
const SUFFIXES: [(CodingName, &[u8]); 3] =
    [(CodingName::Brotli, b".br"), (CodingName::Zstd, b".zst"), (CodingName::Gzip, b".gz")];

/// A coded form that the request accepts.
struct Variant {
    coding: CodingName,
    fields: Rc<Representation>,
    sibling: Option<Rc<FileContent<Representation>>>,
}

/// The response with a coded form of the file at a path of the user; `None` if it is to be sent uncoded.
pub(super) async fn of_file(
    request: CheckedRequest<'_>,
    path: &TreePath,
    content: &FileContent<Representation>,
    plain: &Rc<Representation>,
) -> Option<ServerResponse> {
    let head = request.head;
    let variants = variants(request, path, content, plain).await;
    let first = variants.first()?;
    // A client may have stored any of them.
    let forms = || variants.iter().map(|variant| &variant.fields).chain([plain]);
    let outcome = |form: &Representation| conditional::evaluate(head, Some(&form.current()), clock::now());
    if let Some(stored) = forms().find(|form| outcome(form) == Precondition::NotModified) {
        return Some(ServerResponse::empty(304).of_file(Rc::clone(stored)));
    }
    if forms().all(|form| outcome(form) == Precondition::Failed) {
        return Some(ServerResponse::notice(head, 412, CHANGED).of_file(Rc::clone(plain)));
    }
    let body = match &first.sibling {
        Some(sibling) => Body::File(Rc::clone(sibling), 0..sibling.meta().size),
        None => Body::Coded(encoded(request, content, first.coding).await?),
    };
    Some(ServerResponse::new(200, body).of_file(Rc::clone(&first.fields)))
}

/// Whether a request may get a coded form, as far as that can be decided without looking for one.
pub(super) fn may_be_coded(head: &RequestHead) -> bool {
    let is_range = head.method() == Method::Get && head.field("range").is_some();
    let mut directives = head.section().list("cache-control");
    head.field("accept-encoding").is_some()
        && !is_range
        && !directives.any(|directive| directive.eq_ignore_ascii_case(b"no-transform"))
}

/// The coded forms that the request accepts, the preferred one first.
async fn variants(
    request: CheckedRequest<'_>,
    path: &TreePath,
    content: &FileContent<Representation>,
    plain: &Representation,
) -> Vec<Variant> {
    let siblings = siblings(request, path, content, &plain.missing_siblings).await;
    let mut offered: Vec<CodingName> = siblings.iter().map(|(coding, _)| *coding).collect();
    if content.meta().size <= LARGEST {
        offered.extend(ENCODED.into_iter().filter(|coding| siblings.iter().all(|(name, _)| name != coding)));
    }
    let mut variants = Vec::new();
    while let Some(coding) = preferred(request.head, &offered) {
        offered.retain(|other| *other != coding);
        let sibling =
            siblings.iter().find(|(name, _)| *name == coding).map(|(_, sibling)| Rc::clone(sibling));
        let version = sibling.as_ref().map_or(content.meta(), |sibling| sibling.meta()).version;
        variants.push(Variant { coding, fields: plain.in_coding(coding, version), sibling });
    }
    variants
}

fn preferred(head: &RequestHead, offered: &[CodingName]) -> Option<CodingName> {
    let names: Vec<&str> = offered.iter().map(|coding| coding.as_str()).collect();
    let chosen = accept::coding(head, &names)?;
    offered.iter().copied().find(|coding| coding.as_str() == chosen)
}

/// The coded form of a file, if it is cached or this request waits for it.
async fn encoded(
    request: CheckedRequest<'_>,
    content: &FileContent<Representation>,
    coding: CodingName,
) -> Option<Arc<CodedForm>> {
    let (forms, key) = (&request.worker.coded, (content.meta().version, coding));
    let is_awaited = content.meta().size <= AT_ONCE || accept::refuses_identity(request.head);
    let slot = match forms.get(&key) {
        Some(slot) => slot,
        None if !is_awaited && request.head.method() == Method::Head => return None,
        // Without memory or threads for it, the file is sent uncoded.
        None => forms.code(key, content.whole(), request.peer.ip()).ok()?,
    };
    match is_awaited {
        true => slot.wait().await.clone(),
        false => slot.get()?.clone(),
    }
}

/// The siblings of a file at a path of the user.
async fn siblings(
    request: CheckedRequest<'_>,
    path: &TreePath,
    content: &FileContent<Representation>,
    missing_siblings: &MissingSiblings,
) -> Vec<(CodingName, Rc<FileContent<Representation>>)> {
    let (tree, mut found) = (&request.worker.tree, Vec::new());
    let (since, generation) = (clock::tick(), tree.generation());
    let known = missing_siblings.get(generation);
    if known == Some([true; 3]) {
        return found;
    }
    let mut missing = known.unwrap_or_default();
    let (Some(directory), Some(name)) = (path.parent(), path.name()) else { return found };
    for ((coding, suffix), is_missing) in SUFFIXES.into_iter().zip(&mut missing) {
        if *is_missing {
            continue;
        }
        match sibling(request, directory.child(&[name, suffix].concat()), content).await {
            Some(sibling) => found.push((coding, sibling)),
            None => *is_missing = true,
        }
    }
    if known.is_none() {
        missing_siblings.set(missing, (since, generation));
    }
    found
}

/// The file at a path of the user, if it counts as a sibling.
async fn sibling(
    request: CheckedRequest<'_>,
    path: TreePath,
    original: &FileContent<Representation>,
) -> Option<Rc<FileContent<Representation>>> {
    let at = request.locate(path, LastLink::Followed, all(&[Action::Get])).await.ok()?;
    let sibling = request.worker.tree.open(at.place()).await.ok()?;
    let (meta, original) = (sibling.meta(), original.meta());
    (meta.modified >= original.modified && meta.has_owner_of(original)).then_some(sibling)
}

/// The pieces of a listing in the coding that the request prefers, and the coding's name.
pub(super) fn of_listing(
    request: CheckedRequest<'_>,
    mut pieces: ContentPieces,
) -> (ContentPieces, Option<CodingName>) {
    if !may_be_coded(request.head) {
        return (pieces, None);
    }
    let Some(coding) = preferred(request.head, &ENCODED) else { return (pieces, None) };
    let (mut start, mut is_whole) = (Vec::new(), false);
    while (start.len() as u64) < SMALLEST && !is_whole {
        match pieces.next() {
            Some(piece) => start.extend(piece),
            None => is_whole = true,
        }
    }
    let pieces = Box::new(std::iter::once(start).chain(pieces));
    if is_whole {
        return (pieces, None);
    }
    let reserved = budget::reserve(MemoryUse::Codings, ENCODER, request.peer.ip());
    match (reserved, PieceEncoder::new(coding)) {
        (Ok(reserved), Some(encoder)) => {
            (Box::new(EncodedPieces { pieces, encoder: Some(encoder), _reserved: reserved }), Some(coding))
        }
        _ => (pieces, None),
    }
}

struct EncodedPieces {
    pieces: ContentPieces,
    /// `None` after the end.
    encoder: Option<PieceEncoder>,
    _reserved: budget::Reservation,
}

impl Iterator for EncodedPieces {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let coded = match self.pieces.next() {
            Some(piece) => self.encoder.as_mut()?.push(&piece),
            None => self.encoder.take()?.finish(),
        };
        // Writing to memory cannot fail.
        coded.ok()
    }
}
