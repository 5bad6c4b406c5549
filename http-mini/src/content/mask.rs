//! The mask of HTTP in traces: the parts that the parsers mark as secret.

use common::net::trace::{Mask, Masked};

use crate::wire::conversation::HttpConversation;

/// The port of HTTP (RFC 9110 section 4.2.1).
const PORT: u16 = 80;

/// The mask of a connection.
pub(crate) fn new() -> Box<dyn Mask> {
    Masked::boxed(HttpConversation::new, PORT)
}

#[cfg(test)]
mod tests {
    use common::net::trace::{Sender, shown};

    use super::*;

    /// Checks in two pieces, split at every offset, and byte by byte.
    #[track_caller]
    fn check(sender: Sender, input: &str, expected: &str, why: &str) {
        for at in 0..=input.len() {
            let (start, rest) = input.as_bytes().split_at(at);
            let found = shown(&mut *new(), sender, &[start, rest]);
            assert_eq!(String::from_utf8_lossy(&found), expected, "{why}: split at {at}");
        }
        let bytes: Vec<_> = input.as_bytes().chunks(1).collect();
        assert_eq!(
            String::from_utf8_lossy(&shown(&mut *new(), sender, &bytes)),
            expected,
            "{why}: byte by byte"
        );
    }

    #[test]
    fn credentials_in_heads_are_masked() {
        for (line, expected, why) in [
            ("Authorization: Basic YTpi", "Authorization: Basic ****", "RFC 7617"),
            ("authorization: bearer abc", "authorization: bearer ***", "RFC 6750; names have no case"),
            ("Proxy-Authorization: Basic YTpi", "Proxy-Authorization: Basic ****", "to a proxy"),
            ("Authorization : Basic YTpi", "Authorization : Basic ****", "a space before the colon"),
            ("Authorization:\r\n Basic YTpi", "Authorization:\r\n Basic ****", "a folded line"),
            ("Authorization: secret", "Authorization: ******", "no scheme"),
            ("Cookie: a=bc; d=e", "Cookie: a=**; d=*", "cookies keep their names"),
            ("Referer: http://u:p@h/a", "Referer: http://***@h/a", "a login in a URL"),
            ("Accept: */*", "Accept: */*", "nothing secret"),
        ] {
            let whole = |line: &str| format!("GET /a HTTP/1.1\r\nHost: h\r\n{line}\r\n\r\n");
            check(Sender::Client, &whole(line), &whole(expected), why);
        }
        for (line, expected, why) in [
            ("Set-Cookie: id=abc; Path=/", "Set-Cookie: id=***; Path=/", "a cookie keeps its name"),
            ("Location: http://u:p@h/a", "Location: http://***@h/a", "a login in a URL"),
            (
                "Location: /up/17\r\nUpload-Offset: 0",
                "Location: ******\r\nUpload-Offset: 0",
                "an upload resource",
            ),
        ] {
            let whole = |line: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{line}\r\n\r\n");
            check(Sender::Server, &whole(line), &whole(expected), why);
        }
        let whole = |line: &str| format!("{line}\r\nHost: h\r\n\r\n");
        let (line, expected) = ("GET http://u:p@h/ HTTP/1.1", "GET http://***@h/ HTTP/1.1");
        check(Sender::Client, &whole(line), &whole(expected), "a login in a request-target");
    }

    #[test]
    fn passwords_in_forms_are_masked() {
        let urlencoded = |content: &str| {
            let length = content.len();
            format!(
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: {length}\r\n\r\n{content}"
            )
        };
        check(
            Sender::Client,
            &urlencoded("user=a&passwd=bcd&t=e"),
            &urlencoded("user=a&passwd=***&t=e"),
            "a form",
        );
        let multipart = |user: &str, password: &str| {
            let part = |name: &str, value: &str| {
                format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
            };
            let content = format!("{}{}--b--\r\n", part("user", user), part("password", password));
            let length = content.len();
            format!(
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\n\
                 Content-Length: {length}\r\n\r\n{content}"
            )
        };
        check(Sender::Client, &multipart("a", "secret"), &multipart("a", "******"), "parts of a form");
    }

    #[test]
    fn the_requests_for_an_upload_resource_are_masked() {
        let mut mask = new();
        for (sender, input, expected) in [
            (Sender::Client, "POST /a HTTP/1.1\r\nHost: h\r\nUpload-Complete: ?0\r\n\r\n", "POST /a "),
            (
                Sender::Server,
                "HTTP/1.1 104 \r\nLocation: /up/17\r\nUpload-Offset: 0\r\n\r\n",
                "HTTP/1.1 104 ",
            ),
            (Sender::Server, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 201 "),
            (Sender::Client, "HEAD /up/17 HTTP/1.1\r\nHost: h\r\n\r\n", "HEAD ****** "),
        ] {
            let found = shown(&mut *mask, sender, &[input.as_bytes()]);
            let found = String::from_utf8_lossy(&found);
            assert!(found.starts_with(expected) && !found.contains("/up"), "{input}: {found}");
        }
    }

    #[test]
    fn a_head_that_never_ends_is_masked() {
        let input = "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Basic YTpi";
        let found = shown(&mut *new(), Sender::Client, &[input.as_bytes()]);
        assert!(!found.windows(4).any(|four| four == b"YTpi"), "{}", found.escape_ascii());
    }
}
