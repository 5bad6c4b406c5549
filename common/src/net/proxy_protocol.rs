//! The PROXY protocol, versions 1 and 2: a header before the first byte of a connection, in which a proxy states the
//! addresses of its client
//! ([specification](https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt), sections 2.1 and 2.2). This module
//! parses bytes; the caller decides whose header it reads.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use syntax::decimal;

/// Bytes of a header, with the extensions of version 2, which are skipped. The addresses need at most 107 bytes.
pub(crate) const MAX_LENGTH: usize = 4_096;
/// The longest line of version 1, with its CRLF.
const MAX_LINE: usize = 107;
/// The start of a header of version 2.
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// The signature, the version and command, the address family, and the length of the rest.
const FIXED: usize = SIGNATURE.len() + 4;

/// A parsed header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// The connection is the proxy's own, such as a health check, or its client has no IP address: the addresses of the
    /// connection apply.
    Local,
    /// The connection belongs to a client.
    Proxied {
        /// The address of the client.
        client: SocketAddr,
        /// The address to which the client connected.
        server: SocketAddr,
    },
}

/// Why bytes are not a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// They begin with neither `PROXY ` nor the signature of version 2.
    #[error("there is no PROXY header")]
    Missing,
    /// The line of version 1 is malformed or longer than 107 bytes.
    #[error("the line of the PROXY header is malformed")]
    Line,
    /// The binary header has another version than 2, or an unknown command.
    #[error("the PROXY header has an unknown version or command")]
    Version,
    /// The addresses of the binary header are incomplete, or it is longer than 4,096 bytes.
    #[error("the length of the PROXY header is wrong")]
    Length,
}

/// Parses a header at the start of the input. Returns it with its length in bytes; `None` if more bytes are needed.
///
/// ```text
/// b"PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n"
/// b"\r\n\r\n\0\r\nQUIT\n" 0x21 0x11 0x00 0x0C  source(4) destination(4) source-port(2) destination-port(2)
/// ```
pub fn parse(input: &[u8]) -> Result<Option<(Header, usize)>, Malformed> {
    let may_begin = |start: &[u8]| input.iter().zip(start).all(|(byte, expected)| byte == expected);
    match (may_begin(SIGNATURE), may_begin(b"PROXY ")) {
        (true, _) => binary(input),
        (_, true) => line(input),
        _ => Err(Malformed::Missing),
    }
}

/// ```text
/// line = "PROXY" SP ("TCP4" / "TCP6") SP source SP destination SP source-port SP destination-port CRLF
///      / "PROXY" SP "UNKNOWN" *(SP field) CRLF
/// ```
fn line(input: &[u8]) -> Result<Option<(Header, usize)>, Malformed> {
    let start = input.get(..MAX_LINE).unwrap_or(input);
    let Some(end) = start.windows(2).position(|pair| pair == b"\r\n") else {
        return if input.len() < MAX_LINE { Ok(None) } else { Err(Malformed::Line) };
    };
    let text = input.get(..end).and_then(|line| std::str::from_utf8(line).ok()).ok_or(Malformed::Line)?;
    let fields: Vec<&str> = text.split(' ').collect();
    let header = match fields[..] {
        [_, "UNKNOWN", ..] => Some(Header::Local),
        [_, "TCP4", ref addresses @ ..] => proxied::<Ipv4Addr>(addresses),
        [_, "TCP6", ref addresses @ ..] => proxied::<Ipv6Addr>(addresses),
        _ => None,
    };
    Ok(Some((header.ok_or(Malformed::Line)?, end + 2)))
}

fn proxied<A: FromStr + Into<IpAddr>>(fields: &[&str]) -> Option<Header> {
    let &[client, server, client_port, server_port] = fields else { return None };
    let address = |ip: &str, port: &str| {
        let is_canonical = port == "0" || !port.starts_with('0');
        let port = decimal::parse(port.as_bytes()).filter(|_| is_canonical)?;
        Some(SocketAddr::new(ip.parse::<A>().ok()?.into(), u16::try_from(port).ok()?))
    };
    Some(Header::Proxied { client: address(client, client_port)?, server: address(server, server_port)? })
}

fn binary(input: &[u8]) -> Result<Option<(Header, usize)>, Malformed> {
    let Some(&[command, family, high, low]) = input.get(SIGNATURE.len()..FIXED) else { return Ok(None) };
    let length = FIXED + usize::from(u16::from_be_bytes([high, low]));
    if !matches!(command, 0x20 | 0x21) {
        return Err(Malformed::Version);
    }
    if length > MAX_LENGTH {
        return Err(Malformed::Length);
    }
    let Some(rest) = input.get(FIXED..length) else { return Ok(None) };
    let header = match (command, family) {
        (0x21, 0x11) => of_octets::<4>(rest).ok_or(Malformed::Length)?,
        (0x21, 0x21) => of_octets::<16>(rest).ok_or(Malformed::Length)?,
        // LOCAL, or a client without TCP.
        _ => Header::Local,
    };
    Ok(Some((header, length)))
}

/// Both addresses, both ports, and then extensions.
fn of_octets<const N: usize>(octets: &[u8]) -> Option<Header>
where
    IpAddr: From<[u8; N]>,
{
    let (client, octets) = octets.split_first_chunk::<N>()?;
    let (server, octets) = octets.split_first_chunk::<N>()?;
    let (client_port, octets) = octets.split_first_chunk()?;
    let (server_port, _) = octets.split_first_chunk()?;
    let address = |ip: [u8; N], port: [u8; 2]| SocketAddr::new(ip.into(), u16::from_be_bytes(port));
    Some(Header::Proxied { client: address(*client, *client_port), server: address(*server, *server_port) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxied(client: &str, server: &str) -> Result<Option<Header>, Malformed> {
        let (client, server) = (client.parse().unwrap(), server.parse().unwrap());
        Ok(Some(Header::Proxied { client, server }))
    }

    /// Every input is also split at each offset, and followed by other bytes.
    fn check(input: &[u8], expected: Result<Option<Header>, Malformed>, why: &str) {
        let parsed = syntax::splits::check(parse, input);
        if let Ok(Some((_, used))) = parsed {
            assert_eq!(used, input.len(), "{why}");
        }
        let header = parsed.map(|parsed| parsed.map(|(header, _)| header));
        assert_eq!(header, expected, "{}: {why}", input.escape_ascii());
    }

    #[test]
    fn a_header_of_version_1_is_a_line() {
        let v4 = proxied("192.0.2.7:56324", "198.51.100.1:443");
        for (line, expected, why) in [
            ("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n", v4, "IPv4"),
            (
                "PROXY TCP6 2001:db8::7 ::1 65535 0\r\n",
                proxied("[2001:db8::7]:65535", "[::1]:0"),
                "IPv6, the largest and the least port",
            ),
            ("PROXY UNKNOWN\r\n", Ok(Some(Header::Local)), "a health check"),
            (
                "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n",
                Ok(Some(Header::Local)),
                "its addresses are ignored",
            ),
            ("PROXY TCP4 192.0.2.7 198.51.100.1 56324", Ok(None), "incomplete"),
            ("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r", Ok(None), "CR alone does not end it"),
            ("PRO", Ok(None), "incomplete"),
            ("", Ok(None), "nothing yet"),
            ("PROXY TCP4 2001:db8::7 ::1 1 2\r\n", Err(Malformed::Line), "another family"),
            ("PROXY TCP4 192.0.2.7 198.51.100.1 56324 65536\r\n", Err(Malformed::Line), "no port"),
            ("PROXY TCP4 192.0.2.7 198.51.100.1 056324 443\r\n", Err(Malformed::Line), "a leading zero"),
            ("PROXY TCP4 192.0.2.7 198.51.100.1 +1 443\r\n", Err(Malformed::Line), "a sign"),
            ("PROXY TCP4  192.0.2.7 198.51.100.1 1 443\r\n", Err(Malformed::Line), "two spaces"),
            ("PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n", Err(Malformed::Line), "a missing field"),
            ("PROXY TCP4 192.0.2.7 198.51.100.1 1 2 3\r\n", Err(Malformed::Line), "one more field"),
            ("PROXY UDP4 192.0.2.7 198.51.100.1 1 2\r\n", Err(Malformed::Line), "another protocol"),
            ("PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n", Ok(None), "LF does not end it"),
            ("GET / HTTP/1.1\r\n", Err(Malformed::Missing), "a request"),
            ("proxy UNKNOWN\r\n", Err(Malformed::Missing), "another letter case"),
        ] {
            check(line.as_bytes(), expected, why);
        }
        let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(MAX_LINE));
        assert_eq!(parse(long.as_bytes()), Err(Malformed::Line), "more than 107 bytes");
    }

    #[test]
    fn a_header_of_version_2_is_binary() {
        let v4 = [192, 0, 2, 7, 198, 51, 100, 1, 0xDC, 0x04, 0x01, 0xBB];
        let of_v4 = proxied("192.0.2.7:56324", "198.51.100.1:443");
        let mut v6 = [0; 36];
        (v6[15], v6[31], v6[33], v6[35]) = (1, 2, 80, 21);
        let extended = [&v4[..], &[0x03, 0x00, 0x04, 1, 2, 3, 4]].concat();
        for (command, family, length, rest, expected, why) in [
            (0x21, 0x11, 12, &v4[..], of_v4, "IPv4"),
            (0x21, 0x11, 19, &extended, of_v4, "an extension (CRC32C) is skipped"),
            (0x21, 0x21, 36, &v6, proxied("[::1]:80", "[::2]:21"), "IPv6"),
            (0x20, 0x00, 0, &[], Ok(Some(Header::Local)), "a health check"),
            (0x20, 0x11, 12, &v4, Ok(Some(Header::Local)), "its addresses are ignored"),
            (0x21, 0x00, 0, &[], Ok(Some(Header::Local)), "no address"),
            (0x21, 0x12, 12, &v4, Ok(Some(Header::Local)), "UDP"),
            (0x21, 0x31, 3, b"abc", Ok(Some(Header::Local)), "a Unix socket"),
            (0x21, 0x11, 12, &v4[..5], Ok(None), "incomplete"),
            (0x21, 0x11, 11, &v4[..11], Err(Malformed::Length), "a byte is missing"),
            (0x21, 0x21, 12, &v4, Err(Malformed::Length), "IPv4 where IPv6 is announced"),
            (0x11, 0x11, 12, &v4, Err(Malformed::Version), "version 1 in binary"),
            (0x22, 0x11, 12, &v4, Err(Malformed::Version), "an unknown command"),
            (0x21, 0x11, 0xFFFF, &v4, Err(Malformed::Length), "longer than the limit"),
        ] {
            let length = u16::to_be_bytes(length);
            let header = [SIGNATURE, &[command, family], &length, rest].concat();
            check(&header, expected, why);
        }
        check(SIGNATURE, Ok(None), "incomplete");
        check(b"\r\n\r\n\0\r\nQUIT\r", Err(Malformed::Missing), "another signature");
    }
}
