//! `http-mini mirror`: copies a tree from a server, as far as it differs.

use std::path::PathBuf;

use clap::Args;
use common::client::mirror::{Direction, Filter, Plan, mirror};
use common::client::{self, Fault, Folder, Kind, Report, Style};
use common::command::{Failure, outcome};

use super::options::RequestOptions;
use crate::client as http;
use crate::client::mirror::Site;

/// Connections at most.
const PARALLEL_LIMIT: i64 = 32;

/// `http-mini mirror`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Mirror {
    /// The directory on the server
    #[arg(value_name = "URL")]
    url: String,

    /// The folder, which is made if need be
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Bring N files at the same time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=PARALLEL_LIMIT))]
    parallel: u8,

    /// Remove what the server does not have
    #[arg(long)]
    delete: bool,

    /// Only files that match; a pattern with a slash is about the path, one without about the name
    #[arg(long, value_name = "GLOB")]
    include: Vec<String>,

    /// Neither files nor directories that match
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,

    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    request: RequestOptions,
}

const EXAMPLES: &str = "\
Examples:
  http-mini mirror http://host/pub/ pub                 what is new or has changed
  http-mini mirror http://host/pub/ pub --delete        and remove what is gone
  http-mini mirror http://host/pub/ pub --dry-run       only say what would be done
  http-mini mirror http://host/pub/ pub --include '*.iso' --exclude old
                                                        some of it

The server must list its directories: in JSON, as this project, nginx and Caddy do, or as a page of links.
What has the same size and time is not brought again; what was cut off goes on. Exit codes: 0 done, 1 for
what failed or was left out, else as `http-mini get`.";

impl Mirror {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let filter = Filter::new(&self.include, &self.exclude).map_err(Failure::Usage)?;
        let plan = Plan { direction: Direction::Down, filter, delete: self.delete, dry_run: self.dry_run };
        let client = self.request.client()?;
        let report = self.request.client.report(Style::Sum);
        let mirrored = client::interruptible(self.request.client.max_time, async {
            let mirrored = self.mirror(&plan, client, &report).await;
            if let Err(fault) = &mirrored {
                super::fail(&report, "mirror", &self.url, fault);
            }
            mirrored.or(Ok(()))
        });
        outcome(&report, client::run(mirrored)?)
    }

    async fn mirror(&self, plan: &Plan, client: http::Client, report: &Report) -> Result<(), Fault> {
        let url = http::url(&self.url)?;
        let opened = if self.dry_run { Folder::open(&self.folder) } else { Folder::make(&self.folder) };
        let folder = opened.map_err(|error| {
            Fault::new(Kind::Failed, format!("cannot open the folder '{}': {error}", self.folder.display()))
        })?;
        let site = Site {
            client,
            login: self.request.login(&url)?,
            url,
            fields: self.request.fields(),
            retries: self.request.client.retries(),
            throttle: self.request.client.throttle(),
            report: report.clone(),
        };
        let summary = mirror(plan, &folder, vec![site; usize::from(self.parallel)], report).await?;
        report.summary(&summary);
        // What failed was told of as it happened.
        match summary.skipped {
            0 => Ok(()),
            _ => Err(Fault::new(Kind::Failed, "not everything could be kept")),
        }
    }
}
