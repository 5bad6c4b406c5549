//! The display of a unit or an event: one line, the parts of the unit, and the rules that it breaks.

use std::sync::Arc;

use common::escape::Escaped;
use serde::Serialize;
use syntax::conversation::Sender;
use syntax::record::{Node, RecordedViolation};
use syntax::rule::Language;

use super::queue::Time;
use super::words::Note;

/// The most bytes shown of a unit, and of a part of it.
const SHOWN: usize = 2 << 10;
const SHOWN_OF_PART: usize = 256;

/// The reports of the parsers about a unit.
pub(super) struct Parsed {
    pub(super) nodes: Vec<Node>,
    pub(super) faults: Vec<RecordedViolation>,
    /// The port of an announced data connection.
    pub(super) port: Option<u16>,
}

/// A line of the terminal, an entry of the page.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    #[serde(serialize_with = "milliseconds")]
    pub(super) time: Time,
    #[serde(serialize_with = "string")]
    pub(super) connection: Arc<str>,
    #[serde(serialize_with = "name")]
    pub(super) sender: Option<Sender>,
    /// Bytes of a peer, escaped; or a note of the tap.
    pub(super) text: String,
    pub(super) is_note: bool,
    /// The meaning of parts, if it is not obvious from their bytes.
    pub(super) meaning: String,
    pub(super) parts: Vec<ShownPart>,
    pub(super) faults: Vec<ShownFault>,
}

/// A part, as `mini explain --output json` names its fields.
#[derive(Debug, Serialize)]
pub(super) struct ShownPart {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) field: &'static str,
    pub(super) value: Option<String>,
    pub(super) rfc: &'static str,
    pub(super) text: String,
    pub(super) children: Vec<ShownPart>,
}

#[derive(Debug, Serialize)]
pub(super) struct ShownFault {
    pub(super) rule: &'static str,
    pub(super) at: usize,
    pub(super) severity: &'static str,
    pub(super) rfc: &'static str,
    pub(super) fault: &'static str,
    pub(super) requires: &'static str,
    pub(super) why: &'static str,
    pub(super) fix: &'static str,
}

impl Line {
    /// The line of a unit: its printable bytes, and the reports of the parsers.
    pub(super) fn of_unit(
        time: Time,
        connection: &Arc<str>,
        sender: Sender,
        bytes: &[u8],
        parsed: &Parsed,
        language: Language,
    ) -> Self {
        let parts: Vec<ShownPart> = parsed.nodes.iter().map(|node| part(node, bytes)).collect();
        let mut meanings = Vec::new();
        parts.iter().for_each(|part| meaning(part, &mut meanings));
        meanings.extend(parsed.port.map(|port| Note::Announced(port).text(language)));
        Self {
            text: text(bytes, SHOWN),
            is_note: false,
            meaning: meanings.join(", "),
            parts,
            faults: parsed.faults.iter().map(|fault| ShownFault::new(fault, language)).collect(),
            ..Self::note(time, connection, Some(sender), String::new())
        }
    }

    pub(super) fn note(time: Time, connection: &Arc<str>, sender: Option<Sender>, text: String) -> Self {
        let (meaning, parts, faults) = (String::new(), Vec::new(), Vec::new());
        Self { time, connection: Arc::clone(connection), sender, text, is_note: true, meaning, parts, faults }
    }
}

/// The meaning of parts; omitted inside a part whose meaning covers them.
fn meaning(part: &ShownPart, meanings: &mut Vec<String>) {
    match &part.value {
        Some(value) => meanings.push(format!("{}: {value}", part.field)),
        None => part.children.iter().for_each(|child| meaning(child, meanings)),
    }
}

impl ShownFault {
    fn new(&RecordedViolation { rule, at, .. }: &RecordedViolation, language: Language) -> Self {
        Self {
            rule: rule.id,
            at,
            severity: rule.severity.name(),
            rfc: rule.source,
            fault: rule.fault.in_language(language),
            requires: rule.requires.in_language(language),
            why: rule.why.in_language(language),
            fix: rule.fix.in_language(language),
        }
    }
}

fn part(node: &Node, bytes: &[u8]) -> ShownPart {
    ShownPart {
        start: node.span.start,
        end: node.span.end,
        field: node.part.name,
        value: node.value.as_ref().map(|value| Escaped(value.as_bytes()).to_string()),
        rfc: node.part.source,
        text: text(bytes.get(node.span.clone()).unwrap_or_default(), SHOWN_OF_PART),
        children: node.children.iter().map(|child| part(child, bytes)).collect(),
    }
}

/// Bytes as one line. Line ends are `\r\n`.
fn text(bytes: &[u8], most: usize) -> String {
    let start = bytes.get(..most).unwrap_or(bytes);
    let mut text = Escaped(start)
        .to_string()
        .replace("\\x0d\\x0a", "\\r\\n")
        .replace("\\x0a", "\\n")
        .replace("\\\"", "\"");
    if start.len() < bytes.len() {
        text += &format!("... ({} bytes)", bytes.len());
    }
    text
}

fn milliseconds<S: serde::Serializer>(time: &Time, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(time.0 / 1_000)
}

fn name<S: serde::Serializer>(sender: &Option<Sender>, to: S) -> Result<S::Ok, S::Error> {
    match sender {
        Some(Sender::Client) => to.serialize_some("client"),
        Some(Sender::Server) => to.serialize_some("server"),
        None => to.serialize_none(),
    }
}

fn string<S: serde::Serializer>(text: &Arc<str>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(text)
}
