//! FTP, written by hand on TCP sockets.
//!
//! - [`wire`]: converts bytes to values and back; no I/O.
//! - [`client`]: sessions with a server, for uploads and downloads.
//! - [`server`]: a session over a [`common::net::conn::Conn`], serving a [`common::files::Tree`].
//! - [`command`]: the `ftp-mini` command.
#![forbid(unsafe_code)]
// Both panic if the stream is full or closed.
#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod client;
#[cfg(feature = "cli")]
pub mod command;
mod mask;
pub mod server;

pub use ftp_wire as wire;
