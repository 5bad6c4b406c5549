//! Writes request heads. Every part is checked and none is repaired: a request must not mean something that
//! its caller did not intend.

use super::{METHOD_LIMIT, TARGET_LIMIT};
use crate::{host, scan, target};

/// Why a request head cannot be written; always the caller's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// The method is not a token (RFC 9110 section 9.1), or longer than [`METHOD_LIMIT`].
    #[error("the method is not a token")]
    Method,
    /// The target contains white space, controls, or other bytes that must be percent-encoded (RFC 9112
    /// section 3.2), or is longer than [`TARGET_LIMIT`].
    #[error("the request-target holds a byte that must be percent-encoded, or is too long")]
    Target,
    /// The value of Host is not `host` or `host:port` (RFC 9112 section 3.2).
    #[error("the host is malformed")]
    Host,
    /// A field name is not a token (RFC 9110 section 5.1).
    #[error("a field name is not a token")]
    Name,
    /// A field value contains CR, LF, NUL or another control byte (RFC 9110 section 5.5).
    #[error("a field value holds a control byte")]
    Value,
}

/// Writes one request head.
///
/// ```
/// use http_wire::head::RequestHeadWriter;
/// let mut out = Vec::new();
/// RequestHeadWriter::new(&mut out, "GET", "/a?b", "example.com").field("Accept", "*/*").finish().unwrap();
/// assert_eq!(out, b"GET /a?b HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\n\r\n");
/// ```
#[derive(Debug)]
#[must_use = "a head ends with finish()"]
pub struct RequestHeadWriter<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    refused: Option<Unwritable>,
}

impl<'a> RequestHeadWriter<'a> {
    /// Writes the request line and Host.
    ///
    /// ```text
    /// request-line = method SP request-target SP HTTP-version CRLF
    /// ```
    pub fn new(out: &'a mut Vec<u8>, method: &str, target: &str, host: &str) -> Self {
        let start = out.len();
        let is_method = scan::is_token(method.as_bytes()) && method.len() <= METHOD_LIMIT;
        let is_target = (1..=TARGET_LIMIT).contains(&target.len())
            && target.bytes().all(target::is_target_byte)
            && scan::bad_escape(target.as_bytes()).is_none();
        let refused = match (is_method, is_target, host::is_valid(host.as_bytes())) {
            (false, _, _) => Some(Unwritable::Method),
            (_, false, _) => Some(Unwritable::Target),
            (_, _, false) => Some(Unwritable::Host),
            _ => None,
        };
        for part in [method, " ", target, " HTTP/1.1\r\nHost: ", host, "\r\n"] {
            out.extend_from_slice(part.as_bytes());
        }
        Self { out, start, refused }
    }

    /// Writes a field: `b"Accept: */*\r\n"`.
    pub fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref();
        if !scan::is_token(name.as_bytes()) {
            self.refused.get_or_insert(Unwritable::Name);
        } else if scan::text_length(value) < value.len() {
            self.refused.get_or_insert(Unwritable::Value);
        }
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            self.out.extend_from_slice(part);
        }
        self
    }

    /// Writes a field whose value is a number: `b"Content-Length: 5\r\n"`.
    pub fn number(self, name: &str, value: u64) -> Self {
        self.field(name, itoa::Buffer::new().format(value))
    }

    /// Ends the head. Content follows.
    ///
    /// # Errors
    ///
    /// The first invalid part. Nothing is written then.
    pub fn finish(self) -> Result<(), Unwritable> {
        if let Some(refused) = self.refused {
            self.out.truncate(self.start);
            return Err(refused);
        }
        self.out.extend_from_slice(b"\r\n");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::head;

    fn written(method: &str, target: &str, host: &str, field: (&str, &str)) -> Result<String, Unwritable> {
        let mut out = b"before".to_vec();
        let written = RequestHeadWriter::new(&mut out, method, target, host).field(field.0, field.1).finish();
        let text = String::from_utf8(out).unwrap().strip_prefix("before").unwrap().to_owned();
        match written {
            Ok(()) => Ok(text),
            Err(refused) => {
                assert_eq!(text, "", "nothing is written");
                Err(refused)
            }
        }
    }

    #[test]
    fn a_head_is_written_as_it_was_meant() {
        let a = ("A", "b");
        for (method, target, host, expected, why) in [
            ("GET", "/a?b", "a", "GET /a?b HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n", "3.2.1: origin-form"),
            ("PUT", "/%20", "[::1]:80", "PUT /%20 HTTP/1.1\r\nHost: [::1]:80\r\nA: b\r\n\r\n", "3.2.1"),
            (
                "GET",
                "http://a/",
                "a",
                "GET http://a/ HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n",
                "3.2.2: absolute-form",
            ),
            (
                "CONNECT",
                "a:443",
                "a:443",
                "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nA: b\r\n\r\n",
                "3.2.3: authority-form",
            ),
            ("OPTIONS", "*", "a", "OPTIONS * HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n", "3.2.4: asterisk-form"),
        ] {
            assert_eq!(written(method, target, host, a), Ok(expected.into()), "{why}");
        }
    }

    #[test]
    fn nothing_else_is_written() {
        let long = "/".repeat(TARGET_LIMIT + 1);
        for (method, target, host, field, expected, why) in [
            ("", "/", "a", ("A", "b"), Unwritable::Method, "9110 section 9.1"),
            ("GE T", "/", "a", ("A", "b"), Unwritable::Method, "9110 section 9.1"),
            ("GET\r\nA", "/", "a", ("A", "b"), Unwritable::Method, "9110 section 9.1"),
            ("GET", "", "a", ("A", "b"), Unwritable::Target, "3.2.1: a path is never empty"),
            ("GET", "/a b", "a", ("A", "b"), Unwritable::Target, "3.2"),
            ("GET", "/a#b", "a", ("A", "b"), Unwritable::Target, "3.2: fragments are not sent"),
            ("GET", "/\r\nHost: b", "a", ("A", "b"), Unwritable::Target, "another head"),
            ("GET", "/\u{E9}", "a", ("A", "b"), Unwritable::Target, "RFC 3986 section 2"),
            ("GET", "/%4", "a", ("A", "b"), Unwritable::Target, "RFC 3986 section 2.1"),
            ("GET", &long, "a", ("A", "b"), Unwritable::Target, "the limit"),
            ("GET", "/", "", ("A", "b"), Unwritable::Host, "9110 section 4.2.1"),
            ("GET", "/", "u@a", ("A", "b"), Unwritable::Host, "9110 section 4.2.4"),
            ("GET", "/", "a\r\nB: c", ("A", "b"), Unwritable::Host, "another field"),
            ("GET", "/", "a", ("", "b"), Unwritable::Name, "9110 section 5.1"),
            ("GET", "/", "a", ("A:", "b"), Unwritable::Name, "9110 section 5.1"),
            ("GET", "/", "a", ("A", "b\r\nC: d"), Unwritable::Value, "9110 section 5.5: another field"),
            ("GET", "/", "a", ("A", "b\nC: d"), Unwritable::Value, "9110 section 5.5: LF alone"),
            ("GET", "/", "a", ("A", "b\0"), Unwritable::Value, "9110 section 5.5: NUL"),
            ("GET", "/", "a", ("A", "\x1B[2J"), Unwritable::Value, "9110 section 5.5: a control"),
        ] {
            assert_eq!(written(method, target, host, field), Err(expected), "{why}");
        }
    }

    proptest! {
        #[test]
        fn written_values_are_parsed_back(method in "[A-Z]{1,9}", path in "[a-z/.~%]{0,20}", value in "\\PC{0,30}|[\\x00-\\xFF]{0,9}") {
            let target = format!("/{path}");
            let mut out = Vec::new();
            if RequestHeadWriter::new(&mut out, &method, &target, "a").field("B", &value).finish().is_ok()
                && method != "CONNECT"
            {
                let (head, used) = head::parse(&out).unwrap().unwrap();
                prop_assert_eq!(used, out.len());
                prop_assert_eq!(head.method_span().of(head.bytes()), method.as_bytes());
                prop_assert_eq!(head.target().path(), target.as_bytes());
                prop_assert_eq!(head.section().field_lines().count(), 2);
                prop_assert_eq!(head.field("b"), Some(value.as_bytes().trim_ascii()));
            }
        }
    }
}
