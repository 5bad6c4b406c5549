//! `ftp-mini rm`: removes files, or directories with their content.

use clap::Args;
use common::client::{Fault, FaultKind};
use common::command::Style;
use common::escape::printable;

use super::remote::{RemoteOptions, locate};
use crate::client::{EntryKind, Session, SessionError, is_sound, join};

/// The most nested directories.
const DEPTH: usize = 100;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Rm {
    /// The files or directories: ftp://host/path
    #[arg(value_name = "URL", required = true)]
    urls: Vec<String>,

    /// Delete a directory with its content
    #[arg(short, long)]
    recursive: bool,

    #[command(flatten)]
    remote: RemoteOptions,
}

const EXAMPLES: &str = "\
Examples:
  ftp-mini rm ftp://me@host/a ftp://me@host/b  two files
  ftp-mini rm -r ftp://me@host/old             a directory and its content";

impl Rm {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let locations = self.urls.iter().map(|url| locate(url)).collect::<Result<Vec<_>, _>>()?;
        let (report, retries) = (self.remote.client.report(Style::Each), self.remote.client.retries());
        self.remote.run_each(&report, "cannot remove", &locations, async |link, there| {
            let remove = async |session: &mut Session| remove(session, &there.path, self.recursive).await;
            link.retry(retries, (&report, there), remove).await
        })
    }
}

/// Removes a file; with `recursive` also a directory with its content.
pub(super) async fn remove(session: &mut Session, path: &[u8], recursive: bool) -> Result<(), SessionError> {
    if !recursive {
        return session.remove_file(path).await;
    }
    if !path.rsplit(|byte| *byte == b'/').next().is_some_and(is_sound) {
        let why = "it is not the name of an entry, so the target is unclear; name its entries instead";
        return Err(Fault::new(FaultKind::Usage, why).into());
    }
    remove_at(session, path, &mut Vec::new()).await
}

/// `above`: the `unique` facts of the parent directories.
async fn remove_at(
    session: &mut Session,
    path: &[u8],
    above: &mut Vec<Option<Box<[u8]>>>,
) -> Result<(), SessionError> {
    // A link to a directory is removed like a file, even if the server shows its target instead.
    let refused = match session.remove_file(path).await {
        Err(refused @ SessionError::Refused { .. }) => refused,
        removed => return removed,
    };
    let status = session.status(path).await?;
    if status.kind != EntryKind::Directory {
        return Err(refused);
    }
    if status.unique.is_some() && above.contains(&status.unique) {
        let why = format!("'{}' is a link to a directory above it", printable(path));
        return Err(Fault::new(FaultKind::Failed, why).into());
    }
    if above.len() == DEPTH {
        return session.remove_directory(path).await;
    }
    let (entries, unread) = session.list(path).await?.into_parts();
    if !unread.is_empty() {
        let why = format!("{unread}; nothing is removed in '{}'", printable(path));
        return Err(Fault::new(FaultKind::Failed, why).into());
    }
    above.push(status.unique);
    for entry in entries {
        Box::pin(remove_at(session, &join(path, &entry.name), above)).await?;
    }
    above.pop();
    session.remove_directory(path).await
}
