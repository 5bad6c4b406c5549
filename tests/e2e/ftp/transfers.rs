//! Transfers and listings (RFC 959 section 4.1.3, RFC 3659).

use std::io::Read;

use super::{SIZE, served};
use crate::harness::ftp::Ftp;
use crate::harness::{Server, Tree, for_each_engine, shown, tree};

#[test]
fn rest_sets_the_offset() {
    let (tree, content) = served();
    for_each_engine(|engine| {
        let server = Server::ftp(&tree, &["--engine", engine, "--quiet"]);
        let mut ftp = Ftp::login(&server);
        for (at, why) in
            [(0, "RFC 3659 section 5.3: the start"), (1, "one byte"), (SIZE - 1, "the last"), (SIZE, "none")]
        {
            let mut data = ftp.data();
            ftp.expect(format!("REST {at}"), 350);
            ftp.expect("RETR f.bin", 150);
            assert!(data.rest() == content[at..], "{at}: {why}");
            ftp.expect_reply(226);
        }
        assert_eq!(ftp.fetch("RETR f.bin").len(), SIZE, "it counts once");
        let _data = ftp.data();
        ftp.expect(format!("REST {}", SIZE + 1), 350);
        ftp.expect("RETR f.bin", 554);
        ftp.expect("REST x", 501);
    });
}

#[test]
fn listings_name_every_entry() {
    let (tree, _) = served();
    for_each_engine(|engine| {
        let server = Server::ftp(&tree, &["--engine", engine, "--quiet"]);
        let mut ftp = Ftp::login(&server);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let nlst = text(ftp.fetch("NLST"));
        let mut names: Vec<&str> = nlst.split_terminator("\r\n").collect();
        names.sort_unstable();
        assert_eq!(names, ["a", "d", "empty", "f.bin", "two words"], "RFC 959 section 4.1.3");

        let list = text(ftp.fetch("LIST"));
        let rows: Vec<&str> = list.split_terminator("\r\n").collect();
        assert_eq!(rows.iter().filter(|row| !row.starts_with("total")).count(), 5, "{list}");
        assert!(rows.iter().any(|row| row.starts_with('d') && row.ends_with(" d")), "{list}");
        assert!(rows.iter().any(|row| row.starts_with('-') && row.ends_with(" two words")), "{list}");
        assert!(rows.iter().any(|row| row.contains(" 300000 ")), "{list}");
        assert_eq!(text(ftp.fetch("LIST -l")).lines().count(), rows.len(), "options are no name");

        let mlsd = text(ftp.fetch("MLSD"));
        let row = mlsd.split_terminator("\r\n").find(|row| row.ends_with(" f.bin")).expect(&mlsd);
        let facts = row.to_ascii_lowercase();
        assert!(facts.contains("type=file;") && facts.contains("size=300000;"), "RFC 3659 section 7: {row}");
        assert!(mlsd.to_ascii_lowercase().contains("type=dir;"), "{mlsd}");

        let mlst = ftp.expect("MLST f.bin", 250).text;
        assert!(mlst.lines().any(|line| line.starts_with(' ') && line.ends_with("f.bin")), "{mlst}");
        assert_eq!(text(ftp.fetch("NLST d")).trim_end().rsplit('/').next(), Some("b"));
        assert_eq!(ftp.fetch("RETR two words"), b"x", "a name with a space");
        assert_eq!(ftp.fetch("RETR empty"), b"");
    });
}

#[test]
fn the_session_continues_after_an_aborted_transfer() {
    let (tree, _) = served();
    tree.sparse("big", 1 << 32);
    for_each_engine(|engine| {
        let server = Server::ftp(&tree, &["--engine", engine, "--quiet"]);
        let mut ftp = Ftp::login(&server);
        for abort in [&b"ABOR\r\n"[..], b"\xff\xf4\xff\xf2ABOR\r\n"] {
            let data = ftp.data();
            ftp.expect("RETR big", 150);
            data.stream().read_exact(&mut [0; 1_000]).unwrap();
            ftp.control.send(abort);
            ftp.expect_reply(426);
            ftp.expect_reply(226);
            ftp.expect("NOOP", 200);
        }
        ftp.expect("ABOR", 226);
        assert_eq!(ftp.fetch("RETR a"), b"hello\n");
    });
}

/// RFC 959 section 5.4, and RFC 1123 section 4.1.3.3 for STAT.
#[test]
fn commands_are_answered_during_a_transfer() {
    let (tree, _) = served();
    tree.sparse("big", 1 << 32);
    for_each_engine(|engine| {
        let server = Server::ftp(&tree, &["--engine", engine, "--quiet"]);
        let mut ftp = Ftp::login(&server);
        let data = ftp.data();
        ftp.expect("RETR big", 150);
        data.stream().read_exact(&mut [0; 1_000]).unwrap();
        ftp.expect("NOOP", 200);
        ftp.expect("STAT", 211);
        drop(data);
        ftp.expect_reply(426);
        ftp.expect("NOOP", 200);
    });
}

#[test]
fn quit_during_a_transfer_lets_it_finish() {
    let (tree, content) = served();
    for_each_engine(|engine| {
        let server = Server::ftp(&tree, &["--engine", engine, "--quiet"]);
        let mut ftp = Ftp::login(&server);
        let mut data = ftp.data();
        ftp.control.send("RETR f.bin\r\nQUIT\r\n");
        ftp.expect_reply(150);
        assert!(data.rest() == content);
        ftp.expect_reply(226);
        ftp.expect_reply(221);
    });
}

/// Names that are awkward elsewhere are plain bytes here.
#[test]
fn any_name_can_be_listed_and_fetched() {
    let tree = Tree::new();
    let mut names: Vec<Vec<u8>> = tree::AWKWARD.iter().map(|name| name.as_bytes().to_vec()).collect();
    names.extend([
        b"not UTF-8 \xff\xfe".to_vec(),
        b"latin \xe9".to_vec(),
        b"*".to_vec(),
        b"[a-z]*".to_vec(),
        b"-la".to_vec(),
    ]);
    names.iter().for_each(|name| drop(tree.file(name, name)));
    names.sort_unstable();
    for_each_engine(|engine| {
        let server = Server::ftp(&tree, &["--engine", engine, "--quiet"]);
        let mut ftp = Ftp::login(&server);
        let mlsd = ftp.fetch("MLSD");
        let mut listed: Vec<Vec<u8>> = Vec::new();
        for row in mlsd.split(|&byte| byte == b'\n').filter(|row| !row.is_empty()) {
            let row = row.strip_suffix(b"\r").unwrap();
            let name = &row[row.iter().position(|&byte| byte == b' ').unwrap() + 1..];
            if !row.windows(4).any(|four| four.eq_ignore_ascii_case(b"dir;")) {
                listed.push(name.to_vec());
            }
        }
        listed.sort_unstable();
        assert!(listed == names, "{:?}", listed.iter().map(|name| shown(name)).collect::<Vec<_>>());
        for name in &names {
            // RFC 854: byte 255 starts a Telnet command and is doubled to represent itself.
            let sent: Vec<u8> = name
                .iter()
                .flat_map(|&byte| std::iter::repeat_n(byte, if byte == 0xFF { 2 } else { 1 }))
                .collect();
            assert_eq!(&ftp.fetch([b"RETR /", &sent[..]].concat()), name);
            assert_eq!(&ftp.fetch([b"RETR /", &name[..]].concat()), name, "as most clients send it");
        }
    });
}
