//! Shared by the wire formats of HTTP and FTP. No I/O, no clock, no dependencies.
#![forbid(unsafe_code)]
#![deny(clippy::disallowed_types)]

pub mod conversation;
pub mod decimal;
pub mod record;
pub mod rule;
pub mod span;
pub mod splits;
pub mod tls;
pub mod unix_time;
pub mod violation;
pub mod watch;
