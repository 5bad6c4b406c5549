//! Files that change during a download: versions are never spliced, and a part is never taken for the whole.

use std::fs;
use std::io;

use super::hostile::{Answer, OK, only};
use crate::harness::scripted::http::{close, response};
use crate::harness::scripted::{Connection, ScriptedServer};
use crate::harness::{WorkDir, at_once};

const A: [u8; 100] = [b'a'; 100];
const B: [u8; 100] = [b'b'; 100];

/// Sends half of version A and cuts the connection.
fn half_of_a(caller: &mut Connection) -> io::Result<()> {
    caller.send(HEAD_OF_A)?;
    only(caller, &A[..50])
}

const HEAD_OF_A: &str =
    "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nAccept-Ranges: bytes\r\nContent-Length: 100\r\n\r\n";

fn partial(fields: &str, content: &[u8]) -> Vec<u8> {
    response("206 Partial Content", fields, content)
}

#[test]
fn versions_are_not_spliced() {
    let rows: [(&str, Answer); 10] = [
        ("another version's range", |to, _| {
            to.send(partial("ETag: \"b\"\r\nContent-Range: bytes 50-99/100\r\n", &B[50..]))
        }),
        ("the start instead of the rest", |to, _| {
            to.send(partial("ETag: \"a\"\r\nContent-Range: bytes 0-49/100\r\n", &B[..50]))
        }),
        ("another size", |to, _| {
            to.send(partial("ETag: \"a\"\r\nContent-Range: bytes 50-199/200\r\n", &[b'b'; 150]))
        }),
        ("no Content-Range", |to, _| to.send(partial("ETag: \"a\"\r\n", &B[50..]))),
        ("a Content-Range that is none", |to, _| {
            to.send(partial("ETag: \"a\"\r\nContent-Range: bytes 99-50/100\r\n", &B[50..]))
        }),
        ("more than the range", |to, _| {
            to.send(partial("ETag: \"a\"\r\nContent-Range: bytes 50-99/100\r\n", &B))
        }),
        ("several parts", |to, _| {
            let fields = "ETag: \"a\"\r\nContent-Type: multipart/byteranges; boundary=x\r\n";
            let part = "--x\r\nContent-Range: bytes 50-99/100\r\n\r\n".to_owned() + &"b".repeat(50);
            to.send(partial(fields, (part + "\r\n--x--\r\n").as_bytes()))
        }),
        ("the whole new version", |to, _| to.send(response("200 OK", "ETag: \"b\"\r\n", B))),
        ("no such range", |to, _| {
            to.send(response("416 Range Not Satisfiable", "Content-Range: bytes */40\r\n", ""))
        }),
        ("gone", |to, _| to.send(response("404 Not Found", "", ""))),
    ];
    let ends = |got: i32, workdir: &WorkDir, name: &str| match fs::read(workdir.join("f")) {
        Ok(content) => {
            assert_eq!(got, 0, "{name}");
            assert!(content == A || content == B, "{name}: spliced: {}", content.escape_ascii());
            assert_eq!(workdir.names(), ["f"], "{name}");
        }
        Err(_) => assert_ne!(got, 0, "{name}"),
    };
    at_once(&rows, |(name, false_reply)| {
        // Sends false data for a range request, and the new version for a request without a range.
        let serve = || {
            let false_reply = *false_reply;
            ScriptedServer::http(move |caller, request| match (&*request.method, request.field("range")) {
                ("HEAD", _) => caller.send(HEAD_OF_A).and(Err(close())),
                (_, Some(_)) => false_reply(caller, request),
                _ if request.number == 0 => half_of_a(caller),
                _ => caller.send(response("200 OK", "ETag: \"b\"\r\n", B)),
            })
        };
        let (server, workdir) = (serve(), WorkDir::new());
        let got = workdir.http(&["get", &server.url("http", "f"), "--retries", "2"]);
        ends(got.code.unwrap(), &workdir, name);
        let heads = server.received();
        let asked = heads[1].to_lowercase();
        assert!(asked.contains("range: bytes=50-") && asked.contains("if-range: \"a\""), "{name}: {asked}");

        let (server, workdir) = (serve(), WorkDir::new());
        let url = server.url("http", "f");
        let cut = workdir.http(&["get", &url, "--retries", "0"]).code;
        assert_eq!(cut, Some(5), "{name}");
        let got = workdir.http(&["get", &url, "--retries", "2", "--resume"]);
        ends(got.code.unwrap(), &workdir, &format!("{name}, in the next run"));
    });
}

/// RFC 9110 section 15.3.7: 206 answers a Range, and nothing else.
#[test]
fn a_206_without_a_range_request_is_refused() {
    let server = ScriptedServer::http(|caller, request| match &*request.method {
        "HEAD" => {
            let fields = "ETag: \"a\"\r\nContent-Range: bytes 0-49/100\r\nContent-Length: 50\r\n\r\n";
            only(caller, format!("HTTP/1.1 206 Partial Content\r\n{fields}").as_bytes())
        }
        _ => half_of_a(caller),
    });
    let (workdir, url) = (WorkDir::new(), server.url("http", "f"));
    workdir.http(&["get", &url, "--retries", "0"]).fails(5, &["/f"]);
    workdir.http(&["get", &url, "--resume", "--retries", "0"]).fails(5, &["/f"]);
    assert!(!workdir.join("f").exists());
}

/// RFC 9110 section 13.1.5: only a strong validator shows that two parts belong to one version.
#[test]
fn without_a_strong_validator_a_download_starts_over() {
    for fields in ["", "ETag: W/\"a\"\r\n"] {
        let server = ScriptedServer::http(move |caller, request| match request.number {
            0 => {
                caller.send(format!("{OK}{fields}Accept-Ranges: bytes\r\nContent-Length: 100\r\n\r\n"))?;
                only(caller, &A[..50])
            }
            _ => caller.send(response("200 OK", fields, B)),
        });
        let workdir = WorkDir::new();
        workdir.http(&["get", &server.url("http", "f")]).success();
        assert!(fs::read(workdir.join("f")).unwrap() == B, "{fields:?}");
        assert!(!server.received()[1].to_lowercase().contains("\r\nrange:"), "{fields:?}");
    }
}

/// A server whose segments belong to different versions.
#[test]
fn segments_of_different_versions_are_not_joined() {
    const SIZE: usize = 4 << 20;
    let server = ScriptedServer::http(|caller, request| {
        let content = vec![b'a' + (request.number % 20) as u8; SIZE];
        let version = format!("ETag: \"{}\"\r\nAccept-Ranges: bytes\r\n", request.number);
        let range = request.field("range").and_then(|range| range.strip_prefix("bytes="));
        let range = range.and_then(|range| range.split_once('-'));
        let Some((first, last)) = range else { return caller.send(response("200 OK", &version, content)) };
        let first: usize = first.parse().unwrap_or(0);
        let last = last.parse().unwrap_or(SIZE - 1).min(SIZE - 1);
        let fields = format!("{version}Content-Range: bytes {first}-{last}/{SIZE}\r\n");
        caller.send(partial(&fields, &content[first..=last]))
    });
    let workdir = WorkDir::new();
    let got = workdir.http(&["get", &server.url("http", "f"), "--segments", "4", "--retries", "1"]);
    match fs::read(workdir.join("f")) {
        Ok(content) => {
            assert_eq!(got.code, Some(0));
            assert!(content.len() == SIZE && content.iter().all(|byte| *byte == content[0]), "spliced");
        }
        Err(_) => got.fails(6, &[]),
    }
}
