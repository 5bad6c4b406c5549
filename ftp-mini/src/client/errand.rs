//! One file between a folder and a server, with all that it takes: what is there already is gone on with when
//! its end is that of the file, what was lost is tried again, sizes are compared, and times are kept.

use std::fs::File;
use std::time::{Duration, SystemTime};

use common::client::{Fault, Folder, Kind, Pump, Retries, Throttle, Transfer};
use common::files::{Content, Fetch, TreePath};

use super::download::Begun;
use super::entry::{self, Entry};
use super::error::Error;
use super::limits::TAIL;
use super::link::Link;
use super::session::Session;
use super::upload::Start;
use crate::wire::listing::Modified;

/// A file that is to be brought or taken.
#[derive(Clone, Copy, Debug)]
pub struct Errand<'a> {
    /// Its path on the server.
    pub path: &'a [u8],
    /// The same as a URL, without user and password. Two files have two.
    pub url: &'a str,
    /// How often it is tried again.
    pub retries: Retries,
    /// How fast it may go.
    pub throttle: &'a Throttle,
    /// Who is told.
    pub transfer: &'a Transfer,
}

/// How a file is put into a folder.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// Go on with what an earlier run has brought of the same version.
    pub resume: bool,
    /// Replace the file that is there.
    pub replace: bool,
}

impl Errand<'_> {
    fn pump(&self) -> Pump<'_> {
        Pump { throttle: self.throttle, transfer: self.transfer }
    }

    /// Brings the file into a folder. `known`: what a listing told of it, which saves to ask.
    ///
    /// # Errors
    /// That of the last attempt. What has come is kept for the next run.
    pub async fn bring(
        &self,
        link: &mut Link,
        (folder, name): (&Folder, &TreePath),
        keep: Keep,
        mut known: Option<Entry>,
    ) -> Result<(), Fault> {
        let mut is_again = false;
        let attempt = async || {
            let entry = match known.take() {
                Some(entry) => entry,
                None => link.with(async |session| session.status(self.path).await).await?,
            };
            if entry.kind == entry::Kind::Directory {
                return Err(Fault::new(Kind::Failed, "it is a directory; mirror takes one"));
            }
            // Without a time, the same size proves little, but within one run the end is compared.
            let goes_on = is_again || (keep.resume && entry.modified.is_some() && entry.size.is_some());
            is_again = true;
            let source = self.source(&entry);
            let begun = match goes_on {
                true => self.begun(folder, name, &source, entry.size).await?,
                false => Begun::default(),
            };
            match self.bring_from(link, (folder, name), keep, &entry, &begun).await {
                Err(Error::AnotherFile) => {
                    Ok(self.bring_from(link, (folder, name), keep, &entry, &Begun::default()).await?)
                }
                done => Ok(done?),
            }
        };
        self.retries.persist(self.transfer, attempt).await
    }

    /// Brings the file into something that is no file, as standard output is. What is tried again goes on
    /// behind what has been written.
    ///
    /// # Errors
    /// That of the last attempt; [`Kind::Integrity`] where the file has become another one meanwhile.
    pub async fn pour(&self, link: &mut Link, into: &File) -> Result<(), Fault> {
        let mut version = None;
        let attempt = async || {
            let entry = link.with(async |session| session.status(self.path).await).await?;
            let source = self.source(&entry);
            if *version.get_or_insert_with(|| source.clone()) != source {
                return Err(Fault::new(Kind::Integrity, "it has changed while it was read"));
            }
            let begun = Begun { size: self.transfer.moved(), tail: Vec::new() };
            self.transfer.start(entry.size, begun.size);
            let poured = link
                .with(async |session| session.pour(self.path, entry.size, &begun, into, self.pump()).await);
            Ok(poured.await?)
        };
        self.retries.persist(self.transfer, attempt).await
    }

    /// Names the file and this version of it.
    fn source(&self, entry: &Entry) -> Vec<u8> {
        let modified = entry.modified.map(|modified| modified.seconds);
        format!("{} {:?} {modified:?}", self.url, entry.size).into_bytes()
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
        keep: Keep,
        entry: &Entry,
        begun: &Begun,
    ) -> Result<(), Error> {
        let fault = |error| Fault::file(&folder.name(name), &error);
        let fetch = Fetch { source: self.source(entry), at: begun.size, replace: keep.replace };
        let mut upload = folder.tree.fetch(name, fetch).await.map_err(fault)?;
        if let Some(modified) = entry.modified {
            upload.date(time_of(modified));
        }
        self.transfer.start(entry.size, begun.size);
        let came = link.with(async |session| {
            session.fetch(self.path, entry.size, begun, &mut upload, self.pump()).await
        });
        match came.await {
            Ok(()) => {
                upload.commit().await.map_err(fault)?;
                Ok(())
            }
            Err(error) => {
                upload.keep().await.map_err(fault)?;
                Err(error)
            }
        }
    }

    /// Takes a file of ours to the server. `resume`: go on behind what is there.
    ///
    /// # Errors
    /// That of the last attempt.
    pub async fn take(&self, link: &mut Link, content: &Content, resume: bool) -> Result<(), Fault> {
        // Where there was no file before, what is there after a failed attempt is ours.
        let mut was_absent = None;
        let attempt = async || {
            let there = link.with(async |session| session.size_if_any(self.path).await).await?;
            let is_first = was_absent.is_none();
            let is_ours = *was_absent.get_or_insert(there.is_none()) || resume;
            let there = there.filter(|there| (1..=content.meta().size).contains(there));
            let start = match there {
                Some(there) if resume || !is_first => self.start(link, content, there, is_ours).await?,
                _ => Start::Anew,
            };
            Ok(self.take_from(link, content, start).await?)
        };
        self.retries.persist(self.transfer, attempt).await
    }

    /// The same without asking what is there, where a listing has told it. Every attempt begins anew.
    ///
    /// # Errors
    /// That of the last attempt.
    pub async fn replace(&self, link: &mut Link, content: &Content) -> Result<(), Fault> {
        let attempt = async || Ok(self.take_from(link, content, Start::Anew).await?);
        self.retries.persist(self.transfer, attempt).await
    }

    /// Behind the `there` bytes that the server has, if they end like ours. `is_ours`: so it is taken to be
    /// where the server lets nobody read them.
    async fn start(
        &self,
        link: &mut Link,
        content: &Content,
        there: u64,
        is_ours: bool,
    ) -> Result<Start, Error> {
        let tail = tail(content, there).await.map_err(|error| self.unreadable(&error))?;
        let compared = link.with(async |session| session.has_tail(self.path, there, tail).await);
        match compared.await? {
            Some(false) => Ok(Start::Anew),
            None if !is_ours => Ok(Start::Anew),
            Some(true) | None => Ok(Start::At(there)),
        }
    }

    async fn take_from(&self, link: &mut Link, content: &Content, start: Start) -> Result<(), Error> {
        let (size, modified) = (content.meta().size, content.meta().modified_unix());
        let from = match start {
            Start::Anew => 0,
            Start::At(offset) => offset,
        };
        self.transfer.start(Some(size), from);
        link.with(async |session| {
            session.store(self.path, content, start, self.pump()).await?;
            session.confirm(self.path, size, Some(modified)).await
        })
        .await
    }

    fn unreadable(&self, error: &std::io::Error) -> Fault {
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

/// The last bytes before an offset, at most 64 KiB.
async fn tail(content: &Content, end: u64) -> std::io::Result<Vec<u8>> {
    let start = end.saturating_sub(TAIL);
    let mut tail = vec![0; usize::try_from(end - start).unwrap_or_default()];
    let mut read = 0;
    while let Some(room) = tail.get_mut(read..).filter(|room| !room.is_empty()) {
        match content.read_at(room, start + read as u64).await? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            came => read += came,
        }
    }
    Ok(tail)
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
