//! An upload that is a file of its own until it is complete.
//!
//! New content is written to an unnamed file in the target's own directory, made durable, and then linked to its
//! name or, through a hidden name, renamed over the file that has the name. Readers see the old file or the new
//! one, each complete, also after a crash.

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rustix::fs::{AtFlags, CWD, FlockOperation, Gid, Mode, OFlags, StatxFlags, Uid, fstat};
use rustix::io::Errno;

use super::create::{Create, Publish, Stored};
use super::length;
use super::pieces::{UploadPiece, UploadPieces};
use super::written::{WrittenFile, lock, size};
use crate::files::tree::calls::{fchmod, fchown, flock, linkat, openat, renameat, statx, unlinkat};
use crate::files::tree::local::Local;
use crate::files::tree::meta::{Meta, TreeError, identity_of};
use crate::files::tree::numbered::numbered;
use crate::files::tree::place::{Place, rename_to_new};
use crate::files::tree::{naming, sweep};

/// Not every file system has unnamed files; a hidden name serves as well.
const UNNAMED: OFlags = OFlags::TMPFILE.union(OFlags::WRONLY).union(OFlags::CLOEXEC);
const NAMED: OFlags = OFlags::CREATE.union(OFlags::EXCL).union(OFlags::WRONLY).union(OFlags::CLOEXEC);
/// A partial upload; it is read again for its digest.
const PARTIAL: OFlags =
    OFlags::RDWR.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

/// Before umask.
pub(in crate::files) const MODE: Mode = Mode::from_raw_mode(0o666);

/// An upload to a file of its own. Dropping it removes that file, except a partial upload of which nothing
/// was lost.
#[derive(Debug)]
pub(in crate::files) struct Aside {
    pub(super) written: WrittenFile,
    place: Place,
    publish: Publish,
    /// The hidden name of the file, if it has one.
    hidden: Option<Vec<u8>>,
    /// The name under which it is kept if it is interrupted.
    partial: Option<Vec<u8>>,
    /// The file that it replaces, whose owner and permission bits it gets.
    replaced: Option<Meta>,
    pieces: Option<Arc<UploadPieces>>,
}

impl Aside {
    /// Resumes the owner's partial upload if `how` asks for that, else creates a file.
    pub(super) fn create(
        local: Local,
        place: Place,
        how: Create,
        owner: Option<&[u8]>,
        replaced: Option<Meta>,
    ) -> Result<Self, TreeError> {
        let partial = owner.map(|owner| naming::partial(owner, &place.name));
        let resumes = how.offset().is_some() || how == Create::Append;
        if let (true, Some(name)) = (resumes, &partial) {
            match open_partial(&place, name, how) {
                Ok((file, at)) => {
                    let is_empty = size(&file)? == 0;
                    let length = if at > 0 { length::read(&file) } else { None };
                    let mut written = WrittenFile::new(local, file, at);
                    (written.cuts, written.length, written.keeps_empty) = (true, length, is_empty);
                    let (publish, hidden) = (how.publish(), partial.clone());
                    return Ok(Self { written, place, publish, hidden, partial, replaced, pieces: None });
                }
                Err(TreeError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        if how.offset().is_some_and(|offset| offset > 0) {
            return Err(TreeError::Beyond);
        }
        let (file, hidden) = create_file(&place)?;
        let written = WrittenFile::new(local, file, 0);
        Ok(Self { written, place, publish: how.publish(), hidden, partial, replaced, pieces: None })
    }

    pub(in crate::files) fn of_part(
        written: WrittenFile,
        place: Place,
        part: Vec<u8>,
        replaces: bool,
        replaced: Option<Meta>,
    ) -> Self {
        let publish = if replaces { Publish::Replace } else { Publish::New };
        let (hidden, partial) = (Some(part.clone()), Some(part));
        Self { written, place, publish, hidden, partial, replaced, pieces: None }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), TreeError> {
        self.written.write(bytes)?;
        // An empty write must not reset the progress of the piece that begins at 0.
        if let Some(pieces) = self.pieces.as_ref().filter(|_| !bytes.is_empty()) {
            pieces.came(0, self.written.at);
        }
        Ok(())
    }

    /// Creates writers for the pieces that begin at `starts`, of a download of `size` bytes. This one
    /// continues from where it is. `name_of` maps the name of the part file to its name meanwhile.
    pub(in crate::files) fn split(
        &mut self,
        name_of: impl FnOnce(&[u8]) -> Vec<u8>,
        size: u64,
        starts: &[u64],
    ) -> Result<Vec<UploadPiece>, TreeError> {
        let (written, part) = (&mut self.written, self.partial.as_deref().ok_or(TreeError::Denied)?);
        let name = name_of(part);
        let names = (part, &*name);
        let pieces =
            UploadPieces::new((&self.place.directory, &written.file), names, (written.at, size), starts)?;
        self.hidden = Some(name);
        written.is_continued = true;
        let pieces = Arc::new(pieces);
        self.pieces = Some(Arc::clone(&pieces));
        starts.iter().map(|&start| UploadPiece::new(written, start, Arc::clone(&pieces))).collect()
    }

    /// Makes the content durable, with the owner and permission bits that it is to have.
    pub(super) fn complete(&mut self) -> Result<(), TreeError> {
        if let Some(replaced) = &self.replaced {
            keep_owner(&self.written.file, replaced.owner);
            fchmod(&self.written.file, Mode::from_raw_mode(replaced.mode & 0o777))?;
        }
        self.written.complete()
    }

    pub(super) fn commit(mut self) -> Result<Stored, TreeError> {
        let verified = self.written.verify();
        if matches!(verified, Err(TreeError::Checksum)) {
            // With this content it can never be completed.
            self.partial = None;
        }
        verified?;
        if !self.written.is_complete {
            self.complete()?;
        }
        if self.hidden.is_some() && self.hidden == self.partial {
            // It was a partial upload.
            length::write(&self.written.file, None);
        }
        let is_new = self.publish()?;
        if let Some(pieces) = &self.pieces {
            pieces.are_whole();
        }
        self.written.local.sync(&self.place.directory)?;
        let meta = self.written.meta()?;
        let Place { name, path, .. } = &self.place;
        let other_name = (path.name() != Some(name)).then(|| name.clone());
        Ok(Stored { meta, is_new, other_name })
    }

    /// Gives the file its name. Returns whether the name was free.
    fn publish(&mut self) -> Result<bool, TreeError> {
        let local = self.written.local.clone();
        let _alone = self.place.lock_to_publish(&local)?;
        self.check_name()?;
        let is_new = match self.publish {
            Publish::Over(version) => {
                self.place.check(&local, version)?;
                self.rename_over()?;
                false
            }
            publish => match (self.link(), publish) {
                (Ok(()), _) => true,
                (Err(Errno::EXIST), Publish::New) => return Err(TreeError::Exists),
                (Err(Errno::EXIST), Publish::Numbered) => {
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
        if let Some(partial) = &self.partial {
            // An earlier partial upload is obsolete; usually there is none.
            let _ = unlinkat(&self.place.directory, partial, AtFlags::empty());
        }
        Ok(is_new)
    }

    fn link(&mut self) -> Result<(), Errno> {
        let Place { directory, name, .. } = &self.place;
        match &self.hidden {
            None => link_unnamed(&self.written.file, directory, name)?,
            Some(hidden) => rename_to_new(directory, hidden, directory, name)?,
        }
        self.hidden = None;
        Ok(())
    }

    fn link_numbered(&mut self) -> Result<(), TreeError> {
        for name in numbered(&self.place.name.clone()) {
            self.place.name = name;
            match self.link() {
                Err(Errno::EXIST) => {}
                linked => return Ok(linked?),
            }
        }
        Err(TreeError::Exists)
    }

    fn rename_over(&mut self) -> Result<(), TreeError> {
        let hidden = self.hidden_name()?;
        let Place { directory, name, .. } = &self.place;
        renameat(directory, &hidden, directory, name)?;
        self.hidden = None;
        Ok(())
    }

    /// Fails if the hidden name leads to no file or to another one: a partial upload was cancelled, and perhaps another
    /// one kept under its name.
    fn check_name(&self) -> Result<(), TreeError> {
        let Some(hidden) = &self.hidden else { return Ok(()) };
        let found = statx(&self.place.directory, hidden, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::INO)?;
        match identity_of(&found) == self.written.meta()?.version.identity() {
            true => Ok(()),
            false => Err(TreeError::NotFound),
        }
    }

    /// The hidden name of the file, which is created if it has none.
    fn hidden_name(&mut self) -> Result<Vec<u8>, TreeError> {
        if let Some(hidden) = &self.hidden {
            return Ok(hidden.clone());
        }
        let hidden = naming::unfinished()?;
        link_unnamed(&self.written.file, &self.place.directory, &hidden)?;
        self.hidden = Some(hidden.clone());
        Ok(hidden)
    }

    /// Removes the file, and so the partial upload that it resumes.
    pub(super) fn discard(mut self) -> Result<(), TreeError> {
        self.partial = None;
        Ok(())
    }

    pub(super) fn keep(mut self) -> Result<(), TreeError> {
        let Some(partial) = self.partial.clone() else { return Ok(()) };
        if self.pieces.is_some() {
            // The last of the pieces truncates the file and gives it the name.
            self.hidden = None;
            return Ok(());
        }
        if self.written.at == 0 {
            if !self.written.keeps_empty {
                return self.discard();
            }
            self.written.cut_behind()?;
        }
        length::write(&self.written.file, self.written.length);
        if !self.written.is_complete {
            // Its size is reported to the client, which continues there.
            self.written.sync()?;
        }
        if self.hidden.as_ref() == Some(&partial) {
            return self.check_name();
        }
        // Another session may be resuming an earlier one, and needs its name.
        let directory = &self.place.directory;
        let earlier = match openat(directory, &partial, PARTIAL, Mode::empty()) {
            Err(Errno::NOENT) => None,
            earlier => Some(earlier?),
        };
        earlier.as_ref().map_or(Ok(()), lock)?;
        let hidden = self.hidden_name()?;
        let directory = &self.place.directory;
        renameat(directory, &hidden, directory, &partial)?;
        self.hidden = Some(partial.clone());
        let WrittenFile { local, file, is_lost, .. } = &mut self.written;
        local.changes.may_have_own_files.store(true, Ordering::Relaxed);
        local.sync(directory).inspect_err(|_| *is_lost = true)?;
        // The client may already be back, and a large directory takes a while to sweep.
        flock(file, FlockOperation::Unlock)?;
        // Where one upload was interrupted, others may have been.
        Ok(sweep::directory(directory, &partial)?)
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let WrittenFile { at, is_lost, cuts, keeps_empty, .. } = self.written;
        let is_kept = self.hidden == self.partial && (at > 0 || cuts || keeps_empty) && !is_lost;
        if let (Some(hidden), None, false, Ok(())) = (&self.hidden, &self.pieces, is_kept, self.check_name())
        {
            // If it cannot be removed now, a sweep does it.
            let _ = unlinkat(&self.place.directory, hidden, AtFlags::empty());
        }
    }
}

/// Opens the partial upload, and returns the offset at which it continues.
fn open_partial(place: &Place, name: &[u8], how: Create) -> Result<(OwnedFd, u64), TreeError> {
    let file = openat(&place.directory, name, PARTIAL, Mode::empty())?;
    lock(&file)?;
    let stat = fstat(&file)?;
    // Without a link: it was swept just now, or another partial upload has taken its name.
    if stat.st_nlink == 0 || sweep::is_stale(&stat) {
        return Err(TreeError::NotFound);
    }
    let size = size(&file)?;
    match how.offset().unwrap_or(size) {
        at if at > size => Err(TreeError::Beyond),
        at => Ok((file, at)),
    }
}

/// The length of the complete file of a partial upload.
pub(super) fn length_of_partial(Place { directory, name, .. }: &Place) -> Option<u64> {
    length::read(&openat(directory, name, PARTIAL, Mode::empty()).ok()?)
}

/// A new file, and its hidden name if it needs one. Its lock marks it as in use for a sweep.
fn create_file(place: &Place) -> Result<(OwnedFd, Option<Vec<u8>>), TreeError> {
    let (file, hidden) = match openat(&place.directory, ".", UNNAMED, MODE) {
        // ISDIR: a kernel or file system that does not know O_TMPFILE sees a directory opened to write.
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => {
            let hidden = naming::unfinished()?;
            (openat(&place.directory, &hidden, NAMED, MODE)?, Some(hidden))
        }
        file => (file?, None),
    };
    lock(&file)?;
    Ok((file, hidden))
}

/// Gives a file the owner of the one that it replaces, as far as the server may.
fn keep_owner(file: &OwnedFd, (user, group): (u32, u32)) {
    let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
    if fchown(file, Some(user), Some(group)).is_err() {
        // Only root may give away files; any user may set a group of its own.
        let _ = fchown(file, None, Some(group));
    }
}

/// Names an unnamed file: by its descriptor, which needs Linux 6.10 or a privilege, else through /proc.
fn link_unnamed(file: &OwnedFd, directory: &OwnedFd, name: &[u8]) -> Result<(), Errno> {
    match linkat(file, "", directory, name, AtFlags::EMPTY_PATH) {
        Err(Errno::NOENT) => {
            let path = format!("/proc/self/fd/{}", file.as_raw_fd());
            linkat(&CWD, &path, directory, name, AtFlags::SYMLINK_FOLLOW)
        }
        linked => linked,
    }
}
