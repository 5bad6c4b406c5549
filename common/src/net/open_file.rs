//! [`OpenFile`]: the bytes of an open file. What may wait for a disk or for another machine is read on the
//! offload threads; `OpenFile::may_block` decides.

use std::cell::{Cell, OnceCell};
use std::io::{self, IoSliceMut};
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::fs::{fstatfs, sendfile};
use rustix::io::{Errno, ReadWriteFlags, pread, preadv2, retry_on_intr};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::clock;
use super::offload;

/// A read on the offload threads returns at most this much (256 KiB).
const COLD_READ: u64 = 256 << 10;
/// The most bytes of a call that sends from file to socket (1 MiB).
pub(super) const SENT_AT_ONCE: u64 = 1 << 20;
/// How long a file of at most [`SENT_AT_ONCE`] is assumed to be cached after a check, in milliseconds.
const CACHED: u64 = 1_000;

/// The largest file whose bytes are kept when it is used again (8 KiB). Up to this size, copying the bytes, in one
/// call with their head, is cheaper than another call that sends them from the kernel's cache. At 16 KiB the other
/// call was measured to cost no more.
pub(crate) const KEPT: u64 = 8 << 10;
/// The same on a file system without probes (1 MiB): a use of an opaque file needs an offload thread, and sending from
/// tmpfs inside the kernel was measured to cost more than the copy.
pub(crate) const KEPT_WITHOUT_PROBES: u64 = 1 << 20;
/// Bytes of files that the process keeps in all (16 MiB).
const KEPT_IN_ALL: usize = 16 << 20;

static ROOM: Semaphore = Semaphore::const_new(KEPT_IN_ALL);

/// Lowers the limit of kept bytes to this number. To be called once, before any is kept.
pub fn keep_at_most(bytes: usize) {
    ROOM.forget_permits(KEPT_IN_ALL.saturating_sub(bytes));
}

/// What a file system reports about a read before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Residence {
    /// The kernel refuses a read that would wait (`RWF_NOWAIT`, preadv2(2)): ext4, xfs, btrfs.
    Probed,
    /// All of it is always in memory: tmpfs, ramfs.
    Memory,
    /// Nothing: overlayfs, FUSE, NFS. cachestat(2) counts no page of a file on overlayfs, and FUSE and NFS may ask
    /// their server even about cached pages.
    Opaque,
}

impl Residence {
    /// Of a file system that does not support `RWF_NOWAIT`.
    fn without_probes(file: &OwnedFd) -> Result<Self, Errno> {
        Ok(match retry_on_intr(|| fstatfs(file))?.f_type {
            // TMPFS_MAGIC and RAMFS_MAGIC of linux/magic.h.
            0x0102_1994 | 0x8584_58f6 => Self::Memory,
            _ => Self::Opaque,
        })
    }
}

/// An open regular file.
#[derive(Debug)]
pub struct OpenFile {
    file: Arc<OwnedFd>,
    size: u64,
    residence: Cell<Residence>,
    /// All of it is assumed to be cached until this tick.
    cached_until: Cell<u64>,
    kept: OnceCell<CachedBytes>,
    /// The next use reads the bytes to be kept.
    is_wanted: Cell<bool>,
}

/// A copy of all bytes, and its share of [`ROOM`].
#[derive(Debug)]
struct CachedBytes {
    bytes: Box<[u8]>,
    _room: SemaphorePermit<'static>,
}

impl OpenFile {
    pub(crate) fn new(file: OwnedFd, size: u64) -> Self {
        Self {
            file: Arc::new(file),
            size,
            // Until a probe is refused.
            residence: Cell::new(Residence::Probed),
            cached_until: Cell::new(0),
            kept: OnceCell::new(),
            is_wanted: Cell::new(false),
        }
    }

    /// Whether a read may wait, for a disk or for another machine, until it has what is sent at once of the span.
    /// Such a read must not be made on the event loop.
    pub(super) fn may_block(&self, span: &Range<u64>) -> io::Result<bool> {
        match self.residence.get() {
            Residence::Memory => Ok(false),
            Residence::Probed => Ok(!self.is_cached(span)?),
            Residence::Opaque => Ok(true),
        }
    }

    /// Probes only both ends of the span: the kernel reads ahead in larger pieces.
    fn is_cached(&self, span: &Range<u64>) -> io::Result<bool> {
        let is_one_piece = self.size <= SENT_AT_ONCE;
        if is_one_piece && clock::tick() < self.cached_until.get() {
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
            self.cached_until.set(clock::tick() + CACHED);
        }
        Ok(true)
    }

    /// Reads what can be read without waiting: the number of bytes, 0 at the end of the file. `None` if the read
    /// may block.
    pub(crate) fn read_now(&self, into: &mut [u8], at: u64) -> io::Result<Option<usize>> {
        if let Some(kept) = self.kept.get() {
            let from = usize::try_from(at).ok().and_then(|at| kept.bytes.get(at..)).unwrap_or_default();
            let read = from.len().min(into.len());
            into.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            return Ok(Some(read));
        }
        let flags = match self.residence.get() {
            Residence::Probed => ReadWriteFlags::NOWAIT,
            Residence::Memory => ReadWriteFlags::empty(),
            Residence::Opaque => return Ok(None),
        };
        match preadv2(&self.file, &mut [IoSliceMut::new(into)], at, flags) {
            Ok(read) => Ok(Some(read)),
            Err(Errno::OPNOTSUPP) if !flags.is_empty() => {
                self.residence.set(Residence::without_probes(&self.file)?);
                self.read_now(into, at)
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Reads at an offset, for callers that may block.
    pub(crate) fn read_blocking(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        Ok(retry_on_intr(|| pread(&self.file, &mut *into, at))?)
    }

    /// The descriptor, for a thread that may block.
    pub(crate) fn descriptor(&self) -> Arc<OwnedFd> {
        Arc::clone(&self.file)
    }

    /// Reads the beginning of a span on the offload threads; nothing at the end of the file.
    pub(crate) async fn read_cold(&self, span: Range<u64>) -> io::Result<Vec<u8>> {
        self.read_offloaded(span.start..span.end.min(span.start + COLD_READ)).await
    }

    async fn read_offloaded(&self, span: Range<u64>) -> io::Result<Vec<u8>> {
        let file = Arc::clone(&self.file);
        let length = usize::try_from(span.end - span.start).unwrap_or_default();
        let read = move || {
            let mut bytes = vec![0; length];
            let read = retry_on_intr(|| pread(&file, &mut *bytes, span.start))?;
            bytes.truncate(read);
            Ok::<_, Errno>(bytes)
        };
        Ok(offload::run(read).await??)
    }

    /// Sends the beginning of a non-empty span to a non-blocking socket on the offload threads, as much as the
    /// socket takes: the number of bytes, or `WouldBlock`. No memory is held meanwhile, however slow the peer is.
    pub(super) async fn send_cold(&self, socket: OwnedFd, span: Range<u64>) -> io::Result<u64> {
        let file = Arc::clone(&self.file);
        offload::run(move || send_part(&file, socket.as_fd(), &span)).await?
    }

    /// Sends the beginning of a non-empty span to a socket.
    pub(super) fn send_now(&self, socket: BorrowedFd<'_>, span: &Range<u64>) -> io::Result<u64> {
        send_part(&self.file, socket, span)
    }

    /// Reads at most `length` bytes at an offset into the buffer, in place of what it has; none at the end of the file.
    pub(crate) async fn read_into(&self, buffer: &mut Vec<u8>, length: usize, at: u64) -> io::Result<()> {
        self.read_wanted().await;
        buffer.resize(length, 0);
        if let Some(read) = self.read_now(buffer, at)? {
            buffer.truncate(read);
            return Ok(());
        }
        let (file, mut bytes) = (self.descriptor(), std::mem::take(buffer));
        let read = move || {
            let read = retry_on_intr(|| pread(&file, &mut *bytes, at))?;
            bytes.truncate(read);
            Ok::<_, Errno>(bytes)
        };
        *buffer = offload::run(read).await??;
        Ok(())
    }

    /// Keeps a copy of all bytes of a file that was used again: now if no read may block, else
    /// [`OpenFile::read_wanted`] reads them.
    pub(crate) fn keep_bytes(&self) {
        if self.kept.get().is_some() || self.is_wanted.get() {
            return;
        }
        let most = match self.residence.get() {
            Residence::Probed => KEPT,
            Residence::Memory | Residence::Opaque => KEPT_WITHOUT_PROBES,
        };
        if self.size > most {
            return;
        }
        if self.residence.get() == Residence::Opaque {
            return self.is_wanted.set(true);
        }
        let Some(room) = self.room() else { return };
        let mut bytes = vec![0; usize::try_from(self.size).unwrap_or_default()];
        // If it may block or fails, so does the read that follows.
        if let Ok(Some(read)) = self.read_now(&mut bytes, 0) {
            self.keep(bytes, read, room);
        }
    }

    /// Reads the bytes that are to be kept, on the offload threads. One caller reads; others do not wait for it.
    pub(crate) async fn read_wanted(&self) {
        if !self.is_wanted.replace(false) {
            return;
        }
        if let Some(room) = self.room()
            // A failure is reported to the read that follows.
            && let Ok(bytes) = self.read_offloaded(0..self.size).await
        {
            let read = bytes.len();
            self.keep(bytes, read, room);
        }
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.is_wanted.get()
    }

    fn room(&self) -> Option<SemaphorePermit<'static>> {
        ROOM.try_acquire_many(u32::try_from(self.size).ok()?).ok()
    }

    fn keep(&self, bytes: Vec<u8>, read: usize, room: SemaphorePermit<'static>) {
        if read as u64 == self.size {
            // No copy was set meanwhile.
            let _ = self.kept.set(CachedBytes { bytes: bytes.into(), _room: room });
        }
    }

    pub(crate) fn kept_bytes(&self, span: &Range<u64>) -> Option<&[u8]> {
        let (start, end) = (usize::try_from(span.start).ok()?, usize::try_from(span.end).ok()?);
        self.kept.get()?.bytes.get(start..end)
    }
}

fn send_part(file: &OwnedFd, socket: BorrowedFd<'_>, span: &Range<u64>) -> io::Result<u64> {
    let length = usize::try_from((span.end - span.start).min(SENT_AT_ONCE)).unwrap_or_default();
    let mut offset = span.start;
    match retry_on_intr(|| sendfile(socket, file, Some(&mut offset), length))? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        sent => Ok(sent as u64),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "a test reads its own files")]

    use std::fs::{self, File};
    use std::io::Write;

    use super::*;
    use crate::net::engine::on_test_runtime;

    fn open(path: &str, size: u64) -> OpenFile {
        OpenFile::new(File::open(path).unwrap().into(), size)
    }

    #[test]
    fn the_file_system_decides_whether_a_read_may_block() {
        let mut in_memory = tempfile::NamedTempFile::new_in("/dev/shm").unwrap();
        in_memory.write_all(&[b'x'; 100]).unwrap();
        for (path, may_block, why) in [
            (in_memory.path().to_str().unwrap(), false, "tmpfs"),
            ("/proc/version", true, "no RWF_NOWAIT, and no tmpfs"),
        ] {
            let file = open(path, fs::read(path).unwrap().len() as u64);
            for _ in 0..2 {
                assert_eq!(file.may_block(&(0..file.size)).unwrap(), may_block, "{path}: {why}");
                assert_eq!(file.read_now(&mut [0; 4], 0).unwrap().is_none(), may_block, "{path}: {why}");
            }
            assert_eq!(file.read_blocking(&mut [0; 4], 0).unwrap(), 4, "{path}");
        }
    }

    #[test]
    fn an_opaque_file_is_kept_when_it_is_used_again() {
        let content = fs::read("/proc/version").unwrap();
        let size = content.len() as u64;
        on_test_runtime(async {
            let file = open("/proc/version", size);
            assert!(file.may_block(&(0..size)).unwrap());
            assert!(!file.is_wanted(), "used once");
            file.keep_bytes();
            assert!(file.is_wanted() && file.kept_bytes(&(0..size)).is_none(), "keep_bytes must not block");
            file.read_wanted().await;
            assert_eq!(file.kept_bytes(&(0..size)), Some(&content[..]));
            let mut end = [0; 8];
            let read = file.read_now(&mut end, size - 3).unwrap();
            assert_eq!((read, &end[..3]), (Some(3), &content[content.len() - 3..]));
            assert_eq!(file.read_now(&mut end, size).unwrap(), Some(0), "the end");

            let changed = open("/proc/version", size + 1);
            assert!(changed.may_block(&(0..size)).unwrap());
            changed.keep_bytes();
            changed.read_wanted().await;
            assert!(changed.kept_bytes(&(0..size)).is_none(), "it is shorter than it was");
        });
    }
}
