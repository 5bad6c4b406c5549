//! Whether a response has what a case requires of it.

use syntax::rule::Text;

use super::case::ResponseCheck;
use super::dialogue::FinalResponse;
use super::resource::{CaseValues, CheckedResource};
use crate::content::decoding::CodingDecoder;
use crate::wire::coding;
use crate::wire::conditional::EntityTag;
use crate::wire::date;

/// Content that is compared is at most this large once it is decoded (16 MiB).
const DECODED_LIMIT: u64 = 16 << 20;

/// Whether the check holds.
///
/// # Errors
/// Why a placeholder of the check has no value here.
pub(super) fn holds(
    check: &ResponseCheck,
    response: &FinalResponse,
    resource: &CheckedResource,
    own: &CaseValues,
) -> Result<bool, Text> {
    let field = |name| response.field(name);
    let get = &resource.get;
    Ok(match *check {
        ResponseCheck::Has(name) => field(name).is_some(),
        ResponseCheck::Lacks(name) => field(name).is_none(),
        ResponseCheck::Equals(name, value) => field(name) == Some(&*resource.expand(value, own)?),
        ResponseCheck::Lists(name, element) => lists(response, name, element),
        ResponseCheck::Only(name, values) => field(name).is_none_or(|value| {
            values.split(',').any(|allowed| value.eq_ignore_ascii_case(allowed.as_bytes()))
        }),
        ResponseCheck::AsInGet(name) => field(name).is_none() || field(name) == get.field(name),
        ResponseCheck::LikeGet(name) => get.field(name).is_none() || field(name) == get.field(name),
        ResponseCheck::Date(name) => field(name).is_none_or(is_fixdate),
        ResponseCheck::NotInFuture => is_not_in_future(response),
        ResponseCheck::Tag => field("etag").is_none_or(|tag| EntityTag::parse(tag).is_some()),
        ResponseCheck::NoInterim => response.interim == 0,
        ResponseCheck::Whole => response.content == get.content,
        ResponseCheck::Content(template) => response.content == resource.expand(template, own)?,
        ResponseCheck::Without(template) => {
            let bytes = resource.expand(template, own)?;
            !response.content.windows(bytes.len().max(1)).any(|window| window == bytes)
        }
        ResponseCheck::Range(first, last) => is_range(response, resource, first, last),
        ResponseCheck::Ranges => are_ranges(response, resource),
        ResponseCheck::VariesIfCoded => {
            !is_coded(response) || lists(response, "vary", "accept-encoding") || lists(response, "vary", "*")
        }
        ResponseCheck::OwnTagIfCoded => {
            let tag = field("etag").and_then(EntityTag::parse);
            let is_same = tag.zip(resource.etag()).is_some_and(|(one, other)| one.matches_strongly(other));
            !is_coded(response) || !is_same
        }
        ResponseCheck::DecodesToWhole => decoded(response).is_none_or(|content| content == get.content),
    })
}

fn lists(response: &FinalResponse, name: &str, element: &str) -> bool {
    response.head.fields().list(name).any(|found| found.eq_ignore_ascii_case(element.as_bytes()))
}

fn is_coded(response: &FinalResponse) -> bool {
    coding::of_content(response.head.fields()) != Ok(None)
}

/// Whether it is written as dates are since RFC 1123, and names the right day of the week.
fn is_fixdate(value: &[u8]) -> bool {
    let now = common::net::clock::now();
    date::read(value, now).is_some_and(|time| date::write(time) == *value)
}

fn is_not_in_future(response: &FinalResponse) -> bool {
    let time = |name| response.field(name).and_then(|value| date::read(value, common::net::clock::now()));
    time("last-modified").zip(time("date")).is_none_or(|(modified, date)| modified <= date)
}

fn is_range(response: &FinalResponse, resource: &CheckedResource, first: i64, last: i64) -> bool {
    let size = i64::try_from(resource.size()).unwrap_or(i64::MAX);
    let place = |at: i64| if at < 0 { size + at } else { at.min(size - 1) };
    let (first, last) = (place(first), place(last));
    let expected = format!("bytes {first}-{last}/");
    let value = response.field("content-range");
    value.is_some_and(|value| value.starts_with(expected.as_bytes()))
        && resource.is_range(value, &response.content)
}

/// Whether a single part, or each part of `multipart/byteranges`, is what its Content-Range says.
fn are_ranges(response: &FinalResponse, resource: &CheckedResource) -> bool {
    let media_type = response.field("content-type").unwrap_or_default();
    let Some(boundary) = boundary(media_type) else {
        return resource.is_range(response.field("content-range"), &response.content);
    };
    let delimiter = [b"\r\n--", boundary].concat();
    let content = [b"\r\n", &*response.content].concat();
    let parts: Vec<_> = split(&content, &delimiter);
    // Before the first delimiter is a preamble, behind the last one `--` and an epilogue.
    let (Some(last), Some(parts)) = (parts.last(), parts.get(1..parts.len().saturating_sub(1))) else {
        return false;
    };
    let is_part = |part: &&[u8]| {
        let Some(end) = part.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
        let (head, bytes) = part.split_at(end + 4);
        let mut lines = head.split(|&byte| byte == b'\n').filter_map(|line| {
            let colon = line.iter().position(|&byte| byte == b':')?;
            let (name, value) = line.split_at(colon);
            name.eq_ignore_ascii_case(b"content-range")
                .then(|| value.get(1..).unwrap_or_default().trim_ascii())
        });
        resource.is_range(lines.next(), bytes)
    };
    let has_no_range = response.field("content-range").is_none();
    has_no_range && last.starts_with(b"--") && !parts.is_empty() && parts.iter().all(is_part)
}

fn boundary(media_type: &[u8]) -> Option<&[u8]> {
    let (name, parameters) = media_type.split_at_checked("multipart/byteranges".len())?;
    let start = parameters.windows(9).position(|window| window.eq_ignore_ascii_case(b"boundary="))? + 9;
    let value = parameters.get(start..)?.split(|&byte| byte == b';').next()?.trim_ascii();
    let value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
    name.eq_ignore_ascii_case(b"multipart/byteranges").then_some(value)
}

fn split<'a>(mut bytes: &'a [u8], delimiter: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    while let Some(at) = bytes.windows(delimiter.len()).position(|window| window == delimiter) {
        let (part, rest) = bytes.split_at(at);
        parts.push(part);
        bytes = rest.get(delimiter.len()..).unwrap_or_default();
    }
    parts.push(bytes);
    parts
}

/// The decoded content; `None` if it is in a coding that is not known here, and empty if it cannot be decoded.
fn decoded(response: &FinalResponse) -> Option<Vec<u8>> {
    let Ok(Some(coding)) = coding::of_content(response.head.fields()) else { return None };
    let mut decoder = CodingDecoder::new(coding, DECODED_LIMIT).ok()?;
    let (mut rest, mut out) = (&*response.content, Vec::new());
    loop {
        let before = out.len();
        let Ok(used) = decoder.decode(rest, &mut out) else { return Some(Vec::new()) };
        rest = rest.get(used..).unwrap_or_default();
        if rest.is_empty() && out.len() == before {
            return Some(out);
        }
    }
}
