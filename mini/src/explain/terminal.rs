//! The explanation as text of 80 columns: offsets and bytes on the left, the tree of parts on the right.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use common::escape::printable;
use syntax::rule::{Language, Severity};

use super::explanation::{Dialogue, ExplainedViolation, Explanation, Side, Span};
use super::reads::ParserState;
use super::words::Words;

/// Bytes in a row.
const BYTES: usize = 8;
/// Rows of a part at most; then the bytes that are left out are counted.
const ROWS: usize = 8;
/// Columns on the right: 80 without the offset, the bytes and what separates them.
const RIGHT: usize = 80 - 7 - 3 * BYTES - 2;

/// The explanation in a language, with colours or without.
pub(super) fn show(explanation: &Explanation, language: Language, has_colour: bool) -> String {
    let mut page = Page { out: String::new(), words: Words::of(language), has_colour };
    match &explanation.input {
        Some(side) if explanation.connections.is_empty() => page.side(explanation.kind, side),
        _ => {}
    }
    for (number, dialogue) in explanation.connections.iter().enumerate() {
        page.dialogue(number, dialogue);
    }
    if !explanation.reads.is_empty() {
        page.reads(explanation);
    }
    page.out
}

struct Page {
    out: String,
    words: &'static Words,
    has_colour: bool,
}

/// The faults of a side that have not been shown.
type Faults<'a> = BTreeMap<usize, Vec<&'a ExplainedViolation>>;

impl Page {
    fn line(&mut self, colour: &str, text: &str) {
        let text = text.trim_end();
        let _ = match self.has_colour && !colour.is_empty() {
            true => writeln!(self.out, "\x1b[{colour}m{text}\x1b[0m"),
            false => writeln!(self.out, "{text}"),
        };
    }

    fn side(&mut self, kind: &str, side: &Side) {
        let mut faults = faults(side);
        self.line("1", &format!("{kind}, {} bytes", side.bytes.len()));
        side.spans.iter().for_each(|span| self.span(span, 0, "", side, &mut faults));
        self.rest(&faults);
        self.second(side);
        self.summary(side.faults.len());
    }

    /// Both directions, part after part as they arrived.
    fn dialogue(&mut self, number: usize, dialogue: &Dialogue) {
        let words = self.words;
        let ends = dialogue.client.as_ref().zip(dialogue.server.as_ref());
        let ends = ends.map(|(client, server)| format!(", {client} > {server}")).unwrap_or_default();
        let control = dialogue.control.as_ref().map(|(control, command)| {
            format!(", {} {}: {}", words.data_connection, control + 1, printable(command.as_bytes()))
        });
        let control = control.unwrap_or_default();
        self.line("1", &format!("{} {}: {}{ends}{control}", words.connection, number + 1, dialogue.protocol));
        let mut shown = [0, 0];
        let mut of_sides = dialogue.directions.each_ref().map(faults);
        let mut last = None;
        let ends = dialogue.directions.each_ref().map(|side| side.bytes.len());
        let order = dialogue.order.iter().copied().chain([(0, ends[0] + 1), (1, ends[1] + 1)]);
        for (sender, end) in order {
            let (Some(side), Some(next), Some(faults)) =
                (dialogue.directions.get(sender), shown.get_mut(sender), of_sides.get_mut(sender))
            else {
                continue;
            };
            while let Some(span) = side.spans.get(*next).filter(|span| span.start < end) {
                if last != Some(sender) {
                    let name = if sender == 0 { words.client } else { words.server };
                    self.line("1", &format!("{} {name}", if sender == 0 { ">" } else { "<" }));
                    last = Some(sender);
                }
                self.span(span, 0, "", side, faults);
                *next += 1;
            }
        }
        for (side, faults) in dialogue.directions.iter().zip(&of_sides) {
            self.rest(faults);
            self.second(side);
            if side.missing > 0 {
                let sender = if side.sender == Some("client") { words.client } else { words.server };
                self.line("33", &format!("{sender}: {} {}", side.missing, words.missing));
            }
        }
        self.summary(dialogue.directions.iter().map(|side| side.faults.len()).sum());
        self.out.push('\n');
    }

    fn summary(&mut self, faults: usize) {
        match faults {
            0 => self.line("2", self.words.no_faults),
            faults => self.line("1", &format!("{}: {faults}", self.words.faults)),
        }
    }

    /// A part: its name on its first row; of the bytes those that none of its children has.
    fn span(&mut self, span: &Span, depth: usize, source: &str, side: &Side, faults: &mut Faults<'_>) {
        let is_leaf = span.children.is_empty();
        let mut right = labels(span, depth, source, is_leaf);
        let first = span.children.first().map_or(span.end, |child| child.start);
        if is_leaf || first > span.start {
            self.rows(span.start, first, std::mem::take(&mut right), side, faults);
        } else {
            for label in right {
                self.line("36", &format!("{:7}{:width$}{label}", "", "", width = 3 * BYTES + 1));
            }
        }
        for (at, child) in span.children.iter().enumerate() {
            self.span(child, depth + 1, span.rfc, side, faults);
            let next = span.children.get(at + 1).map_or(span.end, |next| next.start);
            if child.end < next {
                self.rows(child.end, next, Vec::new(), side, faults);
            }
        }
    }

    /// Bytes, with labels beside them and violations below them.
    fn rows(&mut self, start: usize, end: usize, labels: Vec<String>, side: &Side, faults: &mut Faults<'_>) {
        let bytes = side.bytes.get(start..end).unwrap_or_default();
        let mut labels = labels.into_iter();
        for (row, chunk) in bytes.chunks(BYTES).enumerate().take(ROWS) {
            let mut hex = String::new();
            chunk.iter().for_each(|byte| write!(hex, "{byte:02x} ").unwrap_or_default());
            let label = labels.next().unwrap_or_default();
            let at = start + row * BYTES;
            self.line("", &format!("{at:>6} {hex:<width$}{}", self.coloured(&label), width = 3 * BYTES + 1));
            self.faults_in(at, (at + BYTES).min(end), faults);
        }
        let shown = (ROWS * BYTES).min(bytes.len());
        if shown < bytes.len() {
            let text = format!("{:7}\u{2026} {} {}", "", bytes.len() - shown, self.words.more_bytes);
            self.line("2", &text);
            self.faults_in(start + shown, end, faults);
        }
        for label in labels {
            self.line("", &format!("{:7}{:width$}{}", "", "", self.coloured(&label), width = 3 * BYTES + 1));
        }
    }

    /// A label in the colour of parts.
    fn coloured(&self, label: &str) -> String {
        match self.has_colour && !label.is_empty() {
            true => format!("\x1b[36m{label}\x1b[0m"),
            false => label.to_owned(),
        }
    }

    fn faults_in(&mut self, start: usize, end: usize, faults: &mut Faults<'_>) {
        while let Some(first) = faults.first_entry().filter(|first| *first.key() < end) {
            let at = *first.key();
            let column = 3 * at.saturating_sub(start).min(BYTES - 1);
            first.remove().into_iter().for_each(|fault| self.fault(fault, column));
        }
    }

    /// The faults after the last byte.
    fn rest(&mut self, faults: &Faults<'_>) {
        faults.values().flatten().for_each(|fault| self.fault(fault, 0));
    }

    fn fault(&mut self, fault: &ExplainedViolation, column: usize) {
        let words = self.words;
        let colour = match fault.severity {
            Severity::Breaks => "1;31",
            Severity::Risky => "1;33",
            Severity::Unusual => "1;35",
            Severity::Note => "2",
        };
        let follows = if fault.is_guessed { words.guessed } else { words.continues };
        let severity = words.severity(fault.severity);
        let head = format!("{:7}{:column$}^ {}: {severity}, {}", "", "", fault.rule.id, short(fault.rfc));
        self.line(colour, &head);
        let text = format!("{}; {follows}", fault.fault);
        for line in wrap(&text, 80 - 9) {
            self.line(colour, &format!("{:9}{line}", ""));
        }
    }

    /// The point where the two readings diverge, side by side; and whether the explanation is incomplete.
    fn second(&mut self, side: &Side) {
        if side.is_full {
            self.line("33", self.words.truncated);
        }
        if side.second_reading.is_empty() {
            return;
        }
        self.line("1", self.words.readings);
        let outlines = [&side.spans, &side.second_reading].map(|spans| {
            let mut lines = Vec::new();
            spans.iter().for_each(|span| outline(span, 0, &mut lines));
            lines
        });
        let [mut one, mut other] = outlines.each_ref().map(Vec::as_slice);
        while let ([first, one_rest @ ..], [second, other_rest @ ..]) = (one, other)
            && first == second
        {
            (one, other) = (one_rest, other_rest);
        }
        while let ([one_rest @ .., last], [other_rest @ .., second]) = (one, other)
            && last == second
        {
            (one, other) = (one_rest, other_rest);
        }
        let rows = one.len().max(other.len());
        for at in 0..rows.min(2 * ROWS) {
            let [left, right] = [one, other].map(|lines| lines.get(at).map_or("", String::as_str));
            self.line("", &format!("{left:<38} | {right}"));
        }
        if rows > 2 * ROWS {
            self.line("2", "\u{2026}");
        }
    }

    fn reads(&mut self, explanation: &Explanation) {
        let words = self.words;
        self.line("1", words.reads);
        let mut start = 0;
        for read in &explanation.reads {
            let (colour, state) = match read.state {
                ParserState::Complete => ("32", words.complete.to_owned()),
                ParserState::Waits { at } => ("33", format!("{} {at}", words.waits)),
                ParserState::Rejects { at, rule } => ("1;31", format!("{} {at}: {rule}", words.rejects)),
            };
            self.line(colour, &format!("{start:>6}..{:<6} {state}", read.end));
            start = read.end;
        }
    }
}

fn faults(side: &Side) -> Faults<'_> {
    let mut faults = Faults::new();
    side.faults.iter().for_each(|fault| faults.entry(fault.marked).or_default().push(fault));
    faults
}

/// The name of a part, its value, and its source unless it is its parent's.
fn labels(span: &Span, depth: usize, source: &str, is_leaf: bool) -> Vec<String> {
    let indent = "  ".repeat(depth.min(RIGHT / 4));
    let width = RIGHT.saturating_sub(indent.len());
    let value = match span.value.as_str() {
        "" => String::new(),
        value if span.is_meaning => format!(" = {value}"),
        value if is_leaf => format!(" \"{value}\""),
        _ => String::new(),
    };
    let mut lines = wrap(&format!("{}{value}", span.field), width);
    if lines.len() > ROWS {
        lines.truncate(ROWS);
        lines.iter_mut().last().into_iter().for_each(|last| *last = "\u{2026}".into());
    }
    if span.rfc != source && !span.rfc.is_empty() {
        let rfc = short(span.rfc);
        match lines.last_mut() {
            Some(last) if last.chars().count() + rfc.chars().count() + 2 <= width => {
                let space = width - rfc.chars().count();
                *last = format!("{last:<space$}{rfc}");
            }
            _ => lines.push(format!("{rfc:>width$}")),
        }
    }
    lines.into_iter().map(|line| format!("{indent}{line}")).collect()
}

/// `RFC 9112 §3.2`
fn short(source: &str) -> String {
    source.replace(" sections ", " \u{a7}").replace(" section ", " \u{a7}")
}

/// A part and the parts in it, a line each of 38 columns.
fn outline(span: &Span, depth: usize, lines: &mut Vec<String>) {
    let line = format!("{:depth$}{}..{} {} {}", "", span.start, span.end, span.field, span.value);
    lines.push(line.chars().take(38).collect());
    if depth < 1 {
        span.children.iter().for_each(|child| outline(child, depth + 1, lines));
    }
}

/// Lines of at most `width` letters, broken at spaces where there are some.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    while rest.len() > width {
        let space =
            rest.iter().take(width + 1).rposition(|&letter| letter == ' ').filter(|&at| at > width / 2);
        let at = space.unwrap_or(width);
        let behind = rest.split_off(at);
        lines.push(rest.into_iter().collect());
        rest = behind.into_iter().skip(usize::from(space.is_some())).collect();
    }
    lines.push(rest.into_iter().collect());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_wrapped() {
        for (text, expected) in [
            ("", &[""][..]),
            ("one two", &["one two"]),
            ("one two three", &["one two", "three"]),
            ("onetwothree", &["onetwoth", "ree"]),
            ("a bcdefghijk", &["a bcdefg", "hijk"]),
        ] {
            assert_eq!(wrap(text, 8), expected, "{text}");
        }
    }
}
