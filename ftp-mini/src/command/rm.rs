//! `ftp-mini rm`: removes a file, or a directory with all that is in it.

use clap::Args;

use super::remote::{RemoteOptions, locate};
use crate::client::{Error, Kind, Session, join};

/// Directories below each other that are gone into.
const DEPTH: usize = 100;

/// `ftp-mini rm`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Rm {
    /// What to remove: ftp://host/path
    url: String,

    /// Remove a directory, and everything in it first
    #[arg(short, long)]
    recursive: bool,

    #[command(flatten)]
    remote: RemoteOptions,
}

const EXAMPLES: &str = "\
Examples:
  ftp-mini rm ftp://me@host/notes.txt     one file
  ftp-mini rm -r ftp://me@host/old        a directory and everything in it";

impl Rm {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let there = locate(&self.url)?;
        self.remote.perform(("cannot remove", &there), async |session| match self.recursive {
            true => remove(session, &there.path).await,
            false => session.remove_file(&there.path).await,
        })
    }
}

/// Removes a file or a whole directory.
pub(super) async fn remove(session: &mut Session, path: &[u8]) -> Result<(), Error> {
    match session.status(path).await?.kind {
        Kind::Directory => remove_directory(session, path, DEPTH).await,
        Kind::File | Kind::Other => session.remove_file(path).await,
    }
}

async fn remove_directory(session: &mut Session, path: &[u8], depth: usize) -> Result<(), Error> {
    // Names that are none stay, and so does the directory then: the server says why.
    let entries = if depth > 0 { session.list(path).await?.entries } else { Vec::new() };
    for entry in entries {
        let path = join(path, &entry.name);
        match entry.kind {
            Kind::Directory => Box::pin(remove_directory(session, &path, depth - 1)).await?,
            Kind::File | Kind::Other => session.remove_file(&path).await?,
        }
    }
    session.remove_directory(path).await
}
