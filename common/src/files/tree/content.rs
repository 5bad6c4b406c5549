//! [`Content`], one version of an open file.

use std::any::Any;
use std::cell::{Cell, OnceCell};
use std::io::{self, IoSliceMut};
use std::ops::Range;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::sync::Arc;

use rustix::io::{Errno, ReadWriteFlags, preadv2};

use super::cache::{FRESH, PREPARED};
use super::calls::{pread, sendfile};
use super::meta::Meta;
use crate::net::clock;
use crate::net::offload;
use crate::net::socket::Done;

/// A read that has to wait for the disk brings at most this much (256 KiB).
const COLD_READ: u64 = 256 << 10;

/// A call that sends from file to socket moves at most this much (1 MiB).
const SENT_AT_ONCE: u64 = 1 << 20;

/// An open regular file as it was when it was opened. Files that are asked for again are kept by the
/// thread's cache, small ones with their bytes.
#[derive(Debug)]
pub struct Content {
    meta: Meta,
    file: Arc<OwnedFd>,
    bytes: OnceCell<Box<[u8]>>,
    /// Until this tick all of it is taken to be in memory.
    warm_until: Cell<u64>,
    note: OnceCell<Rc<dyn Any>>,
}

/// What a send that must not wait for the disk did.
pub(crate) enum SendNow {
    /// So many bytes are the socket's.
    Sent(u64),
    /// The bytes are not in memory.
    Cold,
}

/// What a read that must not wait found.
pub(crate) enum ReadNow {
    /// So many bytes; 0 at the end of the file.
    Read(usize),
    /// The bytes are not in memory.
    Cold,
}

impl Content {
    pub(in crate::files) fn new(file: OwnedFd, meta: Meta) -> Self {
        let file = Arc::new(file);
        let (bytes, note) = (OnceCell::new(), OnceCell::new());
        Self { meta, file, bytes, warm_until: Cell::new(0), note }
    }

    /// Its metadata when it was opened.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// What a session has worked out for this content and wants to find again with it (the prepared
    /// fields of its response, say). One kind of note for each tree; another kind is made anew.
    pub fn note<T: 'static>(&self, make: impl Fn() -> T) -> Rc<T> {
        let note = self.note.get_or_init(|| Rc::new(make()));
        Rc::clone(note).downcast().unwrap_or_else(|_| Rc::new(make()))
    }

    /// Reads at an offset, as much as is at hand; 0 at the end of the file.
    ///
    /// # Errors
    /// Those of the file system, or a server too busy to wait for the disk.
    pub async fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        match self.read_now(into, at)? {
            ReadNow::Read(read) => Ok(read),
            ReadNow::Cold => {
                let bytes = self.read_cold(at, at.saturating_add(into.len() as u64)).await?;
                let read = bytes.len().min(into.len());
                into.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
                Ok(read)
            }
        }
    }

    /// The span's bytes, if the content is prepared.
    pub(crate) fn prepared(&self, span: &Range<u64>) -> Option<&[u8]> {
        let (start, end) = (usize::try_from(span.start).ok()?, usize::try_from(span.end).ok()?);
        self.bytes.get()?.get(start..end)
    }

    /// Keeps the bytes with the descriptor, if they are few and all of them in memory now.
    pub(in crate::files) fn prepare(&self) {
        let Ok(size @ ..=PREPARED) = usize::try_from(self.meta.size) else { return };
        if self.bytes.get().is_some() {
            return;
        }
        let mut bytes = vec![0; size];
        if let Ok(ReadNow::Read(read)) = self.read_now(&mut bytes, 0)
            && read == size
        {
            // Nobody else has kept them meanwhile.
            let _ = self.bytes.set(bytes.into());
        }
    }

    /// Whether the beginning of the span, as much as is sent at once, can be sent without waiting for the
    /// disk. Both ends stand for what is between: the kernel reads ahead in larger pieces.
    pub(crate) fn is_warm(&self, span: &Range<u64>) -> io::Result<bool> {
        let is_one_piece = self.meta.size <= SENT_AT_ONCE;
        if is_one_piece && clock::tick() < self.warm_until.get() {
            return Ok(true);
        }
        let piece = match is_one_piece {
            true => 0..self.meta.size,
            false => span.start..span.end.min(span.start + SENT_AT_ONCE),
        };
        for probe in [piece.start, piece.end.saturating_sub(1)] {
            match self.read_now(&mut [0], probe)? {
                ReadNow::Read(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                ReadNow::Read(_) => {}
                ReadNow::Cold => return Ok(false),
            }
        }
        if is_one_piece {
            self.warm_until.set(clock::tick() + FRESH);
        }
        Ok(true)
    }

    /// Sends a part of the span to a socket, inside the kernel, if that needs no waiting for the disk.
    pub(crate) fn send_now(&self, socket: BorrowedFd<'_>, span: &Range<u64>) -> io::Result<Done<SendNow>> {
        let done = |result| Ok(Done { result, exhausted: false });
        if !self.is_warm(span)? {
            return done(SendNow::Cold);
        }
        let mut offset = span.start;
        let length = usize::try_from((span.end - span.start).min(SENT_AT_ONCE)).unwrap_or_default();
        match sendfile(&socket, &self.file, &mut offset, length)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            sent => done(SendNow::Sent(sent as u64)),
        }
    }

    /// Reads only what needs no waiting.
    pub(crate) fn read_now(&self, into: &mut [u8], at: u64) -> io::Result<ReadNow> {
        match preadv2(&self.file, &mut [IoSliceMut::new(into)], at, ReadWriteFlags::NOWAIT) {
            Ok(read) => Ok(ReadNow::Read(read)),
            // NOTSUP: a file system that cannot tell.
            Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::INTR) => Ok(ReadNow::Cold),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Reads from the disk, off the event loop: a part of the span that is not empty.
    pub(crate) async fn read_cold(&self, start: u64, end: u64) -> io::Result<Vec<u8>> {
        let file = Arc::clone(&self.file);
        let read = move || {
            let mut bytes = vec![0; usize::try_from(COLD_READ.min(end - start)).unwrap_or_default()];
            let read = pread(&file, &mut bytes, start)?;
            bytes.truncate(read);
            Ok::<_, Errno>(bytes)
        };
        let bytes =
            offload::run(read).await.map_err(|busy| io::Error::new(io::ErrorKind::ResourceBusy, busy))??;
        match bytes.is_empty() && start < end {
            true => Err(io::ErrorKind::UnexpectedEof.into()),
            false => Ok(bytes),
        }
    }
}
