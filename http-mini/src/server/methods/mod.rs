//! The methods, one file each: `get` (and HEAD), `put`, `post` (forms with files), `page_action` (small forms), `patch`
//! (resumed uploads), `delete`, `mkcol`, `copy` and `move_to`.
//!
//! GET responds with a `file`, perhaps in another form (`coded`), with an `archive`, or with a file of a `site` for
//! another URL. The methods that store content share `upload`, and `folder` goes through a directory for DELETE and COPY.
//! Only DELETE with `Depth: infinity` removes a directory that is not empty, and no method replaces one.

mod archive;
mod coded;
mod copy;
mod delete;
mod file;
mod folder;
mod get;
mod mkcol;
mod move_to;
pub(super) mod page_action;
mod patch;
mod post;
mod put;
mod selection;
mod site;
mod upload;

use common::net::conn::Conn;

use page_action::PageAction;

use super::guard::CheckedRequest;
use super::refusal::{Outcome, Refusal};
use super::response::ServerResponse;
use crate::content::read::Incoming;
use crate::wire::framing::Framing;
use crate::wire::head::Method;

pub(super) use get::get_cached;

pub(super) async fn perform(request: CheckedRequest<'_>, content: &mut Incoming, conn: &mut Conn) -> Outcome {
    match request.head.method() {
        Method::Get | Method::Head => get::get(request).await,
        Method::Options => Ok(request.worker.with_allowed(ServerResponse::empty(204), Some(request.user))),
        Method::Other => Err(Refusal::because(
            501,
            "was requested by an unknown method",
            "diminta dengan metode yang tidak dikenal",
        )),
        // Boxed to keep the future of a GET small.
        _ => Box::pin(change(request, content, conn)).await,
    }
}

async fn change(request: CheckedRequest<'_>, content: &mut Incoming, conn: &mut Conn) -> Outcome {
    let change = request.into_change()?;
    match request.head.method() {
        Method::Put => put::put(change, content, conn).await,
        Method::Post => match PageAction::of_request(request.head) {
            Some(action) => page_action::perform(change, action, content, conn).await,
            None => post::post(change, content, conn).await,
        },
        Method::Patch => {
            let resumed = patch::patch(change, content, conn).await;
            resumed.map_err(|refusal| refusal.of_upload(false))
        }
        Method::Delete => delete::delete(change).await,
        Method::Mkcol if !matches!(content.framing(), Framing::None | Framing::Length(0)) => {
            Err(Refusal::because(
                415,
                "is to be a directory, which has no content",
                "akan menjadi direktori, yang tidak memiliki isi",
            ))
        }
        Method::Mkcol => mkcol::make_directory(change).await,
        Method::Copy => copy::copy(change).await,
        Method::Move => move_to::move_to(change).await,
        _ => Err(Refusal::because(
            405,
            "is not changed by this method",
            "tidak dapat diubah dengan metode ini",
        )),
    }
}

/// Content is stored only if its end is known.
fn require_length(content: &Incoming) -> Result<(), Refusal> {
    match content.framing() != Framing::None {
        true => Ok(()),
        false => Err(Refusal::because(
            411,
            "needs Content-Length or chunks",
            "memerlukan Content-Length atau chunk",
        )),
    }
}
