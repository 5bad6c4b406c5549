//! Rules that hold for `http-mini` and `ftp-mini` alike: local files, failures of a connection, rates.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, Mode, mkfifoat};

use crate::harness::{Server, Tree, WorkDir, ports, tree};

/// Each client with the scheme of its URLs.
const CLIENTS: [(&str, &str); 2] = [("http-mini", "http"), ("ftp-mini", "ftp")];

/// One writable server of both protocols.
fn serve(served: &Tree) -> Server {
    Server::both(served, &["--quiet", "--writable"])
}

fn url(server: &Server, scheme: &str, path: &str) -> String {
    format!("{}{path}", server.url(scheme))
}

/// The target of a user's link may be in the mirror itself or outside.
#[test]
fn deleting_removed_entries_does_not_follow_links() {
    let (outside, served) = (Tree::of(&[("keep", "mine")]), Tree::of(&[("s/f", "1")]));
    let (http, ftp) = (Server::http(&served, &["--quiet"]), Server::ftp(&served, &["--quiet"]));
    for (client, url) in [("http-mini", http.url("http")), ("ftp-mini", ftp.url("ftp"))] {
        // A link to an entry of the mirror itself is also reported.
        for (link, to, lines) in [
            ("copy/s/up", "..".into(), 1),
            ("copy/out", outside.path().to_owned(), 1),
            ("copy/t", "s".into(), 2),
        ] {
            let (workdir, why) = (WorkDir::new(), format!("{client}, {link}"));
            workdir.file("copy/s/f", "1");
            symlink(to, workdir.join(link)).unwrap();
            let outcome = workdir.run(&mut workdir.command(client, &["mirror", url, "copy", "--delete"]));
            assert_eq!(outcome.code, Some(0), "{why}: {}", outcome.err);
            assert_eq!(outcome.err.lines().count(), lines, "{why}: {}", outcome.err);
            assert_eq!(fs::read(workdir.join("copy/s/f")).unwrap(), b"1", "{why}");
            assert!(outside.join("keep").exists(), "{why}");
        }
    }
}

#[test]
fn an_upload_of_a_fifo_fails_with_a_reason() {
    let workdir = WorkDir::new();
    mkfifoat(CWD, workdir.join("pipe"), Mode::from_raw_mode(0o600)).unwrap();
    fs::create_dir(workdir.join("folder")).unwrap();
    for (name, says) in [
        ("none", &["No such file"][..]),
        ("pipe", &["no regular file", "-"]),
        ("pipe/f", &["Not a directory"]),
    ] {
        let says = [&[name], says].concat();
        workdir.http(&["put", name, "http://127.0.0.1:1/f"]).fails(1, &says);
        workdir.ftp(&["put", name, "ftp://127.0.0.1:1/f"]).fails(1, &says);
    }
    workdir.ftp(&["put", "folder", "ftp://127.0.0.1:1/f"]).fails(1, &["folder", "a directory"]);
}

/// A directory where the mirror must create a file makes that file fail.
#[test]
fn a_mirror_reports_a_failed_file_and_copies_the_others() {
    let served = Tree::of(&[("a", "1"), ("b", "2")]);
    let server = serve(&served);
    for (client, scheme) in CLIENTS {
        let workdir = WorkDir::new();
        workdir.file("copy/a/b", "");
        let from = server.url(scheme);
        let outcome = workdir.run(&mut workdir.command(client, &["mirror", from, "copy"]));
        assert_eq!(outcome.code, Some(1), "{client}: {}", outcome.err);
        assert!(outcome.err.contains("'a'"), "{client}: {}", outcome.err);
        assert_eq!(fs::read(workdir.join("copy/b")).unwrap(), b"2", "{client}");
        for (from, to, why) in [("here", "there", "neither is a URL"), (from, from, "both are URLs")] {
            let outcome = workdir.run(&mut workdir.command(client, &["mirror", from, to]));
            assert_eq!(outcome.code, Some(2), "{client}: {why}: {}", outcome.err);
        }
    }
}

#[test]
fn a_refused_connection_is_reported_at_once() {
    for (client, scheme) in CLIENTS {
        let workdir = WorkDir::new();
        let run = |arguments: &[&str]| workdir.run(&mut workdir.command(client, arguments));
        let closed = format!("{scheme}://{}/f", ports::free_address());
        run(&["get", &closed]).fails(5, &[&closed, "check the port"]);
        let unknown = format!("{scheme}://name.invalid/f");
        run(&["get", &unknown, "--retries", "0"]).fails(5, &["name.invalid"]);
        // RFC 5737: an unassigned address. Some networks report that it is unreachable.
        let unassigned = format!("{scheme}://192.0.2.1/f");
        run(&["get", &unassigned, "--retries", "0", "--connect-timeout", "0.5"]).fails(5, &["192.0.2.1"]);
        assert!(workdir.names().is_empty(), "{client}");
    }
}

/// A failure that would recur is not retried.
#[test]
fn a_port_without_tls_is_reported_without_retries() {
    let server = serve(&Tree::new());
    for (client, scheme) in CLIENTS {
        let workdir = WorkDir::new();
        let with_tls = format!("{scheme}s://{}/f", server.address(scheme));
        let outcome = workdir.run(&mut workdir.command(client, &["get", &with_tls, "--json"]));
        assert!(!String::from_utf8_lossy(&outcome.out).contains("\"retry\""), "{client}");
        outcome.fails(5, &["does not speak TLS"]);
    }
}

/// 400,000 bytes at 200,000 a second, of which a tenth may come at once. The unit tests check the rate
/// itself, with a paused clock.
#[test]
fn a_limited_transfer_takes_its_time() {
    let content = tree::pattern(400_000);
    let served = Tree::new();
    served.file("f", &content);
    let server = serve(&served);
    for (client, scheme) in CLIENTS {
        let workdir = WorkDir::new();
        let (from, to) = (url(&server, scheme, "f"), url(&server, scheme, client));
        for arguments in [["get", &from, "-o", "g"].as_slice(), &["put", "g", &to]] {
            let started = Instant::now();
            let arguments = [arguments, &["--limit-rate", "200k"]].concat();
            workdir.run(&mut workdir.command(client, &arguments)).success();
            let took = started.elapsed();
            assert!(took > Duration::from_millis(1_700), "{client} {arguments:?}: {took:?}");
        }
        assert!(fs::read(served.join(client)).unwrap() == content, "{client}");
    }
}

/// In place of an authority and a name. FTP uses TLS for data connections as well.
#[test]
fn a_printed_fingerprint_pins_the_certificate() {
    let served = Tree::of(&[("f", "hello\n")]);
    let server = Server::both(&served, &["--quiet", "--tls", "self-signed"]);
    let printed =
        server.announced().iter().find_map(|line| line.strip_prefix("certificate SHA-256 ")).unwrap();
    let plain = printed.replace(':', "").to_lowercase();
    let wrong = format!("{}{}", &plain[1..], &plain[..1]);
    for (client, url, tls) in
        [("http-mini", server.url("https"), &[][..]), ("ftp-mini", server.url("ftp"), &["--tls"])]
    {
        let workdir = WorkDir::new();
        let url = format!("{url}f");
        let run = |options: &[&str]| {
            workdir.run(&mut workdir.command(client, &[&["get", &url, "-o", "-"], tls, options].concat()))
        };
        for pin in [printed, &plain] {
            assert_eq!(run(&["--pin", &format!("sha256:{pin}")]).text(), "hello\n", "{client} {pin}");
        }
        run(&[]).fails(5, &[&url, "not signed by a trusted authority", "--pin"]);
        let refused = run(&["--pin", &format!("sha256:{wrong}")]);
        assert!(!refused.err.contains("--insecure"), "{client}: {}", refused.err);
        refused.fails(5, &[&url, "not the pinned one"]);
        run(&["--pin", printed]).fails(2, &["--pin", "sha256:HEX"]);
        run(&["--pin", &format!("sha256:{plain}"), "--insecure"]).fails(2, &["--pin", "--insecure"]);
    }
    let workdir = WorkDir::new();
    let pin = format!("sha256:{plain}");
    workdir.ftp(&["ls", server.url("ftp"), "--pin", &pin]).fails(2, &["--pin", "--tls"]);
}
