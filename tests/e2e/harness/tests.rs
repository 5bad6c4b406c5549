//! Tests of the harness itself, with curl: if a peer does not serve or a fault does not occur, the cases of
//! the clients prove nothing.

use std::fs;
use std::process::Command;
use std::time::Duration;

use super::fault::{End, Fault, Proxy, Way, always, first};
use super::program::{run, tool};
use super::scripted::ftp;
use super::scripted::http::{Request, field, response};
use super::scripted::{Connection, ScriptedServer, Tls};
use super::{Certificates, Server, Tree, peers, ports, tree};

const SIZE: usize = 300_000;

fn curl() -> Command {
    let mut curl = tool("curl");
    curl.args(["--silent", "--show-error", "--fail", "--max-time", "60"]);
    curl
}

#[test]
fn http_peers_serve_and_store() {
    let content = tree::pattern(SIZE);
    for known in &peers::http::ALL {
        let (name, peer) = (known.name, (known.start)());
        let file = peer.root.file("d/two words", &content);
        let url = format!("{}d/", peer.http());
        let index = run(curl().arg(&url)).text();
        assert!(index.contains("two%20words"), "{name}: {index}");
        assert!(run(curl().arg(format!("{url}two%20words"))).success() == content, "{name}");
        let range = run(curl().args(["--range", "1000-1999", &format!("{url}two%20words")])).success();
        assert_eq!(range.len(), if known.has_ranges { 1_000 } else { SIZE }, "{name}");
        let put = run(curl().arg("--upload-file").arg(&file).arg(format!("{}new", peer.http())));
        assert_eq!(put.code == Some(0), known.has_put, "{name}: {}", put.err);
        if known.has_put {
            assert!(fs::read(peer.root.join("new")).unwrap() == content, "{name}");
        }
    }
    let certificates = Certificates::new();
    let peer = peers::http::nginx_with_tls(&certificates);
    peer.root.file("f", &content);
    let trust = certificates.path("nginx.pem");
    assert!(run(curl().arg("--cacert").arg(trust).arg(format!("{}f", peer.https()))).success() == content);
}

#[test]
fn ftp_peers_serve_and_store() {
    let (content, certificates) = (tree::pattern(SIZE), Certificates::new());
    for known in peers::ftp::all() {
        for tls in [None, Some(&certificates)] {
            let (name, peer) = (known.name, (known.start)(tls));
            let file = peer.root.file("f", &content);
            let curl = || {
                let mut curl = curl();
                // With TLS 1.3, curl resets the data connection of an upload: it closes it with unread
                // tickets of the server.
                let secured = ["--ssl-reqd", "--insecure", "--tls-max", "1.2"];
                curl.args(if tls.is_some() { &secured[..] } else { &[] });
                curl
            };
            let url = peer.ftp();
            let why = format!("{name}, TLS {}", tls.is_some());
            assert!(run(curl().arg("--list-only").arg(&url)).text().contains('f'), "{why}");
            assert!(run(curl().arg(format!("{url}f"))).success() == content, "{why}");
            let mut put = curl();
            put.arg("--ftp-create-dirs").arg("--upload-file").arg(&file).arg(format!("{url}d/e/new"));
            run(&mut put).success();
            assert!(fs::read(peer.root.join("d/e/new")).unwrap() == content, "{why}");
            run(curl().args(["--quote", "DELE f", &url])).success();
            assert!(!file.exists(), "{why}");
        }
    }
}

#[test]
fn faults_occur_at_their_offsets() {
    let (served, content) = (Tree::new(), tree::pattern(SIZE));
    served.file("f", &content);
    let server = Server::both(&served, &["--quiet"]);
    let cut = |how| Fault::Cut(Way::Down, 100_000, how);
    for (fault, code, why) in [
        (Fault::None, 0, ""),
        (Fault::Delay(Duration::from_millis(5)), 0, "late, but whole"),
        (Fault::Rate(1_500_000), 0, "slow, but whole"),
        (cut(End::Fin), 18, "curl: partial file"),
        (cut(End::Reset), 56, "curl: failure in receiving"),
        (Fault::Stall(Way::Down, 100_000), 28, "curl: timeout"),
    ] {
        let http = Proxy::tcp(server.address("http"), always(fault));
        let data = Proxy::ftp(server.address("ftp"), always(Fault::None), always(fault));
        for (url, passive) in [
            (format!("http://{}/f", http.address()), "--ftp-pasv"),
            (format!("ftp://{}/f", data.address()), "--ftp-pasv"),
            (format!("ftp://{}/f", data.address()), "--disable-epsv"),
        ] {
            let mut curl = curl();
            let got = run(curl.args([passive, "--max-time", "2", &url]));
            assert_eq!(got.code, Some(code), "{url} {fault:?}: {why}: {}", got.err);
            assert!(content.starts_with(&got.out), "{url} {fault:?}");
            match code {
                0 => assert_eq!(got.out.len(), SIZE, "{url} {fault:?}"),
                _ => assert!(got.out.len() <= 100_000, "{url} {fault:?}"),
            }
        }
        assert_eq!((http.connections(), data.connections(), data.data_connections()), (1, 2, 2));
    }
}

#[test]
fn a_fault_can_be_limited_to_the_first_connections() {
    let (served, content) = (Tree::new(), tree::pattern(SIZE));
    served.file("f", &content);
    let certificates = Certificates::new();
    let [certificate, key] = certificates.options("server");
    let ports = ports::free_ports(8);
    let passive = format!("--passive-ports={}-{}", ports.start(), ports.end());
    let server = Server::both(&served, &["--quiet", &certificate, &key, &passive]);
    let cut = Fault::Cut(Way::Down, 100_000, End::Reset);
    let http = Proxy::tcp(server.address("https"), first(2, cut));
    let ftp = Proxy::ftps(server.address("ftp"), ports, first(2, cut));
    let folder = Tree::new();
    for (name, url) in
        [("http", format!("https://{}/f", http.address())), ("ftp", format!("ftp://{}/f", ftp.address()))]
    {
        let file = folder.join(name);
        let get = || {
            let mut curl = curl();
            curl.args(["--ssl-reqd", "--continue-at", "-", "--cacert"]).arg(certificates.path("server.pem"));
            run(curl.arg("--output").arg(&file).arg(&url))
        };
        for _ in 0..2 {
            assert_eq!(get().code, Some(56), "curl: failure in receiving");
        }
        get().success();
        assert!(fs::read(file).unwrap() == content, "{name}");
    }
    assert_eq!((http.connections(), ftp.connections(), ftp.data_connections()), (3, 3, 3));
}

#[test]
fn scripted_servers_serve_files_by_default() {
    let certificates = Certificates::new();
    let tls = Tls::new(&certificates);
    let answer =
        |caller: &mut Connection, request: &Request| caller.send(response("200 OK", "", &request.body));
    let (http, https) = (ScriptedServer::http(answer), ScriptedServer::https(&tls, answer));
    for url in [http.url("http", "a"), https.url("https", "a")] {
        let mut curl = curl();
        curl.args(["--user", "ada:secret", "--data", "hello", &url, "--cacert"]);
        assert_eq!(run(curl.arg(certificates.path("scripted.pem"))).text(), "hello");
    }
    assert_eq!(field(&http.received()[0], "authorization"), Some("Basic YWRhOnNlY3JldA=="));

    let content = tree::pattern(SIZE);
    for secure in [false, true] {
        let files = ftp::files(&[("/d/f", &content), ("/d/g", b"")]);
        let honest = |_: &mut ftp::Session, _: &str, _: &str| Ok(false);
        let server = match secure {
            true => ScriptedServer::ftp_with_tls(&tls, files, honest),
            false => ScriptedServer::ftp(files, honest),
        };
        let curl = |arguments: &[&str]| {
            let mut curl = curl();
            curl.args(if secure { &["--ssl-reqd", "--tls-max", "1.2", "--insecure"][..] } else { &[] });
            run(curl.args(arguments))
        };
        let url = |path: &str| server.url("ftp", path);
        assert!(curl(&[&url("d/f")]).success() == content);
        assert!(curl(&["--continue-at", "1000", &url("d/f")]).success() == content[1_000..]);
        assert_eq!(curl(&["--list-only", &url("d/")]).text(), "f\ng\n");
        assert_eq!(curl(&[&url("d/none")]).code, Some(78), "curl: no such file");
        let new = Tree::new();
        let new = (new.file("new", &content), new);
        curl(&["--upload-file", new.0.to_str().unwrap(), &url("d/new")]).success();
        assert!(curl(&[&url("d/new")]).success() == content);
        assert!(server.received().iter().any(|line| line == "REST 1000"));
    }
}
