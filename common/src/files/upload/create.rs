//! The action for an upload whose name exists, and the result of an upload.

#[cfg(doc)]
use crate::files::tree::meta::TreeError;
use crate::files::tree::meta::{FileVersion, Meta};

/// The action for an upload whose name exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Create {
    /// Create a file; [`TreeError::Exists`] if the name is taken.
    New,
    /// Create a file, or replace the existing one.
    Replace,
    /// Replace this version; [`TreeError::Changed`] for another one.
    Over(FileVersion),
    /// Append to the file, else to the owner's partial upload, else create a file.
    Append,
    /// Continue at this offset, in bytes, of the file, else of the owner's partial upload. Bytes after the
    /// offset are removed before anything is written. [`TreeError::Beyond`] after the end.
    At(u64),
    /// Create a file by resuming the owner's partial upload at this offset, in bytes; [`TreeError::Exists`]
    /// and [`TreeError::Beyond`] otherwise.
    Resume(u64),
    /// Create a file, as `NAME (2).ext` if the name is taken.
    Numbered,
    /// Resume the owner's partial upload at this offset, in bytes, and then as [`Create::Numbered`];
    /// [`TreeError::Beyond`] after its end.
    ResumeNumbered(u64),
}

impl Create {
    /// The offset at which it continues, in bytes; `None` if it starts anew or at the end.
    pub(super) fn offset(self) -> Option<u64> {
        match self {
            Self::At(offset) | Self::Resume(offset) | Self::ResumeNumbered(offset) => Some(offset),
            Self::New | Self::Replace | Self::Over(_) | Self::Append | Self::Numbered => None,
        }
    }

    pub(super) fn publish(self) -> Publish {
        match self {
            Self::New | Self::Append | Self::Resume(_) => Publish::New,
            Self::Replace | Self::At(_) => Publish::Replace,
            Self::Over(version) => Publish::Over(version),
            Self::Numbered | Self::ResumeNumbered(_) => Publish::Numbered,
        }
    }
}

/// How a complete file gets its name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Publish {
    /// If the name is free.
    New,
    /// Replacing any existing file.
    Replace,
    /// If this version has it.
    Over(FileVersion),
    /// With a number, if the name is taken.
    Numbered,
}

/// The result of an upload.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its metadata.
    pub meta: Meta,
    /// Whether the name was free before.
    pub is_new: bool,
    /// The name of the file, if it is not the requested one ([`Create::Numbered`]).
    pub other_name: Option<Vec<u8>>,
}
