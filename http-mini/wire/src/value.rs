//! The parts of field values, for explanations: the parser for the value of each field.
//!
//! Formats that the server or client uses are parsed by the production parsers; the others have their grammar
//! here. [`head`](super::head) and [`framing`](super::framing) report the rules of Host, Content-Length and
//! Transfer-Encoding, because these depend on other fields.

use std::time::{SystemTime, UNIX_EPOCH};

use syntax::unix_time;
use syntax::watch::{Part, Watch};

use super::conditional::{EntityTag, IfRange, tags_with};
use super::disposition::{FormData, suggested_name_with};
use super::fields::FieldLine;
use super::list::{self, watch_pair, weighted_with};
use super::part::{self, Pair};
use super::range::{ContentRange, Ranges};
use super::rule::Rule;
use super::scan::{self, Cursor};
use super::text::{ValueFault, ValueText, end, reported};
use super::{credentials, date, depth, destination, digest, forwarded, resumable, retry_after, uri};

/// The grammar of a field's value.
#[derive(Clone, Copy)]
enum Format {
    Challenges,
    ContentRange,
    Cookies,
    Credentials,
    Date,
    Depth,
    Destination,
    Digests,
    Disposition,
    /// A list whose rules are reported by another parser.
    Elements(&'static Part),
    Forwarded,
    ForwardedFor,
    Host,
    MediaRanges,
    MediaType,
    Overwrite,
    Pairs(&'static Pair, Rule),
    Range,
    RetryAfter,
    SetCookie,
    Tag,
    TagOrDate,
    Tags,
    Tokens(&'static Part),
    UploadComplete,
    UploadOffset,
    /// With or without a fragment.
    Uri {
        may_have_fragment: bool,
    },
    Weighted(&'static Part),
}

/// The fields whose values have parts, in lower case.
static FIELDS: &[(&str, Format)] = &[
    ("accept", Format::MediaRanges),
    ("accept-encoding", Format::Weighted(&part::CODING)),
    ("accept-language", Format::Weighted(&part::LANGUAGE)),
    ("accept-patch", Format::MediaRanges),
    ("accept-ranges", Format::Tokens(&part::RANGE_UNIT)),
    ("allow", Format::Tokens(&part::METHOD)),
    ("authorization", Format::Credentials),
    ("cache-control", Format::Pairs(&part::DIRECTIVE, Rule::CacheControlMalformed)),
    ("connection", Format::Tokens(&part::CONNECTION_OPTION)),
    ("content-digest", Format::Digests),
    ("content-disposition", Format::Disposition),
    ("content-encoding", Format::Tokens(&part::CODING)),
    ("content-length", Format::Elements(&part::CONTENT_LENGTH)),
    ("content-location", Format::Uri { may_have_fragment: false }),
    ("content-range", Format::ContentRange),
    ("content-type", Format::MediaType),
    ("cookie", Format::Cookies),
    ("date", Format::Date),
    ("depth", Format::Depth),
    ("destination", Format::Destination),
    ("etag", Format::Tag),
    ("expect", Format::Elements(&part::EXPECTATION)),
    ("expires", Format::Date),
    ("forwarded", Format::Forwarded),
    ("host", Format::Host),
    ("if-match", Format::Tags),
    ("if-modified-since", Format::Date),
    ("if-none-match", Format::Tags),
    ("if-range", Format::TagOrDate),
    ("if-unmodified-since", Format::Date),
    ("keep-alive", Format::Pairs(&part::PARAMETER, Rule::ParameterMalformed)),
    ("last-modified", Format::Date),
    ("location", Format::Uri { may_have_fragment: true }),
    ("origin", Format::Uri { may_have_fragment: false }),
    ("overwrite", Format::Overwrite),
    ("proxy-authenticate", Format::Challenges),
    ("proxy-authorization", Format::Credentials),
    ("range", Format::Range),
    ("referer", Format::Uri { may_have_fragment: false }),
    ("repr-digest", Format::Digests),
    ("retry-after", Format::RetryAfter),
    ("set-cookie", Format::SetCookie),
    ("te", Format::Weighted(&part::TRANSFER_CODING)),
    ("trailer", Format::Tokens(&part::FIELD_NAME)),
    ("transfer-encoding", Format::Elements(&part::TRANSFER_CODING)),
    ("upgrade", Format::Elements(&part::PROTOCOL)),
    ("upload-complete", Format::UploadComplete),
    ("upload-length", Format::UploadOffset),
    ("upload-offset", Format::UploadOffset),
    ("vary", Format::Tokens(&part::FIELD_NAME)),
    ("want-repr-digest", Format::Pairs(&part::PARAMETER, Rule::ParameterMalformed)),
    ("www-authenticate", Format::Challenges),
    ("x-forwarded-for", Format::ForwardedFor),
    ("x-forwarded-host", Format::Host),
    ("x-forwarded-proto", Format::Elements(&part::SCHEME)),
];

/// Reports the parts of a field's value and the rules that it breaks. The value of a field without a parser
/// is one part.
///
/// `value` has no white space around it. Names are case-insensitive.
///
/// ```
/// use http_wire::value;
/// use syntax::record::Recorder;
/// let value = b"bytes=5-2";
/// let recorder = Recorder::new(value);
/// value::watch(b"Range", value, &recorder);
/// let (_, faults) = recorder.finish();
/// assert_eq!((faults[0].rule.id, faults[0].at), ("range-reversed", 8));
/// ```
pub fn watch(name: &[u8], value: &[u8], watch: impl Watch) {
    let known = FIELDS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()));
    match known {
        Some((_, format)) => format.read(value, watch),
        None => watch.part(&part::FIELD_VALUE, value),
    }
}

/// Like [`watch`], and reports the whole value as a part around its parts. A folded value has several lines.
pub(crate) fn watch_field(name: &[u8], value: &[u8], into: impl Watch) {
    for line in value.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii) {
        watch(name.trim_ascii(), line, into);
        into.part(&part::FIELD_VALUE, line);
    }
}

/// Like [`watch_field`], for a line at the cursor's input; does nothing without a watch.
pub(crate) fn watch_line<W: Watch>(line: &FieldLine, cursor: &Cursor<'_, W>) {
    if W::IS_WATCHING {
        let input = cursor.input();
        watch_field(line.name.of(input), line.value.of(input), cursor.watch());
    }
}

/// The reference time for two-digit years: 2026-01-01.
fn now() -> SystemTime {
    unix_time::time(1_767_225_600, 0).unwrap_or(UNIX_EPOCH)
}

impl Format {
    fn read(self, value: &[u8], watch: impl Watch) {
        match self {
            Self::Challenges => {
                list::elements(value).fold(false, |before, element| challenge(element, before, watch));
            }
            Self::ContentRange => ignore(ContentRange::parse_with(value, watch)),
            Self::Cookies => cookies(value, watch),
            Self::Credentials => ignore(credentials::parse_with(value, watch)),
            Self::Date => ignore(date::read_with(value, now(), watch)),
            Self::Depth => ignore(depth::parse_with(value, watch)),
            Self::Destination => ignore(destination::parse_with(value, watch)),
            Self::Digests => ignore(digest::read_with(value, watch)),
            Self::Disposition
                if value.get(..9).is_some_and(|kind| kind.eq_ignore_ascii_case(b"form-data")) =>
            {
                ignore(FormData::parse_with(value, watch));
            }
            Self::Disposition => ignore(suggested_name_with(value, watch)),
            Self::Elements(part) => list::elements(value).for_each(|element| watch.part(part, element)),
            Self::Forwarded => {
                list::elements(value).for_each(|hop| ignore(forwarded::element_with(hop, watch)));
            }
            Self::ForwardedFor => forwarded::nodes_with(value, watch).for_each(ignore),
            Self::Host => uri::host(value, watch),
            Self::MediaRanges => list::elements(value).for_each(|element| media_range(element, watch)),
            Self::MediaType => media_type(value, watch),
            Self::Overwrite => ignore(destination::overwrite_with(value, watch)),
            Self::Pairs(parts, rule) => {
                list::elements(value).for_each(|element| watch_pair(element, parts, rule, watch));
            }
            Self::Range => ignore(Ranges::parse_with(value, watch)),
            Self::RetryAfter => ignore(retry_after::parse_with(value, now(), watch)),
            Self::SetCookie => set_cookie(value, watch),
            Self::Tag => ignore(EntityTag::parse_with(value, watch)),
            Self::TagOrDate => ignore(IfRange::parse_with(value, now(), watch)),
            Self::Tags if value == b"*" => watch.part(&part::ANY_TAG, value),
            Self::Tags => tags_with(value, watch).for_each(ignore),
            Self::Tokens(part) => list::elements(value).for_each(|element| {
                list::watch_token(element, part, Rule::ListElementMalformed, watch);
            }),
            Self::UploadComplete => ignore(resumable::complete_with(value, watch)),
            Self::UploadOffset => ignore(resumable::offset_with(value, watch)),
            Self::Uri { .. } if value == b"null" => watch.part(&part::FIELD_VALUE, value),
            Self::Uri { may_have_fragment } => {
                uri::watch(value, watch);
                reported(uri::check(value, may_have_fragment), watch);
            }
            Self::Weighted(part) => {
                list::elements(value).for_each(|element| preference(element, part, watch));
            }
        }
    }
}

/// Only the watch needs the value.
fn ignore<T>(_: Option<T>) {}

/// ```text
/// Accept-Encoding = #( codings [ weight ] )            (RFC 9110 section 12.5.3)
/// Accept-Language = #( language-range [ weight ] )     (section 12.5.4)
/// t-codings       = "trailers" / ( transfer-coding [ weight ] )
/// transfer-coding = token *( OWS ";" OWS transfer-parameter )
/// ```
///
/// Example of an element: `b"br;q=0.8"`.
fn preference(element: &[u8], part: &'static Part, watch: impl Watch) {
    weighted_with(element, part, watch);
    let mut parts = list::split(element, b';');
    let name = parts.next().unwrap_or_default();
    let mut text = ValueText::new(name, Rule::ListElementMalformed, ());
    let checked = match *part == part::LANGUAGE {
        true => language_range(text),
        false => text.token(part).and_then(|_| text.end()),
    };
    reported(checked, watch);
    let mut parts = parts.enumerate();
    let unexpected = parts.find(|(place, parameter)| match parameter {
        _ if *part == part::TRANSFER_CODING => parameter.is_empty(),
        [b'q' | b'Q', b'=', ..] => *place > 0,
        _ => true,
    });
    if let Some((_, rest)) = unexpected {
        ValueFault { rule: Rule::ListElementMalformed, rest }.is_tolerated(watch);
    }
}

/// ```text
/// language-range = ( 1*8ALPHA *( "-" 1*8alphanum ) ) / "*"     (RFC 4647 section 2.1)
/// ```
fn language_range(mut text: ValueText<'_, ()>) -> Result<(), ValueFault<'_>> {
    if text.rest() == b"*" {
        return Ok(());
    }
    let mut subtag = text.some(&part::LANGUAGE, |byte| byte.is_ascii_alphabetic())?;
    while subtag.len() <= 8 && text.has(b'-') {
        subtag = text.some(&part::LANGUAGE, |byte| byte.is_ascii_alphanumeric())?;
    }
    match subtag.get(8..) {
        Some(rest @ [_, ..]) => Err(text.fault_at(rest)),
        _ => text.end(),
    }
}

/// ```text
/// media-range = ( "*/*" / ( type "/" "*" ) / ( type "/" subtype ) ) parameters
/// ```
fn media_range(element: &[u8], watch: impl Watch) {
    essence(list::split(element, b';').next().unwrap_or_default(), watch);
    weighted_with(element, &part::MEDIA_RANGE, watch);
}

/// ```text
/// media-type = type "/" subtype *( OWS ";" OWS [ parameter ] )     (RFC 9110 section 8.3.1)
/// ```
///
/// Example: `b"multipart/form-data; boundary=----WebKitFormBoundaryAbC123"`.
fn media_type(value: &[u8], watch: impl Watch) {
    let mut parts = list::split(value, b';');
    let kind = parts.next().unwrap_or_default();
    essence(kind, watch);
    watch.part(&part::MEDIA_TYPE, kind);
    for parameter in parts {
        if parameter.get(..9).is_some_and(|name| name.eq_ignore_ascii_case(b"boundary=")) {
            watch_pair(parameter, &part::BOUNDARY, Rule::ParameterMalformed, watch);
        } else {
            list::watch_parameter(parameter, watch);
        }
    }
}

fn essence(kind: &[u8], watch: impl Watch) {
    let mut text = ValueText::new(kind, Rule::MediaTypeMalformed, watch);
    let mut read = || {
        text.token(&part::TYPE)?;
        text.literal(b"/")?;
        text.token(&part::SUBTYPE)?;
        text.end()
    };
    reported(read(), watch);
}

/// ```text
/// challenge = auth-scheme [ 1*SP ( token68 / #auth-param ) ]     (RFC 9110 section 11.3)
/// ```
///
/// Commas separate both challenges and their parameters: `b"Basic realm=\"a\""` and `b"charset=\"UTF-8\""`
/// are elements. `is_continued` and the result: whether a parameter may follow.
fn challenge(element: &[u8], is_continued: bool, watch: impl Watch) -> bool {
    let mut text = ValueText::new(element, Rule::ChallengeMalformed, watch);
    let scheme = text.run(scan::is_tchar);
    match (scheme, text.rest()) {
        ([_, ..], []) => watch.part(&part::AUTH_SCHEME, element),
        ([_, ..], rest) if is_continued && rest.trim_ascii_start().starts_with(b"=") => {
            watch_pair(element, &part::AUTH_PARAM, Rule::ChallengeMalformed, watch);
            return true;
        }
        ([_, ..], [b' ', ..]) => {
            watch.part(&part::AUTH_SCHEME, scheme);
            text.run(|byte| byte == b' ');
            let data = text.rest();
            let is_token68 = !data.starts_with(b"=")
                && data.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
            // In a parameter, text follows the first equals sign.
            let padding = data.trim_ascii_end().iter().rev().take_while(|&&byte| byte == b'=').count();
            let has_value = memchr::memchr(b'=', data).is_some_and(|at| at + padding < data.len());
            if is_token68 && !has_value {
                watch.part(&part::TOKEN68, data);
            } else {
                watch_pair(data, &part::AUTH_PARAM, Rule::ChallengeMalformed, watch);
                return true;
            }
        }
        _ => {
            text.fault().is_tolerated(watch);
        }
    }
    false
}

/// ```text
/// cookie-string = cookie-pair *( ";" SP cookie-pair )     (RFC 6265 section 4.2.1)
/// ```
fn cookies(value: &[u8], watch: impl Watch) {
    super::cookie::pairs(value).for_each(|pair| cookie(pair, watch));
}

/// ```text
/// cookie-pair = cookie-name "=" cookie-value
/// ```
///
/// Example: `b"id=31d4d96e407aad42"`. Without a name, the whole pair may be a secret.
fn cookie(pair: &[u8], watch: impl Watch) {
    let malformed = match memchr::memchr(b'=', pair).and_then(|at| pair.split_at_checked(at)) {
        Some((name @ [_, ..], value)) => {
            watch.part(&part::COOKIE_NAME, name);
            watch.part(&part::COOKIE_VALUE, value.get(1..).unwrap_or_default());
            watch.part(&part::COOKIE_PAIR, pair);
            return;
        }
        Some(_) => pair,
        None => end(pair),
    };
    watch.part(&part::COOKIE_VALUE, pair);
    ValueFault { rule: Rule::CookieMalformed, rest: malformed }.is_tolerated(watch);
}

/// ```text
/// set-cookie-string = cookie-pair *( ";" SP cookie-av )     (RFC 6265 section 4.1.1)
/// ```
///
/// Example: `b"id=31d4d96e407aad42; Max-Age=60; HttpOnly"`.
fn set_cookie(value: &[u8], watch: impl Watch) {
    let mut parts = super::cookie::pairs(value);
    cookie(parts.next().unwrap_or_default(), watch);
    for attribute in parts.filter(|attribute| !attribute.is_empty()) {
        let at = memchr::memchr(b'=', attribute).unwrap_or(attribute.len());
        let (name, value) = attribute.split_at_checked(at).unwrap_or((attribute, b""));
        let [pair, name_part, value_part] = part::PARAMETER;
        watch.part(name_part, name);
        watch.part(value_part, value.get(1..).unwrap_or_default());
        watch.part(pair, attribute);
    }
}

#[cfg(test)]
mod tests;
