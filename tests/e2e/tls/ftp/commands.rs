//! AUTH, PBSZ, PROT, CCC and their effects on a session, reply by reply.

use super::{serve, served, talk};
use crate::harness::ftp::Ftp;
use crate::harness::{Server, for_each_engine};

/// RFC 4217 sections 4 to 9 and RFC 2228 section 5.
#[test]
fn replies_follow_rfc_4217() {
    let (tree, _) = served();
    let script = r#"
clear = [
    ("PBSZ 0", 503, "AUTH is required first"),
    ("PROT P", 503, "PBSZ is required first"),
    ("PROT S", 536, "TLS has no such level"),
    ("PROT E", 536, "nor such"),
    ("PROT X", 504, "not implemented by any server"),
    ("AUTH GSSAPI", 504, "an unknown mechanism"),
    ("AUTH", 501, "none at all"),
    ("CCC", 530, "not before login"),
    ("REIN", 220, "harmless without TLS"),
]
secure = [
    ("AUTH TLS", 534, "once is enough"),
    ("PROT P", 503, "PBSZ is required first"),
    ("PBSZ", 501, "no size"),
    ("PBSZ 4096", 200, "it is 0 all the same"),
    ("PROT S", 536, "TLS has no such level"),
    ("PROT P", 200, "protected"),
    ("PBSZ 0", 200, "again"),
    ("PROT C", 200, "unencrypted"),
    ("PROT P", 200, "and back"),
    ("REIN", 502, "it would have to end TLS"),
]
implicit = [
    ("PROT C", 200, "who connects here need not send PBSZ"),
    ("PBSZ 0", 200, "but may"),
    ("PROT P", 200, "as clients do"),
    ("AUTH TLS", 534, "TLS is spoken"),
]
def hold(session, table):
    for line, code, why in table:
        session.expect(line, code)
    return session
session = hold(Session(), clear)
assert "PBSZ=0" in hold(session.auth(), secure).expect("PBSZ 100", 200)
hold(hold(Session(implicit=True), implicit).login(), [("CCC", 534, "TLS stays")])
clear = Session().login()
clear.expect("CCC", 533)
for state, session in [
    ("are unencrypted", clear),
    ("not on data connections", Session().auth().login()),
    ("and on data connections", Session().auth().login().protect()),
    ("and on data connections", Session(implicit=True).login()),
]:
    status = session.expect("STAT", 211)
    assert state in status, status
for mechanism, follows in [("TLS", 503), ("TLS-C", 503), ("SSL", 200), ("TLS-P", 200)]:
    session = Session()
    session.expect("AUTH " + mechanism, 234)
    session.wrap()
    session.expect("PROT P", follows)
features = Session().expect("FEAT", 211)
assert all(f"\n {feature}\n" in features for feature in ("AUTH TLS", "PBSZ", "PROT")), features
assert "\n AUTH PBSZ PROT\n" in Session().expect("HELP", 214)
over_tls = Session(implicit=True).expect("HELP", 214)
assert "\n PBSZ PROT\n" in over_tls and "REIN" not in over_tls, over_tls
"#;
    for_each_engine(|engine| talk(&serve(&tree, engine, &[]), script));
}

#[test]
fn without_a_certificate_there_is_no_tls() {
    let (tree, _) = served();
    let server = Server::ftp(&tree, &["--quiet"]);
    let mut ftp = Ftp::login(&server);
    for (command, code) in [("AUTH TLS", 502), ("PBSZ 0", 503), ("PROT P", 503), ("CCC", 533)] {
        ftp.expect(command, code);
    }
    assert!(!ftp.expect("FEAT", 211).text.contains("AUTH"));
    assert!(!ftp.expect("HELP", 214).text.contains("AUTH"));
}

/// Unencrypted commands before AUTH may be an attacker's.
#[test]
fn auth_resets_the_session() {
    let (tree, _) = served();
    let script = r#"
session = Session().login()
session.expect("REST 3", 350)
session.passive()
session.auth()
session.expect("PWD", 530)
session.expect("PASS guest@", 503)
session.login()
session.expect("RETR a", 425)
assert "type Image" in session.expect("STAT", 211)
"#;
    for_each_engine(|engine| talk(&serve(&tree, engine, &[]), script));
}

/// CVE-2011-0411 is this error in mail servers.
#[test]
fn unencrypted_commands_after_auth_are_not_executed() {
    let (tree, _) = served();
    let script = r#"
session = Session()
session.send("AUTH TLS\r\nUSER anonymous\r\nPASS x")
session.expect_reply(234)
session.wrap()
session.expect("PASS guest@", 503)
session.expect("PWD", 530)

# The same behind a transfer, while which commands are read and wait.
session = Session().login()
data = session.connect()
session.send("RETR f.bin")
session.expect_reply(150)
session.send("AUTH TLS\r\nUSER anonymous\r\nPASS x")
time.sleep(0.3)
assert len(until_end(data)) == 3000001
session.expect_reply(226)
session.expect_reply(234)
session.wrap()
session.expect("PASS guest@", 503)
"#;
    for_each_engine(|engine| talk(&serve(&tree, engine, &[]), script));
}

#[test]
fn quit_ends_with_a_close_notify() {
    let (tree, _) = served();
    let script = r#"
for session in (Session().auth(), Session(implicit=True)):
    session.login().expect("QUIT", 221)
    # Without a close_notify this would raise an error.
    session.expect_end()
"#;
    for_each_engine(|engine| talk(&serve(&tree, engine, &[]), script));
}

/// Telnet's Synch inside TLS (RFC 959 section 4.1.3), and commands split at any byte.
#[test]
fn the_encrypted_control_connection_works_like_an_unencrypted_one() {
    let (tree, _) = served();
    tree.sparse("large", 1 << 30);
    let script = r#"
session = Session().auth().login().protect()
for byte in b"NOOP\r\n":
    session.sock.sendall(bytes([byte]))
session.expect_reply(200)
session.send("PWD\r\nNOOP\r\nSYST")
for code in (257, 200, 215):
    session.expect_reply(code)
raw = session.connect()
session.send("RETR large")
session.expect_reply(150)
data = anyone.wrap_socket(raw, session=session.sock.session)
data.recv(1000)
session.expect("NOOP", 200)
session.expect("STAT", 211)
session.sock.sendall(b"\xff\xf4\xff\xf2ABOR\r\n")
session.expect_reply(426)
session.expect_reply(226)
data.close()
assert session.fetch("RETR a", session.sock.session) == (226, b"hello\n")

# While the handshake is waited for.
raw = session.connect()
session.send("RETR a")
session.expect_reply(150)
session.expect("ABOR", 426)
session.expect_reply(226)
session.expect("NOOP", 200)
"#;
    for_each_engine(|engine| talk(&serve(&tree, engine, &[]), script));
}
