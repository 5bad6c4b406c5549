//! `ls`, `mkdir`, `mv`, `rm`, and permissions.

use std::fs;

use serde_json::Value;

use super::{FtpPeer, with_every_server};
use crate::harness::workdir::summary;
use crate::harness::{Server, Tree, WorkDir, tree};

#[test]
fn names_are_listed_made_moved_and_removed() {
    with_every_server(|peer| {
        let (workdir, name, root) = (WorkDir::new(), &peer.name, &peer.root);
        let url = |path: &str| format!("{}{path}", peer.url);
        peer.client(&workdir, &["mkdir", &url("d")]).success();
        assert!(root.join("d").is_dir(), "{name}");
        peer.client(&workdir, &["mkdir", "-p", &url("x/y/z")]).success();
        peer.client(&workdir, &["mkdir", "-p", &url("x/y/z")]).success();
        assert!(root.join("x/y/z").is_dir(), "{name}");
        let twice = peer.client(&workdir, &["mkdir", &url("d")]);
        assert_eq!(twice.code, Some(1), "{name}: {}", twice.err);
        peer.file("d/two words", "12345");
        fs::write(root.join("d/-dash"), "").unwrap();
        fs::create_dir(root.join("d/sub")).unwrap();

        let listed = peer.client(&workdir, &["ls", &url("d/")]).text();
        let mut lines: Vec<&str> = listed.lines().map(|line| line.trim_end_matches('/')).collect();
        lines.sort_unstable();
        assert_eq!(lines, ["-dash", "sub", "two words"], "{name}: one name a line for a program");
        let table = peer.client(&workdir, &["ls", "-l", &url("d")]).text();
        assert!(
            table.lines().any(|line| line.ends_with("two words") && line.contains('5')),
            "{name}: {table}"
        );
        let json = peer.client(&workdir, &["ls", "--json", &url("d")]).text();
        let listing: Value = serde_json::from_str(&json).unwrap();
        let entries = listing["entries"].as_array().unwrap();
        let file = entries.iter().find(|entry| entry["name"] == "two words").unwrap();
        assert_eq!((&file["type"], &file["size"]), (&"file".into(), &5.into()), "{name}: {json}");
        let sub = entries.iter().find(|entry| entry["name"] == "sub").unwrap();
        assert_eq!(sub["type"], "dir", "{name}: {json}");
        peer.client(&workdir, &["ls", &url("none")]).fails(3, &["none"]);

        peer.client(&workdir, &["mv", &url("d/two%20words"), "x/moved"]).success();
        assert_eq!(fs::read(root.join("x/moved")).unwrap(), b"12345", "{name}");
        peer.client(&workdir, &["mv", &url("x/moved"), "d/"]).success();
        assert!(root.join("d/moved").exists(), "{name}");
        let none = peer.client(&workdir, &["mv", &url("none"), "other"]);
        assert_eq!(none.code, Some(3), "{name}: {}", none.err);

        peer.client(&workdir, &["rm", &url("d/moved")]).success();
        assert!(!root.join("d/moved").exists(), "{name}");
        peer.client(&workdir, &["rm", &url("x")]).fails(1, &["x"]);
        assert!(root.join("x/y/z").is_dir(), "{name}");
        fs::write(root.join("x/y/f"), "").unwrap();
        let several = peer.client(&workdir, &["rm", "-r", &url("none"), &url("x")]);
        assert_eq!(several.code, Some(3), "{name}: {}", several.err);
        assert!(!root.join("x").exists(), "{name}: the others are removed");
        let none = peer.client(&workdir, &["rm", &url("none")]);
        assert_eq!(none.code, Some(3), "{name}: {}", none.err);
    });
}

/// A URL with a delimiter must not be taken for the file that is named by its prefix.
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
        let (peer, workdir) = (FtpPeer::ours(None), WorkDir::new());
        workdir.file("f", "new");
        peer.directory("dir");
        for name in ["what", "what?.txt", "precious"] {
            peer.file(name, "old");
        }
        let words: Vec<String> = words.iter().map(|word| word.replace("URL", &peer.url)).collect();
        let outcome = workdir.ftp(&words);
        assert_eq!(outcome.code, Some(code), "{why}: {}", outcome.err);
        let there: Vec<_> = tree::contents(&peer.root).into_keys().collect();
        assert_eq!(there, left, "{why}");
        assert_eq!(fs::read(peer.root.join("precious")).unwrap(), b"old", "{why}");
    }
}

/// The target of the link is elsewhere. The MLSD of some servers shows a link as its target.
#[test]
fn rm_removes_a_link_and_not_its_target() {
    with_every_server(|peer| {
        let (workdir, name) = (WorkDir::new(), &peer.name);
        peer.directory("kept");
        peer.file("kept/f", "mine");
        peer.directory("gone");
        for link in ["link", "gone/link"] {
            std::os::unix::fs::symlink(peer.root.join("kept"), peer.root.join(link)).unwrap();
        }
        for path in ["link", "gone"] {
            peer.client(&workdir, &["rm", "-r", &format!("{}{path}", peer.url)]);
        }
        std::os::unix::fs::symlink(peer.root.join("kept"), peer.root.join("again")).unwrap();
        workdir.file("mine/kept/f", "mine");
        peer.client(&workdir, &["mirror", "mine", &peer.url, "--delete"]);
        let reported = peer.client(&workdir, &["rm", "-r", &peer.url]);
        assert_eq!(reported.code, Some(2), "{name}, the login directory: {}", reported.err);
        assert_eq!(fs::read(peer.root.join("kept/f")).unwrap(), b"mine", "{name}");
    });
}

#[test]
fn help_lists_commands_and_options() {
    let workdir = WorkDir::new();
    let help = workdir.ftp(&["--help"]).text();
    for line in ["\nExit codes: 0 done, 1 failed, 2 usage,", "\nEnvironment: NETRC "] {
        assert!(help.contains(line), "{line}: {help}");
    }
    for (command, has_events) in [("get", true), ("cat", false)] {
        assert_eq!(workdir.ftp(&[command, "--help"]).text().contains("--json"), has_events, "{command}");
    }
}

#[test]
fn refusals_have_their_exit_code() {
    let served = Tree::of(&[("f", "hello\n")]);
    let server = Server::ftp(&served, &["--quiet", "--user", "ada:secret"]);
    let workdir = WorkDir::new();
    workdir.file("new", "new\n");
    let netrc = workdir.secret_file("netrc", "machine 127.0.0.1 login ada password secret\n");
    let url = format!("{}f", server.url("ftp"));
    let with = |login: &str| url.replace("ftp://", &format!("ftp://{login}@"));
    for (arguments, file, code, why) in [
        (&["cat", &url][..], None, 4, "anonymous"),
        (&["cat", &with("ada:wrong")], None, 4, "a wrong password"),
        (&["cat", &with("ada:secret")], None, 0, "in the URL"),
        (&["cat", &url], Some(&netrc), 0, "of the file"),
        (&["cat", &with("ada")], Some(&netrc), 0, "of the file, for the user in the URL"),
        (&["cat", &url, "--login", "ada"], Some(&netrc), 0, "of the file, for this user"),
        (&["cat", &url, "--login", "eve"], Some(&netrc), 2, "no terminal for a prompt"),
        (&["put", "new", &with("ada:secret")], None, 4, "the server is read-only"),
        (&["rm", &with("ada:secret")], None, 4, "the server is read-only"),
        (&["cat", "http://127.0.0.1/"], None, 2, "another protocol"),
        (&["get", &with("ada:secret").replace("/f", "/")], None, 2, "no name"),
        (&["put", "none", &with("ada:secret")], None, 1, "nothing to put"),
    ] {
        let mut command = workdir.command("ftp-mini", arguments);
        if let Some(file) = file {
            command.env("NETRC", file);
        }
        let outcome = workdir.run(&mut command);
        assert_eq!(outcome.code, Some(code), "{why}: {}", outcome.err);
        assert!(!outcome.err.contains("secret"), "{why}: {}", outcome.err);
    }
    assert_eq!(fs::read(served.join("f")).unwrap(), b"hello\n");
    let shown = workdir.ftp(&["cat", &with("ada:secret"), "-v"]);
    assert!(shown.err.contains("USER ada") && shown.err.contains("226"), "{}", shown.err);
    assert!(!shown.err.contains("secret"), "{}", shown.err);
}

/// Beside `http_client::uploads`: `put` uploads the named file, and `mirror` what is in a folder.
#[test]
fn names_that_begin_with_a_dot_are_stored_if_the_server_accepts_them() {
    let workdir = WorkDir::new();
    for name in ["a", ".DS_Store", ".git/config", "sub/.c"] {
        workdir.file(&format!("f/{name}"), "x");
    }
    for (options, put, mirror, skipped, why) in [
        (&[][..], 4, 1, 3, "refused: put fails, mirror skips two files and a folder"),
        (&["--hidden"], 0, 0, 0, "accepted"),
    ] {
        let served = Tree::new();
        let server = Server::ftp(&served, &[&["--quiet", "--writable"], options].concat());
        for (file, to) in [("f/.DS_Store", ""), ("f/a", ".a"), ("f/sub/.c", "c/.c")] {
            fs::create_dir_all(served.join("c")).unwrap();
            let outcome = workdir.ftp(&["put", file, &format!("{}{to}", server.url("ftp"))]);
            assert_eq!(outcome.code, Some(put), "{file} to /{to}: {why}: {}", outcome.err);
        }
        let outcome = workdir.ftp(&["mirror", "f", &format!("{}f", server.url("ftp")), "--json"]);
        assert_eq!(outcome.code, Some(mirror), "{why}: {}", outcome.err);
        let summary = summary(&outcome.out);
        assert_eq!((&summary["skipped"], &summary["failed"]), (&skipped.into(), &0.into()), "{why}");
        let stored = [".DS_Store", ".a", "c/.c", "f/.git/config"].map(|name| served.join(name).exists());
        assert_eq!(stored, [put == 0; 4], "{why}");
    }
}

#[test]
fn json_events_report_a_transfer() {
    let peer = FtpPeer::ours(None);
    peer.file("f", vec![7; 300_000]);
    let (workdir, url) = (WorkDir::new(), format!("{}f", peer.url));
    let events = |out: &[u8]| -> Vec<Value> {
        String::from_utf8_lossy(out).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let got = workdir.ftp(&["get", &url, "--json", "--limit-rate", "250k"]);
    assert!(got.err.is_empty(), "{}", got.err);
    let reported = events(&got.success());
    let names: Vec<&str> = reported.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!((names[0], names[names.len() - 1]), ("start", "done"), "{names:?}");
    assert!(names.contains(&"progress"), "{names:?}");
    assert_eq!((&reported[0]["size"], &reported[0]["from"]), (&300_000.into(), &0.into()));
    let last = reported.last().unwrap();
    assert_eq!((&last["file"], &last["bytes"]), (&"f".into(), &300_000.into()));
    for (path, kind, code) in [("none", "not-found", 3), ("f", "failed", 1)] {
        let got = workdir.ftp(&["get", &format!("{}{path}", peer.url), "--json"]);
        assert_eq!(got.code, Some(code), "{}", got.err);
        let last = events(&got.out).pop().unwrap();
        assert_eq!((&last["event"], &last["kind"]), (&"error".into(), &kind.into()), "{last}");
    }
}
