//! Proxies that the environment names: `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`.
//!
//! `HTTP_PROXY` in capitals is ignored: a server that runs CGI sets it from a field of the request.

use std::net::IpAddr;

use common::client::{Fault, FaultKind};
use common::net::peer::Network;
use url::Url;

use super::origin::{self, Origin};

/// The proxies that a client uses.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    http: Option<String>,
    https: Option<String>,
    /// Hosts that are connected to directly.
    direct: Vec<String>,
}

/// One proxy. The connection to it is unencrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proxy {
    pub(super) origin: Origin,
    /// The value of Proxy-Authorization.
    pub(super) authorization: Option<String>,
}

impl Proxies {
    /// The proxies of the environment.
    pub fn of_environment() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    pub(super) fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let first =
            |names: &[&str]| names.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
        let all = || first(&["all_proxy", "ALL_PROXY"]);
        let direct = first(&["no_proxy", "NO_PROXY"]).unwrap_or_default();
        Self {
            http: first(&["http_proxy"]).or_else(all),
            https: first(&["https_proxy", "HTTPS_PROXY"]).or_else(all),
            direct: direct.split([',', ' ']).filter(|host| !host.is_empty()).map(str::to_owned).collect(),
        }
    }

    /// The proxy for an origin.
    pub(super) fn of_origin(&self, origin: &Origin) -> Result<Option<Proxy>, Fault> {
        let named = if origin.is_secure { &self.https } else { &self.http };
        let Some(named) = named.as_deref().filter(|_| !self.is_direct(origin)) else { return Ok(None) };
        let usage = |why: &str| Fault::new(FaultKind::Usage, format!("the proxy of the environment {why}"));
        let with_scheme = if named.contains("://") { named.to_owned() } else { format!("http://{named}") };
        let url = Url::parse(&with_scheme).map_err(|_| usage("is no URL; write it like http://HOST:PORT"))?;
        if url.scheme() != "http" {
            return Err(usage("is not an http URL, the only supported kind"));
        }
        let login = origin::login(&url);
        let authorization = match login.user.is_empty() {
            true => None,
            false => Some(
                login.value().ok_or_else(|| usage("has a login that Basic authentication cannot encode"))?,
            ),
        };
        Ok(Some(Proxy { origin: Origin::of(&url)?, authorization }))
    }

    /// Whether `no_proxy` names the host: `*`, the host, a domain above it (a leading dot is optional), an IP
    /// address, each with or without a port; or a network, `10.0.0.0/8`.
    fn is_direct(&self, origin: &Origin) -> bool {
        let address = origin.host.parse::<IpAddr>().ok();
        let is_address = address.is_some();
        self.direct.iter().any(|entry| {
            if let Some(address) = address
                && is_within(entry, address)
            {
                return true;
            }
            let is_ip = entry.parse::<IpAddr>().is_ok();
            let (host, port) = match entry.rsplit_once(':') {
                Some((host, port)) if !is_ip && port.bytes().all(|byte| byte.is_ascii_digit()) => {
                    (host, Some(port))
                }
                _ => (&**entry, None),
            };
            let host = host.trim_start_matches('.').trim_matches(['[', ']']).to_ascii_lowercase();
            let is_below = || {
                let above = origin.host.strip_suffix(&host);
                !is_address
                    && !host.is_empty()
                    && above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
            };
            let is_named = host == "*" || host == origin.host || is_below();
            is_named && port.is_none_or(|port| port.parse() == Ok(origin.port))
        })
    }
}

fn is_within(network: &str, address: IpAddr) -> bool {
    network.contains('/') && network.parse::<Network>().is_ok_and(|network| network.contains(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Origin {
        Origin::of(&Url::parse(url).unwrap()).unwrap()
    }

    #[test]
    fn the_environment_names_the_proxy() {
        let p = "http://p.example:3128";
        for (variables, url, expected, why) in [
            (&[][..], "http://a/", None, "none"),
            (&[("http_proxy", p)], "http://a/", Some("p.example:3128"), "for http"),
            (&[("http_proxy", p)], "https://a/", None, "not for https"),
            (&[("https_proxy", p)], "https://a/", Some("p.example:3128"), "for https"),
            (&[("HTTPS_PROXY", p)], "https://a/", Some("p.example:3128"), "in capitals"),
            (&[("HTTP_PROXY", p)], "http://a/", None, "a CGI program's field Proxy"),
            (&[("all_proxy", p)], "http://a/", Some("p.example:3128"), "for all"),
            (&[("http_proxy", "p.example")], "http://a/", Some("p.example"), "without a scheme"),
            (&[("http_proxy", "")], "http://a/", None, "empty"),
            (&[("http_proxy", p), ("no_proxy", "*")], "http://a/", None, "none at all"),
            (&[("http_proxy", p), ("no_proxy", "b, a")], "http://a/", None, "not this host"),
            (&[("http_proxy", p), ("no_proxy", "a")], "http://b.a/", None, "nor one below it"),
            (&[("http_proxy", p), ("no_proxy", ".a")], "http://b.a/", None, "with a dot"),
            (&[("http_proxy", p), ("no_proxy", "a")], "http://ba/", Some("p.example:3128"), "another name"),
            (&[("http_proxy", p), ("no_proxy", "a:8080")], "http://a:8080/", None, "this port"),
            (
                &[("http_proxy", p), ("no_proxy", "a:8080")],
                "http://a/",
                Some("p.example:3128"),
                "not that port",
            ),
            (&[("http_proxy", p), ("no_proxy", "10.0.0.0/8")], "http://10.1.2.3/", None, "a network"),
            (
                &[("http_proxy", p), ("no_proxy", "10.0.0.0/8")],
                "http://11.1.2.3/",
                Some("p.example:3128"),
                "another",
            ),
            (&[("http_proxy", p), ("no_proxy", "0.0.0.0/0")], "http://10.1.2.3/", None, "all of them"),
            (&[("http_proxy", p), ("no_proxy", "fd00::/8")], "http://[fd01::1]/", None, "of IPv6"),
            (
                &[("http_proxy", p), ("no_proxy", "::/0")],
                "http://10.1.2.3/",
                Some("p.example:3128"),
                "of the other family",
            ),
            (
                &[("http_proxy", p), ("no_proxy", "10.0.0.0/33")],
                "http://10.0.0.0/",
                Some("p.example:3128"),
                "no network",
            ),
            (&[("http_proxy", p), ("NO_PROXY", "::1")], "http://[::1]/", None, "an address"),
            (
                &[("http_proxy", p), ("no_proxy", "0.0.1")],
                "http://127.0.0.1/",
                Some("p.example:3128"),
                "no domain",
            ),
        ] {
            let value =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned());
            let found = Proxies::of(value).of_origin(&origin(url)).unwrap();
            assert_eq!(found.map(|proxy| proxy.origin.authority()).as_deref(), expected, "{why}");
        }
    }

    #[test]
    fn a_proxy_can_want_a_login() {
        let proxies = |value: &str| Proxies { http: Some(value.into()), ..Proxies::default() };
        let found = proxies("http://a%40b:c@p/").of_origin(&origin("http://x/")).unwrap().unwrap();
        assert_eq!(found.authorization.as_deref(), Some("Basic YUBiOmM="));
        for (value, why) in [
            ("https://p/", "TLS inside of TLS"),
            ("socks5://p/", "another protocol"),
            ("http://", "no host"),
            ("http://a%3Ab:c@p/", "a colon in the name"),
        ] {
            assert_eq!(
                proxies(value).of_origin(&origin("http://x/")).unwrap_err().kind,
                FaultKind::Usage,
                "{why}"
            );
        }
    }
}
