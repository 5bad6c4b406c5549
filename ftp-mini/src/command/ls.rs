//! `ftp-mini ls`: lists a directory.

use std::io::{self, BufWriter, IsTerminal as _, Write as _};

use clap::Args;
use common::client::{Fault, Kind as FaultKind, Report, Unread};
use common::command::Style;
use common::escape::printable;
use serde_json::{Value, json};
use time::UtcDateTime;

use super::remote::{RemoteOptions, locate};
use crate::client::{EntryKind, Error, Location, RemoteEntry, Session};

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Ls {
    /// The directory: ftp://host/path
    url: String,

    /// Print a table with sizes and times, even if standard output is not a terminal
    #[arg(short, long)]
    long: bool,

    #[command(flatten)]
    remote: RemoteOptions,
}

const EXAMPLES: &str = "\
Examples:
  ftp-mini ls ftp://host/                     a table on a terminal, else names
  ftp-mini ls -l ftp://me@host/photos | sort  always a table
  ftp-mini ls --json ftps://host/%2Fpub       for a program; %2F: from the root";

impl Ls {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let there = locate(&self.url)?;
        let report = self.remote.client.report(Style::Each);
        self.remote.run(&report, ("cannot list", &there), async |link| {
            let list = async |session: &mut Session| list(session, &there.path).await;
            let content = link.retry(self.remote.client.retries(), (&report, &there), list).await?;
            let (entries, unread) = match content {
                PathContent::File(entry) => (vec![entry], Unread::default()),
                PathContent::Directory(entries, unread) => (entries, unread),
            };
            self.print(&there.path, &entries).map_err(|error| {
                Fault::new(FaultKind::Failed, format!("cannot print the listing: {error}"))
            })?;
            warn(&report, &there, &unread);
            Ok(())
        })
    }

    fn print(&self, path: &[u8], entries: &[RemoteEntry]) -> io::Result<()> {
        let is_table = self.long || io::stdout().is_terminal();
        let mut out = BufWriter::new(io::stdout().lock());
        if self.remote.client.json {
            // The output of `json!`, without holding all of a long listing in memory.
            out.write_all(b"{\"entries\":[")?;
            for (at, entry) in entries.iter().enumerate() {
                write!(out, "{}{}", if at == 0 { "" } else { "," }, event(entry))?;
            }
            writeln!(out, "],\"path\":{}}}", Value::from(String::from_utf8_lossy(path)))?;
        } else if is_table {
            table(entries).try_for_each(|line| writeln!(out, "{line}"))?;
        } else {
            entries.iter().try_for_each(|entry| writeln!(out, "{}", printable(&entry.name)))?;
        }
        out.flush()
    }
}

/// Reports an incomplete listing, which counts as a failure.
pub(super) fn warn(report: &Report, directory: &Location, unread: &Unread) {
    if !unread.is_empty() {
        let url = directory.to_string();
        let fault = Fault::new(FaultKind::Failed, unread.to_string());
        report.fail(&format!("ftp-mini: '{url}'"), &url, &fault);
    }
}

/// What a path leads to.
pub(super) enum PathContent {
    File(RemoteEntry),
    /// The entries of a directory in order.
    Directory(Vec<RemoteEntry>, Unread),
}

/// The entries of a directory, or the entry of a file.
pub(super) async fn list(session: &mut Session, path: &[u8]) -> Result<PathContent, Error> {
    let (mut entries, unread) = match session.list(path).await {
        Err(refused @ Error::Refused { .. }) if !path.is_empty() => match session.status(path).await {
            Ok(entry) if entry.kind != EntryKind::Directory => return Ok(PathContent::File(entry)),
            _ => return Err(refused),
        },
        listed => listed?.into_parts(),
    };
    entries.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(PathContent::Directory(entries, unread))
}

/// Formats kind, size, modification time and name of each entry.
pub(super) fn table(entries: &[RemoteEntry]) -> impl Iterator<Item = String> {
    let size = |entry: &RemoteEntry| entry.size.map_or("-".into(), |size| size.to_string());
    let width = entries.iter().map(|entry| size(entry).len()).max().unwrap_or_default();
    entries.iter().map(move |entry| {
        let (kind, size, time, name) = (kind(entry).0, size(entry), time(entry), printable(&entry.name));
        let target = entry.target.as_deref().map(|target| format!(" -> {}", printable(target)));
        format!("{kind} {size:>width$}  {time:16}  {name}{}", target.unwrap_or_default())
    })
}

/// A kind as a letter for the table, and as a word for JSON.
fn kind(entry: &RemoteEntry) -> (char, &'static str) {
    match entry.kind {
        EntryKind::File => ('-', "file"),
        EntryKind::Directory => ('d', "dir"),
        EntryKind::Link => ('l', "link"),
        EntryKind::Other => ('?', "other"),
    }
}

/// `2026-11-23 18:51`, in UTC, in the precision that the server reported.
fn time(entry: &RemoteEntry) -> String {
    let Some(modified) = entry.modified else { return "-".into() };
    let Ok(moment) = UtcDateTime::from_unix_timestamp(modified.seconds) else { return "-".into() };
    match modified.precision {
        86_400 => date(moment),
        _ => format!("{} {:02}:{:02}", date(moment), moment.hour(), moment.minute()),
    }
}

/// RFC 3339 in UTC.
fn exact_time(entry: &RemoteEntry) -> Option<String> {
    let moment = UtcDateTime::from_unix_timestamp(entry.modified?.seconds).ok()?;
    let (hour, minute, second) = moment.as_hms();
    Some(format!("{}T{hour:02}:{minute:02}:{second:02}Z", date(moment)))
}

fn date(moment: UtcDateTime) -> String {
    format!("{:04}-{:02}-{:02}", moment.year(), u8::from(moment.month()), moment.day())
}

fn event(entry: &RemoteEntry) -> Value {
    json!({
        "name": String::from_utf8_lossy(&entry.name),
        "type": kind(entry).1,
        "size": entry.size,
        "modified": exact_time(entry),
    })
}
