//! The formats of archives of a directory (`?format=zip` and `?format=tar`), their members, and how they are sent.
//!
//! An archive contains what the user can list and get. Links to directories, and directories that the server cannot
//! read, are left out. A zip archive has a length, which a first walk finds out; a tar archive is sent while the tree
//! is walked, in chunks.

mod members;
mod send;

use crate::wire::query;
pub(super) use members::ArchiveSource;
pub(super) use send::Archive;

/// The format of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArchiveFormat {
    Zip,
    Tar,
}

impl ArchiveFormat {
    /// The format that a query asks for.
    pub(super) fn of(query: &[u8]) -> Option<Self> {
        match &*query::get(query, "format")? {
            b"zip" => Some(Self::Zip),
            b"tar" => Some(Self::Tar),
            _ => None,
        }
    }

    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Zip => "application/zip",
            Self::Tar => "application/x-tar",
        }
    }

    pub(super) fn extension(self) -> &'static [u8] {
        match self {
            Self::Zip => b".zip",
            Self::Tar => b".tar",
        }
    }
}
