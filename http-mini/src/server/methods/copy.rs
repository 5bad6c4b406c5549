//! COPY of a file, or of a directory with everything in it unless `Depth: 0` is sent
//! ([RFC 4918 section 9.8](https://www.rfc-editor.org/rfc/rfc4918#section-9.8)).
//!
//! Each file is copied whole or not at all, as by PUT, and may replace a file; a directory replaces nothing. Links are
//! not copied. Times, owners and permission bits are those of a new file.

use common::files::{Create, FileContent, FileVersion, LastLink, Meta, TreeError, TreePath, Upload};
use common::users::{Action, Located};

use super::folder::{DirectoryMember, FolderProgress, FolderStep, FolderWalk};
use super::upload::begin;
use crate::server::guard::{Change, CheckedRequest, all, any, permit};
use crate::server::refusal::{Outcome, Refusal};
use crate::server::representation::Representation;
use crate::server::response::ServerResponse;
use crate::wire::depth::{self, Depth};
use crate::wire::destination;

/// Bytes that are read at a time (64 KiB).
const PIECE: usize = 64 << 10;

/// A directory with which nothing can be replaced, or which cannot be replaced.
const OVER_DIRECTORY: Refusal = Refusal::because(
    409,
    "cannot be copied over a directory or by one; remove the existing one",
    "tidak dapat disalin menimpa direktori atau sebaliknya; hapus dahulu yang sudah ada",
);

pub(super) async fn copy(change: Change<'_>) -> Outcome {
    let request = change.request();
    let (tree, head, from) = (&request.worker.tree, request.head, request.path()?);
    let destination = destination::of_request(head)?;
    let to = TreePath::ROOT.join(&destination).map_err(TreeError::from)?;
    let may_overwrite = destination::may_overwrite(head)?;
    let is_deep = match depth::of_request(head)? {
        None | Some(Depth::Infinity) => true,
        Some(Depth::Zero) => false,
        Some(Depth::One) => {
            return Err(Refusal::because(
                400,
                "is copied with Depth 0 or infinity",
                "disalin dengan Depth 0 atau infinity",
            ));
        }
    };
    let (source, meta, version) = change.existing(from.clone(), any(&[Action::Get, Action::List])).await?;
    if tree.is_link(source.place()).await? {
        return Err(Refusal::because(
            409,
            "is a link, which is not copied",
            "adalah tautan simbolis, yang tidak disalin",
        ));
    }
    if from == to {
        return Err(Refusal::because(
            403,
            "is where it is to be copied to",
            "sudah berada di tujuan penyalinan",
        ));
    }
    let is_new = match meta.is_directory() {
        true => copy_directory(request, (from, meta), to, may_overwrite, is_deep).await.map(|()| true)?,
        false if TreePath::names_directory(&destination) => return Err(Refusal::NAME_OF_DIRECTORY),
        false => {
            let from = DirectoryMember::new(request, from).await?;
            copy_file(request, &from, to, may_overwrite, version).await?
        }
    };
    Ok(ServerResponse::empty(if is_new { 201 } else { 204 }))
}

/// Copies a directory to a free name, up to the first entry that cannot be copied.
async fn copy_directory(
    request: CheckedRequest<'_>,
    (from, meta): (TreePath, Meta),
    to: TreePath,
    may_overwrite: bool,
    is_deep: bool,
) -> Result<(), Refusal> {
    let (tree, user) = (&request.worker.tree, request.user);
    let target = request.locate(to.clone(), LastLink::Kept, all(&[Action::Upload])).await?;
    permit(!user.is_in_drop_box(&target))?;
    if request.current(&target).await?.is_some() {
        return Err(if may_overwrite { OVER_DIRECTORY } else { Refusal::REPLACES });
    }
    // By identity: a link may lead back into the directory.
    let trace = tree.trace(target.place(), LastLink::Kept).await?;
    if trace.through.iter().any(|(_, above)| *above == meta.version.identity()) {
        return Err(TreeError::IntoItself.into());
    }
    if !is_deep {
        return make_directory(request, to).await;
    }
    let (start, mut progress) = (from.as_bytes().len(), FolderProgress::new("copied", "disalin"));
    let mut walk = FolderWalk::new(request, DirectoryMember::new(request, from).await?);
    while let Some(step) = walk.next(&progress).await? {
        let FolderStep::Enter(folder) = step else { continue };
        let path = &folder.node.path;
        let below = path.as_bytes().get(start..).unwrap_or_default();
        let to = to.join(below.strip_prefix(b"/").unwrap_or(below)).map_err(TreeError::from)?;
        progress.check(path, make_directory(request, to.clone()).await)?;
        progress.done += 1;
        for entry in folder.files().filter(|entry| !entry.is_link) {
            let copied = match folder.node.entry(request, entry.name).await {
                Ok(node) => copy_file(request, &node, to.child(entry.name), false, None).await,
                Err(error) => Err(error.into()),
            };
            progress.check(&path.child(entry.name), copied)?;
            progress.done += 1;
        }
    }
    Ok(())
}

async fn make_directory(request: CheckedRequest<'_>, path: TreePath) -> Result<(), Refusal> {
    let target = request.locate(path, LastLink::Kept, all(&[Action::Upload])).await?;
    let tree = &request.worker.tree;
    request.user.check_name(tree, &target).await?;
    match tree.make_dir(target.place()).await {
        Err(TreeError::NotFound | TreeError::NotDirectory) => Err(Refusal::NO_PARENT),
        made => Ok(made?),
    }
}

/// Copies a file; returns whether the name was free. `version` is the one that is copied, if any other is not.
async fn copy_file(
    request: CheckedRequest<'_>,
    from: &DirectoryMember,
    to: TreePath,
    may_overwrite: bool,
    version: Option<FileVersion>,
) -> Result<bool, Refusal> {
    let (tree, user) = (&request.worker.tree, request.user);
    permit(user.may(Action::Get, &from.at))?;
    let content = tree.open(from.at.place()).await?;
    if version.is_some_and(|version| version != content.meta().version) {
        return Err(TreeError::Changed.into());
    }
    let (to, how) = target(request, to, may_overwrite).await?;
    let place = user.place_in(tree, &to).await?;
    let mut upload = match begin(request, &place, how, None, &[]).await {
        Err(Refusal::Tree(TreeError::IsDirectory)) => return Err(OVER_DIRECTORY),
        upload => upload?,
    };
    receive(&content, &mut upload).await?;
    match upload.commit().await {
        Err(TreeError::Exists) => Err(Refusal::REPLACES),
        stored => Ok(stored?.is_new),
    }
}

/// Where a copy is stored, and whether it may replace a file there.
async fn target(
    request: CheckedRequest<'_>,
    to: TreePath,
    may_overwrite: bool,
) -> Result<(Located, Create), Refusal> {
    let user = request.user;
    let to = request.locate(to, LastLink::Kept, any(&[Action::Upload, Action::Overwrite])).await?;
    let is_dropped = user.is_in_drop_box(&to);
    let replaces = !is_dropped && request.current(&to).await?.is_some();
    permit(user.may(if replaces { Action::Overwrite } else { Action::Upload }, &to))?;
    user.check_name(&request.worker.tree, &to).await?;
    match (is_dropped, replaces) {
        (true, _) => Ok((to, Create::Numbered)),
        (false, true) if !may_overwrite => Err(Refusal::REPLACES),
        (false, true) => Ok((to, Create::Replace)),
        (false, false) => Ok((to, Create::New)),
    }
}

/// Reads a file into an upload. A file that becomes shorter meanwhile is not stored.
async fn receive(content: &FileContent<Representation>, upload: &mut Upload) -> Result<(), TreeError> {
    let mut pieces = content.pieces(0..content.meta().size, PIECE);
    while let Some(piece) = pieces.next().await? {
        upload.room().extend_from_slice(piece);
        upload.advance().await?;
    }
    Ok(())
}
