//! [`FileContent`], one version of an open file, and its bytes for other threads.

use std::cell::OnceCell;
use std::io;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;

use rustix::io::{pread, retry_on_intr};

use super::local::meta;
use super::meta::{Meta, TreeError};
use super::start::Start;
use crate::net::budget::{self, MemoryUse, Reservation};
use crate::net::open_file::OpenFile;

/// The bytes of a [`FileContent`], for a thread that may block.
#[derive(Debug)]
pub struct WholeFile {
    file: Arc<OwnedFd>,
    meta: Meta,
}

impl WholeFile {
    /// The number of bytes; no file that fits into memory is larger.
    pub fn size(&self) -> usize {
        usize::try_from(self.meta.size).unwrap_or(usize::MAX)
    }

    /// Reads all bytes. [`TreeError::Changed`] if the file has another version afterwards.
    pub fn read(&self) -> Result<Vec<u8>, TreeError> {
        let (mut bytes, mut at) = (vec![0; self.size()], 0);
        while let Some(rest) = bytes.get_mut(at..).filter(|rest| !rest.is_empty()) {
            at += match retry_on_intr(|| pread(&self.file, &mut *rest, at as u64))? {
                0 => return Err(TreeError::Changed),
                read => read,
            };
        }
        match meta(&self.file)? {
            Some(meta) if meta.version == self.meta.version => Ok(bytes),
            _ => Err(TreeError::Changed),
        }
    }
}

/// An open regular file as it was when it was opened. The thread's cache keeps files that are used again,
/// small ones with their bytes (`OpenFile::keep_bytes`).
#[derive(Debug)]
pub struct FileContent<N = ()> {
    meta: Meta,
    file: OpenFile,
    start: Option<Start>,
    note: OnceCell<Rc<N>>,
}

impl<N> FileContent<N> {
    pub(super) fn new(file: OpenFile, meta: Meta, start: Option<Start>) -> Self {
        Self { meta, file, start, note: OnceCell::new() }
    }

    /// Its metadata when it was opened.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Its bytes, as [`Conn::send`](crate::net::conn::Conn::send) takes them.
    pub fn file(&self) -> &OpenFile {
        &self.file
    }

    /// What its first bytes show, if the tree inspects files with this name and they can be read.
    pub fn start(&self) -> Option<Start> {
        self.start
    }

    /// What a session has computed for this content and stores with it, such as the prepared fields of its
    /// response.
    pub fn note(&self, make: impl FnOnce() -> N) -> Rc<N> {
        Rc::clone(self.note.get_or_init(|| Rc::new(make())))
    }

    /// Reads a span in pieces of at most `size` bytes.
    pub fn pieces(&self, span: Range<u64>, size: usize) -> FilePieces<'_, N> {
        FilePieces { content: self, left: span, size, buffer: Vec::new(), reserved: None }
    }

    /// All of it, for a thread that may block.
    pub fn whole(&self) -> WholeFile {
        WholeFile { file: self.file.descriptor(), meta: self.meta }
    }

    pub(super) fn prepare(&self) {
        self.file.keep_bytes();
    }
}

/// A span of a file that is read in pieces, each into the memory of the one before it.
#[derive(Debug)]
pub struct FilePieces<'a, N> {
    content: &'a FileContent<N>,
    left: Range<u64>,
    size: usize,
    buffer: Vec<u8>,
    /// The memory of the buffer. No address is charged: each of its connections reads one file at a time.
    reserved: Option<Reservation>,
}

impl<N> FilePieces<'_, N> {
    /// The next bytes; `None` at the end of the span. [`io::ErrorKind::UnexpectedEof`] if the file has become shorter,
    /// [`io::ErrorKind::ResourceBusy`] if there is no memory for a piece, or too many reads wait.
    pub async fn next(&mut self) -> io::Result<Option<&[u8]>> {
        if self.left.is_empty() {
            return Ok(None);
        }
        // Yields: with a file in memory and a fast peer, nothing else would.
        tokio::task::coop::consume_budget().await;
        let left = usize::try_from(self.left.end - self.left.start).unwrap_or(usize::MAX);
        let length = left.min(self.size);
        if self.reserved.is_none() {
            self.reserved = Some(budget::reserve(MemoryUse::Queues, length, None)?);
        }
        self.content.file.read_into(&mut self.buffer, length, self.left.start).await?;
        if self.buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left.start += self.buffer.len() as u64;
        Ok(Some(&self.buffer))
    }
}
