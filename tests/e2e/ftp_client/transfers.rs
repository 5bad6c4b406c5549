//! `get`, `put` and `cat`: whole files, resumed where they were cut.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use super::{FtpPeer, SIZE, interrupted, with_every_server, with_every_unencrypted_server};
use crate::harness::fault::{End, Fault, Proxy, Way, always, first};
use crate::harness::program::tool;
use crate::harness::scripted::{Scripted, ftp};
use crate::harness::{Desk, binary, tree};

#[test]
fn every_server_transfers_whole_files_both_ways() {
    let content = tree::pattern(SIZE);
    with_every_server(|party| {
        let (desk, name) = (Desk::new(), &party.name);
        party.directory("d");
        party.file("d/two words.bin", &content);
        party.file("empty", "");
        let url = format!("{}d/two%20words.bin", party.url);
        party.client(&desk, &["get", &url]).success();
        assert!(fs::read(desk.join("two words.bin")).unwrap() == content, "{name}");
        party.client(&desk, &["get", &url]).fails(1, &["exists"]);
        desk.file("other", "old");
        party.client(&desk, &["get", &url, "-o", "other"]).success();
        assert!(fs::read(desk.join("other")).unwrap() == content, "{name}: -o replaces");
        assert!(party.client(&desk, &["get", &url, "-o", "-"]).success() == content, "{name}");
        assert!(party.client(&desk, &["cat", &url]).success() == content, "{name}");
        party.client(&desk, &["get", &format!("{}empty", party.url)]).success();
        assert_eq!(fs::read(desk.join("empty")).unwrap(), b"", "{name}");
        party.client(&desk, &["get", &format!("{}none", party.url)]).fails(3, &["none"]);
        assert_eq!(desk.names(), ["empty", "other", "two words.bin"], "{name}: and nothing else");

        party.client(&desk, &["put", "two words.bin", &party.url]).success();
        assert!(fs::read(party.root.join("two words.bin")).unwrap() == content, "{name}");
        party.client(&desk, &["put", "empty", &format!("{}d/new", party.url)]).success();
        assert_eq!(fs::read(party.root.join("d/new")).unwrap(), b"", "{name}");
        let piped = format!("{}piped", party.url);
        let options = party.options.iter().map(String::as_str);
        let words: Vec<_> = ["put", "-", &piped].into_iter().chain(options).collect();
        let mut command = desk.command("ftp-mini", &words);
        desk.run(command.stdin(File::open(desk.join("other")).unwrap())).success();
        assert!(fs::read(party.root.join("piped")).unwrap() == content, "{name}: piped");
    });
}

/// With TLS 1.3 a connection that is closed with tickets unread is reset, and the end of an upload is lost
/// now and then.
#[test]
fn many_small_uploads_with_tls_all_arrive() {
    with_every_server(|party| {
        let desk = Desk::new();
        let content = tree::pattern(50_000);
        desk.file("f", &content);
        for number in 0..12 {
            let put = party.client(&desk, &["put", "f", &format!("{}{number}", party.url), "--retries", "0"]);
            assert_eq!(put.code, Some(0), "{} {number}: {}", party.name, put.err);
            assert!(fs::read(party.root.join(number.to_string())).unwrap() == content, "{}", party.name);
        }
    });
}

#[test]
fn the_next_run_resumes_an_interrupted_download() {
    let content = tree::pattern(SIZE);
    with_every_unencrypted_server(|party| {
        party.file("f", &content);
        for cut in [0, 1, 70_000, 500_000, SIZE as u64 - 1] {
            for how in [End::Fin, End::Reset] {
                let why = format!("{}, {how:?} after {cut}", party.name);
                // The listing that comes before is not what is meant.
                let fault = Fault::Cut(Way::Down, cut, how);
                let cutting = Proxy::ftp(party.address, always(Fault::None), always(fault));
                let desk = Desk::new();
                let get = party.client(
                    &desk,
                    &["get", &format!("{}f", party.url_at(cutting.address())), "--retries", "0"],
                );
                get.fails_with(&[5, 6], &[]);
                assert!(!desk.join("f").exists(), "{why}: a part does not have the name");
                drop(cutting);
            }
        }
        for cut in [1, 70_000, 500_000, SIZE as u64 - 1] {
            let why = format!("{}, after {cut}", party.name);
            let fault = Fault::Cut(Way::Down, cut, End::Fin);
            let proxy = Proxy::ftp(party.address, always(Fault::None), first(1, fault));
            let (desk, url) = (Desk::new(), format!("{}f", party.url_at(proxy.address())));
            party.client(&desk, &["get", &url, "--retries", "0"]).fails_with(&[5, 6], &[]);
            let before = proxy.brought();
            party.client(&desk, &["get", &url, "--resume"]).success();
            assert!(fs::read(desk.join("f")).unwrap() == content, "{why}");
            assert_eq!(desk.names(), ["f"], "{why}: the part is gone");
            let again = proxy.brought() - before;
            // What the check of the tail takes, and listings.
            let most = SIZE - usize::try_from(cut).unwrap() + 300_000;
            assert!(again <= most, "{why}: {again} bytes came again");
        }
    });
}

#[test]
fn a_changed_file_is_not_spliced() {
    let (one, two) = (tree::pattern(SIZE), tree::pattern(SIZE).into_iter().rev().collect::<Vec<_>>());
    with_every_unencrypted_server(|party| {
        let file = party.root.join("f");
        for (is_dated, why) in [(true, "with another time"), (false, "with the same size and time")] {
            fs::write(&file, &one).unwrap();
            let date = |days: u64| {
                let time = SystemTime::now() - Duration::from_secs(days * 86_400);
                File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
            };
            date(10);
            let fault = Fault::Cut(Way::Down, 500_000, End::Fin);
            let proxy = Proxy::ftp(party.address, always(Fault::None), first(1, fault));
            let (desk, url) = (Desk::new(), format!("{}f", party.url_at(proxy.address())));
            party.client(&desk, &["get", &url, "--retries", "0"]).fails_with(&[5, 6], &[]);
            fs::write(&file, &two).unwrap();
            date(if is_dated { 5 } else { 10 });
            let got = party.client(&desk, &["get", &url, "--resume"]);
            assert_eq!(got.code, Some(0), "{} {why}: {}", party.name, got.err);
            assert!(fs::read(desk.join("f")).unwrap() == two, "{} {why}", party.name);
        }
    });
}

#[test]
fn an_interrupted_upload_is_resumed() {
    let content = tree::pattern(SIZE);
    with_every_unencrypted_server(|party| {
        // pyftpdlib forgets a data connection that is reset before it accepts it, and says nothing.
        let how = if party.name.contains("pyftpdlib") { End::Fin } else { End::Reset };
        for cut in [1, 70_000, 600_000] {
            let (desk, why) = (Desk::new(), format!("{}, after {cut}", party.name));
            desk.file("f", &content);
            let fault = Fault::Cut(Way::Up, cut, how);
            let proxy = Proxy::ftp(party.address, always(Fault::None), first(1, fault));
            let url = format!("{}once", party.url_at(proxy.address()));
            let put = party.client(&desk, &["put", "f", &url]);
            assert_eq!(put.code, Some(0), "{why}: {}", put.err);
            assert!(fs::read(party.root.join("once")).unwrap() == content, "{why}: in the same run");
            fs::remove_file(party.root.join("once")).unwrap();

            let proxy = Proxy::ftp(party.address, always(Fault::None), first(1, fault));
            let url = format!("{}twice", party.url_at(proxy.address()));
            party.client(&desk, &["put", "f", &url, "--retries", "0"]).fails_with(&[1, 5, 6], &["twice"]);
            let put = party.client(&desk, &["put", "f", &url, "--resume"]);
            assert_eq!(put.code, Some(0), "{why}: {}", put.err);
            assert!(fs::read(party.root.join("twice")).unwrap() == content, "{why}: in the next run");
            fs::remove_file(party.root.join("twice")).unwrap();
        }
        // What is there is something else.
        let desk = Desk::new();
        desk.file("f", &content);
        party.file("f", vec![0; SIZE / 2]);
        let put = party.client(&desk, &["put", "f", &format!("{}f", party.url), "--resume"]);
        if put.code == Some(0) {
            assert!(fs::read(party.root.join("f")).unwrap() == content, "{}: spliced", party.name);
        }
    });
}

#[test]
fn digests_are_compared_where_the_server_computes_them() {
    let content = tree::pattern(SIZE);
    with_every_server(|party| {
        let (desk, name) = (Desk::new(), &party.name);
        party.file("f", &content);
        let url = |path: &str| format!("{}{path}", party.url);
        desk.file("mine", &content);
        for words in [&["get", &url("f")][..], &["put", "mine", &url("g")], &["mirror", &url(""), "copy"]] {
            let words = &[words, &["--verify"]].concat();
            let outcome = party.client(&desk, words);
            match name.starts_with("ProFTPD") {
                true => assert_eq!(outcome.code, Some(0), "{name} {words:?}: {}", outcome.err),
                false => {
                    assert_eq!(outcome.code, Some(1), "{name} {words:?}: {}", outcome.err);
                    assert!(outcome.err.contains("computes no SHA-256"), "{name} {words:?}: {}", outcome.err);
                }
            }
        }
    });
    // An honest server has no wrong digest to give.
    let server = Scripted::ftp(ftp::files(&[("/f", &content)]), |session, verb, _| match verb {
        "XSHA256" => session.say(format!("250 {}", "0".repeat(64))),
        _ => Ok(false),
    });
    let desk = Desk::new();
    desk.file("mine", &content);
    let (from, to) = (server.url("ftp", "f"), server.url("ftp", "g"));
    for words in [["get", &from, "-o", "f", "--verify"], ["put", "mine", &to, "--verify", "--quiet"]] {
        desk.ftp(&words).fails(6, &[]);
    }
    assert!(!desk.join("f").exists(), "what is wrong does not have the name");
}

/// Ctrl-C and --max-time are for the command, not for one of its servers.
#[test]
fn interrupts_and_max_time_end_all_servers_of_a_command() {
    let (one, other) = (FtpPeer::ours(None), FtpPeer::ours(None));
    one.file("large", tree::pattern(4 << 20));
    other.file("f", "f\n");
    let urls = [format!("{}large", one.url), format!("{}f", other.url)];
    let words = ["get", &urls[0], &urls[1], "--limit-rate", "500k"];
    let desk = Desk::new();
    assert_eq!(interrupted(&mut desk.command("ftp-mini", &words), "< 150"), Some(130));
    assert!(!desk.join("f").exists());
    desk.ftp(&[&words[..], &["--max-time", "0.5"]].concat()).fails(5, &["--max-time"]);
    assert!(!desk.join("f").exists());
    desk.ftp(&["get", &urls[1], &urls[0]]).success();
    assert_eq!(desk.names().iter().filter(|name| !name.ends_with(".part")).count(), 2, "one after the other");
}

#[test]
fn a_full_disk_is_reported() {
    let (party, desk) = (FtpPeer::ours(None), Desk::new());
    party.file("f", tree::pattern(4 << 20));
    desk.file("small/keep", "");
    let script = "mount -t tmpfs -o size=1m none small && cd small && exec \"$0\" \"$@\"";
    let mut command = tool("unshare");
    // Without privileges of its own, the test has them in a user namespace.
    command.arg(if rustix::process::geteuid().is_root() { "-m" } else { "-rm" });
    command.args(["sh", "-c", script]).arg(binary("ftp-mini"));
    command.args(["get", &format!("{}f", party.url)]).current_dir(desk.join(""));
    let got = desk.run(&mut command);
    got.fails(1, &["no space left"]);
    assert!(!got.err.contains("--resume"), "nothing is left of it: {}", got.err);
}

#[test]
fn active_and_passive_transfers_work_with_every_server() {
    let content = tree::pattern(SIZE);
    with_every_server(|party| {
        let desk = Desk::new();
        party.file("f", &content);
        // Pure-FTPd connects from port 20 if it may; nobody else's business.
        let got = party.client(&desk, &["get", &format!("{}f", party.url), "--active"]);
        assert_eq!(got.code, Some(0), "{}: {}", party.name, got.err);
        assert!(fs::read(desk.join("f")).unwrap() == content, "{}", party.name);
        party.client(&desk, &["put", "f", &format!("{}g", party.url), "--active"]).success();
        assert!(fs::read(party.root.join("g")).unwrap() == content, "{}", party.name);
    });
}

/// RFC 1738 section 3.2.2. Most servers show the login directory as `/`; vsftpd and ProFTPD tell where it is.
#[test]
fn urls_name_paths_from_the_login_directory() {
    with_every_unencrypted_server(|party| {
        party.directory("d");
        party.file("d/f", "below\n");
        let desk = Desk::new();
        let whole = party.root.display().to_string().replace('/', "%2F");
        let is_told = party.name.starts_with("vsftpd") || party.name.starts_with("ProFTPD");
        let from_the_root = if is_told { format!("{whole}/d/f") } else { "%2Fd/f".into() };
        for (path, why) in [
            ("d/f", "from the login directory"),
            (&from_the_root, "from the root"),
            ("d/../d/f", "with dots, which are the URL's"),
            ("d/f;type=i", "as it is"),
        ] {
            let got = party.client(&desk, &["cat", &format!("{}{path}", party.url)]);
            assert_eq!(got.text(), "below\n", "{}: {why}", party.name);
        }
        for (path, why) in [("a%0d%0aDELE%20d", "a line end"), ("a%00b", "NUL"), ("a%0ab", "a line feed")] {
            let refused = party.client(&desk, &["cat", &format!("{}{path}", party.url)]);
            assert_eq!(refused.code, Some(2), "{}: {why}", party.name);
        }
    });
}
