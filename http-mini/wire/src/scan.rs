//! Scanning bytes in order: byte classes, and a cursor that distinguishes "need more" from "broken".
//!
//! A decision about a byte depends only on that byte and on those before it. Therefore the result does not
//! depend on how a message is split into reads.

use syntax::span::Span;
use syntax::watch::{Part, Reading, Watch};

use super::part;
use super::rule::{Rule, Violation};

/// Why a scan ended before its value was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScanStop {
    /// All bytes are valid so far, and more are needed.
    NeedMore,
    /// More bytes cannot change the result.
    Broken(Violation),
}

impl From<Violation> for ScanStop {
    fn from(violation: Violation) -> Self {
        Self::Broken(violation)
    }
}

/// A position in the input that only moves forward.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a, W = ()> {
    input: &'a [u8],
    at: usize,
    watch: W,
    is_lenient: bool,
}

impl<'a, W: Watch> Cursor<'a, W> {
    pub(crate) fn new(input: &'a [u8], watch: W) -> Self {
        Self { input, at: 0, watch, is_lenient: false }
    }

    /// Offset of the next byte.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The next byte, without consuming it.
    pub(crate) fn peek(&self) -> Result<u8, ScanStop> {
        self.input.get(self.at).copied().ok_or(ScanStop::NeedMore)
    }

    /// Skips bytes that were checked.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Reads the bytes of a class up to the first other one, which must have arrived. More than `limit` of
    /// them break the rule `over`.
    pub(crate) fn run(
        &mut self,
        class: impl Fn(u8) -> bool,
        limit: usize,
        over: Rule,
    ) -> Result<Span, ScanStop> {
        let rest = self.rest();
        let window = rest.get(..=limit).unwrap_or(rest);
        match window.iter().position(|&byte| !class(byte)) {
            Some(len) => Ok(self.take(len)),
            None if rest.len() > limit => Err(over.at(self.at + limit).into()),
            None => Err(ScanStop::NeedMore),
        }
    }

    /// Reads the bytes that a field value may contain (RFC 9110 section 5.5) up to the first other one, which
    /// must have arrived. More than `limit` of them break the rule `over`.
    pub(crate) fn text(&mut self, limit: usize, over: Rule) -> Result<Span, ScanStop> {
        let rest = self.rest();
        let len = text_length(rest.get(..=limit).unwrap_or(rest));
        if len > limit {
            return Err(over.at(self.at + limit).into());
        }
        if len == rest.len() {
            return Err(ScanStop::NeedMore);
        }
        Ok(self.take(len))
    }

    /// Reads exactly these bytes; the first different byte breaks the rule `otherwise`.
    pub(crate) fn literal(&mut self, text: &[u8], otherwise: Rule) -> Result<(), ScanStop> {
        for &byte in text {
            if self.peek()? != byte {
                return Err(self.broken(otherwise));
            }
            self.skip(1);
        }
        Ok(())
    }

    /// Reads the required CRLF; anything else is a [`fault`](Self::fault).
    pub(crate) fn line_end(&mut self, otherwise: Rule) -> Result<(), ScanStop> {
        match (self.peek()?, self.input.get(self.at + 1)) {
            (b'\r', Some(b'\n')) => {
                self.report(&part::LINE_END, Span::new(self.at, self.at + 2));
                self.skip(2);
                Ok(())
            }
            (b'\n', _) if self.watch.reading() == Reading::First => self.lenient_line_end(Rule::BareLf),
            (b'\r', Some(_)) if self.watch.reading() == Reading::Second => {
                self.lenient_line_end(Rule::BareCr)
            }
            _ => Err(self.fault(otherwise)),
        }
    }

    fn lenient_line_end(&mut self, rule: Rule) -> Result<(), ScanStop> {
        self.tolerate(rule.at(self.at))?;
        self.report(&part::LINE_END, Span::new(self.at, self.at + 1));
        self.skip(1);
        Ok(())
    }

    /// Reads the text of a field value or a reason phrase and the end of its line.
    pub(crate) fn text_line(&mut self, limit: usize, over: Rule, otherwise: Rule) -> Result<Span, ScanStop> {
        let start = self.at;
        loop {
            self.text(limit.saturating_sub(self.at - start), over)?;
            let text = Span::new(start, self.at);
            match self.line_end(otherwise) {
                Ok(()) => return Ok(text),
                Err(ScanStop::NeedMore) => return Err(ScanStop::NeedMore),
                // The lenient reading: the byte is data.
                Err(ScanStop::Broken(violation)) => self.tolerate(violation)?,
            }
            self.skip(1);
        }
    }

    /// Reads a line up to its LF, for the lenient reading of one that breaks a rule. Returns its text.
    pub(crate) fn any_line(&mut self) -> Result<&'a [u8], ScanStop> {
        let length = memchr::memchr(b'\n', self.rest()).ok_or(ScanStop::NeedMore)?;
        let line = self.rest().get(..length).unwrap_or_default();
        let text = line.strip_suffix(b"\r").unwrap_or(line);
        self.report(&part::LINE_END, Span::new(self.at + text.len(), self.at + length + 1));
        self.skip(length + 1);
        Ok(text)
    }

    /// Reports a part to the watch.
    pub(crate) fn report(&self, part: &'static Part, span: Span) {
        self.watch.part(part, span.of(self.input));
    }

    /// Continues after a violation if the watch tolerates it.
    pub(crate) fn tolerate(&mut self, violation: Violation) -> Result<(), Violation> {
        tolerate(self.input, violation, self.watch)?;
        self.is_lenient = true;
        Ok(())
    }

    /// Continues after an unexpected byte if the watch tolerates it: see [`fault`](Self::fault).
    pub(crate) fn tolerate_fault(&mut self, at: usize, otherwise: Rule) -> Result<(), Violation> {
        match (Self { at, ..*self }).fault(otherwise) {
            ScanStop::Broken(violation) => self.tolerate(violation),
            ScanStop::NeedMore => Ok(()),
        }
    }

    /// The value, or `otherwise` after a violation that the watch tolerates.
    pub(crate) fn value_or<T>(&mut self, value: Result<T, Violation>, otherwise: T) -> Result<T, Violation> {
        match value {
            Err(violation) if W::IS_LENIENT => {
                self.tolerate(violation)?;
                Ok(otherwise)
            }
            value => value,
        }
    }

    /// The value, or the result of a lenient parser after a violation that the watch tolerates.
    pub(crate) fn read_or<T>(
        &mut self,
        read: Result<T, ScanStop>,
        leniently: impl FnOnce(&mut Self) -> Result<T, ScanStop>,
    ) -> Result<T, ScanStop> {
        match read {
            Err(ScanStop::Broken(violation)) if W::IS_LENIENT => {
                self.tolerate(violation)?;
                leniently(self)
            }
            read => read,
        }
    }

    /// Whether a violation was tolerated.
    pub(crate) fn is_lenient(&self) -> bool {
        self.is_lenient
    }

    /// Returns to an earlier position and retracts the parts reported since.
    pub(crate) fn retry_from(&mut self, at: usize) {
        self.at = at;
        self.watch.retract(self.rest());
    }

    /// The receiver of the parser's reports.
    pub(crate) fn watch(&self) -> W {
        self.watch
    }

    /// A violation of `rule` at the current position.
    pub(crate) fn broken(&self, rule: Rule) -> ScanStop {
        rule.at(self.at).into()
    }

    /// The violation by the next byte, which is unexpected: LF, a lone CR and controls have rules of their
    /// own, anything else breaks `otherwise`.
    pub(crate) fn fault(&self, otherwise: Rule) -> ScanStop {
        match (self.peek(), self.input.get(self.at + 1)) {
            (Err(stop), _) => stop,
            (Ok(b'\r'), None) => ScanStop::NeedMore,
            (Ok(b'\r'), Some(b'\n')) => self.broken(otherwise),
            (Ok(b'\r'), Some(_)) => self.broken(Rule::BareCr),
            (Ok(b'\n'), _) => self.broken(Rule::BareLf),
            (Ok(byte), _) if is_control(byte) => self.broken(Rule::Control),
            _ => self.broken(otherwise),
        }
    }

    /// The whole input.
    pub(crate) fn input(&self) -> &'a [u8] {
        self.input
    }

    /// The remaining input.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.input.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, len: usize) -> Span {
        let start = self.at;
        self.at += len;
        Span::new(start, self.at)
    }
}

/// `Ok` if the watch tolerates a violation in a message.
pub(crate) fn tolerate(message: &[u8], violation: Violation, watch: impl Watch) -> Result<(), Violation> {
    let rest = message.get(violation.at..).unwrap_or_default();
    if watch.tolerates(violation.rule.description(), rest) { Ok(()) } else { Err(violation) }
}

/// A class of bytes as a table: a whole head is parsed in four fifths of the time that comparisons take.
pub(crate) struct Class([bool; 256]);

impl Class {
    /// Letters, digits and the listed bytes.
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, never with input")]
    pub(crate) const fn alphanumeric_and(listed: &[u8]) -> Self {
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < table.len() {
            table[byte] = (byte as u8).is_ascii_alphanumeric();
            byte += 1;
        }
        let mut place = 0;
        while place < listed.len() {
            table[listed[place] as usize] = true;
            place += 1;
        }
        Self(table)
    }

    /// The same and all bytes above 0x7F.
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, never with input")]
    pub(crate) const fn and_high(mut self) -> Self {
        let mut byte = 0x80;
        while byte < self.0.len() {
            self.0[byte] = true;
            byte += 1;
        }
        self
    }

    pub(crate) fn has(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte)).is_some_and(|&has| has)
    }
}

/// A byte of a token (RFC 9110 section 5.6.2): `GET`, `Content-Length`, `gzip`.
///
/// ```text
/// tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA
/// ```
pub(crate) fn is_tchar(byte: u8) -> bool {
    static TCHAR: Class = Class::alphanumeric_and(b"!#$%&'*+-.^_`|~");
    TCHAR.has(byte)
}

/// Whether this is a token: one or more tchar.
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().copied().all(is_tchar)
}

/// A control byte other than HTAB (RFC 5234 appendix B.1).
pub(crate) fn is_control(byte: u8) -> bool {
    (byte < b' ' && byte != b'\t') || byte == 0x7F
}

/// The length of the prefix that a field value may contain: bytes that are not controls.
///
/// ```text
/// field-value = *( HTAB / SP / VCHAR / obs-text )
/// ```
pub(crate) fn text_length(bytes: &[u8]) -> usize {
    // Sixteen at a time, without branches, so that the compiler emits vector instructions.
    let (blocks, _) = bytes.as_chunks::<16>();
    let clean =
        blocks.iter().take_while(|block| !block.iter().fold(false, |bad, &b| bad | is_control(b))).count()
            * 16;
    let rest = bytes.get(clean..).unwrap_or_default();
    clean + rest.iter().position(|&byte| is_control(byte)).unwrap_or(rest.len())
}

/// The offset of the first `%` without two hexadecimal digits after it.
///
/// ```text
/// pct-encoded = "%" HEXDIG HEXDIG
/// ```
pub(crate) fn bad_escape(text: &[u8]) -> Option<usize> {
    // Most have none: this search costs less in a short text than the next one.
    if !text.contains(&b'%') {
        return None;
    }
    memchr::memchr_iter(b'%', text).find(|at| {
        let digits = text.get(at + 1..at + 3);
        !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_made_of_visible_bytes_other_than_delimiters() {
        let delimiters = b"\"(),/:;<=>?@[\\]{}";
        for byte in 0..=255_u8 {
            let expected = byte.is_ascii_graphic() && !delimiters.contains(&byte);
            assert_eq!(is_tchar(byte), expected, "{}: RFC 9110 section 5.6.2", byte.escape_ascii());
        }
    }

    #[test]
    fn text_ends_at_the_first_control_at_any_offset() {
        for byte in 0..=255_u8 {
            let bad = byte != b'\t' && byte.is_ascii_control();
            for place in 0..40 {
                let mut text = [b'x'; 40];
                text[place] = byte;
                assert_eq!(text_length(&text), if bad { place } else { 40 }, "{byte} at {place}");
            }
        }
    }
}
