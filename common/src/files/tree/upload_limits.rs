//! [`UploadLimits`]: the disk space that uploads may use. Uploads that are in progress or kept for resuming count, since
//! the free space is that of the file system.

use std::os::fd::OwnedFd;

use rustix::fs::fstatvfs;

use super::meta::TreeError;

/// Limits of what uploads may store; by default there are none.
#[derive(Clone, Copy, Debug, Default)]
pub struct UploadLimits {
    /// The largest file, in bytes.
    pub max_size: Option<u64>,
    /// Free bytes that uploads leave on the file system.
    pub min_free: Option<u64>,
}

impl UploadLimits {
    pub(in crate::files) fn are_none(self) -> bool {
        self.max_size.is_none() && self.min_free.is_none()
    }

    /// Fails with [`TreeError::TooLarge`] or [`TreeError::Full`] if `more` bytes from the offset `at` of a
    /// file exceed a limit.
    pub(in crate::files) fn check(self, file: &OwnedFd, at: u64, more: u64) -> Result<(), TreeError> {
        if self.max_size.is_some_and(|most| at.saturating_add(more) > most) {
            return Err(TreeError::TooLarge);
        }
        let Some(min_free) = self.min_free else { return Ok(()) };
        let system = fstatvfs(file)?;
        match system.f_bavail.saturating_mul(system.f_frsize) < min_free.saturating_add(more) {
            true => Err(TreeError::Full),
            false => Ok(()),
        }
    }
}
