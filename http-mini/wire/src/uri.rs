//! The parts of URIs and authorities, for explanations
//! ([RFC 3986](https://www.rfc-editor.org/rfc/rfc3986)).
//!
//! Nothing is decided here: [`target`](crate::target) and [`host`](crate::host) say which of them are accepted.

use syntax::watch::Watch;

use super::part;
use crate::host::host_and_port;
use crate::query;
use crate::rule::Rule;
use crate::text::{Fault, Text};

/// ```text
/// URI-reference = [ scheme ":" ] [ "//" authority ] path [ "?" query ] [ "#" fragment ]
/// ```
///
/// Example: `b"https://user:secret@files.example:8080/a?sort=size#top"`.
pub(crate) fn watch(value: &[u8], watch: impl Watch) {
    let mut text = Text::new(value, Rule::UserinfoInUri, watch);
    let mut after = text;
    let scheme = after.run(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
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
        Fault { rule: Rule::UserinfoInUri, rest: authority }.is_tolerated(watch);
    }
    host(authority, watch);
    watch.part(&part::AUTHORITY, authority);
}

/// ```text
/// Host = uri-host [ ":" port ]
/// ```
///
/// Example: `b"[::1]:8080"`. A value of Host may have userinfo, although it must not: it is a secret there as well.
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
