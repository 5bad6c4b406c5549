//! The served tree: the only code that opens anything under a root.
//!
//! A [`Root`] is made once and crosses threads; each worker has its own [`Tree`] of it, with a cache
//! of open files. Sessions name things by [`TreePath`] and never see a path of the file system.

#![expect(clippy::disallowed_methods, reason = "this is the module that may open what is served")]

mod cache;
mod content;
mod list;
mod local;
mod meta;
mod path;

use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::rc::Rc;

use cache::{Cache, Known};
pub use cache::{FRESH, PREPARED, Room};
pub use content::Content;
pub(crate) use content::{ReadNow, SendNow};
pub use list::{Entry, List, MAX_ENTRIES};
use local::Local;
pub use meta::{Error, Kind, Meta, Version};
pub use path::{MAX_PATH, PathRule, TreePath};

/// A served directory; crosses threads.
#[derive(Clone, Debug)]
pub struct Root {
    local: Local,
    visible: Visible,
    room: Room,
}

/// Which names exist for peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Visible {
    hidden: bool,
}

impl Visible {
    /// Whether a name exists. `.well-known` at the root always does (RFC 8615).
    fn shows(self, name: &[u8], at_root: bool) -> bool {
        self.hidden || !name.starts_with(b".") || (at_root && name == b".well-known")
    }
}

impl Root {
    /// Opens a directory to be served. `hidden`: names that begin with a dot exist as well. `room`
    /// is what each worker may keep open.
    ///
    /// # Errors
    /// When it is no directory, may not be read, or the kernel has no openat2.
    pub fn open(directory: &Path, hidden: bool, room: Room) -> io::Result<Self> {
        Ok(Self { local: Local::new(directory)?, visible: Visible { hidden }, room })
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
        let known = self.cache.borrow_mut().find(path);
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
        cache.keep(path, Rc::clone(&content));
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
