//! Connections, and engines that run sessions over them. This module knows no file, no user and no protocol.
//!
//! - [`conn::Conn`] is a session's view of its connection.
//! - [`engine`] decides how sessions are spread over threads.
//! - [`tls`] encrypts a connection.
//! - [`endpoint`] parses the addresses of the command line, [`listen`] contains the listening sockets and
//!   [`expecting`] those for data connections, [`peer`] the addresses of
//!   peers, and [`proxy_protocol`] parses what proxies state about theirs.
//! - [`trace`] records the traffic of connections.
//! - [`limits`] counts connections, [`budget`] memory, [`shutdown`] ends them, [`heartbeat`] detects stuck threads,
//!   [`offload`] runs calls that may block, and [`clock`] returns the time.

pub mod budget;
mod buffers;
pub mod clock;
pub mod conn;
pub mod endpoint;
pub mod engine;
pub mod expecting;
pub mod heartbeat;
pub mod limits;
pub mod listen;
pub mod offload;
pub mod open_file;
pub mod peer;
pub mod proxy_protocol;
pub mod shutdown;
pub(crate) mod socket;
mod system;
pub mod tls;
pub mod trace;
mod transport;
