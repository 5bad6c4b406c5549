//! Both directions of a connection, read by its conversation and recorded: parts, violations, and where each unit
//! ends.

use syntax::conversation::{Conversation as _, Sender};
use syntax::record::{Node, RecordedViolation, Recorder, UNPARSED};
use syntax::rule::Description;
use syntax::watch::Reading;

use super::connection::Connection;
use super::conversations::Reader;

/// The recording of both directions.
#[derive(Debug)]
pub(super) struct Recording {
    /// The bytes of the client and of the server.
    pub(super) sides: [RecordedSide; 2],
    /// The units in the order in which they were complete: their sender (0: the client), and where they end.
    pub(super) order: Vec<(usize, usize)>,
}

/// The recording of one direction.
#[derive(Debug, Default, PartialEq)]
pub(super) struct RecordedSide {
    pub(super) nodes: Vec<Node>,
    pub(super) violations: Vec<UnitViolation>,
    /// There are more than [`PARTS`] or [`VIOLATIONS`].
    pub(super) is_full: bool,
    /// Bytes that were read.
    length: usize,
    parts: usize,
}

/// A broken rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnitViolation {
    pub(super) rule: &'static Description,
    /// Offset of the offending byte; the end of its unit if something is missing there.
    pub(super) at: usize,
    /// The start of the unit in which it was detected.
    pub(super) unit: usize,
}

/// The most recorded parts of a direction; the rest is not explained. Each takes about 400 bytes of memory.
const PARTS: usize = 500_000;

/// The most recorded violations of a direction; the rest is not explained.
const VIOLATIONS: usize = 10_000;

/// Reads both directions in the order of arrival; after a violation with two lenient readings, by this one.
pub(super) fn record(connection: &Connection, reading: Reading) -> Recording {
    let mut reader = Reader::new(connection.protocol());
    let mut sides = [RecordedSide::default(), RecordedSide::default()];
    let mut order = Vec::new();
    let arrivals = connection.arrivals.iter().map(|&(sender, end)| (sender, end, false));
    let ends =
        [Sender::Client, Sender::Server].map(|sender| (sender, connection.sent_by(sender).len(), true));
    for (sender, end, is_end) in arrivals.chain(ends) {
        let index = usize::from(sender == Sender::Server);
        let Some(side) = sides.get_mut(index) else { continue };
        while let Some(rest) =
            connection.sent_by(sender).get(side.length..end).filter(|rest| !rest.is_empty())
        {
            if side.is_full {
                side.pass(rest.len());
                break;
            }
            // A unit that is incomplete is read again when more of it has arrived.
            let recorder = Recorder::new(rest).with_reading(reading);
            match reader.read(sender, rest, is_end, &recorder) {
                Some(used @ 1..) => {
                    side.add(recorder, used);
                    order.push((index, side.length));
                }
                _ if is_end => side.add(recorder, rest.len()),
                _ => break,
            }
        }
    }
    Recording { sides, order }
}

impl RecordedSide {
    /// Adds a unit of this length.
    fn add(&mut self, recorder: Recorder<'_>, length: usize) {
        let (nodes, faults) = recorder.finish_at(length);
        let unit = self.length;
        self.parts += nodes.iter().map(Node::count).sum::<usize>();
        for mut node in nodes {
            node.shift(unit);
            self.push(node);
        }
        let violation =
            |fault: RecordedViolation| UnitViolation { rule: fault.rule, at: unit + fault.at, unit };
        self.violations.extend(faults.into_iter().map(violation));
        self.length += length;
        self.is_full = self.parts >= PARTS || self.violations.len() >= VIOLATIONS;
    }

    /// Adds bytes that are not explained.
    fn pass(&mut self, length: usize) {
        let span = self.length..self.length + length;
        self.push(Node { part: &UNPARSED, span, value: None, children: Vec::new() });
        self.length += length;
    }

    fn push(&mut self, node: Node) {
        match self.nodes.last_mut() {
            Some(last) if last.part == &UNPARSED && node.part == &UNPARSED => last.span.end = node.span.end,
            _ => self.nodes.push(node),
        }
    }
}
