//! `http-mini rm`: removes files, or directories with their content.

use clap::Args;
use common::client::mirror::{EntryKind, MirrorTree as _};
use common::client::{Fault, FaultKind, Reporter};
use common::escape::printable;
use common::files::TreePath;

use super::options::RequestOptions;
use crate::client::mirror::RemoteTree;
use crate::client::{Extent, Resource};

/// The most nested directories.
const DEPTH: usize = 100;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Rm {
    /// The files or directories: http://host/path
    #[arg(value_name = "URL", required = true)]
    urls: Vec<String>,

    /// Delete a directory with its content
    #[arg(short, long)]
    recursive: bool,

    #[command(flatten)]
    request: RequestOptions,
}

const EXAMPLES: &str = "\
Examples:
  http-mini rm http://me@host/a http://me@host/b  two files
  http-mini rm -r http://me@host/old              a directory and its content";

impl Rm {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.request.perform("remove", &self.urls, async |resource: &Resource| {
            if resource.url.path().trim_matches('/').is_empty() {
                let why =
                    "it is not the name of an entry, so the target is unclear; name its entries instead";
                return Err(Fault::new(FaultKind::Usage, why));
            }
            if self.recursive {
                let mut site = RemoteTree { root: resource.clone(), report: Reporter::default() };
                return remove_tree(&mut site, &TreePath::ROOT).await;
            }
            let removed = resource.delete(Extent::Entry).await;
            if is_refused(&removed) && resource.is_directory().await? {
                let why = "it is a directory; remove it with its content with -r";
                return Err(Fault::new(FaultKind::Failed, why));
            }
            removed
        })
    }
}

/// Removes a file, or a directory with its content: by one request if the server does that, else depth first.
async fn remove_tree(site: &mut RemoteTree, path: &TreePath) -> Result<(), Fault> {
    // Without a slash, because a link to a directory is removed like a file, even if the listing shows its target.
    let removed = site.entry(path, false).delete(Extent::Tree).await;
    if !is_refused(&removed) {
        return removed;
    }
    // nginx wants the slash of a directory.
    let directory = site.entry(path, true);
    if directory.delete(Extent::Tree).await.is_ok() {
        return Ok(());
    }
    if path.segments().count() == DEPTH {
        return removed;
    }
    let (entries, unread) = match site.list(path).await {
        Ok(listing) => listing.into_parts(),
        Err(fault) if fault.kind == FaultKind::Network => return Err(fault),
        // A file that cannot be removed.
        Err(_) => return removed,
    };
    if !unread.is_empty() {
        let why = format!("{unread}; nothing is removed in '/{}'", printable(path.as_bytes()));
        return Err(Fault::new(FaultKind::Failed, why));
    }
    for entry in entries {
        let below = path.child(&entry.name);
        match entry.kind {
            EntryKind::Directory => Box::pin(remove_tree(site, &below)).await?,
            _ => site.entry(&below, false).delete(Extent::Entry).await?,
        }
    }
    directory.delete(Extent::EmptyDirectory).await
}

/// Whether the server does not remove the entry in this way, as opposed to this user's lack of permission.
fn is_refused(removed: &Result<(), Fault>) -> bool {
    removed.as_ref().is_err_and(|fault| fault.kind == FaultKind::Failed && !fault.is_passing())
}
