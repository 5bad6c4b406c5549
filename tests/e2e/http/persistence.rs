//! Persistent connections and their end (RFC 9112 section 9).

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use super::{CANARY_CONTENT, tree};
use crate::harness::{ENGINES, Response, Server, at_once, for_each_engine};

fn statuses(responses: &[Response]) -> Vec<u16> {
    responses.iter().map(|response| response.status).collect()
}

#[test]
fn persistence_follows_version_and_connection_field() {
    let tree = tree();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        for (version, field, persists, said, why) in [
            ("HTTP/1.1", "", true, None, "9.3: by default"),
            ("HTTP/1.1", "Connection: keep-alive\r\n", true, None, "9.3"),
            ("HTTP/1.1", "Connection: close\r\n", false, Some("close"), "9.6"),
            ("HTTP/1.1", "Connection: Close\r\n", false, Some("close"), "9110 section 7.6.1: no case"),
            ("HTTP/1.1", "Connection: x, close, y\r\n", false, Some("close"), "anywhere in the list"),
            ("HTTP/1.1", "Connection: x\r\nConnection: close\r\n", false, Some("close"), "over lines"),
            ("HTTP/1.1", "Connection: keep-alive, close\r\n", false, Some("close"), "close is stronger"),
            ("HTTP/1.0", "", false, Some("close"), "9.3: not by default"),
            (
                "HTTP/1.0",
                "Connection: keep-alive\r\n",
                true,
                Some("keep-alive"),
                "9.3: on request, and confirmed",
            ),
            ("HTTP/1.0", "Connection: keep-alive, close\r\n", false, Some("close"), "close is stronger"),
        ] {
            let mut wire = server.connect();
            wire.send(format!("GET /a {version}\r\nHost: a\r\n{field}\r\n"));
            let answer = wire.response("GET");
            assert_eq!(answer.body, b"hello\n", "{version} {field:?}: {why}");
            let connection = answer.field("connection").map(str::to_ascii_lowercase);
            assert_eq!(connection.as_deref(), said, "{version} {field:?}: {why}");
            match persists {
                true => assert!(wire.is_alive(), "{version} {field:?}: {why}"),
                false => assert_eq!(wire.rest(), b"", "{version} {field:?}: {why}"),
            }
        }
    });
}

/// RFC 9112 section 9.3.2.
#[test]
fn a_pipeline_is_answered_in_order_and_together() {
    let tree = tree();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let mut wire = server.connect();
        let request = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        let pipeline = ["/a", "/canary", "/d/b", "/a"].map(request).concat();
        // The second time the files are cached.
        for _ in 0..2 {
            wire.send(&pipeline);
            (0..4).for_each(|_| drop(wire.response("GET")));
        }
        wire.send(&pipeline);
        let mut buffer = vec![0; 64 << 10];
        let read = wire.stream().read(&mut buffer).unwrap();
        let (mut at, mut seen) = (0, Vec::new());
        while let Some((response, used)) = Response::parse(&buffer[at..read], "GET", false) {
            at += used;
            seen.push(response.text());
        }
        assert_eq!(at, read, "whole answers only");
        assert_eq!(seen, ["hello\n", CANARY_CONTENT, "below\n", "hello\n"], "in one segment, in their order");
        assert!(wire.is_alive());
    });
}

#[test]
fn every_request_of_a_long_pipeline_is_answered() {
    let tree = tree();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let mut wire = server.connect();
        let (wanted, pause) = (5_000, 500);
        let some = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n".repeat(pause);
        for _ in 0..wanted / pause {
            wire.send(&some);
        }
        wire.finish();
        let answers = wire.responses();
        assert_eq!(answers.len(), wanted);
        assert!(answers.iter().all(|answer| answer.body == b"hello\n"));
    });
}

/// The kernel delays a segment sent with MSG_MORE by up to 200 ms.
#[test]
fn a_response_without_content_is_not_delayed() {
    let tree = tree();
    (0..5).for_each(|number| drop(tree.file(format!("empty-{number}"), "")));
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let mut wire = server.connect();
        let times = (0..5).map(|number| {
            let started = Instant::now();
            assert_eq!(wire.exchange("GET", &format!("/empty-{number}"), "").body, b"");
            started.elapsed()
        });
        let quickest = times.min().unwrap();
        assert!(quickest < Duration::from_millis(150), "{quickest:?}");
    });
}

#[test]
fn a_half_closed_client_gets_its_answers() {
    let tree = tree();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let mut wire = server.connect();
        wire.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3));
        wire.finish();
        assert_eq!(statuses(&wire.responses()), [200, 200, 200]);
    });
}

/// RFC 9112 section 9.6: closing with unread input resets the connection, which would discard the response.
#[test]
fn the_response_to_bad_input_is_not_lost_by_a_reset() {
    let tree = tree();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let mut wire = server.connect();
        wire.send(b"BAD\r\n\r\n");
        // The response is unread while the client keeps sending.
        wire.send(vec![b'x'; 1 << 20]);
        wire.finish();
        assert_eq!(statuses(&wire.responses()), [400]);
    });
}

/// The same for a client that never stops sending: the server discards input for two seconds or 4 MiB, enough
/// for the response to arrive.
#[test]
fn discarding_input_of_a_refused_peer_is_bounded() {
    let tree = tree();
    at_once(&ENGINES, |engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let refused = || {
            let mut wire = server.connect();
            wire.send(b"BAD\r\n\r\n");
            assert_eq!(wire.response("GET").status, 400, "{engine}");
            wire
        };
        let (fast, piece, mut sent) = (refused(), [b'x'; 64 << 10], 0);
        while fast.stream().write_all(&piece).is_ok() {
            sent += piece.len();
            assert!(sent < 32 << 20, "{engine}: 4 MiB, plus the kernel's buffers");
        }
        let (slow, started) = (refused(), Instant::now());
        while slow.stream().write_all(b"x").is_ok() {
            assert!(started.elapsed().as_secs() < 20, "{engine}: two seconds, plus the sweep interval");
            thread::sleep(Duration::from_millis(50));
        }
        assert!(started.elapsed().as_secs() >= 1, "{engine}: not before its time");
    });
}

#[test]
fn a_truncated_request_is_not_executed() {
    let tree = tree();
    let server = Server::http(&tree, &["--quiet"]);
    let whole = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    for cut in 0..whole.len() {
        let mut wire = server.connect();
        wire.send(&whole[..cut]);
        wire.finish();
        // No head is complete, so there is no request to answer.
        assert_eq!(wire.rest(), b"", "cut at {cut}");
    }
}
