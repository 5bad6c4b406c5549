//! Options of the commands that serve a directory over HTTP: how it appears to browsers and proxies.

use std::net::IpAddr;

use clap::Args;
use common::command::AccessOptions;
use common::files::Root;
use common::net::endpoint::Endpoint;
use common::users::Users;

use crate::server::{Hosts, Http};
use crate::wire::target::encode_path;

/// How a directory appears over HTTP.
#[derive(Args, Clone, Debug)]
pub struct SiteOptions {
    /// Prefix of the paths in redirects, as in /files, for a proxy that removes it from requests and adds no
    /// Via, Forwarded or X-Forwarded-*
    #[arg(long, value_name = "PATH", value_parser = base_path, help_heading = "Network")]
    pub base_path: Option<String>,
}

impl SiteOptions {
    /// The service for this directory, with the hosts and proxies of the access options. A name on which the
    /// server listens is a host name as well.
    pub fn service(&self, root: Root, users: Users, access: &AccessOptions, listen: &[Endpoint]) -> Http {
        let is_name = |host: &&str| host.parse::<IpAddr>().is_err();
        let listened = listen.iter().filter_map(Endpoint::host).filter(is_name).map(str::to_owned);
        let hosts: Vec<_> = access.host.iter().cloned().chain(listened).collect();
        Http::new(root, users)
            .with_hosts(Hosts::new(&hosts))
            .behind(&access.trusted_proxy)
            .with_base_path(self.base_path.as_deref())
    }
}

/// A path as written in a URL, without the final slash. Two slashes at its start would name a host.
fn base_path(text: &str) -> Result<String, &'static str> {
    let path = text.trim_end_matches('/');
    match path.starts_with('/') && !path.starts_with("//") && encode_path(path.as_bytes()) == path {
        true => Ok(path.into()),
        false => Err("write it as in a URL, with a slash at its start, as in /files"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_path_is_the_start_of_a_path() {
        for (text, expected, why) in [
            ("/files", Some("/files"), "a segment"),
            ("/files/", Some("/files"), "its slash is not doubled"),
            ("/a/b", Some("/a/b"), "two segments"),
            ("/", None, "the default"),
            ("", None, "the default"),
            ("files", None, "not absolute"),
            ("//evil.example", None, "another host"),
            ("http://files.example/a", None, "a URL"),
            ("/a?b", None, "a query"),
            ("/a b", None, "no URL"),
            ("/a\r\nb", None, "two lines"),
        ] {
            assert_eq!(base_path(text).ok().as_deref(), expected, "{text:?}: {why}");
        }
    }
}
