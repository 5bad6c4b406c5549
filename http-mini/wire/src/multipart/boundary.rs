//! The boundary between the parts of a form: a parameter of Content-Type
//! ([RFC 2046 section 5.1.1](https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1)).

use syntax::span::Span;

use crate::head::RequestHead;
use crate::list;
use crate::rule::{Rule, Violation};
use crate::scan::is_token;

/// Bytes of a boundary (RFC 2046 section 5.1.1).
pub const BOUNDARY_LIMIT: usize = 70;

/// The separator of the parts of a form: 1 to 70 bytes that do not occur at the start of a line in any part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary(pub(super) Vec<u8>);

impl Boundary {
    /// The boundary in Content-Type.
    ///
    /// ```text
    /// Content-Type = type "/" subtype *( OWS ";" OWS [ parameter ] )     (RFC 9110 section 8.3.1)
    /// parameter    = token "=" ( token / quoted-string )
    /// boundary     = *69bchars bcharsnospace                             (RFC 2046 section 5.1.1)
    /// ```
    ///
    /// Example: `b"multipart/form-data; boundary=----WebKitFormBoundaryAbC123"`.
    ///
    /// # Errors
    ///
    /// [`Rule::NotFormData`] for another or missing type, and [`Rule::BoundaryMalformed`].
    pub fn of_request(head: &RequestHead) -> Result<Self, Violation> {
        let at = head.section().field_span("content-type").map_or(head.bytes().len(), Span::start);
        let value = head.only_field("content-type").ok_or_else(|| Rule::NotFormData.at(at))?;
        let parameters = form_data(value).ok_or_else(|| Rule::NotFormData.at(at))?;
        boundary(parameters).map(Self).ok_or_else(|| Rule::BoundaryMalformed.at(at))
    }

    /// The boundary in a value of Content-Type that is a valid `multipart/form-data`.
    pub(crate) fn of_form(content_type: &[u8]) -> Option<Self> {
        boundary(form_data(content_type)?).map(Self)
    }
}

/// The parameters of the media type `multipart/form-data`.
fn form_data(content_type: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    let mut parts = list::split(content_type, b';');
    parts.next()?.eq_ignore_ascii_case(b"multipart/form-data").then_some(parts)
}

/// The one boundary among the parameters of a media type.
fn boundary<'a>(parameters: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut found = None;
    for parameter in parameters.filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_at(memchr::memchr(b'=', parameter)?);
        let value = value.strip_prefix(b"=").filter(|_| is_token(name))?;
        if name.eq_ignore_ascii_case(b"boundary") && found.replace(value).is_some() {
            return None;
        }
    }
    // Its bytes never need an escape, so none is decoded.
    let value = found?;
    let text = match value {
        [b'"', text @ .., b'"'] => text,
        token if is_token(token) => token,
        _ => return None,
    };
    let is_boundary = (1..=BOUNDARY_LIMIT).contains(&text.len())
        && !text.ends_with(b" ")
        && text.iter().copied().all(is_bchar);
    is_boundary.then(|| text.to_vec())
}

/// ```text
/// bchars        = bcharsnospace / " "
/// bcharsnospace = DIGIT / ALPHA / "'" / "(" / ")" / "+" / "_" / "," / "-" / "." / "/" / ":" / "=" / "?"
/// ```
fn is_bchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" '()+_,-./:=?".contains(&byte)
}
