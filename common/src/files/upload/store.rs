//! The three ways to store an upload: the blocking side of [`Upload`](super::Upload).

use super::aside::Aside;
use super::create::{Create, Stored};
use super::in_place::InPlace;
use super::pieces::UploadPiece;
use super::written::WrittenFile;
use crate::files::tree::local::Local;
use crate::files::tree::meta::TreeError;
use crate::files::tree::path::TreePath;
use crate::files::tree::place::{Place, PlaceEntry};

#[derive(Debug)]
pub(in crate::files) enum Store {
    Aside(Aside),
    InPlace(InPlace),
    Piece(UploadPiece),
}

impl Store {
    pub(super) fn create(
        local: Local,
        path: &TreePath,
        how: Create,
        owner: Option<&[u8]>,
    ) -> Result<Self, TreeError> {
        let place = Place::find_for_upload(&local, path)?;
        let found = match how {
            // An existing file of that name makes no difference.
            Create::Numbered | Create::ResumeNumbered(_) => PlaceEntry::None,
            _ => place.look()?,
        };
        match (how, found) {
            (_, PlaceEntry::Directory(_)) => return Err(TreeError::IsDirectory),
            (_, PlaceEntry::Symlink) if place.is_directory(&local)? => return Err(TreeError::IsDirectory),
            (_, PlaceEntry::Other) => return Err(TreeError::Denied),
            (Create::New | Create::Resume(_), PlaceEntry::File(_) | PlaceEntry::Symlink) => {
                return Err(TreeError::Exists);
            }
            (Create::Over(version), _) => place.check(&local, version)?,
            (Create::Append | Create::At(_), PlaceEntry::File(_) | PlaceEntry::Symlink) => {
                return InPlace::open(local, place, how).map(Self::InPlace);
            }
            _ => {}
        }
        let replaced = if let PlaceEntry::File(meta) = found { Some(meta) } else { None };
        Aside::create(local, place, how, owner, replaced).map(Self::Aside)
    }

    pub(super) fn written(&mut self) -> &mut WrittenFile {
        match self {
            Self::Aside(Aside { written, .. })
            | Self::InPlace(InPlace { written, .. })
            | Self::Piece(UploadPiece { written, .. }) => written,
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), TreeError> {
        match self {
            Self::Aside(store) => store.write(bytes),
            Self::InPlace(store) => store.written.write(bytes),
            Self::Piece(store) => store.write(bytes),
        }
    }

    pub(super) fn complete(&mut self) -> Result<(), TreeError> {
        match self {
            Self::Aside(store) => store.complete(),
            Self::InPlace(_) | Self::Piece(_) => self.written().complete(),
        }
    }

    pub(super) fn commit(self) -> Result<Stored, TreeError> {
        match self {
            Self::Aside(store) => store.commit(),
            Self::InPlace(store) => store.commit(),
            Self::Piece(store) => store.commit(),
        }
    }

    pub(super) fn keep(self) -> Result<(), TreeError> {
        match self {
            Self::Aside(store) => store.keep(),
            Self::InPlace(store) => store.keep(),
            // The last of the pieces is kept.
            Self::Piece(_) => Ok(()),
        }
    }

    pub(super) fn discard(self) -> Result<(), TreeError> {
        match self {
            Self::Aside(store) => store.discard(),
            Self::InPlace(_) | Self::Piece(_) => Ok(()),
        }
    }
}
