//! `ftp-mini mv`: renames a file or a directory on its server.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;

use clap::Args;

use super::remote::{RemoteOptions, locate, url_beside};
use crate::client::Location;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Mv {
    /// The file or directory: ftp://host/path
    url: String,

    /// The new path on the same server, or its URL. A path is relative to the login directory unless it
    /// starts with a slash; one that ends with a slash is a directory, in which the name is kept
    path: OsString,

    #[command(flatten)]
    remote: RemoteOptions,
}

const EXAMPLES: &str = "\
Examples:
  ftp-mini mv ftp://me@host/draft.txt notes.txt   another name
  ftp-mini mv ftp://me@host/notes.txt old/        into a directory
  ftp-mini mv ftp://me@host/a ftp://me@host/b     by a URL of that server";

impl Mv {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let there = locate(&self.url)?;
        let to = match url_beside(&self.path, &there)? {
            Some(to) if to.is_directory => to.below(there.name().unwrap_or_default()).path,
            Some(to) => to.path,
            None => into(self.path.as_bytes(), &there),
        };
        self.remote.perform(("cannot rename", &there), async |session| session.rename(&there.path, &to).await)
    }
}

/// The new path of a file: in a directory, which ends in a slash, it keeps its name.
pub(super) fn into(path: &[u8], from: &Location) -> Vec<u8> {
    match path.ends_with(b"/") {
        true => [path, from.name().unwrap_or_default()].concat(),
        false => path.to_vec(),
    }
}
