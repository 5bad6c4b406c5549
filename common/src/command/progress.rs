//! Shows a client's events: to a person by bars on a terminal and lines elsewhere, on standard error; to a
//! program on standard output, one JSON object a line.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::client::hint;
use super::templates::{of_total, of_transfer};
use crate::client::{ClientEvent, Fault, Hint, MirrorSummary, Reporter, TransferProgress};
use crate::log;

/// The least time between two progress events of a transfer.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);
/// How long a transfer takes before its bar is shown.
const BAR_DELAY: Duration = Duration::from_millis(250);
/// How often bars are drawn, per second.
const REDRAWS: u8 = 10;

/// The presentation of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Failures only.
    Quiet,
    /// To a person: a line for each transfer.
    Each,
    /// To a person: unusual events, and the totals.
    Sum,
    /// To a program.
    Json,
}

impl Style {
    /// A report whose events are shown in this style.
    pub fn report(self) -> Reporter {
        match self {
            Self::Json => {
                let last = RefCell::new(HashMap::new());
                Reporter::new(move |event| show_as_json(event, &mut last.borrow_mut()))
            }
            style => {
                let terminal = TerminalReport::new(style);
                Reporter::new(move |event| terminal.show(event))
            }
        }
    }
}

fn message(fault: &Fault) -> String {
    format!("{fault}{}", fault.hint.map_or("", hint))
}

/// Prints an event. `last` has the time of each transfer's last progress event, by its number.
fn show_as_json(event: &ClientEvent<'_>, last: &mut HashMap<u64, Instant>) {
    let (name, fields) = match *event {
        ClientEvent::Start(transfer) => {
            last.insert(transfer.number(), Instant::now());
            let (url, file, size) = (transfer.url(), transfer.file(), transfer.size());
            ("start", json!({ "url": url, "file": file, "size": size, "from": transfer.position() }))
        }
        ClientEvent::Advance(transfer, _) => {
            let Some(last) = last.get_mut(&transfer.number()) else { return };
            if last.elapsed() < PROGRESS_INTERVAL {
                return;
            }
            *last = Instant::now();
            let (bytes, size) = (transfer.position(), transfer.size());
            ("progress", json!({ "url": transfer.url(), "bytes": bytes, "size": size }))
        }
        ClientEvent::Retry(transfer, fault, wait) => {
            let (reason, wait) = (fault.to_string(), wait.as_secs_f64());
            ("retry", json!({ "url": transfer.url(), "reason": reason, "wait": wait }))
        }
        ClientEvent::Done(transfer) => {
            let (bytes, seconds) = (transfer.position(), transfer.elapsed().as_secs_f64());
            let (url, file) = (transfer.url(), transfer.file());
            ("done", json!({ "url": url, "file": file, "bytes": bytes, "seconds": seconds }))
        }
        ClientEvent::End(transfer) => {
            last.remove(&transfer.number());
            return;
        }
        ClientEvent::Fail { what, url, fault } => {
            // A person may be reading standard error.
            log::to_stderr(format_args!("{what}: {}", message(fault)));
            ("error", json!({ "url": url, "kind": fault.kind.name(), "message": message(fault) }))
        }
        ClientEvent::Skip { name, reason } => ("skip", json!({ "name": name, "reason": reason })),
        ClientEvent::WouldCopy { name, size } => {
            ("transfer", json!({ "name": name, "size": size, "dry_run": true }))
        }
        ClientEvent::Remove { name, dry_run: true } => ("delete", json!({ "name": name, "dry_run": true })),
        ClientEvent::Remove { name, dry_run: false } => ("delete", json!({ "name": name })),
        ClientEvent::Summary { summary, dry_run } => {
            let MirrorSummary { transferred, bytes, unchanged, deleted, links, skipped, failed } = *summary;
            let fields = json!({
                "transferred": transferred, "bytes": bytes, "unchanged": unchanged,
                "deleted": deleted, "links": links, "skipped": skipped, "failed": failed, "dry_run": dry_run,
            });
            ("summary", fields)
        }
        ClientEvent::Queue(_) | ClientEvent::Note(_) => return,
    };
    print(name, &fields);
}

/// `fields` is an object that is not empty.
fn print(name: &str, fields: &Value) {
    // The kind of event is the first member, for human readers.
    let fields = fields.to_string();
    let line = format!("{{\"event\":\"{name}\",{}\n", fields.strip_prefix('{').unwrap_or("}"));
    // A program that has stopped reading gets no more.
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}

struct TerminalReport {
    style: Style,
    started: Instant,
    bars: Option<MultiProgress>,
    /// The bar of each transfer, by its number, and whether it is shown.
    of_transfers: RefCell<HashMap<u64, (ProgressBar, bool)>>,
    /// The URLs of transfers that ended and can be resumed, until their failure is shown.
    kept: RefCell<HashSet<String>>,
    /// The bar of all queued files, below the others.
    total: RefCell<Total>,
}

/// The files that are queued so far.
struct Total {
    bar: ProgressBar,
    is_shown: bool,
    files: u64,
    /// Queued files whose size is not known yet.
    unsized_files: u64,
    done: u64,
}

impl TerminalReport {
    fn new(style: Style) -> Self {
        let has_bars = style != Style::Quiet && std::io::stderr().is_terminal();
        let bars =
            has_bars.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(REDRAWS)));
        let bar = ProgressBar::hidden();
        bar.set_length(0);
        let total = Total { bar, is_shown: false, files: 0, unsized_files: 0, done: 0 }.into();
        let (of_transfers, kept) = (RefCell::default(), RefCell::default());
        Self { style, started: Instant::now(), bars, of_transfers, kept, total }
    }

    fn show(&self, event: &ClientEvent<'_>) {
        match *event {
            ClientEvent::Start(transfer) => self.start(transfer),
            ClientEvent::Advance(transfer, bytes) => self.advance(transfer, bytes),
            ClientEvent::Retry(transfer, fault, wait) => {
                let (url, wait) = (transfer.url(), wait.as_secs_f64());
                self.line(&format!("'{url}': {fault}; trying again in {wait:.1} s"));
            }
            ClientEvent::Queue(size) => self.queue(size),
            ClientEvent::Done(transfer) => {
                self.clear(transfer);
                self.count();
                let (bytes, seconds) = (transfer.position(), transfer.elapsed().as_secs_f64());
                // The rate counts neither bytes from before this run nor bytes that were transferred again.
                let gained = bytes.saturating_sub(transfer.resumed_at());
                let rate = HumanBytes((gained as f64 / seconds.max(0.001)) as u64);
                let (file, bytes) = (transfer.file(), HumanBytes(bytes));
                self.detail(&format!("{file}  {bytes} in {seconds:.1} s, {rate}/s"));
            }
            ClientEvent::End(transfer) => {
                self.clear(transfer);
                if transfer.is_kept() && self.style == Style::Each {
                    self.kept.borrow_mut().insert(transfer.url().to_owned());
                }
            }
            // Failures are shown in every style.
            ClientEvent::Fail { what, url, fault } => {
                let is_kept = self.kept.borrow_mut().remove(url) && fault.hint.is_none();
                let resume = if is_kept { hint(Hint::Resume) } else { "" };
                self.print(&format!("{what}: {}{resume}", message(fault)));
            }
            ClientEvent::Skip { name, reason } => self.line(&format!("'{name}' is left out: {reason}")),
            ClientEvent::WouldCopy { name, .. } => self.answer(&format!("'{name}' would be transferred")),
            ClientEvent::Remove { name, dry_run: true } => self.answer(&format!("'{name}' would be removed")),
            ClientEvent::Remove { name, dry_run: false } => self.detail(&format!("'{name}' is removed")),
            ClientEvent::Summary { summary, dry_run: true } => self.answer(&in_words(summary, true)),
            ClientEvent::Summary { summary, dry_run: false } => {
                self.clear_total();
                let seconds = self.started.elapsed().as_secs_f64();
                let rate = HumanBytes((summary.bytes as f64 / seconds.max(0.001)) as u64);
                self.line(&format!("{}, in {seconds:.1} s, {rate}/s", in_words(summary, false)));
            }
            ClientEvent::Note(line) => self.line(line),
        }
    }

    /// A line, unless the style is quiet.
    fn line(&self, line: &str) {
        if self.style != Style::Quiet {
            self.print(line);
        }
    }

    /// A line, if the style has one for each transfer.
    fn detail(&self, line: &str) {
        if self.style == Style::Each {
            self.print(line);
        }
    }

    /// A line of a dry run, which is the requested result and so is written to standard output.
    fn answer(&self, line: &str) {
        if self.style == Style::Quiet {
            return;
        }
        let write = || {
            let mut out = std::io::stdout().lock();
            // A program that has stopped reading gets no more.
            let _ = writeln!(out, "{line}").and_then(|()| out.flush());
        };
        match &self.bars {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }

    fn print(&self, line: &str) {
        match &self.bars {
            // Above the bars.
            Some(bars) => bars.suspend(|| log::to_stderr(format_args!("{line}"))),
            None => log::to_stderr(format_args!("{line}")),
        }
    }

    fn start(&self, transfer: &TransferProgress) {
        if self.bars.is_none() {
            return;
        }
        let mut bars = self.of_transfers.borrow_mut();
        let new = || {
            let mut total = self.total.borrow_mut();
            if let (Some(size), Some(rest)) = (transfer.size(), total.unsized_files.checked_sub(1)) {
                total.unsized_files = rest;
                total.bar.inc_length(size);
            }
            // Bytes of an earlier run are not transferred.
            total.bar.set_length(total.bar.length().unwrap_or(0).saturating_sub(transfer.position()));
            (ProgressBar::hidden().with_message(transfer.file().to_owned()), false)
        };
        let (bar, _) = bars.entry(transfer.number()).or_insert_with(new);
        bar.set_style(style(of_transfer(columns(), transfer.size().is_some())));
        match transfer.size() {
            Some(size) => bar.set_length(size),
            None => bar.unset_length(),
        }
        bar.set_position(transfer.position());
        // The rate does not count the bytes of an earlier attempt.
        bar.reset_eta();
    }

    /// Moves the bar, which is shown after a while: most transfers end earlier.
    fn advance(&self, transfer: &TransferProgress, bytes: u64) {
        let mut of_transfers = self.of_transfers.borrow_mut();
        let (Some(bars), Some((bar, is_shown))) = (&self.bars, of_transfers.get_mut(&transfer.number()))
        else {
            return;
        };
        bar.inc(bytes);
        let mut total = self.total.borrow_mut();
        total.bar.inc(bytes);
        if !total.is_shown && total.files > 1 && self.started.elapsed() >= BAR_DELAY {
            total.is_shown = true;
            total.bar.set_style(style(of_total(columns())));
            total.bar = bars.add(total.bar.clone());
        }
        if !*is_shown && transfer.elapsed() >= BAR_DELAY {
            *is_shown = true;
            *bar = match total.is_shown {
                true => bars.insert_before(&total.bar, bar.clone()),
                false => bars.insert(0, bar.clone()),
            };
        }
    }

    fn queue(&self, size: Option<u64>) {
        let mut total = self.total.borrow_mut();
        total.files += 1;
        total.unsized_files += u64::from(size.is_none());
        total.bar.inc_length(size.unwrap_or(0));
        total.bar.set_message(format!("{}/{} files", total.done, total.files));
    }

    fn count(&self) {
        let mut total = self.total.borrow_mut();
        total.done += 1;
        total.bar.set_message(format!("{}/{} files", total.done, total.files));
    }

    fn clear_total(&self) {
        let total = self.total.borrow();
        if let (true, Some(bars)) = (total.is_shown, &self.bars) {
            total.bar.finish_and_clear();
            bars.remove(&total.bar);
        }
    }

    fn clear(&self, transfer: &TransferProgress) {
        let bar = self.of_transfers.borrow_mut().remove(&transfer.number());
        if let (Some((bar, _)), Some(bars)) = (bar, &self.bars) {
            bar.finish_and_clear();
            bars.remove(&bar);
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// The width of the terminal; that of most if it does not know its own.
fn columns() -> u16 {
    let size = rustix::termios::tcgetwinsize(std::io::stderr());
    size.map(|size| size.ws_col).ok().filter(|columns| *columns > 0).unwrap_or(80)
}

fn in_words(summary: &MirrorSummary, dry_run: bool) -> String {
    let MirrorSummary { transferred, bytes, unchanged, deleted, links, skipped, failed } = *summary;
    let (would_be, moved) = (if dry_run { "would be: " } else { "" }, HumanBytes(bytes));
    let mut line = format!("{would_be}{transferred} transferred ({moved}), {unchanged} unchanged");
    let counts = [(deleted, "removed"), (links, "links left out"), (skipped, "left out"), (failed, "failed")];
    for (count, what) in counts {
        if count > 0 {
            line.push_str(&format!(", {count} {what}"));
        }
    }
    line
}
