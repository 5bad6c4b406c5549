//! Directories, and what is known of one file: CWD, CDUP, PWD, SIZE, MDTM, MLST.
//! [RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.1 and appendix II,
//! [RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) sections 3, 4 and 7.

use common::files::{Error, Meta, TreePath};
use common::net::clock;
use common::users::Action;

use crate::server::commands::{changes, list, retr};
use crate::server::control::Control;
use crate::server::limits::{PARTIAL_REPORTED, PARTIAL_STEP};
use crate::server::refusal::Refusal;
use crate::server::session::{Session, names_directory};
use crate::server::target::{Target, absolute, permit};
use crate::wire::command::Type;
use crate::wire::entry::Kind;
use crate::wire::facts;
use crate::wire::pathname::{Pathname, quoted};
use crate::wire::reply::Reply;
use crate::wire::time_val::{self, TimeVal};

pub(in crate::server) fn pwd(session: &Session) -> Reply {
    let mut text = quoted(&absolute(&session.directory));
    text.extend_from_slice(b" is the current directory.");
    Reply::new(257, text)
}

/// CWD. `~` is the login directory, whatever has that name: who may upload must not send others elsewhere.
pub(in crate::server) async fn cwd(session: &mut Session, path: &Pathname) -> Result<Reply, Refusal> {
    let wanted = match path.as_bytes() {
        b"~" | b"~/" => TreePath::ROOT,
        _ => session.path(path).await?.into_path(),
    };
    enter(session, wanted).await
}

/// CDUP. The directory above the root is the root.
pub(in crate::server) async fn cdup(session: &mut Session) -> Result<Reply, Refusal> {
    let above = session.directory.parent().unwrap_or(TreePath::ROOT);
    enter(session, above).await
}

async fn enter(session: &mut Session, path: TreePath) -> Result<Reply, Refusal> {
    let target = session.target(path).await?;
    permit(target.may_enter())?;
    // In a drop box a directory is made with the first upload to it, and until then nobody is told.
    if !target.is_in_drop_box() && !session.tree().metadata(target.place()).await?.is_directory() {
        return Err(target.withhold(Error::NotDirectory));
    }
    session.directory = target.into_path();
    Ok(Reply::new(250, "Directory changed."))
}

/// SIZE: the bytes that RETR would send in the current TYPE. Of a file that is not there, what came of
/// this user's upload before it was cut off: there the next one goes on.
pub(in crate::server) async fn size(
    session: &mut Session,
    path: &Pathname,
    control: &Control,
) -> Result<Reply, Refusal> {
    let target = session.path(path).await?;
    session.told = None;
    let may_resume = session.kind == Type::Image && target.may(Action::Upload) && !names_directory(path);
    permit(target.may_know() || may_resume)?;
    let size = match session.kind {
        // In a drop box only the user's own partial upload has a size, whatever else has the name.
        Type::Image if target.is_in_drop_box() => told(session, target, control).await?,
        Type::Image => match session.tree().metadata(target.place()).await {
            Err(Error::NotFound) if may_resume => told(session, target, control).await?,
            // What is there is not told to who may not know.
            _ if !target.may_know() => return Err(Error::NotFound.into()),
            found => {
                let meta = found?;
                (!meta.is_directory()).then_some(meta.size).ok_or(Error::IsDirectory)?
            }
        },
        Type::Ascii => retr::converted_size(&*session.tree().open(target.place()).await?).await?,
    };
    Ok(Reply::new(213, size.to_string()))
}

/// The size of a partial upload of this user, as far as the next upload is to continue it. Always less than
/// what is kept: a client that is told the full size takes the file for stored, and sends nothing.
async fn told(session: &mut Session, target: Target, control: &Control) -> Result<u64, Refusal> {
    let owner = session.user()?.holder(control.peer());
    let place = target.find_in(session.tree()).await.map_err(|error| target.withhold(error))?.into_owned();
    let partial = session.tree().partial(&place, &owner).await.map_err(|error| target.withhold(error))?;
    let partial = partial.ok_or(Error::NotFound)?;
    let age = clock::unix_seconds().cast_signed().saturating_sub(partial.modified_unix());
    let size = partial.size.saturating_sub(1) / PARTIAL_STEP * PARTIAL_STEP;
    if size == 0 || age >= PARTIAL_REPORTED {
        return Err(Error::NotFound.into());
    }
    session.told = Some((target.into_path(), size).into());
    Ok(size)
}

/// MDTM. `set`: what old clients mean by the argument, if there is no file of that name.
pub(in crate::server) async fn mdtm(
    session: &Session,
    path: &Pathname,
    set: Option<&(TimeVal, Pathname)>,
) -> Result<Reply, Refusal> {
    let meta = match (known(session, path).await, set) {
        (Err(Refusal::Tree(Error::NotFound) | Refusal::Permission), Some((time, path))) => {
            return changes::mfmt(session, *time, path).await;
        }
        (found, _) => found?,
    };
    let mut text = Vec::new();
    time_val::write(TimeVal { seconds: meta.modified_unix(), nanos: 0 }, &mut text);
    Ok(Reply::new(213, text))
}

async fn known(session: &Session, path: &Pathname) -> Result<Meta, Refusal> {
    let target = session.path(path).await?;
    permit(target.may_know())?;
    Ok(session.tree().metadata(target.place()).await?)
}

/// MLST, with the whole pathname (RFC 3659 section 7.3.1).
pub(in crate::server) async fn mlst(session: &Session, path: Option<&Pathname>) -> Result<Reply, Refusal> {
    let target = session.path_or_directory(path).await?;
    target.check(Action::List)?;
    let meta = session.tree().metadata(target.place()).await?;
    let (name, perm) = (target.absolute(), target.perm(session.tree(), &meta));
    let mut entry = list::entry_of(&name, &meta, perm);
    // A name with a slash at its end is that of the directory itself.
    let names_link = path.is_some_and(|path| !path.as_bytes().ends_with(b"/"));
    if names_link && meta.is_directory() && session.tree().is_link(target.place()).await? {
        entry.kind = Kind::Link;
    }
    let mut line = b" ".to_vec();
    facts::write(session.facts, &entry, &mut line);
    Ok(Reply::new(250, "Facts:").line(line).line("End"))
}
