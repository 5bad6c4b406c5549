//! Shared by the client commands: their options, the server of a URL, and the end of a command.

use std::ffi::OsStr;
use std::rc::Rc;

use clap::Args;
use common::client::{self, Fault, Reporter, is_url};
use common::command::{ClientOptions, CommandFailure, Style, interruptible, outcome};

use crate::client::{
    Link, Location, RemoteServer, Session, SessionError, SessionSecurity, TransferOptions, anonymous,
};

#[derive(Args, Debug)]
pub(super) struct RemoteOptions {
    #[command(flatten)]
    pub(super) client: ClientOptions,

    /// Start TLS before the login (AUTH TLS); ftps:// uses TLS from the first byte
    #[arg(long, help_heading = "TLS")]
    tls: bool,

    /// Let the server open data connections (PORT, EPRT)
    #[arg(long, help_heading = "Network")]
    active: bool,
}

impl RemoteOptions {
    pub(super) fn server(&self, location: &Location) -> anyhow::Result<Rc<RemoteServer>> {
        let speaks_tls = self.tls || location.is_implicit;
        if !speaks_tls && self.client.trust.are_given() {
            let hint = "--cacert, --pin and --insecure go with --tls, or with a URL of ftps://";
            return Err(CommandFailure::Usage(hint.into()).into());
        }
        let security = match (location.is_implicit, self.tls) {
            (true, _) => SessionSecurity::Implicit(self.client.trust.client()?),
            (false, true) => SessionSecurity::Explicit(self.client.trust.client()?),
            (false, false) => SessionSecurity::None,
        };
        let url = (location.user.as_deref(), location.password.as_deref());
        let login = self.client.credentials(&location.host, url).map_err(CommandFailure::Fault)?;
        Ok(Rc::new(RemoteServer {
            security,
            active: self.active,
            dialer: self.client.dialer(),
            trace: self.client.trace(),
            tracer: self.client.tracing.tracer()?,
            login: login.unwrap_or_else(anonymous),
            ..RemoteServer::of(location)
        }))
    }

    pub(super) fn transfer_options(&self, verify: bool) -> TransferOptions {
        TransferOptions { retries: self.client.retries(), throttle: self.client.throttle(), verify }
    }

    /// Runs a command over a link to a server until it is done, interrupted, or times out; an interrupted transfer
    /// is also ended at the server. `what` describes the failure, as in `cannot remove`.
    pub(super) fn run(
        &self,
        report: &Reporter,
        (what, location): (&str, &Location),
        work: impl AsyncFnOnce(&mut Link) -> Result<(), Fault>,
    ) -> anyhow::Result<()> {
        self.run_over(Link::new(self.server(location)?), report, (what, location), work)
    }

    /// Runs a command at each location, over a link that turns from server to server. A failure is reported, and the
    /// others follow.
    pub(super) fn run_each(
        &self,
        report: &Reporter,
        what: &str,
        locations: &[Location],
        mut work: impl AsyncFnMut(&mut Link, &Location) -> Result<(), Fault>,
    ) -> anyhow::Result<()> {
        // Passwords are asked for before the first connection.
        let mut servers = Vec::new();
        for same_server in locations.chunk_by(Location::is_beside) {
            if let Some(first) = same_server.first() {
                servers.push((self.server(first)?, first, same_server));
            }
        }
        let Some((server, first, _)) = servers.first() else { return Ok(()) };
        let (link, first) = (Link::new(Rc::clone(server)), *first);
        self.run_over(link, report, (what, first), async |link| {
            for (server, _, locations) in servers {
                link.turn_to(server).await;
                for location in locations {
                    if let Err(fault) = work(link, location).await {
                        fail(report, what, location, &fault);
                    }
                }
            }
            Ok(())
        })
    }

    /// Like [`Self::run`], over an existing link.
    fn run_over(
        &self,
        mut link: Link,
        report: &Reporter,
        (what, location): (&str, &Location),
        work: impl AsyncFnOnce(&mut Link) -> Result<(), Fault>,
    ) -> anyhow::Result<()> {
        let done = client::run(async {
            let done = interruptible(self.client.max_time, work(&mut link)).await;
            link.close().await;
            done
        })?;
        if let Err(fault) = done {
            fail(report, what, location, &fault);
        }
        outcome(report)
    }

    /// Runs a command that needs a few FTP commands only.
    pub(super) fn perform(
        &self,
        (what, location): (&str, &Location),
        work: impl AsyncFnMut(&mut Session) -> Result<(), SessionError>,
    ) -> anyhow::Result<()> {
        let (report, retries) = (self.client.report(Style::Each), self.client.retries());
        let retry = async |link: &mut Link| link.retry(retries, (&report, location), work).await;
        self.run(&report, (what, location), retry)
    }
}

/// Parses a URL of the command line. The error does not show the URL, which may contain a password.
pub(super) fn locate(url: &str) -> Result<Location, CommandFailure> {
    url.parse().map_err(|why| CommandFailure::Usage(format!("the URL cannot be used: {why}")))
}

/// Parses an argument that may be a URL of the same server and user; returns `None` for a path. Another URL is
/// an error: it may contain a password, so it must not be sent as a path.
pub(super) fn url_beside(
    argument: impl AsRef<OsStr>,
    location: &Location,
) -> Result<Option<Location>, CommandFailure> {
    let argument = argument.as_ref();
    if !is_url(argument) {
        return Ok(None);
    }
    // A URL that is not UTF-8 is invalid too: other bytes are percent-encoded.
    let mut other = locate(argument.to_str().unwrap_or_default())?;
    other.user = other.user.or_else(|| location.user.clone());
    match other.is_beside(location) {
        true => Ok(Some(other)),
        false => {
            let hint = format!(
                "'{other}' is on another server, or of another user; use a URL or a path of the same one"
            );
            Err(CommandFailure::Usage(hint))
        }
    }
}

/// `ftp-mini: cannot get 'ftp://host/a': ...`
pub(super) fn fail(report: &Reporter, what: &str, location: &Location, fault: &Fault) {
    let url = location.to_string();
    report.fail(&format!("ftp-mini: {what} '{url}'"), &url, fault);
}
