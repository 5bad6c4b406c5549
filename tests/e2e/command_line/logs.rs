//! The log: one line for each request and each transfer, in the selected format, without bytes that control a
//! terminal.

use serde_json::Value;

use crate::harness::ftp::Ftp;
use crate::harness::{Server, Tree, for_each_engine};

fn tree() -> Tree {
    Tree::of(&[("a", "hello\n"), ("d/b", "below\n")])
}

/// The requests of these cases: target, status, bytes of content (`None`: the size of the page).
const REQUESTS: [(&str, u16, Option<u64>); 4] =
    [("/a", 200, Some(6)), ("/a?%1b[31m", 200, Some(6)), ("/missing", 404, None), ("/d", 301, None)];

fn logged(format: &str, engine: &str) -> Vec<String> {
    let tree = tree();
    let server = Server::http(&tree, &["--log", format, "--engine", engine]);
    let mut wire = server.connect();
    for (target, status, _) in REQUESTS {
        assert_eq!(wire.exchange("GET", target, "").status, status);
    }
    assert_eq!(wire.exchange("HEAD", "/a", "").status, 200);
    wire.send(b"BAD\x1b[2J \"quoted\"\r\n\r\n");
    assert_eq!(wire.response("GET").status, 400);
    drop(wire);
    server.stop()
}

#[test]
fn each_request_is_one_line_of_json() {
    for_each_engine(|engine| {
        let lines: Vec<Value> =
            logged("json", engine).iter().map(|line| serde_json::from_str(line).expect(line)).collect();
        assert_eq!(lines.len(), REQUESTS.len() + 2, "{lines:?}");
        for (line, (target, status, bytes)) in lines.iter().zip(REQUESTS) {
            assert_eq!(line["request"], format!("GET {target} HTTP/1.1"), "{line}");
            assert_eq!((&line["protocol"], &line["peer"]), (&Value::from("http"), &Value::from("127.0.0.1")));
            assert_eq!(
                (&line["code"], &line["completed"]),
                (&Value::from(status), &Value::Bool(true)),
                "{line}"
            );
            assert!(bytes.is_none_or(|bytes| line["bytes"] == bytes), "{line}");
            assert!(line["seconds"].as_f64().is_some_and(|seconds| seconds < 5.0), "{line}");
            assert!(line["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
        }
        assert_eq!(lines[4]["bytes"], 0, "HEAD");
        assert_eq!(lines[5]["code"], 400, "a malformed request is logged too");
    });
}

#[test]
fn each_request_is_one_line_of_the_common_log_format() {
    for_each_engine(|engine| {
        let lines = logged("clf", engine);
        assert_eq!(lines.len(), REQUESTS.len() + 2, "{lines:?}");
        for (line, (target, status, bytes)) in lines.iter().zip(REQUESTS) {
            let (start, rest) = line.split_once(" \"").unwrap();
            let time = start.strip_prefix("127.0.0.1 - - [").and_then(|time| time.strip_suffix(" +0000]"));
            let shape: String = time
                .expect(line)
                .chars()
                .map(|letter| if letter.is_ascii_digit() { '0' } else { letter })
                .collect();
            assert!(shape.starts_with("00/") && shape.ends_with("/0000:00:00:00"), "{line}");
            let (request, numbers) = rest.split_once("\" ").unwrap();
            assert_eq!(request, format!("GET {target} HTTP/1.1"), "{line}");
            let (code, length) = numbers.split_once(' ').unwrap();
            assert_eq!(code, status.to_string(), "{line}");
            assert!(bytes.is_none_or(|bytes| length == bytes.to_string()), "{line}");
        }
        assert!(lines.iter().all(|line| !line.contains('\x1b')), "{lines:?}");
    });
}

#[test]
fn each_request_is_one_line_of_text() {
    for_each_engine(|engine| {
        let lines = logged("text", engine);
        assert_eq!(lines.len(), REQUESTS.len() + 2, "{lines:?}");
        for (line, (target, status, _)) in lines.iter().zip(REQUESTS) {
            let words = format!(" 127.0.0.1 http - \"GET {target} HTTP/1.1\" {status} ");
            assert!(line.contains(&words), "{line}");
        }
        assert!(lines.iter().all(|line| !line.contains('\x1b')), "{lines:?}");
    });
}

/// A request that is malformed or truncated is one line with the bytes received.
#[test]
fn a_malformed_request_is_logged_with_its_bytes_escaped() {
    let tree = tree();
    for_each_engine(|engine| {
        for (input, request, code, completed, why) in [
            ("GET /a HTTP/1.1\r\n\r\n", "GET /a HTTP/1.1", 400, true, "no Host"),
            ("\r\nGET /a b HTTP/1.1\r\n", "GET /a b HTTP/1.1", 400, true, "no request line"),
            ("GET /a HTTP/3.0\r\nHost: a\r\n\r\n", "GET /a HTTP/3.0", 505, true, "another version"),
            ("\x16\x03\x01\n", "\\x16\\x03\\x01", 400, true, "no text"),
            (
                "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
                "POST /a HTTP/1.1",
                501,
                true,
                "an unknown framing",
            ),
            (
                "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "POST /a HTTP/1.1",
                400,
                true,
                "no chunk",
            ),
            (
                "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe",
                "GET /a HTTP/1.1",
                400,
                false,
                "content that breaks off",
            ),
        ] {
            let server = Server::http(&tree, &["--log", "json", "--engine", engine]);
            let mut wire = server.connect();
            wire.send(input);
            wire.finish();
            let content = wire.responses().first().map_or(0, |answer| answer.body.len());
            let lines = server.stop();
            let [line] = &*lines else { panic!("{why}: {lines:?}") };
            let line: Value = serde_json::from_str(line).unwrap();
            assert_eq!((&line["request"], &line["code"]), (&request.into(), &code.into()), "{why}");
            assert_eq!((&line["bytes"], &line["completed"]), (&content.into(), &completed.into()), "{why}");
        }
    });
}

#[test]
fn each_transfer_is_one_line() {
    let tree = tree();
    for_each_engine(|engine| {
        let server = Server::ftp(&tree, &["--log", "json", "--engine", engine]);
        let mut ftp = Ftp::login(&server);
        ftp.fetch("RETR a");
        ftp.fetch("RETR d/b");
        let _data = ftp.data();
        ftp.expect("RETR missing\x1b[2J", 550);
        ftp.expect("QUIT", 221);
        let lines: Vec<Value> =
            server.stop().iter().map(|line| serde_json::from_str(line).expect(line)).collect();
        for (request, code, bytes) in [("RETR /a", 226, 6), ("RETR /d/b", 226, 6)] {
            let of_it: Vec<_> = lines.iter().filter(|line| line["request"] == request).collect();
            assert_eq!(of_it.len(), 1, "{request}: {lines:?}");
            assert_eq!((&of_it[0]["code"], &of_it[0]["bytes"]), (&Value::from(code), &Value::from(bytes)));
            assert_eq!(of_it[0]["protocol"], "ftp");
        }
        assert!(lines.iter().all(|line| !line.to_string().contains('\x1b')), "{lines:?}");
    });
}

/// A response that the client did not wait for is logged as aborted.
#[test]
fn an_aborted_download_is_logged_as_aborted() {
    let tree = Tree::new();
    tree.sparse("big", 1 << 30);
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--log", "json", "--engine", engine]);
        let mut wire = server.connect();
        wire.send(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
        wire.fill();
        drop(wire);
        let line: Value = serde_json::from_str(&server.log_lines("/big", 1)[0]).unwrap();
        assert_eq!((&line["completed"], &line["code"]), (&Value::Bool(false), &Value::from(200)));
        assert!(line["bytes"].as_u64().unwrap() < 1 << 30, "{line}");
    });
}

/// The log shows an operator which files arrived, and why something was refused.
#[test]
fn a_line_states_the_files_of_a_form_and_why_a_request_was_refused() {
    let tree = tree();
    for protocol in ["json", "text"] {
        let server = Server::both(&tree, &["--log", protocol, "--writable"]);
        let form = |names: &[&str]| {
            let part = |name: &&str| {
                format!(
                    "--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\r\n{name}\r\n"
                )
            };
            let content = names.iter().map(part).collect::<String>() + "--x--\r\n";
            let fields = format!(
                "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {}\r\n",
                content.len()
            );
            format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n{content}")
        };
        let (new, other) = (format!("{protocol}-1"), format!("{protocol}-2"));
        for (request, status) in [
            (form(&[&new, &other]), 201),
            (form(&["a", &format!("{protocol}-3")]), 409),
            ("DELETE /missing HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 404),
            ("GET /a HTTP/1.1\r\n\r\n".to_owned(), 400),
        ] {
            let mut wire = server.connect();
            wire.send(&request);
            assert_eq!(wire.response("GET").status, status, "{request}");
        }
        Ftp::login(&server).say("RMD missing");
        let log = server.stop();
        let line = |start: &str| log.iter().find(|line| line.contains(start)).expect(start);
        let has = |start: &str, parts: &[&str]| {
            let line = line(start);
            assert!(parts.iter().all(|part| line.contains(part)), "{line}: {parts:?}");
        };
        match protocol {
            "text" => {
                has("HTTP/1.1\" 201", &["stored=\"text-1, text-2\""]);
                has("HTTP/1.1\" 409", &["stored=\"text-3\"", "reason=\"a: exists already\""]);
                has("DELETE /missing", &["reason=\"was not found\""]);
                has("GET /a", &["reason=\""]);
                has("RMD /missing", &["550", "reason=\"No such file or directory.\""]);
            }
            _ => {
                has("\"code\":201", &["\"stored\":[\"json-1\",\"json-2\"]", "\"reason\":null"]);
                has("\"code\":409", &["\"stored\":[\"json-3\"]", "\"reason\":\"a: exists already\""]);
                has("DELETE /missing", &["\"reason\":\"was not found\""]);
            }
        }
    }
}

#[test]
fn quiet_logs_nothing() {
    let tree = tree();
    let server = Server::both(&tree, &["--quiet", "--log", "json"]);
    assert_eq!(server.get("/a").status, 200);
    assert_eq!(server.get("/missing").status, 404);
    Ftp::login(&server).fetch("RETR a");
    assert_eq!(server.stop(), [""; 0]);
}
