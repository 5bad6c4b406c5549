//! What the wire formats of HTTP and FTP have in common. No I/O, no clock, no dependencies.
#![forbid(unsafe_code)]

pub mod span;
