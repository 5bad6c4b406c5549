//! Captures of real clients and servers: `mini explain` accounts for every byte.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use crate::harness::capture::Capture;
use crate::harness::peers::{ftp, http};
use crate::harness::program::{isolate, run, tool};
use crate::harness::webdriver::Browser;
use crate::harness::{Server, Tree, at_once, binary};

/// The least number of messages in all captures together.
const MESSAGES: usize = 2_000;

/// Rules that these dialogues break: passwords without TLS; pyftpdlib writes `unix.mode=0o644`, which is
/// Python's notation; lftp sends PRET, which is in no RFC, to servers that offer it.
const EXPECTED: [(&str, &str); 3] =
    [("", "password-unencrypted"), ("pyftpdlib", "fact-value"), ("Pure-FTPd", "verb-unknown")];

/// Creates this many pages, which link to each other.
fn fill(tree: &Tree, pages: usize) {
    tree.file("index.html", "<a href=page/1.html>1</a>");
    tree.file("two words.txt", "words\n");
    for number in 1..=pages {
        tree.file(format!("page/{number}.html"), format!("<p><a href={}.html>next</a> {number}", number + 1));
    }
}

/// Counts the messages of a capture, after checking that its spans cover all bytes and none is unexplained.
fn messages(capture: &Capture, port: u16, what: &str) -> usize {
    let files = Tree::new();
    let file = files.file("capture.pcap", capture.pcap(port));
    let mut command = Command::new(binary("mini"));
    isolate(&mut command);
    command.arg("explain").arg(file).args(["--output", "json"]);
    let outcome = run(&mut command);
    let explained: Value = serde_json::from_slice(&outcome.success()).unwrap();
    let connections = explained["connections"].as_array().unwrap();
    // Chromium opens a connection in advance and may not use it.
    let lengths: Vec<_> = capture.lengths().into_iter().filter(|lengths| *lengths != [0, 0]).collect();
    assert_eq!(connections.len(), lengths.len(), "{what}");
    let mut counts = BTreeMap::new();
    for (connection, lengths) in connections.iter().zip(lengths) {
        for (direction, length) in connection["directions"].as_array().unwrap().iter().zip(lengths) {
            let spans = direction["spans"].as_array().unwrap();
            let mut at = 0;
            for span in spans {
                assert_eq!(span["start"], at, "{what}: a gap or an overlap at {span}");
                at = usize::try_from(span["end"].as_u64().unwrap()).unwrap();
                assert_inside(span, what);
                *counts.entry(span["field"].as_str().unwrap().to_owned()).or_insert(0) += 1;
            }
            assert_eq!(at, length, "{what}: the spans do not cover the input");
            for fault in direction["faults"].as_array().unwrap() {
                let rule = fault["rule"].as_str().unwrap();
                let is_expected =
                    EXPECTED.iter().any(|(peer, expected)| what.contains(peer) && *expected == rule);
                let is_expected = is_expected || fault["severity"] == "note";
                let marked = fault["marked"].as_u64();
                let span = spans
                    .iter()
                    .find(|span| span["start"].as_u64() <= marked && marked < span["end"].as_u64());
                assert!(is_expected, "{what}: {fault} in {span:?}");
            }
        }
    }
    assert!(!counts.contains_key("unparsed"), "{what}: {counts:?}");
    let whole = ["request head", "response head", "line", "reply"];
    whole.iter().filter_map(|name| counts.get(*name)).sum()
}

/// Child spans follow one another and lie inside their parent.
fn assert_inside(span: &Value, what: &str) {
    let mut at = span["start"].as_u64().unwrap();
    for child in span["children"].as_array().unwrap() {
        let (start, end) = (child["start"].as_u64().unwrap(), child["end"].as_u64().unwrap());
        assert!(at <= start && start < end && end <= span["end"].as_u64().unwrap(), "{what}: {child}");
        assert_inside(child, what);
        at = end;
    }
}

/// Runs HTTP clients on a folder made by [`fill`].
fn use_http(at: SocketAddr) {
    let workdir = Tree::new();
    let run = |command: &mut Command| {
        command.current_dir(workdir.path());
        run(command)
    };
    let url = format!("http://{at}/");
    let pages = format!("{url}page/[1-150].html");
    run(tool("curl").args(["-s", "-o", "#1", &pages])).success();
    run(tool("curl").args(["-s", "-I", &pages, "-o", "head"])).success();
    run(tool("curl").args(["-s", "-r", "0-4,-3", "-o", "part", &format!("{url}index.html")])).success();
    run(tool("curl").args(["-s", "-z", "2030-01-01", "--compressed", "-u", "ada:secret", "-o", "x", &url]));
    run(tool("wget").args(["-q", "-r", "-l", "3", &url]));
    let python = format!(
        "import http.client as c\nfor method in ('GET', 'HEAD', 'OPTIONS', 'DELETE'):\n for i in range(20):\n  \
         h = c.HTTPConnection('127.0.0.1', {}); h.request(method, f'/page/{{i}}.html?q=a%20b&c'); h.getresponse().read()",
        at.port()
    );
    run(tool("python3").args(["-c", &python])).success();
    run(tool("lftp").args(["-c", &format!("open {url}; ls; get index.html -o lftp.html; cat page/1.html")]));
    let browser = Browser::start(workdir.path());
    for page in ["", "page/1.html", "page/", "missing"] {
        browser.open(&format!("{url}{page}"));
    }
}

/// Runs FTP clients on a folder made by [`fill`].
fn use_ftp(url: &str, at: SocketAddr, (user, password): (&str, &str)) {
    let workdir = Tree::new();
    let run = |command: &mut Command| {
        command.current_dir(workdir.path());
        run(command)
    };
    let port = at.port().to_string();
    let login = format!("{user},{password}");
    run(tool("curl").args(["-s", "-o", "#1", &format!("{url}page/[1-20].html")])).success();
    run(tool("curl").args(["-s", "-o", "list", url])).success();
    run(tool("wget").args(["-q", "-O", "x", &format!("{url}index.html")])).success();
    let script =
        format!("set ftp:ssl-allow no; open -u {login} {at}; mirror page copy; cls; pwd; quote HELP");
    run(tool("lftp").args(["-c", &script])).success();
    run(tool("ncftpget").args(["-u", user, "-p", password, "-P", &port, "127.0.0.1", ".", "/index.html"]));
    let script = format!(
        "import ftplib\nf = ftplib.FTP(); f.connect('127.0.0.1', {port}); f.login('{user}', '{password}')\n\
         f.retrlines('LIST', lambda line: None)\n\
         for i in range(1, 20): f.retrbinary(f'RETR page/{{i}}.html', lambda b: None)\n\
         f.voidcmd('FEAT'); f.quit()"
    );
    run(tool("python3").args(["-c", &script])).success();
}

#[test]
fn every_byte_of_real_dialogues_is_explained() {
    let total = AtomicUsize::new(0);
    let count = &|messages| total.fetch_add(messages, Ordering::Relaxed);
    let tree = Tree::new();
    fill(&tree, 150);
    let ours = Server::both(&tree, &["--quiet", "--user", "ada:lovelace", "--anonymous", "read"]);
    let nginx = http::nginx("");
    fill(&nginx.root, 150);
    let over_ftp = |at: SocketAddr, url_at: &dyn Fn(SocketAddr) -> String, what: &str| {
        let capture = Capture::before(at);
        let url = url_at(capture.address());
        let login = if url.contains('@') { (ftp::USER, ftp::PASSWORD) } else { ("anonymous", "a@b") };
        use_ftp(&url, capture.address(), login);
        count(messages(&capture, 21, what));
    };
    thread::scope(|scope| {
        for (what, at) in [("http-mini", ours.address("http")), ("nginx", nginx.address())] {
            scope.spawn(move || {
                let capture = Capture::before(at);
                use_http(capture.address());
                count(messages(&capture, 80, what));
            });
        }
        scope.spawn(|| {
            over_ftp(ours.address("ftp"), &|at| format!("ftp://ada:lovelace@{at}/"), "ftp-mini");
        });
        at_once(&ftp::all(), |peer| {
            let server = (peer.start)(None);
            fill(&server.root, 20);
            over_ftp(server.address(), &|at| server.ftp_at(at), peer.name);
        });
    });
    let total = total.into_inner();
    assert!(total >= MESSAGES, "{total} messages");
}
