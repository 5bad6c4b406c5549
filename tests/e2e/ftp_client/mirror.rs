//! `mirror` in both directions: identical trees, only changed files transferred.

use std::fs;
use std::path::Path;

use super::{FtpPeer, with_every_server, with_every_unencrypted_server};
use crate::harness::fault::{End, Fault, Proxy, Way, always};
use crate::harness::scripted::ScriptedServer;
use crate::harness::scripted::ftp::files;
use crate::harness::workdir::summary;
use crate::harness::{WorkDir, tree};

/// Creates a tree with names that break listings, and an empty directory. Returns the number of files.
fn fill(root: &Path) -> usize {
    tree::fill(root);
    fs::create_dir(root.join("empty")).unwrap();
    tree::contents(root).values().filter(|content| content.is_some()).count()
}

const BLANKS: &str = " leading and trailing ";

#[test]
fn downloaded_trees_are_identical() {
    with_every_server(|peer| {
        let (workdir, name, files) = (WorkDir::new(), &peer.name, fill(&peer.root));
        let mirror = |more: &[&str]| {
            let words = [&["mirror", &peer.url, "copy", "--json"], more].concat();
            let outcome = peer.client(&workdir, &words);
            assert_eq!(outcome.code, Some(0), "{name}: {}", outcome.err);
            summary(&outcome.out)
        };
        assert_eq!(mirror(&["--dry-run"])["transferred"], files, "{name}");
        assert!(!workdir.join("copy").exists(), "{name}: --dry-run makes nothing");
        assert_eq!(mirror(&[])["transferred"], files, "{name}");
        tree::assert_same(&peer.root, &workdir.join("copy"));
        let second = mirror(&[]);
        assert_eq!((&second["transferred"], &second["unchanged"]), (&0.into(), &files.into()), "{name}");
        peer.file("large", "smaller now");
        fs::remove_file(peer.root.join("a/b/c/d/e/f")).unwrap();
        let third = mirror(&["--parallel", "2"]);
        assert_eq!((&third["transferred"], &third["deleted"]), (&1.into(), &0.into()), "{name}");
        assert!(workdir.join("copy/a/b/c/d/e/f").exists(), "{name}: nothing is deleted without --delete");
        assert_eq!(mirror(&["--delete", "--dry-run"])["deleted"], 1, "{name}");
        assert!(workdir.join("copy/a/b/c/d/e/f").exists(), "{name}: --dry-run removes nothing");
        mirror(&["--delete"]);
        tree::assert_same(&peer.root, &workdir.join("copy"));
    });
}

#[test]
fn uploaded_trees_are_identical() {
    with_every_server(|peer| {
        let (workdir, name) = (WorkDir::new(), &peer.name);
        // Pure-FTPd trims blanks from the ends of a name in a command.
        let mut files = fill(&workdir.join(""));
        if name.starts_with("Pure-FTPd") {
            fs::remove_file(workdir.join(BLANKS)).unwrap();
            fs::remove_dir_all(workdir.join("awkward").join(BLANKS)).unwrap();
            files -= 2;
        }
        let up = |more: &[&str]| {
            let to = format!("{}up/copy", peer.url);
            let words = [&["mirror", ".", &to, "--json"], more].concat();
            let outcome = peer.client(&workdir, &words);
            assert_eq!(outcome.code, Some(0), "{name}: {}", outcome.err);
            summary(&outcome.out)
        };
        let copy = peer.root.join("up/copy");
        assert_eq!(up(&[])["transferred"], files, "{name}");
        tree::assert_same(&workdir.join(""), &copy);
        let second = up(&[]);
        assert_eq!((&second["transferred"], &second["unchanged"]), (&0.into(), &files.into()), "{name}");
        workdir.file("large", "smaller now");
        fs::remove_dir_all(workdir.join("a")).unwrap();
        assert_eq!(up(&["--delete", "--dry-run"])["transferred"], 1, "{name}");
        assert!(copy.join("a/b/c/d/e/f").exists(), "{name}: --dry-run removes nothing");
        let third = up(&["--delete", "--parallel", "3"]);
        assert_eq!(third["transferred"], 1, "{name}");
        tree::assert_same(&workdir.join(""), &copy);
    });
}

#[test]
fn a_bad_network_does_not_stop_a_mirror() {
    let peer = FtpPeer::ours(None);
    fill(&peer.root);
    // Every third data connection ends within its first bytes.
    let faults = |number| match number % 3 {
        2 => Fault::Cut(Way::Down, 10, End::Reset),
        _ => Fault::None,
    };
    let proxy = Proxy::ftp(peer.address, always(Fault::None), faults);
    let workdir = WorkDir::new();
    let url = peer.url_at(proxy.address());
    let outcome = workdir.ftp(&["mirror", &url, "copy", "--parallel", "8"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    tree::assert_same(&peer.root, &workdir.join("copy"));
}

#[test]
fn a_dry_run_lists_its_actions() {
    let peer = FtpPeer::ours(None);
    peer.file("new", "1");
    let workdir = WorkDir::new();
    workdir.file("copy/old/f", "2");
    let words = ["mirror", &peer.url, "copy", "--delete", "--dry-run"];
    let reported = workdir.ftp(&words);
    assert_eq!(reported.code, Some(0), "{}", reported.err);
    for line in [
        "'new' would be transferred",
        "'old/f' would be removed",
        "'old' would be removed",
        "would be: 1 transferred (1 B), 0 unchanged, 2 removed",
    ] {
        let out = String::from_utf8_lossy(&reported.out);
        assert!(out.lines().any(|reported| reported == line), "{line}: {out}");
    }
    assert!(reported.err.is_empty(), "standard error is for failures: {}", reported.err);
    let events = workdir.ftp(&[&words[..], &["--json"]].concat()).text();
    let is_marked = |line: &str| line.contains("\"dry_run\":true");
    assert!(events.lines().count() == 4 && events.lines().all(is_marked), "{events}");
}

/// Every data connection carries only a part of the file.
#[test]
fn an_interrupted_upload_of_a_mirror_is_resumed() {
    let content = tree::pattern(3_000_000);
    with_every_unencrypted_server(|peer| {
        // pyftpdlib forgets a data connection that is reset before it accepts it, and sends no reply.
        let how = if peer.name.contains("pyftpdlib") { End::Fin } else { End::Reset };
        let cut = Fault::Cut(Way::Up, 700_000, how);
        let proxy = Proxy::ftp(peer.address, always(Fault::None), always(cut));
        let workdir = WorkDir::new();
        workdir.file("mine/f", &content);
        let outcome =
            peer.client(&workdir, &["mirror", "mine", &peer.url_at(proxy.address()), "--retries", "2"]);
        assert_eq!(outcome.code, Some(0), "{}: {}", peer.name, outcome.err);
        assert!(fs::read(peer.root.join("f")).unwrap() == content, "{}", peer.name);
    });
}

/// For servers that list links, as their targets, or not at all.
#[test]
fn links_neither_loop_nor_lose_their_targets() {
    with_every_unencrypted_server(|peer| {
        let (workdir, name) = (WorkDir::new(), &peer.name);
        peer.directory("t");
        peer.file("t/f", "1");
        peer.directory("t/d");
        peer.file("t/d/g", "2");
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("h"), "3").unwrap();
        let outside = outside.path().to_str().unwrap();
        for (target, link) in [("d", "to_d"), (".", "l1"), (".", "l2"), ("..", "d/up"), (outside, "outside")]
        {
            std::os::unix::fs::symlink(target, peer.root.join("t").join(link)).unwrap();
        }
        let url = format!("{}t", peer.url);
        for links in ["skip", "follow"] {
            let got = peer.client(&workdir, &["mirror", &url, links, "--links", links, "--json"]);
            let (made, reported) = (tree::contents(&workdir.join(links)), summary(&got.out));
            assert_eq!(fs::read(workdir.join(links).join("d/g")).unwrap(), b"2", "{name}: {}", got.err);
            assert!(made.len() < 50, "{name}, {links}: {} made, {reported}", made.len());
            if peer.name.contains("ftp-mini") {
                assert_eq!(got.code, Some(0), "{name}, {links}: {}", got.err);
                assert_eq!((made.len(), &reported["links"]), (3, &1.into()), "{name}, {links}: {reported}");
            }
        }
        workdir.file("mine/f", "1");
        peer.client(&workdir, &["mirror", "mine", &format!("{}t/d", peer.url), "--delete"]);
        workdir.file("mine/d/g", "2");
        fs::write(peer.root.join("t/d/g"), "2").unwrap();
        peer.client(&workdir, &["mirror", "mine", &url, "--delete"]);
        assert_eq!(fs::read(peer.root.join("t/d/g")).unwrap(), b"2", "{name}");
        assert_eq!(fs::read(Path::new(outside).join("h")).unwrap(), b"3", "{name}");
        peer.directory("old");
        std::os::unix::fs::symlink("../t/d", peer.root.join("old/to_d")).unwrap();
        peer.client(&workdir, &["rm", "-r", &format!("{}old", peer.url)]);
        assert_eq!(fs::read(peer.root.join("t/d/g")).unwrap(), b"2", "{name}");
    });
}

/// vsftpd gives the same reply to a forbidden and to a missing name.
#[test]
fn a_refused_deletion_is_not_counted_as_deleted() {
    for (has_facts, is_there, expected, code, why) in [
        (true, true, (0, 1), 1, "MLST shows that it exists"),
        (false, true, (0, 1), 1, "SIZE shows it"),
        (true, false, (1, 0), 0, "another client has deleted it"),
        (false, false, (1, 0), 0, "the same without MLST"),
    ] {
        let server =
            ScriptedServer::ftp(files(&[("/stays", b"here")]), move |session, verb, argument| match verb {
                "FEAT" | "MLSD" | "MLST" if !has_facts => session.say("500 what?"),
                "DELE" => {
                    if !is_there {
                        session.files.lock().unwrap().remove(&session.absolute(argument));
                    }
                    session.say("550 Delete operation failed.")
                }
                _ => Ok(false),
            });
        let workdir = WorkDir::new();
        workdir.file("mine/f", "");
        let words = ["mirror", "mine", &server.url("ftp", ""), "--delete", "--json"];
        let outcome = workdir.ftp(&words);
        assert_eq!(outcome.code, Some(code), "{why}: {}", outcome.err);
        let reported = summary(&outcome.out);
        assert_eq!(
            (&reported["deleted"], &reported["failed"]),
            (&expected.0.into(), &expected.1.into()),
            "{why}"
        );
    }
}
