//! One line for each request or transfer, on standard error or in a file.
//!
//! Sessions append to a buffer of their thread; when the thread has nothing else to do, it hands the buffer
//! to one writing thread. A reader of the log that stops reading never stops the server: beyond 1,024 queued
//! buffers, lines are dropped and counted.

mod format;
mod output;
mod xferlog;

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

pub use format::{Format, Record};
use format::{rfc3339, write_record};
pub use output::{LogFile, LogOutput};
pub use xferlog::{TransferDirection, TransferRecord};

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
    queue: SyncSender<LogMessage>,
    /// The other end, until the writing thread takes it.
    waiting: Mutex<Option<Waiting>>,
}

/// What the writing thread takes.
struct Waiting {
    messages: Receiver<LogMessage>,
    output: LogOutput,
}

enum LogMessage {
    Lines(Vec<u8>),
    Reopen,
    Finish(SyncSender<()>),
}

/// Queues lines for `output` from now on, and logs panics. Without a format only problems are logged.
pub fn start(format: Option<Format>, output: LogOutput) {
    let (queue, messages) = sync_channel(QUEUE);
    let waiting = Waiting { messages, output };
    // A second start in one process keeps the first.
    let _ = WRITER.set(Writer { format, queue, waiting: Mutex::new(Some(waiting)) });
    std::panic::set_hook(Box::new(log_panic));
}

/// Starts the thread that writes the queued lines.
pub fn start_writing() -> std::io::Result<()> {
    let Some(waiting) = take_waiting() else { return Ok(()) };
    thread::Builder::new().name("log".into()).spawn(move || waiting.write_all())?;
    Ok(())
}

fn take_waiting() -> Option<Waiting> {
    WRITER.get()?.waiting.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Opens the log file again, after the lines that are queued. A failure is logged.
pub fn reopen() {
    hand_over();
    if let Some(writer) = WRITER.get() {
        // A full queue has lines for the old file; the next signal reopens it.
        let _ = writer.queue.try_send(LogMessage::Reopen);
    }
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
    if let Err(error) = writer.queue.try_send(LogMessage::Lines(lines)) {
        let (TrySendError::Full(message) | TrySendError::Disconnected(message)) = error;
        if let LogMessage::Lines(lines) = message {
            count_lost(&lines);
        }
    }
}

/// Waits until all queued lines are written, before the process ends: at most a second, since the reader of
/// the log may have stopped reading.
pub fn finish() {
    hand_over();
    if let Some(waiting) = take_waiting() {
        return waiting.write_queued();
    }
    let Some(writer) = WRITER.get() else { return };
    let deadline = Instant::now() + FINISH_TIMEOUT;
    let (done, wait) = sync_channel(1);
    let mut message = LogMessage::Finish(done);
    while let Err(TrySendError::Full(full)) = writer.queue.try_send(message) {
        if Instant::now() >= deadline {
            return;
        }
        message = full;
        thread::sleep(RETRY_INTERVAL);
    }
    let _ = wait.recv_timeout(deadline.saturating_duration_since(Instant::now()));
}

impl Waiting {
    /// Writes until the process ends.
    fn write_all(mut self) {
        while let Ok(message) = self.messages.recv() {
            self.write(message);
        }
    }

    /// Writes what is queued.
    fn write_queued(mut self) {
        while let Ok(message) = self.messages.try_recv() {
            self.write(message);
        }
    }

    fn write(&mut self, message: LogMessage) {
        match message {
            LogMessage::Lines(lines) => {
                if !self.output.write(&lines) {
                    return count_lost(&lines);
                }
                let lost = LOST.swap(0, Ordering::Relaxed);
                if lost > 0 {
                    let note = format!("{lost} log lines were dropped: they could not be written in time\n");
                    self.output.write(note.as_bytes());
                }
            }
            LogMessage::Reopen => {
                if let Err(error) = self.output.reopen() {
                    let what = format_args!("the log file is not opened again: {error}");
                    self.output.write(&note("problem", what));
                }
            }
            LogMessage::Finish(done) => drop(done.send(())),
        }
    }
}

fn count_lost(lines: &[u8]) {
    let count = lines.iter().filter(|&&byte| byte == b'\n').count();
    LOST.fetch_add(count as u64, Ordering::Relaxed);
}
