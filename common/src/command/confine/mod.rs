//! Confinement of a server: once its addresses are bound and its files are open, the process gives up the rights that it
//! no longer needs, so that a fault in a session does not become access to the machine.
//!
//! Landlock and seccomp apply to the calling thread and to the threads that it starts; a server is therefore confined
//! before it starts any. Nothing here protects the served tree itself: that is the work of [`crate::files`].

#![expect(clippy::disallowed_methods, reason = "the operator's files, and DIR before it is served")]

mod calls;
mod paths;
mod privileges;

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::{Args, ValueEnum};
use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};

use super::CommandFailure;
use crate::log;
use crate::net::endpoint::Endpoint;

/// Options for the rights of a server process.
#[derive(Args, Clone, Debug)]
pub struct ConfineOptions {
    /// Whether the kernel confines the process to DIR, its own files and ports (Landlock, seccomp): on, off, or require
    /// (do not start if the kernel cannot)
    #[arg(
        long,
        value_name = "MODE",
        default_value = "on",
        hide_possible_values = true,
        help_heading = "Running"
    )]
    sandbox: Sandbox,

    /// User to run as when started as root, as in www-data or 1000 [default: the owner of DIR]
    #[arg(long, value_name = "USER", help_heading = "Running")]
    run_as: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sandbox {
    On,
    Off,
    Require,
}

/// What a server uses after its start. The sandbox refuses everything else.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// The served directory.
    pub(super) root: Option<PathBuf>,
    /// Files that are read again while the server runs.
    pub(super) files: Vec<PathBuf>,
    /// Directories whose content is read.
    pub(super) read: Vec<PathBuf>,
    /// Directories whose content is changed.
    pub(super) write: Vec<PathBuf>,
    /// Files to which the process appends, and which it may create again.
    pub(super) append: Vec<PathBuf>,
    /// Directories from which the server removes its sockets when it ends.
    pub(super) sockets: Vec<PathBuf>,
    /// TCP ports that sessions bind; 0 means any that is free.
    pub(super) binds: Vec<RangeInclusive<u16>>,
    /// Whether sessions connect to other addresses.
    pub(super) connects: bool,
}

impl Needs {
    /// Adds the served directory. `follows`: a directory that replaces it is served as well, and so are another target of
    /// `dir` if it is a symlink, and another file system if one is mounted on it.
    pub(super) fn serve(&mut self, dir: &Path, is_writable: bool, follows: bool) -> anyhow::Result<()> {
        let dir = std::path::absolute(dir).context("cannot determine the working directory")?;
        let covered = if is_writable { &mut self.write } else { &mut self.read };
        if let Some(parent) = dir.parent().filter(|_| follows || dir.is_symlink() || is_mount_point(&dir)) {
            covered.push(parent.into());
        }
        covered.push(dir.clone());
        self.root = Some(dir);
        Ok(())
    }

    /// Adds what a listener and its sessions use.
    pub(super) fn use_port(&mut self, address: &Endpoint, data_ports: Option<RangeInclusive<u16>>) {
        if let Endpoint::Unix(path) = address {
            self.sockets.extend(path.parent().map(Path::to_path_buf));
        }
        if let Some(passive) = data_ports {
            // An active data connection comes from any port.
            self.binds.extend([0..=0, passive]);
            self.connects = true;
        }
    }
}

impl ConfineOptions {
    /// Gives up the rights that are not needed. No other thread may have been started.
    pub(super) fn confine(&self, needs: &Needs) -> anyhow::Result<()> {
        privileges::give_up(self.run_as.as_deref(), needs.root.as_deref())?;
        if let Some(root) = &needs.root {
            std::fs::read_dir(root).map_err(|error| {
                let (root, user) = (root.display(), rustix::process::geteuid().as_raw());
                anyhow!(
                    "'{root}' cannot be opened by the user {user}: {error}; give that user access to it and to the \
                     directories around it, or name another with --run-as"
                )
            })?;
        }
        for file in &needs.files {
            if let Err(error) = std::fs::File::open(file) {
                let file = file.display();
                log::to_stderr(format_args!(
                    "warning: '{file}' cannot be read again while the server runs: {error}"
                ));
            }
        }
        if self.sandbox == Sandbox::Off {
            return Ok(());
        }
        let missing = [("Landlock", paths::restrict(needs)?), ("seccomp", calls::restrict()?)]
            .into_iter()
            .find_map(|(name, is_enforced)| (!is_enforced).then_some(name));
        match (missing, self.sandbox) {
            (None, _) => Ok(()),
            (Some(name), Sandbox::Require) => Err(anyhow!(
                "--sandbox require: this kernel, or the container, does not offer {name}; use --sandbox on to do without"
            )),
            (Some(name), _) => {
                log::notice(format_args!(
                    "the process is not fully confined: the kernel does not offer {name}"
                ));
                Ok(())
            }
        }
    }
}

/// A rule of Landlock is for the mounted directory, not for the one below it.
fn is_mount_point(dir: &Path) -> bool {
    let found = statx(CWD, dir, AtFlags::empty(), StatxFlags::INO);
    found.is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

/// The directory of a file and those of all symlinks that lead to it: the file may be replaced in any of them, as Let's
/// Encrypt and Kubernetes do.
fn directories_of(file: &Path) -> Vec<PathBuf> {
    /// As the kernel follows at most (path_resolution(7)).
    const MAX_LINKS: usize = 40;
    let mut directories = Vec::new();
    let mut at = std::path::absolute(file).unwrap_or_else(|_| file.into());
    for _ in 0..MAX_LINKS {
        let Some(directory) = at.parent().map(Path::to_path_buf) else { break };
        directories.push(directory.clone());
        match std::fs::read_link(&at) {
            Ok(target) => at = directory.join(target),
            Err(_) => break,
        }
    }
    directories
}

fn usage(hint: String) -> anyhow::Error {
    CommandFailure::Usage(hint).into()
}

#[cfg(test)]
mod tests;
