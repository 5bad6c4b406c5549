//! What an upload may do to what has its name, and what it has made.

#[cfg(doc)]
use crate::files::tree::meta::Error;
use crate::files::tree::meta::{Meta, Version};

/// What an upload may do to what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Create {
    /// Make a file where there is none; [`Error::Exists`] otherwise.
    New,
    /// Make a file, or replace the one that is there.
    Replace,
    /// Replace this version and no other; [`Error::Changed`] otherwise.
    Over(Version),
    /// Go on at the end: of the file, else of the owner's partial, else make a file.
    Append,
    /// Go on at this offset, in bytes: of the file, else of the owner's partial. What was there from the
    /// offset on goes before anything is written. [`Error::Beyond`] behind the end.
    At(u64),
    /// Make a file where there is none, and go on at this offset, in bytes, of the owner's partial;
    /// [`Error::Exists`] and [`Error::Beyond`] otherwise.
    Resume(u64),
    /// Make a file; if anything has its name, `NAME (2).ext`.
    Numbered,
    /// Go on at this offset, in bytes, of the owner's partial, and then as [`Create::Numbered`];
    /// [`Error::Beyond`] behind its end.
    ResumeNumbered(u64),
}

impl Create {
    /// Whether it continues the owner's partial upload, if there is one.
    pub(super) fn resumes(self) -> bool {
        self.offset().is_some() || self == Self::Append
    }

    /// Where it continues, in bytes; `None` if it starts anew or at the end.
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
    /// Whatever file has it.
    Replace,
    /// If this version has it.
    Over(Version),
    /// If the name is taken, with a number.
    Numbered,
}

/// A file that an upload has made.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its metadata.
    pub meta: Meta,
    /// Whether there was nothing of its name before.
    pub is_new: bool,
    /// Its name, if that is another one than was asked for ([`Create::Numbered`]).
    pub other_name: Option<Vec<u8>>,
}
