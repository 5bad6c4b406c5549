//! The target of COPY and MOVE ([RFC 4918 sections 10.3 and
//! 10.6](https://www.rfc-editor.org/rfc/rfc4918#section-10.3)).
//!
//! This module does not resolve the path, but ensures that it is on this server.

use std::borrow::Cow;

use syntax::span::Span;
use syntax::watch::Watch;

use super::head::{Method, RequestHead};
use super::host;
use super::rule::{Rule, Violation};
use super::target::{self, RequestTarget};
use super::text::{ValueFault, reported};
use super::{part, uri};

/// The path of Destination, decoded as [`RequestTarget::decoded_path`] does: `b"/a b"`.
///
/// ```text
/// Destination = Simple-ref
/// Simple-ref  = absolute-URI / ( path-absolute [ "?" query ] )
/// ```
///
/// Examples: `b"Destination: http://files.example/new%20name\r
/// "` and `b"Destination: /new%20name\r
/// "`. An authority must be that of the request, with either scheme, because a proxy may add TLS. A query
/// does not name a file and is refused.
///
/// # Errors
///
/// [`Rule::DestinationMissing`], [`Rule::DestinationMalformed`] and [`Rule::DestinationElsewhere`].
pub fn of_request(head: &RequestHead) -> Result<Cow<'_, [u8]>, Violation> {
    let Some(at) = head.section().field_span("destination") else {
        return Err(Rule::DestinationMissing.at(head.bytes().len()));
    };
    let value = head.only_field("destination").ok_or(Rule::DestinationMalformed.at(at.start()))?;
    let destination = parse(value).map_err(|fault| fault.violation(head.bytes()))?;
    match destination.authority() {
        Some(authority) if !is_here(authority, value, head) => Err(Rule::DestinationElsewhere.at(at.start())),
        _ => Ok(destination.decoded_path()),
    }
}

/// Parses the value of Destination and reports its parts.
pub fn parse_with(value: &[u8], watch: impl Watch) -> Option<RequestTarget<'_>> {
    uri::watch(value, watch);
    reported(parse(value), watch)
}

fn parse(value: &[u8]) -> Result<RequestTarget<'_>, ValueFault<'_>> {
    let malformed =
        |at| ValueFault { rule: Rule::DestinationMalformed, rest: value.get(at..).unwrap_or_default() };
    // Two slashes at the start would be a relative reference to a host (RFC 3986 section 4.2).
    let bad = value.iter().position(|&byte| !target::is_target_byte(byte));
    if let Some(at) = bad.or_else(|| value.starts_with(b"//").then_some(1)) {
        return Err(malformed(at));
    }
    let parts = target::divide(value, Span::new(0, value.len()), Method::Move, ());
    let destination = RequestTarget::new(value, parts.map_err(|broken| malformed(broken.at))?);
    match destination.query() {
        Some(query) => Err(malformed(value.len() - query.len() - 1)),
        None => Ok(destination),
    }
}

/// Whether the authority of a URI is that of the request.
fn is_here(authority: &[u8], uri: &[u8], head: &RequestHead) -> bool {
    let port = host::behind_scheme(uri).map_or(&b""[..], |(_, port)| port);
    head.host().is_some_and(|host| host::is_same(authority, host, port))
}

/// Whether an existing file at the destination may be replaced: the value of Overwrite, by default `T`.
///
/// ```text
/// Overwrite = "T" / "F"
/// ```
///
/// # Errors
///
/// [`Rule::OverwriteMalformed`].
pub fn may_overwrite(head: &RequestHead) -> Result<bool, Violation> {
    let Some(at) = head.section().field_span("overwrite") else { return Ok(true) };
    let flag = head.only_field("overwrite").and_then(|value| overwrite_with(value, ()));
    flag.ok_or(Rule::OverwriteMalformed.at(at.start()))
}

/// Parses the value of Overwrite and reports it.
pub fn overwrite_with(value: &[u8], watch: impl Watch) -> Option<bool> {
    let may_overwrite = match value {
        b"T" | b"t" => true,
        b"F" | b"f" => false,
        _ => return reported(Err(ValueFault { rule: Rule::OverwriteMalformed, rest: value }), watch),
    };
    watch.part(&part::OVERWRITE, value);
    Some(may_overwrite)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head;

    fn request(host: &str, fields: &str) -> RequestHead {
        let text = format!("MOVE /old HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n");
        head::parse(text.as_bytes()).unwrap().unwrap().0
    }

    #[test]
    fn destinations_are_those_of_rfc_4918_section_10_3() {
        use Rule::{DestinationElsewhere, DestinationMalformed};
        for (host, value, expected, why) in [
            ("a", "/new", Ok(&b"/new"[..]), "10.3: a path"),
            ("a", "/new%20name/", Ok(b"/new name/"), "8.3: encoded"),
            ("a", "/caf%C3%A9%00%2F", Ok(b"/caf\xC3\xA9\0/"), "8.3: any byte"),
            ("a", "/../b", Ok(b"/../b"), "8.3: the tree resolves it"),
            ("a", "http://a/new", Ok(b"/new"), "10.3: a URI"),
            ("a:8080", "http://a:8080/new", Ok(b"/new"), "10.3: with a port"),
            ("a", "HTTP://A/New", Ok(b"/New"), "9110 section 4.2.3: no case"),
            ("a", "http://a:80/new", Ok(b"/new"), "9110 section 4.2.1: the port of the scheme"),
            ("a", "https://a/new", Ok(b"/new"), "behind a proxy that speaks TLS"),
            ("a", "http://a", Ok(b"/"), "9110 section 4.2.3: an empty path"),
            ("a", "http://b/new", Err(DestinationElsewhere), "9.9.4: 502"),
            ("a:8080", "http://a/new", Err(DestinationElsewhere), "9.9.4: another port"),
            ("a", "https://a:80/new", Err(DestinationElsewhere), "9.9.4: another port"),
            ("", "http://a/new", Err(DestinationElsewhere), "9.9.4: another server"),
            ("a", "", Err(DestinationMalformed), "10.3: nothing"),
            ("a", "new", Err(DestinationMalformed), "8.3: a relative reference"),
            ("a", "//a/new", Err(DestinationMalformed), "8.3: a relative reference to a host"),
            ("a", "*", Err(DestinationMalformed), "8.3: no path"),
            ("a", "?x", Err(DestinationMalformed), "8.3: no path"),
            ("a", "/new?x", Err(DestinationMalformed), "a query"),
            ("a", "/new#x", Err(DestinationMalformed), "8.3: a fragment"),
            ("a", "/new name", Err(DestinationMalformed), "8.3: a space"),
            ("a", "/caf\u{E9}", Err(DestinationMalformed), "8.3: above 0x7F"),
            ("a", "/%4", Err(DestinationMalformed), "RFC 3986 section 2.1"),
            ("a", "/new, /new", Err(DestinationMalformed), "not a list"),
            ("a", "ftp://a/new", Err(DestinationMalformed), "another scheme"),
            ("a", "http:///new", Err(DestinationMalformed), "9110 section 4.2.1: an empty host"),
            ("a", "http://u:p@a/new", Err(DestinationMalformed), "9110 section 4.2.4: a user"),
        ] {
            let head = request(host, &format!("Destination: {value}\r\n"));
            let found = of_request(&head).map_err(|violation| violation.rule);
            assert_eq!(found.as_deref(), expected.as_ref().map(|path| *path), "{host} {value}: {why}");
        }
        for (fields, expected, why) in [
            ("", Rule::DestinationMissing, "10.3: it must be there"),
            ("Destination: /a\r\nDestination: /a\r\n", DestinationMalformed, "10.3: once"),
        ] {
            let head = request("a", fields);
            let found = of_request(&head).map_err(|violation| violation.rule);
            assert_eq!(found, Err(expected), "{fields:?}: {why}");
        }
    }

    #[test]
    fn overwrite_is_t_or_f() {
        for (fields, expected, why) in [
            ("", Ok(true), "10.6: T is meant"),
            ("Overwrite: T\r\n", Ok(true), "10.6"),
            ("Overwrite: F\r\n", Ok(false), "10.6"),
            ("Overwrite: f\r\n", Ok(false), "10: literals have no case, as in RFC 2616"),
            ("Overwrite:\r\n", Err(Rule::OverwriteMalformed), "10.6"),
            ("Overwrite: false\r\n", Err(Rule::OverwriteMalformed), "10.6"),
            ("Overwrite: T, F\r\n", Err(Rule::OverwriteMalformed), "10.6"),
            ("Overwrite: F\r\nOverwrite: F\r\n", Err(Rule::OverwriteMalformed), "10.6: once"),
        ] {
            let found = may_overwrite(&request("a", fields)).map_err(|violation| violation.rule);
            assert_eq!(found, expected, "{fields:?}: {why}");
        }
    }
}
