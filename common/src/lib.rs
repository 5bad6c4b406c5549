//! Carries a protocol session over a connection. It knows no protocol.
//!
//! Where to begin reading:
//!
//! - [`conn::Conn`] is what a session sees of its connection; a server's main loop is `next`, answer,
//!   `next`.
//! - [`engine`] decides how sessions are spread over threads: four ways, one implementation.
//! - [`files::Tree`] is the served directory; nothing else opens a path under it.
//! - [`tls`] is what a connection can carry its bytes over.
//! - [`users::Users`] says who a peer is, and [`users::User`] what it may do there.
//! - [`client`] is what the clients have in common, over the same connections.
//! - [`command`] is what the three server commands have in common: options, start and stop.
//!
//! Around them: [`listen`] (sockets and addresses), [`limits`] (how many), [`shutdown`] (until
//! when), [`offload`] (calls that may block), [`log`] (a line for each request), [`clock`],
//! [`escape`] (what a peer sent, made harmless).

// They panic where standard error or output is full or closed.
#![warn(clippy::print_stderr, clippy::print_stdout)]

mod buffers;
pub mod client;
pub mod clock;
pub mod command;
pub mod conn;
pub mod engine;
pub mod escape;
pub mod files;
pub mod limits;
pub mod listen;
pub mod log;
pub mod offload;
pub mod shutdown;
mod socket;
mod stream;
mod system;
pub mod tls;
pub mod users;
