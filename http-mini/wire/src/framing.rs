//! The length of a message's content ([RFC 9112 section
//! 6.3](https://www.rfc-editor.org/rfc/rfc9112#section-6.3)).
//!
//! Request smuggling exploits this decision, so it is one function that follows the section's numbered steps.
//! Where the section leaves a choice, the message is refused.

use syntax::decimal;
use syntax::span::Span;
use syntax::watch::{Reading, offsets};

use super::fields::Fields;
use super::head::{Method, RequestHead, Version};
use super::list;
use super::response;
use super::rule::{Rule, Violation};
use super::scan;

pub use super::length::LENGTH_LIMIT;

/// How the end of content is determined within the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no content.
    None,
    /// This many bytes.
    Length(u64),
    /// In chunks, until one of size 0; see [`chunked`](super::chunked).
    Chunked,
    /// All bytes until the connection ends, which the recipient must distinguish from a broken connection.
    /// Only in responses.
    UntilClose,
}

/// The framing of a request's content.
///
/// ```
/// use http_wire::{framing::{self, Framing}, head};
/// let (head, _) = head::parse(b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello").unwrap().unwrap();
/// assert_eq!(framing::of_request(&head), Ok(Framing::Length(5)));
/// ```
///
/// # Errors
///
/// A rule of RFC 9112 section 6. The connection cannot be used again, because the start of the next request
/// is unknown.
pub fn of_request(head: &RequestHead) -> Result<Framing, Violation> {
    // Steps 1 and 2 apply to responses.
    // 7. Neither field, in a request: no content. Step 8 applies to responses.
    Ok(of_fields(head.section(), head.version(), of_length)?.unwrap_or(Framing::None))
}

/// The framing of the content of a response to a request of this method. A 2xx to CONNECT has none:
/// what follows is the tunnel.
///
/// # Errors
///
/// See [`of_request`].
pub fn of_response(head: &response::ResponseHead, method: Method) -> Result<Framing, Violation> {
    match (method, head.status().0) {
        // 1. No content, regardless of the fields.
        (Method::Head, _) | (_, 100..=199 | 204 | 304) => return Ok(Framing::None),
        // 2. The connection has become a tunnel.
        (Method::Connect, 200..=299) => return Ok(Framing::None),
        _ => {}
    }
    // Step 7 applies to requests. 8. Neither field, in a response: all bytes until the server closes.
    Ok(of_fields(head.fields(), head.version(), of_equal_lengths)?.unwrap_or(Framing::UntilClose))
}

/// Steps 3 to 6, which are the same for requests and responses.
fn of_fields(
    fields: &Fields,
    version: Version,
    of_length: impl Fn(&Fields, Span) -> Result<Framing, Violation>,
) -> Result<Option<Framing>, Violation> {
    match (fields.field_span("transfer-encoding"), fields.field_span("content-length")) {
        // 3. Both: "ought to be handled as an error".
        (Some(codings), Some(length)) => Err(Rule::LengthAndCoding.at(codings.start().max(length.start()))),
        // 4. Only Transfer-Encoding: chunked must be its last coding, and is the only one known here.
        (Some(at), None) => of_codings(fields, version, at).map(Some),
        // 5 and 6. Content-Length: one valid value.
        (None, Some(at)) => of_length(fields, at).map(Some),
        (None, None) => Ok(None),
    }
}

/// The framing that lenient parsers assume if [`of_request`] or [`of_response`] finds none: `chunked`
/// anywhere in Transfer-Encoding, else the first Content-Length; in the second reading the last
/// Content-Length, else `chunked`.
pub(crate) fn lenient(fields: &Fields, reading: Reading) -> Option<Framing> {
    let is_chunked =
        |coding: &[u8]| coding.windows(b"chunked".len()).any(|word| word.eq_ignore_ascii_case(b"chunked"));
    let chunked = fields.fields("transfer-encoding").any(is_chunked).then_some(Framing::Chunked);
    let mut lengths = fields.list("content-length").filter_map(|length| {
        let digits = length.iter().position(u8::is_ascii_digit)?;
        let length = length.get(digits..)?.split(|byte| !byte.is_ascii_digit()).next()?;
        decimal::parse_saturating(length).map(Framing::Length)
    });
    match reading {
        Reading::First => chunked.or_else(|| lengths.next()),
        Reading::Second => lengths.last().or(chunked),
    }
}

/// Step 4. This list is parsed more strictly than others: an empty element is an error.
///
/// ```text
/// Transfer-Encoding = #transfer-coding
/// transfer-coding   = token *( OWS ";" OWS transfer-parameter )
/// ```
///
/// Example: `b"Transfer-Encoding: chunked\r\n"`. Parameters of `chunked` are an error (section 7.1).
fn of_codings(fields: &Fields, version: Version, at: Span) -> Result<Framing, Violation> {
    if version == Version::Http10 {
        return Err(Rule::CodingInHttp10.at(at.start()));
    }
    let (mut chunked, mut unknown) = (false, None);
    for coding in fields.fields("transfer-encoding").flat_map(|value| list::split(value, b',')) {
        // An empty element may lie outside the head's memory.
        let start = offsets(fields.bytes(), coding).map_or(at.start(), |range| range.start);
        let broken = |rule: Rule| rule.at(start);
        let name = list::split(coding, b';').next().unwrap_or_default();
        let is_chunked = name.eq_ignore_ascii_case(b"chunked");
        if !scan::is_token(name) || (is_chunked && name != coding) {
            let offence = coding.iter().position(|&byte| !scan::is_tchar(byte)).unwrap_or(0);
            return Err(Rule::CodingMalformed.at(start + offence));
        }
        match (chunked, is_chunked) {
            (true, true) => return Err(broken(Rule::ChunkedRepeated)),
            (true, false) => return Err(broken(Rule::ChunkedNotLast)),
            (false, true) => chunked = true,
            (false, false) => unknown = unknown.or(Some(broken(Rule::CodingUnknown))),
        }
    }
    unknown.map_or(Ok(Framing::Chunked), Err)
}

/// Step 5 in a response: a length may be repeated if all values are equal.
fn of_equal_lengths(fields: &Fields, at: Span) -> Result<Framing, Violation> {
    let mut lengths = fields.fields("content-length").flat_map(|value| list::split(value, b','));
    let first = lengths.next().and_then(decimal::parse).filter(|&length| length <= LENGTH_LIMIT);
    match first {
        Some(length) if lengths.all(|other| decimal::parse(other) == Some(length)) => {
            Ok(Framing::Length(length))
        }
        _ => of_length(fields, at),
    }
}

/// Checks the length of a response without content, which is not used.
pub(crate) fn check_unused_length(fields: &Fields) -> Result<(), Violation> {
    let Some(at) = fields.field_span("content-length") else { return Ok(()) };
    let length = of_equal_lengths(fields, at);
    length.map(|_| ()).map_err(|violation| Rule::LengthIgnored.at(violation.at))
}

/// Steps 5 and 6. A repeated length is refused even if the values agree.
///
/// ```text
/// Content-Length = 1*DIGIT
/// ```
///
/// Example: `b"Content-Length: 3495\r\n"`.
fn of_length(fields: &Fields, at: Span) -> Result<Framing, Violation> {
    if let Some(second) = fields.named("content-length").nth(1) {
        return Err(Rule::LengthRepeated.at(second.name.start()));
    }
    let value = at.of(fields.bytes());
    match decimal::parse_saturating(value) {
        Some(length @ ..=LENGTH_LIMIT) => Ok(Framing::Length(length)),
        Some(_) => Err(Rule::LengthOverflow.at(at.start())),
        None => {
            let offence = value.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(0);
            let is_list = value.contains(&b',');
            let rule = if is_list { Rule::LengthRepeated } else { Rule::LengthMalformed };
            Err(rule.at(at.start() + offence))
        }
    }
}

#[cfg(test)]
mod tests;
