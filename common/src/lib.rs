//! Runs a protocol session over a connection. This crate knows no protocol.
//!
//! Start reading here:
//!
//! - [`net`]: connections, TLS, and the four engines. [`net::conn::Conn`] is a session's view of its
//!   connection; a server's main loop is `next`, answer, `next`.
//! - [`files`]: the served directory. Nothing but [`files::Tree`] opens a path under it.
//! - [`users`]: accounts, logins and permissions.
//! - [`client`]: shared by the clients, over the same connections.
//! - [`command`]: shared by the commands: options, start and stop.
//! - [`check`]: what the checks of other programs share: findings and how they are shown.
//!
//! And [`log`] (a line for each request), [`escape`] (a peer's bytes, made harmless) and [`patterns`] (of paths).

// They panic where standard error or output is full or closed.
#![warn(clippy::print_stderr, clippy::print_stdout)]

#[cfg(feature = "cli")]
pub mod check;
pub mod client;
#[cfg(feature = "cli")]
pub mod command;
pub mod escape;
pub mod files;
pub mod log;
pub mod metrics;
pub mod net;
pub mod patterns;
pub mod users;
