//! [`LocalTree`]: a folder of this machine as the source or the target of a mirror.

use std::rc::Rc;

use super::super::fault::{Fault, FaultKind};
use super::super::folder::LocalFolder;
use super::super::listing::{Listing, Unread};
use super::{EntryKind, MirrorEntry, MirrorTarget, MirrorTree, Modified};
use crate::files::{self, Meta, TreePath};

/// A folder of this machine.
#[derive(Clone, Debug)]
pub struct LocalTree {
    /// The folder.
    pub folder: Rc<LocalFolder>,
    /// The target of a dry run that does not exist yet. `folder` is any other one and is not read.
    pub is_missing: bool,
}

impl LocalTree {
    fn fault(&self, path: &TreePath, error: &files::TreeError) -> Fault {
        let mut fault = Fault::file(&self.folder.name(path), error);
        if matches!(error, files::TreeError::NotFound) {
            fault.kind = FaultKind::NotFound;
        }
        fault
    }

    async fn read(&self, directory: &TreePath) -> Result<(Meta, files::Batch), files::TreeError> {
        if self.is_missing {
            return Err(files::TreeError::NotFound);
        }
        let tree = &self.folder.tree;
        let meta = tree.metadata(directory).await?;
        Ok((meta, tree.list(directory, None).await?.collect_whole().await?))
    }
}

impl MirrorTree for LocalTree {
    const IS_LOCAL: bool = true;

    async fn list(&mut self, directory: &TreePath) -> Result<Listing<MirrorEntry>, Fault> {
        let (meta, batch) = self.read(directory).await.map_err(|error| self.fault(directory, &error))?;
        let entry = |files::Entry { name, meta, is_link, .. }: files::Entry<'_>| {
            let entry = entry(name.to_vec(), &meta);
            if is_link { MirrorEntry { kind: EntryKind::Link, ..entry } } else { entry }
        };
        let mut entries: Vec<_> = batch.entries.iter().map(entry).collect();
        for name in batch.left_out {
            let is_link = self.folder.tree.is_link(&directory.child(&name)).await.unwrap_or(false);
            let kind = if is_link { EntryKind::Link } else { EntryKind::Other };
            let name = name.into_vec();
            entries.push(MirrorEntry { name, kind, size: None, modified: None, identity: None });
        }
        let (device, inode) = meta.version.identity();
        let mut listing = Listing::new(entries, Unread::default());
        listing.identity = Some([device.to_ne_bytes(), inode.to_ne_bytes()].concat().into());
        Ok(listing)
    }

    async fn follow(&mut self, path: &TreePath, link: &MirrorEntry) -> Result<Option<MirrorEntry>, Fault> {
        match self.folder.tree.metadata(path).await {
            Ok(meta) => Ok(Some(entry(link.name.clone(), &meta))),
            Err(files::TreeError::NotFound) => Ok(None),
            Err(error) => Err(self.fault(path, &error)),
        }
    }
}

impl MirrorTarget for LocalTree {
    async fn make_dir(&mut self, path: &TreePath) -> Result<(), Fault> {
        self.folder.tree.make_dir(path).await.map_err(|error| self.fault(path, &error))
    }

    async fn remove(&mut self, path: &TreePath, is_directory: bool) -> Result<(), Fault> {
        let removed = match is_directory {
            true => self.folder.tree.remove_dir(path, None).await,
            false => self.folder.tree.remove_file(path, None).await,
        };
        removed.map_err(|error| self.fault(path, &error))
    }
}

fn entry(name: Vec<u8>, meta: &Meta) -> MirrorEntry {
    let kind = if meta.is_directory() { EntryKind::Directory } else { EntryKind::File };
    let modified = Some(Modified { at: meta.modified, within: 1 });
    MirrorEntry { name, kind, size: Some(meta.size), modified, identity: None }
}
