//! Directories and facts of files: RFC 959 section 4.1.1, RFC 3659 sections 3, 4 and 7.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use super::*;

#[test]
fn navigation_follows_rfc_959() {
    let server = Server::start();
    server.write("pub/sub/a", "");
    server.write("say \"hi\"/a", "");
    let mut client = server.log_in();
    client.converse(&[
        ("PWD", "257 \"/\" ", ""),
        ("CWD pub", "250 ", "relative"),
        ("CWD sub", "250 ", ""),
        ("XPWD", "257 \"/pub/sub\" ", "RFC 775"),
        ("XCUP", "250 ", "RFC 775"),
        ("PWD", "257 \"/pub\" ", ""),
        ("XCWD sub", "250 ", "RFC 775"),
        ("CWD ..", "250 ", ""),
        ("PWD", "257 \"/pub\" ", ""),
        ("CDUP", "250 ", ""),
        ("CDUP", "250 ", "the root stays"),
        ("PWD", "257 \"/\" ", ""),
        ("CWD ..", "250 ", "and nothing is above it"),
        ("CWD ../..//", "250 ", ""),
        ("PWD", "257 \"/\" ", ""),
        ("CWD /pub/../../pub", "550 ", "a name above it"),
        ("CWD pub", "250 ", ""),
        ("CWD ../../..", "250 ", "further up than the root"),
        ("PWD", "257 \"/\" ", ""),
        ("CWD pub", "250 ", ""),
        ("CWD //pub//sub/", "250 ", "slashes as some clients send them"),
        ("CWD ~", "250 ", "home is the root"),
        ("PWD", "257 \"/\" ", ""),
        ("CWD ~/pub/", "250 ", "below it"),
        ("PWD", "257 \"/pub\" ", ""),
        ("CWD ~/", "250 ", "devices send the slash"),
        ("PWD", "257 \"/\" ", ""),
        ("CWD nowhere", "550 ", ""),
        ("CWD pub/sub/a", "550 ", "a file"),
        ("CWD pub/sub/a/b", "550 ", "in a file"),
        ("CWD", "501 ", "no name"),
        ("CWD say \"hi\"", "250 ", ""),
        ("PWD", "257 \"/say \"\"hi\"\"\" ", "RFC 959 appendix II: quotes are doubled"),
    ]);
}

#[test]
fn facts_of_files_follow_rfc_3659() {
    let server = Server::start();
    server.write("notes.txt", "one\ntwo\n");
    server.write("pub/a", "");
    server.write("20261123185100 x", "");
    server.write_large("large", (64 << 20) + 1);
    let file = std::fs::File::options().append(true).open(server.path().join("notes.txt")).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::new(1_795_459_860, 500)).unwrap();
    let mut client = server.log_in();
    client.converse(&[
        ("SIZE notes.txt", "213 8", "in TYPE I"),
        ("SIZE pub", "550 ", "a directory has no size"),
        ("SIZE nowhere", "550 ", ""),
        ("TYPE A", "200 ", ""),
        ("SIZE notes.txt", "213 10", "section 4: the size that RETR would send"),
        ("SIZE pub", "550 ", ""),
        ("SIZE large", "550 ", "too large to count"),
        ("MDTM notes.txt", "213 20261123185100", "section 3"),
        ("MDTM nowhere", "550 ", ""),
        ("MDTM 20261123185100 x", "213 2", "a name that looks like a time"),
        ("MLST nowhere", "550 ", ""),
        ("OPTS MLST type;size;modify;perm;UNIX.owner;", "200 ", ""),
        ("MLST notes.txt", "250-Facts:\r\n type=file;size=8;modify=20261123185100;perm=r;UNIX.owner=ftp; /notes.txt\r\n250 End", "section 7.2"),
        ("OPTS MLST type;perm;", "200 ", ""),
        ("CWD pub", "250 ", ""),
        ("MLST", "250-Facts:\r\n type=dir;perm=el; /pub\r\n250 End", "the current directory"),
        ("MLST /", "250-Facts:\r\n type=dir;perm=el; /\r\n250 End", "the root"),
    ]);
}

#[test]
fn every_name_can_be_fetched_byte_for_byte() {
    let server = Server::start();
    let mut client = server.log_in();
    for (name, on_the_wire, why) in [
        (&b"my notes"[..], &b"my notes"[..], "a space"),
        (b" leading and trailing ", b" leading and trailing ", "spaces at both ends"),
        (b"say \"hi\"", b"say \"hi\"", "quotes"),
        ("caf\u{e9}".as_bytes(), "caf\u{e9}".as_bytes(), "UTF-8"),
        (b"caf\xE9", b"caf\xE9", "Latin-1"),
        (b"a\xFFb", b"a\xFF\xFFb", "RFC 854: 0xFF is doubled on the control connection"),
        (b"-la", b"-la", "like options"),
        (b"*", b"*", "like a pattern"),
        (b"a\rb", b"a\rb", "a CR inside"),
    ] {
        std::fs::write(server.path().join(OsStr::from_bytes(name)), name).unwrap();
        assert_eq!(client.retrieve([b"RETR ", on_the_wire].concat()), name, "{why}");
        let facts = client.say([b"MLST ", on_the_wire].concat());
        assert!(facts.starts_with("250-"), "{why}: {facts}");
    }
    let listed = client.retrieve("NLST");
    assert!(listed.windows(5).any(|bytes| bytes == b"a\xFFb\r\n"), "a data connection is no Telnet");
    assert!(listed.windows(6).any(|bytes| bytes == b"caf\xE9\r\n"));
}

#[test]
fn unserved_files_do_not_exist_for_clients() {
    let outer = tempfile::tempdir().unwrap();
    std::fs::write(outer.path().join("secret"), "secret").unwrap();
    let server = Server::start();
    server.write("dir/b", "b");
    server.write(".hidden", "hidden");
    symlink("dir/b", server.path().join("inside")).unwrap();
    symlink(outer.path(), server.path().join("outside")).unwrap();
    symlink("loop", server.path().join("loop")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(server.path().join("socket")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(server.path().join("fifo")).status().unwrap();
    assert!(made.success());
    let mut client = server.log_in();
    for name in ["outside/secret", "outside", ".hidden", "loop", "fifo", "socket", "../secret", "dir"] {
        for verb in ["RETR", "SIZE"] {
            client.converse(&[(&format!("{verb} {name}"), "550 ", "not served")]);
        }
    }
    for name in ["outside", ".hidden", "loop", "fifo", "socket", "../dir"] {
        for verb in ["CWD", "MDTM", "MLST", "MLSD", "STAT", "LIST", "NLST"] {
            client.converse(&[(&format!("{verb} {name}"), "550 ", "not served")]);
        }
    }
    assert_eq!(client.retrieve("RETR inside"), b"b", "a symlink that stays inside is followed");
    assert_eq!(client.lines("NLST -a"), [".", "..", "dir", "inside"]);
}
