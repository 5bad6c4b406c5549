//! `http-mini request`: sends one request of any method, and writes the response to standard output.

use std::cell::Cell;
use std::path::Path;

use clap::Args;
use common::client::{Fault, FaultKind, LocalFolder, Outlet, Reporter, without_password};
use common::command::Style;
use common::escape::printable;

use super::options::RequestOptions;
use crate::client::{self as http, trace};

/// The most bytes of a file that are sent as content (64 MiB); `put` sends larger ones.
const CONTENT_LIMIT: u64 = 64 << 20;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, mut_arg("json", |json| json.hide(true)))]
pub struct RequestCommand {
    /// The method, as in GET, DELETE or MKCOL
    #[arg(value_name = "METHOD")]
    method: String,

    /// The URL of the resource
    #[arg(value_name = "URL")]
    url: String,

    /// Send this content, or the content of @FILE
    #[arg(short, long, value_name = "DATA")]
    data: Option<String>,

    /// Also print the head of the response
    #[arg(short, long)]
    include: bool,

    #[command(flatten)]
    request: RequestOptions,
}

const EXAMPLES: &str = "\
Examples:
  http-mini request GET http://host/?format=json  a listing
  http-mini request -i HEAD http://host/a.iso     the fields of a file
  http-mini request MKCOL http://host/new/        a new directory
  http-mini request MOVE http://host/a -H 'Destination: /b'
  http-mini request POST http://host/api -d '{\"a\":1}' \\
                    -H 'Content-Type: application/json'
  http-mini request PUT http://host/b.txt -d @b.txt

Content codings (gzip, br, zstd) are decoded. Exit codes are those of
'http-mini get', 0 also for a redirect.";

impl RequestCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.request.client.leave_standard_output()?;
        let client = self.request.client()?;
        let report = self.request.client.report(Style::Quiet);
        let url = Cell::new(&*self.url);
        let asked = self.ask(&client, &report);
        super::run_client(&report, self.request.client.max_time, (&self.method, &url), asked)
    }

    async fn ask(&self, client: &http::Client, report: &Reporter) -> Result<(), Fault> {
        let resource = self.request.resource(client, http::url(&self.url)?)?;
        let mut request = resource.request(&self.method);
        if let Some(data) = &self.data {
            request = request.content(content(data).await?);
        }
        let transfer = report.transfer(&without_password(&self.url), "-");
        let is_safe = matches!(&*self.method, "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE");
        let mut response = match is_safe {
            true => resource.retries.persist(&transfer, async || request.clone().await).await?,
            false => request.await?,
        };
        let mut out = Outlet::standard_output()?;
        if self.include {
            head(&response, out.room());
        }
        let failure = response.failure();
        loop {
            let before = out.received();
            if !response.next(out.room()).await? {
                break;
            }
            let came = out.received() - before;
            out.advance().await?;
            resource.throttle.moved(came).await;
        }
        out.finish().await?;
        failure.map_or(Ok(()), Err)
    }
}

/// Writes the head with its control characters escaped.
fn head(response: &http::Response, into: &mut Vec<u8>) {
    for line in trace::lines(response.head().fields().bytes()) {
        into.extend_from_slice(printable(line).as_bytes());
        into.push(b'\n');
    }
    into.push(b'\n');
}

/// The content of `--data`.
async fn content(data: &str) -> Result<Vec<u8>, Fault> {
    let Some(file) = data.strip_prefix('@') else { return Ok(data.into()) };
    let (content, _) = LocalFolder::content(Path::new(file)).await?;
    if content.meta().size > CONTENT_LIMIT {
        return Err(Fault::new(FaultKind::Usage, format!("'{file}' is large; store it with http-mini put")));
    }
    let (mut bytes, mut pieces) = (Vec::new(), content.pieces(0..content.meta().size, usize::MAX));
    while let Some(piece) = pieces.next().await.map_err(|error| Fault::unreadable(file, &error))? {
        bytes.extend_from_slice(piece);
    }
    Ok(bytes)
}
