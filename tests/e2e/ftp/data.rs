//! Data connections (RFC 959 section 3.2, RFC 2428): active and passive, and with the client only.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

use super::served;
use crate::harness::ftp::Ftp;
use crate::harness::{Server, Wire, for_each_engine};

/// The address in a 227 reply.
fn passive(ftp: &mut Ftp) -> SocketAddr {
    let reply = ftp.expect("PASV", 227);
    let inside = reply.text.split(['(', ')']).nth(1).unwrap_or_else(|| panic!("{reply:?}"));
    let numbers: Vec<u8> = inside.split(',').map(|number| number.parse().unwrap()).collect();
    let [a, b, c, d, high, low] = numbers[..] else { panic!("{reply:?}") };
    SocketAddr::new(Ipv4Addr::new(a, b, c, d).into(), u16::from_be_bytes([high, low]))
}

#[test]
fn active_and_passive_data_connections_work() {
    let (tree, content) = served();
    for_each_engine(|engine| {
        let server = Server::ftp(&tree, &["--engine", engine, "--quiet"]);
        let mut ftp = Ftp::login(&server);
        assert!(ftp.fetch("RETR f.bin") == content, "EPSV");

        let at = passive(&mut ftp);
        assert_eq!(at.ip(), server.address("ftp").ip(), "the address that the client connected to");
        let mut data = Wire::over(TcpStream::connect(at).unwrap());
        ftp.expect("RETR f.bin", 150);
        assert!(data.rest() == content, "PASV");
        ftp.expect_reply(226);

        for form in ["PORT", "EPRT"] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let [high, low] = port.to_be_bytes();
            match form {
                "PORT" => ftp.expect(format!("PORT 127,0,0,1,{high},{low}"), 200),
                _ => ftp.expect(format!("EPRT |1|127.0.0.1|{port}|"), 200),
            };
            ftp.expect("RETR f.bin", 150);
            let mut data = Wire::over(listener.accept().unwrap().0);
            assert!(data.rest() == content, "{form}");
            ftp.expect_reply(226);
        }
    });
}

#[test]
fn ipv6_has_extended_commands_only() {
    let (tree, _) = served();
    let server = Server::ftp(&tree, &["--quiet", "--listen", "[::1]:0"]);
    let address = server.announced().iter().find(|line| line.contains("[::1]")).unwrap();
    let address: SocketAddr = address.split('/').nth(2).unwrap().parse().unwrap();
    let (mut ftp, _) = Ftp::connect(address);
    ftp.expect("USER anonymous", 331);
    ftp.expect("PASS x", 230);
    assert_eq!(ftp.fetch("RETR a"), b"hello\r\n", "EPSV, and the lines of TYPE A");
    for command in ["PASV", "EPSV 1", "EPSV 3"] {
        let refused = ftp.expect(command, 522);
        assert!(refused.text.contains("(2)"), "RFC 2428 section 3: the supported protocols: {refused:?}");
    }
    ftp.expect("EPSV 2", 229);
    ftp.expect("EPSV ALL", 200);
    for command in ["PASV", "PORT 127,0,0,1,200,200", "EPRT |2|::1|50000|"] {
        ftp.expect(command, 503);
    }
}

/// RFC 2577 section 3: a server must not connect to arbitrary addresses for a client.
#[test]
fn the_server_connects_to_its_client_only() {
    let (tree, _) = served();
    let server = Server::ftp(&tree, &["--quiet"]);
    let mut ftp = Ftp::login(&server);
    let victim = TcpListener::bind("127.0.0.1:0").unwrap();
    victim.set_nonblocking(true).unwrap();
    let [high, low] = victim.local_addr().unwrap().port().to_be_bytes();
    for command in [
        format!("PORT 127,0,0,2,{high},{low}"),
        "PORT 127,0,0,1,0,25".into(),
        "PORT 192,0,2,1,200,200".into(),
        "EPRT |1|192.0.2.1|50000|".into(),
        "EPRT |1|127.0.0.1|25|".into(),
    ] {
        ftp.expect(command, 501);
    }
    ftp.expect("RETR a", 425);
    assert!(victim.accept().is_err(), "no connection");
}

/// RFC 2577 section 5: a connection from another address that guesses the port is dropped.
#[test]
fn a_stranger_at_the_passive_port_is_dropped() {
    let (tree, content) = served();
    for_each_engine(|engine| {
        let server = Server::ftp(&tree, &["--engine", engine, "--quiet"]);
        let mut ftp = Ftp::login(&server);
        let at = passive(&mut ftp);
        let mut stranger = Wire::over(connect_from(Ipv4Addr::new(127, 0, 0, 3), at));
        let mut data = connect(at);
        let mut second = Wire::over(connect_from(Ipv4Addr::new(127, 0, 0, 3), at));
        ftp.expect("RETR f.bin", 150);
        assert!(data.rest() == content, "the true client is still served");
        ftp.expect_reply(226);
        assert_eq!(stranger.rest(), b"");
        assert_eq!(second.rest(), b"", "a later connection");
    });
}

/// What a client does with a connection.
type Fate = fn(Wire) -> Option<Wire>;

const FATES: [(&str, Fate); 3] = [
    ("it stays", Some),
    ("it ends", |_| None),
    ("it is reset", |wire| {
        set_socket_linger(wire.stream(), Some(Duration::ZERO)).unwrap();
        None
    }),
];

#[test]
fn a_leftover_data_connection_is_not_used_by_the_next_transfer() {
    let (tree, content) = served();
    for_each_engine(|engine| {
        let server = Server::ftp(&tree, &["--engine", engine, "--quiet", "--writable"]);
        for ((fate, meet), comes_late) in FATES.into_iter().flat_map(|fate| [(fate, false), (fate, true)]) {
            for command in ["STOR new", "RETR new"] {
                let mut ftp = Ftp::login(&server);
                let at = passive(&mut ftp);
                let mut used = connect(at);
                let early = (!comes_late).then(|| connect(at));
                ftp.expect("RETR a", 150);
                assert_eq!(used.rest(), b"hello\n");
                ftp.expect_reply(226);
                let left_over = meet(early.unwrap_or_else(|| connect(at)));
                let data = connect(passive(&mut ftp));
                move_content(&mut ftp, command, data, &content, fate);
                if let Some(mut left_over) = left_over {
                    assert_eq!(left_over.rest(), b"", "it is dropped");
                }
            }
        }
    });
}

/// While two connections are open the server cannot know which one the client will use: the first counts. A
/// closed connection does not count.
#[test]
fn the_first_open_connection_to_a_passive_port_is_used() {
    let (tree, content) = served();
    for_each_engine(|engine| {
        let server = Server::ftp(&tree, &["--engine", engine, "--quiet", "--writable"]);
        for (fate, meet) in FATES {
            for command in ["STOR new", "RETR new"] {
                let mut ftp = Ftp::login(&server);
                let at = passive(&mut ftp);
                let (first, second) = (connect(at), connect(at));
                let (used, _unused) = match meet(first) {
                    Some(first) => (first, Some(second)),
                    None => (second, None),
                };
                move_content(&mut ftp, command, used, &content, fate);
            }
        }
    });
}

/// If the client used the second connection, the upload has failed and the reply says so.
#[test]
fn an_upload_fails_if_its_content_may_be_on_another_connection() {
    let (tree, _) = served();
    for_each_engine(|engine| {
        let server = Server::ftp(&tree, &["--engine", engine, "--quiet", "--writable"]);
        let mut ftp = Ftp::login(&server);
        let at = passive(&mut ftp);
        let (first, mut second) = (connect(at), connect(at));
        ftp.expect("STOR a", 150);
        second.send("content");
        drop(first);
        ftp.expect_reply(426);
        assert_eq!(fs::read(tree.join("a")).unwrap(), b"hello\n", "as it was");
        let data = connect(passive(&mut ftp));
        move_content(&mut ftp, "STOR empty", data, b"", "an empty file over the only connection");
    });
}

/// Stores or fetches `content` over this data connection.
#[track_caller]
fn move_content(ftp: &mut Ftp, command: &str, mut data: Wire, content: &[u8], why: &str) {
    ftp.expect(command, 150);
    if command.starts_with("STOR") {
        data.send(content);
        drop(data);
    } else {
        assert!(data.rest() == content, "{why}: {command}");
    }
    ftp.expect_reply(226);
    if command.starts_with("STOR") {
        assert!(ftp.fetch(command.replace("STOR", "RETR")) == content, "{why}: {command}");
    }
}

fn connect(to: SocketAddr) -> Wire {
    Wire::over(TcpStream::connect(to).unwrap())
}

/// A connection from another address of this machine.
fn connect_from(from: Ipv4Addr, to: SocketAddr) -> TcpStream {
    use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&socket, &SocketAddr::new(from.into(), 0)).unwrap();
    connect(&socket, &to).unwrap();
    socket.into()
}

#[test]
fn passive_ports_are_in_the_configured_range() {
    let (tree, _) = served();
    let server = Server::ftp(&tree, &["--quiet", "--passive-ports", "47320-47329"]);
    let mut ftp = Ftp::login(&server);
    for _ in 0..20 {
        let port = passive(&mut ftp).port();
        assert!((47_320..=47_329).contains(&port), "{port}");
        assert_eq!(ftp.fetch("RETR a"), b"hello\n");
    }
}

/// A public address is for clients elsewhere; this machine may be unable to reach itself by it.
#[test]
fn local_clients_do_not_get_the_public_address() {
    let (tree, _) = served();
    let server = Server::ftp(&tree, &["--quiet", "--public-address", "192.0.2.7"]);
    let mut ftp = Ftp::login(&server);
    assert_eq!(passive(&mut ftp).ip(), server.address("ftp").ip());
    assert_eq!(ftp.fetch("RETR a"), b"hello\n", "EPSV needs no address");
}

#[test]
fn a_missing_data_connection_is_reported_in_time() {
    let (tree, _) = served();
    // With a single port no other client can get one, so the timeout is short.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server::ftp(&tree, &["--quiet", "--passive-ports", &format!("{port}-{port}")]);
    let mut ftp = Ftp::login(&server);
    ftp.expect("EPSV", 229);
    let started = std::time::Instant::now();
    ftp.expect("RETR a", 425);
    assert!(started.elapsed().as_secs() < 25, "five seconds rather than thirty");
    assert_eq!(ftp.fetch("RETR a"), b"hello\n", "the session continues");
}
