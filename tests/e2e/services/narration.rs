//! What echo and chat servers report about their connections, and when.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream, UdpSocket};

use super::start;
use crate::harness::{TerminalUser, Wire, binary, for_each_engine};

#[test]
fn each_event_of_a_connection_is_narrated() {
    for_each_engine(|engine| {
        let server = start("echo", &["--engine", engine, "--verbose", "--lang", "en"]);
        let mut stream = TcpStream::connect(server.address("tcp")).unwrap();
        let from = stream.local_addr().unwrap();
        stream.write_all(b"halo, apa kabar\n").unwrap();
        stream.read_exact(&mut [0; 16]).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
        let opened = server.log_lines(format!("connection 1 from {from} (thread "), 1).remove(0);
        server.log_lines("1: closed", 1);
        let log = server.stop();
        let expected = [&*opened, "1: received 16 bytes: halo, apa kabar\\n", "1: half-closed", "1: closed"];
        assert_eq!(log, expected, "{engine}");
    });
}

#[test]
fn a_pool_reports_who_waits() {
    let server = start("echo", &["--engine", "pool:2", "--verbose", "--lang", "en"]);
    let connect = || TcpStream::connect(server.address("tcp")).unwrap();
    let first = connect();
    server.log_lines("connection 1 from", 1);
    let _second = connect();
    server.log_lines("connection 2 from", 1);
    let _third = connect();
    server.log_lines("connection 3 waits (pool:2)", 1);
    drop(first);
    server.log_lines("connection 3 from", 1);
    let _fourth = connect();
    server.log_lines("connection 4 waits (pool:2)", 1);
    let waits = server.stop().into_iter().filter(|line| line.contains("waits")).count();
    assert_eq!(waits, 2, "each is reported once");
}

#[test]
fn a_conversation_is_narrated_without_its_secrets() {
    let server = start("chat", &["--verbose", "--lang", "id"]);
    let mut ada = Wire::connect(server.address("chat"));
    ada.line();
    ada.send("siti\nhalo\n/msg budi rahasia\n/nick ani\n/quit\n");
    server.log_lines("1: ditutup", 1);
    let log = server.stop();
    assert!(log[0].starts_with("koneksi 1 dari 127.0.0.1:"), "{log:?}");
    let expected = [
        "1: bergabung sebagai siti",
        "1: menerima 4 bait: halo",
        "1: menerima pesan pribadi",
        "1: menerima 9 bait: /nick ani",
        "1: sekarang bernama ani",
        "1: ditutup",
    ];
    assert_eq!(log[1..], expected);
}

#[test]
fn datagrams_are_narrated() {
    let server = start("echo", &["--udp", "--verbose", "--lang", "en"]);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.send_to(b"hello\x1b", server.address("udp")).unwrap();
    let from = socket.local_addr().unwrap();
    server.log_lines(format!("datagram of 6 bytes from {from}: hello\\x1b"), 1);
}

#[test]
fn the_narration_is_for_terminals_unless_it_is_requested() {
    let silent = start("echo", &[]);
    let mut stream = TcpStream::connect(silent.address("tcp")).unwrap();
    stream.write_all(b"x").unwrap();
    stream.read_exact(&mut [0]).unwrap();
    drop(stream);
    assert_eq!(silent.stop(), Vec::<String>::new());
    let mini = binary("mini").display().to_string();
    for (options, is_narrated) in [("", true), ("--quiet", false)] {
        let mut teacher =
            TerminalUser::start(&format!("LANG=C LC_ALL=C {mini} echo server --port 127.0.0.1:0 {options}"));
        let shown = teacher.wait_for("ready");
        let port = shown.split("tcp://127.0.0.1:").nth(1).unwrap();
        let port: u16 = port.split(|letter: char| !letter.is_ascii_digit()).next().unwrap().parse().unwrap();
        drop(TcpStream::connect(("127.0.0.1", port)).unwrap());
        if is_narrated {
            teacher.wait_for("connection 1 from 127.0.0.1:");
        }
        teacher.types("\u{3}");
        let rest = teacher.wait_for_end();
        assert!(is_narrated || !rest.contains("connection"), "{rest}");
    }
}
