//! The parts of URIs and authorities, for explanations
//! ([RFC 3986](https://www.rfc-editor.org/rfc/rfc3986)).
//!
//! [`target`](crate::target) and [`host`](crate::host) decide which of them are accepted.

use syntax::watch::Watch;

use super::part;
use crate::host::{self, host_and_port};
use crate::query;
use crate::rule::Rule;
use crate::scan::{self, Class};
use crate::text::{ValueFault, ValueText};

/// ```text
/// URI-reference = [ scheme ":" ] [ "//" authority ] path [ "?" query ] [ "#" fragment ]
/// ```
///
/// Example: `b"https://user:secret@files.example:8080/a?sort=size#top"`.
pub(crate) fn watch(value: &[u8], watch: impl Watch) {
    let mut text = ValueText::new(value, Rule::UserinfoInUri, watch);
    let mut after = text;
    let scheme = after.run(is_scheme_byte);
    if !scheme.is_empty() && after.has(b':') {
        watch.part(&part::SCHEME, scheme);
        text = after;
    }
    if text.rest().starts_with(b"//") {
        text.take(2);
        authority(text.run(|byte| !b"/?#".contains(&byte)), watch);
    }
    watch.part(&part::PATH, text.run(|byte| !b"?#".contains(&byte)));
    if text.has(b'?') {
        let query = text.run(|byte| byte != b'#');
        query::watch(query, watch);
        watch.part(&part::QUERY, query);
    }
    if text.has(b'#') {
        watch.part(&part::FRAGMENT, text.rest());
    }
}

/// ```text
/// authority = [ userinfo "@" ] host [ ":" port ]
/// ```
pub(crate) fn authority(authority: &[u8], watch: impl Watch) {
    if authority.contains(&b'@') {
        ValueFault { rule: Rule::UserinfoInUri, rest: authority }.is_tolerated(watch);
    }
    host(authority, watch);
    watch.part(&part::AUTHORITY, authority);
}

/// ```text
/// Host = uri-host [ ":" port ]
/// ```
///
/// Example: `b"[::1]:8080"`. A value of Host may contain userinfo, although this is forbidden: it is a secret
/// there too.
pub(crate) fn host(value: &[u8], watch: impl Watch) {
    let (userinfo, place) = value.split_at(after_userinfo(value));
    watch.part(&part::USERINFO, userinfo.strip_suffix(b"@").unwrap_or_default());
    let (host, port) = host_and_port(place);
    watch.part(&part::URI_HOST, host);
    watch.part(&part::PORT, port.strip_prefix(b":").unwrap_or_default());
}

/// Offset of the host in an authority.
fn after_userinfo(authority: &[u8]) -> usize {
    memchr::memrchr(b'@', authority).map_or(0, |at| at + 1)
}

/// The first byte that RFC 3986 does not allow at its position.
///
/// ```text
/// URI-reference = URI / relative-ref
/// path-noscheme = segment-nz-nc *( "/" segment )     (the first segment has no colon)
/// segment       = *pchar
/// query         = *( pchar / "/" / "?" )
/// fragment      = *( pchar / "/" / "?" )
/// ```
pub(crate) fn check(value: &[u8], may_have_fragment: bool) -> Result<(), ValueFault<'_>> {
    static TEXT: Class = Class::alphanumeric_and(b"-._~%!$&'()*+,;=:@/?");
    let mut text = ValueText::new(value, Rule::UriMalformed, ());
    let is_before_path = |byte| !b"/?#".contains(&byte);
    let mut first_segment = text;
    if first_segment.run(is_before_path).contains(&b':') {
        text.some(&part::SCHEME, |byte| byte.is_ascii_alphabetic())?;
        text.run(is_scheme_byte);
        text.literal(b":")?;
    }
    if text.rest().starts_with(b"//") {
        text.take(2);
        let authority = text.run(is_before_path);
        let (userinfo, place) = authority.split_at(after_userinfo(authority));
        let userinfo = userinfo.strip_suffix(b"@").unwrap_or_default();
        if let Some(at) = userinfo.iter().position(|&byte| byte == b'@' || !TEXT.has(byte)) {
            return Err(text.fault_at(userinfo.get(at..).unwrap_or_default()));
        }
        if !place.is_empty() && !host::is_valid(place) {
            return Err(text.fault_at(place.get(host::offence(place)..).unwrap_or_default()));
        }
    }
    text.run(|byte| TEXT.has(byte));
    if may_have_fragment && text.has(b'#') {
        text.run(|byte| TEXT.has(byte));
    }
    text.end()?;
    let bad_escape = scan::bad_escape(value).and_then(|at| value.get(at..));
    bad_escape.map_or(Ok(()), |rest| Err(text.fault_at(rest)))
}

fn is_scheme_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)
}
