//! `ftp-mini get`: downloads files.

use std::path::{Path, PathBuf};

use clap::Args;
use common::client::{Fault, FaultKind, LocalFolder, Outlet, OutputTarget, Reporter, printable_path};
use common::command::{CommandFailure, Style, local_path};
use common::files::TreePath;

use super::remote::{RemoteOptions, locate};
use crate::client::{DownloadOptions, FileTransfer, Link, Location, TransferOptions};

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Get {
    /// The files: ftp://host/path
    #[arg(value_name = "URL", required = true)]
    urls: Vec<String>,

    /// Write to this file, replacing it; - is standard output
    #[arg(short, long, value_name = "FILE", value_parser = local_path())]
    output: Option<PathBuf>,

    /// Resume an interrupted download of the same version
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
  ftp-mini get ftp://host/pub/notes.txt         into notes.txt, unless it exists
  ftp-mini get ftp://me@host/a.iso --resume     resume an interrupted download
  ftp-mini get --tls ftp://me@host/a.iso -o b.iso
                                                under another name, over TLS
  ftp-mini get ftp://host/list.txt -o - | sort  to a pipe";

impl Get {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        if self.output.is_some() && self.urls.len() > 1 {
            return Err(CommandFailure::Usage("-o goes with one URL".into()).into());
        }
        if self.output.as_deref() == Some(Path::new("-")) {
            self.remote.client.leave_standard_output()?;
        }
        let urls =
            self.urls.iter().map(|url| locate(url)).collect::<Result<Vec<Location>, CommandFailure>>()?;
        let report = self.remote.client.report(Style::Each);
        let options = self.remote.transfer_options(self.verify);
        self.remote.run_each(&report, "cannot get", &urls, async |link, location| {
            self.get(link, location, (&report, &options)).await
        })
    }

    async fn get(
        &self,
        link: &mut Link,
        location: &Location,
        (report, options): (&Reporter, &TransferOptions),
    ) -> Result<(), Fault> {
        match target(location, self.output.as_deref())? {
            OutputTarget::File(folder, name) => {
                let transfer = FileTransfer::new(location, options, report, &folder.name(&name));
                let keep = DownloadOptions { resume: self.resume, replace: self.output.is_some() };
                transfer.download(link, (&folder, &name), keep, None).await.map(drop)
            }
            OutputTarget::Stream(stream) => {
                let transfer = FileTransfer::new(location, options, report, "standard output");
                transfer.download_stream(link, Outlet::new(&stream)?).await
            }
        }
    }
}

fn target(location: &Location, output: Option<&Path>) -> Result<OutputTarget, Fault> {
    let path = match (output, location.name()) {
        (Some(path), _) => path.to_owned(),
        (None, Some(_)) if location.is_directory => {
            return Err(Fault::new(FaultKind::Usage, "it is a directory; mirror takes one"));
        }
        (None, Some(name)) => {
            let folder =
                LocalFolder::open(Path::new(".")).map_err(|error| unusable(Path::new("."), &error))?;
            return Ok(OutputTarget::File(folder.into(), TreePath::ROOT.child(name)));
        }
        (None, None) => return Err(Fault::new(FaultKind::Usage, "it names no file; name one with -o")),
    };
    OutputTarget::of(&path).map_err(|error| unusable(&path, &error))
}

fn unusable(path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(FaultKind::Failed, format!("cannot write to '{}': {error}", printable_path(path)))
}
