//! The control connection: lines in any pieces, and every kind of end.

use std::os::unix::net::UnixStream;
use std::rc::Rc;

use common::net::conn::Conn;
use common::net::engine::Worker;
use common::net::peer::Peer;

use super::*;

#[test]
fn commands_may_be_pipelined_and_cut_anywhere() {
    let server = Server::start();
    let dialogue = b"USER anonymous\r\nPASS x\r\npwd\nTYPE I\r\n\xFF\xFB\x06NOOP\r\nCWD a\0b\r\nQUIT\r\n";
    let expected = ["331 ", "230 ", "257 ", "200 ", "200 ", "500 ", "221 "];
    for size in [1, 3, dialogue.len()] {
        let mut client = server.connect();
        client.0.get_ref().set_nodelay(true).unwrap();
        for piece in dialogue.chunks(size) {
            client.send(piece);
        }
        for expected in expected {
            assert_eq!(&client.reply()[..4], expected, "in pieces of {size}");
        }
        client.expect_end();
    }
}

#[test]
fn lines_that_are_too_long_are_refused() {
    let server = Server::start();
    let mut client = server.log_in();
    client.converse(&[
        (&format!("CWD {}", "a".repeat(4_093)), "500 ", "over 4,096 bytes"),
        ("NOOP", "200 ", "and the next counts"),
    ]);
    client.send(&[b'a'; 40_000]);
    assert!(client.reply().starts_with("500 "), "a line without end");
    client.expect_end();
}

#[test]
fn an_idle_session_gets_421_but_not_during_a_transfer() {
    let limits = Limits { idle: Duration::from_secs(1), ..Limits::default() };
    let server = Server::with(Setup { limits, ..Setup::default() });
    server.write_large("large", 64 << 20);
    let mut busy = server.log_in();
    let mut data = busy.passive();
    busy.converse(&[("RETR large", "150 ", "")]);
    let mut idle = server.connect();
    assert!(idle.reply().starts_with("421 "));
    idle.expect_end();
    busy.converse(&[("NOOP", "200 ", "the session is not idle during a transfer")]);
    let mut content = Vec::new();
    data.read_to_end(&mut content).unwrap();
    assert_eq!((content.len(), &busy.reply()[..4]), (64 << 20, "226 "));
}

/// TCP keepalive detects a client that has disappeared, also during a transfer.
#[test]
fn the_kernel_watches_the_connection() {
    let server = Server::start();
    let client = server.connect();
    let ports = [server.at.port(), client.0.get_ref().local_addr().unwrap().port()];
    // proc_net_tcp.rst: the ports in hexadecimal, and 02 where keepalive's timer runs.
    let ends = ports.map(|port| format!(":{port:04X}"));
    let is_watched = || {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let fields = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let mut ours = fields.filter(|fields| fields[1].ends_with(&ends[0]) && fields[2].ends_with(&ends[1]));
        ours.next().is_some_and(|fields| fields[5].starts_with("02:"))
    };
    // Until the greeting is acknowledged, another timer is shown.
    for _ in 0..200 {
        if is_watched() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("no timer");
}

#[test]
fn a_stopping_server_says_so_and_lets_transfers_finish() {
    let server = Server::start();
    server.write_large("large", 64 << 20);
    let (mut idle, mut busy) = (server.log_in(), server.log_in());
    let mut data = busy.passive();
    busy.converse(&[("RETR large", "150 ", "")]);
    server.stopper.stop();
    assert!(idle.reply().starts_with("421 "));
    idle.expect_end();
    let mut content = Vec::new();
    data.read_to_end(&mut content).unwrap();
    assert_eq!((content.len(), &busy.reply()[..4]), (64 << 20, "226 "));
    assert!(busy.reply().starts_with("421 "));
    busy.expect_end();
    server.stop();
}

#[test]
fn a_session_beyond_the_limit_gets_421_with_a_reason() {
    for (gate, reason) in [(Gate::new(1, 100), "The server"), (Gate::new(100, 1), "Your address")] {
        let server = Server::with(Setup { gate, ..Setup::default() });
        let _first = server.connect();
        let mut second = Client::of(TcpStream::connect(server.at).unwrap());
        let reply = second.reply();
        assert!(reply.starts_with(&format!("421 {reason}")), "{reply}");
        second.expect_end();
    }
}

#[test]
fn a_session_that_waits_is_small() {
    let directory = tempfile::tempdir().unwrap();
    let options = ServeOptions { hidden: false, writable: false, durable: false };
    let root = Root::open(directory.path(), options, CacheLimits::PROCESS).unwrap();
    let worker = Rc::new(Ftp::new(root, Setup::default().users).worker());
    let (ours, _theirs) = UnixStream::pair().unwrap();
    let session = worker.serve(Conn::new(ours.into(), Peer::Unix));
    let bytes = size_of_val(&session);
    assert!(bytes <= 1_072, "{bytes} bytes for each of ten thousand sessions");
}
