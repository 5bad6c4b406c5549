//! DELETE of a file or of an empty directory
//! ([RFC 9110 section 9.3.5](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.5)).

use common::files::Error;

use crate::server::HttpWorker;
use crate::server::guard::{Request, check_conditions, meant, permit, preconditions};
use crate::server::refusal::Refusal;
use crate::server::response::Response;

impl HttpWorker {
    /// DELETE of a file or of an empty directory.
    pub(super) async fn delete(&self, request: Request<'_>) -> Result<Response, Refusal> {
        let path = request.path()?;
        let at = request.locate_name(&self.tree, path.clone()).await?;
        permit(request.user.may_remove(&at))?;
        check_conditions(request, &at)?;
        if path.is_root() {
            return Err(Error::Root.into());
        }
        let place = at.place();
        let meta = self.tree.metadata(place).await?;
        if request.names_directory() && !meta.is_directory() {
            return Err(Error::NotDirectory.into());
        }
        preconditions(request.head, Some(&meta))?;
        let meant = meant(request.head, &meta);
        match meta.is_directory() {
            false => self.tree.remove_file(place, meant).await?,
            true => match self.tree.remove_dir(place, meant).await {
                // A symlink to a directory: what is removed is the link.
                Err(Error::NotDirectory) => self.tree.remove_file(place, meant).await?,
                removed => removed?,
            },
        }
        Ok(Response::empty(204))
    }
}
