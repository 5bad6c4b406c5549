//! Handshakes: supported versions, and connections that do not complete them.

use std::thread;
use std::time::{Duration, Instant};

use super::half_a_hello;
use crate::harness::program::{Outcome, run, tool};
use crate::harness::{ENGINES, PROMPT, Server, TEN_SECONDS, Tree, Wire, for_each_engine};

fn serve(tree: &Tree, engine: &str) -> Server {
    Server::http(tree, &["--quiet", "--tls", "self-signed", "--engine", engine])
}

/// `openssl s_client`, which prints the negotiated parameters and ends.
fn s_client(server: &Server, options: &[&str]) -> Outcome {
    let address = server.address("https").to_string();
    run(tool("openssl").args(["s_client", "-connect", &address, "-brief"]).args(options))
}

#[test]
fn version_and_protocol_are_negotiated() {
    let tree = Tree::of(&[("a", "hello\n")]);
    // OpenSSL offers old versions only at security level 0.
    const OLD: &str = "DEFAULT:@SECLEVEL=0";
    for_each_engine(|engine| {
        let server = serve(&tree, engine);
        for (options, expected, why) in [
            (&["-tls1_3"][..], Ok("Protocol version: TLSv1.3"), "RFC 8446"),
            (&["-tls1_2"], Ok("Protocol version: TLSv1.2"), "RFC 5246"),
            (&["-tls1_1", "-cipher", OLD], Err(" alert "), "RFC 8996"),
            (&["-tls1", "-cipher", OLD], Err(" alert "), "RFC 8996"),
            (&["-alpn", "h2,http/1.1"], Ok("Protocol version: TLSv1.3"), "as browsers and curl offer it"),
            (&["-alpn", "h2"], Err("alert no application protocol"), "RFC 7301 section 3.2"),
            (&["-servername", "example.org"], Ok("Protocol version: TLSv1.3"), "any name will do"),
        ] {
            let outcome = s_client(&server, options);
            let (is_done, words) = match expected {
                Ok(words) => (true, words),
                Err(words) => (false, words),
            };
            assert_eq!(outcome.code == Some(0), is_done, "{options:?}: {why}: {}", outcome.err);
            assert!(outcome.err.contains(words), "{options:?}: {why}: {}", outcome.err);
        }
    });
}

#[test]
fn a_session_is_resumed() {
    let tree = Tree::of(&[("a", "hello\n")]);
    for_each_engine(|engine| {
        let server = serve(&tree, engine);
        let session = tree.join("session");
        let session = session.to_str().unwrap();
        let request = "GET /a HTTP/1.0\r\n\r\n";
        for version in ["-tls1_2", "-tls1_3"] {
            for (option, expected) in [("-sess_out", "New, "), ("-sess_in", "Reused, ")] {
                let address = server.address("https").to_string();
                let mut openssl = tool("openssl");
                openssl.args(["s_client", "-connect", &address, version, "-ign_eof", option, session]);
                let input = Tree::of(&[("input", request)]);
                openssl.stdin(std::fs::File::open(input.join("input")).unwrap());
                let said = String::from_utf8_lossy(&run(&mut openssl).success()).into_owned();
                assert!(said.contains("\nhello\n"), "{said}");
                assert!(said.contains(expected), "{version}: not {expected:?} in {said}");
            }
        }
    });
}

/// Ten seconds in all, however much the peer sends; others are served meanwhile.
#[test]
fn an_unfinished_handshake_times_out() {
    let tree = Tree::of(&[("a", "hello\n")]);
    let servers = ENGINES.map(|engine| serve(&tree, engine));
    thread::scope(|scope| {
        for server in &servers {
            scope.spawn(|| {
                let connect = || Wire::connect(server.address("https"));
                let (mut silent, mut half, mut dripping) = (connect(), connect(), connect());
                half.send(half_a_hello());
                let started = Instant::now();
                let mut hello = half_a_hello().into_iter();
                dripping.stream().set_read_timeout(Some(Duration::from_millis(200))).unwrap();
                while !matches!(dripping.stream().peek(&mut [0]), Ok(0)) {
                    dripping.send([hello.next().unwrap()]);
                    assert!(started.elapsed() < TEN_SECONDS.end, "in time");
                }
                assert!(started.elapsed() >= TEN_SECONDS.start, "not before its time");
                assert_eq!((silent.rest(), half.rest()), (vec![], vec![]), "nothing is sent");
                assert!(started.elapsed() < TEN_SECONDS.end);
            });
            scope.spawn(|| {
                let url = format!("{}a", server.url("https"));
                for _ in 0..20 {
                    let mut curl = tool("curl");
                    curl.args(["--silent", "--insecure", "--max-time", "8", &url]);
                    assert_eq!(run(&mut curl).success(), b"hello\n", "meanwhile");
                    thread::sleep(Duration::from_millis(400));
                }
            });
        }
    });
}

#[test]
fn a_stopping_server_does_not_wait_for_handshakes() {
    let tree = Tree::of(&[("a", "hello\n")]);
    for_each_engine(|engine| {
        let server = serve(&tree, engine);
        let (_silent, mut half) =
            (Wire::connect(server.address("https")), Wire::connect(server.address("https")));
        half.send(half_a_hello());
        // Both handshakes are in progress.
        let url = format!("{}a", server.url("https"));
        assert_eq!(run(tool("curl").args(["--silent", "--insecure", &url])).success(), b"hello\n");
        let started = Instant::now();
        assert_eq!(server.stop(), Vec::<String>::new());
        assert!(started.elapsed() < PROMPT, "{:?}", started.elapsed());
    });
}

/// Input that scanners send.
#[test]
fn input_that_is_not_tls_is_closed_without_a_log_line() {
    let tree = Tree::of(&[("a", "hello\n")]);
    for_each_engine(|engine| {
        let server = serve(&tree, engine);
        for bytes in [&b"\x80\x2e\x01\0\x02"[..], b"\0", b"SSH-2.0-x\r\n", b"GET /a", b""] {
            let mut wire = Wire::connect(server.address("https"));
            wire.send(bytes);
            wire.finish();
            let answer = wire.rest();
            // An alert (RFC 8446 section 6) at most.
            assert!(answer.is_empty() || (answer[0] == 21 && answer.len() == 7), "{answer:?}");
        }
        let url = format!("{}a", server.url("https"));
        assert_eq!(run(tool("curl").args(["--silent", "--insecure", &url])).success(), b"hello\n");
        assert_eq!(server.stop(), Vec::<String>::new());
    });
}
