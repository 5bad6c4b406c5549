//! One file between a folder and a server, with all that it takes: what is there already is gone on with when
//! its end is that of the file, what was lost is tried again, sizes are compared, and times are kept.

use std::io;
use std::time::{Duration, SystemTime};

use common::client::{Fault, Folder, Kind, Outlet, Pump, Retries, Sink, Throttle, Transfer};
use common::files::{Checksum, Content, Fetch, ROOM, TreePath};
use sha2::{Digest as _, Sha256};

use super::download::Begun;
use super::entry::{self, Entry};
use super::error::Error;
use super::limits::TAIL;
use super::link::Link;
use super::location::Location;
use super::session::Session;
use super::upload::Start;
use crate::wire::listing::Modified;

/// A file that is to be brought or taken.
#[derive(Clone, Copy, Debug)]
pub struct FileTransfer<'a> {
    /// Where it is on the server.
    pub there: &'a Location,
    /// How it is moved.
    pub how: &'a TransferOptions,
    /// Who is told.
    pub transfer: &'a Transfer,
}

/// How files are moved.
#[derive(Clone, Debug)]
pub struct TransferOptions {
    /// How often something is tried again.
    pub retries: Retries,
    /// How fast all that share it may go.
    pub throttle: Throttle,
    /// Whether the server has to compute digests, which are compared.
    pub verify: bool,
}

/// How a file is put into a folder.
#[derive(Clone, Copy, Debug)]
pub struct DownloadOptions {
    /// Go on with what an earlier run has brought of the same version.
    pub resume: bool,
    /// Replace the file that is there.
    pub replace: bool,
}

/// A stream that cannot be read again, and the end of what went into it, which is compared.
struct Poured {
    outlet: Outlet,
    tail: Vec<u8>,
}

impl Sink for Poured {
    fn room(&mut self) -> &mut Vec<u8> {
        self.outlet.room()
    }

    async fn advance(&mut self, transfer: &Transfer) -> Result<(), Fault> {
        self.tail.extend_from_slice(self.outlet.room());
        let excess = self.tail.len().saturating_sub(TAIL as usize);
        self.tail.drain(..excess);
        Sink::advance(&mut self.outlet, transfer).await
    }
}

/// How often an errand has begun at the first byte.
#[derive(Clone, Copy, Debug, Default)]
struct Beginnings(u32);

impl FileTransfer<'_> {
    /// Takes note of an attempt that begins at an offset, and tells what became of it. Bytes that have moved
    /// are progress to who counts the attempts; not if they move from the beginning again and again.
    fn counted<T>(
        &self,
        beginnings: &mut Beginnings,
        offset: u64,
        done: Result<T, Error>,
    ) -> Result<T, Fault> {
        beginnings.0 += u32::from(offset == 0);
        done.map_err(Fault::from).map_err(|fault| match beginnings.0 > self.how.retries.0 {
            true => Fault::new(fault.kind, fault.to_string()),
            false => fault,
        })
    }

    fn pump(&self) -> Pump<'_> {
        Pump { throttle: &self.how.throttle, transfer: self.transfer }
    }

    /// Brings the file into a folder. `known`: what a listing told of it, which saves to ask.
    ///
    /// # Errors
    /// That of the last attempt. What has come is kept for the next run.
    pub async fn bring(
        &self,
        link: &mut Link,
        (folder, name): (&Folder, &TreePath),
        keep: DownloadOptions,
        mut known: Option<Entry>,
    ) -> Result<(), Fault> {
        let mut is_again = false;
        let mut beginnings = Beginnings::default();
        let attempt = async || {
            let entry = match known.take() {
                Some(entry) => entry,
                None => link.with(async |session| session.status(&self.there.path).await).await?,
            };
            if entry.kind == entry::Kind::Directory {
                return Err(Fault::new(Kind::Failed, "it is a directory; mirror takes one"));
            }
            let goes_on = is_again || (keep.resume && can_go_on(&entry));
            is_again = true;
            let source = self.source(&entry);
            let begun = match goes_on {
                true => self.begun(folder, name, &source, entry.size).await?,
                false => Begun::default(),
            };
            let to = (folder, name);
            match self.bring_from(link, to, keep, &entry, &begun).await {
                Err(Error::AnotherFile) => {
                    let anew = self.bring_from(link, to, keep, &entry, &Begun::default()).await;
                    self.counted(&mut beginnings, 0, anew)
                }
                brought => self.counted(&mut beginnings, begun.size, brought),
            }
        };
        self.how.retries.persist(self.transfer, attempt).await
    }

    /// Brings the file into something that is no file, as standard output is. What is tried again goes on
    /// behind what has been written.
    ///
    /// # Errors
    /// That of the last attempt; [`Kind::Integrity`] where the file has become another one meanwhile.
    pub async fn pour(&self, link: &mut Link, into: Outlet) -> Result<(), Fault> {
        let mut into = Poured { outlet: into, tail: Vec::new() };
        let mut version = None;
        let attempt = async || {
            let entry = link.with(async |session| session.status(&self.there.path).await).await?;
            let source = self.source(&entry);
            if *version.get_or_insert_with(|| source.clone()) != source {
                return Err(Fault::new(Kind::Integrity, "it has changed while it was read"));
            }
            let begun = Begun { size: self.transfer.moved(), tail: into.tail.clone() };
            self.transfer.start(entry.size, begun.size);
            let poured = link.with(async |session| {
                session.fetch(&self.there.path, entry.size, &begun, &mut into, self.pump()).await
            });
            Ok(poured.await?)
        };
        self.how.retries.persist(self.transfer, attempt).await?;
        into.outlet.finish().await
    }

    /// Names the file and this version of it.
    fn source(&self, entry: &Entry) -> Vec<u8> {
        let modified = entry.modified.map(|modified| modified.seconds);
        format!("{} {:?} {modified:?}", self.there, entry.size).into_bytes()
    }

    /// What has come of this version before.
    async fn begun(
        &self,
        folder: &Folder,
        name: &TreePath,
        source: &[u8],
        size: Option<u64>,
    ) -> Result<Begun, Fault> {
        let fault = |error| Fault::file(&folder.name(name), &error);
        match folder.tree.begun(name, source).await.map_err(fault)? {
            Some((part, begun)) if begun > 0 && size.is_none_or(|size| begun <= size) => {
                let part = folder.tree.open(&part).await.map_err(fault)?;
                let tail = tail(&part, begun).await.map_err(|error| self.unreadable(&error))?;
                Ok(Begun { size: begun, tail })
            }
            _ => Ok(Begun::default()),
        }
    }

    async fn bring_from(
        &self,
        link: &mut Link,
        (folder, name): (&Folder, &TreePath),
        keep: DownloadOptions,
        entry: &Entry,
        begun: &Begun,
    ) -> Result<(), Error> {
        let fault = |error| Fault::file(&folder.name(name), &error);
        let fetch = Fetch { source: self.source(entry), at: begun.size, replace: keep.replace };
        let mut upload = folder.tree.fetch(name, fetch).await.map_err(fault)?;
        if let Some(modified) = entry.modified {
            upload.date(time_of(modified));
        }
        if self.how.verify {
            upload.expect(self.digest(link, entry.size).await?);
        }
        self.transfer.start(entry.size, begun.size);
        self.transfer.keep(can_go_on(entry));
        let came = link.with(async |session| {
            session.fetch(&self.there.path, entry.size, begun, &mut upload, self.pump()).await
        });
        match came.await {
            Ok(()) => {
                self.transfer.keep(false);
                upload.commit().await.map_err(fault)?;
                Ok(())
            }
            Err(error) => {
                // Of a file that could not be written nothing is left; why it could not is told.
                let kept = upload.keep().await;
                self.transfer.keep(can_go_on(entry) && kept.is_ok());
                Err(error)
            }
        }
    }

    /// Takes a file of ours to the server. `resume`: go on behind what is there.
    ///
    /// # Errors
    /// That of the last attempt.
    pub async fn take(&self, link: &mut Link, content: &Content, resume: bool) -> Result<(), Fault> {
        let size = content.meta().size;
        // A small one is sent again as soon as what is there of it is looked at.
        let goes_on = resume || size > TAIL;
        let mut at_first = None;
        let mut beginnings = Beginnings::default();
        let attempt = async || {
            let there = match goes_on {
                true => link.with(async |session| session.size_if_any(&self.there.path).await).await?,
                false => None,
            };
            // Of what was there before, the end alone would prove little.
            let is_ours = resume || there != *at_first.get_or_insert(there);
            let start = match there.filter(|there| is_ours && (1..=size).contains(there)) {
                Some(there) => self.start(link, content, there).await?,
                None => Start::Anew,
            };
            let taken = self.take_from(link, content, start).await;
            self.counted(&mut beginnings, start.offset(), taken)
        };
        self.how.retries.persist(self.transfer, attempt).await
    }

    /// Behind the `there` bytes that the server has, if they end like ours, or if it lets nobody read them.
    async fn start(&self, link: &mut Link, content: &Content, there: u64) -> Result<Start, Error> {
        let tail = tail(content, there).await.map_err(|error| self.unreadable(&error))?;
        let compared = link.with(async |session| session.has_tail(&self.there.path, there, tail).await);
        match compared.await? {
            Some(false) => Ok(Start::Anew),
            Some(true) | None => Ok(Start::At(there)),
        }
    }

    async fn take_from(&self, link: &mut Link, content: &Content, start: Start) -> Result<(), Error> {
        let (size, modified) = (content.meta().size, content.meta().modified_unix());
        self.transfer.start(Some(size), start.offset());
        self.transfer.keep(true);
        let stored = link.with(async |session| {
            session.store(&self.there.path, content, start, self.pump()).await?;
            session.confirm(&self.there.path, size, Some(modified)).await
        });
        let stored = stored.await;
        // What is there of a file that changed here is of no use.
        self.transfer.keep(stored.as_ref().is_err_and(|error| error.kind() == Kind::Network));
        stored?;
        if self.how.verify {
            let ours = sha_256(content).await.map_err(|error| self.unreadable(&error))?;
            if self.digest(link, Some(size)).await? != Checksum::Sha256(ours) {
                return Err(Error::AnotherFile);
            }
        }
        Ok(())
    }

    /// The digest of the file as the server computes it.
    async fn digest(&self, link: &mut Link, size: Option<u64>) -> Result<Checksum, Error> {
        let digest = link.with(async |session| session.digest(&self.there.path, size).await).await?;
        let none = || Fault::new(Kind::Failed, "the server computes no SHA-256; leave --verify out");
        Ok(digest.map(Checksum::Sha256).ok_or_else(none)?)
    }

    fn unreadable(&self, error: &io::Error) -> Fault {
        Fault::new(Kind::Failed, format!("cannot read '{}': {error}", self.transfer.file()))
    }
}

impl Session {
    /// Whether the first `size` bytes of a file on the server, which has no more, end in these. `None`: they
    /// cannot be read.
    async fn has_tail(&mut self, path: &[u8], size: u64, tail: Vec<u8>) -> Result<Option<bool>, Error> {
        match self.compare(path, &Begun { size, tail }).await {
            Ok(()) => Ok(Some(true)),
            Err(Error::AnotherFile | Error::TooMuch { .. }) => Ok(Some(false)),
            Err(Error::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether a later run can go on with a file. Without a time, the same size proves little, but within one run
/// the end is compared; what is compared of a small file is all of it.
fn can_go_on(entry: &Entry) -> bool {
    entry.modified.is_some() && entry.size.is_some_and(|size| size > TAIL)
}

/// The last bytes before an offset, at most 64 KiB.
async fn tail(content: &Content, end: u64) -> io::Result<Vec<u8>> {
    let start = end.saturating_sub(TAIL);
    let mut tail = vec![0; usize::try_from(end - start).unwrap_or_default()];
    let mut read = 0;
    while let Some(room) = tail.get_mut(read..).filter(|room| !room.is_empty()) {
        match content.read_at(room, start + read as u64).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            came => read += came,
        }
    }
    Ok(tail)
}

async fn sha_256(content: &Content) -> io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut piece = vec![0; ROOM];
    let mut at = 0;
    while at < content.meta().size {
        let read = content.read_at(&mut piece, at).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        hash.update(piece.get(..read).unwrap_or_default());
        at += read as u64;
        // A file in memory must not keep the thread for itself.
        tokio::task::coop::consume_budget().await;
    }
    Ok(hash.finalize().into())
}

/// The first moment that is meant.
pub(super) fn time_of(modified: Modified) -> SystemTime {
    let since = Duration::from_secs(modified.seconds.unsigned_abs());
    let time = match modified.seconds {
        0.. => SystemTime::UNIX_EPOCH.checked_add(since),
        _ => SystemTime::UNIX_EPOCH.checked_sub(since),
    };
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}
