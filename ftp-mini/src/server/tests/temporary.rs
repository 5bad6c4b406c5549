//! Uploads under the temporary dot names of clients, which are hidden otherwise.

use common::users::{Action, User, UserSecret};

use super::*;

/// lftp (`xfer:use-temp-file`), ncftp and clients for Pure-FTPd do this.
#[test]
fn a_file_is_stored_under_a_temporary_name_and_renamed() {
    for name in [".in.a.", ".tmp.a", ".pureftpd-upload.5b1f"] {
        let server = Server::with(Setup::writable());
        let (mut client, mut other) = (server.log_in(), server.log_in());
        assert_eq!(&client.store(format!("STOR {name}"), "content")[..4], "226 ", "{name}");
        client.converse(&[
            (&format!("SIZE {name}"), "213 7", ""),
            (&format!("MFMT 20261123185100 {name}"), "213 ", ""),
            (&format!("MDTM {name}"), "213 20261123185100", ""),
        ]);
        assert_eq!(client.retrieve(format!("RETR {name}")), b"content", "by the session that stored it");
        for client in [&mut client, &mut other] {
            assert!(
                client.lines("NLST -a").iter().all(|line| !line.contains("in.") && !line.contains("tmp"))
            );
        }
        for verb in ["SIZE", "MDTM", "RETR", "MLST", "RNFR", "DELE", "LIST"] {
            other.converse(&[(&format!("{verb} {name}"), "55", "other sessions do not see it")]);
        }
        client.converse(&[
            (&format!("RNFR {name}"), "350 ", ""),
            ("RNTO a", "250 ", ""),
            (&format!("SIZE {name}"), "550 ", "it has another name"),
        ]);
        assert_eq!(server.read("a").unwrap(), b"content");
        assert_eq!(server.names(), ["a"]);
        assert_eq!(&client.store(format!("STOR {name}"), "more")[..4], "226 ");
        client.converse(&[(&format!("DELE {name}"), "250 ", ""), (&format!("DELE {name}"), "553 ", "gone")]);
        assert_eq!(server.names(), ["a"]);
    }
}

#[test]
fn other_dot_names_stay_hidden() {
    let server = Server::with(Setup::writable());
    server.write(".tmp-of-the-owner", "private");
    let mut client = server.log_in();
    for name in [".htaccess", ".in", ".mini~temp-0", ".well-known/a", ".in.directory/a", ".profile"] {
        let reply = client.store(format!("STOR {name}"), "content");
        assert!(reply.starts_with("553 ") || reply.starts_with("550 "), "{name}: {reply}");
    }
    for command in ["MKD .in.directory", "RETR .tmp-of-the-owner", "SIZE .tmp-of-the-owner"] {
        let reply = client.say(command);
        assert!(reply.starts_with("55"), "{command}: {reply}");
    }
    assert_eq!(&client.store("STOR .tmp-of-the-owner", "mine")[..4], "226 ", "another file");
    assert_eq!(server.read(".tmp-of-the-owner").unwrap(), b"private", "a file of the owner is not replaced");
}

/// The rename needs the permission of an upload under the final name, and no other.
#[test]
fn temporary_files_have_the_permissions_of_uploads() {
    let upload = Actions::NONE.and(Action::Upload).and(Action::List);
    let users = [("cam", upload), ("guest", Actions::READ)]
        .map(|(name, allow)| (User::new(name, allow).unwrap(), UserSecret::Password("secret".into())));
    let server = Server::with(Setup::of(Users::new(users.into(), None).unwrap()));
    server.write("old", "old");
    let mut cam = server.log_in_as("cam");
    assert_eq!(&cam.store("STOR .in.new.", "content")[..4], "226 ");
    cam.converse(&[
        ("RNFR .in.new.", "350 ", ""),
        ("RNTO old", "550 ", "it may not overwrite"),
        ("RNFR .in.new.", "350 ", ""),
        ("RNTO new", "250 ", ""),
        ("RNFR new", "550 ", "a stored file needs the permission to delete"),
    ]);
    assert_eq!(&server.log_in_as("guest").store("STOR .in.a.", "")[..4], "550 ");
    assert_eq!(server.names(), ["new", "old"]);
}

#[test]
fn an_interrupted_upload_is_resumed_in_another_session() {
    let server = Server::with(Setup::writable());
    let content = vec![b'x'; 700_000];
    let mut client = server.log_in();
    let mut data = client.passive();
    client.converse(&[("STOR .in.a.", "150 ", "")]);
    data.write_all(&content).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    client.send(b"ABOR\r\n");
    assert_eq!(&client.reply()[..4], "426 ");
    drop((client, data));
    let mut client = server.log_in();
    let size = client.say("SIZE .in.a.");
    let kept: usize = size.strip_prefix("213 ").unwrap_or_else(|| panic!("{size}")).parse().unwrap();
    client.converse(&[(&format!("REST {kept}"), "350 ", "")]);
    assert_eq!(&client.store("STOR .in.a.", &content[kept..])[..4], "226 ");
    client.converse(&[("RNFR .in.a.", "350 ", ""), ("RNTO a", "250 ", "")]);
    assert!(server.read("a").unwrap() == content);
    assert_eq!(server.names(), ["a"]);
}
