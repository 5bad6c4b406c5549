//! `ls`, `mkdir`, `mv`, `rm`, and who may do what.

use std::fs;

use serde_json::Value;

use super::{FtpPeer, with_every_server};
use crate::harness::{Desk, Server, Tree, tree};

#[test]
fn names_are_listed_made_moved_and_removed() {
    with_every_server(|party| {
        let (desk, name, root) = (Desk::new(), &party.name, &party.root);
        let url = |path: &str| format!("{}{path}", party.url);
        party.client(&desk, &["mkdir", &url("d")]).success();
        assert!(root.join("d").is_dir(), "{name}");
        party.client(&desk, &["mkdir", "-p", &url("x/y/z")]).success();
        party.client(&desk, &["mkdir", "-p", &url("x/y/z")]).success();
        assert!(root.join("x/y/z").is_dir(), "{name}");
        let twice = party.client(&desk, &["mkdir", &url("d")]);
        assert_ne!(twice.code, Some(0), "{name}");
        party.file("d/two words", "12345");
        fs::write(root.join("d/-dash"), "").unwrap();
        fs::create_dir(root.join("d/sub")).unwrap();

        let listed = party.client(&desk, &["ls", &url("d/")]).text();
        let mut lines: Vec<&str> = listed.lines().map(|line| line.trim_end_matches('/')).collect();
        lines.sort_unstable();
        assert_eq!(lines, ["-dash", "sub", "two words"], "{name}: one name a line for a program");
        let table = party.client(&desk, &["ls", "-l", &url("d")]).text();
        assert!(
            table.lines().any(|line| line.ends_with("two words") && line.contains('5')),
            "{name}: {table}"
        );
        let json = party.client(&desk, &["ls", "--json", &url("d")]).text();
        let listing: Value = serde_json::from_str(&json).unwrap();
        let entries = listing["entries"].as_array().unwrap();
        let file = entries.iter().find(|entry| entry["name"] == "two words").unwrap();
        assert_eq!((&file["type"], &file["size"]), (&"file".into(), &5.into()), "{name}: {json}");
        let sub = entries.iter().find(|entry| entry["name"] == "sub").unwrap();
        assert_eq!(sub["type"], "dir", "{name}: {json}");
        party.client(&desk, &["ls", &url("none")]).fails(3, &["none"]);

        party.client(&desk, &["mv", &url("d/two%20words"), "x/moved"]).success();
        assert_eq!(fs::read(root.join("x/moved")).unwrap(), b"12345", "{name}");
        party.client(&desk, &["mv", &url("x/moved"), "d/"]).success();
        assert!(root.join("d/moved").exists(), "{name}");
        let none = party.client(&desk, &["mv", &url("none"), "other"]);
        assert_eq!(none.code, Some(3), "{name}: {}", none.err);

        party.client(&desk, &["rm", &url("d/moved")]).success();
        assert!(!root.join("d/moved").exists(), "{name}");
        party.client(&desk, &["rm", &url("x")]).fails(1, &["x"]);
        assert!(root.join("x/y/z").is_dir(), "{name}");
        fs::write(root.join("x/y/f"), "").unwrap();
        party.client(&desk, &["rm", "-r", &url("x")]).success();
        assert!(!root.join("x").exists(), "{name}");
        let none = party.client(&desk, &["rm", &url("none")]);
        assert_eq!(none.code, Some(3), "{name}: {}", none.err);
    });
}

/// What an URL does not spell out must not be taken for the file whose name is its beginning.
#[test]
fn url_delimiters_do_not_truncate_names() {
    for (words, code, left, why) in [
        (&["rm", "URLwhat?.txt"][..], 0, &["dir", "precious", "what"][..], "a question mark is a letter"),
        (&["rm", "-r", "URLdir#old"], 2, &["dir", "precious", "what", "what?.txt"], "a fragment"),
        (&["put", "f", "URLprecious#v2"], 2, &["dir", "precious", "what", "what?.txt"], "a fragment"),
        (&["put", "f", "URLprecious\\v2"], 2, &["dir", "precious", "what", "what?.txt"], "a backslash"),
        (&["rm", "URLpre\tcious"], 2, &["dir", "precious", "what", "what?.txt"], "a tab"),
        (&["rm", "-r", "URLdir%23old"], 3, &["dir", "precious", "what", "what?.txt"], "no such name"),
    ] {
        let (party, desk) = (FtpPeer::ours(None), Desk::new());
        desk.file("f", "new");
        party.directory("dir");
        for name in ["what", "what?.txt", "precious"] {
            party.file(name, "old");
        }
        let words: Vec<String> = words.iter().map(|word| word.replace("URL", &party.url)).collect();
        let outcome = desk.ftp(&words);
        assert_eq!(outcome.code, Some(code), "{why}: {}", outcome.err);
        let there: Vec<_> = tree::contents(&party.root).into_keys().collect();
        assert_eq!(there, left, "{why}");
        assert_eq!(fs::read(party.root.join("precious")).unwrap(), b"old", "{why}");
    }
}

/// What it leads to has its place elsewhere. Some servers' MLSD shows a link as what it leads to.
#[test]
fn rm_removes_a_link_and_not_its_target() {
    with_every_server(|party| {
        let (desk, name) = (Desk::new(), &party.name);
        party.directory("kept");
        party.file("kept/f", "mine");
        party.directory("gone");
        for link in ["link", "gone/link"] {
            std::os::unix::fs::symlink(party.root.join("kept"), party.root.join(link)).unwrap();
        }
        for path in ["link", "gone"] {
            party.client(&desk, &["rm", "-r", &format!("{}{path}", party.url)]);
        }
        std::os::unix::fs::symlink(party.root.join("kept"), party.root.join("again")).unwrap();
        desk.file("mine/kept/f", "mine");
        party.client(&desk, &["mirror", "mine", &party.url, "--delete"]);
        let told = party.client(&desk, &["rm", "-r", &party.url]);
        assert_eq!(told.code, Some(2), "{name}, the login directory: {}", told.err);
        assert_eq!(fs::read(party.root.join("kept/f")).unwrap(), b"mine", "{name}");
    });
}

#[test]
fn help_lists_commands_and_options() {
    let desk = Desk::new();
    assert!(desk.ftp(&["--help"]).text().contains("130 interrupted"));
    for (command, has_events) in [("get", true), ("cat", false)] {
        assert_eq!(desk.ftp(&[command, "--help"]).text().contains("--json"), has_events, "{command}");
    }
}

#[test]
fn refusals_have_their_exit_code() {
    let served = Tree::of(&[("f", "hello\n")]);
    let server = Server::ftp(&served, &["--quiet", "--user", "ada:secret"]);
    let desk = Desk::new();
    desk.file("new", "new\n");
    let netrc = desk.secret_file("netrc", "machine 127.0.0.1 login ada password secret\n");
    let url = format!("{}f", server.url("ftp"));
    let with = |login: &str| url.replace("ftp://", &format!("ftp://{login}@"));
    for (arguments, file, code, why) in [
        (&["cat", &url][..], None, 4, "anonymous"),
        (&["cat", &with("ada:wrong")], None, 4, "a wrong password"),
        (&["cat", &with("ada:secret")], None, 0, "in the URL"),
        (&["cat", &url], Some(&netrc), 0, "of the file"),
        (&["cat", &with("ada")], Some(&netrc), 0, "of the file, for the user in the URL"),
        (&["cat", &url, "--login", "ada"], Some(&netrc), 0, "of the file, for this user"),
        (&["cat", &url, "--login", "eve"], Some(&netrc), 2, "nobody can be asked"),
        (&["put", "new", &with("ada:secret")], None, 4, "the server is read-only"),
        (&["rm", &with("ada:secret")], None, 4, "the server is read-only"),
        (&["cat", "http://127.0.0.1/"], None, 2, "another protocol"),
        (&["get", &with("ada:secret").replace("/f", "/")], None, 2, "no name"),
        (&["put", "none", &with("ada:secret")], None, 1, "nothing to put"),
    ] {
        let mut command = desk.command("ftp-mini", arguments);
        if let Some(file) = file {
            command.env("NETRC", file);
        }
        let outcome = desk.run(&mut command);
        assert_eq!(outcome.code, Some(code), "{why}: {}", outcome.err);
        assert!(!outcome.err.contains("secret"), "{why}: {}", outcome.err);
    }
    assert_eq!(fs::read(served.join("f")).unwrap(), b"hello\n");
    let shown = desk.ftp(&["cat", &with("ada:secret"), "-v"]);
    assert!(shown.err.contains("USER ada") && shown.err.contains("226"), "{}", shown.err);
    assert!(!shown.err.contains("secret"), "{}", shown.err);
}

#[test]
fn json_events_report_a_transfer() {
    let party = FtpPeer::ours(None);
    party.file("f", vec![7; 300_000]);
    let (desk, url) = (Desk::new(), format!("{}f", party.url));
    let events = |out: &[u8]| -> Vec<Value> {
        String::from_utf8_lossy(out).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let got = desk.ftp(&["get", &url, "--json", "--limit-rate", "250k"]);
    assert!(got.err.is_empty(), "{}", got.err);
    let told = events(&got.success());
    let names: Vec<&str> = told.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!((names[0], names[names.len() - 1]), ("start", "done"), "{names:?}");
    assert!(names.contains(&"progress"), "{names:?}");
    assert_eq!((&told[0]["size"], &told[0]["from"]), (&300_000.into(), &0.into()));
    let last = told.last().unwrap();
    assert_eq!((&last["file"], &last["bytes"]), (&"f".into(), &300_000.into()));
    for (path, kind, code) in [("none", "not-found", 3), ("f", "failed", 1)] {
        let got = desk.ftp(&["get", &format!("{}{path}", party.url), "--json"]);
        assert_eq!(got.code, Some(code), "{}", got.err);
        let last = events(&got.out).pop().unwrap();
        assert_eq!((&last["event"], &last["kind"]), (&"error".into(), &kind.into()), "{last}");
    }
}
