//! Where the bytes of an upload stand while it goes on, and how they become the file: the blocking side
//! of [`Upload`](super::Upload).
//!
//! New content is written to an unnamed file in the target's own directory, synchronised, and then linked
//! to its name or, through a hidden name, renamed over what is there. Whoever looks sees the old file
//! whole or the new one whole, also after a crash. Only content that goes on an existing file
//! ([`Create::Append`], [`Create::At`]) is written in place, by one upload at a time: what stood before the
//! offset is not touched, and behind it is nothing but what this upload has brought.

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use rustix::fs::{
    AtFlags, CWD, FlockOperation, Gid, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT, Uid, fstat,
};
use rustix::io::{Errno, fcntl_dupfd_cloexec};

use super::checksum::Checks;
use crate::files::download::pieces::Pieces;
use crate::files::tree::calls::{
    fchmod, fchown, flock, ftruncate, futimens, linkat, openat, pread, pwrite, renameat, unlinkat,
};
use crate::files::tree::local::{Local, meta};
use crate::files::tree::meta::{Error, Meta, Version, timespec};
use crate::files::tree::naming;
use crate::files::tree::numbered::numbered;
use crate::files::tree::path::{PathRule, TreePath};
use crate::files::tree::place::{Found, Place, rename_to_new};
use crate::files::tree::sweep;

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

/// A file that a client brings here. What has come of it stands beside it until it is whole, under a name
/// that is made of both names: the file's and the source's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// Where the content comes from and which version of it: another one is never gone on with.
    pub source: Vec<u8>,
    /// Go on at this offset, in bytes, of what has come before; [`Error::Beyond`] behind its end.
    pub at: u64,
    /// Replace the file that is there; [`Error::Exists`] otherwise.
    pub replace: bool,
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

/// Unnamed files cannot be had everywhere; a hidden name does as well.
const UNNAMED: OFlags = OFlags::TMPFILE.union(OFlags::WRONLY).union(OFlags::CLOEXEC);
const NAMED: OFlags = OFlags::CREATE.union(OFlags::EXCL).union(OFlags::WRONLY).union(OFlags::CLOEXEC);
/// The beginning of an upload that goes on; it is read again for its digest.
const EXISTING: OFlags =
    OFlags::RDWR.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);
const IN_PLACE: OFlags = OFlags::WRONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// The beginning of a file that is brought here, old or new. It is read again for its digest.
const BEGUN: OFlags = OFlags::CREATE
    .union(OFlags::RDWR)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC)
    .union(OFlags::NOFOLLOW);

/// Bytes that are written at a time (256 KiB), up to a multiple of them: the kernel keeps a file in runs of
/// memory as long as a write and as its offset allow. 32 KiB at a time took 1.6 times as long, 256 KiB at odd
/// offsets 1.3 times.
const WRITTEN: u64 = 256 << 10;

/// Bytes that are read at a time for a digest (1 MiB).
const CHECKED: usize = 1 << 20;

/// Before umask.
const MODE: Mode = Mode::from_raw_mode(0o666);

/// An upload as the disk sees it.
#[derive(Debug)]
pub(in crate::files) struct Store {
    local: Local,
    place: Place,
    file: OwnedFd,
    /// Where the next byte goes.
    at: u64,
    pub(in crate::files) checks: Checks,
    standing: Standing,
    /// When the content was changed last, where that is not now.
    pub(in crate::files) modified: Option<SystemTime>,
    /// What it shares with the other writers of a file in pieces.
    pieces: Option<Arc<Pieces>>,
    /// Not all of the content came this way, so it is read again for its digest.
    is_continued: bool,
    /// Nothing was written since it was made durable.
    is_complete: bool,
    /// What is stored behind `at` is removed before anything is written, or when the content is complete. Until
    /// then an attempt to resume that brings nothing loses nothing.
    cuts: bool,
    /// A call has failed: what was written may be lost although a later call succeeds, since Linux reports the
    /// error once. So nothing of it is kept.
    is_lost: bool,
}

#[derive(Debug)]
enum Standing {
    /// A file of its own until it is whole.
    Aside {
        over: Create,
        /// The name that it has meanwhile, if it has one.
        hidden: Option<Vec<u8>>,
        /// The name under which it is kept if it is cut off.
        partial: Option<Vec<u8>>,
        /// The file that it replaces, whose owner and permission bits it gets.
        replaced: Option<Meta>,
    },
    /// The file itself, from an offset on.
    InPlace {
        from: u64,
        /// What was written stays there when the upload ends.
        stays: bool,
    },
    /// A piece of a file that stands aside, and where it begins.
    Piece(u64),
}

impl Store {
    pub(in crate::files) fn create(
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
                return Self::in_place(local, place, how);
            }
            _ => {}
        }
        let replaced = if let Found::File(meta) = found { Some(meta) } else { None };
        let partial = owner.map(|owner| naming::partial(owner, &place.name));
        let over = match how {
            Create::At(_) => Create::Replace,
            Create::Append | Create::Resume(_) => Create::New,
            Create::ResumeNumbered(_) => Create::Numbered,
            how => how,
        };
        let resumes =
            matches!(how, Create::Append | Create::At(_) | Create::Resume(_) | Create::ResumeNumbered(_));
        if let (true, Some(partial)) = (resumes, &partial) {
            match Self::open_partial(&place, partial, how) {
                Ok((file, at)) => {
                    let partial = Some(partial.clone());
                    let standing = Standing::Aside { over, hidden: partial.clone(), partial, replaced };
                    let mut store = Self::new(local, place, file, at, standing);
                    store.cuts = true;
                    return Ok(store);
                }
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        if let Create::At(1..) | Create::Resume(1..) | Create::ResumeNumbered(1..) = how {
            return Err(Error::Beyond);
        }
        let (file, hidden) = aside(&place)?;
        let standing = Standing::Aside { over, hidden, partial, replaced };
        Ok(Self::new(local, place, file, 0, standing))
    }

    /// Begins or goes on to bring a file here, under the name of its beginning.
    pub(in crate::files) fn fetch(local: Local, path: &TreePath, fetch: &Fetch) -> Result<Self, Error> {
        let place = Place::find_for_upload(&local, path)?;
        let found = place.look()?;
        let replaced = match found {
            Found::Directory(_) => return Err(Error::IsDirectory),
            Found::Other => return Err(Error::Denied),
            Found::File(_) | Found::Symlink if !fetch.replace => return Err(Error::Exists),
            Found::File(meta) => Some(meta),
            Found::Symlink | Found::Nothing => None,
        };
        let part = naming::part(&fetch.source, &place.name);
        let file = match openat(&place.directory, &part, BEGUN, MODE) {
            Err(Errno::NAMETOOLONG) => return Err(Error::Path(PathRule::TooLong)),
            file => file?,
        };
        // A FIFO, say, that somebody has put there.
        meta(&file)?.filter(|meta| !meta.is_directory()).ok_or(Error::Denied)?;
        lock(&file)?;
        cut(&file, fetch.at)?;
        let over = if fetch.replace { Create::Replace } else { Create::New };
        let standing = Standing::Aside { over, hidden: Some(part.clone()), partial: Some(part), replaced };
        Ok(Self::new(local, place, file, fetch.at, standing))
    }

    fn new(local: Local, place: Place, file: OwnedFd, at: u64, standing: Standing) -> Self {
        let checks = Checks::default();
        Self {
            local,
            place,
            file,
            at,
            checks,
            standing,
            modified: None,
            pieces: None,
            is_continued: at > 0,
            is_complete: false,
            cuts: false,
            is_lost: false,
        }
    }

    /// Writers of pieces that begin at `starts`, of a file that is being brought here and will have
    /// `size` bytes. This one goes on from where it is.
    pub(in crate::files) fn split(&mut self, size: u64, starts: &[u64]) -> Result<Vec<Self>, Error> {
        let Standing::Aside { hidden, partial: Some(part), .. } = &mut self.standing else {
            return Err(Error::Denied);
        };
        let name = naming::pieces_of(part);
        let pieces =
            Pieces::new((&self.place.directory, &self.file), (part, &name), (self.at, size), starts)?;
        *hidden = Some(name);
        let pieces = Arc::new(pieces);
        (self.pieces, self.is_continued) = (Some(Arc::clone(&pieces)), true);
        let piece = |&start: &u64| {
            let (directory, file) = (duplicate(&self.place.directory)?, duplicate(&self.file)?);
            let Place { name, path, root, .. } = &self.place;
            let in_progress = Some(self.local.changes.begin_upload(&directory)?);
            let place = Place {
                directory,
                name: name.clone(),
                path: path.clone(),
                root: *root,
                _in_progress: in_progress,
            };
            let mut piece = Self::new(self.local.clone(), place, file, start, Standing::Piece(start));
            piece.pieces = Some(Arc::clone(&pieces));
            Ok(piece)
        };
        starts.iter().map(piece).collect()
    }

    fn in_place(local: Local, place: Place, how: Create) -> Result<Self, Error> {
        // Others than this server may append meanwhile, to a log, say.
        let flags = if how == Create::Append { IN_PLACE | OFlags::APPEND } else { IN_PLACE };
        let (file, _) = local.file_blocking(&place.path, flags)?;
        lock(&file)?;
        let size = size(&file)?;
        let from = match how {
            Create::At(offset) if offset > size => return Err(Error::Beyond),
            Create::At(offset) => offset,
            _ => size,
        };
        let standing = Standing::InPlace { from, stays: false };
        let mut store = Self::new(local, place, file, from, standing);
        store.cuts = how != Create::Append;
        Ok(store)
    }

    /// The partial upload that was kept, and where it continues.
    fn open_partial(place: &Place, partial: &[u8], how: Create) -> Result<(OwnedFd, u64), Error> {
        let file = openat(&place.directory, partial, EXISTING, Mode::empty())?;
        lock(&file)?;
        let stat = fstat(&file)?;
        // Without a link: another beginning has taken its name, or it was swept, just now.
        if stat.st_nlink == 0 || sweep::is_stale(&stat) {
            return Err(Error::NotFound);
        }
        let at = match how {
            Create::At(offset) | Create::Resume(offset) | Create::ResumeNumbered(offset) => offset,
            _ => size(&file)?,
        };
        if at > size(&file)? {
            return Err(Error::Beyond);
        }
        Ok((file, at))
    }

    /// Writes at the end of what has come so far.
    pub(in crate::files) fn write(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        if bytes.is_empty() {
            return Ok(());
        }
        if !self.is_continued {
            self.checks.update(bytes);
        }
        self.is_complete = false;
        self.cut_behind()?;
        while !bytes.is_empty() {
            let most = usize::try_from(WRITTEN - self.at % WRITTEN).unwrap_or(bytes.len());
            let piece = bytes.get(..most).unwrap_or(bytes);
            let written = pwrite(&self.file, piece, self.at);
            // NFS reports with a later write that earlier ones were lost, also for want of space. A download that
            // filled the disk promises nothing, and is kept.
            self.is_lost |= written.is_err() && (self.local.is_durable || written == Err(Errno::IO));
            let written = written?;
            self.at += written as u64;
            bytes = bytes.get(written..).unwrap_or_default();
        }
        if let Some(pieces) = &self.pieces {
            let start = if let Standing::Piece(start) = self.standing { start } else { 0 };
            pieces.came(start, self.at);
        }
        Ok(())
    }

    /// Removes what is stored behind the offset where the content continues.
    fn cut_behind(&mut self) -> Result<(), Error> {
        if std::mem::take(&mut self.cuts) {
            cut(&self.file, self.at)?;
        }
        Ok(())
    }

    /// Reads the whole content for its digests, where not all of it came this way.
    fn check_again(&mut self) -> Result<(), Error> {
        if !self.is_continued || self.checks.are_none() {
            return Ok(());
        }
        let (mut piece, mut at) = (vec![0; CHECKED], 0);
        loop {
            match pread(&self.file, &mut piece, at)? {
                0 => return Ok(()),
                read => {
                    self.checks.update(piece.get(..read).unwrap_or_default());
                    at += read as u64;
                }
            }
        }
    }

    /// Makes the content durable as it is to be, but for its name.
    pub(in crate::files) fn complete(&mut self) -> Result<(), Error> {
        self.cut_behind()?;
        if let Standing::Aside { replaced: Some(replaced), .. } = &self.standing {
            keep_owner(&self.file, replaced.owner);
            fchmod(&self.file, Mode::from_raw_mode(replaced.mode & 0o777))?;
        }
        if let Some(modified) = self.modified {
            match change_modified(&self.file, modified) {
                // The content counts, and no time is better than a wrong one.
                Ok(_) | Err(Error::Time) => {}
                Err(error) => return Err(error),
            }
        }
        self.sync()?;
        self.is_complete = true;
        Ok(())
    }

    fn sync(&mut self) -> Result<(), Errno> {
        self.local.sync(&self.file).inspect_err(|_| self.is_lost = true)
    }

    /// Makes the upload the file, durably.
    pub(in crate::files) fn commit(mut self) -> Result<Stored, Error> {
        self.cut_behind()?;
        self.check_again()?;
        if !self.checks.hold() {
            return Err(Error::Checksum);
        }
        if !self.is_complete {
            self.complete()?;
        }
        let is_new = self.publish()?;
        if let Standing::Aside { .. } = self.standing {
            if let Some(pieces) = &self.pieces {
                pieces.are_whole();
            }
            self.local.sync(&self.place.directory)?;
        }
        let meta = meta(&self.file)?.ok_or(Error::NotFound)?;
        let Place { name, path, .. } = &self.place;
        let other_name = (path.name() != Some(name)).then(|| name.clone());
        Ok(Stored { meta, is_new, other_name })
    }

    /// Gives the file its name, or sees that it has it still. Whether there was none of that name.
    fn publish(&mut self) -> Result<bool, Error> {
        let local = self.local.clone();
        // Between the look at what is there and the rename nobody else changes names.
        let _alone = local.changes.publishing.lock();
        // In a directory that was served before, nobody would find it.
        if local.root_identity()? != self.place.root {
            return Err(Error::Changed);
        }
        let over = match &mut self.standing {
            Standing::Aside { over, .. } => *over,
            Standing::InPlace { stays, .. } => {
                let identity = |meta: Option<Meta>| meta.map(|meta| meta.version.identity());
                if identity(self.place.seen(&local)?) != identity(meta(&self.file)?) {
                    return Err(Error::Changed);
                }
                *stays = true;
                return Ok(false);
            }
            Standing::Piece(_) => return Ok(false),
        };
        let is_new = match over {
            Create::Over(version) => {
                self.place.check(&self.local, version)?;
                self.rename_over()?;
                false
            }
            over => match (self.link(), over) {
                (Ok(()), _) => true,
                (Err(Errno::EXIST), Create::New) => return Err(Error::Exists),
                (Err(Errno::EXIST), Create::Numbered) => {
                    self.link_numbered()?;
                    true
                }
                (Err(Errno::EXIST), _) => {
                    self.rename_over()?;
                    false
                }
                (Err(errno), _) => return Err(errno.into()),
            },
        };
        if let Standing::Aside { hidden, partial: Some(partial), .. } = &mut self.standing {
            *hidden = None;
            // An earlier beginning is of no use any more; mostly there is none.
            let _ = unlinkat(&self.place.directory, &*partial, AtFlags::empty());
        }
        Ok(is_new)
    }

    /// Links the file to its name, which must be free.
    fn link(&mut self) -> Result<(), Errno> {
        let Place { directory, name, .. } = &self.place;
        let Standing::Aside { hidden, .. } = &mut self.standing else { return Ok(()) };
        match hidden {
            None => link_unnamed(&self.file, directory, name),
            Some(own) => {
                rename_to_new(directory, own, directory, name)?;
                *hidden = None;
                Ok(())
            }
        }
    }

    /// Links the file to the next name that is free.
    fn link_numbered(&mut self) -> Result<(), Error> {
        for name in numbered(&self.place.name.clone()) {
            self.place.name = name;
            match self.link() {
                Err(Errno::EXIST) => {}
                linked => return Ok(linked?),
            }
        }
        Err(Error::Exists)
    }

    /// Renames the file over what has its name.
    fn rename_over(&mut self) -> Result<(), Error> {
        let own = self.named()?;
        let Place { directory, name, .. } = &self.place;
        renameat(directory, &own, directory, name)?;
        if let Standing::Aside { hidden, .. } = &mut self.standing {
            *hidden = None;
        }
        Ok(())
    }

    /// The hidden name of the file, which it gets here if it has none.
    fn named(&mut self) -> Result<Vec<u8>, Error> {
        let Standing::Aside { hidden, .. } = &mut self.standing else { return Err(Error::Exists) };
        if let Some(own) = hidden {
            return Ok(own.clone());
        }
        let own = naming::unfinished()?;
        link_unnamed(&self.file, &self.place.directory, &own)?;
        *hidden = Some(own.clone());
        Ok(own)
    }

    /// Keeps what has come of an upload that was cut off, for its owner to go on with.
    pub(in crate::files) fn keep(mut self) -> Result<(), Error> {
        if let Standing::InPlace { .. } = self.standing {
            // The next upload continues behind it.
            self.sync()?;
        }
        if let Standing::InPlace { stays, .. } = &mut self.standing {
            *stays = true;
        }
        let Standing::Aside { partial: Some(partial), hidden, .. } = &mut self.standing else {
            return Ok(());
        };
        let partial = partial.clone();
        if self.pieces.is_some() {
            // The last of the pieces cuts the file and gives it the name.
            *hidden = None;
            return Ok(());
        }
        let has_its_name = hidden.as_ref() == Some(&partial);
        if self.at == 0 {
            return Ok(());
        }
        if !self.is_complete {
            // Its size is reported to the client, which continues there.
            self.sync()?;
        }
        if has_its_name {
            return Ok(());
        }
        // Whoever goes on with an earlier beginning needs its name.
        let earlier = match openat(&self.place.directory, &partial, EXISTING, Mode::empty()) {
            Err(Errno::NOENT) => None,
            earlier => Some(earlier?),
        };
        earlier.as_ref().map_or(Ok(()), lock)?;
        let own = self.named()?;
        renameat(&self.place.directory, &own, &self.place.directory, &partial)?;
        if let Standing::Aside { hidden, .. } = &mut self.standing {
            *hidden = Some(partial.clone());
        }
        self.local.changes.keeps.store(true, Ordering::Relaxed);
        self.local.sync(&self.place.directory).inspect_err(|_| self.is_lost = true)?;
        // The client may be back already, and a large directory takes a while to sweep.
        flock(&self.file, FlockOperation::Unlock)?;
        // Where one upload was cut off, others may have been, long ago or often.
        Ok(sweep::directory(&self.place.directory, &partial)?)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        match &self.standing {
            Standing::Aside { hidden: Some(own), partial, .. }
                if (partial.as_ref() != Some(own) || self.at == 0 || self.is_lost)
                    && self.pieces.is_none() =>
            {
                // If it cannot be removed now, a sweep does it.
                let _ = unlinkat(&self.place.directory, own, AtFlags::empty());
            }
            // Unless somebody else has appended to it.
            Standing::InPlace { from, stays: false, .. } if size(&self.file) == Ok(self.at) => {
                let _ = cut(&self.file, *from);
            }
            _ => {}
        }
    }
}

/// What is kept of an upload of `owner` to `path` that was interrupted.
pub(in crate::files) fn partial(local: &Local, path: &TreePath, owner: &[u8]) -> Result<Option<Meta>, Error> {
    let place = Place::find(local, path)?;
    let place = Place { name: naming::partial(owner, &place.name), ..place };
    match place.look()? {
        Found::File(meta) if !sweep::is_old(meta.modified_unix()) => Ok(Some(meta)),
        _ => Ok(None),
    }
}

/// A file to be written aside, and the hidden name that it has if it must have one. It is locked, which
/// tells a sweep that somebody is at work.
fn aside(place: &Place) -> Result<(OwnedFd, Option<Vec<u8>>), Error> {
    let (file, hidden) = match openat(&place.directory, ".", UNNAMED, MODE) {
        // ISDIR: a kernel or file system that does not know O_TMPFILE sees a directory opened to write.
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => {
            let own = naming::unfinished()?;
            (openat(&place.directory, &own, NAMED, MODE)?, Some(own))
        }
        file => (file?, None),
    };
    lock(&file)?;
    Ok((file, hidden))
}

fn size(file: &OwnedFd) -> Result<u64, Errno> {
    Ok(u64::try_from(fstat(file)?.st_size).unwrap_or_default())
}

/// Cuts a beginning to where it goes on. One that ends there is left alone: a file that was truncated to
/// nothing is written to the disk as soon as it is closed (ext4), which may take longer than to bring it.
fn cut(file: &OwnedFd, at: u64) -> Result<(), Error> {
    match size(file)? {
        size if at > size => Err(Error::Beyond),
        size if at == size => Ok(()),
        _ => Ok(ftruncate(file, at)?),
    }
}

pub(in crate::files) fn duplicate(descriptor: &OwnedFd) -> Result<OwnedFd, Errno> {
    fcntl_dupfd_cloexec(descriptor, 0)
}

/// Says of a file when its content was changed last.
fn set_modified(file: &OwnedFd, modified: SystemTime) -> Result<(), Errno> {
    let unchanged = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
    futimens(file, &Timestamps { last_access: unchanged, last_modification: timespec(modified) })
}

/// Gives a file the owner of the one that it replaces, as far as the server may.
fn keep_owner(file: &OwnedFd, (user, group): (u32, u32)) {
    let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
    if fchown(file, Some(user), Some(group)).is_err() {
        // Only root gives files away; its own group may be set by anybody.
        let _ = fchown(file, None, Some(group));
    }
}

/// Sets when the content was changed last, and compares what was stored: some file systems clamp what they
/// cannot store (ext4, to the year 2446).
///
/// # Errors
/// [`Error::Time`]; then the time is what it was.
pub(in crate::files) fn change_modified(file: &OwnedFd, modified: SystemTime) -> Result<Meta, Error> {
    let now = || meta(file)?.ok_or(Error::NotFound);
    let before = now()?;
    set_modified(file, modified)?;
    let after = now()?;
    // FAT stores every other second.
    if after.modified_unix().abs_diff(timespec(modified).tv_sec) < 2 {
        return Ok(after);
    }
    set_modified(file, before.modified)?;
    Err(Error::Time)
}

fn lock(file: &OwnedFd) -> Result<(), Error> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::AGAIN) => Err(Error::InUse),
        locked => Ok(locked?),
    }
}

/// Names an unnamed file. By its descriptor, which needs Linux 6.10 or a privilege, else through /proc.
fn link_unnamed(file: &OwnedFd, directory: &OwnedFd, name: &[u8]) -> Result<(), Errno> {
    match linkat(file, "", directory, name, AtFlags::EMPTY_PATH) {
        Err(Errno::NOENT) => {
            let path = format!("/proc/self/fd/{}", file.as_raw_fd());
            linkat(&CWD, &path, directory, name, AtFlags::SYMLINK_FOLLOW)
        }
        linked => linked,
    }
}
