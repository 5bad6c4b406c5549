//! Credentials of a request: Authorization, and the challenge that requests it ([RFC 9110 section
//! 11](https://www.rfc-editor.org/rfc/rfc9110#section-11), [RFC
//! 7617](https://www.rfc-editor.org/rfc/rfc7617)).
//!
//! This module does not verify passwords.

use std::fmt;

use base64ct::{Base64, Encoding};
use syntax::watch::Watch;

use super::fields::Fields;
use super::head::RequestHead;
use super::part;
use super::rule::{Rule, Violation};
use super::scan;
use super::text::{ValueFault, ValueText, reported};

/// The credentials of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials<'a> {
    /// A name and a password.
    Basic(Basic),
    /// A token (RFC 6750 section 2.1).
    Bearer(&'a [u8]),
    /// Credentials of another scheme, with its name: `b"Digest"`.
    Other(&'a [u8]),
}

/// Credentials of the scheme Basic. Neither part contains control characters. `Debug` masks the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Basic {
    /// The user's name, without a colon.
    pub user: String,
    /// The password, which may be empty and may contain colons.
    pub password: String,
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Basic").field("user", &self.user).finish_non_exhaustive()
    }
}

/// The credentials of a request; `None` if it has none.
///
/// ```text
/// Authorization = credentials
/// credentials   = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
/// ```
///
/// Example: `b"Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"`.
///
/// # Errors
///
/// [`Rule::CredentialsMalformed`], also if the field is repeated.
pub fn of_request(head: &RequestHead) -> Result<Option<Credentials<'_>>, Violation> {
    let Some(at) = head.section().field_span("authorization") else { return Ok(None) };
    match head.only_field("authorization").map(|value| parse(value, ())) {
        Some(Ok(credentials)) => Ok(Some(credentials)),
        Some(Err(fault)) => Err(fault.violation(head.bytes())),
        None => Err(Rule::CredentialsMalformed.at(at.start())),
    }
}

/// Parses the value of Authorization or Proxy-Authorization and reports its parts: everything after the
/// scheme is secret.
pub fn parse_with(value: &[u8], watch: impl Watch) -> Option<Credentials<'_>> {
    reported(parse(value, watch), watch)
}

fn parse(value: &[u8], watch: impl Watch) -> Result<Credentials<'_>, ValueFault<'_>> {
    let mut text = ValueText::new(value, Rule::CredentialsMalformed, watch);
    let scheme = text.run(scan::is_tchar);
    let encoded = text.rest().trim_ascii_start();
    match (scheme, text.rest()) {
        ([_, ..], [b' ', ..]) => {
            watch.part(&part::AUTH_SCHEME, scheme);
            watch.part(&part::CREDENTIALS, encoded);
        }
        // A value without a scheme may be a secret as a whole.
        _ => watch.part(&part::CREDENTIALS, value),
    }
    if scheme.is_empty() || !matches!(text.rest(), [] | [b' ', ..]) {
        return Err(text.fault());
    }
    if scheme.eq_ignore_ascii_case(b"Basic") {
        return basic(encoded).map(Credentials::Basic).ok_or_else(|| {
            let bad = encoded.iter().position(|&byte| !is_base64(byte)).unwrap_or(0);
            text.fault_at(encoded.get(bad..).unwrap_or_default())
        });
    }
    if scheme.eq_ignore_ascii_case(b"Bearer") {
        return match encoded.iter().position(|&byte| !is_token68(byte)) {
            None if !encoded.is_empty() => Ok(Credentials::Bearer(encoded)),
            bad => Err(text.fault_at(encoded.get(bad.unwrap_or(0)..).unwrap_or_default())),
        };
    }
    Ok(Credentials::Other(scheme))
}

/// ```text
/// b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
/// ```
///
/// The place of "=" is not checked.
fn is_token68(byte: u8) -> bool {
    is_base64(byte) || b"-._~".contains(&byte)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}

/// ```text
/// basic-credentials = token68     (base64 of user-pass, RFC 4648 section 4)
/// user-pass         = user-id ":" password
/// ```
///
/// Example: `b"QWxhZGRpbjpvcGVuIHNlc2FtZQ=="`, which is `Aladdin:open sesame`. In UTF-8, as the [`challenge`]
/// requires (RFC 7617 section 2.1); no control characters (section 2).
fn basic(encoded: &[u8]) -> Option<Basic> {
    let decoded = Base64::decode_vec(str::from_utf8(encoded).ok()?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (user, password) = text.split_once(':')?;
    let is_clean = !text.bytes().any(|byte| byte.is_ascii_control());
    is_clean.then(|| Basic { user: user.into(), password: password.into() })
}

impl Basic {
    /// The value of Authorization or Proxy-Authorization with these credentials. `None` if they cannot be
    /// encoded: the name has a colon, or one of them a control character.
    ///
    /// ```
    /// use http_wire::credentials::Basic;
    /// let basic = Basic { user: "Aladdin".into(), password: "open sesame".into() };
    /// assert_eq!(basic.value().unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    /// ```
    pub fn value(&self) -> Option<String> {
        let text = format!("{}:{}", self.user, self.password);
        let is_clean = !self.user.contains(':') && !text.bytes().any(|byte| byte.is_ascii_control());
        is_clean.then(|| format!("Basic {}", Base64::encode_string(text.as_bytes())))
    }
}

/// Whether one of the challenges in WWW-Authenticate or Proxy-Authenticate is for the scheme Basic.
///
/// ```text
/// WWW-Authenticate = #challenge
/// ```
///
/// Example: `b"Bearer, Basic realm=\"a, b\", charset=\"UTF-8\""`. Commas separate both challenges and their
/// parameters; a parameter has no space inside.
pub fn offers_basic(fields: &Fields, name: &str) -> bool {
    let scheme = |element: &[u8]| {
        let end = memchr::memchr(b' ', element).unwrap_or(element.len());
        element.get(..end).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"Basic"))
    };
    fields.list(name).any(scheme)
}

/// The value of WWW-Authenticate for a 401 response that requests a name and a password.
///
/// ```text
/// challenge = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
/// ```
///
/// ```
/// use http_wire::credentials::challenge;
/// assert_eq!(challenge("files"), r#"Basic realm="files", charset="UTF-8""#);
/// ```
pub fn challenge(realm: &str) -> String {
    let quoted = realm.replace('\\', r"\\").replace('"', "\\\"");
    format!("Basic realm=\"{quoted}\", charset=\"UTF-8\"")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::head;

    fn request(fields: &str) -> RequestHead {
        let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        head::parse(text.as_bytes()).unwrap().unwrap().0
    }

    fn user(user: &str, password: &str) -> Option<Credentials<'static>> {
        Some(Credentials::Basic(Basic { user: user.into(), password: password.into() }))
    }

    #[test]
    fn credentials_are_those_of_rfc_7617() {
        for (fields, expected, why) in [
            ("", None, "none"),
            (
                "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n",
                user("Aladdin", "open sesame"),
                "2: its example",
            ),
            (
                "Authorization: Basic dGVzdDoxMjPCow==\r\n",
                user("test", "123\u{A3}"),
                "2.1: its example, UTF-8",
            ),
            ("authorization: BASIC YTpi\r\n", user("a", "b"), "9110 section 11.1: no case"),
            ("Authorization: Basic   YTpi\r\n", user("a", "b"), "9110 section 11.4: 1*SP"),
            ("Authorization: Basic YTo=\r\n", user("a", ""), "2: an empty password"),
            ("Authorization: Basic OmI=\r\n", user("", "b"), "2: an empty name"),
            ("Authorization: Basic YTpiOmM=\r\n", user("a", "b:c"), "2: the first colon divides"),
            (
                "Authorization: Bearer abc.def\r\n",
                Some(Credentials::Bearer(b"abc.def")),
                "RFC 6750: another scheme",
            ),
            (
                "Authorization: Digest username=\"a\", uri=\"/\"\r\n",
                Some(Credentials::Other(b"Digest")),
                "RFC 7616: another scheme",
            ),
            ("Authorization: Negotiate\r\n", Some(Credentials::Other(b"Negotiate")), "a scheme alone"),
            ("Proxy-Authorization: Basic YTpi\r\n", None, "9110 section 11.7.2: not for us"),
        ] {
            assert_eq!(of_request(&request(fields)), Ok(expected), "{fields:?}: {why}");
        }
    }

    #[test]
    fn other_credentials_are_refused() {
        for (fields, why) in [
            ("Authorization: Basic YTpi\r\nAuthorization: Basic YTpi\r\n", "9110 section 5.3: not a list"),
            ("Authorization:\r\n", "9110 section 11.4: no scheme"),
            ("Authorization: \"Basic\" YTpi\r\n", "9110 section 11.1: not a token"),
            ("Authorization: Basic\r\n", "2: nothing behind the scheme"),
            ("Authorization: Basic\tYTpi\r\n", "9110 section 11.4: SP"),
            ("Authorization: Basic YWI=\r\n", "2: no colon (ab)"),
            ("Authorization: Basic YTpi=\r\n", "RFC 4648 section 4: padding that is too much"),
            ("Authorization: Basic YTo\r\n", "RFC 4648 section 3.2: padding that is missing"),
            ("Authorization: Basic YTp\r\n", "RFC 4648 section 4: cut off"),
            ("Authorization: Basic YTp=\r\n", "RFC 4648 section 3.5: bits behind the end"),
            ("Authorization: Basic YT pi\r\n", "RFC 4648 section 3.3: a space inside"),
            ("Authorization: Basic YTpi, YTpi\r\n", "not a list"),
            ("Authorization: Basic _-8=\r\n", "RFC 4648 section 5: the other alphabet"),
            ("Authorization: Basic a:b\r\n", "not encoded"),
            ("Authorization: Basic YTpi\u{E9}\r\n", "not ASCII"),
            ("Authorization: Basic YTr/\r\n", "2.1: not UTF-8 (a:\\xFF)"),
            ("Authorization: Basic YTpiAA==\r\n", "2: a control character (a:b\\0)"),
            ("Authorization: Basic YQ06Yg==\r\n", "2: a control character (a\\r:b)"),
            ("Authorization: Basic YTp/\r\n", "2: a control character (a:\\x7F)"),
        ] {
            let head = request(fields);
            let result = of_request(&head).map_err(|violation| violation.rule);
            assert_eq!(result, Err(Rule::CredentialsMalformed), "{fields:?}: {why}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let shown = format!("{:?}", user("Aladdin", "open sesame"));
        assert!(shown.contains("Aladdin") && !shown.contains("sesame"), "{shown}");
    }

    #[test]
    fn a_realm_stays_between_its_quotes() {
        for (realm, expected, why) in [
            ("a b", r#"Basic realm="a b", charset="UTF-8""#, "2.1"),
            ("", r#"Basic realm="", charset="UTF-8""#, "2: it may be empty"),
            (r#"a"b\c"#, r#"Basic realm="a\"b\\c", charset="UTF-8""#, "9110 section 5.6.4"),
        ] {
            assert_eq!(challenge(realm), expected, "{realm}: {why}");
        }
    }

    #[test]
    fn challenges_are_identified_by_their_scheme() {
        for (fields, expected, why) in [
            (format!("WWW-Authenticate: {}\r\n", challenge("a, b")), true, "RFC 7617 section 2"),
            ("WWW-Authenticate: BASIC realm=a\r\n".into(), true, "9110 section 11.1: no case"),
            ("WWW-Authenticate: Basic\r\n".into(), true, "a scheme alone"),
            ("WWW-Authenticate: Bearer, Basic realm=\"a\"\r\n".into(), true, "several"),
            ("WWW-Authenticate: Negotiate\r\nWWW-Authenticate: Basic realm=a\r\n".into(), true, "several"),
            (
                "WWW-Authenticate: Digest realm=\"Basic x\", nonce=\"Basic\"\r\n".into(),
                false,
                "inside quotes",
            ),
            ("WWW-Authenticate: Digest Basic=a\r\n".into(), false, "a parameter"),
            ("WWW-Authenticate: Basics realm=a\r\n".into(), false, "another scheme"),
            ("Proxy-Authenticate: Basic realm=a\r\n".into(), false, "another field"),
            (String::new(), false, "none"),
        ] {
            assert_eq!(
                offers_basic(request(&fields).section(), "www-authenticate"),
                expected,
                "{fields:?}: {why}"
            );
        }
    }

    #[test]
    fn credentials_that_basic_cannot_express_are_refused() {
        for (name, password, why) in [
            ("a:b", "c", "RFC 7617 section 2: the first colon divides"),
            ("a\n", "c", "RFC 7617 section 2: a control character"),
            ("a", "b\0", "RFC 7617 section 2: a control character"),
        ] {
            let basic = Basic { user: name.into(), password: password.into() };
            assert_eq!(basic.value(), None, "{why}");
        }
    }

    proptest! {
        #[test]
        fn encoded_credentials_are_parsed_back(name in "[^:\\p{Cc}]{0,20}", password in "\\P{Cc}{0,20}") {
            let value = Basic { user: name.clone(), password: password.clone() }.value().unwrap();
            let head = request(&format!("Authorization: {value}\r\n"));
            prop_assert_eq!(of_request(&head), Ok(user(&name, &password)));
        }
    }
}
