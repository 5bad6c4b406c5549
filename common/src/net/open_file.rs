//! [`OpenFile`]: the bytes of an open file, which are read or sent at once if they are in memory, and read
//! off the event loop otherwise.

use std::cell::{Cell, OnceCell};
use std::io::{self, IoSliceMut};
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::io::{Errno, ReadWriteFlags, pread, preadv2, retry_on_intr};

use super::clock;
use super::offload;

/// The most bytes of a read that waits for the disk (256 KiB).
const COLD_READ: u64 = 256 << 10;
/// The most bytes of a call that sends from file to socket (1 MiB).
pub(super) const SENT_AT_ONCE: u64 = 1 << 20;
/// How long a file of at most [`SENT_AT_ONCE`] is assumed to be in memory after a check, in milliseconds.
const WARM: u64 = 1_000;

/// An open regular file.
#[derive(Debug)]
pub struct OpenFile {
    file: Arc<OwnedFd>,
    size: u64,
    bytes: OnceCell<Box<[u8]>>,
    /// All of it is assumed to be in memory until this tick.
    warm_until: Cell<u64>,
}

impl OpenFile {
    pub(crate) fn new(file: OwnedFd, size: u64) -> Self {
        Self { file: Arc::new(file), size, bytes: OnceCell::new(), warm_until: Cell::new(0) }
    }

    /// Keeps a copy of all bytes, if the kernel has them in memory now.
    pub(crate) fn keep_bytes(&self) {
        if self.bytes.get().is_some() {
            return;
        }
        let mut bytes = vec![0; usize::try_from(self.size).unwrap_or_default()];
        if matches!(self.read_now(&mut bytes, 0), Ok(Some(read)) if read == bytes.len()) {
            // No copy was stored meanwhile.
            let _ = self.bytes.set(bytes.into());
        }
    }

    pub(crate) fn kept_bytes(&self, span: &Range<u64>) -> Option<&[u8]> {
        let (start, end) = (usize::try_from(span.start).ok()?, usize::try_from(span.end).ok()?);
        self.bytes.get()?.get(start..end)
    }

    /// Whether the first part of the span, as much as is sent at once, can be sent without waiting for the
    /// disk. Only its two ends are probed: the kernel reads ahead in larger pieces.
    pub(super) fn is_warm(&self, span: &Range<u64>) -> io::Result<bool> {
        let is_one_piece = self.size <= SENT_AT_ONCE;
        if is_one_piece && clock::tick() < self.warm_until.get() {
            return Ok(true);
        }
        let piece = match is_one_piece {
            true => 0..self.size,
            false => span.start..span.end.min(span.start + SENT_AT_ONCE),
        };
        for probe in [piece.start, piece.end.saturating_sub(1)] {
            match self.read_now(&mut [0], probe)? {
                Some(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Some(_) => {}
                None => return Ok(false),
            }
        }
        if is_one_piece {
            self.warm_until.set(clock::tick() + WARM);
        }
        Ok(true)
    }

    /// Reads bytes that are in memory: their number, 0 at the end of the file. `None` if the read would wait
    /// for the disk.
    pub(crate) fn read_now(&self, into: &mut [u8], at: u64) -> io::Result<Option<usize>> {
        match preadv2(&self.file, &mut [IoSliceMut::new(into)], at, ReadWriteFlags::NOWAIT) {
            Ok(read) => Ok(Some(read)),
            // OPNOTSUPP: a file system that does not support this.
            Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::INTR) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Reads a part of a non-empty span from the disk, off the event loop.
    pub(crate) async fn read_cold(&self, start: u64, end: u64) -> io::Result<Vec<u8>> {
        let file = Arc::clone(&self.file);
        let read = move || {
            let mut bytes = vec![0; usize::try_from(COLD_READ.min(end - start)).unwrap_or_default()];
            let read = retry_on_intr(|| pread(&file, &mut *bytes, start))?;
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

impl AsFd for OpenFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}
