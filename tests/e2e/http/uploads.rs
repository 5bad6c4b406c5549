//! Running uploads: 100 (Continue), pipelines, races, and connections that end too early.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::writing::{FORM, ask, form, on_disk};
use crate::harness::ftp::Ftp;
use crate::harness::link::{Link, accept_any_certificate};
use crate::harness::{Server, TIMEOUT, Tree, Wire, at_once_on_each_engine, for_each_engine, tree};

fn put(target: &str, fields: &str, length: usize) -> String {
    format!("PUT {target} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n{fields}\r\n")
}

const EXPECT: &str = "Expect: 100-continue\r\n";

/// Its unnamed file is not an entry of the directory.
#[test]
fn a_directory_with_an_upload_in_progress_is_not_removed() {
    for_each_engine(|engine| {
        for (method, target, fields, status, after, why) in [
            ("DELETE", "/d/", "", 409, "d/ d/x=helloworld", "its content would be lost"),
            ("DELETE", "/d", "", 409, "d/ d/x=helloworld", "the same without its slash"),
            ("MOVE", "/d/", "Destination: /e\r\n", 201, "e/ e/x=helloworld", "its content goes with it"),
        ] {
            let tree = Tree::new();
            tree.directory("d");
            let server = Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
            let mut wire = server.connect();
            wire.send(put("/d/x", EXPECT, 10));
            assert_eq!(wire.response("PUT").status, 100, "it has started");
            wire.send(b"hello");
            assert_eq!(ask(&mut server.connect(), method, target, fields, "").status, status, "{why}");
            wire.send(b"world");
            assert_eq!(wire.response("PUT").status, 201, "{method} {target}: {why}");
            assert_eq!(on_disk(&tree), after, "{method} {target}: {why}");
        }
    });
}

/// The client may remove the directory as soon as it sees the end of the connection.
#[test]
fn an_interrupted_upload_has_ended_when_its_connection_closes() {
    let form = "POST /d/ HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 99999999\r\n\r\n\
                --b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n\"\r\n\r\n";
    // To free it takes the file system a while.
    let content = vec![b'x'; 4 << 20];
    for_each_engine(|engine| {
        let tree = Tree::new();
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
        for (head, why) in [(put("/d/x", "", 99_999_999), "PUT"), (form.to_owned(), "a form")] {
            for round in 0..5 {
                assert_eq!(ask(&mut server.connect(), "MKCOL", "/d/", "", "").status, 201);
                let mut wire = server.connect();
                wire.send(&head);
                wire.send(&content);
                wire.stream().shutdown(Shutdown::Write).unwrap();
                assert!(wire.rest().is_empty(), "{why}");
                let removed = ask(&mut server.connect(), "DELETE", "/d/", "", "");
                assert_eq!(removed.status, 204, "{engine}, {why}, round {round}");
            }
        }
    });
}

/// RFC 9110 section 10.1.1.
#[test]
fn continue_is_sent_once_and_not_with_a_refusal() {
    for_each_engine(|engine| {
        let tree = Tree::of(&[("a", "hello")]);
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
        let mut wire = server.connect();
        wire.send(put("/new", EXPECT, 10));
        let interim = wire.response("PUT");
        assert_eq!((interim.status, interim.fields().count()), (100, 0));
        wire.send(b"hello");
        wire.send(b"world");
        assert_eq!(wire.response("PUT").status, 201, "one interim answer for two pieces");
        wire.send(
            b"PUT /new HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
        );
        assert_eq!(wire.response("PUT").status, 100, "in chunks");
        wire.send(b"1\r\nx\r\n0\r\n\r\n");
        assert_eq!(wire.response("PUT").status, 204);
        wire.send(put("/empty", EXPECT, 0));
        assert_eq!(wire.response("PUT").status, 201, "there is nothing to wait for");
        wire.send(put("/sent", EXPECT, 5) + "hello");
        assert_eq!(wire.response("PUT").status, 201, "the content is there already");
        assert!(wire.is_alive());
        for (target, fields, status, why) in [
            ("/new", "If-None-Match: *\r\n", 412, "a precondition"),
            ("/none/new", "", 409, "no directory for it"),
            ("/.new", "", 403, "hidden"),
            ("/new", "Content-Range: bytes 0-4/5\r\n", 400, "a part"),
            ("/new", "Origin: http://evil.example\r\n", 403, "another site"),
        ] {
            let mut wire = server.connect();
            wire.send(put(target, &format!("{EXPECT}{fields}"), 5));
            let answer = wire.response("PUT");
            assert_eq!((answer.status, answer.field("connection")), (status, Some("close")), "{why}");
            wire.finish();
            assert!(wire.rest().is_empty(), "{why}");
        }
        assert_eq!(on_disk(&tree), "a=hello empty= new=x sent=hello");
    });
}

#[test]
fn a_pipeline_of_changes_is_answered_in_order() {
    for_each_engine(|engine| {
        let tree = Tree::new();
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
        let mut wire = server.connect();
        let get = "GET /f HTTP/1.1\r\nHost: a\r\n\r\n";
        let chunked = "PUT /f HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n";
        let delete = "DELETE /f HTTP/1.1\r\nHost: a\r\n\r\n";
        wire.send([&*put("/f", "", 3), "one", get, chunked, get, delete, get].concat());
        let answers: Vec<_> = ["PUT", "GET", "PUT", "GET", "DELETE", "GET"]
            .map(|method| wire.response(method))
            .into_iter()
            .map(|answer| (answer.status, if answer.status == 200 { answer.text() } else { String::new() }))
            .collect();
        let seen: Vec<_> = answers.iter().map(|(status, text)| (*status, &**text)).collect();
        assert_eq!(seen, [(201, ""), (200, "one"), (204, ""), (200, "two"), (204, ""), (404, "")]);
    });
}

#[test]
fn large_content_is_stored_as_it_was_sent() {
    let content = tree::pattern(5_000_001);
    for_each_engine(|engine| {
        let tree = Tree::new();
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
        let mut wire = server.connect();
        wire.send(put("/length", "", content.len()));
        wire.send(&content);
        assert_eq!(wire.response("PUT").status, 201);
        wire.send(b"PUT /chunks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        for chunk in content.chunks(77_777) {
            wire.send([format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
        }
        wire.send(b"0\r\n\r\n");
        assert_eq!(wire.response("PUT").status, 201);
        let begin = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"form\"\r\n\r\n";
        let form = [begin.as_bytes(), &content, b"\r\n--b--\r\n"].concat();
        wire.send(format!(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n",
            form.len()
        ));
        wire.send(form);
        assert_eq!(wire.response("POST").status, 201);
        for name in ["length", "chunks", "form"] {
            assert!(fs::read(tree.join(name)).unwrap() == content, "{name}");
        }
    });
}

/// Polls the disk, because no event reports that an interrupted upload is removed.
#[track_caller]
fn settles(tree: &Tree, expected: &str) {
    let deadline = Instant::now() + TIMEOUT;
    while on_disk(tree) != expected {
        assert!(Instant::now() < deadline, "{} and not {expected}", on_disk(tree));
        thread::sleep(Duration::from_millis(10));
    }
}

/// An incomplete upload is not stored, and leaves no files.
#[test]
fn truncated_content_is_not_stored() {
    let chunked = "PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let form = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 999999\r\n\r\n\
                --b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n\"\r\n\r\n";
    for_each_engine(|engine| {
        let tree = Tree::of(&[("a", "hello")]);
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
        for (head, why) in [
            (put("/a", "", 1 << 20), "replacing"),
            (put("/new", "", 1 << 20), "new"),
            (format!("{chunked}{:x}\r\n", 1 << 20), "within a chunk"),
            (form.to_owned(), "a form"),
        ] {
            for is_reset in [false, true] {
                let mut wire = server.connect();
                wire.send(&head);
                wire.send(vec![b'x'; 600_000]);
                // A reset discards what the server has not read, which could be the head.
                wire.wait_until_read();
                if is_reset {
                    // With a linger time of 0 the kernel sends RST.
                    rustix::net::sockopt::set_socket_linger(wire.stream(), Some(Duration::ZERO)).unwrap();
                    drop(wire);
                } else {
                    wire.stream().shutdown(Shutdown::Write).unwrap();
                    assert!(wire.rest().is_empty(), "{why}: the connection ends without an answer");
                }
                settles(&tree, "a=hello");
            }
        }
        let mut wire = server.connect();
        wire.send(format!("{chunked}3\r\nabcX\r\n"));
        assert_eq!(wire.response("PUT").status, 400, "a broken chunk");
        settles(&tree, "a=hello");
    });
}

/// A request without a response is logged all the same.
#[test]
fn an_interrupted_upload_is_logged() {
    let tree = Tree::new();
    let server = Server::http(&tree, &["--writable"]);
    let mut wire = server.connect();
    wire.send(put("/new", "", 10) + "hello");
    wire.finish();
    assert!(wire.rest().is_empty());
    let line = server.log_lines("PUT /new", 1).remove(0);
    assert!(line.contains(" 400 ") && line.contains("aborted"), "{line}");
}

/// The last complete one is stored, never a mixture.
#[test]
fn overlapping_uploads_of_one_name_do_not_mix() {
    for_each_engine(|engine| {
        let tree = Tree::new();
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
        let statuses: Vec<u16> = thread::scope(|scope| {
            let writers: Vec<_> = (0..50_usize)
                .map(|writer| {
                    let server = &server;
                    scope.spawn(move || {
                        let content = vec![b'0' + u8::try_from(writer).unwrap(); 100_000];
                        let mut wire = server.connect();
                        wire.send(put("/f", "", content.len()));
                        wire.send(&content[..50_000]);
                        thread::sleep(Duration::from_millis(50));
                        wire.send(&content[50_000..]);
                        wire.response("PUT").status
                    })
                })
                .collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        let count = |expected| statuses.iter().filter(|status| **status == expected).count();
        // Which writer is the first is a race.
        assert_eq!((count(201), count(204)), (1, 49), "one creates the file: {statuses:?}");
        let content = fs::read(tree.join("f")).unwrap();
        assert_eq!((content.len(), content.iter().collect::<BTreeSet<_>>().len()), (100_000, 1));
        assert_eq!(fs::read_dir(tree.path()).unwrap().count(), 1, "nothing else is left");
    });
}

/// Other addresses can upload however many uploads one address starts, over both protocols.
#[test]
fn one_address_cannot_take_all_places_for_uploads() {
    let served = Tree::new();
    let server = Server::both(&served, &["--quiet", "--writable"]);
    let begin = |mut wire: Wire, name: &str| {
        wire.send(put(name, EXPECT, 1));
        let answer = wire.response("PUT");
        (answer.status, answer.field("retry-after").map(str::to_owned), wire)
    };
    let crowd: Vec<Wire> = (0..64)
        .map(|number| {
            let (status, _, wire) = begin(server.connect(), &format!("/{number}"));
            assert_eq!(status, 100, "{number}");
            wire
        })
        .collect();
    let (status, retry_after, _) = begin(server.connect(), "/more");
    assert_eq!((status, retry_after.as_deref()), (503, Some("1")), "its share is taken");
    assert_eq!(Ftp::login(&server).transfer("STOR more", Some(b"x")), 450, "by FTP as well");
    let (status, ..) = begin(Wire::between(Ipv4Addr::new(127, 0, 0, 2), server.address("http")), "/other");
    assert_eq!(status, 100, "another address has a share of its own");
    drop(crowd);
}

/// Two clients send the same precondition: the first one succeeds, the other gets 412.
#[test]
fn preconditions_are_evaluated_again_when_the_content_is_complete() {
    for_each_engine(|engine| {
        let tree = Tree::of(&[("a", "hello")]);
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
        let etag = server.connect().exchange("GET", "/a", "").field("etag").unwrap().to_owned();
        for (target, condition, status) in
            [("/a", format!("If-Match: {etag}\r\n"), 204), ("/new", "If-None-Match: *\r\n".to_owned(), 201)]
        {
            let (mut one, mut two) = (server.connect(), server.connect());
            for wire in [&mut one, &mut two] {
                wire.send(put(target, &format!("{condition}{EXPECT}"), 3));
                assert_eq!(wire.response("PUT").status, 100, "it holds for both");
            }
            two.send(b"two");
            assert_eq!(two.response("PUT").status, status, "{target}");
            one.send(b"one");
            assert_eq!(one.response("PUT").status, 412, "{target}");
            assert_eq!(fs::read(tree.join(&target[1..])).unwrap(), b"two");
            assert!(one.is_alive(), "all of its content was read");
        }
        assert_eq!(on_disk(&tree), "a=two new=two");
    });
}

#[test]
fn a_full_disk_leaves_no_partial_file() {
    for_each_engine(|engine| {
        let tree = Tree::new();
        let server = Server::on_a_small_disk("http-mini", tree.path(), &["--engine", engine]);
        let mut wire = server.connect();
        assert_eq!(ask(&mut wire, "PUT", "/a", "", "hello").status, 201);
        let is_part = "Content-Type: application/partial-upload\r\nUpload-Offset: 0\r\n";
        for (method, target, fields) in [("PUT", "/big", ""), ("PUT", "/a", ""), ("PATCH", "/big", is_part)] {
            let mut full = server.connect();
            let length = 2 << 20;
            full.send(format!(
                "{method} {target} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n{fields}\r\n"
            ));
            // The response may arrive before the content is read, and the connection then ends.
            let _ = full.stream().write_all(&vec![b'x'; length]);
            assert_eq!(full.response(method).status, 507, "{method} {target}");
            assert_eq!(server.names_in(tree.path()), ["a"], "{method} {target}: no stray file");
            assert_eq!(wire.exchange("GET", "/a", "").text(), "hello", "{method} {target}");
        }
        let files =
            form(&[("f", Some("b"), "1"), ("f", Some("big"), &"x".repeat(2 << 20)), ("f", Some("c"), "2")]);
        let form = ask(&mut server.connect(), "POST", "/", FORM, &files);
        assert_eq!(form.status, 507);
        for words in ["took 2 files, but not all", "big: does not fit on the disk"] {
            assert!(form.text().contains(words), "{words} in {}", form.text());
        }
        for (target, expected) in [("/b", 200), ("/big", 404), ("/c", 200)] {
            assert_eq!(wire.exchange("GET", target, "").status, expected, "{target}");
        }
        let small = ask(&mut wire, "PUT", "/d", "", &"x".repeat(500_000));
        assert_eq!(small.status, 201, "there is room again");
    });
}

#[test]
fn a_full_disk_is_reported_over_tls() {
    for_each_engine(|engine| {
        let tree = Tree::new();
        let options = ["--engine", engine, "--tls", "self-signed"];
        let server = Server::on_a_small_disk("http-mini", tree.path(), &options);
        let tls = accept_any_certificate();
        for (name, size, status) in [("a", 5, "201"), ("big", 2 << 20, "507"), ("b", 500_000, "201")] {
            let mut link = Link::connect(server.address("https"), Some(&tls)).unwrap();
            link.write_all(put(&format!("/{name}"), "", size).as_bytes()).unwrap();
            // As without TLS, the response may arrive before the content is read.
            let _ = link.write_all(&vec![b'x'; size]);
            let mut line = String::new();
            BufReader::new(link).read_line(&mut line).unwrap();
            assert_eq!(line.split(' ').nth(1), Some(status), "{name}: {line}");
        }
        let mut names = server.names_in(tree.path());
        names.sort();
        assert_eq!(names, ["a", "b"], "no stray file");
    });
}

/// A stopping server lets a running upload complete.
#[test]
fn a_stopping_server_finishes_a_running_upload() {
    let chunked = "PUT /chunks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    at_once_on_each_engine(|engine| {
        let tree = Tree::new();
        let server = Server::http(&tree, &["--engine", engine, "--quiet", "--writable"]);
        let (mut length, mut chunks) = (server.connect(), server.connect());
        length.send(put("/length", "", 10) + "hello");
        chunks.send(chunked);
        // The server waits for the rest.
        length.wait_until_read();
        chunks.wait_until_read();
        server.signal(Signal::TERM);
        thread::sleep(Duration::from_millis(1_500));
        length.send(b"world");
        chunks.send(b"5\r\nworld\r\n0\r\n\r\n");
        for wire in [&mut length, &mut chunks] {
            let answer = wire.response("PUT");
            assert_eq!((answer.status, answer.field("connection")), (201, Some("close")));
        }
        assert_eq!(on_disk(&tree), "chunks=helloworld length=helloworld");
    });
}
