//! A directory that is removed or copied with everything in it, depth first. No link is followed, even if another
//! process puts one in the place of a directory.

use std::rc::Rc;

use common::files::{Batch, Entry, TreeError, TreePath};
use common::users::{Action, Located};
use syntax::rule::Text;

use crate::server::guard::{CheckedRequest, permit};
use crate::server::refusal::Refusal;

/// A file or directory, and where it is.
pub(super) struct DirectoryMember {
    /// As the user sees it.
    pub(super) path: TreePath,
    pub(super) at: Located,
}

impl DirectoryMember {
    /// The links before the last name of the path are followed.
    pub(super) async fn new(request: CheckedRequest<'_>, path: TreePath) -> Result<Self, TreeError> {
        let at = request.user.locate_linkless(&request.worker.tree, &path).await?;
        Ok(Self { path, at })
    }

    /// An entry of this directory.
    pub(super) async fn entry(&self, request: CheckedRequest<'_>, name: &[u8]) -> Result<Self, TreeError> {
        let at = request.user.locate_linkless_in(&request.worker.tree, &self.at, name).await?;
        Ok(Self { path: self.path.child(name), at })
    }
}

/// A directory that the user may list, and its entries.
pub(super) struct ListedDirectory {
    pub(super) node: DirectoryMember,
    batch: Batch,
}

impl ListedDirectory {
    async fn open(request: CheckedRequest<'_>, node: DirectoryMember) -> Result<Self, Refusal> {
        permit(request.user.may(Action::List, &node.at))?;
        let mut list = request.worker.tree.list(node.at.place(), request.address()).await?;
        Ok(Self { node, batch: list.collect_whole().await? })
    }

    /// The files in it, and the links.
    pub(super) fn files(&self) -> impl Iterator<Item = Entry<'_>> {
        self.batch.entries.iter().filter(|entry| !entry.is_own_directory())
    }

    /// The names of links that lead nowhere, and of what is neither a file nor a directory.
    pub(super) fn left_out(&self) -> impl Iterator<Item = &[u8]> {
        self.batch.left_out.iter().map(|name| &**name)
    }

    /// The name of the first directory behind the first `passed` entries, and the number of entries up to it.
    fn next_directory(&self, passed: usize) -> Option<(&[u8], usize)> {
        let mut rest = (passed + 1..).zip(self.batch.entries.iter().skip(passed));
        rest.find_map(|(passed, entry)| entry.is_own_directory().then_some((entry.name, passed)))
    }
}

/// A directory before or after the directories in it.
pub(super) enum FolderStep {
    Enter(Rc<ListedDirectory>),
    Leave(Rc<ListedDirectory>),
}

/// The way through a directory and those below it.
pub(super) struct FolderWalk<'a> {
    request: CheckedRequest<'a>,
    first: Option<DirectoryMember>,
    /// The directories on the way, each with the number of its entries that were passed.
    open: Vec<(Rc<ListedDirectory>, usize)>,
}

impl<'a> FolderWalk<'a> {
    pub(super) fn new(request: CheckedRequest<'a>, first: DirectoryMember) -> Self {
        Self { request, first: Some(first), open: Vec::new() }
    }

    pub(super) async fn next(&mut self, progress: &FolderProgress) -> Result<Option<FolderStep>, Refusal> {
        let node = match (self.first.take(), self.open.last_mut()) {
            (Some(first), _) => first,
            (None, None) => return Ok(None),
            (None, Some((folder, passed))) => {
                let Some((name, now_passed)) = folder.next_directory(*passed) else {
                    return Ok(self.open.pop().map(|(folder, _)| FolderStep::Leave(folder)));
                };
                *passed = now_passed;
                let path = folder.node.path.child(name);
                progress.check(&path, folder.node.entry(self.request, name).await)?
            }
        };
        let path = node.path.clone();
        let folder = Rc::new(progress.check(&path, ListedDirectory::open(self.request, node).await)?);
        self.open.push((Rc::clone(&folder), 0));
        Ok(Some(FolderStep::Enter(folder)))
    }
}

/// How far a directory was removed or copied.
pub(super) struct FolderProgress {
    /// `removed`, `copied` or `changed`.
    verb: Text,
    /// Files and directories so far.
    pub(super) done: usize,
}

impl FolderProgress {
    pub(super) fn new(en: &'static str, id: &'static str) -> Self {
        Self { verb: Text { en, id }, done: 0 }
    }

    /// A failure at `path` ends the work; the response states how much was done before.
    pub(super) fn check<T>(
        &self,
        path: &TreePath,
        result: Result<T, impl Into<Refusal>>,
    ) -> Result<T, Refusal> {
        result.map_err(|cause| Refusal::Partly {
            verb: self.verb,
            done: self.done,
            path: path.clone(),
            cause: Box::new(cause.into()),
        })
    }
}
