//! host: the host and the port that a client requests.

use std::net::Ipv6Addr;

use learn::Answer;

/// A host in lower case, and its port.
type Host = (Vec<u8>, Option<u16>);

fn parse(data: &[u8]) -> Answer<Host> {
    if data.is_empty() {
        return Answer::Done(0, (Vec::new(), None));
    }
    match host_and_port(data) {
        Some(host) => Answer::Done(data.len(), host),
        None => Answer::Bad(0),
    }
}

fn host_and_port(data: &[u8]) -> Option<Host> {
    let end = if let Some(address) = data.strip_prefix(b"[") {
        let length = address.iter().position(|byte| *byte == b']')?;
        std::str::from_utf8(&address[..length]).ok()?.parse::<Ipv6Addr>().ok()?;
        length + 2
    } else {
        data.iter().position(|byte| *byte == b':').unwrap_or(data.len())
    };
    let (host, port) = data.split_at(end);
    if host.is_empty() || !(host[0] == b'[' || host.iter().all(is_name_byte)) {
        return None;
    }
    let mut name = host.to_ascii_lowercase();
    while name.ends_with(b".") {
        name.pop();
    }
    let number = match port {
        [] | [b':'] => None,
        [b':', digits @ ..] => Some(number(digits)?),
        _ => return None,
    };
    Some((name, number))
}

fn is_name_byte(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(byte)
}

fn number(digits: &[u8]) -> Option<u16> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn main() {
    learn::run(parse);
}
