//! The options that all client commands share.

use std::str::FromStr;
use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::{CommandFailure, Style, TraceOptions, TrustOptions, ask_password};
use crate::client::{
    Dialer, DialogueTrace, Fault, FaultKind, Hint, Netrc, Reporter, Retries, Throttle, UserCredentials,
};
use crate::escape::{Escaped, printable};
use crate::log;

/// Options of every client command.
#[derive(Args, Clone, Debug)]
pub struct ClientOptions {
    /// Log in as this user; the password is read from ~/.netrc, else from the terminal
    #[arg(long, value_name = "NAME", help_heading = "Access")]
    pub login: Option<String>,

    /// Timeout of connecting, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds, help_heading = "Network")]
    pub connect_timeout: Duration,

    /// Time limit of the whole command, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "Network")]
    pub max_time: Option<Duration>,

    /// Limit of the transfer rate, in bytes a second, as in 500k or 2M
    #[arg(long, value_name = "BYTES", help_heading = "Network")]
    pub limit_rate: Option<Bytes>,

    /// Retries after network failures; progress resets the count, and a refused first connection is not
    /// retried
    #[arg(long, value_name = "N", default_value_t = 5, help_heading = "Network")]
    pub retries: u32,

    /// Which certificates to trust.
    #[command(flatten)]
    pub trust: TrustOptions,

    /// Print events as JSON, one object per line, on standard output
    #[arg(long, help_heading = "Output")]
    pub json: bool,

    /// Print only failures
    #[arg(short, long, conflicts_with = "json", help_heading = "Output")]
    pub quiet: bool,

    /// Print the dialogue with the server on standard error, without passwords
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,

    /// What is shown of connections.
    #[command(flatten)]
    pub tracing: TraceOptions,
}

impl ClientOptions {
    /// Connects to servers.
    pub fn dialer(&self) -> Dialer {
        Dialer { timeout: self.connect_timeout, ..Dialer::default() }
    }

    /// Shows the dialogue, with `--verbose`.
    pub fn trace(&self) -> DialogueTrace {
        DialogueTrace(self.verbose.then_some(|line| log::to_stderr(format_args!("{line}"))))
    }

    /// How often a failed transfer is retried.
    pub fn retries(&self) -> Retries {
        Retries(self.retries)
    }

    /// Limits the transfer rate.
    pub fn throttle(&self) -> Throttle {
        Throttle::new(self.limit_rate.map(|Bytes(bytes)| bytes))
    }

    /// The report of events; `style` applies without `--json` and `--quiet`.
    pub fn report(&self, style: Style) -> Reporter {
        let style = match (self.json, self.quiet) {
            (true, _) => Style::Json,
            (false, true) => Style::Quiet,
            (false, false) => style,
        };
        style.report()
    }

    /// For commands whose content goes to standard output, so that JSON events cannot.
    pub fn leave_standard_output(&self) -> Result<(), CommandFailure> {
        match self.json {
            true => {
                Err(CommandFailure::Usage("--json writes to standard output, as the content does".into()))
            }
            false => Ok(()),
        }
    }

    /// The credentials for a host: those of the URL (`url`: name and password), else of `--login`, else of
    /// .netrc. A missing password is asked for on the terminal.
    ///
    /// # Errors
    ///
    /// [`FaultKind::Usage`] if there is no terminal; [`FaultKind::Interrupted`].
    pub fn credentials(
        &self,
        host: &str,
        url: (Option<&str>, Option<&str>),
    ) -> Result<Option<UserCredentials>, Fault> {
        let known = |user: &str, password: &str, netrc: Option<&Netrc>| {
            let netrc = netrc.map(|netrc| netrc.file().to_owned());
            Ok(Some(UserCredentials { user: user.to_owned(), password: password.to_owned(), netrc }))
        };
        let user = url.0.or(self.login.as_deref());
        if let (Some(user), Some(password)) = (user, url.1) {
            return known(user, password, None);
        }
        let netrc = Netrc::of_user();
        let (user, refusal) = match (netrc.login(host, user), user) {
            (Some((user, Some(password))), _) => match netrc.refusal(user) {
                Some(refusal) => (user, Some(printable(refusal.as_bytes()).into_owned())),
                None => return known(user, password, Some(&netrc)),
            },
            (Some((user, None)), _) | (None, Some(user)) => (user, None),
            (None, None) => return Ok(None),
        };
        let (shown_user, shown_host) = (Escaped(user.as_bytes()), Escaped(host.as_bytes()));
        let warning = refusal.as_ref().map(|refusal| format!("{refusal}\n")).unwrap_or_default();
        let asked = ask_password(&format!("{warning}Password of {shown_user} at {shown_host}: "));
        let typed = asked.map_err(|error| match error.kind() {
            std::io::ErrorKind::Interrupted => Fault::new(FaultKind::Interrupted, "interrupted"),
            _ => {
                let hint = "; put it into ~/.netrc, or run this on a terminal".to_owned();
                let hint = refusal.map_or(hint, |refusal| format!(": {refusal}"));
                Fault::new(FaultKind::Usage, format!("no password for {shown_user}{hint}"))
            }
        })?;
        let password = String::from_utf8(typed)
            .map_err(|_| Fault::new(FaultKind::Usage, "the password is not UTF-8 text"))?;
        known(user, &password, None)
    }
}

/// A number of bytes, as in `500`, `64k`, `2M` or `1G` (powers of 1,024).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

impl FromStr for Bytes {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (digits, shift) = match text.as_bytes().last() {
            Some(b'k' | b'K') => (text.get(..text.len() - 1), 10),
            Some(b'm' | b'M') => (text.get(..text.len() - 1), 20),
            Some(b'g' | b'G') => (text.get(..text.len() - 1), 30),
            _ => (Some(text), 0),
        };
        let number = digits.and_then(|digits| digits.parse::<u64>().ok()).filter(|&number| number > 0);
        let bytes = number.and_then(|number| number.checked_mul(1 << shift));
        bytes.map(Self).ok_or_else(|| anyhow!("a number of bytes is wanted, as in 500, 64k, 2M or 1G"))
    }
}

/// A positive number of seconds.
pub(crate) fn seconds(text: &str) -> anyhow::Result<Duration> {
    let number = text.parse::<f64>().ok().filter(|&number| number > 0.0);
    let seconds = number.and_then(|number| Duration::try_from_secs_f64(number).ok());
    seconds.ok_or_else(|| anyhow!("a number of seconds is wanted, as in 10 or 0.5"))
}

/// Fails with the first failure that was reported, which is not reported again.
pub fn outcome(report: &Reporter) -> anyhow::Result<()> {
    match report.first_failure() {
        Some(failure) => Err(CommandFailure::Reported(failure.kind).into()),
        None => Ok(()),
    }
}

/// Runs `main` unless the user interrupts it (SIGINT, SIGTERM) or it takes longer than `most`, which is a
/// [`FaultKind::Network`] failure.
pub async fn interruptible<T>(
    most: Option<Duration>,
    main: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let caught = |kind| signal(kind).map_err(|error| Fault::new(FaultKind::Failed, error.to_string()));
    let (mut interrupt, mut terminate) = (caught(SignalKind::interrupt())?, caught(SignalKind::terminate())?);
    let over = async {
        match most {
            Some(most) => tokio::time::sleep(most).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        done = main => done,
        _ = interrupt.recv() => Err(Fault::new(FaultKind::Interrupted, "interrupted")),
        _ = terminate.recv() => Err(Fault::new(FaultKind::Interrupted, "interrupted")),
        () = over => Err(Fault::new(FaultKind::Network, "it took longer than --max-time allows")),
    }
}

pub(super) fn hint(hint: Hint) -> &'static str {
    match hint {
        Hint::LogIn => "; log in with --login NAME, or check name and password",
        Hint::LogInOrEncrypt => "; give a name with --login and its password, or try --tls",
        Hint::Replace => "; name another file, or replace it with -o FILE",
        Hint::Resume => "; --resume continues from there",
        Hint::SkipDigest => "; leave --verify out",
        Hint::Trust => "; trust it with --cacert FILE or --pin, or do not verify it with --insecure",
        Hint::Unencrypted => "; without --tls, the session is not encrypted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client;

    #[test]
    fn numbers_of_bytes() {
        for (text, expected) in [
            ("500", Some(500)),
            ("64k", Some(64 << 10)),
            ("2M", Some(2 << 20)),
            ("1G", Some(1 << 30)),
            ("", None),
            ("k", None),
            ("0", None),
            ("-1", None),
            ("1.5M", None),
            ("99999999999999999999", None),
            ("99999999999999G", None),
        ] {
            assert_eq!(text.parse().ok(), expected.map(Bytes), "{text}");
        }
    }

    #[test]
    fn numbers_of_seconds() {
        for (text, expected) in [
            ("10", Some(10_000)),
            ("0.5", Some(500)),
            ("0", None),
            ("-1", None),
            ("nan", None),
            ("inf", None),
            ("1e300", None),
            ("x", None),
        ] {
            assert_eq!(seconds(text).ok(), expected.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn a_failure_names_the_option_that_its_fault_hints_at() {
        for (hint, expected) in [(None, "no"), (Some(Hint::Trust), "no; trust it with --cacert FILE")] {
            let mut fault = Fault::new(FaultKind::Network, "no");
            fault.hint = hint;
            assert!(CommandFailure::Fault(fault).to_string().starts_with(expected), "{hint:?}");
        }
    }

    /// Neither a name lookup nor reading from a pipe has a timeout of its own.
    #[test]
    fn the_end_waits_for_no_call_that_was_given_up() {
        let (pipe, _writer) = std::io::pipe().unwrap();
        let mut idle = client::Inlet::new(std::fs::File::from(std::os::fd::OwnedFd::from(pipe)));
        let read = async { idle.next(1).await.map(drop) };
        let lookup = || std::thread::sleep(Duration::from_secs(10));
        let look_up = async { tokio::task::spawn_blocking(lookup).await.map_err(std::io::Error::other) };
        let begun = std::time::Instant::now();
        let both = async { tokio::try_join!(read, look_up).map(drop).map_err(|error| Fault::io("", &error)) };
        let ended = client::run(interruptible(Some(Duration::from_millis(10)), both)).unwrap();
        assert_eq!(ended.map_err(|fault| fault.kind), Err(FaultKind::Network));
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    }
}
