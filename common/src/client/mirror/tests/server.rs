//! The server of the tests: a folder whose listings can have additional or missing entries.

use std::cell::RefCell;
use std::rc::Rc;

use super::super::*;
use crate::client::{FaultKind, Listing, LocalFolder, Unread};
use crate::files::{self, Fetch, TreePath};

/// A server that is a folder.
pub(super) struct FolderServer {
    pub(super) folder: Rc<LocalFolder>,
    /// The received requests.
    pub(super) asked: Rc<RefCell<Vec<String>>>,
    /// Additional entries in its listing of the root.
    pub(super) false_entries: Vec<MirrorEntry>,
    /// Names of its root that are neither files nor directories.
    pub(super) others: Vec<Vec<u8>>,
    /// The directories whose listings are incomplete.
    pub(super) unread: &'static [&'static str],
    /// Files whose transfer loses the connection.
    pub(super) lost: &'static str,
}

impl FolderServer {
    fn ask(&self, verb: &str, path: &TreePath) -> Result<(), Fault> {
        let name = String::from_utf8_lossy(path.as_bytes()).into_owned();
        let is_lost = !self.lost.is_empty() && name.contains(self.lost);
        self.asked.borrow_mut().push(format!("{verb} {name}"));
        if is_lost { Err(Fault::new(FaultKind::Network, "lost")) } else { Ok(()) }
    }
}

pub(super) fn file(name: &[u8]) -> MirrorEntry {
    MirrorEntry { name: name.to_vec(), kind: EntryKind::File, size: Some(1), modified: None, identity: None }
}

async fn copy(from: &LocalFolder, to: &LocalFolder, path: &TreePath) -> Result<Moved, Fault> {
    let fault = |error| Fault::file(&"file", &error);
    let content = from.tree.open(path).await.map_err(fault)?;
    let mut pieces = content.pieces(0..content.meta().size, 64);
    let bytes = pieces.next().await.unwrap().unwrap_or_default();
    let fetch = Fetch { source: b"s".to_vec(), at: 0, replace: true };
    let mut upload = to.tree.fetch(path, fetch).await.map_err(fault)?;
    upload.date(content.meta().modified);
    upload.room().extend_from_slice(bytes);
    upload.commit().await.map_err(fault)?;
    Ok(Moved::Bytes(bytes.len() as u64))
}

impl MirrorTree for FolderServer {
    async fn list(&mut self, directory: &TreePath) -> Result<Listing<MirrorEntry>, Fault> {
        let listed = match self.folder.tree.list(directory, None).await {
            Ok(list) => list.collect().await.map_err(|error| Fault::file(&"list", &error))?,
            Err(_) => return Err(Fault::new(FaultKind::NotFound, "no such directory")),
        };
        let entry = |entry: files::Entry<'_>| MirrorEntry {
            kind: match (entry.target.is_some(), entry.meta.is_directory()) {
                (true, _) => EntryKind::Link,
                (false, true) => EntryKind::Directory,
                (false, false) => EntryKind::File,
            },
            name: entry.name.to_vec(),
            size: Some(entry.meta.size),
            modified: Some(Modified { at: entry.meta.modified, within: 1 }),
            identity: Some(format!("{:?}", entry.meta.version.identity()).into_bytes().into()),
        };
        let mut entries: Vec<_> = listed.iter().map(entry).collect();
        if directory.is_root() {
            let is_other = |entry: &MirrorEntry| self.others.contains(&entry.name);
            entries.retain(|entry| !is_other(entry));
            entries.extend(self.false_entries.clone());
            let other = |name: &Vec<u8>| MirrorEntry { kind: EntryKind::Other, ..file(name) };
            entries.extend(self.others.iter().map(other));
        }
        let mut unread = Unread::default();
        if self.unread.iter().any(|unread| directory.as_bytes() == unread.as_bytes()) {
            unread.add(|| "the line '?' cannot be read".into());
        }
        Ok(Listing::new(entries, unread))
    }

    async fn follow(&mut self, path: &TreePath, link: &MirrorEntry) -> Result<Option<MirrorEntry>, Fault> {
        self.ask("follow", path)?;
        Ok(Some(MirrorEntry { kind: EntryKind::Directory, ..link.clone() }))
    }
}

impl MirrorSource<LocalTree> for FolderServer {
    async fn copy(&mut self, file: &FileCopy, target: &mut LocalTree) -> Result<Moved, Fault> {
        self.ask("get", &file.path)?;
        copy(&self.folder, &target.folder, &file.path).await
    }
}

impl MirrorSource<FolderServer> for LocalTree {
    async fn copy(&mut self, file: &FileCopy, target: &mut FolderServer) -> Result<Moved, Fault> {
        target.ask("put", &file.path)?;
        copy(&self.folder, &target.folder, &file.path).await
    }
}

impl MirrorTarget for FolderServer {
    async fn make_dir(&mut self, path: &TreePath) -> Result<(), Fault> {
        self.ask("mkdir", path)?;
        self.folder.tree.make_dir(path).await.map_err(|error| Fault::file(&"directory", &error))
    }

    async fn remove(&mut self, path: &TreePath, is_directory: bool) -> Result<(), Fault> {
        self.ask("rm", path)?;
        let tree = &self.folder.tree;
        let removed =
            if is_directory { tree.remove_dir(path, None).await } else { tree.remove_file(path, None).await };
        removed.map_err(|error| Fault::file(&"file", &error))
    }
}
