//! CWD, CDUP, PWD, MKD, RMD, DELE, RNFR and RNTO
//! ([RFC 959](https://www.rfc-editor.org/rfc/rfc959) sections 4.1.1 and 4.1.3, appendix II).

use common::files::{TreeError, TreePath};
use common::users::Action;

use crate::server::refusal::{Outcome, Refusal};
use crate::server::state::{SessionState, names_directory};
use crate::server::target::{CommandTarget, absolute, check_below_root, permit};
use crate::wire::pathname::{Pathname, quoted};
use crate::wire::reply::Reply;

pub(super) fn pwd(state: &SessionState) -> Reply {
    let mut text = quoted(&absolute(&state.directory));
    text.extend_from_slice(b" is the current directory.");
    Reply::new(257, text)
}

/// `~` is the login directory even if an entry has that name: an upload must not redirect other users.
pub(super) async fn cwd(state: &mut SessionState, path: &Pathname) -> Outcome {
    let wanted = match path.as_bytes() {
        [b'~'] => TreePath::ROOT,
        [b'~', below @ ..] if below.starts_with(b"/") => SessionState::resolve(&TreePath::ROOT, below)?,
        _ => state.join(path)?,
    };
    enter(state, wanted).await
}

/// The parent of the root is the root.
pub(super) async fn cdup(state: &mut SessionState) -> Outcome {
    let above = state.directory.parent().unwrap_or(TreePath::ROOT);
    enter(state, above).await
}

async fn enter(state: &mut SessionState, path: TreePath) -> Outcome {
    let target = state.target(path).await?;
    permit(target.may_enter())?;
    // In a drop box the first upload to a directory creates it; until then any name can be entered.
    if !target.is_in_drop_box() && !state.tree().metadata(target.place()).await?.is_directory() {
        return Err(target.withhold(TreeError::NotDirectory));
    }
    state.directory = target.into_path();
    Ok(Reply::new(250, "Directory changed."))
}

pub(super) async fn dele(state: &mut SessionState, path: &Pathname) -> Outcome {
    let target = state.name(path).await?;
    permit(target.may_remove())?;
    if names_directory(path) {
        // The slash names the target of a link, not the link.
        state.tree().metadata(target.place()).await?;
        return Err(TreeError::IsDirectory.into());
    }
    state.tree().remove_file(target.place(), None).await?;
    state.forget_temporary(&target);
    Ok(Reply::new(250, "Removed."))
}

pub(super) async fn rmd(state: &SessionState, path: &Pathname) -> Outcome {
    let target = state.name(path).await?;
    permit(target.may_remove())?;
    check_below_root(&target)?;
    state.tree().remove_dir(target.place(), None).await?;
    Ok(Reply::new(250, "Directory removed."))
}

pub(super) async fn mkd(state: &SessionState, path: &Pathname) -> Outcome {
    let target = state.name(path).await?;
    target.check_new(state.tree()).await?;
    let made = match target.is_in_drop_box() {
        true => target.make_dropped_directory(state.tree()).await,
        false => state.tree().make_dir(target.place()).await,
    };
    made.map_err(|error| target.withhold(error))?;
    let mut text = quoted(&target.absolute());
    text.extend_from_slice(b" created.");
    Ok(Reply::new(257, text))
}

pub(super) async fn rnfr(state: &mut SessionState, path: &Pathname) -> Outcome {
    let target = state.name(path).await?;
    permit(target.may_remove())?;
    check_below_root(&target)?;
    state.tree().metadata(target.place()).await?;
    state.pending.rename_from = Some(target.into());
    Ok(Reply::new(350, "Send RNTO with the new name."))
}

/// RNTO may replace a file, like MOVE over HTTP, but never a directory.
pub(super) async fn rnto(
    state: &mut SessionState,
    path: &Pathname,
    from: Option<Box<CommandTarget>>,
) -> Outcome {
    let from = from.ok_or(Refusal::Sequence("Send RNFR first."))?;
    let to = state.name(path).await?;
    check_below_root(&to)?;
    let tree = state.tree();
    if names_directory(path) && !tree.metadata(from.place()).await?.is_directory() {
        return Err(Refusal::NameOfDirectory);
    }
    let may_replace = from.may_move(Action::Overwrite, &to);
    let renamed = if to.is_in_drop_box() {
        permit(from.may_move(Action::Upload, &to))?;
        to.check_new(tree).await?;
        let place = to.place_in(tree).await.map_err(|error| to.withhold(error))?;
        tree.rename_numbered(from.place(), &place, None).await
    } else {
        match from.may_move(Action::Upload, &to) {
            true => to.check_new(tree).await?,
            false => {
                permit(may_replace)?;
                tree.metadata(to.place()).await?;
            }
        }
        tree.rename(from.place(), to.place(), may_replace, None).await
    };
    renamed.map_err(|error| to.withhold(error))?;
    state.forget_temporary(&from);
    Ok(Reply::new(250, "Renamed."))
}
