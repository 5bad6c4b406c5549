//! `ftp-mini cat`: writes a file to standard output.

use clap::Args;
use common::client::Outlet;
use common::command::Style;

use super::remote::{RemoteOptions, locate};
use crate::client::FileTransfer;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, mut_arg("json", |json| json.hide(true)))]
pub struct Cat {
    /// The file: ftp://host/path
    url: String,

    #[command(flatten)]
    remote: RemoteOptions,
}

const EXAMPLES: &str = "\
Examples:
  ftp-mini cat ftp://host/pub/README         on the terminal
  ftp-mini cat ftp://me@host/log.gz | zcat   to a pipe";

impl Cat {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let there = locate(&self.url)?;
        self.remote.client.leave_standard_output()?;
        // Progress would disturb the content on a terminal.
        let report = self.remote.client.report(Style::Quiet);
        self.remote.run(&report, ("cannot get", &there), async |link| {
            let out = Outlet::standard_output()?;
            let options = self.remote.transfer_options(false);
            FileTransfer::new(&there, &options, &report, "standard output").download_stream(link, out).await
        })
    }
}
