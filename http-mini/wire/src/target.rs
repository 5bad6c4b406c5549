//! The request-target ([RFC 9112 section 3.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2)), and the
//! encoding of paths for links.
//!
//! Paths are returned unchanged: this module does not interpret dot segments, doubled slashes and encoded
//! slashes, because only the tree can resolve a path.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use syntax::span::Span;
use syntax::watch::Watch;

use super::host;
use super::part;
use super::query;
use super::rule::{Rule, Violation};
use super::scan::{self, Class};
use super::start_line::Method;
use super::uri;

/// The form of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetForm {
    /// `/path?query`, the usual one (RFC 9112 section 3.2.1).
    Origin,
    /// `http://host/path?query`, as sent to proxies (section 3.2.2).
    Absolute,
    /// `*`: the server as a whole, OPTIONS only (section 3.2.4).
    Asterisk,
}

/// The spans of the parts of a target in its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetParts {
    /// The form.
    pub form: TargetForm,
    /// The whole target.
    pub raw: Span,
    /// `host:port` of an absolute-form target.
    pub authority: Option<Span>,
    /// The path; empty for `http://host` and for `*`.
    pub path: Span,
    /// The text after `?`.
    pub query: Option<Span>,
}

/// A target with its bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RequestTarget<'a> {
    message: &'a [u8],
    parts: TargetParts,
}

impl<'a> RequestTarget<'a> {
    pub(crate) fn new(message: &'a [u8], parts: TargetParts) -> Self {
        Self { message, parts }
    }

    /// Its form.
    pub fn form(self) -> TargetForm {
        self.parts.form
    }

    /// The whole target, unchanged: `b"/a%20b?x=1"`.
    pub fn raw(self) -> &'a [u8] {
        self.parts.raw.of(self.message)
    }

    /// `host:port` of an absolute-form target.
    pub fn authority(self) -> Option<&'a [u8]> {
        self.parts.authority.map(|span| span.of(self.message))
    }

    /// The path, still encoded: `b"/a%20b"`. `/` for `http://host` (RFC 9110 section 4.2.3), empty
    /// for `*`.
    pub fn path(self) -> &'a [u8] {
        match self.parts.form {
            TargetForm::Absolute if self.parts.path.is_empty() => b"/",
            _ => self.parts.path.of(self.message),
        }
    }

    /// The decoded path: `b"/a b"`. It may contain any byte, including NUL, and `/` from `%2F`.
    pub fn decoded_path(self) -> Cow<'a, [u8]> {
        match self.path() {
            path if path.contains(&b'%') => percent_encoding::percent_decode(path).into(),
            path => Cow::Borrowed(path),
        }
    }

    /// The text after the first `?`, still encoded: `b"x=1"`.
    pub fn query(self) -> Option<&'a [u8]> {
        self.parts.query.map(|span| span.of(self.message))
    }
}

impl std::fmt::Debug for RequestTarget<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}", self.parts.form, self.raw().escape_ascii())
    }
}

/// A byte that we write in a target without encoding.
///
/// ```text
/// absolute-path = 1*( "/" segment )
/// segment       = *pchar
/// query         = *( pchar / "/" / "?" )
/// pchar         = unreserved / pct-encoded / sub-delims / ":" / "@"     (RFC 3986 section 3.3)
/// ```
///
/// Browsers do not encode `| ^ [ ] { }`.
pub(crate) fn is_target_byte(byte: u8) -> bool {
    static TARGET: Class = Class::alphanumeric_and(b"-._~%!$&'()*+,;=:@/?|^[]{}");
    TARGET.has(byte)
}

/// A byte of a received target before its query: [`is_target_byte`] without `?`, and bytes above 0x7F, which
/// axel, BusyBox wget and lftp send unencoded.
pub(crate) fn is_path_byte(byte: u8) -> bool {
    static PATH: Class = Class::alphanumeric_and(b"-._~%!$&'()*+,;=:@/|^[]{}").and_high();
    PATH.has(byte)
}

/// A byte of a received query, including its `?`: any printable byte except the `#` of a fragment. Browsers
/// do not encode a lone percent sign, a backtick or a backslash.
pub(crate) fn is_query_byte(byte: u8) -> bool {
    static QUERY: Class = Class::alphanumeric_and(b"!\"$%&'()*+,-./:;<=>?@[\\]^_`{|}~").and_high();
    QUERY.has(byte)
}

/// Splits a target whose bytes are [`is_path_byte`] and, in its query, [`is_query_byte`].
///
/// ```text
/// request-target = origin-form / absolute-form / authority-form / asterisk-form
/// origin-form    = absolute-path [ "?" query ]
/// absolute-form  = absolute-URI
/// asterisk-form  = "*"
/// ```
///
/// Examples: `b"/where?q=now"`, `b"http://www.example.org/pub/"`, `b"*"`. CONNECT, which uses authority-form,
/// is refused.
pub(crate) fn divide<W: Watch>(
    message: &[u8],
    raw: Span,
    method: Method,
    watch: W,
) -> Result<TargetParts, Violation> {
    let text = raw.of(message);
    let question = memchr::memchr(b'?', text).unwrap_or(text.len());
    if let Some(at) = scan::bad_escape(text.get(..question).unwrap_or_default()) {
        scan::tolerate(message, Rule::EscapeMalformed.at(raw.start() + at), watch)?;
    }
    if method == Method::Connect {
        scan::tolerate(message, Rule::ConnectRefused.at(raw.start()), watch)?;
        uri::host(text, watch);
        watch.part(&part::AUTHORITY, text);
        watch.part(&part::REQUEST_TARGET, text);
        return Ok(TargetParts { authority: Some(raw), ..TargetParts::whole(raw) });
    }
    let parts = match text {
        [b'/', ..] => TargetParts::of(TargetForm::Origin, raw, 0, question),
        b"*" if method == Method::Options => {
            watch.part(&part::ASTERISK, text);
            let end = Span::new(raw.end(), raw.end());
            TargetParts { form: TargetForm::Asterisk, raw, authority: None, path: end, query: None }
        }
        b"*" => return Err(Rule::AsteriskOutsideOptions.at(raw.start())),
        _ => absolute(message, raw, question, watch)?,
    };
    if W::IS_WATCHING {
        parts.report(message, watch);
    }
    Ok(parts)
}

/// ```text
/// absolute-form = ( "http" / "https" ) "://" authority path-abempty [ "?" query ]
/// ```
fn absolute(message: &[u8], raw: Span, question: usize, watch: impl Watch) -> Result<TargetParts, Violation> {
    let text = raw.of(message);
    let (after, _) = host::behind_scheme(text).ok_or_else(|| Rule::TargetForm.at(raw.start()))?;
    let length = memchr::memchr2(b'/', b'?', after).unwrap_or(after.len());
    let skipped = text.len() - after.len();
    let start = raw.start() + skipped;
    let text = after.get(..length).unwrap_or_default();
    if !host::is_valid(text) {
        scan::tolerate(message, Rule::AuthorityMalformed.at(start + host::offence(text)), watch)?;
    }
    let authority = Some(Span::new(start, start + length));
    Ok(TargetParts { authority, ..TargetParts::of(TargetForm::Absolute, raw, skipped + length, question) })
}

impl TargetParts {
    /// Path and query, which start `path` and `question` bytes into the target.
    fn of(form: TargetForm, raw: Span, path: usize, question: usize) -> Self {
        let end = raw.start() + question;
        let path = Span::new(raw.start() + path, end);
        let query = (end < raw.end()).then(|| Span::new(end + 1, raw.end()));
        Self { form, raw, authority: None, path, query }
    }

    /// A target of no known form, in a lenient reading.
    pub(crate) fn whole(raw: Span) -> Self {
        Self { form: TargetForm::Origin, raw, authority: None, path: raw, query: None }
    }

    fn report(&self, message: &[u8], watch: impl Watch) {
        if let Some(authority) = self.authority {
            let before = Span::new(self.raw.start(), authority.start()).of(message);
            watch.part(&part::SCHEME, before.strip_suffix(b"://").unwrap_or(before));
            uri::authority(authority.of(message), watch);
        }
        let path = self.path.of(message);
        match path.contains(&b'%') {
            true => {
                let decoded: Cow<'_, [u8]> = percent_encoding::percent_decode(path).into();
                watch.value(&part::ABSOLUTE_PATH, path, format_args!("{}", decoded.escape_ascii()));
            }
            false => watch.part(&part::ABSOLUTE_PATH, path),
        }
        if let Some(query) = self.query {
            query::watch(query.of(message), watch);
            watch.part(&part::QUERY, query.of(message));
        }
        watch.part(&part::REQUEST_TARGET, self.raw.of(message));
    }
}

/// Bytes that we percent-encode in a path. More than RFC 3986 requires: also quotes, `&` and `:`, so that the
/// result is safe in an attribute, in a header field, and as a relative reference whose first segment is not
/// mistaken for a scheme.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/')
    .remove(b'!')
    .remove(b'$')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');

/// Everything except the unreserved characters of RFC 3986 section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes one path segment, in which every byte is data: `b"a b/c.iso"` becomes `a%20b%2Fc.iso`.
///
/// ```
/// use http_wire::target::encode_name;
/// assert_eq!(encode_name(b"~a-b_c.iso"), "~a-b_c.iso");
/// assert_eq!(encode_name(b"50% & more;a/b"), "50%25%20%26%20more%3Ba%2Fb");
/// ```
#[must_use]
pub fn encode_name(name: &[u8]) -> String {
    percent_encoding::percent_encode(name, RESERVED).to_string()
}

/// Encodes a path for a link or for Location: `b"/a b"` becomes `/a%20b`.
///
/// [`RequestTarget::decoded_path`] is the inverse. If the path starts with several slashes, all but the first
/// are encoded, because `//host/` would name another host (RFC 3986 section 4.2).
///
/// ```
/// use http_wire::target::encode_path;
/// assert_eq!(encode_path(b"/50% & more.txt"), "/50%25%20%26%20more.txt");
/// assert_eq!(encode_path(b"//evil.example"), "/%2Fevil.example");
/// ```
pub fn encode_path(path: &[u8]) -> String {
    let slashes = path.iter().take_while(|&&byte| byte == b'/').count();
    let (start, rest) = path.split_at(slashes);
    let mut text = String::with_capacity(path.len() + 16);
    for place in 0..start.len() {
        text.push_str(if place == 0 { "/" } else { "%2F" });
    }
    text.extend(percent_encoding::percent_encode(rest, ENCODED));
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(method: Method, text: &[u8]) -> Result<TargetParts, Rule> {
        divide(text, Span::new(0, text.len()), method, ()).map_err(|violation| violation.rule)
    }

    #[test]
    fn targets_have_the_forms_of_rfc_9112_section_3_2() {
        use Method::{Get, Options};
        for (method, text, path, query, authority, why) in [
            (Get, "/", "/", None, None, "3.2.1"),
            (Get, "/a/b?x=1&y", "/a/b", Some("x=1&y"), None, "3.2.1"),
            (Get, "/a?", "/a", Some(""), None, "an empty query is one"),
            (Get, "/a?b?c", "/a", Some("b?c"), None, "only the first ? divides"),
            (Get, "//a", "//a", None, None, "3.2.1: empty segments, no authority"),
            (Get, "/a:b@c", "/a:b@c", None, None, "pchar"),
            (Get, "/|^[]{}", "/|^[]{}", None, None, "browsers do not encode these"),
            (Get, "/caf\u{e9}", "/caf\u{e9}", None, None, "raw UTF-8, as axel and lftp send it"),
            (Get, "/a?%zz&100%", "/a", Some("%zz&100%"), None, "a query is only data"),
            (Get, "http://h", "/", None, Some("h"), "3.2.2; RFC 9110 section 4.2.3: an empty path is /"),
            (Get, "http://h?x", "/", Some("x"), Some("h"), "3.2.2"),
            (Get, "http://h?x/y", "/", Some("x/y"), Some("h"), "3.2.2"),
            (Get, "http://h:80/a/b?x", "/a/b", Some("x"), Some("h:80"), "3.2.2"),
            (Get, "HTTPS://[::1]:443/", "/", None, Some("[::1]:443"), "3.2.2; schemes have no case"),
            (Options, "*", "", None, None, "3.2.4"),
            (Options, "/a", "/a", None, None, "3.2.1"),
        ] {
            let parts = parse(method, text.as_bytes()).unwrap_or_else(|rule| panic!("{text}: {rule}"));
            let target = RequestTarget::new(text.as_bytes(), parts);
            assert_eq!(target.raw(), text.as_bytes(), "{text}: {why}");
            assert_eq!(target.path(), path.as_bytes(), "{text}: {why}");
            assert_eq!(target.query(), query.map(str::as_bytes), "{text}: {why}");
            assert_eq!(target.authority(), authority.map(str::as_bytes), "{text}: {why}");
        }
    }

    #[test]
    fn other_targets_are_refused() {
        use Method::{Connect, Get, Options, Other};
        for (method, text, expected, why) in [
            (Get, "*", Rule::AsteriskOutsideOptions, "3.2.4"),
            (Other, "*", Rule::AsteriskOutsideOptions, "3.2.4"),
            (Options, "**", Rule::TargetForm, "3.2.4"),
            (Get, "!", Rule::TargetForm, "3.2"),
            (Get, "a/b", Rule::TargetForm, "3.2.1: begins with a slash"),
            (Get, "?x", Rule::TargetForm, "3.2.1"),
            (Get, "example.com:443", Rule::TargetForm, "3.2.3: CONNECT only"),
            (Get, "ftp://h/", Rule::TargetForm, "another scheme"),
            (Get, "http:/h", Rule::TargetForm, "no authority"),
            (Get, "http:", Rule::TargetForm, "no authority"),
            (Get, "http:///a", Rule::AuthorityMalformed, "RFC 9110 section 4.2.1: an empty host"),
            (Get, "http://:80/", Rule::AuthorityMalformed, "RFC 9110 section 4.2.1"),
            (Get, "http://u:p@h/", Rule::AuthorityMalformed, "RFC 9110 section 4.2.4"),
            (Get, "http://h:x/", Rule::AuthorityMalformed, "RFC 9110 section 4.2.1"),
            (Get, "/%", Rule::EscapeMalformed, "RFC 3986 section 2.1"),
            (Get, "/%4", Rule::EscapeMalformed, "RFC 3986 section 2.1"),
            (Get, "/%4g", Rule::EscapeMalformed, "RFC 3986 section 2.1"),
            (Get, "/%%41", Rule::EscapeMalformed, "RFC 3986 section 2.1"),
            (Connect, "example.com:443", Rule::ConnectRefused, "3.2.3"),
            (Connect, "/", Rule::ConnectRefused, "3.2.3"),
        ] {
            assert_eq!(parse(method, text.as_bytes()), Err(expected), "{text}: {why}");
        }
    }

    #[test]
    fn six_visible_bytes_are_not_let_through() {
        for byte in 0..=255_u8 {
            let expected = byte.is_ascii_graphic() && !b"\"#<>\\`".contains(&byte);
            assert_eq!(is_target_byte(byte), expected, "{}: RFC 3986 section 2", byte.escape_ascii());
        }
    }

    #[test]
    fn links_cannot_be_misread() {
        for (path, expected, why) in [
            (&b"/"[..], "/", "the root"),
            (b"/a b", "/a%20b", "a space"),
            (b"/100%", "/100%25", "a percent sign"),
            (b"/a?b#c", "/a%3Fb%23c", "delimiters of a path"),
            (b"/a&b'c\"d<e>", "/a%26b%27c%22d%3Ce%3E", "delimiters of an attribute"),
            (b"/caf\xC3\xA9", "/caf%C3%A9", "UTF-8"),
            (b"/\xFF\x00\r\n", "/%FF%00%0D%0A", "any byte, and no line end in a field"),
            (b"a:b", "a%3Ab", "RFC 3986 section 4.2: not a scheme"),
            (b"//evil.example/", "/%2Fevil.example/", "RFC 3986 section 4.2: not a host"),
            (b"///evil", "/%2F%2Fevil", "RFC 3986 section 4.2"),
            (b"/\\evil", "/%5Cevil", "browsers take \\ for /"),
            (b"/\t/evil", "/%09/evil", "browsers drop tabs"),
        ] {
            assert_eq!(encode_path(path), expected, "{}: {why}", path.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn an_encoded_path_decodes_to_itself_and_stays_a_path(name in proptest::collection::vec(any::<u8>(), 0..40)) {
            let path = [b"/", &name[..]].concat();
            let text = encode_path(&path);
            prop_assert!(text.bytes().all(is_target_byte));
            prop_assert!(!text.starts_with("//"));
            let parts = parse(Method::Get, text.as_bytes()).unwrap();
            prop_assert_eq!(parts.form, TargetForm::Origin);
            let target = RequestTarget::new(text.as_bytes(), parts);
            prop_assert_eq!(target.query(), None);
            prop_assert_eq!(&*target.decoded_path(), &path[..]);
        }
    }
}
