//! Request heads: the request line and the fields
//! ([RFC 9112 sections 2 to 5](https://www.rfc-editor.org/rfc/rfc9112#section-2)).
//!
//! Two readers look at each head. The first goes over the bytes in their order and refuses
//! whatever the grammar does not allow; the second, `httparse`, finds the parts of the fields. A
//! head on which they do not agree is refused: it could be two messages.
//!
//! Nothing lenient is done here. RFC 9112 lets a recipient accept a bare LF, white space in odd
//! places and folded lines; a proxy in front may read those in another way, and that difference is
//! how requests are smuggled (section 11.2).

use std::fmt;

use super::host;
use super::list;
use super::rule::{Rule, Violation};
use super::scan::{Cursor, Stop, is_tchar};
use super::span::Span;
use super::target::{self, Parts, Target};

/// Bytes of a request-target: 8,000 fit (RFC 9112 section 3 recommends to support at least that).
/// Above it the answer is 414.
pub const TARGET_LIMIT: usize = 8_000;

/// Bytes of a whole head, empty lines before it included. Above it the answer is 431.
pub const HEAD_LIMIT: usize = 32 * 1024;

/// Field lines in a head. Above it the answer is 431.
pub const FIELDS_LIMIT: usize = 100;

/// Bytes of a method; the longest registered one has 17. Above it the answer is 501.
pub const METHOD_LIMIT: usize = 32;

/// Empty lines that are ignored before a request line (RFC 9112 section 2.2 asks for at least
/// one: some clients end content with a CRLF that they do not count).
pub const EMPTY_LINES_LIMIT: usize = 2;

/// The methods that this server knows by name (RFC 9110 section 9.3, RFC 5789, RFC 4918).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the standards'")]
pub enum Method {
    Get,
    Head,
    Options,
    Put,
    Delete,
    Post,
    Patch,
    Mkcol,
    Move,
    Trace,
    /// Never seen in a [`Head`]: it breaks [`Rule::ConnectRefused`].
    Connect,
    /// Any other: 501. [`Head::method_name`] has its name.
    Other,
}

impl Method {
    /// Methods have case: `get` is not `GET` (RFC 9110 section 9.1).
    fn named(name: &[u8]) -> Self {
        match name {
            b"GET" => Self::Get,
            b"HEAD" => Self::Head,
            b"OPTIONS" => Self::Options,
            b"PUT" => Self::Put,
            b"DELETE" => Self::Delete,
            b"POST" => Self::Post,
            b"PATCH" => Self::Patch,
            b"MKCOL" => Self::Mkcol,
            b"MOVE" => Self::Move,
            b"TRACE" => Self::Trace,
            b"CONNECT" => Self::Connect,
            _ => Self::Other,
        }
    }
}

/// The version of a message (RFC 9112 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `HTTP/1.0`: one request a connection, no chunks, no interim responses.
    Http10,
    /// `HTTP/1.1`, and any later minor version (RFC 9110 section 2.5).
    Http11,
}

/// A request head that holds to every rule of this module.
///
/// It owns its bytes and knows its parts as places in them, so that it can be kept, moved and
/// explained after the read buffer is gone.
#[derive(Clone, PartialEq, Eq)]
pub struct Head {
    bytes: Box<[u8]>,
    line: RequestLine,
    fields: Box<[FieldLine]>,
    host: Option<Span>,
    expects_continue: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RequestLine {
    method: Method,
    name: Span,
    target: Parts,
    version: Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FieldLine {
    name: Span,
    value: Span,
}

/// The request head at the start of `input`, and how many bytes it takes.
///
/// `Ok(None)` means that more bytes are needed. Any way of cutting a request into reads gives the
/// same head or the same violation as the whole: an error is reported as soon as it is certain, and
/// no later byte changes it.
///
/// ```text
/// HTTP-message = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]
/// ```
///
/// ```
/// use http_mini::wire::head::{self, Method};
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
/// The first rule that is broken, in the order of the bytes; the request line is understood when it
/// is complete, and what Host and Expect say when the head is.
pub fn parse(input: &[u8]) -> Result<Option<(Head, usize)>, Violation> {
    let window = input.get(..HEAD_LIMIT).unwrap_or(input);
    match Head::read(window) {
        Ok(head) => {
            let used = head.bytes.len();
            Ok(Some((head, used)))
        }
        Err(Stop::Broken(violation)) => Err(violation),
        Err(Stop::NeedMore) if window.len() == HEAD_LIMIT => Err(Rule::HeadTooLarge.at(HEAD_LIMIT)),
        Err(Stop::NeedMore) => Ok(None),
    }
}

impl Head {
    /// The method, as far as it is known by name.
    pub fn method(&self) -> Method {
        self.line.method
    }

    /// The method as it came: `b"GET"`.
    pub fn method_name(&self) -> &[u8] {
        self.line.name.of(&self.bytes)
    }

    /// What is asked for.
    pub fn target(&self) -> Target<'_> {
        Target::new(&self.bytes, self.line.target)
    }

    /// The version that the client speaks.
    pub fn version(&self) -> Version {
        self.line.version
    }

    /// The value of the first field of this name, whose case does not matter, without the white
    /// space around it.
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        self.fields(name).next()
    }

    /// The value of the only field of this name; `None` where there are several, for fields that
    /// mean nothing then.
    pub fn only_field(&self, name: &str) -> Option<&[u8]> {
        let mut values = self.fields(name);
        let value = values.next()?;
        values.next().is_none().then_some(value)
    }

    /// The values of all fields of this name, in their order.
    pub fn fields(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.named(name).map(|field| field.value.of(&self.bytes))
    }

    /// The elements of a list-valued field, over all its lines (RFC 9110 section 5.6.1):
    /// `keep-alive` and `close` of `b"Connection: keep-alive, close\r\n"`.
    pub fn list(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.fields(name).flat_map(list::elements)
    }

    /// Names and values of all fields, in their order.
    pub fn field_lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.fields.iter().map(|field| (field.name.of(&self.bytes), field.value.of(&self.bytes)))
    }

    /// The host that is asked, with its port: from an absolute-form target, else from Host (RFC
    /// 9112 section 3.2.2). It may be empty, and is `None` only in HTTP/1.0.
    pub fn host(&self) -> Option<&[u8]> {
        self.target().authority().or_else(|| self.host.map(|span| span.of(&self.bytes)))
    }

    /// Whether the client expects the connection to stay open (RFC 9112 section 9.3).
    pub fn persists(&self) -> bool {
        let (mut close, mut keep_alive) = (false, false);
        for option in self.list("connection") {
            close |= option.eq_ignore_ascii_case(b"close");
            keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
        }
        !close && (keep_alive || self.version() >= Version::Http11)
    }

    /// Whether the client waits for `100 (Continue)` before it sends content (RFC 9110 section
    /// 10.1.1). An HTTP/1.0 client never does.
    pub fn expects_continue(&self) -> bool {
        self.expects_continue
    }

    /// The bytes of the head, from the first one read up to and with the empty line.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where the method stands.
    pub fn method_span(&self) -> Span {
        self.line.name
    }

    /// Where the target and its parts stand.
    pub fn target_parts(&self) -> Parts {
        self.line.target
    }

    /// Where the version stands.
    pub fn version_span(&self) -> Span {
        let start = self.line.target.raw.end() + 1;
        Span::new(start, start + VERSION.len() + 3)
    }

    /// Where the value of the first field of this name stands.
    pub fn field_span(&self, name: &str) -> Option<Span> {
        self.named(name).next().map(|field| field.value)
    }

    /// Where names and values of all fields stand.
    pub fn field_spans(&self) -> impl Iterator<Item = (Span, Span)> {
        self.fields.iter().map(|field| (field.name, field.value))
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Head({})", self.bytes.escape_ascii())
    }
}

impl Head {
    fn read(input: &[u8]) -> Result<Self, Stop> {
        let mut cursor = Cursor::new(input);
        empty_lines(&mut cursor)?;
        let line = request_line(&mut cursor)?;
        let start = cursor.at();
        let count = field_section(&mut cursor)?;
        let bytes = input.get(..cursor.at()).unwrap_or_default();
        let fields = find_fields(bytes, start, count).ok_or_else(|| Rule::TwoReadings.at(start))?;
        let mut head = Self { bytes: bytes.into(), line, fields, host: None, expects_continue: false };
        head.host = head.the_host()?;
        head.expects_continue = head.expectation()?;
        Ok(head)
    }

    /// The lines of a field. Most names differ in length already.
    fn named(&self, name: &str) -> impl Iterator<Item = &FieldLine> {
        self.fields.iter().filter(move |field| {
            field.name.len() == name.len() && field.name.of(&self.bytes).eq_ignore_ascii_case(name.as_bytes())
        })
    }

    /// The value of Host (RFC 9112 section 3.2).
    ///
    /// It must be there in HTTP/1.1, once at most in any version, and valid, also where an
    /// absolute-form target replaces it.
    fn the_host(&self) -> Result<Option<Span>, Violation> {
        let mut lines = self.named("host");
        let Some(host) = lines.next() else {
            return match self.version() {
                Version::Http10 => Ok(None),
                Version::Http11 => Err(Rule::HostMissing.at(self.bytes.len())),
            };
        };
        if let Some(second) = lines.next() {
            return Err(Rule::HostRepeated.at(second.name.start()));
        }
        if !host.value.is_empty() && !host::is_valid(host.value.of(&self.bytes)) {
            return Err(Rule::HostMalformed.at(host.value.start()));
        }
        Ok(Some(host.value))
    }

    /// Whether `100-continue` is expected (RFC 9110 section 10.1.1); anything else cannot be met.
    ///
    /// ```text
    /// Expect      = #expectation
    /// expectation = token [ "=" ( token / quoted-string ) parameters ]
    /// ```
    fn expectation(&self) -> Result<bool, Violation> {
        let mut expected = false;
        for field in self.named("expect") {
            for expectation in list::elements(field.value.of(&self.bytes)) {
                if !expectation.eq_ignore_ascii_case(b"100-continue") {
                    return Err(Rule::ExpectationUnknown.at(field.value.start()));
                }
                expected = self.version() >= Version::Http11;
            }
        }
        Ok(expected)
    }
}

const VERSION: &[u8] = b"HTTP/";

/// Empty lines before a request are ignored (RFC 9112 section 2.2), a few of them.
fn empty_lines(cursor: &mut Cursor<'_>) -> Result<(), Stop> {
    for _ in 0..EMPTY_LINES_LIMIT {
        if cursor.peek()? != b'\r' {
            return Ok(());
        }
        cursor.line_end(Rule::EmptyLines)?;
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
fn request_line(cursor: &mut Cursor<'_>) -> Result<RequestLine, Stop> {
    let name = cursor.run(is_tchar, METHOD_LIMIT, Rule::MethodTooLong)?;
    if name.is_empty() {
        return Err(cursor.fault(Rule::MethodMalformed));
    }
    space(cursor, Rule::MethodMalformed)?;
    let target = cursor.run(target::is_target_byte, TARGET_LIMIT, Rule::TargetTooLong)?;
    match cursor.peek()? {
        b'#' => return Err(cursor.broken(Rule::TargetFragment)),
        b' ' if target.is_empty() => return Err(cursor.broken(Rule::RequestLineSpace)),
        b'\r' => return Err(cursor.fault(Rule::VersionMalformed)),
        _ => space(cursor, Rule::TargetByte)?,
    }
    let version = version(cursor)?;
    let method = Method::named(name.of(cursor.input()));
    let target = target::divide(cursor.input(), target, method)?;
    Ok(RequestLine { method, name, target, version })
}

/// Exactly one space; what else stands there is `otherwise`.
fn space(cursor: &mut Cursor<'_>, otherwise: Rule) -> Result<(), Stop> {
    match cursor.peek()? {
        b' ' => {
            cursor.skip(1);
            Ok(())
        }
        b'\t' | b'\r' => Err(cursor.fault(Rule::RequestLineSpace)),
        _ => Err(cursor.fault(otherwise)),
    }
}

/// The version and the end of its line: `b"HTTP/1.1\r\n"`.
fn version(cursor: &mut Cursor<'_>) -> Result<Version, Stop> {
    for &expected in VERSION {
        version_byte(cursor, |byte| byte == expected)?;
    }
    let start = cursor.at();
    let major = version_byte(cursor, |byte| byte.is_ascii_digit())?;
    version_byte(cursor, |byte| byte == b'.')?;
    let minor = version_byte(cursor, |byte| byte.is_ascii_digit())?;
    if major != b'1' {
        return Err(Rule::VersionUnsupported.at(start).into());
    }
    if matches!(cursor.peek()?, b' ' | b'\t') {
        return Err(cursor.broken(Rule::RequestLineSpace));
    }
    cursor.line_end(Rule::VersionMalformed)?;
    Ok(if minor == b'0' { Version::Http10 } else { Version::Http11 })
}

fn version_byte(cursor: &mut Cursor<'_>, fits: impl Fn(u8) -> bool) -> Result<u8, Stop> {
    match cursor.peek()? {
        byte if fits(byte) => {
            cursor.skip(1);
            Ok(byte)
        }
        b' ' | b'\t' => Err(cursor.broken(Rule::RequestLineSpace)),
        _ => Err(cursor.fault(Rule::VersionMalformed)),
    }
}

/// The field lines and the empty line behind them; how many there are.
fn field_section(cursor: &mut Cursor<'_>) -> Result<usize, Stop> {
    for count in 0..=FIELDS_LIMIT {
        if cursor.peek()? == b'\r' {
            cursor.line_end(Rule::ColonMissing)?;
            return Ok(count);
        }
        if count < FIELDS_LIMIT {
            field_line(cursor, HEAD_LIMIT, Rule::HeadTooLarge)?;
        }
    }
    Err(cursor.broken(Rule::TooManyFields))
}

/// One field line and its end: where its name stands, and its value with the white space around
/// it. More than `limit` bytes of both break the rule `over`.
///
/// ```text
/// field-line = field-name ":" OWS field-value OWS
/// field-name = token
/// ```
///
/// Example: `b"Accept-Encoding:\tgzip \r\n"`.
pub(super) fn field_line(cursor: &mut Cursor<'_>, limit: usize, over: Rule) -> Result<(Span, Span), Stop> {
    let name = cursor.run(is_tchar, limit, over)?;
    match (cursor.peek()?, name.is_empty()) {
        (b':', false) => cursor.skip(1),
        (b':', true) => return Err(cursor.broken(Rule::NameMissing)),
        (b' ' | b'\t', true) => return Err(cursor.broken(Rule::Folded)),
        (b' ' | b'\t', false) => return Err(cursor.broken(Rule::SpaceBeforeColon)),
        (b'\r', _) => return Err(cursor.fault(Rule::ColonMissing)),
        _ => return Err(cursor.fault(Rule::NameMalformed)),
    }
    let value = cursor.text(limit - name.len(), over)?;
    cursor.line_end(Rule::Control)?;
    Ok((name, value))
}

/// Most requests have no more fields than this; a small table is quicker to clear.
const USUAL_FIELDS: usize = 24;

/// The parts of the `count` fields that begin at `start`; `None` where the second reader
/// disagrees about any of it.
fn find_fields(head: &[u8], start: usize, count: usize) -> Option<Box<[FieldLine]>> {
    match count {
        0..=USUAL_FIELDS => find_fields_in::<USUAL_FIELDS>(head, start, count),
        _ => find_fields_in::<FIELDS_LIMIT>(head, start, count),
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

#[cfg(test)]
mod tests;
