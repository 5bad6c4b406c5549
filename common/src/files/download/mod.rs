//! Downloads of clients: a file is written to a part file beside it until it is complete.

mod naming;

use rustix::fs::OFlags;
use rustix::io::Errno;

pub(crate) use naming::{stem, stem_of_part};

use super::tree::Tree;
use super::tree::calls::openat;
use super::tree::local::{Local, meta};
use super::tree::meta::TreeError;
use super::tree::path::{PathRule, TreePath};
use super::tree::place::{Place, PlaceEntry};
use super::upload::aside::{Aside, MODE};
use super::upload::store::Store;
use super::upload::written::{WrittenFile, cut, lock};
use super::upload::{Upload, Uploader};

/// A part file, old or new. It is read again for its digest.
const PART: OFlags = OFlags::CREATE
    .union(OFlags::RDWR)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC)
    .union(OFlags::NOFOLLOW);

/// A download. Until it is complete, its content is stored beside the file in a part file, whose name is
/// derived from the file's name and the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// Identifies the source and its version. A part file of another version is never resumed.
    pub source: Vec<u8>,
    /// Resume the part file at this offset, in bytes; [`TreeError::Beyond`] behind its end.
    pub at: u64,
    /// Replace an existing file; [`TreeError::Exists`] otherwise.
    pub replace: bool,
}

impl<N: 'static> Tree<N> {
    /// Starts a download, or resumes it. Its part file is kept when the upload is dropped or the process
    /// killed. [`TreeError::InUse`] while another client downloads the same.
    pub async fn fetch(&self, path: &TreePath, fetch: Fetch) -> Result<Upload, TreeError> {
        let path_of_file = path.clone();
        let store = move |local| Ok(Store::Aside(open_part(local, &path_of_file, &fetch)?));
        self.begin(path, Uploader::default(), store).await
    }

    /// The part file of a download from `source`: its path, to be read or shown, and its size in bytes.
    pub async fn part_file(
        &self,
        path: &TreePath,
        source: &[u8],
    ) -> Result<Option<(TreePath, u64)>, TreeError> {
        let (Some(parent), Some(name)) = (path.parent(), path.name()) else { return Err(TreeError::Root) };
        let part = parent.child(&naming::part(source, name));
        match self.metadata(&part).await {
            Ok(meta) => Ok(Some((part, meta.size))),
            Err(TreeError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The part files of a file, from any source.
    pub async fn part_files(&self, path: &TreePath) -> Result<Vec<TreePath>, TreeError> {
        let (Some(parent), Some(name)) = (path.parent(), path.name()) else { return Err(TreeError::Root) };
        let mut list = self.list(&parent, None).await?;
        let mut found = Vec::new();
        while let Some(entries) = list.next().await? {
            let parts = entries.iter().filter(|entry| naming::is_part_of(name, entry.name));
            found.extend(parts.map(|part| parent.child(part.name)));
        }
        Ok(found)
    }
}

impl Upload {
    /// Creates writers for the pieces of a file of `size` bytes that start at `starts`; this writer continues
    /// at its position. The pieces are committed or kept first, and this one is committed when all of them
    /// are complete. Only for downloads ([`Tree::fetch`]).
    ///
    /// If this one is not committed, the received bytes before the first gap are kept once all writers are
    /// dropped.
    pub async fn split(&mut self, size: u64, starts: &[u64]) -> Result<Vec<Self>, TreeError> {
        self.divide(starts.len(), |store| {
            let Store::Aside(part) = store else { return Err(TreeError::Denied) };
            let pieces = part.split(naming::pieces_of, size, starts)?;
            Ok(pieces.into_iter().map(Store::Piece).collect())
        })
        .await
    }
}

/// Opens the part file of a download, truncated to the offset of the download.
fn open_part(local: Local, path: &TreePath, fetch: &Fetch) -> Result<Aside, TreeError> {
    let place = Place::find_for_upload(&local, path)?;
    let replaced = match place.look()? {
        PlaceEntry::Directory(_) => return Err(TreeError::IsDirectory),
        PlaceEntry::Other => return Err(TreeError::Denied),
        PlaceEntry::File(_) | PlaceEntry::Symlink if !fetch.replace => return Err(TreeError::Exists),
        PlaceEntry::File(meta) => Some(meta),
        PlaceEntry::Symlink | PlaceEntry::None => None,
    };
    let part = naming::part(&fetch.source, &place.name);
    let file = match openat(&place.directory, &part, PART, MODE) {
        Err(Errno::NAMETOOLONG) => return Err(TreeError::Path(PathRule::TooLong)),
        file => file?,
    };
    // Another process may have put a FIFO there, for instance.
    meta(&file)?.filter(|meta| !meta.is_directory()).ok_or(TreeError::Denied)?;
    lock(&file)?;
    cut(&file, fetch.at)?;
    let written = WrittenFile::new(local, file, fetch.at);
    Ok(Aside::of_part(written, place, part, fetch.replace, replaced))
}
