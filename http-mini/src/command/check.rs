//! `http-mini check`: the conformance of any HTTP server, shown by its responses to the bytes of
//! the cases in `cases/`.
//!
//! It reads only, unless `--writable` is given; then cases store, copy and remove files of their own.

mod case;
mod dialogue;
mod judge;
mod notes;
mod resource;
mod run;

use std::time::Duration;

use clap::Args;
use common::check::{CheckFailure, CheckOptions, CheckReport, Finding, Level, Verdict};
use common::client::{self as clients, Dialer, Fault, FaultKind, without_password};
use common::command::{CommandFailure, TrustOptions, ask_password, interruptible};
use syntax::rule::Language;
use url::{Host, Url};

use super::ALPN;
use super::options::RouteOptions;
use crate::client::url as parse;
use crate::wire::credentials::Basic;
use case::{Case, Need};
use dialogue::CheckedServer;
use resource::CheckedResource;
use run::Runner;

/// `http-mini check`, and `mini check http`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Check {
    /// The URL of a file or directory that the server serves; at most 1 MiB
    #[arg(value_name = "URL")]
    url: String,

    /// Also run the cases that store files, beside the file or in the directory of the URL, and remove them
    #[arg(long, help_heading = "Check")]
    writable: bool,

    /// Log in; the password is asked for if it is left out
    #[arg(long, value_name = "NAME[:PASSWORD]", help_heading = "Check")]
    login: Option<String>,

    #[command(flatten)]
    options: CheckOptions,

    #[command(flatten)]
    route: RouteOptions,

    #[command(flatten)]
    trust: TrustOptions,
}

const EXAMPLES: &str = "\
Examples:
  http-mini check http://localhost:8080/a.txt        every case that only reads
  http-mini check http://localhost:8080/a.txt --writable --login ada:secret
  http-mini check https://localhost:8443/ --insecure
  http-mini check http://localhost:8080/ --only chunked --verbose
  http-mini check http://localhost:8080/ --json | jq .failed
  http-mini check http://localhost:8080/ --lang id --results results.json

Exit codes: 0, also if only rules of SHOULD and MAY are broken; 1 if a rule of
MUST is broken; 2 usage; 5 if the server cannot be reached.";

/// Runs one case against a URL without TLS; `None` if there is no case with this id.
///
/// # Errors
/// The URL is wrong, or no runtime can be started.
pub fn examine(
    url: &str,
    id: &str,
    timeout: Duration,
    language: Language,
) -> anyhow::Result<Option<Finding>> {
    let cases = case::all()?;
    let Some(case) = cases.iter().find(|case| case.text.id == id) else { return Ok(None) };
    let url = parse(url).map_err(CommandFailure::Fault)?;
    let (host, port) = (url.host_str().unwrap_or_default().to_owned(), url.port().unwrap_or(80));
    let authority = format!("{host}:{port}");
    let peer = CheckedServer { dialer: Dialer::default(), host, port, tls: None, timeout };
    let examined = clients::run(async {
        let at = ("http", authority, url.path().to_owned());
        let resource = &CheckedResource::probe(&peer, at, String::new()).await?;
        let mut findings =
            Runner { peer: &peer, resource, language, own: String::new() }.run_all(vec![case]).await;
        Ok(findings.pop())
    })?;
    Ok(examined.unwrap_or_else(|fault: Fault| {
        let evidence = CheckFailure {
            sent: format!("GET {}", url.path()).into(),
            expected: "200".into(),
            received: Vec::new(),
            observed: fault.to_string(),
            look_for: case.text.look_for,
        };
        Some(case.text.finding(Verdict::Failed(Box::new(evidence))))
    }))
}

impl Check {
    /// Runs the cases and prints the report.
    pub fn run(self) -> anyhow::Result<()> {
        let cases = case::all()?;
        let selected = self.options.select(&cases, |case| case.text.id)?;
        let url = parse(&self.url).map_err(CommandFailure::Fault)?;
        let login = self.credentials(&url)?;
        let peer = self.peer(&url)?;
        let report = clients::run(interruptible(None, self.check(&url, &peer, login, selected)))?;
        self.options.finish(&report.map_err(CommandFailure::Fault)?)
    }

    fn peer(&self, url: &Url) -> anyhow::Result<CheckedServer> {
        let host = match url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => return Err(CommandFailure::Usage("the URL names no host".into()).into()),
        };
        let tls = match url.scheme() {
            "https" => Some(self.trust.client()?.for_protocol(&[ALPN])),
            _ => None,
        };
        let port = url.port_or_known_default().unwrap_or_default();
        let dialer = Dialer { unix_socket: self.route.unix_socket.clone(), ..Dialer::default() };
        Ok(CheckedServer { dialer, host, port, tls, timeout: self.options.timeout })
    }

    /// The field Authorization, from `--login` or the URL.
    fn credentials(&self, url: &Url) -> anyhow::Result<String> {
        let decode = |text| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (user, password) = match &self.login {
            Some(login) => {
                login.split_once(':').map_or((&**login, None), |(user, password)| (user, Some(password)))
            }
            None => (url.username(), url.password()),
        };
        if user.is_empty() {
            return Ok(String::new());
        }
        let password = match (password, &self.login) {
            (Some(password), Some(_)) => password.to_owned(),
            (Some(password), None) => decode(password),
            (None, _) => String::from_utf8(ask_password(&format!("Password of {user}: "))?)?,
        };
        let basic =
            Basic { user: if self.login.is_some() { user.to_owned() } else { decode(user) }, password };
        let value =
            basic.value().ok_or_else(|| CommandFailure::Usage("the login has control characters".into()))?;
        Ok(format!("Authorization: {value}\r\n"))
    }

    async fn check(
        &self,
        url: &Url,
        peer: &CheckedServer,
        login: String,
        cases: Vec<&Case>,
    ) -> Result<CheckReport, Fault> {
        let (host, port) = (url.host_str().unwrap_or_default(), url.port());
        let authority = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let scheme = if peer.tls.is_some() { "https" } else { "http" };
        let path =
            url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let mut resource = CheckedResource::probe(peer, (scheme, authority, path), login).await?;
        if resource.size() > dialogue::RESPONSE_LIMIT {
            return Err(Fault::new(
                FaultKind::Usage,
                "the content is larger than 1 MiB; name a smaller file",
            ));
        }
        let own = format!("{}mini-check-{}", resource.directory(), std::process::id());
        let language = self.options.language();
        let is_reading = |case: &&Case| !case.needs.contains(&Need::Writable);
        let (reading, writing): (Vec<_>, Vec<_>) = cases.into_iter().partition(is_reading);
        let runner = Runner { peer, resource: &resource, language, own: own.clone() };
        let mut findings = runner.run_all(reading).await;
        // Afterwards, because what is stored changes the listing of its directory.
        if self.writable {
            resource.probe_writing(peer, &own).await?;
        }
        let runner = Runner { peer, resource: &resource, language, own };
        findings.extend(runner.run_all(writing).await);
        Ok(CheckReport {
            target: without_password(&self.url).into_owned(),
            findings,
            notes: notes::observe(peer, &resource, language).await,
            language,
            fails_at: Level::Must,
        })
    }
}
