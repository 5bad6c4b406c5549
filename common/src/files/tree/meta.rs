//! The metadata of a file or directory, and the errors of the tree.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::io;
use std::time::SystemTime;

use rustix::fs::{FileType, Statx, Timespec};
use rustix::io::Errno;
use syntax::unix_time;

use super::path::PathRule;
use crate::net::offload::Busy;

/// The error of calls while the served directory is missing. No file system returns it for a path.
pub(in crate::files) const MISSING: Errno = Errno::NOMEDIUM;

/// The types of entries in a tree. Everything else (FIFOs, sockets, devices) does not exist for peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
}

/// A file's or directory's metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// File or directory.
    pub kind: FileKind,
    /// The size in bytes.
    pub size: u64,
    /// When the content was last modified.
    pub modified: SystemTime,
    /// The permission bits (the lower twelve of st_mode).
    pub mode: u32,
    /// The number of hard links.
    pub links: u32,
    /// Identifies this version of the content.
    pub version: FileVersion,
    /// User and group id of the owner.
    pub(in crate::files) owner: (u32, u32),
    changed: (i64, u32),
}

/// An opaque validator: file identity, size and modification time in nanoseconds. Its text fits into an
/// entity-tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileVersion {
    device: (u32, u32),
    inode: u64,
    size: u64,
    seconds: i64,
    nanos: u32,
}

impl FileVersion {
    /// Device and inode, which identify the file whatever its content.
    pub fn identity(&self) -> (u64, u64) {
        identity(self.device, self.inode)
    }
}

/// Device and inode, which identify a file or directory whatever its path.
pub(in crate::files) fn identity_of(stat: &Statx) -> (u64, u64) {
    identity((stat.stx_dev_major, stat.stx_dev_minor), stat.stx_ino)
}

fn identity((major, minor): (u32, u32), inode: u64) -> (u64, u64) {
    (u64::from(major) << 32 | u64::from(minor), inode)
}

impl fmt::Display for FileVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:x}-{:x}.{:x}", self.inode, self.size, self.seconds, self.nanos)
    }
}

impl Meta {
    /// `None` for what is neither a regular file nor a directory.
    pub(in crate::files) fn of(stat: &Statx) -> Option<Self> {
        let kind = match FileType::from_raw_mode(stat.stx_mode.into()) {
            FileType::RegularFile => FileKind::File,
            FileType::Directory => FileKind::Directory,
            _ => return None,
        };
        let (seconds, nanos) = (stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec);
        Some(Self {
            kind,
            size: stat.stx_size,
            modified: unix_time::time(seconds, nanos).unwrap_or(SystemTime::UNIX_EPOCH),
            mode: u32::from(stat.stx_mode) & 0o7777,
            links: stat.stx_nlink,
            version: FileVersion {
                device: (stat.stx_dev_major, stat.stx_dev_minor),
                inode: stat.stx_ino,
                size: stat.stx_size,
                seconds,
                nanos,
            },
            owner: (stat.stx_uid, stat.stx_gid),
            changed: (stat.stx_ctime.tv_sec, stat.stx_ctime.tv_nsec),
        })
    }

    /// Whether both belong to the same user. Not known for entries of a listing.
    pub fn has_owner_of(&self, other: &Self) -> bool {
        self.owner.0 == other.owner.0
    }

    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        self.kind == FileKind::Directory
    }

    /// Feeds what differs between two contents: the version, and the time of the last change, which no program sets.
    pub(in crate::files) fn identify(&self, hasher: &mut impl Hasher) {
        (self.version, self.changed).hash(hasher);
    }

    /// When the content was last modified, in seconds since 1970 (negative before).
    pub fn modified_unix(&self) -> i64 {
        self.version.seconds
    }
}

/// The metadata of a listed entry in 32 bytes, without the owner and the time of the last change.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListedMeta {
    inode: u64,
    size: u64,
    seconds: i64,
    nanos: u32,
    links: u16,
    /// The permission bits, and [`DIRECTORY_BIT`].
    mode: u16,
}

/// Set in [`ListedMeta::mode`] for a directory.
const DIRECTORY_BIT: u16 = 1 << 12;

impl Meta {
    /// The device, and the rest of what a listing needs.
    pub(super) fn listed(&self) -> ((u32, u32), ListedMeta) {
        let FileVersion { device, inode, size, seconds, nanos } = self.version;
        let kind = if self.is_directory() { DIRECTORY_BIT } else { 0 };
        let mode = u16::try_from(self.mode & 0o7777).unwrap_or_default() | kind;
        let links = u16::try_from(self.links).unwrap_or(u16::MAX);
        (device, ListedMeta { inode, size, seconds, nanos, links, mode })
    }
}

impl ListedMeta {
    pub(super) fn is_directory(&self) -> bool {
        self.mode & DIRECTORY_BIT != 0
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Seconds and nanoseconds since 1970.
    pub(super) fn modified(&self) -> (i64, u32) {
        (self.seconds, self.nanos)
    }

    pub(super) fn meta(self, device: (u32, u32)) -> Meta {
        let Self { inode, size, seconds, nanos, links, mode } = self;
        Meta {
            kind: if self.is_directory() { FileKind::Directory } else { FileKind::File },
            size,
            modified: unix_time::time(seconds, nanos).unwrap_or(SystemTime::UNIX_EPOCH),
            mode: u32::from(mode & !DIRECTORY_BIT),
            links: links.into(),
            version: FileVersion { device, inode, size, seconds, nanos },
            owner: (0, 0),
            changed: (0, 0),
        }
    }
}

pub(in crate::files) fn timespec(time: SystemTime) -> Timespec {
    let (seconds, nanos) = unix_time::parts(time);
    Timespec { tv_sec: seconds, tv_nsec: nanos.into() }
}

/// Why an operation failed. No text reveals a path outside the tree.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The name does not exist (for this peer).
    #[error("no such file or directory")]
    NotFound,
    /// A directory where a file was asked for.
    #[error("is a directory")]
    IsDirectory,
    /// A file where a directory was asked for.
    #[error("not a directory")]
    NotDirectory,
    /// The server may not read or change it.
    #[error("permission denied")]
    Denied,
    /// The file system is mounted read-only.
    #[error("the file system is read-only")]
    ReadOnly,
    /// The path is not inside the tree.
    #[error("{0}")]
    Path(#[from] PathRule),
    /// More entries than a listing may have.
    #[error("the directory has too many entries to list")]
    TooMany,
    /// Too many calls wait for the disk, too many uploads are in progress (in total, or from this address),
    /// or too many files are open.
    #[error("{0}")]
    Busy(#[from] Busy),
    /// A hidden name, which no peer may write: one that begins with a dot, or matches a pattern.
    #[error("this name is not served")]
    Hidden,
    /// A name that clients may read but never write.
    #[error("clients cannot change anything in /.well-known")]
    WellKnown,
    /// A name that affects another URL, from a user who may not overwrite there.
    #[error("this name answers for another URL; to create it needs the permission to overwrite")]
    SpecialName,
    /// The root itself, where an entry is expected.
    #[error("is the top directory")]
    Root,
    /// The name is taken.
    #[error("exists already")]
    Exists,
    /// The directory to be removed has entries.
    #[error("directory is not empty")]
    NotEmpty,
    /// A directory cannot move, or be copied, into itself.
    #[error("a directory cannot move into itself")]
    IntoItself,
    /// A rename across file systems.
    #[error("is on another file system")]
    OtherDevice,
    /// Another upload writes to the file or partial upload, a program is executed from it, or a file system
    /// is mounted on it.
    #[error("is in use by another upload or program")]
    InUse,
    /// An upload to the directory to be removed is in progress.
    #[error("an upload to this directory is in progress")]
    Receiving,
    /// The file has another version than the one to be changed.
    #[error("has changed meanwhile")]
    Changed,
    /// An offset behind the end.
    #[error("is shorter than the offset")]
    Beyond,
    /// The content does not have the announced hash.
    #[error("content does not match its digest")]
    Checksum,
    /// The disk is full, or has less free space than uploads leave.
    #[error("no space left on the disk")]
    Full,
    /// The quota of the server's user is exhausted.
    #[error("quota exceeded")]
    Quota,
    /// A modification time that the file system cannot store.
    #[error("the file system cannot store this time")]
    Time,
    /// Larger than the file system can hold, or than a limit of uploads or of the process (`ulimit -f`).
    #[error("file is too large for the file system or for a limit of the server")]
    TooLarge,
    /// The served directory does not exist at present, or is no longer mounted.
    #[error("the served directory is missing")]
    NoRoot,
    /// Another error of the system.
    #[error("{0}")]
    Io(io::Error),
}

/// Of reading a file.
impl From<io::Error> for TreeError {
    fn from(error: io::Error) -> Self {
        match error.downcast() {
            Ok(busy) => Self::Busy(busy),
            // It has become shorter.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Self::Changed,
            Err(error) => Self::Io(error),
        }
    }
}

impl From<Errno> for TreeError {
    fn from(errno: Errno) -> Self {
        match errno {
            // What leads out of the tree (openat2's EXDEV), in a circle, or to no name, does not exist.
            Errno::NOENT | Errno::XDEV | Errno::LOOP | Errno::NAMETOOLONG => Self::NotFound,
            // A device or socket that cannot be opened, or a FIFO without a reader.
            Errno::NXIO | Errno::NODEV => Self::NotFound,
            MISSING => Self::NoRoot,
            Errno::NOTDIR => Self::NotDirectory,
            Errno::ISDIR => Self::IsDirectory,
            Errno::ROFS => Self::ReadOnly,
            Errno::ACCESS | Errno::PERM => Self::Denied,
            Errno::EXIST => Self::Exists,
            Errno::NOTEMPTY => Self::NotEmpty,
            Errno::NOSPC => Self::Full,
            Errno::DQUOT => Self::Quota,
            Errno::FBIG => Self::TooLarge,
            Errno::BUSY | Errno::TXTBSY => Self::InUse,
            // No descriptor or memory is free now.
            Errno::MFILE | Errno::NFILE | Errno::NOMEM => Self::Busy(Busy),
            errno => Self::Io(errno.into()),
        }
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn errors_of_the_system_have_texts_of_their_own() {
        for (errno, expected) in [
            (Errno::ACCESS, "permission denied"),
            (Errno::ROFS, "the file system is read-only"),
            (Errno::NOSPC, "no space left on the disk"),
            (Errno::DQUOT, "quota exceeded"),
            (Errno::FBIG, "file is too large for the file system or for a limit of the server"),
            (Errno::BUSY, "is in use by another upload or program"),
            (Errno::TXTBSY, "is in use by another upload or program"),
            (Errno::NFILE, "the server is busy"),
            (Errno::NOMEM, "the server is busy"),
            (Errno::IO, "Input/output error (os error 5)"),
        ] {
            assert_eq!(TreeError::from(errno).to_string(), expected, "{errno:?}");
        }
    }
}
