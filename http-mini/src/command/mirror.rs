//! `http-mini mirror`: copies a tree from a server, as far as it differs.

use std::cell::Cell;
use std::path::PathBuf;

use clap::Args;
use common::client::mirror::Options;
use common::client::{Fault, Report};
use common::command::{MirrorOptions, Style, local_path};

use super::options::RequestOptions;
use crate::client as http;
use crate::client::mirror::Site;

/// `http-mini mirror`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Mirror {
    /// The directory on the server
    #[arg(value_name = "URL")]
    url: String,

    /// The folder, which is made if need be
    #[arg(value_name = "DIR", value_parser = local_path())]
    folder: PathBuf,

    #[command(flatten)]
    mirror: MirrorOptions,

    #[command(flatten)]
    request: RequestOptions,
}

const EXAMPLES: &str = "\
Examples:
  http-mini mirror http://host/pub/ pub            what is new or has changed
  http-mini mirror http://host/pub/ pub --delete   and remove what is gone
  http-mini mirror http://host/pub/ pub --dry-run  only say what would be done
  http-mini mirror http://host/pub/ pub --include '*.iso' --exclude old
                                                   some of it

The server must list its directories: in JSON, as this project, nginx and Caddy
do, or as a page of links titled 'Index of' or 'Directory listing'. Of any other
page, as an index.html, only what it links to is brought. That counts as a
failure, as any listing that is not complete, and nothing is removed there.
What has the same size and time is not fetched again; an interrupted download is
resumed. Exit codes are those of 'http-mini get', 1 also for what was left out.";

impl Mirror {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let options = self.mirror.options()?;
        let client = self.request.client()?;
        let report = self.request.client.report(Style::Sum);
        let url = Cell::new(&*self.url);
        let mirrored = self.mirror(&options, client, &report);
        super::carry(&report, self.request.client.max_time, ("mirror", &url), mirrored)
    }

    async fn mirror(&self, options: &Options, client: http::Client, report: &Report) -> Result<(), Fault> {
        let root = self.request.resource(&client, http::url(&self.url)?)?;
        let site = Site { root, report: report.clone() };
        self.mirror.download(options, || site.clone(), &self.folder, report).await
    }
}
