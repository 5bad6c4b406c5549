//! X-Forwarded-For and [Forwarded](https://www.rfc-editor.org/rfc/rfc7239): the addresses through which a
//! request has come. Anybody can write them, so they mean something only behind a trusted proxy, which adds its
//! peer at the end.

use core::net::{IpAddr, SocketAddr};

use super::fields::Fields;
use super::list;

/// The address of the client: the last one that is not of a trusted proxy, or the first if all are. `None`
/// where there is no such field, or something else stands there.
///
/// ```text
/// X-Forwarded-For: 192.0.2.43, 2001:db8::17
/// Forwarded: for=192.0.2.43;proto=https, for="[2001:db8::17]:4711"
/// ```
///
/// X-Forwarded-For goes before Forwarded.
pub fn client(fields: &Fields, is_trusted: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let mut hops: Vec<Option<IpAddr>> = fields.list("x-forwarded-for").map(address).collect();
    if hops.is_empty() {
        hops = fields.list("forwarded").map(|element| address(node(element)?)).collect();
    }
    let mut client = None;
    for hop in hops.into_iter().rev() {
        client = hop;
        if !hop.is_some_and(&is_trusted) {
            break;
        }
    }
    client
}

/// `for=` of an element of Forwarded.
fn node(element: &[u8]) -> Option<&[u8]> {
    list::split(element, b';').find_map(|pair| {
        let (name, value) = pair.split_at_checked(4)?;
        name.eq_ignore_ascii_case(b"for=").then_some(value)
    })
}

/// An address, with or without quotes, brackets and a port.
fn address(node: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(node).ok()?.trim_matches('"');
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|at| at.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::head;

    #[test]
    fn the_client_is_the_last_that_is_no_trusted_proxy() {
        let ip = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        for (fields, expected, why) in [
            ("", None, "no field"),
            ("X-Forwarded-For: 192.0.2.1\r\n", ip("192.0.2.1"), "one hop"),
            ("X-Forwarded-For: 6.6.6.6, 192.0.2.1\r\n", ip("192.0.2.1"), "what the client wrote itself"),
            ("X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 192.0.2.1\r\n", ip("192.0.2.1"), "two lines"),
            ("X-Forwarded-For: 192.0.2.1, 10.0.0.2\r\n", ip("192.0.2.1"), "two proxies"),
            ("X-Forwarded-For: 10.0.0.3, 10.0.0.2\r\n", ip("10.0.0.3"), "a client on the proxies' network"),
            ("X-Forwarded-For: 192.0.2.1, unknown\r\n", None, "no address"),
            ("X-Forwarded-For: 192.0.2.1, nonsense, 10.0.0.2\r\n", None, "nothing behind it is believed"),
            ("X-Forwarded-For: 192.0.2.1:4711\r\n", ip("192.0.2.1"), "a port, as of Azure"),
            ("X-Forwarded-For: 2001:db8::1\r\n", ip("2001:db8::1"), "IPv6"),
            ("X-Forwarded-For: [2001:db8::1]:80\r\n", ip("2001:db8::1"), "IPv6 with a port"),
            ("X-Forwarded-For: ::ffff:192.0.2.1\r\n", ip("192.0.2.1"), "IPv4 in IPv6"),
            ("X-Forwarded-For: , ,\r\n", None, "empty"),
            ("Forwarded: for=192.0.2.1\r\n", ip("192.0.2.1"), "RFC 7239 section 4"),
            ("Forwarded: FOR=192.0.2.1;proto=https;by=10.0.0.1\r\n", ip("192.0.2.1"), "parameters"),
            ("Forwarded: proto=https;for=\"[2001:db8::1]:4711\"\r\n", ip("2001:db8::1"), "section 6: quoted"),
            ("Forwarded: for=6.6.6.6, for=192.0.2.1, for=10.0.0.2\r\n", ip("192.0.2.1"), "three hops"),
            ("Forwarded: for=_hidden\r\n", None, "section 6.3"),
            ("Forwarded: for=192.0.2.1, proto=https\r\n", None, "an element that names nobody"),
            (
                "Forwarded: for=6.6.6.6\r\nX-Forwarded-For: 192.0.2.1\r\n",
                ip("192.0.2.1"),
                "the usual one first",
            ),
        ] {
            let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
            let (head, _) = head::parse(text.as_bytes()).unwrap().unwrap();
            let is_trusted = |address: IpAddr| address.to_string().starts_with("10.");
            assert_eq!(client(head.section(), is_trusted), expected, "{fields}: {why}");
        }
    }
}
