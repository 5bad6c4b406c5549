//! `http-mini get`: downloads files.

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, anyhow};
use clap::Args;
use common::client::{
    self, Fault, FaultKind, LocalFolder, MirrorSummary, OutputTarget, Reporter, printable_path,
    without_password,
};
use common::command::{CommandFailure, ParallelOptions, Style, decode_hex, local_path};
use common::files::{Checksum, TreePath};
use common::log;

use super::options::{RequestOptions, name_of};
use crate::client::download::{Destination, Download};
use crate::client::{self as http, Client, Resource, SEGMENTS_LIMIT};
use crate::wire::disposition;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Get {
    /// The URLs to download
    #[arg(required_unless_present = "input_file", value_name = "URL")]
    urls: Vec<String>,

    /// Also download the URLs in this file, one per line; - is standard input
    #[arg(short, long, value_name = "FILE", value_parser = local_path())]
    input_file: Option<PathBuf>,

    /// Write to this file, replacing it; - is standard output
    #[arg(short, long, value_name = "FILE", value_parser = local_path())]
    output: Option<PathBuf>,

    /// Use the file name that the server suggests, if any
    #[arg(long, conflicts_with = "output")]
    suggested_name: bool,

    /// Resume an interrupted download
    #[arg(long)]
    resume: bool,

    #[command(flatten)]
    parallel: ParallelOptions,

    /// Download N segments of a file concurrently, each over its own connection. An interrupt keeps the bytes before
    /// the first gap; kill -9 keeps none
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=SEGMENTS_LIMIT as i64))]
    segments: u8,

    /// Fail unless the file has this digest, or sha512:HEX
    #[arg(long, value_name = "sha256:HEX")]
    digest: Option<Digest>,

    /// Print the duration of each phase of the last request
    #[arg(long)]
    timing: bool,

    #[command(flatten)]
    request: RequestOptions,
}

const EXAMPLES: &str = "\
Examples:
  http-mini get http://host/a.iso               into a.iso, unless it exists
  http-mini get http://host/a.iso -o b.iso      into b.iso, which is replaced
  http-mini get http://host/a.txt -o -          to standard output
  http-mini get --resume --segments 4 http://host/a.iso
                                                resume, over four connections
  http-mini get --digest sha256:9f86d081884c7d65... http://host/a.iso
                                                fail if it is not that file
  http-mini get -i urls.txt --parallel 8        the URLs in a file, 8 at a time
  http-mini get --login ada https://host/a.iso  asks for the password
  http-mini get -H @token https://host/a.iso    fields from a file, as
                                                'Authorization: Bearer ...'

An incomplete file is stored beside its name as NAME.xxxxxxxx.part. No content
coding is requested; one that is used all the same (gzip, br, zstd) is decoded,
up to 8 GiB, unless the file itself has it by its name (.gz, .tgz, .svgz, .br,
.zst). Decoded content is downloaded in one piece, and starts over if it is cut
off.

Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 refused, 5 network,
6 integrity, 130 interrupted.";

#[derive(Clone, Copy, Debug)]
struct Digest(Checksum);

impl FromStr for Digest {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let hint = || anyhow!("write it like sha256:HEX with 64 hexadecimal digits, or sha512:HEX with 128");
        let (algorithm, digits) = text.split_once(':').ok_or_else(hint)?;
        match algorithm {
            "sha256" => decode_hex(digits).map(|bytes| Self(Checksum::Sha256(bytes))).ok_or_else(hint),
            "sha512" => decode_hex(digits).map(|bytes| Self(Checksum::Sha512(bytes))).ok_or_else(hint),
            _ => Err(hint()),
        }
    }
}

impl Get {
    pub(super) fn run(mut self) -> anyhow::Result<()> {
        if let Some(file) = &self.input_file {
            self.urls.extend(lines(file)?);
        }
        if self.urls.len() != 1 && (self.output.is_some() || self.digest.is_some()) {
            let hint = "-o and --digest are about one file; name one URL, or leave them out";
            return Err(CommandFailure::Usage(hint.into()).into());
        }
        let is_part = |(name, _): &(String, String)| {
            ["range", "if-range"].iter().any(|own| name.eq_ignore_ascii_case(own))
        };
        if self.request.fields().iter().any(is_part) {
            let hint = "a part is no file; ask for it with http-mini request";
            return Err(CommandFailure::Usage(hint.into()).into());
        }
        let is_stdout = self.output.as_deref().is_some_and(|file| file == Path::new("-"));
        if is_stdout {
            self.request.client.leave_standard_output()?;
        }
        let client = self.request.client()?;
        let report = self.request.client.report(if is_stdout { Style::Quiet } else { Style::Each });
        // The interruption of several downloads is reported for the last one that has begun.
        let current = Cell::new("");
        super::run_client(&report, self.request.client.max_time, ("get", &current), async {
            let fail = |url: &String, fault: &Fault| super::fail(&report, "get", url, fault);
            let urls = (&*self.urls, MirrorSummary::default());
            self.parallel
                .run(urls, &report, fail, async |url| {
                    current.set(url);
                    self.get(&client, url, &report).await.map(Some)
                })
                .await;
            Ok(())
        })
    }

    async fn get(&self, client: &Client, url: &str, report: &Reporter) -> Result<u64, Fault> {
        let download = Download {
            checksum: self.digest.map(|Digest(checksum)| checksum),
            resumes: self.resume,
            segments: usize::from(self.segments),
            ..Download::new(self.request.resource(client, http::url(url)?)?)
        };
        let (target, replace) = match &self.output {
            Some(file) => (OutputTarget::of(file).map_err(|error| cannot_write(file, &error))?, true),
            None => (self.named(&download).await?, false),
        };
        let shown = without_password(download.resource.url.as_str());
        let (transfer, done) = match &target {
            OutputTarget::File(folder, path) => {
                let transfer = report.transfer(&shown, &folder.name(path));
                let done = download.run(Destination::File(folder, path, replace), &transfer).await;
                (transfer, done)
            }
            OutputTarget::Stream(file) => {
                let transfer = report.transfer(&shown, "-");
                let done = download.run(Destination::Stream(file), &transfer).await;
                (transfer, done)
            }
        };
        done?;
        let bytes = transfer.done();
        if self.timing {
            log::to_stderr(format_args!("{}", client.timing()));
        }
        Ok(bytes)
    }

    /// The file in the current folder that is named by the server or the URL.
    async fn named(&self, download: &Download) -> Result<OutputTarget, Fault> {
        let suggested = match self.suggested_name {
            true => suggested(&download.resource).await?,
            false => None,
        };
        let name = suggested.or_else(|| name_of(&download.resource.url));
        let name =
            name.ok_or_else(|| Fault::new(FaultKind::Usage, "the URL names no file; name one with -o FILE"))?;
        let folder =
            LocalFolder::open(Path::new(".")).map_err(|error| cannot_write(Path::new("."), &error))?;
        Ok(OutputTarget::File(folder.into(), TreePath::ROOT.child(&name)))
    }
}

/// The URLs in a file, or in standard input: one per line, without empty lines and those that start with #.
#[expect(clippy::disallowed_methods, reason = "the user's own file, which the command line names")]
fn lines(file: &Path) -> anyhow::Result<Vec<String>> {
    let text = match file == Path::new("-") {
        true => io::read_to_string(io::stdin()),
        false => std::fs::read_to_string(file),
    };
    let text = text.with_context(|| format!("cannot read '{}'", printable_path(file)))?;
    let is_url = |line: &&str| !line.is_empty() && !line.starts_with('#');
    Ok(text.lines().map(str::trim).filter(is_url).map(str::to_owned).collect())
}

async fn suggested(resource: &Resource) -> Result<Option<Vec<u8>>, Fault> {
    let response = match resource.request("HEAD").await?.ok() {
        Ok(response) => response,
        // Some servers support GET only. A range keeps its content short where there are ranges; the rest of it is
        // not read.
        Err(_) => match resource.request("GET").field("Range", "bytes=0-0").await?.ok() {
            Ok(response) => response,
            // The failure recurs with the download, and is reported then.
            Err(_) => return Ok(None),
        },
    };
    let name = response.field("content-disposition").and_then(disposition::suggested_name);
    Ok(name.map(String::into_bytes).filter(|name| client::plain_name(name).is_some()))
}

fn cannot_write(file: &Path, error: &io::Error) -> Fault {
    Fault::new(FaultKind::Failed, format!("cannot write '{}': {error}", printable_path(file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_hexadecimal() {
        let (short, long) = ("0f".repeat(32), "F0".repeat(64));
        for (text, expected, why) in [
            (format!("sha256:{short}"), true, "SHA-256"),
            (format!("sha512:{long}"), true, "SHA-512, in capitals"),
            (format!("sha256:{long}"), false, "too long"),
            (format!("sha256:{}", "0".repeat(63)), false, "too short"),
            (format!("sha256:{}", "g".repeat(64)), false, "no digits"),
            (format!("md5:{short}"), false, "not safe"),
            (short, false, "no algorithm"),
        ] {
            assert_eq!(text.parse::<Digest>().is_ok(), expected, "{why}");
        }
    }
}
