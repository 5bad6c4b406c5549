//! Query strings of listing pages and forms: `b"sort=size&format=json"` ([URL standard,
//! application/x-www-form-urlencoded](https://url.spec.whatwg.org/#urlencoded-parsing)).

use std::borrow::Cow;

use syntax::watch::Watch;

use super::part;
use super::part::PASSWORD;
use super::rule::Rule;
use super::text::ValueFault;

/// The most pairs that are read; later ones are ignored.
pub const PAIRS_LIMIT: usize = 1_000;

/// The decoded names and values of a query. Either may contain any byte.
///
/// ```
/// use http_wire::query;
/// let pairs: Vec<_> = query::pairs(b"q=two+words&dir").collect();
/// assert_eq!(pairs, [(b"q"[..].into(), b"two words"[..].into()), (b"dir"[..].into(), b""[..].into())]);
/// ```
pub fn pairs(query: &[u8]) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)> {
    written(query).take(PAIRS_LIMIT).map(|(_, name, value)| (decode(name), decode(value)))
}

/// Reports the parts of a query or a urlencoded form, with the decoded names and values. Values of names like
/// `password` are secret.
pub fn watch(query: &[u8], watch: impl Watch) {
    for (place, (pair, name, value)) in written(query).enumerate() {
        if place == PAIRS_LIMIT {
            ValueFault { rule: Rule::QueryTooLong, rest: pair }.is_tolerated(watch);
            return;
        }
        let is_secret = is_password(&decode(name));
        let value_part = if is_secret { &PASSWORD } else { &part::QUERY_VALUE };
        for (part, text) in [(&part::QUERY_NAME, name), (value_part, value)] {
            match decode(text) {
                decoded if part.is_secret || *decoded == *text => watch.part(part, text),
                decoded => watch.value(part, text, format_args!("{}", decoded.escape_ascii())),
            }
        }
        watch.part(&part::QUERY_PAIR, pair);
    }
}

/// The encoded name and value of each pair.
fn written(query: &[u8]) -> impl Iterator<Item = (&[u8], &[u8], &[u8])> {
    query.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_at(memchr::memchr(b'=', pair).unwrap_or(pair.len()));
        (pair, name, value.strip_prefix(b"=").unwrap_or_default())
    })
}

/// The first value of a name.
pub fn get<'a>(query: &'a [u8], name: &str) -> Option<Cow<'a, [u8]>> {
    pairs(query).find(|(found, _)| **found == *name.as_bytes()).map(|(_, value)| value)
}

/// Whether a form field has a name that suggests a secret: `password`, `user[passwd]`, `api_token`.
pub(crate) fn is_password(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    [&b"pass"[..], b"pwd", b"secret", b"token"].iter().any(|word| memchr::memmem::find(&name, word).is_some())
}

fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'+') {
        return percent_encoding::percent_decode(text).into();
    }
    let spaced: Vec<u8> = text.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
    percent_encoding::percent_decode(&spaced).collect::<Vec<u8>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_name_and_decoded() {
        for (query, name, expected, why) in [
            (&b"sort=size&format=json"[..], "format", Some(&b"json"[..]), "the second"),
            (b"a=1&a=2", "a", Some(b"1"), "the first of several"),
            (b"a", "a", Some(b""), "no value"),
            (b"a=", "a", Some(b""), "an empty value"),
            (b"a=b=c", "a", Some(b"b=c"), "the first = divides"),
            (b"&&a=1&", "a", Some(b"1"), "empty pairs"),
            (b"a+b=c%2Bd%26+e", "a b", Some(b"c+d& e"), "+ is a space, %2B a plus"),
            (b"a=%FF%00", "a", Some(b"\xFF\0"), "any byte"),
            (b"a=%", "a", Some(b"%"), "an invalid escape is kept"),
            (b"A=1", "a", None, "names have case"),
            (b"", "a", None, "nothing"),
        ] {
            assert_eq!(get(query, name).as_deref(), expected, "{}: {why}", query.escape_ascii());
        }
    }

    #[test]
    fn pairs_are_bounded() {
        assert_eq!(pairs("a=b&".repeat(PAIRS_LIMIT + 1).as_bytes()).count(), PAIRS_LIMIT);
    }
}
