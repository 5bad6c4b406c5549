//! DELE, MKD, RMD, RNFR, RNTO: RFC 959 section 4.1.3; MFMT and MFF: draft-somers-ftp-mfxx; SITE.

use super::*;

#[test]
fn names_are_changed_as_rfc_959_says() {
    let server = Server::with(Setup::writable());
    server.write("a", "a");
    server.write("b", "b");
    server.write("full/x", "");
    server.write("say \"hi\"/x", "");
    let mut client = server.log_in();
    client.converse(&[
        ("MKD new", "257 \"/new\" created", ""),
        ("XMKD new/sub dir", "257 \"/new/sub dir\" created", "RFC 775"),
        ("MKD say \"hi\"/y", "257 \"/say \"\"hi\"\"/y\" created", "appendix II: quotes are doubled"),
        ("MKD new", "550 ", "there is one"),
        ("MKD none/new", "550 ", "nothing to hold it"),
        ("MKD .new", "553 ", "names with a dot are not served"),
        ("CWD new", "250 ", ""),
        ("RMD sub dir", "250 ", "relative"),
        ("CWD /", "250 ", ""),
        ("XRMD new", "250 ", "RFC 775"),
        ("RMD full", "550 ", "not empty"),
        ("RMD a", "550 ", "a file"),
        ("RMD /", "550 ", "the root"),
        ("RMD none", "550 ", ""),
        ("DELE full", "550 ", "a directory"),
        ("DELE none", "550 ", ""),
        ("DELE b", "250 ", ""),
        ("DELE b", "550 ", "it is deleted"),
        ("RNTO c", "503 ", "RNFR is required first"),
        ("RNFR none", "550 ", ""),
        ("RNTO c", "503 ", "RNFR was refused"),
        ("RNFR a", "350 ", ""),
        ("NOOP", "200 ", "anything in between"),
        ("RNTO c", "503 ", "makes it forgotten"),
        ("RNFR a", "350 ", ""),
        ("FROB", "500 ", "unknown commands too"),
        ("RNTO c", "503 ", ""),
        ("RNFR /", "550 ", "the root"),
        ("RNFR a", "350 ", ""),
        ("RNTO /", "550 ", "the root"),
        ("RNFR a", "350 ", ""),
        ("RNTO full/c", "250 ", "into another directory"),
        ("RNTO d", "503 ", "once"),
        ("RNFR full", "350 ", "a directory"),
        ("RNTO full/in", "550 ", "into itself"),
        ("RNFR full", "350 ", ""),
        ("RNTO moved", "250 ", ""),
        ("SIZE moved/c", "213 1", ""),
        ("RNFR moved", "350 ", ""),
        ("RNTO say \"hi\"", "550 ", "over a directory, which RMD removes"),
        ("RNFR moved/c", "350 ", ""),
        ("RNTO say \"hi\"", "550 ", "nor a file"),
    ]);
    server.write("d", "d");
    client.converse(&[("RNFR d", "350 ", ""), ("RNTO moved/c", "250 ", "over another file")]);
    assert_eq!(server.read("moved/c").unwrap(), b"d");
    assert_eq!(server.names(), ["moved", "say \"hi\""]);
}

#[test]
fn facts_are_set_as_asked() {
    let server = Server::with(Setup::writable());
    server.write("a", "");
    server.write("sub/x", "");
    server.write("20261123185100 x", "");
    let mut client = server.log_in();
    client.converse(&[
        ("MFMT 20261123185100 a", "213 Modify=20261123185100; a", "draft-somers section 3"),
        ("MDTM a", "213 20261123185100", ""),
        ("MFMT 19600101000000 a", "213 Modify=19600101000000; a", "before 1970"),
        ("MDTM a", "213 19600101000000", ""),
        ("MFMT 20261123185100 sub", "213 ", "a directory"),
        ("MFMT 20261123185100 none", "550 ", ""),
        ("MFMT never a", "501 ", "no time"),
        (
            "MFF modify=20010101000000;UNIX.mode=0640; a",
            "213 Modify=20010101000000;UNIX.mode=0640; a",
            "section 5",
        ),
        ("MDTM a", "213 20010101000000", ""),
        ("MFF size=0; a", "504 ", "no fact that can be set"),
        ("MDTM 20020202020202 a", "213 Modify=20020202020202; a", "old clients set times so"),
        ("MDTM a", "213 20020202020202", ""),
        ("MDTM 20261123185100 x", "213 2", "a file of that name takes precedence"),
        ("MDTM 20261123185100 none", "550 ", ""),
        ("SITE UTIME 20030303030303 a", "213 ", "proftpd"),
        ("MDTM a", "213 20030303030303", ""),
        ("SITE CHMOD 600 a", "200 ", ""),
        ("OPTS MLST UNIX.mode;", "200 ", ""),
        ("MLST a", "250-Facts:\r\n UNIX.mode=0600; /a\r\n250 End", ""),
        ("SITE CHMOD 4777 a", "200 ", "without the set-id bits"),
        ("MLST a", "250-Facts:\r\n UNIX.mode=0777; /a\r\n250 End", ""),
        ("SITE CHMOD 600 none", "550 ", ""),
        ("SITE CHMOD u+x a", "501 ", ""),
    ]);
}

#[test]
fn a_slash_at_the_end_is_that_of_a_directory() {
    let server = Server::with(Setup::writable());
    server.write("f", "content");
    server.write("d/x", "");
    std::os::unix::fs::symlink("d", server.path().join("link")).unwrap();
    let mut client = server.log_in();
    client.converse(&[("ALLO 999999", "200 ", "")]);
    assert_eq!(&client.store("STOR part", vec![b'x'; 100_000])[..4], "426 ");
    for (command, expected, why) in [
        ("SIZE part", "213 65536", "a partial upload"),
        ("SIZE part/", "550 ", "of a file"),
        ("SIZE f/", "550 ", ""),
        ("SIZE f/.", "550 ", "the same in other words"),
        ("DELE f/.", "550 ", ""),
        ("DELE f//", "550 ", ""),
        ("DELE link/", "550 ", "the directory, not the link"),
        ("DELE none/", "550 ", ""),
        ("MDTM f/", "550 ", ""),
        ("MLST f/", "550 ", ""),
        ("MFMT 20201111111111 f/", "550 ", ""),
        ("SITE CHMOD 600 f/", "550 ", ""),
        ("DELE f/", "550 ", ""),
        ("RMD f/", "550 ", ""),
        ("RNFR f/", "550 ", ""),
        ("CWD f/", "550 ", ""),
        ("MKD f/", "550 ", "there is a file of that name"),
        ("RNFR f", "350 ", ""),
        ("RNTO g/", "553 ", "of a file"),
        ("RNFR d/", "350 ", ""),
        ("RNTO e/", "250 ", "of a directory"),
        ("MKD new/", "257 ", ""),
        ("CWD new/", "250 ", ""),
        ("CWD //new//", "250 ", ""),
        ("CWD /", "250 ", ""),
        ("RMD new/", "250 ", ""),
        ("DELE link", "250 ", ""),
    ] {
        client.converse(&[(command, expected, why)]);
    }
    for (command, expected) in [
        ("STOR f/", "553 "),
        ("STOR f/.", "553 "),
        ("STOR new/", "553 "),
        ("APPE f/", "553 "),
        ("STOU x/", "553 "),
    ] {
        assert_eq!(&client.store(command, "x")[..4], expected, "{command}");
    }
    for command in ["RETR f/", "RETR f/.", "LIST f/", "NLST f/"] {
        assert_eq!(&client.transfer(command).1[..4], "550 ", "{command}");
    }
    let names = server.names();
    assert_eq!(names.iter().filter(|name| !name.starts_with('.')).collect::<Vec<_>>(), ["e", "f"]);
    assert_eq!(server.read("f").unwrap(), b"content");
}

/// Some file systems store another time than requested: the year 2446 for 9999.
#[test]
fn a_time_that_cannot_be_stored_is_refused() {
    let server = Server::with(Setup::writable());
    server.write("f", "content");
    let mut client = server.log_in();
    client.converse(&[("MFMT 20010203040506 f", "213 ", ""), ("SITE CHMOD 600 f", "200 ", "")]);
    for command in [
        "MFMT 99991231235959 f",
        "MDTM 99991231235959 f",
        "MFF UNIX.mode=0640;Modify=99991231235959; f",
        "SITE UTIME f 99991231235959 99991231235959 99991231235959 UTC",
    ] {
        let reply = client.say(command);
        // tmpfs and xfs store any year; then the stored year must be the requested one.
        let is_stored = reply.starts_with("213 Modify=99991231235959;");
        assert!(is_stored || reply.starts_with("504 "), "{command}: {reply}");
        let expected = if is_stored { "213 99991231235959" } else { "213 20010203040506" };
        client.converse(&[("MDTM f", expected, command), ("MFMT 20010203040506 f", "213 ", "")]);
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(server.path().join("f")).unwrap().permissions().mode() & 0o777;
        assert!(
            is_stored || mode == 0o600,
            "{command}: the mode is set although the time is refused: {mode:o}"
        );
    }
}

/// A server of root replaces files of other users.
#[test]
fn a_replaced_file_keeps_its_owner() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let server = Server::with(Setup::writable());
    server.write("f", "content");
    let file = server.path().join("f");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o4640)).unwrap();
    if chown(&file, Some(1_234), Some(4_321)).is_err() {
        // Without privileges the file stays the server's own.
        let meta = file.metadata().unwrap();
        assert!(meta.uid() != 0);
    }
    let before = file.metadata().unwrap();
    assert_eq!(&server.log_in().store("STOR f", "new")[..4], "226 ");
    let after = file.metadata().unwrap();
    assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
    assert_eq!(after.mode() & 0o7777, 0o640, "and its permission bits, but for set-user-id");
}
