//! A [`Watch`] that records a parser's reports and builds a tree of them.
//!
//! The top of the tree covers the input: unrecognised bytes are parts of their own.

use core::cell::{Cell, RefCell};
use core::cmp::Reverse;
use core::fmt;
use core::ops::Range;

use crate::rule::Description;
use crate::watch::{Part, Reading, Watch, offsets};

/// Bytes that no parser recognised: they follow a violation, or are the start of an incomplete value.
pub static UNPARSED: Part = Part::new("unparsed", "");

/// Records the parts and violations of one input.
#[derive(Debug)]
pub struct Recorder<'a> {
    input: &'a [u8],
    reading: Reading,
    parts: RefCell<Vec<RecordedPart>>,
    /// The start of the last part.
    furthest: Cell<usize>,
    faults: RefCell<Vec<RecordedViolation>>,
}

#[derive(Debug)]
struct RecordedPart {
    part: &'static Part,
    span: Range<usize>,
    value: Option<String>,
}

/// A recognised part of an input, with the parts that it contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The kind of part.
    pub part: &'static Part,
    /// Its bytes, as offsets in the input.
    pub span: Range<usize>,
    /// The meaning of the bytes, if it is not obvious from them.
    pub value: Option<String>,
    /// The parts inside it, in the order of the input. They do not overlap.
    pub children: Vec<Node>,
}

/// A rule that the input breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedViolation {
    /// The rule.
    pub rule: &'static Description,
    /// Offset of the offending byte in the input.
    pub at: usize,
}

impl Node {
    /// Moves the part and its children by this many bytes: from an input to a longer one that contains it.
    pub fn shift(&mut self, by: usize) {
        self.span = self.span.start + by..self.span.end + by;
        self.children.iter_mut().for_each(|child| child.shift(by));
    }

    /// The number of parts, including itself.
    #[must_use]
    pub fn count(&self) -> usize {
        1 + self.children.iter().map(Self::count).sum::<usize>()
    }
}

impl<'a> Recorder<'a> {
    /// Records the parsing of `input`. Parsers may be given any sub-slices of it.
    #[must_use]
    pub fn new(input: &'a [u8]) -> Self {
        let (parts, furthest, faults) = Default::default();
        Self { input, reading: Reading::First, parts, furthest, faults }
    }

    /// Like [`new`](Self::new), with this lenient reading after a violation that has two.
    #[must_use]
    pub fn with_reading(self, reading: Reading) -> Self {
        Self { reading, ..self }
    }

    /// The result: a tree whose top covers the input, and the violations in the order of their bytes.
    #[must_use]
    pub fn finish(self) -> (Vec<Node>, Vec<RecordedViolation>) {
        let length = self.input.len();
        self.finish_at(length)
    }

    /// Like [`finish`](Self::finish), for the first `length` bytes of the input.
    #[must_use]
    pub fn finish_at(self, length: usize) -> (Vec<Node>, Vec<RecordedViolation>) {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| (fault.at, fault.rule.id));
        faults.dedup_by_key(|fault| (fault.at, fault.rule.id));
        (tree(self.parts.into_inner(), length), faults)
    }

    fn mark(&self, part: &'static Part, bytes: &[u8], value: Option<String>) {
        match offsets(self.input, bytes) {
            Some(span) if !span.is_empty() => {
                self.furthest.set(self.furthest.get().max(span.start));
                self.parts.borrow_mut().push(RecordedPart { part, span, value });
            }
            _ => {}
        }
    }
}

impl Watch for &Recorder<'_> {
    fn part(self, part: &'static Part, bytes: &[u8]) {
        self.mark(part, bytes, None);
    }

    fn value(self, part: &'static Part, bytes: &[u8], value: fmt::Arguments<'_>) {
        self.mark(part, bytes, Some(value.to_string()));
    }

    fn tolerates(self, rule: &'static Description, rest: &[u8]) -> bool {
        if let Some(span) = offsets(self.input, rest) {
            self.faults.borrow_mut().push(RecordedViolation { rule, at: span.start });
        }
        true
    }

    fn reading(self) -> Reading {
        self.reading
    }

    fn retract(self, bytes: &[u8]) {
        let Some(span) = offsets(self.input, bytes) else { return };
        // Usually nothing is retracted, and there may be thousands of parts.
        if self.furthest.get() >= span.start {
            self.parts.borrow_mut().retain(|part| !span.contains(&part.span.start));
        }
    }
}

/// Nests parts by containment. Of two parts with the same bytes, the later one is the outer one: a parser
/// reports a part when it is complete.
fn tree(parts: Vec<RecordedPart>, length: usize) -> Vec<Node> {
    let mut parts: Vec<(usize, RecordedPart)> = parts.into_iter().enumerate().collect();
    parts.sort_by_key(|(order, part)| (part.span.start, Reverse(part.span.end), Reverse(*order)));
    let mut top: Vec<Node> = Vec::new();
    let mut open: Vec<Node> = Vec::new();
    for (_, RecordedPart { part, span, value }) in parts {
        while open.last().is_some_and(|last| last.span.end <= span.start) {
            close(&mut open, &mut top);
        }
        // A part that leaves its parent was reported by an alternative that failed.
        if open.last().is_none_or(|last| span.end <= last.span.end) {
            open.push(Node { part, span, value, children: Vec::new() });
        }
    }
    while !open.is_empty() {
        close(&mut open, &mut top);
    }
    cover(top, length)
}

fn close(open: &mut Vec<Node>, top: &mut Vec<Node>) {
    if let Some(node) = open.pop() {
        open.last_mut().map_or(top, |parent| &mut parent.children).push(node);
    }
}

/// The nodes with the bytes between them as [`UNPARSED`].
fn cover(nodes: Vec<Node>, length: usize) -> Vec<Node> {
    let mut covered = Vec::with_capacity(nodes.len());
    let mut at = 0;
    let unparsed = |span| Node { part: &UNPARSED, span, value: None, children: Vec::new() };
    for node in nodes {
        if at < node.span.start {
            covered.push(unparsed(at..node.span.start));
        }
        at = node.span.end;
        covered.push(node);
    }
    if at < length {
        covered.push(unparsed(at..length));
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;

    static LINE: Part = Part::new("line", "");
    static WORD: Part = Part::new("word", "");
    static LETTER: Part = Part::new("letter", "");

    fn shown(nodes: &[Node]) -> String {
        let one = |node: &Node| {
            let inside = shown(&node.children);
            format!(
                "{}{:?}{}",
                node.part.name,
                node.span,
                if inside.is_empty() { inside } else { format!("({inside})") }
            )
        };
        nodes.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn parts_nest_by_containment_and_cover_the_input() {
        let input = b"ab cd ef";
        for (parts, expected, why) in [
            (&[][..], "unparsed0..8", "nothing was recognised"),
            (&[(&WORD, 0..2), (&LINE, 0..8)], "line0..8(word0..2)", "inner first"),
            (&[(&LINE, 0..8), (&WORD, 3..5)], "line0..8(word3..5)", "outer first"),
            (
                &[(&LETTER, 3..4), (&WORD, 3..4)],
                "unparsed0..3 word3..4(letter3..4) unparsed4..8",
                "the same bytes",
            ),
            (&[(&WORD, 3..3)], "unparsed0..8", "an empty part has no bytes"),
            (&[(&LINE, 0..5), (&WORD, 3..8)], "line0..5 unparsed5..8", "parts never overlap"),
        ] {
            let recorder = Recorder::new(input);
            for (part, span) in parts {
                (&recorder).part(part, &input[span.clone()]);
            }
            assert_eq!(shown(&recorder.finish().0), expected, "{why}");
        }
    }

    #[test]
    fn a_failed_alternative_takes_its_parts_back() {
        let input = b"ab cd";
        let recorder = Recorder::new(input);
        (&recorder).part(&WORD, &input[0..2]);
        (&recorder).part(&WORD, &input[3..5]);
        (&recorder).retract(&input[3..]);
        assert_eq!(shown(&recorder.finish().0), "word0..2 unparsed2..5");
    }

    #[test]
    fn spans_of_a_decoded_copy_map_to_the_raw_bytes() {
        use crate::watch::Decoded;
        let (raw, text) = (b"a\xFF\xFFb", b"a\xFFb");
        let recorder = Recorder::new(raw);
        let watch = Decoded { watch: &recorder, raw, text, offsets: &[0, 1, 3, 4] };
        watch.part(&WORD, &text[1..3]);
        watch.part(&LETTER, &text[2..]);
        assert_eq!(shown(&recorder.finish().0), "unparsed0..1 word1..4(letter3..4)");
    }
}
