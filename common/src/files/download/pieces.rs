//! A file that is brought here in several pieces at once. While they are written, what stands in the file
//! says nothing of what has come, so it has another name than a beginning; when the last writer is gone
//! before the file is whole, it is cut to what has come without a gap and can be gone on with.

use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};

use rustix::fs::{AtFlags, FallocateFlags};
use rustix::io::Errno;

use crate::files::tree::calls::{fallocate, ftruncate, renameat, unlinkat};
use crate::files::tree::meta::Error;
use crate::files::upload::store::duplicate;

/// What the writers of one file share; each holds it.
#[derive(Debug)]
pub(in crate::files) struct Pieces {
    directory: OwnedFd,
    file: OwnedFd,
    /// The name while there are pieces.
    name: Vec<u8>,
    /// The name of a beginning.
    part: Vec<u8>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Where each piece begins, and how far it has come.
    come: Vec<(u64, u64)>,
    is_whole: bool,
}

impl Pieces {
    /// Makes room for `size` bytes, and of a beginning of `at` bytes a file in pieces that begin at
    /// `starts`.
    pub(in crate::files) fn new(
        (directory, file): (&OwnedFd, &OwnedFd),
        (part, name): (&[u8], &[u8]),
        (at, size): (u64, u64),
        starts: &[u64],
    ) -> Result<Self, Error> {
        let (directory, file) = (duplicate(directory)?, duplicate(file)?);
        renameat(&directory, part, &directory, name)?;
        let mut come = vec![(0, at)];
        come.extend(starts.iter().map(|&start| (start, start)));
        let state = Mutex::new(State { come, is_whole: false });
        // From here on dropping it gives the file its old name again.
        let pieces = Self { directory, file, name: name.to_vec(), part: part.to_vec(), state };
        match fallocate(&pieces.file, FallocateFlags::empty(), 0, size) {
            Err(Errno::OPNOTSUPP) => {}
            allocated => allocated?,
        }
        Ok(pieces)
    }

    /// Takes note that the piece which began at `start` has come up to `at`.
    pub(in crate::files) fn came(&self, start: u64, at: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let piece = state.come.iter_mut().rev().find(|(begun, _)| *begun == start);
        if let Some((_, come)) = piece {
            *come = at;
        }
    }

    /// The file has its real name.
    pub(in crate::files) fn are_whole(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_whole = true;
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if state.is_whole {
            return;
        }
        let kept = without_gap(&mut state.come);
        let is_cut = ftruncate(&self.file, kept).is_ok() && kept > 0;
        // A file with gaps under the name of a beginning would be gone on with.
        let _ = match is_cut {
            true => renameat(&self.directory, &self.name, &self.directory, &self.part),
            false => unlinkat(&self.directory, &self.name, AtFlags::empty()),
        };
    }
}

/// How much stands at the beginning of pieces from one offset to another.
fn without_gap(pieces: &mut [(u64, u64)]) -> u64 {
    pieces.sort_unstable();
    pieces.iter().fold(0, |kept, &(start, end)| if start <= kept { kept.max(end) } else { kept })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_no_gap_before_it_counts() {
        for (pieces, expected, why) in [
            (&mut [][..], 0, "nothing"),
            (&mut [(0, 5)], 5, "a beginning"),
            (&mut [(0, 5), (5, 9)], 9, "joined"),
            (&mut [(5, 9), (0, 5)], 9, "in any order"),
            (&mut [(0, 5), (6, 9)], 5, "a gap"),
            (&mut [(1, 5)], 0, "a gap at the beginning"),
            (&mut [(0, 0), (0, 4), (4, 4), (8, 9)], 4, "pieces of nothing"),
        ] {
            assert_eq!(without_gap(pieces), expected, "{why}");
        }
    }
}
