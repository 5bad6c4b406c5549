//! [`FileTransfer`] of one file between a folder and a server. A partial file is resumed if its last bytes
//! are those of the file, lost connections are retried, sizes are compared, and times are kept.

use std::io;
use std::ops::Range;

use common::client::{
    ContentSink, Fault, FaultKind, Hint, Inlet, LocalFolder, Outlet, PacedTransfer, Reporter, Retries,
    Throttle, TransferProgress,
};
use common::files::{Checksum, Fetch, FileContent, ROOM, TreePath};
use sha2::{Digest as _, Sha256};

use super::download::StoredPart;
use super::entry::{self, RemoteEntry};
use super::error::SessionError;
use super::limits::TAIL;
use super::link::Link;
use super::location::Location;

/// One transfer with its options.
#[derive(Debug)]
pub struct FileTransfer<'a> {
    remote: &'a Location,
    options: &'a TransferOptions,
    progress: TransferProgress,
}

/// The default is 5 retries, no rate limit and no digests.
#[derive(Clone, Debug, Default)]
pub struct TransferOptions {
    /// How often a failed transfer is retried.
    pub retries: Retries,
    /// The rate that all transfers share.
    pub throttle: Throttle,
    /// Whether to compare digests that the server computes.
    pub verify: bool,
}

/// The options of a download into a folder.
#[derive(Clone, Copy, Debug)]
pub struct DownloadOptions {
    /// Resume what an earlier run has left of the same version.
    pub resume: bool,
    /// Replace an existing file.
    pub replace: bool,
}

/// A stream that cannot be read again, and the last bytes written to it, for comparison.
struct Stream {
    outlet: Outlet,
    tail: Vec<u8>,
}

impl ContentSink for Stream {
    fn room(&mut self) -> &mut Vec<u8> {
        self.outlet.room()
    }

    async fn advance(&mut self, transfer: &TransferProgress) -> Result<(), Fault> {
        self.tail.extend_from_slice(self.outlet.room());
        let excess = self.tail.len().saturating_sub(TAIL as usize);
        self.tail.drain(..excess);
        ContentSink::advance(&mut self.outlet, transfer).await
    }
}

impl<'a> FileTransfer<'a> {
    /// `local` names the local end in reports.
    pub fn new(remote: &'a Location, options: &'a TransferOptions, report: &Reporter, local: &str) -> Self {
        Self { remote, options, progress: report.transfer(&remote.to_string(), local) }
    }

    /// Downloads the file into a folder, and returns the bytes moved. `known` is its entry in a listing, which
    /// saves a request. After a failure, the received bytes are kept for the next run.
    pub async fn download(
        self,
        link: &mut Link,
        to: (&LocalFolder, &TreePath),
        options: DownloadOptions,
        mut known: Option<RemoteEntry>,
    ) -> Result<u64, Fault> {
        let (mut is_again, mut from_start) = (false, 0);
        let attempt = async || {
            let entry = match known.take() {
                Some(entry) => entry,
                None => self.status(link).await?,
            };
            if entry.kind == entry::EntryKind::Directory {
                return Err(Fault::new(FaultKind::Failed, "it is a directory; mirror takes one"));
            }
            let resumes = is_again || (options.resume && is_resumable(&entry));
            is_again = true;
            let part = if resumes { self.part(to, &entry).await? } else { StoredPart::default() };
            match self.download_once(link, to, options.replace, &entry, &part).await {
                Err(SessionError::AnotherFile) => {
                    let anew =
                        self.download_once(link, to, options.replace, &entry, &StoredPart::default()).await;
                    self.counted(&mut from_start, 0, anew)
                }
                done => self.counted(&mut from_start, part.size, done),
            }
        };
        self.options.retries.persist(&self.progress, attempt).await?;
        Ok(self.done())
    }

    /// Downloads the file to standard output or another stream. A retry continues after the bytes written. If the
    /// file has changed since, it fails with [`FaultKind::Integrity`].
    pub async fn download_stream(self, link: &mut Link, outlet: Outlet) -> Result<(), Fault> {
        let mut stream = Stream { outlet, tail: Vec::new() };
        let mut version = None;
        let attempt = async || {
            let entry = self.status(link).await?;
            let source = self.source(&entry);
            if *version.get_or_insert_with(|| source.clone()) != source {
                return Err(Fault::new(FaultKind::Integrity, "it changed while it was downloaded"));
            }
            let part = StoredPart { size: self.progress.moved(), tail: stream.tail.clone() };
            Ok(self.fetch(link, &entry, &part, &mut stream).await?)
        };
        self.options.retries.persist(&self.progress, attempt).await?;
        stream.outlet.finish().await?;
        self.done();
        Ok(())
    }

    /// Uploads a file, and returns the bytes moved. `resume`: starts at the size of the server's file.
    pub async fn upload(self, link: &mut Link, content: &FileContent, resume: bool) -> Result<u64, Fault> {
        let size = content.meta().size;
        // Uploading a small file again costs less than comparing its start.
        let resumes = resume || size > TAIL;
        let (mut at_first, mut from_start) = (None, 0);
        let attempt = async || {
            let there = match resumes {
                true => link.with(async |session| session.size_if_any(&self.remote.path).await).await?,
                false => None,
            };
            // The last bytes of a file that existed before would prove little.
            let is_ours = resume || there != *at_first.get_or_insert(there);
            let offset = match there.filter(|there| is_ours && (1..=size).contains(there)) {
                Some(there) => self.resume_at(link, content, there).await?,
                None => 0,
            };
            let done = self.upload_once(link, content, offset).await;
            self.counted(&mut from_start, offset, done)
        };
        self.options.retries.persist(&self.progress, attempt).await?;
        Ok(self.done())
    }

    /// Uploads from standard input or another stream. It cannot be read again, so there is one attempt.
    pub async fn upload_stream(self, link: &mut Link, inlet: Inlet) -> Result<(), Fault> {
        self.progress.start(None, 0);
        let path = &self.remote.path;
        let stored = link.with(async |session| {
            let size = session.store_stream(path, inlet, self.pump()).await?;
            session.confirm(path, size, None).await
        });
        stored.await?;
        self.done();
        Ok(())
    }

    fn done(self) -> u64 {
        self.progress.done()
    }

    /// The result of an attempt from an offset. Retries count moved bytes as progress, so a fault after too many
    /// attempts from the start must not be retried.
    fn counted<T>(
        &self,
        from_start: &mut u32,
        offset: u64,
        done: Result<T, SessionError>,
    ) -> Result<T, Fault> {
        *from_start += u32::from(offset == 0);
        done.map_err(Fault::from).map_err(|fault| match *from_start > self.options.retries.0 {
            true => Fault::new(fault.kind, fault.to_string()),
            false => fault,
        })
    }

    fn pump(&self) -> PacedTransfer<'_> {
        PacedTransfer { throttle: &self.options.throttle, transfer: &self.progress }
    }

    async fn status(&self, link: &mut Link) -> Result<RemoteEntry, SessionError> {
        link.with(async |session| session.hinted_status(&self.remote.path).await).await
    }

    /// Identifies the file and its version.
    fn source(&self, entry: &RemoteEntry) -> Vec<u8> {
        let modified = entry.modified.map(|modified| modified.seconds);
        format!("{} {:?} {modified:?}", self.remote, entry.size).into_bytes()
    }

    /// The partial download of this version.
    async fn part(
        &self,
        (folder, name): (&LocalFolder, &TreePath),
        entry: &RemoteEntry,
    ) -> Result<StoredPart, Fault> {
        let fault = |error| Fault::file(&folder.name(name), &error);
        match folder.tree.part_file(name, &self.source(entry)).await.map_err(fault)? {
            Some((path, size)) if size > 0 && entry.size.is_none_or(|whole| size <= whole) => {
                let content = folder.tree.open(&path).await.map_err(fault)?;
                Ok(self.tail(&content, size).await?)
            }
            _ => Ok(StoredPart::default()),
        }
    }

    async fn fetch(
        &self,
        link: &mut Link,
        entry: &RemoteEntry,
        part: &StoredPart,
        into: &mut impl ContentSink,
    ) -> Result<(), SessionError> {
        self.progress.start(entry.size, part.size);
        let path = &self.remote.path;
        link.with(async |session| session.fetch(path, entry.size, part, into, self.pump()).await).await
    }

    async fn download_once(
        &self,
        link: &mut Link,
        (folder, name): (&LocalFolder, &TreePath),
        replace: bool,
        entry: &RemoteEntry,
        part: &StoredPart,
    ) -> Result<(), SessionError> {
        let fault = |error| Fault::file(&folder.name(name), &error);
        let fetch = Fetch { source: self.source(entry), at: part.size, replace };
        let mut upload = folder.tree.fetch(name, fetch).await.map_err(fault)?;
        if let Some(modified) = entry.modified {
            upload.date(modified.into());
        }
        if self.options.verify {
            upload.expect(self.digest(link, entry.size).await?);
        }
        self.progress.keep(is_resumable(entry));
        match self.fetch(link, entry, part, &mut upload).await {
            Ok(()) => {
                self.progress.keep(false);
                upload.commit().await.map_err(fault)?;
                Ok(())
            }
            Err(error) => {
                // If the file could not be written, nothing is kept; the error has the reason.
                let kept = upload.keep().await;
                self.progress.keep(is_resumable(entry) && kept.is_ok());
                Err(error)
            }
        }
    }

    /// The offset at which to resume an upload of which the server has `there` bytes: after them if they end like
    /// the file, or cannot be read.
    async fn resume_at(
        &self,
        link: &mut Link,
        content: &FileContent,
        there: u64,
    ) -> Result<u64, SessionError> {
        let part = self.tail(content, there).await?;
        let compared = link.with(async |session| match session.compare(&self.remote.path, &part).await {
            Ok(()) | Err(SessionError::Refused { .. }) => Ok(there),
            Err(SessionError::AnotherFile | SessionError::TooMuch { .. }) => Ok(0),
            Err(error) => Err(error),
        });
        compared.await
    }

    async fn upload_once(
        &self,
        link: &mut Link,
        content: &FileContent,
        offset: u64,
    ) -> Result<(), SessionError> {
        let (size, modified) = (content.meta().size, content.meta().modified_unix());
        let path = &self.remote.path;
        self.progress.start(Some(size), offset);
        self.progress.keep(true);
        let stored = link.with(async |session| {
            session.store(path, content, offset, self.pump()).await?;
            session.confirm(path, size, Some(modified)).await
        });
        let stored = stored.await;
        // If the file changed here, the server's part is useless.
        self.progress.keep(stored.as_ref().is_err_and(|error| error.kind() == FaultKind::Network));
        stored?;
        if self.options.verify {
            let mut hash = Sha256::new();
            self.read(content, 0..size, |piece| hash.update(piece)).await?;
            if self.digest(link, Some(size)).await? != Checksum::Sha256(hash.finalize().into()) {
                return Err(SessionError::AnotherFile);
            }
        }
        Ok(())
    }

    /// The digest of the file, computed by the server.
    async fn digest(&self, link: &mut Link, size: Option<u64>) -> Result<Checksum, SessionError> {
        let digest = link.with(async |session| session.digest(&self.remote.path, size).await).await?;
        let none =
            || Fault::new(FaultKind::Failed, "the server computes no SHA-256").with_hint(Hint::SkipDigest);
        Ok(digest.map(Checksum::Sha256).ok_or_else(none)?)
    }

    /// The first `size` bytes of a local file, represented by their end.
    async fn tail(&self, content: &FileContent, size: u64) -> Result<StoredPart, Fault> {
        let mut tail = Vec::new();
        self.read(content, size.saturating_sub(TAIL)..size, |piece| tail.extend_from_slice(piece)).await?;
        Ok(StoredPart { size, tail })
    }
    /// Reads a span of a local file in pieces.
    async fn read(
        &self,
        content: &FileContent,
        span: Range<u64>,
        take: impl FnMut(&[u8]),
    ) -> Result<(), Fault> {
        read(content, span, take).await.map_err(|error| {
            Fault::new(FaultKind::Failed, format!("cannot read '{}': {error}", self.progress.file()))
        })
    }
}
/// Whether a later run can resume the download of a file. Without a time, the size proves little. Within one
/// run the last bytes are compared; for a small file these are all bytes.
fn is_resumable(entry: &RemoteEntry) -> bool {
    entry.modified.is_some() && entry.size.is_some_and(|size| size > TAIL)
}

async fn read(content: &FileContent, span: Range<u64>, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut pieces = content.pieces(span, ROOM);
    while let Some(piece) = pieces.next().await? {
        take(piece);
    }
    Ok(())
}
