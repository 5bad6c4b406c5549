//! What changes names and facts of files: DELE, MKD, RMD, RNFR, RNTO, MFMT, MFF, and SITE's CHMOD and
//! UTIME. [RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.3,
//! [draft-somers-ftp-mfxx](https://datatracker.ietf.org/doc/html/draft-somers-ftp-mfxx-04).

use std::time::SystemTime;

use common::files::Error;
use common::users::Action;

use crate::server::refusal::{Outcome, Refusal};
use crate::server::state::{State, names_directory};
use crate::server::target::{Target, permit};
use crate::wire::command::Changes;
use crate::wire::pathname::{Pathname, quoted};
use crate::wire::reply::Reply;
use crate::wire::time_val::{self, TimeVal};

/// DELE.
pub(super) async fn dele(state: &State, path: &Pathname) -> Outcome {
    let target = state.name(path).await?;
    permit(target.may_remove())?;
    if names_directory(path) {
        // Of a link, its target is named, not the link.
        state.tree().metadata(target.place()).await?;
        return Err(Error::IsDirectory.into());
    }
    state.tree().remove_file(target.place(), None).await?;
    Ok(Reply::new(250, "Removed."))
}

/// RMD, of an empty directory.
pub(super) async fn rmd(state: &State, path: &Pathname) -> Outcome {
    let target = state.name(path).await?;
    permit(target.may_remove())?;
    check_below_root(&target)?;
    state.tree().remove_dir(target.place(), None).await?;
    Ok(Reply::new(250, "Directory removed."))
}

/// MKD.
pub(super) async fn mkd(state: &State, path: &Pathname) -> Outcome {
    let target = state.name(path).await?;
    target.check_new()?;
    let made = match target.is_in_drop_box() {
        true => target.make_dropped_directory(state.tree()).await,
        false => state.tree().make_dir(target.place()).await,
    };
    made.map_err(|error| target.withhold(error))?;
    let mut text = quoted(&target.absolute());
    text.extend_from_slice(b" created.");
    Ok(Reply::new(257, text))
}

/// RNFR: what the next RNTO renames.
pub(super) async fn rnfr(state: &mut State, path: &Pathname) -> Outcome {
    let target = state.name(path).await?;
    permit(target.may_remove())?;
    check_below_root(&target)?;
    state.tree().metadata(target.place()).await?;
    state.pending.rename_from = Some(target.into());
    Ok(Reply::new(350, "Send RNTO with the new name."))
}

/// RNTO. It may replace a file, as MOVE may over HTTP, and never a directory.
pub(super) async fn rnto(state: &State, path: &Pathname, from: Option<Box<Target>>) -> Outcome {
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
        to.check_new()?;
        let place = to.place_in(tree).await.map_err(|error| to.withhold(error))?;
        tree.rename_numbered(from.place(), &place, None).await
    } else {
        match from.may_move(Action::Upload, &to) {
            true => to.check_new()?,
            false => {
                permit(may_replace)?;
                tree.metadata(to.place()).await?;
            }
        }
        tree.rename(from.place(), to.place(), may_replace, None).await
    };
    renamed.map_err(|error| to.withhold(error))?;
    Ok(Reply::new(250, "Renamed."))
}

/// MFMT and SITE UTIME.
pub(super) async fn mfmt(state: &State, time: TimeVal, path: &Pathname) -> Outcome {
    mff(state, Changes { modify: Some(time), mode: None }, path).await
}

/// MFF and SITE CHMOD: `213 Modify=20261123185100;UNIX.mode=0644; notes.txt`
pub(super) async fn mff(state: &State, changes: Changes, path: &Pathname) -> Outcome {
    let target = state.path(path).await?;
    target.check(Action::Overwrite)?;
    check_below_root(&target)?;
    let mut text = Vec::new();
    // First, since it may be refused where the mode is not: then nothing is changed.
    if let Some(time) = changes.modify {
        let wanted = SystemTime::from(time);
        let stored = state.tree().set_modified(target.place(), wanted).await?;
        let stored = match stored.modified == wanted {
            true => time,
            false => TimeVal { seconds: stored.modified_unix(), nanos: 0 },
        };
        text.extend_from_slice(b"Modify=");
        time_val::write(stored, &mut text);
        text.push(b';');
    }
    if let Some(mode) = changes.mode {
        state.tree().set_mode(target.place(), mode).await?;
        text.extend_from_slice(format!("UNIX.mode=0{:03o};", mode & 0o777).as_bytes());
    }
    text.push(b' ');
    text.extend_from_slice(path.as_bytes());
    Ok(Reply::new(213, text))
}

/// The user's root is not the user's to change, also where it is a home below the tree's.
fn check_below_root(target: &Target) -> Result<(), Refusal> {
    if target.path().is_root() { Err(Error::Root.into()) } else { Ok(()) }
}
