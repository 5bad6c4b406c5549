//! Behind a reverse proxy: the client's address.

use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::writing::ask;
use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, Wire, at_once, binary, peers};

/// Sends a GET with a wrong password, from this address and with these fields.
fn guess(server: &Server, from: Ipv4Addr, fields: &str) -> Wire {
    let mut wire = Wire::between(from, server.address("http"));
    // ada:wrong
    wire.send(format!(
        "GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWRhOndyb25n\r\nConnection: close\r\n{fields}\r\n"
    ));
    wire
}

const PROXY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 8);

#[test]
fn wrong_logins_count_for_the_client_behind_a_trusted_proxy() {
    let tree = Tree::of(&[("a", "hello\n")]);
    let server = Server::http(&tree, &["--user", "ada:secret", "--trusted-proxy", "127.0.0.9"]);
    // All at once, because each is answered after a delay.
    let guesses: Vec<Wire> =
        (0..20).map(|_| guess(&server, PROXY, "X-Forwarded-For: 192.0.2.1\r\n")).collect();
    for mut guess in guesses {
        assert_eq!(guess.response("GET").status, 401);
    }
    at_once(
        &[
            (PROXY, "X-Forwarded-For: 192.0.2.1\r\n", 429, "the same client"),
            (PROXY, "Forwarded: for=192.0.2.1\r\n", 429, "by the other field"),
            (PROXY, "X-Forwarded-For: 6.6.6.6, 192.0.2.1\r\n", 429, "whatever it writes itself"),
            (PROXY, "X-Forwarded-For: 192.0.2.2\r\n", 401, "another client"),
            (STRANGER, "X-Forwarded-For: 192.0.2.1\r\n", 401, "a peer that is no trusted proxy"),
        ],
        |(from, fields, expected, why)| {
            assert_eq!(guess(&server, *from, fields).response("GET").status, *expected, "{why}");
        },
    );
    let log = server.log_lines(" 192.0.2.2 ", 1);
    assert!(log[0].contains("401"), "{log:?}");
    server.log_lines("127.0.0.8 ", 1);
}

const DIRECT: [&str; 2] = ["--trusted-proxy", "127.0.0.1"];

fn from(client: &str) -> String {
    format!("X-Forwarded-For: {client}\r\n")
}

#[test]
fn only_a_trusted_proxy_names_the_client() {
    let tree = Tree::of(&[("a", "hello\n")]);
    for (options, target, fields, expected, why) in [
        (&[][..], "/1", from("192.0.2.7"), "127.0.0.1", "no proxy is trusted"),
        (&["--trusted-proxy", "127.0.0.1"], "/2", from("192.0.2.7"), "192.0.2.7", "an address"),
        (&["--trusted-proxy", "127.0.0.0/8"], "/3", from("192.0.2.7"), "192.0.2.7", "a network"),
        (&["--trusted-proxy", "10.0.0.0/8"], "/4", from("192.0.2.7"), "127.0.0.1", "another network"),
        (&["--trusted-proxy", "unix"], "/5", from("192.0.2.7"), "127.0.0.1", "only Unix sockets"),
        (
            &["--trusted-proxy", "127.0.0.1", "--trusted-proxy", "10.0.0.0/8"],
            "/6",
            from("203.0.113.9, 192.0.2.7, 10.1.1.1"),
            "192.0.2.7",
            "two proxies, and the client's own claim",
        ),
        (&DIRECT, "/7", from("203.0.113.9, 10.1.1.1"), "10.1.1.1", "the second is not trusted"),
        (&DIRECT, "/8", "Forwarded: for=\"[2001:db8::7]:80\"\r\n".into(), "2001:db8::7", "RFC 7239"),
        (&DIRECT, "/9", from("unknown"), "127.0.0.1", "malformed: the proxy itself"),
        (&DIRECT, "/10", String::new(), "127.0.0.1", "it names no client"),
    ] {
        let server = Server::http(&tree, options);
        let mut wire = server.connect();
        wire.exchange("GET", target, &fields);
        // The next request of the same connection is another client's.
        wire.exchange("GET", &format!("{target}/next"), "");
        // A malformed request's fields are not used.
        wire.send(format!("GET {target}/bad HTTP/1.1\r\n{fields}Host\r\n\r\n"));
        for (target, expected) in [
            (format!("GET {target} "), expected),
            (format!("GET {target}/next "), "127.0.0.1"),
            (format!("GET {target}/bad "), "127.0.0.1"),
        ] {
            let line = server.log_lines(&target, 1).remove(0);
            let peer = line.split(' ').nth(1).unwrap();
            assert_eq!(peer, expected, "{options:?} {target}: {why}");
        }
    }
}

/// The interrupted upload of an anonymous client belongs to its address.
#[test]
fn a_partial_upload_belongs_to_the_client() {
    let tree = Tree::new();
    let server = Server::http(&tree, &["--quiet", "--writable", DIRECT[0], DIRECT[1]]);
    let (owner, other) = (from("192.0.2.7"), from("192.0.2.8"));
    let begin = format!("{owner}Content-Type: application/partial-upload\r\nUpload-Offset: 0\r\n");
    assert_eq!(ask(&mut server.connect(), "PATCH", "/f", &begin, "hello").status, 204);
    for (client, expected) in [(&owner, Some("5")), (&other, None), (&String::new(), None)] {
        let head = server.connect().exchange("HEAD", "/f", client);
        assert_eq!(head.field("upload-offset"), expected, "{client:?}");
    }
}

/// Redirects, the form after an upload and the link of an error page keep the prefix that nginx removes.
#[test]
fn links_keep_the_prefix_of_a_proxy() {
    let (tree, place) = (Tree::of(&[("d/e/f", "")]), Tree::new());
    let socket = place.join("mini.sock");
    for (options, header, is_unix) in [
        (&[][..], "proxy_set_header X-Forwarded-For $remote_addr;", false),
        (&[][..], "", true),
        (&["--base-path", "/files"], "", false),
    ] {
        let mut command = Command::new(binary("http-mini"));
        command.arg("serve").arg(tree.path()).args(["--quiet", "--writable", "--listen", "127.0.0.1:0"]);
        command.args(options).arg("--listen").arg(format!("unix:{}", socket.display()));
        let server = Server::start(command);
        let upstream = match is_unix {
            true => format!("unix:{}:", socket.display()),
            false => server.address("http").to_string(),
        };
        let nginx = peers::http::nginx(&format!(
            "location /files/ {{ proxy_pass http://{upstream}/; proxy_set_header Host $http_host; {header} }}"
        ));
        let top = format!("http://{}", nginx.address());
        let curl = |arguments: &[&str]| {
            let shown = ["-sS", "-L", "-o", "/dev/null", "-w", "%{http_code} %{url_effective}"];
            run(tool("curl").args(shown).args(arguments)).text()
        };
        assert_eq!(
            curl(&[&format!("{top}/files/d/e")]),
            format!("200 {top}/files/d/e/"),
            "{options:?} {header}"
        );
        let form =
            ["-F", "overwrite=1", "-F", "files=@/etc/hostname;filename=new", "-H", "Accept: text/html"];
        let upload = curl(&[&form[..], &[&format!("{top}/files/d/")]].concat());
        assert_eq!(upload, format!("200 {top}/files/d/"), "{options:?} {header}: after a form");
    }
    let server = Server::http(&tree, &["--quiet"]);
    for (target, expected) in [("/missing", "./"), ("/d/e/missing", "../../"), ("/d%2Fmissing", "./")] {
        let page = server.get_with(target, "Accept: text/html\r\n").text();
        assert!(page.contains(&format!("href=\"{expected}\">Home")), "{target}: {page}");
    }
}

#[test]
fn a_unix_socket_has_the_configured_permissions() {
    let (tree, place) = (Tree::of(&[("a", "hello\n")]), Tree::new());
    let socket = place.join("mini.sock");
    let listen = format!("unix:{}", socket.display());
    for mode in ["660", "600", "0666"] {
        let mut command = Command::new(binary("http-mini"));
        command.arg("serve").arg(tree.path()).args(["--quiet", "--listen", &listen, "--socket-mode", mode]);
        let _server = Server::start(command);
        let expected = u32::from_str_radix(mode, 8).unwrap();
        assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o7777, expected);
    }
    for (options, says) in [
        (&["--socket-mode", "660"][..], "unix:PATH"),
        (&["--listen", &listen, "--socket-mode", "rw"], "in octal"),
        (&["--listen", &listen, "--socket-mode", "1777"], "in octal"),
    ] {
        let failed = run(Command::new(binary("http-mini")).arg("serve").arg(tree.path()).args(options));
        assert!(failed.code == Some(2) && failed.err.contains(says), "{options:?}: {}", failed.err);
    }
}

#[test]
fn nginx_names_its_clients_over_either_socket() {
    let (tree, place) = (Tree::of(&[("a", "hello\n")]), Tree::new());
    let socket = place.join("mini.sock");
    let mut command = Command::new(binary("http-mini"));
    command.arg("serve").arg(tree.path()).args(["--listen", "127.0.0.1:0", "--listen"]);
    command.arg(format!("unix:{}", socket.display()));
    command.args(["--trusted-proxy", "unix", "--trusted-proxy", "127.0.0.1"]);
    let server = Server::start(command);
    let upstreams = [server.address("http").to_string(), format!("unix:{}", socket.display())];
    for (upstream, client) in upstreams.iter().zip([7, 8]) {
        let directives = format!(
            "location / {{
               proxy_pass http://{upstream}; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
             }}"
        );
        let nginx = peers::http::nginx(&directives);
        let client = Ipv4Addr::new(127, 9, 9, client);
        let target = format!("/a?{client}");
        let mut wire = Wire::between(client, nginx.address());
        assert_eq!(wire.exchange("GET", &target, &from("192.0.2.7")).body, b"hello\n", "{upstream}");
        let line = server.log_lines(&target, 1).remove(0);
        assert_eq!(line.split(' ').nth(1), Some(&*client.to_string()), "{upstream}: {line}");
    }
}
