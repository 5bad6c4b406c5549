//! The methods, one file each. Nothing is removed or replaced with what is below it.

mod delete;
pub(super) mod get;
mod mkcol;
mod move_to;
mod patch;
mod post;
mod put;

use common::net::conn::Conn;

use super::HttpWorker;
use super::guard::Request;
use super::refusal::Refusal;
use super::response::Response;
use crate::content::read::Incoming;
use crate::wire::framing::Framing;
use crate::wire::head::Method;
use crate::wire::origin;

impl HttpWorker {
    /// Carries out what is not only looking.
    pub(super) async fn change(
        &self,
        request: Request<'_>,
        content: &mut Incoming,
        conn: &mut Conn,
    ) -> Result<Response, Refusal> {
        if !self.tree.is_writable() {
            return Err(Refusal::Because(405, "cannot be changed; the server is read-only"));
        }
        if origin::is_foreign(request.head) {
            return Err(Refusal::Because(403, "may not be changed by pages of another site"));
        }
        match request.head.method() {
            Method::Put => self.put(request, content, conn).await,
            Method::Post => self.post(request, content, conn).await,
            Method::Patch => self.patch(request, content, conn).await,
            Method::Delete => self.delete(request).await,
            Method::Mkcol if !matches!(content.framing(), Framing::None | Framing::Length(0)) => {
                Err(Refusal::Because(415, "is to be a directory, which has no content"))
            }
            Method::Mkcol => self.make_directory(request).await,
            Method::Move => self.rename(request).await,
            _ => Err(Refusal::Because(405, "is not changed by this method")),
        }
    }
}
