//! Arguments of OPTS, HOST and LANG, which negotiate options. [RFC
//! 2389](https://www.rfc-editor.org/rfc/rfc2389) section 4, [RFC
//! 7151](https://www.rfc-editor.org/rfc/rfc7151) section 3, [RFC
//! 2640](https://www.rfc-editor.org/rfc/rfc2640) section 4.

use core::net::{Ipv4Addr, Ipv6Addr};

use syntax::watch::Watch;

use super::argument::{end, word};
use super::integrity::Algorithm;
use crate::facts::FactSet;
use crate::failure::ParseFailure;
use crate::part;
use crate::rule::Rule;

/// OPTS: options of another command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opts {
    /// `UTF8 ON`, `UTF8`, `UTF8 OFF`. Windows Explorer expects 200 for the first.
    Utf8(bool),
    /// `MLST type;size;`
    Mlst(FactSet),
    /// `HASH`, which queries the algorithm, or `HASH SHA-256`.
    Hash(Option<Algorithm>),
    /// `MODE Z LEVEL 6`, from 0 to 9.
    DeflateLevel(u8),
}

/// An unknown option is answered with 501 (RFC 2389 section 4).
///
/// ```text
/// opts = "OPTS" SP command-name [SP command-options]
/// ```
pub(super) fn opts(argument: &[u8], watch: impl Watch) -> Result<Opts, ParseFailure<'_>> {
    let (command, options) = word(argument);
    watch.part(&part::OPTION_COMMAND, command);
    let options = options.unwrap_or(end(argument));
    let opts = match command.to_ascii_uppercase().as_slice() {
        b"UTF8" | b"UTF-8" => utf8(options),
        b"MLST" => FactSet::parse_with(options).map(Opts::Mlst),
        b"HASH" if options.is_empty() => Ok(Opts::Hash(None)),
        b"HASH" => match Algorithm::named(options) {
            Some(algorithm) => Ok(Opts::Hash(Some(algorithm))),
            None => Err(ParseFailure::new(Rule::AlgorithmUnknown, options)),
        },
        b"MODE" => deflate_level(options),
        _ => Err(ParseFailure::new(Rule::OptionUnknown, command)),
    };
    watch.part(&part::OPTION_VALUE, options);
    opts
}

/// draft-ietf-ftpext-utf-8-option had `NLST` instead of `ON`.
fn utf8(options: &[u8]) -> Result<Opts, ParseFailure<'_>> {
    match options.to_ascii_uppercase().as_slice() {
        b"ON" | b"" | b"NLST" => Ok(Opts::Utf8(true)),
        b"OFF" => Ok(Opts::Utf8(false)),
        _ => Err(ParseFailure::new(Rule::OptionValue, options)),
    }
}

fn deflate_level(options: &[u8]) -> Result<Opts, ParseFailure<'_>> {
    match options.to_ascii_uppercase().as_slice() {
        [b'Z', b' ', b'L', b'E', b'V', b'E', b'L', b' ', level @ b'0'..=b'9'] => {
            Ok(Opts::DeflateLevel(level - b'0'))
        }
        _ => Err(ParseFailure::new(Rule::OptionValue, options)),
    }
}

/// The host name that the client connected to, in lower case; addresses are unchanged.
///
/// ```text
/// host     = "HOST" SP hostname          ftp.example.com    127.0.0.1    [2001:db8::1]
/// hostname = domain / IPv4address / "[" IPv6address "]"
/// ```
pub(super) fn host(argument: &[u8], watch: impl Watch) -> Result<String, ParseFailure<'_>> {
    let broken = ParseFailure::new(Rule::HostName, argument);
    let name = core::str::from_utf8(argument).map_err(|_| broken)?.to_ascii_lowercase();
    let literal = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let sound = match literal {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => name.parse::<Ipv4Addr>().is_ok() || is_domain(&name),
    };
    watch.part(&part::HOSTNAME, argument);
    if sound { Ok(name) } else { Err(broken) }
}

/// RFC 7151 section 3.1, lengths as in RFC 1035 section 2.3.4.
fn is_domain(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253
        && name.split('.').all(is_label)
        && name.contains(|byte: char| byte.is_ascii_alphabetic())
}

/// A language tag.
///
/// ```text
/// lang-tag = 1*8ALPHA *( "-" 1*8(ALPHA / DIGIT) )       en   de-CH
/// ```
pub(super) fn language(argument: &[u8], watch: impl Watch) -> Result<String, ParseFailure<'_>> {
    let broken = ParseFailure::new(Rule::LanguageTag, argument);
    let tag = core::str::from_utf8(argument).map_err(|_| broken)?;
    let is_subtag =
        |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let primary = tag.split('-').next().unwrap_or_default();
    let sound = primary.bytes().all(|byte| byte.is_ascii_alphabetic()) && tag.split('-').all(is_subtag);
    watch.part(&part::LANG_TAG, argument);
    if sound { Ok(tag.to_owned()) } else { Err(broken) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opts_follow_rfc_2389_section_4() {
        for (argument, expected, why) in [
            (&b"UTF8 ON"[..], Ok(Opts::Utf8(true)), "Windows Explorer"),
            (b"utf8 on", Ok(Opts::Utf8(true)), "in any case"),
            (b"UTF8", Ok(Opts::Utf8(true)), "without a value"),
            (b"UTF-8 NLST", Ok(Opts::Utf8(true)), "the draft's form"),
            (b"UTF8 OFF", Ok(Opts::Utf8(false)), "off"),
            (b"UTF8 PERHAPS", Err(Rule::OptionValue), "no value"),
            (b"MLST", Ok(Opts::Mlst(FactSet::NONE)), "RFC 3659 section 7.9: no facts"),
            (b"MLST type;modify;", Ok(Opts::Mlst(FactSet::parse(b"type;modify;").unwrap())), "two"),
            (b"MLST type", Err(Rule::OptionValue), "each ends in ;"),
            (b"HASH", Ok(Opts::Hash(None)), "asks"),
            (b"HASH sha-256", Ok(Opts::Hash(Some(Algorithm::Sha256))), "selects"),
            (b"HASH SHA-3", Err(Rule::AlgorithmUnknown), "not here"),
            (b"MODE Z LEVEL 6", Ok(Opts::DeflateLevel(6)), "draft-preston-ftpext-deflate"),
            (b"MODE Z LEVEL 10", Err(Rule::OptionValue), "no level"),
            (b"RETR fast", Err(Rule::OptionUnknown), "no options"),
        ] {
            assert_eq!(opts(argument, ()).map_err(|failure| failure.rule), expected, "{why}");
        }
    }

    #[test]
    fn hosts_follow_rfc_7151_section_3_1() {
        let long = ["a"; 128].join(".");
        for (argument, expected, why) in [
            ("ftp.example.com", Ok("ftp.example.com"), "a name"),
            ("FTP.Example.COM", Ok("ftp.example.com"), "in any case"),
            ("localhost", Ok("localhost"), "one label"),
            ("192.0.2.1", Ok("192.0.2.1"), "an IPv4 address"),
            ("[2001:DB8::1]", Ok("[2001:db8::1]"), "an IPv6 address in brackets"),
            ("2001:db8::1", Err(Rule::HostName), "and not without"),
            ("192.0.2.256", Err(Rule::HostName), "no address"),
            ("[192.0.2.1]", Err(Rule::HostName), "the other family"),
            ("ftp..com", Err(Rule::HostName), "an empty label"),
            ("-ftp.com", Err(Rule::HostName), "a dash in front"),
            ("ftp.example.com:21", Err(Rule::HostName), "no port"),
            ("ftp/../etc", Err(Rule::HostName), "no path"),
            (long.as_str(), Err(Rule::HostName), "longer than 253"),
        ] {
            let name = host(argument.as_bytes(), ());
            assert_eq!(name.as_deref().map_err(|failure| failure.rule), expected, "{why}");
        }
    }

    #[test]
    fn languages_follow_rfc_2640_section_4() {
        for (argument, expected) in [
            ("en", true),
            ("de-CH", true),
            ("i-klingon-1", true),
            ("en-", false),
            ("1-en", false),
            ("abcdefghi", false),
            ("en_US", false),
        ] {
            assert_eq!(language(argument.as_bytes(), ()).is_ok(), expected, "{argument}");
        }
    }
}
