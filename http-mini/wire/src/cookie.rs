//! Cookies of requests ([RFC 6265 section 4.2](https://www.rfc-editor.org/rfc/rfc6265#section-4.2)).

use super::head::RequestHead;

/// The value of a cookie; of the first one if several have this name.
///
/// ```text
/// cookie-string = cookie-pair *( ";" SP cookie-pair )
/// cookie-pair   = cookie-name "=" cookie-value
/// ```
///
/// ```
/// use http_wire::{cookie, head};
/// let request = b"GET / HTTP/1.1\r\nHost: a\r\nCookie: theme=dark; mini=61\r\n\r\n";
/// let (head, _) = head::parse(request).unwrap().unwrap();
/// assert_eq!(cookie::get(&head, "mini"), Some(&b"61"[..]));
/// ```
pub fn get<'a>(head: &'a RequestHead, name: &str) -> Option<&'a [u8]> {
    let mut pairs = head.section().fields("cookie").flat_map(pairs);
    pairs.find_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
}

/// The pairs of a cookie-string.
pub(crate) fn pairs(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b';').map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head;

    #[test]
    fn the_first_cookie_of_a_name_counts() {
        for (fields, expected, why) in [
            ("", None, "no cookie"),
            ("Cookie: mini=1\r\n", Some("1"), "the only one"),
            ("Cookie: a=b; mini=1\r\n", Some("1"), "the second"),
            ("Cookie: a=b;mini=1 \r\n", Some("1"), "without a space"),
            ("Cookie: a=b\r\nCookie: mini=1\r\n", Some("1"), "in another line"),
            ("Cookie: mini=1; mini=2\r\n", Some("1"), "the first"),
            ("Cookie: mini=\r\n", Some(""), "an empty value"),
            ("Cookie: mini=a=b\r\n", Some("a=b"), "the first = divides"),
            ("Cookie: mini\r\n", None, "no value"),
            ("Cookie: mini2=1; xmini=1; Mini=1\r\n", None, "other names"),
        ] {
            let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
            let (head, _) = head::parse(text.as_bytes()).unwrap().unwrap();
            assert_eq!(get(&head, "mini"), expected.map(str::as_bytes), "{fields:?}: {why}");
        }
    }
}
