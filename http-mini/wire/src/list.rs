//! Lists, parameters and weights: the grammar that many fields share ([RFC 9110 section
//! 5.6](https://www.rfc-editor.org/rfc/rfc9110#section-5.6)).
//!
//! Entity tags have different quotes (no escapes) and are parsed in [`conditional`](super::conditional).

use syntax::watch::{Part, Watch};

use super::part::{self, Pair};
use super::rule::Rule;
use super::text::{ValueFault, ValueText, reported};

/// A weight in thousandths: `q=0.5` is 500, and a missing weight is 1000 (RFC 9110 section 12.4.2).
pub type Quality = u16;

/// The elements of a list, trimmed, without empty ones.
///
/// ```text
/// #element = [ ( "," / element ) *( OWS "," [ OWS element ] ) ]
/// ```
///
/// Example: `gzip` and `br;q=0.5` of `b"gzip, , br;q=0.5"`. A comma inside a quoted string does not separate
/// elements.
pub fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    split(value, b',').filter(|element| !element.is_empty())
}

/// A list element with its weight; `None` if the weight is malformed.
///
/// ```text
/// weight = OWS ";" OWS "q=" qvalue
/// ```
///
/// Example: `b"text/html;level=1;q=0.7"` is `text/html` with 700. Other parameters are ignored.
pub fn weighted(element: &[u8]) -> Option<(&[u8], Quality)> {
    weighted_with(element, &part::LIST_ELEMENT, ())
}

/// Like [`weighted`], and reports the value as a `part`, the weight, and the parameters before it.
pub fn weighted_with<'a, W: Watch>(
    element: &'a [u8],
    part: &'static Part,
    watch: W,
) -> Option<(&'a [u8], Quality)> {
    let mut parts = split(element, b';');
    let value = parts.next()?;
    watch.part(part, value);
    let weight = parts.by_ref().find_map(|parameter| match parameter {
        [b'q' | b'Q', b'=', digits @ ..] => {
            watch.part(&part::WEIGHT, parameter);
            Some(digits)
        }
        _ => {
            if W::IS_WATCHING {
                watch_parameter(parameter, watch);
            }
            None
        }
    });
    let Some(digits) = weight else { return Some((value, 1000)) };
    watch.part(&part::QVALUE, digits);
    if W::IS_WATCHING {
        parts.for_each(|parameter| watch_parameter(parameter, watch));
    }
    match quality(digits) {
        Ok(quality) => Some((value, quality)),
        Err(rest) => {
            ValueFault { rule: Rule::QualityMalformed, rest }.is_tolerated(watch);
            None
        }
    }
}

/// Reports a token, or the first byte that is not allowed in one.
pub(crate) fn watch_token(text: &[u8], part: &'static Part, rule: Rule, watch: impl Watch) {
    let mut text = ValueText::new(text, rule, watch);
    reported(text.token(part).and_then(|_| text.end()), watch);
}

/// ```text
/// parameters = *( OWS ";" OWS [ parameter ] )     (RFC 9110 section 5.6.6)
/// ```
pub(crate) fn watch_parameter(text: &[u8], watch: impl Watch) {
    if !text.is_empty() {
        watch_pair(text, &part::PARAMETER, Rule::ParameterMalformed, watch);
    }
}

/// Reports a name with its value, as in parameters and directives.
///
/// ```text
/// parameter       = token "=" ( token / quoted-string )
/// cache-directive = token [ "=" ( token / quoted-string ) ]
/// auth-param      = token BWS "=" BWS ( token / quoted-string )
/// ```
///
/// Examples: `b"no-store"`, `b"max-age=60"`, `b"charset=\"utf-8\""`. Content-Disposition also allows the
/// white space of auth-param, because it uses the grammar of RFC 2616, which implies it.
pub(crate) fn watch_pair(text: &[u8], parts: &Pair, rule: Rule, watch: impl Watch) {
    let [pair, name, value] = *parts;
    let mut rest = ValueText::new(text, rule, watch);
    let may_have_space = matches!(rule, Rule::ChallengeMalformed | Rule::DispositionIgnored);
    let is_space = |byte| may_have_space && matches!(byte, b' ' | b'\t');
    let mut read = || {
        rest.token(name)?;
        if rule == Rule::CacheControlMalformed && rest.rest().is_empty() {
            return Ok(());
        }
        rest.run(is_space);
        rest.literal(b"=")?;
        rest.run(is_space);
        let start = rest.rest();
        if start.starts_with(b"\"") {
            rest.quoted()?;
            rest.part(value, start);
        } else {
            rest.token(value)?;
        }
        rest.end()
    };
    match read() {
        Ok(()) => watch.part(pair, text),
        Err(fault) => {
            fault.is_tolerated(watch);
        }
    }
}

/// ```text
/// qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
/// ```
///
/// The error is the rest from the first invalid byte.
fn quality(text: &[u8]) -> Result<Quality, &[u8]> {
    let (whole, digits) = match text {
        [whole @ (b'0' | b'1')] => (whole, &[][..]),
        [whole @ (b'0' | b'1'), b'.', digits @ ..] => (whole, digits),
        [b'0' | b'1', rest @ ..] => return Err(rest),
        rest => return Err(rest),
    };
    let mut thousandths = u16::from(whole - b'0');
    for place in 0..3 {
        let digit = digits.get(place).copied().unwrap_or(b'0');
        if !digit.is_ascii_digit() || (*whole == b'1' && digit != b'0') {
            return Err(digits.get(place..).unwrap_or_default());
        }
        thousandths = thousandths * 10 + u16::from(digit - b'0');
    }
    match digits.get(3..) {
        Some(rest @ [_, ..]) => Err(rest),
        _ => Ok(thousandths),
    }
}

/// The trimmed parts between separators outside quoted strings.
///
/// ```text
/// quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE
/// quoted-pair   = "\" ( HTAB / SP / VCHAR / obs-text )
/// ```
pub fn split(value: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = unquoted(text, separator);
        rest = text.get(end.saturating_add(1)..);
        Some(text.get(..end).unwrap_or(text).trim_ascii())
    })
}

/// Whether the whole text is one quoted string.
pub(crate) fn is_quoted(text: &[u8]) -> bool {
    match text {
        [b'"', inside @ .., b'"'] => {
            let mut escaped = false;
            let is_inside = |&byte: &u8| {
                let is_end = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                !is_end
            };
            inside.iter().all(is_inside) && !escaped
        }
        _ => false,
    }
}

/// Offset of the first separator outside of quotes, or the length.
fn unquoted(text: &[u8], separator: u8) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    let found = text.iter().position(|&byte| {
        if escaped {
            escaped = false;
            return false;
        }
        escaped = quoted && byte == b'\\';
        quoted ^= byte == b'"';
        !quoted && byte == separator
    });
    found.unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_those_of_rfc_9110_section_5_6_1() {
        for (value, expected, why) in [
            ("", vec![], "empty"),
            ("a", vec!["a"], "one"),
            ("a,b", vec!["a", "b"], "two"),
            (" a ,\tb ", vec!["a", "b"], "OWS"),
            (",, a ,,b,", vec!["a", "b"], "5.6.1.2: empty elements"),
            (" , ", vec![], "only empty ones"),
            ("a=\"x,y\",b", vec!["a=\"x,y\"", "b"], "5.6.4: quoted"),
            (r#"a="\",",b"#, vec![r#"a="\",""#, "b"], "5.6.4: an escaped quote"),
            ("a=\"x,y", vec!["a=\"x,y"], "a quote that never ends"),
        ] {
            let found: Vec<_> = elements(value.as_bytes()).map(String::from_utf8_lossy).collect();
            assert_eq!(found, expected, "{value}: {why}");
        }
    }

    #[test]
    fn weights_are_those_of_rfc_9110_section_12_4_2() {
        for (element, expected, why) in [
            ("a", Some(("a", 1000)), "none is 1"),
            ("a;q=0.5", Some(("a", 500)), "half"),
            ("a ; q=0.123", Some(("a", 123)), "OWS around ;"),
            ("a;Q=1.000", Some(("a", 1000)), "names of parameters have no case"),
            ("a;q=0", Some(("a", 0)), "not acceptable"),
            ("a;q=0.", Some(("a", 0)), "0*3DIGIT may be none"),
            ("a;level=1;q=0.1", Some(("a", 100)), "other parameters"),
            ("a;x=\"q=0;q=0\"", Some(("a", 1000)), "inside quotes"),
            ("a;q=1.001", None, "above 1"),
            ("a;q=2", None, "above 1"),
            ("a;q=0.1234", None, "four digits"),
            ("a;q=.5", None, "no whole part"),
            ("a;q=-1", None, "a sign"),
            ("a;q=", None, "nothing"),
            ("a;q=0.x", None, "a letter"),
        ] {
            let expected = expected.map(|(value, quality): (&str, _)| (value.as_bytes(), quality));
            assert_eq!(weighted(element.as_bytes()), expected, "{element}: {why}");
        }
    }
}
