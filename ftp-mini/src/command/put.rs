//! `ftp-mini put`: uploads a file.

use std::io;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use clap::Args;
use common::client::{Fault, FaultKind, Inlet, LocalFolder, printable_path};
use common::command::{Style, local_path};

use super::remote::{RemoteOptions, locate};
use crate::client::FileTransfer;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Put {
    /// The file; - is standard input
    #[arg(value_parser = local_path())]
    file: PathBuf,

    /// The destination: ftp://host/path; the file's name is added to a URL that ends in a slash
    url: String,

    /// Resume the upload at the size of the server's file
    #[arg(long)]
    resume: bool,

    /// Compare the SHA-256 that the server computes (HASH or XSHA256)
    #[arg(long)]
    verify: bool,

    #[command(flatten)]
    remote: RemoteOptions,
}

const EXAMPLES: &str = "\
Examples:
  ftp-mini put notes.txt ftp://me@host/         under its own name
  ftp-mini put --tls notes.txt ftp://me@host/a  under another one, over TLS
  ftp-mini put a.iso ftp://me@host/ --resume    resume an interrupted upload
  tar c photos | ftp-mini put - ftp://me@host/photos.tar
                                                from a pipe";

impl Put {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let url = locate(&self.url)?;
        let report = self.remote.client.report(Style::Each);
        self.remote.run(&report, ("cannot put", &url), async |link| {
            let name = self.file.file_name().unwrap_or_default();
            let is_stream = self.file == Path::new("-");
            let there = match url.is_directory {
                true if is_stream => {
                    return Err(Fault::new(
                        FaultKind::Usage,
                        "standard input has no name; give one in the URL",
                    ));
                }
                true => url.below(name.as_encoded_bytes()),
                false => url.clone(),
            };
            let options = self.remote.transfer_options(self.verify);
            let transfer = FileTransfer::new(&there, &options, &report, &printable_path(&self.file));
            if is_stream {
                let input = io::stdin().as_fd().try_clone_to_owned().map_err(|error| {
                    Fault::new(FaultKind::Failed, format!("cannot read standard input: {error}"))
                })?;
                return transfer.upload_stream(link, Inlet::new(input.into())).await;
            }
            let (content, _) = LocalFolder::content(&self.file).await?;
            transfer.upload(link, &content, self.resume).await.map(drop)
        })
    }
}
