//! The events of a client, which a program can show.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::fault::Fault;
use crate::escape::printable;

/// An event. Names, URLs and texts are printable.
#[derive(Debug)]
pub enum ClientEvent<'a> {
    /// A transfer starts, for the first time or in another attempt.
    Start(&'a TransferProgress),
    /// This many more bytes were transferred.
    Advance(&'a TransferProgress, u64),
    /// An attempt failed; the next one starts after this time.
    Retry(&'a TransferProgress, &'a Fault, Duration),
    /// A transfer is complete.
    Done(&'a TransferProgress),
    /// A transfer has ended, complete or not.
    End(&'a TransferProgress),
    /// An item failed, and the client continues with the others.
    Fail {
        /// The failed action, such as `cannot get 'URL'`.
        what: &'a str,
        /// The URL or path.
        url: &'a str,
        /// The reason.
        fault: &'a Fault,
    },
    /// A mirror skips an entry.
    Skip {
        /// Its path.
        name: &'a str,
        /// The reason.
        reason: &'a str,
    },
    /// A mirror will copy a file of this size, if it is known.
    Queue(Option<u64>),
    /// A mirror would copy a file, in a dry run.
    WouldCopy {
        /// Its path.
        name: &'a str,
        /// Its size in bytes, if that is known.
        size: Option<u64>,
    },
    /// A mirror has removed an entry, or would remove it.
    Remove {
        /// Its path.
        name: &'a str,
        /// Nothing is changed.
        dry_run: bool,
    },
    /// A mirror is done.
    Summary {
        /// What it did, or would do.
        summary: &'a MirrorSummary,
        /// Nothing was changed.
        dry_run: bool,
    },
    /// An unusual event, in words.
    Note(&'a str),
}

/// The counts of a mirror.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MirrorSummary {
    /// Files that were transferred, or would be.
    pub transferred: u64,
    /// Bytes that were transferred.
    pub bytes: u64,
    /// Files that were the same already.
    pub unchanged: u64,
    /// Files and directories that were removed, or would be.
    pub deleted: u64,
    /// Links that were left out.
    pub links: u64,
    /// Entries that cannot be stored safely.
    pub skipped: u64,
    /// Files and directories that could not be copied, read or removed.
    pub failed: u64,
}

type Receive = dyn Fn(&ClientEvent<'_>);

/// Receives events. Clones share the receiver.
#[derive(Clone, Default)]
pub struct Reporter(Rc<Shared>);

#[derive(Default)]
struct Shared {
    receive: Option<Box<Receive>>,
    failure: RefCell<Option<Fault>>,
    has_moved: Cell<bool>,
    transfers: Cell<u64>,
}

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report").finish_non_exhaustive()
    }
}

impl Reporter {
    /// A report that passes events to `receive`; [`Reporter::default`] ignores them.
    pub fn new(receive: impl Fn(&ClientEvent<'_>) + 'static) -> Self {
        Self(Rc::new(Shared { receive: Some(Box::new(receive)), ..Shared::default() }))
    }

    /// Starts a transfer. `url` is its remote end and `file` the user's name of the local one; both may
    /// contain a peer's bytes.
    pub fn transfer(&self, url: &str, file: &str) -> TransferProgress {
        let number = self.0.transfers.get();
        self.0.transfers.set(number + 1);
        TransferProgress {
            report: self.clone(),
            number,
            url: printable(url.as_bytes()).into_owned(),
            file: printable(file.as_bytes()).into_owned(),
            moved: Cell::new(0),
            at: Cell::new(0),
            begun: Cell::new(None),
            size: Cell::new(None),
            is_kept: Cell::new(false),
            started: Instant::now(),
        }
    }

    /// Reports a failure after which the client continues. `what` is the failed action, such as `cannot get
    /// 'URL'`.
    pub fn fail(&self, what: &str, url: &str, fault: &Fault) {
        self.event(&ClientEvent::Fail { what, url: &printable(url.as_bytes()), fault });
        self.0.failure.borrow_mut().get_or_insert_with(|| fault.clone());
    }

    /// The first failure that was reported.
    pub fn first_failure(&self) -> Option<Fault> {
        self.0.failure.borrow().clone()
    }

    pub(super) fn has_moved(&self) -> bool {
        self.0.has_moved.get()
    }

    /// Reports an unusual event.
    pub fn note(&self, line: &str) {
        self.event(&ClientEvent::Note(line));
    }

    /// Reports an event.
    pub fn event(&self, event: &ClientEvent<'_>) {
        if let Some(receive) = &self.0.receive {
            receive(event);
        }
    }
}

/// One transfer and its progress.
#[derive(Debug)]
pub struct TransferProgress {
    report: Reporter,
    number: u64,
    url: String,
    file: String,
    /// Bytes of all attempts.
    moved: Cell<u64>,
    /// The position, in bytes from the start of the file.
    at: Cell<u64>,
    /// The position at which the first attempt started.
    begun: Cell<Option<u64>>,
    size: Cell<Option<u64>>,
    started: Instant,
    is_kept: Cell<bool>,
}

impl TransferProgress {
    /// Reports that an attempt starts at this offset.
    pub fn start(&self, size: Option<u64>, from: u64) {
        self.size.set(size);
        self.at.set(from);
        self.begun.set(self.begun.get().or(Some(from)));
        self.report.event(&ClientEvent::Start(self));
    }

    /// Reports that this many more bytes were transferred.
    pub fn advance(&self, bytes: u64) {
        self.moved.set(self.moved.get() + bytes);
        self.at.set(self.at.get() + bytes);
        self.report.0.has_moved.set(self.report.has_moved() || bytes > 0);
        self.report.event(&ClientEvent::Advance(self, bytes));
    }

    /// Sets whether the next run can resume the transfer if this one fails.
    pub fn keep(&self, is_kept: bool) {
        self.is_kept.set(is_kept);
    }

    /// Its number among those of the report.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Bytes that have moved in all attempts.
    pub fn moved(&self) -> u64 {
        self.moved.get()
    }

    /// The position, in bytes from the start of the file.
    pub fn position(&self) -> u64 {
        self.at.get()
    }

    /// The size of the whole file in bytes, if known.
    pub fn size(&self) -> Option<u64> {
        self.size.get()
    }

    /// The position at which the first attempt started.
    pub fn resumed_at(&self) -> u64 {
        self.begun.get().unwrap_or_default()
    }

    /// The time since it started.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Whether the next run can resume it.
    pub fn is_kept(&self) -> bool {
        self.is_kept.get() && self.moved() > 0
    }

    /// The local end, printable.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The remote end, printable.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The report that receives its events.
    pub fn report(&self) -> &Reporter {
        &self.report
    }

    pub(super) fn retry(&self, fault: &Fault, wait: Duration) {
        self.report.event(&ClientEvent::Retry(self, fault, wait));
    }

    /// Reports that it is complete. Returns the bytes that have moved in all attempts.
    pub fn done(self) -> u64 {
        self.keep(false);
        self.report.event(&ClientEvent::Done(&self));
        self.moved()
    }
}

impl Drop for TransferProgress {
    fn drop(&mut self) {
        self.report.event(&ClientEvent::End(self));
    }
}
