//! SIZE, MDTM and MLST ([RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) sections 3, 4 and 7), MFMT and MFF
//! ([draft-somers-ftp-mfxx](https://datatracker.ietf.org/doc/html/draft-somers-ftp-mfxx-04)): facts of a
//! file.

use std::time::SystemTime;

use common::files::{Meta, TreeError};
use common::net::clock;
use common::users::Action;

use crate::server::ascii;
use crate::server::commands::list;
use crate::server::control::ServerControl;
use crate::server::limits::{PARTIAL_REPORTED, PARTIAL_STEP};
use crate::server::refusal::{Outcome, Refusal};
use crate::server::state::{SessionState, names_directory};
use crate::server::target::{CommandTarget, check_below_root, permit};
use crate::wire::command::{FactChanges, Type};
use crate::wire::entry::EntryType;
use crate::wire::facts;
use crate::wire::pathname::Pathname;
use crate::wire::reply::Reply;
use crate::wire::time_val::{self, TimeVal};

/// The size that RETR would send in the current TYPE. If the file does not exist, the size of this user's
/// partial upload, so that the client can resume it.
pub(super) async fn size(state: &mut SessionState, path: &Pathname, control: &ServerControl) -> Outcome {
    let target = state.path(path).await?;
    let may_resume = state.kind == Type::Image && target.may(Action::Upload) && !names_directory(path);
    permit(target.may_know() || may_resume)?;
    let size = match state.kind {
        // In a drop box only the user's own partial upload has a size, whatever file has the name.
        Type::Image if target.is_in_drop_box() => partial_size(state, target, control).await?,
        Type::Image => match state.tree().metadata(target.place()).await {
            // Another session may have begun the upload under a temporary name.
            Err(TreeError::NotFound) if may_resume => {
                let target = state.partial(target);
                partial_size(state, target, control).await?
            }
            // A user who may neither list nor read must not learn what exists.
            _ if !target.may_know() => return Err(TreeError::NotFound.into()),
            found => {
                let meta = found?;
                (!meta.is_directory()).then_some(meta.size).ok_or(TreeError::IsDirectory)?
            }
        },
        Type::Ascii => ascii::size(&*state.tree().open(target.place()).await?).await?,
    };
    Ok(Reply::new(213, size.to_string()))
}

/// The offset at which the next upload resumes this user's partial upload. It is always less than the kept
/// size: a client that gets the full size assumes that the file is complete, and sends nothing.
async fn partial_size(
    state: &mut SessionState,
    target: CommandTarget,
    control: &ServerControl,
) -> Result<u64, Refusal> {
    let owner = state.user()?.holder(control.peer());
    let place = target.find_in(state.tree()).await.map_err(|error| target.withhold(error))?.into_owned();
    let partial = state.tree().partial(&place, &owner).await.map_err(|error| target.withhold(error))?;
    let partial = partial.ok_or(TreeError::NotFound)?.meta;
    let age = clock::unix_seconds().cast_signed().saturating_sub(partial.modified_unix());
    let size = partial.size.saturating_sub(1) / PARTIAL_STEP * PARTIAL_STEP;
    if size == 0 || age >= PARTIAL_REPORTED {
        return Err(TreeError::NotFound.into());
    }
    state.pending.size_reported = Some((target.into_path(), size).into());
    Ok(size)
}

/// `set`: the time and path that old clients put into the argument, if no file has that name.
pub(super) async fn mdtm(
    state: &SessionState,
    path: &Pathname,
    set: Option<&(TimeVal, Pathname)>,
) -> Outcome {
    let meta = match (known(state, path).await, set) {
        (Err(Refusal::Tree(TreeError::NotFound) | Refusal::Permission), Some((time, path))) => {
            return mfmt(state, *time, path).await;
        }
        (found, _) => found?,
    };
    let mut text = Vec::new();
    time_val::write(TimeVal { seconds: meta.modified_unix(), nanos: 0 }, &mut text);
    Ok(Reply::new(213, text))
}

async fn known(state: &SessionState, path: &Pathname) -> Result<Meta, Refusal> {
    let target = state.path(path).await?;
    permit(target.may_know())?;
    Ok(state.tree().metadata(target.place()).await?)
}

/// MLST shows the complete pathname (RFC 3659 section 7.3.1).
pub(super) async fn mlst(state: &SessionState, path: Option<&Pathname>) -> Outcome {
    let target = state.path_or_directory(path).await?;
    target.check(Action::List)?;
    let meta = state.tree().metadata(target.place()).await?;
    let (name, perm) = (target.absolute(), target.perm(state.tree(), &meta));
    let mut entry = list::entry_of(&name, &meta, perm);
    // With a slash at its end, the name is that of the target.
    let names_link = path.is_some_and(|path| !path.as_bytes().ends_with(b"/"));
    if names_link && meta.is_directory() && state.tree().is_link(target.place()).await? {
        entry.kind = EntryType::Link;
    }
    let mut line = b" ".to_vec();
    facts::write(state.facts, &entry, &mut line);
    Ok(Reply::new(250, "Facts:").line(line).line("End"))
}

/// MFMT and SITE UTIME.
pub(super) async fn mfmt(state: &SessionState, time: TimeVal, path: &Pathname) -> Outcome {
    mff(state, FactChanges { modify: Some(time), mode: None }, path).await
}

/// MFF and SITE CHMOD: `213 Modify=20261123185100;UNIX.mode=0644; notes.txt`
pub(super) async fn mff(state: &SessionState, changes: FactChanges, path: &Pathname) -> Outcome {
    let target = state.path(path).await?;
    target.check(Action::Overwrite)?;
    check_below_root(&target)?;
    let mut text = Vec::new();
    // The time is set first, because only it can be refused; then nothing has changed.
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
