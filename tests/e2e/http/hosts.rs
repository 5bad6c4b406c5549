//! DNS rebinding: without logins, requests with a host name that another site could own are refused.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::Command;

use super::writing::on_disk;
use crate::harness::{Server, Tree, Wire, binary, for_each_engine};

/// Sends a request with a host name and empty content; returns the status and the text.
fn ask(wire: &mut Wire, method: &str, target: &str, host: &str) -> (u16, String) {
    wire.send(format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n"));
    let answer = wire.response(method);
    (answer.status, answer.text())
}

#[test]
fn a_name_that_another_site_can_own_is_refused() {
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let machine = machine.trim().split('.').next().unwrap();
    let own = format!("{machine}.fritz.box");
    let rows = [
        ("127.0.0.1:8080", 200, "an address"),
        ("[::1]:8080", 200, "an address"),
        ("localhost:8080", 200, "no dot"),
        ("nas", 200, "no dot"),
        ("", 200, "no name"),
        ("nas.local", 200, "the local network"),
        ("NAS.Local.:80", 200, "without letter case, with a dot at its end"),
        ("nas.lan", 200, "the local network"),
        ("nas.internal", 200, "the local network"),
        ("nas.home.arpa", 200, "the local network"),
        ("files.localhost", 200, "this machine"),
        (&own, 200, "this machine's name"),
        ("given.example:8080", 200, "given by --host"),
        ("GIVEN.example.", 200, "given by --host"),
        ("evil.example", 403, "a site"),
        ("evil.example:8080", 403, "with a port"),
        ("evil.example.", 403, "with a dot at its end"),
        ("local.evil.example", 403, "not below .local"),
        ("evil.given.example", 403, "another name"),
        ("127.0.0.1.evil.example", 403, "no address"),
    ];
    for_each_engine(|engine| {
        let tree = Tree::of(&[("a", "hello")]);
        let options = ["--engine", engine, "--quiet", "--writable", "--host", "other.example"];
        let server = Server::http(&tree, &[&options[..], &["--host", "given.example"]].concat());
        let mut wire = server.connect();
        for (host, expected, why) in rows {
            // The second time both the file and the accepted host are cached.
            for _ in 0..2 {
                let (status, text) = ask(&mut wire, "GET", "/a", host);
                assert_eq!(status, expected, "{host}: {why}: {text}");
                assert_eq!(text.contains("--host"), expected == 403, "{host}: {text}");
            }
        }
        for (target, host, expected, why) in [
            ("http://evil.example/a", "localhost", 403, "RFC 9112 section 3.2.2: it replaces Host"),
            ("http://localhost/a", "evil.example", 200, "RFC 9112 section 3.2.2: it replaces Host"),
        ] {
            assert_eq!(ask(&mut wire, "GET", target, host).0, expected, "{target} {host}: {why}");
        }
        for (method, target) in [
            ("HEAD", "/a"),
            ("GET", "/"),
            ("GET", "/none"),
            ("OPTIONS", "*"),
            ("OPTIONS", "/a"),
            ("PUT", "/new"),
            ("POST", "/"),
            ("PATCH", "/new"),
            ("DELETE", "/a"),
            ("MKCOL", "/new"),
            ("MOVE", "/a"),
            ("TRACE", "/a"),
            ("PROPFIND", "/"),
        ] {
            let (status, text) = ask(&mut wire, method, target, "evil.example");
            assert_eq!(status, 403, "{method} {target}");
            assert!(!text.contains("hello"), "{method} {target}: {text}");
        }
        wire.send("GET /a HTTP/1.0\r\n\r\n");
        assert_eq!(wire.response("GET").status, 200, "no browser leaves Host out");
        assert_eq!(on_disk(&tree), "a=hello");
    });
}

#[test]
fn any_host_is_accepted_where_rebinding_gains_nothing() {
    let tree = Tree::of(&[("a", "hello")]);
    let ada = "Authorization: Basic YWRhOnNlY3JldA==\r\n";
    for (options, fields, expected, why) in [
        (&[][..], "", 403, "the default"),
        (&["--host", "*"], "", 200, "the operator allows all"),
        (&["--user", "ada:secret"], ada, 200, "no browser has a password for another site"),
        (&["--user", "ada:secret"], "", 401, "and nothing is revealed"),
        (&["--user", "ada:secret", "--anonymous", "read"], "", 200, "there are users"),
    ] {
        let server = Server::http(&tree, &[&["--quiet"], options].concat());
        let mut wire = server.connect();
        wire.send(format!("GET /a HTTP/1.1\r\nHost: evil.example\r\n{fields}\r\n"));
        assert_eq!(wire.response("GET").status, expected, "{options:?}: {why}");
    }
    let directory = Tree::new();
    let path = directory.join("socket");
    let mut command = Command::new(binary("http-mini"));
    command.arg("serve").arg(tree.path()).args(["--quiet", "--listen"]);
    let _server = Server::start({
        command.arg(format!("unix:{}", path.display()));
        command
    });
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.write_all(b"GET /a HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 "), "a proxy on this machine checks it: {text}");
}
