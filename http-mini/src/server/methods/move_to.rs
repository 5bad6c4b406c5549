//! MOVE: renames a file or a directory
//! ([RFC 4918 section 9.9](https://www.rfc-editor.org/rfc/rfc4918#section-9.9)).

use common::files::{Error, TreePath};
use common::users::Action;

use crate::server::HttpWorker;
use crate::server::guard::{Request, check_conditions, meant, permit, preconditions};
use crate::server::refusal::Refusal;
use crate::server::response::Response;
use crate::wire::destination;

impl HttpWorker {
    /// MOVE: gives a file or directory another name. Replaces a file, never a directory.
    pub(super) async fn rename(&self, request: Request<'_>) -> Result<Response, Refusal> {
        let from = request.path()?;
        let destination = destination::of_request(request.head)?;
        let to = TreePath::ROOT.join(&destination)?;
        let may_overwrite = destination::may_overwrite(request.head)?;
        if from.is_root() || to.is_root() {
            return Err(Error::Root.into());
        }
        if from == to {
            return Err(Refusal::Because(403, "is where it is to be moved to"));
        }
        let from = request.locate_name(&self.tree, from).await?;
        permit(request.user.may_remove(&from))?;
        check_conditions(request, &from)?;
        let to = request.locate_name(&self.tree, to).await?;
        let meta = self.tree.metadata(from.place()).await?;
        if request.names_directory() && !meta.is_directory() {
            return Err(Error::NotDirectory.into());
        }
        if TreePath::names_directory(&destination) && !meta.is_directory() {
            return Err(Refusal::NAME_OF_DIRECTORY);
        }
        let is_dropped = request.user.is_in_drop_box(&to);
        let replaces = !is_dropped && self.current(to.place()).await?.is_some();
        let action = if replaces { Action::Overwrite } else { Action::Upload };
        permit(request.user.may_move(&from, action, &to))?;
        request.user.check_name(&to)?;
        preconditions(request.head, Some(&meta))?;
        if replaces && !may_overwrite {
            return Err(Refusal::Because(412, "would replace another file"));
        }
        let meant = meant(request.head, &meta);
        let renamed = match is_dropped {
            true => {
                let to_place = request.user.place_in(&self.tree, &to).await?;
                self.tree.rename_numbered(from.place(), &to_place, meant).await
            }
            false => self.tree.rename(from.place(), to.place(), replaces, meant).await,
        };
        match renamed {
            Ok(()) if replaces => Ok(Response::empty(204)),
            Ok(()) => Ok(Response::empty(201)),
            Err(Error::Exists | Error::IsDirectory) => {
                Err(Refusal::Because(409, "cannot be moved over a directory or by one; remove what is there"))
            }
            Err(Error::NotFound | Error::NotDirectory) => {
                Err(Refusal::Because(409, "cannot be moved to where no directory is"))
            }
            Err(error) => Err(error.into()),
        }
    }
}
