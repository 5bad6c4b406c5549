//! Uploads (RFC 959 section 4.1.3): complete or not stored, however they end.

use std::fs;
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::sockopt::{set_socket_linger, set_socket_send_buffer_size};

use super::{own_names, store};
use crate::harness::ftp::Ftp;
use crate::harness::{Server, TIMEOUT, Tree, Wire, for_each_engine, tree};

#[test]
fn stored_files_are_served() {
    for_each_engine(|engine| {
        let served = Tree::new();
        let server = Server::ftp(&served, &["--writable", "--engine", engine]);
        let mut ftp = Ftp::login(&server);
        for size in [0, 1, 300_000, 5_000_000] {
            let content = tree::pattern(size);
            assert_eq!(store(&mut ftp, "STOR a", &content), 226);
            assert!(fs::read(served.join("a")).unwrap() == content, "{size}");
            assert!(ftp.fetch("RETR a") == content, "{size}");
        }
        ftp.expect("MKD d", 257);
        ftp.expect("CWD d", 250);
        assert_eq!(store(&mut ftp, "APPE b", b"one "), 226);
        assert_eq!(store(&mut ftp, "APPE b", b"two"), 226);
        ftp.expect("REST 4", 350);
        assert_eq!(store(&mut ftp, "STOR b", b"three"), 226);
        assert_eq!(fs::read(served.join("d/b")).unwrap(), b"one three");
        let lines = server.log_lines("STOR /d/b\" 226 5 ", 1);
        assert_eq!(lines.len(), 1, "the whole path and the bytes received: {lines:?}");
        assert_eq!(store(&mut ftp, "STOU", b"unique"), 226);
        let lines = server.log_lines("STOU /d/upload-", 1);
        let name = lines[0].split(['/', '"']).find(|name| name.starts_with("upload-")).unwrap();
        ftp.expect(format!("DELE {name}"), 250);
        ftp.expect("RNFR b", 350);
        ftp.expect("RNTO /c", 250);
        ftp.expect("RMD /d", 250);
        ftp.expect("DELE /a", 250);
        assert_eq!(tree::contents(served.path()).len(), 1);
    });
}

/// Interrupts an upload, given its control and data connection.
type Cut = fn(Ftp, Wire);

const CUTS: [(&str, Cut); 4] = [
    ("a reset", |mut ftp, data| {
        reset(&data);
        drop(data);
        ftp.expect_reply(426);
    }),
    ("ABOR", |mut ftp, _data| {
        ftp.control.send(b"\xff\xf4\xff\xf2ABOR\r\n");
        ftp.expect_reply(426);
        ftp.expect_reply(226);
    }),
    ("the end of both connections", |ftp, data| {
        drop(ftp);
        drop(data);
    }),
    ("a reset of both connections", |ftp, data| {
        reset(&ftp.control);
        reset(&data);
    }),
];

/// Makes the connection end with a reset instead of a FIN.
fn reset(wire: &Wire) {
    set_socket_linger(wire.stream(), Some(Duration::ZERO)).unwrap();
}

#[test]
fn an_interrupted_upload_changes_nothing_and_can_be_resumed() {
    let content = tree::pattern(700_000);
    for_each_engine(|engine| {
        for (why, cut) in CUTS {
            let served = Tree::of(&[("old", "before")]);
            let server = Server::ftp(&served, &["--writable", "--engine", engine, "--quiet"]);
            for name in ["old", "new"] {
                let mut ftp = Ftp::login(&server);
                let mut data = ftp.data();
                // A small buffer, so that the server has read most of the content when the send returns.
                set_socket_send_buffer_size(data.stream(), 16 << 10).unwrap();
                ftp.expect(format!("STOR {name}"), 150);
                data.send(&content[..500_000]);
                cut(ftp, data);
                wait_for(why, || own_names(served.path()).len() == if name == "old" { 1 } else { 2 });
            }
            assert_eq!(fs::read(served.join("old")).unwrap(), b"before", "{why}");
            assert!(!served.join("new").exists(), "{why}");
            let mut ftp = Ftp::login(&server);
            assert_eq!(ftp.expect("SIZE old", 213).text, "6", "{why}: of the file that is there");
            let kept: usize = ftp.expect("SIZE new", 213).text.parse().unwrap();
            assert!((1..=500_000).contains(&kept), "{why}: {kept}");
            // The server may still be synchronising the partial upload (450).
            let deadline = Instant::now() + TIMEOUT;
            let code = loop {
                ftp.expect(format!("REST {kept}"), 350);
                match store(&mut ftp, "STOR new", &content[kept..]) {
                    450 if Instant::now() < deadline => {}
                    code => break code,
                }
            };
            assert_eq!(code, 226, "{why}");
            assert!(fs::read(served.join("new")).unwrap() == content, "{why}");
            assert_eq!(store(&mut ftp, "STOR old", &content), 226, "{why}");
            assert_eq!(own_names(served.path()), [""; 0], "{why}");
        }
    });
}

#[track_caller]
fn wait_for(why: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !is_so() {
        assert!(Instant::now() < deadline, "{why}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_full_disk_is_reported_and_leaves_no_partial_file() {
    for_each_engine(|engine| {
        let mounted = Tree::new();
        let server = Server::on_a_small_disk("ftp-mini", mounted.path(), &["--engine", engine]);
        let mut ftp = Ftp::login(&server);
        let half = tree::pattern(500_000);
        assert_eq!(store(&mut ftp, "STOR a", &half), 226);
        for (command, content) in [
            ("STOR b", 3_000_000),
            ("STOR a", 700_000),
            ("STOU", 3_000_000),
            ("APPE a", 700_000),
            ("APPE b", 3_000_000),
            ("REST 500000, STOR a", 700_000),
        ] {
            let data = ftp.data();
            let (restart, command) = command.split_once(", ").unwrap_or(("REST 0", command));
            ftp.expect(restart, 350);
            ftp.expect(command, 150);
            // The server aborts before it has read everything.
            let _ = data.stream().write_all(&tree::pattern(content));
            drop(data);
            ftp.expect_reply(452);
            assert!(ftp.fetch("RETR a") == half, "{command}: the earlier content is unchanged");
            assert_eq!(server.names_in(mounted.path()), ["a"], "{command}: no stray file");
        }
        assert_eq!(store(&mut ftp, "STOR b", b"small"), 226, "there is room again");
    });
}

#[test]
fn fifty_uploads_of_one_name_leave_one_of_them() {
    for_each_engine(|engine| {
        // Each upload has its own thread in a pool, or waits for one.
        let engine = if engine.starts_with("pool") { "pool:50" } else { engine };
        let served = Tree::new();
        let server = Server::ftp(&served, &["--writable", "--engine", engine, "--quiet"]);
        let uploads: Vec<_> = (0..50)
            .map(|number| {
                let mut ftp = Ftp::login(&server);
                let data = ftp.data();
                ftp.expect("STOR a", 150);
                (b'A' + number, ftp, data)
            })
            .collect();
        let threads: Vec<_> = uploads
            .into_iter()
            .map(|(letter, mut ftp, mut data)| {
                thread::spawn(move || {
                    data.send(vec![letter; 400_000]);
                    drop(data);
                    ftp.expect_reply(226);
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let content = fs::read(served.join("a")).unwrap();
        assert_eq!(content.len(), 400_000);
        assert!(content.iter().all(|byte| *byte == content[0]), "one of them, whole");
        assert_eq!(own_names(served.path()), [""; 0]);
    });
}

/// Two sessions that resume the same file would mix their content. One upload runs at a time, and its content
/// is in the file when it is acknowledged.
#[test]
fn an_upload_in_place_locks_the_file() {
    let (half, rest) = ("x".repeat(500_000), "y".repeat(500_000));
    for_each_engine(|engine| {
        let served = Tree::of(&[("a", "before")]);
        let server = Server::ftp(&served, &["--writable", "--engine", engine, "--quiet"]);
        let (mut one, mut other) = (Ftp::login(&server), Ftp::login(&server));
        for (offset, command) in [(None, "APPE a"), (Some(3), "STOR a")] {
            let before = fs::read_to_string(served.join("a")).unwrap();
            let kept = &before[..offset.unwrap_or(before.len())];
            let restart = |ftp: &mut Ftp| {
                offset.map(|offset| ftp.expect(format!("REST {offset}"), 350));
            };
            let mut data = one.data();
            restart(&mut one);
            one.expect(command, 150);
            data.send(&half);
            assert_eq!(store(&mut other, "APPE a", b"other"), 450, "{command}");
            other.expect("REST 1", 350);
            assert_eq!(store(&mut other, "STOR a", b"other"), 450, "{command}");
            data.send(&rest);
            drop(data);
            one.expect_reply(226);
            let stored = fs::read_to_string(served.join("a")).unwrap();
            assert!(stored == [kept, &half, &rest].concat(), "{command}: {} bytes", stored.len());

            for (meanwhile, after) in [("STOR a", Some("other")), ("DELE a", None)] {
                fs::write(served.join("a"), "before").unwrap();
                let data = one.data();
                restart(&mut one);
                one.expect(command, 150);
                match after {
                    Some(content) => assert_eq!(store(&mut other, meanwhile, content.as_bytes()), 226),
                    None => assert_eq!(other.say(meanwhile).code, 250),
                }
                drop(data);
                one.expect_reply(550);
                assert_eq!(fs::read_to_string(served.join("a")).ok().as_deref(), after, "{meanwhile}");
            }
            fs::write(served.join("a"), "before").unwrap();
        }
        assert_eq!(tree::contents(served.path()).len(), 1);
    });
}

/// Partial uploads of earlier runs are available to their user when the server starts again.
#[test]
fn an_interrupted_upload_can_be_resumed_after_a_restart() {
    let served = Tree::new();
    let options = ["--writable", "--user", "ada:secret", "--quiet"];
    let server = Server::ftp(&served, &options);
    let mut ftp = super::login(&server, "ada", "secret");
    ftp.expect("ALLO 200000", 200);
    let part = tree::pattern(100_000);
    assert_eq!(store(&mut ftp, "STOR a", &part), 426);
    drop(ftp);
    server.stop();
    let server = Server::ftp(&served, &options);
    let mut ftp = super::login(&server, "ada", "secret");
    assert_eq!(ftp.expect("SIZE a", 213).text, "65536");
    assert_eq!(store(&mut ftp, "APPE a", b"more"), 226);
    assert!(fs::read(served.join("a")).unwrap() == [&part[..65_536], b"more"].concat());
}
