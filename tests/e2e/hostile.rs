//! Peers that use more resources than they need, and machines with too few.

use std::io::{ErrorKind, Read, Write};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::ftp::Ftp;
use crate::harness::{
    ENGINES, Server, TEN_SECONDS, TIMEOUT, Tree, Wire, at_once, binary, for_each_engine, program,
    raise_descriptors,
};

fn tree() -> Tree {
    Tree::of(&[("a", "hello\n")])
}

/// A head must be complete within ten seconds, however its bytes are spread.
#[test]
fn an_endless_head_times_out() {
    let tree = tree();
    let servers = ["per-core", "event-loop", "pool:8", "threads"]
        .map(|engine| Server::http(&tree, &["--engine", engine, "--quiet"]));
    thread::scope(|scope| {
        for server in &servers {
            scope.spawn(|| {
                let mut silent = server.connect();
                silent.send("GET /a HTTP/1.1\r\nHo");
                let mut dripping = server.connect();
                let mut idle = server.connect();
                assert!(idle.is_alive());
                let started = Instant::now();
                dripping.send("GET /a HTTP/1.1\r\nX: ");
                // Slowloris sends a byte each half second.
                dripping.stream().set_read_timeout(Some(Duration::from_millis(500))).unwrap();
                while dripping.stream().peek(&mut [0]).is_err() {
                    dripping.send("x");
                    assert!(started.elapsed() < TEN_SECONDS.end, "in time");
                }
                dripping.stream().set_read_timeout(Some(TIMEOUT)).unwrap();
                assert_eq!(dripping.response("GET").status, 408, "RFC 9110 section 15.5.9");
                assert_eq!(silent.response("GET").status, 408, "RFC 9110 section 15.5.9");
                assert!(started.elapsed() >= TEN_SECONDS.start, "not before its time");
                assert!(idle.is_alive(), "a connection between two requests has more time");
            });
        }
    });
}

/// Content has half a minute, plus the time that a slow peer earns by sending.
#[test]
fn missing_content_times_out() {
    let tree = tree();
    at_once(&ENGINES, |engine| {
        let server = Server::http(&tree, &["--engine", engine, "--writable", "--log", "json"]);
        let rows = [
            ("GET", "/nothing", "Content-Length: 5\r\n", ""),
            ("HEAD", "/no-method", "Content-Length: 5\r\n", ""),
            ("PUT", "/a-part", "Content-Length: 5\r\n", "hel"),
            ("PUT", "/a-chunk", "Transfer-Encoding: chunked\r\n", "5\r\nhel"),
        ];
        at_once(&rows, |(method, target, fields, content)| {
            let mut wire = server.connect();
            wire.stream().set_read_timeout(Some(Duration::from_secs(30) + TIMEOUT)).unwrap();
            wire.exchange("GET", "/a", "").assert_dated();
            let started = Instant::now();
            wire.send(format!("{method} {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n{content}"));
            let answer = wire.response(method);
            assert_eq!(answer.status, 408, "{engine} {method}: RFC 9110 section 15.5.9");
            answer.assert_dated();
            assert_eq!(
                answer.field("connection"),
                Some("close"),
                "{engine} {method}: RFC 9110 section 15.5.9"
            );
            assert_eq!(wire.rest(), b"", "{engine} {method}");
            assert!(started.elapsed().as_secs() >= 29, "{engine} {method}: not before its time");
            assert!(!tree.join(&target[1..]).exists(), "{engine} {method}: nothing is stored");
        });
        let log = server.stop();
        for (method, target, ..) in rows {
            let of_it: Vec<_> =
                log.iter().filter(|line| line.contains(&format!("{method} {target} "))).collect();
            assert!(matches!(&*of_it, [line] if line.contains("408")), "{engine} {method}: {of_it:?}");
        }
    });
}

/// No other response is written after a partial one, where it would look like its continuation.
#[test]
fn a_stalled_download_ends_without_another_response() {
    let tree = tree();
    tree.sparse("zeros", 64 << 20);
    at_once(&ENGINES, |engine| {
        let options = ["--engine", engine, "--log", "json", "--stall-timeout", "3"];
        let server = Server::http(&tree, &options);
        let mut wire = server.connect();
        // The next request is incomplete, so its timeout would have expired as well.
        wire.send("GET /zeros HTTP/1.1\r\nHost: a\r\n\r\nGET /a HTTP/1.1\r\n");
        let mut other = server.connect();
        other.send("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n");
        assert_eq!(other.response("GET").status, 408, "{engine}: the time is over");
        assert!(server.log_lines("/zeros", 1)[0].contains("\"completed\":false"), "{engine}");
        let received = wire.rest();
        let content = received.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        assert!(received.len() < 64 << 20, "{engine}: a part");
        assert!(received[content..].iter().all(|&byte| byte == 0), "{engine}");
    });
}

/// An upload may be silent for minutes, unless its connection is needed.
#[test]
fn the_longest_stalled_transfer_ends_when_connections_run_out() {
    let rows = [
        ("event-loop", "1", true),
        ("per-core", "1", true),
        ("threads", "1", true),
        ("event-loop", "2", false),
    ];
    at_once(&rows, |(engine, most, ends)| {
        let served = Tree::new();
        let options = ["--writable", "--quiet", "--engine", engine, "--max-connections", most];
        let server = Server::ftp(&served, &options);
        let mut ftp = Ftp::login(&server);
        let _data = ftp.data();
        ftp.expect("STOR a", 150);
        let wait = Duration::from_secs(30) + if *ends { TIMEOUT } else { Duration::from_secs(5) };
        ftp.control.stream().set_read_timeout(Some(wait)).unwrap();
        let started = Instant::now();
        match ends {
            true => {
                ftp.expect_reply(426);
                assert!(started.elapsed().as_secs() >= 29, "{engine}: not before its time");
            }
            false => {
                let error = ftp.control.stream().read(&mut [0]).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::WouldBlock, "{engine}: half of the places are free");
            }
        }
    });
}

/// The server stops producing responses while they are not read.
#[test]
fn a_pipeline_with_unread_responses_uses_bounded_memory() {
    let tree = Tree::of(&[("a", &"x".repeat(4_000))]);
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        assert_eq!(server.get("/a").status, 200);
        let before = server.memory();
        let wire = server.connect();
        let requests = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1_000);
        wire.stream().set_write_timeout(Some(Duration::from_millis(500))).unwrap();
        let mut sent = 0;
        let stopped = loop {
            match wire.stream().write(requests.as_bytes()) {
                Ok(written) => sent += written,
                Err(error) => break error,
            }
            assert!(sent < 64 << 20, "the server stops reading");
        };
        assert!(matches!(stopped.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{stopped}");
        let grown = server.memory().saturating_sub(before);
        assert!(grown < 4 << 10, "{grown} KiB for one connection");
        assert_eq!(server.get("/a").status, 200, "the others are served");
    });
}

#[test]
fn idle_connections_take_little_memory() {
    raise_descriptors(8_192);
    let tree = tree();
    for engine in ["per-core", "event-loop"] {
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--max-per-ip", "5000"]);
        (0..10).for_each(|_| assert_eq!(server.get("/a").status, 200));
        let before = server.memory();
        let mut crowd: Vec<Wire> = (0..1_000).map(|_| server.connect()).collect();
        for wire in &mut crowd {
            assert!(wire.is_alive());
        }
        let each = server.memory().saturating_sub(before) * 1_024 / 1_000;
        assert!(each < 4_096, "{engine}: {each} bytes for each idle connection");
    }
}

/// `prlimit --nofile=64`: a machine or service manager that allows few descriptors.
fn poor(tree: &Tree, engine: &str) -> Server {
    let mut command: Command = program::tool("prlimit");
    command.arg("--nofile=64:64").arg(binary("http-mini")).arg("serve").arg(tree.path());
    command.args(["--listen", "127.0.0.1:0", "--quiet", "--writable", "--engine", engine]);
    // More than the descriptors allow.
    command.args(["--max-connections", "100"]);
    Server::start(command)
}

#[test]
fn a_server_that_runs_out_of_descriptors_recovers() {
    let tree = tree();
    for engine in ["per-core", "event-loop", "pool:4", "threads"] {
        let server = poor(&tree, engine);
        let crowd: Vec<Wire> = (0..150)
            .map(|_| {
                let mut wire = server.connect();
                wire.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
                wire
            })
            .collect();
        let before = server.processor_time();
        thread::sleep(Duration::from_millis(500));
        let spent = server.processor_time().saturating_sub(before);
        assert!(spent < Duration::from_millis(250), "{engine}: {spent:?} of processor time for waiting");
        drop(crowd);
        let answered = (0..100).map(|_| server.get("/a").status).any(|status| status == 200);
        assert!(answered, "{engine}: the other connections have ended");
    }
}

/// A condition that passes within a moment is answered with 503 and Retry-After.
#[test]
fn an_upload_without_descriptors_gets_retry_after() {
    let tree = tree();
    for engine in ["per-core", "event-loop"] {
        let server = poor(&tree, engine);
        let mut wire = server.connect();
        assert!(wire.is_alive());
        let crowd: Vec<Wire> = (0..100).map(|_| server.connect()).collect();
        server.log_lines("cannot accept a connection", 1);
        let put = "PUT /n HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
        wire.send(put);
        let refused = wire.response("PUT");
        assert_eq!((refused.status, refused.field("retry-after")), (503, Some("1")), "{engine}");
        drop(crowd);
        let deadline = Instant::now() + TIMEOUT;
        while {
            wire.send(put);
            wire.response("PUT").status == 503
        } {
            assert!(Instant::now() < deadline, "{engine}: the other connections have ended");
        }
    }
}

/// Open files are cached only while descriptors suffice.
#[test]
fn more_files_than_descriptors_can_be_served() {
    let tree = Tree::new();
    (0..300).for_each(|number| drop(tree.file(format!("{number}"), format!("{number}"))));
    for engine in ["per-core", "event-loop", "pool:4", "threads"] {
        let server = poor(&tree, engine);
        let mut wire = server.connect();
        for number in 0..300 {
            let answer = wire.exchange("GET", &format!("/{number}"), "");
            assert_eq!((answer.status, answer.text()), (200, number.to_string()), "{engine}");
        }
        assert_eq!(server.get("/?format=json").status, 200, "{engine}: and a listing");
    }
}

/// A listing of many names does not delay other requests.
#[test]
fn a_huge_listing_does_not_delay_others() {
    let tree = tree();
    (0..20_000).for_each(|number| drop(tree.file(format!("d/{number}"), "")));
    let server = Server::http(&tree, &["--engine", "event-loop", "--quiet"]);
    let mut slow = server.connect();
    slow.send("GET /d/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let mut slowest = Duration::ZERO;
    for _ in 0..50 {
        let started = Instant::now();
        assert_eq!(server.get("/a").status, 200);
        slowest = slowest.max(started.elapsed());
    }
    assert!(slowest < Duration::from_secs(1), "{slowest:?} for a small file");
    let page = slow.response("GET").text();
    assert_eq!(page.matches("<a href=\"./").count(), 20_000);
    assert!(server.memory() < 64 << 10, "{} KiB", server.memory());
}
