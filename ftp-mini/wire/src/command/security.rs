//! AUTH and PROT for TLS. [RFC 2228](https://www.rfc-editor.org/rfc/rfc2228) section 3, [RFC
//! 4217](https://www.rfc-editor.org/rfc/rfc4217).

use syntax::watch::Watch;

use super::argument::one_of;
use crate::failure::ParseFailure;
use crate::part;
use crate::rule::Rule;

/// AUTH: the security mechanism of the control connection (RFC 4217 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// `TLS`, `TLS-C`: data connections are unencrypted until PROT P.
    Tls,
    /// `SSL`, `TLS-P`: PBSZ 0 and PROT P are implied.
    TlsWithData,
}

/// PROT: the protection of data connections (RFC 4217 section 9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protection {
    /// `C`.
    #[default]
    Clear,
    /// `P`: TLS.
    Private,
}

/// An unknown mechanism is answered with 504 (RFC 2228 section 3).
pub(super) fn mechanism(word: &[u8], watch: impl Watch) -> Result<Mechanism, ParseFailure<'_>> {
    const VALUES: &[(&str, Result<Mechanism, Rule>)] = &[
        ("TLS", Ok(Mechanism::Tls)),
        ("TLS-C", Ok(Mechanism::Tls)),
        ("SSL", Ok(Mechanism::TlsWithData)),
        ("TLS-P", Ok(Mechanism::TlsWithData)),
    ];
    one_of(VALUES, Rule::MechanismUnknown, &part::MECHANISM, word, watch)
}

/// Safe and Confidential are answered with 536, unknown levels with 504 (RFC 2228 section 3).
pub(super) fn protection(word: &[u8], watch: impl Watch) -> Result<Protection, ParseFailure<'_>> {
    const VALUES: &[(&str, Result<Protection, Rule>)] = &[
        ("C", Ok(Protection::Clear)),
        ("P", Ok(Protection::Private)),
        ("S", Err(Rule::ProtectionUnsupported)),
        ("E", Err(Rule::ProtectionUnsupported)),
    ];
    one_of(VALUES, Rule::ProtectionUnknown, &part::PROTECTION, word, watch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_and_prot_follow_rfc_4217() {
        for (argument, expected) in [
            (&b"TLS"[..], Ok(Mechanism::Tls)),
            (b"tls-c", Ok(Mechanism::Tls)),
            (b"SSL", Ok(Mechanism::TlsWithData)),
            (b"TLS-P", Ok(Mechanism::TlsWithData)),
            (b"GSSAPI", Err(Rule::MechanismUnknown)),
        ] {
            assert_eq!(
                mechanism(argument, ()).map_err(|failure| failure.rule),
                expected,
                "{}",
                argument.escape_ascii()
            );
        }
        for (argument, expected) in [
            (&b"C"[..], Ok(Protection::Clear)),
            (b"p", Ok(Protection::Private)),
            (b"S", Err(Rule::ProtectionUnsupported)),
            (b"E", Err(Rule::ProtectionUnsupported)),
            (b"X", Err(Rule::ProtectionUnknown)),
        ] {
            assert_eq!(
                protection(argument, ()).map_err(|failure| failure.rule),
                expected,
                "{}",
                argument.escape_ascii()
            );
        }
    }
}
