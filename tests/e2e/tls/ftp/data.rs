//! Data connections over TLS: their owner, their end, and foreign connections.

use super::{serve, served, talk};
use crate::harness::{Tree, for_each_engine};

#[test]
fn data_connections_belong_to_their_control_connection() {
    let (tree, _) = served();
    for_each_engine(|engine| {
        for mode in ["off", "prefer", "require"] {
            let server = serve(&tree, engine, &["--data-session", mode]);
            let script = format!("mode = {mode:?}\n{DATA_SESSIONS}");
            talk(&server, &script);
        }
    });
}

const DATA_SESSIONS: &str = r#"
for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    anyone.maximum_version = version
    for implicit in (False, True):
        def begin():
            session = Session(implicit)
            return (session if implicit else session.auth()).login().protect()
        own, other = begin(), begin()
        # Tickets are read with the first reply behind the handshake.
        own_session, other_session = own.sock.session, other.sock.session
        for whose, session, is_own in [
            ("its own", own_session, True),
            ("its own once more", own_session, True),
            ("another one's", other_session, False),
            ("none", None, False),
            ("its own", own_session, True),
        ]:
            for command, content in [("RETR a", b"hello\n"), ("RETR empty", b""), ("NLST", None)]:
                code, received = own.fetch(command, session)
                if mode == "require" and not is_own:
                    assert code == 522 and not isinstance(received, bytes), f"{whose} {command}: {code} {received}"
                else:
                    assert code == 226, f"{whose} {command}: {code} {received}"
                    assert content is None or received == content, f"{whose} {command}: {received}"
"#;

/// A refused client has completed a handshake and may have received tickets.
#[test]
fn a_refused_data_connection_cannot_be_resumed() {
    let tree = Tree::of(&[("a", "hello\n")]);
    let script = r#"
for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    anyone.maximum_version = version
    session = Session().auth().login().protect()
    other = Session().auth().login()
    def stranger(command, known):
        raw = session.connect()
        session.send(command)
        session.expect_reply(150)
        given = known
        try:
            with anyone.wrap_socket(raw, session=known) as data:
                given = data.session
                data.recv(1)
                given = data.session
        except (ssl.SSLError, ConnectionError):
            pass
        session.expect_reply(522)
        return given
    for known in (None, other.sock.session):
        for command in ("RETR a", "STOR b"):
            given = stranger(command, known)
            for again in ("RETR a", "STOR b"):
                given = stranger(again, given)
    assert session.fetch("RETR a", session.sock.session) == (226, b"hello\n")
"#;
    for_each_engine(|engine| {
        talk(&serve(&tree, engine, &["--data-session", "require", "--writable"]), script);
    });
}

/// The client's close_notify arrives after it has read everything. The server does not wait for it, and does
/// not answer it with a reset.
#[test]
fn both_sides_send_close_notify() {
    let (tree, _) = served();
    let script = r#"
session = Session().auth().login().protect()
for version in (1, 2):
    raw = session.connect()
    session.send("RETR f.bin")
    session.expect_reply(150)
    data = anyone.wrap_socket(raw, session=session.sock.session, suppress_ragged_eofs=False)
    content = b""
    while len(content) < 3000001:
        content += data.recv(65536)
    session.expect_reply(226)
    assert data.recv(1) == b"", "a close_notify was received"
    # It has been sent already, so this is ours.
    data = data.unwrap()
    time.sleep(0.2)
    assert data.recv(1) == b"", "and no reset for it"
    data.close()
"#;
    for_each_engine(|engine| talk(&serve(&tree, engine, &[]), script));
}

/// RFC 4217 section 7: the connecting side does not matter, and clients differ in when they start the
/// handshake.
#[test]
fn handshakes_may_begin_before_or_after_the_150() {
    let (tree, _) = served();
    let script = r#"
import threading
session = Session().auth().login().protect()
for active in (False, True):
    for early in (False, True):
        if active:
            listener = socket.create_server((host, 0))
            session.expect(f"EPRT |1|{host}|{listener.getsockname()[1]}|", 200)
            session.send("RETR a")
            raw, _ = listener.accept()
        else:
            raw = session.connect()
        if early:
            received = []
            def shake():
                with anyone.wrap_socket(raw, session=session.sock.session) as data:
                    received.append(until_end(data))
            shaking = threading.Thread(target=shake)
            shaking.start()
            time.sleep(0.1)
        if not active:
            session.send("RETR a")
        session.expect_reply(150)
        if early:
            shaking.join()
        else:
            with anyone.wrap_socket(raw, session=session.sock.session) as data:
                received = [until_end(data)]
        assert received == [b"hello\n"], f"active {active}, early {early}: {received}"
        session.expect_reply(226)
"#;
    for_each_engine(|engine| talk(&serve(&tree, engine, &[]), script));
}

/// Another process at the client's address connects first.
#[test]
fn a_foreign_connection_to_the_passive_port_does_not_fail_the_transfer() {
    let (tree, _) = served();
    let script = r#"
other = Session().auth().login()
session = Session().auth().login().protect()
def gone(stranger):
    stranger.close()
def reset(stranger):
    stranger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stranger.close()
def garbage(stranger):
    stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
def another_session(stranger):
    try:
        anyone.wrap_socket(stranger, session=other.sock.session)
    except (ssl.SSLError, ConnectionError):
        pass
for act in (gone, reset, garbage, another_session):
    passive = session.passive()
    stranger = socket.create_connection((host, passive), timeout=20)
    raw = socket.create_connection((host, passive), timeout=20)
    if act != another_session:
        act(stranger)
    session.send("RETR f.bin")
    session.expect_reply(150)
    if act == another_session:
        act(stranger)
    with anyone.wrap_socket(raw, session=session.sock.session, suppress_ragged_eofs=False) as data:
        assert len(until_end(data)) == 3000001, act.__name__
    session.expect_reply(226)
"#;
    for_each_engine(|engine| talk(&serve(&tree, engine, &["--data-session", "require"]), script));
}

#[test]
fn a_failed_handshake_does_not_end_the_session() {
    let (tree, _) = served();
    let script = r#"
session = Session().auth().login().protect()
for sent in (b"GET / HTTP/1.1\r\n\r\n", b""):
    raw = session.connect()
    session.send("RETR a")
    session.expect_reply(150)
    raw.sendall(sent)
    raw.shutdown(socket.SHUT_WR)
    session.expect_reply(522)
assert session.fetch("RETR a", session.sock.session) == (226, b"hello\n")
"#;
    for_each_engine(|engine| talk(&serve(&tree, engine, &[]), script));
}
