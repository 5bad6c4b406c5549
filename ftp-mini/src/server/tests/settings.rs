//! RFC 959 section 5.4, "Transfer parameters" and "Informational", and the RFCs that added to them.

use super::*;

#[test]
fn parameters_follow_rfc_959() {
    let server = Server::start();
    let mut client = server.log_in();
    client.converse(&[
        ("TYPE A", "200 ", ""),
        ("TYPE A N", "200 ", ""),
        ("type i", "200 ", "any case"),
        ("TYPE L 8", "200 ", ""),
        ("TYPE L8", "200 ", "cameras send this"),
        ("TYPE AN", "200 ", "the same"),
        ("TYPE L 36", "504 ", "known, but not here"),
        ("TYPE E", "504 ", ""),
        ("TYPE X", "501 ", "not known"),
        ("TYPE", "501 ", ""),
        ("MODE S", "200 ", ""),
        ("MODE B", "504 ", ""),
        ("MODE Z", "504 ", "not yet"),
        ("MODE X", "501 ", ""),
        ("STRU F", "200 ", ""),
        ("STRU R", "504 ", ""),
        ("STRU X", "501 ", ""),
        ("SYST", "215 UNIX Type: L8", "the text that clients look for"),
        ("NOOP", "200 ", ""),
        ("NOOP x", "200 ", "devices send arguments"),
        ("SYST x", "215 UNIX Type: L8", "the same"),
        ("NOOP\r", "200 ", "a CR before CRLF is ignored"),
        ("TYPE I\r", "200 ", "also behind an argument"),
        ("ALLO 1024", "200 ", ""),
        ("ALLO x", "501 ", ""),
        ("HELP", "214-", ""),
        ("HELP retr", "214 RETR", ""),
        ("HELP STOR", "214 STOR", ""),
        ("STAT", "211-", "RFC 959 section 4.1.3"),
        ("SITE HELP", "214 ", ""),
        ("SITE IDLE", "200 Idle timeout is 300 s", ""),
        ("SITE IDLE 60", "200 Idle timeout is 60 s", ""),
        ("SITE IDLE 1", "501 ", "too short"),
        ("SITE WHO", "504 ", ""),
        ("SITE FROB", "504 ", ""),
        ("ABOR", "226 ", "nothing to abort"),
        ("FROB", "500 ", "not known"),
        ("", "500 ", "empty"),
    ]);
}

#[test]
fn what_is_known_and_not_carried_out_is_502() {
    let server = Server::start();
    let mut client = server.log_in();
    for command in [
        "AUTH TLS",
        "HASH a",
        "RANG 0 1",
        "XCRC a",
        "XMD5 a",
        "XSHA1 a",
        "XSHA256 a",
        "XSHA512 a",
        "CSID Name=client;Version=1;",
        "AVBL",
        "SMNT /",
        "ADAT x",
        "MIC x",
        "CONF x",
        "ENC x",
        "LPRT x",
        "LPSV",
        "MFCT 20261123185100 a",
    ] {
        client.converse(&[(command, "502 ", "RFC 959 section 5.4")]);
    }
}

#[test]
fn help_lists_the_implemented_commands() {
    let server = Server::start();
    let help = server.connect().say("HELP");
    let verbs: Vec<&str> =
        help.lines().filter(|line| line.starts_with(' ')).flat_map(str::split_whitespace).collect();
    assert!(verbs.contains(&"RETR") && !verbs.contains(&"AUTH") && !verbs.contains(&"HASH"), "{help}");
    for verb in verbs {
        let mut client = server.log_in();
        client.converse(&[(&format!("HELP {verb}"), &format!("214 {verb} "), "by itself")]);
        let reply = client.say(verb);
        assert!(!matches!(&reply[..4], "500 " | "502 "), "{verb}: {reply}");
    }
}

#[test]
fn sessions_start_in_type_a_and_rein_restores_it() {
    let server = Server::start();
    server.write("a", "1\n2\n");
    let mut client = server.connect();
    client.converse(&[
        ("USER ftp", "331 ", ""),
        ("PASS x", "230 ", ""),
        ("SIZE a", "213 6", "RFC 959 section 5.1: ASCII Non-print"),
        ("TYPE I", "200 ", ""),
        ("SIZE a", "213 4", ""),
        ("REIN", "220 ", ""),
        ("USER ftp", "331 ", ""),
        ("PASS x", "230 ", ""),
        ("SIZE a", "213 6", "as at first"),
    ]);
}

#[test]
fn negotiation_follows_its_rfcs() {
    let server = Server::start();
    server.write("a", "");
    let mut client = server.connect();
    client.converse(&[
        ("HOST ftp.example.com", "220 ", "RFC 7151 section 3"),
        ("HOST", "501 ", ""),
        ("USER ftp", "331 ", ""),
        ("HOST ftp.example.com", "503 ", "RFC 7151 section 3.2.2: too late"),
        ("PASS x", "230 ", ""),
        ("HOST ftp.example.com", "503 ", ""),
        ("OPTS UTF8 ON", "200 ", "Windows Explorer"),
        ("OPTS UTF8 OFF", "504 ", "it would be untrue"),
        ("OPTS FROB", "501 ", "RFC 2389 section 4"),
        ("OPTS HASH", "501 ", ""),
        ("LANG", "200 ", "RFC 2640 section 4"),
        ("LANG en-GB", "200 ", ""),
        ("LANG de", "504 ", ""),
        ("OPTS MLST size;frob;TYPE;", "200 MLST OPTS type;size;", "RFC 3659 section 7.9"),
        ("MLST a", "250-Facts:\r\n type=file;size=0; /a\r\n250 End", "as selected"),
        ("OPTS MLST", "200 MLST OPTS", "none"),
        ("MLST a", "250-Facts:\r\n  /a\r\n250 End", "names only"),
    ]);
}

#[test]
fn feat_lists_exactly_the_implemented_features() {
    for (setup, changes) in
        [(Setup::default(), &[][..]), (Setup::writable(), &[" MFF modify;UNIX.mode;", " MFMT"])]
    {
        let server = Server::with(setup);
        let features = server.connect().say("FEAT");
        let mlst = " MLST type*;size*;modify*;unique*;perm*;UNIX.mode;UNIX.owner;UNIX.group;";
        let before = ["211-Features:", " EPRT", " EPSV", " HOST", " LANG EN*", " MDTM"];
        let behind = [mlst, " REST STREAM", " SIZE", " TVFS", " UTF8", "211 End"];
        let expected = [&before, changes, &behind].concat();
        assert_eq!(features.lines().collect::<Vec<_>>(), expected, "RFC 2389 section 3.2");
    }
}

#[test]
fn nothing_can_be_changed() {
    let server = Server::start();
    server.write("a", "kept");
    let mut client = server.log_in();
    for command in [
        "STOR a",
        "APPE a",
        "STOU",
        "DELE a",
        "MKD b",
        "RMD b",
        "RNFR a",
        "MFMT 20261123185100 a",
        "MFF modify=20261123185100; a",
        "SITE CHMOD 644 a",
        "SITE UTIME 20261123185100 a",
        "MDTM 20261123185100 a",
    ] {
        client.converse(&[(command, "550 Permission denied", "read-only")]);
    }
    client.converse(&[("RNTO b", "503 ", "RNFR was refused")]);
    assert_eq!(client.retrieve("RETR a"), b"kept");
}
