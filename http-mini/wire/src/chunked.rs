//! Content in chunks ([RFC 9112 section 7.1](https://www.rfc-editor.org/rfc/rfc9112#section-7.1)):
//! the decoder and the writer.
//!
//! The decoder copies nothing: it returns which bytes of its input are content. Extensions and trailer fields
//! are checked, limited and discarded; a trailer never becomes a field of the head (section 7.1.2).

use std::num::NonZeroUsize;
use std::ops::Range;

use syntax::span::Span;
use syntax::watch::{Reading, Watch, offsets};

use super::fields::{self, FieldLine};
use super::length::LENGTH_LIMIT;
use super::list;
use super::part;
use super::rule::{Rule, Violation};
use super::scan::{self, Cursor, ScanStop};
use super::user_agent::UserAgent;
use super::value;

/// Digits of a chunk size: as many as a 64-bit number has.
pub const SIZE_DIGITS_LIMIT: usize = 16;

/// Bytes of the extensions of one chunk.
pub const EXTENSION_LIMIT: usize = 1024;

/// Bytes of extensions in all chunks, in addition to one byte for each byte of content. Without this limit,
/// chunks of one byte with long extensions would make a small upload endless.
pub const EXTENSIONS_ALLOWANCE: u64 = 16 * 1024;

/// Bytes of a trailer section.
pub const TRAILERS_LIMIT: usize = 8 * 1024;

/// The longest incomplete input that the caller may have to keep: a line of a trailer section with its colon
/// and its end. A read buffer must hold at least this.
pub const LINE_LIMIT: usize = TRAILERS_LIMIT + 3;

/// Fields of a trailer section.
pub const TRAILER_FIELDS_LIMIT: usize = 32;

/// What the decoder found at the start of its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChunkedStep {
    /// These bytes of the input are content. The next call begins behind them.
    Content(Range<usize>),
    /// The decoder has used this many bytes; the bytes after them are incomplete. The next call starts there,
    /// with more bytes; up to [`LINE_LIMIT`] bytes may still be too few.
    More(usize),
    /// The content is complete. The next message starts after this many bytes.
    Done(usize),
}

/// What [`ChunkedDecoder::take`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkedPiece {
    /// Content, which was appended.
    Content,
    /// No content yet.
    Incomplete,
    /// The end of the content.
    End,
}

/// Reads one chunked content.
///
/// ```
/// use http_wire::chunked::{ChunkedDecoder, ChunkedStep};
/// let mut decoder = ChunkedDecoder::new();
/// let input = b"5;a=b\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\n";
/// assert_eq!(decoder.decode(input), Ok(ChunkedStep::Content(7..12)));
/// assert_eq!(decoder.decode(&input[12..]), Ok(ChunkedStep::Done(7)));
/// ```
#[derive(Clone, Debug)]
pub struct ChunkedDecoder {
    state: ChunkedState,
    /// Bytes of the message that earlier calls have used.
    passed: usize,
    content: u64,
    extensions: u64,
    is_response: bool,
    is_lenient: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChunkedState {
    /// Before a chunk's first line.
    Size,
    /// In a chunk, with this many bytes left.
    Content(u64),
    /// Before the CRLF after a chunk.
    End,
    /// In the trailer section, after this many bytes and fields.
    Trailers {
        bytes: usize,
        fields: usize,
    },
    Done,
}

impl Default for ChunkedDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl ChunkedDecoder {
    /// A decoder at the first byte of a content.
    pub fn new() -> Self {
        Self {
            state: ChunkedState::Size,
            passed: 0,
            content: 0,
            extensions: 0,
            is_response: false,
            is_lenient: false,
        }
    }

    /// A decoder at the first byte of a response's content. It tolerates violations that have only one
    /// reading.
    pub fn of_response() -> Self {
        Self { is_response: true, ..Self::new() }
    }

    /// Whether a violation was tolerated: the connection must not be used again.
    pub fn is_lenient(&self) -> bool {
        self.is_lenient
    }

    /// Decodes the start of `input`, which continues where the last call ended. However the input is split,
    /// the content and the violation are the same.
    ///
    /// ```text
    /// chunked-body    = *chunk last-chunk trailer-section CRLF
    /// chunk           = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
    /// last-chunk      = 1*("0") [ chunk-ext ] CRLF
    /// trailer-section = *( field-line CRLF )
    /// ```
    ///
    /// # Errors
    ///
    /// A rule of section 7.1, with the offset from the first byte of the content. The connection
    /// cannot be used again.
    pub fn decode(&mut self, input: &[u8]) -> Result<ChunkedStep, Violation> {
        match self.is_response {
            false => self.decode_with(input, ()),
            true => self.decode_with(input, UserAgent),
        }
    }

    /// Like [`decode`](Self::decode), and reports parts and violations to a watch.
    ///
    /// # Errors
    ///
    /// See [`decode`](Self::decode); without the violations that the watch tolerates.
    pub fn decode_with(&mut self, input: &[u8], watch: impl Watch) -> Result<ChunkedStep, Violation> {
        let mut cursor = Cursor::new(input, watch);
        loop {
            // The next call reads incomplete input again, from its start.
            let start = cursor.at();
            let step = self.advance(&mut cursor, input.len());
            self.is_lenient |= cursor.is_lenient();
            let step = match step {
                Ok(None) => continue,
                Ok(Some(step)) => step,
                Err(ScanStop::NeedMore) => ChunkedStep::More(start),
                Err(ScanStop::Broken(Violation { rule, at })) => return Err(rule.at(self.passed + at)),
            };
            self.passed += match step {
                ChunkedStep::Content(Range { end, .. }) => end,
                ChunkedStep::More(used) | ChunkedStep::Done(used) => used,
            };
            return Ok(step);
        }
    }

    /// Like [`decode`](Self::decode), and appends the content at the start of `input` to `into`. Returns how
    /// many bytes of the input were used; `None` if more are needed.
    ///
    /// # Errors
    ///
    /// See [`decode`](Self::decode).
    pub fn take(
        &mut self,
        input: &[u8],
        into: &mut Vec<u8>,
    ) -> Result<Option<(ChunkedPiece, usize)>, Violation> {
        Ok(match self.decode(input)? {
            ChunkedStep::Content(range) => {
                let used = range.end;
                into.extend_from_slice(input.get(range).unwrap_or_default());
                Some((ChunkedPiece::Content, used))
            }
            ChunkedStep::More(0) => None,
            ChunkedStep::More(used) => Some((ChunkedPiece::Incomplete, used)),
            ChunkedStep::Done(used) => Some((ChunkedPiece::End, used)),
        })
    }

    /// Reads one line or one run of content; `None` if the next one decides.
    fn advance(
        &mut self,
        cursor: &mut Cursor<'_, impl Watch>,
        end: usize,
    ) -> Result<Option<ChunkedStep>, ScanStop> {
        let start = cursor.at();
        self.state = match self.state {
            ChunkedState::Size => match self.size_line(cursor)? {
                0 => ChunkedState::Trailers { bytes: 0, fields: 0 },
                size => ChunkedState::Content(size),
            },
            ChunkedState::Content(left) => {
                let step = self.content(start..end, left)?;
                if let ChunkedStep::Content(range) = &step {
                    cursor.report(&part::CHUNK_DATA, Span::new(range.start, range.end));
                }
                return Ok(Some(step));
            }
            ChunkedState::End => {
                match cursor.literal(CHUNK_END, Rule::ChunkEnd) {
                    Err(ScanStop::Broken(violation)) => {
                        cursor.tolerate(violation)?;
                        if cursor.peek()? == b'\n' {
                            cursor.skip(1);
                        }
                    }
                    end => end?,
                }
                cursor.report(&part::CHUNK_END, Span::new(start, cursor.at()));
                ChunkedState::Size
            }
            ChunkedState::Trailers { bytes, fields } => match trailer(cursor, bytes, fields) {
                Err(ScanStop::Broken(violation)) => {
                    cursor.tolerate(violation)?;
                    let mut lines = Vec::new();
                    fields::lenient_field_line(cursor, start, &mut lines)?;
                    lines.iter().for_each(|line| value::watch_line(line, cursor));
                    self.state
                }
                state => state?,
            },
            ChunkedState::Done => return Ok(Some(ChunkedStep::Done(cursor.at()))),
        };
        Ok(None)
    }

    /// Content, as much as has arrived.
    fn content(&mut self, arrived: Range<usize>, left: u64) -> Result<ChunkedStep, ScanStop> {
        let len = arrived.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if len == 0 {
            return Err(ScanStop::NeedMore);
        }
        let left = left - len as u64;
        self.state = if left == 0 { ChunkedState::End } else { ChunkedState::Content(left) };
        Ok(ChunkedStep::Content(arrived.start..arrived.start + len))
    }

    /// The first line of a chunk; in a lenient reading, the number at its start.
    fn size_line(&mut self, cursor: &mut Cursor<'_, impl Watch>) -> Result<u64, ScanStop> {
        let start = cursor.at();
        let size = match self.size(cursor) {
            Err(ScanStop::Broken(violation)) => {
                cursor.tolerate(violation)?;
                cursor.retry_from(start);
                lenient_size(cursor)?
            }
            size => size?,
        };
        let line = if size == 0 { &part::LAST_CHUNK } else { &part::CHUNK_LINE };
        cursor.report(line, Span::new(start, cursor.at()));
        Ok(size)
    }

    /// The first line of a chunk.
    ///
    /// ```text
    /// chunk-size = 1*HEXDIG
    /// chunk-ext  = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
    /// ```
    ///
    /// Example: `b"1a ;name=value\r\n"`.
    fn size(&mut self, cursor: &mut Cursor<'_, impl Watch>) -> Result<u64, ScanStop> {
        let start = cursor.at();
        let digits =
            cursor.run(|byte| byte.is_ascii_hexdigit(), SIZE_DIGITS_LIMIT, Rule::ChunkSizeOverflow)?;
        if digits.is_empty() {
            return Err(cursor.fault(Rule::ChunkSizeMalformed));
        }
        let size = hexadecimal_number(digits.of(cursor.input()));
        cursor.watch().value(&part::CHUNK_SIZE, digits.of(cursor.input()), format_args!("{size}"));
        let content = self.content.saturating_add(size);
        if content > LENGTH_LIMIT {
            return Err(Rule::ChunkSizeOverflow.at(start).into());
        }
        let blank =
            cursor.run(|byte| matches!(byte, b' ' | b'\t'), EXTENSION_LIMIT, Rule::ExtensionTooLong)?;
        let extension = match cursor.peek()? {
            b';' => cursor.text(EXTENSION_LIMIT - blank.len(), Rule::ExtensionTooLong)?,
            _ if blank.is_empty() => blank,
            b'\r' | b'\n' => {
                cursor.tolerate(Rule::ChunkSizeSpace.at(blank.start()))?;
                blank
            }
            _ => return Err(cursor.fault(Rule::ChunkSizeMalformed)),
        };
        cursor.report(&part::CHUNK_EXTENSION, extension);
        let extensions = self.extensions + (blank.len() + extension.len()) as u64;
        cursor.line_end(Rule::ChunkSizeMalformed)?;
        if let Some(at) = bad_extension(extension.of(cursor.input())) {
            cursor.tolerate(Rule::ExtensionMalformed.at(extension.start() + at))?;
        }
        if extensions > EXTENSIONS_ALLOWANCE.saturating_add(content) {
            return Err(Rule::ExtensionTooLong.at(start).into());
        }
        (self.content, self.extensions) = (content, extensions);
        Ok(size)
    }
}

/// Offset of the byte at which chunk extensions break their grammar. Unknown extensions are ignored.
///
/// ```text
/// chunk-ext     = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
/// chunk-ext-val = token / quoted-string
/// ```
fn bad_extension(text: &[u8]) -> Option<usize> {
    let mut extensions = list::split(text.strip_prefix(b";")?, b';');
    let end = text.trim_ascii_end().len();
    if end < text.len() {
        return Some(end);
    }
    extensions.find_map(|extension| {
        let (name, value) = extension.split_at(memchr::memchr(b'=', extension).unwrap_or(extension.len()));
        let value = value.strip_prefix(b"=").map(<[u8]>::trim_ascii_start);
        let is_good = scan::is_token(name.trim_ascii_end())
            && value.is_none_or(|value| scan::is_token(value) || list::is_quoted(value));
        if is_good { None } else { offsets(text, extension).map(|range| range.start) }
    })
}

/// Reads a chunk size that breaks a rule as lenient parsers do: as C's `strtol`, which skips white space, a sign and
/// `0x`; or, in the second reading, as the digits at the start.
fn lenient_size(cursor: &mut Cursor<'_, impl Watch>) -> Result<u64, ScanStop> {
    let line = cursor.any_line()?;
    let start = match cursor.watch().reading() {
        Reading::First => {
            let text = line.trim_ascii_start();
            let text = text.strip_prefix(b"+").unwrap_or(text);
            text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X")).unwrap_or(text)
        }
        Reading::Second => line,
    };
    let count = start.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let digits = start.get(..count).unwrap_or_default();
    let size = hexadecimal_number(digits);
    cursor.watch().value(&part::CHUNK_SIZE, digits, format_args!("{size}"));
    Ok(size)
}

/// A line of the trailer section, after this many bytes and fields.
///
/// Example: `b"Content-Digest: sha-256=:...:\r\n"`, and at last `b"\r\n"`.
fn trailer<W: Watch>(
    cursor: &mut Cursor<'_, W>,
    bytes: usize,
    fields: usize,
) -> Result<ChunkedState, ScanStop> {
    let start = cursor.at();
    let first = cursor.peek()?;
    if first == b'\r' || (W::IS_LENIENT && first == b'\n') {
        cursor.line_end(Rule::ColonMissing)?;
        cursor.report(&part::CONTENT_END, Span::new(start, cursor.at()));
        return Ok(ChunkedState::Done);
    }
    if fields == TRAILER_FIELDS_LIMIT {
        return Err(cursor.broken(Rule::TrailersTooLarge));
    }
    let (name, value) = fields::field_line(cursor, TRAILERS_LIMIT - bytes, Rule::TrailersTooLarge)?;
    value::watch_line(&FieldLine { name, value }, cursor);
    let bytes = bytes + cursor.at() - start;
    if bytes > TRAILERS_LIMIT {
        return Err(Rule::TrailersTooLarge.at(start).into());
    }
    cursor.report(&part::TRAILER_FIELD, Span::new(start, cursor.at()));
    Ok(ChunkedState::Trailers { bytes, fields: fields + 1 })
}

/// The value of hexadecimal digits, modulo 2^64.
fn hexadecimal_number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number, digit| number << 4 | u64::from(hexadecimal(*digit)))
}

fn hexadecimal(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20).wrapping_sub(b'a' - 10),
    }
}

/// The bytes after the content of a chunk.
pub const CHUNK_END: &[u8] = b"\r\n";

/// The last chunk and an empty trailer section.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Writes the size line of a chunk: `b"1a\r
/// "`. After the content, write [`CHUNK_END`]. The size is not 0, because an empty chunk would end the
/// content.
pub fn write_size(out: &mut Vec<u8>, size: NonZeroUsize) {
    let digits = (usize::BITS - size.leading_zeros()).div_ceil(4);
    for place in (0..digits).rev() {
        out.push(b"0123456789abcdef".get(size.get() >> (place * 4) & 0xF).copied().unwrap_or_default());
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests;
