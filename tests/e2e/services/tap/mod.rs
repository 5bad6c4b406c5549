//! The tap between clients and servers of other projects: its output, and what it hides.

mod forwarding;
mod page;

use std::collections::BTreeMap;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::peers::http;
use crate::harness::program::{run, tool};
use crate::harness::{PROMPT, Server, TIMEOUT, Tree, Wire, binary, tree};

/// A tap of a server, on a port of the loopback.
fn tap(to: impl std::fmt::Display, options: &[&str]) -> Server {
    let mut command = Command::new(binary("mini"));
    command.args(["tap", "--lang", "en", "--listen", "127.0.0.1:0", "--to", &to.to_string()]).args(options);
    Server::start(command)
}

fn curl(arguments: &[&str]) -> Vec<u8> {
    run(tool("curl").args(["--silent", "--show-error", "--fail", "--max-time", "60"]).args(arguments))
        .success()
}

/// Stops a tap; all that it printed.
fn shown(mut tap: Server) -> Vec<String> {
    tap.signal(rustix::process::Signal::TERM);
    assert_eq!(tap.ended_within(PROMPT).code(), Some(0), "open connections are closed");
    tap.output()
}

/// The lines of the units, without their times.
fn units(lines: &[String]) -> Vec<&str> {
    lines
        .iter()
        .filter_map(|line| Some(line.split_once(' ')?.1))
        .filter(|line| !line.contains("---- ["))
        .collect()
}

#[test]
fn http_passes_and_is_explained() {
    let peer = http::nginx("");
    let content = tree::pattern(300_000);
    peer.root.file("a.bin", &content);
    let tap = tap(peer.address(), &[]);
    let url = format!("http://{}", tap.address("tcp"));
    assert_eq!(curl(&[&format!("{url}/a.bin")]), content);
    let upload = peer.root.file("b.txt", "uploaded");
    curl(&["--upload-file", upload.to_str().unwrap(), &format!("{url}/c.txt")]);
    assert_eq!(fs::read(peer.root.join("c.txt")).unwrap(), b"uploaded");
    tap.output_lines("2 ---- [closed]", 1);
    let lines = shown(tap);
    let units = units(&lines);
    assert!(units[0].starts_with(r"1 C->S GET /a.bin HTTP/1.1\r\nHost: 127.0.0.1:"), "{lines:?}");
    assert!(units[1].starts_with(r"1 S->C HTTP/1.1 200 OK\r\n"), "{lines:?}");
    assert!(units.iter().any(|unit| unit.starts_with("2 C->S PUT /c.txt HTTP/1.1")), "{lines:?}");
    assert!(units.contains(&"2 C->S uploaded"), "{lines:?}");
}

#[test]
fn messages_after_long_content_are_explained() {
    let peer = http::nginx("");
    peer.root.sparse("large", 64 << 20);
    peer.root.file("a.txt", "hello\n");
    let tap = tap(peer.address(), &[]);
    let url = format!("http://{}", tap.address("tcp"));
    let content = curl(&[&format!("{url}/large"), &format!("{url}/a.txt")]);
    assert_eq!(content.len(), (64 << 20) + 6);
    tap.output_lines("1 ---- [closed]", 1);
    let lines = shown(tap);
    assert!(lines.iter().any(|line| line.contains("bytes forwarded and not shown]")), "{lines:#?}");
    let units = units(&lines);
    let heads = units.iter().filter(|unit| unit.starts_with("1 S->C HTTP/1.1 200 OK")).count();
    assert!(heads == 2 && units.contains(&r"1 S->C hello\n"), "{lines:#?}");
}

#[test]
fn a_violation_is_shown_with_its_rule_and_byte() {
    let peer = http::nginx("");
    let tap = tap(peer.address(), &["--as", "http"]);
    let mut wire = Wire::connect(tap.address("http"));
    wire.send("GET / HTTP/1.1\nHost: a\r\nConnection: close\r\n\r\n");
    let line = tap.output_lines("C->S GET", 1).remove(0);
    assert!(line.contains("! bare-lf at byte 14"), "{line}");
}

#[test]
fn passwords_appear_in_no_output_and_no_recording() {
    const SECRETS: [&str; 4] = ["lovelace", "YWRhOmxvdmVsYWNl", "sessionsecret", "formsecret"];
    let place = Tree::new();
    let served = Tree::of(&[("a.txt", "hello\n")]);
    let server = Server::both(&served, &["--quiet", "--user", "ada:lovelace"]);
    for protocol in ["http", "ftp"] {
        let recording = place.join(format!("{protocol}.jsonl"));
        let options = ["--record", recording.to_str().unwrap(), "--page", "127.0.0.1:0", "--as", protocol];
        let tap = tap(server.address(protocol), &options);
        let at = announced(&tap)[0].clone();
        if protocol == "http" {
            let url = format!("http://{at}/a.txt");
            let secrets = ["--user", "ada:lovelace", "--cookie", "session=sessionsecret"];
            assert_eq!(curl(&[&secrets[..], &[&url]].concat()), b"hello\n");
            let form = ["--data", "user=ada&password=formsecret", "--user", "ada:lovelace", &url];
            run(tool("curl").args(["--silent", "--max-time", "60"]).args(form));
        } else {
            assert_eq!(curl(&[&format!("ftp://ada:lovelace@{at}/a.txt")]), b"hello\n");
        }
        tap.output_lines(" ---- [closed]", 1);
        let page = announced(&tap)[1].clone();
        let mut feed = tool("curl");
        feed.args(["--silent", "--no-buffer", "--max-time", "1", &format!("http://{page}/events")]);
        let feed = String::from_utf8(run(&mut feed).out).unwrap();
        let lines = shown(tap).join("\n");
        let recorded = fs::read_to_string(&recording).unwrap();
        let bytes: Vec<u8> = recorded.lines().flat_map(recorded_bytes).collect();
        let bytes = String::from_utf8_lossy(&bytes).into_owned();
        for (where_, text) in
            [("terminal", lines), ("page", feed), ("recording", recorded), ("its bytes", bytes)]
        {
            assert!(text.len() > 200, "{protocol}, {where_}: {text}");
            for secret in SECRETS {
                assert!(!text.contains(secret), "{protocol}, {where_}: {secret} in {text}");
            }
        }
        assert_eq!(fs::metadata(&recording).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

/// `127.0.0.1:4711` of each line that was announced.
fn announced(tap: &Server) -> Vec<String> {
    tap.announced().iter().map(|line| line.split('/').nth(2).unwrap().to_owned()).collect()
}

fn recorded_bytes(line: &str) -> Vec<u8> {
    let entry: Value = serde_json::from_str(line).unwrap();
    entry["bytes"].as_str().map(crate::harness::webdriver::from_base64).unwrap_or_default()
}

#[test]
fn passwords_are_shown_only_on_loopback() {
    let served = Tree::of(&[("a.txt", "hello\n")]);
    let server = Server::ftp(&served, &["--quiet", "--user", "ada:lovelace"]);
    let tap = tap(server.address("ftp"), &["--show-passwords"]);
    curl(&[&format!("ftp://ada:lovelace@{}/a.txt", tap.address("tcp"))]);
    tap.output_lines(r"C->S PASS lovelace\r\n", 1);
    for (listen, page) in [("0.0.0.0:0", "0"), ("127.0.0.1:0", "0.0.0.0:0"), (":0", "0")] {
        let mut command = Command::new(binary("mini"));
        command.args(["tap", "--listen", listen, "--to", "127.0.0.1:1", "--page", page, "--show-passwords"]);
        let outcome = run(&mut command);
        assert_eq!((outcome.code, outcome.err.lines().count()), (Some(2), 1), "{outcome:?}");
    }
}

#[test]
fn a_recording_shows_the_same_units() {
    let served = Tree::of(&[("a.txt", "hello\n")]);
    served.file("b.bin", tree::pattern(300_000));
    let server = Server::both(&served, &["--quiet", "--user", "ada:lovelace"]);
    for protocol in ["http", "ftp"] {
        let place = Tree::new();
        let recording = place.join("lesson.jsonl");
        let live = tap(server.address(protocol), &["--record", recording.to_str().unwrap()]);
        for name in ["a.txt", "b.bin", ""] {
            curl(&["--user", "ada:lovelace", &format!("{protocol}://{}/{name}", live.address("tcp"))]);
        }
        let live = shown(live);
        let recorded = fs::read_to_string(&recording).unwrap();
        let mut times = recorded.lines().map(|line| {
            let entry: Value = serde_json::from_str(line).unwrap();
            Duration::from_micros(entry["time"].as_u64().unwrap())
        });
        let first = times.next().unwrap();
        let ten_times = 10 * (times.next_back().unwrap() - first);
        let replay = |speed: &str| {
            let mut command = Command::new(binary("mini"));
            command.args(["tap", "--lang", "en", "--speed", speed, "--replay"]).arg(&recording);
            let mut replayed = Server::start(command);
            assert_eq!(replayed.ended_within(TIMEOUT + ten_times).code(), Some(0));
            replayed.output()
        };
        assert!(live.len() > 15, "{live:#?}");
        assert_eq!(live, replay("0"), "{protocol}");
        let started = Instant::now();
        assert_eq!(live, replay("0.1"), "{protocol}");
        assert!(started.elapsed() >= ten_times, "{protocol}: {:?}", started.elapsed());
    }
}

/// A server that runs a case's script once.
fn scripted(serve: impl FnOnce(TcpStream) + Send + 'static) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || serve(listener.accept().unwrap().0));
    at
}

#[test]
fn errors_are_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (arguments, code, text) in [
        (&["--listen", "127.0.0.1:0"][..], 2, "--to"),
        (&["--listen", "nowhere", "--to", "1"], 2, "localhost:8080"),
        (&["--listen", &taken, "--to", "1"], 1, "choose another address or port"),
        (&["--listen", "127.0.0.1:0", "--to", "no-such-name.invalid:80"], 5, "check the name"),
        (&["--replay", "/nonexistent/file"], 1, "cannot replay"),
        (&["--listen", "127.0.0.1:0", "--to", "1", "--record", "/nonexistent/file"], 1, "cannot record"),
        (&["--listen", "127.0.0.1:0", "--to", "1", "--relay-ports", "9-1"], 2, "50000-50050"),
    ] {
        let outcome = run(Command::new(binary("mini")).arg("tap").args(arguments));
        assert_eq!(outcome.code, Some(code), "{arguments:?}: {outcome:?}");
        assert!(outcome.err.contains(text) && outcome.err.lines().count() == 1, "{arguments:?}: {outcome:?}");
    }
    let tap = tap(&taken, &[]);
    drop(TcpStream::connect(tap.address("tcp")).unwrap());
    drop(tap);
}

#[test]
fn clients_are_numbered() {
    let peer = http::nginx("");
    peer.root.file("a.txt", "hello\n");
    let tap = tap(peer.address(), &[]);
    let url = format!("http://{}/a.txt", tap.address("tcp"));
    thread::scope(|scope| {
        for number in 0..8 {
            let url = format!("{url}?{number}");
            scope.spawn(move || assert_eq!(curl(&[&url]), b"hello\n"));
        }
    });
    tap.output_lines("[closed]", 8);
    let lines = shown(tap);
    let mut requests = BTreeMap::new();
    for line in units(&lines) {
        if let Some((number, request)) = line.split_once(" C->S GET ") {
            requests.insert(number.to_owned(), request.split(' ').next().unwrap().to_owned());
        }
    }
    assert_eq!(requests.len(), 8, "{lines:#?}");
}
