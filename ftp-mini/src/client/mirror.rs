//! A directory of a server as a mirror sees it, through a session of its own for each worker.
//!
//! What the listing told is not asked for again: a file takes EPSV and RETR to bring, and STOR, with SIZE and
//! MFMT behind it in one write, to take; before one that could be gone on with after a cut goes another SIZE.

use common::client::mirror::{self, EntryKind, Moved, Remote};
use common::client::{Fault, Folder, Listing, Report};
use common::escape::printable;
use common::files::{Meta, TreePath};

use super::entry::{self, Entry};
use super::error::Error;
use super::file_transfer::{DownloadOptions, FileTransfer, TransferOptions, time_of};
use super::link::Link;
use super::location::Location;
use super::session::Session;
use crate::wire::listing::Modified;

/// One worker of a mirror.
#[derive(Debug)]
pub struct Worker {
    link: Link,
    location: Location,
    how: TransferOptions,
    report: Report,
}

impl Worker {
    /// A worker in the directory that `location` names.
    #[must_use]
    pub fn new(link: Link, location: Location, how: TransferOptions, report: Report) -> Self {
        Self { link, location, how, report }
    }

    /// Tries again what needs no transfer.
    async fn persist<T>(
        &mut self,
        path: &TreePath,
        mut attempt: impl AsyncFnMut(&mut Link, &[u8]) -> Result<T, Error>,
    ) -> Result<T, Fault> {
        let there = self.location.below(path.as_bytes());
        let transfer = self.report.transfer(&there.to_string(), &printable(path.as_bytes()));
        let link = &mut self.link;
        self.how.retries.persist(&transfer, async || Ok(attempt(link, &there.path).await?)).await
    }
}

impl Remote for Worker {
    async fn list(&mut self, directory: &TreePath) -> Result<Listing<mirror::Entry>, Fault> {
        let is_root = directory.is_root();
        let list = async |link: &mut Link, path: &[u8]| {
            let list = async |session: &mut Session| {
                let mut listing = session.list(path).await?;
                if is_root && listing.identity.is_none() {
                    // Links to where the mirror begins are known by it.
                    listing.identity = session.identity(path).await;
                }
                Ok(listing)
            };
            link.with(list).await
        };
        Ok(self.persist(directory, list).await?.map(mirrored))
    }

    async fn follow(
        &mut self,
        path: &TreePath,
        link: &mirror::Entry,
    ) -> Result<Option<mirror::Entry>, Fault> {
        let follow =
            async |link: &mut Link, path: &[u8]| link.with(async |session| session.follow(path).await).await;
        let followed = self.persist(path, follow).await?.map(mirrored);
        let (name, identity) = (link.name.clone(), link.identity.clone());
        Ok(followed.map(|followed| mirror::Entry { name, identity, ..followed }))
    }

    async fn fetch(
        &mut self,
        path: &TreePath,
        entry: &mirror::Entry,
        to: &Folder,
        _have: Option<&Meta>,
    ) -> Result<Moved, Fault> {
        let there = self.location.below(path.as_bytes());
        let transfer = self.report.transfer(&there.to_string(), &to.name(path));
        let errand = FileTransfer { there: &there, how: &self.how, transfer: &transfer };
        let known = entry.size.map(|size| Entry {
            size: Some(size),
            modified: entry.modified.map(known),
            ..Entry::new(entry.name.clone(), entry::Kind::File)
        });
        let keep = DownloadOptions { resume: true, replace: true };
        errand.bring(&mut self.link, (to, path), keep, known).await?;
        let moved = transfer.moved();
        transfer.done();
        Ok(Moved::Bytes(moved))
    }

    async fn store(&mut self, path: &TreePath, _meta: &Meta, from: &Folder) -> Result<Moved, Fault> {
        let there = self.location.below(path.as_bytes());
        let name = from.name(path);
        let transfer = self.report.transfer(&there.to_string(), &name);
        let content = from.tree.open(path).await.map_err(|error| Fault::file(&name, &error))?;
        let errand = FileTransfer { there: &there, how: &self.how, transfer: &transfer };
        errand.take(&mut self.link, &content, false).await?;
        let moved = transfer.moved();
        transfer.done();
        Ok(Moved::Bytes(moved))
    }

    async fn make_dir(&mut self, path: &TreePath) -> Result<(), Fault> {
        let make = async |link: &mut Link, path: &[u8]| {
            link.with(async |session| session.make_directories(path).await).await
        };
        self.persist(path, make).await
    }

    async fn remove(&mut self, path: &TreePath, is_directory: bool) -> Result<(), Fault> {
        let remove = async |link: &mut Link, path: &[u8]| {
            let removed = link.with(async |session| match is_directory {
                true => session.remove_directory(path).await,
                false => session.remove_file(path).await,
            });
            match removed.await {
                // A first attempt whose reply was lost has removed it, or somebody else.
                Err(Error::NotThere(_)) => Ok(()),
                removed => removed,
            }
        };
        self.persist(path, remove).await
    }
}

fn mirrored(entry: Entry) -> mirror::Entry {
    mirror::Entry {
        kind: match entry.kind {
            entry::Kind::File => EntryKind::File,
            entry::Kind::Directory => EntryKind::Directory,
            entry::Kind::Link => EntryKind::Link,
            entry::Kind::Other => EntryKind::Other,
        },
        name: entry.name,
        size: entry.size,
        modified: entry.modified.map(told),
        identity: entry.unique,
    }
}

fn told(modified: Modified) -> mirror::Modified {
    mirror::Modified { at: time_of(modified), within: modified.precision.into() }
}

fn known(modified: mirror::Modified) -> Modified {
    let seconds = match modified.at.duration_since(std::time::SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
    };
    Modified { seconds, precision: u32::try_from(modified.within).unwrap_or(u32::MAX) }
}
