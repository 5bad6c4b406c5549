//! `ftp-mini ls`: lists a directory.

use clap::Args;
use common::client::mirror::Modified;
use common::client::{Fault, FaultKind, Reporter, Unread};
use common::command::{ListOptions, ListedEntry, Style};

use super::remote::{RemoteOptions, locate};
use crate::client::{EntryKind, Location, RemoteEntry, Session, SessionError};

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Ls {
    /// The directory: ftp://host/path
    url: String,

    #[command(flatten)]
    list: ListOptions,

    #[command(flatten)]
    remote: RemoteOptions,
}

const EXAMPLES: &str = "\
Examples:
  ftp-mini ls ftp://host/                     a table on a terminal, else names
  ftp-mini ls -l ftp://me@host/photos | sort  always a table
  ftp-mini ls --json ftps://host/%2Fpub       for a program; %2F: from the root";

impl Ls {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let there = locate(&self.url)?;
        let report = self.remote.client.report(Style::Each);
        self.remote.run(&report, ("cannot list", &there), async |link| {
            let list = async |session: &mut Session| list(session, &there.path).await;
            let content = link.retry(self.remote.client.retries(), (&report, &there), list).await?;
            let (entries, unread) = match content {
                PathContent::File(entry) => (vec![entry], Unread::default()),
                PathContent::Directory(entries, unread) => (entries, unread),
            };
            let listed: Vec<_> = entries.iter().map(listed).collect();
            self.list.print(&there.path, &listed, self.remote.client.json)?;
            warn(&report, &there, &unread);
            Ok(())
        })
    }
}

/// Reports an incomplete listing, which counts as a failure.
pub(super) fn warn(report: &Reporter, directory: &Location, unread: &Unread) {
    if !unread.is_empty() {
        let url = directory.to_string();
        let fault = Fault::new(FaultKind::Failed, unread.to_string());
        report.fail(&format!("ftp-mini: '{url}'"), &url, &fault);
    }
}

/// What a path leads to.
pub(super) enum PathContent {
    File(RemoteEntry),
    /// The entries of a directory in order.
    Directory(Vec<RemoteEntry>, Unread),
}

/// The entries of a directory, or the entry of a file.
pub(super) async fn list(session: &mut Session, path: &[u8]) -> Result<PathContent, SessionError> {
    let (mut entries, unread) = match session.list(path).await {
        Err(refused @ SessionError::Refused { .. }) if !path.is_empty() => match session.status(path).await {
            Ok(entry) if entry.kind != EntryKind::Directory => return Ok(PathContent::File(entry)),
            _ => return Err(refused),
        },
        listed => listed?.into_parts(),
    };
    entries.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(PathContent::Directory(entries, unread))
}

/// An entry as `ls` shows it.
pub(super) fn listed(entry: &RemoteEntry) -> ListedEntry<'_> {
    let modified =
        |time: crate::wire::listing::ListedTime| Modified { at: time.into(), within: time.precision.into() };
    ListedEntry {
        name: &entry.name,
        kind: entry.kind,
        size: entry.size,
        modified: entry.modified.map(modified),
        target: entry.target.as_deref(),
    }
}
