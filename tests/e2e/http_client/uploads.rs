//! `put`: from files, folders and standard input, under the name of the URL or of the file.

use std::fs;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use super::SIZE;
use crate::harness::fault::{End, Fault, Proxy, Way};
use crate::harness::peers::http::{ALL, nginx_with};
use crate::harness::scripted::{Connection, ScriptedServer};
use crate::harness::workdir::summary;
use crate::harness::{Server, TIMEOUT, Tree, WorkDir, at_once, tree};

#[test]
fn files_are_stored_whole_by_every_server() {
    let content = tree::pattern(SIZE);
    at_once(&ALL, |known| {
        let (peer, workdir, name) = ((known.start)(), WorkDir::new(), known.name);
        let file = workdir.file("two words", &content);
        workdir.file("empty", "");
        let put = workdir.http(&["put", "two words", &peer.http()]);
        if !known.has_put {
            // Python answers 501, lighttpd and Caddy answer 404.
            put.fails(if name == "python" { 1 } else { 3 }, &[&peer.http()]);
            return;
        }
        put.success();
        assert!(fs::read(peer.root.join("two words")).unwrap() == content, "{name}");
        workdir.http(&["put", "empty", &format!("{}other", peer.http())]).success();
        assert_eq!(fs::read(peer.root.join("other")).unwrap(), b"", "{name}");
        let url = format!("{}piped", peer.http());
        let mut piped = workdir.command("http-mini", &["put", "-", &url]);
        workdir.run(piped.stdin(File::open(&file).unwrap())).success();
        assert!(fs::read(peer.root.join("piped")).unwrap() == content, "{name}: in chunks");
    });
}

/// Offsets at which an upload is cut: in the head, early, and late.
const CUTS: [u64; 3] = [300, 700_000, 2_000_000];
/// Bytes that may be sent again: heads, and bytes in flight.
const AGAIN: usize = 300_000;

/// Cuts the connection that carries the content. Requests before it use the first connection.
fn cut(at: u64, how: End) -> impl Fn(usize) -> Fault + Send + Sync + 'static {
    move |number| if number == 1 { Fault::Cut(Way::Up, at, how) } else { Fault::None }
}

#[test]
fn the_same_run_resumes_an_interrupted_upload() {
    let content = tree::pattern(SIZE);
    for (at, how) in CUTS.into_iter().flat_map(|at| [(at, End::Fin), (at, End::Reset)]) {
        let served = Tree::new();
        let server = Server::http(&served, &["--quiet", "--writable"]);
        let proxy = Proxy::tcp(server.address("http"), cut(at, how));
        let workdir = WorkDir::new();
        workdir.file("f", &content);
        let put = workdir.http(&["put", "f", &format!("http://{}/f", proxy.address())]);
        assert_eq!(put.code, Some(0), "cut after {at}: {}", put.err);
        assert!(fs::read(served.join("f")).unwrap() == content, "cut after {at}");
        assert!(proxy.connections() > 2, "cut after {at}");
        // A reset also discards bytes that were received and not read yet.
        let again = if how == End::Fin { AGAIN } else { SIZE };
        assert!(
            proxy.received_from_clients() <= SIZE + again,
            "cut after {at}: {} bytes were sent",
            proxy.received_from_clients()
        );
    }
}

#[test]
fn the_next_run_resumes_an_interrupted_upload() {
    let (content, at) = (tree::pattern(SIZE), 2_000_000);
    let other: Vec<u8> = content.iter().rev().copied().collect();
    let longer = [&*content, b"x"].concat();
    for (second, goes_on, why) in [
        (&content, true, "the same file"),
        (&other, false, "another one"),
        (&longer, false, "another length than the interrupted request stated"),
    ] {
        let served = Tree::new();
        let server = Server::http(&served, &["--quiet", "--writable"]);
        let proxy = Proxy::tcp(server.address("http"), cut(at, End::Fin));
        let (workdir, url) = (WorkDir::new(), format!("http://{}/f", proxy.address()));
        workdir.file("f", &content);
        workdir.http(&["put", "f", &url, "--retries", "0"]).fails(5, &[&url]);
        let (mut wire, deadline) = (server.connect(), Instant::now() + TIMEOUT);
        while wire.exchange("HEAD", "/f", "").status != 204 {
            assert!(Instant::now() < deadline, "it is not kept");
            std::thread::sleep(Duration::from_millis(10));
        }
        workdir.file("f", second);
        let before = proxy.received_from_clients();
        workdir.http(&["put", "f", &url, "--retries", "0"]).success();
        assert!(fs::read(served.join("f")).unwrap() == *second, "{why}: never spliced");
        assert_eq!(tree::contents(served.path()).len(), 1, "{why}: nothing else is left");
        let sent = proxy.received_from_clients() - before;
        assert_eq!(sent <= SIZE - 2_000_000 + AGAIN, goes_on, "{why}: {sent} bytes were sent");
    }
}

/// nginx answers 413 by default to more than 1 MiB. A limit of the server itself is that of the whole file.
#[test]
fn an_upload_is_sent_in_smaller_requests_after_413() {
    let content = tree::pattern(SIZE);
    for (options, is_stored, requests, why) in [
        (&["--writable"][..], true, 4, "three quarters of a megabyte each"),
        (&["--writable", "--max-upload", "1m"], false, 0, "the server has announced its limit"),
    ] {
        let (served, workdir) = (Tree::new(), WorkDir::new());
        let server = Server::http(&served, options);
        let address = server.address("http");
        let proxy = nginx_with(|_, port| {
            format!("server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://{address}; }} }}")
        });
        workdir.file("f", &content);
        let url = format!("{}f", proxy.http());
        let put = workdir.http(&["put", "f", &url]);
        match is_stored {
            true => drop(put.success()),
            false => put.fails(1, &["413"]),
        }
        assert_eq!(served.join("f").exists(), is_stored, "{why}");
        assert!(!is_stored || fs::read(served.join("f")).unwrap() == content, "{why}");
        assert_eq!(server.log_lines("PATCH /f", requests).len(), requests, "{why}");
        assert_eq!(
            tree::contents(served.path()).len(),
            usize::from(is_stored),
            "{why}: nothing else is left"
        );
    }
}

/// At any offset, including after the last byte: the server then has all content, but has not stored the
/// file.
#[test]
fn an_interrupted_upload_is_completed() {
    let content = tree::pattern(SIZE);
    for at in [0, 1, 65_535, 65_536, 65_537, SIZE - 1, SIZE] {
        let served = Tree::new();
        let server = Server::http(&served, &["--quiet", "--writable"]);
        let mut wire = server.connect();
        wire.send(format!(
            "PATCH /f HTTP/1.1\r\nHost: a\r\nContent-Type: application/partial-upload\r\n\
             Upload-Offset: 0\r\nContent-Length: {at}\r\n\r\n"
        ));
        wire.send(&content[..at]);
        assert_eq!(wire.response("PATCH").status, 204, "{at}");
        assert!(!served.join("f").exists(), "{at}");
        let workdir = WorkDir::new();
        workdir.file("f", &content);
        workdir.http(&["put", "f", server.url("http")]).success();
        assert!(fs::read(served.join("f")).unwrap() == content, "{at}");
        assert_eq!(tree::contents(served.path()).len(), 1, "{at}: nothing else is left");
    }
}

/// The server waits for the announced bytes, which the client cannot send: this is not a network failure, so
/// there is no retry.
#[test]
fn a_shrinking_file_ends_its_upload_at_once() {
    let server = ScriptedServer::raw(Connection::wait_for_end);
    let workdir = WorkDir::new();
    let file = workdir.file("f", vec![b'x'; 800_000]);
    let put = ["put", "f", &server.url("http", "f"), "--limit-rate", "200k", "--json"];
    let mut command = workdir.command("http-mini", &put);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut reported = BufReader::new(child.stdout.as_mut().unwrap()).lines().map_while(Result::ok);
    reported.find(|line| line.contains("\"progress\"")).expect("progress is reported");
    File::options().write(true).open(&file).unwrap().set_len(1_000).unwrap();
    let started = Instant::now();
    let events: Vec<_> = reported.collect();
    let ended = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(6), "{err}");
    assert!(err.contains("shorter") && !events.concat().contains("\"retry\""), "{err} {events:?}");
    assert!(started.elapsed() < Duration::from_secs(25), "{:?}", started.elapsed());
}

#[test]
fn the_status_of_an_upload_decides_the_exit_code() {
    let served = Tree::of(&[("f", "old\n")]);
    let workdir = WorkDir::new();
    workdir.file("new", "new\n");
    for (options, path, code, words) in [
        (&[][..], "f", 1, "405"),
        (&["--writable", "--user", "ada:secret"], "f", 4, "401"),
        (&["--writable"], "none/f", 1, "409"),
    ] {
        let server = Server::http(&served, &[&["--quiet"], options].concat());
        let put = workdir.http(&["put", "new", &format!("{}{path}", server.url("http"))]);
        put.fails(code, &[path, words]);
    }
    assert_eq!(fs::read(served.join("f")).unwrap(), b"old\n");
}

/// As in a repository or a folder of a Mac. What is in a skipped folder is not tried.
#[test]
fn names_that_begin_with_a_dot_are_skipped_if_the_server_refuses_them() {
    let files = ["a", ".DS_Store", ".git/config", ".git/logs/head", "sub/b", "sub/.c"];
    let workdir = WorkDir::new();
    files.iter().for_each(|name| drop(workdir.file(&format!("f/{name}"), "x")));
    for (command, options, code, skipped, why) in [
        ("put", &[][..], 1, 3, "a folder and two files"),
        ("put", &["--hidden"], 0, 0, "the server accepts them"),
        ("mirror", &[], 1, 3, "as put"),
        ("mirror", &["--hidden"], 0, 0, "the server accepts them"),
    ] {
        let served = Tree::new();
        let server = Server::http(&served, &[&["--quiet", "--writable"], options].concat());
        let target = format!("{}f/", server.url("http"));
        let to = if command == "put" { server.url("http") } else { &target };
        let done = workdir.http(&[command, "f", to, "--json"]);
        assert_eq!(done.code, Some(code), "{command} {options:?}: {why}: {}", done.err);
        assert_eq!(summary(&done.out)["skipped"], skipped, "{command}: {why}");
        assert_eq!(summary(&done.out)["failed"], 0, "{command}: {why}");
        assert!(served.join("f/sub/b").exists() && served.join("f/.git").exists() == (code == 0));
        if code == 1 {
            let reason = ".git' is left out: the server refuses names that begin with a dot";
            let shown = workdir.http(&[command, "f", to]);
            assert!(shown.err.contains(reason), "{}", shown.err);
        }
    }
    let served = Tree::new();
    let server = Server::http(&served, &["--quiet", "--writable"]);
    workdir.http(&["put", "f/.DS_Store", server.url("http")]).fails(4, &["has a name that is not served"]);
}

/// A folder with empty folders, links and times, and a file, in one command.
#[test]
fn files_and_folders_are_stored_in_one_run() {
    let (served, workdir) = (Tree::new(), WorkDir::new());
    let server = Server::http(&served, &["--quiet", "--writable"]);
    tree::fill(&workdir.join("trip"));
    fs::create_dir_all(workdir.join("trip/empty/inside")).unwrap();
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let file = workdir.file("notes.txt", "notes\n");
    File::options().write(true).open(&file).unwrap().set_modified(old).unwrap();
    let all = format!("{}all/", server.url("http"));
    workdir.http(&["mkdir", &all]).success();
    let put = workdir.http(&["put", "trip", "notes.txt", &all, "--parallel", "8", "--json"]);
    let files = tree::contents(&workdir.join("")).values().filter(|content| content.is_some()).count();
    assert_eq!(summary(&put.success())["transferred"], files);
    tree::assert_same(&workdir.join(""), &served.join("all"));
    assert_eq!(fs::metadata(served.join("all/notes.txt")).unwrap().modified().unwrap(), old);

    std::os::unix::fs::symlink("notes.txt", workdir.join("trip/link")).unwrap();
    fs::remove_dir_all(workdir.join("trip/awkward")).unwrap();
    let again = workdir.http(&["put", "trip", &format!("{}b/c", server.url("http"))]);
    assert_eq!(again.code, Some(0), "a new name and new directories: {}", again.err);
    assert!(again.err.contains("'trip/link' is left out: it is a link"), "{}", again.err);
    let total = again.err.lines().last().unwrap();
    assert!(total.contains("transferred") && total.contains("1 links left out"), "{total}");
    assert!(!served.join("b/c/link").exists());
    fs::remove_file(workdir.join("trip/link")).unwrap();
    tree::assert_same(&workdir.join("trip"), &served.join("b/c"));
}

#[test]
fn a_failed_upload_does_not_stop_the_others() {
    let served = Tree::of(&[("blocked/inside", "")]);
    let server = Server::http(&served, &["--quiet", "--writable"]);
    let workdir = WorkDir::new();
    for name in ["a", "blocked", "d/b", "x/same", "y/same"] {
        workdir.file(name, "1");
    }
    let url = server.url("http");
    let put = workdir.http(&["put", "a", "blocked", "none", "d", url]);
    assert_eq!(put.code, Some(1), "{}", put.err);
    for (words, why) in [
        ("http-mini: cannot put", "a failure"),
        ("blocked': the server answers 409", "a directory is in the way"),
        ("none': cannot read 'none'", "there is no such file"),
        ("2 transferred (2 B), 0 unchanged, 2 failed", "the total"),
    ] {
        assert!(put.err.lines().any(|line| line.contains(words)), "{why}: {}", put.err);
    }
    assert!(served.join("a").exists() && served.join("d/b").exists());
    for (words, says, why) in [
        (&["put", "a", "d", "URLf"][..], "slash", "two would get one name"),
        (&["put", "x/same", "y/same", "URL"], "the same name", "one would replace the other"),
        (&["put", "a", "-", "URL"], "the URL names no file", "standard input has no name"),
    ] {
        let words: Vec<String> = words.iter().map(|word| word.replace("URL", url)).collect();
        let outcome = workdir.http(&words);
        assert_eq!(outcome.code, Some(2), "{why}: {}", outcome.err);
        assert!(outcome.err.contains(says), "{why}: {}", outcome.err);
    }
    assert!(!served.join("same").exists() && !served.join("f").exists());
}

/// Every second connection is cut in the middle of a file.
#[test]
fn a_bad_network_does_not_stop_an_upload_of_a_folder() {
    let served = Tree::new();
    let server = Server::http(&served, &["--quiet", "--writable"]);
    let plan = |number| match number % 2 {
        0 => Fault::None,
        _ => Fault::Cut(Way::Up, 1_200_000, End::Fin),
    };
    let proxy = Proxy::tcp(server.address("http"), plan);
    let workdir = WorkDir::new();
    for name in ["f/1", "f/2", "f/d/3"] {
        workdir.file(name, tree::pattern(SIZE));
    }
    let put = workdir.http(&["put", "f", &format!("http://{}/", proxy.address()), "--parallel", "3"]);
    assert_eq!(put.code, Some(0), "{}", put.err);
    tree::assert_same(&workdir.join("f"), &served.join("f"));
    let sent = proxy.received_from_clients();
    assert!(sent <= 3 * (SIZE + 2 * AGAIN), "{sent} bytes: interrupted uploads are resumed");
}
