//! The fields of uploads that can be resumed
//! ([draft-ietf-httpbis-resumable-upload](https://datatracker.ietf.org/doc/draft-ietf-httpbis-resumable-upload/)),
//! as the server and the client of this project use them: PATCH appends a [`PatchPiece`], and HEAD asks for
//! [`UploadProgress`].

use syntax::decimal;
use syntax::watch::Watch;

use super::fields::Fields;
use super::part;
use super::rule::Rule;
use super::text::{ValueFault, ValueText, reported};

/// The Content-Type of a PATCH that starts or resumes an upload.
pub const PARTIAL_UPLOAD: &str = "application/partial-upload";

/// The version of the protocol in `Upload-Draft-Interop-Version`, until it is an RFC: that of the drafts since 09.
pub const INTEROP_VERSION: &str = "8";
/// The name of that field.
pub const INTEROP_FIELD: &str = "Upload-Draft-Interop-Version";

/// The content of a PATCH as a piece of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatchPiece {
    /// Its offset in the file.
    pub offset: u64,
    /// Whether its end is the end of the file.
    pub is_last: bool,
    /// The length of the complete file, if the sender states it.
    pub length: Option<u64>,
}

impl PatchPiece {
    /// Parses the fields of a request; `None` if one is malformed or Upload-Offset is missing.
    ///
    /// ```text
    /// Upload-Offset   = sf-integer     (RFC 9651 section 3.3.1, not negative)
    /// Upload-Complete = sf-boolean     (RFC 9651 section 3.3.6)
    /// Upload-Length   = sf-integer     (ignored if it is malformed)
    /// ```
    ///
    /// Example: `b"Upload-Offset: 1000\r\nUpload-Complete: ?1\r\n"`.
    pub fn read(fields: &Fields) -> Option<Self> {
        let is_last = match fields.field("upload-complete") {
            None => false,
            Some(_) => completeness(fields)?,
        };
        Some(Self { offset: offset(fields)?, is_last, length: length(fields) })
    }

    /// The names and values of its fields.
    pub fn fields(self) -> impl Iterator<Item = (&'static str, String)> {
        let fields = [
            ("Upload-Offset", self.offset.to_string()),
            ("Upload-Complete", format!("?{}", u8::from(self.is_last))),
        ];
        fields.into_iter().chain(self.length.map(|length| ("Upload-Length", length.to_string())))
    }
}

/// The part of an upload that a server keeps: its response to HEAD and to a piece that is not the last one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UploadProgress {
    /// Bytes from the start of the file: the offset of the next piece.
    pub offset: u64,
    /// The length of the complete file, if the server knows it.
    pub length: Option<u64>,
    /// The server requires the digest of the complete file with the last piece (Want-Repr-Digest, RFC 9530
    /// section 4), so that pieces of different files are not joined.
    pub wants_digest: bool,
}

impl UploadProgress {
    /// Parses the fields of a response; `None` if Upload-Offset is missing or malformed.
    pub fn read(fields: &Fields) -> Option<Self> {
        let wants_digest = fields.list("want-repr-digest").any(|wanted| wanted.starts_with(b"sha-256="));
        Some(Self { offset: offset(fields)?, length: length(fields), wants_digest })
    }

    /// The names and values of its fields.
    pub fn fields(self) -> impl Iterator<Item = (&'static str, String)> {
        let wanted = self.wants_digest.then(|| ("Want-Repr-Digest", "sha-256=10".to_owned()));
        let Self { offset, length, .. } = self;
        PatchPiece { offset, is_last: false, length }.fields().chain(wanted)
    }
}

/// The limits of a server for the uploads of a client (section 4.1.4), in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UploadLimit {
    /// The largest file.
    pub max_size: Option<u64>,
    /// The largest content of a request.
    pub max_append_size: Option<u64>,
    /// The smallest content of a request that is not the last one.
    pub min_append_size: Option<u64>,
}

impl UploadLimit {
    /// Parses Upload-Limit; `None` if it is missing, or a known member is no number. Other members are ignored.
    ///
    /// ```text
    /// Upload-Limit = sf-dictionary   (RFC 9651 section 3.2)
    /// ```
    ///
    /// Example: `b"Upload-Limit: max-size=1000, max-append-size=100\r\n"`.
    pub fn read(fields: &Fields) -> Option<Self> {
        fields.field("upload-limit")?;
        let (mut limit, mut unused) = (Self::default(), None);
        for member in fields.list("upload-limit") {
            let member = member.split(|&byte| byte == b';').next()?;
            let mut parts = member.splitn(2, |&byte| byte == b'=');
            let known = match parts.next()? {
                b"max-size" => &mut limit.max_size,
                b"max-append-size" => &mut limit.max_append_size,
                b"min-append-size" => &mut limit.min_append_size,
                b"min-size" | b"max-age" => &mut unused,
                _ => continue,
            };
            *known = Some(decimal::parse(parts.next()?)?);
        }
        Some(limit)
    }
}

/// The value of Upload-Complete; `None` if it is missing or malformed.
pub fn completeness(fields: &Fields) -> Option<bool> {
    complete_with(fields.only_field("upload-complete")?, ())
}

/// The value of Upload-Length: the size of the complete file. `None` if it is missing or malformed.
pub fn length(fields: &Fields) -> Option<u64> {
    offset_with(fields.only_field("upload-length")?, ())
}

/// Whether the client speaks this version of the protocol. Only then it may get 104.
pub fn is_announced(fields: &Fields) -> bool {
    fields.only_field(INTEROP_FIELD) == Some(INTEROP_VERSION.as_bytes())
}

/// The value of Upload-Limit: `max-size=1000`, or `min-size=0` if there is no limit.
pub fn limit(max_size: Option<u64>) -> String {
    max_size.map_or_else(|| "min-size=0".to_owned(), |most| format!("max-size={most}"))
}

fn offset(fields: &Fields) -> Option<u64> {
    offset_with(fields.only_field("upload-offset")?, ())
}

/// Parses the value of Upload-Offset or Upload-Length and reports it.
pub fn offset_with(value: &[u8], watch: impl Watch) -> Option<u64> {
    let mut text = ValueText::new(value, Rule::UploadFieldMalformed, watch);
    let read = text.some(&part::SF_INTEGER, |byte| byte.is_ascii_digit()).and_then(|digits| {
        text.end()?;
        decimal::parse(digits).ok_or(text.fault_at(value))
    });
    reported(read, watch)
}

/// Parses the value of Upload-Complete and reports it.
pub fn complete_with(value: &[u8], watch: impl Watch) -> Option<bool> {
    let is_complete = match value {
        b"?0" => false,
        b"?1" => true,
        _ => return reported(Err(ValueFault { rule: Rule::UploadFieldMalformed, rest: value }), watch),
    };
    watch.part(&part::SF_BOOLEAN, value);
    Some(is_complete)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{head, response};

    #[test]
    fn a_piece_has_an_offset_and_may_be_the_last_one() {
        let piece = |offset, is_last| Some(PatchPiece { offset, is_last, length: None });
        let with_length = |length| Some(PatchPiece { offset: 5, is_last: false, length });
        for (fields, expected, why) in [
            ("Upload-Offset: 0\r\n", piece(0, false), "more follows by default"),
            ("Upload-Offset: 1000\r\nUpload-Complete: ?0\r\n", piece(1000, false), "a boolean"),
            ("Upload-Offset: 1000\r\nUpload-Complete: ?1\r\n", piece(1000, true), "a boolean"),
            ("upload-complete: ?1\r\nupload-offset: 7\r\n", piece(7, true), "names have no case"),
            ("Upload-Offset: 18446744073709551615\r\n", piece(u64::MAX, false), "the largest"),
            ("Upload-Offset: 18446744073709551616\r\n", None, "one more"),
            ("Upload-Offset: 5\r\nUpload-Length: 9\r\n", with_length(Some(9)), "a length"),
            ("Upload-Offset: 5\r\nUpload-Length: x\r\n", with_length(None), "section 4.1.3: ignored"),
            ("", None, "no offset"),
            ("Upload-Complete: ?1\r\n", None, "no offset"),
            ("Upload-Offset:\r\n", None, "no digit"),
            ("Upload-Offset: +5\r\n", None, "RFC 9651 section 3.3.1: no plus sign"),
            ("Upload-Offset: -5\r\n", None, "an offset is not negative"),
            ("Upload-Offset: 5.0\r\n", None, "no integer"),
            ("Upload-Offset: 0x5\r\n", None, "no integer"),
            ("Upload-Offset: 5;a=b\r\n", None, "no parameters"),
            ("Upload-Offset: 5, 5\r\n", None, "no list"),
            ("Upload-Offset: 5\r\nUpload-Offset: 5\r\n", None, "once"),
            ("Upload-Offset: 5\r\nUpload-Complete: 1\r\n", None, "RFC 9651 section 3.3.6: ?1"),
            ("Upload-Offset: 5\r\nUpload-Complete: true\r\n", None, "RFC 9651 section 3.3.6: ?1"),
            ("Upload-Offset: 5\r\nUpload-Complete:\r\n", None, "no boolean"),
            ("Upload-Offset: 5\r\nUpload-Complete: ?1\r\nUpload-Complete: ?1\r\n", None, "once"),
        ] {
            let text = format!("PATCH /a HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
            let (head, _) = head::parse(text.as_bytes()).unwrap().unwrap();
            let found = PatchPiece::read(head.section());
            assert_eq!(found, expected, "{fields:?}: {why}");
            if let Some(piece) = found {
                let lines: String =
                    piece.fields().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                let text = format!("PATCH /a HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
                let (head, _) = head::parse(text.as_bytes()).unwrap().unwrap();
                assert_eq!(
                    PatchPiece::read(head.section()),
                    Some(piece),
                    "{lines}: a written piece can be read"
                );
            }
        }
    }

    #[test]
    fn an_upload_announces_its_length_and_completeness() {
        for (fields, expected, why) in [
            ("", (None, None), "an ordinary upload"),
            ("Upload-Complete: ?1\r\nUpload-Length: 5\r\n", (Some(true), Some(5)), "the whole"),
            ("Upload-Complete: ?0\r\n", (Some(false), None), "a part of unknown length"),
            ("Upload-Complete: 1\r\nUpload-Length: +5\r\n", (None, None), "malformed fields are ignored"),
            ("Upload-Complete: ?1\r\nUpload-Complete: ?1\r\n", (None, None), "once"),
        ] {
            let text = format!("PUT /a HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
            let (head, _) = head::parse(text.as_bytes()).unwrap().unwrap();
            assert_eq!((completeness(head.section()), length(head.section())), expected, "{fields:?}: {why}");
        }
    }

    #[test]
    fn limits_are_numbers() {
        let limit = |max_size, max_append_size, min_append_size| {
            Some(UploadLimit { max_size, max_append_size, min_append_size })
        };
        for (value, expected, why) in [
            ("max-size=5", limit(Some(5), None, None), "the file"),
            ("max-append-size=5, min-append-size=2", limit(None, Some(5), Some(2)), "a request"),
            ("min-size=0", limit(None, None, None), "no limit"),
            ("max-size=5;a=b, x=\"1, 2\", max-age=9", limit(Some(5), None, None), "other members"),
            ("max-size=5, max-size=6", limit(Some(6), None, None), "the last one counts"),
            ("max-size=5, max-age=?1", None, "no number"),
            ("max-size", None, "no value"),
        ] {
            let text = format!("HTTP/1.1 204 No Content\r\nUpload-Limit: {value}\r\n\r\n");
            let (head, _) = response::parse(text.as_bytes()).unwrap().unwrap();
            assert_eq!(UploadLimit::read(head.fields()), expected, "{value:?}: {why}");
        }
        for (max_size, expected) in [(Some(5), limit(Some(5), None, None)), (None, limit(None, None, None))] {
            let text = format!("HTTP/1.1 413 \r\nUpload-Limit: {}\r\n\r\n", super::limit(max_size));
            let (head, _) = response::parse(text.as_bytes()).unwrap().unwrap();
            assert_eq!(UploadLimit::read(head.fields()), expected, "a written limit can be read");
        }
        let (head, _) = response::parse(b"HTTP/1.1 413 \r\n\r\n").unwrap().unwrap();
        assert_eq!(UploadLimit::read(head.fields()), None, "as of a proxy");
    }

    #[test]
    fn progress_is_an_offset_and_perhaps_a_length_and_a_wish() {
        let progress = |offset, wants_digest| Some(UploadProgress { offset, length: None, wants_digest });
        let with_length = Some(UploadProgress { offset: 5, length: Some(9), wants_digest: false });
        for (fields, expected, why) in [
            ("Upload-Offset: 5\r\n", progress(5, false), "no wish"),
            ("Upload-Offset: 5\r\nUpload-Length: 9\r\n", with_length, "a length"),
            ("Upload-Offset: 5\r\nWant-Repr-Digest: sha-256=10\r\n", progress(5, true), "RFC 9530 section 4"),
            (
                "Upload-Offset: 5\r\nWant-Repr-Digest: sha-512=3, sha-256=1\r\n",
                progress(5, true),
                "one of them",
            ),
            ("Upload-Offset: 5\r\nWant-Repr-Digest: sha-512=3\r\n", progress(5, false), "another one"),
            ("Upload-Offset: +5\r\nWant-Repr-Digest: sha-256=10\r\n", None, "a sign"),
            ("Want-Repr-Digest: sha-256=10\r\n", None, "no offset"),
        ] {
            let text = format!("HTTP/1.1 204 No Content\r\n{fields}\r\n");
            let (head, _) = response::parse(text.as_bytes()).unwrap().unwrap();
            assert_eq!(UploadProgress::read(head.fields()), expected, "{fields:?}: {why}");
        }
        let lines: Vec<_> =
            UploadProgress { offset: 5, length: Some(9), wants_digest: true }.fields().collect();
        let expected = [
            ("Upload-Offset", "5"),
            ("Upload-Complete", "?0"),
            ("Upload-Length", "9"),
            ("Want-Repr-Digest", "sha-256=10"),
        ];
        assert_eq!(lines, expected.map(|(name, value)| (name, value.to_owned())));
    }
}
