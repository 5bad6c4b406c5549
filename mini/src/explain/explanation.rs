//! The explanation of an input: its parts and violations as data, which every output shows.
//!
//! Secrets are masked here, before anything is shown. Serialized, it is the JSON output.

use serde::{Serialize, Serializer};
use syntax::conversation::Sender;
use syntax::record::{Node, UNPARSED};
use syntax::rule::{Description, Language, Severity, Text};
use syntax::watch::Reading;

use common::escape::Escaped;

use super::connection::Connection;
use super::input::{Format, Input};
use super::reads::{self, Read};
use super::recording::{RecordedSide, Recording, UnitViolation, record};

/// Bytes of a part that its value shows; an ellipsis replaces the others.
const VALUE: usize = 4_096;

/// The options of an explanation.
#[derive(Clone, Debug, Default)]
pub(super) struct ExplainOptions {
    pub(super) language: Language,
    /// Passwords, tokens and cookies are shown.
    pub(super) shows_secrets: bool,
    /// The ends of the reads in which the input arrives.
    pub(super) reads: Vec<usize>,
}

/// An explained input.
#[derive(Debug, Serialize)]
pub(super) struct Explanation {
    /// `http-request`, `dialogue`, `capture`.
    pub(super) kind: &'static str,
    /// The parts of the input, which cover it: the bytes of one end, or the packets of a capture.
    #[serde(flatten)]
    pub(super) input: Option<Side>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) connections: Vec<Dialogue>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) reads: Vec<Read>,
}

/// Both directions of a connection.
#[derive(Debug, Serialize)]
pub(super) struct Dialogue {
    pub(super) protocol: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) server: Option<String>,
    /// Of a data connection: the index of its control connection, and the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) control: Option<(usize, String)>,
    /// The bytes of the client and of the server.
    pub(super) directions: [Side; 2],
    /// After each arrival that completed a part: its sender (0: the client), and the end of that part.
    pub(super) order: Vec<(usize, usize)>,
}

/// The bytes of one end.
#[derive(Debug, Default, Serialize)]
pub(super) struct Side {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sender: Option<&'static str>,
    pub(super) spans: Vec<Span>,
    pub(super) faults: Vec<ExplainedViolation>,
    /// The parts in the second lenient reading, if it differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) second_reading: Vec<Span>,
    /// It has more parts than are explained; the last span contains the rest.
    #[serde(rename = "truncated", skip_serializing_if = "is_false")]
    pub(super) is_full: bool,
    /// Bytes that a capture lacks at its end.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) missing: usize,
    /// The bytes, with secrets masked.
    #[serde(skip)]
    pub(super) bytes: Vec<u8>,
    /// The same as text of the letters U+0000 to U+00FF, for the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
}

/// A part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Span {
    pub(super) start: usize,
    /// The offset after its last byte.
    pub(super) end: usize,
    pub(super) field: &'static str,
    pub(super) value: String,
    /// Whether the value is the meaning of the bytes instead of the bytes.
    #[serde(skip)]
    pub(super) is_meaning: bool,
    pub(super) rfc: &'static str,
    pub(super) children: Vec<Span>,
    /// The worst violation at a byte of this part and of none of its children.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) broken: Option<BrokenRule>,
}

/// The rule that a part breaks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct BrokenRule {
    pub(super) rule: &'static str,
    #[serde(serialize_with = "severity")]
    pub(super) severity: Severity,
}

/// A violation.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ExplainedViolation {
    #[serde(serialize_with = "id")]
    pub(super) rule: &'static Description,
    /// Offset of the offending byte; the end of its part if something is missing there.
    pub(super) at: usize,
    /// The byte at which it is shown.
    pub(super) marked: usize,
    #[serde(serialize_with = "severity")]
    pub(super) severity: Severity,
    pub(super) rfc: &'static str,
    pub(super) fault: &'static str,
    pub(super) requires: &'static str,
    pub(super) why: &'static str,
    pub(super) fix: &'static str,
    /// Whether the bytes after it were skipped, up to a place where parsing could start again.
    #[serde(rename = "guessed")]
    pub(super) is_guessed: bool,
}

fn id<S: Serializer>(rule: &&'static Description, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(rule.id)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn severity<S: Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(severity.name())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Explains an input.
pub(super) fn explain(input: Input, options: &ExplainOptions) -> Explanation {
    let Input { format, connections } = input;
    let reads = match connections.as_slice() {
        [connection] if !options.reads.is_empty() => reads::simulate(connection, &options.reads),
        _ => Vec::new(),
    };
    let mut dialogues: Vec<_> =
        connections.into_iter().map(|connection| dialogue(connection, options)).collect();
    let (kind, input) = match format {
        Format::Bytes(kind) => {
            let sides = dialogues.pop().map(|dialogue| dialogue.directions);
            let sender = sender_name(kind.sender());
            let side = sides.into_iter().flatten().find(|side| side.sender == Some(sender));
            (kind.name(), side.map(|side| Side { sender: None, ..side }))
        }
        Format::Dialogue => ("dialogue", None),
        Format::Capture(nodes) => ("capture", Some(packets(nodes))),
    };
    Explanation { kind, input, connections: dialogues, reads }
}

/// The packets of a capture. Their bytes are shown with the connections, where secrets are recognised.
fn packets(nodes: Vec<Node>) -> Side {
    let spans = nodes.into_iter().map(|node| Span::of(node, b"", true)).collect();
    Side { spans, ..Side::default() }
}

fn sender_name(sender: Sender) -> &'static str {
    match sender {
        Sender::Client => "client",
        Sender::Server => "server",
    }
}

fn dialogue(connection: Connection, options: &ExplainOptions) -> Dialogue {
    let Recording { sides, order } = record(&connection, Reading::First);
    let has_violations = sides.iter().any(|side| !side.violations.is_empty());
    let second = has_violations.then(|| record(&connection, Reading::Second).sides);
    let [client_reading, server_reading] = second.map_or([None, None], |sides| sides.map(Some));
    let protocol = connection.protocol().name();
    let Connection { ends, client, server, control, missing, .. } = connection;
    let side = |sender, recorded, second, bytes| {
        let gap = missing.iter().find(|(lacking, _)| *lacking == sender).map_or(0, |(_, gap)| gap.len());
        Side { missing: gap, ..side(sender, recorded, second, bytes, options) }
    };
    let [of_client, of_server] = sides;
    let directions = [
        side(Sender::Client, of_client, client_reading, client),
        side(Sender::Server, of_server, server_reading, server),
    ];
    Dialogue {
        protocol,
        client: ends.map(|(client, _)| client.to_string()),
        server: ends.map(|(_, server)| server.to_string()),
        control: control.map(|control| (control.connection, control.command)),
        directions,
        order,
    }
}

fn side(
    sender: Sender,
    RecordedSide { nodes, violations, is_full, .. }: RecordedSide,
    second: Option<RecordedSide>,
    mut bytes: Vec<u8>,
    options: &ExplainOptions,
) -> Side {
    let second = second.map(|side| side.nodes).filter(|second| *second != nodes).unwrap_or_default();
    let faults: Vec<_> = violations.iter().map(|broken| fault(broken, &nodes, options.language)).collect();
    if !options.shows_secrets {
        nodes.iter().chain(&second).for_each(|node| mask(node, &mut bytes));
    }
    let of_nodes = |nodes: Vec<Node>| -> Vec<Span> {
        nodes.into_iter().map(|node| Span::of(node, &bytes, options.shows_secrets)).collect()
    };
    let (mut spans, second_reading) = (of_nodes(nodes), of_nodes(second));
    faults.iter().for_each(|fault| mark(&mut spans, fault));
    Side {
        sender: Some(sender_name(sender)),
        spans,
        faults,
        second_reading,
        is_full,
        missing: 0,
        bytes,
        text: None,
    }
}

/// Masks the secrets of a part, keeping their length.
fn mask(node: &Node, bytes: &mut [u8]) {
    match node.part.is_secret {
        true => bytes.get_mut(node.span.clone()).unwrap_or_default().fill(b'*'),
        false => node.children.iter().for_each(|child| mask(child, bytes)),
    }
}

impl Span {
    /// A recorded part of these bytes. The meaning of secret bytes is omitted.
    fn of(node: Node, bytes: &[u8], shows_secrets: bool) -> Self {
        let Node { part, span, value, children } = node;
        let meaning = value.filter(|_| shows_secrets || !(part.is_secret || children.iter().any(has_secret)));
        let text = shown(bytes.get(span.clone()).unwrap_or_default());
        let meaning = meaning.filter(|meaning| *meaning != text);
        let (is_meaning, value) = (meaning.is_some(), meaning.unwrap_or(text));
        let children = children.into_iter().map(|child| Self::of(child, bytes, shows_secrets)).collect();
        Self {
            start: span.start,
            end: span.end,
            field: part.name,
            value,
            is_meaning,
            rfc: part.source,
            children,
            broken: None,
        }
    }
}

/// Bytes as text; unprintable ones are escaped.
fn shown(bytes: &[u8]) -> String {
    let (first, end) = bytes.get(..VALUE).map_or((bytes, ""), |first| (first, "\u{2026}"));
    let has_name = |byte: &u8| matches!(byte, b'\r' | b'\n' | b'\t');
    let mut text = String::new();
    for chunk in first.chunk_by(|one, other| !has_name(one) && !has_name(other)) {
        match chunk {
            b"\r" => text.push_str("\\r"),
            b"\n" => text.push_str("\\n"),
            b"\t" => text.push_str("\\t"),
            other => text.push_str(&Escaped(other).to_string()),
        }
    }
    text + end
}

fn has_secret(node: &Node) -> bool {
    node.part.is_secret || node.children.iter().any(has_secret)
}

fn fault(broken: &UnitViolation, nodes: &[Node], language: Language) -> ExplainedViolation {
    let Description { source, fault, requires, why, fix, .. } = broken.rule;
    let text = |text: &Text| text.in_language(language);
    let unit = nodes.partition_point(|node| node.span.end <= broken.unit);
    let mut of_unit = nodes.iter().skip(unit);
    let end = of_unit.next().map_or(broken.at, |node| node.span.end);
    ExplainedViolation {
        rule: broken.rule,
        at: broken.at,
        // A missing byte is marked after the last byte of its unit.
        marked: if broken.at > broken.unit && broken.at == end { end - 1 } else { broken.at },
        severity: broken.rule.severity,
        rfc: source,
        fault: text(fault),
        requires: text(requires),
        why: text(why),
        fix: text(fix),
        is_guessed: is_guessed(nodes, broken.at),
    }
}

/// Whether bytes were skipped after this byte: in its part at the top, or directly after it.
fn is_guessed(nodes: &[Node], at: usize) -> bool {
    let index = nodes.partition_point(|node| node.span.end <= at).min(nodes.len().saturating_sub(1));
    nodes.iter().skip(index).take(2).any(|node| *node.part == UNPARSED)
}

/// Marks the innermost part at a violation.
fn mark(spans: &mut [Span], fault: &ExplainedViolation) {
    let index = spans.partition_point(|span| span.end <= fault.marked).min(spans.len().saturating_sub(1));
    let Some(span) = spans.get_mut(index) else { return };
    if span.children.iter().any(|child| (child.start..child.end).contains(&fault.marked)) {
        return mark(&mut span.children, fault);
    }
    if span.broken.is_none_or(|worse| fault.severity < worse.severity) {
        span.broken = Some(BrokenRule { rule: fault.rule.id, severity: fault.severity });
    }
}

#[cfg(test)]
mod tests;
