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
        Program {
            role: Role::Server,
            production: source!("mini/src/echo/tcp.rs", "impl Worker for EchoService"),
        },
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
    (
        "udp",
        Program { role: Role::Datagrams, production: source!("mini/src/echo/udp.rs", "async fn answer_all") },
    ),
    (
        "deadline",
        Program {
            role: Role::Deadline,
            production: source!("common/src/net/conn/watch.rs", "pub(super) fn poll_ended"),
        },
    ),
    (
        "serve",
        Program {
            role: Role::Http,
            production: source!("http-mini/src/server/session.rs", "async fn serve(self"),
        },
    ),
    (
        "session",
        Program {
            role: Role::Ftp,
            production: source!("ftp-mini/src/server/session.rs", "async fn serve(self"),
        },
    ),
];

/// A program that communicates.
pub(super) struct Program {
    pub(super) role: Role,
    /// Our own program.
    pub(super) production: Source,
}

/// What a program does. Its argument is a port of 127.0.0.1.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It listens on the port, and returns what it receives (RFC 862).
    Server,
    /// It does so with a pool of ten threads.
    Pool,
    /// It sends its standard input to the port, and receives as much.
    Client,
    /// It returns each datagram, at all addresses.
    Datagrams,
    /// It returns lines, and closes slow connections.
    Deadline,
    /// It serves the current directory over HTTP.
    Http,
    /// It serves the current directory over FTP.
    Ftp,
}
