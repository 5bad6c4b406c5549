//! Forwarded ([RFC 7239](https://www.rfc-editor.org/rfc/rfc7239)) and X-Forwarded-For, in which a reverse
//! proxy names its client.
//!
//! Each proxy appends the address of its peer, so only the last addresses come from trusted proxies; the
//! client may have sent the earlier ones itself. The caller knows which proxies are trusted and whether the
//! request came from one.

use core::net::{IpAddr, SocketAddr};

use syntax::watch::Watch;

use super::fields::Fields;
use super::list;
use super::part;
use super::rule::Rule;
use super::text::{ValueFault, ValueText, end, reported};

/// The client of the trusted proxies: the last address that is not a trusted proxy, or the first address if
/// all are. `None` if the fields contain no address there, or the two fields name different ones: a proxy
/// that does not know a field forwards it as the client sent it.
///
/// Example: `192.0.2.7` of `b"X-Forwarded-For: 203.0.113.9, 192.0.2.7, 10.0.0.2\r
/// "` if `10.0.0.2` is trusted.
pub fn client(fields: &Fields, is_trusted: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let old = fields.fields("x-forwarded-for").flat_map(|value| nodes_with(value, ()));
    let old = last_untrusted(old, &is_trusted);
    let new = last_untrusted(fields.list("forwarded").map(|hop| element_with(hop, ())), &is_trusted);
    match (old, new) {
        (Some(one), Some(other)) if one != other => None,
        (one, other) => one.or(other).flatten(),
    }
}

/// Whether a proxy forwarded the request: it has Via, Forwarded or X-Forwarded-For, -Host, -Prefix and the
/// like.
pub fn is_proxied(fields: &Fields) -> bool {
    fields.field_lines().any(|(name, _)| {
        let prefix = name.get(.."x-forwarded-".len()).unwrap_or_default();
        prefix.eq_ignore_ascii_case(b"x-forwarded-")
            || name.eq_ignore_ascii_case(b"via")
            || name.eq_ignore_ascii_case(b"forwarded")
    })
}

/// Reports and returns the addresses in a value of X-Forwarded-For: `None` for a hop without one.
pub(crate) fn nodes_with<W: Watch>(value: &[u8], watch: W) -> impl Iterator<Item = Option<IpAddr>> {
    // Its grammar has no quotes: a quote sent by a client must not hide the address that the proxy appends.
    let elements = <[u8]>::split(value, |&byte| byte == b',').map(<[u8]>::trim_ascii);
    elements.filter(|element| !element.is_empty()).map(move |element| {
        watch.part(&part::NODE, element);
        node(element)
    })
}

/// `None`: there is no hop. `Some(None)`: the last untrusted hop has no address.
fn last_untrusted(
    hops: impl Iterator<Item = Option<IpAddr>>,
    is_trusted: impl Fn(IpAddr) -> bool,
) -> Option<Option<IpAddr>> {
    hops.reduce(|client, hop| match hop {
        Some(address) if is_trusted(address) => client,
        hop => hop,
    })
}

/// The address of the parameter `for`.
///
/// ```text
/// forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] )
/// forwarded-pair    = token "=" value
/// value             = token / quoted-string
/// ```
///
/// Example: `2001:db8::1` of `b"for=\"[2001:db8::1]:4711\";proto=https"`.
pub(crate) fn element_with<W: Watch>(element: &[u8], watch: W) -> Option<IpAddr> {
    let mut client = None;
    for pair in list::split(element, b';').filter(|pair| !pair.is_empty()) {
        let (name, value) = reported(forwarded_pair(pair, watch), watch)?;
        if name.eq_ignore_ascii_case(b"for") && client.replace(value).is_some() {
            return reported(Err(ValueFault { rule: Rule::ForwardedMalformed, rest: pair }), watch);
        }
    }
    if W::IS_WATCHING {
        reported(grammar(element), watch);
    }
    watch.part(&part::FORWARDED_ELEMENT, element);
    node(client?)
}

/// Checks the whole grammar of an element. Explanations name each fault; the client's address depends only on
/// the faults that [`forwarded_pair`] finds.
fn grammar(element: &[u8]) -> Result<(), ValueFault<'_>> {
    let mut text = ValueText::new(element, Rule::ForwardedMalformed, ());
    loop {
        if !matches!(text.rest(), [] | [b';', ..]) {
            text.token(&part::FORWARDED_NAME)?;
            text.literal(b"=")?;
            match text.rest() {
                [b'"', ..] => text.quoted()?,
                _ => text.token(&part::FORWARDED_VALUE)?,
            };
        }
        if !text.has(b';') {
            return text.end();
        }
    }
}

/// A name and its unquoted value. Each value is checked, because an unterminated value of the client would
/// include the text that the proxy appends.
fn forwarded_pair(pair: &[u8], watch: impl Watch) -> Result<(&[u8], &[u8]), ValueFault<'_>> {
    let malformed = |rest| ValueFault { rule: Rule::ForwardedMalformed, rest };
    let at = memchr::memchr(b'=', pair).ok_or(malformed(end(pair)))?;
    let (name, value) = pair.split_at(at);
    let value = value.get(1..).unwrap_or_default();
    let [whole, name_part, value_part] = part::FORWARDED_PAIR;
    watch.part(name_part, name);
    let quoted = value.strip_prefix(b"\"");
    let inside = match quoted {
        Some(text) => text.strip_suffix(b"\"").ok_or(malformed(end(text)))?,
        None => value,
    };
    let is_bad = |byte: &u8| *byte == b'"' || (*byte == b'\\' && quoted.is_some());
    if let Some(bad) = inside.iter().position(is_bad) {
        return Err(malformed(inside.get(bad..).unwrap_or_default()));
    }
    if name.eq_ignore_ascii_case(b"for") {
        watch.part(&part::NODE, inside);
    }
    watch.part(value_part, value);
    watch.part(whole, pair);
    Ok((name, inside))
}

/// ```text
/// node     = nodename [ ":" node-port ]
/// nodename = IPv4address / "[" IPv6address "]" / "unknown" / obfnode
/// ```
///
/// Example: `192.0.2.43` of `b"192.0.2.43:47011"`. X-Forwarded-For also has IPv6 addresses without brackets.
fn node(text: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(text).ok()?;
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']');
    let address = text.parse().ok();
    let address = address.or_else(|| in_brackets()?.parse().ok());
    let address = address.or_else(|| text.parse().ok().map(|node: SocketAddr| node.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head;

    #[test]
    fn fields_of_proxies_are_known() {
        for (field, expected) in [
            ("Via: 1.1 proxy", true),
            ("forwarded: for=192.0.2.7", true),
            ("X-Forwarded-For: 192.0.2.7", true),
            ("x-forwarded-prefix: /files", true),
            ("X-Forwarded: for=192.0.2.7", false),
            ("X-Real-IP: 192.0.2.7", false),
            ("Accept: */*", false),
        ] {
            let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n");
            let (head, _) = head::parse(text.as_bytes()).unwrap().unwrap();
            assert_eq!(is_proxied(head.section()), expected, "{field}");
        }
    }

    #[test]
    fn the_client_is_the_last_address_that_is_not_trusted() {
        let (x, f) = ("X-Forwarded-For", "Forwarded");
        for (fields, expected, why) in [
            (&[][..], None, "neither field"),
            (&[(x, "192.0.2.7")], Some("192.0.2.7"), "one hop"),
            (&[(x, "203.0.113.9, 192.0.2.7")], Some("192.0.2.7"), "the first was sent by the client"),
            (&[(x, "192.0.2.7,10.0.0.2,10.0.0.3")], Some("192.0.2.7"), "behind two proxies"),
            (&[(x, "203.0.113.9"), (x, "192.0.2.7")], Some("192.0.2.7"), "the proxy adds a line"),
            (&[(x, "10.0.0.4, 10.0.0.2")], Some("10.0.0.4"), "all are trusted: the first"),
            (&[(x, "192.0.2.7:4711")], Some("192.0.2.7"), "with a port, as Azure's"),
            (&[(x, "2001:db8::7")], Some("2001:db8::7"), "IPv6 without brackets"),
            (&[(x, "[2001:db8::7]:4711")], Some("2001:db8::7"), "IPv6 with a port"),
            (&[(x, "::ffff:192.0.2.7")], Some("192.0.2.7"), "mapped"),
            (&[(x, "192.0.2.7,, ")], Some("192.0.2.7"), "empty elements"),
            (&[(x, "\", 192.0.2.7")], Some("192.0.2.7"), "a quote of the client's hides nothing"),
            (&[(x, "nonsense, 192.0.2.7")], Some("192.0.2.7"), "the client's own text is ignored"),
            (&[(x, "192.0.2.7, nonsense")], None, "nonsense of the proxy's"),
            (&[(x, "192.0.2.7, unknown, 10.0.0.2")], None, "unknown behind a trusted one"),
            (&[(x, "fe80::1%eth0")], None, "a zone means nothing elsewhere"),
            (&[(x, "")], None, "empty"),
            (&[(f, "for=192.0.2.7")], Some("192.0.2.7"), "RFC 7239 section 4"),
            (&[(f, "For=\"[2001:db8::7]:4711\";proto=https")], Some("2001:db8::7"), "RFC 7239 section 4"),
            (&[(f, "for=192.0.2.43, for=192.0.2.7;by=10.0.0.2")], Some("192.0.2.7"), "RFC 7239 section 7.1"),
            (&[(f, "for=192.0.2.7, for=\"10.0.0.2:80\"")], Some("192.0.2.7"), "behind two proxies"),
            (&[(f, "for=unknown")], None, "RFC 7239 section 6.2"),
            (&[(f, "for=_hidden")], None, "RFC 7239 section 6.3"),
            (&[(f, "proto=https")], None, "no parameter for"),
            (&[(f, "for=192.0.2.7;for=192.0.2.8")], None, "two of them"),
            (&[(f, "for=192.0.2.66;x=\", for=192.0.2.7")], None, "the client's open quote hides the hop"),
            (&[(f, "for=192.0.2.66;x=\"a, for=\"[2001:db8::7]\"")], None, "or its first half"),
            (&[(f, "for=192.0.2.66;x=\"\\\"\", for=192.0.2.7")], Some("192.0.2.7"), "a whole quoted string"),
            (&[(f, "for=\"x"), (f, "for=192.0.2.7")], Some("192.0.2.7"), "lines are read one by one"),
            (&[(x, "192.0.2.7"), (f, "for=192.0.2.7")], Some("192.0.2.7"), "both fields agree"),
            (&[(x, "192.0.2.7"), (f, "for=192.0.2.66")], None, "one of them is the client's own"),
            (&[(x, "192.0.2.7"), (f, "for=unknown")], None, "one of them is the client's own"),
        ] {
            let lines: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
            let (head, _) = head::parse(text.as_bytes()).unwrap().unwrap();
            let is_trusted = |ip: IpAddr| ip.to_string().starts_with("10.");
            let found = client(head.section(), is_trusted).map(|ip| ip.to_string());
            assert_eq!(found.as_deref(), expected, "{fields:?}: {why}");
        }
    }
}
