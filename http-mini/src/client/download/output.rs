//! The destination of a download: a part file, which is renamed when it is complete, or a stream.

use std::fs::File;

use common::client::{ContentSink, Fault, LocalFolder, Outlet, PacedTransfer, TransferProgress};
use common::files::{Fetch, TreeError, TreePath, Upload};
use common::net::clock;

use super::plan::Download;
use crate::client::content::Lost;
use crate::client::response::Response;
use crate::wire::date;
use crate::wire::response::ResponseHead;

/// The destination of a download.
#[derive(Clone, Copy, Debug)]
pub enum Destination<'a> {
    /// A file in a folder, and whether an existing one is replaced.
    File(&'a LocalFolder, &'a TreePath, bool),
    /// Standard output or a device, written in order.
    Stream(&'a File),
}

pub(super) enum DownloadOutput<'a> {
    File(PartFile<'a>),
    Stream(Outlet),
}

pub(super) struct PartFile<'a> {
    pub(super) upload: Upload,
    folder: &'a LocalFolder,
    path: &'a TreePath,
    /// Identifies it among the part files of the folder.
    source: Vec<u8>,
}

impl<'a> DownloadOutput<'a> {
    /// `source` identifies the part file, of which `at` bytes are resumed.
    pub(super) async fn open(
        download: &Download,
        place: Destination<'a>,
        (source, at): (Vec<u8>, u64),
        head: &ResponseHead,
        transfer: &TransferProgress,
    ) -> Result<Self, Fault> {
        let (folder, path, replace) = match place {
            Destination::File(folder, path, replace) => (folder, path, replace),
            Destination::Stream(file) => {
                let mut outlet = Outlet::new(file)?;
                download.checksum.into_iter().for_each(|checksum| outlet.expect(checksum));
                return Ok(Self::Stream(outlet));
            }
        };
        let upload = folder.tree.fetch(path, Fetch { source: source.clone(), at, replace }).await;
        let mut upload = upload.map_err(|error| Fault::file(&transfer.file(), &error))?;
        download.checksum.into_iter().for_each(|checksum| upload.expect(checksum));
        let modified = head.fields().only_field("last-modified").filter(|_| download.keeps_time);
        let modified = modified.and_then(|value| date::read(value, clock::now()));
        if let Some(time) = download.listed_time.or(modified) {
            upload.date(time);
        }
        Ok(Self::File(PartFile { upload, folder, path, source }))
    }

    /// Bytes written since it was opened.
    pub(super) fn received(&self) -> u64 {
        match self {
            Self::File(file) => file.upload.received(),
            Self::Stream(outlet) => outlet.received(),
        }
    }

    pub(super) async fn receive(
        &mut self,
        response: &mut Response,
        most: u64,
        pump: PacedTransfer<'_>,
    ) -> Result<(), Lost> {
        match self {
            Self::File(file) => receive(response, &mut file.upload, most, pump).await,
            Self::Stream(outlet) => receive(response, outlet, most, pump).await,
        }
    }
}

impl PartFile<'_> {
    /// Renames the part file. If it has another digest than expected, it is removed instead.
    pub(super) async fn commit(self, transfer: &TransferProgress) -> Result<(), Fault> {
        transfer.keep(false);
        let Err(error) = self.upload.commit().await else { return Ok(()) };
        if matches!(error, TreeError::Checksum) {
            remove(self.folder, self.path, &self.source).await;
        }
        Err(Fault::file(&transfer.file(), &error))
    }

    /// Keeps the part file for a later run, if the disk allows it.
    pub(super) async fn keep(self) {
        let _ = self.upload.keep().await;
    }

    pub(super) async fn remove(self) {
        // If it were only dropped, another thread would close it later, and might remove the file of the next attempt.
        let _ = self.upload.keep().await;
        remove(self.folder, self.path, &self.source).await;
    }
}

pub(super) async fn remove(folder: &LocalFolder, path: &TreePath, source: &[u8]) {
    if let Ok(Some((part, _))) = folder.tree.part_file(path, source).await {
        // A part file that cannot be removed does no harm.
        let _ = folder.tree.remove_file(&part, None).await;
    }
}

/// Receives the content of a response, at most `most` bytes, into a sink.
pub(super) async fn receive(
    response: &mut Response,
    sink: &mut impl ContentSink,
    most: u64,
    pump: PacedTransfer<'_>,
) -> Result<(), Lost> {
    let mut left = most;
    loop {
        let room = sink.room();
        let before = room.len();
        if !response.next_of(room, pump.throttle.step()).await? {
            return Ok(());
        }
        let received = (room.len() - before) as u64;
        left = left.checked_sub(received).ok_or(Lost::Excess)?;
        pump.transfer.advance(received);
        sink.advance(pump.transfer).await?;
        pump.throttle.moved(received).await;
    }
}
