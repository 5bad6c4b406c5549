//! The field section of a request or response head ([RFC 9112 section
//! 5](https://www.rfc-editor.org/rfc/rfc9112#section-5)).
//!
//! Two parsers read each section. The first reads the bytes in order and rejects any violation of the
//! grammar; the second, `httparse`, splits the fields. A head on which they disagree is refused, because it
//! could be read as two messages.

use std::fmt;

use syntax::span::Span;
use syntax::watch::{Reading, Watch};

use super::list;
use super::part;
use super::rule::{Rule, Violation};
use super::scan::{Cursor, ScanStop, is_tchar, text_length};
use super::start_line::Version;

/// The longest head, in bytes, with empty lines before it. A longer one is answered with 431.
pub const HEAD_LIMIT: usize = 32 * 1024;

/// The most field lines in a request. More are answered with 431.
pub const FIELDS_LIMIT: usize = 100;

/// Field lines in a response.
pub const RESPONSE_FIELDS_LIMIT: usize = 256;

/// The fields of a head, with the bytes of the whole head.
#[derive(Clone, PartialEq, Eq)]
pub struct Fields {
    bytes: Box<[u8]>,
    lines: Box<[FieldLine]>,
    /// The lengths of all names, one bit each (the last bit is for longer ones). Most lookups are for absent
    /// fields, and this bit set answers most of them.
    lengths: u64,
    /// Whether a violation was tolerated.
    is_lenient: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FieldLine {
    pub(super) name: Span,
    pub(super) value: Span,
}

impl Fields {
    /// The value of the first field of this name, without the white space around it. Names are
    /// case-insensitive.
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        self.fields(name).next()
    }

    /// The value of the only field of this name; `None` if there are several, for fields that must not be
    /// repeated.
    pub fn only_field(&self, name: &str) -> Option<&[u8]> {
        let mut values = self.fields(name);
        let value = values.next()?;
        values.next().is_none().then_some(value)
    }

    /// The values of all fields of this name, in order.
    pub fn fields(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.named(name).map(|field| field.value.of(self.bytes()))
    }

    /// The elements of a list-valued field, over all its lines (RFC 9110 section 5.6.1):
    /// `keep-alive` and `close` of `b"Connection: keep-alive, close\r\n"`.
    pub fn list(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.fields(name).flat_map(list::elements)
    }

    /// The names and values of all fields, in order.
    pub fn field_lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.lines.iter().map(|field| (field.name.of(self.bytes()), field.value.of(self.bytes())))
    }

    /// The span of the value of the first field of this name.
    pub fn field_span(&self, name: &str) -> Option<Span> {
        self.named(name).next().map(|field| field.value)
    }

    /// The spans of the names and values of all fields.
    pub fn field_spans(&self) -> impl Iterator<Item = (Span, Span)> {
        self.lines.iter().map(|field| (field.name, field.value))
    }

    /// The bytes of the head, from the first one read up to and including the empty line.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the connection persists after this message and its response (RFC 9112 section 9.3).
    pub(super) fn persists(&self, version: Version) -> bool {
        let (mut close, mut keep_alive) = (self.is_lenient, false);
        for option in self.list("connection") {
            close |= option.eq_ignore_ascii_case(b"close");
            keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
        }
        !close && (keep_alive || version >= Version::Http11)
    }

    /// The section after the first line of a head, up to and including the empty line.
    // Inlined, so that the result is built in place and not moved.
    #[inline(always)]
    pub(super) fn read(cursor: &mut Cursor<'_, impl Watch>, limit: usize) -> Result<Self, ScanStop> {
        let start = cursor.at();
        let (count, found) = field_section(cursor, limit)?;
        let bytes = cursor.input().get(..cursor.at()).unwrap_or_default();
        let lines = match find_fields(bytes, start, count) {
            // The second parser does not know which violations were tolerated.
            _ if cursor.is_lenient() => found.into(),
            Some(lines) => lines,
            None => {
                cursor.tolerate(Rule::TwoReadings.at(start))?;
                found.into()
            }
        };
        let lengths = lines.iter().fold(0, |lengths, line| lengths | length_bit(line.name.len()));
        let mut fields = Self { bytes: bytes.into(), lines, lengths, is_lenient: cursor.is_lenient() };
        if fields.is_lenient {
            fields.unfold();
        }
        Ok(fields)
    }

    /// Replaces the line ends inside values with spaces (RFC 9112 section 5.2).
    fn unfold(&mut self) {
        for line in &self.lines {
            for byte in self.bytes.get_mut(line.value.range()).unwrap_or_default() {
                if matches!(byte, b'\r' | b'\n') {
                    *byte = b' ';
                }
            }
        }
    }

    /// The lines of a field. Comparing lengths first excludes most names.
    // Inlined: with a constant name, the comparison becomes a few words.
    #[inline(always)]
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &FieldLine> {
        let lines = match self.lengths & length_bit(name.len()) {
            0 => &[],
            _ => &*self.lines,
        };
        lines.iter().filter(move |field| {
            field.name.len() == name.len()
                && field.name.of(self.bytes()).eq_ignore_ascii_case(name.as_bytes())
        })
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fields({})", self.bytes.escape_ascii())
    }
}

fn length_bit(length: usize) -> u64 {
    1 << length.min(63)
}

/// The field lines and the empty line after them: their number, and their spans only if a lenient reading may
/// need them.
fn field_section<W: Watch>(
    cursor: &mut Cursor<'_, W>,
    limit: usize,
) -> Result<(usize, Vec<FieldLine>), ScanStop> {
    let mut lines = Vec::new();
    let mut count = 0;
    loop {
        let start = cursor.at();
        match section_line(cursor, count, limit) {
            Ok(None) => return Ok((count, lines)),
            Ok(Some((name, value))) if W::IS_LENIENT => {
                lines.push(FieldLine { name, value: trimmed(cursor.input(), value) });
            }
            Ok(Some(_)) => {}
            Err(ScanStop::NeedMore) => return Err(ScanStop::NeedMore),
            Err(ScanStop::Broken(violation)) => {
                cursor.tolerate(violation)?;
                lenient_field_line(cursor, start, &mut lines)?;
            }
        }
        count += 1;
    }
}

/// A field line after `count` others; `None` for the empty line.
fn section_line<W: Watch>(
    cursor: &mut Cursor<'_, W>,
    count: usize,
    limit: usize,
) -> Result<Option<(Span, Span)>, ScanStop> {
    let start = cursor.at();
    let first = cursor.peek()?;
    if first == b'\r' || (W::IS_LENIENT && first == b'\n') {
        cursor.line_end(Rule::ColonMissing)?;
        cursor.report(&part::HEAD_END, Span::new(start, cursor.at()));
        return Ok(None);
    }
    if count == limit {
        return Err(cursor.broken(Rule::TooManyFields));
    }
    field_line(cursor, HEAD_LIMIT, Rule::HeadTooLarge).map(Some)
}

/// One field line and its end: the span of its name, and its value with the white space around it. More than
/// `limit` bytes of both break the rule `over`.
///
/// ```text
/// field-line = field-name ":" OWS field-value OWS
/// field-name = token
/// ```
///
/// Example: `b"Accept-Encoding:\tgzip \r\n"`.
pub(super) fn field_line(
    cursor: &mut Cursor<'_, impl Watch>,
    limit: usize,
    over: Rule,
) -> Result<(Span, Span), ScanStop> {
    let name = cursor.run(is_tchar, limit, over)?;
    match (cursor.peek()?, name.is_empty()) {
        (b':', false) => cursor.skip(1),
        (b':', true) => return Err(cursor.broken(Rule::NameMissing)),
        (b' ' | b'\t', true) => return Err(cursor.broken(Rule::Folded)),
        (b' ' | b'\t', false) => return Err(cursor.broken(Rule::SpaceBeforeColon)),
        (b'\r', _) => return Err(cursor.fault(Rule::ColonMissing)),
        _ => return Err(cursor.fault(Rule::NameMalformed)),
    }
    let value = cursor.text_line(limit - name.len(), over, Rule::Control)?;
    report_field_line(cursor, name);
    Ok((name, value))
}
/// Reports a field line that ends at the cursor.
fn report_field_line(cursor: &Cursor<'_, impl Watch>, name: Span) {
    cursor.report(&part::FIELD_NAME, name);
    cursor.report(&part::FIELD_LINE, Span::new(name.start(), cursor.at()));
}

/// Reads a line that breaks a rule as lenient parsers do: the name is the text before the first colon, and a
/// folded line continues the value before it. [`Reading::Second`] keeps white space before the colon as part
/// of the name, and reads a folded line as a field of its own.
pub(super) fn lenient_field_line<W: Watch>(
    cursor: &mut Cursor<'_, W>,
    start: usize,
    lines: &mut Vec<FieldLine>,
) -> Result<(), ScanStop> {
    cursor.retry_from(start);
    let line = cursor.any_line()?;
    let text = Span::new(start, start + line.len());
    let is_second = cursor.watch().reading() == Reading::Second;
    if !is_second && matches!(line, [b' ' | b'\t', ..]) {
        let more = trimmed(cursor.input(), text);
        check_text(cursor, more)?;
        // Before the first field there is no value to continue.
        if let Some(field) = lines.last_mut() {
            field.value = Span::new(field.value.start(), more.end());
        }
        cursor.report(&part::OBS_FOLD, Span::new(start, cursor.at()));
        return Ok(());
    }
    let Some(colon) = memchr::memchr(b':', line).map(|colon| start + colon) else {
        cursor.tolerate(Rule::ColonMissing.at(text.end()))?;
        cursor.report(&part::FIELD_NAME, text);
        cursor.report(&part::FIELD_LINE, Span::new(start, cursor.at()));
        return Ok(());
    };
    let name = trimmed(cursor.input(), Span::new(start, colon));
    if let Some(at) = name.of(cursor.input()).iter().position(|&byte| !is_tchar(byte)) {
        cursor.tolerate_fault(name.start() + at, Rule::NameMalformed)?;
    }
    let name = if is_second { Span::new(name.start(), colon) } else { name };
    let value = trimmed(cursor.input(), Span::new(colon + 1, text.end()));
    check_text(cursor, value)?;
    report_field_line(cursor, name);
    lines.push(FieldLine { name, value });
    Ok(())
}

/// Reports the first byte that no field value may contain.
fn check_text(cursor: &mut Cursor<'_, impl Watch>, value: Span) -> Result<(), Violation> {
    match text_length(value.of(cursor.input())) {
        length if length < value.len() => cursor.tolerate_fault(value.start() + length, Rule::Control),
        _ => Ok(()),
    }
}

/// A span without the white space around its text.
fn trimmed(input: &[u8], span: Span) -> Span {
    let text = span.of(input);
    let start = span.end() - text.trim_ascii_start().len();
    Span::new(start, start + text.trim_ascii().len())
}

/// Most clients send few fields, and a small table is faster to clear.
const FEW_FIELDS: usize = 8;
const USUAL_FIELDS: usize = 24;

/// The parts of the `count` fields that start at `start`; `None` if the second parser disagrees about any of
/// them.
fn find_fields(head: &[u8], start: usize, count: usize) -> Option<Box<[FieldLine]>> {
    if count <= FEW_FIELDS {
        find_fields_in::<FEW_FIELDS>(head, start, count)
    } else if count <= USUAL_FIELDS {
        find_fields_in::<USUAL_FIELDS>(head, start, count)
    } else if count <= FIELDS_LIMIT {
        find_fields_in::<FIELDS_LIMIT>(head, start, count)
    } else {
        find_fields_in::<RESPONSE_FIELDS_LIMIT>(head, start, count)
    }
}

fn find_fields_in<const ROOM: usize>(head: &[u8], start: usize, count: usize) -> Option<Box<[FieldLine]>> {
    let mut table = [httparse::EMPTY_HEADER; ROOM];
    let section = head.get(start..)?;
    let (used, found) = match httparse::parse_headers(section, &mut table) {
        Ok(httparse::Status::Complete(complete)) => complete,
        _ => return None,
    };
    if used != section.len() || found.len() != count {
        return None;
    }
    let place = |part: &[u8]| {
        let at = head.element_offset(part.first()?)?;
        Some(Span::new(at, at + part.len()))
    };
    let line = |field: &httparse::Header<'_>| {
        let name = place(field.name.as_bytes())?;
        let value = place(field.value).unwrap_or(Span::new(name.end() + 1, name.end() + 1));
        Some(FieldLine { name, value })
    };
    let mut fields = Vec::with_capacity(count);
    for field in found.iter() {
        fields.push(line(field)?);
    }
    Some(fields.into())
}
