//! The served tree as one worker sees it.

pub(super) mod cache;
pub(super) mod calls;
mod content;
mod links;
mod list;
pub(super) mod local;
pub(super) mod meta;
pub(super) mod naming;
pub(super) mod numbered;
pub(super) mod path;
pub(super) mod place;
mod root;
pub(super) mod sweep;

use std::cell::RefCell;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use rustix::fs::Mode;

use cache::{Cache, Known};
pub use cache::{FRESH, PREPARED, Room};
use calls::fchmod;
pub use content::Content;
pub use links::{LastLink, Trace};
pub use list::{Batch, Entry, List, MAX_ENTRIES};
use local::Local;
pub use meta::{Error, Kind, Meta, Version};
use naming::{Visible, is_own};
pub(crate) use naming::{stem, stem_of_part};
pub use path::{MAX_PATH, PathRule, TreePath};
use place::Place;
use sweep::Sweeper;

use super::upload::{Create, Fetch, Upload, store};
use crate::net::limits::{Gate, MAX_UPLOADS};
use crate::net::offload::{self, Busy};

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
    pub(in crate::files) local: Local,
    visible: Visible,
    is_writable: bool,
    /// Nothing can be changed in `/.well-known`: what is there speaks for the host (RFC 8615).
    protects_well_known: bool,
    room: Room,
    uploads: Gate,
    _sweeper: Option<Sweeper>,
}

impl Root {
    /// Opens a directory to be served. `room` is what each worker may keep open.
    ///
    /// What runs leave behind in a directory that may be changed is removed meanwhile, at once and hourly.
    ///
    /// # Errors
    /// When it is no directory, may not be read, or the kernel has no openat2.
    pub fn open(directory: &Path, rules: Rules, room: Room) -> io::Result<Self> {
        let local = Local::new(directory, rules.durable, true)?;
        let sweeper = rules.writable.then(|| Sweeper::start(local.clone(), sweep::EVERY)).flatten();
        let visible = Visible { hidden: rules.hidden };
        let uploads = Gate::of_uploads(MAX_UPLOADS);
        Ok(Self {
            local,
            visible,
            is_writable: rules.writable,
            protects_well_known: true,
            room,
            uploads,
            _sweeper: sweeper,
        })
    }

    /// Opens a directory of the user's own, to bring things to or take them from: every name exists but
    /// those that a server keeps for itself, nothing is swept, and nothing is waited for until it
    /// survives a power cut.
    ///
    /// # Errors
    /// As [`Root::open`].
    pub fn folder(directory: &Path) -> io::Result<Self> {
        let local = Local::new(directory, false, false)?;
        let visible = Visible { hidden: true };
        let uploads = Gate::of_uploads(MAX_UPLOADS);
        Ok(Self {
            local,
            visible,
            is_writable: true,
            protects_well_known: false,
            room: Room::FOLDER,
            uploads,
            _sweeper: None,
        })
    }

    /// With at most so many uploads under way at the same time; otherwise it is [`MAX_UPLOADS`].
    #[must_use]
    pub fn with_uploads(self, max: usize) -> Self {
        Self { uploads: Gate::of_uploads(max), ..self }
    }

    /// Whether a path names a directory that is served; for callers that may wait.
    ///
    /// # Errors
    /// As [`Tree::list`].
    pub fn check_directory(&self, path: &TreePath) -> Result<(), Error> {
        self.check_visible(path)?;
        self.local.directory_blocking(path)?;
        Ok(())
    }

    fn check_visible(&self, path: &TreePath) -> Result<(), Error> {
        let mut names = path.segments().enumerate();
        match names.all(|(depth, name)| self.visible.shows(name, depth == 0)) {
            true => Ok(()),
            false => Err(Error::NotFound),
        }
    }

    /// The tree for one worker thread.
    pub fn tree(&self) -> Tree {
        Tree { root: self.clone(), cache: Rc::new(RefCell::new(Cache::new(self.room))) }
    }
}

/// The served tree as one worker sees it. Its methods finish without waiting when what they need is
/// in memory.
#[derive(Debug)]
pub struct Tree {
    pub(in crate::files) root: Root,
    cache: Rc<RefCell<Cache>>,
}

impl Tree {
    /// What a path names.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for hidden names and for what is neither file nor directory.
    pub async fn metadata(&self, path: &TreePath) -> Result<Meta, Error> {
        self.root.check_visible(path)?;
        self.root.local.metadata(path).await
    }

    /// Where a path leads, without links, and through which directories: what rules are matched against. In
    /// the path that is returned no link is followed any more, even if another process puts one there.
    ///
    /// # Errors
    /// [`Error::NotFound`] for links that lead outside or above themselves; else as [`Tree::metadata`].
    pub async fn trace(&self, path: &TreePath, last: LastLink) -> Result<Trace, Error> {
        self.root.local.trace(path, last).await
    }

    /// The tree's generation, which grows with every change.
    pub(crate) fn generation(&self) -> u64 {
        self.root.local.changes.generation()
    }

    /// Whether a path names a symlink.
    ///
    /// # Errors
    /// As [`Tree::metadata`].
    pub async fn is_link(&self, path: &TreePath) -> Result<bool, Error> {
        self.root.check_visible(path)?;
        self.root.local.is_link(path).await
    }

    /// A file that was opened lately and is taken to be what it was.
    pub fn at_hand(&self, path: &TreePath) -> Option<Rc<Content>> {
        match self.cache.borrow_mut().find(path, self.root.local.changes.generation()) {
            Known::Fresh(content) => Some(content),
            Known::Stale(_) | Known::Nothing => None,
        }
    }

    /// Opens a file for reading.
    ///
    /// # Errors
    /// [`Error::IsDirectory`] for a directory; else as [`Tree::metadata`].
    pub async fn open(&self, path: &TreePath) -> Result<Rc<Content>, Error> {
        let generation = self.root.local.changes.generation();
        let known = self.cache.borrow_mut().find(path, generation);
        let earlier = match known {
            Known::Fresh(content) => return Ok(content),
            Known::Stale(content) => Some(content),
            Known::Nothing => None,
        };
        self.root.check_visible(path)?;
        // Boxed: a session that waits is as large as the largest of its states.
        let opened = Box::pin(self.renew(path, earlier)).await;
        let mut cache = self.cache.borrow_mut();
        let content = opened.inspect_err(|_| cache.forget(path))?;
        cache.keep(path, Rc::clone(&content), generation);
        drop(cache);
        self.release_unused();
        Ok(content)
    }

    /// Starts a task that closes files of the cache when they are not in use, and ends when none is left.
    fn release_unused(&self) {
        if std::mem::replace(&mut self.cache.borrow_mut().is_releasing, true) {
            return;
        }
        let (cache, changes) = (Rc::downgrade(&self.cache), self.root.local.changes.clone());
        tokio::task::spawn_local(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(FRESH)).await;
                let Some(cache) = cache.upgrade() else { return };
                let mut cache = cache.borrow_mut();
                cache.release(changes.generation());
                if cache.is_empty() {
                    cache.is_releasing = false;
                    return;
                }
            }
        });
    }

    /// Opens a file, unless it still is what it was earlier.
    async fn renew(&self, path: &TreePath, earlier: Option<Rc<Content>>) -> Result<Rc<Content>, Error> {
        if let Some(content) = earlier
            && self.root.local.metadata(path).await? == *content.meta()
        {
            return Ok(content);
        }
        let (file, meta) = self.root.local.open(path).await?;
        Ok(Rc::new(Content::new(file, meta)))
    }

    /// Begins to list a directory.
    ///
    /// # Errors
    /// [`Error::NotDirectory`] for a file; else as [`Tree::metadata`].
    pub async fn list(&self, path: &TreePath) -> Result<List, Error> {
        self.root.check_visible(path)?;
        let directory = self.root.local.directory(path).await?;
        Ok(List::new(directory, path.clone(), self.root.local.clone(), self.root.visible))
    }

    /// Whether peers may change anything at all.
    pub fn is_writable(&self) -> bool {
        self.root.is_writable
    }

    /// Whether peers may change what a path names, as far as its name goes.
    pub fn is_changeable(&self, path: &TreePath) -> bool {
        self.check_changeable(path).is_ok()
    }

    /// Begins an upload to a file, from `address`, if that has one. `owner`: who may go on with it when it
    /// was cut off.
    ///
    /// # Errors
    /// By what [`Create`] asks for; [`Error::IsDirectory`]; [`Error::NotFound`] when there is no
    /// directory to hold it; [`Error::Hidden`] for a name that is not served; [`Error::Denied`] in a
    /// tree that may not be changed; [`Error::Busy`] when there are as many as there may be.
    pub async fn create(
        &self,
        path: &TreePath,
        how: Create,
        owner: Option<&[u8]>,
        address: Option<IpAddr>,
    ) -> Result<Upload, Error> {
        self.check_changeable(path)?;
        let place = self.root.uploads.enter(address).ok_or(Busy)?;
        Upload::create(&self.root.local, place, path, how, owner).await
    }

    /// What is kept of an upload of `owner` that was interrupted, if there is no file of that name.
    ///
    /// # Errors
    /// As [`Tree::metadata`].
    pub async fn partial(&self, path: &TreePath, owner: &[u8]) -> Result<Option<Meta>, Error> {
        self.root.check_visible(path)?;
        let (local, path, owner) = (self.root.local.clone(), path.clone(), owner.to_vec());
        offload::run(move || store::partial(&local, &path, &owner)).await?
    }

    /// Begins to bring a file here, or goes on with it. What comes stands beside the file until it is
    /// committed, and is kept when the upload is dropped or the process killed.
    ///
    /// # Errors
    /// By what [`Fetch`] asks for; [`Error::InUse`] while somebody else brings the same; else as
    /// [`Tree::create`].
    pub async fn fetch(&self, path: &TreePath, fetch: Fetch) -> Result<Upload, Error> {
        self.check_changeable(path)?;
        let place = self.root.uploads.enter(None).ok_or(Busy)?;
        Upload::fetch(&self.root.local, place, path, fetch).await
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

    /// Removes a file; of a symlink, the link. `meant`: this version of it and no other.
    ///
    /// # Errors
    /// [`Error::IsDirectory`] for a directory; [`Error::Changed`] for another version; else as
    /// [`Tree::create`].
    pub async fn remove_file(&self, path: &TreePath, meant: Option<Version>) -> Result<(), Error> {
        self.change_name(path, meant, Place::remove_file).await
    }

    /// Removes an empty directory. `meant`: this version of it and no other.
    ///
    /// # Errors
    /// [`Error::NotEmpty`], also when all that is in it is hidden; [`Error::Receiving`] while an upload to it
    /// is in progress; [`Error::NotDirectory`]; [`Error::Changed`] for another version; else as [`Tree::create`].
    pub async fn remove_dir(&self, path: &TreePath, meant: Option<Version>) -> Result<(), Error> {
        let changes = self.root.local.changes.clone();
        self.change_name(path, meant, move |place| place.remove_dir(&changes)).await
    }

    /// Makes a directory.
    ///
    /// # Errors
    /// [`Error::Exists`]; [`Error::NotFound`] when there is no directory to hold it; else as
    /// [`Tree::create`].
    pub async fn make_dir(&self, path: &TreePath) -> Result<(), Error> {
        self.change_name(path, None, Place::make_dir).await
    }

    /// Makes the last `depth` directories of a path where they are missing, and returns the path. If a name
    /// is taken by something else than a directory, the directory is called `NAME (2)`. So whoever calls it
    /// does not learn what exists.
    ///
    /// # Errors
    /// [`Error::NotFound`] if a directory above those is missing; else as [`Tree::create`].
    pub async fn make_directories(&self, path: &TreePath, depth: usize) -> Result<TreePath, Error> {
        self.change(path, move |local, path| numbered::directories(local, path, depth, true)).await
    }

    /// The path that [`Tree::make_directories`] would return.
    ///
    /// # Errors
    /// [`Error::NotFound`] if one of the directories is missing.
    pub async fn find_directories(&self, path: &TreePath, depth: usize) -> Result<TreePath, Error> {
        self.check_changeable(path)?;
        let (local, path) = (self.root.local.clone(), path.clone());
        offload::run(move || numbered::directories(&local, &path, depth, false)).await?
    }

    /// Gives a file, directory or symlink another name, or `NAME (2).ext` if something has that. `meant`:
    /// this version and no other.
    ///
    /// # Errors
    /// As [`Tree::rename`], without those of a name that is taken.
    pub async fn rename_numbered(
        &self,
        from: &TreePath,
        to: &TreePath,
        meant: Option<Version>,
    ) -> Result<(), Error> {
        self.check_changeable(to)?;
        let to = to.clone();
        self.change(from, move |local, from| {
            let (from, mut to) = (Place::find(local, from)?, Place::find(local, &to)?);
            for name in numbered::free_names(&to.name.clone()) {
                to.name = name;
                match from.change(local, meant, |from| from.rename(local, &to, false)) {
                    Err(Error::Exists) => {}
                    Err(error) => return Err(error),
                    Ok(()) => {
                        local.sync(&to.directory)?;
                        return Ok(local.sync(&from.directory)?);
                    }
                }
            }
            Err(Error::Exists)
        })
        .await
    }

    /// Gives a file, directory or symlink another name. `replace`: also when a file has that name; a
    /// directory neither replaces anything nor is it replaced. `meant`: this version and no other.
    ///
    /// # Errors
    /// [`Error::Exists`]; [`Error::IsDirectory`] where a file would replace one; [`Error::IntoItself`];
    /// [`Error::OtherDevice`]; [`Error::Changed`] for another version; else as [`Tree::create`].
    pub async fn rename(
        &self,
        from: &TreePath,
        to: &TreePath,
        replace: bool,
        meant: Option<Version>,
    ) -> Result<(), Error> {
        self.check_changeable(to)?;
        let to = to.clone();
        self.change(from, move |local, from| {
            let (from, to) = (Place::find(local, from)?, Place::find(local, &to)?);
            from.change(local, meant, |from| from.rename(local, &to, replace))?;
            local.sync(&to.directory)?;
            Ok(local.sync(&from.directory)?)
        })
        .await
    }

    /// Sets when the content was changed last. Returns what is stored, which may be less precise.
    ///
    /// # Errors
    /// [`Error::Time`] for a time that the file system cannot store, which then keeps the one it had; else as
    /// [`Tree::create`].
    pub async fn set_modified(&self, path: &TreePath, modified: SystemTime) -> Result<Meta, Error> {
        self.change(path, move |local, path| store::change_modified(&local.open_served(path)?, modified))
            .await
    }

    /// Sets the permission bits of a file or directory, of which the lower nine count.
    ///
    /// # Errors
    /// As [`Tree::create`].
    pub async fn set_mode(&self, path: &TreePath, mode: u32) -> Result<(), Error> {
        self.change(path, move |local, path| {
            Ok(fchmod(&local.open_served(path)?, Mode::from_raw_mode(mode & 0o777))?)
        })
        .await
    }

    /// Changes what has a name, durably.
    async fn change_name(
        &self,
        path: &TreePath,
        meant: Option<Version>,
        how: impl FnOnce(&Place) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), Error> {
        self.change(path, move |local, path| {
            let place = Place::find(local, path)?;
            place.change(local, meant, how)?;
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
        if self.root.protects_well_known && path.segments().next().is_some_and(naming::is_well_known) {
            return Err(Error::WellKnown);
        }
        self.root.check_visible(path).map_err(|_| Error::Hidden)
    }
}
