//! The three ways to store an upload: the blocking side of [`Upload`](super::Upload).

use super::aside::Aside;
use super::create::{Create, Stored};
use super::in_place::InPlace;
use super::pieces::Piece;
use super::written::WrittenFile;
use crate::files::tree::local::Local;
use crate::files::tree::meta::Error;
use crate::files::tree::path::TreePath;
use crate::files::tree::place::{Found, Place};

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
            // An existing file of that name makes no difference.
            Create::Numbered | Create::ResumeNumbered(_) => Found::None,
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

    pub(super) fn complete(&mut self) -> Result<(), Error> {
        match self {
            Self::Aside(store) => store.complete(),
            Self::InPlace(_) | Self::Piece(_) => self.written().complete(),
        }
    }

    pub(super) fn commit(self) -> Result<Stored, Error> {
        match self {
            Self::Aside(store) => store.commit(),
            Self::InPlace(store) => store.commit(),
            Self::Piece(store) => store.commit(),
        }
    }

    pub(super) fn keep(self) -> Result<(), Error> {
        match self {
            Self::Aside(store) => store.keep(),
            Self::InPlace(store) => store.keep(),
            // The last of the pieces is kept.
            Self::Piece(_) => Ok(()),
        }
    }
}
