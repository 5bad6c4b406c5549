//! `ls`, `cat`, `mkdir`, `mv`, `rm`, permissions, and names that need quoting.

use std::fs;
use std::sync::Mutex;

use serde_json::Value;

use crate::harness::peers::http::{ALL, HttpServerKind};
use crate::harness::scripted::ScriptedServer;
use crate::harness::scripted::http::{field, response};
use crate::harness::{Server, Tree, WorkDir, at_once, tree};

/// The URL of a name of which every byte is encoded.
fn encoded(name: &str) -> String {
    name.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Runs a case with our server, and with those that have MKCOL and DELETE. It gets the server's name, URL and tree.
fn with_writable_servers(case: impl Fn(&str, &str, &Tree) + Sync) {
    let served = Tree::new();
    let server = Server::http(&served, &["--quiet", "--writable"]);
    case("http-mini", server.url("http"), &served);
    let others: Vec<&HttpServerKind> =
        ALL.iter().filter(|known| ["nginx", "Apache"].contains(&known.name)).collect();
    at_once(&others, |known| {
        let peer = (known.start)();
        case(known.name, &peer.http(), &peer.root);
    });
}

#[test]
fn names_are_listed_made_moved_and_removed() {
    with_writable_servers(|name, server, root| {
        let (workdir, url) = (WorkDir::new(), |path: &str| format!("{server}{path}"));
        workdir.http(&["mkdir", &url("d")]).success();
        assert!(root.join("d").is_dir(), "{name}");
        for _ in 0..2 {
            workdir.http(&["mkdir", "-p", &url("x/y/z")]).success();
        }
        assert!(root.join("x/y/z").is_dir(), "{name}");
        workdir.http(&["mkdir", &url("d")]).fails(1, &["405"]);
        workdir.http(&["mkdir", &url("none/e")]).fails(1, &["409"]);
        workdir.file("two words", "12345");
        workdir.http(&["put", "two words", &url("d/")]).success();
        workdir.http(&["mkdir", &url("d/sub/")]).success();

        let listed = workdir.http(&["ls", &url("d/")]).text();
        assert_eq!(listed, "sub\ntwo words\n", "{name}: one name a line for a program");
        let table = workdir.http(&["ls", "-l", &url("d")]).text();
        let kinds: Vec<char> = table.lines().filter_map(|line| line.chars().next()).collect();
        assert_eq!(kinds, ['d', '-'], "{name}: {table}");
        let json = workdir.http(&["ls", "--json", &url("d")]).text();
        let listing: Value = serde_json::from_str(&json).unwrap();
        let types: Vec<_> =
            listing["entries"].as_array().unwrap().iter().map(|entry| &entry["type"]).collect();
        assert_eq!(types, ["dir", "file"], "{name}: {json}");
        let file: Value =
            serde_json::from_str(&workdir.http(&["ls", "--json", &url("d/two%20words")]).text()).unwrap();
        assert_eq!(
            (&file["entries"][0]["name"], &file["entries"][0]["size"]),
            (&"two words".into(), &5.into()),
            "{name}: a file"
        );
        workdir.http(&["ls", &url("none")]).fails(3, &["404"]);

        // This nginx has no MOVE.
        if name != "nginx" {
            workdir.http(&["mv", &url("d/two%20words"), "x/moved"]).success();
            assert_eq!(fs::read(root.join("x/moved")).unwrap(), b"12345", "{name}");
            workdir.http(&["mv", &url("x/moved"), &url("d/")]).success();
            assert!(root.join("d/moved").exists(), "{name}");
            workdir.http(&["mv", &url("x"), "d/sub/"]).success();
            assert!(root.join("d/sub/x/y/z").is_dir(), "{name}");
            workdir.http(&["mv", &url("d/moved"), "d/sub"]).fails(1, &["slash"]);
            assert!(root.join("d/sub/x/y/z").is_dir(), "{name}: a directory is not replaced");
            workdir.http(&["mv", &url("none"), "other"]).fails(3, &["404"]);
            workdir.http(&["mv", &url("d/sub/x"), "/"]).success();
            workdir.http(&["mv", &url("d/moved"), "d/two words"]).success();
        }

        workdir.http(&["rm", &url("none")]).fails(3, &["404"]);
        workdir.http(&["rm", &url("x")]).fails(1, &["directory", "-r"]);
        workdir.http(&["rm", &url("x/")]).fails(1, &["directory", "-r"]);
        assert!(root.join("x/y/z").is_dir(), "{name}");
        workdir.http(&["rm", &url("d/two%20words")]).success();
        workdir.http(&["rm", "-r", &url("x"), &url("d/")]).success();
        assert_eq!(tree::contents(root.path()).len(), 0, "{name}");
        for root in ["", "/", "x/.."] {
            workdir.http(&["rm", "-r", &url(root)]).fails(2, &["unclear"]);
        }
    });
}

#[test]
fn every_server_lists_and_prints_its_files() {
    at_once(&ALL, |known| {
        let (peer, workdir, name) = ((known.start)(), WorkDir::new(), known.name);
        peer.root.directory("sub");
        tree::AWKWARD.iter().for_each(|name| drop(peer.root.file(name, name)));
        let mut expected: Vec<&str> = [&tree::AWKWARD[..], &["sub"]].concat();
        expected.sort_unstable();
        let listed = workdir.http(&["ls", &peer.http()]).text();
        assert_eq!(listed.lines().collect::<Vec<_>>(), expected, "{name}");
        for file in tree::AWKWARD {
            let url = format!("{}{}", peer.http(), encoded(file));
            assert_eq!(workdir.http(&["cat", &url]).text(), file, "{name}");
        }
        workdir.http(&["cat", &format!("{}none", peer.http())]).fails(3, &["404"]);
    });
}

#[test]
fn every_byte_of_a_name_is_data() {
    let served = Tree::new();
    let server = Server::http(&served, &["--quiet", "--writable"]);
    for name in tree::AWKWARD {
        let workdir = WorkDir::new();
        workdir.file(name, "1");
        let url = |path: &str| format!("{}{path}", server.url("http"));
        workdir.http(&["put", "--", &format!("./{name}"), &url("")]).success();
        let renamed = format!("/{name}.new");
        workdir.http(&["mv", "--", &url(&encoded(name)), &renamed]).success();
        assert_eq!(fs::read(served.join(format!("{name}.new"))).unwrap(), b"1", "{name}");
        let directory = url(&format!("{}/{}", encoded(name), encoded(name)));
        workdir.http(&["mkdir", "-p", &directory]).success();
        workdir.http(&["rm", "-r", &url(&encoded(name)), &url(&encoded(&renamed[1..]))]).success();
        assert_eq!(tree::contents(served.path()).len(), 0, "{name}");
    }
}

/// A URL with a delimiter must not be taken for the file that is named by its prefix.
#[test]
fn url_delimiters_do_not_truncate_names() {
    let served = Tree::of(&[("what", ""), ("old/f", "")]);
    let server = Server::http(&served, &["--quiet", "--writable"]);
    for (words, why) in [
        (&["rm", "URLwhat?"][..], "a query"),
        (&["rm", "-r", "URLold#2"], "a fragment"),
        (&["rm", "-r", "URLold\\2"], "a backslash"),
        (&["rm", "URLwh\tat"], "a tab"),
        (&["mv", "URLwhat?", "other"], "a query"),
        (&["mv", "URLwhat", "URLold/f?x"], "a query in the new URL"),
        (&["mkdir", "URLnew#2"], "a fragment"),
        (&["ls", "URL?q=what"], "a query"),
        (&["put", "f", "URLwhat#2"], "a fragment"),
    ] {
        let workdir = WorkDir::new();
        workdir.file("f", "new");
        let words: Vec<String> = words.iter().map(|word| word.replace("URL", server.url("http"))).collect();
        let outcome = workdir.http(&words);
        assert_eq!(outcome.code, Some(2), "{words:?}, {why}: {}", outcome.err);
        assert!(outcome.err.contains("is written as %"), "{words:?}, {why}: {}", outcome.err);
        assert_eq!(tree::contents(served.path()).len(), 3, "{words:?}, {why}");
        assert_eq!(fs::read(served.join("what")).unwrap(), b"", "{words:?}, {why}");
    }
}

#[test]
fn rm_removes_a_link_and_not_its_target() {
    let served = Tree::of(&[("kept/f", "mine"), ("gone/d/e", "1")]);
    let server = Server::http(&served, &["--quiet", "--writable"]);
    let workdir = WorkDir::new();
    served.symlink("link", "kept");
    served.symlink("gone/link", served.join("kept"));
    served.symlink("gone/file", "../kept/f");
    for path in ["link", "gone"] {
        workdir.http(&["rm", "-r", &format!("{}{path}", server.url("http"))]).success();
        assert!(fs::symlink_metadata(served.join(path)).is_err(), "{path}");
    }
    assert_eq!(fs::read(served.join("kept/f")).unwrap(), b"mine");
}

/// The directories of a server that removes files and empty directories only.
#[test]
fn rm_removes_depth_first_if_the_server_does_not() {
    let files = Mutex::new(vec!["/d/", "/d/e/", "/d/e/f", "/d/g"]);
    let server = ScriptedServer::http(move |caller, request| {
        let mut files = files.lock().unwrap();
        let target = &*request.target;
        let json = |names: &str| response("200 OK", "Content-Type: application/json\r\n", names);
        let is_empty = files.iter().filter(|file| file.starts_with(target)).count() == 1;
        let text = match (&*request.method, target) {
            ("GET", "/d/") => json(r#"{"entries":[{"name":"e","type":"dir"},{"name":"g","type":"file"}]}"#),
            ("GET", "/d/e/") => json(r#"{"entries":[{"name":"f","type":"file"}]}"#),
            ("DELETE", _) if files.contains(&target) && is_empty => {
                files.retain(|file| *file != target);
                response("204 No Content", "", "")
            }
            ("DELETE", _) if files.iter().any(|file| file.starts_with(target)) => {
                response("409 Conflict", "", "")
            }
            _ => response("404 Not Found", "", ""),
        };
        caller.send(text)
    });
    WorkDir::new().http(&["rm", "-r", &server.url("http", "d")]).success();
    let removed: Vec<String> = server
        .received()
        .iter()
        .filter(|head| head.starts_with("DELETE "))
        .map(|head| {
            let target = head.split(' ').nth(1).unwrap();
            format!("{target} {}", field(head, "depth").unwrap_or("-"))
        })
        .collect();
    let expected = [
        "/d infinity",
        "/d/ infinity",
        "/d/e infinity",
        "/d/e/ infinity",
        "/d/e/f 0",
        "/d/e/ -",
        "/d/g 0",
        "/d/ -",
    ];
    assert_eq!(removed, expected);
}

/// A directory is not removed if its listing may lack entries.
#[test]
fn rm_removes_nothing_below_an_incomplete_listing() {
    let server = ScriptedServer::http(|caller, request| match &*request.method {
        "GET" => {
            let listing = r#"{"entries":[{"name":"f","type":"file"}],"truncated":true}"#;
            caller.send(response("200 OK", "Content-Type: application/json\r\n", listing))
        }
        _ => caller.send(response("409 Conflict", "", "")),
    });
    WorkDir::new()
        .http(&["rm", "-r", &server.url("http", "d")])
        .fails(1, &["incomplete", "nothing is removed"]);
    assert!(!server.received().iter().any(|head| head.starts_with("DELETE /d/f ")));
}

#[test]
fn refusals_have_their_exit_code() {
    let served = Tree::of(&[("f", "hello\n"), ("d/g", "")]);
    let server = Server::http(&served, &["--quiet", "--user", "ada:secret"]);
    let workdir = WorkDir::new();
    let url = format!("{}f", server.url("http"));
    let ada = url.replace("http://", "http://ada:secret@");
    let wrong = url.replace("http://", "http://ada:wrong@");
    for (arguments, code, why) in [
        (&["cat", &url][..], 4, "anonymous"),
        (&["cat", &wrong], 4, "a wrong password"),
        (&["cat", &ada], 0, "in the URL"),
        (&["cat", &ada, "--json"], 2, "the output is the content"),
        (&["cat", &url, "--login", "ada"], 2, "no terminal for a prompt"),
        (&["ls", &url], 4, "anonymous"),
        (&["ls", &ada], 0, "a file"),
        (&["ls", &format!("{ada}/none")], 3, "no such name"),
        (&["rm", &url], 4, "anonymous"),
        (&["rm", &ada], 1, "the server is read-only"),
        (&["rm", "-r", &ada.replace("/f", "/d")], 1, "the server is read-only"),
        (&["mkdir", &ada.replace("/f", "/new")], 1, "the server is read-only"),
        (&["mv", &ada, "g"], 1, "the server is read-only"),
        (&["mv", &ada, "http://127.0.0.1:1/g"], 2, "another server"),
        (&["rm", "ftp://127.0.0.1/f"], 2, "another protocol"),
        (&["rm", "http://127.0.0.1:1/f"], 5, "no server"),
        (&["ls", "f"], 2, "no URL"),
        (&["rm"], 2, "no argument"),
    ] {
        let outcome = workdir.http(arguments);
        assert_eq!(outcome.code, Some(code), "{arguments:?}, {why}: {}", outcome.err);
        let lines = usize::from(code != 0);
        assert_eq!(outcome.err.lines().count(), lines, "{arguments:?}, {why}: {}", outcome.err);
        assert!(!outcome.err.contains("secret"), "{why}: {}", outcome.err);
    }
    assert_eq!(tree::contents(served.path()).len(), 3, "nothing is changed");
}
