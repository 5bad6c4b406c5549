//! Uploads over TLS: the end of the content is authenticated by a close_notify.

use super::{serve, talk};
use crate::harness::{Tree, for_each_engine};

#[test]
fn an_upload_without_a_close_notify_is_incomplete() {
    for_each_engine(|engine| {
        let tree = Tree::of(&[("old", "old\n")]);
        let server = serve(&tree, engine, &["--writable"]);
        talk(&server, SCRIPT);
        let read = |name| std::fs::read_to_string(tree.join(name)).ok();
        assert_eq!(read("old").as_deref(), Some("old\n"), "the earlier file is unchanged");
        assert_eq!(read("new"), None, "nothing half is published");
        assert_eq!(read("whole").as_deref(), Some("whole\n"));
        assert_eq!(read("resumed").as_deref(), Some("first second\n"));
        assert_eq!(read("nothing").as_deref(), Some(""));
        assert_eq!((read("fresh"), read("lone")), (None, None));
    });
}

const SCRIPT: &str = r#"
for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    anyone.maximum_version = version
    session = Session().auth().login().protect()
    for command, content, says_end, expected, why in [
        ("STOR whole", b"whole\n", True, 226, "RFC 4217: the end is a close_notify"),
        ("STOR new", b"half", False, 426, "an attacker on the path can end a TCP connection"),
        ("STOR old", b"half", False, 426, "also over a file that is there"),
        ("STOR old", b"", False, 426, "also before the first byte"),
        ("STOR nothing", b"", False, 226, "lftp leaves it out when there is nothing to send"),
        ("STOR nothing", b"", False, 226, "where nothing is, nothing is lost"),
        ("STOU", b"", False, 226, "nor under a name that nothing had"),
        ("APPE fresh", b"", False, 426, "APPE has no partial upload to keep"),
        ("STOR resumed", b"first ", False, 426, "kept, to be resumed"),
    ]:
        code = session.store(command, content, session.sock.session, says_end)
        assert code == expected, f"{command}: {code}, {why}"
    session.expect("REST 2", 350)
    assert session.store("STOR old", b"", session.sock.session, False) == 426, "nor is it cut"
    session.expect("TYPE A", 200)
    for content in (b"", b"\r"):
        assert session.store("STOR old", content, session.sock.session, False) == 426, content
    assert session.store("STOR lone", b"\r", session.sock.session, False) == 426, "a byte was received"
    session.expect("TYPE I", 200)
    session.expect("SIZE resumed", 550)  # too little is kept to be reported
    session.expect("REST 6", 350)
    assert session.store("STOR resumed", b"second\n", session.sock.session) == 226
    session.expect("DELE resumed", 250) if version == ssl.TLSVersion.TLSv1_2 else None
"#;
