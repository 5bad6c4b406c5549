//! The FTP server: [`Ftp`] is the service that an engine runs.
//!
//! For a RETR, `control` passes a command to `session`; `commands::retr` resolves its pathname to a `target`,
//! which knows the user's home and permissions, and opens the file in the tree; `transfer` opens the data
//! connection (`data`, `passive`) and sends the content, while `control::abort` reads the control connection. A
//! STOR (`commands::stor`) receives content instead. Each failure is a `refusal`, which has its reply.

mod ascii;
mod commands;
mod control;
mod data;
mod limits;
pub mod metrics;
mod passive;
mod refusal;
mod security;
mod session;
mod state;
mod target;
mod transfer;

#[cfg(test)]
mod tests;

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use std::sync::Arc;

use common::files::Tree;
use common::net::engine::Service;
use common::net::peer::TrustedProxy;
use common::net::trace::Mask;

// What a program needs to run the service.
pub use common::files::{CacheLimits, Root, ServeOptions};
pub use common::net::engine::{self, Engine};
pub use common::net::limits::{Gate, Timeouts};
pub use common::net::listen::{Address, Listener};
pub use common::net::shutdown;
pub use common::net::tls::Tls;
pub use common::users::{Actions, User, Users};

use crate::mask;
use limits::Limits;
pub use passive::PortRange;
use passive::Ports;
pub use security::{DataSession, Required, TlsSettings};

/// The FTP service over a served directory.
#[derive(Clone, Debug)]
pub struct Ftp {
    root: Root,
    users: Users,
    ports: Ports,
    public_address: Option<Ipv4Addr>,
    limits: Limits,
    channel: Channel,
}

/// TLS on the control connections of a port.
#[derive(Clone, Debug)]
enum Channel {
    None,
    /// After AUTH.
    Explicit(Arc<TlsSettings>),
    /// From the first byte.
    Implicit(Arc<TlsSettings>),
}

impl Channel {
    fn security(&self) -> Option<&Arc<TlsSettings>> {
        match self {
            Self::None => None,
            Self::Explicit(security) | Self::Implicit(security) => Some(security),
        }
    }

    fn implicit(&self) -> Option<&Tls> {
        match self {
            Self::None | Self::Explicit(_) => None,
            Self::Implicit(security) => Some(&security.control),
        }
    }
}

impl Ftp {
    /// Serves `root` to `users`, unencrypted, with passive data connections on any free port.
    pub fn new(root: Root, users: Users) -> Self {
        let (ports, limits) = (Ports::new(None), Limits::default());
        Self { root, users, ports, public_address: None, limits, channel: Channel::None }
    }

    /// Uses these ports for passive data connections.
    #[must_use]
    pub fn with_passive_ports(self, range: PortRange) -> Self {
        Self { ports: self.ports.with_range(range), ..self }
    }

    /// Reads the client's address from a PROXY header on data connections of these proxies; the listeners of control
    /// connections do so themselves.
    #[must_use]
    pub fn behind(self, proxies: Arc<[TrustedProxy]>) -> Self {
        Self { ports: self.ports.behind(proxies), ..self }
    }

    /// The ports for passive data connections; 0 means any that is free.
    pub fn passive_ports(&self) -> RangeInclusive<u16> {
        self.ports.numbers()
    }

    /// Uses these timeouts for sessions and transfers.
    #[must_use]
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.limits.idle = timeouts.idle.unwrap_or(self.limits.idle);
        self.limits.stall = timeouts.stall.unwrap_or(self.limits.stall);
        self
    }

    /// Announces this address in replies to PASV, for a server behind NAT. Clients on the same machine get the
    /// local one.
    #[must_use]
    pub fn with_public_address(self, address: Ipv4Addr) -> Self {
        Self { public_address: Some(address), ..self }
    }

    /// Returns a service that offers AUTH TLS, and one that uses TLS from the first byte. The second must be
    /// given unencrypted connections: it starts TLS itself, with tickets that identify the session.
    #[must_use]
    pub fn with_tls(self, security: TlsSettings) -> (Self, Self) {
        let security = Arc::new(security);
        let explicit = Self { channel: Channel::Explicit(Arc::clone(&security)), ..self };
        let implicit = Self { channel: Channel::Implicit(security), ..explicit.clone() };
        (explicit, implicit)
    }

    /// Whether passwords may be sent unencrypted.
    pub fn has_unencrypted_passwords(&self) -> bool {
        let required = self.channel.security().map_or(Required::None, |security| security.required);
        self.users.have_passwords() && required == Required::None
    }
}

impl Service for Ftp {
    type Worker = FtpWorker;

    fn worker(&self) -> FtpWorker {
        FtpWorker { tree: self.root.tree(), service: self.clone() }
    }

    fn mask(&self) -> Option<Box<dyn Mask>> {
        Some(mask::new())
    }
}

/// The service on one thread.
#[derive(Debug)]
pub struct FtpWorker {
    tree: Tree,
    service: Ftp,
}
