//! The length of the complete file, as an extended attribute of a partial upload (xattr(7)). So it survives a restart, is
//! removed with the file, and costs an ordinary upload nothing.
//!
//! A file system without extended attributes forgets the length: failures are ignored, because an upload can be resumed
//! without it.

use std::os::fd::OwnedFd;

use rustix::fs::XattrFlags;
use syntax::decimal;

use crate::files::tree::calls::{fgetxattr, fremovexattr, fsetxattr};

const NAME: &str = "user.mini.upload-length";
/// Digits of the largest number of 64 bits.
const DIGITS: usize = 20;

pub(super) fn read(file: &OwnedFd) -> Option<u64> {
    let mut digits = [0; DIGITS];
    let read = fgetxattr(file, NAME, &mut digits).ok()?;
    decimal::parse(digits.get(..read)?)
}

pub(super) fn write(file: &OwnedFd, length: Option<u64>) {
    let _ = match length {
        Some(length) => fsetxattr(file, NAME, length.to_string().as_bytes(), XattrFlags::empty()),
        None => fremovexattr(file, NAME),
    };
}
