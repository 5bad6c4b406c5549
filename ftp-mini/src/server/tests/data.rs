//! Data connections: RFC 959 section 3.2, RFC 2428, RFC 2577.

use std::iter;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use super::*;
use crate::wire::address::{extended_text, find, host_port_text};

/// A free port that the kernel does not assign automatically.
fn free_port() -> u16 {
    static ASKED: AtomicU16 = AtomicU16::new(0);
    // Concurrent test programs start at different ports.
    let start = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    let mut ports = iter::repeat_with(|| start + ASKED.fetch_add(1, Ordering::Relaxed));
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

#[test]
fn passive_ports_are_announced_as_their_rfcs_say() {
    let server = Server::start();
    server.write("a", "content");
    let mut client = server.log_in();
    client.converse(&[
        ("RETR a", "425 ", "nothing was prepared"),
        ("EPSV", "229 Entering Extended Passive Mode (|||", "RFC 2428 section 3"),
        ("EPSV 1", "229 ", "the family of the control connection"),
        ("EPSV 2", "522 Network protocol not supported, use (1)", "the other one"),
        ("EPSV 3", "522 Network protocol not supported, use (1)", "none"),
        ("EPSV x", "501 ", ""),
        ("PASV x", "501 ", ""),
    ]);
    let announced = client.say("PASV");
    let address = find(announced.as_bytes()).unwrap();
    assert!(announced.starts_with("227 ") && address.ip().is_loopback(), "{announced}");
    let mut data = connect_data(address.into());
    client.converse(&[("RETR a", "150 ", "")]);
    let mut content = String::new();
    data.read_to_string(&mut content).unwrap();
    assert_eq!((content.as_str(), &client.reply()[..4]), ("content", "226 "));
}

#[test]
fn after_epsv_all_nothing_else_prepares_a_data_connection() {
    let server = Server::start();
    server.write("a", "content");
    let mut client = server.log_in();
    client.converse(&[
        ("EPSV ALL", "200 ", "RFC 2428 section 4"),
        ("PASV", "503 ", ""),
        ("PORT 127,0,0,1,195,80", "503 ", ""),
        ("EPRT |1|127.0.0.1|50000|", "503 ", ""),
    ]);
    assert_eq!(client.retrieve("RETR a"), b"content");
}

#[test]
fn active_connections_go_to_the_client_only() {
    // Not the address that the kernel would choose for a connection.
    let server = Server::with(Setup { listen: "127.0.0.2:0", ..Setup::default() });
    server.write("a", "content");
    let mut client = server.log_in();
    client.converse(&[
        ("PORT 192,0,2,7,195,80", "501 ", "RFC 2577 section 3: a bounce"),
        ("PORT 127,0,0,1,0,21", "501 ", "a port below 1024"),
        ("PORT 127,0,0,2,195,80", "501 ", "the server itself"),
        ("PORT 127,0,0,3,195,80", "501 ", "another address of this machine"),
        ("PORT x", "501 ", ""),
        ("EPRT |1|192.0.2.7|50000|", "501 ", "a bounce"),
        ("EPRT |1|127.0.0.1|21|", "501 ", "a port below 1024"),
        ("EPRT |2|::1|50000|", "522 Network protocol not supported, use (1)", "RFC 2428 section 2"),
        ("EPRT |3|x|50000|", "522 Network protocol not supported, use (1)", "none"),
        ("RETR a", "425 ", "so nothing is prepared"),
    ]);
    for extended in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let SocketAddr::V4(at) = listener.local_addr().unwrap() else { panic!("requested IPv4") };
        let command = match extended {
            true => format!("EPRT {}", extended_text(at.into())),
            false => format!("PORT {}", host_port_text(at)),
        };
        client.converse(&[(&command, "200 ", ""), ("RETR a", "150 ", "")]);
        let (mut data, from) = listener.accept().unwrap();
        assert_eq!(from.ip(), server.at.ip(), "from the control connection's address");
        let mut content = String::new();
        data.read_to_string(&mut content).unwrap();
        assert_eq!((content.as_str(), &client.reply()[..4]), ("content", "226 "));
        client.converse(&[("RETR a", "425 ", "a port is used once")]);
    }
    let closed = format!("PORT {}", host_port_text(format!("127.0.0.1:{}", free_port()).parse().unwrap()));
    client.converse(&[(&closed, "200 ", ""), ("RETR a", "425 ", "a closed port")]);
}

#[test]
fn over_ipv6_only_the_extended_commands_work() {
    let server = Server::with(Setup { listen: "[::1]:0", ..Setup::default() });
    server.write("a", "content");
    let mut client = server.log_in();
    assert_eq!(client.retrieve("RETR a"), b"content");
    client.converse(&[
        ("PASV", "522 Network protocol not supported, use (2)", "227 has no room for the address"),
        ("PORT 127,0,0,1,195,80", "522 Network protocol not supported, use (2)", ""),
        ("EPSV 1", "522 Network protocol not supported, use (2)", ""),
        ("EPSV 3", "522 Network protocol not supported, use (2)", ""),
        ("EPSV 2", "229 ", ""),
        ("EPRT |1|127.0.0.1|50000|", "522 Network protocol not supported, use (2)", ""),
        ("EPRT |3|x|50000|", "522 Network protocol not supported, use (2)", ""),
        ("EPRT |2|2001:db8::1|50000|", "501 ", "a bounce"),
    ]);
    let listener = TcpListener::bind("[::1]:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for (address, why) in [("::1", "its own"), ("::", "lftp, for its own")] {
        client.converse(&[(&format!("EPRT |2|{address}|{port}|"), "200 ", why), ("RETR a", "150 ", "")]);
        let mut content = String::new();
        listener.accept().unwrap().0.read_to_string(&mut content).unwrap();
        assert_eq!((content.as_str(), &client.reply()[..4]), ("content", "226 "), "{why}");
    }
}

#[test]
fn an_ipv4_client_of_an_ipv6_socket_is_an_ipv4_client() {
    let server = Server::with(Setup { listen: "[::]:0", ..Setup::default() });
    server.write("a", "content");
    let at = SocketAddr::new("127.0.0.1".parse().unwrap(), server.at.port());
    let mut client = Client::of(TcpStream::connect(at).unwrap());
    client.reply();
    client.converse(&[
        ("USER ftp", "331 ", ""),
        ("PASS x", "230 ", ""),
        ("PASV", "227 Entering Passive Mode (127,0,0,1,", ""),
    ]);
    assert_eq!(client.retrieve("RETR a"), b"content");
}

#[test]
fn a_stranger_at_the_passive_port_gets_nothing() {
    let server = Server::start();
    server.write("a", "content");
    let mut client = server.log_in();
    let address = client.passive_address();
    let mut stranger = connect_from("127.0.0.2", address);
    client.send(b"RETR a\r\n");
    let mut stolen = Vec::new();
    // The foreign connection is dropped while the client is still awaited.
    let _ = stranger.read_to_end(&mut stolen);
    assert_eq!(stolen, b"");
    let mut data = connect_data(address);
    assert!(client.reply().starts_with("150 "));
    let mut content = String::new();
    data.read_to_string(&mut content).unwrap();
    assert_eq!((content.as_str(), &client.reply()[..4]), ("content", "226 "));
}

#[test]
fn a_client_that_does_not_connect_gets_425() {
    let limits = Limits { accept: Duration::from_millis(50), ..Limits::default() };
    let server = Server::with(Setup { limits, ..Setup::default() });
    server.write("a", "content");
    let mut client = server.log_in();
    let unused = client.passive_address();
    client.converse(&[("RETR a", "425 ", "in time")]);
    assert!(TcpStream::connect(unused).is_err(), "the port is given up");
    assert_eq!(client.retrieve("RETR a"), b"content", "and the next one works");
}

#[test]
fn a_listener_serves_again_after_a_completed_transfer_only() {
    let server = Server::start();
    server.write("a", "content");
    server.write_large("large", 64 << 20);
    let mut client = server.log_in();
    let address = client.passive_address();
    let data = connect_data(address);
    client.converse(&[("RETR a", "150 ", "")]);
    drop(data);
    assert!(client.reply().starts_with("226 "));
    assert_eq!(client.passive_address(), address, "the same port, without another bind");
    let _data = connect_data(address);
    client.converse(&[("RETR large", "150 ", ""), ("ABOR", "426 ", "")]);
    assert!(client.reply().starts_with("226 "));
    assert_ne!(client.passive_address(), address, "an aborted one may have left something behind");
}

#[test]
fn passive_ports_come_from_the_range_until_it_is_exhausted() {
    let port = free_port();
    let ports = Some(format!("{port}-{port}").parse().unwrap());
    let server = Server::with(Setup { ports, ..Setup::default() });
    server.write("a", "content");
    let (mut first, mut second) = (server.log_in(), server.log_in());
    assert_eq!(first.passive_address().port(), port);
    assert_eq!(first.passive_address().port(), port, "the unused port is released first");
    second.converse(&[("EPSV", "425 ", "the only port is taken"), ("PASV", "425 ", "")]);
    assert_eq!(first.retrieve("RETR a"), b"content");
    assert_eq!(second.retrieve("RETR a"), b"content", "a scarce port is not kept");
    second.passive_address();
    drop(second);
    for _ in 0..100 {
        // The end of the other session is detected while this one asks.
        if first.say("EPSV").starts_with("229 ") {
            return;
        }
    }
    panic!("the port of a session that ended is lost");
}

/// Sessions that open ports without using them must not exhaust the ports.
#[test]
fn ports_that_are_not_used_are_given_back() {
    let first = free_port();
    // Consecutive ports that the kernel reports as free.
    let ports = Some(format!("{first}-{}", first + 3).parse().unwrap());
    let (accept, accept_scarce) = (Duration::from_millis(1_500), Duration::from_millis(300));
    let limits = Limits { accept, accept_scarce, ..Limits::default() };
    let server = Server::with(Setup { ports, limits, ..Setup::default() });
    server.write("a", "content");
    let mut hoarders: Vec<Client> = (0..4).map(|_| server.log_in()).collect();
    let replies: Vec<String> = hoarders.iter_mut().map(|client| client.say("EPSV")).collect();
    let granted = replies.iter().filter(|reply| reply.starts_with("229 ")).count();
    assert_eq!(granted, 2, "as many as are free: {replies:?}");
    let mut other = server.connect_from("127.0.0.2");
    other.converse(&[("USER ftp", "331 ", ""), ("PASS x", "230 ", ""), ("TYPE I", "200 ", "")]);
    let data = connect_from("127.0.0.2", other.passive_address());
    other.converse(&[("RETR a", "150 ", "another address has its share meanwhile")]);
    assert!(other.reply().starts_with("226 "));
    drop(data);
    // The first address has used its share, so its ports are released soon.
    let begun = Instant::now();
    let wait_for_port = |client: &mut Client| {
        while !client.say("EPSV").starts_with("229 ") {
            assert!(begun.elapsed() < Duration::from_secs(10), "never");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    wait_for_port(&mut hoarders[3]);
    assert!(begun.elapsed() < accept, "as late as where ports abound");
    hoarders[0].converse(&[("RETR a", "425 ", "its port has expired"), ("NOOP", "200 ", "")]);
    wait_for_port(&mut hoarders[0]);
    drop((hoarders, other));
    let mut alone = server.log_in();
    let begun = Instant::now();
    alone.converse(&[("EPSV", "229 ", ""), ("RETR a", "425 ", "no connection")]);
    assert!(begun.elapsed() >= accept, "where ports abound there is more time");
}

#[test]
fn a_foreign_connection_is_mentioned_in_the_reply() {
    let accept = Duration::from_millis(300);
    let limits = Limits { accept, accept_scarce: accept, ..Limits::default() };
    let server = Server::with(Setup { limits, ..Setup::default() });
    server.write("a", "content");
    let mut client = server.log_in();
    let address = client.passive_address();
    client.send(b"RETR a\r\n");
    let _stranger = connect_from("127.0.0.3", address);
    let reply = client.reply();
    assert!(reply.starts_with("425 ") && reply.contains("another address"), "{reply}");
}
