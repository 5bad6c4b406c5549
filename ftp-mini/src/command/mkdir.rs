//! `ftp-mini mkdir`: makes a directory.

use clap::Args;

use super::remote::{RemoteOptions, locate};
use crate::client::{Session, SessionError};

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Mkdir {
    /// The directory: ftp://host/path
    url: String,

    /// Also create missing parent directories, and accept an existing directory
    #[arg(short, long)]
    parents: bool,

    #[command(flatten)]
    remote: RemoteOptions,
}

const EXAMPLES: &str = "\
Examples:
  ftp-mini mkdir ftp://me@host/photos             in the login directory
  ftp-mini mkdir -p ftp://me@host/photos/2026/11  and its parent directories
  ftp-mini mkdir ftp://me@host/%2Fsrv/photos      %2F: from the server's root";

impl Mkdir {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let there = locate(&self.url)?;
        self.remote
            .perform(("cannot make", &there), async |session| make(session, &there.path, self.parents).await)
    }
}

pub(super) async fn make(session: &mut Session, path: &[u8], parents: bool) -> Result<(), SessionError> {
    match parents {
        true => session.make_directories(path).await,
        false => session.make_directory(path).await,
    }
}
