//! `ftp-mini mirror`: keeps a folder and a directory of a server alike.

use std::path::PathBuf;
use std::rc::Rc;
use std::str::FromStr;

use clap::Args;
use common::client::mirror::{Direction, Filter, Plan, mirror};
use common::client::{Fault, Folder, Kind, Style};
use common::command::Failure;

use super::remote::RemoteOptions;
use crate::client::{Link, Location, LocationError, Worker};

/// `ftp-mini mirror`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Mirror {
    /// Where from: ftp://host/path, or a folder
    from: End,

    /// Where to: a folder, or ftp://host/path
    to: End,

    /// Files that are moved at the same time, each over a session of its own
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    parallel: u8,

    /// Remove what is only at the target
    #[arg(long)]
    delete: bool,

    /// Only files that fit: *.txt by name, docs/*.txt by path; can be repeated
    #[arg(long, value_name = "GLOB")]
    include: Vec<String>,

    /// No files and directories that fit; can be repeated
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,

    /// Compare a SHA-256 that the server computes (HASH or XSHA256)
    #[arg(long)]
    verify: bool,

    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    remote: RemoteOptions,
}

const EXAMPLES: &str = "\
Examples:
  ftp-mini mirror ftp://host/pub/ pub                     what is there comes here
  ftp-mini mirror photos ftp://me@host/photos/            what is here goes there
  ftp-mini mirror --delete --dry-run www ftp://me@host/www/
                                                          what would be moved and removed
  ftp-mini mirror ftp://host/src src --exclude .git --include '*.rs'";

/// One end of a mirror.
#[derive(Clone, Debug)]
enum End {
    Server(Location),
    Folder(PathBuf),
}

impl FromStr for End {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, LocationError> {
        match text.contains("://") {
            true => text.parse().map(Self::Server),
            false => Ok(Self::Folder(text.into())),
        }
    }
}

impl Mirror {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let (direction, location, folder) = match (&self.from, &self.to) {
            (End::Server(location), End::Folder(folder)) => (Direction::Down, location, folder),
            (End::Folder(folder), End::Server(location)) => (Direction::Up, location, folder),
            _ => {
                let hint = "one of FROM and TO is a URL like ftp://host/path, the other one a folder";
                return Err(Failure::Usage(hint.into()).into());
            }
        };
        let filter = Filter::new(&self.include, &self.exclude).map_err(Failure::Usage)?;
        let plan = Plan { direction, filter, delete: self.delete, dry_run: self.dry_run };
        let report = self.remote.report(Style::Sum);
        let server = self.remote.server(location)?;
        self.remote.carry(&report, ("cannot mirror", location), async |_| {
            let opened = match direction {
                Direction::Down if !self.dry_run => Folder::make(folder),
                _ => Folder::open(folder),
            };
            let folder = opened.map_err(|error| {
                let why = format!("cannot open the folder '{}': {error}", folder.display());
                Fault::new(Kind::Failed, why)
            })?;
            let how = self.remote.manner(self.verify);
            let workers = (0..self.parallel).map(|_| {
                Worker::new(Link::new(Rc::clone(&server)), location.clone(), how.clone(), report.clone())
            });
            let summary = mirror(&plan, &folder, workers.collect(), &report).await?;
            report.summary(&summary);
            match summary.skipped {
                0 => Ok(()),
                _ => Err(Fault::new(Kind::Failed, "not everything could be kept")),
            }
        })
    }
}
