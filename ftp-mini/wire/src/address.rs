//! Addresses of data connections: `h1,h2,h3,h4,p1,p2` of PORT and 227, `|1|address|port|` of EPRT, and
//! `(|||port|)` of 229.
//!
//! Whether an address may be used (the peer's own, not below 1024) is the session's to decide.
//! [RFC 959](https://www.rfc-editor.org/rfc/rfc959) section 5.3.2, RFC 1123 section 4.1.2.6,
//! [RFC 2428](https://www.rfc-editor.org/rfc/rfc2428).

use core::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};

use nom::bytes::complete::{tag, take, take_till1, take_while_m_n};
use nom::character::complete::{char, u8 as octet, u16 as tcp_port};
use nom::combinator::{map, verify};
use nom::multi::count;
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use super::reply::Text;
use super::whole;

/// The two network protocols that FTP names (RFC 2428 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `1`, four bytes.
    V4,
    /// `2`, sixteen bytes.
    V6,
}

impl Family {
    /// The family with this number, `b"1"` or `b"2"`.
    pub(super) fn numbered(number: &[u8]) -> Option<Self> {
        match number {
            b"1" => Some(Self::V4),
            b"2" => Some(Self::V6),
            _ => None,
        }
    }

    /// The family of `address`.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }
}

/// Why an EPRT argument is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// It is not an address, or the address is not of its family: 501.
    #[error("not an extended address")]
    Syntax,
    /// It names a protocol other than 1 and 2: 522.
    #[error("unknown network protocol")]
    Family,
}

/// The address of PORT.
///
/// ```text
/// host-port = h1 "," h2 "," h3 "," h4 "," p1 "," p2        127,0,0,1,195,80
/// ```
#[must_use]
pub fn parse(argument: &[u8]) -> Option<SocketAddrV4> {
    whole(host_port, argument)
}

/// The address within the text of a 227 reply, which may stand in parentheses or not (RFC 1123 section
/// 4.1.2.6): `Entering Passive Mode (127,0,0,1,195,80).`
#[must_use]
pub fn find(text: &[u8]) -> Option<SocketAddrV4> {
    let mut rest = text;
    let mut inside_number = false;
    while let Some((first, tail)) = rest.split_first() {
        if !inside_number && let Ok((_, address)) = host_port(rest) {
            return Some(address);
        }
        inside_number = first.is_ascii_digit();
        rest = tail;
    }
    None
}

fn host_port(input: &[u8]) -> IResult<&[u8], SocketAddrV4> {
    let comma = || char(',');
    let address = (octet, comma(), octet, comma(), octet, comma(), octet, comma(), octet, comma(), octet);
    map(address, |(a, _, b, _, c, _, d, _, high, _, low)| {
        SocketAddrV4::new(Ipv4Addr::new(a, b, c, d), u16::from_be_bytes([high, low]))
    })
    .parse(input)
}

/// `127,0,0,1,195,80`, for PORT and 227.
#[must_use]
pub fn host_port_text(address: SocketAddrV4) -> String {
    let [a, b, c, d] = address.ip().octets();
    let [high, low] = address.port().to_be_bytes();
    format!("{a},{b},{c},{d},{high},{low}")
}

/// The address of EPRT. Any character from 33 to 126 may be the delimiter.
///
/// ```text
/// EPRT<space><d><net-prt><d><net-addr><d><tcp-port><d>     |1|132.235.1.2|6275|
/// ```
///
/// # Errors
///
/// [`Rule::Family`] for a protocol that is not 1 or 2, whatever its addresses look like, else
/// [`Rule::Syntax`].
pub fn parse_extended(argument: &[u8]) -> Result<SocketAddr, Rule> {
    let [family, host, port] = whole(extended, argument).ok_or(Rule::Syntax)?;
    if !family.iter().all(u8::is_ascii_digit) {
        return Err(Rule::Syntax);
    }
    let family = Family::numbered(family).ok_or(Rule::Family)?;
    let host = core::str::from_utf8(host).map_err(|_| Rule::Syntax)?;
    let ip = match family {
        Family::V4 => host.parse().map(IpAddr::V4),
        Family::V6 => host.parse().map(IpAddr::V6),
    };
    let port = whole(tcp_port, port).ok_or(Rule::Syntax)?;
    ip.map(|ip| SocketAddr::new(ip, port)).map_err(|_| Rule::Syntax)
}

/// Family, address and port, as they stand between the delimiters.
fn extended(input: &[u8]) -> IResult<&[u8], [&[u8]; 3]> {
    let (input, delimiter) = delimiter(input)?;
    let field = || terminated(take_till1(move |byte| byte == delimiter), take(1usize));
    map((field(), field(), field()), |(family, host, port)| [family, host, port]).parse(input)
}

fn delimiter(input: &[u8]) -> IResult<&[u8], u8> {
    let (rest, delimiter) = take_while_m_n(1, 1, |byte: u8| byte.is_ascii_graphic()).parse(input)?;
    Ok((rest, delimiter.first().copied().unwrap_or(b'|')))
}

/// `|1|132.235.1.2|6275|`, for EPRT.
#[must_use]
pub fn extended_text(address: SocketAddr) -> String {
    let family = if address.is_ipv4() { 1 } else { 2 };
    format!("|{family}|{}|{}|", address.ip(), address.port())
}

/// The port within the text of a 229 reply: `Entering Extended Passive Mode (|||6446|)`. Any delimiter.
///
/// ```text
/// "(" <d><d><d><tcp-port><d> ")"
/// ```
#[must_use]
pub fn find_extended_port(text: &[u8]) -> Option<u16> {
    memchr::memchr_iter(b'(', text).find_map(|open| {
        let (_, port) = extended_port(text.get(open..)?).ok()?;
        Some(port)
    })
}

fn extended_port(input: &[u8]) -> IResult<&[u8], u16> {
    let (input, delimiter) = preceded(char('('), delimiter).parse(input)?;
    let same = || verify(nom::number::complete::u8, move |&byte| byte == delimiter);
    terminated(preceded(count(same(), 2), tcp_port), (same(), tag(")"))).parse(input)
}

/// `(|||6446|)`, for 229.
#[must_use]
pub fn extended_port_text(port: u16) -> String {
    format!("(|||{port}|)")
}

/// The text of a 227 reply. The parentheses are what old clients search for.
#[must_use]
pub fn passive_text(address: SocketAddrV4) -> Text {
    format!("Entering Passive Mode ({}).", host_port_text(address)).into()
}

/// The text of a 229 reply.
#[must_use]
pub fn extended_passive_text(port: u16) -> Text {
    format!("Entering Extended Passive Mode {}", extended_port_text(port)).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn port_follows_rfc_959_section_5_3_2() {
        let address = Some(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 50_000));
        for (input, expected, why) in [
            (&b"127,0,0,1,195,80"[..], address, "six numbers"),
            (b"127,000,0,01,195,080", address, "leading zeros mean nothing"),
            (b"127,0,0,1,195", None, "five"),
            (b"127,0,0,1,195,80,1", None, "seven"),
            (b"127,0,0,256,195,80", None, "a number above 255"),
            (b"127,0,0,1,195,-80", None, "a sign"),
            (b"127, 0,0,1,195,80", None, "a space"),
            (b"127.0.0.1,195,80", None, "dots"),
            (b"", None, "nothing"),
        ] {
            assert_eq!(parse(input), expected, "{why}");
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
            (b"|3|132.235.1.2|6275|", Err(Rule::Family), "a protocol nobody has: 522"),
            (b"|3|anything|6275|", Err(Rule::Family), "whose addresses we cannot judge"),
            (b"|2|132.235.1.2|6275|", Err(Rule::Syntax), "the other family's address"),
            (b"|1|132.235.1.2|65536|", Err(Rule::Syntax), "no port"),
            (b"|1|132.235.1.2|+75|", Err(Rule::Syntax), "digits only"),
            (b"|1|132.235.1.2|6275", Err(Rule::Syntax), "the last delimiter is missing"),
            (b"|1|132.235.1.2|6275||", Err(Rule::Syntax), "one too many"),
            (b" 1 132.235.1.2 6275 ", Err(Rule::Syntax), "32 is no delimiter"),
            (b"|2|fe80::1%eth0|6275|", Err(Rule::Syntax), "zones are local to a host"),
            (b"", Err(Rule::Syntax), "nothing"),
        ] {
            assert_eq!(parse_extended(input), expected, "{why}");
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
        fn addresses_are_read_as_they_were_written(ip: IpAddr, port: u16) {
            let address = SocketAddr::new(ip, port);
            prop_assert_eq!(parse_extended(extended_text(address).as_bytes()), Ok(address));
            let text = Vec::from(extended_passive_text(port));
            prop_assert_eq!(find_extended_port(&text), Some(port));
            if let SocketAddr::V4(address) = address {
                prop_assert_eq!(parse(host_port_text(address).as_bytes()), Some(address));
                prop_assert_eq!(find(&Vec::from(passive_text(address))), Some(address));
            }
        }

        #[test]
        fn no_input_panics(input: Vec<u8>) {
            let _ = (parse(&input), find(&input), parse_extended(&input), find_extended_port(&input));
        }
    }
}
