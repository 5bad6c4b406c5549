//! Content codings: which one Content-Encoding names
//! ([RFC 9110 section 8.4](https://www.rfc-editor.org/rfc/rfc9110#section-8.4)).
//!
//! At most one coding is accepted: no client sends two, and each one multiplies the decoded size. This module
//! decodes nothing.

use super::fields::Fields;

/// The value of Accept-Encoding that lists the codings known here.
pub const ACCEPTED: &str = "gzip, br, zstd";

/// Content-Encoding names a coding that is not known here, or more than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the content is in an unknown content coding")]
pub struct UnknownCoding;

/// A content coding that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodingName {
    /// `gzip`, `x-gzip`.
    Gzip,
    /// `br`.
    Brotli,
    /// `zstd`.
    Zstd,
}

impl CodingName {
    /// The value of Content-Encoding.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }
}

/// The coding of a content; `None` if it has none.
///
/// ```text
/// Content-Encoding = #content-coding
/// ```
///
/// # Errors
///
/// [`UnknownCoding`].
pub fn of_content(fields: &Fields) -> Result<Option<CodingName>, UnknownCoding> {
    let mut codings =
        fields.list("content-encoding").filter(|coding| !coding.eq_ignore_ascii_case(b"identity"));
    match (codings.next(), codings.next()) {
        (None, _) => Ok(None),
        (Some(coding), None) => match coding.to_ascii_lowercase().as_slice() {
            b"gzip" | b"x-gzip" => Ok(Some(CodingName::Gzip)),
            b"br" => Ok(Some(CodingName::Brotli)),
            b"zstd" => Ok(Some(CodingName::Zstd)),
            _ => Err(UnknownCoding),
        },
        _ => Err(UnknownCoding),
    }
}

/// The coding that a file of this name has by itself, which must not be decoded: gzip for `a.tar.gz`.
pub fn of_file(name: &[u8]) -> Option<CodingName> {
    let extension = name.get(memchr::memrchr(b'.', name)?..)?;
    match extension.to_ascii_lowercase().as_slice() {
        b".gz" | b".tgz" | b".svgz" => Some(CodingName::Gzip),
        b".br" => Some(CodingName::Brotli),
        b".zst" => Some(CodingName::Zstd),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response;

    #[test]
    fn content_codings_are_those_of_rfc_9110_section_8_4_1() {
        for (field, expected, why) in [
            ("", Ok(None), "none"),
            ("Content-Encoding: identity\r\n", Ok(None), "identity is none"),
            ("Content-Encoding:\r\n", Ok(None), "an empty list"),
            ("Content-Encoding: GZIP\r\n", Ok(Some(CodingName::Gzip)), "no case"),
            ("Content-Encoding: x-gzip\r\n", Ok(Some(CodingName::Gzip)), "8.4.1.3: the same"),
            ("Content-Encoding: br\r\n", Ok(Some(CodingName::Brotli)), "RFC 7932"),
            ("Content-Encoding: zstd\r\n", Ok(Some(CodingName::Zstd)), "RFC 8878"),
            ("Content-Encoding: deflate\r\n", Err(UnknownCoding), "not requested"),
            ("Content-Encoding: gzip, gzip\r\n", Err(UnknownCoding), "one only"),
            ("Content-Encoding: gzip\r\nContent-Encoding: br\r\n", Err(UnknownCoding), "one only"),
        ] {
            let text = format!("HTTP/1.1 200 OK\r\n{field}\r\n");
            let (head, _) = response::parse(text.as_bytes()).unwrap().unwrap();
            assert_eq!(of_content(head.fields()), expected, "{field:?}: {why}");
        }
    }
}
