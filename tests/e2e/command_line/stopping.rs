//! Stopping: running requests finish, idle connections are closed, and a second signal ends the server at
//! once.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::harness::ftp::Ftp;
use crate::harness::{PROMPT, Server, TEN_SECONDS, TIMEOUT, Tree, for_each_engine, tree};

/// More than the kernel's buffers hold.
const SIZE: usize = 64 << 20;

#[test]
fn a_stopping_server_finishes_running_requests() {
    let content = tree::pattern(SIZE);
    let tree = Tree::new();
    tree.file("big", &content);
    for_each_engine(|engine| {
        for signal in [Signal::TERM, Signal::INT] {
            let mut server = Server::both(&tree, &["--quiet", "--engine", engine]);
            let mut idle = server.connect();
            assert!(idle.is_alive());
            let mut running = server.connect();
            running.send(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
            running.fill();
            let mut ftp = Ftp::login(&server);
            let mut data = ftp.data();
            ftp.expect("RETR big", 150);
            data.fill();
            server.signal(signal);
            assert_eq!(idle.rest(), b"", "an idle connection is closed");
            assert!(refuses(server.address("http")), "no new one is taken");
            assert!(running.response("GET").body == content, "the download continues");
            assert!(data.rest() == content, "over FTP too");
            ftp.expect_reply(226);
            assert_eq!(server.ended_within(TIMEOUT).code(), Some(0), "{signal:?}");
        }
    });
}

/// Whether connections are refused, or soon will be: each worker closes its own listening socket.
fn refuses(address: SocketAddr) -> bool {
    let deadline = Instant::now() + Duration::from_secs(2);
    while Instant::now() < deadline {
        if TcpStream::connect_timeout(&address, TIMEOUT).is_err() {
            return true;
        }
    }
    false
}

#[test]
fn a_second_signal_ends_the_server_at_once() {
    let tree = Tree::new();
    tree.sparse("big", 1 << 30);
    for_each_engine(|engine| {
        let mut server = Server::http(&tree, &["--quiet", "--engine", engine]);
        let mut idle = server.connect();
        assert!(idle.is_alive());
        let mut stalled = server.connect();
        stalled.send(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
        stalled.fill();
        server.signal(Signal::TERM);
        // The end of the idle connection shows that the first signal was seen.
        assert_eq!(idle.rest(), b"");
        let started = Instant::now();
        server.signal(Signal::TERM);
        assert_eq!(server.ended_within(TIMEOUT).code(), Some(143), "as shells show SIGTERM");
        assert!(started.elapsed() < PROMPT, "{:?}", started.elapsed());
    });
}

#[test]
fn draining_ends_at_its_timeout() {
    let tree = Tree::new();
    tree.sparse("big", 1 << 30);
    let mut server = Server::http(&tree, &["--quiet"]);
    let mut stalled = server.connect();
    stalled.send(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    stalled.fill();
    server.signal(Signal::TERM);
    assert_eq!(server.ended_within(TEN_SECONDS.end).code(), Some(0));
}

#[test]
fn an_idle_server_stops_at_once() {
    let tree = Tree::of(&[("a", "")]);
    for_each_engine(|engine| {
        let mut server = Server::both(&tree, &["--quiet", "--engine", engine]);
        let (mut http, mut ftp) = (server.connect(), Ftp::login(&server));
        assert!(http.is_alive());
        let started = Instant::now();
        server.signal(Signal::TERM);
        assert_eq!(server.ended_within(TIMEOUT).code(), Some(0));
        assert!(started.elapsed() < PROMPT, "{:?}", started.elapsed());
        assert_eq!(http.rest(), b"");
        let goodbye = ftp.control.rest();
        assert!(goodbye.starts_with(b"421"), "RFC 959 section 4.2: {goodbye:?}");
    });
}
