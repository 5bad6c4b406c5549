//! Every rule that a message can break, and the status that answers a request which does.
//!
//! One enum for all parsers of this module: a log line, an error page and an explanation of bytes
//! name the same things. After a rule of [`head`](super::head), [`framing`](super::framing) or
//! [`chunked`](super::chunked) the connection is closed, because where the next message begins is
//! not known (RFC 9112 section 2.2). The others leave that known.

/// A broken rule and the place where it was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule} (at byte {at})")]
pub struct Violation {
    /// What was broken.
    pub rule: Rule,
    /// Offset of the offending byte: from the first byte of the head, or of the content.
    pub at: usize,
}

/// What a message must hold to. The peer is at fault in all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Rule {
    /// `\n` without `\r` before it (RFC 9112 section 2.2 lets a recipient accept it; two readers may differ).
    #[error("a line ends with LF alone")]
    BareLf,
    /// `\r` without `\n` after it (RFC 9112 section 2.2).
    #[error("CR without LF")]
    BareCr,
    /// NUL or another control byte (RFC 9110 section 5.5).
    #[error("a control byte")]
    Control,
    /// More empty lines before the request line than are ignored (RFC 9112 section 2.2).
    #[error("too many empty lines before the request")]
    EmptyLines,
    /// Not exactly one SP between the parts of the request line (RFC 9112 section 3).
    #[error("the parts of the request line are separated by exactly one space")]
    RequestLineSpace,
    /// The method is not a token (RFC 9110 section 9.1).
    #[error("the method is not a token")]
    MethodMalformed,
    /// The method is longer than any that exists (RFC 9112 section 3: 501).
    #[error("the method is too long")]
    MethodTooLong,
    /// `CONNECT`: this server opens no tunnels (RFC 9110 section 9.3.6).
    #[error("CONNECT is not offered")]
    ConnectRefused,
    /// The request-target is in none of the forms of RFC 9112 section 3.2.
    #[error("the request-target has none of the known forms")]
    TargetForm,
    /// A byte that no request-target may hold: above 0x7F, or one of `"<>\` and the backtick (RFC 3986 section 2).
    #[error("the request-target holds a byte that must be percent-encoded")]
    TargetByte,
    /// A `#`: fragments are not sent (RFC 9112 section 3.2).
    #[error("the request-target holds a fragment")]
    TargetFragment,
    /// `%` without two hexadecimal digits behind it (RFC 3986 section 2.1).
    #[error("a percent sign without two hexadecimal digits")]
    EscapeMalformed,
    /// Longer than [`head::TARGET_LIMIT`](super::head::TARGET_LIMIT) (RFC 9112 section 3: 414).
    #[error("the request-target is too long")]
    TargetTooLong,
    /// `*` with a method other than OPTIONS (RFC 9112 section 3.2.4).
    #[error("* is a target for OPTIONS only")]
    AsteriskOutsideOptions,
    /// The authority of an absolute-form target is not `host` or `host:port` (RFC 9110 sections 4.2.1 and 4.2.4).
    #[error("the authority of the request-target is malformed")]
    AuthorityMalformed,
    /// Not `HTTP/` digit `.` digit (RFC 9112 section 2.3).
    #[error("the version is malformed")]
    VersionMalformed,
    /// Not `HTTP/1.x`, a space, three digits and, behind another space, text (RFC 9112 section 4).
    #[error("the status line is malformed")]
    StatusLineMalformed,
    /// Another major version than 1 (RFC 9110 section 15.6.6: 505).
    #[error("only HTTP/1 is spoken here")]
    VersionUnsupported,
    /// A line that begins with a colon (RFC 9112 section 5).
    #[error("a field without a name")]
    NameMissing,
    /// A byte in a field name that is not part of a token (RFC 9110 section 5.1).
    #[error("a field name is not a token")]
    NameMalformed,
    /// White space between name and colon (RFC 9112 section 5.1: 400).
    #[error("white space before the colon of a field")]
    SpaceBeforeColon,
    /// A line without a colon (RFC 9112 section 5).
    #[error("a field line without a colon")]
    ColonMissing,
    /// A line that begins with white space: line folding is obsolete (RFC 9112 section 5.2: 400).
    #[error("a folded field line")]
    Folded,
    /// More bytes than [`head::HEAD_LIMIT`](super::head::HEAD_LIMIT) (RFC 6585 section 5).
    #[error("the head is too large")]
    HeadTooLarge,
    /// More fields than [`head::FIELDS_LIMIT`](super::head::FIELDS_LIMIT) (RFC 6585 section 5).
    #[error("too many fields")]
    TooManyFields,
    /// A second reader finds other parts in the same bytes; neither is believed.
    #[error("the fields can be read in two ways")]
    TwoReadings,
    /// HTTP/1.1 without Host (RFC 9112 section 3.2).
    #[error("Host is missing")]
    HostMissing,
    /// More than one Host (RFC 9112 section 3.2).
    #[error("Host is repeated")]
    HostRepeated,
    /// Host is not `host` or `host:port` (RFC 9112 section 3.2).
    #[error("Host is malformed")]
    HostMalformed,
    /// An expectation other than `100-continue` (RFC 9110 section 10.1.1: 417).
    #[error("an unknown expectation")]
    ExpectationUnknown,
    /// More than one Content-Length, or a list in one (RFC 9112 section 6.3, step 5).
    #[error("Content-Length is repeated")]
    LengthRepeated,
    /// Content-Length is not digits alone (RFC 9110 section 8.6).
    #[error("Content-Length is not a number")]
    LengthMalformed,
    /// Content-Length is above [`framing::LENGTH_LIMIT`](super::framing::LENGTH_LIMIT) (RFC 9110 section 8.6).
    #[error("Content-Length is too large")]
    LengthOverflow,
    /// Content-Length and Transfer-Encoding together (RFC 9112 section 6.3, step 3).
    #[error("Content-Length together with Transfer-Encoding")]
    LengthAndCoding,
    /// A transfer coding other than `chunked` (RFC 9112 section 6.1: 501).
    #[error("an unknown transfer coding")]
    CodingUnknown,
    /// Transfer-Encoding is not a plain list of names (RFC 9112 sections 6.1 and 7).
    #[error("Transfer-Encoding is malformed")]
    CodingMalformed,
    /// `chunked` more than once (RFC 9112 section 6.1).
    #[error("chunked is repeated")]
    ChunkedRepeated,
    /// A coding after `chunked`: the end of the content cannot be found (RFC 9112 section 6.3, step 4).
    #[error("chunked is not the last transfer coding")]
    ChunkedNotLast,
    /// Transfer-Encoding in an HTTP/1.0 message (RFC 9112 section 6.1).
    #[error("Transfer-Encoding in HTTP/1.0")]
    CodingInHttp10,
    /// A chunk does not begin with hexadecimal digits, or something else follows them (RFC 9112 section 7.1).
    #[error("a chunk size is malformed")]
    ChunkSizeMalformed,
    /// A chunk size, or their sum, is too large to count (RFC 9112 section 7.1).
    #[error("a chunk size is too large")]
    ChunkSizeOverflow,
    /// Chunk extensions above their limits (RFC 9112 section 7.1.1).
    #[error("chunk extensions are too long")]
    ExtensionTooLong,
    /// The content of a chunk is not followed by CRLF (RFC 9112 section 7.1).
    #[error("a chunk is longer than its size says")]
    ChunkEnd,
    /// Trailer fields above their limits in bytes or number (RFC 9112 section 7.1.2).
    #[error("the trailer section is too large")]
    TrailersTooLarge,
    /// Authorization is repeated, or its credentials are malformed (RFC 9110 section 11.4, RFC 7617 section 2).
    #[error("Authorization is malformed")]
    CredentialsMalformed,
    /// Content that would be a part of a representation (RFC 9110 section 14.5).
    #[error("Content-Range in a request")]
    PartialContent,
    /// Content in a content coding: what is stored is what was sent (RFC 9110 section 15.5.16: 415).
    #[error("the content is encoded")]
    ContentEncoded,
    /// Content-Digest or Repr-Digest is no dictionary of digests (RFC 9530 sections 2 and 3).
    #[error("a digest is malformed")]
    DigestMalformed,
    /// Destination is missing, repeated, or neither a URI of HTTP nor a path (RFC 4918 section 10.3).
    #[error("Destination is malformed")]
    DestinationMalformed,
    /// Destination names another server (RFC 4918 section 9.9.4: 502).
    #[error("Destination is another server")]
    DestinationElsewhere,
    /// Overwrite is neither `T` nor `F` (RFC 4918 section 10.6).
    #[error("Overwrite is neither T nor F")]
    OverwriteMalformed,
    /// The content is not a form with files (RFC 9110 section 15.5.16: 415).
    #[error("the content is not multipart/form-data")]
    NotFormData,
    /// A form whose boundary is missing, repeated or malformed (RFC 2046 section 5.1.1).
    #[error("the boundary of a form is malformed")]
    BoundaryMalformed,
    /// More bytes before the first part or behind the last one than are passed over (RFC 2046 section 5.1.1).
    #[error("too much text around the parts of a form")]
    AroundPartsTooLong,
    /// Something else than a line end or `--` behind a boundary (RFC 2046 section 5.1.1).
    #[error("a delimiter of a form is malformed")]
    DelimiterMalformed,
    /// The head of a part above its limits in bytes or fields (RFC 7578 section 4.8).
    #[error("the head of a part is too large")]
    PartHeadTooLarge,
    /// A field of a part that stands there twice (RFC 2045 section 5.1).
    #[error("a field of a part is repeated")]
    PartFieldRepeated,
    /// A part without Content-Disposition, or with one that is not `form-data` and a name (RFC 7578 section 4.2).
    #[error("the Content-Disposition of a part is malformed")]
    DispositionMalformed,
    /// A part in a Content-Transfer-Encoding that changes its bytes (RFC 7578 section 4.7).
    #[error("a part is encoded")]
    PartEncoded,
    /// More parts than [`multipart::PARTS_LIMIT`](super::multipart::PARTS_LIMIT) (RFC 9110 section 15.5.14: 413).
    #[error("too many parts")]
    TooManyParts,
    /// The content ends before the form does (RFC 2046 section 5.1.1).
    #[error("the form is cut off")]
    FormCut,
}

impl Rule {
    /// The status code that answers a request which breaks this rule.
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

    /// This rule, broken at a place.
    pub(crate) fn at(self, at: usize) -> Violation {
        Violation { rule: self, at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_violation_says_what_and_where() {
        assert_eq!(Rule::BareLf.at(14).to_string(), "a line ends with LF alone (at byte 14)");
    }
}
