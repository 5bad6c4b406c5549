//! A download that arrives in several pieces at once. While they are written, the size of the file does not
//! show which bytes were received, so its name is not that of a part file. If the last writer is dropped
//! before the file is complete, the file is truncated to the bytes before the first gap and gets the name of
//! a part file.

use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{AtFlags, FallocateFlags};
use rustix::io::{Errno, fcntl_dupfd_cloexec};

use super::create::Stored;
use super::written::WrittenFile;
use crate::files::tree::calls::{fallocate, ftruncate, renameat, unlinkat};
use crate::files::tree::meta::TreeError;

#[derive(Debug)]
pub(super) struct UploadPieces {
    directory: OwnedFd,
    file: OwnedFd,
    /// The name while there are pieces.
    name: Vec<u8>,
    /// The name of the part file.
    part: Vec<u8>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The start of each piece, and the offset up to which it is written.
    come: Vec<(u64, u64)>,
    is_whole: bool,
}

impl UploadPieces {
    /// Allocates `size` bytes, and turns a part file of `at` bytes into a file in pieces that begin at
    /// `starts`.
    pub(super) fn new(
        (directory, file): (&OwnedFd, &OwnedFd),
        (part, name): (&[u8], &[u8]),
        (at, size): (u64, u64),
        starts: &[u64],
    ) -> Result<Self, TreeError> {
        let (directory, file) = (duplicate(directory)?, duplicate(file)?);
        renameat(&directory, part, &directory, name)?;
        let mut come = vec![(0, at)];
        come.extend(starts.iter().map(|&start| (start, start)));
        let state = Mutex::new(State { come, is_whole: false });
        // From here on, dropping it restores the old name.
        let pieces = Self { directory, file, name: name.to_vec(), part: part.to_vec(), state };
        match fallocate(&pieces.file, FallocateFlags::empty(), 0, size) {
            Err(Errno::OPNOTSUPP) => {}
            allocated => allocated?,
        }
        Ok(pieces)
    }

    /// Records that the piece that starts at `start` is written up to `at`.
    pub(super) fn came(&self, start: u64, at: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let piece = state.come.iter_mut().rev().find(|(begun, _)| *begun == start);
        if let Some((_, come)) = piece {
            *come = at;
        }
    }

    pub(super) fn are_whole(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_whole = true;
    }
}

impl Drop for UploadPieces {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if state.is_whole {
            return;
        }
        let kept = without_gap(&mut state.come);
        let is_cut = ftruncate(&self.file, kept).is_ok() && kept > 0;
        // Under the name of a part file, a file with gaps would be resumed.
        let _ = match is_cut {
            true => renameat(&self.directory, &self.name, &self.directory, &self.part),
            false => unlinkat(&self.directory, &self.name, AtFlags::empty()),
        };
    }
}

fn duplicate(descriptor: &OwnedFd) -> Result<OwnedFd, Errno> {
    fcntl_dupfd_cloexec(descriptor, 0)
}

#[derive(Debug)]
pub(in crate::files) struct UploadPiece {
    pub(super) written: WrittenFile,
    start: u64,
    pieces: Arc<UploadPieces>,
}

impl UploadPiece {
    pub(super) fn new(whole: &WrittenFile, start: u64, pieces: Arc<UploadPieces>) -> Result<Self, TreeError> {
        let written = WrittenFile::new(whole.local.clone(), duplicate(&whole.file)?, start);
        Ok(Self { written, start, pieces })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), TreeError> {
        self.written.write(bytes)?;
        self.pieces.came(self.start, self.written.at);
        Ok(())
    }

    pub(super) fn commit(mut self) -> Result<Stored, TreeError> {
        self.written.verify()?;
        self.written.complete()?;
        Ok(Stored { meta: self.written.meta()?, is_new: false, other_name: None })
    }
}

/// The number of bytes from the start that the pieces cover without a gap.
fn without_gap(pieces: &mut [(u64, u64)]) -> u64 {
    pieces.sort_unstable();
    pieces.iter().fold(0, |kept, &(start, end)| if start <= kept { kept.max(end) } else { kept })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_after_a_gap_do_not_count() {
        for (pieces, expected, why) in [
            (&mut [][..], 0, "nothing"),
            (&mut [(0, 5)], 5, "a part from the start"),
            (&mut [(0, 5), (5, 9)], 9, "joined"),
            (&mut [(5, 9), (0, 5)], 9, "in any order"),
            (&mut [(0, 5), (6, 9)], 5, "a gap"),
            (&mut [(1, 5)], 0, "a gap at the start"),
            (&mut [(0, 0), (0, 4), (4, 4), (8, 9)], 4, "pieces of nothing"),
        ] {
            assert_eq!(without_gap(pieces), expected, "{why}");
        }
    }
}
