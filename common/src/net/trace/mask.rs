//! Masks: the secret bytes of a connection. This module knows no protocol; the parsers of a protocol mark
//! their secret parts ([`Part::secret`](syntax::watch::Part::secret)).

use std::fmt;
use std::ops::Range;

use syntax::conversation::{Conversation, Sender};
use syntax::record::{Node, Recorder, UNPARSED};

/// Finds secrets in the bytes of one connection.
pub trait Mask: fmt::Debug + Send {
    /// The port by which other programs recognise the protocol, for connections that have none of their own.
    fn port(&self) -> u16;

    /// Reads bytes of `sender`, starting with the first unread one, and adds the secret spans of `bytes`.
    /// Returns how many bytes were read; the next call repeats the others, followed by more. If `is_end`, no
    /// more follow.
    fn read(&mut self, sender: Sender, bytes: &[u8], is_end: bool, secrets: &mut Vec<Range<usize>>) -> usize;

    /// TLS was negotiated: the bytes from here on are the first ones inside it.
    fn restart(&mut self);
}

/// The mask of a protocol whose parsers report their parts.
///
/// Bytes that no parser recognised count as secret too, except line ends: a password may be in the wrong place.
pub struct Masked<C> {
    start: fn() -> C,
    conversation: C,
    port: u16,
}

impl<C: Conversation + Send + 'static> Masked<C> {
    /// The mask of a protocol that uses `port`; `start` creates the conversation of a new connection.
    pub fn boxed(start: fn() -> C, port: u16) -> Box<dyn Mask> {
        Box::new(Self { start, conversation: start(), port })
    }
}

impl<C: Conversation + Send> Mask for Masked<C> {
    fn port(&self) -> u16 {
        self.port
    }

    fn read(&mut self, sender: Sender, bytes: &[u8], is_end: bool, secrets: &mut Vec<Range<usize>>) -> usize {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let recorder = Recorder::new(rest);
            match self.conversation.read(sender, rest, is_end, &recorder) {
                None | Some(0) => break,
                Some(used) => {
                    let (nodes, _) = recorder.finish();
                    let unit = rest.get(..used).unwrap_or(rest);
                    collect(&nodes, unit, at, secrets);
                    at += unit.len();
                }
            }
        }
        at
    }

    fn restart(&mut self) {
        self.conversation = (self.start)();
    }
}

impl<C> fmt::Debug for Masked<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Masked").field("port", &self.port).finish_non_exhaustive()
    }
}

/// Adds the secret spans of a unit that begins at `offset`.
fn collect(nodes: &[Node], unit: &[u8], offset: usize, secrets: &mut Vec<Range<usize>>) {
    for node in nodes {
        let span = node.span.start..node.span.end.min(unit.len());
        if span.is_empty() {
            continue;
        }
        if node.part == &UNPARSED {
            let lines = without_line_ends(unit.get(span.clone()).unwrap_or_default(), offset + span.start);
            secrets.extend(lines);
        } else if node.part.is_secret {
            secrets.push(offset + span.start..offset + span.end);
        } else {
            collect(&node.children, unit, offset, secrets);
        }
    }
}

/// The spans of bytes that begin at `offset`, without line ends: a masked dialogue keeps its lines.
pub(super) fn without_line_ends(bytes: &[u8], offset: usize) -> impl Iterator<Item = Range<usize>> {
    let mut at = offset;
    bytes.split_inclusive(|byte| matches!(byte, b'\r' | b'\n')).filter_map(move |line| {
        let start = at;
        at += line.len();
        let text = line.strip_suffix(b"\r").or_else(|| line.strip_suffix(b"\n")).unwrap_or(line);
        (!text.is_empty()).then(|| start..start + text.len())
    })
}
