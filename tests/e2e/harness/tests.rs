//! What the harness promises, held against curl: a peer that does not serve, or a fault that does not
//! come, would make the cases of the clients say nothing.

use std::fs;
use std::process::Command;

use super::program::{run, tool};
use super::{Certificates, peers, tree};

const SIZE: usize = 300_000;

fn curl() -> Command {
    let mut curl = tool("curl");
    curl.args(["--silent", "--show-error", "--fail", "--max-time", "10"]);
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
                curl.args(if tls.is_some() { &["--ssl-reqd", "--insecure"][..] } else { &[] });
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
