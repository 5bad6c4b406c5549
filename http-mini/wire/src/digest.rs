//! Digests of content ([RFC 9530](https://www.rfc-editor.org/rfc/rfc9530)).
//!
//! Values only: this module computes no hash. RFC 9651 section 4.2 lets a recipient ignore a malformed field
//! or refuse the message; it is refused, because a client that sends a digest wants it verified. Digests in a
//! trailer section (RFC 9530 section 2) are discarded with all other trailer fields, as RFC 9110 section
//! 6.5.1 permits, because the algorithm must be known before the content arrives.

use base64ct::{Base64, Encoding};
use syntax::watch::Watch;

use super::fields::Fields;
use super::list;
use super::part;
use super::rule::{Rule, Violation};
use super::text::{ValueFault, ValueText, reported};

/// A digest by an algorithm that resists attackers (RFC 9530 section 5). Other algorithms are unknown here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// By `sha-256`.
    Sha256([u8; 32]),
    /// By `sha-512`.
    Sha512([u8; 64]),
}

impl Digest {
    /// The name of the algorithm in fields: `sha-256`.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Sha256(_) => "sha-256",
            Self::Sha512(_) => "sha-512",
        }
    }

    /// The bytes of the digest.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Sha256(bytes) => bytes,
            Self::Sha512(bytes) => bytes,
        }
    }
}

/// The digests of a message's content without chunks (RFC 9530 section 2), by known algorithms, the strongest
/// first. The content must match all of them.
///
/// ```text
/// Content-Digest = sf-dictionary     (RFC 9651 section 3.2)
/// ```
///
/// Example: `b"Content-Digest: sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:\r\n"`.
///
/// # Errors
///
/// [`Rule::DigestMalformed`], also for a digest of a wrong length.
pub fn of_content(fields: &Fields) -> Result<Vec<Digest>, Violation> {
    read(fields, "content-digest")
}

/// The digests of the representation in a message (RFC 9530 section 3.1); otherwise like [`of_content`].
///
/// With PUT both are the same bytes. With a form the representation is the form. With PATCH it is the whole
/// file, and the content is a piece of it.
///
/// # Errors
///
/// See [`of_content`].
pub fn of_representation(fields: &Fields) -> Result<Vec<Digest>, Violation> {
    read(fields, "repr-digest")
}

fn read(fields: &Fields, name: &str) -> Result<Vec<Digest>, Violation> {
    dictionary(fields.fields(name), ()).map_err(|fault| fault.violation(fields.bytes()))
}

/// Parses the value of one Content-Digest or Repr-Digest line and reports its parts.
pub fn read_with(value: &[u8], watch: impl Watch) -> Option<Vec<Digest>> {
    reported(dictionary([value].into_iter(), watch), watch)
}

/// ```text
/// sf-dictionary = dict-member *( OWS "," OWS dict-member )
/// ```
///
/// Of several members with the same key, over all lines, the last counts (RFC 9651 section 3.2).
fn dictionary<'a>(
    lines: impl Iterator<Item = &'a [u8]>,
    watch: impl Watch,
) -> Result<Vec<Digest>, ValueFault<'a>> {
    let (mut sha512, mut sha256) = (None, None);
    // A dictionary may be empty, a member may not.
    for text in lines.filter(|line| !line.is_empty()).flat_map(|line| list::split(line, b',')) {
        match member(text, watch)? {
            (b"sha-512", value) => sha512 = Some(Digest::Sha512(decoded(value)?)),
            (b"sha-256", value) => sha256 = Some(Digest::Sha256(decoded(value)?)),
            _ => {}
        }
    }
    Ok([sha512, sha256].into_iter().flatten().collect())
}

/// A member's key and value, which is empty if the key has none.
///
/// ```text
/// dict-member  = member-key ( parameters / ( "=" member-value ) )
/// member-key   = ( lcalpha / "*" ) *( lcalpha / DIGIT / "_" / "-" / "." / "*" )
/// ```
///
/// Example: `b"sha-256=:...:;a=b"`. Parameters have no meaning yet and are ignored.
fn member(text: &[u8], watch: impl Watch) -> Result<(&[u8], &[u8]), ValueFault<'_>> {
    let item = list::split(text, b';').next().unwrap_or_default();
    let mut rest = ValueText::new(item, Rule::DigestMalformed, watch);
    if !matches!(item, [b'a'..=b'z' | b'*', ..]) {
        return Err(rest.fault());
    }
    let is_key = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'*');
    let key = rest.some(&part::DIGEST_ALGORITHM, is_key)?;
    if !rest.has(b'=') {
        rest.end()?;
    }
    watch.part(&part::DIGEST_VALUE, rest.rest());
    watch.part(&part::DIGEST, text);
    Ok((key, rest.rest()))
}

/// A byte sequence of `N` bytes.
///
/// ```text
/// sf-binary = ":" *base64 ":"
/// ```
///
/// Padding is required (RFC 4648 section 3.2).
fn decoded<const N: usize>(value: &[u8]) -> Result<[u8; N], ValueFault<'_>> {
    let encoded = value.strip_prefix(b":").and_then(|rest| rest.strip_suffix(b":"));
    let mut bytes = [0; N];
    match encoded.map(|encoded| Base64::decode(encoded, &mut bytes).map(<[u8]>::len)) {
        Some(Ok(length)) if length == N => Ok(bytes),
        _ => Err(undecodable(value)),
    }
}

/// The first malformed byte of a byte sequence; the start of the base64 if its length is wrong.
#[cold]
fn undecodable(value: &[u8]) -> ValueFault<'_> {
    let mut text = ValueText::new(value, Rule::DigestMalformed, ());
    let mut read = || {
        text.literal(b":")?;
        let encoded = text.run(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
        text.literal(b":")?;
        text.end()?;
        Ok(encoded)
    };
    match read() {
        Ok(encoded) => text.fault_at(encoded),
        Err(fault) => fault,
    }
}

/// The value of Content-Digest or Repr-Digest with these digests: `sha-512=:...:, sha-256=:...:`.
///
/// ```
/// use http_wire::digest::{self, Digest};
/// let value = digest::write(&[Digest::Sha256([0; 32])]);
/// assert_eq!(value, "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:");
/// ```
pub fn write(digests: &[Digest]) -> String {
    let one = |digest: &Digest| format!("{}=:{}:", digest.algorithm(), Base64::encode_string(digest.bytes()));
    digests.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::head::{self, RequestHead};

    fn request(fields: &str) -> RequestHead {
        let text = format!("PUT /a HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        head::parse(text.as_bytes()).unwrap().unwrap().0
    }

    /// `{"hello": "world"}` and LF, as in RFC 9530 appendix D.
    const SHA_256: &str = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
    const SHA_512: &str =
        "sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:";

    #[test]
    fn digests_are_those_of_rfc_9530() {
        let both = format!("{SHA_256}, {SHA_512}");
        for (value, expected, why) in [
            (SHA_256, vec!["sha-256"], "2: one"),
            (SHA_512, vec!["sha-512"], "2: one"),
            (&both, vec!["sha-512", "sha-256"], "2: several; the strongest first"),
            (&format!("{SHA_512} ,\t{SHA_256}"), vec!["sha-512", "sha-256"], "9651 section 3.2: OWS"),
            ("md5=:AAAA:, unixsum=:AAA=:", vec![], "5: those that are not known are ignored"),
            (&format!("crc32c=:AAAA:, {SHA_256}"), vec!["sha-256"], "5: beside one that is"),
            (
                &format!("x=\"a,b;c\", y, z=(1 2);q, {SHA_256}"),
                vec!["sha-256"],
                "9651 section 3.2: any value",
            ),
            (&format!("{SHA_256};a=b"), vec!["sha-256"], "9651 section 3.1.2: parameters"),
            (
                &format!("sha-256=:{}=:, {SHA_256}", "A".repeat(43)),
                vec!["sha-256"],
                "9651 section 3.2: the last",
            ),
            ("", vec![], "9651 section 4.2: an empty dictionary"),
        ] {
            let head = request(&format!("Content-Digest: {value}\r\n"));
            let found = of_content(head.section()).unwrap_or_else(|violation| panic!("{value}: {violation}"));
            let names: Vec<_> = found.iter().map(Digest::algorithm).collect();
            assert_eq!(names, expected, "{value}: {why}");
            let known: Vec<_> = write(&found).split(", ").map(str::to_owned).collect();
            assert!(
                known.iter().all(|one| [SHA_256, SHA_512, ""].contains(&one.as_str())),
                "{value}: {known:?}"
            );
            assert_eq!(of_representation(head.section()), Ok(vec![]), "{value}: another field");
        }
        let head = request(&format!("Repr-Digest: {SHA_256}\r\nRepr-Digest: {SHA_512}\r\n"));
        assert_eq!(
            of_representation(head.section()).unwrap().len(),
            2,
            "9651 section 4.2: over several lines"
        );
        assert_eq!(of_content(head.section()), Ok(vec![]), "another field");
    }

    #[test]
    fn other_digests_are_refused() {
        for (value, why) in [
            ("sha-256", "9651 section 3.2: true is no byte sequence"),
            ("sha-256=", "9651 section 3.2: no value"),
            ("sha-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=", "9651 section 3.3.5: no colons"),
            ("sha-256=\"RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=\"", "9651 section 3.3.5: a string"),
            ("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=", "9651 section 3.3.5: no end"),
            ("sha-256=:", "9651 section 3.3.5: no end"),
            ("sha-256=::", "no bytes"),
            ("sha-256=:AAAA:", "too short"),
            (&SHA_512.replace("512", "256"), "too long"),
            (&SHA_256.replace("256", "512"), "too short"),
            (&SHA_256.replace("=:", ":").replace("256:", "256=:"), "RFC 4648 section 3.2: no padding"),
            (&SHA_256.replace('/', "_"), "RFC 4648 section 5: the other alphabet"),
            (&SHA_256.replace("Dg=", "Dh="), "RFC 4648 section 3.5: bits behind the end"),
            (&SHA_256.replace("sha", "SHA"), "9651 section 3.1.2: keys are in lower case"),
            (&SHA_256.replace("=:R", " = :R"), "9651 section 3.2: no white space around ="),
            (&format!("{SHA_256},"), "9651 section 4.2.2: a comma at the end"),
            (&format!(",{SHA_256}"), "9651 section 4.2.2: an empty member"),
            (&format!("{SHA_256},, {SHA_512}"), "9651 section 4.2.2: an empty member"),
            (&format!("{SHA_256} {SHA_512}"), "9651 section 4.2.2: no comma"),
            (&format!("=:AAAA:, {SHA_256}"), "9651 section 3.1.2: no key"),
            (&format!("1=:AAAA:, {SHA_256}"), "9651 section 3.1.2: a key begins with a letter"),
            (&format!("sha-256=:AAAA:, {SHA_256}"), "not even where another follows"),
        ] {
            let found = of_content(request(&format!("Content-Digest: {value}\r\n")).section());
            assert_eq!(
                found.map_err(|violation| violation.rule),
                Err(Rule::DigestMalformed),
                "{value}: {why}"
            );
        }
    }

    proptest! {
        #[test]
        fn written_values_are_parsed_back(short: [u8; 32], long: ([u8; 32], [u8; 32])) {
            let mut bytes = [0; 64];
            bytes[..32].copy_from_slice(&long.0);
            bytes[32..].copy_from_slice(&long.1);
            let digests = vec![Digest::Sha512(bytes), Digest::Sha256(short)];
            let head = request(&format!("Repr-Digest: {}\r\n", write(&digests)));
            prop_assert_eq!(of_representation(head.section()), Ok(digests));
        }
    }
}
