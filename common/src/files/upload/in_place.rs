//! An upload that continues an existing file, in place ([`Create::Append`], [`Create::At`]).
//!
//! Bytes before the offset are not changed, and only content of this upload follows.

use rustix::fs::OFlags;

use super::create::{Create, Stored};
use super::written::{WrittenFile, cut, lock, size};
use crate::files::tree::local::Local;
use crate::files::tree::meta::{Meta, TreeError};
use crate::files::tree::place::Place;

const WRITE: OFlags = OFlags::WRONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// An upload to an existing file. Dropping it truncates the file to the offset of the upload.
#[derive(Debug)]
pub(in crate::files) struct InPlace {
    pub(super) written: WrittenFile,
    place: Place,
    from: u64,
    /// The written bytes remain when the upload ends.
    stays: bool,
}

impl InPlace {
    /// Opens the file; only one upload at a time can write to it.
    pub(super) fn open(local: Local, place: Place, how: Create) -> Result<Self, TreeError> {
        // Other processes may append meanwhile, for instance to a log.
        let flags = if how == Create::Append { WRITE | OFlags::APPEND } else { WRITE };
        let (file, _) = local.file_blocking(&place.path, flags)?;
        lock(&file)?;
        let size = size(&file)?;
        let from = how.offset().unwrap_or(size);
        if from > size {
            return Err(TreeError::Beyond);
        }
        let mut written = WrittenFile::new(local, file, from);
        written.cuts = how != Create::Append;
        Ok(Self { written, place, from, stays: false })
    }

    /// Acknowledges the upload if the name still leads to the file.
    pub(super) fn commit(mut self) -> Result<Stored, TreeError> {
        self.written.verify()?;
        if !self.written.is_complete {
            self.written.complete()?;
        }
        let local = self.written.local.clone();
        let _alone = self.place.lock_to_publish(&local)?;
        let meta = self.written.meta()?;
        if self.place.seen(&local)?.map(identity) != Some(identity(meta)) {
            return Err(TreeError::Changed);
        }
        self.stays = true;
        Ok(Stored { meta, is_new: false, other_name: None })
    }

    /// Keeps the written bytes; the next upload continues after them.
    pub(super) fn keep(mut self) -> Result<(), TreeError> {
        self.written.sync()?;
        self.stays = true;
        Ok(())
    }
}

fn identity(meta: Meta) -> (u64, u64) {
    meta.version.identity()
}

impl Drop for InPlace {
    fn drop(&mut self) {
        let WrittenFile { file, at, .. } = &self.written;
        // Unless another process has appended to it.
        if !self.stays && size(file) == Ok(*at) {
            let _ = cut(file, self.from);
        }
    }
}
