//! `http-mini cat`: writes a file to standard output.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;

use clap::Args;
use common::client::{Fault, FaultKind, Reporter, without_password};
use common::command::Style;

use super::options::RequestOptions;
use crate::client::download::{Destination, Download};
use crate::client::{self as http, Client};

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, mut_arg("json", |json| json.hide(true)))]
pub struct Cat {
    /// The file: http://host/path
    url: String,

    #[command(flatten)]
    request: RequestOptions,
}

const EXAMPLES: &str = "\
Examples:
  http-mini cat http://host/pub/README        on the terminal
  http-mini cat http://host/log.gz | zcat     to a pipe";

impl Cat {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.request.client.leave_standard_output()?;
        // Progress would disturb the content on a terminal.
        let (client, report) = (self.request.client()?, self.request.client.report(Style::Quiet));
        let url = Cell::new(&*self.url);
        let printed = self.print(&client, &report);
        super::run_client(&report, self.request.client.max_time, ("get", &url), printed)
    }

    async fn print(&self, client: &Client, report: &Reporter) -> Result<(), Fault> {
        let download = Download::new(self.request.resource(client, http::url(&self.url)?)?);
        let transfer = report.transfer(&without_password(&self.url), "standard output");
        let unwritten =
            |error| Fault::new(FaultKind::Failed, format!("cannot write to standard output: {error}"));
        let out = File::from(io::stdout().as_fd().try_clone_to_owned().map_err(unwritten)?);
        download.run(Destination::Stream(&out), &transfer).await
    }
}
