//! The file to which an upload's bytes are written.

use std::os::fd::OwnedFd;
use std::time::SystemTime;

use rustix::fs::{FlockOperation, fstat};
use rustix::io::Errno;

use super::checksum::Checks;
use crate::files::tree::calls::{flock, ftruncate, pread, pwrite};
use crate::files::tree::change_modified;
use crate::files::tree::local::{Local, meta};
use crate::files::tree::meta::{Meta, TreeError};

/// Bytes that are written at a time (256 KiB), up to a multiple of them: the kernel stores a file in runs of
/// memory as long as a write and its offset allow. 32 KiB at a time took 1.6 times as long, 256 KiB at odd
/// offsets 1.3 times.
const WRITTEN: u64 = 256 << 10;

/// Bytes that are read at a time for a digest (1 MiB).
const CHECKED: usize = 1 << 20;

#[derive(Debug)]
pub(in crate::files) struct WrittenFile {
    pub(super) local: Local,
    pub(super) file: OwnedFd,
    /// Where the next byte goes.
    pub(super) at: u64,
    pub(super) checks: Checks,
    /// The modification time of the content, if it is not now.
    pub(super) modified: Option<SystemTime>,
    /// The length of the complete file, which a partial upload keeps.
    pub(super) length: Option<u64>,
    /// Part of the content was written before, so the whole file is read again for its digest.
    pub(super) is_continued: bool,
    /// Nothing was written since the content was made durable.
    pub(super) is_complete: bool,
    /// Bytes after `at` are removed before anything is written, or when the content is complete. Until then
    /// an attempt to resume that sends nothing loses nothing, unless it starts anew.
    pub(super) cuts: bool,
    /// A partial upload is kept although it has no bytes.
    pub(super) keeps_empty: bool,
    /// A call has failed: written bytes may be lost although a later call succeeds, because Linux reports the
    /// error once. So none of them are kept.
    pub(super) is_lost: bool,
}

impl WrittenFile {
    pub(in crate::files) fn new(local: Local, file: OwnedFd, at: u64) -> Self {
        Self {
            local,
            file,
            at,
            checks: Checks::default(),
            modified: None,
            length: None,
            is_continued: at > 0,
            is_complete: false,
            cuts: false,
            keeps_empty: false,
            is_lost: false,
        }
    }

    pub(super) fn write(&mut self, mut bytes: &[u8]) -> Result<(), TreeError> {
        if bytes.is_empty() {
            return Ok(());
        }
        if !self.is_continued {
            self.checks.update(bytes);
        }
        self.check(bytes.len() as u64)?;
        self.is_complete = false;
        self.cut_behind()?;
        while !bytes.is_empty() {
            let most = usize::try_from(WRITTEN - self.at % WRITTEN).unwrap_or(bytes.len());
            let piece = bytes.get(..most).unwrap_or(bytes);
            let written = pwrite(&self.file, piece, self.at);
            // NFS reports with a later write that earlier ones were lost, also for lack of space. A download
            // that filled the disk promises nothing, and is kept.
            self.is_lost |= written.is_err() && (self.local.is_durable || written == Err(Errno::IO));
            let written = written?;
            self.at += written as u64;
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    /// Fails if so many more bytes exceed a limit of uploads.
    pub(super) fn check(&self, more: u64) -> Result<(), TreeError> {
        self.local.limits.check(&self.file, self.at, more)
    }

    pub(super) fn cut_behind(&mut self) -> Result<(), TreeError> {
        if std::mem::take(&mut self.cuts) {
            cut(&self.file, self.at)?;
        }
        Ok(())
    }

    pub(super) fn verify(&mut self) -> Result<(), TreeError> {
        self.cut_behind()?;
        if self.is_continued && !self.checks.are_none() {
            self.read_again()?;
        }
        if self.checks.hold() { Ok(()) } else { Err(TreeError::Checksum) }
    }

    fn read_again(&mut self) -> Result<(), TreeError> {
        let (mut piece, mut at) = (vec![0; CHECKED], 0);
        loop {
            match pread(&self.file, &mut piece, at)? {
                0 => return Ok(()),
                read => {
                    self.checks.update(piece.get(..read).unwrap_or_default());
                    at += read as u64;
                }
            }
        }
    }

    pub(super) fn complete(&mut self) -> Result<(), TreeError> {
        self.cut_behind()?;
        if let Some(modified) = self.modified {
            match change_modified(&self.file, modified) {
                // The content matters, and no time is better than a wrong one.
                Ok(_) | Err(TreeError::Time) => {}
                Err(error) => return Err(error),
            }
        }
        self.sync()?;
        self.is_complete = true;
        Ok(())
    }

    pub(super) fn sync(&mut self) -> Result<(), Errno> {
        self.local.sync(&self.file).inspect_err(|_| self.is_lost = true)
    }

    pub(super) fn meta(&self) -> Result<Meta, TreeError> {
        meta(&self.file)?.ok_or(TreeError::NotFound)
    }
}

pub(super) fn size(file: &OwnedFd) -> Result<u64, Errno> {
    Ok(u64::try_from(fstat(file)?.st_size).unwrap_or_default())
}

/// Truncates a file, unless it ends there: a file that was truncated to nothing is written to the disk as
/// soon as it is closed (ext4), which may take longer than to receive it.
pub(in crate::files) fn cut(file: &OwnedFd, at: u64) -> Result<(), TreeError> {
    match size(file)? {
        size if at > size => Err(TreeError::Beyond),
        size if at == size => Ok(()),
        _ => Ok(ftruncate(file, at)?),
    }
}

/// Takes the lock of a file that is being written, which keeps a sweep and other uploads from it.
pub(in crate::files) fn lock(file: &OwnedFd) -> Result<(), TreeError> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::AGAIN) => Err(TreeError::InUse),
        locked => Ok(locked?),
    }
}
