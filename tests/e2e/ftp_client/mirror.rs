//! `mirror` both ways: trees identical, changed files only.

use std::fs;
use std::path::Path;

use super::{FtpPeer, with_every_server, with_every_unencrypted_server};
use crate::harness::desk::summary;
use crate::harness::fault::{End, Fault, Proxy, Way, always};
use crate::harness::scripted::Scripted;
use crate::harness::scripted::ftp::files;
use crate::harness::{Desk, tree};

/// A tree with names that break listings, and a directory without any. Gives the number of its files.
fn fill(root: &Path) -> usize {
    tree::fill(root);
    fs::create_dir(root.join("empty")).unwrap();
    tree::contents(root).values().filter(|content| content.is_some()).count()
}

const BLANKS: &str = " leading and trailing ";

#[test]
fn downloaded_trees_are_identical() {
    with_every_server(|party| {
        let (desk, name, files) = (Desk::new(), &party.name, fill(&party.root));
        let mirror = |more: &[&str]| {
            let words = [&["mirror", &party.url, "copy", "--json"], more].concat();
            let outcome = party.client(&desk, &words);
            assert_eq!(outcome.code, Some(0), "{name}: {}", outcome.err);
            summary(&outcome.out)
        };
        assert_eq!(mirror(&["--dry-run"])["transferred"], files, "{name}");
        assert!(!desk.join("copy").exists(), "{name}: --dry-run makes nothing");
        assert_eq!(mirror(&[])["transferred"], files, "{name}");
        tree::assert_same(&party.root, &desk.join("copy"));
        let second = mirror(&[]);
        assert_eq!((&second["transferred"], &second["unchanged"]), (&0.into(), &files.into()), "{name}");
        party.file("large", "smaller now");
        fs::remove_file(party.root.join("a/b/c/d/e/f")).unwrap();
        let third = mirror(&["--parallel", "2"]);
        assert_eq!((&third["transferred"], &third["deleted"]), (&1.into(), &0.into()), "{name}");
        assert!(desk.join("copy/a/b/c/d/e/f").exists(), "{name}: nothing is removed unless told to");
        assert_eq!(mirror(&["--delete", "--dry-run"])["deleted"], 1, "{name}");
        assert!(desk.join("copy/a/b/c/d/e/f").exists(), "{name}: --dry-run removes nothing");
        mirror(&["--delete"]);
        tree::assert_same(&party.root, &desk.join("copy"));
    });
}

#[test]
fn uploaded_trees_are_identical() {
    with_every_server(|party| {
        let (desk, name) = (Desk::new(), &party.name);
        // Pure-FTPd takes the blanks from the ends of a name that it is told.
        let mut files = fill(&desk.join(""));
        if name.starts_with("Pure-FTPd") {
            fs::remove_file(desk.join(BLANKS)).unwrap();
            fs::remove_dir_all(desk.join("awkward").join(BLANKS)).unwrap();
            files -= 2;
        }
        let up = |more: &[&str]| {
            let to = format!("{}up/copy", party.url);
            let words = [&["mirror", ".", &to, "--json"], more].concat();
            let outcome = party.client(&desk, &words);
            assert_eq!(outcome.code, Some(0), "{name}: {}", outcome.err);
            summary(&outcome.out)
        };
        let copy = party.root.join("up/copy");
        assert_eq!(up(&[])["transferred"], files, "{name}");
        tree::assert_same(&desk.join(""), &copy);
        let second = up(&[]);
        assert_eq!((&second["transferred"], &second["unchanged"]), (&0.into(), &files.into()), "{name}");
        desk.file("large", "smaller now");
        fs::remove_dir_all(desk.join("a")).unwrap();
        assert_eq!(up(&["--delete", "--dry-run"])["transferred"], 1, "{name}");
        assert!(copy.join("a/b/c/d/e/f").exists(), "{name}: --dry-run removes nothing");
        let third = up(&["--delete", "--parallel", "3"]);
        assert_eq!(third["transferred"], 1, "{name}");
        tree::assert_same(&desk.join(""), &copy);
    });
}

#[test]
fn a_bad_network_does_not_stop_a_mirror() {
    let party = FtpPeer::ours(None);
    fill(&party.root);
    // Every third data connection ends in its first bytes.
    let faults = |number| match number % 3 {
        2 => Fault::Cut(Way::Down, 10, End::Reset),
        _ => Fault::None,
    };
    let proxy = Proxy::ftp(party.address, always(Fault::None), faults);
    let desk = Desk::new();
    let url = party.url_at(proxy.address());
    let outcome = desk.ftp(&["mirror", &url, "copy", "--parallel", "8"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    tree::assert_same(&party.root, &desk.join("copy"));
}

#[test]
fn a_dry_run_lists_its_actions() {
    let party = FtpPeer::ours(None);
    party.file("new", "1");
    let desk = Desk::new();
    desk.file("copy/old/f", "2");
    let words = ["mirror", &party.url, "copy", "--delete", "--dry-run"];
    let told = desk.ftp(&words);
    assert_eq!(told.code, Some(0), "{}", told.err);
    for line in [
        "'new' would be transferred",
        "'old/f' would be removed",
        "'old' would be removed",
        "would be: 1 transferred (1 B), 0 unchanged, 2 removed",
    ] {
        let out = String::from_utf8_lossy(&told.out);
        assert!(out.lines().any(|told| told == line), "{line}: {out}");
    }
    assert!(told.err.is_empty(), "standard error is for what goes wrong: {}", told.err);
    let events = desk.ftp(&[&words[..], &["--json"]].concat()).text();
    let is_marked = |line: &str| line.contains("\"dry_run\":true");
    assert!(events.lines().count() == 4 && events.lines().all(is_marked), "{events}");
}

/// No data connection brings more than a part of the file.
#[test]
fn an_interrupted_upload_of_a_mirror_is_resumed() {
    let content = tree::pattern(3_000_000);
    with_every_unencrypted_server(|party| {
        // pyftpdlib forgets a data connection that is reset before it accepts it, and says nothing.
        let how = if party.name.contains("pyftpdlib") { End::Fin } else { End::Reset };
        let cut = Fault::Cut(Way::Up, 700_000, how);
        let proxy = Proxy::ftp(party.address, always(Fault::None), always(cut));
        let desk = Desk::new();
        desk.file("mine/f", &content);
        let outcome =
            party.client(&desk, &["mirror", "mine", &party.url_at(proxy.address()), "--retries", "2"]);
        assert_eq!(outcome.code, Some(0), "{}: {}", party.name, outcome.err);
        assert!(fs::read(party.root.join("f")).unwrap() == content, "{}", party.name);
    });
}

/// Whether a server lists links as links, as what they lead to, or not at all.
#[test]
fn links_neither_loop_nor_lose_their_targets() {
    with_every_unencrypted_server(|party| {
        let (desk, name) = (Desk::new(), &party.name);
        party.directory("t");
        party.file("t/f", "1");
        party.directory("t/d");
        party.file("t/d/g", "2");
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("h"), "3").unwrap();
        let outside = outside.path().to_str().unwrap();
        for (target, link) in [("d", "to_d"), (".", "l1"), (".", "l2"), ("..", "d/up"), (outside, "outside")]
        {
            std::os::unix::fs::symlink(target, party.root.join("t").join(link)).unwrap();
        }
        let url = format!("{}t", party.url);
        for links in ["skip", "follow"] {
            let got = party.client(&desk, &["mirror", &url, links, "--links", links, "--json"]);
            let (made, told) = (tree::contents(&desk.join(links)), summary(&got.out));
            assert_eq!(fs::read(desk.join(links).join("d/g")).unwrap(), b"2", "{name}: {}", got.err);
            assert!(made.len() < 50, "{name}, {links}: {} made, {told}", made.len());
            if party.name.contains("ftp-mini") {
                assert_eq!(got.code, Some(0), "{name}, {links}: {}", got.err);
                assert_eq!((made.len(), &told["links"]), (3, &1.into()), "{name}, {links}: {told}");
            }
        }
        desk.file("mine/f", "1");
        party.client(&desk, &["mirror", "mine", &format!("{}t/d", party.url), "--delete"]);
        desk.file("mine/d/g", "2");
        fs::write(party.root.join("t/d/g"), "2").unwrap();
        party.client(&desk, &["mirror", "mine", &url, "--delete"]);
        assert_eq!(fs::read(party.root.join("t/d/g")).unwrap(), b"2", "{name}");
        assert_eq!(fs::read(Path::new(outside).join("h")).unwrap(), b"3", "{name}");
        party.directory("old");
        std::os::unix::fs::symlink("../t/d", party.root.join("old/to_d")).unwrap();
        party.client(&desk, &["rm", "-r", &format!("{}old", party.url)]);
        assert_eq!(fs::read(party.root.join("t/d/g")).unwrap(), b"2", "{name}");
    });
}

/// As vsftpd answers, of what it may not remove and of what is not there.
#[test]
fn a_refused_deletion_is_not_counted_as_deleted() {
    for (has_facts, is_there, expected, code, why) in [
        (true, true, (0, 1), 1, "MLST tells that it is there"),
        (false, true, (0, 1), 1, "SIZE tells it"),
        (true, false, (1, 0), 0, "somebody else has removed it"),
        (false, false, (1, 0), 0, "the same without MLST"),
    ] {
        let server =
            Scripted::ftp(files(&[("/stays", b"here")]), move |session, verb, argument| match verb {
                "FEAT" | "MLSD" | "MLST" if !has_facts => session.say("500 what?"),
                "DELE" => {
                    if !is_there {
                        session.files.lock().unwrap().remove(&session.absolute(argument));
                    }
                    session.say("550 Delete operation failed.")
                }
                _ => Ok(false),
            });
        let desk = Desk::new();
        desk.file("mine/f", "");
        let words = ["mirror", "mine", &server.url("ftp", ""), "--delete", "--json"];
        let outcome = desk.ftp(&words);
        assert_eq!(outcome.code, Some(code), "{why}: {}", outcome.err);
        let told = summary(&outcome.out);
        assert_eq!((&told["deleted"], &told["failed"]), (&expected.0.into(), &expected.1.into()), "{why}");
    }
}

#[test]
fn an_unreadable_file_is_reported_and_the_others_are_copied() {
    let party = FtpPeer::ours(None);
    party.file("a", "1");
    party.file("b", "2");
    let desk = Desk::new();
    // In the way of a file.
    desk.file("copy/a/b", "");
    let outcome = desk.ftp(&["mirror", &party.url, "copy"]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.err);
    assert!(outcome.err.contains("'a'") || outcome.err.contains("/a'"), "{}", outcome.err);
    assert_eq!(fs::read(desk.join("copy/b")).unwrap(), b"2", "the rest goes on");
    assert_eq!(desk.ftp(&["mirror", "here", "there"]).code, Some(2), "one of them is a URL");
    assert_eq!(desk.ftp(&["mirror", &party.url, &party.url]).code, Some(2), "and one a folder");
}
