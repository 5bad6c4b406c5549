//! Content codings of files and listings.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::harness::program::{run, tool};
use crate::harness::{Response, Server, Tree, WorkDir, for_each_engine, wait_until};

/// Text of this many bytes that compresses well.
fn text(bytes: usize) -> Vec<u8> {
    (0..).flat_map(|number: u32| format!("line {number}\n").into_bytes()).take(bytes).collect()
}

/// The content of a response, decoded by another program.
fn decoded(answer: &Response) -> Vec<u8> {
    let program = match answer.field("content-encoding") {
        None => return answer.body.clone(),
        Some("gzip") => "gzip",
        Some("zstd") => "zstd",
        Some("br") => return answer.body.clone(),
        Some(other) => panic!("{other}"),
    };
    let workdir = WorkDir::new();
    run(tool(program).arg("-dc").arg(workdir.file("coded.gz", &answer.body))).success()
}

fn set_modified(path: &Path, seconds_ago: u64) {
    let time = SystemTime::now() - Duration::from_secs(seconds_ago);
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

/// The tree of the table. `siblings.js` has siblings whose content is their name.
fn served() -> Tree {
    let tree = Tree::new();
    for (name, size) in
        [("text.txt", 20_000), ("small.txt", 1_023), ("least.svg", 1_024), ("image.png", 20_000)]
    {
        set_modified(&tree.file(name, text(size)), 1_000);
    }
    for name in ["siblings.js", "outdated.js"] {
        set_modified(&tree.file(name, text(20_000)), 1_000);
    }
    tree.file("siblings.js.br", "siblings.js.br");
    tree.file("siblings.js.gz", "siblings.js.gz");
    set_modified(&tree.file("outdated.js.br", "outdated.js.br"), 2_000);
    tree.file("coded.svgz", text(20_000));
    tree
}

const VARY: Option<&str> = Some("Accept-Encoding");

#[test]
fn accept_encoding_selects_the_coding() {
    let tree = served();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let mut wire = server.connect();
        for (target, accepted, coding, vary, why) in [
            ("/text.txt", "gzip", Some("gzip"), VARY, "accepted"),
            ("/text.txt", "zstd", Some("zstd"), VARY, "accepted"),
            ("/text.txt", "x-gzip", Some("gzip"), VARY, "RFC 9110 section 8.4.1.3"),
            ("/text.txt", "gzip, deflate, br, zstd", Some("zstd"), VARY, "the server's order"),
            ("/text.txt", "gzip, zstd;q=0.5", Some("gzip"), VARY, "the client's order"),
            ("/text.txt", "*", Some("zstd"), VARY, "any"),
            ("/text.txt", "gzip;q=0", None, VARY, "refused"),
            ("/text.txt", "identity, gzip;q=0.5", None, VARY, "uncoded is preferred"),
            ("/text.txt", "identity;q=0, *;q=0.1", Some("zstd"), VARY, "uncoded is refused"),
            ("/text.txt", "br", None, VARY, "no sibling, and brotli is not encoded here"),
            ("/small.txt", "gzip", None, None, "below 1 KiB"),
            ("/least.svg", "gzip", Some("gzip"), VARY, "1 KiB"),
            ("/image.png", "gzip", None, None, "compressed already"),
            ("/coded.svgz", "gzip", None, None, "coded already"),
            ("/siblings.js", "gzip, br, zstd", Some("br"), VARY, "a sibling first"),
            ("/siblings.js", "gzip, zstd", Some("gzip"), VARY, "a sibling first"),
            ("/siblings.js", "gzip;q=0.5, zstd", Some("zstd"), VARY, "the client's order"),
            ("/outdated.js", "br, gzip", Some("gzip"), VARY, "the sibling is older than the file"),
        ] {
            let fields = format!("Accept-Encoding: {accepted}\r\n");
            let answer = wire.exchange("GET", target, &fields);
            assert_eq!(answer.field("content-encoding"), coding, "{target} {accepted}: {why}");
            assert_eq!(answer.field("vary"), vary, "{target} {accepted}: RFC 9110 section 12.5.5");
            let sibling = target.starts_with("/siblings") && matches!(coding, Some("br" | "gzip"));
            let name = target.trim_start_matches('/');
            match (sibling, coding) {
                (true, Some("br")) => assert_eq!(answer.text(), format!("{name}.br")),
                (true, _) => assert_eq!(answer.text(), format!("{name}.gz")),
                _ => assert!(decoded(&answer) == fs::read(tree.join(name)).unwrap(), "{target} {accepted}"),
            }
            let head = wire.exchange("HEAD", target, &fields);
            for field in
                ["content-encoding", "content-length", "content-type", "etag", "vary", "last-modified"]
            {
                assert_eq!(head.field(field), answer.field(field), "{target} {accepted}: HEAD");
            }
        }
        for (fields, why) in [
            ("", "no field"),
            ("Accept-Encoding: gzip\r\nCache-Control: no-transform\r\n", "RFC 9111 section 5.2.1.6"),
        ] {
            assert_eq!(wire.exchange("GET", "/text.txt", fields).field("content-encoding"), None, "{why}");
        }
    });
}

#[test]
fn preconditions_and_ranges_know_each_coding() {
    let tree = served();
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let mut wire = server.connect();
        let mut etag = |accepted: &str| {
            let answer = wire.exchange("GET", "/text.txt", &format!("Accept-Encoding: {accepted}\r\n"));
            answer.field("etag").unwrap().to_owned()
        };
        let [plain, gzip, zstd] = ["identity", "gzip", "zstd"].map(&mut etag);
        assert!(plain != gzip && gzip != zstd && plain != zstd, "RFC 9110 section 8.8.3.3");
        for (accepted, fields, status, expected, why) in [
            ("gzip", format!("If-None-Match: {gzip}\r\n"), 304, &gzip, "the client has it"),
            ("gzip", format!("If-None-Match: {plain}\r\n"), 304, &plain, "the client has the uncoded form"),
            ("gzip, zstd", format!("If-None-Match: {gzip}\r\n"), 304, &gzip, "an accepted coding"),
            ("zstd", format!("If-None-Match: {gzip}\r\n"), 200, &zstd, "a coding that is not accepted"),
            ("gzip", "If-None-Match: \"x\"\r\n".into(), 200, &gzip, "another version"),
            ("gzip", format!("If-Match: {gzip}\r\n"), 200, &gzip, "the same version"),
            ("gzip", format!("If-Match: {plain}\r\n"), 200, &gzip, "the same version"),
            ("gzip", "If-Match: \"x\"\r\n".into(), 412, &plain, "another version"),
            ("gzip", "Range: bytes=5-8\r\n".into(), 206, &plain, "parts are uncoded"),
            ("gzip", format!("Range: bytes=5-8\r\nIf-Range: {plain}\r\n"), 206, &plain, "the same version"),
            ("gzip", format!("Range: bytes=5-8\r\nIf-Range: {gzip}\r\n"), 200, &plain, "of another form"),
            ("gzip", "Range: bytes=99999-\r\n".into(), 416, &plain, "after the end"),
        ] {
            let fields = format!("Accept-Encoding: {accepted}\r\n{fields}");
            let answer = wire.exchange("GET", "/text.txt", &fields);
            assert_eq!(answer.status, status, "{fields}: {why}");
            assert_eq!(answer.field("etag"), Some(&**expected), "{fields}: {why}");
            assert!(answer.head.contains("Accept-Encoding"), "{fields}: Vary");
            if status == 206 {
                assert_eq!(answer.text(), "0\nli", "{fields}");
            }
        }
    });
}

#[test]
fn a_large_file_is_coded_for_the_next_request() {
    let tree = Tree::new();
    tree.file("large.txt", text(3 << 20));
    tree.file("largest.txt", text((16 << 20) + 1));
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        let ask = |method: &str, target: &str| {
            server.connect().exchange(method, target, "Accept-Encoding: gzip\r\n")
        };
        let coding = |answer: Response| answer.field("content-encoding").map(str::to_owned);
        assert_eq!(coding(ask("HEAD", "/large.txt")), None, "HEAD starts no coding");
        let first = ask("GET", "/large.txt");
        assert_eq!((first.field("content-encoding"), first.body.len()), (None, 3 << 20), "not yet");
        wait_until(|| coding(ask("HEAD", "/large.txt")).is_some());
        let next = ask("GET", "/large.txt");
        assert!(next.field("content-encoding") == Some("gzip") && decoded(&next) == first.body);
        ask("GET", "/largest.txt");
        assert_eq!(coding(ask("GET", "/largest.txt")), None, "over 16 MiB");
        let now = server.connect().exchange("GET", "/large.txt", "Accept-Encoding: zstd, identity;q=0\r\n");
        assert_eq!(now.field("content-encoding"), Some("zstd"), "uncoded is refused");
    });
}

#[test]
fn a_changed_file_is_coded_again() {
    let tree = Tree::new();
    for_each_engine(|engine| {
        tree.file("a.txt", text(5_000));
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
        let get = || server.get_with("/a.txt", "Accept-Encoding: gzip\r\n");
        let first = get();
        let content = text(6_000);
        let put = format!("PUT /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", content.len());
        let mut wire = server.connect();
        wire.send([put.as_bytes(), &content].concat());
        assert_eq!(wire.response("PUT").status, 204);
        let second = get();
        assert!(decoded(&second) == content && first.field("etag") != second.field("etag"));
        // A sibling that appears is used without a restart.
        tree.file("a.txt.gz", "sibling");
        wait_until(|| get().text() == "sibling");
        fs::remove_file(tree.join("a.txt.gz")).unwrap();
        wait_until(|| get().text() != "sibling");
    });
}

#[test]
fn listings_are_coded() {
    let tree = Tree::of(&[("few/a", "")]);
    (0..2_000).for_each(|number| drop(tree.file(format!("many/file {number}"), "")));
    for_each_engine(|engine| {
        let server = Server::http(&tree, &["--engine", engine, "--quiet"]);
        for (target, coding, why) in [
            ("/many/", true, "a page"),
            ("/many/?format=json", true, "JSON"),
            ("/many/?format=text", true, "text"),
            ("/few/?format=json", false, "below 1 KiB"),
        ] {
            let plain = server.get(target);
            for name in ["gzip", "zstd"] {
                let fields = format!("Accept-Encoding: {name}\r\n");
                let answer = server.get_with(target, &fields);
                assert_eq!(answer.field("content-encoding"), coding.then_some(name), "{target}: {why}");
                assert!(decoded(&answer) == plain.body, "{target} {name}");
                assert!(answer.field("vary").unwrap().contains("Accept-Encoding"), "{target}");
                let head = server.connect().exchange("HEAD", target, &fields);
                assert_eq!(head.field("content-encoding"), coding.then_some(name), "{target}: HEAD");
            }
        }
    });
}
