//! The options that all client commands share, and the client that they configure.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context as _, anyhow};
use clap::Args;
use common::client::{Dialer, Fault, FaultKind, UserCredentials, without_password};
use common::command::{ClientOptions, Style, local_path};
use url::{Origin, Url};

use crate::client::{self as http, Client, ClientSettings, Proxies, Resource};

/// The destination of connections.
#[derive(Args, Clone, Debug)]
pub(super) struct RouteOptions {
    /// Connect to this Unix socket instead of the URL's host, and use no proxy
    #[arg(long, value_name = "PATH", value_parser = local_path(), help_heading = "Network")]
    pub(super) unix_socket: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct RequestOptions {
    /// Add a field to the request, or the fields of @FILE, one per line, which keeps them out of the process
    /// list; repeatable
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", help_heading = "Request")]
    fields: Vec<Fields>,

    #[command(flatten)]
    route: RouteOptions,

    #[command(flatten)]
    pub(super) client: ClientOptions,

    /// Logins by origin and user, so that a password is asked for once.
    #[arg(skip)]
    logins: RefCell<Vec<(Origin, String, Option<UserCredentials>)>>,
}

/// Fields as they are given: `Accept: text/plain`, or `@FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fields(Vec<(String, String)>);

impl FromStr for Fields {
    type Err = anyhow::Error;

    #[expect(clippy::disallowed_methods, reason = "the user's own file, which the command line names")]
    fn from_str(text: &str) -> anyhow::Result<Self> {
        let Some(file) = text.strip_prefix('@') else { return Ok(Self(vec![field(text)?])) };
        let lines = std::fs::read_to_string(file).with_context(|| format!("cannot read '{file}'"))?;
        lines.lines().filter(|line| !line.is_empty()).map(field).collect::<anyhow::Result<_>>().map(Self)
    }
}

fn field(text: &str) -> anyhow::Result<(String, String)> {
    let (name, value) = text.split_once(':').ok_or_else(|| anyhow!("write it like 'Name: value'"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

impl RequestOptions {
    pub(super) fn client(&self) -> anyhow::Result<Client> {
        let trust = &self.client.trust;
        let tls = trust.are_given().then(|| trust.client()).transpose()?;
        let (trace, tracer) = (self.client.trace(), self.client.tracing.tracer()?);
        let unix_socket = self.route.unix_socket.clone();
        let proxies = if unix_socket.is_some() { Proxies::default() } else { Proxies::of_environment() };
        let dialer = Dialer { unix_socket, ..self.client.dialer() };
        Ok(Client::new(ClientSettings { dialer, tls, proxies, trace, tracer, ..ClientSettings::default() }))
    }

    pub(super) fn resource(&self, client: &Client, url: Url) -> Result<Resource, Fault> {
        Ok(Resource {
            client: client.clone(),
            login: self.login(&url)?,
            url,
            fields: self.fields(),
            retries: self.client.retries(),
            throttle: self.client.throttle(),
        })
    }

    /// Runs a command that needs a few requests only for each URL, with retries. A failure is reported, and the
    /// other URLs follow.
    pub(super) fn perform(
        &self,
        verb: &str,
        urls: &[String],
        mut work: impl AsyncFnMut(&Resource) -> Result<(), Fault>,
    ) -> anyhow::Result<()> {
        let (client, report) = (self.client()?, self.client.report(Style::Each));
        let current = Cell::new("");
        super::run_client(&report, self.client.max_time, (verb, &current), async {
            for url in urls {
                current.set(url);
                let transfer = report.transfer(&without_password(url), "");
                let done = async {
                    let resource = self.resource(&client, path_url(url)?)?;
                    self.client.retries().persist(&transfer, async || work(&resource).await).await
                };
                if let Err(fault) = done.await {
                    super::fail(&report, verb, url, &fault);
                }
            }
            Ok(())
        })
    }

    pub(super) fn fields(&self) -> Vec<(String, String)> {
        self.fields.iter().flat_map(|Fields(fields)| fields.clone()).collect()
    }

    /// The login for a URL. A field Authorization takes precedence.
    fn login(&self, url: &Url) -> Result<Option<UserCredentials>, Fault> {
        if self.fields().iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
            return Ok(None);
        }
        let decode = |text| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (user, password) = (decode(url.username()), url.password().map(decode));
        let origin = url.origin();
        let is_same = |(known, name, _): &&(Origin, String, _)| *known == origin && *name == user;
        if password.is_none()
            && let Some((.., login)) = self.logins.borrow().iter().find(is_same)
        {
            return Ok(login.clone());
        }
        let host = url.host_str().ok_or_else(|| Fault::new(FaultKind::Usage, "the URL names no host"))?;
        let said = (Some(&*user).filter(|user| !user.is_empty()), password.as_deref());
        let login = self.client.credentials(host.trim_matches(['[', ']']), said)?;
        if password.is_none() {
            self.logins.borrow_mut().push((origin, user, login.clone()));
        }
        Ok(login)
    }
}

/// Parses the URL of a file or directory that is listed or changed. A character that a URL parser drops, or that ends
/// the path, would name another one.
pub(super) fn path_url(text: &str) -> Result<Url, Fault> {
    let is_special = |letter: &char| matches!(letter, '?' | '#' | '\\') || letter.is_ascii_control();
    match text.chars().find(is_special) {
        Some(letter) => {
            let code = u32::from(letter);
            Err(Fault::new(FaultKind::Usage, format!("{letter:?} in a name is written as %{code:02X}")))
        }
        None => http::url(text),
    }
}

/// The last segment of a URL, decoded; `None` if it cannot be a file name.
pub(super) fn name_of(url: &Url) -> Option<Vec<u8>> {
    let segment = url.path_segments()?.next_back()?;
    let name: Vec<u8> = percent_encoding::percent_decode_str(segment).collect();
    common::client::plain_name(&name)?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_a_name_and_a_value() {
        for (text, expected) in [
            ("Accept: text/plain", Some(("Accept", "text/plain"))),
            ("A:b", Some(("A", "b"))),
            ("A:", Some(("A", ""))),
            ("A: b:c", Some(("A", "b:c"))),
            ("A", None),
        ] {
            let found = text.parse::<Fields>().ok();
            let expected = expected.map(|(name, value)| Fields(vec![(name.into(), value.into())]));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn every_character_of_a_path_is_data() {
        for (text, expected, why) in [
            ("http://a/b%20c/%3F%23", Some("http://a/b%20c/%3F%23"), "escaped"),
            ("http://a/b c/\u{e9}", Some("http://a/b%20c/%C3%A9"), "not ambiguous"),
            ("http://a/what?", None, "a question mark begins a query"),
            ("http://a/old#2", None, "a number sign begins a fragment"),
            ("http://a/b\\c", None, "a backslash is parsed as a slash"),
            ("http://a/b\tc", None, "a tab is dropped"),
            ("ftp://a/b", None, "another scheme"),
        ] {
            let url = path_url(text).ok();
            assert_eq!(url.as_ref().map(Url::as_str), expected, "{why}");
        }
    }

    #[test]
    fn the_name_is_the_last_segment() {
        for (url, expected, why) in [
            ("http://a/b/c.txt", Some("c.txt"), "a file"),
            ("http://a/c.txt?x/y#z/w", Some("c.txt"), "without query and fragment"),
            ("http://a/x%20y", Some("x y"), "decoded"),
            ("http://a/b/", None, "a directory"),
            ("http://a", None, "the root"),
            ("http://a/b/%2e%2e", None, "the parent, which is resolved"),
            ("http://a/..%2Fb", None, "a slash inside"),
            ("http://a/%1B", None, "a control"),
        ] {
            let name = name_of(&Url::parse(url).unwrap());
            assert_eq!(name.as_deref(), expected.map(str::as_bytes), "{url}: {why}");
        }
    }
}
