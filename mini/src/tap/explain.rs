//! Explains what the relay forwards: reads the bytes of each connection in units, masks secrets, and hands each unit
//! to the outputs. It runs on a thread of its own and knows no socket.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use ftp_wire::conversation::{DataHint, DataKind};
use syntax::conversation::{Conversation as _, Sender};
use syntax::record::{Node, RecordedViolation, Recorder, UNPARSED};
use syntax::rule::{Language, Severity};

use super::line::{Line, Parsed};
use super::output::Outputs;
use super::protocol::TapProtocol;
use super::queue::{Events, Opening, TapEvent, TapEventKind, Time, other};
use super::speech::Speech;
use super::words::Note;

/// A unit of at least this length without inner parts is content: the first is shown, and later ones are
/// counted.
const BULK: usize = 2 << 10;
/// How often counted content is reported, in microseconds.
const REPORT: u64 = 500_000;
/// The most bytes of an incomplete unit (256 KiB); then they are skipped.
const INCOMPLETE: usize = 256 << 10;
/// The most announced data connections of a control connection that have not started.
const MAX_HINTS: usize = 64;

pub(super) struct Explainer {
    language: Language,
    outputs: Outputs,
    is_replay: bool,
    connections: HashMap<Arc<str>, Connection>,
}

struct Connection {
    opening: Opening,
    speech: Option<Speech>,
    /// The content of its next data connections.
    data: VecDeque<DataHint>,
    client: Side,
    server: Side,
}

/// The source of bytes, and their time.
#[derive(Clone, Copy)]
struct Origin<'a> {
    time: Time,
    name: &'a Arc<str>,
    sender: Sender,
}

/// The bytes of one end.
#[derive(Default)]
struct Side {
    /// The start of a unit.
    incomplete: Vec<u8>,
    /// Bytes are missing, and no place was found where reading can restart.
    is_lost: bool,
    /// Bytes skipped since then.
    passed_over: u64,
    run: Option<Run>,
}

/// Counted content.
struct Run {
    field: &'static str,
    units: u64,
    bytes: u64,
    reported: Time,
}

impl Connection {
    fn new(opening: Opening) -> Self {
        let (client, server) = (Side::default(), Side::default());
        Self { opening, speech: None, data: VecDeque::new(), client, server }
    }

    fn side(&mut self, sender: Sender) -> &mut Side {
        match sender {
            Sender::Client => &mut self.client,
            Sender::Server => &mut self.server,
        }
    }

    /// Bytes of this end are missing. Parsing restarts for both ends, because each depends on the other.
    fn lose(&mut self, sender: Sender) {
        if let Some(speech) = &mut self.speech {
            speech.restart();
        }
        let side = self.side(sender);
        side.incomplete.clear();
        side.is_lost = true;
    }
}

impl Explainer {
    pub(super) fn new(language: Language, outputs: Outputs, is_replay: bool) -> Self {
        Self { language, outputs, is_replay, connections: HashMap::new() }
    }

    /// Explains until the queue is closed.
    pub(super) fn run(mut self, events: &Events) {
        while let Some(event) = events.next() {
            self.explain(event);
        }
    }

    fn explain(&mut self, TapEvent { time, connection: name, kind }: TapEvent) {
        self.outputs.record(time, &name, &kind);
        if let TapEventKind::Opened(opening) = kind {
            self.note(time, &name, None, &Note::Opened(&opening));
            self.connections.insert(name, Connection::new(opening));
            return;
        }
        let Some(mut connection) = self.connections.remove(&name) else { return };
        let from = |sender| Origin { time, name: &name, sender };
        match kind {
            TapEventKind::Opened(_) => {}
            TapEventKind::Bytes(sender, piece) => {
                self.read(from(sender), &mut connection, piece.bytes(), false);
            }
            TapEventKind::Skipped(sender, bytes) => {
                self.end_run(from(sender), &mut connection);
                self.note(time, &name, Some(sender), &Note::Skipped(bytes));
                connection.lose(sender);
            }
            TapEventKind::Rewritten(sender, line) => {
                self.note(time, &name, Some(sender), &Note::Rewritten(&line));
            }
            TapEventKind::Ended(sender) => {
                self.end(from(sender), &mut connection);
                self.note(time, &name, Some(sender), &Note::Ended);
            }
            TapEventKind::Broken(why) => self.note(time, &name, None, &Note::Broken(&why)),
            TapEventKind::Closed => {
                self.end(from(Sender::Client), &mut connection);
                self.end(from(Sender::Server), &mut connection);
                return self.note(time, &name, None, &Note::Closed);
            }
        }
        self.connections.insert(name, connection);
    }

    /// Reads the units that are complete with these bytes.
    fn read(&mut self, from: Origin<'_>, connection: &mut Connection, bytes: &[u8], is_end: bool) {
        if connection.speech.is_none()
            && let Some(first) = bytes.first()
        {
            let protocol = TapProtocol::detect(connection.opening.protocol, from.sender, *first);
            if connection.opening.protocol != Some(protocol) {
                self.note(from.time, from.name, None, &Note::Detected(protocol));
            }
            connection.speech = Some(Speech::new(protocol, self.kind(from.name, &connection.opening)));
        }
        let mut held = std::mem::take(&mut connection.side(from.sender).incomplete);
        let input = if held.is_empty() {
            Cow::Borrowed(bytes)
        } else {
            held.extend_from_slice(bytes);
            Cow::Owned(held)
        };
        let mut rest = &*input;
        while !rest.is_empty() {
            let used = self.unit(from, connection, rest, is_end);
            rest = rest.get(used..).unwrap_or_default();
            if used == 0 {
                break;
            }
        }
        connection.side(from.sender).incomplete = rest.to_vec();
    }

    /// No more bytes will arrive.
    fn end(&mut self, from: Origin<'_>, connection: &mut Connection) {
        self.read(from, connection, &[], true);
        self.end_run(from, connection);
        self.end_passing_over(from, connection);
    }

    fn end_passing_over(&mut self, from: Origin<'_>, connection: &mut Connection) {
        let passed_over = std::mem::take(&mut connection.side(from.sender).passed_over);
        if passed_over > 0 {
            self.note(from.time, from.name, Some(from.sender), &Note::Skipped(passed_over));
        }
    }

    /// The content of a data connection, from the dialogue of its control connection, `3` for `3.1`.
    fn kind(&mut self, name: &str, opening: &Opening) -> DataKind {
        let control = name.split_once('.').and_then(|(control, _)| self.connections.get_mut(control));
        let Some(control) = control else { return DataKind::Content };
        let is_this = |hint: &DataHint| match hint.announced.listener {
            Sender::Client => hint.announced.port == opening.client.port(),
            Sender::Server => hint.announced.port == opening.server.port(),
        };
        let at = control.data.iter().position(is_this);
        at.and_then(|at| control.data.remove(at)).map_or(DataKind::Content, |hint| hint.kind)
    }

    /// Reads the unit at the start of the bytes and returns its length, 0 if it is incomplete.
    fn unit(&mut self, from: Origin<'_>, connection: &mut Connection, rest: &[u8], is_end: bool) -> usize {
        if connection.side(from.sender).is_lost {
            let begins = connection.speech.as_ref().is_some_and(|speech| speech.can_begin(from.sender, rest));
            let side = connection.side(from.sender);
            if !begins {
                side.passed_over += rest.len() as u64;
                return rest.len();
            }
            side.is_lost = false;
            self.end_passing_over(from, connection);
        }
        let Some(speech) = &mut connection.speech else { return rest.len() };
        let recorder = Recorder::new(rest);
        let used = match speech.read(from.sender, rest, is_end, &recorder) {
            Some(used) if used > 0 => used.min(rest.len()),
            _ if is_end || rest.len() > INCOMPLETE => rest.len(),
            _ => return 0,
        };
        let port = speech.take_port();
        if let Some(hint) = speech.take_data().filter(|_| connection.data.len() < MAX_HINTS) {
            connection.data.push_back(hint);
        }
        let (mut nodes, mut faults) = recorder.finish();
        nodes.retain_mut(|node| {
            node.span.end = node.span.end.min(used);
            !node.span.is_empty()
        });
        faults.retain(|fault| fault.at <= used && !(self.is_replay && is_of_mask(fault, rest)));
        let bytes = rest.get(..used).unwrap_or_default();
        self.show(from, connection, bytes, Parsed { nodes, faults, port });
        used
    }

    fn show(&mut self, from: Origin<'_>, connection: &mut Connection, bytes: &[u8], mut parsed: Parsed) {
        let Origin { time, name, sender } = from;
        let masked = masked(bytes, &mut parsed.nodes, !self.outputs.shows_passwords);
        self.outputs.record_bytes(time, name, sender, &masked);
        let bulk = match &*parsed.nodes {
            [node] if bytes.len() >= BULK && node.children.iter().all(|child| child.children.is_empty()) => {
                Some(node.part.name).filter(|_| parsed.faults.is_empty())
            }
            _ => None,
        };
        let run = connection.side(sender).run.as_mut().filter(|run| Some(run.field) == bulk);
        let is_counted = run.is_some();
        if let Some(run) = run {
            run.units += 1;
            run.bytes += bytes.len() as u64;
            if time.0.saturating_sub(run.reported.0) < REPORT {
                return;
            }
        }
        self.end_run(from, connection);
        connection.side(sender).run = bulk.map(|field| Run { field, units: 0, bytes: 0, reported: time });
        if is_counted {
            return;
        }
        if bulk.is_none() {
            // The other end's content is complete, or of no interest while this one speaks.
            self.end_run(Origin { sender: other(sender), ..from }, connection);
        }
        let shown = if self.outputs.shows_passwords { Cow::Borrowed(bytes) } else { masked };
        self.outputs.show(&Line::of_unit(time, name, sender, &shown, &parsed, self.language));
    }

    /// Reports the counted content.
    fn end_run(&mut self, Origin { time, name, sender }: Origin<'_>, connection: &mut Connection) {
        if let Some(Run { field, units, bytes, .. }) = connection.side(sender).run.take()
            && units > 0
        {
            self.note(time, name, Some(sender), &Note::More(field, units, bytes));
        }
    }

    fn note(&mut self, time: Time, name: &Arc<str>, sender: Option<Sender>, note: &Note<'_>) {
        self.outputs.show(&Line::note(time, name, sender, note.text(self.language)));
    }
}

/// The bytes with `*` in place of secrets. If `removes_values`, no part that contains a secret keeps its value.
fn masked<'a>(bytes: &'a [u8], nodes: &mut [Node], removes_values: bool) -> Cow<'a, [u8]> {
    let mut masked = Cow::Borrowed(bytes);
    for node in nodes {
        mask(node, &mut masked, removes_values);
    }
    masked
}

/// Masks the secrets of a part. Returns whether there is one.
fn mask(node: &mut Node, bytes: &mut Cow<'_, [u8]>, removes_values: bool) -> bool {
    let of_node = bytes.get(node.span.clone()).unwrap_or_default();
    let mut is_secret = node.part.is_secret || (*node.part == UNPARSED && may_be_secret(of_node));
    if is_secret && let Some(secret) = bytes.to_mut().get_mut(node.span.clone()) {
        // Line ends stay, so that the same units are read from a recording.
        secret.iter_mut().filter(|byte| !matches!(byte, b'\r' | b'\n')).for_each(|byte| *byte = b'*');
    }
    for child in &mut node.children {
        is_secret |= mask(child, bytes, removes_values);
    }
    if is_secret && removes_values {
        node.value = None;
    }
    is_secret
}

/// Whether the `*` in place of a secret breaks a rule about the form of a value.
fn is_of_mask(fault: &RecordedViolation, bytes: &[u8]) -> bool {
    bytes.get(fault.at) == Some(&b'*') && matches!(fault.rule.severity, Severity::Breaks | Severity::Unusual)
}

/// Whether bytes that no parser recognised name something that is masked where it is recognised.
fn may_be_secret(bytes: &[u8]) -> bool {
    const NAMES: [&[u8]; 4] = [b"authorization", b"cookie", b"pass", b"token"];
    let lower = bytes.to_ascii_lowercase();
    NAMES.iter().any(|name| memchr::memmem::find(&lower, name).is_some())
}

#[cfg(test)]
mod tests;
