//! One line for each request or transfer, on standard error.
//!
//! Sessions append to a buffer of their thread; when the thread has nothing else to do, it hands the buffer
//! to one writing thread. A reader of the log that stops reading never stops the server: beyond 1,024 queued
//! buffers, lines are dropped and counted.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::fmt;
use std::io::Write;
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use crate::escape::Escaped;
use crate::net::clock;
use crate::net::peer::Peer;

/// Buffers of lines that may be queued for the writing thread.
const QUEUE: usize = 1_024;
/// How long an ending process waits for the reader of its log.
const FINISH_TIMEOUT: Duration = Duration::from_secs(1);
/// How often it tries to queue its last message.
const RETRY_INTERVAL: Duration = Duration::from_millis(10);
/// A thread that is never idle hands its lines over at this size, in bytes.
const HAND_OVER_SIZE: usize = 32 << 10;

static WRITER: OnceLock<Writer> = OnceLock::new();
static LOST: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Writer {
    format: Option<Format>,
    queue: SyncSender<Message>,
    /// The other end, until the writing thread takes it.
    waiting: Mutex<Option<Receiver<Message>>>,
}

enum Message {
    Lines(Vec<u8>),
    Finish(SyncSender<()>),
}

/// The format of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Format {
    /// A line for people.
    ///
    /// `2026-11-23T18:51:00Z 192.0.2.7 http - "GET /a" 200 1024 0.000120`, and if there are any,
    /// `stored="a.txt, b.txt"` and `reason="was not found"`.
    #[default]
    Text,
    /// The Common Log Format of web servers.
    Clf,
    /// One JSON object a line.
    Json,
}

/// A request that was answered, or a transfer that ended.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The peer's address.
    pub peer: Peer,
    /// `http` or `ftp`.
    pub protocol: &'static str,
    /// The name of the user.
    pub user: Option<&'a [u8]>,
    /// The request as received: `b"GET /a HTTP/1.1"`, `b"RETR a"`.
    pub request: &'a [u8],
    /// The status or reply code.
    pub code: u16,
    /// Bytes of content that were sent.
    pub bytes: u64,
    /// From the request's arrival to the end of its answer.
    pub duration: Duration,
    /// Whether the whole answer was sent.
    pub completed: bool,
    /// The names of the files that a form stored, one a line and escaped; else empty.
    pub stored: &'a str,
    /// Why the request was refused, perhaps in several lines; else empty.
    pub reason: &'a str,
}

/// Queues lines from now on, and logs panics. Without a format only problems are logged.
pub fn start(format: Option<Format>) {
    let (queue, waiting) = sync_channel(QUEUE);
    // A second start in one process keeps the first.
    let _ = WRITER.set(Writer { format, queue, waiting: Mutex::new(Some(waiting)) });
    std::panic::set_hook(Box::new(log_panic));
}

/// Starts the thread that writes the queued lines.
pub fn start_writing() -> std::io::Result<()> {
    let Some(waiting) = take_waiting() else { return Ok(()) };
    thread::Builder::new().name("log".into()).spawn(move || waiting.iter().for_each(write))?;
    Ok(())
}

fn take_waiting() -> Option<Receiver<Message>> {
    WRITER.get()?.waiting.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Whether requests are logged; otherwise a session need not make a record.
pub fn is_on() -> bool {
    WRITER.get().is_some_and(|writer| writer.format.is_some())
}

/// Logs one request or transfer.
pub fn record(record: &Record<'_>) {
    let Some(format) = WRITER.get().and_then(|writer| writer.format) else { return };
    let long = LINES.with_borrow_mut(|lines| {
        write_record(lines, format, record, OffsetDateTime::from(clock::now()));
        lines.len() >= HAND_OVER_SIZE
    });
    if long {
        hand_over();
    }
}

/// Logs a problem of the server itself.
pub fn problem(what: fmt::Arguments<'_>) {
    hand_over();
    enqueue(note("problem", what));
}

/// Logs an action that the operator requested, for instance by a signal.
pub fn notice(what: fmt::Arguments<'_>) {
    hand_over();
    enqueue(note("notice", what));
}

/// Logs a line as it is, in the order of the other lines of this thread.
pub fn line(text: fmt::Arguments<'_>) {
    if WRITER.get().is_none() {
        return;
    }
    let long = LINES.with_borrow_mut(|lines| {
        // Writing to memory cannot fail.
        let _ = writeln!(lines, "{text}");
        lines.len() >= HAND_OVER_SIZE
    });
    if long {
        hand_over();
    }
}

fn note(kind: &str, what: fmt::Arguments<'_>) -> Vec<u8> {
    format!("{} {kind}: {what}\n", rfc3339(OffsetDateTime::from(clock::now()))).into_bytes()
}

/// Logs a panic. The default hook would wait for the reader of standard error, and so would all sessions of
/// the thread.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let thread = thread::current();
    let name = thread.name().unwrap_or("unnamed");
    let mut lines =
        note("problem", format_args!("thread '{name}' {}", Escaped(panic.to_string().as_bytes())));
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        lines.extend_from_slice(backtrace.to_string().as_bytes());
    }
    // Not with the thread's other lines: writing them may be what panicked.
    enqueue(lines);
}

/// Writes a line to standard error. Errors are ignored, as when it is full or closed.
pub fn to_stderr(line: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Hands the lines of this thread to the writing thread; a runtime does so when it has nothing else to do.
pub fn hand_over() {
    let Ok(lines) = LINES.try_with(RefCell::take) else { return };
    if !lines.is_empty() {
        enqueue(lines);
    }
}

fn enqueue(lines: Vec<u8>) {
    let Some(writer) = WRITER.get() else { return };
    if let Err(error) = writer.queue.try_send(Message::Lines(lines)) {
        let (TrySendError::Full(message) | TrySendError::Disconnected(message)) = error;
        if let Message::Lines(lines) = message {
            let count = lines.iter().filter(|&&byte| byte == b'\n').count();
            LOST.fetch_add(count as u64, Ordering::Relaxed);
        }
    }
}

/// Waits until all queued lines are written, before the process ends: at most a second, since the reader of
/// the log may have stopped reading.
pub fn finish() {
    hand_over();
    if let Some(waiting) = take_waiting() {
        return waiting.try_iter().for_each(write);
    }
    let Some(writer) = WRITER.get() else { return };
    let deadline = Instant::now() + FINISH_TIMEOUT;
    let (done, wait) = sync_channel(1);
    let mut message = Message::Finish(done);
    while let Err(TrySendError::Full(full)) = writer.queue.try_send(message) {
        if Instant::now() >= deadline {
            return;
        }
        message = full;
        thread::sleep(RETRY_INTERVAL);
    }
    let _ = wait.recv_timeout(deadline.saturating_duration_since(Instant::now()));
}

fn write(message: Message) {
    let mut to = std::io::stderr();
    match message {
        Message::Lines(lines) => {
            // Without standard error, the failure cannot be reported.
            let _ = to.write_all(&lines);
            let lost = LOST.swap(0, Ordering::Relaxed);
            if lost > 0 {
                let _ = writeln!(to, "{lost} log lines were dropped: their reader is too slow");
            }
        }
        Message::Finish(done) => drop(done.send(())),
    }
}

fn write_record(to: &mut Vec<u8>, format: Format, record: &Record<'_>, now: OffsetDateTime) {
    let Record { peer, protocol, code, bytes, .. } = record;
    let (request, user) = (Escaped(record.request), Escaped(record.user.unwrap_or(b"-")));
    let seconds = record.duration.as_secs_f64();
    let written = match format {
        Format::Text => {
            let cut = if record.completed { "" } else { " aborted" };
            let (stored, reason) =
                (listed("stored", record.stored, ", "), listed("reason", record.reason, "; "));
            writeln!(
                to,
                "{} {peer} {protocol} {user} \"{request}\" {code} {bytes} {seconds:.6}{cut}{stored}{reason}",
                rfc3339(now)
            )
        }
        Format::Clf => writeln!(to, "{peer} - {user} [{}] \"{request}\" {code} {bytes}", clf_time(now)),
        Format::Json => {
            let line = serde_json::json!({
                "time": rfc3339(now).to_string(),
                "peer": peer.to_string(),
                "protocol": protocol,
                "user": record.user.map(|user| Escaped(user).to_string()),
                "request": request.to_string(),
                "code": code,
                "bytes": bytes,
                "seconds": seconds,
                "completed": record.completed,
                "stored": record.stored.lines().collect::<Vec<_>>(),
                "reason": (!record.reason.is_empty()).then_some(record.reason),
            });
            writeln!(to, "{line}")
        }
    };
    // Writing to memory cannot fail.
    debug_assert!(written.is_ok());
}

/// ` stored="a.txt, b.txt"`; nothing if there are no lines.
fn listed(name: &str, lines: &str, separator: &str) -> String {
    match lines.lines().collect::<Vec<_>>().join(separator) {
        text if text.is_empty() => text,
        text => format!(" {name}=\"{}\"", Escaped(text.as_bytes())),
    }
}

/// `2026-11-23T18:51:00Z`
fn rfc3339(at: OffsetDateTime) -> impl fmt::Display {
    let (date, (hour, minute, second)) = (at.date(), at.to_hms());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    fmt::from_fn(move |f| write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

/// `23/Nov/2026:18:51:00 +0000`
fn clf_time(at: OffsetDateTime) -> impl fmt::Display {
    let (date, (hour, minute, second)) = (at.date(), at.to_hms());
    let (day, month, year) = (date.day(), date.month().to_string(), date.year());
    fmt::from_fn(move |f| write!(f, "{day:02}/{month:.3}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_look_like_this() {
        let record = Record {
            peer: Peer::Inet("192.0.2.7:4000".parse().unwrap()),
            protocol: "http",
            user: None,
            request: b"GET /a\x1b\" HTTP/1.1",
            code: 200,
            bytes: 1_024,
            duration: Duration::from_micros(120),
            completed: false,
            stored: "a.txt\nb.txt",
            reason: "took 2 files, but not all. Not stored:\n\"c\u{1b}\": exists already",
        };
        let now = OffsetDateTime::from_unix_timestamp(1_795_459_860).unwrap();
        for (format, expected) in [
            (
                Format::Text,
                "2026-11-23T18:51:00Z 192.0.2.7 http - \"GET /a\\x1b\\\" HTTP/1.1\" 200 1024 0.000120 aborted \
                 stored=\"a.txt, b.txt\" reason=\"took 2 files, but not all. Not stored:; \\\"c\\x1b\\\": exists already\"\n",
            ),
            (
                Format::Clf,
                "192.0.2.7 - - [23/Nov/2026:18:51:00 +0000] \"GET /a\\x1b\\\" HTTP/1.1\" 200 1024\n",
            ),
            (
                Format::Json,
                "{\"bytes\":1024,\"code\":200,\"completed\":false,\"peer\":\"192.0.2.7\",\"protocol\":\"http\",\
                 \"reason\":\"took 2 files, but not all. Not stored:\\n\\\"c\\u001b\\\": exists already\",\
                 \"request\":\"GET /a\\\\x1b\\\\\\\" HTTP/1.1\",\"seconds\":0.00012,\
                 \"stored\":[\"a.txt\",\"b.txt\"],\"time\":\"2026-11-23T18:51:00Z\",\"user\":null}\n",
            ),
        ] {
            let mut line = Vec::new();
            write_record(&mut line, format, &record, now);
            assert_eq!(String::from_utf8(line).unwrap(), expected, "{format:?}");
        }
    }
}
