//! The output of `ls`: a table for people, names or JSON for programs.

use std::io::{self, BufWriter, IsTerminal as _, Write as _};

use clap::Args;
use serde_json::{Value, json};
use syntax::unix_time;
use time::UtcDateTime;

use crate::client::mirror::{EntryKind, Modified};
use crate::client::{Fault, FaultKind};
use crate::escape::printable;

/// Options of `ls`.
#[derive(Args, Clone, Copy, Debug)]
pub struct ListOptions {
    /// Print a table with sizes and times, even if standard output is not a terminal
    #[arg(short, long)]
    pub long: bool,
}

/// An entry as `ls` shows it.
#[derive(Clone, Copy, Debug)]
pub struct ListedEntry<'a> {
    /// The name.
    pub name: &'a [u8],
    /// Its type.
    pub kind: EntryKind,
    /// The size in bytes, if it is known.
    pub size: Option<u64>,
    /// The modification time, if it is known.
    pub modified: Option<Modified>,
    /// The target of a link, if it is known.
    pub target: Option<&'a [u8]>,
}

impl ListOptions {
    /// Prints the entries of the directory `path`, as JSON if `json` is set.
    ///
    /// # Errors
    ///
    /// Standard output cannot be written.
    pub fn print(self, path: &[u8], entries: &[ListedEntry<'_>], json: bool) -> Result<(), Fault> {
        let is_table = self.long || io::stdout().is_terminal();
        let mut out = BufWriter::new(io::stdout().lock());
        let printed = match (json, is_table) {
            (true, _) => print_json(&mut out, path, entries),
            (false, true) => listing_table(entries).try_for_each(|line| writeln!(out, "{line}")),
            (false, false) => entries.iter().try_for_each(|entry| writeln!(out, "{}", printable(entry.name))),
        };
        let printed = printed.and_then(|()| out.flush());
        printed.map_err(|error| Fault::new(FaultKind::Failed, format!("cannot print the listing: {error}")))
    }
}

/// Prints what `json!` would, without holding all of a long listing in memory.
fn print_json(out: &mut impl io::Write, path: &[u8], entries: &[ListedEntry<'_>]) -> io::Result<()> {
    out.write_all(b"{\"entries\":[")?;
    for (at, entry) in entries.iter().enumerate() {
        let object = json!({
            "name": String::from_utf8_lossy(entry.name),
            "type": kind(entry).1,
            "size": entry.size,
            "modified": exact_time(entry),
        });
        write!(out, "{}{object}", if at == 0 { "" } else { "," })?;
    }
    writeln!(out, "],\"path\":{}}}", Value::from(String::from_utf8_lossy(path)))
}

/// Formats kind, size, modification time and name of each entry.
pub fn listing_table(entries: &[ListedEntry<'_>]) -> impl Iterator<Item = String> {
    let size = |entry: &ListedEntry<'_>| entry.size.map_or("-".into(), |size| size.to_string());
    let width = entries.iter().map(|entry| size(entry).len()).max().unwrap_or_default();
    entries.iter().map(move |entry| {
        let (kind, size, time, name) = (kind(entry).0, size(entry), time(entry), printable(entry.name));
        let target = entry.target.map(|target| format!(" -> {}", printable(target)));
        format!("{kind} {size:>width$}  {time:16}  {name}{}", target.unwrap_or_default())
    })
}

/// A kind as a letter for the table, and as a word for JSON.
fn kind(entry: &ListedEntry<'_>) -> (char, &'static str) {
    match entry.kind {
        EntryKind::File => ('-', "file"),
        EntryKind::Directory => ('d', "dir"),
        EntryKind::Link => ('l', "link"),
        EntryKind::Other => ('?', "other"),
    }
}

fn moment(entry: &ListedEntry<'_>) -> Option<UtcDateTime> {
    UtcDateTime::from_unix_timestamp(unix_time::seconds(entry.modified?.at)).ok()
}

/// `2026-11-23 18:51`, in UTC, in the precision that the server reported.
fn time(entry: &ListedEntry<'_>) -> String {
    let Some(moment) = moment(entry) else { return "-".into() };
    match entry.modified {
        Some(Modified { within: 86_400, .. }) => date(moment),
        _ => format!("{} {:02}:{:02}", date(moment), moment.hour(), moment.minute()),
    }
}

/// RFC 3339 in UTC.
fn exact_time(entry: &ListedEntry<'_>) -> Option<String> {
    let moment = moment(entry)?;
    let (hour, minute, second) = moment.as_hms();
    Some(format!("{}T{hour:02}:{minute:02}:{second:02}Z", date(moment)))
}

fn date(moment: UtcDateTime) -> String {
    format!("{:04}-{:02}-{:02}", moment.year(), u8::from(moment.month()), moment.day())
}
