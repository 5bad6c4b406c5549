//! [`Upload`], content that is being stored in the tree. The session fills one buffer while the other is
//! written off the event loop.

pub(super) mod aside;
mod checksum;
mod create;
mod in_place;
mod length;
mod pieces;
pub(super) mod store;
pub(super) mod written;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::oneshot::Receiver;

use crate::files::tree::local::{Local, TreeChanges};
use crate::files::tree::meta::TreeError;
use crate::files::tree::path::TreePath;
use crate::files::tree::place::{Place, PlaceEntry};
use crate::files::tree::{Meta, Tree, UploadLimits, naming, sweep};
use crate::net::budget::{self, MemoryUse, Reservation};
use crate::net::limits::{Holder, Permit};
use crate::net::offload::{self, Busy, Share, Turn};
pub(crate) use checksum::Checks;
pub use checksum::Checksum;
pub use create::{Create, Stored};
use store::Store;

/// The unit in which bytes are handed to the disk (256 KiB): writes that start and end at multiples of it are
/// the cheapest.
const PIECE: usize = 256 << 10;
/// The size of the buffer (1 MiB). A fast upload writes this much at once, which takes three quarters of the
/// time. An upload has at most two of them.
pub const ROOM: usize = 1 << 20;
/// The size of the buffer at first (16 KiB): most files are small. It stays that size while the memory budget has no
/// room for more.
const FIRST: usize = 16 << 10;
/// The buffers of an upload: one is filled while the other is written.
const BUFFERS: usize = 2;

/// An upload. Dropping it leaves the tree unchanged, except that an upload in place has removed the bytes
/// after its offset.
#[derive(Debug)]
pub struct Upload {
    /// Received bytes that are not yet handed to the disk.
    room: Vec<u8>,
    received: u64,
    disk: Disk,
    changes: Arc<TreeChanges>,
    limits: UploadLimits,
    place: Permit,
    reserved: Reservation,
    turn: Turn,
}

#[derive(Debug)]
enum Disk {
    Idle(Box<Store>),
    /// A piece is being written; its buffer will be reused.
    Writing(Receiver<Written>),
    /// An earlier write failed. Nothing of the upload is left.
    Failed,
}

type Written = Result<(Box<Store>, Vec<u8>), TreeError>;

/// An interrupted upload, whose bytes are kept.
#[derive(Clone, Copy, Debug)]
pub struct PartialUpload {
    /// The metadata of its file: its size is the number of bytes that are kept.
    pub meta: Meta,
    /// The length of the complete file in bytes, if it is known ([`Upload::keep_length`]).
    pub length: Option<u64>,
}

/// Who uploads. The default is a process of this machine, which has no share.
#[derive(Clone, Copy, Debug, Default)]
pub struct Uploader<'a> {
    /// The name of a user who is not anonymous, who has a share of the uploads from any address.
    pub user: Option<&'a [u8]>,
    /// The address of the client, which has a share of the memory and of the threads, and without a user of the uploads.
    pub address: Option<IpAddr>,
}

impl Uploader<'_> {
    fn holder(self) -> Option<Holder> {
        self.user.map(|name| Holder::User(name.into())).or(self.address.map(Holder::from))
    }
}

impl<N: 'static> Tree<N> {
    /// Starts an upload to a file. `owner` identifies who may resume it if it is interrupted; without one it is
    /// discarded.
    ///
    /// # Errors
    /// Those that [`Create`] names; [`TreeError::NotFound`] without a directory to hold the file;
    /// [`TreeError::Hidden`] for a name that is not served; [`TreeError::Denied`] in a read-only tree;
    /// [`TreeError::Busy`] if too many are in progress, or the memory budget has no room for the first
    /// buffers.
    pub async fn create(
        &self,
        path: &TreePath,
        how: Create,
        owner: Option<&[u8]>,
        uploader: Uploader<'_>,
    ) -> Result<Upload, TreeError> {
        let (path_of_file, owner) = (path.clone(), owner.map(Vec::from));
        let store = move |local| Store::create(local, &path_of_file, how, owner.as_deref());
        self.begin(path, uploader, store).await
    }

    /// `owner`'s partial upload to a path, if there is one.
    pub async fn partial(&self, path: &TreePath, owner: &[u8]) -> Result<Option<PartialUpload>, TreeError> {
        self.root.check_visible(path)?;
        let (local, path, owner) = (self.root.local.clone(), path.clone(), owner.to_vec());
        offload::run(move || partial(&local, &path, &owner)).await?
    }

    /// Removes `owner`'s partial upload to a path; [`TreeError::NotFound`] if there is none.
    pub async fn remove_partial(&self, path: &TreePath, owner: &[u8]) -> Result<(), TreeError> {
        self.check_changeable(path)?;
        let (local, path, owner) = (self.root.local.clone(), path.clone(), owner.to_vec());
        let remove = move || {
            let place = Place::find(&local, &path)?;
            Place { name: naming::partial(&owner, &place.name), ..place }.remove_file()
        };
        Share::Uploads.of(None).run(remove).await?
    }

    pub(super) async fn begin(
        &self,
        path: &TreePath,
        uploader: Uploader<'_>,
        store: impl FnOnce(Local) -> Result<Store, TreeError> + Send + 'static,
    ) -> Result<Upload, TreeError> {
        self.check_changeable(path)?;
        let place = self.root.uploads.enter(uploader.holder()).ok_or(Busy)?;
        let reserved = reserve(uploader.address)?;
        let local = self.root.local.clone();
        let (changes, limits) = (Arc::clone(&local.changes), local.limits);
        let turn = Share::Uploads.of(uploader.address);
        let store = turn.run(move || store(local)).await??;
        Ok(Upload::new(store, changes, limits, place, reserved, turn))
    }
}

/// Reserves the first buffers of an upload.
fn reserve(address: Option<IpAddr>) -> Result<Reservation, Busy> {
    budget::reserve(MemoryUse::Uploads, BUFFERS * FIRST, address)
}

fn partial(local: &Local, path: &TreePath, owner: &[u8]) -> Result<Option<PartialUpload>, TreeError> {
    let place = Place::find(local, path)?;
    let place = Place { name: naming::partial(owner, &place.name), ..place };
    match place.look()? {
        PlaceEntry::File(meta) if !sweep::is_old(meta.modified_unix()) => {
            Ok(Some(PartialUpload { meta, length: aside::length_of_partial(&place) }))
        }
        _ => Ok(None),
    }
}

impl Upload {
    fn new(
        store: Store,
        changes: Arc<TreeChanges>,
        limits: UploadLimits,
        place: Permit,
        reserved: Reservation,
        turn: Turn,
    ) -> Self {
        let disk = Disk::Idle(Box::new(store));
        Self { room: Vec::new(), received: 0, disk, changes, limits, place, reserved, turn }
    }

    /// Starts `count` uploads, whose stores `divide` creates from this one's.
    pub(super) async fn divide(
        &mut self,
        count: usize,
        divide: impl FnOnce(&mut Store) -> Result<Vec<Store>, TreeError>,
    ) -> Result<Vec<Self>, TreeError> {
        let (mut store, room) = self.settle().await?;
        let place = || Ok((self.place.another().ok_or(Busy)?, reserve(None)?));
        let places: Result<Vec<_>, Busy> = (0..count).map(|_| place()).collect();
        let divided = places.map_err(TreeError::Busy).and_then(|places| Ok((places, divide(&mut store)?)));
        (self.disk, self.room) = (Disk::Idle(store), room);
        let (places, stores) = divided?;
        let upload = |(store, (place, reserved))| {
            Self::new(store, Arc::clone(&self.changes), self.limits, place, reserved, self.turn)
        };
        Ok(stores.into_iter().zip(places).map(upload).collect())
    }

    /// Sets the modification time of the file. To be called before any content is added.
    pub fn date(&mut self, modified: SystemTime) {
        if let Disk::Idle(store) = &mut self.disk {
            store.written().modified = Some(modified);
        }
    }

    /// Sets the required hash of the content; with another one [`Self::commit`] fails. To be called before
    /// any content is added.
    pub fn expect(&mut self, checksum: Checksum) {
        if let Disk::Idle(store) = &mut self.disk {
            store.written().checks.expect(checksum);
        }
    }

    /// Sets the length of the complete file, in bytes, which is kept with a partial upload. Without it, a resumed upload
    /// keeps the length that it had. To be called before any content is added.
    pub fn keep_length(&mut self, length: u64) {
        if let Disk::Idle(store) = &mut self.disk {
            store.written().length = Some(length);
        }
    }

    /// Makes [`Self::keep`] keep the upload even if no content was added. One that is resumed at offset 0 then loses its
    /// earlier bytes.
    pub fn keep_empty(&mut self) {
        if let Disk::Idle(store) = &mut self.disk {
            store.written().keeps_empty = true;
        }
    }

    /// Fails if so many bytes exceed [`UploadLimits`], before they are sent. To be called before any content is added.
    pub async fn announce(&mut self, length: u64) -> Result<(), TreeError> {
        if self.limits.are_none() {
            return Ok(());
        }
        let (mut store, room) = self.settle().await?;
        let check = move || store.written().check(length).map(|()| store);
        let store = self.turn.run(check).await??;
        (self.disk, self.room) = (Disk::Idle(store), room);
        Ok(())
    }

    /// The buffer for the next bytes, at most [`ROOM`]. Call [`Self::advance`] after each append.
    pub fn room(&mut self) -> &mut Vec<u8> {
        let held = self.room.len();
        if held == self.room.capacity() {
            let may_be_large = held > 0 && self.reserve_more();
            self.room.reserve_exact(if may_be_large { ROOM.saturating_sub(held).max(FIRST) } else { FIRST });
        }
        &mut self.room
    }

    /// Whether the buffers may have their full size.
    fn reserve_more(&mut self) -> bool {
        self.reserved.resize(BUFFERS * ROOM).is_ok()
    }

    /// Hands the received bytes to the disk if there are enough. After a failure, also of an earlier piece,
    /// the upload cannot continue.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped, so a session can give up in the middle and
    /// [keep](Self::keep) what was received.
    pub async fn advance(&mut self) -> Result<(), TreeError> {
        match self.room.len() {
            held @ PIECE.. => self.hand_over(held - held % PIECE, |_| Ok(())).await,
            held @ FIRST.. if held == self.room.capacity() && !self.reserve_more() => {
                self.hand_over(held, |_| Ok(())).await
            }
            _ => Ok(()),
        }
    }

    /// Makes everything received durable, but not under its name: the slow part of [`Self::commit`]. If the
    /// upload turns out to be interrupted meanwhile, it can still be kept.
    ///
    /// # Cancel safety
    /// As [`Self::advance`].
    pub async fn seal(&mut self) -> Result<(), TreeError> {
        self.hand_over(self.room.len(), Store::complete).await?;
        let (store, room) = self.settle().await?;
        (self.disk, self.room) = (Disk::Idle(store), room);
        Ok(())
    }

    /// Starts to write the first `length` bytes of the buffer; the rest remains in it.
    async fn hand_over(
        &mut self,
        length: usize,
        then: impl FnOnce(&mut Store) -> Result<(), TreeError> + Send + 'static,
    ) -> Result<(), TreeError> {
        let (mut store, mut next) = self.settle().await?;
        next.extend_from_slice(self.room.get(length..).unwrap_or_default());
        self.room.truncate(length);
        let mut piece = std::mem::replace(&mut self.room, next);
        self.received += piece.len() as u64;
        let writing = self.turn.start(move || {
            store.write(&piece)?;
            then(&mut store)?;
            piece.clear();
            Ok((store, piece))
        });
        self.disk = Disk::Writing(writing?);
        Ok(())
    }

    /// Bytes received so far.
    pub fn received(&self) -> u64 {
        self.received + self.room.len() as u64
    }

    /// Publishes the file. When this returns, it is complete, under its name, and survives a power cut.
    ///
    /// # Errors
    /// Those of the file system; [`TreeError::Exists`] and [`TreeError::Changed`] by what was asked for;
    /// [`TreeError::Checksum`]. The old file remains, unless the disk fails in the last step, when the
    /// directory is made durable: then the new content is visible and complete, but a power cut may undo it.
    /// What may be lost is not acknowledged.
    pub async fn commit(mut self) -> Result<Stored, TreeError> {
        self.finish(Store::commit).await
    }

    /// Ends an interrupted upload, and keeps the received bytes for its owner, if it has one. Bytes written
    /// in place remain. [`TreeError::NotFound`] if it was cancelled.
    pub async fn keep(mut self) -> Result<(), TreeError> {
        self.finish(Store::keep).await
    }

    /// Ends an upload, and removes the received bytes, with those of a partial upload that it resumes.
    pub async fn discard(mut self) -> Result<(), TreeError> {
        self.room.clear();
        self.finish(Store::discard).await
    }

    async fn finish<T: Send + 'static>(
        &mut self,
        end: fn(Store) -> Result<T, TreeError>,
    ) -> Result<T, TreeError> {
        let (mut store, _) = self.settle().await?;
        let (rest, changes) = (std::mem::take(&mut self.room), Arc::clone(&self.changes));
        let finish = move || {
            store.write(&rest)?;
            let ended = end(*store);
            changes.happened();
            ended
        };
        self.turn.run(finish).await?
    }

    /// Waits until nothing is being written. If the future is dropped, the write continues and is waited for
    /// later.
    async fn settle(&mut self) -> Result<(Box<Store>, Vec<u8>), TreeError> {
        let written = match &mut self.disk {
            Disk::Writing(writing) => Some(writing.await),
            Disk::Idle(_) | Disk::Failed => None,
        };
        match (std::mem::replace(&mut self.disk, Disk::Failed), written) {
            (Disk::Idle(store), _) => Ok((store, Vec::new())),
            (_, Some(written)) => written.map_err(|_panicked| Busy)?,
            (_, None) => Err(TreeError::Busy(Busy)),
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Closing a large unnamed file frees its blocks, which takes a while.
        if let Disk::Idle(store) = std::mem::replace(&mut self.disk, Disk::Failed) {
            let _ = self.turn.start(move || drop(store));
        }
    }
}
