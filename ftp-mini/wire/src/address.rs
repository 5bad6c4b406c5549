//! Addresses of data connections: `h1,h2,h3,h4,p1,p2` of PORT and 227, `|1|address|port|` of EPRT, and
//! `(|||port|)` of 229.
//!
//! The session decides whether an address may be used (the peer's own, not below 1024). [RFC
//! 959](https://www.rfc-editor.org/rfc/rfc959) section 5.3.2, RFC 1123 section 4.1.2.6, [RFC
//! 2428](https://www.rfc-editor.org/rfc/rfc2428).

use core::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};

use nom::Parser;
use nom::bytes::complete::{tag, take_till};
use nom::character::complete::{u8 as octet, u16 as tcp_port};
use nom::combinator::verify;
use nom::sequence::{delimited, preceded, terminated};
use syntax::watch::Watch;

use super::failure::{ParseFailure, Parsed, attempt, breaks, part, prefix, shown, whole};
use super::part;
use super::reply::ReplyText;
use super::rule::Rule;

/// The network protocols of RFC 2428 section 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `1`, four bytes.
    V4,
    /// `2`, sixteen bytes.
    V6,
}

impl Family {
    /// The family of `address`.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }
}

/// The family with this number. An unknown one is answered with 522.
pub(super) fn family(number: &[u8], watch: impl Watch) -> Result<Family, ParseFailure<'_>> {
    if number.is_empty() || !number.iter().all(u8::is_ascii_digit) {
        return Err(ParseFailure::new(Rule::EprtFamily, number));
    }
    let (family, name) = match number {
        b"1" => (Family::V4, "IPv4"),
        b"2" => (Family::V6, "IPv6"),
        _ => return Err(ParseFailure::new(Rule::FamilyUnknown, number)),
    };
    watch.value(&part::NET_PRT, number, format_args!("{name}"));
    Ok(family)
}

/// Parses the address of PORT.
///
/// ```text
/// host-port = h1 "," h2 "," h3 "," h4 "," p1 "," p2        127,0,0,1,195,80
/// ```
pub(super) fn port(argument: &[u8], watch: impl Watch) -> Result<SocketAddrV4, ParseFailure<'_>> {
    whole(host_port(watch), argument)
}

/// Finds the address in the text of a 227 reply, with or without parentheses (RFC 1123 section
/// 4.1.2.6): `Entering Passive Mode (127,0,0,1,195,80).`
#[must_use]
pub fn find(text: &[u8]) -> Option<SocketAddrV4> {
    find_with(text, ()).ok()
}

/// Like [`find`], and reports the address.
pub(super) fn find_with(text: &[u8], watch: impl Watch) -> Result<SocketAddrV4, ParseFailure<'_>> {
    let mut broken = ParseFailure::new(Rule::PassiveAddress, text);
    let mut rest = text;
    let mut inside_number = false;
    while let Some((first, tail)) = rest.split_first() {
        if first.is_ascii_digit() && !inside_number {
            match prefix(attempt(watch, host_port(watch)), rest) {
                Ok((_, address)) => return Ok(address),
                Err(failure) => broken = broken.farthest(ParseFailure { rule: broken.rule, ..failure }),
            }
        }
        inside_number = first.is_ascii_digit();
        rest = tail;
    }
    Err(broken)
}

fn host_port<'a>(
    watch: impl Watch,
) -> impl Parser<&'a [u8], Output = SocketAddrV4, Error = ParseFailure<'a>> {
    let octet = || breaks(Rule::PortOctet, octet);
    let comma = || breaks(Rule::PortComma, tag(","));
    let host = (octet(), comma(), octet(), comma(), octet(), comma(), octet());
    let host = host.map(|(a, _, b, _, c, _, d)| Ipv4Addr::new(a, b, c, d));
    let port = (octet(), comma(), octet()).map(|(high, _, low)| u16::from_be_bytes([high, low]));
    let parts = (shown(watch, &part::HOST_NUMBER, host), comma(), shown(watch, &part::PORT_NUMBER, port));
    shown(watch, &part::HOST_PORT, parts.map(|(host, _, port)| SocketAddrV4::new(host, port)))
}

/// `127,0,0,1,195,80`, for PORT and 227.
#[must_use]
pub fn host_port_text(address: SocketAddrV4) -> String {
    let [a, b, c, d] = address.ip().octets();
    let [high, low] = address.port().to_be_bytes();
    format!("{a},{b},{c},{d},{high},{low}")
}

/// Parses the address of EPRT. Any character from 33 to 126 may be the delimiter. A protocol other than 1 or
/// 2 breaks [`Rule::FamilyUnknown`], regardless of its address.
///
/// ```text
/// EPRT<space><d><net-prt><d><net-addr><d><tcp-port><d>     |1|132.235.1.2|6275|
/// ```
pub(super) fn extended_port(argument: &[u8], watch: impl Watch) -> Result<SocketAddr, ParseFailure<'_>> {
    let (rest, delimiter) = prefix(delimiter(watch), argument)?;
    let field = || terminated(take_till(move |byte| byte == delimiter), same(delimiter, watch));
    let (rest, number) = prefix(field(), rest)?;
    let family = family(number, watch)?;
    let (rest, host) = prefix(field(), rest)?;
    let ip = address(family, host).ok_or(ParseFailure::new(Rule::EprtAddress, host))?;
    watch.part(&part::NET_ADDR, host);
    let port = whole(terminated(tcp_port_of(watch), same(delimiter, watch)), rest)?;
    Ok(SocketAddr::new(ip, port))
}

fn address(family: Family, host: &[u8]) -> Option<IpAddr> {
    let host = core::str::from_utf8(host).ok()?;
    match family {
        Family::V4 => host.parse().map(IpAddr::V4),
        Family::V6 => host.parse().map(IpAddr::V6),
    }
    .ok()
}

fn tcp_port_of<'a>(watch: impl Watch) -> impl Parser<&'a [u8], Output = u16, Error = ParseFailure<'a>> {
    part(watch, &part::TCP_PORT, breaks(Rule::EprtPort, tcp_port))
}

fn delimiter<'a>(watch: impl Watch) -> impl Parser<&'a [u8], Output = u8, Error = ParseFailure<'a>> {
    let delimiter = verify(nom::number::complete::u8, u8::is_ascii_graphic);
    part(watch, &part::DELIMITER, breaks(Rule::EprtDelimiter, delimiter))
}

/// The same delimiter.
fn same<'a>(
    delimiter: u8,
    watch: impl Watch,
) -> impl Parser<&'a [u8], Output = u8, Error = ParseFailure<'a>> {
    let same = verify(nom::number::complete::u8, move |byte| *byte == delimiter);
    part(watch, &part::DELIMITER, breaks(Rule::EprtDelimiter, same))
}

/// `|1|132.235.1.2|6275|`, for EPRT.
#[must_use]
pub fn extended_text(address: SocketAddr) -> String {
    let family = if address.is_ipv4() { 1 } else { 2 };
    format!("|{family}|{}|{}|", address.ip(), address.port())
}

/// Finds the port in the text of a 229 reply: `Entering Extended Passive Mode (|||6446|)`. Any delimiter.
///
/// ```text
/// "(" <d><d><d><tcp-port><d> ")"
/// ```
#[must_use]
pub fn find_extended_port(text: &[u8]) -> Option<u16> {
    find_extended_port_with(text, ()).ok()
}

/// Like [`find_extended_port`], and reports the port.
pub(super) fn find_extended_port_with(text: &[u8], watch: impl Watch) -> Result<u16, ParseFailure<'_>> {
    let mut broken = ParseFailure::new(Rule::ExtendedPort, text);
    for open in memchr::memchr_iter(b'(', text) {
        let rest = text.get(open..).unwrap_or_default();
        match prefix(attempt(watch, |input| extended_port_of(input, watch)), rest) {
            Ok((_, port)) => return Ok(port),
            Err(failure) => broken = broken.farthest(ParseFailure { rule: broken.rule, ..failure }),
        }
    }
    Err(broken)
}

fn extended_port_of(input: &[u8], watch: impl Watch) -> Parsed<'_, u16> {
    let (input, delimiter) = preceded(tag("("), delimiter(watch)).parse(input)?;
    let same = || same(delimiter, watch);
    delimited((same(), same()), tcp_port_of(watch), (same(), tag(")"))).parse(input)
}

/// `(|||6446|)`, for 229.
#[must_use]
pub fn extended_port_text(port: u16) -> String {
    format!("(|||{port}|)")
}

/// The text of a 227 reply. Old clients search for the parentheses.
#[must_use]
pub fn passive_text(address: SocketAddrV4) -> ReplyText {
    format!("Entering Passive Mode ({}).", host_port_text(address)).into()
}

/// The text of a 229 reply.
#[must_use]
pub fn extended_passive_text(port: u16) -> ReplyText {
    format!("Entering Extended Passive Mode {}", extended_port_text(port)).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn port_follows_rfc_959_section_5_3_2() {
        let address = Ok(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 50_000));
        for (input, expected, why) in [
            (&b"127,0,0,1,195,80"[..], address, "six numbers"),
            (b"127,000,0,01,195,080", address, "leading zeros mean nothing"),
            (b"127,0,0,1,195", Err((Rule::PortComma, 13)), "five"),
            (b"127,0,0,1,195,80,1", Err((Rule::ArgumentTrailing, 16)), "seven"),
            (b"127,0,0,256,195,80", Err((Rule::PortOctet, 8)), "a number above 255"),
            (b"127,0,0,1,195,-80", Err((Rule::PortOctet, 14)), "a sign"),
            (b"127, 0,0,1,195,80", Err((Rule::PortOctet, 4)), "a space"),
            (b"127,0.0,1,195,80", Err((Rule::PortComma, 5)), "a dot"),
            (b"127.0.0.1,195,80", Err((Rule::PortComma, 3)), "dots"),
            (b"", Err((Rule::PortOctet, 0)), "nothing"),
        ] {
            let read = port(input, ()).map_err(|failure| (failure.rule, input.len() - failure.rest.len()));
            assert_eq!(read, expected, "{why}");
        }
    }

    #[test]
    fn a_227_is_understood_with_and_without_parentheses() {
        let address = Some(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 50_000));
        for (input, expected, why) in [
            (&b"Entering Passive Mode (127,0,0,1,195,80)."[..], address, "RFC 959 section 4.2.2"),
            (b"Entering Passive Mode 127,0,0,1,195,80", address, "RFC 1123 section 4.1.2.6"),
            (b"=127,0,0,1,195,80", address, "an old server"),
            (b"Try 2: (127,0,0,1,195,80)", address, "a number before"),
            (b"(1127,0,0,1,195,80)", None, "a number is not cut in two"),
            (b"Entering Passive Mode", None, "no address"),
        ] {
            assert_eq!(find(input), expected, "{why}");
        }
    }

    #[test]
    fn eprt_follows_rfc_2428_section_2() {
        let v4 = Ok("132.235.1.2:6275".parse().unwrap());
        let v6 = Ok("[1080::8:800:200C:417A]:5282".parse().unwrap());
        for (input, expected, why) in [
            (&b"|1|132.235.1.2|6275|"[..], v4, "the RFC's example"),
            (b"|2|1080::8:800:200C:417A|5282|", v6, "the RFC's other example"),
            (b"!1!132.235.1.2!6275!", v4, "any delimiter from 33"),
            (b"~1~132.235.1.2~6275~", v4, "to 126"),
            (b"|3|132.235.1.2|6275|", Err(Rule::FamilyUnknown), "an unknown protocol: 522"),
            (b"|3|anything|6275|", Err(Rule::FamilyUnknown), "whose address has an unknown form"),
            (b"|2|132.235.1.2|6275|", Err(Rule::EprtAddress), "the other family's address"),
            (b"|1|132.235.1.2|65536|", Err(Rule::EprtPort), "no port"),
            (b"|1|132.235.1.2|+75|", Err(Rule::EprtPort), "digits only"),
            (b"|1|132.235.1.2|6275", Err(Rule::EprtDelimiter), "the last delimiter is missing"),
            (b"|1|132.235.1.2|6275||", Err(Rule::ArgumentTrailing), "one too many"),
            (b" 1 132.235.1.2 6275 ", Err(Rule::EprtDelimiter), "32 is no delimiter"),
            (b"|2|fe80::1%eth0|6275|", Err(Rule::EprtAddress), "zones are local to a host"),
            (b"||132.235.1.2|6275|", Err(Rule::EprtFamily), "no family"),
            (b"", Err(Rule::EprtDelimiter), "nothing"),
        ] {
            let read = extended_port(input, ());
            assert_eq!(read.map_err(|failure| failure.rule), expected, "{why}");
        }
    }

    #[test]
    fn a_229_follows_rfc_2428_section_3() {
        for (input, expected, why) in [
            (&b"Entering Extended Passive Mode (|||6446|)"[..], Some(6446), "the RFC's example"),
            (b"Entering (really) (!!!6446!)", Some(6446), "another delimiter, other parentheses"),
            (b"(|||6446)", None, "the last delimiter is missing"),
            (b"(||!6446|)", None, "mixed delimiters"),
            (b"(|||65536|)", None, "no port"),
        ] {
            assert_eq!(find_extended_port(input), expected, "{why}");
        }
    }

    proptest! {
        #[test]
        fn addresses_are_read_as_they_were_written(ip: IpAddr, number: u16) {
            let address = SocketAddr::new(ip, number);
            let text = extended_text(address);
            prop_assert_eq!(extended_port(text.as_bytes(), ()), Ok(address));
            let text = Vec::from(extended_passive_text(number));
            prop_assert_eq!(find_extended_port(&text), Some(number));
            if let SocketAddr::V4(address) = address {
                let text = host_port_text(address);
                prop_assert_eq!(port(text.as_bytes(), ()), Ok(address));
                prop_assert_eq!(find(&Vec::from(passive_text(address))), Some(address));
            }
        }

        #[test]
        fn no_input_panics(input: Vec<u8>) {
            let _ = (port(&input, ()), find(&input), extended_port(&input, ()), find_extended_port(&input));
        }
    }
}
