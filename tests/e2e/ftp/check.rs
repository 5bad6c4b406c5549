//! `ftp-mini check`: our server passes every case, other servers fail those that they deserve, and a server with one
//! fault fails exactly the cases of that fault.

mod faulty;

use std::collections::BTreeSet;
use std::process::Command;
use std::thread;

use faulty::Faulty;

use crate::harness::peers::ftp::all;
use crate::harness::program::{isolate, run};
use crate::harness::{Certificates, ENGINES, Server, Tree, at_once, binary};

/// What a check found.
#[derive(Debug)]
struct Checked {
    code: Option<i32>,
    passed: u64,
    failed: BTreeSet<String>,
    /// The failures with their bytes.
    report: String,
}

/// A working server replies within this time, even on a busy machine. Cases to which a server never replies take all of it.
const TIMEOUT: &str = "10";

fn check(url: &str, options: &[&str]) -> Checked {
    let mut command = Command::new(binary("ftp-mini"));
    isolate(&mut command);
    command.args(["check", url, "--json", "--timeout", TIMEOUT, "--lang", "en"]).args(options);
    let outcome = run(&mut command);
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(&outcome.out) else {
        panic!("{command:?}: {:?}: {}", outcome.code, outcome.err)
    };
    let failed: Vec<_> =
        json["findings"].as_array().unwrap().iter().filter(|row| row["verdict"] == "failed").collect();
    Checked {
        code: outcome.code,
        passed: json["passed"].as_u64().unwrap(),
        failed: failed.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect(),
        report: failed.iter().map(|row| format!("{row:#}\n")).collect(),
    }
}

fn served() -> Tree {
    let tree = Tree::of(&[("numbers.txt", &*"0123456789\n".repeat(50)), ("pub/a.txt", "hello\n")]);
    std::fs::create_dir(tree.join("empty")).unwrap();
    tree
}

const OURS: &[&str] =
    &["--writable", "--user", "ada:lovelace", "--anonymous", "read", "--ftps", "127.0.0.1:0", "--quiet"];

/// The options of a run, and the fewest cases that it must judge.
const RUNS: &[(&str, &[&str], u64)] = &[
    ("ftp", &[], 230),
    ("ftp", &["--login", "ada:lovelace", "--writable"], 295),
    ("ftp", &["--tls", "explicit", "--insecure"], 255),
    ("ftp", &["--tls", "explicit", "--insecure", "--login", "ada:lovelace", "--writable"], 320),
    ("ftps", &["--insecure"], 240),
    ("ftps", &["--insecure", "--login", "ada:lovelace", "--writable"], 305),
];

/// Each run has a server of its own, which delays the wrong logins of one run only.
#[test]
fn our_server_passes_every_case() {
    let certificates = Certificates::new();
    let tls = certificates.options("ours");
    let runs: Vec<_> = ENGINES.iter().flat_map(|engine| RUNS.iter().map(move |run| (engine, run))).collect();
    at_once(&runs, |(engine, (scheme, options, judged))| {
        let name = format!("{engine}, {scheme} {options:?}");
        let tree = served();
        let server = Server::ftp(&tree, &[OURS, &["--engine", engine, &tls[0], &tls[1]]].concat());
        let checked = check(server.url(scheme), options);
        assert!(checked.failed.is_empty(), "{name}: {}", checked.report);
        assert_eq!(checked.code, Some(0), "{name}");
        assert!(checked.passed >= *judged, "{name}: {checked:?}");
        let mut left: Vec<_> =
            std::fs::read_dir(tree.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort_unstable();
        assert_eq!(left, ["empty", "numbers.txt", "pub"], "{name}: the folder is removed");
    });
}

/// The cases that other servers fail: the server, whether only over TLS, the id, and what the server does instead.
const DESERVED: &[(&str, bool, &str, &str)] = &[
    ("vsftpd", false, "data/epsv-all-then-eprt", "accepts EPRT after EPSV ALL"),
    ("vsftpd", false, "data/epsv-unknown-family", "522 without the list of protocols"),
    ("vsftpd", false, "data/eprt-unknown-family", "500"),
    ("vsftpd", false, "transfer/rest-empty", "accepts no offset as 0"),
    ("vsftpd", false, "transfer/rest-negative", "accepts -1 as 0"),
    ("vsftpd", false, "transfer/rest-word", "accepts a word as 0"),
    ("vsftpd", false, "transfer/type-starts-ascii", "sends LF in TYPE A unless ascii_download_enable is set"),
    ("vsftpd", true, "tls/prot-before-pbsz", "200"),
    ("pyftpdlib", false, "data/epsv-unknown-family", "501"),
    ("pyftpdlib", false, "data/eprt-unknown-family", "501"),
    ("pyftpdlib", false, "login/rein-code", "230"),
    ("pyftpdlib", false, "parameters/type-a-n", "504"),
    (
        "pyftpdlib",
        false,
        "syntax/long-line-is-one-command",
        "replies to the end of the line as to a second command",
    ),
    ("pyftpdlib", true, "tls/auth-unknown-code", "502"),
    ("pyftpdlib", true, "tls/injected-command", "performs the unencrypted command after the handshake"),
    ("pyftpdlib", true, "tls/injected-login", "the same"),
    ("pyftpdlib", true, "tls/prot-e", "521"),
    ("pyftpdlib", true, "tls/prot-s", "521"),
    ("ProFTPD", false, "facts/mlsd-of-a-file-code", "550"),
    ("ProFTPD", false, "features/feat-lang", "announces LANG and does not know it"),
    ("ProFTPD", false, "features/lang-unknown", "the same"),
    ("ProFTPD", false, "features/opts-unknown-code", "500"),
    ("ProFTPD", false, "syntax/line-end-in-two-parts", "no reply if LF does not arrive with its CR"),
    ("ProFTPD", false, "syntax/nul-in-a-name", "ends the name at the NUL"),
    ("ProFTPD", false, "syntax/one-byte-at-a-time", "no reply if LF does not arrive with its CR"),
    ("ProFTPD", false, "syntax/over-long-verb", "no reply"),
    ("ProFTPD", true, "tls/auth-unknown-code", "500"),
    ("ProFTPD", true, "tls/prot-before-pbsz", "200"),
    ("Pure-FTPd", false, "data/epsv-all-then-pasv", "accepts PASV after EPSV ALL"),
    ("Pure-FTPd", false, "data/epsv-unknown-family", "ignores the argument"),
    ("Pure-FTPd", false, "data/epsv-word", "ignores the argument"),
    ("Pure-FTPd", false, "facts/mlsd-of-a-file-code", "550"),
    ("Pure-FTPd", false, "facts/opts-mlst-case", "accepts OPTS MLST and ignores it"),
    ("Pure-FTPd", false, "facts/opts-mlst-none", "504"),
    ("Pure-FTPd", false, "facts/opts-mlst-works", "accepts OPTS MLST and ignores it"),
    ("Pure-FTPd", false, "features/opts-unknown-code", "504"),
    ("Pure-FTPd", false, "files/mfmt", "213 without the time"),
    ("Pure-FTPd", false, "files/mfmt-bad-time", "accepts month 13"),
    ("Pure-FTPd", false, "files/size-in-ascii", "the stored size in TYPE A"),
    ("Pure-FTPd", false, "navigation/quotes-are-doubled", "does not double quotes"),
    ("Pure-FTPd", false, "syntax/iac-do-option", "no reply to a line with IAC"),
    ("Pure-FTPd", false, "syntax/iac-synch-abor", "no reply to a line with IAC"),
    ("Pure-FTPd", false, "transfer/stou", "two lines of 150"),
    ("Pure-FTPd", true, "tls/auth-unknown-code", "500"),
    ("Pure-FTPd", true, "tls/prot-before-pbsz", "200"),
    ("Pure-FTPd", true, "tls/prot-e", "200"),
    ("Pure-FTPd", true, "tls/prot-s", "200"),
];

/// All groups. Most of a check of another server is waiting: for replies that never come, and after wrong logins.
const PARTS: [&[&str]; 4] = [
    &["syntax"],
    &["data", "transfer"],
    &["login", "replies", "tls"],
    &["facts", "features", "files", "integrity", "listing", "navigation", "parameters"],
];

/// Runs the parts at the same time. pyftpdlib replies to every case, and on a busy machine sometimes sends no data to
/// one of several sessions.
fn check_in_parts(name: &str, url: &str, options: &[&str]) -> Checked {
    if name == "pyftpdlib" {
        return check(url, options);
    }
    let run = |part: &[&str]| {
        let only = part.iter().flat_map(|group| ["--only", group]);
        check(url, &options.iter().copied().chain(only).collect::<Vec<_>>())
    };
    let parts = thread::scope(|scope| {
        PARTS.map(|part| scope.spawn(move || run(part))).map(|part| part.join().unwrap())
    });
    let mut all = Checked { code: None, passed: 0, failed: BTreeSet::new(), report: String::new() };
    for part in parts {
        all.passed += part.passed;
        all.failed.extend(part.failed);
        all.report += &part.report;
    }
    all
}

#[test]
fn other_servers_fail_what_they_deserve() {
    let certificates = Certificates::new();
    let known = all();
    let starts: Vec<_> = known.iter().flat_map(|known| [(known, false), (known, true)]).collect();
    at_once(&starts, |(known, is_secure)| {
        let peer = (known.start)(is_secure.then_some(&certificates));
        let mut options = vec!["--writable"];
        if *is_secure {
            options.extend(["--tls", "explicit", "--insecure"]);
        }
        let checked = check_in_parts(known.name, &peer.ftp(), &options);
        let is_of = |row: &&(&str, bool, &str, &str)| row.0 == known.name && (*is_secure || !row.1);
        let deserved: BTreeSet<_> = DESERVED.iter().filter(is_of).map(|row| row.2.to_owned()).collect();
        assert_eq!(checked.failed, deserved, "{}, TLS {is_secure}: {}", known.name, checked.report);
        assert!(checked.passed >= 200, "{}, TLS {is_secure}: {checked:?}", known.name);
    });
}

/// A command, the reply that it gets instead of the right one, and the cases that find it. A pipelined command is answered
/// too early as well.
const FAULTS: &[(&str, &[u8], &[&str])] = &[
    ("NOOP\r", b"200 ok\n", &["replies/noop-form", "syntax/many-commands-in-one-read"]),
    ("NOOP\r", b"200 \r\n", &["replies/text-follows-code", "syntax/many-commands-in-one-read"]),
    ("STAT\r", b"211-Status\r\n211 users\r\n211 End\r\n", &["replies/stat-form"]),
    (
        "TYPE X\r",
        b"200 ok\r\n",
        &["parameters/type-refused-stays", "parameters/type-unknown", "parameters/type-unknown-code"],
    ),
    ("EPSV 9", b"229 ok (|||2000|)\r\n", &["data/epsv-unknown-family"]),
    ("EPSV 9", b"522 no\r\n", &["data/epsv-unknown-family"]),
    ("PORT 192", b"200 ok\r\n", &["data/port-of-another-host"]),
    ("EPRT |1|192", b"200 ok\r\n", &["data/eprt-of-another-host"]),
    ("XPWD", b"257 /\r\n", &["navigation/xpwd"]),
    (
        "MDTM",
        b"213 yesterday\r\n",
        &["files/mdtm", "files/mdtm-empty", "files/mdtm-missing", "files/mfmt-shows-in-mdtm"],
    ),
    (
        "SIZE",
        b"213 1\r\n",
        &[
            "files/size",
            "files/size-directory",
            "files/size-empty",
            "files/size-in-ascii",
            "files/size-missing",
        ],
    ),
    ("OPTS MLST\r", b"500 no\r\n", &["facts/opts-mlst-none"]),
    ("LANG xx", b"200 ok\r\n", &["features/lang-unknown"]),
    ("RMD read.bin", b"250 ok\r\n", &["files/rmd-file"]),
    ("QUIT", b"500 no\r\n", &["login/quit-before-login", "login/quit-code", "replies/quit-form"]),
];

#[test]
fn a_fault_is_found_by_its_own_cases() {
    let tree = served();
    let server = Server::ftp(&tree, &["--writable", "--quiet"]);
    at_once(FAULTS, |(command, reply, expected)| {
        let faulty = Faulty::before(server.address("ftp"), command, reply);
        let checked = check(&format!("ftp://{}/", faulty.address()), &["--writable"]);
        let expected: BTreeSet<_> = expected.iter().map(|id| (*id).to_owned()).collect();
        assert_eq!(checked.failed, expected, "{command} {}: {}", reply.escape_ascii(), checked.report);
    });
}
