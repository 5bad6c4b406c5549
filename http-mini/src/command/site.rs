//! Options of the commands that serve a directory over HTTP: how it appears to browsers and proxies.

use std::net::IpAddr;

use clap::{Args, Parser};
use common::command::{AccessOptions, Server};
use common::files::{Root, SpecialNames};
use common::net::endpoint::Endpoint;
use common::users::Users;

use crate::server::{FieldRule, FieldRules, Hosts, Http, Site};
use crate::wire::target::encode_path;

/// How a directory appears over HTTP.
#[derive(Args, Clone, Debug)]
pub struct SiteOptions {
    /// Name of the file that is served for its directory; repeatable, the first one that exists counts
    #[arg(long, value_name = "NAME", value_parser = file_name, default_value = "index.html")]
    #[arg(help_heading = "Site")]
    pub index: Vec<String>,

    /// Serve about.html for /about as well
    #[arg(long, help_heading = "Site")]
    pub clean_urls: bool,

    /// Serve the index file of DIR for pages that do not exist (a single-page application)
    #[arg(long, help_heading = "Site")]
    pub spa: bool,

    /// Field of responses below status 400, in place of the server's own, as in 'X-Robots-Tag: noindex', or for
    /// matching paths only, as in '/assets/**: Cache-Control: max-age=86400'; repeatable, the last one counts
    #[arg(long, value_name = "[GLOB: ]NAME: VALUE", help_heading = "Site")]
    pub header: Vec<FieldRule>,

    /// Answer 404 for a directory without an index file
    #[arg(long, help_heading = "Site")]
    pub no_listing: bool,

    /// Let uploaded pages run scripts with the rights of this site; without it, HTML and SVG of a writable
    /// directory are sandboxed
    #[arg(long, help_heading = "Site")]
    pub trust_content: bool,

    /// Origin, a scheme and a host, whose pages may change something, for a proxy that changes Host; repeatable
    #[arg(long, value_name = "ORIGIN", value_parser = origin, help_heading = "Access")]
    pub trusted_origin: Vec<String>,

    /// Prefix of the paths in redirects, as in /files, for a proxy that removes it from requests and adds no
    /// Via, Forwarded or X-Forwarded-*
    #[arg(long, value_name = "PATH", value_parser = base_path, help_heading = "Network")]
    pub base_path: Option<String>,
}

impl SiteOptions {
    /// The directory with the names that answer for other URLs of this site, for both protocols.
    #[must_use]
    pub fn name(&self, root: Root) -> Root {
        root.with_special_names(SpecialNames::new(&self.index, self.clean_urls))
    }

    /// The service for this directory, with the hosts and proxies of the access options. A name on which the
    /// server listens is a host name as well. The fields of the command `C` are read again with its configuration
    /// file.
    pub fn service<C: Parser>(
        &self,
        server: &mut Server,
        (root, users): (Root, Users),
        access: &AccessOptions,
        listen: &[Endpoint],
    ) -> Http {
        let fields = FieldRules::new(self.header.clone());
        let replaced = fields.clone();
        let is_reread = server.reread::<C, Self>(move |site| replaced.replace(site.header));
        let fields = (is_reread || !self.header.is_empty()).then_some(fields);
        let is_name = |host: &&str| host.parse::<IpAddr>().is_err();
        let listened = listen.iter().filter_map(Endpoint::host).filter(is_name).map(str::to_owned);
        let hosts: Vec<_> = access.host.iter().cloned().chain(listened).collect();
        Http::new(root, users)
            .with_hosts(Hosts::new(&hosts))
            .behind(&access.trusted_proxy)
            .with_base_path(self.base_path.as_deref())
            .with_site(Site {
                spa: self.spa,
                no_listing: self.no_listing,
                trust_content: self.trust_content,
                trusted_origins: self.trusted_origin.clone(),
                fields,
            })
    }
}

/// A name in a directory.
fn file_name(text: &str) -> Result<String, &'static str> {
    match text {
        "" | "." | ".." => Err("give the name of a file, as in index.html"),
        text if text.contains('/') => Err("give a name without a slash, as in index.html"),
        text => Ok(text.into()),
    }
}

/// An origin as a browser sends it (RFC 6454 section 6.2): without a path.
fn origin(text: &str) -> Result<String, &'static str> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    match !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ', '*']) {
        true => Ok(text.into()),
        false => Err("write it without a path, as in https://files.example.org"),
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
    fn an_origin_is_scheme_and_host() {
        for (text, expected, why) in [
            ("https://files.example.org", true, "a host"),
            ("http://a:8080", true, "with a port"),
            ("http://[::1]:8080", true, "an address"),
            ("files.example.org", false, "no scheme"),
            ("https://", false, "no host"),
            ("https://a/", false, "a path"),
            ("https://u@a", false, "a user"),
            ("https://*.example.org", false, "no pattern"),
            ("ftp://a", false, "another scheme"),
        ] {
            assert_eq!(origin(text).is_ok(), expected, "{text}: {why}");
        }
    }

    #[test]
    fn an_index_is_a_name() {
        for (text, expected) in
            [("index.htm", true), ("a b", true), ("", false), ("..", false), ("a/b", false)]
        {
            assert_eq!(file_name(text).is_ok(), expected, "{text:?}");
        }
    }

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
