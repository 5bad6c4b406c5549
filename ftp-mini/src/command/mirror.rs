//! `ftp-mini mirror`: keeps a folder and a directory of a server alike.

use std::path::PathBuf;
use std::rc::Rc;
use std::str::FromStr;

use clap::Args;
use common::client::Style;
use common::client::mirror::Direction;
use common::command::{Failure, MirrorOptions};

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

    #[command(flatten)]
    mirror: MirrorOptions,

    /// Compare a SHA-256 that the server computes (HASH or XSHA256)
    #[arg(long)]
    verify: bool,

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
        let plan = self.mirror.plan(direction)?;
        let report = self.remote.report(Style::Sum);
        let server = self.remote.server(location)?;
        self.remote.carry(&report, ("cannot mirror", location), async |_| {
            let how = self.remote.manner(self.verify);
            let worker =
                || Worker::new(Link::new(Rc::clone(&server)), location.clone(), how.clone(), report.clone());
            self.mirror.carry(&plan, folder, worker, &report).await
        })
    }
}
