//! HTTP over real sockets.
//!
//! The tables of messages are sent with a canary after each input: a request that must be answered if the
//! connection persists, and must never be answered if the input was not understood.

mod archives;
mod changing;
mod codings;
mod conditional;
mod content;
mod directory;
mod fields;
mod folders;
mod hosts;
mod huge;
mod limits;
mod listing;
mod methods;
mod names;
mod page;
mod permissions;
mod persistence;
mod proxied;
mod ranges;
mod request_line;
mod resuming;
mod site;
mod uploads;
mod writing;

use After::{Closed, Open};

use crate::harness::{ENGINES, Response, Server, Tree, for_each_engine, shown};

/// The request after each input of a table.
const CANARY: &[u8] = b"GET /canary HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
/// Content that only the canary's response has.
const CANARY_CONTENT: &str = "the canary sings\n";

/// The state of the connection after a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// The next request is read.
    Open,
    /// The connection ends; nothing after the request is answered.
    Closed,
}

/// An input, the status of its response, the state of the connection, and the reason.
type Row<'a> = (&'a [u8], u16, After, &'a str);

fn tree() -> Tree {
    Tree::of(&[("a", "hello\n"), ("canary", CANARY_CONTENT), ("d/b", "below\n")])
}

/// Checks each row on all engines, and once with every byte in its own segment, which must not make a
/// difference.
#[track_caller]
fn check(rows: &[Row<'_>]) {
    let tree = tree();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        for (input, status, after, why) in rows {
            let seen = outcome(&server, input, engine == ENGINES[0] && input.len() < 1_000);
            assert_eq!(seen, (*status, *after), "{}: {why}", shown(input));
        }
    });
}

fn outcome(server: &Server, input: &[u8], is_dripped: bool) -> (u16, After) {
    let whole = answers(server, input, false);
    if is_dripped {
        let parts = |responses: &[Response]| -> Vec<_> {
            responses.iter().map(|response| (response.status, response.body.clone())).collect()
        };
        let dripped = answers(server, input, true);
        assert_eq!(parts(&whole), parts(&dripped), "byte by byte: {}", shown(input));
    }
    match whole.as_slice() {
        [only] if only.body != CANARY_CONTENT.as_bytes() => (only.status, Closed),
        [first, canary] if canary.body == CANARY_CONTENT.as_bytes() => (first.status, Open),
        others => panic!("{}: {others:?}", shown(input)),
    }
}

fn answers(server: &Server, input: &[u8], is_dripped: bool) -> Vec<Response> {
    let mut wire = server.connect();
    match is_dripped {
        true => wire.drip(&[input, CANARY].concat()),
        false => wire.send([input, CANARY].concat()),
    }
    wire.finish();
    wire.responses()
}
