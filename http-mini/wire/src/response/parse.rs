//! Parses response heads, for clients.
//!
//! Two deviations of real servers are accepted: the reason phrase may be empty, and then the space before it
//! may be missing. Violations with only one reading are tolerated ([`user_agent`](crate::user_agent)); the
//! connection is then not used again.

use std::fmt;

use syntax::decimal;
use syntax::span::Span;
use syntax::watch::Watch;

use super::Status;
use crate::fields::{Fields, HEAD_LIMIT, RESPONSE_FIELDS_LIMIT};
use crate::part;
use crate::rule::{Rule, Violation};
use crate::scan::{Cursor, ScanStop};
use crate::start_line::Version;
use crate::user_agent::UserAgent;

/// The most interim responses (1xx) before a final one. After more of them the client stops waiting for a
/// final response.
pub const INTERIM_LIMIT: usize = 16;

/// A response head that satisfies every rule of this module.
///
/// It owns its bytes, so that it can be kept after the read buffer is freed.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseHead {
    version: Version,
    status: Status,
    reason: Span,
    fields: Fields,
}

/// Parses the response head at the start of `input`; returns it and its length in bytes. `Ok(None)`: more
/// bytes are needed.
///
/// ```text
/// status-line = HTTP-version SP status-code [ SP [ reason-phrase ] ] CRLF
/// ```
///
/// After the head of an interim response (1xx) another one follows.
///
/// ```
/// use http_wire::response::{self, Status};
/// let input = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
/// let (head, used) = response::parse(input).unwrap().unwrap();
/// assert_eq!(head.status(), Status(200));
/// assert_eq!(head.fields().field("content-length"), Some(&b"2"[..]));
/// assert_eq!(&input[used..], b"hi");
/// ```
///
/// # Errors
///
/// The first broken rule in the order of the bytes. The connection cannot be used again.
pub fn parse(input: &[u8]) -> Result<Option<(ResponseHead, usize)>, Violation> {
    parse_with(input, UserAgent)
}

/// Like [`parse`], and reports parts and violations to a watch.
///
/// # Errors
///
/// See [`parse`]; without the violations that the watch tolerates.
pub fn parse_with(input: &[u8], watch: impl Watch) -> Result<Option<(ResponseHead, usize)>, Violation> {
    let window = input.get(..HEAD_LIMIT).unwrap_or(input);
    match ResponseHead::read(window, watch) {
        Ok(head) => {
            let used = head.fields.bytes().len();
            Ok(Some((head, used)))
        }
        Err(ScanStop::Broken(violation)) => Err(violation),
        Err(ScanStop::NeedMore) if window.len() == HEAD_LIMIT => Err(Rule::HeadTooLarge.at(HEAD_LIMIT)),
        Err(ScanStop::NeedMore) => Ok(None),
    }
}

impl ResponseHead {
    /// The server's HTTP version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The status code.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The reason phrase, unchanged, possibly empty. It has no meaning (section 4).
    pub fn reason(&self) -> &[u8] {
        self.reason.of(self.fields.bytes())
    }

    /// The fields, and the bytes of the whole head.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Whether the server keeps the connection open after this response (section 9.3).
    pub fn persists(&self) -> bool {
        self.fields.persists(self.version)
    }

    fn read(input: &[u8], watch: impl Watch) -> Result<Self, ScanStop> {
        let mut cursor = Cursor::new(input, watch);
        let line = status_line(&mut cursor);
        let (version, status, reason) = cursor.read_or(line, lenient_status_line)?;
        cursor.report(&part::STATUS_LINE, Span::new(0, cursor.at()));
        let fields = Fields::read(&mut cursor, RESPONSE_FIELDS_LIMIT)?;
        cursor.report(&part::RESPONSE_HEAD, Span::new(0, cursor.at()));
        Ok(Self { version, status, reason, fields })
    }
}

impl fmt::Debug for ResponseHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Head({})", self.fields.bytes().escape_ascii())
    }
}

/// ```text
/// HTTP-version  = "HTTP" "/" DIGIT "." DIGIT
/// status-code   = 3DIGIT
/// reason-phrase = 1*( HTAB / SP / VCHAR / obs-text )
/// ```
///
/// Examples: `b"HTTP/1.1 404 Not Found\r\n"`, `b"HTTP/1.0 200\r\n"`.
fn status_line(cursor: &mut Cursor<'_, impl Watch>) -> Result<(Version, Status, Span), ScanStop> {
    cursor.literal(b"HTTP/", Rule::StatusLineMalformed)?;
    let major = digit(cursor)?;
    cursor.literal(b".", Rule::StatusLineMalformed)?;
    let minor = digit(cursor)?;
    if major != 1 {
        return Err(Rule::VersionUnsupported.at(cursor.at() - 3).into());
    }
    let version = if minor == 0 { Version::Http10 } else { Version::Http11 };
    cursor.report(&part::HTTP_VERSION, Span::new(0, cursor.at()));
    cursor.literal(b" ", Rule::StatusLineMalformed)?;
    let start = cursor.at();
    let code = digit(cursor)? * 100 + digit(cursor)? * 10 + digit(cursor)?;
    if code < 100 {
        return Err(Rule::StatusLineMalformed.at(start).into());
    }
    cursor.report(&part::STATUS_CODE, Span::new(start, cursor.at()));
    if cursor.peek()? == b' ' {
        cursor.skip(1);
        let reason = cursor.text_line(HEAD_LIMIT, Rule::HeadTooLarge, Rule::StatusLineMalformed)?;
        cursor.report(&part::REASON_PHRASE, reason);
        return Ok((version, Status(code), reason));
    }
    let reason = Span::new(cursor.at(), cursor.at());
    cursor.line_end(Rule::StatusLineMalformed)?;
    Ok((version, Status(code), reason))
}

/// Reads a status line that breaks a rule as lenient parsers do: a version, a number and text between spaces.
fn lenient_status_line(cursor: &mut Cursor<'_, impl Watch>) -> Result<(Version, Status, Span), ScanStop> {
    cursor.retry_from(0);
    let line = cursor.any_line()?;
    let mut words = line.splitn(3, u8::is_ascii_whitespace);
    let version = words.next().unwrap_or_default();
    let code = words.next().unwrap_or_default();
    let reason = words.next().unwrap_or_default();
    cursor.watch().part(&part::HTTP_VERSION, version);
    cursor.watch().part(&part::STATUS_CODE, code);
    cursor.watch().part(&part::REASON_PHRASE, reason);
    let status = decimal::parse(code).and_then(|code| u16::try_from(code).ok()).unwrap_or_default();
    let version = if version == b"HTTP/1.1" { Version::Http11 } else { Version::Http10 };
    Ok((version, Status(status), Span::new(line.len() - reason.len(), line.len())))
}

fn digit(cursor: &mut Cursor<'_, impl Watch>) -> Result<u16, ScanStop> {
    match cursor.peek()? {
        digit @ b'0'..=b'9' => {
            cursor.skip(1);
            Ok(u16::from(digit - b'0'))
        }
        _ => Err(cursor.fault(Rule::StatusLineMalformed)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::response::ResponseHeadWriter;
    use syntax::splits;

    fn head(text: &str) -> Result<ResponseHead, Rule> {
        let parsed = splits::check(parse, text.as_bytes()).map_err(|violation| violation.rule)?;
        let (head, used) = parsed.unwrap_or_else(|| panic!("incomplete: {text:?}"));
        assert_eq!(used, text.len(), "{text:?}");
        Ok(head)
    }

    #[test]
    fn status_lines_are_those_of_rfc_9112_section_4() {
        use Version::{Http10, Http11};
        for (line, version, status, reason, why) in [
            ("HTTP/1.1 200 OK\r\n", Http11, 200, "OK", "4"),
            ("HTTP/1.0 404 Not Found\r\n", Http10, 404, "Not Found", "4"),
            ("HTTP/1.2 200 OK\r\n", Http11, 200, "OK", "9110 section 2.5: a later minor version"),
            ("HTTP/1.1 100 Continue\r\n", Http11, 100, "Continue", "9110 section 15.2: interim"),
            ("HTTP/1.1 999 \r\n", Http11, 999, "", "4: the reason may be empty"),
            ("HTTP/1.1 200\r\n", Http11, 200, "", "real servers: not even the space"),
            ("HTTP/1.1 200  a\tb \u{E9}\r\n", Http11, 200, " a\tb \u{E9}", "4: any text"),
        ] {
            let head = head(&format!("{line}A: b\r\n\r\n")).unwrap_or_else(|rule| panic!("{line:?}: {rule}"));
            assert_eq!((head.version(), head.status()), (version, Status(status)), "{line:?}: {why}");
            assert_eq!(head.reason(), reason.as_bytes(), "{line:?}: {why}");
            assert_eq!(head.fields().field("a"), Some(&b"b"[..]), "{line:?}");
        }
    }

    #[test]
    fn other_heads_are_refused_where_they_go_wrong() {
        let long = format!("HTTP/1.1 200 {}\r\n\r\n", "a".repeat(HEAD_LIMIT));
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(257));
        for (text, rule, why) in [
            ("HTTP/2.0 200 OK\r\n\r\n", Rule::VersionUnsupported, "another major version"),
            ("http/1.1 200 OK\r\n\r\n", Rule::StatusLineMalformed, "9112 section 2.3: it has case"),
            ("HTTP/1.1  200 OK\r\n\r\n", Rule::StatusLineMalformed, "one space"),
            ("HTTP/1.1 20 OK\r\n\r\n", Rule::StatusLineMalformed, "3DIGIT"),
            ("HTTP/1.1 2000 OK\r\n\r\n", Rule::StatusLineMalformed, "3DIGIT"),
            ("HTTP/1.1 099 OK\r\n\r\n", Rule::StatusLineMalformed, "9110 section 15: from 100 on"),
            ("HTTP/1.1 +20 OK\r\n\r\n", Rule::StatusLineMalformed, "3DIGIT"),
            ("HTTP/1.1 200\tOK\r\n\r\n", Rule::StatusLineMalformed, "a space"),
            ("<html>", Rule::StatusLineMalformed, "HTTP/0.9 is over"),
            ("220 ready\r\n", Rule::StatusLineMalformed, "another protocol"),
            ("\r\nHTTP/1.1 200 OK\r\n\r\n", Rule::StatusLineMalformed, "nothing precedes a response"),
            ("HTTP/1.1 200 a\rb\r\n\r\n", Rule::BareCr, "9112 section 2.2"),
            ("HTTP/1.1 200 a\x1B[2Jb\r\n\r\n", Rule::Control, "no controls"),
            ("HTTP/1.1 200 OK\r\nA B : c\r\n\r\n", Rule::NameMalformed, "9112 section 5.1"),
            ("HTTP/1.1 200 OK\r\nA : b\0\r\n\r\n", Rule::Control, "a tolerated space does not hide it"),
            ("HTTP/1.1 200 OK\r\nA: b\r\n c\rd\r\n\r\n", Rule::BareCr, "nor does a fold"),
            ("HTTP/1.1 200 OK\nA\n\n", Rule::ColonMissing, "no colon"),
            (&long, Rule::HeadTooLarge, "the limit"),
            (&many, Rule::TooManyFields, "the limit"),
        ] {
            let shown = &text[..text.len().min(100)];
            assert_eq!(head(text).map(|_| ()), Err(rule), "{shown:?}: {why}");
        }
    }

    #[test]
    fn deviations_with_one_reading_are_accepted_and_end_the_connection() {
        for (text, value, why) in [
            ("HTTP/1.1 200 OK\nA: b\n\n", "b", "9112 section 2.2: LF ends a line"),
            ("HTTP/1.1 200 OK\r\nA: b\r\n\n", "b", "the empty line too"),
            ("HTTP/1.1 200 OK\r\nA \t: b\r\n\r\n", "b", "9112 section 5.1: white space before a colon"),
            (
                "HTTP/1.1 200 OK\r\nA: b\r\n\t c \r\n d\r\n\r\n",
                "b  \t c    d",
                "9112 section 5.2: a fold is spaces",
            ),
            (
                "HTTP/1.1 200 OK\r\n X: y\r\nA: b\r\n\r\n",
                "b",
                "9112 section 2.2: a fold before the first field",
            ),
        ] {
            let head = head(text).unwrap_or_else(|rule| panic!("{text:?}: {rule}"));
            assert_eq!(head.fields().field("a"), Some(value.as_bytes()), "{text:?}: {why}");
            assert_eq!(head.fields().field("x"), None, "{text:?}: {why}");
            assert!(!head.persists(), "{text:?}: {why}");
        }
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(256));
        assert_eq!(head(&many).unwrap().fields().field_lines().count(), 256);
    }

    #[test]
    fn an_incomplete_head_is_no_error() {
        for text in ["", "H", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r"] {
            assert_eq!(splits::check(parse, text.as_bytes()), Ok(None), "{text:?}");
        }
    }

    #[test]
    fn connections_persist_as_in_rfc_9112_section_9_3() {
        for (text, expected, why) in [
            ("HTTP/1.1 200 OK\r\n\r\n", true, "the default of 1.1"),
            ("HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\n\r\n", false, "close anywhere"),
            ("HTTP/1.0 200 OK\r\n\r\n", false, "the default of 1.0"),
            ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", true, "as 1.0 asks for it"),
        ] {
            assert_eq!(head(text).unwrap().persists(), expected, "{text:?}: {why}");
        }
    }

    proptest! {
        #[test]
        fn written_responses_are_parsed_back(code in 100_u16..1000, value in "[ -~]{0,40}") {
            let mut out = Vec::new();
            ResponseHeadWriter::new(&mut out, Status(code)).field("X", &value).finish();
            let (head, used) = parse(&out).unwrap().unwrap();
            prop_assert_eq!((head.status(), used), (Status(code), out.len()));
            prop_assert_eq!(head.fields().field("x"), Some(value.trim_ascii().as_bytes()));
        }
    }
}
