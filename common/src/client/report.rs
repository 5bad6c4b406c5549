//! What a client tells meanwhile: a person by bars on a terminal and lines elsewhere, on standard error; a
//! program by events on standard output, one JSON object a line. What a peer sent stands in it escaped.

use std::cell::{Cell, RefCell};
use std::io::{IsTerminal as _, Write as _};
use std::rc::Rc;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::fault::{Fault, Hint};
use crate::escape::printable;
use crate::log;

/// The least time between two events that tell how far a transfer has come.
const EVERY: Duration = Duration::from_millis(500);
/// How long a transfer goes on before it has a bar.
const PATIENCE: Duration = Duration::from_millis(250);
/// How often bars are drawn, in a second.
const DRAWN: u8 = 10;

const BAR: &str = "{prefix} {bar:24.green} {bytes}/{total_bytes} {bytes_per_sec} {eta} left";
const OPEN_END: &str = "{prefix} {spinner} {bytes} {bytes_per_sec}";

/// Who is told, and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Nobody, but for failures.
    Quiet,
    /// A person: a line for each transfer.
    Each,
    /// A person: what is out of the ordinary, and the sum.
    Sum,
    /// A program.
    Json,
}

/// Tells what goes on. Clones tell the same.
#[derive(Clone, Debug)]
pub struct Report(Rc<Shared>);

#[derive(Debug)]
struct Shared {
    style: Style,
    hints: fn(Hint) -> &'static str,
    /// The bars of a terminal.
    bars: Option<MultiProgress>,
    failures: RefCell<Option<Fault>>,
    has_moved: Cell<bool>,
}

impl Report {
    /// Reports without hints.
    pub fn new(style: Style) -> Self {
        Self::with_hints(style, |_| "")
    }

    /// Reports with hints, each appended to a failure's text: `; trust it with --cacert FILE`.
    pub fn with_hints(style: Style, hints: fn(Hint) -> &'static str) -> Self {
        let has_bars = matches!(style, Style::Each | Style::Sum) && std::io::stderr().is_terminal();
        let bars =
            has_bars.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(DRAWN)));
        let (failures, has_moved) = (RefCell::new(None), Cell::new(false));
        Self(Rc::new(Shared { style, hints, bars, failures, has_moved }))
    }

    /// A transfer that begins. `url` is its remote end and `file` what the user calls the local one; both
    /// may hold a peer's bytes.
    pub fn transfer(&self, url: &str, file: &str) -> Transfer {
        let now = Instant::now();
        Transfer {
            report: self.clone(),
            url: printable(url.as_bytes()).into_owned(),
            file: printable(file.as_bytes()).into_owned(),
            moved: Cell::new(0),
            at: Cell::new(0),
            begun: Cell::new(None),
            size: Cell::new(None),
            is_shown: Cell::new(false),
            is_kept: Cell::new(false),
            started: now,
            told: Cell::new(now),
            bar: RefCell::new(None),
        }
    }

    /// Something failed, and the rest goes on. `what` is what was not done, as in `cannot get 'URL'`.
    pub fn fail(&self, what: &str, url: &str, fault: &Fault) {
        let url = printable(url.as_bytes());
        let kind = fault.kind.name();
        let message = format!("{fault}{}", fault.hint.map_or("", self.0.hints));
        self.event("error", &json!({ "url": url, "kind": kind, "message": message }));
        // Failures are told whatever the style; to a program as well, whose user may look.
        self.tell(&format!("{what}: {message}"));
        self.0.failures.borrow_mut().get_or_insert_with(|| fault.clone());
    }

    /// The first failure that was told.
    pub fn first_failure(&self) -> Option<Fault> {
        self.0.failures.borrow().clone()
    }

    /// Whether content has moved, in whichever transfer.
    pub(super) fn has_moved(&self) -> bool {
        self.0.has_moved.get()
    }

    /// A line for a person.
    pub fn line(&self, line: &str) {
        if matches!(self.0.style, Style::Each | Style::Sum) {
            self.tell(line);
        }
    }

    /// A line for a person who wants one for each transfer.
    pub(super) fn detail(&self, line: &str) {
        if self.0.style == Style::Each {
            self.tell(line);
        }
    }

    fn tell(&self, line: &str) {
        match &self.0.bars {
            // Above the bars.
            Some(bars) => bars.suspend(|| log::to_stderr(format_args!("{line}"))),
            None => log::to_stderr(format_args!("{line}")),
        }
    }

    /// `fields` are an object that is not empty.
    pub(super) fn event(&self, name: &str, fields: &Value) {
        if self.0.style != Style::Json {
            return;
        }
        // The kind of event comes first, for people who look.
        let fields = fields.to_string();
        let line = format!("{{\"event\":\"{name}\",{}\n", fields.strip_prefix('{').unwrap_or("}"));
        // A program that has stopped reading is not told any more.
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    }
}

/// One transfer, of which it is told how far it has come.
#[derive(Debug)]
pub struct Transfer {
    report: Report,
    url: String,
    file: String,
    /// Bytes of all attempts.
    moved: Cell<u64>,
    /// How far it has come, in bytes from the beginning of the file.
    at: Cell<u64>,
    /// Where the first attempt began.
    begun: Cell<Option<u64>>,
    size: Cell<Option<u64>>,
    started: Instant,
    told: Cell<Instant>,
    bar: RefCell<Option<ProgressBar>>,
    is_shown: Cell<bool>,
    is_kept: Cell<bool>,
}

impl Transfer {
    /// Content begins to move, from this offset on. It may begin more than once, when it is tried again.
    pub fn start(&self, size: Option<u64>, from: u64) {
        self.size.set(size);
        self.at.set(from);
        self.begun.set(self.begun.get().or(Some(from)));
        let (url, file) = (&self.url, &self.file);
        self.report.event("start", &json!({ "url": url, "file": file, "size": size, "from": from }));
        if self.report.0.bars.is_some() {
            let mut bar = self.bar.borrow_mut();
            let bar = bar.get_or_insert_with(|| ProgressBar::hidden().with_prefix(self.file.clone()));
            dress(bar, size, from);
        }
    }

    /// So many bytes more have moved.
    pub fn advance(&self, bytes: u64) {
        self.moved.set(self.moved.get() + bytes);
        self.at.set(self.at.get() + bytes);
        self.report.0.has_moved.set(self.report.has_moved() || bytes > 0);
        self.draw(bytes);
        if self.report.0.style == Style::Json && self.told.get().elapsed() >= EVERY {
            self.told.set(Instant::now());
            let fields = json!({ "url": self.url, "bytes": self.at.get(), "size": self.size.get() });
            self.report.event("progress", &fields);
        }
    }

    /// Whether what has moved is there for the next run, should this one not come to the end.
    pub fn keep(&self, is_kept: bool) {
        self.is_kept.set(is_kept);
    }

    /// Moves the bar, which is shown when the transfer has gone on for a while: most are over before.
    fn draw(&self, bytes: u64) {
        let mut bar = self.bar.borrow_mut();
        let Some(bar) = bar.as_mut() else { return };
        bar.inc(bytes);
        if let Some(bars) = &self.report.0.bars
            && !self.is_shown.get()
            && self.started.elapsed() >= PATIENCE
        {
            self.is_shown.set(true);
            *bar = bars.add(bar.clone());
        }
    }

    /// Bytes that have moved in all attempts.
    pub fn moved(&self) -> u64 {
        self.moved.get()
    }

    /// What the user calls the local end.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The remote end, printable.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Who tells.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// An attempt failed, and after a while there is another one.
    pub fn retry(&self, fault: &Fault, wait: Duration) {
        let wait = wait.as_secs_f64();
        let fields = json!({ "url": self.url, "reason": fault.to_string(), "wait": wait });
        self.report.event("retry", &fields);
        self.report.line(&format!("'{}': {fault}; trying again in {wait:.1} s", self.url));
    }

    /// It is whole. Returns the bytes that have moved in all attempts.
    pub fn done(self) -> u64 {
        let (bytes, took) = (self.at.get(), self.started.elapsed());
        let seconds = took.as_secs_f64();
        let fields = json!({ "url": self.url, "file": self.file, "bytes": bytes, "seconds": seconds });
        self.report.event("done", &fields);
        self.clear();
        self.keep(false);
        // What came again, or had come before, is no part of the rate.
        let gained = bytes.saturating_sub(self.begun.get().unwrap_or_default());
        let rate = HumanBytes((gained as f64 / seconds.max(0.001)) as u64);
        self.report.detail(&format!("{}  {} in {seconds:.1} s, {rate}/s", self.file, HumanBytes(bytes)));
        self.moved()
    }

    fn clear(&self) {
        if let (Some(bar), Some(bars)) = (self.bar.take(), &self.report.0.bars) {
            bar.finish_and_clear();
            bars.remove(&bar);
        }
    }
}

/// Gives a bar its form.
fn dress(bar: &ProgressBar, size: Option<u64>, at: u64) {
    let style = ProgressStyle::with_template(if size.is_some() { BAR } else { OPEN_END });
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    match size {
        Some(size) => bar.set_length(size),
        None => bar.unset_length(),
    }
    bar.set_position(at);
    // What an earlier attempt brought is no part of the rate.
    bar.reset_eta();
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.clear();
        if self.is_kept.get() && self.moved.get() > 0 {
            let hint = (self.report.0.hints)(Hint::Resume);
            self.report.detail(&format!("'{}' was moved in part{hint}", self.file));
        }
    }
}
