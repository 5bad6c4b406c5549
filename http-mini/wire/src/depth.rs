//! Depth: whether a method applies to a directory alone or to everything in it
//! ([RFC 4918 section 10.2](https://www.rfc-editor.org/rfc/rfc4918#section-10.2)).
//!
//! This module does not know the default, which depends on the method.

use syntax::watch::Watch;

use super::head::RequestHead;
use super::part;
use super::rule::{Rule, Violation};
use super::text::{ValueFault, reported};

/// The value of Depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The directory alone.
    Zero,
    /// The directory and its entries. No method of this server has this depth.
    One,
    /// The directory and everything below it.
    Infinity,
}

/// The Depth of a request, if it has one.
///
/// ```text
/// Depth = "0" / "1" / "infinity"
/// ```
///
/// Example: `b"Depth: infinity\r\n"`.
///
/// # Errors
///
/// [`Rule::DepthMalformed`].
pub fn of_request(head: &RequestHead) -> Result<Option<Depth>, Violation> {
    let Some(at) = head.section().field_span("depth") else { return Ok(None) };
    let depth = head.only_field("depth").and_then(|value| parse_with(value, ()));
    depth.map(Some).ok_or(Rule::DepthMalformed.at(at.start()))
}

/// Parses the value of Depth and reports it.
pub fn parse_with(value: &[u8], watch: impl Watch) -> Option<Depth> {
    let depth = match value {
        b"0" => Depth::Zero,
        b"1" => Depth::One,
        _ if value.eq_ignore_ascii_case(b"infinity") => Depth::Infinity,
        _ => return reported(Err(ValueFault { rule: Rule::DepthMalformed, rest: value }), watch),
    };
    watch.part(&part::DEPTH, value);
    Some(depth)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head;

    #[test]
    fn a_depth_is_one_of_three() {
        for (fields, expected, why) in [
            ("", Ok(None), "10.2: the method has a default"),
            ("Depth: 0\r\n", Ok(Some(Depth::Zero)), "10.2"),
            ("Depth: 1\r\n", Ok(Some(Depth::One)), "10.2"),
            ("Depth: infinity\r\n", Ok(Some(Depth::Infinity)), "10.2"),
            ("Depth: Infinity\r\n", Ok(Some(Depth::Infinity)), "10: literals have no case, as in RFC 2616"),
            ("Depth: 2\r\n", Err(Rule::DepthMalformed), "10.2"),
            ("Depth: infinity, noroot\r\n", Err(Rule::DepthMalformed), "no longer in RFC 4918"),
            ("Depth:\r\n", Err(Rule::DepthMalformed), "10.2"),
            ("Depth: 0\r\nDepth: 0\r\n", Err(Rule::DepthMalformed), "once"),
        ] {
            let text = format!("COPY /old HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
            let (head, _) = head::parse(text.as_bytes()).unwrap().unwrap();
            let found = of_request(&head).map_err(|violation| violation.rule);
            assert_eq!(found, expected, "{fields:?}: {why}");
        }
    }
}
