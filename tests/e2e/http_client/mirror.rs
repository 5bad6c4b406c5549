//! `mirror`: trees identical to the server's, by JSON or by links, only changed files transferred.

use std::fs;
use std::time::{Duration, SystemTime};

use super::SIZE;
use crate::harness::fault::{End, Fault, Proxy, Way, always};
use crate::harness::peers::http::{ALL, nginx};
use crate::harness::scripted::ScriptedServer;
use crate::harness::scripted::http::{close, response};
use crate::harness::workdir::summary;
use crate::harness::{Server, Tree, WorkDir, at_once, tree};

#[test]
fn mirrored_trees_are_identical_with_every_server() {
    at_once(&ALL, |known| {
        let (peer, workdir, name) = ((known.start)(), WorkDir::new(), known.name);
        tree::fill(peer.root.path());
        let dry = workdir.http(&["mirror", &peer.http(), "copy", "--dry-run", "--json"]);
        assert_eq!(dry.code, Some(0), "{name}: {}", dry.err);
        assert!(!workdir.join("copy").exists(), "{name}: --dry-run makes nothing");
        let first = workdir.http(&["mirror", &peer.http(), "copy", "--json"]);
        assert_eq!(first.code, Some(0), "{name}: {}", first.err);
        tree::assert_same(peer.root.path(), &workdir.join("copy"));
        let files = tree::contents(peer.root.path()).values().filter(|content| content.is_some()).count();
        assert_eq!(summary(&dry.out)["transferred"], files, "{name}");
        assert_eq!(summary(&first.out)["transferred"], files, "{name}");

        let again = workdir.http(&["mirror", &peer.http(), "copy", "--json"]).success();
        let second = summary(&again);
        let reported = String::from_utf8_lossy(&again);
        assert_eq!(
            (&second["transferred"], &second["unchanged"]),
            (&0.into(), &files.into()),
            "{name}: {reported}"
        );

        fs::write(peer.root.join("large"), "smaller now").unwrap();
        fs::remove_file(peer.root.join("a/b/c/d/e/f")).unwrap();
        let third = summary(&workdir.http(&["mirror", &peer.http(), "copy", "--json"]).success());
        assert_eq!((&third["transferred"], &third["deleted"]), (&1.into(), &0.into()), "{name}");
        assert!(workdir.join("copy/a/b/c/d/e/f").exists(), "{name}: nothing is deleted without --delete");

        let dry = ["mirror", &peer.http(), "copy", "--delete", "--dry-run", "--json"];
        assert_eq!(summary(&workdir.http(&dry).success())["deleted"], 1, "{name}");
        assert!(workdir.join("copy/a/b/c/d/e/f").exists(), "{name}: --dry-run removes nothing");
        workdir.http(&["mirror", &peer.http(), "copy", "--delete"]).success();
        tree::assert_same(peer.root.path(), &workdir.join("copy"));
    });
}

#[test]
fn uploaded_trees_are_identical_with_every_server() {
    let ours = Tree::new();
    let server = Server::http(&ours, &["--quiet", "--writable"]);
    upload_and_change("http-mini", server.url("http"), &ours);
    at_once(&ALL, |known| {
        if ["nginx", "Apache"].contains(&known.name) {
            let peer = (known.start)();
            upload_and_change(known.name, &peer.http(), &peer.root);
        }
    });
}

fn upload_and_change(name: &str, url: &str, root: &Tree) {
    let workdir = WorkDir::new();
    tree::fill(&workdir.join(""));
    fs::create_dir(workdir.join("empty")).unwrap();
    let files = tree::contents(&workdir.join("")).values().filter(|content| content.is_some()).count();
    let up = |more: &[&str]| {
        let to = format!("{url}up/copy");
        let outcome = workdir.http(&[&["mirror", ".", &to, "--json"], more].concat());
        assert_eq!(outcome.code, Some(0), "{name}: {}", outcome.err);
        summary(&outcome.out)
    };
    let copy = root.join("up/copy");
    assert_eq!(up(&["--dry-run"])["transferred"], files, "{name}");
    assert!(!root.join("up").exists(), "{name}: --dry-run makes nothing");
    assert_eq!(up(&[])["transferred"], files, "{name}");
    tree::assert_same(&workdir.join(""), &copy);
    let second = up(&[]);
    assert_eq!((&second["transferred"], &second["unchanged"]), (&0.into(), &files.into()), "{name}");
    workdir.file("large", "smaller now");
    fs::remove_dir_all(workdir.join("a")).unwrap();
    assert_eq!(up(&[])["transferred"], 1, "{name}");
    assert!(copy.join("a/b/c/d/e/f").exists(), "{name}: nothing is deleted without --delete");
    up(&["--delete", "--exclude", "stays"]);
    assert!(copy.join("a/b/c/d/e/stays").exists(), "{name}: --delete removes no excluded file");
    assert!(!copy.join("a/b/c/d/e/f").exists(), "{name}");
    up(&["--delete", "--parallel", "3"]);
    tree::assert_same(&workdir.join(""), &copy);
}

/// Times of the source are kept, and one in the future, which the server limits to the present, is no change.
#[test]
fn uploaded_files_keep_their_times() {
    let (served, workdir) = (Tree::new(), WorkDir::new());
    let server = Server::http(&served, &["--quiet", "--writable"]);
    let now = SystemTime::now();
    let (old, future) = (now - Duration::from_secs(86_400), now + Duration::from_secs(86_400));
    for (name, time) in [("mine/old", old), ("mine/future", future)] {
        let file = workdir.file(name, name);
        fs::File::options().write(true).open(file).unwrap().set_modified(time).unwrap();
    }
    for expected in [2, 0] {
        let outcome = workdir.http(&["mirror", "mine", server.url("http"), "--json"]);
        assert_eq!(summary(&outcome.success())["transferred"], expected);
    }
    let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let stored = fs::metadata(served.join("old")).unwrap().modified().unwrap();
    assert_eq!(seconds(stored), seconds(old));
}

#[test]
fn an_interrupted_upload_of_a_mirror_is_resumed() {
    let (served, workdir) = (Tree::new(), WorkDir::new());
    let server = Server::http(&served, &["--quiet", "--writable"]);
    let cut = |number| if number % 2 == 1 { Fault::Cut(Way::Up, 2_000_000, End::Fin) } else { Fault::None };
    let proxy = Proxy::tcp(server.address("http"), cut);
    let content = tree::pattern(SIZE);
    workdir.file("mine/f", &content);
    let outcome = workdir.http(&["mirror", "mine", &format!("http://{}/", proxy.address())]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    assert!(fs::read(served.join("f")).unwrap() == content);
    assert!(proxy.received_from_clients() < SIZE + 400_000, "{}", proxy.received_from_clients());
}

/// Last-Modified is never in the future (RFC 9110 section 8.8.2.1), and listings may be.
#[test]
fn files_with_future_times_are_transferred_once() {
    let served = Tree::new();
    fs::write(served.join("early"), "1").unwrap();
    let future = SystemTime::now() + Duration::from_secs(1_000_000);
    fs::File::options().write(true).open(served.join("early")).unwrap().set_modified(future).unwrap();
    let ours = Server::http(&served, &["--quiet"]);
    // A page without times, and a head with the time of the response.
    let page = ScriptedServer::http(|caller, request| match (&*request.method, &*request.target) {
        (_, "/") => caller.send(response(
            "200 OK",
            "Content-Type: text/html\r\n",
            "<html><head><title>Index of /</title></head><body><a href=\"early\">early</a></body></html>",
        )),
        _ => {
            let date = format!("Mon, 24 Nov 2025 10:15:{:02} GMT", request.number);
            caller.send(response("200 OK", &format!("Date: {date}\r\nLast-Modified: {date}\r\n"), "1"))
        }
    });
    for (url, why) in [(ours.url("http").to_owned(), "our listing"), (page.url("http", ""), "a page")] {
        let workdir = WorkDir::new();
        for expected in [1, 0] {
            let mirrored = workdir.http(&["mirror", &url, "copy", "--json"]).success();
            assert_eq!(summary(&mirrored)["transferred"], expected, "{why}");
        }
    }
}

#[test]
fn our_own_listing_is_mirrored_with_login_and_tls() {
    let served = Tree::new();
    tree::fill(served.path());
    served.directory("empty");
    let server = Server::http(&served, &["--quiet", "--user", "ada:secret", "--tls", "self-signed"]);
    let workdir = WorkDir::new();
    let url = server.url("https").replace("https://", "https://ada:secret@");
    workdir.http(&["mirror", &url, "copy", "--insecure", "--parallel", "4"]).success();
    tree::assert_same(served.path(), &workdir.join("copy"));
    let denied = workdir.http(&["mirror", server.url("https"), "other", "--insecure"]);
    denied.fails(4, &["401"]);
}

/// The largest number of entries that a server lists.
#[test]
fn the_largest_listing_of_our_own_is_read() {
    const MOST: usize = 200_000;
    let served = Tree::new();
    (0..MOST).for_each(|number| drop(served.file(format!("a photo of last summer {number:06}.jpeg"), "")));
    let server = Server::both(&served, &["--quiet"]);
    let workdir = WorkDir::new();
    let dry = ["copy", "--dry-run", "--json"];
    for reported in [
        workdir.http(&[&["mirror", server.url("http")], &dry[..]].concat()),
        workdir.ftp(&[&["mirror", server.url("ftp")], &dry[..]].concat()),
    ] {
        assert_eq!(summary(&reported.success())["transferred"], MOST);
    }
}

/// Many files use few connections (RFC 9112 section 9.3).
#[test]
fn connections_are_reused() {
    let served = Tree::new();
    tree::fill(served.path());
    let server = Server::http(&served, &["--quiet"]);
    let proxy = Proxy::tcp(server.address("http"), always(Fault::None));
    let workdir = WorkDir::new();
    workdir.http(&["mirror", &format!("http://{}/", proxy.address()), "copy", "--parallel", "3"]).success();
    assert!(proxy.connections() <= 6, "{} connections", proxy.connections());
}

/// Complete files are kept, and interrupted ones are transferred again.
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
    let workdir = WorkDir::new();
    let mirror = ["mirror", &format!("http://{}/", proxy.address()), "copy", "--parallel", "3"];
    let outcome = workdir.http(&mirror);
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    tree::assert_same(served.path(), &workdir.join("copy"));
}

#[test]
fn patterns_include_and_exclude() {
    let served = Tree::of(&[("a.txt", ""), ("b.bin", ""), ("d/c.txt", ""), ("d/d.bin", ""), ("e/f.txt", "")]);
    let server = Server::http(&served, &["--quiet"]);
    for (options, expected) in [
        (&["--include", "*.txt"][..], &["a.txt", "d/c.txt", "e/f.txt"][..]),
        (&["--exclude", "*.txt"], &["b.bin", "d/d.bin"]),
        (&["--include", "*.txt", "--exclude", "d"], &["a.txt", "e/f.txt"]),
        (&["--include", "d/*"], &["d/c.txt", "d/d.bin"]),
    ] {
        let workdir = WorkDir::new();
        workdir.http(&[&["mirror", server.url("http"), "copy"], options].concat()).success();
        let copied = tree::contents(&workdir.join("copy"));
        let files: Vec<_> = copied.iter().filter(|(_, content)| content.is_some()).collect();
        let names: Vec<_> = files.iter().map(|(name, _)| name.to_string_lossy()).collect();
        assert_eq!(names, expected, "{options:?}");
    }
}

#[test]
fn a_missing_source_creates_no_directory() {
    let (served, workdir) = (Tree::new(), WorkDir::new());
    let server = Server::http(&served, &["--quiet"]);
    let url = format!("{}none/", server.url("http"));
    workdir.http(&["mirror", &url, "copy"]).fails(3, &["404"]);
    assert!(workdir.names().is_empty(), "{:?}", workdir.names());
    fs::create_dir(workdir.join("copy")).unwrap();
    workdir.http(&["mirror", &url, "copy"]).fails(3, &["404"]);
    assert_eq!(workdir.names(), ["copy"], "it was there before");
}

/// A page may not be a listing: entries that it does not link to may exist.
#[test]
fn a_page_that_is_not_a_listing_deletes_nothing() {
    let listing = "<title>Index of /</title><a href=\"../\">../</a><a href=\"f\">f</a>";
    for (page, removes, why) in [
        (listing, true, "a listing"),
        ("<title>Index of /</title><a href=\"../\">../</a>", true, "a listing of nothing"),
        ("<title>Back in an hour</title>", false, "no link"),
        ("<title>Back in an hour</title><a href=\"f\">state</a>", false, "a link"),
        ("<title>Notes</title><a href=\"../\">up</a><a href=\"f\">f</a>", false, "a page with a way up"),
        ("<a href=\"f\">f</a>", false, "no title"),
    ] {
        let server = ScriptedServer::http(move |caller, request| match &*request.target {
            "/" => caller.send(response("200 OK", "Content-Type: text/html\r\n", page)),
            _ => caller.send(response("200 OK", "", "theirs")),
        });
        let workdir = WorkDir::new();
        workdir.file("copy/g", "mine");
        let outcome = workdir.http(&["mirror", &server.url("http", ""), "copy", "--delete"]);
        assert_eq!(outcome.code, Some(if removes { 0 } else { 1 }), "{why}: {}", outcome.err);
        assert_eq!(workdir.join("copy/g").exists(), !removes, "{why}");
        assert!(removes || outcome.err.contains("nothing is removed"), "{why}: {}", outcome.err);
    }
    // The page may be the listing of another directory.
    let server = ScriptedServer::http(move |caller, request| match &*request.target {
        "/" => caller.send(response("200 OK", "Content-Type: text/html\r\n", listing)),
        _ => caller.send(response("302 Found", "Location: /\r\n", "")),
    });
    let workdir = WorkDir::new();
    workdir.file("copy/g", "mine");
    let outcome = workdir.http(&["mirror", &server.url("http", "d/"), "copy", "--delete"]);
    assert!(outcome.code == Some(1) && outcome.err.contains("nothing is removed"), "{}", outcome.err);
    assert!(workdir.join("copy/g").exists());
}

#[test]
fn an_incomplete_listing_deletes_nothing() {
    const JSON: &str = "Content-Type: application/json\r\n";
    const PAGE: &str = "Content-Type: text/html\r\n";
    let page = "<title>Index of /</title><a href=\"f\">f</a>";
    let until_close = |page: &str| format!("HTTP/1.0 200 OK\r\n{PAGE}\r\n{page}").into_bytes();
    let row = r#"{"name":"f","type":"file"}"#;
    for (answer, removes, why) in [
        (response("200 OK", JSON, format!("[{row}]")), true, "JSON"),
        (response("200 OK", JSON, format!(r#"{{"entries":[{row}],"truncated":true}}"#)), false, "truncated"),
        (response("200 OK", JSON, format!(r#"{{"entries":[{row}"#)), false, "cut off"),
        (response("200 OK", JSON, r#"[{"name":"f","size":-1}]"#), false, "a negative size"),
        (response("200 OK", JSON, format!(r#"[{row},{{"name":"a/b"}}]"#)), false, "a name that is none"),
        (response("200 OK", JSON, format!(r#"[{row},{{"name":"a\u0007"}}]"#)), false, "an unsafe name"),
        (response("200 OK", PAGE, page), true, "a page"),
        (response("200 OK", PAGE, format!("{page}<a href=\"a%2Fb\">")), false, "a reference that is none"),
        (until_close(&format!("{page}</html>")), true, "a whole page over a connection that is closed"),
        (until_close(page), false, "one that may be cut short"),
    ] {
        let server = ScriptedServer::http(move |caller, request| match &*request.target {
            "/" => {
                caller.send(&answer)?;
                Err(close())
            }
            _ => caller.send(response("200 OK", "", "theirs")),
        });
        let workdir = WorkDir::new();
        workdir.file("copy/g", "mine");
        workdir.file("copy/d/h", "mine");
        let url = server.url("http", "");
        let outcome = workdir.http(&["mirror", &url, "copy", "--delete", "--retries", "0"]);
        assert_eq!(outcome.code == Some(0), removes, "{why}: {:?} {}", outcome.code, outcome.err);
        for name in ["copy/g", "copy/d/h"] {
            assert_eq!(workdir.join(name).exists(), !removes, "{why}: {name}");
        }
    }
}

#[test]
fn links_are_skipped_or_followed_once() {
    let served = Tree::of(&[("t/f", "1"), ("t/d/g", "2"), ("e/h", "3")]);
    for (target, link) in
        [("d", "t/to_d"), ("../e", "t/to_e"), (".", "t/l1"), (".", "t/l2"), ("/etc", "t/etc")]
    {
        served.symlink(link, target);
    }
    served.symlink("t/to_f", "f");
    let server = Server::http(&served, &["--quiet"]);
    let url = format!("{}t/", server.url("http"));
    for (links, expected, count) in [
        ("skip", &["d", "d/g", "f", "to_f"][..], 2),
        ("follow", &["d", "d/g", "f", "to_d", "to_d/g", "to_e", "to_e/h", "to_f"], 0),
    ] {
        let workdir = WorkDir::new();
        let outcome = workdir.http(&["mirror", &url, "copy", "--links", links, "--json"]);
        assert_eq!(outcome.code, Some(0), "{links}: {}", outcome.err);
        let names: Vec<_> = tree::contents(&workdir.join("copy")).into_keys().collect();
        assert_eq!(names, expected, "{links}");
        assert_eq!(summary(&outcome.out)["links"], count, "{links}");
    }
}

/// A page does not mark links and has no identities.
#[test]
fn link_loops_terminate() {
    let peer = nginx("");
    peer.root.file("t/f", "1");
    for link in ["t/l1", "t/l2", "t/l3"] {
        peer.root.symlink(link, ".");
    }
    let workdir = WorkDir::new();
    let reported = workdir.http(&["mirror", &format!("{}t/", peer.http()), "copy"]);
    assert_eq!(reported.code, Some(1), "{}", reported.err);
    assert!(reported.err.contains("it may be a link"), "{}", reported.err);
    let made = tree::contents(&workdir.join("copy")).len();
    assert!(made < 50, "{made}");
}

/// An index file hides the other entries, unless the server lists them on request.
#[test]
fn an_index_file_is_not_taken_for_a_listing() {
    let files =
        [("a", "1"), ("d/index.html", "<title>Notes</title><a href=\"b\">b</a>"), ("d/b", "2"), ("d/c", "3")];
    let served = Tree::of(&files);
    let ours = Server::http(&served, &["--quiet"]);
    let workdir = WorkDir::new();
    workdir.http(&["mirror", ours.url("http"), "copy", "--delete"]).success();
    tree::assert_same(served.path(), &workdir.join("copy"));

    let peer = nginx("");
    files.iter().for_each(|(name, content)| drop(peer.root.file(name, content)));
    let workdir = WorkDir::new();
    let reported = workdir.http(&["mirror", &peer.http(), "copy"]);
    assert_eq!(reported.code, Some(1), "{}", reported.err);
    assert!(
        reported.err.contains("'d'") && reported.err.contains("not recognisably a listing"),
        "{}",
        reported.err
    );
    assert!(workdir.join("copy/a").exists() && workdir.join("copy/d/b").exists(), "the others are copied");
    workdir.file("copy/d/c", "3");
    assert_eq!(workdir.http(&["mirror", &peer.http(), "copy", "--delete"]).code, Some(1));
    assert_eq!(fs::read(workdir.join("copy/d/c")).unwrap(), b"3", "a file without a link is kept");
}
