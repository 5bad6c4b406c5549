//! False listings: links and names that lead outside, endless trees and endless listings.

use std::fs;
use std::time::Instant;

use super::hostile::{Answer, endless};
use crate::harness::scripted::ScriptedServer;
use crate::harness::scripted::http::response;
use crate::harness::workdir::has_controls;
use crate::harness::{TIMEOUT, Tree, WorkDir, at_once, tree};

/// A listing whose links lead outside the directory.
#[test]
fn a_mirror_never_leaves_its_directory() {
    let other = ScriptedServer::http(|caller, _| caller.send(response("200 OK", "", "evil")));
    let outside = Tree::new();
    let links = [
        "../up",
        "/absolute",
        "//OTHER/host",
        "http://OTHER/evil",
        "ftp://OTHER/evil",
        "a%2fb",
        "a%00b",
        "%2e%2e/",
        "%2e%2e",
        "..%2fevil",
        "..",
        ".",
        "./",
        "....//",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:,evil",
        "\\\\OTHER\\evil",
        "..\\evil",
        "#fragment",
        "?C=N;O=D",
        "%0d%0aX:%20y",
        "%1b%5b2J",
        "link/evil",
        "good",
        "good?again",
        "deep/",
        "&#46;&#46;/evil",
        "&#x2e;&#x2e;&#x2f;evil",
        "%ff",
        "LONG",
    ];
    let page: String = links.map(|link| format!("<a href=\"{link}\">x</a>\n")).concat();
    let page = format!("<title>Index of /top/</title>{page}");
    let page = page.replace("OTHER", &other.address().to_string()).replace("LONG", &"x".repeat(300));
    let server = ScriptedServer::http(move |caller, request| match &*request.target {
        target if target.starts_with("/top/") && target.ends_with('/') => {
            caller.send(response("200 OK", "Content-Type: text/html\r\n", &page))
        }
        target if target.starts_with("/top/") => caller.send(response("200 OK", "", "below")),
        _ => caller.send(response("200 OK", "", "evil")),
    });
    let workdir = WorkDir::new();
    workdir.file("copy/keep", "");
    std::os::unix::fs::symlink(outside.path(), workdir.join("copy/link")).unwrap();
    let got =
        workdir.http(&["mirror", &server.url("http", "top/"), "copy", "--parallel", "2", "--retries", "0"]);
    assert_eq!(got.code, Some(1), "unsafe names are reported: {}", got.err);
    assert_eq!(fs::read(workdir.join("copy/good")).unwrap(), b"below");
    assert!(fs::read_dir(outside.path()).unwrap().next().is_none(), "a symlink is no way out");
    assert!(other.received().is_empty(), "another origin is not asked: {:?}", other.received());
    let strays: Vec<_> =
        server.received().into_iter().filter(|head| !head.starts_with("GET /top/")).collect();
    assert!(strays.is_empty(), "{strays:?}");
    for (path, content) in tree::contents(&workdir.join("copy")) {
        let text = path.to_string_lossy();
        assert!(!has_controls(text.as_bytes()), "{text:?}");
        assert!(content.is_none_or(|content| content != b"evil"), "{text:?}");
    }
}

/// Directories within directories, all with the same listing.
#[test]
fn an_endless_tree_is_left_at_the_depth_limit() {
    const PAGE: &str = "<title>Index of /</title><a href=\"d/\">d/</a>";
    let server = ScriptedServer::http(|caller, request| match request.target.ends_with('/') {
        true => caller.send(response("200 OK", "Content-Type: text/html\r\n", PAGE)),
        false => caller.send(response("404 Not Found", "", "")),
    });
    let workdir = WorkDir::new();
    let got = workdir.http(&["mirror", &server.url("http", ""), "copy", "--retries", "0"]);
    assert_eq!(got.code, Some(1), "{}", got.err);
    assert!(server.received().len() < 1_000, "{} requests", server.received().len());
}

#[test]
fn endless_listings_use_bounded_memory() {
    let rows: [(&str, Answer); 5] = [
        ("links", |to, _| {
            endless(
                to,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
                "<a href=\"abcdefgh/ijk\">x</a>\n",
            )
        }),
        ("a tag", |to, _| endless(to, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<a href=\"", "a")),
        ("JSON", |to, _| {
            let beginning =
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"path\":\"/\",\"entries\":[";
            endless(to, beginning, "{\"name\":\"a\",\"type\":\"file\",\"size\":1,\"modified\":null},")
        }),
        ("a name in JSON", |to, _| {
            endless(to, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[{\"name\":\"", "a")
        }),
        ("no JSON of ours", |to, _| {
            endless(to, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"x\":[", "0,")
        }),
    ];
    at_once(&rows, |(name, answer)| {
        let (server, workdir) = (ScriptedServer::http(*answer), WorkDir::new());
        let started = Instant::now();
        let got = workdir.http(&["mirror", &server.url("http", ""), "copy", "--retries", "0"]);
        assert_eq!(got.code, Some(1), "{name}: {}", got.err);
        assert!(started.elapsed() < TIMEOUT, "{name}: {:?}", started.elapsed());
    });
}

/// The JSON of our own server, with names that it would never list.
#[test]
fn unsafe_names_in_json_are_skipped() {
    let names =
        ["../evil", "/tmp/evil", "a/b", "", ".", "..", "a\\u0000b", "a\\u001b[2Jb", "good", ".mini~new-1"];
    let entries = names.map(|name| {
        format!("{{\"name\":\"{name}\",\"type\":\"file\",\"size\":7,\"modified\":\"2024-01-02T03:04:05Z\"}}")
    });
    let listing = format!("{{\"path\":\"/\",\"entries\":[{}]}}", entries.join(","));
    let server = ScriptedServer::http(move |caller, request| match request.target.split('?').next() {
        Some("/") => caller.send(response("200 OK", "Content-Type: application/json\r\n", &listing)),
        _ => caller.send(response("200 OK", "", "content")),
    });
    let workdir = WorkDir::new();
    let got = workdir.http(&["mirror", &server.url("http", ""), "copy", "--retries", "0"]);
    assert_eq!(got.code, Some(1), "an entry that cannot be stored is reported: {}", got.err);
    let copied: Vec<_> = tree::contents(&workdir.join("copy")).into_keys().collect();
    assert_eq!(copied, ["good"]);
}
