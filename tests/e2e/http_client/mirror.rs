//! `mirror`: trees identical to those that servers list, by JSON or by links, changed files only.

use std::fs;

use crate::harness::desk::summary;
use crate::harness::fault::{End, Fault, Proxy, Way, always};
use crate::harness::peers::http::ALL;
use crate::harness::scripted::Scripted;
use crate::harness::scripted::http::response;
use crate::harness::{Desk, Server, Tree, at_once, tree};

#[test]
fn trees_are_identical_whoever_serves_them() {
    at_once(&ALL, |known| {
        let (peer, desk, name) = ((known.start)(), Desk::new(), known.name);
        tree::fill(peer.root.path());
        let dry = desk.http(&["mirror", &peer.http(), "copy", "--dry-run", "--json"]);
        assert_eq!(dry.code, Some(0), "{name}: {}", dry.err);
        assert!(!desk.join("copy").exists(), "{name}: --dry-run makes nothing");
        let first = desk.http(&["mirror", &peer.http(), "copy", "--json"]);
        assert_eq!(first.code, Some(0), "{name}: {}", first.err);
        tree::assert_same(peer.root.path(), &desk.join("copy"));
        let files = tree::contents(peer.root.path()).values().filter(|content| content.is_some()).count();
        assert_eq!(summary(&dry.out)["transferred"], files, "{name}");
        assert_eq!(summary(&first.out)["transferred"], files, "{name}");

        let again = desk.http(&["mirror", &peer.http(), "copy", "--json"]).success();
        let second = summary(&again);
        let told = String::from_utf8_lossy(&again);
        assert_eq!(
            (&second["transferred"], &second["unchanged"]),
            (&0.into(), &files.into()),
            "{name}: {told}"
        );

        fs::write(peer.root.join("large"), "smaller now").unwrap();
        fs::remove_file(peer.root.join("a/b/c/d/e/f")).unwrap();
        let third = summary(&desk.http(&["mirror", &peer.http(), "copy", "--json"]).success());
        assert_eq!((&third["transferred"], &third["deleted"]), (&1.into(), &0.into()), "{name}");
        assert!(desk.join("copy/a/b/c/d/e/f").exists(), "{name}: nothing is removed unless told to");

        let dry = ["mirror", &peer.http(), "copy", "--delete", "--dry-run", "--json"];
        assert_eq!(summary(&desk.http(&dry).success())["deleted"], 1, "{name}");
        assert!(desk.join("copy/a/b/c/d/e/f").exists(), "{name}: --dry-run removes nothing");
        desk.http(&["mirror", &peer.http(), "copy", "--delete"]).success();
        tree::assert_same(peer.root.path(), &desk.join("copy"));
    });
}

#[test]
fn our_own_listing_is_mirrored_with_login_and_tls() {
    let served = Tree::new();
    tree::fill(served.path());
    served.directory("empty");
    let server = Server::http(&served, &["--quiet", "--user", "ada:secret", "--tls", "self-signed"]);
    let desk = Desk::new();
    let url = server.url("https").replace("https://", "https://ada:secret@");
    desk.http(&["mirror", &url, "copy", "--insecure", "--parallel", "4"]).success();
    tree::assert_same(served.path(), &desk.join("copy"));
    let denied = desk.http(&["mirror", server.url("https"), "other", "--insecure"]);
    denied.fails(4, &["401"]);
}

/// Many files take few connections (RFC 9112 section 9.3).
#[test]
fn connections_are_used_again() {
    let served = Tree::new();
    tree::fill(served.path());
    let server = Server::http(&served, &["--quiet"]);
    let proxy = Proxy::tcp(server.address("http"), always(Fault::None));
    let desk = Desk::new();
    desk.http(&["mirror", &format!("http://{}/", proxy.address()), "copy", "--parallel", "3"]).success();
    assert!(proxy.connections() <= 6, "{} connections", proxy.connections());
}

/// What comes whole stays, and what is cut comes again.
#[test]
fn a_bad_network_does_not_stop_a_mirror() {
    let served = Tree::new();
    tree::fill(served.path());
    let server = Server::http(&served, &["--quiet"]);
    let faults = |number| match number % 2 {
        0 => Fault::Cut(Way::Down, 60_000, End::Reset),
        _ => Fault::Cut(Way::Down, 400_000, End::Fin),
    };
    let proxy = Proxy::tcp(server.address("http"), faults);
    let desk = Desk::new();
    let mirror = ["mirror", &format!("http://{}/", proxy.address()), "copy", "--parallel", "3"];
    let outcome = desk.http(&mirror);
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    tree::assert_same(served.path(), &desk.join("copy"));
}

#[test]
fn patterns_choose_what_takes_part() {
    let served = Tree::of(&[("a.txt", ""), ("b.bin", ""), ("d/c.txt", ""), ("d/d.bin", ""), ("e/f.txt", "")]);
    let server = Server::http(&served, &["--quiet"]);
    for (options, expected) in [
        (&["--include", "*.txt"][..], &["a.txt", "d/c.txt", "e/f.txt"][..]),
        (&["--exclude", "*.txt"], &["b.bin", "d/d.bin"]),
        (&["--include", "*.txt", "--exclude", "d"], &["a.txt", "e/f.txt"]),
        (&["--include", "d/*"], &["d/c.txt", "d/d.bin"]),
    ] {
        let desk = Desk::new();
        desk.http(&[&["mirror", server.url("http"), "copy"], options].concat()).success();
        let copied = tree::contents(&desk.join("copy"));
        let files: Vec<_> = copied.iter().filter(|(_, content)| content.is_some()).collect();
        let names: Vec<_> = files.iter().map(|(name, _)| name.to_string_lossy()).collect();
        assert_eq!(names, expected, "{options:?}");
    }
}

#[test]
fn a_mirror_goes_on_when_something_fails() {
    let served = Tree::of(&[("a", "1"), ("b", "2")]);
    served.symlink("outside", "/etc/hostname");
    let server = Server::http(&served, &["--quiet"]);
    let desk = Desk::new();
    // In the way of a file.
    desk.file("copy/a/b", "");
    let outcome = desk.http(&["mirror", server.url("http"), "copy", "--json"]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.err);
    assert_eq!(fs::read(desk.join("copy/b")).unwrap(), b"2", "the rest goes on");
}

/// It may be a page of another kind: that there is no link does not say that there is no file.
#[test]
fn a_page_without_entries_removes_nothing() {
    let server = Scripted::http(|caller, _| {
        caller.send(response("200 OK", "Content-Type: text/html\r\n", "<html>Back in an hour.</html>"))
    });
    let desk = Desk::new();
    desk.file("copy/f", "mine");
    let outcome = desk.http(&["mirror", &server.url("http", ""), "copy", "--delete"]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.err);
    assert_eq!(fs::read(desk.join("copy/f")).unwrap(), b"mine");
}
