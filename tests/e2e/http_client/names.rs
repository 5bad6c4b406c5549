//! Names and texts from a server: plain names in the folder, and plain text on a terminal.

use std::fs;

use crate::harness::scripted::ScriptedServer;
use crate::harness::scripted::http::response;
use crate::harness::workdir::has_controls;
use crate::harness::{TerminalUser, WorkDir, at_once, binary};

#[test]
fn suggested_names_become_plain_names() {
    let rows = [
        ("attachment; filename=\"../../evil\"", "a way out"),
        ("attachment; filename=\"/tmp/evil\"", "an absolute path"),
        ("attachment; filename=\"..\"", "the parent directory"),
        ("attachment; filename=\"..\\\\..\\\\evil\"", "a way out elsewhere"),
        ("attachment; filename=\"a\x1b[31mb\"", "an escape sequence"),
        ("attachment; filename*=UTF-8''..%2F..%2Fevil", "an escaped way out"),
        ("attachment; filename*=UTF-8''a%00b", "an escaped NUL"),
        ("attachment; filename*=UTF-8''a%0d%0ab", "escaped line ends"),
        ("attachment; filename=\"\"", "no name"),
        ("attachment; filename", "nothing"),
    ];
    at_once(&rows, |(disposition, why)| {
        let disposition = *disposition;
        let server = ScriptedServer::http(move |caller, _| {
            let fields = format!("Content-Disposition: {disposition}\r\n");
            caller.send(response("200 OK", &fields, "content"))
        });
        let workdir = WorkDir::new();
        let got = workdir.http(&["get", &server.url("http", "own"), "--suggested-name", "--retries", "0"]);
        let names = workdir.names();
        match got.code {
            Some(0) => {
                assert_eq!(names.len(), 1, "{why}: {names:?}");
                assert!(!has_controls(names[0].as_bytes()), "{why}: {names:?}");
                assert_eq!(fs::read(workdir.join(&names[0])).unwrap(), b"content", "{why}");
            }
            _ => assert!(names.is_empty(), "{why}: {names:?}"),
        }
    });
    let server = ScriptedServer::http(|caller, _| {
        caller.send(response("200 OK", "Content-Disposition: attachment; filename=\"good\"\r\n", "content"))
    });
    let workdir = WorkDir::new();
    workdir.http(&["get", &server.url("http", "own"), "--suggested-name"]).success();
    workdir.http(&["get", &server.url("http", "own"), "--suggested-name"]).fails(1, &["good", "exists"]);
    workdir.http(&["get", &server.url("http", "own")]).success();
    assert_eq!(workdir.names(), ["good", "own"], "only if requested");
    let server = ScriptedServer::http(|caller, request| match &*request.method {
        "HEAD" => caller.send(response("405 Method Not Allowed", "", "")),
        _ => caller.send(response(
            "200 OK",
            "Content-Disposition: attachment; filename=\"a.tar.gz\";\r\n",
            "content",
        )),
    });
    let workdir = WorkDir::new();
    workdir.http(&["get", &server.url("http", "own"), "--suggested-name"]).success();
    assert_eq!(workdir.names(), ["a.tar.gz"], "HEAD is refused, and the field ends in a semicolon");
}

#[test]
fn the_last_segment_of_a_url_is_a_plain_name() {
    let server = ScriptedServer::http(|caller, _| caller.send(response("200 OK", "", "content")));
    for (path, expected, why) in [
        ("a%20b?c=d#e", Some("a b"), "without query and fragment"),
        ("a+b", Some("a+b"), "a plus is a plus"),
        ("caf%C3%A9", Some("café"), "UTF-8"),
        ("", None, "no name"),
        ("d/", None, "a directory"),
        ("..%2f..%2fevil", None, "an escaped way out"),
        ("%2e%2e", None, "the parent directory"),
        ("a%00b", None, "NUL"),
        ("a%1b%5b31mb", None, "an escape sequence"),
        ("a%0ab", None, "a line end"),
    ] {
        let workdir = WorkDir::new();
        let got = workdir.http(&["get", &server.url("http", path), "--retries", "0"]);
        match expected {
            Some(name) => {
                assert_eq!(got.code, Some(0), "{why}: {}", got.err);
                assert_eq!(workdir.names(), [name], "{why}");
            }
            None => {
                assert_eq!(got.code, Some(2), "{why}: {}", got.err);
                assert!(workdir.names().is_empty(), "{why}: {:?}", workdir.names());
            }
        }
    }
}

/// On a terminal, bytes of a peer are escaped.
#[test]
fn content_cannot_control_a_terminal() {
    const EVIL: &str = "\u{1b}]0;owned\u{7}\u{9b}31m\u{1b}[2Jafter\n";
    let server = ScriptedServer::http(|caller, request| match &*request.target {
        "/gone" => caller.send(response(&format!("404 {}", EVIL.trim_end()), "", EVIL)),
        "/field" => caller.send(response("200 OK", &format!("X-Evil: {}\r\n", EVIL.trim_end()), "")),
        _ => caller.send(response("200 OK", "", EVIL)),
    });
    let http_mini = binary("http-mini");
    for arguments in ["request GET URL", "request GET URL -i", "request GET URL -v", "get URL -o - -v"] {
        for path in ["f", "field", "gone"] {
            let arguments = arguments.replace("URL", &server.url("http", path));
            let command = format!("{} {arguments} --retries 0; echo over", http_mini.display());
            let mut ada = TerminalUser::start(&command);
            let screen = ada.wait_for("over");
            for control in ["\u{1b}]0;owned", "\u{1b}[2J", "\u{9b}31m"] {
                assert!(!screen.contains(control), "{arguments}: {screen:?}");
            }
        }
    }
    let workdir = WorkDir::new();
    let piped = workdir.http(&["get", &server.url("http", "f"), "-o", "-", "--retries", "0"]);
    assert_eq!(piped.success(), EVIL.as_bytes(), "a pipe gets the bytes unchanged");
}
