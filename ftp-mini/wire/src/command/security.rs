//! AUTH and PROT, as they are used for TLS.
//! [RFC 2228](https://www.rfc-editor.org/rfc/rfc2228) section 3,
//! [RFC 4217](https://www.rfc-editor.org/rfc/rfc4217).

use super::Fault;

/// AUTH: what secures the control connection (RFC 4217 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// `TLS`, `TLS-C`: data connections stay in clear until PROT P.
    Tls,
    /// `SSL`, `TLS-P`: PBSZ 0 and PROT P are implied.
    TlsWithData,
}

/// PROT: what secures data connections (RFC 4217 section 9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protection {
    /// `C`.
    #[default]
    Clear,
    /// `P`: TLS.
    Private,
}

/// A mechanism that is not known is 504 (RFC 2228 section 3).
pub(super) fn mechanism(word: &[u8]) -> Result<Mechanism, Fault> {
    match word.to_ascii_uppercase().as_slice() {
        b"TLS" | b"TLS-C" => Ok(Mechanism::Tls),
        b"SSL" | b"TLS-P" => Ok(Mechanism::TlsWithData),
        _ => Err(Fault::Parameter),
    }
}

/// Safe and Confidential are 536, what is no level is 504 (RFC 2228 section 3).
pub(super) fn protection(word: &[u8]) -> Result<Protection, Fault> {
    match word {
        b"C" | b"c" => Ok(Protection::Clear),
        b"P" | b"p" => Ok(Protection::Private),
        b"S" | b"s" | b"E" | b"e" => Err(Fault::Protection),
        _ => Err(Fault::Parameter),
    }
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
            (b"GSSAPI", Err(Fault::Parameter)),
        ] {
            assert_eq!(mechanism(argument), expected, "{}", argument.escape_ascii());
        }
        for (argument, expected) in [
            (&b"C"[..], Ok(Protection::Clear)),
            (b"p", Ok(Protection::Private)),
            (b"S", Err(Fault::Protection)),
            (b"E", Err(Fault::Protection)),
            (b"X", Err(Fault::Parameter)),
        ] {
            assert_eq!(protection(argument), expected, "{}", argument.escape_ascii());
        }
    }
}
