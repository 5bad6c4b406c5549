//! The ways to store an upload, and which of them a request asks for: the blocking side of
//! [`Upload`](super::Upload).

use super::aside::Aside;
use super::in_place::InPlace;
use super::pieces::Piece;
use super::written::WrittenFile;
use crate::files::tree::local::Local;
use crate::files::tree::meta::{Error, Meta, Version};
use crate::files::tree::path::TreePath;
use crate::files::tree::place::{Found, Place};

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

/// An upload as the disk sees it.
#[derive(Debug)]
pub(in crate::files) enum Store {
    Aside(Aside),
    InPlace(InPlace),
    Piece(Piece),
}

impl Store {
    pub(super) fn create(
        local: Local,
        path: &TreePath,
        how: Create,
        owner: Option<&[u8]>,
    ) -> Result<Self, Error> {
        let place = Place::find_for_upload(&local, path)?;
        let found = match how {
            // What has the name makes no difference.
            Create::Numbered | Create::ResumeNumbered(_) => Found::Nothing,
            _ => place.look()?,
        };
        match (how, found) {
            (_, Found::Directory(_)) => return Err(Error::IsDirectory),
            (_, Found::Symlink) if place.is_directory(&local)? => return Err(Error::IsDirectory),
            (_, Found::Other) => return Err(Error::Denied),
            (Create::New | Create::Resume(_), Found::File(_) | Found::Symlink) => return Err(Error::Exists),
            (Create::Over(version), _) => place.check(&local, version)?,
            (Create::Append | Create::At(_), Found::File(_) | Found::Symlink) => {
                return InPlace::open(local, place, how).map(Self::InPlace);
            }
            _ => {}
        }
        let replaced = if let Found::File(meta) = found { Some(meta) } else { None };
        Aside::create(local, place, how, owner, replaced).map(Self::Aside)
    }

    pub(super) fn written(&mut self) -> &mut WrittenFile {
        match self {
            Self::Aside(Aside { written, .. })
            | Self::InPlace(InPlace { written, .. })
            | Self::Piece(Piece { written, .. }) => written,
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::Aside(store) => store.write(bytes),
            Self::InPlace(store) => store.written.write(bytes),
            Self::Piece(store) => store.write(bytes),
        }
    }

    /// Makes the content durable as it is to be, but for its name.
    pub(super) fn complete(&mut self) -> Result<(), Error> {
        match self {
            Self::Aside(store) => store.complete(),
            Self::InPlace(_) | Self::Piece(_) => self.written().complete(),
        }
    }

    /// Makes the upload the file, durably.
    pub(super) fn commit(self) -> Result<Stored, Error> {
        match self {
            Self::Aside(store) => store.commit(),
            Self::InPlace(store) => store.commit(),
            Self::Piece(store) => store.commit(),
        }
    }

    /// Ends an interrupted upload, and keeps what was written of it.
    pub(super) fn keep(self) -> Result<(), Error> {
        match self {
            Self::Aside(store) => store.keep(),
            Self::InPlace(store) => store.keep(),
            // The last of the pieces does.
            Self::Piece(_) => Ok(()),
        }
    }
}
