//! Addresses of the command line: `PORT`, `:PORT`, `HOST:PORT` or `IP:PORT`.

use std::fmt;
use std::io;
use std::net::{Ipv6Addr, SocketAddr};
use std::str::FromStr;

use tokio::net::lookup_host;

/// Addresses of one name that are used.
const MAX_ADDRESSES: usize = 16;

/// A host, which may be missing, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPort {
    host: Option<String>,
    port: u16,
}

impl FromStr for HostPort {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hint = "write it like 8080, :8080, localhost:8080, 127.0.0.1:8080 or [::1]:8080";
        let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
        let host = match host.strip_prefix('[') {
            Some(literal) => {
                let literal = literal.strip_suffix(']').ok_or(hint)?;
                literal.parse::<Ipv6Addr>().map_err(|_| hint)?;
                literal
            }
            // IPv6 without brackets is ambiguous.
            None if host.contains([':', '/']) => return Err(hint),
            None => host,
        };
        // A sign is not part of a port.
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|_| is_number).ok_or(hint)?;
        Ok(Self { host: (!host.is_empty()).then(|| host.to_owned()), port })
    }
}

impl HostPort {
    /// The addresses of the host; of `default` if none is given.
    pub(crate) async fn resolve(&self, default: &str) -> io::Result<Vec<SocketAddr>> {
        let host = self.host.as_deref().unwrap_or(default);
        let mut found: Vec<SocketAddr> = lookup_host((host, self.port)).await?.take(MAX_ADDRESSES).collect();
        found.dedup();
        match found.is_empty() {
            true => Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address")),
            false => Ok(found),
        }
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Some(host) if host.contains(':') => write!(f, "[{host}]:{}", self.port),
            host => write!(f, "{}:{}", host.as_deref().unwrap_or_default(), self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_these_forms() {
        for (text, expected, why) in [
            ("8080", Some((None, 8080)), "a port"),
            (":8080", Some((None, 8080)), "a port"),
            ("localhost:0", Some((Some("localhost"), 0)), "a name"),
            ("127.0.0.1:80", Some((Some("127.0.0.1"), 80)), "IPv4"),
            ("[::1]:80", Some((Some("::1"), 80)), "IPv6"),
            ("::1:80", None, "IPv6 without brackets"),
            ("[::1]", None, "no port"),
            ("[a]:80", None, "a name in brackets"),
            ("localhost", None, "no port"),
            ("a:65536", None, "more than a port"),
            ("a:+80", None, "a sign"),
            ("http://a:80", None, "a URL"),
            ("", None, "nothing"),
        ] {
            let parsed = text.parse::<HostPort>().ok();
            let expected = expected.map(|(host, port)| HostPort { host: host.map(str::to_owned), port });
            assert_eq!(parsed, expected, "{text}: {why}");
        }
    }
}
