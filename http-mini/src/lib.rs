//! HTTP/1.1, written by hand on TCP sockets.
//!
//! - [`wire`]: converts bytes to values and back; no I/O.
//! - [`server`]: a session over a [`common::net::conn::Conn`], serving a [`common::files::Tree`].
//! - [`client`]: requests, downloads and uploads; one request is one line.
//! - [`command`]: the `http-mini` command.
#![forbid(unsafe_code)]
// Both panic if the stream is full or closed.
#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod client;
#[cfg(feature = "cli")]
pub mod command;
mod content;
pub mod server;

pub use http_wire as wire;
