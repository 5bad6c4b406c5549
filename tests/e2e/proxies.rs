//! `--proxy-protocol`: clients behind proxies that state their addresses, over both protocols. Fields of HTTP are in
//! `http/proxied.rs`.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use crate::harness::link::{Link, accept_any_certificate};
use crate::harness::peers::http::{caddy_with, haproxy_with, nginx_with};
use crate::harness::ports::free_ports;
use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, Wire, at_once, for_each_engine};

const PROXY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 8);
const OPTIONS: [&str; 3] = ["--proxy-protocol", "--trusted-proxy", "127.0.0.9"];

/// A line of version 1 for a client at this address, which has connected to 198.51.100.1.
fn line(client: &str) -> String {
    format!("PROXY TCP4 {client} 198.51.100.1 50000 80\r\n")
}

/// Version 2: the command, the address family, and the rest.
fn binary(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [b"\r\n\r\n\0\r\nQUIT\n", &[command, family][..], &length, rest].concat()
}

#[test]
fn a_trusted_proxy_states_the_client() {
    let served = Tree::of(&[("a", "hello\n")]);
    let v4 = [192, 0, 2, 2, 198, 51, 100, 1, 0, 99, 0, 80];
    for_each_engine(|engine| {
        let server = Server::http(&served, &[&OPTIONS[..], &["--engine", engine]].concat());
        for (target, from, header, fields, expected, why) in [
            ("/1", PROXY, line("192.0.2.1").into_bytes(), "", "192.0.2.1", "version 1"),
            ("/2", PROXY, binary(0x21, 0x11, &v4), "", "192.0.2.2", "version 2"),
            ("/3", PROXY, b"PROXY UNKNOWN\r\n".to_vec(), "", "127.0.0.9", "the proxy itself"),
            ("/4", PROXY, binary(0x20, 0, b""), "", "127.0.0.9", "the proxy itself"),
            (
                "/5",
                PROXY,
                line("192.0.2.5").into(),
                "X-Forwarded-For: 6.6.6.6\r\n",
                "192.0.2.5",
                "its own claim",
            ),
            ("/6", STRANGER, Vec::new(), "", "127.0.0.8", "not a proxy: no header"),
            (
                "/7",
                PROXY,
                line("127.0.0.9").into(),
                "X-Forwarded-For: 192.0.2.7\r\n",
                "192.0.2.7",
                "two proxies",
            ),
        ] {
            let mut wire = Wire::between(from, server.address("http"));
            // The header may arrive in pieces.
            let (start, end) = header.split_at(header.len() / 2);
            wire.send(start);
            if !start.is_empty() {
                std::thread::yield_now();
            }
            wire.send(end);
            wire.exchange("GET", target, fields);
            let logged = server.log_lines(format!("GET {target} "), 1);
            assert!(logged[0].contains(&format!(" {expected} http")), "{why}: {logged:?}");
        }
    });
}

#[test]
fn headers_of_others_and_connections_without_one_are_refused() {
    let served = Tree::of(&[("a", "hello\n")]);
    let server = Server::both(&served, &OPTIONS);
    let request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut stranger = Wire::between(STRANGER, server.address("http"));
    stranger.send(format!("{}{request}", line("192.0.2.1")));
    assert_eq!(stranger.response("GET").status, 400, "the header is not a request");
    let mut stranger = Wire::between(STRANGER, server.address("ftp"));
    assert!(stranger.line().starts_with("220 "));
    stranger.send(line("192.0.2.1"));
    assert!(stranger.line().starts_with("500 "), "nor a command");

    for (index, bytes) in
        ["GET /a HTTP/1.1\r\n\r\n", "USER ada\r\n", "PROXY TCP4 a b 1 2\r\n"].iter().enumerate()
    {
        for scheme in ["http", "ftp"] {
            let mut proxy = Wire::between(PROXY, server.address(scheme));
            proxy.send(bytes);
            match proxy.stream().read(&mut [0]) {
                Ok(0) => {}
                // Unread input.
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
                answered => panic!("{bytes:?}: {answered:?}"),
            }
        }
        server.log_lines("problem: a connection of the proxy 127.0.0.9 was closed: ", 2 * (index + 1));
    }
}

#[test]
fn limits_and_lockouts_are_those_of_the_client() {
    let served = Tree::of(&[("a", "hello\n")]);
    let options =
        [&OPTIONS[..], &["--max-per-ip", "2", "--user", "ada:secret", "--anonymous", "read"]].concat();
    let server = Server::http(&served, &options);
    let get = |client: &str, fields: &str| {
        let mut wire = Wire::between(PROXY, server.address("http"));
        wire.send(line(client));
        let status = wire.exchange("GET", "/a", fields).status;
        (status, wire)
    };
    let open: Vec<_> = (0..2).map(|_| get("192.0.2.1", "")).collect();
    assert!(open.iter().all(|(status, _)| *status == 200));
    assert_eq!(get("192.0.2.1", "").0, 429, "the third connection");
    assert_eq!(get("192.0.2.2", "").0, 200, "another client");
    drop(open);
    // ada:wrong
    let wrong = "Authorization: Basic YWRhOndyb25n\r\nConnection: close\r\n";
    let server = Server::http(&served, &[&OPTIONS[..], &["--user", "ada:secret"]].concat());
    let guess = |client: &str| {
        let mut wire = Wire::between(PROXY, server.address("http"));
        wire.send(line(client));
        wire.exchange("GET", "/a", wrong).status
    };
    at_once(&[(); 20], |()| assert_eq!(guess("192.0.2.1"), 401));
    assert_eq!(guess("192.0.2.1"), 429, "its attempts are used up");
    assert_eq!(guess("192.0.2.2"), 401, "another client");
}

#[test]
fn passive_data_connections_have_headers_as_well() {
    let served = Tree::of(&[("a", "hello\n")]);
    for_each_engine(|engine| {
        let server = Server::ftp(&served, &[&OPTIONS[..], &["--engine", engine]].concat());
        let mut control = Wire::between(PROXY, server.address("ftp"));
        control.send(line("192.0.2.1"));
        let mut say = |command: &str, code: &str| {
            if !command.is_empty() {
                control.send(format!("{command}\r\n"));
            }
            let reply = control.line();
            assert!(reply.starts_with(code), "{command}: {reply}");
            reply
        };
        say("", "220 ");
        say("USER anonymous", "331 ");
        say("PASS a@", "230 ");
        say("TYPE I", "200 ");
        let reply = say("PASV", "227 ");
        let numbers: Vec<&str> = reply.split(['(', ')']).nth(1).unwrap().split(',').collect();
        assert_eq!(numbers[..4], ["198", "51", "100", "1"], "the address to which the client has connected");
        let port = numbers[4].parse::<u16>().unwrap() << 8 | numbers[5].parse::<u16>().unwrap();
        let at = SocketAddr::from(([127, 0, 0, 1], port));
        let mut thief = Wire::between(PROXY, at);
        thief.send(line("192.0.2.2"));
        let mut unproxied = Wire::between(STRANGER, at);
        let mut data = Wire::between(PROXY, at);
        data.send(line("192.0.2.1"));
        say("RETR a", "150 ");
        assert_eq!(data.rest(), b"hello\n");
        say("", "226 ");
        assert!(thief.rest().is_empty() && unproxied.rest().is_empty());
        assert!(server.log_lines("RETR /a", 1)[0].contains(" 192.0.2.1 ftp "));
    });
}

#[test]
fn the_header_precedes_tls() {
    let served = Tree::of(&[("a", "hello\n")]);
    let server =
        Server::http(&served, &["--proxy-protocol", "--trusted-proxy", "127.0.0.1", "--tls", "self-signed"]);
    let mut stream = std::net::TcpStream::connect(server.address("https")).unwrap();
    stream.write_all(line("192.0.2.1").as_bytes()).unwrap();
    let mut client = Link::over(stream, Some(&accept_any_certificate())).unwrap();
    client.write_all(b"GET /a HTTP/1.0\r\n\r\n").unwrap();
    let mut response = String::new();
    client.read_to_string(&mut response).unwrap();
    assert!(response.ends_with("hello\n"), "{response}");
    assert!(server.log_lines("GET /a ", 1)[0].contains(" 192.0.2.1 http"));
}

/// The settings of a proxy in docs/proxies.md, with these addresses instead of those of the text.
fn recipe(language: &str, replaced: &[(&str, String)]) -> String {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/proxies.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, block) = page.split_once(&format!("```{language}\n")).unwrap();
    let mut text = block.split_once("```").unwrap().0.to_owned();
    for (of_text, of_test) in replaced {
        assert!(text.contains(of_text), "{of_text}: {text}");
        text = text.replace(of_text, of_test);
    }
    text
}

/// curl from a loopback address.
fn curl(address: &str) -> Command {
    let mut curl = tool("curl");
    curl.args(["-sS", "--interface", address]);
    curl
}

#[test]
fn nginx_and_caddy_state_the_client_in_a_field() {
    let served = Tree::of(&[("a", "hello\n")]);
    let server = Server::http(&served, &["--writable", "--trusted-proxy", "127.0.0.1"]);
    let settings = |language, port: u16| {
        let backend = server.address("http").to_string();
        recipe(language, &[("192.0.2.10:80", format!("127.0.0.1:{port}")), ("127.0.0.1:8080", backend)])
    };
    for (proxy, client) in [
        (nginx_with(|_, port| settings("nginx", port)), "127.0.0.7"),
        (caddy_with(|_, port| settings("caddyfile", port)), "127.0.0.6"),
    ] {
        let url = format!("{}a", proxy.http());
        // A field that the client sends is not believed.
        let fetched = run(curl(client)
            .args(["-H", "X-Forwarded-For: 6.6.6.6", "-H", "Forwarded: for=6.6.6.6"])
            .arg(&url));
        assert_eq!(fetched.text(), "hello\n");
        assert!(server.log_lines("GET /a ", 1).pop().unwrap().contains(&format!(" {client} http")));
        let stored = run(curl(client).args(["-T", "Cargo.toml"]).arg(proxy.http())).text();
        assert_eq!(stored, "", "an upload");
    }
}

#[test]
fn haproxy_states_the_client_of_both_protocols() {
    let served = Tree::of(&[("a", "hello\n")]);
    let passive = free_ports(4);
    let passive = format!("{}-{}", passive.start(), passive.end());
    let options =
        ["--proxy-protocol", "--trusted-proxy", "127.0.0.1", "--passive-ports", &passive, "--writable"];
    let server = Server::both(&served, &options);
    let ftp = SocketAddr::from(([127, 0, 0, 2], server.address("ftp").port()));
    let proxy = haproxy_with(|port| {
        recipe(
            "haproxy",
            &[
                ("192.0.2.10:80", format!("127.0.0.1:{port}")),
                ("192.0.2.10:21", ftp.to_string()),
                ("192.0.2.10:50000-50100", format!("127.0.0.2:{passive}")),
                ("127.0.0.1:8080", server.address("http").to_string()),
                ("127.0.0.1:2121", server.address("ftp").to_string()),
            ],
        )
    });
    assert_eq!(run(curl("127.0.0.7").arg(format!("{}a", proxy.http()))).text(), "hello\n");
    assert!(server.log_lines("GET /a ", 1)[0].contains(" 127.0.0.7 http"));
    for mode in ["--disable-epsv", "--epsv", "--no-ftp-skip-pasv-ip"] {
        let fetched = run(curl("127.0.0.7").arg(mode).arg(format!("ftp://{ftp}/a")));
        assert_eq!(fetched.text(), "hello\n", "{mode}");
    }
    let upload = std::fs::File::open(served.join("a")).unwrap();
    run(curl("127.0.0.6").args(["-T", "-"]).arg(format!("ftp://{ftp}/b")).stdin(upload)).success();
    assert_eq!(std::fs::read(served.join("b")).unwrap(), b"hello\n");
    assert!(server.log_lines("STOR /b", 1)[0].contains(" 127.0.0.6 ftp "));
}
