//! `get`, `put` and `cat`: whole files, resumed where they were interrupted.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use super::{FtpPeer, SIZE, interrupted, with_every_server, with_every_unencrypted_server};
use crate::harness::fault::{End, Fault, Proxy, Way, always, first};
use crate::harness::program::tool;
use crate::harness::scripted::{ScriptedServer, ftp};
use crate::harness::{WorkDir, binary, tree};

#[test]
fn every_server_transfers_whole_files_both_ways() {
    let content = tree::pattern(SIZE);
    with_every_server(|peer| {
        let (workdir, name) = (WorkDir::new(), &peer.name);
        peer.directory("d");
        peer.file("d/two words.bin", &content);
        peer.file("empty", "");
        let url = format!("{}d/two%20words.bin", peer.url);
        peer.client(&workdir, &["get", &url]).success();
        assert!(fs::read(workdir.join("two words.bin")).unwrap() == content, "{name}");
        peer.client(&workdir, &["get", &url]).fails(1, &["exists"]);
        workdir.file("other", "old");
        peer.client(&workdir, &["get", &url, "-o", "other"]).success();
        assert!(fs::read(workdir.join("other")).unwrap() == content, "{name}: -o replaces");
        assert!(peer.client(&workdir, &["get", &url, "-o", "-"]).success() == content, "{name}");
        assert!(peer.client(&workdir, &["cat", &url]).success() == content, "{name}");
        peer.client(&workdir, &["get", &format!("{}empty", peer.url)]).success();
        assert_eq!(fs::read(workdir.join("empty")).unwrap(), b"", "{name}");
        peer.client(&workdir, &["get", &format!("{}none", peer.url)]).fails(3, &["none"]);
        assert_eq!(workdir.names(), ["empty", "other", "two words.bin"], "{name}: and nothing else");

        peer.client(&workdir, &["put", "two words.bin", &peer.url]).success();
        assert!(fs::read(peer.root.join("two words.bin")).unwrap() == content, "{name}");
        peer.client(&workdir, &["put", "empty", &format!("{}d/new", peer.url)]).success();
        assert_eq!(fs::read(peer.root.join("d/new")).unwrap(), b"", "{name}");
        let piped = format!("{}piped", peer.url);
        let options = peer.options.iter().map(String::as_str);
        let words: Vec<_> = ["put", "-", &piped].into_iter().chain(options).collect();
        let mut command = workdir.command("ftp-mini", &words);
        workdir.run(command.stdin(File::open(workdir.join("other")).unwrap())).success();
        assert!(fs::read(peer.root.join("piped")).unwrap() == content, "{name}: piped");
    });
}

/// With TLS 1.3 a connection that is closed with unread tickets is reset, and the end of an upload is
/// sometimes lost.
#[test]
fn many_small_uploads_with_tls_all_arrive() {
    with_every_server(|peer| {
        let workdir = WorkDir::new();
        let content = tree::pattern(50_000);
        workdir.file("f", &content);
        for number in 0..12 {
            let put =
                peer.client(&workdir, &["put", "f", &format!("{}{number}", peer.url), "--retries", "0"]);
            assert_eq!(put.code, Some(0), "{} {number}: {}", peer.name, put.err);
            assert!(fs::read(peer.root.join(number.to_string())).unwrap() == content, "{}", peer.name);
        }
    });
}

#[test]
fn the_next_run_resumes_an_interrupted_download() {
    let content = tree::pattern(SIZE);
    with_every_unencrypted_server(|peer| {
        peer.file("f", &content);
        for cut in [0, 1, 70_000, 500_000, SIZE as u64 - 1] {
            for how in [End::Fin, End::Reset] {
                let why = format!("{}, {how:?} after {cut}", peer.name);
                // Does not cut the listing that precedes the transfer.
                let fault = Fault::Cut(Way::Down, cut, how);
                let cutting = Proxy::ftp(peer.address, always(Fault::None), always(fault));
                let workdir = WorkDir::new();
                let get = peer.client(
                    &workdir,
                    &["get", &format!("{}f", peer.url_at(cutting.address())), "--retries", "0"],
                );
                match how {
                    End::Reset => get.fails(5, &[]),
                    // A server that notices the end early replies 426.
                    End::Fin => get.fails_with(&[5, 6], &[]),
                }
                assert!(!workdir.join("f").exists(), "{why}: a part does not have the name");
                drop(cutting);
            }
        }
        for cut in [1, 70_000, 500_000, SIZE as u64 - 1] {
            let why = format!("{}, after {cut}", peer.name);
            let fault = Fault::Cut(Way::Down, cut, End::Fin);
            let proxy = Proxy::ftp(peer.address, always(Fault::None), first(1, fault));
            let (workdir, url) = (WorkDir::new(), format!("{}f", peer.url_at(proxy.address())));
            // A server that notices the end early replies 426: 5.
            peer.client(&workdir, &["get", &url, "--retries", "0"]).fails_with(&[5, 6], &[]);
            let before = proxy.sent_to_clients();
            peer.client(&workdir, &["get", &url, "--resume"]).success();
            assert!(fs::read(workdir.join("f")).unwrap() == content, "{why}");
            assert_eq!(workdir.names(), ["f"], "{why}: the part file is removed");
            let again = proxy.sent_to_clients() - before;
            // Allows for the check of the last bytes and for listings.
            let most = SIZE - usize::try_from(cut).unwrap() + 300_000;
            assert!(again <= most, "{why}: {again} bytes were sent again");
        }
    });
}

#[test]
fn a_changed_file_is_not_spliced() {
    let (one, two) = (tree::pattern(SIZE), tree::pattern(SIZE).into_iter().rev().collect::<Vec<_>>());
    with_every_unencrypted_server(|peer| {
        let file = peer.root.join("f");
        for (is_dated, why) in [(true, "with another time"), (false, "with the same size and time")] {
            fs::write(&file, &one).unwrap();
            let date = |days: u64| {
                let time = SystemTime::now() - Duration::from_secs(days * 86_400);
                File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
            };
            date(10);
            let fault = Fault::Cut(Way::Down, 500_000, End::Fin);
            let proxy = Proxy::ftp(peer.address, always(Fault::None), first(1, fault));
            let (workdir, url) = (WorkDir::new(), format!("{}f", peer.url_at(proxy.address())));
            peer.client(&workdir, &["get", &url, "--retries", "0"]).fails_with(&[5, 6], &[]);
            fs::write(&file, &two).unwrap();
            date(if is_dated { 5 } else { 10 });
            let got = peer.client(&workdir, &["get", &url, "--resume"]);
            assert_eq!(got.code, Some(0), "{} {why}: {}", peer.name, got.err);
            assert!(fs::read(workdir.join("f")).unwrap() == two, "{} {why}", peer.name);
        }
    });
}

#[test]
fn an_interrupted_upload_is_resumed() {
    let content = tree::pattern(SIZE);
    with_every_unencrypted_server(|peer| {
        // pyftpdlib forgets a data connection that is reset before it accepts it, and sends no reply.
        let how = if peer.name.contains("pyftpdlib") { End::Fin } else { End::Reset };
        for cut in [1, 70_000, 600_000] {
            let (workdir, why) = (WorkDir::new(), format!("{}, after {cut}", peer.name));
            workdir.file("f", &content);
            let fault = Fault::Cut(Way::Up, cut, how);
            let proxy = Proxy::ftp(peer.address, always(Fault::None), first(1, fault));
            let url = format!("{}once", peer.url_at(proxy.address()));
            let put = peer.client(&workdir, &["put", "f", &url]);
            assert_eq!(put.code, Some(0), "{why}: {}", put.err);
            assert!(fs::read(peer.root.join("once")).unwrap() == content, "{why}: in the same run");
            fs::remove_file(peer.root.join("once")).unwrap();

            let proxy = Proxy::ftp(peer.address, always(Fault::None), first(1, fault));
            let url = format!("{}twice", peer.url_at(proxy.address()));
            peer.client(&workdir, &["put", "f", &url, "--retries", "0"]).fails(5, &["twice"]);
            let put = peer.client(&workdir, &["put", "f", &url, "--resume"]);
            assert_eq!(put.code, Some(0), "{why}: {}", put.err);
            assert!(fs::read(peer.root.join("twice")).unwrap() == content, "{why}: in the next run");
            fs::remove_file(peer.root.join("twice")).unwrap();
        }
        // The existing part is not a prefix of the file.
        let workdir = WorkDir::new();
        workdir.file("f", &content);
        peer.file("f", vec![0; SIZE / 2]);
        let put = peer.client(&workdir, &["put", "f", &format!("{}f", peer.url), "--resume"]);
        assert_eq!(put.code, Some(0), "{}: {}", peer.name, put.err);
        assert!(fs::read(peer.root.join("f")).unwrap() == content, "{}: spliced", peer.name);
    });
}

#[test]
fn digests_are_compared_where_the_server_computes_them() {
    let content = tree::pattern(SIZE);
    with_every_server(|peer| {
        let (workdir, name) = (WorkDir::new(), &peer.name);
        peer.file("f", &content);
        let url = |path: &str| format!("{}{path}", peer.url);
        workdir.file("mine", &content);
        for words in [&["get", &url("f")][..], &["put", "mine", &url("g")], &["mirror", &url(""), "copy"]] {
            let words = &[words, &["--verify"]].concat();
            let outcome = peer.client(&workdir, words);
            match name.starts_with("ProFTPD") {
                true => assert_eq!(outcome.code, Some(0), "{name} {words:?}: {}", outcome.err),
                false => {
                    assert_eq!(outcome.code, Some(1), "{name} {words:?}: {}", outcome.err);
                    assert!(outcome.err.contains("computes no SHA-256"), "{name} {words:?}: {}", outcome.err);
                }
            }
        }
    });
    // A scripted server, because no real one sends a wrong digest.
    let server = ScriptedServer::ftp(ftp::files(&[("/f", &content)]), |session, verb, _| match verb {
        "XSHA256" => session.say(format!("250 {}", "0".repeat(64))),
        _ => Ok(false),
    });
    let workdir = WorkDir::new();
    workdir.file("mine", &content);
    let (from, to) = (server.url("ftp", "f"), server.url("ftp", "g"));
    for words in [["get", &from, "-o", "f", "--verify"], ["put", "mine", &to, "--verify", "--quiet"]] {
        workdir.ftp(&words).fails(6, &[]);
    }
    assert!(!workdir.join("f").exists(), "a wrong file is not stored");
}

/// Ctrl-C and --max-time apply to the whole command, not to one of its servers.
#[test]
fn interrupts_and_max_time_end_all_servers_of_a_command() {
    let (one, other) = (FtpPeer::ours(None), FtpPeer::ours(None));
    one.file("large", tree::pattern(4 << 20));
    other.file("f", "f\n");
    let urls = [format!("{}large", one.url), format!("{}f", other.url)];
    let words = ["get", &urls[0], &urls[1], "--limit-rate", "500k"];
    let workdir = WorkDir::new();
    assert_eq!(interrupted(&mut workdir.command("ftp-mini", &words), "< 150"), Some(130));
    assert!(!workdir.join("f").exists());
    workdir.ftp(&[&words[..], &["--max-time", "0.5"]].concat()).fails(5, &["--max-time"]);
    assert!(!workdir.join("f").exists());
    workdir.ftp(&["get", &urls[1], &urls[0]]).success();
    assert_eq!(
        workdir.names().iter().filter(|name| !name.ends_with(".part")).count(),
        2,
        "one after the other"
    );
}

#[test]
fn a_full_disk_is_reported() {
    let (peer, workdir) = (FtpPeer::ours(None), WorkDir::new());
    peer.file("f", tree::pattern(4 << 20));
    workdir.file("small/keep", "");
    let script = "mount -t tmpfs -o size=1m none small && cd small && exec \"$0\" \"$@\"";
    let mut command = tool("unshare");
    // A test without privileges gets them in a user namespace.
    command.arg(if rustix::process::geteuid().is_root() { "-m" } else { "-rm" });
    command.args(["sh", "-c", script]).arg(binary("ftp-mini"));
    command.args(["get", &format!("{}f", peer.url)]).current_dir(workdir.join(""));
    let got = workdir.run(&mut command);
    got.fails(1, &["no space left"]);
    assert!(!got.err.contains("--resume"), "nothing is left of it: {}", got.err);
}

#[test]
fn active_and_passive_transfers_work_with_every_server() {
    let content = tree::pattern(SIZE);
    with_every_server(|peer| {
        let workdir = WorkDir::new();
        peer.file("f", &content);
        // Pure-FTPd connects from port 20 if it may, which is its own business.
        let got = peer.client(&workdir, &["get", &format!("{}f", peer.url), "--active"]);
        assert_eq!(got.code, Some(0), "{}: {}", peer.name, got.err);
        assert!(fs::read(workdir.join("f")).unwrap() == content, "{}", peer.name);
        peer.client(&workdir, &["put", "f", &format!("{}g", peer.url), "--active"]).success();
        assert!(fs::read(peer.root.join("g")).unwrap() == content, "{}", peer.name);
    });
}

/// RFC 1738 section 3.2.2. Most servers show the login directory as `/`; vsftpd and ProFTPD report its path.
#[test]
fn urls_name_paths_from_the_login_directory() {
    with_every_unencrypted_server(|peer| {
        peer.directory("d");
        peer.file("d/f", "below\n");
        let workdir = WorkDir::new();
        let whole = peer.root.display().to_string().replace('/', "%2F");
        let reports_path = peer.name.starts_with("vsftpd") || peer.name.starts_with("ProFTPD");
        let from_the_root = if reports_path { format!("{whole}/d/f") } else { "%2Fd/f".into() };
        for (path, why) in [
            ("d/f", "from the login directory"),
            (&from_the_root, "from the root"),
            ("d/../d/f", "with dots, which are the URL's"),
            ("d/f;type=i", "as it is"),
        ] {
            let got = peer.client(&workdir, &["cat", &format!("{}{path}", peer.url)]);
            assert_eq!(got.text(), "below\n", "{}: {why}", peer.name);
        }
        for (path, why) in [("a%0d%0aDELE%20d", "a line end"), ("a%00b", "NUL"), ("a%0ab", "a line feed")] {
            let refused = peer.client(&workdir, &["cat", &format!("{}{path}", peer.url)]);
            assert_eq!(refused.code, Some(2), "{}: {why}", peer.name);
        }
    });
}
