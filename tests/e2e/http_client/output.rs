//! Output for people and for programs: progress, events, exit codes, `request`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::SIZE;
use crate::harness::fault::{End, Fault, Proxy, Way, first};
use crate::harness::peers;
use crate::harness::scripted::ScriptedServer;
use crate::harness::scripted::http::{close, response};
use crate::harness::{Server, TerminalUser, Tree, WorkDir, binary, tree};

#[test]
fn without_a_terminal_there_is_one_line_for_a_file() {
    let served = Tree::new();
    served.file("f", tree::pattern(SIZE));
    let (server, workdir) = (Server::http(&served, &["--quiet"]), WorkDir::new());
    let url = format!("{}f", server.url("http"));
    let got = workdir.http(&["get", &url]);
    assert_eq!(got.err.lines().count(), 1, "{}", got.err);
    // f  2.86 MiB in 0.0 s, 90 MiB/s
    assert!(got.err.starts_with("f  2.86 MiB in ") && got.err.ends_with("/s\n"), "{}", got.err);
    for quiet in ["-q", "--quiet"] {
        let got = workdir.http(&["get", &url, "-o", "g", quiet]);
        assert_eq!((got.code, &*got.err), (Some(0), ""), "{quiet}");
    }
}

#[test]
fn a_terminal_has_a_bar() {
    let served = Tree::new();
    served.file("f", tree::pattern(SIZE));
    let (server, workdir) = (Server::http(&served, &["--quiet"]), WorkDir::new());
    let url = format!("{}f", server.url("http"));
    for (colours, before) in [(true, ""), (false, "NO_COLOR=1 ")] {
        let command = format!(
            "cd {}; {before}{} get {url} -o f --limit-rate 3M; echo over",
            workdir.join("").display(),
            binary("http-mini").display()
        );
        let mut ada = TerminalUser::start(&command);
        let screen = ada.wait_for("over");
        assert!(screen.contains("left") && screen.contains("MiB"), "a bar: {screen:?}");
        assert!(screen.contains("f  2.86 MiB in "), "and the line that stays: {screen:?}");
        assert_eq!(screen.contains("\u{1b}[32m"), colours, "https://no-color.org: {screen:?}");
    }
}

/// The events of a run.
fn events(out: &[u8]) -> Vec<Value> {
    String::from_utf8_lossy(out).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn json_events_report_a_transfer() {
    let served = Tree::new();
    served.file("f", tree::pattern(SIZE));
    let server = Server::http(&served, &["--quiet"]);
    let cut = Fault::Cut(Way::Down, 400_000, End::Fin);
    let proxy = Proxy::tcp(server.address("http"), first(1, cut));
    let (workdir, url) = (WorkDir::new(), format!("http://{}/f", proxy.address()));
    let got = workdir.http(&["get", &url, "--json", "--limit-rate", "2M"]);
    assert!(got.err.is_empty(), "{}", got.err);
    let reported = events(&got.success());
    let names: Vec<&str> = reported.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!((names[0], names[names.len() - 1]), ("start", "done"), "{names:?}");
    let of = |name: &str| reported.iter().filter(|event| event["event"] == name).collect::<Vec<_>>();
    let starts = of("start");
    assert_eq!((&starts[0]["url"], &starts[0]["file"]), (&url.as_str().into(), &"f".into()));
    assert_eq!((&starts[0]["size"], &starts[0]["from"]), (&SIZE.into(), &0.into()));
    assert!(starts[1]["from"].as_u64().unwrap() > 300_000, "it resumes: {starts:?}");
    let retries = of("retry");
    assert_eq!(retries.len(), 1);
    assert!(retries[0]["reason"].is_string() && retries[0]["wait"].is_number(), "{retries:?}");
    let progress = of("progress");
    assert!((1..=8).contains(&progress.len()), "at most two a second: {progress:?}");
    let come: Vec<_> = progress.iter().map(|event| event["bytes"].as_u64().unwrap()).collect();
    assert!(come.is_sorted() && come.iter().all(|&bytes| bytes <= SIZE as u64), "{come:?}");
    let done = of("done")[0];
    assert_eq!((&done["file"], &done["url"]), (&"f".into(), &url.as_str().into()));
    assert!(done["seconds"].is_number() && done["bytes"] == SIZE, "{done}");

    for (path, kind, code) in [("none", "not-found", 3), ("f", "failed", 1)] {
        let url = format!("{}{path}", server.url("http"));
        let got = workdir.http(&["get", &url, "--json"]);
        assert_eq!(got.code, Some(code), "{}", got.err);
        let last = events(&got.out).pop().unwrap();
        assert_eq!((&last["event"], &last["kind"]), (&"error".into(), &kind.into()), "{last}");
        assert!(last["message"].is_string() && last["url"] == url.as_str(), "{last}");
    }
}

/// Bytes that were sent twice count once.
#[test]
fn resent_bytes_are_counted_once() {
    let peer = peers::http::nginx("");
    let workdir = WorkDir::new();
    workdir.file("f", tree::pattern(SIZE));
    for (style, expected) in [("--json", "\"bytes\":3000000,"), ("--limit-rate=1G", "f  2.86 MiB in ")] {
        // The first connection carries the request before the upload; the content may use another one.
        let cut = Fault::Cut(Way::Up, 1_500_000, End::Reset);
        let proxy = Proxy::tcp(peer.address(), first(2, cut));
        let put = workdir.http(&["put", "f", &format!("http://{}/f", proxy.address()), style]);
        assert_eq!(put.code, Some(0), "{}", put.err);
        assert!(
            proxy.received_from_clients() > SIZE + 1_000_000,
            "it went again: {} bytes",
            proxy.received_from_clients()
        );
        let reported = format!("{}{}", String::from_utf8_lossy(&put.out), put.err);
        assert!(reported.contains(expected), "{reported}");
    }
}

/// A command that is ended by a signal or by --max-time names the file it was transferring.
#[test]
fn signals_and_max_time_are_reported() {
    let server = ScriptedServer::http(|caller, request| match &*request.target {
        "/quick" => caller.send(response("200 OK", "", "content\n")),
        _ => caller.wait_for_end(),
    });
    let (workdir, slow) = (WorkDir::new(), server.url("http", "slow"));
    workdir.file("f", "mine");
    for arguments in
        [&["get", &server.url("http", "quick"), &slow][..], &["put", "f", &slow], &["mirror", &slow, "copy"]]
    {
        let ended = workdir.http(&[arguments, &["--max-time", "1", "--json"]].concat());
        ended.fails(5, &[&slow, "--max-time"]);
        let last = events(&ended.out).pop().unwrap();
        assert_eq!((&last["event"], &last["kind"]), (&"error".into(), &"network".into()), "{arguments:?}");
        assert_eq!(last["url"], slow.as_str(), "{arguments:?}: {last}");
    }
    workdir.http(&["request", "GET", &slow, "--max-time", "1"]).fails(5, &[&slow, "--max-time"]);

    let mut command = workdir.command("http-mini", &["get", &slow, "--json", "-v"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut shown = BufReader::new(child.stderr.as_mut().unwrap()).lines().map_while(Result::ok);
    shown.find(|line| line.contains("GET /slow")).expect("a request");
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    let last = events(&ended.stdout).pop().unwrap();
    assert_eq!((&last["kind"], &last["url"]), (&"interrupted".into(), &slow.as_str().into()), "{last}");
}

#[test]
fn statuses_map_to_exit_codes() {
    for (status, code) in [
        ("200 OK", 0),
        ("204 No Content", 0),
        ("304 Not Modified", 0),
        ("400 Bad Request", 1),
        ("401 Unauthorized", 4),
        ("403 Forbidden", 4),
        ("404 Not Found", 3),
        ("405 Method Not Allowed", 1),
        ("407 Proxy Authentication Required", 4),
        ("410 Gone", 3),
        ("418 I'm a teapot", 1),
        ("500 Internal Server Error", 1),
    ] {
        let server = ScriptedServer::http(move |caller, request| {
            let content =
                if status.starts_with('2') && !status.starts_with("204") { "content\n" } else { "" };
            let content = if request.method == "HEAD" { "" } else { content };
            match status {
                "204 No Content" | "304 Not Modified" => {
                    caller.send(format!("HTTP/1.1 {status}\r\n\r\n")).and(Err(close()))
                }
                _ => caller.send(response(status, "", content)),
            }
        });
        let workdir = WorkDir::new();
        let url = server.url("http", "f");
        let answer = workdir.http(&["request", "GET", &url]);
        assert_eq!(answer.code, Some(code), "{status}: {}", answer.err);
        if code != 0 {
            let got = workdir.http(&["get", &url, "--retries", "0"]);
            got.fails(code, &[&status[..3], &url]);
            assert!(workdir.names().is_empty(), "{status}");
        }
    }
}

/// RFC 9110 sections 15.6.4 and 10.2.3: the request is retried after the given time.
#[test]
fn a_busy_server_is_retried() {
    let server = ScriptedServer::http(|caller, request| match request.number {
        0 => caller.send(response("503 Service Unavailable", "Retry-After: 1\r\n", "")),
        1 => caller.send(response("429 Too Many Requests", "", "")),
        _ => caller.send(response("200 OK", "", "content\n")),
    });
    let workdir = WorkDir::new();
    let started = std::time::Instant::now();
    workdir.http(&["get", &server.url("http", "f")]).success();
    assert!(started.elapsed() >= std::time::Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(fs::read(workdir.join("f")).unwrap(), b"content\n");
    let never = ScriptedServer::http(|caller, _| {
        caller.send(response("503 Service Unavailable", "Retry-After: 86400\r\n", ""))
    });
    workdir.http(&["get", &never.url("http", "f"), "-o", "g"]).fails(1, &["503"]);
}

#[test]
fn request_sends_any_method_fields_and_content() {
    let server = ScriptedServer::http(|caller, request| {
        let text = format!(
            "{} {} {:?} {}",
            request.method,
            request.target,
            request.field("x-y"),
            String::from_utf8_lossy(&request.body)
        );
        caller.send(response("200 OK", "X-Answer: 42\r\n", text))
    });
    let workdir = WorkDir::new();
    workdir.file("data", "from a file");
    let url = server.url("http", "a?b=c");
    for (arguments, expected) in [
        (&["GET", &url][..], "GET /a?b=c None "),
        (&["POST", &url, "-d", "hello"], "POST /a?b=c None hello"),
        (&["PROPFIND", &url, "-d", "@data"], "PROPFIND /a?b=c None from a file"),
        (&["DELETE", &url, "-H", "X-Y: z"], "DELETE /a?b=c Some(\"z\") "),
    ] {
        assert_eq!(workdir.http(&[&["request"], arguments].concat()).text(), expected);
    }
    assert!(
        !workdir.http(&["request", "--help"]).text().contains("--json"),
        "an unsupported option is not offered"
    );
    let with_head = workdir.http(&["request", "GET", &url, "-i"]).text();
    assert!(with_head.starts_with("HTTP/1.1 200 OK\n"), "{with_head}");
    assert!(with_head.contains("X-Answer: 42"), "{with_head}");
    for (arguments, why) in [
        (&["request", "GE T", &url][..], "no method"),
        (&["request", "GET", &url, "-H", "no colon"], "no field"),
        (&["request", "GET", &url, "-H", "A: b\r\nC: d"], "two fields in one"),
        (&["get", "not a url"], "no URL"),
        (&["get", "ftp://127.0.0.1/f"], "another protocol"),
        (&["get", &url, "--segments", "0"], "no segments"),
        (&["get"], "nothing"),
    ] {
        let before = server.received().len();
        let outcome = workdir.http(arguments);
        assert_eq!(outcome.code, Some(2), "{why}: {}", outcome.err);
        assert_eq!(server.received().len(), before, "{why}: nothing is sent");
    }
}

/// RFC 9110 section 8.4: content encoded for the transfer is decoded; a file whose format is the coding is
/// not.
#[test]
fn content_codings_are_decoded() {
    let text = "hello ".repeat(1_000);
    let peer = peers::http::nginx("gzip on; gzip_min_length 1; gzip_types *;");
    peer.root.file("f.txt", &text);
    let workdir = WorkDir::new();
    let url = format!("{}f.txt", peer.http());
    assert_eq!(workdir.http(&["request", "GET", &url]).text(), text);
    let got = workdir.http(&["get", &url, "-o", "-"]);
    assert_eq!(got.text(), text);
    // Some servers encode without a request for it.
    let hello = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\x48\xcd\xc9\xc9\x07\0\x86\xa6\x10\x36\x05\0\0\0";
    let peer = peers::http::nginx("add_header Content-Encoding gzip;");
    for (name, expected, why) in [
        ("a.txt", &b"hello"[..], "the decoded file"),
        ("a.tar.gz", hello, "the name says gzip"),
        ("a.br", b"hello", "the coding does not match the name"),
    ] {
        peer.root.file(name, hello);
        for options in [&["-o", name][..], &["-o", name, "--resume"], &["-o", name, "--segments", "2"]] {
            workdir.http(&[&["get", &format!("{}{name}", peer.http())], options].concat()).success();
            assert_eq!(fs::read(workdir.join(name)).unwrap(), expected, "{name} {options:?}: {why}");
        }
    }
    for (coding, content) in
        [("gzip", &b"hello"[..]), ("gzip", b"\x1f\x8b\x08\0\0"), ("br", b"\xff\xff"), ("zstd", b"x")]
    {
        let server = ScriptedServer::http(move |caller, _| {
            caller.send(response("200 OK", &format!("Content-Encoding: {coding}\r\n"), content))
        });
        for arguments in [&["request", "GET"][..], &["get", "--retries", "0"]] {
            workdir.http(&[arguments, &[&server.url("http", "f")]].concat()).fails(6, &["cod"]);
        }
    }
}

#[test]
fn the_phases_are_timed() {
    let served = Tree::of(&[("f", "hello\n")]);
    let (server, workdir) = (Server::http(&served, &["--quiet"]), WorkDir::new());
    let got = workdir.http(&["get", &format!("{}f", server.url("http")), "-o", "-", "--timing"]);
    assert_eq!(got.out, b"hello\n");
    for word in ["connect", "answer"] {
        assert!(got.err.to_lowercase().contains(word), "{word}: {}", got.err);
    }
}
