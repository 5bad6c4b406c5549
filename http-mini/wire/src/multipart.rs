//! Files in a form: the content of a `multipart/form-data` request
//! ([RFC 7578](https://www.rfc-editor.org/rfc/rfc7578),
//! [RFC 2046 section 5.1](https://www.rfc-editor.org/rfc/rfc2046#section-5.1)).
//!
//! The decoder copies no content: it returns which bytes of its input are content of a part. It decodes
//! nothing, and a part that contains parts is treated as a file.

mod boundary;

use std::ops::Range;

use memchr::memmem::Finder;
use syntax::span::Span;
use syntax::watch::Watch;

use super::disposition::FormData;
use super::fields::{self, FieldLine};
use super::part;
use super::rule::{Rule, Violation};
use super::scan::{Cursor, ScanStop};
use super::value;
pub use boundary::{BOUNDARY_LIMIT, Boundary};

/// Bytes before the first part and after the last one: browsers and tools send at most a line end there.
pub const AROUND_LIMIT: usize = 1024;

/// White space between a boundary and the end of its line. Browsers and tools send none.
pub const PADDING_LIMIT: usize = 64;

/// Parts of a form: the largest folder that can be sent at once.
pub const PARTS_LIMIT: usize = 10_000;

/// Bytes of the head of a part.
pub const PART_HEAD_LIMIT: usize = 8 * 1024;

/// Fields in the head of a part.
pub const PART_FIELDS_LIMIT: usize = 16;

/// The longest incomplete input that the caller may have to keep: the head of a part, with the colon and the
/// end of its last line. A read buffer must hold at least this. Of content, less than a delimiter is kept:
/// the boundary and 4 bytes.
pub const KEPT_LIMIT: usize = PART_HEAD_LIMIT + 3;

/// The head of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormPart {
    /// The form field, and the name of the file.
    pub disposition: FormData,
    /// Its Content-Type, unchanged.
    pub content_type: Option<Vec<u8>>,
}

/// What the decoder found at the start of its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormStep {
    /// A part starts; its content starts after this many bytes.
    Part(FormPart, usize),
    /// These bytes of the input are content of the part. The next call begins behind them.
    Content(Range<usize>),
    /// The part is complete. The next call starts after this many bytes.
    End(usize),
    /// The decoder has used this many bytes; the bytes after them are incomplete. The next call starts there,
    /// with more bytes; up to [`KEPT_LIMIT`] bytes may still be too few. If there are no more bytes,
    /// [`FormDecoder::finish`] checks whether the form is complete.
    More(usize),
}

/// Reads one form.
///
/// ```
/// use http_wire::{head, multipart::{Boundary, FormDecoder, FormStep}};
/// let request = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n";
/// let (head, _) = head::parse(request).unwrap().unwrap();
/// let mut decoder = FormDecoder::new(&Boundary::of_request(&head).unwrap());
/// let input = b"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nhello\r\n--b--\r\n";
/// let Ok(FormStep::Part(part, 67)) = decoder.decode(input) else { panic!() };
/// assert_eq!(part.disposition.filename.as_deref(), Some(&b"a.txt"[..]));
/// assert_eq!(decoder.decode(&input[67..]), Ok(FormStep::Content(0..5)));
/// assert_eq!(decoder.decode(&input[72..]), Ok(FormStep::End(5)));
/// assert_eq!(decoder.decode(&input[77..]), Ok(FormStep::More(4)));
/// assert_eq!(decoder.finish(), Ok(()));
/// ```
#[derive(Clone, Debug)]
pub struct FormDecoder {
    /// CRLF, two hyphens and the boundary.
    delimiter: Finder<'static>,
    state: FormState,
    /// Bytes of the form that earlier calls have used.
    passed: usize,
    parts: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FormState {
    /// At the start of a line, where a delimiter has no CRLF before it.
    Line(Section),
    /// Before a delimiter.
    Text(Section),
    /// After a boundary.
    Delimiter,
    /// Before the head of a part.
    Head,
    /// After the last part, and this many bytes.
    Epilogue(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    /// Before the first part, after this many bytes.
    Preamble(usize),
    /// In the content of a part.
    Part,
}

impl FormDecoder {
    /// A decoder at the first byte of a form with this boundary.
    pub fn new(boundary: &Boundary) -> Self {
        let delimiter = [b"\r\n--", &*boundary.0].concat();
        Self {
            delimiter: Finder::new(&delimiter).into_owned(),
            state: FormState::Line(Section::Preamble(0)),
            passed: 0,
            parts: 0,
        }
    }

    /// Decodes the start of `input`, which continues where the last call ended. However the input is split,
    /// the parts and the violation are the same.
    ///
    /// ```text
    /// multipart-body    = [ preamble CRLF ] dash-boundary transport-padding CRLF body-part
    ///                     *( delimiter transport-padding CRLF body-part )
    ///                     delimiter "--" transport-padding [ CRLF epilogue ]
    /// dash-boundary     = "--" boundary
    /// delimiter         = CRLF dash-boundary
    /// body-part         = MIME-part-headers [ CRLF *OCTET ]
    /// transport-padding = *( SP / HTAB )
    /// ```
    ///
    /// A form without parts is valid: browsers send it.
    ///
    /// # Errors
    ///
    /// A rule of RFC 2046 section 5.1 or RFC 7578 section 4, with the offset from the first byte of
    /// the form.
    pub fn decode(&mut self, input: &[u8]) -> Result<FormStep, Violation> {
        self.decode_with(input, ())
    }

    /// Like [`decode`](Self::decode), and reports parts and violations to a watch.
    ///
    /// # Errors
    ///
    /// See [`decode`](Self::decode); without the violations that the watch tolerates.
    pub fn decode_with(&mut self, input: &[u8], watch: impl Watch) -> Result<FormStep, Violation> {
        let mut cursor = Cursor::new(input, watch);
        loop {
            // The next call reads incomplete input again, from its start.
            let start = cursor.at();
            let step = match self.advance(&mut cursor) {
                Ok(None) => continue,
                Ok(Some(step)) => step,
                Err(ScanStop::NeedMore) => FormStep::More(start),
                Err(ScanStop::Broken(Violation { rule, at })) => return Err(rule.at(self.passed + at)),
            };
            self.passed += match step {
                FormStep::Content(Range { end, .. }) => end,
                FormStep::Part(_, used) | FormStep::End(used) | FormStep::More(used) => used,
            };
            return Ok(step);
        }
    }

    /// Call this at the end of the request's content.
    ///
    /// # Errors
    ///
    /// [`Rule::FormCut`] if the form is incomplete: the last part may be truncated.
    pub fn finish(&self) -> Result<(), Violation> {
        match self.state {
            FormState::Epilogue(_) => Ok(()),
            _ => Err(Rule::FormCut.at(self.passed)),
        }
    }

    /// Reads one line or one run of bytes; `None` if the next one decides.
    fn advance(&mut self, cursor: &mut Cursor<'_, impl Watch>) -> Result<Option<FormStep>, ScanStop> {
        match self.state {
            FormState::Line(place) => self.line(cursor, place),
            FormState::Text(place) => self.text(cursor, place),
            FormState::Delimiter => {
                let start = cursor.at();
                self.state = match self.behind_boundary(cursor) {
                    Err(ScanStop::Broken(violation)) => {
                        cursor.tolerate(violation)?;
                        cursor.retry_from(start);
                        cursor.any_line()?;
                        FormState::Head
                    }
                    state => state?,
                };
                Ok(None)
            }
            FormState::Head => {
                let start = cursor.at();
                let part = part_head(cursor)?;
                cursor.report(&part::PART_HEAD, Span::new(start, cursor.at()));
                self.state = FormState::Line(Section::Part);
                Ok(Some(FormStep::Part(part, cursor.at())))
            }
            FormState::Epilogue(_) if cursor.rest().is_empty() => Err(ScanStop::NeedMore),
            FormState::Epilogue(passed) => {
                cursor.report(&part::EPILOGUE, Span::new(cursor.at(), cursor.at() + cursor.rest().len()));
                self.state = FormState::Epilogue(pass(cursor, cursor.rest().len(), passed)?);
                Ok(None)
            }
        }
    }

    /// Whether the form or the content of a part starts with a boundary. The CRLF of the boundary is then the
    /// end of the head, and the part is empty.
    fn line(
        &mut self,
        cursor: &mut Cursor<'_, impl Watch>,
        place: Section,
    ) -> Result<Option<FormStep>, ScanStop> {
        let boundary = self.delimiter.needle().get(2..).unwrap_or_default();
        let start = cursor.rest().get(..boundary.len()).unwrap_or(cursor.rest());
        if start == boundary {
            cursor.report(&part::DELIMITER, Span::new(cursor.at(), cursor.at() + boundary.len()));
            cursor.skip(boundary.len());
            return Ok(self.end(place, cursor.at()));
        }
        if boundary.starts_with(start) {
            return Err(ScanStop::NeedMore);
        }
        self.state = FormState::Text(place);
        Ok(None)
    }

    /// The text before a delimiter, as much as has arrived.
    fn text(
        &mut self,
        cursor: &mut Cursor<'_, impl Watch>,
        place: Section,
    ) -> Result<Option<FormStep>, ScanStop> {
        let found = self.delimiter.find(cursor.rest());
        if found == Some(0) {
            let length = self.delimiter.needle().len();
            cursor.report(&part::DELIMITER, Span::new(cursor.at(), cursor.at() + length));
            cursor.skip(length);
            return Ok(self.end(place, cursor.at()));
        }
        let len = found.unwrap_or_else(|| certain(cursor.rest(), self.delimiter.needle()));
        match place {
            _ if len == 0 => Err(ScanStop::NeedMore),
            Section::Preamble(passed) => {
                cursor.report(&part::PREAMBLE, Span::new(cursor.at(), cursor.at() + len));
                self.state = FormState::Text(Section::Preamble(pass(cursor, len, passed)?));
                Ok(None)
            }
            Section::Part => {
                let content = cursor.at()..cursor.at() + len;
                cursor.report(&part::PART_CONTENT, Span::new(content.start, content.end));
                Ok(Some(FormStep::Content(content)))
            }
        }
    }

    /// A delimiter, which ends at `at`.
    fn end(&mut self, place: Section, at: usize) -> Option<FormStep> {
        self.state = FormState::Delimiter;
        (place == Section::Part).then_some(FormStep::End(at))
    }

    /// After a boundary: the end of its line and another part, or two hyphens.
    fn behind_boundary(&mut self, cursor: &mut Cursor<'_, impl Watch>) -> Result<FormState, ScanStop> {
        if cursor.peek()? == b'-' {
            let start = cursor.at();
            cursor.literal(b"--", Rule::DelimiterMalformed)?;
            cursor.report(&part::CLOSE_DELIMITER, Span::new(start, cursor.at()));
            return Ok(FormState::Epilogue(0));
        }
        cursor.run(|byte| matches!(byte, b' ' | b'\t'), PADDING_LIMIT, Rule::DelimiterMalformed)?;
        cursor.line_end(Rule::DelimiterMalformed)?;
        if self.parts == PARTS_LIMIT {
            return Err(cursor.broken(Rule::TooManyParts));
        }
        self.parts += 1;
        Ok(FormState::Head)
    }
}

/// How many bytes at the start cannot belong to a truncated delimiter. Its first byte, CR, occurs only once
/// in it.
fn certain(text: &[u8], delimiter: &[u8]) -> usize {
    match memchr::memrchr(b'\r', text) {
        Some(at) if text.get(at..).is_some_and(|end| delimiter.starts_with(end)) => at,
        _ => text.len(),
    }
}

/// Skips bytes around the parts and returns their total, up to the limit.
fn pass(cursor: &mut Cursor<'_, impl Watch>, len: usize, passed: usize) -> Result<usize, ScanStop> {
    let room = AROUND_LIMIT - passed;
    if len > room {
        cursor.skip(room);
        return Err(cursor.broken(Rule::AroundPartsTooLong));
    }
    cursor.skip(len);
    Ok(passed + len)
}

/// The head of a part, and the empty line after it.
///
/// Example: `b"Content-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r
/// Content-Type: text/plain\r
/// \r
/// "`. Other fields are ignored (RFC 7578 section 4.8).
fn part_head(cursor: &mut Cursor<'_, impl Watch>) -> Result<FormPart, ScanStop> {
    let [disposition, content_type, coding] = part_fields(cursor)?;
    let input = cursor.input();
    let text = |value: Span| value.of(input).trim_ascii();
    if let Some(value) = coding.filter(|&value| !is_plain(text(value))) {
        cursor.tolerate(Rule::PartEncoded.at(value.start()))?;
    }
    let at = disposition.map_or(cursor.at(), Span::start);
    let disposition = match disposition.and_then(|value| FormData::parse(text(value))) {
        Some(disposition) => disposition,
        None => {
            cursor.tolerate(Rule::DispositionMalformed.at(at))?;
            FormData { name: Vec::new(), filename: None }
        }
    };
    Ok(FormPart { disposition, content_type: content_type.map(|value| text(value).to_vec()) })
}

/// The fields of a part that are used.
const FIELDS: [&[u8]; 3] = [b"Content-Disposition", b"Content-Type", b"Content-Transfer-Encoding"];

/// The values of [`FIELDS`], each allowed once (RFC 2045 section 5.1).
fn part_fields(cursor: &mut Cursor<'_, impl Watch>) -> Result<[Option<Span>; 3], ScanStop> {
    let start = cursor.at();
    let mut values = [None; 3];
    for count in 0..=PART_FIELDS_LIMIT {
        if cursor.peek()? == b'\r' {
            cursor.line_end(Rule::ColonMissing)?;
            return Ok(values);
        }
        if count == PART_FIELDS_LIMIT {
            break;
        }
        let line = cursor.at();
        let room = PART_HEAD_LIMIT - (line - start);
        let (name, value) = match fields::field_line(cursor, room, Rule::PartHeadTooLarge) {
            Err(ScanStop::Broken(violation)) => {
                cursor.tolerate(violation)?;
                let mut lines = Vec::new();
                fields::lenient_field_line(cursor, line, &mut lines)?;
                lines.iter().for_each(|line| value::watch_line(line, cursor));
                continue;
            }
            field => field?,
        };
        value::watch_line(&FieldLine { name, value }, cursor);
        if cursor.at() - start > PART_HEAD_LIMIT {
            return Err(Rule::PartHeadTooLarge.at(line).into());
        }
        let named = FIELDS.iter().position(|known| name.of(cursor.input()).eq_ignore_ascii_case(known));
        let slot = named.and_then(|place| values.get_mut(place));
        if slot.is_some_and(|slot| slot.replace(value).is_some()) {
            cursor.tolerate(Rule::PartFieldRepeated.at(line))?;
        }
    }
    Err(cursor.broken(Rule::PartHeadTooLarge))
}

/// Whether a Content-Transfer-Encoding is the identity (RFC 2045 section 6.2).
fn is_plain(coding: &[u8]) -> bool {
    [&b"binary"[..], b"8bit", b"7bit"].iter().any(|plain| coding.eq_ignore_ascii_case(plain))
}

#[cfg(test)]
mod tests;
