//! `ftp-mini check`: whether a server keeps to the RFCs. The cases are dialogues in text files.

mod case;
mod condition;
mod dialogue;
mod notes;
mod run;
mod survey;

use std::time::Duration;

use clap::{Args, ValueEnum};
use common::check::{CheckFailure, CheckOptions, CheckReport, Finding, Level, Verdict};
use common::client::{self, Fault, UserCredentials};
use common::command::{CommandFailure, TrustOptions, interruptible};
use syntax::rule::Language;

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

/// Runs one case against a URL as an anonymous user, without TLS; `None` if there is no case with this id.
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
    let location = locate(url)?;
    let server = RemoteServer { security: SessionSecurity::None, ..RemoteServer::of(&location) };
    let examined = client::run(async {
        let survey = Survey::new(&server, &location.path, false, (timeout, language)).await?;
        Ok(run::run(case, &survey).await)
    })?;
    Ok(Some(examined.unwrap_or_else(|fault: Fault| {
        let failure = CheckFailure {
            sent: format!("USER {}\r\n", server.login.user).into(),
            expected: "230".into(),
            received: Vec::new(),
            observed: fault.to_string(),
            look_for: case.text.look_for,
        };
        case.text.finding(Verdict::Failed(Box::new(failure)))
    })))
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
