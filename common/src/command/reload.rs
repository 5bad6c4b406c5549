//! What SIGHUP reloads. An invalid file is reported, and the old state is kept.

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
            match access.reload(users, root) {
                Ok(()) => log::notice(format_args!("SIGHUP: the users were read again")),
                Err(error) => {
                    let error = format!("{error:#}");
                    let error = printable(error.as_bytes());
                    log::problem(format_args!("the new users are not used: {error}"));
                }
            }
        }
        if self.tls.is_none() && self.users.is_none() {
            log::notice(format_args!("SIGHUP: there is no certificate or users file to read again"));
        }
        systemd::ready();
    }
}
