//! Whether another site caused the request ([Fetch Metadata](https://www.w3.org/TR/fetch-metadata/), [RFC
//! 6454 section 7](https://www.rfc-editor.org/rfc/rfc6454#section-7)).
//!
//! Any page can make a browser submit a form to any server, with the passwords that the browser remembers for
//! it. A request that changes something is executed only if no other site caused it. This check relies on
//! Host: if no login is required, the server checks Host first, because another site can let its own name
//! resolve to this server.

use super::head::RequestHead;
use super::host;

/// Whether a page of another site caused the request. Used for methods that change something; links from
/// other sites may cause the others.
///
/// ```text
/// Sec-Fetch-Site = "cross-site" / "same-origin" / "same-site" / "none"
/// Origin         = serialized-origin / "null"
/// ```
///
/// Browsers send Sec-Fetch-Site only over TLS and to the machine itself, and Origin with every POST. A
/// request with neither is not from a browser, so no site caused it.
///
/// ```
/// use http_wire::{head, origin};
/// let form = b"POST /a HTTP/1.1\r\nHost: files.example\r\nOrigin: http://evil.example\r\n\r\n";
/// let (head, _) = head::parse(form).unwrap().unwrap();
/// assert!(origin::is_foreign(&head));
/// ```
pub fn is_foreign(head: &RequestHead) -> bool {
    if head.field("sec-fetch-site").is_some() {
        return !matches!(head.only_field("sec-fetch-site"), Some(b"same-origin" | b"none"));
    }
    head.field("origin").is_some() && !head.only_field("origin").is_some_and(|origin| is_own(origin, head))
}

/// Whether an origin is this server, by the name that the client uses.
///
/// ```text
/// serialized-origin = scheme "://" host [ ":" port ]
/// ```
///
/// Example: `b"http://files.example:8080"`. Either scheme is accepted: behind a proxy with TLS, the client's
/// scheme is unknown here.
fn is_own(origin: &[u8], head: &RequestHead) -> bool {
    let (Some((authority, port)), Some(host)) = (host::behind_scheme(origin), head.host()) else {
        return false;
    };
    host::is_valid(authority) && host::is_same(authority, host, port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head;

    #[test]
    fn only_browsers_on_other_sites_are_foreign() {
        for (fields, expected, why) in [
            ("Host: a\r\n", false, "neither field: no browser"),
            ("Host: a\r\nReferer: http://b/\r\n", false, "not looked at"),
            ("Host: a\r\nSec-Fetch-Site: same-origin\r\n", false, "a page of this server"),
            ("Host: a\r\nSec-Fetch-Site: none\r\n", false, "the user: an address, a bookmark"),
            ("Host: a\r\nSec-Fetch-Site: cross-site\r\n", true, "another site"),
            ("Host: a\r\nSec-Fetch-Site: same-site\r\n", true, "another host or port of the same site"),
            ("Host: a\r\nSec-Fetch-Site:\r\n", true, "no such value"),
            ("Host: a\r\nSec-Fetch-Site: Same-Origin\r\n", true, "RFC 9651: tokens have case"),
            ("Host: a\r\nSec-Fetch-Site: same-origin, cross-site\r\n", true, "not a list"),
            ("Host: a\r\nSec-Fetch-Site: none\r\nSec-Fetch-Site: none\r\n", true, "one only"),
            (
                "Host: a\r\nSec-Fetch-Site: same-origin\r\nOrigin: http://b\r\n",
                false,
                "the browser compared: a proxy may have changed Host",
            ),
            ("Host: a\r\nSec-Fetch-Site: cross-site\r\nOrigin: http://a\r\n", true, "the browser compared"),
            ("Host: a\r\nOrigin: http://a\r\n", false, "RFC 6454 section 7: a page of this server"),
            ("Host: a\r\nOrigin: https://a\r\n", false, "behind a proxy that speaks TLS"),
            ("Host: A.example\r\nOrigin: http://a.EXAMPLE\r\n", false, "hosts have no case"),
            ("Host: a:8080\r\nOrigin: http://a:8080\r\n", false, "RFC 6454 section 6.2: with a port"),
            ("Host: a:443\r\nOrigin: https://a\r\n", false, "RFC 6454 section 6.2: the port of the scheme"),
            ("Host: [::1]:8080\r\nOrigin: http://[::1]:8080\r\n", false, "an address"),
            ("Host: a\r\nOrigin: null\r\n", true, "RFC 6454 section 7.1: it is not to be known"),
            ("Host: a\r\nOrigin: http://b\r\n", true, "another host"),
            ("Host: a\r\nOrigin: http://a.b\r\n", true, "another host"),
            ("Host: a:8080\r\nOrigin: http://a:3000\r\n", true, "another port"),
            ("Host: a:8080\r\nOrigin: http://a\r\n", true, "another port"),
            ("Host: a\r\nOrigin: chrome-extension://a\r\n", true, "another scheme"),
            ("Host: a\r\nOrigin: a\r\n", true, "no scheme"),
            ("Host: a\r\nOrigin: http://a/\r\n", true, "no path follows"),
            ("Host: a\r\nOrigin: http://u@a\r\n", true, "no user"),
            ("Host: a\r\nOrigin: http://a http://b\r\n", true, "not a list"),
            ("Host: a\r\nOrigin: http://a\r\nOrigin: http://a\r\n", true, "one only"),
            ("Host: a\r\nOrigin:\r\n", true, "no such value"),
            ("Host:\r\nOrigin: http://\r\n", true, "an empty host matches no origin"),
            ("Host:\r\nOrigin: http://:80\r\n", true, "an empty host matches no origin"),
        ] {
            let text = format!("POST /a HTTP/1.1\r\n{fields}\r\n");
            let (head, _) = head::parse(text.as_bytes()).unwrap().unwrap();
            assert_eq!(is_foreign(&head), expected, "{fields:?}: {why}");
        }
    }

    #[test]
    fn an_origin_is_compared_with_the_host_that_is_asked() {
        for (text, expected, why) in [
            (
                "POST http://a/ HTTP/1.1\r\nHost: b\r\nOrigin: http://a\r\n\r\n",
                false,
                "RFC 9112 section 3.2.2",
            ),
            (
                "POST http://a/ HTTP/1.1\r\nHost: b\r\nOrigin: http://b\r\n\r\n",
                true,
                "RFC 9112 section 3.2.2",
            ),
            ("POST / HTTP/1.0\r\nOrigin: http://a\r\n\r\n", true, "no host at all"),
        ] {
            let (head, _) = head::parse(text.as_bytes()).unwrap().unwrap();
            assert_eq!(is_foreign(&head), expected, "{text:?}: {why}");
        }
    }
}
