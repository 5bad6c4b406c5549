//! Whether the content of a request can be stored unchanged ([RFC 9110 section
//! 9.3.4](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.4)).
//!
//! The server decodes nothing and does not insert a part into a file: it stores the bytes that were sent.

use super::head::RequestHead;
use super::rule::{Rule, Violation};

/// Checks that the content of PUT, POST or PATCH is neither a part of a representation nor in a
/// content coding.
///
/// ```text
/// Content-Range    = range-unit SP ( range-resp / unsatisfied-range )     (section 14.4)
/// Content-Encoding = #content-coding                                      (section 8.4)
/// ```
///
/// # Errors
///
/// [`Rule::PartialContent`], because a part stored in place of the whole would destroy it (section 14.5);
/// [`Rule::ContentEncoded`] for any coding except `identity`.
pub fn check(head: &RequestHead) -> Result<(), Violation> {
    if let Some(at) = head.section().field_span("content-range") {
        return Err(Rule::PartialContent.at(at.start()));
    }
    let is_plain =
        head.section().list("content-encoding").all(|coding| coding.eq_ignore_ascii_case(b"identity"));
    match head.section().field_span("content-encoding") {
        Some(at) if !is_plain => Err(Rule::ContentEncoded.at(at.start())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head;

    #[test]
    fn content_is_stored_whole_and_as_it_was_sent() {
        for (fields, expected, why) in [
            ("", Ok(()), "no such field"),
            ("Content-Type: text/plain\r\nContent-Length: 5\r\n", Ok(()), "nothing of it"),
            ("Content-Range: bytes 0-4/10\r\n", Err(Rule::PartialContent), "14.5: 400"),
            ("Content-Range: bytes 0-9/10\r\n", Err(Rule::PartialContent), "14.5: even all of it"),
            ("Content-Range: bytes */10\r\n", Err(Rule::PartialContent), "14.5"),
            ("Content-Range: items 1/2\r\n", Err(Rule::PartialContent), "14.5: any unit"),
            ("Content-Range:\r\n", Err(Rule::PartialContent), "14.5: any value"),
            ("Range: bytes=0-4\r\n", Ok(()), "14.2: ignored with other methods than GET"),
            ("Content-Encoding: gzip\r\n", Err(Rule::ContentEncoded), "15.5.16: 415"),
            ("Content-Encoding: br, identity\r\n", Err(Rule::ContentEncoded), "8.4: a list"),
            ("Content-Encoding: identity\r\n", Ok(()), "8.4.1: no coding"),
            ("Content-Encoding: Identity, identity\r\n", Ok(()), "8.4.1: no case"),
            ("Content-Encoding:\r\n", Ok(()), "8.4: an empty list"),
            ("Content-Encoding: unheard-of\r\n", Err(Rule::ContentEncoded), "15.5.16: 415"),
        ] {
            let text = format!("PUT /a HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
            let (head, _) = head::parse(text.as_bytes()).unwrap().unwrap();
            assert_eq!(check(&head).map_err(|violation| violation.rule), expected, "{fields:?}: {why}");
        }
    }
}
