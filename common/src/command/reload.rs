//! What SIGHUP reloads. An invalid file is reported, and the old state is kept.

use std::fmt;
use std::sync::Arc;

use super::access::AccessOptions;
use super::systemd;
use crate::escape::printable;
use crate::files::Root;
use crate::log;
use crate::net::tls::Tls;
use crate::users::Users;

/// The parts of a server that can be reloaded.
#[derive(Clone, Debug, Default)]
pub(super) struct Reload {
    pub(super) tls: Option<Tls>,
    /// Present if there is a users file.
    pub(super) users: Option<(AccessOptions, Users, Root)>,
    /// Present if there is a configuration file.
    pub(super) settings: Option<Settings>,
}

/// Reads the settings again, and applies those that can change while the server runs.
#[derive(Clone)]
pub(super) struct Settings(pub(super) Arc<dyn Fn() -> anyhow::Result<()> + Send + Sync>);

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Settings(..)")
    }
}

impl Reload {
    /// Reloads everything. May block.
    pub(super) fn run(&self) {
        systemd::reloading();
        log::reopen();
        if let Some(tls) = &self.tls {
            tls.reload();
        }
        if let Some((access, users, root)) = &self.users {
            report("users", access.reload(users, root));
        }
        if let Some(Settings(read)) = &self.settings {
            report("header rules", read());
        }
        if self.tls.is_none() && self.users.is_none() && self.settings.is_none() {
            log::notice(format_args!(
                "SIGHUP: there is no certificate, users file or --config to read again"
            ));
        }
        systemd::ready();
    }
}

fn report(what: &str, outcome: anyhow::Result<()>) {
    match outcome {
        Ok(()) => log::notice(format_args!("SIGHUP: the {what} were read again")),
        Err(error) => {
            let error = format!("{error:#}");
            log::problem(format_args!("the new {what} are not used: {}", printable(error.as_bytes())));
        }
    }
}
