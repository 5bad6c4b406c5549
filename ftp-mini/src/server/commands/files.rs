//! Directories, and what is known of one file: CWD, CDUP, PWD, SIZE, MDTM, MLST.
//! [RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 4.1.1 and appendix II,
//! [RFC 3659](https://www.rfc-editor.org/rfc/rfc3659) sections 3, 4 and 7.

use common::files::{Error, TreePath};

use crate::server::commands::{listings, transfer};
use crate::server::refusal::Refusal;
use crate::server::session::Session;
use crate::wire::command::Type;
use crate::wire::facts;
use crate::wire::pathname::{Pathname, quoted};
use crate::wire::reply::Reply;
use crate::wire::time_val::{self, TimeVal};

pub(in crate::server) fn pwd(session: &Session) -> Reply {
    let mut text = quoted(&absolute(&session.directory));
    text.extend_from_slice(b" is the current directory.");
    Reply::new(257, text)
}

/// CWD. `~` is the root, unless there is something of that name.
pub(in crate::server) async fn cwd(session: &mut Session, path: &Pathname) -> Result<Reply, Refusal> {
    let wanted = session.path(path)?;
    match (enter(session, wanted).await, path.as_bytes()) {
        (Err(Refusal::Tree(Error::NotFound)), [b'~']) => enter(session, TreePath::ROOT).await,
        (entered, _) => entered,
    }
}

/// CDUP. The directory above the root is the root.
pub(in crate::server) async fn cdup(session: &mut Session) -> Result<Reply, Refusal> {
    let above = session.directory.parent().unwrap_or(TreePath::ROOT);
    enter(session, above).await
}

async fn enter(session: &mut Session, path: TreePath) -> Result<Reply, Refusal> {
    if !session.tree().metadata(&path).await?.is_directory() {
        return Err(Error::NotDirectory.into());
    }
    session.directory = path;
    Ok(Reply::new(250, "Directory changed."))
}

/// SIZE: the bytes that RETR would send in the current TYPE.
pub(in crate::server) async fn size(session: &Session, path: &Pathname) -> Result<Reply, Refusal> {
    let path = session.path(path)?;
    let size = match session.kind {
        Type::Image => {
            let meta = session.tree().metadata(&path).await?;
            (!meta.is_directory()).then_some(meta.size).ok_or(Error::IsDirectory)?
        }
        Type::Ascii => transfer::converted_size(&*session.tree().open(&path).await?).await?,
    };
    Ok(Reply::new(213, size.to_string()))
}

/// MDTM. `sets`: the argument may also mean a time to set, if there is no file of that name.
pub(in crate::server) async fn mdtm(
    session: &Session,
    path: &Pathname,
    sets: bool,
) -> Result<Reply, Refusal> {
    let meta = match session.tree().metadata(&session.path(path)?).await {
        Err(Error::NotFound) if sets => return Err(Refusal::ReadOnly),
        found => found?,
    };
    let mut text = Vec::new();
    time_val::write(TimeVal { seconds: meta.modified_unix(), nanos: 0 }, &mut text);
    Ok(Reply::new(213, text))
}

/// MLST, with the whole pathname (RFC 3659 section 7.3.1).
pub(in crate::server) async fn mlst(session: &Session, path: Option<&Pathname>) -> Result<Reply, Refusal> {
    let path = session.path_or_directory(path)?;
    let meta = session.tree().metadata(&path).await?;
    let name = absolute(&path);
    let mut line = b" ".to_vec();
    facts::write(session.facts, &listings::entry(&name, &meta), &mut line);
    Ok(Reply::new(250, "Facts:").line(line).line("End"))
}

/// `/pub/notes.txt`
fn absolute(path: &TreePath) -> Vec<u8> {
    [b"/", path.as_bytes()].concat()
}
