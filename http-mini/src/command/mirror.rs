//! `http-mini mirror`: copies the changed files of a tree from or to a server.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use clap::Args;
use common::client::is_url;
use common::command::{CommandFailure, MirrorOptions, Style};

use super::options::{RequestOptions, path_url};
use crate::client::mirror::RemoteTree;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Mirror {
    /// The source: http://host/path, or a folder
    from: PathBuf,

    /// The destination: a folder, or http://host/path
    to: PathBuf,

    #[command(flatten)]
    mirror: MirrorOptions,

    #[command(flatten)]
    request: RequestOptions,
}

const EXAMPLES: &str = "\
Examples:
  http-mini mirror http://host/pub/ pub            new and changed files
  http-mini mirror photos http://host/photos/      upload a tree
  http-mini mirror http://host/pub/ pub --delete   and delete removed entries
  http-mini mirror http://host/pub/ pub --dry-run  print the actions only
  http-mini mirror http://host/pub/ pub --include '*.iso' --exclude old
                                                   a part of the tree

The server must list its directories: in JSON, as this project, nginx and Caddy
do, or as a page of links titled 'Index of' or 'Directory listing'. Of any other
page, such as an index.html, only the linked files are downloaded. That counts
as a failure, like every incomplete listing, and nothing is deleted there. Files
of the same size and time are not transferred again; an interrupted transfer is
resumed. Exit codes are those of 'http-mini get', 1 also for skipped entries.";

impl Mirror {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let (url, from) = match (as_url(&self.from), as_url(&self.to)) {
            (Some(url), None) => (url, None),
            (None, Some(url)) => (url, Some(&self.from)),
            _ => {
                let hint = "one of FROM and TO is a URL like http://host/path, the other one a folder";
                return Err(CommandFailure::Usage(hint.into()).into());
            }
        };
        let options = self.mirror.options()?;
        let client = self.request.client()?;
        let report = self.request.client.report(Style::Sum);
        super::run_client(&report, self.request.client.max_time, ("mirror", &Cell::new(url)), async {
            let root = self.request.resource(&client, path_url(url)?)?;
            let site = RemoteTree { root, report: report.clone() };
            match from {
                None => self.mirror.download(&options, || site.clone(), &self.to, &report).await,
                Some(from) => self.mirror.upload(&options, from, || site.clone(), &report).await,
            }
        })
    }
}

/// A URL, unless it is a path. One that is not UTF-8 is invalid too: other bytes are percent-encoded.
fn as_url(argument: &Path) -> Option<&str> {
    is_url(argument).then(|| argument.to_str().unwrap_or_default())
}
