//! Redirects ([RFC 9110 section 15.4](https://www.rfc-editor.org/rfc/rfc9110#section-15.4)): the URL and the
//! method of the next request.

use common::client::{Fault, FaultKind};
use url::Url;

use crate::wire::response::ResponseHead;

/// The most redirects that one request follows.
pub const REDIRECTS_LIMIT: usize = 10;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct RedirectedRequest {
    pub(super) url: Url,
    pub(super) becomes_get: bool,
}

/// The request that follows a redirect; `None` if the response is not a redirect.
///
/// 307 and 308 keep method and content. 303 refers to another resource; all clients treat 301 and 302 the
/// same after POST (sections 15.4.2 and 15.4.3). A login in Location is not used: it is the server's, not the
/// user's.
pub(super) fn next(
    head: &ResponseHead,
    method: &str,
    from: &Url,
) -> Result<Option<RedirectedRequest>, Fault> {
    let becomes_get = match head.status().0 {
        301 | 302 => method == "POST",
        303 => method != "HEAD",
        307 | 308 => false,
        _ => return Ok(None),
    };
    let failed = |why: &str| Err(Fault::new(FaultKind::Failed, format!("the server redirects {why}")));
    let Some(location) = head.fields().only_field("location") else { return failed("nowhere") };
    let url = str::from_utf8(location).ok().and_then(|location| from.join(location).ok());
    let Some(mut url) = url else { return failed("to something that is no URL") };
    if !matches!(url.scheme(), "http" | "https") {
        return failed("to something other than http and https");
    }
    if url.fragment().is_none() {
        url.set_fragment(from.fragment());
    }
    // Both fail only for a URL without a host, which has no login.
    let _ = (url.set_username(""), url.set_password(None));
    Ok(Some(RedirectedRequest { url, becomes_get }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::response;

    fn follow(method: &str, status: u16, location: &str) -> Result<Option<(String, bool)>, FaultKind> {
        let text = format!("HTTP/1.1 {status} x\r\n{location}\r\n");
        let (head, _) = response::parse(text.as_bytes()).unwrap().unwrap();
        let from = Url::parse("http://u:p@a.example/d/x?q#f").unwrap();
        let next = next(&head, method, &from).map_err(|fault| fault.kind)?;
        Ok(next.map(|next| (next.url.to_string(), next.becomes_get)))
    }

    #[test]
    fn redirects_are_those_of_rfc_9110_section_15_4() {
        let to = |url: &str, becomes_get| Ok(Some((url.to_owned(), becomes_get)));
        let there = "http://a.example/d/y#f";
        for (method, status, location, expected, why) in [
            ("GET", 301, "Location: y\r\n", to(there, false), "15.4.2"),
            ("POST", 301, "Location: y\r\n", to(there, true), "15.4.2: POST may become GET"),
            ("PUT", 301, "Location: y\r\n", to(there, false), "15.4.2: no other method does"),
            ("POST", 302, "Location: y\r\n", to(there, true), "15.4.3"),
            ("POST", 303, "Location: y\r\n", to(there, true), "15.4.4"),
            ("PUT", 303, "Location: y\r\n", to(there, true), "15.4.4"),
            ("HEAD", 303, "Location: y\r\n", to(there, false), "15.4.4: HEAD stays"),
            ("POST", 307, "Location: y\r\n", to(there, false), "15.4.8"),
            ("POST", 308, "Location: y\r\n", to(there, false), "15.4.9"),
            ("GET", 300, "Location: y\r\n", Ok(None), "15.4.1: the user chooses"),
            ("GET", 304, "Location: y\r\n", Ok(None), "15.4.5: no redirect"),
            ("GET", 200, "Location: y\r\n", Ok(None), "no redirect"),
            ("GET", 302, "Location: /z#g\r\n", to("http://a.example/z#g", false), "10.2.2: its own fragment"),
            ("GET", 302, "Location: https://b/\r\n", to("https://b/#f", false), "another origin"),
            ("GET", 302, "Location: http://x:y@b/\r\n", to("http://b/#f", false), "no login from there"),
            ("GET", 302, "", Err(FaultKind::Failed), "10.2.2: nowhere"),
            ("GET", 302, "Location: a\r\nLocation: b\r\n", Err(FaultKind::Failed), "two readings"),
            ("GET", 302, "Location: http://\r\n", Err(FaultKind::Failed), "no URL"),
            ("GET", 302, "Location: file:///etc/passwd\r\n", Err(FaultKind::Failed), "another scheme"),
            ("GET", 302, "Location: ftp://b/\r\n", Err(FaultKind::Failed), "another scheme"),
        ] {
            assert_eq!(follow(method, status, location), expected, "{method} {status} {location}: {why}");
        }
    }
}
