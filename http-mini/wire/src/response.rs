//! Response heads ([RFC 9112 section 4](https://www.rfc-editor.org/rfc/rfc9112#section-4)): appended to an
//! output buffer, and parsed.
//!
//! No field value can break the head: control bytes in a value become spaces, and a field whose name is not a
//! token is omitted (RFC 9110 section 5.5).

mod parse;

use std::fmt;
use std::ops::Range;

use super::conditional::EntityTag;
use super::date;
use super::range;
use super::scan;
use super::start_line::Version;

pub use parse::{INTERIM_LIMIT, ResponseHead, parse, parse_with};

/// The interim response that a client with `Expect: 100-continue` waits for.
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A status code (RFC 9110 section 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status(pub u16);

impl Status {
    /// The reason phrase: `Not Found`. Empty for a code that is not registered.
    pub fn reason(self) -> &'static str {
        match self.0 {
            100 => "Continue",
            101 => "Switching Protocols",
            104 => "Upload Resumption Supported",
            200 => "OK",
            201 => "Created",
            202 => "Accepted",
            204 => "No Content",
            205 => "Reset Content",
            206 => "Partial Content",
            300 => "Multiple Choices",
            301 => "Moved Permanently",
            302 => "Found",
            303 => "See Other",
            304 => "Not Modified",
            307 => "Temporary Redirect",
            308 => "Permanent Redirect",
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            406 => "Not Acceptable",
            408 => "Request Timeout",
            409 => "Conflict",
            410 => "Gone",
            411 => "Length Required",
            412 => "Precondition Failed",
            413 => "Content Too Large",
            414 => "URI Too Long",
            415 => "Unsupported Media Type",
            416 => "Range Not Satisfiable",
            417 => "Expectation Failed",
            421 => "Misdirected Request",
            422 => "Unprocessable Content",
            423 => "Locked",
            426 => "Upgrade Required",
            428 => "Precondition Required",
            429 => "Too Many Requests",
            431 => "Request Header Fields Too Large",
            500 => "Internal Server Error",
            501 => "Not Implemented",
            502 => "Bad Gateway",
            503 => "Service Unavailable",
            504 => "Gateway Timeout",
            505 => "HTTP Version Not Supported",
            507 => "Insufficient Storage",
            _ => "",
        }
    }

    /// Whether responses with this code have neither content nor Content-Length (RFC 9110 section
    /// 8.6): 1xx and 204.
    fn is_without_length(self) -> bool {
        self.0 < 200 || self.0 == 204
    }
}

/// `404 Not Found`; only the code if it is not registered.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason() {
            "" => self.0.fmt(f),
            reason => write!(f, "{} {reason}", self.0),
        }
    }
}

/// Writes one response head.
///
/// ```
/// use http_wire::response::{ResponseHeadWriter, Status};
/// let mut out = Vec::new();
/// ResponseHeadWriter::new(&mut out, Status(200)).field("Content-Type", "text/plain").length(5).finish();
/// out.extend_from_slice(b"hello");
/// assert_eq!(out, b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
/// ```
#[derive(Debug)]
#[must_use = "a head ends with finish()"]
pub struct ResponseHeadWriter<'a> {
    out: &'a mut Vec<u8>,
    status: Status,
    /// Where the fields begin.
    start: usize,
}

impl<'a> ResponseHeadWriter<'a> {
    /// Writes the status line. A code without three digits becomes 500.
    ///
    /// ```text
    /// status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF
    /// ```
    ///
    /// Example: `b"HTTP/1.1 200 OK\r
    /// "`. The version is the server's own, even for an HTTP/1.0 client (RFC 9110 section 2.5).
    pub fn new(out: &'a mut Vec<u8>, status: Status) -> Self {
        let status = if (100..=999).contains(&status.0) { status } else { Status(500) };
        out.extend_from_slice(b"HTTP/1.1 ");
        out.extend_from_slice(itoa::Buffer::new().format(status.0).as_bytes());
        out.push(b' ');
        out.extend_from_slice(status.reason().as_bytes());
        out.extend_from_slice(b"\r\n");
        let start = out.len();
        Self { out, status, start }
    }

    /// Writes a field: `b"Content-Type: text/plain\r\n"`.
    pub fn field(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        if scan::is_token(name.as_bytes()) {
            self.line(name, |out| write_text(out, value.as_ref()))
        } else {
            self
        }
    }

    /// Writes a field in place of all earlier fields of this name.
    pub fn replacing(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let is_same = |line: &[u8]| {
            let (start, behind) = line.split_at_checked(name.len()).unwrap_or_default();
            start.eq_ignore_ascii_case(name.as_bytes()) && behind.starts_with(b":")
        };
        let lines = self.out.split_off(self.start);
        let kept = lines.split_inclusive(|&byte| byte == b'\n').filter(|line| !is_same(line));
        kept.for_each(|line| self.out.extend_from_slice(line));
        self.field(name, value)
    }

    /// Writes prepared field lines.
    pub fn prepared(self, fields: &Prepared) -> Self {
        self.out.extend_from_slice(&fields.0);
        self
    }

    /// Writes a field whose value is a number: `b"Retry-After: 5\r\n"`.
    pub fn number(self, name: &str, value: u64) -> Self {
        self.field(name, itoa::Buffer::new().format(value))
    }

    /// Writes Date, prepared by [`date::write`].
    pub fn date(self, date: &[u8; date::LENGTH]) -> Self {
        self.line("Date", |out| out.extend_from_slice(date))
    }

    /// Writes Last-Modified, never later than `now` (RFC 9110 section 8.8.2.1).
    pub fn last_modified(self, modified: std::time::SystemTime, now: std::time::SystemTime) -> Self {
        self.line("Last-Modified", |out| out.extend_from_slice(&date::write(modified.min(now))))
    }

    /// Writes ETag if there is one.
    pub fn etag(self, etag: Option<EntityTag<'_>>) -> Self {
        match etag {
            Some(etag) => self.line("ETag", |out| etag.write(out)),
            None => self,
        }
    }

    /// Writes the Content-Range of one part (206).
    pub fn content_range(self, part: &Range<u64>, size: u64) -> Self {
        self.line("Content-Range", |out| range::write_content_range(out, part, size))
    }

    /// Writes the Content-Range for unsatisfiable ranges (416).
    pub fn unsatisfied_range(self, size: u64) -> Self {
        self.line("Content-Range", |out| range::write_unsatisfied(out, size))
    }

    /// Writes Content-Length unless the response must not have one (RFC 9110 section 8.6).
    pub fn length(self, length: u64) -> Self {
        match self.status.is_without_length() {
            true => self,
            false => self.line("Content-Length", |out| {
                out.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
            }),
        }
    }

    /// Writes Transfer-Encoding: chunked unless the response has no content. Not for HTTP/1.0 clients (RFC
    /// 9112 section 6.1).
    pub fn chunked(self) -> Self {
        if self.status.is_without_length() { self } else { self.field("Transfer-Encoding", "chunked") }
    }

    /// Writes Connection if the client would otherwise assume the opposite of `persists` (RFC 9112 section
    /// 9.3).
    pub fn connection(self, persists: bool, client: Version) -> Self {
        match (persists, client) {
            (false, _) => self.field("Connection", "close"),
            (true, Version::Http10) => self.field("Connection", "keep-alive"),
            (true, Version::Http11) => self,
        }
    }

    /// Ends the head. Content follows.
    pub fn finish(self) {
        self.out.extend_from_slice(b"\r\n");
    }

    fn line(self, name: &str, value: impl FnOnce(&mut Vec<u8>)) -> Self {
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b": ");
        value(self.out);
        self.out.extend_from_slice(b"\r\n");
        self
    }
}

/// Field lines that are part of many heads, written once.
#[derive(Clone, Debug, Default)]
pub struct Prepared(Box<[u8]>);

impl Prepared {
    /// Stores the lines that `write` writes.
    pub fn new(write: impl FnOnce(ResponseHeadWriter<'_>) -> ResponseHeadWriter<'_>) -> Self {
        let mut lines = Vec::new();
        let _unfinished = write(ResponseHeadWriter { out: &mut lines, status: Status(200), start: 0 });
        Self(lines.into())
    }
}

/// Writes a field value with spaces in place of control bytes.
fn write_text(out: &mut Vec<u8>, value: &[u8]) {
    let mut rest = value;
    loop {
        let (text, behind) = rest.split_at(scan::text_length(rest));
        out.extend_from_slice(text);
        let Some((_control, behind)) = behind.split_first() else { return };
        out.push(b' ');
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use proptest::prelude::*;

    use super::*;

    fn head(status: u16, write: impl Fn(ResponseHeadWriter<'_>) -> ResponseHeadWriter<'_>) -> String {
        let mut out = b"before".to_vec();
        write(ResponseHeadWriter::new(&mut out, Status(status))).finish();
        let text = String::from_utf8(out).unwrap();
        text.strip_prefix("before").unwrap().to_owned()
    }

    #[test]
    fn a_field_replaces_those_of_its_name() {
        let prepared = Prepared::new(|head| head.field("Vary", "Accept").field("Variant", "x"));
        let text = head(200, |head| {
            head.field("cache-control", "no-cache")
                .prepared(&prepared)
                .field("VARY", "Cookie")
                .replacing("Vary", "*")
        });
        assert_eq!(text, "HTTP/1.1 200 OK\r\ncache-control: no-cache\r\nVariant: x\r\nVary: *\r\n\r\n");
    }

    #[test]
    fn status_lines_are_those_of_rfc_9112_section_4() {
        for (status, expected, why) in [
            (200, "HTTP/1.1 200 OK\r\n\r\n", "a known code"),
            (431, "HTTP/1.1 431 Request Header Fields Too Large\r\n\r\n", "RFC 6585 section 5"),
            (299, "HTTP/1.1 299 \r\n\r\n", "the second SP is required even without a reason"),
            (42, "HTTP/1.1 500 Internal Server Error\r\n\r\n", "three digits"),
            (1000, "HTTP/1.1 500 Internal Server Error\r\n\r\n", "three digits"),
        ] {
            assert_eq!(head(status, |head| head), expected, "{status}: {why}");
        }
    }

    #[test]
    fn prepared_lines_equal_written_lines() {
        let fields = Prepared::new(|head| head.field("Vary", "Accept").field("Server", "a\r\nb"));
        let expected = "HTTP/1.1 200 OK\r\nVary: Accept\r\nServer: a  b\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(head(200, |head| head.prepared(&fields).length(0)), expected);
    }

    #[test]
    fn fields_are_written_one_a_line() {
        let modified = UNIX_EPOCH + Duration::from_secs(784_111_777);
        let text = head(206, |head| {
            head.date(&date::write(modified + Duration::from_secs(1)))
                .last_modified(modified, modified + Duration::from_secs(1))
                .etag(EntityTag::strong(b"xyzzy"))
                .content_range(&(0..5), 10)
                .length(5)
                .connection(false, Version::Http11)
        });
        let expected = "HTTP/1.1 206 Partial Content\r\n\
             Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n\
             Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
             ETag: \"xyzzy\"\r\n\
             Content-Range: bytes 0-4/10\r\n\
             Content-Length: 5\r\n\
             Connection: close\r\n\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "a method is not general in the lifetime of its type"
    )]
    fn some_fields_depend_on_the_status_or_the_client() {
        let line = |status: u16, write: fn(ResponseHeadWriter<'_>) -> ResponseHeadWriter<'_>| {
            head(status, write).lines().nth(1).unwrap().to_owned()
        };
        for (found, expected, why) in [
            (line(200, |head| head.length(0)), "Content-Length: 0", "9110 section 8.6"),
            (line(204, |head| head.length(0)), "", "9110 section 8.6: not in 204"),
            (line(100, |head| head.length(0)), "", "9110 section 8.6: not in 1xx"),
            (line(304, |head| head.length(9)), "Content-Length: 9", "9110 section 8.6: allowed in 304"),
            (line(200, |head| head.chunked()), "Transfer-Encoding: chunked", "9112 section 6.1"),
            (line(204, |head| head.chunked()), "", "9112 section 6.1: not in 204"),
            (
                line(416, |head| head.unsatisfied_range(10)),
                "Content-Range: bytes */10",
                "9110 section 15.5.17",
            ),
            (line(200, |head| head.connection(true, Version::Http11)), "", "9112 section 9.3: the default"),
            (
                line(200, |head| head.connection(true, Version::Http10)),
                "Connection: keep-alive",
                "9112 section 9.3",
            ),
            (
                line(200, |head| head.connection(false, Version::Http10)),
                "Connection: close",
                "9112 section 9.6",
            ),
            (
                line(200, |head| head.last_modified(UNIX_EPOCH + Duration::from_secs(9), UNIX_EPOCH)),
                "Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT",
                "9110 section 8.8.2.1: never in the future",
            ),
        ] {
            assert_eq!(found, expected, "{why}");
        }
    }

    #[test]
    fn no_value_can_end_its_line() {
        for (name, value, expected, why) in [
            ("Location", "/a\r\nX: y", "Location: /a  X: y\r\n", "9110 section 5.5: CR and LF"),
            ("Location", "\0/a\0", "Location:  /a \r\n", "9110 section 5.5: NUL"),
            ("Location", "a\tb\u{E9}", "Location: a\tb\u{E9}\r\n", "HTAB and obs-text may stay"),
            ("Location\r\nX", "a", "", "9110 section 5.1: a name is a token"),
            ("A b", "a", "", "9110 section 5.1: a name is a token"),
            ("", "a", "", "9110 section 5.1: a name is a token"),
        ] {
            assert_eq!(
                head(200, |head| head.field(name, value)),
                format!("HTTP/1.1 200 OK\r\n{expected}\r\n"),
                "{name:?} {value:?}: {why}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_field_leaves_one_head_of_one_field(name in "\\PC{0,9}|[a-z\r\n: ]{0,9}", value in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mut out = Vec::new();
            ResponseHeadWriter::new(&mut out, Status(200)).field(&name, &value).finish();
            let mut table = [httparse::EMPTY_HEADER; 4];
            let mut response = httparse::Response::new(&mut table);
            prop_assert_eq!(response.parse(&out), Ok(httparse::Status::Complete(out.len())));
            prop_assert!(response.headers.len() <= 1);
        }
    }
}
