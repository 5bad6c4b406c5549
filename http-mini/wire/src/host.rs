//! Validates Host and the authority of an absolute-form target ([RFC 9110 section
//! 7.2](https://www.rfc-editor.org/rfc/rfc9110#section-7.2)).
//!
//! Syntax only: the server decides which names it answers to. User names in an authority are refused (RFC
//! 9110 section 4.2.4).

use core::net::{Ipv4Addr, Ipv6Addr};

use syntax::decimal;

use super::scan::{self, Class};

/// Whether this is a host, with or without a port.
///
/// ```text
/// Host        = uri-host [ ":" port ]
/// uri-host    = IP-literal / IPv4address / reg-name     (RFC 3986 section 3.2.2)
/// port        = *DIGIT
/// ```
///
/// Example: `b"[::1]:8080"`. An empty host is invalid (RFC 9110 section 4.2.1), although an empty Host field
/// is allowed; the caller distinguishes them.
pub(crate) fn is_valid(value: &[u8]) -> bool {
    let (host, port) = host_and_port(value);
    let is_host = match host {
        [b'[', address @ .., b']'] => is_ipv6(address),
        name => is_name(name),
    };
    is_host && is_port(port)
}

/// Offset of the byte at which a value stops being a host with or without a port.
#[cold]
pub(crate) fn offence(value: &[u8]) -> usize {
    let (host, port) = host_and_port(value);
    let in_port =
        || host.len() + port.iter().skip(1).position(|byte| !byte.is_ascii_digit()).map_or(1, |at| at + 1);
    match host {
        [b'[', address @ .., b']'] if is_ipv6(address) => in_port(),
        [b'[', ..] => 0,
        name if is_name(name) => in_port(),
        name => name.iter().position(|&byte| !is_name_byte(byte)).or(scan::bad_escape(name)).unwrap_or(0),
    }
}

/// Splits an authority before the colon of its port, which is not inside brackets.
pub(crate) fn host_and_port(value: &[u8]) -> (&[u8], &[u8]) {
    let end = match value {
        [b'[', ..] => value.iter().position(|&byte| byte == b']').map(|at| at + 1),
        _ => value.iter().position(|&byte| byte == b':'),
    };
    value.split_at(end.unwrap_or(value.len()))
}

/// The text after `http://` or `https://`, and the default port of the scheme with its colon (RFC 9110
/// sections 4.2.1 and 4.2.2). Example: `b"a/b"` and `b":80"` of `b"http://a/b"`.
pub(crate) fn behind_scheme(uri: &[u8]) -> Option<(&[u8], &'static [u8])> {
    let schemes = [(&b"http://"[..], &b":80"[..]), (b"https://", b":443")];
    schemes.into_iter().find_map(|(scheme, port)| {
        let (start, rest) = uri.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some((rest, port))
    })
}

/// Whether two authorities of a scheme are equal: hosts are case-insensitive, and the default port may be
/// omitted (RFC 9110 section 4.2.3).
pub(crate) fn is_same(one: &[u8], other: &[u8], port: &[u8]) -> bool {
    let bare = |authority| <[u8]>::strip_suffix(authority, port).unwrap_or(authority);
    bare(one).eq_ignore_ascii_case(bare(other))
}

/// A host without its port and without the dot of an absolute name: `b"files.example"` of
/// `b"files.example.:8080"`. An IPv6 address keeps its brackets.
pub fn bare_name(host: &[u8]) -> &[u8] {
    let (mut name, _) = host_and_port(host);
    while let Some(rest) = name.strip_suffix(b".") {
        name = rest;
    }
    name
}

/// Whether the public DNS may contain this name, so that its owner can let it resolve to any address.
/// Addresses and names without a dot have no such owner, and neither have the names of local networks:
/// `.local` (RFC 6762), `.localhost` (RFC 6761), `.home.arpa` (RFC 8375), `.internal` (reserved by ICANN) and
/// `.lan` (which many routers use). `name` is a [`bare_name`].
pub fn is_of_a_site(name: &[u8]) -> bool {
    const LOCAL: [&[u8]; 5] = [b".local", b".localhost", b".home.arpa", b".internal", b".lan"];
    let is_address =
        name.starts_with(b"[") || str::from_utf8(name).is_ok_and(|text| text.parse::<Ipv4Addr>().is_ok());
    let is_local = LOCAL.iter().any(|domain| {
        let start = name.len().saturating_sub(domain.len());
        start > 0 && name.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(domain))
    });
    // An escape may encode a dot.
    let has_dots = name.iter().any(|byte| matches!(byte, b'.' | b'%'));
    has_dots && !is_address && !is_local
}

/// Empty, or a colon and a valid port number.
fn is_port(text: &[u8]) -> bool {
    match text {
        [] | [b':'] => true,
        [b':', digits @ ..] => decimal::parse(digits).is_some_and(|port| port <= u16::MAX.into()),
        _ => false,
    }
}

/// Zone identifiers have no meaning on another machine and are not accepted.
fn is_ipv6(address: &[u8]) -> bool {
    str::from_utf8(address).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
}

/// ```text
/// reg-name    = *( unreserved / pct-encoded / sub-delims )
/// ```
#[inline(always)]
fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().copied().all(is_name_byte) && scan::bad_escape(name).is_none()
}

fn is_name_byte(byte: u8) -> bool {
    static NAME: Class = Class::alphanumeric_and(b"-._~%!$&'()*+,;=");
    NAME.has(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_with_a_port_or_without() {
        for (value, expected, why) in [
            (&b"example.com"[..], true, "a name"),
            (b"example.com:8080", true, "with a port"),
            (b"example.com:", true, "port = *DIGIT"),
            (b"localhost", true, "one label"),
            (b"my_printer.local", true, "_ is unreserved"),
            (b"caf%C3%A9.example", true, "pct-encoded"),
            (b"192.168.0.1:80", true, "IPv4address"),
            (b"[::1]", true, "IP-literal"),
            (b"[2001:db8::7]:443", true, "IP-literal with a port"),
            (b"[::ffff:10.0.0.1]:1", true, "IP-literal with IPv4 inside"),
            (b"a!$&'()*+,;=~-", true, "sub-delims"),
            (b"example.com:65535", true, "the last port"),
            (b"example.com:00080", true, "leading zeros"),
            (b"", false, "RFC 9110 section 4.2.1"),
            (b":80", false, "RFC 9110 section 4.2.1"),
            (b"example.com:65536", false, "no such port"),
            (b"example.com:99999999999999999999", false, "no such port, and no overflow"),
            (b"example.com:8o", false, "a letter"),
            (b"example.com:80:80", false, "two ports"),
            (b"example.com:-1", false, "a sign"),
            (b"user@example.com", false, "RFC 9110 section 4.2.4"),
            (b"user:secret@example.com", false, "RFC 9110 section 4.2.4"),
            (b"example.com/x", false, "a path"),
            (b"http://example.com", false, "a URI"),
            (b"a b", false, "white space"),
            (b"a\tb", false, "white space"),
            (b"a\"b", false, "a quote"),
            (b"a<b", false, "a delimiter"),
            (b"a%zz", false, "RFC 3986 section 2.1"),
            (b"a%4", false, "RFC 3986 section 2.1"),
            (b"caf\xC3\xA9", false, "raw bytes above 0x7F"),
            (b"::1", false, "an IPv6 address needs brackets"),
            (b"[::1", false, "no end"),
            (b"[]", false, "no address"),
            (b"[::1]80", false, "no colon"),
            (b"[::1]]", false, "a bracket too many"),
            (b"[fe80::1%25eth0]", false, "a zone"),
            (b"[127.0.0.1]", false, "not IPv6"),
        ] {
            assert_eq!(is_valid(value), expected, "{}: {why}", value.escape_ascii());
        }
    }

    #[test]
    fn names_that_the_public_dns_may_have() {
        for (host, expected, why) in [
            (&b"evil.example"[..], true, "a dotted name"),
            (b"EVIL.example:8080", true, "with a port"),
            (b"evil.example.", true, "the same, absolute"),
            (b"evil.example..", true, "no name, but no address either"),
            (b"a.b.c.evil.example", true, "a long one"),
            (b"evil%2Eexample", true, "a dot in an escape"),
            (b"127.1", true, "no address as a browser sends it"),
            (b"1.2.3.4.5", true, "no address"),
            (b"256.1.1.1", true, "no address"),
            (b"192.168.0.1.evil.example", true, "begins like an address"),
            (b"local.evil.example", true, "begins like a local name"),
            (b"evillocal.example", true, "no local domain"),
            (b"evil.notlocal", true, "only whole labels count"),
            (b"home.arpa", true, "the domain itself is no host of it"),
            (b"evil.arpa", true, "another domain"),
            (b"127.0.0.1", false, "IPv4"),
            (b"127.0.0.1.:80", false, "IPv4 with a dot at its end"),
            (b"[::1]:8080", false, "IPv6"),
            (b"[::ffff:10.0.0.1]", false, "IPv6 with dots"),
            (b"localhost:8080", false, "no dot"),
            (b"localhost.", false, "no dot inside"),
            (b"nas", false, "no dot"),
            (b"", false, "no host"),
            (b"nas.local", false, "RFC 6762"),
            (b"Nas.LOCAL.:80", false, "no letter case"),
            (b"a.b.localhost", false, "RFC 6761"),
            (b"nas.home.arpa", false, "RFC 8375"),
            (b"nas.internal", false, "reserved by ICANN"),
            (b"nas.lan", false, "routers use it"),
        ] {
            assert_eq!(is_of_a_site(bare_name(host)), expected, "{}: {why}", host.escape_ascii());
        }
    }

    #[test]
    fn the_port_of_a_scheme_need_not_be_said() {
        for (uri, other, expected, why) in [
            ("http://a", "a", true, "the same"),
            ("HTTP://A.example", "a.EXAMPLE", true, "RFC 9110 section 4.2.3: no case"),
            ("http://a:80", "a", true, "RFC 9110 section 4.2.1"),
            ("http://a", "a:80", true, "RFC 9110 section 4.2.1"),
            ("https://a", "a:443", true, "RFC 9110 section 4.2.2"),
            ("https://[::1]:443", "[::1]", true, "RFC 9110 section 4.2.2"),
            ("http://a:443", "a", false, "the port of the other scheme"),
            ("https://a:80", "a", false, "the port of the other scheme"),
            ("http://a:8080", "a", false, "another port"),
            ("http://a", "b", false, "another host"),
            ("http://a", "a.b", false, "another host"),
        ] {
            let (authority, port) = behind_scheme(uri.as_bytes()).unwrap();
            assert_eq!(is_same(authority, other.as_bytes(), port), expected, "{uri} {other}: {why}");
        }
        for uri in ["ftp://a", "http:/a", "//a", "http:", ""] {
            assert_eq!(behind_scheme(uri.as_bytes()), None, "{uri}");
        }
    }
}
