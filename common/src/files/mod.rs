//! The served tree: the only code that opens anything under a root.
//!
//! A [`Root`] is made once and shared by all threads; each worker has its own [`Tree`] of it, with a cache of
//! open files. Sessions name files by [`TreePath`] and never see a path of the file system.
//!
//! - `tree`: paths, metadata, listings, open files, and changes of names.
//! - `upload`: how uploads are stored.
//! - `download`: the part files of clients.

#![expect(clippy::disallowed_methods, reason = "this is the module that may open what is served")]

mod download;
mod tree;
mod upload;

#[cfg(test)]
mod tests;

pub use download::Fetch;
pub(crate) use download::{stem, stem_of_part};
pub use tree::{
    Batch, CacheLimits, Encoding, Entries, Entry, FRESH, FileContent, FileKind, FilePieces, FileVersion,
    LastLink, List, MAX_ENTRIES, MAX_PATH, MISSING_PAGE, Meta, PathRule, Removed, ResolvedPath, Root,
    ServeOptions, SortFields, Sorted, SpecialNames, Start, Sweeper, Tree, TreeError, TreePath, UploadLimits,
    WholeFile,
};
pub(crate) use upload::Checks;
pub use upload::{Checksum, Create, PartialUpload, ROOM, Stored, Upload, Uploader};
