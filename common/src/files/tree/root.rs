//! [`RootDirectory`], the served directory itself: opened by its path, and opened again when the path leads
//! to another directory (recreated, a symlink swapped, a file system mounted on it).
//!
//! A directory that was a mount point and no longer is one counts as missing: what is left is the empty
//! directory below the mount, on another disk.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, StatxAttributes, StatxFlags};
use rustix::io::Errno;

use super::calls::{openat, openat2, statx};
use super::meta::{MISSING, identity_of};
use crate::log;
use crate::net::clock;

/// How long a change by another process may go unnoticed, in milliseconds.
pub const FRESH: u64 = 1_000;

const PROBE: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
const READ: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

#[derive(Debug)]
pub(in crate::files) struct RootDirectory {
    /// The path as given, made absolute: the working directory may be replaced as well.
    path: PathBuf,
    /// Whether the path is looked up again. A client keeps the folder with which it started.
    follows_path: bool,
    /// When the path was last looked up, a [`clock::tick`].
    checked: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// `None` while it is missing; nothing is held open then.
    current: Option<Arc<OpenRoot>>,
    canonical: PathBuf,
    was_mount: bool,
}

#[derive(Debug)]
pub(in crate::files) struct OpenRoot {
    pub(in crate::files) directory: OwnedFd,
    /// Its absolute paths, as given and without symlinks. A link to a path below one of them leads inside.
    pub(in crate::files) paths: [PathBuf; 2],
    pub(in crate::files) identity: (u64, u64),
}

struct Probe {
    directory: OwnedFd,
    identity: (u64, u64),
    is_mount: bool,
}

impl RootDirectory {
    pub(in crate::files) fn open(path: &Path, follows_path: bool) -> io::Result<Self> {
        openat(&CWD, path, READ, Mode::empty())?;
        let path = std::path::absolute(path)?;
        let probe = Probe::at(&path, ResolveFlags::empty()).map_err(|errno| match errno {
            Errno::NOSYS => io::Error::other("this kernel has no openat2; Linux 5.6 or later is needed"),
            errno => errno.into(),
        })?;
        let (canonical, was_mount) = (path.canonicalize()?, probe.is_mount);
        let current = Some(Arc::new(probe.into_root(&path, &canonical)));
        let state = Mutex::new(State { current, canonical, was_mount });
        Ok(Self { path, follows_path, checked: AtomicU64::new(clock::tick()), state })
    }

    /// The directory at the path, which is looked up at most once a second. `changed` is called before
    /// another directory than before is returned.
    ///
    /// # Errors
    /// [`MISSING`]; with [`ResolveFlags::CACHED`] also AGAIN, if the lookup would block.
    pub(in crate::files) fn current(
        &self,
        how: ResolveFlags,
        changed: impl Fn(),
    ) -> Result<Arc<OpenRoot>, Errno> {
        let checked = self.checked.load(Ordering::Relaxed);
        if clock::tick().saturating_sub(checked) >= FRESH {
            self.look_up(how, changed)?;
        }
        self.state().current.clone().ok_or(MISSING)
    }

    /// Looks up the path now; for callers that may block.
    pub(in crate::files) fn check(&self, changed: impl Fn()) {
        // If the lookup fails, its last result remains valid.
        let _ = self.look_up(ResolveFlags::empty(), changed);
    }

    fn look_up(&self, how: ResolveFlags, changed: impl Fn()) -> Result<(), Errno> {
        if !self.follows_path {
            return Ok(());
        }
        let now = clock::tick();
        let probe = match Probe::at(&self.path, how & ResolveFlags::CACHED) {
            // This says nothing about the path: the lookup would block, or the process lacks resources.
            Err(errno @ (Errno::AGAIN | Errno::MFILE | Errno::NFILE | Errno::NOMEM)) => return Err(errno),
            probe => probe.ok(),
        };
        self.update(probe, changed);
        self.checked.store(now, Ordering::Relaxed);
        Ok(())
    }

    fn update(&self, probe: Option<Probe>, changed: impl Fn()) {
        let mut state = self.state();
        let known = state.current.as_ref().map(|root| root.identity);
        if probe.as_ref().map(|probe| probe.identity) == known {
            return;
        }
        let path = self.path.display();
        let found = probe.and_then(|probe| Some((probe, self.path.canonicalize().ok()?)));
        let found = found.filter(|(probe, canonical)| {
            let is_unmounted = state.was_mount && !probe.is_mount && *canonical == state.canonical;
            !is_unmounted
        });
        match (found, known) {
            (Some((probe, _)), _) if openat(&probe.directory, ".", READ, Mode::empty()).is_err() => {
                if known.is_some() {
                    log::problem(format_args!(
                        "'{path}' is another directory now, which this process may not read; restart the server, or \
                         start it with --follow-root"
                    ));
                }
                state.current = None;
            }
            (Some((probe, canonical)), _) => {
                state.was_mount = probe.is_mount;
                state.current = Some(Arc::new(probe.into_root(&self.path, &canonical)));
                state.canonical = canonical;
                log::problem(format_args!("'{path}' is another directory now; serving that one"));
            }
            (None, Some(_)) => {
                state.current = None;
                log::problem(format_args!(
                    "'{path}' is missing or no longer mounted; nothing is served until it is back"
                ));
            }
            (None, None) => return,
        }
        changed();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Probe {
    fn at(path: &Path, how: ResolveFlags) -> Result<Self, Errno> {
        let directory = openat2(&CWD, path, PROBE, Mode::empty(), how)?;
        let stat = statx(&directory, "", AtFlags::EMPTY_PATH, StatxFlags::INO)?;
        let is_mount = stat.stx_attributes.contains(StatxAttributes::MOUNT_ROOT);
        Ok(Self { directory, identity: identity_of(&stat), is_mount })
    }

    fn into_root(self, path: &Path, canonical: &Path) -> OpenRoot {
        let paths = [path.to_owned(), canonical.to_owned()];
        OpenRoot { directory: self.directory, paths, identity: self.identity }
    }
}
