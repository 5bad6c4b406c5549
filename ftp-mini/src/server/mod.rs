//! The FTP server: [`Ftp`] is the service that an engine runs.
//!
//! How a RETR flows: `control` gives a command; `session` makes its pathname a `target`, which knows the
//! user's home and permissions, and lets `commands::transfer` open the file in the tree, `data` open the
//! data connection, and the content go over it while `control` goes on listening for ABOR. A STOR
//! (`commands::upload`) goes the other way. What ends otherwise is a `refusal`, and its reply.

mod commands;
mod control;
mod data;
mod limits;
mod passive;
mod refusal;
mod session;
mod target;
#[cfg(test)]
mod tests;

use std::net::Ipv4Addr;

use clap::Args;
use common::engine::Service;
use common::files::{Root, Tree};
use common::users::Users;

use limits::Limits;
pub use passive::PortRange;
use passive::Ports;

/// Where clients reach data connections.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct DataOptions {
    /// Ports for passive data connections, as in 50000-50100 [default: any that is free]
    #[arg(long, value_name = "A-B", help_heading = "FTP data connections")]
    pub passive_ports: Option<PortRange>,

    /// IPv4 address that PASV announces, for a server behind NAT; clients on this machine get the
    /// local one
    #[arg(long, value_name = "IP", help_heading = "FTP data connections")]
    pub public_address: Option<Ipv4Addr>,
}

/// The FTP service over a served directory.
#[derive(Clone, Debug)]
pub struct Ftp {
    root: Root,
    users: Users,
    ports: Ports,
    public_address: Option<Ipv4Addr>,
    limits: Limits,
}

impl Ftp {
    /// Serves `root` to `users`.
    #[must_use]
    pub fn new(root: Root, users: Users, data: DataOptions) -> Self {
        let ports = Ports::new(data.passive_ports);
        Self { root, users, ports, public_address: data.public_address, limits: Limits::default() }
    }
}

impl Service for Ftp {
    type Worker = FtpWorker;

    fn worker(&self) -> FtpWorker {
        FtpWorker { tree: self.root.tree(), service: self.clone() }
    }
}

/// The service on one thread.
#[derive(Debug)]
pub struct FtpWorker {
    tree: Tree,
    service: Ftp,
}
