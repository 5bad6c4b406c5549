//! The commands as a user runs them: real processes, real sockets, real files, real clients.
//!
//! A case that needs a missing program fails and names the package. The cases do not depend on the servers'
//! internals; unit tests cover those.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test ends with a panic, and makes and reads the files that are served"
)]

mod both_clients;
mod browser;
mod budgets;
mod captures;
mod checks;
mod clients;
mod command_line;
mod confinement;
mod crowds;
mod disk_faults;
mod durability;
mod file_systems;
mod ftp;
mod ftp_client;
mod harness;
mod hostile;
mod http;
mod http_client;
mod logins;
mod metrics;
mod model;
mod mounts;
mod names;
mod operation;
mod paths;
mod permissions;
mod proxies;
mod restarts;
mod services;
mod signals;
mod systemd;
mod tls;
mod traces;
mod upload_limits;
