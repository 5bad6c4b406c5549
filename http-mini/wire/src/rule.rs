//! Every rule that a request can break, and the status of the response.
//!
//! All parsers of this crate share one catalogue, so that a log line, an error page and an explanation use
//! the same names. After a violation of a rule of [`head`](super::head), [`framing`](super::framing) or
//! [`chunked`](super::chunked) the connection is closed, because the start of the next message is unknown
//! (RFC 9112 section 2.2). After the others it is known.

mod catalogue;

pub use catalogue::Rule;

/// A broken rule and the byte at which a parser detected it: an offset in the head, or in the content.
pub type Violation = syntax::violation::Violation<Rule>;

/// A violation in responses and logs: `bare-lf: a line ends with LF alone (at byte 14)`.
///
/// The name identifies the rule in explanations.
pub fn report(violation: &Violation) -> String {
    format!("{}: {violation}", violation.rule.description().id)
}

impl Rule {
    /// The status code of the response to a request that breaks this rule.
    ///
    /// ```
    /// use http_wire::rule::Rule;
    /// assert_eq!(Rule::BareLf.status(), 400);
    /// assert_eq!(Rule::TargetTooLong.status(), 414);
    /// ```
    pub fn status(self) -> u16 {
        match self {
            Self::AroundPartsTooLong | Self::PartHeadTooLarge | Self::TooManyParts => 413,
            Self::TargetTooLong => 414,
            Self::ContentEncoded | Self::NotFormData | Self::PartEncoded => 415,
            Self::ExpectationUnknown => 417,
            Self::HeadTooLarge | Self::TooManyFields => 431,
            Self::MethodTooLong | Self::ConnectRefused | Self::CodingUnknown => 501,
            Self::DestinationElsewhere => 502,
            Self::VersionUnsupported => 505,
            _ => 400,
        }
    }

    /// A violation of this rule at this byte.
    pub(crate) fn at(self, at: usize) -> Violation {
        Violation { rule: self, at }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use syntax::rule::{Description, Language, Text};

    use super::*;
    use crate::{chunked, head, multipart, query, range};

    #[test]
    fn each_rule_has_its_status() {
        for (rule, status, why) in [
            (Rule::BareLf, 400, "RFC 9112 section 2.2"),
            (Rule::PartialContent, 400, "RFC 9110 section 14.5"),
            (Rule::AroundPartsTooLong, 413, "RFC 9110 section 15.5.14"),
            (Rule::PartHeadTooLarge, 413, "RFC 9110 section 15.5.14"),
            (Rule::TooManyParts, 413, "RFC 9110 section 15.5.14"),
            (Rule::TargetTooLong, 414, "RFC 9112 section 3"),
            (Rule::ContentEncoded, 415, "RFC 9110 section 15.5.16"),
            (Rule::NotFormData, 415, "RFC 9110 section 15.5.16"),
            (Rule::PartEncoded, 415, "RFC 9110 section 15.5.16"),
            (Rule::ExpectationUnknown, 417, "RFC 9110 section 10.1.1"),
            (Rule::HeadTooLarge, 431, "RFC 6585 section 5"),
            (Rule::TooManyFields, 431, "RFC 6585 section 5"),
            (Rule::MethodTooLong, 501, "RFC 9112 section 3"),
            (Rule::ConnectRefused, 501, "RFC 9110 section 15.6.2"),
            (Rule::CodingUnknown, 501, "RFC 9112 section 6.1"),
            (Rule::DestinationElsewhere, 502, "RFC 4918 section 9.9.4"),
            (Rule::VersionUnsupported, 505, "RFC 9110 section 15.6.6"),
        ] {
            assert_eq!(rule.status(), status, "{rule}: {why}");
        }
    }

    #[test]
    fn a_violation_has_its_rule_and_position() {
        assert_eq!(report(&Rule::BareLf.at(14)), "bare-lf: a line ends with LF alone (at byte 14)");
    }

    #[test]
    fn every_rule_has_its_own_name_and_all_texts() {
        let mut names = HashSet::new();
        for rule in Rule::ALL {
            let Description { id, source, fault, requires, why, fix, .. } = rule.description();
            assert!(names.insert(id), "{id}: another rule has this name");
            let is_name = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
            assert!(id.bytes().all(is_name), "{id}: a name is in kebab case");
            assert!(source.contains("section"), "{id}: {source} has no section");
            for language in [Language::English, Language::Indonesian] {
                assert!(!fault.in_language(language).is_empty(), "{id}");
                assert!(!fault.in_language(language).ends_with('.'), "{id}: a fault continues a line");
                for text in [requires, why, fix].map(|text| text.in_language(language)) {
                    assert!(text.ends_with('.'), "{id}: {text:?} is no sentence");
                }
            }
        }
    }

    #[test]
    fn texts_name_the_limits() {
        for (rule, limit, why) in [
            (Rule::EmptyLines, format!(" {} ", head::EMPTY_LINES_LIMIT), "head::EMPTY_LINES_LIMIT"),
            (Rule::MethodTooLong, format!(" {} ", head::METHOD_LIMIT), "head::METHOD_LIMIT"),
            (Rule::HeadTooLarge, format!(" {} KiB", head::HEAD_LIMIT / 1024), "head::HEAD_LIMIT"),
            (Rule::TooManyFields, format!(" {} ", head::FIELDS_LIMIT), "head::FIELDS_LIMIT"),
            (Rule::ExtensionTooLong, format!(" {} ", chunked::EXTENSION_LIMIT), "chunked::EXTENSION_LIMIT"),
            (Rule::TrailersTooLarge, format!(" {} KiB", chunked::TRAILERS_LIMIT / 1024), "TRAILERS_LIMIT"),
            (Rule::TrailersTooLarge, format!(" {} field", chunked::TRAILER_FIELDS_LIMIT), "their number"),
            (Rule::BoundaryMalformed, format!(" {} ", multipart::BOUNDARY_LIMIT), "BOUNDARY_LIMIT"),
            (Rule::RangeTooMany, format!(" {} ", range::SPECS_LIMIT), "range::SPECS_LIMIT"),
            (Rule::QueryTooLong, format!(" {} ", query::PAIRS_LIMIT), "query::PAIRS_LIMIT"),
            (Rule::AroundPartsTooLong, format!(" {} ", multipart::AROUND_LIMIT), "AROUND_LIMIT"),
            (
                Rule::PartHeadTooLarge,
                format!(" {} KiB", multipart::PART_HEAD_LIMIT / 1024),
                "PART_HEAD_LIMIT",
            ),
            (Rule::PartHeadTooLarge, format!(" {} field", multipart::PART_FIELDS_LIMIT), "their number"),
        ] {
            let Text { en, id } = rule.description().requires;
            assert!(en.contains(&limit) && id.contains(&limit), "{en} / {id}: {why} is{limit}");
        }
        let thousands = |limit: usize, separator| format!("{}{separator}{:03}", limit / 1000, limit % 1000);
        for (rule, limit) in
            [(Rule::TargetTooLong, head::TARGET_LIMIT), (Rule::TooManyParts, multipart::PARTS_LIMIT)]
        {
            let Text { en, id } = rule.description().requires;
            assert!(en.contains(&thousands(limit, ',')), "{en}");
            assert!(id.contains(&thousands(limit, '.')), "{id}");
        }
    }
}
