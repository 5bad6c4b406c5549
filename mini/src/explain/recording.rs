//! Both directions of a connection, read by its conversation and recorded: parts, violations, and where each unit
//! ends.

use std::cell::{Cell, RefCell};
use std::fmt;

use syntax::conversation::{Conversation as _, Sender};
use syntax::record::{Node, Recorder};
use syntax::rule::Description;
use syntax::watch::{Part, Reading, Watch, offsets};

use super::connection::Connection;
use super::conversations::Reader;

/// What was recorded of both directions.
#[derive(Debug)]
pub(super) struct Recording {
    /// What the client sends and what the server sends.
    pub(super) sides: [RecordedSide; 2],
    /// The units in the order in which they were complete: their sender (0: the client), and where they end.
    pub(super) order: Vec<(usize, usize)>,
}

/// What was recorded of one direction.
#[derive(Debug, PartialEq)]
pub(super) struct RecordedSide {
    pub(super) nodes: Vec<Node>,
    pub(super) violations: Vec<Violation>,
}

/// A broken rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) rule: &'static Description,
    /// Offset of the offending byte; the end of its unit if something is missing there.
    pub(super) at: usize,
    /// Where the unit begins in which it was noticed.
    pub(super) unit: usize,
}

/// Reads both directions in the order of arrival; after a violation with two lenient readings, by this one.
pub(super) fn record(connection: &Connection, reading: Reading) -> Recording {
    let mut reader = Reader::new(connection.protocol());
    let watcher = |sender| Watcher::new(connection.sent_by(sender), reading);
    let watchers = [watcher(Sender::Client), watcher(Sender::Server)];
    let mut order = Vec::new();
    let arrivals = connection.arrivals.iter().map(|&(sender, end)| (sender, end, false));
    let ends =
        [Sender::Client, Sender::Server].map(|sender| (sender, connection.sent_by(sender).len(), true));
    for (sender, end, is_end) in arrivals.chain(ends) {
        let index = usize::from(sender == Sender::Server);
        let Some(watcher) = watchers.get(index) else { continue };
        while let Some(rest) = watcher.rest(end) {
            let Some(used @ 1..) = reader.read(sender, rest, is_end, watcher) else {
                if !is_end {
                    // The unit is read again when more of it has arrived.
                    watcher.retract(rest);
                }
                break;
            };
            watcher.unit.update(|at| at + used);
            order.push((index, watcher.unit.get()));
        }
    }
    Recording { sides: watchers.map(Watcher::finish), order }
}

/// A recorder that knows which unit is being read.
struct Watcher<'a> {
    input: &'a [u8],
    recorder: Recorder<'a>,
    /// Where the unit begins.
    unit: Cell<usize>,
    violations: RefCell<Vec<Violation>>,
}

impl<'a> Watcher<'a> {
    fn new(input: &'a [u8], reading: Reading) -> Self {
        let recorder = Recorder::new(input).with_reading(reading);
        Self { input, recorder, unit: Cell::default(), violations: RefCell::default() }
    }

    /// What has arrived and is not read; `None`: nothing.
    fn rest(&self, end: usize) -> Option<&'a [u8]> {
        self.input.get(self.unit.get()..end).filter(|rest| !rest.is_empty())
    }

    fn finish(self) -> RecordedSide {
        let mut violations = self.violations.into_inner();
        violations.sort_by_key(|violation| violation.at);
        RecordedSide { nodes: self.recorder.finish().0, violations }
    }
}

impl Watch for &Watcher<'_> {
    fn part(self, part: &'static Part, bytes: &[u8]) {
        self.recorder.part(part, bytes);
    }

    fn value(self, part: &'static Part, bytes: &[u8], value: fmt::Arguments<'_>) {
        self.recorder.value(part, bytes, value);
    }

    fn tolerates(self, rule: &'static Description, rest: &[u8]) -> bool {
        if let Some(span) = offsets(self.input, rest) {
            let violation = Violation { rule, at: span.start, unit: self.unit.get() };
            let mut violations = self.violations.borrow_mut();
            // A unit that was incomplete is read again.
            if !violations
                .iter()
                .rev()
                .take_while(|other| other.unit == violation.unit)
                .any(|other| *other == violation)
            {
                violations.push(violation);
            }
        }
        true
    }

    fn reading(self) -> Reading {
        self.recorder.reading()
    }

    fn retract(self, bytes: &[u8]) {
        self.recorder.retract(bytes);
    }
}
