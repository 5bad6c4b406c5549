//! Many concurrent connections, up to the limits and beyond.

use std::time::{Duration, Instant};

use crate::harness::ftp::Ftp;
use crate::harness::{Response, Server, Tree, Wire, raise_descriptors, wait_until};

/// Too many for one thread per core to serve one after the other within the time of a test.
const CROWD: usize = 1_000;
/// Engines without a limit on concurrent connections.
const MANY: [&str; 3] = ["per-core", "event-loop", "threads"];

fn tree() -> Tree {
    raise_descriptors(8_192);
    Tree::of(&[("a", "hello\n")])
}

fn send_request(wire: &mut Wire, fields: &str) {
    wire.send(format!("GET /a HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
}

#[test]
fn a_thousand_http_connections_are_answered_while_all_are_open() {
    let tree = tree();
    for engine in MANY {
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--max-per-ip", "5000"]);
        let mut crowd: Vec<Wire> = (0..CROWD).map(|_| server.connect()).collect();
        for _ in 0..2 {
            crowd.iter_mut().for_each(|wire| send_request(wire, ""));
            for wire in &mut crowd {
                assert_eq!(wire.response("GET").body, b"hello\n", "{engine}");
            }
        }
    }
}

#[test]
fn a_thousand_ftp_sessions_are_answered_while_all_are_open() {
    let tree = tree();
    for engine in MANY {
        let server = Server::ftp(&tree, &["--engine", engine, "--quiet", "--max-per-ip", "5000"]);
        let mut crowd: Vec<Ftp> = (0..CROWD).map(|_| Ftp::connect(server.address("ftp")).0).collect();
        for (command, code) in [("USER anonymous", 331), ("PASS x", 230), ("PWD", 257)] {
            crowd.iter_mut().for_each(|ftp| ftp.send(command));
            crowd.iter_mut().for_each(|ftp| drop(ftp.expect_reply(code)));
        }
        assert_eq!(crowd[CROWD / 2].fetch("RETR a"), b"hello\r\n", "{engine}: data connections work");
    }
}

/// A pool serves one connection per thread; the others wait in the kernel's backlog.
#[test]
fn connections_beyond_the_pool_wait_and_are_served() {
    let tree = tree();
    let server = Server::http(&tree, &["--engine", "pool:4", "--quiet", "--max-per-ip", "5000"]);
    let mut inside: Vec<Wire> = (0..4).map(|_| server.connect()).collect();
    for wire in &mut inside {
        send_request(wire, "");
        assert_eq!(wire.response("GET").body, b"hello\n");
    }
    let mut crowd: Vec<Wire> = (0..CROWD).map(|_| server.connect()).collect();
    crowd.iter_mut().for_each(|wire| send_request(wire, "Connection: close\r\n"));
    crowd[0].stream().set_nonblocking(true).unwrap();
    for wire in &mut inside {
        assert!(wire.is_alive(), "those inside are answered at once");
    }
    assert!(crowd[0].stream().peek(&mut [0]).is_err(), "those outside wait");
    crowd[0].stream().set_nonblocking(false).unwrap();
    drop(inside);
    for wire in &mut crowd {
        assert_eq!(wire.response("GET").body, b"hello\n");
        assert_eq!(wire.rest(), b"");
    }
}

/// A persistent connection, and its first response.
fn enter(server: &Server) -> (Wire, Response) {
    let mut wire = server.connect();
    send_request(&mut wire, "");
    let answer = wire.response("GET");
    (wire, answer)
}

#[test]
fn connections_beyond_the_limit_are_refused_with_a_reason() {
    let tree = tree();
    for engine in ["per-core", "event-loop", "pool:8", "threads"] {
        for (limit, status, why) in [
            ("--max-connections", 503, "RFC 9110 section 15.6.4"),
            ("--max-per-ip", 429, "RFC 6585 section 4"),
        ] {
            let server = Server::http(&tree, &["--engine", engine, "--quiet", limit, "3"]);
            let mut inside: Vec<Wire> = (0..3).map(|_| enter(&server).0).collect();
            let (mut outside, answer) = enter(&server);
            assert_eq!(answer.status, status, "{engine} {limit}: {why}");
            answer.assert_dated();
            let wait: u64 = answer.field("retry-after").expect("RFC 9110 section 10.2.3").parse().unwrap();
            assert!(wait > 0 && answer.field("connection") == Some("close"), "{engine} {limit}");
            outside.finish();
            assert_eq!(outside.rest(), b"", "{engine} {limit}");
            assert!(inside.iter_mut().all(Wire::is_alive), "{engine} {limit}: accepted connections continue");

            let leaving = inside.pop().unwrap();
            leaving.finish();
            drop(leaving);
            // The place is free when the server has seen the end of that connection.
            wait_until(|| enter(&server).1.status == 200);
        }
    }
}

/// The kernel defers accepting them, for a second or until they send data.
#[test]
fn silent_connections_do_not_block_others() {
    let tree = tree();
    for engine in ["per-core", "event-loop", "pool:1", "threads"] {
        // On a busy machine the second may be over before the request is sent; such a try shows nothing.
        wait_until(|| {
            let server = Server::http(&tree, &["--engine", engine, "--quiet", "--max-connections", "1"]);
            let started = Instant::now();
            let _silent = server.connect();
            let status = enter(&server).1.status;
            let is_in_time = started.elapsed() < Duration::from_millis(900);
            assert!(!is_in_time || status == 200, "{engine}: {status}");
            is_in_time
        });
    }
}

#[test]
fn beyond_the_limit_ftp_says_421() {
    let tree = tree();
    for limit in ["--max-connections", "--max-per-ip"] {
        let server = Server::ftp(&tree, &["--quiet", limit, "2"]);
        let mut inside: Vec<Ftp> = (0..2).map(|_| Ftp::login(&server)).collect();
        let (mut outside, reply) = Ftp::connect(server.address("ftp"));
        assert_eq!(reply.code, 421, "{limit}: RFC 959 section 4.2: {reply:?}");
        outside.control.finish();
        assert_eq!(outside.control.rest(), b"", "{limit}");
        for ftp in &mut inside {
            assert_eq!(ftp.fetch("RETR a"), b"hello\n", "{limit}: accepted connections continue");
        }
    }
}

/// HTTP and FTP of one process share its limits.
#[test]
fn both_protocols_share_the_connection_limit() {
    let tree = tree();
    let server = Server::both(&tree, &["--quiet", "--max-connections", "2"]);
    let (_http, _) = enter(&server);
    let _ftp = Ftp::login(&server);
    assert_eq!(enter(&server).1.status, 503);
    assert_eq!(Ftp::connect(server.address("ftp")).1.code, 421);
}
