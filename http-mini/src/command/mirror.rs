//! `http-mini mirror`: copies the changed files of a tree from a server.

use std::cell::Cell;
use std::path::PathBuf;

use clap::Args;
use common::client::mirror::Options;
use common::client::{Fault, Report};
use common::command::{MirrorOptions, Style, local_path};

use super::options::RequestOptions;
use crate::client as http;
use crate::client::mirror::Site;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Mirror {
    /// The directory on the server
    #[arg(value_name = "URL")]
    url: String,

    /// The local folder; it is created if it does not exist
    #[arg(value_name = "DIR", value_parser = local_path())]
    folder: PathBuf,

    #[command(flatten)]
    mirror: MirrorOptions,

    #[command(flatten)]
    request: RequestOptions,
}

const EXAMPLES: &str = "\
Examples:
  http-mini mirror http://host/pub/ pub            new and changed files
  http-mini mirror http://host/pub/ pub --delete   and delete removed entries
  http-mini mirror http://host/pub/ pub --dry-run  print the actions only
  http-mini mirror http://host/pub/ pub --include '*.iso' --exclude old
                                                   a part of the tree

The server must list its directories: in JSON, as this project, nginx and Caddy
do, or as a page of links titled 'Index of' or 'Directory listing'. Of any other
page, such as an index.html, only the linked files are downloaded. That counts
as a failure, like every incomplete listing, and nothing is deleted there. Files
of the same size and time are not downloaded again; an interrupted download is
resumed. Exit codes are those of 'http-mini get', 1 also for skipped entries.";

impl Mirror {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let options = self.mirror.options()?;
        let client = self.request.client()?;
        let report = self.request.client.report(Style::Sum);
        let url = Cell::new(&*self.url);
        let mirrored = self.mirror(&options, client, &report);
        super::run_client(&report, self.request.client.max_time, ("mirror", &url), mirrored)
    }

    async fn mirror(&self, options: &Options, client: http::Client, report: &Report) -> Result<(), Fault> {
        let root = self.request.resource(&client, http::url(&self.url)?)?;
        let site = Site { root, report: report.clone() };
        self.mirror.download(options, || site.clone(), &self.folder, report).await
    }
}
