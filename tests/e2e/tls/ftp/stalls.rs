//! Handshakes that are started and never finished.

use std::thread;
use std::time::Instant;

use super::{serve, served, talk};
use crate::harness::{ENGINES, PROMPT, TEN_SECONDS, Wire, for_each_engine};
use crate::tls::half_a_hello;

/// Other clients are served meanwhile.
#[test]
fn an_unfinished_handshake_ends_the_control_connection() {
    let (tree, _) = served();
    let servers = ENGINES.map(|engine| serve(&tree, engine, &[]));
    thread::scope(|scope| {
        for server in &servers {
            for (scheme, sends_half) in [("ftp", false), ("ftp", true), ("ftps", false), ("ftps", true)] {
                scope.spawn(move || {
                    let started = Instant::now();
                    let mut wire = Wire::connect(server.address(scheme));
                    if scheme == "ftp" {
                        assert!(wire.line().starts_with("220 "));
                        wire.send("AUTH TLS\r\n");
                        assert!(wire.line().starts_with("234 "));
                    }
                    if sends_half {
                        wire.send(half_a_hello());
                    }
                    let _ = wire.rest();
                    assert!(
                        TEN_SECONDS.contains(&started.elapsed()),
                        "{scheme} {sends_half}: {:?}",
                        started.elapsed()
                    );
                });
            }
            scope.spawn(|| talk(server, "Session().auth().login()"));
        }
    });
}

#[test]
fn an_unfinished_handshake_ends_only_the_data_connection() {
    let (tree, _) = served();
    let script = r#"
session = Session().auth().login().protect()
for half in (False, True):
    raw = session.connect()
    session.send("RETR a")
    session.expect_reply(150)
    started = time.monotonic()
    if half:
        raw.sendall(bytes([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]))
    session.expect("NOOP", 200)
    session.expect_reply(522)
    assert 9 <= time.monotonic() - started < 25, time.monotonic() - started
assert session.fetch("RETR a", session.sock.session) == (226, b"hello\n")
"#;
    let servers = ENGINES.map(|engine| serve(&tree, engine, &[]));
    thread::scope(|scope| {
        for server in &servers {
            scope.spawn(move || talk(server, script));
        }
    });
}

#[test]
fn a_stopping_server_does_not_wait_for_handshakes() {
    let (tree, _) = served();
    for_each_engine(|engine| {
        let server = serve(&tree, engine, &[]);
        let mut explicit = Wire::connect(server.address("ftp"));
        explicit.send("AUTH TLS\r\n");
        let (greeting, begin) = (explicit.line(), explicit.line());
        assert!(greeting.starts_with("220 ") && begin.starts_with("234 "), "{greeting} {begin}");
        explicit.send(half_a_hello());
        let _silent = Wire::connect(server.address("ftps"));
        talk(&server, "Session(implicit=True).login()");
        let started = Instant::now();
        server.stop();
        assert!(started.elapsed() < PROMPT, "{:?}", started.elapsed());
    });
}
