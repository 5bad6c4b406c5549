//! STOR, APPE, STOU and ALLO: RFC 959 section 4.1.3, RFC 1123 section 4.1.2.9, RFC 3659 section 5.

use std::fs;
use std::time::{Duration, SystemTime};

use rustix::net::sockopt::{set_socket_linger, set_socket_send_buffer_size};

use super::*;

#[test]
fn a_file_has_the_uploaded_content() {
    let server = Server::with(Setup::writable());
    let content: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    let mut client = server.log_in();
    for size in [0, 1, 4_096, 262_144, 262_145, content.len()] {
        let reply = client.store("STOR a", &content[..size]);
        assert_eq!(reply, format!("226 Stored, {size} bytes."));
        assert!(server.read("a").unwrap() == content[..size], "{size}: new, or instead of the last one");
        assert!(client.retrieve("RETR a") == content[..size], "{size}: and it is served");
    }
    assert_eq!(server.names(), ["a"]);
}

#[test]
fn in_type_a_crlf_becomes_lf_and_nothing_else_changes() {
    let server = Server::with(Setup::writable());
    let mut client = server.log_in();
    client.converse(&[("TYPE A", "200 ", "")]);
    for (sent, stored, why) in [
        ("one\r\ntwo\r\n", "one\ntwo\n", "RFC 959 section 3.1.1.1"),
        ("one\ntwo\rthree\r", "one\ntwo\rthree\r", "a lone LF and a lone CR stay"),
        ("\r\r\n", "\r\n", "only the CR before the LF"),
        ("", "", "nothing"),
    ] {
        assert_eq!(&client.store("STOR a", sent)[..4], "226 ", "{why}");
        assert_eq!(server.read("a").unwrap(), stored.as_bytes(), "{why}");
    }
    let long = "0123456789\r\n\r\r\n".repeat(50_000);
    client.store("STOR a", &long);
    assert!(server.read("a").unwrap() == long.replace("\r\n", "\n").as_bytes(), "across all pieces");
    client.converse(&[("REST 1", "350 ", ""), ("STOR a", "550 ", "offsets in converted text are not known")]);
    assert_eq!(&client.store("APPE a", "end\r\n")[..4], "226 ");
    assert!(server.read("a").unwrap().ends_with(b"\r\nend\n"));
}

#[test]
fn rest_and_appe_write_into_the_existing_file() {
    let server = Server::with(Setup::writable());
    let mut client = server.log_in();
    for (rest, command, expected, after, why) in [
        (0, "STOR a", "226 ", "new", "REST 0 is none"),
        (3, "STOR a", "226 ", "befnew", "RFC 3659 section 5: the rest is truncated"),
        (6, "STOR a", "226 ", "beforenew", "just at the end"),
        (7, "STOR a", "554 ", "before", "beyond it"),
        (0, "APPE a", "226 ", "beforenew", "RFC 959: at the end"),
        (3, "APPE a", "226 ", "beforenew", "REST is not for APPE"),
    ] {
        server.write("a", "before");
        client.converse(&[(&format!("REST {rest}"), "350 ", "")]);
        assert_eq!(&client.store(command, "new")[..4], expected, "{why}");
        assert_eq!(server.read("a").unwrap(), after.as_bytes(), "{why}");
        client.store("STOR b", "b");
        assert_eq!(server.read("b").unwrap(), b"b", "{why}: it counts once");
    }
    assert_eq!(&client.store("APPE c", "new")[..4], "226 ", "nothing to append to");
    assert_eq!(server.read("c").unwrap(), b"new");
    client.converse(&[("REST 1", "350 ", ""), ("STOR d", "554 ", "nothing to resume")]);
}

/// A way to interrupt an upload, and the reply to the client.
type Cut = fn(Client, TcpStream) -> Option<(Client, String)>;

const CUTS: [(&str, Cut); 5] = [
    ("a reset", |mut client, data| {
        reset(data);
        let reply = client.reply();
        Some((client, reply))
    }),
    ("ABOR", |mut client, data| {
        client.send(b"\xFF\xF4\xFF\xF2ABOR\r\n");
        let reply = client.reply();
        assert_eq!(&client.reply()[..4], "226 ", "for the ABOR");
        drop(data);
        Some((client, reply))
    }),
    ("the end of the control connection, then of the other", |client, data| {
        drop(client);
        drop(data);
        None
    }),
    ("the same behind more commands than may wait", |mut client, data| {
        client.send(&b"PWD\r\n".repeat(100));
        drop(client);
        drop(data);
        None
    }),
    ("the end of the control connection alone", |client, mut data| {
        drop(client);
        let _ = data.read(&mut [0]);
        None
    }),
];

fn reset(data: TcpStream) {
    set_socket_linger(&data, Some(Duration::ZERO)).unwrap();
    drop(data);
}

#[test]
fn a_cut_upload_changes_nothing_and_is_kept_for_its_user() {
    let content = vec![b'x'; 700_000];
    for before in [None, Some("before")] {
        for (why, cut) in CUTS {
            let server = Server::with(Setup::writable());
            if let Some(before) = before {
                server.write("a", before);
            }
            let mut client = server.log_in();
            let mut data = client.passive();
            // A small buffer, so that the server has read most of the content when the send returns.
            set_socket_send_buffer_size(&data, 16 << 10).unwrap();
            client.converse(&[("STOR a", "150 ", "")]);
            data.write_all(&content).unwrap();
            let mut client = match cut(client, data) {
                Some((client, reply)) => {
                    assert_eq!(&reply[..4], "426 ", "{why}");
                    client
                }
                None => server.log_in(),
            };
            wait_for_partial(&server, why);
            assert_eq!(server.read("a").as_deref(), before.map(str::as_bytes), "{why}");
            if before.is_some() {
                client.converse(&[("SIZE a", "213 6", "of the file that is there")]);
                continue;
            }
            let size = client.say("SIZE a");
            let kept: usize = size.strip_prefix("213 ").unwrap_or_else(|| panic!("{size}")).parse().unwrap();
            assert!(kept <= content.len(), "{why}: {kept}");
            client.converse(&[("RETR a", "550 ", "only SIZE reports it"), ("MDTM a", "550 ", "")]);
            client.converse(&[(&format!("REST {kept}"), "350 ", "")]);
            let rest = [&content[kept..], b"end"].concat();
            assert_eq!(&client.store("STOR a", rest)[..4], "226 ", "{why}");
            assert!(server.read("a").unwrap() == [&content[..], b"end"].concat(), "{why}: resumed");
            assert_eq!(server.names(), ["a"], "{why}");
        }
    }
}

/// A client that has not sent SIZE does not know of a partial upload, and sends a file of its own. Anonymous
/// clients of one address share their partial uploads.
#[test]
fn appe_continues_the_partial_upload_that_size_reported() {
    let part = vec![b'A'; 65_540];
    let (reported, resumed) = (&part[..65_536], [&part[..65_536], b"BB"].concat());
    let drop_box = Users::new(Vec::new(), Some(Actions::DROP)).unwrap();
    for setup in [Setup::writable(), Setup::of(drop_box)] {
        let server = Server::with(setup);
        for (commands, command, content, why) in [
            (&[][..], "APPE a", &b"BB"[..], "SIZE not sent"),
            (&["SIZE a"], "APPE a", &resumed, "reported"),
            (&["SIZE a", "SIZE b"], "APPE a", b"BB", "SIZE of another file sent since"),
            (&["SIZE a"], "APPE b", b"BB", "reported of another"),
            (&["SIZE a", "REIN", "USER ftp", "PASS x", "TYPE I"], "APPE a", b"BB", "forgotten"),
            (&["REST 4"], "STOR a", b"AAAABB", "REST selects it as well"),
        ] {
            server.clear();
            interrupt(&server, &part);
            let mut client = server.log_in();
            commands.iter().for_each(|command| drop(client.say(command)));
            assert_eq!(&client.store(command, "BB")[..4], "226 ", "{commands:?} {command}: {why}");
            let name = command.split(' ').next_back().unwrap();
            assert!(server.read(name).unwrap() == content, "{commands:?} {command}: {why}");
        }
    }
    let server = Server::with(Setup::writable());
    interrupt(&server, &part);
    let mut client = server.log_in();
    client.converse(&[("SIZE a", &format!("213 {}", reported.len()), "")]);
    server.write("a", "another");
    assert_eq!(&client.store("APPE a", "BB")[..4], "553 ", "there is a file now");
    assert_eq!(&client.store("APPE a", "BB")[..4], "226 ", "and SIZE of the file was not sent");
    assert_eq!(server.read("a").unwrap(), b"anotherBB");
}

/// An upload to `a` that ends before the announced size.
fn interrupt(server: &Server, content: &[u8]) {
    let mut client = server.log_in();
    client.converse(&[("ALLO 999999", "200 ", "")]);
    assert_eq!(&client.store("STOR a", content)[..4], "426 ");
}

/// A client that gets the full size assumes that the file is stored, and sends nothing.
#[test]
fn size_reports_less_than_is_kept() {
    let server = Server::with(Setup::writable());
    for (kept, reported, why) in [
        (1, None, "nothing is left to be reported"),
        (65_535, None, "less than a step"),
        (65_536, None, "a whole step, less one byte"),
        (65_537, Some(65_536), "a step"),
        (131_072, Some(65_536), "two, less one byte"),
        (200_000, Some(196_608), "three"),
    ] {
        server.clear();
        interrupt(&server, &vec![b'x'; kept]);
        let expected = reported.map_or("550 ".to_owned(), |size| format!("213 {size}"));
        server.log_in().converse(&[("SIZE a", &expected, why)]);
    }
    server.clear();
    interrupt(&server, &[b'x'; 100_000]);
    let mut client = server.log_in();
    let partial = server.path().join(server.names().remove(0));
    for (minutes, expected, why) in [(59, "213 65536", "within an hour"), (61, "550 ", "after an hour")] {
        let then = SystemTime::now() - Duration::from_secs(60 * minutes);
        fs::File::options().write(true).open(&partial).unwrap().set_modified(then).unwrap();
        client.converse(&[("SIZE a", expected, why)]);
    }
    client.converse(&[("REST 100000", "350 ", "")]);
    assert_eq!(&client.store("STOR a", "end")[..4], "226 ", "who knows the size may continue all the same");
}

/// Otherwise a client that cannot open data connections would lose 64 KiB with each attempt.
#[test]
fn an_attempt_to_resume_without_content_loses_nothing() {
    let server = Server::with(Setup::writable());
    interrupt(&server, &[b'x'; 200_000]);
    let mut client = server.log_in();
    for _ in 0..3 {
        client.converse(&[("SIZE a", "213 196608", ""), ("REST 196608", "350 ", ""), ("STOR a", "425 ", "")]);
    }
    client.converse(&[("SIZE a", "213 196608", ""), ("APPE a", "425 ", ""), ("SIZE a", "213 196608", "")]);
    client.converse(&[("REST 65536", "350 ", ""), ("ALLO 999999", "200 ", "")]);
    assert_eq!(&client.store("STOR a", "yy")[..4], "426 ");
    client.converse(&[
        ("SIZE a", "213 65536", "the first byte truncates the rest"),
        ("REST 65536", "350 ", ""),
    ]);
    assert_eq!(&client.store("STOR a", "")[..4], "226 ", "also when nothing is sent");
    assert!(server.read("a").unwrap() == [b'x'; 65_536]);
}

/// An unnamed file does not show in its directory.
#[test]
fn a_directory_with_an_upload_in_progress_is_not_removed() {
    for (remove, expected, why) in [("RMD d", "550 ", "RMD"), ("RNTO e", "250 ", "a rename takes it along")] {
        let server = Server::with(Setup::writable());
        fs::create_dir(server.path().join("d")).unwrap();
        let (mut client, mut other) = (server.log_in(), server.log_in());
        let mut data = client.passive();
        client.converse(&[("STOR d/x", "150 ", "")]);
        data.write_all(b"content").unwrap();
        if remove.starts_with("RNTO") {
            other.converse(&[("RNFR d", "350 ", "")]);
        }
        other.converse(&[(remove, expected, why)]);
        drop(data);
        assert_eq!(&client.reply()[..4], "226 ", "{why}");
        let stored = if remove == "RMD d" { "d/x" } else { "e/x" };
        assert_eq!(server.read(stored).unwrap(), b"content", "{why}");
        other.converse(&[("RMD d", "550 ", "not empty, or renamed")]);
    }
}

/// Waits until the received bytes are kept, as the only stray name.
fn wait_for_partial(server: &Server, why: &str) {
    for _ in 0..200 {
        let own: Vec<_> = server.names().into_iter().filter(|name| name.starts_with('.')).collect();
        match own.as_slice() {
            [one] if one.starts_with(".mini~part-") => return,
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
    }
    panic!("{why}: {:?}", server.names());
}

#[test]
fn a_partial_upload_is_not_visible_to_any_user() {
    for hidden in [false, true] {
        let server = Server::with(Setup { hidden, ..Setup::writable() });
        let mut client = server.log_in();
        client.converse(&[("ALLO 5", "200 ", "")]);
        assert_eq!(&client.store("STOR a", "part")[..4], "426 ");
        let names = server.names();
        let [partial] = &names[..] else { panic!("{names:?}") };
        for verb in ["RETR", "SIZE", "MDTM", "MLST", "MLSD", "LIST", "NLST", "STAT", "CWD", "RNFR"] {
            client.converse(&[(&format!("{verb} {partial}"), "550 ", "not there")]);
        }
        for verb in ["STOR", "APPE", "STOU", "DELE", "RMD", "MKD", "MFMT 20261123185100", "SITE CHMOD 600"] {
            client.converse(&[(&format!("{verb} {partial}"), "553 ", "no name for a file")]);
        }
        let expected = if hidden { "226 " } else { "553 " };
        assert_eq!(&client.store("STOR .dot", "")[..4], expected, "other names with a dot");
        server.write("b", "");
        client.converse(&[("RNFR b", "350 ", ""), (&format!("RNTO {partial}"), "553 ", "")]);
        for listing in ["LIST -a", "NLST -a", "MLSD", "NLST .*", "LIST -aR", "NLST *"] {
            let lines = client.lines(listing);
            assert!(!lines.iter().any(|line| line.contains("mini~")), "{listing}: {lines:?}");
        }
    }
}

#[test]
fn allo_sets_the_least_size() {
    let server = Server::with(Setup::writable());
    let mut client = server.log_in();
    for (announced, rest, command, expected, why) in [
        (4, 0, "STOR a", "226 ", "as many"),
        (3, 0, "STOR a", "226 ", "more than announced"),
        (5, 0, "STOR a", "426 ", "fewer"),
        (5, 1, "STOR a", "226 ", "of the whole file"),
        (6, 1, "STOR a", "426 ", "of the whole file"),
        (9, 0, "APPE a", "226 ", "clients disagree on the meaning of the size"),
        (5, 0, "STOU", "426 ", "fewer"),
    ] {
        server.write("a", "before");
        client.converse(&[(&format!("REST {rest}"), "350 ", ""), (&format!("ALLO {announced}"), "200 ", "")]);
        assert_eq!(&client.store(command, "1234")[..4], expected, "{why}");
        assert_eq!(&client.store("STOR b", "b")[..4], "226 ", "{why}: it counts once");
    }
}

#[test]
fn stou_finds_a_name_that_nothing_has() {
    let server = Server::with(Setup::writable());
    server.write("taken", "kept");
    server.write("sub/x", "");
    let mut client = server.log_in();
    for (command, start, why) in [
        ("STOU", "150 FILE: upload-", "RFC 1123 section 4.1.2.9"),
        ("STOU free", "150 FILE: free", "as suggested"),
        ("STOU taken", "150 FILE: taken.", "there is one"),
        ("STOU sub", "150 FILE: sub.", "a directory"),
        ("STOU sub/x", "150 FILE: sub/x.", "in another directory"),
    ] {
        let mut data = client.passive();
        let begun = client.say(command);
        assert!(begun.starts_with(start), "{why}: {begun}");
        data.write_all(command.as_bytes()).unwrap();
        drop(data);
        assert_eq!(&client.reply()[..4], "226 ", "{why}");
        let name = begun.strip_prefix("150 FILE: ").unwrap();
        assert_eq!(server.read(name).unwrap(), command.as_bytes(), "{why}");
    }
    assert_eq!(server.read("taken").unwrap(), b"kept");
}

#[test]
fn impossible_uploads_are_refused_before_the_transfer() {
    let server = Server::with(Setup::writable());
    server.write("sub/x", "");
    let mut client = server.log_in();
    client.converse(&[
        ("STOR a", "425 ", "nothing was prepared"),
        ("STOR sub", "550 ", "a directory"),
        ("STOR /", "553 ", "the root"),
        ("STOR none/a", "550 ", "no directory to hold it"),
        ("STOR sub/x/a", "550 ", "a file on the way"),
        ("STOR ../a", "550 ", "outside"),
        ("STOR .a", "553 ", "names with a dot are not served"),
        (&format!("STOR {}", "a".repeat(256)), "550 ", "longer than a name can be"),
        ("STOR", "501 ", "no name"),
    ]);
    assert_eq!(server.names(), ["sub"], "and 425 leaves nothing");
}

#[test]
fn overlapping_uploads_of_one_name_never_mix() {
    let server = Server::with(Setup::writable());
    let at = server.at;
    let mut uploads = Vec::new();
    for number in 0..50_u8 {
        let mut client = server.log_in();
        let data = client.passive();
        client.converse(&[("STOR a", "150 ", "")]);
        uploads.push((b'A' + number, client, data));
    }
    let threads: Vec<_> = uploads
        .into_iter()
        .map(|(letter, mut client, mut data)| {
            std::thread::spawn(move || {
                data.write_all(&vec![letter; 600_000]).unwrap();
                drop(data);
                assert_eq!(&client.reply()[..4], "226 ", "{at}");
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let content = server.read("a").unwrap();
    assert_eq!(content.len(), 600_000);
    assert!(content.iter().all(|byte| *byte == content[0]), "one of them, whole");
    assert_eq!(server.names(), ["a"]);
}

#[test]
fn a_stopping_server_lets_an_upload_finish() {
    let server = Server::with(Setup::writable());
    let mut client = server.log_in();
    let mut data = client.passive();
    client.converse(&[("STOR a", "150 ", "")]);
    data.write_all(b"one ").unwrap();
    client.converse(&[("NOOP", "200 ", "")]);
    server.begin_to_stop();
    data.write_all(b"two").unwrap();
    drop(data);
    assert_eq!(&client.reply()[..4], "226 ");
    assert_eq!(server.read("a").unwrap(), b"one two");
}

#[test]
fn a_stopping_server_still_sees_that_its_client_is_gone() {
    let server = Server::with(Setup::writable());
    let mut client = server.log_in();
    let mut data = client.passive();
    client.converse(&[("STOR a", "150 ", "")]);
    data.write_all(b"half").unwrap();
    client.converse(&[("NOOP", "200 ", "")]);
    server.begin_to_stop();
    drop(client);
    drop(data);
    wait_for_partial(&server, "the end of the control connection");
    assert_eq!(server.read("a"), None);
}
