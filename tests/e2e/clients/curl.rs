//! curl over both protocols, with its common options.

use std::fs;
use std::process::Command;

use super::{SIZE, served};
use crate::harness::program::{run, tool};
use crate::harness::{Server, Tree, for_each_engine};

fn curl() -> Command {
    let mut curl = tool("curl");
    curl.args(["--silent", "--show-error", "--fail", "--max-time", "60"]);
    curl
}

#[test]
fn curl_downloads_over_http() {
    let (tree, content) = served();
    for_each_engine(|engine| {
        let server = Server::both(&tree, &["--quiet", "--engine", engine]);
        let url = |path: &str| format!("{}{path}", server.url("http"));
        assert!(run(curl().arg(url("f.bin"))).success() == content);
        assert_eq!(run(curl().arg(url("two%20words.txt"))).success(), b"words\n");
        assert_eq!(run(curl().arg(url("empty"))).success(), b"");
        assert_eq!(
            run(curl().args(["--location", &url("d")])).success(),
            run(curl().arg(url("d/"))).success()
        );
        assert_eq!(run(curl().arg(url("missing"))).code, Some(22), "404");
        assert!(run(curl().args(["--range", "100-199", &url("f.bin")])).success() == content[100..200]);
        assert!(run(curl().args(["--range", "-5", &url("f.bin")])).success() == content[SIZE - 5..]);
        let both = run(curl().args(["--range", "0-0,2-2", &url("f.bin")])).success();
        assert!(both.starts_with(b"--") || both.starts_with(b"\r\n--"), "multipart/byteranges");
        // Several URLs in one run share a connection.
        let reused =
            run(curl().args([&url("empty"), &url("empty"), "--write-out", "%{num_connects} "])).text();
        assert_eq!(reused, "1 0 ");
        let codes = "%{http_code} %header{etag}";
        let etag =
            run(curl().args(["--head", "--output", "/dev/null", "--write-out", codes, &url("f.bin")])).text();
        let condition = format!("If-None-Match: {}", etag.split(' ').nth(1).unwrap());
        let again =
            run(curl().args(["--header", &condition, "--write-out", "%{http_code}", &url("f.bin")])).text();
        assert_eq!(again, "304");
    });
}

#[test]
fn curl_downloads_over_ftp() {
    let (tree, content) = served();
    tree.file(b"\xff\xfe", "no Telnet\n");
    for_each_engine(|engine| {
        let server = Server::both(&tree, &["--quiet", "--engine", engine]);
        let url = |path: &str| format!("{}{path}", server.url("ftp"));
        for (options, why) in [
            (&[][..], "EPSV"),
            (&["--disable-epsv"], "PASV"),
            (&["--ftp-port", "-"], "EPRT: the server connects"),
            (&["--ftp-port", "-", "--disable-eprt"], "PORT: the server connects"),
            (&["--ftp-method", "nocwd"], "the whole path in RETR"),
            (&["--ftp-method", "singlecwd"], "one CWD"),
        ] {
            assert!(run(curl().args(options).arg(url("f.bin"))).success() == content, "{why}");
            assert_eq!(run(curl().args(options).arg(url("d/below.txt"))).success(), b"below\n", "{why}");
        }
        assert!(run(curl().args(["--range", "100-199", &url("f.bin")])).success() == content[100..200]);
        assert!(run(curl().args(["--range", "999000-", &url("f.bin")])).success() == content[999_000..]);
        assert_eq!(run(curl().arg(url("two%20words.txt"))).success(), b"words\n");
        assert_eq!(run(curl().arg(url("%ff%fe"))).success(), b"no Telnet\n", "0xFF is not doubled");
        assert_eq!(
            run(curl().args(["--use-ascii", &url("d/below.txt")])).success(),
            b"below\n",
            "TYPE A, and back"
        );
        let listing = run(curl().arg(url("d/"))).text();
        assert!(listing.trim_end().ends_with(" below.txt") && listing.starts_with('-'), "{listing}");
        assert_eq!(run(curl().args(["--list-only", &url("d/")])).text().trim_end(), "below.txt");
        let head = run(curl().args(["--head", &url("f.bin")])).text();
        assert!(head.contains("Content-Length: 1000000") && head.contains("Last-Modified: "), "{head}");
        assert_eq!(run(curl().arg(url("missing"))).code, Some(78), "RETR is refused");
    });
}

#[test]
fn curl_resumes_a_download() {
    let (tree, content) = served();
    for_each_engine(|engine| {
        let server = Server::both(&tree, &["--quiet", "--engine", engine]);
        for scheme in ["http", "ftp"] {
            for started in [0, 1, SIZE / 2, SIZE - 1] {
                let folder = Tree::new();
                let partial = folder.file("partial", &content[..started]);
                let url = format!("{}f.bin", server.url(scheme));
                run(curl().args(["--continue-at", "-", "--output"]).arg(&partial).arg(url)).success();
                assert!(fs::read(partial).unwrap() == content, "{scheme} from {started}");
            }
        }
    });
}
