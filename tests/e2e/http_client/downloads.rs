//! `get`: whole files, under their names, resumed after an interruption, in segments.

use std::fs;
use std::io::{BufRead, BufReader, Read as _};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use super::SIZE;
use crate::harness::fault::{End, Fault, Proxy, Way, first};
use crate::harness::peers::http::{self as peers, ALL};
use crate::harness::program::wait;
use crate::harness::{Certificates, Server, TIMEOUT, Tree, WorkDir, at_once, tree, wait_until};

#[test]
fn files_are_downloaded_whole_from_every_server() {
    let content = tree::pattern(SIZE);
    at_once(&ALL, |known| {
        let (peer, workdir, name) = ((known.start)(), WorkDir::new(), known.name);
        peer.root.file("d/two words.bin", &content);
        peer.root.file("empty", "");
        let url = format!("{}d/two%20words.bin", peer.http());
        let got = workdir.http(&["get", &url]);
        assert_eq!(got.code, Some(0), "{name}: {}", got.err);
        assert!(fs::read(workdir.join("two words.bin")).unwrap() == content, "{name}");
        assert!(got.out.is_empty(), "{name}: standard output is for content");
        workdir.http(&["get", &url]).fails(1, &[&url, "exists"]);
        workdir.file("other", "old");
        workdir.http(&["get", &url, "-o", "other"]).success();
        assert!(fs::read(workdir.join("other")).unwrap() == content, "{name}: -o replaces");
        assert!(workdir.http(&["get", &url, "-o", "-"]).success() == content, "{name}");
        workdir.http(&["get", &url, "-o", "segments", "--segments", "4"]).success();
        assert!(fs::read(workdir.join("segments")).unwrap() == content, "{name}: in segments");
        workdir.http(&["get", &format!("{}empty", peer.http())]).success();
        assert_eq!(fs::read(workdir.join("empty")).unwrap(), b"", "{name}");
        workdir.http(&["get", &format!("{}none", peer.http())]).fails(3, &["none", "404"]);
        assert_eq!(
            workdir.names(),
            ["empty", "other", "segments", "two words.bin"],
            "{name}: and nothing else"
        );
    });
}

#[test]
fn one_command_downloads_several_files() {
    let served = Tree::of(&[("a", "one\n"), ("b", "two\n")]);
    let (server, workdir) = (Server::http(&served, &["--quiet"]), WorkDir::new());
    let url = |name: &str| format!("{}{name}", server.url("http"));
    workdir.http(&["get", &url("a"), &url("b")]).success();
    assert_eq!(workdir.names(), ["a", "b"]);
    let some = WorkDir::new();
    some.http(&["get", &url("a"), &url("none"), &url("b")]).fails(3, &["none"]);
    assert_eq!(some.names(), ["a", "b"], "the others are downloaded");
}

/// Offsets at which the connection is cut: before the head, inside it, at the first bytes of the content, in
/// the middle, and before the last byte.
const CUTS: [u64; 6] = [0, 20, 400, 70_000, 500_000, SIZE as u64 - 1];

#[test]
fn the_next_run_resumes_an_interrupted_download() {
    let content = tree::pattern(SIZE);
    at_once(&ALL, |known| {
        let (peer, name) = ((known.start)(), known.name);
        peer.root.old_file("f", &content);
        for cut in CUTS {
            for how in [End::Fin, End::Reset] {
                let proxy = Proxy::tcp(peer.address(), first(1, Fault::Cut(Way::Down, cut, how)));
                let (workdir, url) = (WorkDir::new(), format!("http://{}/f", proxy.address()));
                let why = format!("{name}, {how:?} after {cut}");
                workdir.http(&["get", &url, "--retries", "0"]).fails(5, &[&url]);
                assert!(!workdir.join("f").exists(), "{why}: a part does not have the name");
                let before = proxy.sent_to_clients();
                workdir.http(&["get", &url, "--resume"]).success();
                assert!(fs::read(workdir.join("f")).unwrap() == content, "{why}");
                assert_eq!(workdir.names(), ["f"], "{why}: the part file is removed");
                // A head, and the bytes of the part file that were not written yet.
                let most = SIZE + 2_000 - usize::try_from(cut).unwrap().saturating_sub(1_000);
                if known.has_ranges && known.name != "nginx with gzip" && how == End::Fin {
                    let again = proxy.sent_to_clients() - before;
                    assert!(again <= most, "{why}: {again} bytes were sent again");
                }
            }
        }
    });
}

#[test]
fn the_same_run_resumes_an_interrupted_download() {
    let content = tree::pattern(SIZE);
    at_once(&ALL, |known| {
        let (peer, name) = ((known.start)(), known.name);
        peer.root.old_file("f", &content);
        for segments in ["1", "3"] {
            let proxy = Proxy::tcp(peer.address(), first(2, Fault::Cut(Way::Down, 150_000, End::Reset)));
            let (workdir, url) = (WorkDir::new(), format!("http://{}/f", proxy.address()));
            let got = workdir.http(&["get", &url, "--segments", segments]);
            assert_eq!(got.code, Some(0), "{name} in {segments}: {}", got.err);
            assert!(fs::read(workdir.join("f")).unwrap() == content, "{name} in {segments}");
            assert_eq!(workdir.names(), ["f"], "{name} in {segments}");
            assert!(proxy.connections() >= 3, "{name} in {segments}");
        }
    });
}

#[test]
fn a_changed_file_is_not_spliced() {
    let (one, two) = (tree::pattern(SIZE), tree::pattern(SIZE).into_iter().rev().collect::<Vec<_>>());
    for known in ALL {
        let peer = (known.start)();
        let file = peer.root.old_file("f", &one);
        let proxy = Proxy::tcp(peer.address(), first(1, Fault::Cut(Way::Down, 500_000, End::Fin)));
        let (workdir, url) = (WorkDir::new(), format!("http://{}/f", proxy.address()));
        workdir.http(&["get", &url, "--retries", "0"]).fails(5, &[&url]);
        // Of equal size, with a different second.
        fs::write(&file, &two).unwrap();
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(100);
        fs::File::options().write(true).open(&file).unwrap().set_modified(later).unwrap();
        workdir.http(&["get", &url, "--resume"]).success();
        assert!(fs::read(workdir.join("f")).unwrap() == two, "{}", known.name);
        assert_eq!(workdir.names(), ["f"], "{}: nothing is left of the other version", known.name);
    }
}

#[test]
fn a_part_file_of_another_url_is_not_resumed() {
    let (one, two) = (tree::pattern(SIZE), tree::pattern(SIZE).into_iter().rev().collect::<Vec<_>>());
    let served = Tree::new();
    served.file("a/f", &one);
    served.file("b/f", &two);
    let (server, workdir) = (Server::http(&served, &["--quiet"]), WorkDir::new());
    let proxy = Proxy::tcp(server.address("http"), first(1, Fault::Cut(Way::Down, 500_000, End::Fin)));
    let url = |name: &str| format!("http://{}/{name}/f", proxy.address());
    workdir.http(&["get", &url("a"), "--retries", "0"]).fails(5, &[]);
    workdir.http(&["get", &url("b"), "--resume"]).success();
    assert!(fs::read(workdir.join("f")).unwrap() == two);
}

#[test]
fn an_interrupted_download_can_be_resumed() {
    let (served, content) = (Tree::new(), tree::pattern(SIZE));
    served.old_file("f", &content);
    let (server, workdir) = (Server::http(&served, &["--quiet"]), WorkDir::new());
    let url = format!("{}f", server.url("http"));
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 130)] {
        let mut command = workdir.command("http-mini", &["get", &url, "--limit-rate", "500k"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let length = |name: &String| fs::metadata(workdir.join(name)).map_or(0, |part| part.len());
        wait_until(|| workdir.parts().first().is_some_and(|part| length(part) > 0));
        kill_process(Pid::from_child(&child), signal).unwrap();
        let ended = wait(&mut child, TIMEOUT).expect("it ends");
        assert_eq!(ended.code(), Some(code), "{signal:?}: as shells have it");
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let expected = format!("http-mini: cannot get '{url}': interrupted; --resume continues from there\n");
        assert_eq!(said, expected, "{signal:?}: one line");
        assert_eq!(workdir.parts().len(), 1, "{signal:?}");
        workdir.http(&["get", &url, "--resume"]).success();
        assert!(fs::read(workdir.join("f")).unwrap() == content, "{signal:?}");
        assert_eq!(workdir.names(), ["f"], "{signal:?}");
        fs::remove_file(workdir.join("f")).unwrap();
    }
}

/// Concurrent segments are close together, so that little is lost after the first gap.
#[test]
fn interrupted_segments_keep_most_of_their_bytes() {
    const LARGE: usize = 16 << 20;
    let (served, content) = (Tree::new(), tree::pattern(LARGE));
    served.old_file("f", &content);
    let (server, workdir) = (Server::http(&served, &["--quiet"]), WorkDir::new());
    let url = format!("{}f", server.url("http"));
    let get = ["get", &url, "--segments", "4", "--limit-rate", "6M", "--json"];
    let mut child =
        workdir.command("http-mini", &get).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut reported = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let come = |line: String| {
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        event["bytes"].as_u64().filter(|&bytes| bytes > 10_000_000)
    };
    let come = reported.find_map(come).expect("progress is reported");
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(wait(&mut child, TIMEOUT).expect("it ends").code(), Some(130));
    let parts = workdir.parts();
    let kept = fs::metadata(workdir.join(&parts[0])).unwrap().len();
    // Three segments of 1 MiB, and the bytes that each writer had not written yet.
    assert!(kept >= come - (3 << 20) - (4 << 19), "{kept} of {come}");
    workdir.http(&["get", &url, "--segments", "4", "--resume"]).success();
    assert!(fs::read(workdir.join("f")).unwrap() == content);
    assert_eq!(workdir.names(), ["f"]);
}

#[test]
fn a_kept_part_file_is_reported() {
    let (served, content) = (Tree::new(), tree::pattern(SIZE));
    served.old_file("f", &content);
    let (server, workdir) = (Server::http(&served, &["--quiet"]), WorkDir::new());
    let (url, hint) = (format!("{}f", server.url("http")), "--resume continues");
    let slow = ["get", &url, "--limit-rate", "500k", "--max-time", "0.5"];
    for (more, expected, why) in [
        (&[][..], true, "half a file"),
        (&["-o", "-"], false, "nothing is kept of a stream"),
        (&["--quiet"], false, "--quiet prints nothing"),
    ] {
        let ended = workdir.http(&[&slow, more].concat());
        assert_eq!((ended.code, ended.err.contains(hint)), (Some(5), expected), "{why}: {}", ended.err);
    }
    let whole = workdir.http(&["get", &url, "--resume"]);
    assert_eq!((whole.code, whole.err.contains(hint)), (Some(0), false), "{}", whole.err);
    let digest = format!("sha256:{}", "0".repeat(64));
    let other = workdir.http(&["get", &url, "-o", "g", "--digest", &digest]);
    assert_eq!((other.code, other.err.contains(hint)), (Some(6), false), "nothing is kept: {}", other.err);
}

#[test]
fn write_errors_are_reported() {
    let served = Tree::of(&[("f", "hello\n")]);
    let (server, workdir) = (Server::http(&served, &["--quiet"]), WorkDir::new());
    let url = format!("{}f", server.url("http"));
    workdir.file("directory/x", "");
    for (to, says, why) in [
        ("/dev/full", "No space left", "a full disk"),
        ("none/f", "'none/f': No such file", "no such directory"),
        ("directory", "'directory': is a directory", "a directory"),
    ] {
        let got = workdir.http(&["get", &url, "-o", to]);
        got.fails(1, &[says]);
        assert_eq!(workdir.names(), ["directory"], "{why}");
    }
}

#[test]
fn both_address_families_are_reached() {
    let served = Tree::of(&[("f", "hello\n")]);
    let workdir = WorkDir::new();
    for address in ["127.0.0.1", "[::1]", "localhost"] {
        let listen = format!("{}:0", if address == "localhost" { "127.0.0.1" } else { address });
        let server = Server::http(&served, &["--quiet", "--listen", &listen]);
        let port =
            server.announced().last().unwrap().trim_end_matches('/').rsplit(':').next().unwrap().to_owned();
        let got = workdir.http(&["get", &format!("http://{address}:{port}/f"), "-o", "-"]);
        assert_eq!(got.text(), "hello\n", "{address}");
    }
}

#[test]
fn a_wrong_digest_fails_the_download() {
    let served = Tree::of(&[("f", "hello\n")]);
    let (server, workdir) = (Server::http(&served, &["--quiet"]), WorkDir::new());
    let url = format!("{}f", server.url("http"));
    let right = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    let wrong = right.replace('b', "c");
    workdir.http(&["get", &url, "--digest", &wrong]).fails(6, &["digest"]);
    assert!(!workdir.join("f").exists(), "a wrong file is not stored");
    workdir.http(&["get", &url, "--digest", right]).success();
    workdir.http(&["get", &url, "-o", "-", "--digest", &wrong]).fails(6, &["digest"]);
    for nonsense in ["sha256:12", "md5:00", "x"] {
        assert_eq!(workdir.http(&["get", &url, "--digest", nonsense]).code, Some(2), "{nonsense}: usage");
    }
}

#[test]
fn an_untrusted_certificate_fails_the_download() {
    let (certificates, content) = (Certificates::new(), tree::pattern(SIZE));
    let peer = peers::nginx_with_tls(&certificates);
    peer.root.old_file("f", &content);
    certificates.make("other");
    let (trusted, other) = (certificates.path("nginx.pem"), certificates.path("other.pem"));
    let (trusted, other) = (trusted.to_str().unwrap(), other.to_str().unwrap());
    let url = format!("{}f", peer.https());
    let workdir = WorkDir::new();
    for trust in [&[][..], &["--cacert", other]] {
        let got = workdir.http(&[&["get", &url, "--json"][..], trust].concat());
        assert!(!String::from_utf8_lossy(&got.out).contains("\"retry\""), "trying again does not help");
        got.fails(5, &["certificate"]);
    }
    assert!(workdir.names().is_empty());
    workdir.http(&["get", &url, "--cacert", trusted]).success();
    workdir.http(&["get", &url, "--insecure", "-o", "insecure"]).success();
    assert!(fs::read(workdir.join("insecure")).unwrap() == content);
    // A cut connection is not taken for the end of TLS.
    let proxy = Proxy::tcp(peer.address(), first(1, Fault::Cut(Way::Down, 300_000, End::Fin)));
    let url = format!("https://{}/f", proxy.address());
    workdir.http(&["get", &url, "--cacert", trusted, "--retries", "0", "-o", "cut"]).fails(5, &[]);
    workdir.http(&["get", &url, "--cacert", trusted, "--resume", "-o", "cut"]).success();
    assert!(fs::read(workdir.join("cut")).unwrap() == content);
}

#[test]
fn the_urls_of_a_file_are_downloaded() {
    let served = Tree::of(&[("a", "1"), ("b", "22"), ("c", "333"), ("d", "4444")]);
    let server = Server::http(&served, &["--quiet"]);
    let url = |name: &str| format!("{}{name}", server.url("http"));
    let workdir = WorkDir::new();
    let list = format!("# the first two\n{}\n\n  {}  \r\n{}\n", url("a"), url("b"), url("none"));
    let list = workdir.file("list", list);
    let got = workdir.http(&["get", "-i", "list", &url("c"), "--parallel", "2"]);
    got.fails(3, &[&url("none"), "404"]);
    assert!(got.err.contains("3 transferred (6 B), 0 unchanged, 1 failed, in"), "{}", got.err);
    assert_eq!(workdir.names(), ["a", "b", "c", "list"]);

    fs::write(&list, url("d")).unwrap();
    let mut piped = workdir.command("http-mini", &["get", "-i", "-"]);
    let got = workdir.run(piped.stdin(fs::File::open(&list).unwrap()));
    assert!(!got.err.contains("transferred"), "one file has no total: {}", got.err);
    got.success();
    assert_eq!(fs::read(workdir.join("d")).unwrap(), b"4444");
    for (arguments, code, words) in [
        (&["get", "-i", "nowhere"][..], 1, "nowhere"),
        (&["get"], 2, "URL"),
        (&["get", "-i", "list", &url("c"), "-o", "f"], 2, "one file"),
        (&["get", "-i", "list", "--parallel", "0"], 2, "--parallel"),
    ] {
        workdir.http(arguments).fails(code, &[words]);
    }
}
