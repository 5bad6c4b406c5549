//! Behind a reverse proxy: whose address counts.

use std::net::Ipv4Addr;

use crate::harness::{Server, Tree, Wire, at_once};

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
fn a_trusted_proxy_says_whose_guesses_they_are() {
    let tree = Tree::of(&[("a", "hello\n")]);
    let server = Server::http(&tree, &["--user", "ada:secret", "--trusted-proxy", "127.0.0.9"]);
    // All at once: each is answered after a delay.
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
