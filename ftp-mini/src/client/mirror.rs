//! [`MirrorWorker`]: a directory of a server as the source or the target of a mirror. Each worker has its own
//! session.
//!
//! Facts from the listing are not requested again: a download needs EPSV and RETR; an upload needs STOR, then
//! SIZE and MFMT in one write. An upload that may be resumed needs another SIZE first.

use common::client::mirror::{
    self, EntryKind, FileCopy, LocalTree, MirrorSource, MirrorTarget, MirrorTree, Moved,
};
use common::client::{Fault, Listing, Reporter};
use common::files::TreePath;

use super::entry::RemoteEntry;
use super::error::SessionError;
use super::file_transfer::{DownloadOptions, FileTransfer, TransferOptions};
use super::link::Link;
use super::location::Location;
use super::session::Session;
use crate::wire::listing::ListedTime;

/// One worker of a mirror.
#[derive(Debug)]
pub struct MirrorWorker {
    link: Link,
    location: Location,
    options: TransferOptions,
    report: Reporter,
}

impl MirrorWorker {
    /// A worker for the directory at `location`.
    pub fn new(link: Link, location: Location, options: TransferOptions, report: Reporter) -> Self {
        Self { link, location, options, report }
    }

    /// Runs commands that need no transfer, with retries.
    async fn retry<T>(
        &mut self,
        path: &TreePath,
        mut work: impl AsyncFnMut(&mut Session, &[u8]) -> Result<T, SessionError>,
    ) -> Result<T, Fault> {
        let remote = self.location.below(path.as_bytes());
        let work = async |session: &mut Session| work(session, &remote.path).await;
        self.link.retry(self.options.retries, (&self.report, &remote), work).await
    }
}

impl MirrorTree for MirrorWorker {
    async fn list(&mut self, directory: &TreePath) -> Result<Listing<mirror::MirrorEntry>, Fault> {
        let is_root = directory.is_root();
        let list = async |session: &mut Session, path: &[u8]| {
            let mut listing = session.list(path).await?;
            if is_root && listing.identity.is_none() {
                // Needed to recognize links to the top directory.
                listing.identity = session.identity(path).await;
            }
            Ok(listing)
        };
        Ok(self.retry(directory, list).await?.map(mirrored))
    }

    async fn follow(
        &mut self,
        path: &TreePath,
        link: &mirror::MirrorEntry,
    ) -> Result<Option<mirror::MirrorEntry>, Fault> {
        let follow = async |session: &mut Session, path: &[u8]| session.follow(path).await;
        let followed = self.retry(path, follow).await?.map(mirrored);
        let (name, identity) = (link.name.clone(), link.identity.clone());
        Ok(followed.map(|followed| mirror::MirrorEntry { name, identity, ..followed }))
    }
}

impl MirrorSource<LocalTree> for MirrorWorker {
    async fn copy(&mut self, file: &FileCopy, target: &mut LocalTree) -> Result<Moved, Fault> {
        let FileCopy { path, entry, .. } = file;
        let (folder, remote) = (&*target.folder, self.location.below(path.as_bytes()));
        let known = entry.size.map(|size| RemoteEntry {
            size: Some(size),
            modified: entry.modified.map(known),
            ..RemoteEntry::new(entry.name.clone(), EntryKind::File)
        });
        let transfer = FileTransfer::new(&remote, &self.options, &self.report, &folder.name(path));
        let options = DownloadOptions { resume: true, replace: true };
        transfer.download(&mut self.link, (folder, path), options, known).await.map(Moved::Bytes)
    }
}

impl MirrorSource<MirrorWorker> for LocalTree {
    async fn copy(&mut self, file: &FileCopy, target: &mut MirrorWorker) -> Result<Moved, Fault> {
        let remote = target.location.below(file.path.as_bytes());
        let name = self.folder.name(&file.path);
        let content = self.folder.tree.open(&file.path).await.map_err(|error| Fault::file(&name, &error))?;
        let transfer = FileTransfer::new(&remote, &target.options, &target.report, &name);
        transfer.upload(&mut target.link, &content, false).await.map(Moved::Bytes)
    }
}

impl MirrorTarget for MirrorWorker {
    async fn make_dir(&mut self, path: &TreePath) -> Result<(), Fault> {
        let make = async |session: &mut Session, path: &[u8]| session.make_directories(path).await;
        self.retry(path, make).await
    }

    async fn remove(&mut self, path: &TreePath, is_directory: bool) -> Result<(), Fault> {
        let remove = async |session: &mut Session, path: &[u8]| {
            let removed = match is_directory {
                true => session.remove_directory(path).await,
                false => session.remove_file(path).await,
            };
            match removed {
                // A first attempt whose reply was lost has removed it, or another client has.
                Err(SessionError::NotThere(_)) => Ok(()),
                removed => removed,
            }
        };
        self.retry(path, remove).await
    }
}

fn mirrored(entry: RemoteEntry) -> mirror::MirrorEntry {
    mirror::MirrorEntry {
        kind: entry.kind,
        name: entry.name,
        size: entry.size,
        modified: entry
            .modified
            .map(|modified| mirror::Modified { at: modified.into(), within: modified.precision.into() }),
        identity: entry.unique,
    }
}

fn known(modified: mirror::Modified) -> ListedTime {
    let seconds = match modified.at.duration_since(std::time::SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
    };
    ListedTime { seconds, precision: u32::try_from(modified.within).unwrap_or(u32::MAX) }
}
