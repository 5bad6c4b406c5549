//! The served tree: the only code that opens anything under a root.
//!
//! A [`Root`] is made once and crosses threads; each worker has its own [`Tree`] of it, with a cache
//! of open files. Sessions name things by [`TreePath`] and never see a path of the file system.

#![expect(clippy::disallowed_methods, reason = "this is the module that may open what is served")]

mod cache;
mod checksum;
mod content;
mod list;
mod local;
mod meta;
mod naming;
mod path;
mod pieces;
mod place;
mod store;
mod sweep;
mod upload;

use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::SystemTime;

use rustix::fs::{Mode, fchmod};

use cache::{Cache, Known};
pub use cache::{FRESH, PREPARED, Room};
pub(crate) use checksum::Checks;
pub use checksum::Checksum;
pub use content::Content;
pub(crate) use content::{ReadNow, SendNow};
pub use list::{Batch, Entry, List, MAX_ENTRIES};
use local::Local;
pub use meta::{Error, Kind, Meta, Version};
use naming::{Visible, is_own};
pub(crate) use naming::{stem, stem_of_part};
pub use path::{MAX_PATH, PathRule, TreePath};
use place::Place;
pub use store::{Create, Fetch, Stored};
pub use upload::{MAX_UPLOADS, PIECE, Upload};

use crate::offload;

/// How a directory is served.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Names that begin with a dot exist as well.
    pub hidden: bool,
    /// Peers may change something, each as far as the user may that it is.
    pub writable: bool,
    /// What was acknowledged survives a power cut. Without it uploads are faster.
    pub durable: bool,
}

/// A served directory; crosses threads.
#[derive(Clone, Debug)]
pub struct Root {
    local: Local,
    visible: Visible,
    is_writable: bool,
    room: Room,
}

impl Root {
    /// Opens a directory to be served. `room` is what each worker may keep open.
    ///
    /// What earlier runs left behind in a directory that may be changed is removed meanwhile.
    ///
    /// # Errors
    /// When it is no directory, may not be read, or the kernel has no openat2.
    pub fn open(directory: &Path, rules: Rules, room: Room) -> io::Result<Self> {
        let local = Local::new(directory, rules.durable)?;
        if rules.writable {
            let local = local.clone();
            // Nobody waits for it: what it removes, no peer sees.
            let _ = offload::start(move || sweep::tree(&local));
        }
        Ok(Self { local, visible: Visible { hidden: rules.hidden }, is_writable: rules.writable, room })
    }

    /// Opens a directory of the user's own, to bring things to or take them from: every name exists but
    /// those that a server keeps for itself, nothing is swept, and nothing is waited for until it
    /// survives a power cut.
    ///
    /// # Errors
    /// As [`Root::open`].
    pub fn folder(directory: &Path) -> io::Result<Self> {
        let local = Local::new(directory, false)?;
        Ok(Self { local, visible: Visible { hidden: true }, is_writable: true, room: Room::FOLDER })
    }

    /// The tree for one worker thread.
    pub fn tree(&self) -> Tree {
        Tree { root: self.clone(), cache: RefCell::new(Cache::new(self.room)) }
    }
}

/// The served tree as one worker sees it. Its methods finish without waiting when what they need is
/// in memory.
#[derive(Debug)]
pub struct Tree {
    root: Root,
    cache: RefCell<Cache>,
}

impl Tree {
    /// What a path names.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for hidden names and for what is neither file nor directory.
    pub async fn metadata(&self, path: &TreePath) -> Result<Meta, Error> {
        self.check_visible(path)?;
        self.root.local.metadata(path).await
    }

    /// Opens a file for reading.
    ///
    /// # Errors
    /// [`Error::IsDirectory`] for a directory; else as [`Tree::metadata`].
    pub async fn open(&self, path: &TreePath) -> Result<Rc<Content>, Error> {
        self.check_visible(path)?;
        let generation = self.root.local.changes.generation();
        let known = self.cache.borrow_mut().find(path, generation);
        let earlier = match known {
            Known::Fresh(content) => return Ok(content),
            Known::Stale(content) => Some(content),
            Known::Nothing => None,
        };
        // Boxed: a session that waits is as large as the largest of its states.
        let opened = Box::pin(self.root.local.open(path)).await;
        let mut cache = self.cache.borrow_mut();
        let (file, meta) = opened.inspect_err(|_| cache.forget(path))?;
        let content = match earlier {
            Some(content) if *content.meta() == meta => content,
            _ => Rc::new(Content::new(file, meta)),
        };
        cache.keep(path, Rc::clone(&content), generation);
        Ok(content)
    }

    /// Begins to list a directory.
    ///
    /// # Errors
    /// [`Error::NotDirectory`] for a file; else as [`Tree::metadata`].
    pub async fn list(&self, path: &TreePath) -> Result<List, Error> {
        self.check_visible(path)?;
        let directory = self.root.local.directory(path).await?;
        Ok(List::new(directory, path.clone(), self.root.local.clone(), self.root.visible))
    }

    /// Whether peers may change anything at all.
    pub fn is_writable(&self) -> bool {
        self.root.is_writable
    }

    /// Begins an upload to a file. `owner`: who may go on with it when it was cut off.
    ///
    /// # Errors
    /// By what [`Create`] asks for; [`Error::IsDirectory`]; [`Error::NotFound`] when there is no
    /// directory to hold it; [`Error::Hidden`] for a name that is not served; [`Error::Denied`] in a
    /// tree that may not be changed.
    pub async fn create(&self, path: &TreePath, how: Create, owner: Option<&[u8]>) -> Result<Upload, Error> {
        self.check_changeable(path)?;
        Upload::create(&self.root.local, path, how, owner).await
    }

    /// Bytes that are kept of an upload of `owner` that was cut off, if there is no file of that name.
    ///
    /// # Errors
    /// As [`Tree::metadata`].
    pub async fn partial_size(&self, path: &TreePath, owner: &[u8]) -> Result<Option<u64>, Error> {
        self.check_visible(path)?;
        let (local, path, owner) = (self.root.local.clone(), path.clone(), owner.to_vec());
        offload::run(move || store::partial_size(&local, &path, &owner)).await?
    }

    /// Begins to bring a file here, or goes on with it. What comes stands beside the file until it is
    /// committed, and is kept when the upload is dropped or the process killed.
    ///
    /// # Errors
    /// By what [`Fetch`] asks for; [`Error::InUse`] while somebody else brings the same; else as
    /// [`Tree::create`].
    pub async fn fetch(&self, path: &TreePath, fetch: Fetch) -> Result<Upload, Error> {
        self.check_changeable(path)?;
        Upload::fetch(&self.root.local, path, fetch).await
    }

    /// The beginning that is kept of a file from `source`: its path, to be read or shown, and its size in
    /// bytes.
    ///
    /// # Errors
    /// As [`Tree::metadata`].
    pub async fn begun(&self, path: &TreePath, source: &[u8]) -> Result<Option<(TreePath, u64)>, Error> {
        let (Some(parent), Some(name)) = (path.parent(), path.name()) else { return Err(Error::Root) };
        let part = parent.child(&naming::part(source, name));
        match self.metadata(&part).await {
            Ok(meta) => Ok(Some((part, meta.size))),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The beginnings that are kept of a file, from whatever source.
    ///
    /// # Errors
    /// As [`Tree::list`].
    pub async fn beginnings(&self, path: &TreePath) -> Result<Vec<TreePath>, Error> {
        let (Some(parent), Some(name)) = (path.parent(), path.name()) else { return Err(Error::Root) };
        let mut list = self.list(&parent).await?;
        let mut beginnings = Vec::new();
        while let Some(entries) = list.next().await? {
            let parts = entries.iter().filter(|entry| naming::is_part_of(name, &entry.name));
            beginnings.extend(parts.map(|part| parent.child(&part.name)));
        }
        Ok(beginnings)
    }

    /// Removes a file; of a symlink, the link.
    ///
    /// # Errors
    /// [`Error::IsDirectory`] for a directory; else as [`Tree::create`].
    pub async fn remove_file(&self, path: &TreePath) -> Result<(), Error> {
        self.change_name(path, Place::remove_file).await
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// [`Error::NotEmpty`], also when all that is in it is hidden; [`Error::NotDirectory`]; else as
    /// [`Tree::create`].
    pub async fn remove_dir(&self, path: &TreePath) -> Result<(), Error> {
        self.change_name(path, Place::remove_dir).await
    }

    /// Makes a directory.
    ///
    /// # Errors
    /// [`Error::Exists`]; [`Error::NotFound`] when there is no directory to hold it; else as
    /// [`Tree::create`].
    pub async fn make_dir(&self, path: &TreePath) -> Result<(), Error> {
        self.change_name(path, Place::make_dir).await
    }

    /// Gives a file, directory or symlink another name. `replace`: also when a file has that name.
    ///
    /// # Errors
    /// [`Error::Exists`]; [`Error::IntoItself`]; [`Error::OtherDevice`]; else as [`Tree::create`].
    pub async fn rename(&self, from: &TreePath, to: &TreePath, replace: bool) -> Result<(), Error> {
        self.check_changeable(to)?;
        let to = to.clone();
        self.change(from, move |local, from| {
            let (from, to) = (Place::find(local, from)?, Place::find(local, &to)?);
            from.rename(&to, replace)?;
            local.sync(&to.directory)?;
            Ok(local.sync(&from.directory)?)
        })
        .await
    }

    /// Sets when the content was changed last.
    ///
    /// # Errors
    /// As [`Tree::create`].
    pub async fn set_modified(&self, path: &TreePath, modified: SystemTime) -> Result<(), Error> {
        self.change(path, move |local, path| Ok(store::set_modified(&local.open_served(path)?, modified)?))
            .await
    }

    /// Sets the permission bits of a file or directory, of which the lower nine count.
    ///
    /// # Errors
    /// As [`Tree::create`].
    pub async fn set_mode(&self, path: &TreePath, mode: u32) -> Result<(), Error> {
        self.change(path, move |local, path| {
            Ok(fchmod(local.open_served(path)?, Mode::from_raw_mode(mode & 0o777))?)
        })
        .await
    }

    /// Changes what has a name, durably.
    async fn change_name(&self, path: &TreePath, how: fn(&Place) -> Result<(), Error>) -> Result<(), Error> {
        self.change(path, move |local, path| {
            let place = Place::find(local, path)?;
            how(&place)?;
            Ok(local.sync(&place.directory)?)
        })
        .await
    }

    async fn change<T: Send + 'static>(
        &self,
        path: &TreePath,
        how: impl FnOnce(&Local, &TreePath) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.check_changeable(path)?;
        let (local, path) = (self.root.local.clone(), path.clone());
        offload::run(move || {
            let changed = how(&local, &path);
            local.changes.happened();
            changed
        })
        .await?
    }

    fn check_changeable(&self, path: &TreePath) -> Result<(), Error> {
        if !self.root.is_writable {
            return Err(Error::Denied);
        }
        if path.segments().any(is_own) {
            return Err(Error::Hidden);
        }
        self.check_visible(path).map_err(|_| Error::Hidden)
    }

    fn check_visible(&self, path: &TreePath) -> Result<(), Error> {
        let mut names = path.segments().enumerate();
        match names.all(|(depth, name)| self.root.visible.shows(name, depth == 0)) {
            true => Ok(()),
            false => Err(Error::NotFound),
        }
    }
}

#[cfg(test)]
mod tests;
