//! Parses and writes request heads: the request line and the fields ([RFC 9112 sections 2 to
//! 5](https://www.rfc-editor.org/rfc/rfc9112#section-2)).
//!
//! [`fields`](super::fields) parses the fields. Parsing is strict. RFC 9112 lets a recipient accept a bare
//! LF, white space in unusual places and folded lines; a proxy in front may read those differently, and
//! request smuggling exploits that difference (section 11.2).

mod write;

use std::fmt;

use syntax::span::Span;
use syntax::watch::{Watch, offsets};

use super::fields::Fields;
use super::host;
use super::list;
use super::part;
use super::rule::{Rule, Violation};
use super::scan::{Cursor, ScanStop, is_tchar};
use super::target::{self, RequestTarget, TargetParts};

pub use super::fields::{FIELDS_LIMIT, HEAD_LIMIT};
pub use super::start_line::{Method, Version};
pub use write::{RequestHeadWriter, Unwritable};

/// Bytes of a request-target: 8,000 are accepted (RFC 9112 section 3 recommends at least that). A longer one
/// is answered with 414.
pub const TARGET_LIMIT: usize = 8_000;

/// Bytes of a method; the longest registered one has 17. A longer one is answered with 501.
pub const METHOD_LIMIT: usize = 32;

/// Empty lines that are ignored before a request line (RFC 9112 section 2.2 requires at least one, because
/// some clients end content with an uncounted CRLF).
pub const EMPTY_LINES_LIMIT: usize = 2;

/// A request head that satisfies every rule of this module.
///
/// It owns its bytes and stores its parts as offsets, so that it can be kept and explained after the read
/// buffer is freed. It is one pointer wide, because sessions pass it through many states.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestHead(Box<Parsed>);

#[derive(Clone, PartialEq, Eq)]
struct Parsed {
    line: RequestLine,
    fields: Fields,
    host: Option<Span>,
    expects_continue: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RequestLine {
    method: Method,
    name: Span,
    target: TargetParts,
    version: Version,
}

/// Parses the request head at the start of `input`; returns it and its length in bytes.
///
/// `Ok(None)` means that more bytes are needed. However a request is split into reads, the head or the
/// violation is the same: an error is reported as soon as it is certain, and no later byte changes it.
///
/// ```text
/// HTTP-message = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]
/// ```
///
/// ```
/// use http_wire::head::{self, Method};
/// let input = b"GET /a?b HTTP/1.1\r\nHost: example.com\r\n\r\n<the next request>";
/// let (head, used) = head::parse(input).unwrap().unwrap();
/// assert_eq!(head.method(), Method::Get);
/// assert_eq!(head.target().path(), b"/a");
/// assert_eq!(head.field("host"), Some(&b"example.com"[..]));
/// assert_eq!(&input[used..], b"<the next request>");
/// ```
///
/// # Errors
///
/// The first broken rule in the order of the bytes. The request line is checked when it is complete; Host and
/// Expect are checked when the head is.
pub fn parse(input: &[u8]) -> Result<Option<(RequestHead, usize)>, Violation> {
    parse_with(input, ())
}

/// Like [`parse`], and reports parts and violations to a watch.
///
/// # Errors
///
/// See [`parse`]; without the violations that the watch tolerates.
pub fn parse_with(input: &[u8], watch: impl Watch) -> Result<Option<(RequestHead, usize)>, Violation> {
    let window = input.get(..HEAD_LIMIT).unwrap_or(input);
    match RequestHead::read(window, watch) {
        Ok(head) => {
            let used = head.bytes().len();
            Ok(Some((head, used)))
        }
        Err(ScanStop::Broken(violation)) => Err(violation),
        Err(ScanStop::NeedMore) if window.len() == HEAD_LIMIT => Err(Rule::HeadTooLarge.at(HEAD_LIMIT)),
        Err(ScanStop::NeedMore) => Ok(None),
    }
}

/// The first line of a malformed or incomplete request, for a log: at most [`TARGET_LIMIT`] bytes, with `***`
/// instead of userinfo in its target.
pub fn first_line(input: &[u8]) -> Vec<u8> {
    let mut lines = input.split(|byte| matches!(byte, b'\r' | b'\n'));
    let line = lines.find(|line| !line.is_empty()).unwrap_or_default();
    let line = line.get(..TARGET_LIMIT).unwrap_or(line);
    let start = memchr::memmem::find(line, b"://").map_or(line.len(), |at| at + b"://".len());
    let (before, rest) = line.split_at(start);
    let authority = rest.split(|byte| b"/? ".contains(byte)).next().unwrap_or_default();
    match memchr::memrchr(b'@', authority) {
        Some(at) => [before, b"***", rest.get(at..).unwrap_or_default()].concat(),
        None => line.to_vec(),
    }
}

impl RequestHead {
    /// The method; [`Method::Other`] if it is not known here.
    pub fn method(&self) -> Method {
        self.0.line.method
    }

    /// The request-target.
    pub fn target(&self) -> RequestTarget<'_> {
        RequestTarget::new(self.bytes(), self.0.line.target)
    }

    /// The client's HTTP version.
    pub fn version(&self) -> Version {
        self.0.line.version
    }

    /// The fields, and the bytes of the whole head.
    pub fn section(&self) -> &Fields {
        &self.0.fields
    }

    /// See [`Fields::field`].
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        self.0.fields.field(name)
    }

    /// See [`Fields::only_field`].
    pub fn only_field(&self, name: &str) -> Option<&[u8]> {
        self.0.fields.only_field(name)
    }

    /// The requested host with its port: from an absolute-form target, else from Host (RFC 9112 section
    /// 3.2.2). It may be empty, and is `None` only in HTTP/1.0.
    pub fn host(&self) -> Option<&[u8]> {
        self.target().authority().or_else(|| self.0.host.map(|span| span.of(self.bytes())))
    }

    /// Whether the client expects a persistent connection (RFC 9112 section 9.3).
    pub fn persists(&self) -> bool {
        self.0.fields.persists(self.version())
    }

    /// Whether the client waits for `100 (Continue)` before it sends content (RFC 9110 section
    /// 10.1.1). An HTTP/1.0 client never does.
    pub fn expects_continue(&self) -> bool {
        self.0.expects_continue
    }

    /// The bytes of the head, from the first one read up to and including the empty line.
    pub fn bytes(&self) -> &[u8] {
        self.0.fields.bytes()
    }

    /// The request line: `b"GET /a HTTP/1.1"`.
    pub fn request_line(&self) -> &[u8] {
        let line = self.0.line.name.start()..self.version_span().end();
        self.bytes().get(line).unwrap_or_default()
    }

    /// The span of the method.
    pub fn method_span(&self) -> Span {
        self.0.line.name
    }

    /// The spans of the target and its parts.
    pub fn target_parts(&self) -> TargetParts {
        self.0.line.target
    }

    /// The span of the version.
    pub fn version_span(&self) -> Span {
        let start = self.0.line.target.raw.end() + 1;
        Span::new(start, start + VERSION.len() + 3)
    }
}

impl fmt::Debug for RequestHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Head({})", self.bytes().escape_ascii())
    }
}

impl RequestHead {
    fn read(input: &[u8], watch: impl Watch) -> Result<Self, ScanStop> {
        let mut cursor = Cursor::new(input, watch);
        empty_lines(&mut cursor)?;
        let start = cursor.at();
        let line = request_line(&mut cursor);
        let line = cursor.read_or(line, |cursor| lenient_request_line(cursor, start))?;
        cursor.report(&part::REQUEST_LINE, Span::new(start, cursor.at()));
        let fields = Fields::read(&mut cursor, FIELDS_LIMIT)?;
        let mut head = Self(Box::new(Parsed { line, fields, host: None, expects_continue: false }));
        head.0.host = cursor.value_or(head.the_host(), None)?;
        head.0.expects_continue = cursor.value_or(head.expectation(), false)?;
        cursor.report(&part::REQUEST_HEAD, Span::new(0, cursor.at()));
        Ok(head)
    }

    /// The value of Host (RFC 9112 section 3.2).
    ///
    /// It is required in HTTP/1.1, allowed once in any version, and must be valid even if an absolute-form
    /// target replaces it.
    fn the_host(&self) -> Result<Option<Span>, Violation> {
        let mut lines = self.0.fields.named("host");
        let Some(host) = lines.next() else {
            return match self.version() {
                Version::Http10 => Ok(None),
                Version::Http11 => Err(Rule::HostMissing.at(self.bytes().len())),
            };
        };
        if let Some(second) = lines.next() {
            return Err(Rule::HostRepeated.at(second.name.start()));
        }
        let value = host.value.of(self.bytes());
        if !value.is_empty() && !host::is_valid(value) {
            return Err(Rule::HostMalformed.at(host.value.start() + host::offence(value)));
        }
        Ok(Some(host.value))
    }

    /// Whether `100-continue` is expected (RFC 9110 section 10.1.1); no other expectation can be met.
    ///
    /// ```text
    /// Expect      = #expectation
    /// expectation = token [ "=" ( token / quoted-string ) parameters ]
    /// ```
    fn expectation(&self) -> Result<bool, Violation> {
        let mut expected = false;
        for field in self.0.fields.named("expect") {
            for expectation in list::elements(field.value.of(self.bytes())) {
                if !expectation.eq_ignore_ascii_case(b"100-continue") {
                    let at =
                        offsets(field.value.of(self.bytes()), expectation).map_or(0, |range| range.start);
                    return Err(Rule::ExpectationUnknown.at(field.value.start() + at));
                }
                expected = self.version() >= Version::Http11;
            }
        }
        Ok(expected)
    }
}

const VERSION: &[u8] = b"HTTP/";

/// Skips a few empty lines before a request (RFC 9112 section 2.2).
fn empty_lines(cursor: &mut Cursor<'_, impl Watch>) -> Result<(), ScanStop> {
    for _ in 0..EMPTY_LINES_LIMIT {
        if cursor.peek()? != b'\r' {
            return Ok(());
        }
        let start = cursor.at();
        cursor.line_end(Rule::EmptyLines)?;
        cursor.report(&part::EMPTY_LINE, Span::new(start, cursor.at()));
    }
    match cursor.peek()? {
        b'\r' => Err(cursor.fault(Rule::EmptyLines)),
        _ => Ok(()),
    }
}

/// ```text
/// request-line = method SP request-target SP HTTP-version CRLF
/// method       = token
/// HTTP-version = "HTTP" "/" DIGIT "." DIGIT
/// ```
///
/// Example: `b"GET /where?q=now HTTP/1.1\r\n"`.
fn request_line(cursor: &mut Cursor<'_, impl Watch>) -> Result<RequestLine, ScanStop> {
    let name = cursor.run(is_tchar, METHOD_LIMIT, Rule::MethodTooLong)?;
    if name.is_empty() {
        return Err(cursor.fault(Rule::MethodMalformed));
    }
    cursor.report(&part::METHOD, name);
    space(cursor, Rule::MethodMalformed)?;
    let path = cursor.run(target::is_path_byte, TARGET_LIMIT, Rule::TargetTooLong)?;
    if cursor.peek()? == b'?' {
        cursor.run(target::is_query_byte, TARGET_LIMIT - path.len(), Rule::TargetTooLong)?;
    }
    let target = Span::new(path.start(), cursor.at());
    match cursor.peek()? {
        b'#' => return Err(cursor.broken(Rule::TargetFragment)),
        b' ' if target.is_empty() => return Err(cursor.broken(Rule::RequestLineSpace)),
        b'\r' => return Err(cursor.fault(Rule::VersionMalformed)),
        _ => space(cursor, Rule::TargetByte)?,
    }
    let version = version(cursor)?;
    let method = Method::named(name.of(cursor.input()));
    let target = target::divide(cursor.input(), target, method, cursor.watch())?;
    Ok(RequestLine { method, name, target, version })
}

/// Reads a request line that breaks a rule as lenient parsers do: as words separated by white space (RFC 9112
/// section 3). The last word is a version if it starts like one.
fn lenient_request_line(cursor: &mut Cursor<'_, impl Watch>, start: usize) -> Result<RequestLine, ScanStop> {
    cursor.retry_from(start);
    let line = cursor.any_line()?;
    let first = line.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let name = Span::new(start, start + first.len());
    let rest = line.get(first.len()..).unwrap_or_default();
    let last = rest.rsplit(u8::is_ascii_whitespace).next().filter(|word| word.starts_with(b"HTTP/"));
    let words = rest.get(..rest.len() - last.map_or(0, <[u8]>::len)).unwrap_or_default();
    let target_start = name.end() + words.len() - words.trim_ascii_start().len();
    let raw = Span::new(target_start, target_start + words.trim_ascii().len());
    cursor.report(&part::METHOD, name);
    let version = Span::new(start + line.len() - last.map_or(0, <[u8]>::len), start + line.len());
    cursor.report(&part::HTTP_VERSION, version);
    let method = Method::named(name.of(cursor.input()));
    let target = target::divide(cursor.input(), raw, method, cursor.watch()).unwrap_or_else(|_| {
        cursor.report(&part::REQUEST_TARGET, raw);
        TargetParts::whole(raw)
    });
    let version = if version.of(cursor.input()) == b"HTTP/1.1" { Version::Http11 } else { Version::Http10 };
    Ok(RequestLine { method, name, target, version })
}

/// Expects exactly one space; anything else breaks the rule `otherwise`.
fn space(cursor: &mut Cursor<'_, impl Watch>, otherwise: Rule) -> Result<(), ScanStop> {
    match cursor.peek()? {
        b' ' => {
            cursor.report(&part::SPACE, Span::new(cursor.at(), cursor.at() + 1));
            cursor.skip(1);
            Ok(())
        }
        b'\t' | b'\r' => Err(cursor.fault(Rule::RequestLineSpace)),
        _ => Err(cursor.fault(otherwise)),
    }
}

/// The version and the end of its line: `b"HTTP/1.1\r\n"`.
fn version(cursor: &mut Cursor<'_, impl Watch>) -> Result<Version, ScanStop> {
    let start = cursor.at();
    // Nearly all requests have exactly this.
    if cursor.rest().starts_with(b"HTTP/1.1\r\n") {
        cursor.skip(VERSION.len() + 3);
        cursor.report(&part::HTTP_VERSION, Span::new(start, cursor.at()));
        cursor.line_end(Rule::VersionMalformed)?;
        return Ok(Version::Http11);
    }
    for &expected in VERSION {
        version_byte(cursor, |byte| byte == expected)?;
    }
    let number = cursor.at();
    let major = version_byte(cursor, |byte| byte.is_ascii_digit())?;
    version_byte(cursor, |byte| byte == b'.')?;
    let minor = version_byte(cursor, |byte| byte.is_ascii_digit())?;
    if major != b'1' {
        return Err(Rule::VersionUnsupported.at(number).into());
    }
    if matches!(cursor.peek()?, b' ' | b'\t') {
        return Err(cursor.broken(Rule::RequestLineSpace));
    }
    cursor.report(&part::HTTP_VERSION, Span::new(start, cursor.at()));
    cursor.line_end(Rule::VersionMalformed)?;
    Ok(if minor == b'0' { Version::Http10 } else { Version::Http11 })
}

fn version_byte(cursor: &mut Cursor<'_, impl Watch>, fits: impl Fn(u8) -> bool) -> Result<u8, ScanStop> {
    match cursor.peek()? {
        byte if fits(byte) => {
            cursor.skip(1);
            Ok(byte)
        }
        b' ' | b'\t' => Err(cursor.broken(Rule::RequestLineSpace)),
        _ => Err(cursor.fault(Rule::VersionMalformed)),
    }
}

#[cfg(test)]
mod tests;
