//! The interfaces of the service manager: sockets that it has bound
//! ([sd_listen_fds(3)](https://www.freedesktop.org/software/systemd/man/sd_listen_fds.html)), and notifications of the
//! service's state ([sd_notify(3)](https://www.freedesktop.org/software/systemd/man/sd_notify.html)), as
//! `Type=notify-reload` and `WatchdogSec` need them. Without a service manager nothing happens here.

use std::io;
use std::os::fd::RawFd;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use sd_notify::NotifyState;
use tokio::runtime::Builder;
use tokio::time::interval;

use super::CommandFailure;
use crate::log;
use crate::net::heartbeat;
use crate::net::listen::Listener;
use crate::net::shutdown::Stop;

/// The listening sockets of the service manager, by their names (`FileDescriptorName`).
#[derive(Debug, Default)]
pub(super) struct Sockets(Vec<(String, RawFd)>);

impl Sockets {
    /// The sockets that were passed to this process.
    pub(super) fn passed() -> anyhow::Result<Self> {
        let passed =
            sd_notify::listen_fds_with_names().context("cannot use the sockets of the service manager")?;
        Ok(Self(passed.map(|(socket, name)| (name, socket)).collect()))
    }

    /// The listeners for a scheme; `None` if there are no sockets with its name. HTTPS uses the name of HTTP.
    pub(super) fn listeners(&self, scheme: &str) -> Option<anyhow::Result<Vec<Listener>>> {
        let wanted = if scheme == "https" { "http" } else { scheme };
        let inherit = |(name, socket): &(String, RawFd)| {
            Listener::inherit(*socket).map_err(|error| anyhow!("cannot use the socket '{name}': {error}"))
        };
        let named: Vec<_> = self.0.iter().filter(|(name, _)| name == wanted).collect();
        (!named.is_empty()).then(|| named.into_iter().map(inherit).collect())
    }

    /// Every socket must belong to a scheme of the command.
    pub(super) fn check(&self, schemes: &[&str]) -> Result<(), CommandFailure> {
        let is_used =
            |name: &str| schemes.iter().any(|scheme| *scheme == name || (*scheme, name) == ("https", "http"));
        match self.0.iter().find(|(name, _)| !is_used(name)) {
            None => Ok(()),
            Some((name, _)) => Err(CommandFailure::Usage(format!(
                "the service manager passes a socket '{name}', on which this command does not listen; \
                 FileDescriptorName is http, ftp, or ftps (with --ftps)"
            ))),
        }
    }
}

/// Starts the thread that answers the watchdog and reports the stop, with which it ends. `None` without a service manager.
pub(super) fn start(mut stop: Stop) -> io::Result<Option<JoinHandle<()>>> {
    if std::env::var_os("NOTIFY_SOCKET").is_none() {
        return Ok(None);
    }
    let timeout = sd_notify::watchdog_enabled();
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let report = async move {
        // As sd_watchdog_enabled(3) recommends.
        let mut due = interval(timeout.map_or(Duration::MAX, |timeout| timeout / 2));
        loop {
            tokio::select! {
                _ = due.tick(), if timeout.is_some() => if heartbeat::all_threads_respond() {
                    notify(&[NotifyState::Watchdog]);
                },
                () = stop.requested() => {
                    let status = NotifyState::Status("finishing running transfers");
                    return notify(&[NotifyState::Stopping, status]);
                }
            }
        }
    };
    thread::Builder::new().name("systemd".into()).spawn(move || runtime.block_on(report)).map(Some)
}

/// Every listener accepts connections.
pub(super) fn ready() {
    notify(&[NotifyState::Ready, NotifyState::Status("serving")]);
}

/// A reload begins; [`ready`] ends it.
pub(super) fn reloading() {
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        notify(&[NotifyState::Reloading, now]);
    }
}

fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        log::problem(format_args!("cannot notify the service manager: {error}"));
    }
}
