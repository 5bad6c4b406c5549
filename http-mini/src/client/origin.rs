//! [`Origin`]: scheme, host and port, which determine where credentials may be sent ([RFC 9110 section
//! 4.3.1](https://www.rfc-editor.org/rfc/rfc9110#section-4.3.1)).

use url::{Host, Url};

use common::client::{Fault, FaultKind};

use crate::wire::credentials::Basic;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) is_secure: bool,
    /// A name, or an IP address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// The host as it is written in a URL.
    written: String,
}

impl Origin {
    pub(super) fn of(url: &Url) -> Result<Self, Fault> {
        let usage = |why| Fault::new(FaultKind::Usage, why);
        let is_secure = url.scheme() == "https";
        let host = match url.host().ok_or_else(|| usage("the URL names no host"))? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let port = url.port_or_known_default().ok_or_else(|| usage("the URL names no port"))?;
        let written = url.host_str().unwrap_or_default().to_owned();
        Ok(Self { is_secure, host, port, written })
    }

    /// The value of Host: without the scheme's default port.
    pub(super) fn authority(&self) -> String {
        match (self.is_secure, self.port) {
            (false, 80) | (true, 443) => self.written.clone(),
            _ => self.with_port(),
        }
    }

    /// `HOST:PORT`, for CONNECT.
    pub(super) fn with_port(&self) -> String {
        format!("{}:{}", self.written, self.port)
    }
}

/// A URL that may be shown and sent: without a login and a fragment.
pub(super) fn bare(url: &Url) -> Url {
    let mut bare = url.clone();
    // Both fail only for a URL without a host, which has no login.
    let _ = bare.set_username("");
    let _ = bare.set_password(None);
    bare.set_fragment(None);
    bare
}

/// The name and the password in a URL; both are empty if it has none.
pub(super) fn login(url: &Url) -> Basic {
    let decode = |text| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    Basic { user: decode(url.username()), password: decode(url.password().unwrap_or_default()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (url, host, authority, with_port) in [
            ("http://A.example/x", "a.example", "a.example", "a.example:80"),
            ("http://a.example:80/", "a.example", "a.example", "a.example:80"),
            ("https://a.example/", "a.example", "a.example", "a.example:443"),
            ("https://a.example:80/", "a.example", "a.example:80", "a.example:80"),
            ("http://user:pw@[::1]:8080/", "::1", "[::1]:8080", "[::1]:8080"),
            ("http://127.1/", "127.0.0.1", "127.0.0.1", "127.0.0.1:80"),
        ] {
            let origin = Origin::of(&Url::parse(url).unwrap()).unwrap();
            let found = (&*origin.host, &*origin.authority(), &*origin.with_port());
            assert_eq!(found, (host, authority, with_port), "{url}");
        }
    }

    #[test]
    fn a_bare_url_has_no_login() {
        let url = Url::parse("http://ada:secret@a.example/x?y#z").unwrap();
        assert_eq!(bare(&url).as_str(), "http://a.example/x?y");
    }
}
