//! `ftp-mini mirror`: synchronizes a folder and a directory of a server.

use std::path::{Path, PathBuf};

use clap::Args;
use common::client::is_url;
use common::command::{CommandFailure, MirrorOptions, Style};

use super::remote::{RemoteOptions, locate};
use crate::client::MirrorWorker;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Mirror {
    /// The source: ftp://host/path, or a folder
    from: PathBuf,

    /// The destination: a folder, or ftp://host/path
    to: PathBuf,

    #[command(flatten)]
    mirror: MirrorOptions,

    /// Compare the SHA-256 that the server computes (HASH or XSHA256)
    #[arg(long)]
    verify: bool,

    #[command(flatten)]
    remote: RemoteOptions,
}

const EXAMPLES: &str = "\
Examples:
  ftp-mini mirror ftp://host/pub/ pub           download a tree
  ftp-mini mirror photos ftp://me@host/photos/  upload a tree
  ftp-mini mirror --delete --dry-run www ftp://me@host/www/
                                                print the actions only
  ftp-mini mirror ftp://host/src src --exclude .git --include '*.rs'";

impl Mirror {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let server = |name: &Path| is_url(name).then(|| locate(name.to_str().unwrap_or_default()));
        let (location, from) = match (server(&self.from), server(&self.to)) {
            (Some(location), None) => (location?, None),
            (None, Some(location)) => (location?, Some(&self.from)),
            _ => {
                let hint = "one of FROM and TO is a URL like ftp://host/path, the other one a folder";
                return Err(CommandFailure::Usage(hint.into()).into());
            }
        };
        let options = self.mirror.options()?;
        let report = self.remote.client.report(Style::Sum);
        self.remote.run(&report, ("cannot mirror", &location), async |link| {
            let transfer = self.remote.transfer_options(self.verify);
            let worker =
                || MirrorWorker::new(link.another(), location.clone(), transfer.clone(), report.clone());
            match from {
                None => self.mirror.download(&options, worker, &self.to, &report).await,
                Some(from) => self.mirror.upload(&options, from, worker, &report).await,
            }
        })
    }
}
