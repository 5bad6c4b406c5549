//! Both directions of a connection, read by its conversation and recorded: parts, violations, and where each unit
//! ends.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

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
    /// There are more than [`PARTS`] or [`VIOLATIONS`].
    pub(super) is_full: bool,
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

/// Parts that are recorded of a direction; what follows is not explained. Each takes about 400 bytes of memory.
const PARTS: usize = 500_000;

/// Violations that are recorded of a direction; what follows is not explained.
const VIOLATIONS: usize = 10_000;

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
        while let Some(rest) = watcher.rest(end).filter(|_| !watcher.is_full()) {
            let used = reader.read(sender, rest, is_end, watcher);
            let Some(used @ 1..) = used else {
                if is_end {
                    watcher.keep();
                }
                // Otherwise the unit is read again when more of it has arrived.
                watcher.forget();
                break;
            };
            watcher.keep();
            let end = watcher.advance(used);
            order.push((index, end));
        }
    }
    Recording { sides: watchers.map(Watcher::finish), order }
}

/// Holds what is reported of a unit until the unit is complete, and records it then.
struct Watcher<'a> {
    input: &'a [u8],
    recorder: Recorder<'a>,
    unit: RefCell<Unit>,
    violations: RefCell<Vec<Violation>>,
    parts: Cell<usize>,
}

/// The unit that is being read.
#[derive(Default)]
struct Unit {
    start: usize,
    /// The places and ids of its violations.
    noticed: HashSet<(usize, &'static str)>,
    /// Where the last of its parts begins.
    furthest: usize,
    marks: Vec<(&'static Part, Range<usize>, Option<String>)>,
}

impl<'a> Watcher<'a> {
    fn new(input: &'a [u8], reading: Reading) -> Self {
        let recorder = Recorder::new(input).with_reading(reading);
        let (unit, violations, parts) = Default::default();
        Self { input, recorder, unit, violations, parts }
    }

    /// What has arrived and is not read; `None`: nothing.
    fn rest(&self, end: usize) -> Option<&'a [u8]> {
        self.input.get(self.unit.borrow().start..end).filter(|rest| !rest.is_empty())
    }

    fn is_full(&self) -> bool {
        self.parts.get() >= PARTS || self.violations.borrow().len() >= VIOLATIONS
    }

    /// Records the parts of the unit.
    fn keep(&self) {
        for (part, span, value) in self.unit.borrow_mut().marks.drain(..) {
            let bytes = self.input.get(span).unwrap_or_default();
            match value {
                Some(value) => self.recorder.value(part, bytes, format_args!("{value}")),
                None => self.recorder.part(part, bytes),
            }
            self.parts.update(|parts| parts + 1);
        }
    }

    /// Begins the next unit, and returns where.
    fn advance(&self, used: usize) -> usize {
        let mut unit = self.unit.borrow_mut();
        unit.start += used;
        unit.noticed.clear();
        unit.start
    }

    fn forget(&self) {
        let mut unit = self.unit.borrow_mut();
        unit.marks.clear();
        unit.furthest = 0;
    }

    fn mark(&self, part: &'static Part, bytes: &[u8], value: Option<String>) {
        if let Some(span) = offsets(self.input, bytes) {
            let mut unit = self.unit.borrow_mut();
            unit.furthest = unit.furthest.max(span.start);
            unit.marks.push((part, span, value));
        }
    }

    fn finish(self) -> RecordedSide {
        let is_full = self.is_full();
        let mut violations = self.violations.into_inner();
        violations.sort_by_key(|violation| violation.at);
        RecordedSide { nodes: self.recorder.finish().0, violations, is_full }
    }
}

impl Watch for &Watcher<'_> {
    fn part(self, part: &'static Part, bytes: &[u8]) {
        self.mark(part, bytes, None);
    }

    fn value(self, part: &'static Part, bytes: &[u8], value: fmt::Arguments<'_>) {
        self.mark(part, bytes, Some(value.to_string()));
    }

    fn tolerates(self, rule: &'static Description, rest: &[u8]) -> bool {
        if let Some(span) = offsets(self.input, rest) {
            let mut unit = self.unit.borrow_mut();
            // A unit that was incomplete is read again.
            if unit.noticed.insert((span.start, rule.id)) {
                let violation = Violation { rule, at: span.start, unit: unit.start };
                self.violations.borrow_mut().push(violation);
            }
        }
        true
    }

    fn reading(self) -> Reading {
        self.recorder.reading()
    }

    fn retract(self, bytes: &[u8]) {
        if let Some(span) = offsets(self.input, bytes) {
            let mut unit = self.unit.borrow_mut();
            // Mostly there is nothing to retract, and a unit may have thousands of parts.
            if span.start <= unit.furthest {
                unit.marks.retain(|(_, mark, _)| !span.contains(&mark.start));
                unit.furthest = unit.marks.iter().map(|(_, mark, _)| mark.start).max().unwrap_or_default();
            }
        }
    }
}
