//! An ADDR of the command line: `PORT`, `:PORT`, `HOST:PORT`, `IP:PORT` or `unix:PATH`. All commands parse it here,
//! for servers and for clients. It opens no connections.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::str::FromStr;

use super::listen::{Address, Listener, lacks_ipv6};

/// The most addresses of one name that are used.
const MAX_ADDRESSES: usize = 16;
/// Where a server listens if only a port is given: all addresses.
const ANY: &str = "::";

/// An address to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `8080`, `localhost:8080`.
    Inet(HostPort),
    /// `unix:/run/mini.sock`
    Unix(PathBuf),
}

/// A host, which may be missing, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    host: Option<String>,
    port: u16,
}

impl Endpoint {
    /// Listens on the address: on all addresses of a name, with one port; a Unix socket gets these
    /// permissions, by default those that the umask leaves. Returns the listeners, and the endpoint with the
    /// actual port.
    pub fn listen(&self, socket_mode: Option<u32>) -> io::Result<(Vec<Listener>, Self)> {
        match self {
            Self::Inet(address) => {
                let (listeners, bound) = address.listen(ANY)?;
                Ok((listeners, Self::Inet(bound)))
            }
            Self::Unix(path) => {
                let listener = Listener::bind_with_mode(&Address::Unix(path.clone()), socket_mode)?;
                Ok((vec![listener], self.clone()))
            }
        }
    }

    /// The host of a name or an IP address.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Inet(address) => address.host.as_deref(),
            Self::Unix(_) => None,
        }
    }
}

impl From<&Address> for Endpoint {
    fn from(address: &Address) -> Self {
        match address {
            Address::Inet(at) => Self::Inet(HostPort { host: Some(at.ip().to_string()), port: at.port() }),
            Address::Unix(path) => Self::Unix(path.clone()),
        }
    }
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("unix:") {
            Some("") => Err("unix: needs a path, as in unix:/run/mini.sock".into()),
            Some(path) => Ok(Self::Unix(path.into())),
            None => text.parse().map(Self::Inet).map_err(|hint| format!("{hint}, or unix:PATH")),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl HostPort {
    /// The host, or `default` if none is given.
    pub fn host_or<'a>(&'a self, default: &'a str) -> &'a str {
        self.host.as_deref().unwrap_or(default)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The same with another port.
    #[must_use]
    pub fn with_port(&self, port: u16) -> Self {
        Self { host: self.host.clone(), port }
    }

    /// Whether it means all addresses of this machine, for a server.
    pub fn is_any(&self) -> bool {
        self.host.as_ref().is_none_or(|host| host.parse().is_ok_and(|ip: IpAddr| ip.is_unspecified()))
    }

    /// A URL without a path that a client on this machine can use: `http://localhost:8080/` for all addresses, else
    /// the host as given.
    pub fn url(&self, scheme: &str) -> String {
        let host = if self.is_any() { None } else { self.host.clone() };
        let shown = Self { host: Some(host.unwrap_or_else(|| "localhost".into())), port: self.port };
        format!("{scheme}://{shown}/")
    }

    /// Resolves the host, or `default` if none is given. Blocks during the lookup.
    pub fn resolve(&self, default: &str) -> io::Result<Vec<SocketAddr>> {
        let found = (self.host_or(default), self.port).to_socket_addrs()?;
        let mut found: Vec<SocketAddr> = found.take(MAX_ADDRESSES).collect();
        found.dedup();
        match found.is_empty() {
            true => Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address")),
            false => Ok(found),
        }
    }

    /// Listens on all addresses of the host, or of `default` if none is given, with one port. An address that this
    /// machine lacks, as `::1` of `localhost` without IPv6, is left out if there is another. Returns the listeners,
    /// and the address with the actual port.
    pub fn listen(&self, default: &str) -> io::Result<(Vec<Listener>, Self)> {
        let mut listeners = Vec::new();
        let (mut port, mut lacking) = (self.port, None);
        for mut address in self.resolve(default)? {
            address.set_port(port);
            match Listener::bind(&Address::Inet(address)) {
                Ok(listener) => {
                    if let Address::Inet(bound) = listener.address() {
                        port = bound.port();
                    }
                    listeners.push(listener);
                }
                Err(error) if lacks_ipv6(&error) => lacking = Some(error),
                Err(error) => return Err(error),
            }
        }
        match lacking {
            Some(error) if listeners.is_empty() => Err(error),
            _ => Ok((listeners, self.with_port(port))),
        }
    }
}

impl FromStr for HostPort {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hint = "write it like 8080, :8080, localhost:8080, 127.0.0.1:8080 or [::1]:8080";
        let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
        let host = match host.strip_prefix('[') {
            Some(literal) => {
                let literal = literal.strip_suffix(']').ok_or(hint)?;
                // A link-local address has a zone: fe80::1%eth0.
                let ip = literal.split_once('%').map_or(literal, |(ip, _)| ip);
                ip.parse::<Ipv6Addr>().map_err(|_| hint)?;
                literal
            }
            // IPv6 without brackets is ambiguous.
            None if host.contains([':', '/', ' ']) => return Err(hint),
            None => host,
        };
        // A sign is not part of a port.
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|_| is_number).ok_or(hint)?;
        Ok(Self { host: (!host.is_empty()).then(|| host.to_owned()), port })
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
            ("[fe80::1%eth0]:80", Some((Some("fe80::1%eth0"), 80)), "with a zone"),
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
            assert_eq!(text.parse::<Endpoint>().ok(), expected.map(Endpoint::Inet), "{text}: {why}");
        }
        assert_eq!("unix:/run/a:80".parse(), Ok(Endpoint::Unix("/run/a:80".into())));
        assert!("unix:".parse::<Endpoint>().is_err());
        assert!("unix:/run/a".parse::<HostPort>().is_err());
    }

    #[test]
    fn a_url_can_be_used_by_a_client() {
        for (text, expected, why) in [
            ("8080", "http://localhost:8080/", "all addresses"),
            ("[::]:8080", "http://localhost:8080/", "written out"),
            ("0.0.0.0:8080", "http://localhost:8080/", "those of IPv4"),
            ("127.0.0.1:80", "http://127.0.0.1:80/", "as given"),
            ("[::1]:80", "http://[::1]:80/", "as given"),
            ("nas.local:80", "http://nas.local:80/", "as given"),
        ] {
            assert_eq!(text.parse::<HostPort>().unwrap().url("http"), expected, "{text}: {why}");
        }
    }

    #[test]
    fn a_name_is_listened_for_at_all_its_addresses_with_one_port() {
        let (listeners, bound) = "localhost:0".parse::<HostPort>().unwrap().listen(ANY).unwrap();
        assert!(!listeners.is_empty());
        for listener in &listeners {
            let Address::Inet(at) = listener.address() else { panic!("a name has IP addresses") };
            assert!(at.ip().is_loopback() && at.port() == bound.port(), "{at}");
        }
        assert_eq!(bound.to_string(), format!("localhost:{}", bound.port()));
    }
}
