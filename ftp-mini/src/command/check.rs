//! `ftp-mini check`: whether a server keeps to the RFCs. The cases are dialogues in text files.

mod case;
mod condition;
mod dialogue;
mod notes;
mod run;
mod survey;

use std::time::Duration;

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use common::check::{CheckFailure, CheckOptions, CheckReport, Finding, Level, Verdict};
use common::client::{self, Fault, UserCredentials};
use common::command::{CommandFailure, TrustOptions, interruptible};
use common::net::tls::client::{TlsClient, Trust};
use syntax::rule::Language;

use self::case::Case;
use self::survey::Survey;
use super::remote::locate;
use crate::client::{Location, RemoteServer, SessionSecurity};

/// The options of the command.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Check {
    /// The server and a directory with a file that may be read: ftp://host/path
    url: String,

    /// Also check commands that change files, in a folder that is made and removed
    #[arg(long, help_heading = "Check")]
    writable: bool,

    /// Log in as this user [default: anonymous]
    #[arg(long, value_name = "USER:PASSWORD", help_heading = "Access")]
    login: Option<String>,

    /// Use TLS: from AUTH TLS on (explicit) or from the first byte (implicit, as with ftps://) [default: none]
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "none|explicit|implicit",
        help_heading = "TLS"
    )]
    tls: Option<TlsMode>,

    #[command(flatten)]
    trust: TrustOptions,

    #[command(flatten)]
    check: CheckOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TlsMode {
    None,
    Explicit,
    Implicit,
}

const EXAMPLES: &str = "\
Examples:
  ftp-mini check ftp://host/pub/              reads only
  ftp-mini check ftp://host:2121/ --writable  also in a folder of its own
  ftp-mini check ftp://host/ --login me:secret --tls explicit --insecure
  ftp-mini check ftp://host/ --only navigation --verbose --lang id
  ftp-mini check ftps://host/ --json";

/// Runs cases against a URL as an anonymous user, in order, up to the first one that does not pass. A case that
/// needs TLS uses AUTH TLS and trusts any certificate, the others use no TLS.
///
/// # Errors
/// The URL is wrong, there is no case with one of the ids, or no runtime can be started.
pub fn examine(
    url: &str,
    ids: &[String],
    timeout: Duration,
    language: Language,
) -> anyhow::Result<Vec<Finding>> {
    let all = case::all()?;
    let known = |id: &String| all.iter().find(|case| case.text.id == id);
    let cases = ids.iter().map(|id| known(id).ok_or_else(|| anyhow!("there is no case '{id}'")));
    let cases: Vec<&Case> = cases.collect::<anyhow::Result<_>>()?;
    let location = locate(url)?;
    let mut findings: Vec<Finding> = Vec::new();
    // The survey takes longer than most cases, so those with the same security share it.
    for cases in cases.chunk_by(|one, other| one.needs_tls() == other.needs_tls()) {
        let [first, ..] = cases else { continue };
        let security = match first.needs_tls() {
            true => SessionSecurity::Explicit(TlsClient::new(&Trust::Anyone)?),
            false => SessionSecurity::None,
        };
        let server = RemoteServer { security, ..RemoteServer::of(&location) };
        let examined = client::run(async {
            let survey = Survey::new(&server, &location.path, false, (timeout, language)).await?;
            for case in cases {
                findings.push(run::run(case, &survey).await);
                if findings.last().is_some_and(|finding| !matches!(finding.verdict, Verdict::Passed)) {
                    break;
                }
            }
            Ok(())
        })?;
        if let Err(fault) = examined {
            findings.push(first.text.finding(no_login(&server, &fault, first)));
        }
        if findings.last().is_some_and(|finding| !matches!(finding.verdict, Verdict::Passed)) {
            break;
        }
    }
    Ok(findings)
}

/// The verdict about a server that cannot be logged in to.
fn no_login(server: &RemoteServer, fault: &Fault, case: &Case) -> Verdict {
    let begin = if case.needs_tls() { "AUTH TLS\r\n" } else { "" };
    Verdict::Failed(Box::new(CheckFailure {
        sent: format!("{begin}USER {}\r\n", server.login.user).into(),
        expected: "230".into(),
        received: Vec::new(),
        observed: fault.to_string(),
        look_for: case.text.look_for,
    }))
}

impl Check {
    /// Runs the cases and prints the report.
    pub fn run(&self) -> anyhow::Result<()> {
        let location = locate(&self.url)?;
        let server = self.server(&location)?;
        let cases = case::all()?;
        let selected = self.check.select(&cases, |case| case.text.id)?;
        let language = self.check.language();
        let checked = client::run(interruptible(None, async {
            let survey =
                Survey::new(&server, &location.path, self.writable, (self.check.timeout, language)).await?;
            // Before a case changes the time of the file.
            let notes = notes::observe(&survey).await;
            let mut findings = Vec::new();
            for case in selected {
                findings.push(run::run(case, &survey).await);
            }
            survey.clean().await?;
            Ok((findings, notes))
        }))?;
        let (findings, notes) = checked.map_err(CommandFailure::Fault)?;
        let target = location.to_string();
        self.check.finish(&CheckReport { target, findings, notes, language, fails_at: Level::Must })
    }

    fn server(&self, location: &Location) -> anyhow::Result<RemoteServer> {
        let security = match (self.tls, location.is_implicit) {
            (Some(TlsMode::None | TlsMode::Explicit), true) => {
                return Err(CommandFailure::Usage(
                    "ftps:// is implicit TLS; use ftp:// with --tls explicit".into(),
                )
                .into());
            }
            (Some(TlsMode::Implicit), _) | (_, true) => SessionSecurity::Implicit(self.trust.client()?),
            (Some(TlsMode::Explicit), false) => SessionSecurity::Explicit(self.trust.client()?),
            (Some(TlsMode::None) | None, false) => SessionSecurity::None,
        };
        let mut server = RemoteServer { security, ..RemoteServer::of(location) };
        if let Some(login) = &self.login {
            let (user, password) = login
                .split_once(':')
                .ok_or_else(|| CommandFailure::Usage("--login takes USER:PASSWORD".into()))?;
            server.login = UserCredentials { user: user.into(), password: password.into(), netrc: None };
        }
        Ok(server)
    }
}
