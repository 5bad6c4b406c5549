//! The control connection (RFC 959 section 5.4, RFC 2389, RFC 2577).

use super::served;
use crate::harness::ftp::Ftp;
use crate::harness::{Server, Tree, Wire, for_each_engine};

#[test]
fn a_session_goes_from_greeting_to_goodbye() {
    let (tree, _) = served();
    for_each_engine(|engine| {
        let server = Server::ftp(&tree, &["--engine", engine, "--quiet"]);
        let (mut ftp, greeting) = Ftp::connect(server.address("ftp"));
        assert_eq!(greeting.code, 220, "{greeting:?}");
        for (command, expected, why) in [
            ("PWD", "530 ", "not before login"),
            ("PASS x", "503 ", "USER is required first"),
            ("SYST", "215 ", "before login too"),
            ("FEAT", "211 ", "before login too"),
            ("user anonymous", "331 ", "commands have no case"),
            ("PASS guest@", "230 ", "RFC 1635"),
            ("PWD", "257 \"/\" ", "the root"),
            ("CWD d", "250 ", "down"),
            ("CDUP", "250 ", "up"),
            ("CDUP", "250 ", "the root is its own parent"),
            ("CWD /missing", "550 ", "nothing there"),
            ("SIZE a", "213 7", "RFC 3659 section 4: the bytes that RETR would send, in TYPE A"),
            ("TYPE I", "200 ", "as it is"),
            ("SIZE a", "213 6", "in TYPE I"),
            ("MDTM f.bin", "213 ", "RFC 3659 section 3"),
            ("DELE a", "550 ", "read-only"),
            ("NOSUCH", "500 ", "no command"),
            ("NOOP", "200 ", "still there"),
            ("QUIT", "221 ", "goodbye"),
        ] {
            let reply = ftp.say(command);
            assert!(
                format!("{} {}", reply.code, reply.text).starts_with(expected),
                "{command}: {why}: {reply:?}"
            );
        }
        assert_eq!(ftp.control.rest(), b"", "the server ends the connection");
    });
}

/// RFC 959 section 5.4 allows waiting for each reply; many clients do not wait.
#[test]
fn commands_sent_together_are_answered_in_order() {
    let (tree, _) = served();
    for_each_engine(|engine| {
        let server = Server::ftp(&tree, &["--engine", engine, "--quiet"]);
        let (mut ftp, _) = Ftp::connect(server.address("ftp"));
        ftp.control.send("USER anonymous\r\nPASS x\r\nTYPE I\r\nCWD d\r\nPWD\r\nSIZE b\r\nNOOP\r\n");
        let codes: Vec<u16> = (0..7).map(|_| ftp.reply().code).collect();
        assert_eq!(codes, [331, 230, 200, 250, 257, 213, 200]);
        for byte in b"pwd\r\nNoop\n" {
            ftp.control.send([*byte]);
        }
        assert_eq!(ftp.expect_reply(257).text.split('"').nth(1), Some("/d"), "byte by byte");
        ftp.expect_reply(200);
    });
}

/// A web page can make a browser submit a form to any port.
#[test]
fn a_browser_is_not_a_client() {
    let (tree, _) = served();
    let server = Server::ftp(&tree, &["--quiet"]);
    let (mut ftp, _) = Ftp::connect(server.address("ftp"));
    ftp.control.send("POST / HTTP/1.1\r\nHost: a\r\n\r\nUSER anonymous\r\nPASS x\r\nRETR a\r\n");
    let said = String::from_utf8(ftp.control.rest()).unwrap();
    assert!(!said.contains("230"), "the commands in its content are not executed: {said}");
}

#[test]
fn each_feature_of_feat_works() {
    let (tree, _) = served();
    let server = Server::ftp(&tree, &["--quiet"]);
    let mut ftp = Ftp::login(&server);
    let features = ftp.expect("FEAT", 211).text;
    let has = |feature: &str| features.lines().any(|line| line.starts_with(&format!(" {feature}")));
    for feature in ["UTF8", "MLST", "SIZE", "MDTM", "REST STREAM", "EPSV", "EPRT", "TVFS"] {
        assert!(has(feature), "{feature} in {features}");
    }
    for (command, code) in [
        ("OPTS UTF8 ON", 200),
        ("MLST a", 250),
        ("SIZE a", 213),
        ("MDTM a", 213),
        ("REST 0", 350),
        ("EPSV", 229),
    ] {
        ftp.expect(command, code);
    }
}

/// The client may end its sending side first; pending commands are still answered.
#[test]
fn a_half_closed_client_gets_its_replies() {
    let (tree, _) = served();
    for_each_engine(|engine| {
        let server = Server::ftp(&tree, &["--engine", engine, "--quiet"]);
        let mut wire = Wire::connect(server.address("ftp"));
        wire.send("SYST\r\nNOOP\r\n");
        wire.finish();
        let said = String::from_utf8(wire.rest()).unwrap();
        let codes: Vec<&str> = said.lines().filter_map(|line| line.get(..4)).collect();
        assert_eq!(codes.iter().filter(|code| code.ends_with(' ')).count(), 3, "{said}");
        assert_eq!(codes.iter().rev().nth(1), Some(&"215 "), "{said}");
    });
}

#[test]
fn timeouts_are_options() {
    let served = Tree::new();
    let options = ["--writable", "--quiet", "--idle-timeout", "1", "--stall-timeout", "1"];
    let server = Server::ftp(&served, &options);
    let mut ftp = Ftp::login(&server);
    let _data = ftp.data();
    ftp.expect("STOR a", 150);
    ftp.expect_reply(426);
    ftp.expect_reply(421);
    let server = Server::http(&served, &["--quiet", "--idle-timeout", "1"]);
    assert_eq!(server.connect().rest(), b"", "an idle connection is closed");
}
