//! The exercises that are programs.

use super::oracle::{Source, source};

/// The exercises, by the name of their folder.
pub(super) static PROGRAMS: &[(&str, Program)] = &[
    (
        "send_all",
        Program { role: Role::Client, production: source!("mini/src/echo/client.rs", "async fn exchange") },
    ),
    (
        "echo",
        Program { role: Role::Server, production: source!("mini/src/echo/tcp.rs", "impl Worker for Echo") },
    ),
    (
        "threads",
        Program {
            role: Role::Server,
            production: source!("common/src/net/engine/threads.rs", "pub(super) fn run"),
        },
    ),
    (
        "pool",
        Program {
            role: Role::Pool,
            production: source!("common/src/net/engine/pool.rs", "async fn one_at_a_time"),
        },
    ),
    (
        "select",
        Program {
            role: Role::Server,
            production: source!("common/src/net/engine/event_loop.rs", "pub(super) fn run"),
        },
    ),
];

/// A program that communicates.
pub(super) struct Program {
    pub(super) role: Role,
    /// Our own program.
    pub(super) production: Source,
}

/// The role of a program in the echo protocol (RFC 862). Its argument is a port of 127.0.0.1.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It listens on the port, and returns what it receives.
    Server,
    /// It does so with a pool of ten threads.
    Pool,
    /// It sends its standard input to the port, and receives as much.
    Client,
}
