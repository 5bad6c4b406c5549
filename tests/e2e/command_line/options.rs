//! Options, from the command line and from the configuration file.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::Command;

use crate::harness::ftp::Ftp;
use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, binary};

fn tree() -> Tree {
    Tree::of(&[("a", "hello\n"), (".hidden", "h")])
}

#[test]
fn port_0_is_announced_as_the_actual_port() {
    let tree = tree();
    for engine in crate::harness::ENGINES {
        let server = Server::both(&tree, &["--quiet", "--engine", engine]);
        let [http, ftp] = server.announced() else { panic!("{:?}", server.announced()) };
        assert!(http.starts_with("http://127.0.0.1:") && http.ends_with('/'), "{http}");
        assert!(ftp.starts_with("ftp://127.0.0.1:") && ftp.ends_with('/'), "{ftp}");
        assert_ne!(server.address("http").port(), 0);
        assert_ne!(server.address("ftp").port(), 0);
        assert_eq!(server.get("/a").status, 200);
    }
}

/// A client can use the printed URL, whatever the form of the address.
#[test]
fn every_command_takes_a_port_or_a_name() {
    let tree = tree();
    let directory = tree.path().to_str().unwrap();
    for (name, arguments, expected) in [
        ("http-mini", &["serve", directory, "--port", "0"][..], &["http://localhost:"][..]),
        ("http-mini", &["serve", directory, "--listen", ":0"], &["http://localhost:"]),
        ("http-mini", &["serve", directory, "--listen", "localhost:0"], &["http://localhost:"]),
        ("http-mini", &["serve", directory, "--listen", "0.0.0.0:0"], &["http://localhost:"]),
        ("http-mini", &["serve", directory, "--listen", "[::1]:0"], &["http://[::1]:"]),
        ("ftp-mini", &["serve", directory, "--port", "0"], &["ftp://localhost:"]),
        ("ftp-mini", &["serve", directory, "--listen=localhost:0"], &["ftp://localhost:"]),
        (
            "mini",
            &["serve", directory, "--http", "0", "--ftp=127.0.0.1:0"],
            &["http://localhost:", "ftp://127.0.0.1:"],
        ),
        ("mini", &["serve", directory, "--port", "0", "--no-ftp"], &["http://localhost:"]),
        ("mini", &["echo", "server", "--port", "0"], &["tcp://localhost:"]),
        ("mini", &["echo", "server", "--udp", "--listen", "localhost:0"], &["udp://localhost:"]),
        ("mini", &["chat", "server", "--listen", "localhost:0"], &["chat://localhost:"]),
        ("mini", &["explain", "--port", "0"], &["http://localhost:"]),
        (
            "mini",
            &["tap", "--port", "0", "--to", ":1", "--page", "0"],
            &["tcp://localhost:", "http://localhost:"],
        ),
    ] {
        let mut command = Command::new(binary(name));
        command.args(arguments);
        let server = Server::start(command);
        let announced = server.announced();
        assert_eq!(announced.len(), expected.len(), "{arguments:?}: {announced:?}");
        for (line, start) in announced.iter().zip(expected) {
            let port: Option<u16> =
                line.strip_prefix(start).and_then(|rest| rest.strip_suffix('/')?.parse().ok());
            assert!(port.is_some_and(|port| port > 0), "{arguments:?}: {announced:?}");
            if line.starts_with("http:") {
                let options = ["--silent", "--output", "/dev/null", "--write-out", "%{http_code}"];
                assert_eq!(run(tool("curl").args(options).arg(line)).text(), "200", "{arguments:?}");
            }
        }
    }
}

#[test]
fn either_protocol_can_be_left_out() {
    let tree = tree();
    let start = |options: [&str; 2]| {
        let mut command = Command::new(binary("mini"));
        command.arg("serve").arg(tree.path()).arg("--quiet").args(options);
        Server::start(command)
    };
    let server = start(["--http=127.0.0.1:0", "--no-ftp"]);
    assert_eq!(server.announced().len(), 1);
    assert_eq!(server.get("/a").status, 200);
    let server = start(["--no-http", "--ftp=127.0.0.1:0"]);
    assert_eq!(server.announced().len(), 1);
    assert_eq!(Ftp::login(&server).fetch("RETR a"), b"hello\n");
}

#[test]
fn the_directory_is_the_current_one_unless_named() {
    let tree = tree();
    let mut command = Command::new(binary("http-mini"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--quiet"]).current_dir(tree.path());
    assert_eq!(Server::start(command).get("/a").status, 200);
}

/// `[::]` accepts IPv4 as well.
#[test]
fn every_listener_answers() {
    let tree = tree();
    for engine in crate::harness::ENGINES {
        let socket = tree.join("socket");
        let listen = format!("--listen=unix:{}", socket.display());
        let server = Server::http(&tree, &["--quiet", "--engine", engine, "--listen=[::]:0", &listen]);
        assert_eq!(server.announced().len(), 3, "{:?}", server.announced());
        let wildcard = server.announced().iter().find(|line| line.starts_with("http://localhost:")).unwrap();
        let port = wildcard.trim_end_matches('/').rsplit(':').next().unwrap();
        for host in ["127.0.0.1", "[::1]"] {
            let mut wire = crate::harness::Wire::connect(format!("{host}:{port}").parse().unwrap());
            assert_eq!(wire.exchange("GET", "/a", "").body, b"hello\n", "{engine} {host}");
        }
        let mut local = UnixStream::connect(&socket).unwrap();
        local.write_all(b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        local.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("hello\n"), "{engine}: {answer}");
        server.stop();
        assert!(!socket.exists(), "{engine}: the server removes its socket");
    }
}

/// A killed server leaves its socket file behind; the next server replaces it.
#[test]
fn a_dead_servers_unix_socket_is_replaced() {
    let tree = tree();
    let socket = tree.join("socket");
    let listen = format!("--listen=unix:{}", socket.display());
    drop(Server::http(&tree, &["--quiet", &listen]));
    assert!(socket.exists(), "it was killed");
    let server = Server::http(&tree, &["--quiet", &listen]);
    UnixStream::connect(&socket).unwrap();
    drop(server);
}

#[test]
fn the_command_line_overrides_the_config_file() {
    let tree = tree();
    let config = tree.file(
        "mini.toml",
        "engine = 'event-loop'\nlog = 'json'\nhidden = true\nno-ftp = true\nhttp = '127.0.0.1:0'\n",
    );
    let start = |more: &[&str]| {
        let mut command = Command::new(binary("mini"));
        command.arg("serve").arg(tree.path()).arg("--config").arg(&config).args(more);
        Server::start(command)
    };
    let server = start(&[]);
    assert_eq!(server.announced().len(), 1, "no-ftp");
    assert_eq!(server.get("/.hidden").status, 200, "hidden");
    let line = server.log_lines("/.hidden", 1).remove(0);
    assert!(line.starts_with('{'), "log: {line}");

    let server = start(&["--log", "clf", "--engine", "threads"]);
    assert_eq!(server.get("/a").status, 200);
    let line = server.log_lines("/a", 1).remove(0);
    assert!(line.starts_with("127.0.0.1 - - ["), "the command line wins: {line}");

    let server = start(&["--no-http", "--ftp=127.0.0.1:0"]);
    assert_eq!(server.announced().len(), 1, "also over options that it excludes: {:?}", server.announced());
    assert_eq!(Ftp::login(&server).fetch("RETR a"), b"hello\n");
}
