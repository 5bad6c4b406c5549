//! Echo (RFC 862), with our own client and others.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::start;
use crate::harness::program::{run, tool};
use crate::harness::tree::pattern;
use crate::harness::{TIMEOUT, Tree, binary, for_each_engine};

#[test]
fn every_byte_is_echoed_also_after_a_half_close() {
    let sent = pattern(64 << 20);
    for_each_engine(|engine| {
        let server = start("echo", &["--engine", engine]);
        let mut stream = TcpStream::connect(server.address("tcp")).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        let mut sending = stream.try_clone().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                sending.write_all(&sent).unwrap();
                sending.shutdown(Shutdown::Write).unwrap();
            });
            let mut back = Vec::new();
            stream.read_to_end(&mut back).unwrap();
            assert!(back == sent, "{} bytes returned", back.len());
        });
        server.stop();
    });
}

#[test]
fn a_peer_that_does_not_read_uses_bounded_memory() {
    for_each_engine(|engine| {
        let server = start("echo", &["--engine", engine]);
        let before = server.memory();
        let mut stream = TcpStream::connect(server.address("tcp")).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        // The kernels' buffers fill first; then the server stops reading.
        stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
        let (piece, mut sent) = (vec![b'x'; 64 << 10], 0);
        loop {
            match stream.write(&piece) {
                Ok(written) => sent += written,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => panic!("{error}"),
            }
        }
        let grown = server.memory().saturating_sub(before);
        assert!(grown < 4 << 10, "{grown} KiB more after {sent} bytes");
        stream.shutdown(Shutdown::Write).unwrap();
        let mut back = Vec::new();
        stream.read_to_end(&mut back).unwrap();
        assert_eq!(back.len(), sent, "nothing was lost meanwhile");
    });
}

#[test]
fn datagrams_are_echoed_whole() {
    let server = start("echo", &["--udp"]);
    let socket = datagrams(&server.address("udp"));
    for length in [0, 1, 1_472, 65_507] {
        let sent = pattern(length);
        socket.send(&sent).unwrap();
        let mut back = vec![0; 70_000];
        let received = socket.recv(&mut back).unwrap();
        assert!(back[..received] == sent, "{length} bytes, {received} returned");
    }
}

/// A socket that is connected to the server.
fn datagrams(server: &SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(TIMEOUT)).unwrap();
    socket
}

#[test]
fn datagrams_of_other_services_are_not_answered() {
    let server = start("echo", &["--udp"]);
    let address = server.address("udp");
    for (from, why) in [
        (SocketAddr::from(([127, 0, 0, 1], 1_007)), "a port below 1024: the socket of a service"),
        (SocketAddr::from(([127, 0, 0, 2], address.port())), "our own port: another echo server"),
    ] {
        let socket = UdpSocket::bind(from).unwrap_or_else(|error| panic!("cannot bind {from}: {error}"));
        socket.connect(address).unwrap();
        socket.send(b"hello").unwrap();
        // The server handles datagrams in order: when it has answered a later one of another client, it has
        // skipped this one.
        let other = datagrams(&address);
        other.send(b"later").unwrap();
        assert_eq!(other.recv(&mut [0; 16]).unwrap(), 5);
        socket.set_nonblocking(true).unwrap();
        assert!(socket.recv(&mut [0; 16]).is_err(), "{why}");
    }
}

#[test]
fn two_echo_servers_do_not_loop() {
    let server = start("echo", &["--udp"]);
    // The other server also answers everything.
    let other = datagrams(&server.address("udp"));
    other.send(b"around and around").unwrap();
    let mut datagram = [0; 64];
    let mut rounds = 0;
    other.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    while let Ok(length) = other.recv(&mut datagram) {
        rounds += 1;
        assert!(rounds < 10_000, "still talking");
        other.send(&datagram[..length]).unwrap();
    }
    assert!(rounds >= 100, "an ordinary client is not that fast");
}

#[test]
fn our_client_and_others_servers() {
    let tree = Tree::new();
    // Less than a pipe's capacity: socat writes to its own pipe and would deadlock.
    let file = tree.file("sent", pattern(30_000));
    // socat prints the port on which it listens.
    let mut socat = tool("socat")
        .args(["-d", "-d", "-t", "10", "TCP-LISTEN:0,bind=127.0.0.1,fork", "PIPE"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut byte = [0];
    let stderr = socat.stderr.as_mut().unwrap();
    while !(said.contains("listening on") && said.ends_with('\n')) {
        stderr.read_exact(&mut byte).unwrap();
        said.push(char::from(byte[0]));
    }
    let address = said.trim().rsplit(' ').next().unwrap();
    let sent = std::fs::File::open(&file).unwrap();
    let outcome = run(Command::new(binary("mini")).args(["echo", "client", address]).stdin(sent));
    socat.kill().unwrap();
    socat.wait().unwrap();
    assert!(outcome.success() == std::fs::read(file).unwrap());
}

#[test]
fn others_clients_and_our_server() {
    let tree = Tree::new();
    let sent = tree.file("sent", pattern(300_000));
    for_each_engine(|engine| {
        let server = start("echo", &["--engine", engine]);
        let address = server.address("tcp");
        let (ip, port) = (address.ip().to_string(), address.port().to_string());
        for (name, arguments) in
            [("nc", vec!["-N", &ip, &port]), ("socat", vec!["-t", "10", "-", &format!("TCP:{address}")])]
        {
            let input = std::fs::File::open(&sent).unwrap();
            let back = run(tool(name).args(arguments).stdin(input)).success();
            assert!(back == std::fs::read(&sent).unwrap(), "{name}: {} bytes returned", back.len());
        }
    });
}

#[test]
fn the_client_reports_its_failure() {
    let server = start("echo", &["--udp"]);
    let answered = run(Command::new(binary("mini"))
        .args(["echo", "client", "--udp", &server.address("udp").to_string()])
        .stdin(std::fs::File::open(Tree::of(&[("lines", "one\ntwo\n")]).join("lines")).unwrap()));
    assert_eq!(answered.text(), "one\ntwo\n");
    let closed_port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for options in [vec!["echo", "client"], vec!["chat", "client"]] {
        let failed = run(Command::new(binary("mini")).args(options).arg(closed_port.to_string()));
        assert_eq!(failed.code, Some(5), "{}", failed.err);
        assert_eq!(failed.err.lines().count(), 1, "{}", failed.err);
        assert!(failed.err.contains(&closed_port.to_string()), "{}", failed.err);
    }
}
