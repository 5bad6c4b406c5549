//! MKCOL: makes a directory ([RFC 4918 section 9.3](https://www.rfc-editor.org/rfc/rfc4918#section-9.3)).

use common::files::Error;
use common::users::Action;

use crate::server::HttpWorker;
use crate::server::guard::{Request, check_conditions, preconditions};
use crate::server::refusal::Refusal;
use crate::server::response::Response;

impl HttpWorker {
    /// MKCOL.
    pub(super) async fn make_directory(&self, request: Request<'_>) -> Result<Response, Refusal> {
        let at = request.locate_name(&self.tree, request.path()?).await?;
        request.require(Action::Upload, &at)?;
        request.user.check_name(&at)?;
        check_conditions(request, &at)?;
        if request.user.is_in_drop_box(&at) {
            request.user.make_dropped_directory(&self.tree, &at).await?;
            return Ok(Response::empty(201));
        }
        let place = at.place();
        preconditions(request.head, self.current(place).await?.as_ref())?;
        match self.tree.make_dir(place).await {
            Ok(()) => Ok(Response::empty(201)),
            // RFC 4918 section 9.3.1.
            Err(Error::Exists | Error::Root) => Err(Refusal::Because(405, "exists already")),
            Err(Error::NotFound | Error::NotDirectory) => Err(Refusal::NO_PARENT),
            Err(error) => Err(error.into()),
        }
    }
}
