//! `http-mini ls`: lists a directory.

use std::cell::Cell;

use clap::Args;
use common::client::mirror::{EntryKind, MirrorEntry, MirrorTree as _, Modified};
use common::client::{Fault, FaultKind, Reporter, Unread};
use common::command::{ListOptions, ListedEntry, Style};
use common::files::TreePath;
use percent_encoding::percent_decode_str;

use super::options::{RequestOptions, name_of, path_url};
use crate::client::mirror::RemoteTree;
use crate::client::{Client, Resource};

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Ls {
    /// The directory: http://host/path
    url: String,

    #[command(flatten)]
    list: ListOptions,

    #[command(flatten)]
    request: RequestOptions,
}

const EXAMPLES: &str = "\
Examples:
  http-mini ls http://host/                   a table on a terminal, else names
  http-mini ls -l http://host/photos/ | sort  always a table
  http-mini ls --json http://host/pub/        for a program

The server must list its directories, as for 'http-mini mirror'. Pages of links
have neither sizes nor times.";

impl Ls {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let (client, report) = (self.request.client()?, self.request.client.report(Style::Each));
        let url = Cell::new(&*self.url);
        let listed = self.list(&client, &report);
        super::run_client(&report, self.request.client.max_time, ("list", &url), listed)
    }

    async fn list(&self, client: &Client, report: &Reporter) -> Result<(), Fault> {
        let root = self.request.resource(client, path_url(&self.url)?)?;
        let mut site = RemoteTree { root: root.clone(), report: report.clone() };
        let (entries, unread) = match site.list(&TreePath::ROOT).await {
            Err(fault) if fault.kind == FaultKind::NotFound && !root.url.path().ends_with('/') => {
                (vec![file(&root).await?], Unread::default())
            }
            listing => listing?.into_parts(),
        };
        let path: Vec<u8> = percent_decode_str(root.url.path()).collect();
        let listed: Vec<_> = entries.iter().map(listed).collect();
        self.list.print(&path, &listed, self.request.client.json)?;
        match unread.is_empty() {
            true => Ok(()),
            false => Err(Fault::new(FaultKind::Failed, unread.to_string())),
        }
    }
}

/// The entry of a file, by its head.
async fn file(resource: &Resource) -> Result<MirrorEntry, Fault> {
    let response = resource.request("HEAD").uncoded(None).await?.ok()?;
    let (size, name) = (response.size(), name_of(&resource.url).unwrap_or_default());
    let modified = response.modified().map(|at| Modified { at, within: 1 });
    Ok(MirrorEntry { name, kind: EntryKind::File, size, modified, identity: None })
}

fn listed(entry: &MirrorEntry) -> ListedEntry<'_> {
    let MirrorEntry { ref name, kind, size, modified, .. } = *entry;
    ListedEntry { name, kind, size, modified, target: None }
}
