//! The live page: its files, and the lines as server-sent events
//! ([HTML section 9.2](https://html.spec.whatwg.org/multipage/server-sent-events.html)).

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use common::net::conn::{Conn, ConnTimeouts};
use http_wire::head::Method;
use syntax::rule::Language;
use tokio::sync::watch;

use super::line::Line;
use crate::page::{self, PageFile, PageRequest, Site};

/// Lines that a page that is opened later still shows, and their bytes (16 MiB).
const HISTORY: (usize, usize) = (2_000, 16 << 20);
/// Bytes of events that are queued before they are written (256 KiB).
const BATCH: usize = 256 << 10;
/// A reader of events may be silent for a day, and must read events within half a minute.
const PATIENCE: ConnTimeouts = ConnTimeouts {
    idle: Some(Duration::from_secs(24 * 3_600)),
    value: Duration::from_secs(24 * 3_600),
    stall: Duration::from_secs(30),
    rate: 1,
};

const FILES: &[PageFile] = &[
    PageFile { path: "/", media_type: "text/html; charset=utf-8", content: include_str!("page/index.html") },
    PageFile {
        path: "/style.css",
        media_type: "text/css; charset=utf-8",
        content: include_str!("page/style.css"),
    },
    PageFile {
        path: "/script.js",
        media_type: "text/javascript; charset=utf-8",
        content: include_str!("page/script.js"),
    },
];

/// The newest lines, for any number of pages.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    lines: Arc<Mutex<History>>,
    /// How many lines there were.
    count: watch::Sender<u64>,
    language: Language,
}

#[derive(Debug, Default)]
struct History {
    /// Lines that are no longer kept.
    dropped: u64,
    lines: VecDeque<Box<str>>,
    bytes: usize,
}

impl Feed {
    pub(super) fn new(language: Language) -> Self {
        Self { lines: Arc::default(), count: watch::Sender::new(0), language }
    }

    pub(super) fn push(&self, line: &Line) {
        // A line consists of strings and numbers.
        let Ok(json) = serde_json::to_string(line) else { return };
        let mut history = self.history();
        history.bytes += json.len();
        history.lines.push_back(json.into());
        while history.lines.len() > HISTORY.0 || history.bytes > HISTORY.1 {
            let Some(oldest) = history.lines.pop_front() else { break };
            history.bytes -= oldest.len();
            history.dropped += 1;
        }
        let count = history.dropped + history.lines.len() as u64;
        drop(history);
        self.count.send_replace(count);
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues the events from number `from` on, as many as a batch holds; the number of the next one. A page that is
    /// slower than the tap misses lines.
    fn write(&self, from: u64, out: &mut Vec<u8>) -> u64 {
        let history = self.history();
        // A page of an earlier tap starts over.
        let from = if from > history.dropped + history.lines.len() as u64 { 0 } else { from };
        let mut next = from.max(history.dropped);
        if next > from {
            out.extend_from_slice(format!("event: missed\ndata: {}\n\n", next - from).as_bytes());
        }
        let skipped = usize::try_from(next - history.dropped).unwrap_or(usize::MAX);
        for line in history.lines.iter().skip(skipped) {
            next += 1;
            out.extend_from_slice(format!("id: {next}\ndata: {line}\n\n").as_bytes());
            if out.len() >= BATCH {
                break;
            }
        }
        next
    }

    /// Sends events until the reader closes the connection or the tap ends.
    async fn stream(&self, mut next: u64, conn: &mut Conn) -> io::Result<()> {
        conn.set_timeouts(PATIENCE);
        let mut count = self.count.subscribe();
        loop {
            count.borrow_and_update();
            let written = self.write(next, conn.out());
            let is_behind = written > next;
            next = written;
            conn.flush().await?;
            if is_behind {
                continue;
            }
            tokio::select! {
                changed = count.changed() => if changed.is_err() { return Ok(()) },
                () = page::closed(conn) => return Ok(()),
            }
        }
    }
}

impl Site for Feed {
    fn files(&self) -> &'static [PageFile] {
        FILES
    }

    async fn respond(&self, PageRequest { head, .. }: PageRequest, conn: &mut Conn) -> io::Result<bool> {
        match (head.target().path(), head.method()) {
            (b"/events", Method::Get) => {
                // A page whose connection was lost continues where it was.
                let last =
                    head.only_field("last-event-id").and_then(syntax::decimal::parse).unwrap_or_default();
                page::start(conn, 200, "text/event-stream").connection(false, head.version()).finish();
                let language = if self.language == Language::Indonesian { "id" } else { "en" };
                conn.out().extend_from_slice(format!("event: language\ndata: {language}\n\n").as_bytes());
                self.stream(last, conn).await?;
                Ok(false)
            }
            _ => {
                page::answer(conn, 404, "text/plain; charset=utf-8", b"404 Not Found\n", &head);
                Ok(true)
            }
        }
    }
}

#[cfg(test)]
impl Feed {
    /// The lines as they are sent.
    pub(super) fn lines(&self) -> Vec<serde_json::Value> {
        self.history().lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::queue::Time;
    use super::*;

    #[test]
    fn a_reconnected_page_gets_the_missed_events() {
        let feed = Feed::new(Language::English);
        let push = |count| {
            (0..count).for_each(|_| feed.push(&Line::note(Time(0), &"1".into(), None, "x".into())));
        };
        push(HISTORY.0 + 10);
        let all = HISTORY.0 as u64 + 10;
        for (from, missed, first, why) in [
            (0, Some(10), Some(11), "the oldest lines are dropped"),
            (10, None, Some(11), "everything that is kept"),
            (all - 1, None, Some(all), "the last one"),
            (all, None, None, "nothing new"),
            (all + 1, Some(10), Some(11), "of an earlier tap"),
        ] {
            let mut out = Vec::new();
            feed.write(from, &mut out);
            let out = String::from_utf8(out).unwrap();
            let missed = missed.map(|count| format!("event: missed\ndata: {count}\n\n")).unwrap_or_default();
            let first = first.map(|id| format!("id: {id}\n")).unwrap_or_default();
            assert!(out.starts_with(&format!("{missed}{first}")), "{why}: {out}");
            assert_eq!(out.is_empty(), first.is_empty(), "{why}: {out}");
        }
    }
}
