//! Archives: the bytes around the contents of files, as [`zip`] and [`tar`] write them. Contents are neither read nor
//! compressed here.

pub mod tar;
pub mod zip;

/// A file or directory in an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// Names joined by slashes, without one at either end. Bytes, not necessarily UTF-8.
    pub path: &'a [u8],
    /// File or directory.
    pub kind: MemberKind,
    /// The size of the content in bytes; 0 for a directory.
    pub size: u64,
    /// When the content was last modified, in seconds since 1970.
    pub modified: i64,
}

/// The types of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// A regular file.
    File,
    /// A regular file that its owner may execute.
    Executable,
    /// A directory.
    Directory,
}

impl Member<'_> {
    fn is_directory(&self) -> bool {
        self.kind == MemberKind::Directory
    }

    /// The path; in both formats that of a directory ends with a slash.
    fn name(&self) -> Vec<u8> {
        let slash: &[u8] = if self.is_directory() { b"/" } else { b"" };
        [self.path, slash].concat()
    }

    /// The permission bits: read by everybody, changed by the owner.
    fn mode(&self) -> u32 {
        if self.kind == MemberKind::File { 0o644 } else { 0o755 }
    }
}
