//! `http-mini request`: one request of any method, and its answer on standard output.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use clap::Args;
use common::client::{self, Fault, Folder, Kind, Report, Style};
use common::command::{Failure, outcome};
use common::escape::printable;

use super::options::RequestOptions;
use crate::client as http;

/// Bytes of a file that are sent as content (64 MiB); larger ones are what `put` is for.
const CONTENT_LIMIT: u64 = 64 << 20;

/// Bytes of a line that are shown on a terminal at once (64 KiB).
const LINE_LIMIT: usize = 64 << 10;

/// `http-mini request`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Request {
    /// The method, as in GET, DELETE or MKCOL
    #[arg(value_name = "METHOD")]
    method: String,

    /// What is asked
    #[arg(value_name = "URL")]
    url: String,

    /// Send this content; @FILE sends a file's
    #[arg(short, long, value_name = "DATA")]
    data: Option<String>,

    /// Show the head of the answer as well
    #[arg(short, long)]
    include: bool,

    #[command(flatten)]
    request: RequestOptions,
}

const EXAMPLES: &str = "\
Examples:
  http-mini request GET http://host/?format=json       a listing
  http-mini request -i HEAD http://host/a.iso          what the server says of a file
  http-mini request MKCOL http://host/new/             a new directory
  http-mini request MOVE http://host/a -H 'Destination: /b'
  http-mini request POST http://host/api -d '{\"a\":1}' -H 'Content-Type: application/json'
  http-mini request PUT http://host/b.txt -d @b.txt

Content codings (gzip, br, zstd) are undone. Exit codes: 0 for an answer of success or a redirect, else as
`http-mini get`.";

impl Request {
    pub(super) fn run(self) -> anyhow::Result<()> {
        if self.request.client.json {
            let hint = "--json tells of transfers, and this shows the answer itself; leave it out";
            return Err(Failure::Usage(hint.into()).into());
        }
        let client = self.request.client()?;
        let report = self.request.client.report(Style::Quiet);
        let asked = client::interruptible(self.request.client.max_time, async {
            if let Err(fault) = self.ask(&client, &report).await {
                let what =
                    format!("http-mini: cannot {} '{}'", super::shown(&self.method), super::shown(&self.url));
                report.fail(&what, &self.url, &fault);
            }
            Ok(())
        });
        outcome(&report, client::run(asked)?)
    }

    async fn ask(&self, client: &http::Client, report: &Report) -> Result<(), Fault> {
        let url = http::url(&self.url)?;
        let login = self.request.login(&url)?;
        let mut request =
            client.request(&self.method, url.as_str()).fields(&self.request.fields()).login(login);
        if let Some(data) = &self.data {
            request = request.content(content(data).await?);
        }
        let transfer = report.transfer(&super::shown(&self.url), "-");
        let is_safe = matches!(&*self.method, "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE");
        let mut response = match is_safe {
            true => self.request.client.retries().persist(&transfer, async || request.clone().await).await?,
            false => request.await?,
        };
        let mut out = Out { to: io::stdout().lock(), line: Vec::new(), is_shown: io::stdout().is_terminal() };
        if self.include {
            show_head(&mut out.to, &response).map_err(|error| cannot_write(&error))?;
        }
        let failure = response.failure();
        let mut piece = Vec::new();
        while response.next(&mut piece).await? {
            out.write(&piece).map_err(|error| cannot_write(&error))?;
            self.request.client.throttle().moved(piece.len() as u64).await;
            piece.clear();
        }
        out.finish().map_err(|error| cannot_write(&error))?;
        failure.map_or(Ok(()), Err)
    }
}

/// Where content goes. A terminal would obey its controls, so there it is shown line by line without.
struct Out<W> {
    to: W,
    /// What has come of a line for the terminal.
    line: Vec<u8>,
    is_shown: bool,
}

impl<W: io::Write> Out<W> {
    fn write(&mut self, content: &[u8]) -> io::Result<()> {
        if !self.is_shown {
            return self.to.write_all(content);
        }
        for part in content.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") || self.line.len() >= LINE_LIMIT {
                self.show()?;
            }
        }
        Ok(())
    }

    fn show(&mut self) -> io::Result<()> {
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text: Vec<_> = line.split(|&byte| byte == b'\t').map(printable).collect();
        self.to.write_all(text.join("\t").as_bytes())?;
        if self.line.ends_with(b"\n") {
            self.to.write_all(b"\n")?;
        }
        self.line.clear();
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.show()?;
        self.to.flush()
    }
}

/// The head, line by line, with controls made harmless: it may be a terminal that shows it.
fn show_head(out: &mut impl io::Write, response: &http::Response) -> io::Result<()> {
    let bytes = response.head().fields().bytes();
    for line in bytes.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty())
    {
        writeln!(out, "{}", printable(line))?;
    }
    writeln!(out)
}

/// What `-d` says.
async fn content(data: &str) -> Result<Vec<u8>, Fault> {
    let Some(file) = data.strip_prefix('@') else { return Ok(data.into()) };
    let failed =
        |error: &dyn std::fmt::Display| Fault::new(Kind::Failed, format!("cannot read '{file}': {error}"));
    let (folder, path) = Folder::of_file(Path::new(file)).map_err(|error| failed(&error))?;
    let content = folder.tree.open(&path).await.map_err(|error| failed(&error))?;
    if content.meta().size > CONTENT_LIMIT {
        return Err(Fault::new(Kind::Usage, format!("'{file}' is large; store it with http-mini put")));
    }
    let mut bytes = vec![0; usize::try_from(content.meta().size).unwrap_or_default()];
    let mut at = 0;
    while let Some(rest) = bytes.get_mut(at..).filter(|rest| !rest.is_empty()) {
        match content.read_at(rest, at as u64).await.map_err(|error| failed(&error))? {
            0 => return Err(failed(&"it has become shorter")),
            read => at += read,
        }
    }
    Ok(bytes)
}

fn cannot_write(error: &io::Error) -> Fault {
    Fault::new(Kind::Failed, format!("the answer cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_told_what_to_do() {
        for (is_shown, pieces, expected, why) in [
            (true, &["a\nb"][..], "a\nb", "text"),
            (true, &["a\r\nb\tc\n"], "a\nb\tc\n", "line ends and tabs"),
            (true, &["a\x1b[2Jb\n"], "a\u{fffd}[2Jb\n", "a control"),
            (true, &["a\rb\n"], "a\u{fffd}b\n", "a lone CR would hide what was before"),
            (true, &["\u{e9}", "\u{e9}\n"], "\u{e9}\u{e9}\n", "in pieces"),
            (false, &["a\x1b[2Jb\r\n"], "a\x1b[2Jb\r\n", "a file has what came"),
        ] {
            let mut out = Out { to: Vec::new(), line: Vec::new(), is_shown };
            pieces.iter().for_each(|piece| out.write(piece.as_bytes()).unwrap());
            out.finish().unwrap();
            assert_eq!(String::from_utf8(out.to).unwrap(), expected, "{why}");
        }
    }
}
