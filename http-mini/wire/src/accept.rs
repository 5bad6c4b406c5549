//! The client's preferences ([RFC 9110 section 12.5](https://www.rfc-editor.org/rfc/rfc9110#section-12.5)):
//! Accept, Accept-Language and Accept-Encoding are compared with what is available.
//!
//! Malformed elements are ignored; a choice is never an error.

use super::head::RequestHead;
use super::list::{self, Quality};

/// The media type that the client prefers among `offered`, which is in the server's order of preference;
/// `None` if it accepts none of them. Without Accept it is the first.
///
/// ```text
/// Accept      = #( media-range [ weight ] )
/// media-range = ( "*/*" / ( type "/" "*" ) / ( type "/" subtype ) ) parameters
/// ```
///
/// Example: `b"Accept: text/html, application/json;q=0.9, */*;q=0.1"`. The most specific range
/// decides for each type; parameters of ranges and offers are not compared.
pub fn media_type<'a>(head: &RequestHead, offered: &[&'a str]) -> Option<&'a str> {
    if head.field("accept").is_none() {
        return offered.first().copied();
    }
    let quality = |offer: &str| {
        let rated =
            ranges(head, "accept").filter_map(|(range, quality)| Some((specificity(range, offer)?, quality)));
        rated.max().map_or(0, |(_, quality)| quality)
    };
    best(offered, quality).map(|(offer, _)| offer)
}

/// The content coding that the client prefers among `offered`, which is in the server's order of preference;
/// `None` if the representation is to be sent without a coding.
///
/// ```text
/// Accept-Encoding = #( codings [ weight ] )
/// codings         = content-coding / "identity" / "*"
/// ```
///
/// Example: `b"Accept-Encoding: br, gzip;q=0.8, *;q=0"`. Without the field nothing is encoded, because
/// clients that omit it often cannot decode any coding.
pub fn coding<'a>(head: &RequestHead, offered: &[&'a str]) -> Option<&'a str> {
    let stated = |coding: &str| coding_quality(head, coding);
    let any = stated("*");
    let (offer, quality) = best(offered, |coding| stated(coding).or(any).unwrap_or(0))?;
    // Identity is acceptable without being listed, but it is not preferred then (section 12.5.3).
    (quality >= stated("identity").unwrap_or(0)).then_some(offer)
}

/// Whether the client refuses content without a coding: `b"identity;q=0"`, or `b"*;q=0"` without `identity`.
pub fn refuses_identity(head: &RequestHead) -> bool {
    coding_quality(head, "identity").or(coding_quality(head, "*")) == Some(0)
}

fn coding_quality(head: &RequestHead, coding: &str) -> Option<Quality> {
    let named = |name: &[u8]| name.eq_ignore_ascii_case(coding.as_bytes()) || is_alias(name, coding);
    ranges(head, "accept-encoding").find(|(name, _)| named(name)).map(|(_, quality)| quality)
}

/// The language that the client prefers, of those on offer in the server's own order; `None` if it accepts none of
/// them. Without Accept-Language it is the first.
///
/// ```text
/// Accept-Language = #( language-range [ weight ] )
/// language-range  = ( 1*8ALPHA *( "-" 1*8alphanum ) ) / "*"     (RFC 4647 section 2.1)
/// ```
///
/// Example: `b"Accept-Language: id-ID, id;q=0.9, en;q=0.8"`. An offer is a primary language; a range of one of its
/// regions matches it.
pub fn language<'a>(head: &RequestHead, offered: &[&'a str]) -> Option<&'a str> {
    if head.field("accept-language").is_none() {
        return offered.first().copied();
    }
    let primary = |range: &[u8], offer: &str| {
        range
            .split(|&byte| byte == b'-')
            .next()
            .is_some_and(|part| part.eq_ignore_ascii_case(offer.as_bytes()))
    };
    let stated = |is_meant: &dyn Fn(&[u8]) -> bool| {
        ranges(head, "accept-language").filter(|(range, _)| is_meant(range)).map(|(_, quality)| quality).max()
    };
    let any = stated(&|range| range == b"*").unwrap_or(0);
    best(offered, |offer| stated(&|range| primary(range, offer)).unwrap_or(any)).map(|(offer, _)| offer)
}

/// The first offer with the highest quality above 0.
fn best<'a>(offered: &[&'a str], quality: impl Fn(&str) -> Quality) -> Option<(&'a str, Quality)> {
    let rated = offered.iter().rev().map(|&offer| (offer, quality(offer)));
    rated.filter(|&(_, quality)| quality > 0).max_by_key(|&(_, quality)| quality)
}

fn ranges<'a>(head: &'a RequestHead, name: &'a str) -> impl Iterator<Item = (&'a [u8], Quality)> {
    head.section().list(name).filter_map(list::weighted)
}

/// How closely a media range describes a type: 3 for the type itself, 2 for `text/*`, 1 for `*/*`; `None` if
/// it does not match.
fn specificity(range: &[u8], offer: &str) -> Option<u8> {
    let offer = offer.split(';').next().unwrap_or_default().trim_ascii().as_bytes();
    if range.eq_ignore_ascii_case(offer) {
        return Some(3);
    }
    match range.strip_suffix(b"*")? {
        b"*/" => Some(1),
        kind if kind.ends_with(b"/")
            && offer.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind)) =>
        {
            Some(2)
        }
        _ => None,
    }
}

/// Aliases of codings that recipients should accept (RFC 9110 section 8.4.1).
fn is_alias(name: &[u8], coding: &str) -> bool {
    coding == "gzip" && name.eq_ignore_ascii_case(b"x-gzip")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head;

    fn request(fields: &str) -> RequestHead {
        let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        head::parse(text.as_bytes()).unwrap().unwrap().0
    }

    #[test]
    fn media_types_are_chosen_as_rfc_9110_section_12_5_1_says() {
        let (html, json, text) =
            (Some("text/html; charset=utf-8"), Some("application/json"), Some("text/plain"));
        for (fields, expected, why) in [
            ("", text, "no preference: the first"),
            ("Accept: */*\r\n", text, "curl: the first"),
            ("Accept:\r\n", None, "an empty list accepts nothing"),
            (
                "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n",
                html,
                "a browser",
            ),
            ("Accept: application/json\r\n", json, "one only"),
            ("Accept: APPLICATION/Json\r\n", json, "types have no case"),
            ("Accept: application/*\r\n", json, "a range"),
            ("Accept: text/*\r\n", text, "a range: the first of it"),
            ("Accept: text/*;q=0.5, text/html\r\n", html, "the most specific decides"),
            ("Accept: text/*, text/plain;q=0.1\r\n", html, "the most specific decides, downwards too"),
            ("Accept: */*, text/plain;q=0\r\n", html, "q=0: not this one"),
            ("Accept: text/html;q=0.2\r\nAccept: application/json;q=0.3\r\n", json, "over several lines"),
            ("Accept: application/json;charset=utf-8\r\n", json, "parameters are not compared"),
            ("Accept: image/png\r\n", None, "nothing of it"),
            ("Accept: application/json;q=0\r\n", None, "nothing of it"),
            ("Accept: text/html;q=2, application/json;q=0.1\r\n", json, "a malformed weight is passed over"),
            ("Accept: text/html;q=0.001, x\r\n", html, "the smallest weight"),
            ("Accept: text*, */json\r\n", None, "not ranges"),
        ] {
            let offered = ["text/plain", "text/html; charset=utf-8", "application/json"];
            assert_eq!(media_type(&request(fields), &offered), expected, "{fields:?}: {why}");
        }
        assert_eq!(media_type(&request(""), &[]), None);
    }

    #[test]
    fn languages_are_chosen_as_rfc_9110_section_12_5_4_says() {
        let (english, indonesian) = (Some("en"), Some("id"));
        for (fields, expected, why) in [
            ("", english, "no preference: the first"),
            ("Accept-Language: id-ID,id;q=0.9,en-US;q=0.8,en;q=0.7\r\n", indonesian, "a browser"),
            ("Accept-Language: en-GB, id;q=0.5\r\n", english, "a region of a language"),
            ("Accept-Language: ID\r\n", indonesian, "languages have no case"),
            ("Accept-Language: de, id;q=0.1\r\n", indonesian, "the only one on offer"),
            ("Accept-Language: *\r\n", english, "any"),
            ("Accept-Language: en;q=0, *\r\n", indonesian, "any other"),
            ("Accept-Language: idx\r\n", None, "another language"),
            ("Accept-Language: de\r\n", None, "not on offer"),
            ("Accept-Language:\r\n", None, "an empty list"),
        ] {
            assert_eq!(language(&request(fields), &["en", "id"]), expected, "{fields:?}: {why}");
        }
    }

    #[test]
    fn codings_are_chosen_as_rfc_9110_section_12_5_3_says() {
        let (br, gzip) = (Some("br"), Some("gzip"));
        for (fields, expected, why) in [
            ("", None, "no preference: as it is"),
            ("Accept-Encoding:\r\n", None, "no coding is wanted"),
            ("Accept-Encoding: gzip, deflate, br, zstd\r\n", br, "a browser: the server's order"),
            ("Accept-Encoding: gzip\r\n", gzip, "one only"),
            ("Accept-Encoding: GZIP\r\n", gzip, "codings have no case"),
            ("Accept-Encoding: x-gzip\r\n", gzip, "8.4.1.3: the same as gzip"),
            ("Accept-Encoding: br;q=0.5, gzip;q=0.6\r\n", gzip, "the client's order"),
            ("Accept-Encoding: br;q=0, gzip\r\n", gzip, "q=0: not this one"),
            ("Accept-Encoding: *\r\n", br, "any"),
            ("Accept-Encoding: br;q=0, *\r\n", gzip, "any other"),
            ("Accept-Encoding: *;q=0\r\n", None, "none"),
            ("Accept-Encoding: gzip, *;q=0\r\n", gzip, "no other"),
            ("Accept-Encoding: identity, gzip;q=0.5\r\n", None, "rather as it is"),
            ("Accept-Encoding: identity;q=0.5, gzip\r\n", gzip, "rather not as it is"),
            ("Accept-Encoding: identity, gzip\r\n", gzip, "alike: the shorter"),
            ("Accept-Encoding: identity;q=0\r\n", None, "nothing else is offered for it"),
            ("Accept-Encoding: identity;q=0, *\r\n", br, "anything but as it is"),
            ("Accept-Encoding: deflate\r\n", None, "not on offer"),
            ("Accept-Encoding: gzip;q=1.5\r\n", None, "a malformed weight is passed over"),
        ] {
            assert_eq!(coding(&request(fields), &["br", "gzip"]), expected, "{fields:?}: {why}");
        }
    }

    #[test]
    fn identity_is_refused_by_its_weight_or_that_of_any() {
        for (fields, expected) in [
            ("", false),
            ("Accept-Encoding: gzip\r\n", false),
            ("Accept-Encoding: gzip, identity;q=0\r\n", true),
            ("Accept-Encoding: gzip, *;q=0\r\n", true),
            ("Accept-Encoding: *;q=0, identity;q=0.1\r\n", false),
        ] {
            assert_eq!(refuses_identity(&request(fields)), expected, "{fields:?}");
        }
    }
}
