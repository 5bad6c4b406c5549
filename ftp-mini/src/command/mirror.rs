//! `ftp-mini mirror`: keeps a folder and a directory of a server alike.

use std::path::{Path, PathBuf};

use clap::Args;
use common::client::mirror::Direction;
use common::client::{Style, is_url};
use common::command::{Failure, MirrorOptions};

use super::remote::{RemoteOptions, locate};
use crate::client::{Location, Worker};

/// `ftp-mini mirror`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Mirror {
    /// Where from: ftp://host/path, or a folder
    from: PathBuf,

    /// Where to: a folder, or ftp://host/path
    to: PathBuf,

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
  ftp-mini mirror ftp://host/pub/ pub           what is there comes here
  ftp-mini mirror photos ftp://me@host/photos/  what is here goes there
  ftp-mini mirror --delete --dry-run www ftp://me@host/www/
                                                what would move and be removed
  ftp-mini mirror ftp://host/src src --exclude .git --include '*.rs'";

/// One end of a mirror.
#[derive(Clone, Debug)]
enum End {
    Server(Location),
    Folder(PathBuf),
}

impl End {
    fn named(name: &Path) -> Result<Self, Failure> {
        match is_url(name).then(|| name.to_str().unwrap_or_default()) {
            Some(url) => locate(url).map(Self::Server),
            None => Ok(Self::Folder(name.to_owned())),
        }
    }
}

impl Mirror {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let (direction, location, folder) = match (End::named(&self.from)?, End::named(&self.to)?) {
            (End::Server(location), End::Folder(folder)) => (Direction::Down, location, folder),
            (End::Folder(folder), End::Server(location)) => (Direction::Up, location, folder),
            _ => {
                let hint = "one of FROM and TO is a URL like ftp://host/path, the other one a folder";
                return Err(Failure::Usage(hint.into()).into());
            }
        };
        let plan = self.mirror.plan(direction, &folder)?;
        let report = self.remote.client.report(Style::Sum);
        self.remote.carry(&report, ("cannot mirror", &location), async |link| {
            let options = self.remote.transfer_options(self.verify);
            let worker = || Worker::new(link.another(), location.clone(), options.clone(), report.clone());
            self.mirror.carry(&plan, &folder, worker, &report).await
        })
    }
}
