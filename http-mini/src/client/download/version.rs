//! [`RepresentationVersion`] of a representation: only parts of the same version may be combined
//! ([RFC 9110 section 8.8](https://www.rfc-editor.org/rfc/rfc9110#section-8.8)).

use std::ops::Range;
use std::time::SystemTime;

use syntax::unix_time;

use crate::wire::coding::{self, UnknownCoding};
use crate::wire::conditional::EntityTag;
use crate::wire::date;
use crate::wire::fields::Fields;
use crate::wire::range::ContentRange;

/// A strong validator, as sent in its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Validator {
    Etag(Vec<u8>),
    /// The response was generated at least a second after the last change, so that second had only one
    /// version (section 8.8.2.2).
    Modified(Vec<u8>),
}

impl Validator {
    /// The value of If-Range.
    pub(super) fn value(&self) -> &[u8] {
        match self {
            Self::Etag(value) | Self::Modified(value) => value,
        }
    }

    /// The strong validator of a response, if it has one. `now` resolves years of two digits.
    pub(super) fn of(fields: &Fields, now: SystemTime) -> Option<Self> {
        if let Some(value) = fields.only_field("etag") {
            let is_strong = EntityTag::parse(value).is_some_and(|tag| tag.matches_strongly(tag));
            return is_strong.then(|| Self::Etag(value.to_vec()));
        }
        let value = fields.only_field("last-modified")?;
        let said = date::read(fields.only_field("date")?, now)?;
        (unix_time::seconds(date::read(value, now)?) < unix_time::seconds(said))
            .then(|| Self::Modified(value.to_vec()))
    }
}

/// A version of a representation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RepresentationVersion {
    /// Without a validator, no ranges can be requested.
    pub(super) validator: Option<Validator>,
    /// In bytes, if known.
    pub(super) size: Option<u64>,
    /// The content coding; a part in another coding does not belong to this version.
    pub(super) coding: Result<Option<coding::CodingName>, UnknownCoding>,
}

impl RepresentationVersion {
    /// The range of a part (206), and the complete size if it is known. `None`: the part is of another
    /// version, is outside the requested range (offset and end), or its content has another length.
    pub(super) fn part(
        &self,
        fields: &Fields,
        length: Option<u64>,
        asked: (u64, Option<u64>),
    ) -> Option<(Range<u64>, Option<u64>)> {
        let ContentRange::Part(part, size) = ContentRange::parse(fields.only_field("content-range")?)? else {
            return None;
        };
        let is_asked = part.start == asked.0 && asked.1.is_none_or(|end| part.end <= end);
        let is_length = length.is_none_or(|length| length == part.end - part.start);
        let is_size = self.size.is_none() || size.is_none() || self.size == size;
        // A server may leave out Last-Modified after If-Range, but not ETag (section 15.3.7).
        let is_same = match &self.validator {
            Some(Validator::Etag(etag)) => fields.only_field("etag") == Some(etag),
            Some(Validator::Modified(time)) => {
                fields.only_field("last-modified").is_none_or(|found| found == time.as_slice())
            }
            None => false,
        };
        let is_coded_so = self.coding == coding::of_content(fields);
        (is_asked && is_length && is_size && is_same && is_coded_so).then_some((part, size))
    }

    /// The complete size in a 416 response, unless it is of another version.
    pub(super) fn whole(&self, fields: &Fields) -> Option<u64> {
        let ContentRange::Unsatisfied(size) = ContentRange::parse(fields.only_field("content-range")?)?
        else {
            return None;
        };
        let is_same = match (&self.validator, fields.only_field("etag")) {
            (Some(Validator::Etag(etag)), Some(found)) => etag == found,
            (validator, _) => validator.is_some(),
        };
        is_same.then_some(size)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::wire::response;

    fn fields(lines: &str) -> Fields {
        let text = format!("HTTP/1.1 206 Partial Content\r\n{lines}\r\n");
        response::parse(text.as_bytes()).unwrap().unwrap().0.fields().clone()
    }

    const EARLIER: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const LATER: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    #[test]
    fn only_strong_validators_count() {
        let etag = |value: &str| Some(Validator::Etag(value.into()));
        for (lines, expected, why) in [
            ("ETag: \"a\"\r\n".to_owned(), etag("\"a\""), "8.8.3"),
            ("ETag: W/\"a\"\r\n".to_owned(), None, "8.8.1: weak"),
            ("ETag: a\r\n".to_owned(), None, "8.8.3: malformed"),
            ("ETag: \"a\"\r\nETag: \"b\"\r\n".to_owned(), None, "two readings"),
            (
                format!("Last-Modified: {EARLIER}\r\nDate: {LATER}\r\n"),
                Some(Validator::Modified(EARLIER.into())),
                "8.8.2.2: a second earlier",
            ),
            (format!("Last-Modified: {LATER}\r\nDate: {LATER}\r\n"), None, "8.8.2.2: within the second"),
            (format!("Last-Modified: {EARLIER}\r\n"), None, "8.8.2.2: without a Date"),
            (
                format!("ETag: W/\"a\"\r\nLast-Modified: {EARLIER}\r\nDate: {LATER}\r\n"),
                None,
                "marked as weak by the server",
            ),
            (String::new(), None, "none"),
        ] {
            assert_eq!(Validator::of(&fields(&lines), UNIX_EPOCH), expected, "{lines:?}: {why}");
        }
    }

    #[test]
    fn parts_of_another_version_are_not_put_together() {
        let version = |validator| RepresentationVersion { validator, size: Some(10), coding: Ok(None) };
        let tagged = version(Some(Validator::Etag(b"\"a\"".to_vec())));
        let zipped = RepresentationVersion { coding: Ok(Some(coding::CodingName::Gzip)), ..tagged.clone() };
        let dated = version(Some(Validator::Modified(EARLIER.into())));
        let unknown = version(None);
        let range = "Content-Range: bytes 4-9/10\r\n";
        for (version, lines, expected, why) in [
            (&tagged, format!("{range}ETag: \"a\"\r\n"), true, "the same"),
            (&tagged, "Content-Range: bytes 4-9/*\r\nETag: \"a\"\r\n".into(), true, "of unknown size"),
            (&tagged, "Content-Range: bytes 4-7/10\r\nETag: \"a\"\r\n".into(), true, "less than requested"),
            (&tagged, format!("{range}ETag: \"b\"\r\n"), false, "another tag"),
            (&tagged, format!("{range}ETag: W/\"a\"\r\n"), false, "a weak tag"),
            (&tagged, range.to_owned(), false, "15.3.7: no tag"),
            (&tagged, "Content-Range: bytes 4-10/11\r\nETag: \"a\"\r\n".into(), false, "another size"),
            (
                &tagged,
                "Content-Range: bytes 0-9/10\r\nETag: \"a\"\r\n".into(),
                false,
                "not the requested range",
            ),
            (&tagged, "Content-Range: bytes 5-9/10\r\nETag: \"a\"\r\n".into(), false, "a gap"),
            (&tagged, "Content-Range: bytes */10\r\nETag: \"a\"\r\n".into(), false, "no part"),
            (&tagged, "ETag: \"a\"\r\n".into(), false, "14.4: which part?"),
            (&dated, range.to_owned(), true, "confirmed by If-Range"),
            (&dated, format!("{range}Last-Modified: {EARLIER}\r\n"), true, "the same"),
            (&dated, format!("{range}Last-Modified: {LATER}\r\n"), false, "another time"),
            (&unknown, range.to_owned(), false, "nothing to know it by"),
            (&tagged, format!("{range}ETag: \"a\"\r\nContent-Encoding: gzip\r\n"), false, "8.4: coded"),
            (
                &zipped,
                format!("{range}ETag: \"a\"\r\nContent-Encoding: gzip\r\n"),
                true,
                "in the same coding",
            ),
            (&zipped, format!("{range}ETag: \"a\"\r\n"), false, "8.4: not coded"),
        ] {
            let found = version.part(&fields(&lines), None, (4, None));
            assert_eq!(found.is_some(), expected, "{lines:?}: {why}");
        }
        let whole = |lines: &str| tagged.whole(&fields(lines));
        assert_eq!(whole("Content-Range: bytes */10\r\n"), Some(10), "15.5.17");
        assert_eq!(
            whole("Content-Range: bytes */10\r\nETag: \"b\"\r\n"),
            None,
            "15.5.17: of another version"
        );
        let beyond = fields("Content-Range: bytes 4-9/10\r\nETag: \"a\"\r\n");
        assert_eq!(tagged.part(&beyond, None, (4, Some(9))), None, "more than requested");
    }
}
